package session_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/study"
	"varde/web/session"
	"varde/web/session/trialtest"
)

// toNight brings the session to its end, with the participant staying.
func toNight(t *testing.T, x *trialtest.Trial) {
	t.Helper()
	toDose(t, x)
	on := study.On{Participant: trialtest.Person}
	dosed := session5(x).DoseAt
	x.Set(dosed.Add(95 * time.Minute))
	x.Do("phil", study.DecideSupplement{On: on, Visit: "V5", Decision: "declined", Reasons: []string{"own wish"}})
	plan := study.SessionPlan(x.Def, x.State(trialtest.Person), session5(x))
	slices.SortStableFunc(plan, func(a, b study.PlanLine) int { return a.Due.Compare(b.Due) })
	for _, l := range plan {
		if l.Done.IsZero() && !l.Due.IsZero() {
			if l.Due.After(x.Now()) {
				x.Set(l.Due)
			}
			x.Save("V5", l.Form, l.ID)
		}
	}
	x.Set(dosed.Add(8*time.Hour + 10*time.Minute))
	x.Save("V5", "readiness", "")
	answers := map[string]bool{}
	for _, c := range x.Def.Dosing.Discharge.Checks {
		if c.Expr == "" {
			answers[c.ID] = true
		}
	}
	x.Do("tom", study.Discharge{On: on, Visit: "V5", To: "overnight", Answers: answers})
	x.Save("V5", "solicited", "")
	x.Do("tom", study.EndSession{On: on, Visit: "V5"})
}

func TestTheNightByOnePress(t *testing.T) {
	x := trial(t)
	if a := x.Get("nora", "en", room+"/night"); a.Status != http.StatusNotFound {
		t.Errorf("a night before the session: %d", a.Status)
	}
	toNight(t, x)
	if a := x.Get("tom", "en", room); !strings.Contains(a.Body, room+"/night") {
		t.Error("the signed room does not lead to the night")
	}
	plan := study.NightPlan(x.Def, x.State(trialtest.Person), session5(x))
	x.Set(plan[0].Due.Add(5 * time.Minute))
	for _, lang := range []string{"en", "nb"} {
		a := x.Get("nora", lang, room+"/night")
		if a.Status != http.StatusOK || trialtest.Inline(a.Body) != "" || strings.Contains(a.Body, "room.night") {
			t.Fatalf("%s: %d %s", lang, a.Status, trialtest.Inline(a.Body))
		}
	}
	press := func(form url.Values, want int) trialtest.Answer {
		t.Helper()
		a := x.Post("nora", room+"/night", form)
		if a.Status != want {
			t.Fatalf("%v: %d, want %d: %s", form, a.Status, want, messages(a.Body))
		}
		return a
	}
	press(url.Values{"tap": {"asleep"}}, seeOther)
	press(url.Values{"tap": {"dancing"}}, http.StatusBadRequest)
	x.Set(plan[1].Due)
	a := press(url.Values{"i.state": {"awake"}, "i.breathing": {"true"}}, unprocessable)
	if !a.Has("Give this as well") {
		t.Error("the page does not say what is missing")
	}
	press(url.Values{"i.state": {"awake"}, "i.breathing": {"true"}, "i.distress": {"9"}, "i.oriented": {"true"}, "i.needs": {"talk", "company"}}, seeOther)
	if n := len(x.State(trialtest.Person).Alerts); n == 0 {
		t.Error("nobody is alerted of great distress")
	}
	page := x.Get("phil", "en", room+"/night")
	if !page.Has("Sleeps") || !page.Has("9/10") || !page.Has("To talk") && !page.Has("talk") {
		t.Error("the physician does not see the night's checks")
	}
	press(url.Values{"tap": {"left"}}, seeOther)
	if page := x.Get("nora", "en", room+"/night"); !page.Has("The night is over") {
		t.Error("the night is not over")
	}
	slots := []string{}
	for _, f := range x.State(trialtest.Person).Records("V5", "night_check") {
		slots = append(slots, f.Slot)
	}
	if !slices.Equal(slots, []string{"night-1", "night-2", "night-morning"}) {
		t.Errorf("the checks answer %v", slots)
	}
	if a := x.Post("monitor", room+"/night", url.Values{"tap": {"asleep"}}); a.Status != http.StatusForbidden {
		t.Errorf("a monitor writes a check: %d", a.Status)
	}
}

// The list of sessions is what the physician on call looks at: limits passed are loud,
// and are taken on in place.
func TestSessionsNow(t *testing.T) {
	x := trialtest.New(t, session.Module())
	x.ToSession()
	toDose(t, x)
	x.Pass(30 * time.Minute)
	send(t, x, "tom", "/vitals", vitals("172", "95", "104", "37.2"), seeOther)
	const list = "/s/trial/sessions"
	page := x.Get("phil", "en", list)
	for _, text := range []string{"172", "Systolic pressure over 160", "Since the dose", "1 limit passed"} {
		if !page.Has(text) {
			t.Errorf("the list does not show %q", text)
		}
	}
	breach := session5(x).Breaches[0].ID
	form, ok := page.Form(room + "/breach/" + breach)
	if !ok {
		t.Fatal("the physician cannot take it on in the list")
	}
	form.Set("action", "on my way")
	if a := x.Post("phil", room+"/breach/"+breach, form); a.Status != seeOther || a.Location != list {
		t.Errorf("after taking it on: %d to %s", a.Status, a.Location)
	}
	if b := session5(x).Breaches[0]; b.Action != "on my way" || b.By != "phil" {
		t.Errorf("%+v", b)
	}
	// A coordinator sees the list, and is no one who takes on a limit.
	send(t, x, "tom", "/vitals", vitals("205", "110", "120", "37.2"), seeOther)
	if page := x.Get("cora", "en", list); !page.Has("205") || strings.Contains(page.Body, "/breach/") && strings.Contains(page.Body, `name="action"`) {
		t.Error("the coordinator's list")
	}
}
