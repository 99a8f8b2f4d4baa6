package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
)

// asker is somebody invented who asks for help in the study under way.
type asker struct {
	days     int // before today
	in       app.ReferralIn
	assessed string // decision two days later; "" = still to be assessed
	reasons  []string
	checked  int // days before today on which they were last asked how they are; 0 = never
	ahead    bool
	passedOn string
}

// askers: two wait for triage, a list with a move and somebody to ask today, and two
// that have ended. Names, numbers and words are made up.
var askers = []asker{
	{days: 96, in: app.ReferralIn{Name: "Robin Birch", Phone: "+4790000001", BirthDate: "1985-06-14", Place: "Testby", Safe: "Any time after four.", Message: "I have had help before, and it went some of the way."}, assessed: "wait", checked: 36},
	{days: 71, in: app.ReferralIn{Name: "Andrea Moor", Email: "andrea@example.org", BirthDate: "1991-01-30", Place: "Testby", Safe: "E-mail only.", Message: "My sister told me about this."}, assessed: "wait", checked: 12},
	{days: 60, in: app.ReferralIn{Name: "Sam Thorn", Phone: "+4790000002", BirthDate: "1979-11-02", Message: "I would like to know more."}, assessed: "unsuitable", reasons: []string{"medication"}},
	{days: 47, in: app.ReferralIn{Name: "Kim Vale", Phone: "+4790000003", BirthDate: "1996-03-22", Place: "Langtborte", Message: "I live far away and need to plan the journey."}, assessed: "wait", checked: 6, ahead: true},
	{days: 33, in: app.ReferralIn{Channel: "professional", Name: "Noor Lake", Phone: "+4790000004", BirthDate: "1988-08-08", Message: "Two courses of trauma-focused therapy, with partial effect.", Referrer: "Dr. Jo Stone", ReferrerRole: "general practitioner", ReferrerAt: "+4770000000"}, assessed: "wait"},
	{days: 21, in: app.ReferralIn{Name: "Chris Dale", Email: "chris@example.org", BirthDate: "1969-05-17", Message: "I need help sooner than this."}, assessed: "onwards", reasons: []string{"full"}, passedOn: "The district psychiatric centre"},
	{days: 9, in: app.ReferralIn{Channel: "professional", Urgency: "soon", Name: "Leila Quill", Phone: "+4790000005", BirthDate: "1993-12-01", Message: "Known to us for four years.", Referrer: "Ruth Heath", ReferrerRole: "psychologist", ReferrerAt: "ruth@example.org"}},
	{days: 2, in: app.ReferralIn{Name: "Tomas Ridge", Phone: "+4790000006", Email: "tomas@example.org", BirthDate: "1982-02-11", Safe: "Please send a message before you ring.", Message: "I saw the self-check and recognised myself."}},
}

// askForHelp gives the study under way its referrals, once. What they hold is sealed
// under keys that are drawn, so it is done when the pages are served, and not in the run
// that gives the same record for the same seed.
func (c *demoCmd) askForHelp(ctx context.Context, w *workspace, clock *demoClock, today time.Time) error {
	actors := w.app.DemoActors(ctx, liveStudy)
	i := slices.IndexFunc(actors, func(a access.Actor) bool { return a.Role == "coordinator" && len(a.Sites) > 0 })
	if i < 0 {
		return nil
	}
	who := actors[i]
	rows, err := w.app.Referrals(ctx, who, liveStudy, true)
	if err != nil || len(rows) > 0 {
		return err
	}
	defer func(at time.Time) { clock.at = at }(clock.at)
	day := func(before int) { clock.at = today.Add(-time.Duration(before)*24*time.Hour + 9*time.Hour) }
	first := ""
	for _, x := range askers {
		day(x.days)
		in := x.in
		in.Format, in.Language, in.Site, in.Wait, in.Consent = "page", "en", who.Sites[0], true, true
		if in.Channel == "" {
			in.Channel = "self"
		}
		r, err := w.app.ReceiveReferral(ctx, liveStudy, in, "")
		if err != nil {
			return fmt.Errorf("a referral of the demonstration: %w", err)
		}
		do := func(before int, cmd study.ReferralCommand) {
			if err == nil {
				day(before)
				_, err = w.app.DoReferral(ctx, who, liveStudy, r.Referral, cmd, "")
			}
		}
		if x.assessed != "" {
			do(x.days-2, study.AssessReferral{Decision: x.assessed, Reasons: x.reasons, Urgency: "routine"})
		}
		if x.ahead {
			do(x.days-3, study.MoveReferral{Ahead: first, Reason: "travel"})
		} else if x.assessed == "wait" {
			first = r.Referral
		}
		if x.passedOn != "" {
			do(x.days-3, study.PassOnReferral{To: x.passedOn, Consent: "spoken", Form: "letter"})
		}
		if x.checked > 0 {
			do(x.checked, study.CheckReferral{Reached: true, Still: true})
		}
		if err != nil {
			return fmt.Errorf("a referral of the demonstration: %w", err)
		}
	}
	return nil
}
