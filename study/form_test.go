package study

import (
	"slices"
	"strings"
	"testing"
	"time"

	"varde/instrument"
	"varde/protocol"
)

func screening(t testing.TB) *story {
	t.Helper()
	return tell(t, threeSession).consented().toWindow("V0").hold("V0")
}

func num(x float64) instrument.Value { return instrument.NumberValue(x) }

func TestSavingForms(t *testing.T) {
	w := screening(t)
	medical := func(version int, reason string, items Values) SaveForm {
		return SaveForm{On: w.on(), Visit: "V0", Form: "medical", Version: version, Reason: reason, Items: items}
	}
	w.refused("no-such-form", "physician", SaveForm{On: w.on(), Visit: "V0", Form: "caps5"})
	w.refused("no-such-form", "physician", SaveForm{On: w.on(), Visit: "V0", Form: "none"})
	w.refused("role-may-not", "therapist", medical(0, "", Values{}))
	w.refused("unknown-item", "physician", medical(0, "", Values{"shoe": num(43)}))
	w.refused("not-a-number", "physician", medical(0, "", Values{"weight": instrument.StringValue("80")}))
	w.refused("no-such-record", "physician", SaveForm{On: w.on(), Visit: "V0", Form: "medical", Repeat: 1})
	w.refused("milestone-missing", "physician", SaveForm{On: w.on(), Visit: "V4", Form: "pregnancy"})
	r := w.try("physician", medical(0, "", Values{"weight": instrument.StringValue("80")}))
	if r.Kind != Invalid || r.Field != "items.weight" {
		t.Errorf("%+v", r)
	}

	w.do("physician", medical(0, "", Values{"weight": num(80), "sbp1": num(120)}))
	f := w.s.Form("V0", "medical", 0)
	if f.Version != 1 || f.Complete() || !slices.Contains(f.Missing, "height") || slices.Contains(f.Missing, "weight") {
		t.Errorf("%+v", f)
	}
	w.refused("stale-version", "physician", medical(0, "", Values{"height": num(180)}))
	w.refused("reason-owed", "physician", medical(1, "", Values{"weight": num(81)}))
	// The same again, and what is new, need no reason.
	w.do("physician", medical(1, "", Values{"weight": num(80), "height": num(180)}))
	w.do("physician", medical(2, "misread the scale", Values{"weight": num(81), "dbp1": num(75)}))
	corrected := w.events[len(w.events)-1]
	if d, ok := corrected.Data.(FormCorrected); !ok || corrected.Reason != "misread the scale" || !d.From["weight"].Equal(num(80)) || !d.Items["weight"].Equal(num(81)) || len(d.Items) != 1 {
		t.Errorf("%+v", corrected)
	}
	n := len(w.events)
	w.do("physician", medical(w.s.Form("V0", "medical", 0).Version, "", Values{"weight": num(81)}))
	if len(w.events) != n {
		t.Errorf("saving what stands there already is %d events", len(w.events)-n)
	}
	// An answer can be taken away, with a reason; it is then missing.
	v := w.s.Form("V0", "medical", 0).Version
	w.refused("reason-owed", "physician", medical(v, "", Values{"weight": {}}))
	w.do("physician", medical(v, "wrong person", Values{"weight": {}}))
	if f := w.s.Form("V0", "medical", 0); !slices.Contains(f.Missing, "weight") {
		t.Errorf("missing %v", f.Missing)
	}
	w.replays()
}

