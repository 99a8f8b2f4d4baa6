package study

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"varde/access"
)

func (w *story) refusedOverview(code string, actor Actor, cmd Command) {
	w.Helper()
	r := w.tryOverviewAs(actor, cmd)
	if r == nil {
		w.Fatalf("%T %+v was allowed; expected %s", cmd, cmd, code)
	}
	if r.Code != code || r.Text.EN == "" || r.Text.NB == "" {
		w.Fatalf("%T %+v: refused with %v; expected %s", cmd, cmd, r, code)
	}
}

var (
	adm       = Actor{ID: "adm", Name: "Adm", Role: "administrator"}
	physician = Actor{ID: "dina", Name: "Dina", Role: "physician"}
)

func TestDelegating(t *testing.T) {
	w := tell(t, threeSession)
	good := Delegate{Account: "mona", Name: "Mona", Role: "monitor"}
	for _, x := range []struct {
		code   string
		actor  Actor
		change func(*Delegate)
	}{
		{"bad-role", adm, func(c *Delegate) { c.Role = "participant" }},
		{"bad-role", adm, func(c *Delegate) { c.Role = "system" }},
		{"bad-role", adm, func(c *Delegate) { c.Role = "king" }},
		{"bad-id", adm, func(c *Delegate) { c.Account = "1" }},
		{"bad-id", adm, func(c *Delegate) { c.Account = "system" }},
		{"bad-id", adm, func(c *Delegate) { c.Account = "a/b" }},
		{"own-delegation", adm, func(c *Delegate) { c.Account = "adm" }},
		{"no-name", adm, func(c *Delegate) { c.Name = " " }},
		{"bad-date", adm, func(c *Delegate) { c.From = "2026-02-30" }},
		{"bad-date", adm, func(c *Delegate) { c.Until = "soon" }},
		{"ends-before-it-begins", adm, func(c *Delegate) { c.From, c.Until = "2026-03-02", "2026-03-01" }},
		{"ends-before-it-begins", adm, func(c *Delegate) { c.Until = "2025-12-31" }}, // it begins today
		{"already-over", adm, func(c *Delegate) { c.From, c.Until = "2025-12-01", "2025-12-31" }},
		{"no-such-site", adm, func(c *Delegate) { c.Sites = []string{"S01", "S77"} }},
		{"sites-owed", adm, func(c *Delegate) { c.Sites = []string{} }},
		{"role-may-not", physician, func(c *Delegate) { c.Sites = []string{"S01"} }},
		{"role-may-not", physician, func(c *Delegate) { c.Role, c.Sites = "physician", []string{"S01"} }},
		{"role-may-not", physician, func(c *Delegate) { c.Role, c.Sites = "administrator", []string{"S01"} }},
		{"sites-owed", physician, func(c *Delegate) { c.Role = "rater" }},
		{"own-delegation", physician, func(c *Delegate) { c.Account, c.Role, c.Sites = "dina", "rater", []string{"S01"} }},
	} {
		c := good
		x.change(&c)
		w.refusedOverview(x.code, x.actor, c)
	}
	for _, role := range RolesOfPhysician {
		if r := w.tryOverviewAs(physician, Delegate{Account: "x-" + role, Name: "X", Role: role, Sites: []string{"S01"}}); r != nil {
			t.Errorf("a physician cannot delegate %s: %v", role, r)
		}
	}
	w.study = nil
	w.overview(OpenStudy{Mode: "practice", Title: "Practice", Definition: w.def})
	good.Sites = []string{"S02", "S01", "S02"}
	w.overview(good)
	w.refusedOverview("already-delegated", adm, good)
	w.refusedOverview("already-delegated", adm, Delegate{Account: "mona", Name: "Mona", Role: "monitor", Sites: []string{"S02"}})
	line := w.study.Delegations[0]
	if line.By != "adm" || line.From != "2026-01-05" || !slices.Equal(line.Sites, []string{"S01", "S02"}) || !line.At.Equal(begin) {
		t.Errorf("%+v", line)
	}
	w.overview(Delegate{Account: "mona", Name: "Mona", Role: "monitor"}) // every site is more than two

	w.refusedOverview("no-such-delegation", adm, EndDelegation{Account: "mona", Role: "sponsor", Reason: "left"})
	w.refusedOverview("reason-owed", adm, EndDelegation{Account: "mona", Role: "monitor", Reason: " "})
	w.refusedOverview("role-may-not", physician, EndDelegation{Account: "mona", Role: "monitor", Reason: "left"})
	before := w.study
	w.overview(EndDelegation{Account: "mona", Role: "monitor", Reason: "left the company"})
	for _, x := range w.study.Delegations {
		if x.Ended.IsZero() || x.EndBy != "adm" || x.Why != "left the company" {
			t.Errorf("not ended: %+v", x)
		}
	}
	if !before.Delegations[0].Ended.IsZero() {
		t.Error("an older state was changed")
	}
	w.refusedOverview("no-such-delegation", adm, EndDelegation{Account: "mona", Role: "monitor", Reason: "again"})
	w.overview(good) // what was ended can be given anew
}

