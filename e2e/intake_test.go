package e2e

import (
	"context"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
)

// asks puts a few people who ask for help into the study under way, and answers the
// references: one to assess, two who wait, the second with a concern.
func (s *site) asks(t *testing.T) (fresh, first, second string) {
	t.Helper()
	ctx := context.Background()
	var who access.Actor
	for _, a := range s.app.DemoActors(ctx, live) {
		if a.Role == "coordinator" {
			who = a
		}
	}
	ask := func(name string) string {
		r, err := s.app.ReceiveReferral(ctx, live, app.ReferralIn{Channel: "self", Format: "page", Language: "nb", Site: who.Sites[0], Wait: true, Consent: true, Name: name, Phone: "+4790000001",
			BirthDate: "1988-04-02", Place: "Testby", Safe: "After five. No messages, please.", Message: "I have not slept well for years.\nMy doctor told me about you."}, "")
		if err != nil {
			t.Fatal(err)
		}
		s.clock.pass(time.Minute)
		return r.Referral
	}
	do := func(id string, cmd study.ReferralCommand) {
		if _, err := s.app.DoReferral(ctx, who, live, id, cmd, ""); err != nil {
			t.Fatal(err)
		}
		s.clock.pass(time.Minute)
	}
	first, second, fresh = ask("Robin Birch"), ask("Kim Vale"), ask("Solveig Moor")
	do(first, study.AssessReferral{Decision: "wait"})
	do(second, study.AssessReferral{Decision: "wait"})
	do(second, study.MoveReferral{Ahead: first, Reason: "travel", Note: "Lives far away; the journey is booked."})
	do(second, study.CheckReferral{Reached: true, Still: true, Concern: true, Note: "Sleeps badly, speaks of giving up."})
	s.clock.pass(8 * 24 * time.Hour) // the assessment is late now
	return fresh, first, second
}

// A coordinator goes through the referrals in both languages: every page can be used by
// everybody, on a phone and on a desk, and a referral is opened, assessed and moved.
func TestReferralsInABrowser(t *testing.T) {
	chromium(t)
	s := newSite(t, 2)
	fresh, first, second := s.asks(t)
	const base = "/s/" + live + "/referrals"
	b := newBrowser(t, s.base)
	b.signIn(live, "coordinator")
	for _, lang := range []string{"en", "nb"} {
		b.eval(`document.cookie = "varde-lang=` + lang + `; path=/"`)
		for _, p := range []struct{ path, name string }{{base, "list"}, {base + "?show=ended", "ended"}, {base + "/capacity", "capacity"}, {base + "/" + fresh, "fresh"}, {base + "/" + second, "concern"}, {base + "/" + first, "waiting"}} {
			b.open(p.path)
			b.accessible(lang + " " + p.name)
			b.fits(lang, "intake-"+p.name)
		}
	}
	b.eval(`document.cookie = "varde-lang=en; path=/"`)

	// Opened for a purpose: it stands on the page, and is gone when the page is left.
	b.open(base + "/" + fresh)
	b.press(`#open input[value="name"]`)
	b.press(`#open input[value="message"]`)
	b.eval(`document.querySelector('#open select[name="purpose"]').value = "assess"; "ok"`)
	b.click(`#open button`)
	b.until(`document.querySelector("#opened")?.textContent.includes("Solveig Moor")`)
	b.accessible("opened")
	b.fits("en", "intake-opened")

	// Refused without a decision, the form says why; then it is assessed.
	b.open(base + "/" + fresh)
	b.allow(400, func() { b.click(`#assess button`) })
	b.until(`document.querySelector("#assess .v-message--error") !== null`)
	b.accessible("refused")
	b.press(`#assess input[value="wait"]`)
	b.click(`#assess button`)
	b.until(`document.body.textContent.includes("The assessment is recorded")`)
	b.open(base)
	b.until(`[...document.querySelectorAll("table a")].map((a) => a.textContent).join(" ").includes("` + second + " " + first + " " + fresh + `")`)
}