func TestQueries(t *testing.T) {
	w := screening(t)
	save := func(version int, reason string, items Values) {
		t.Helper()
		w.do("physician", SaveForm{On: w.on(), Visit: "V0", Form: "labs", Version: version, Reason: reason, Items: items})
	}
	save(0, "", Values{"sodium": num(14)})
	f := w.s.Form("V0", "labs", 0)
	if !f.Values["sodium"].Equal(num(14)) || w.s.OpenQueries() != 1 || w.s.Queries[0].Code != "out-of-range" {
		t.Fatalf("out of range: %+v, %+v", f.Values, w.s.Queries)
	}
	if q := QueryText(w.def, w.s.Queries[0]); !strings.Contains(q.EN, "14") || !strings.Contains(q.NB, "14") {
		t.Errorf("%+v", q)
	}
	save(1, "typing slip", Values{"sodium": num(15)}) // still out of range: one open query, about the new value
	if w.s.OpenQueries() != 1 || !w.s.Queries[1].Value.Equal(num(15)) {
		t.Errorf("%+v", w.s.Queries)
	}
	save(2, "typing slip", Values{"sodium": num(140)})
	if w.s.OpenQueries() != 0 {
		t.Errorf("a correction left %+v", w.s.Queries)
	}
	// A value that a person has confirmed is not asked about again.
	save(3, "measured again", Values{"sodium": num(14)})
	open := w.s.Queries[len(w.s.Queries)-1].ID
	w.refused("answer-owed", "data-manager", CloseQuery{On: w.on(), ID: open})
	w.refused("no-such-query", "data-manager", CloseQuery{On: w.on(), ID: "Q99", Answer: "yes"})
	w.do("data-manager", CloseQuery{On: w.on(), ID: open, Answer: "it is right"})
	w.refused("query-closed", "data-manager", CloseQuery{On: w.on(), ID: open, Answer: "yes"})
	save(4, "", Values{"potassium": num(4)})
	if w.s.OpenQueries() != 0 {
		t.Errorf("asked again: %+v", w.s.Queries)
	}
	// Another answer can make one doubtful that was saved before.
	w.do("physician", SaveForm{On: w.on(), Visit: "V0", Form: "pregnancy", Items: Values{"applicable": instrument.BoolValue(true), "result": instrument.StringValue("negative")}})
	w.do("physician", SaveForm{On: w.on(), Visit: "V0", Form: "pregnancy", Version: 1, Reason: "asked again", Items: Values{"applicable": instrument.BoolValue(false)}})
	if w.s.OpenQueries() != 1 || w.s.Queries[len(w.s.Queries)-1].Code != "not-asked" {
		t.Errorf("%+v", w.s.Queries)
	}

	ask := RaiseQuery{On: w.on(), Visit: "V0", Form: "labs", Item: "potassium", Text: "100 % sure?"}
	for code, change := range map[string]func(*RaiseQuery){
		"no-such-record": func(c *RaiseQuery) { c.Form = "ecg" }, "no-such-item": func(c *RaiseQuery) { c.Item = "gold" }, "text-owed": func(c *RaiseQuery) { c.Text = "" },
	} {
		bad := ask
		change(&bad)
		w.refused(code, "monitor", bad)
	}
	w.do("monitor", ask)
	if q := QueryText(w.def, w.s.Queries[len(w.s.Queries)-1]); !strings.Contains(q.EN, "100 % sure?") {
		t.Errorf("%q", q.EN)
	}
	w.replays()
}

func TestAlerts(t *testing.T) {
	w := screening(t)
	w.fill("V0", "phq9", map[string]string{"phq9_9": "1"})
	if len(w.s.Alerts) != 1 {
		t.Fatalf("%+v", w.s.Alerts)
	}
	i := slices.IndexFunc(Tasks(w.def, w.s), func(x Task) bool { return x.Kind == TaskAlert })
	if i < 0 {
		t.Fatal("an alert without task")
	}
	w.refused("no-such-alert", "physician", CloseAlert{On: w.on(), ID: "A9", Action: "talked"})
	w.refused("action-owed", "physician", CloseAlert{On: w.on(), ID: "A1"})
	w.do("physician", CloseAlert{On: w.on(), ID: "A1", Action: "talked"}).refused("alert-closed", "physician", CloseAlert{On: w.on(), ID: "A1", Action: "talked"})
	w.do("physician", SaveForm{On: w.on(), Visit: "V0", Form: "phq9", Version: 1, Reason: "asked again", Items: Values{"phq9_9": num(2)}})
	if len(w.s.Alerts) != 1 {
		t.Errorf("raised twice: %+v", w.s.Alerts)
	}
}