func TestAssigningForATerm(t *testing.T) {
	w := tell(t, threeSession)
	good := AssignStaff{Site: "S01", Person: "ida", Name: "Ida", Role: "rater", From: "2026-02-01", Until: "2026-02-28"}
	for _, x := range []struct {
		code   string
		actor  Actor
		change func(*AssignStaff)
	}{
		{"bad-date", adm, func(c *AssignStaff) { c.From = "1.2.2026" }},
		{"ends-before-it-begins", adm, func(c *AssignStaff) { c.Until = "2026-01-31" }},
		{"own-delegation", adm, func(c *AssignStaff) { c.Person = "adm" }},
		{"own-delegation", physician, func(c *AssignStaff) { c.Person = "dina" }},
		{"role-may-not", physician, func(c *AssignStaff) { c.Role = "physician" }},
		{"role-may-not", physician, func(c *AssignStaff) { c.Role = "pharmacist" }},
	} {
		c := good
		x.change(&c)
		w.refusedOverview(x.code, x.actor, c)
	}
	w.overview(good)
	if got := w.site.Staff["ida"].Terms["rater"]; got.From != good.From || got.Until != good.Until || got.By != "adm" {
		t.Errorf("%+v", got)
	}
	w.refusedOverview("role-may-not", physician, RemoveStaff{Site: "S01", Person: "dina", Role: "physician"})
	if r := w.tryOverviewAs(physician, RemoveStaff{Site: "S01", Person: "ida", Role: "rater"}); r != nil {
		t.Error(r)
	}
	if _, still := w.site.Staff["ida"]; still {
		t.Error("still there")
	}
}

