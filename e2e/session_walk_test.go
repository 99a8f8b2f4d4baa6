package e2e

import (
	"testing"
	"time"

	"varde/study"
	"varde/web/session/trialtest"
)

// A pair goes through a whole compressed session by the pages, in each language: the
// list, the two persons on two tablets, the dose, a limit passed and taken on by the
// physician elsewhere, an outage, the checkpoint, the gate, the signature, and the night.
// Nothing that an assistive technology needs is missing on the way.
func TestAPairThroughAWholeSession(t *testing.T) {
	for _, lang := range []string{"en", "nb"} {
		t.Run(lang, func(t *testing.T) { walkSession(t, lang) })
	}
}

func walkSession(t *testing.T, lang string) {
	w := newWard(t)
	tom, tina, phil := w.tablet("tom", lang), w.tablet("tina", lang), w.tablet("phil", lang)
	look := func(b *browser, name string) {
		t.Helper()
		b.accessible(lang + " " + name)
		b.shot("walk-" + lang + "-" + name)
	}

	// The go/no-go list.
	tom.open(roomPath)
	look(tom, "1-gate")
	if tom.has(`form[action$="/start"]`) {
		t.Fatal("the session can be started before the list is answered")
	}
	tom.saved(func() { tom.measure(118, 76, 64, "36.7") })
	w.Save(sessionVisit, "cssrs", "suicidality-before")
	tom.open(roomPath)
	tom.eval(`(() => { for (const r of document.querySelectorAll('#gate input[type="radio"][value="yes"]')) r.click();
		for (const c of document.querySelectorAll('#gate input[name="pair"]')) if (!c.checked) c.click(); return "ok"; })()`)
	tom.until(`!document.querySelector("#gate[data-checking]")`)
	tom.click(`#gate button[value="save"]`)

	// Two persons, each by their own account.
	confirm := func(b *browser) {
		t.Helper()
		b.eval(`(() => { for (const c of document.querySelectorAll('#confirm input[name="check"]')) c.click(); return "ok"; })()`)
		b.enter(`#confirm input[name="kit"]`, w.State(trialtest.Person).Kit)
		b.click(`#confirm form button.ds-button`)
	}
	confirm(tom)
	look(tom, "2-one-confirmed")
	if tom.has(`#start form`) {
		t.Fatal("one person's word starts the session")
	}
	tina.open(roomPath)
	look(tina, "3-second-person")
	confirm(tina)
	tom.open(roomPath)
	look(tom, "4-start")
	tom.click(`#start form button`)
	w.Pass(10 * time.Minute)
	tom.open(roomPath)
	look(tom, "5-dose")
	tom.click(`form[action$="/dose"] button[value="80"]`)
	dosed := w.State(trialtest.Person).Sessions[sessionVisit].DoseAt

	// The physician has the list of sessions open and sees at once what happens.
	w.Set(dosed.Add(31 * time.Minute))
	phil.open("/s/" + trialtest.Study + "/sessions")
	look(phil, "6-sessions")
	tom.open(roomPath)
	tom.until(`document.documentElement.hasAttribute("data-keeping")`)
	tom.saved(func() { tom.measure(172, 96, 101, "37.3") })
	phil.until(`!!document.querySelector("[data-alarm]")`)
	look(phil, "7-alarm")
	phil.eval(`(() => { document.querySelector("[data-alarm] textarea").value = "rest, measure again"; return "ok"; })()`)
	phil.click(`[data-alarm] form button`)
	tom.until(`!document.querySelector("#breaches")`)
	tom.accessible(lang + " under way")

	// An outage of half an hour in the room; the screen says what is not safe yet.
	tom.forgive(func() {
		tom.network(false)
		for i, tap := range []string{"touch-asked", "touch-agreed", "fluid/150", "touch-ended"} {
			tom.later(5 * time.Minute)
			tom.tap(tap)
			tom.kept(i + 1)
		}
		tom.later(5 * time.Minute)
		tom.measure(146, 88, 92, "37.2")
		tom.kept(5)
		look(tom, "8-outage")
		w.Pass(29 * time.Minute)
		tom.network(true)
		tom.drained(0)
	})
	if n := len(w.logged()); n != 4 {
		t.Errorf("%d entries of the outage arrived", n)
	}
	tom.until(`document.querySelector("#room-entries").innerText.includes("150")`)

	// The checkpoint.
	w.Set(dosed.Add(95 * time.Minute))
	w.Save(sessionVisit, "vitals", "supplement")
	phil.open(roomPath)
	look(phil, "9-checkpoint")
	phil.enter(`#supplement-other`, "own wish")
	phil.click(`#checkpoint button[value="declined"]`)

	// The rest of the timetable, and the gate: too early, then in order.
	for _, l := range study.SessionPlan(w.Def, w.State(trialtest.Person), w.State(trialtest.Person).Sessions[sessionVisit]) {
		if l.Done.IsZero() && !l.Due.IsZero() {
			if l.Due.After(w.Now()) {
				w.Set(l.Due)
			}
			w.Save(sessionVisit, l.Form, l.ID)
		}
	}
	w.Set(dosed.Add(7*time.Hour + 30*time.Minute))
	tom.open(roomPath)
	look(tom, "10-gate-closed")
	w.Set(dosed.Add(8*time.Hour + 5*time.Minute))
	w.Save(sessionVisit, "readiness", "")
	tom.open(roomPath)
	tom.eval(`(() => { for (const c of document.querySelectorAll('#leave input[type="checkbox"]')) if (!c.checked) c.click();
		document.querySelector('#leave input[name="adult"][value="yes"]')?.click(); document.querySelector('#leave input[name="to"][value="overnight"]').click(); return "ok"; })()`)
	look(tom, "11-gate-open")
	tom.click(`#leave form .v-actions button`)
	look(tom, "12-sign")
	tom.allow(422, func() { tom.click(`#end form button`) }) // the closed list is not complete
	w.Save(sessionVisit, "solicited", "")
	tom.open(roomPath)
	tom.click(`#end form button`)
	look(tom, "13-signed")
	if w.State(trialtest.Person).Sessions[sessionVisit].Ended.IsZero() {
		t.Fatal("the session is not signed")
	}

	// The night attendant.
	nora := w.tablet("nora", lang)
	nora.size(390, 844)
	plan := study.NightPlan(w.Def, w.State(trialtest.Person), w.State(trialtest.Person).Sessions[sessionVisit])
	w.Set(plan[0].Due)
	nora.open(roomPath + "/night")
	look(nora, "14-night")
	nora.saved(func() { nora.press(`.v-night__keys button`) })
	nora.until(`document.querySelector("#night-history").innerText.includes(` + quote(map[string]string{"en": "Sleeps", "nb": "Sover"}[lang]) + `)`)
	look(nora, "15-night-checked")
	if n := len(w.State(trialtest.Person).Records(sessionVisit, "night_check")); n != 1 {
		t.Errorf("%d night checks", n)
	}
}