func TestLogs(t *testing.T) {
	w := tell(t, threeSession).prescreened()
	ae := SaveForm{On: w.on(), Form: "ae", New: true}
	w.refused("log-not-open", "physician", ae)
	w = screening(t)
	w.refused("role-may-not", "rater", ae)
	w.refused("no-such-record", "physician", SaveForm{On: w.on(), Form: "ae", Repeat: 1})
	w.adverse(nil).adverse(map[string]string{"term": "second"})
	if rs := w.s.Records("", "ae"); len(rs) != 2 || rs[1].Key.Repeat != 2 || rs[1].Values["term"].Text() != "second" {
		t.Errorf("%+v", rs)
	}
	w.do("physician", SaveForm{On: w.on(), Form: "ae", Repeat: 2, Version: 1, Items: Values{"narrative": instrument.StringValue("more")}})
	w.refused("stale-version", "physician", SaveForm{On: w.on(), Form: "ae", Repeat: 2, Version: 1, Items: Values{"narrative": instrument.StringValue("less")}})
	w.replays()
}

func TestSafetyClocks(t *testing.T) {
	w := screening(t).adverse(map[string]string{"serious": "yes", "criteria": "death", "expected": "no", "relation": "possible"})
	want := map[string]time.Duration{"serious": 24 * time.Hour, "suspected-fatal": 7 * 24 * time.Hour, "suspected-serious": 15 * 24 * time.Hour}
	for _, x := range Tasks(w.def, w.s) {
		if x.Kind != TaskReport {
			continue
		}
		if within, ok := want[x.Ref]; !ok || x.Closes.Sub(x.Due) != within || !x.Due.Equal(w.now) {
			t.Errorf("%+v", x)
		}
		delete(want, x.Ref)
	}
	if len(want) > 0 {
		t.Errorf("no duty for %v", want)
	}
	duty := DoDuty{On: w.on(), Clock: "serious", Repeat: 1, Reference: "R-1"}
	for code, change := range map[string]func(*DoDuty){
		"no-such-clock": func(c *DoDuty) { c.Clock = "none" }, "no-such-record": func(c *DoDuty) { c.Repeat = 2 }, "reference-owed": func(c *DoDuty) { c.Reference = "" },
	} {
		bad := duty
		change(&bad)
		w.refused(code, "physician", bad)
	}
	w.do("physician", duty).refused("already-done", "physician", duty)
	if slices.ContainsFunc(Tasks(w.def, w.s), func(x Task) bool { return x.Ref == "serious" }) {
		t.Error("a report that was made is still a task")
	}
	// Safety goes on after a participant has left.
	w.do("coordinator", Withdraw{On: w.on(), Reason: "own-wish"}).do("physician", DoDuty{On: w.on(), Clock: "suspected-fatal", Repeat: 1, Reference: "R-2"})
}