// TestGrants: a grant holds from its first to its last day, at the site's midnight,
// or in UTC for the study's log.
func TestGrants(t *testing.T) {
	w := tell(t, threeSession)
	w.overview(Delegate{Account: "ida", Name: "Ida", Role: "monitor", From: "2026-02-01", Until: "2026-02-10"})
	w.overview(AssignStaff{Site: "S01", Person: "ida", Name: "Ida", Role: "rater", From: "2026-02-01", Until: "2026-02-10"})
	oslo := w.site.Zone
	other := EvolveSite(nil, Event{Data: SiteOpened{Site: "S02", TimeZone: "Europe/Oslo"}})
	at := func(now time.Time) string {
		out := []string{}
		for _, g := range GrantsOf(w.study, []*SiteState{w.site, other}, "ida", now) {
			if g.Study != "" || g.By != "adm" || g.From != "2026-02-01" || g.Until != "2026-02-10" {
				t.Errorf("%+v", g)
			}
			out = append(out, fmt.Sprint(g.Role, g.Sites))
		}
		return fmt.Sprint(out)
	}
	for _, x := range []struct {
		now  time.Time
		want string
	}{
		{time.Date(2026, 1, 31, 22, 59, 0, 0, time.UTC), "[]"},
		{time.Date(2026, 2, 1, 0, 0, 0, 0, oslo), "[rater[S01]]"}, // still January in UTC
		{time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), "[monitor[] rater[S01]]"},
		{time.Date(2026, 2, 10, 22, 59, 59, 0, time.UTC), "[monitor[] rater[S01]]"},
		{time.Date(2026, 2, 10, 23, 0, 0, 0, time.UTC), "[monitor[]]"}, // the 11th at the site
		{time.Date(2026, 2, 11, 0, 0, 0, 0, time.UTC), "[]"},
	} {
		if got := at(x.now); got != x.want {
			t.Errorf("%s: %s, want %s", x.now, got, x.want)
		}
	}
	w.overview(EndDelegation{Account: "ida", Role: "monitor", Reason: "left"})
	if got := at(time.Date(2026, 2, 5, 12, 0, 0, 0, time.UTC)); got != "[rater[S01]]" {
		t.Errorf("ended, and still %s", got)
	}
	if got := GrantsOf(nil, nil, "ida", begin); got != nil {
		t.Error(got)
	}
	var none []access.Grant
	if n := testing.AllocsPerRun(100, func() { none = GrantsOf(w.study, []*SiteState{w.site}, "nobody", begin) }); n > 0 || none != nil {
		t.Errorf("%v allocations for an account without grants", n)
	}
}

// TestTermsOfPairs: nobody counts in a pair, signs a check or overrides outside
// their term.
func TestTermsOfPairs(t *testing.T) {
	w := tell(t, threeSession).randomised()
	w.toWindow("V5").measured("V5")
	today := DayOf(w.now, w.site.Zone)
	bo := w.site.Staff["bo"]
	assign := func(from, until Day) {
		c := AssignStaff{Site: "S01", Person: "bo", Name: "Bo", Role: "therapist", Credentials: bo.Credentials, From: from.String()}
		if until > 0 {
			c.Until = until.String()
		}
		w.overview(c)
	}
	fault := func() bool { return !PairFault(w.def, w.site, []string{"anna", "bo"}, w.now).Empty() }
	assign(today, today)
	if fault() {
		t.Errorf("on the only day: %v", PairFault(w.def, w.site, []string{"anna", "bo"}, w.now))
	}
	assign(today+1, 0)
	if !fault() {
		t.Error("before the first day")
	}
	assign(today-9, today-1)
	if !fault() {
		t.Error("after the last day")
	}
	check := w.def.Dosing.TwoPerson[0].ID
	w.refused("not-staff", "therapist", ConfirmTwo{On: w.on(), Visit: "V5", Check: check, Kit: w.s.Kit, Persons: []string{"anna", "bo"}})
	w.do("therapist", w.checking("V5"))
	if w.s.Sessions["V5"].Go {
		t.Error("go with a pair whose term is over")
	}
	w.refused("no-go", "therapist", StartSession{On: w.on(), Visit: "V5"})
}

// TestRelatedPairs: refused where the protocol forbids it, visible where it does not.
func TestRelatedPairs(t *testing.T) {
	for _, unrelated := range []bool{true, false} {
		w := tell(t, threeSession).randomised()
		def := *w.def
		def.Staffing.Pair.Unrelated = unrelated
		w.def = &def
		w.overview(AssignStaff{Site: "S01", Person: "bo", Role: "therapist", Related: []string{"anna"}})
		w.toWindow("V5").measured("V5").confirmed("V5").do("therapist", w.checking("V5"))
		flagged := func() (n int) {
			for _, d := range w.s.Deviations {
				if d.Code == DeviationRelatedPair && d.Visit == "V5" {
					n++
				}
			}
			return n
		}
		w.do("therapist", w.checking("V5"))
		if flagged() != 1 {
			t.Errorf("unrelated %v: flagged %d times", unrelated, flagged())
		}
		if w.s.Sessions["V5"].Go == unrelated {
			t.Errorf("unrelated %v: go %v", unrelated, w.s.Sessions["V5"].Go)
		}
	}
}