// TestWashout: the medicine counts until the day on which it is out of the body.
func TestWashout(t *testing.T) {
	w := screening(t)
	day := DayOf(w.now, w.s.Zone)
	date := func(d Day) string { return (day + d).String() }
	for _, x := range []struct {
		name    string
		answers map[string]string
		on      map[Day]bool // day -> counts still
	}{
		{"phenelzine", map[string]string{"ongoing": "no", "stop": date(0), "last_intake": ""}, map[Day]bool{0: true, 13: true, 14: false}},
		{"phenelzine", map[string]string{"ongoing": "yes"}, map[Day]bool{500: true}},
		{"phenelzine", map[string]string{"ongoing": "no", "stop": date(0), "last_intake": date(-3)}, map[Day]bool{13: true, 14: false}},
		{"phenelzine", map[string]string{"ongoing": "no", "stop": date(0), "last_intake": date(4)}, map[Day]bool{17: true, 18: false}},
		{"phenelzine", map[string]string{"ongoing": "no", "stop": "absent:unknown", "last_intake": ""}, map[Day]bool{500: true}},
		{"ritonavir", map[string]string{"ongoing": "no", "stop": date(-900), "last_intake": date(-900)}, map[Day]bool{0: true, 500: true}}, // no time is enough
		{"paracetamol", map[string]string{"ongoing": "yes"}, map[Day]bool{0: false}},
	} {
		s := *w
		s.medicine(x.name, x.answers)
		for after, counts := range x.on {
			env := s.env("system")
			env.Now = (day + after).Start(s.s.Zone).Add(8 * time.Hour)
			if got, _ := NewVars(s.def, s.s, env, "").Var("medication.contraindicated"); got != counts {
				t.Errorf("%s %v on day %d: %v", x.name, x.answers, after, got)
			}
		}
	}
	s := *w
	s.medicine("ibuprofen", nil)
	undecided := func() any { v, _ := NewVars(s.def, s.s, s.env("system"), "").Var("medication.undecided"); return v }
	if undecided() != true {
		t.Error("nobody has decided on ibuprofen")
	}
	s.do("physician", SaveForm{On: w.on(), Form: "conmed", Repeat: 1, Version: 1, Reason: "decided", Items: Values{"decision": instrument.StringValue("accept"), "decision_reason": instrument.StringValue("low dose")}})
	if undecided() != false {
		t.Error("the decision does not count")
	}
}

func TestLeaving(t *testing.T) {
	w := screening(t)
	w.refused("not-enrolled", "physician", StopTreatment{On: w.on(), Reason: "own-wish"})
	w.refused("not-enrolled", "coordinator", Complete{w.on()})
	w.refused("no-such-reason", "coordinator", Withdraw{On: w.on(), Reason: "mood"})
	w.refused("try-again", "coordinator", Lose{On: w.on(), Attempts: 2})
	lost := *w
	lost.do("coordinator", Lose{On: w.on(), Attempts: 3})
	if lost.s.Status() != StatusLost {
		t.Errorf("%s", lost.s.Status())
	}
	lost.refused("participant-gone", "coordinator", HoldVisit{On: w.on(), Visit: "V1"})
	lost.adverse(nil) // what happened before is still true

	// Treatment stopped: follow-up goes on, treatment does not, and the life can be completed.
	w = tell(t, threeSession).randomised().session("V5")
	w.refused("visit-open", "coordinator", Complete{w.on()})
	w.do("physician", StopTreatment{On: w.on(), Reason: "adverse-event"}).refused("already-stopped", "physician", StopTreatment{On: w.on(), Reason: "own-wish"})
	w.refused("visit-not-in-plan", "therapist", w.checking("V10"))
	for i, v := range w.def.Visits {
		if v.Kind == protocol.Session && w.s.Visits[i].Held.IsZero() && VisitExists(w.def, w.s, w.env("system"), i) {
			t.Errorf("%s is still in the plan", v.ID)
		}
	}
	w.goOn("").do("coordinator", Complete{w.on()})
	if w.s.Status() != StatusCompleted || w.s.Doses != 1 {
		t.Errorf("%s after %d doses", w.s.Status(), w.s.Doses)
	}
	w.refused("participant-gone", "coordinator", Withdraw{On: w.on(), Reason: "own-wish"})
	w.replays()
}

func TestLockedStudy(t *testing.T) {
	w := screening(t)
	if r := w.tryOverview(UnblindStudy{Witness: "x"}); r == nil || r.Code != "not-locked" {
		t.Errorf("%v", r)
	}
	w.overview(LockStudy{})
	w.refused("study-locked", "physician", SaveForm{On: w.on(), Visit: "V0", Form: "labs"})
	for _, witness := range []string{"", "adm", "Adm"} {
		if r := w.tryOverview(UnblindStudy{Witness: witness}); r == nil || r.Code != "witness-owed" {
			t.Errorf("witness %q: %v", witness, r)
		}
	}
	w.overview(UnblindStudy{Witness: "Dina"})
}
