package analysis

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varde/bilingual"
	"varde/expr"
	"varde/instrument"
	"varde/protocol"
)

var update = flag.Bool("update", false, "write the golden files anew")

func both(s string) bilingual.Text { return bilingual.Text{EN: s, NB: s + " (nb)"} }

// smallPlan is a protocol with two arms (or as many as asked for), one score and
// one responder, made by hand so that every number below can be checked by hand.
func smallPlan(t testing.TB, arms int) plan {
	t.Helper()
	form := instrument.Instrument{ID: "scale", Version: "1", Title: both("Scale"), Kind: instrument.Interview, Respondent: instrument.ByRater, Minutes: 1,
		Licence: instrument.Licence{Class: instrument.Green, Holder: "own", Terms: "own"}, Source: "own",
		Items: []instrument.Item{
			{ID: "total", Text: both("Total"), Type: instrument.Integer, Required: true, Blinding: instrument.Rating},
			{ID: "dx", Text: both("Diagnosis"), Type: instrument.Boolean, Required: true, Blinding: instrument.Rating}}}
	people := instrument.Instrument{ID: "people", Version: "1", Title: both("People"), Kind: instrument.Form, Respondent: instrument.ByStaff, Minutes: 1,
		Licence: form.Licence, Source: "own", Items: []instrument.Item{
			{ID: "age", Text: both("Age"), Type: instrument.Integer},
			{ID: "sex", Text: both("Sex"), Type: instrument.Choice, Options: []instrument.Option{
				{Value: instrument.StringValue("female"), Text: both("Female")}, {Value: instrument.StringValue("male"), Text: both("Male")}}}}}
	list := instrument.Instrument{ID: "asked", Version: "1", Title: both("List"), Kind: instrument.Form, Respondent: instrument.ByStaff, Minutes: 1,
		Licence: form.Licence, Source: "own", Items: []instrument.Item{{ID: "nausea", Text: both("Nausea"), Type: instrument.Boolean, Blinding: instrument.Revealing}}}
	events := instrument.Instrument{ID: "ae", Version: "1", Title: both("Event"), Kind: instrument.Log, Respondent: instrument.ByStaff, Minutes: 1,
		Licence: form.Licence, Source: "own", Items: []instrument.Item{{ID: "term", Text: both("Term"), Type: instrument.TextItem, Blinding: instrument.Revealing}}}
	signs := instrument.Instrument{ID: "signs", Version: "1", Title: both("Signs"), Kind: instrument.Measurement, Respondent: instrument.ByClinician, Minutes: 1,
		Licence: form.Licence, Source: "own", Items: []instrument.Item{{ID: "sbp", Text: both("Systolic"), Type: instrument.Integer, Unit: "mm[Hg]", Blinding: instrument.Revealing}}}
	forms := map[string]*instrument.Compiled{}
	for _, i := range []instrument.Instrument{form, people, list, events, signs} {
		c, issues := instrument.Compile(i)
		if c == nil {
			t.Fatalf("%s: %v", i.ID, issues)
		}
		forms[i.ID] = c
	}
	src := protocol.Provenance{Source: "made up", Status: "own"}
	p := &protocol.Protocol{
		ID: "small", Version: "1.0.0",
		Visits: []protocol.Visit{{ID: "B", Title: both("Baseline")}, {ID: "W4", Title: both("Week 4")}, {ID: "W8", Title: both("Week 8")}},
		Eligibility: protocol.Eligibility{Gates: []protocol.Gate{{ID: "screening", Title: both("Screening")}},
			Criteria: []protocol.Criterion{{ID: "I1", Text: both("Adult"), Gate: "screening"}, {ID: "E1", Text: both("Other illness"), Gate: "screening"}}},
		Dosing:     &protocol.Dosing{Solicited: "asked", Vitals: protocol.VitalsPlan{Form: "signs"}},
		Safety:     protocol.Safety{Form: "ae"},
		Withdrawal: protocol.Withdrawal{Reasons: []protocol.Reason{{ID: "moved", Text: both("Moved")}}},
		Analysis: protocol.Analysis{Alpha: 0.05, Sided: 2,
			Populations: []protocol.Population{{ID: "mitt", Text: both("mITT"), Expr: "dosed", Provenance: src}, {ID: "everyone", Text: both("Everyone"), Expr: "all", Provenance: src}},
			Endpoints:   []protocol.Endpoint{{ID: "scale", Role: "primary", Text: both("Scale"), Score: "scale.total", Baseline: "B", Visits: []string{"W4", "W8"}, At: "W8", Weeks: []int{0, 4, 8}, Change: true}},
			Responders:  []protocol.Responder{{ID: "response", Endpoint: "scale", Text: both("Response"), Provenance: src}, {ID: "remission", Endpoint: "scale", Text: both("Remission"), Provenance: src}},
			Estimands:   []protocol.Estimand{{ID: "main", Text: both("Main"), Endpoint: "scale", Population: "mitt", Strategy: "treatment-policy", Main: true}, {ID: "had", Text: both("Had"), Endpoint: "scale", Population: "mitt", Strategy: "hypothetical"}},
			Models:      []protocol.Model{{ID: "plain", Estimand: "main", Method: "difference"}, {ID: "mixed", Estimand: "main", Method: "mmrm"}, {ID: "plain-had", Estimand: "had", Method: "difference"}},
			Baseline: []protocol.BaselineRow{{ID: "age", Text: both("Age"), Value: "people.age", Summary: "mean"},
				{ID: "female", Text: both("Female"), Value: "people.sex", Summary: "count", Code: "female"},
				{ID: "scale", Text: both("Scale"), Value: "B.scale.total", Summary: "mean"}},
		},
		Simulation: &protocol.Simulation{
			AdverseEvents: []protocol.SimAdverse{{Term: "Feeling sick", Item: "nausea"}},
			Published: []protocol.Published{
				{Quantity: "change", Subject: "scale", Arm: "active", Visit: "W8", Value: -20, SD: 5, N: 40, Provenance: src},
				{Quantity: "difference", Subject: "scale", Visit: "W8", Value: -9, Lower: -14, Upper: -4, Provenance: src},
				{Quantity: "response", Subject: "scale", Arm: "active", Visit: "W8", Value: 0.75, N: 40, Events: 30, Provenance: src},
				{Quantity: "adverse-event", Subject: "Feeling sick", Arm: "active", Value: 0.3, N: 40, Events: 12, Provenance: src},
				{Quantity: "adverse-event", Subject: "Rash", Arm: "active", Value: 0, N: 40, Provenance: src},
				{Quantity: "baseline", Subject: "age", Value: 39, SD: 10, N: 80, Provenance: src},
			}},
	}
	for i := range arms {
		p.Arms = append(p.Arms, protocol.Arm{ID: []string{"active", "control", "third"}[i], Title: both([]string{"Active", "Control", "Third"}[i]), Control: i == 1})
	}
	env := func(vars map[string]expr.Type, src string) *expr.Program {
		e, err := expr.NewEnv(vars)
		if err != nil {
			t.Fatal(err)
		}
		c, issues := e.Compile(src, expr.Bool)
		if c == nil {
			t.Fatal(issues)
		}
		return c
	}
	facts := map[string]expr.Type{"person.doses": expr.Int, "person.enrolled": expr.Bool}
	answers := map[string]expr.Type{"base": expr.Double, "value": expr.Double, "change": expr.Double, "dx": expr.Bool}
	populations := map[string]*expr.Program{"dosed": env(facts, "person.doses >= 1"), "all": env(facts, "person.enrolled")}
	responders := map[string]*expr.Program{"response": env(answers, "change <= -10.0"), "remission": env(answers, "dx == false && value <= 11.0")}
	return plan{p: p,
		program: func(src string) *expr.Program { return populations[src] }, responder: func(id string) *expr.Program { return responders[id] },
		form: func(id string) (*instrument.Compiled, bool) { c, ok := forms[id]; return c, ok }}
}

var day0 = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func days(n int) time.Time { return day0.AddDate(0, 0, n) }

func record(visit, form string, day int, pairs ...any) Record {
	r := Record{Visit: visit, Form: form, SavedAt: days(day)}
	for i := 0; i < len(pairs); i += 2 {
		id := pairs[i].(string)
		switch v := pairs[i+1].(type) {
		case int:
			r.Answers = append(r.Answers, Answer{id, instrument.NumberValue(float64(v))})
		case bool:
			r.Answers = append(r.Answers, Answer{id, instrument.BoolValue(v)})
		case string:
			r.Answers = append(r.Answers, Answer{id, instrument.StringValue(v)})
		}
	}
	return r
}

// participant has scores at B, W4 and W8; a negative score is a missing one.
func participant(id, arm string, scores ...int) Subject {
	s := Subject{ID: id, Site: id[:3], Arm: arm, Status: "treatment", Asked: 1,
		Reached:  map[protocol.Milestone]time.Time{protocol.Consented: days(0), protocol.Enrolled: days(1), protocol.Randomised: days(1)},
		Sessions: []Session{{Visit: "S1", At: days(2), Dose: 80}}, FormsDue: 3, FormsDone: 3}
	for i, x := range scores {
		visit := []string{"B", "W4", "W8"}[i]
		if x < 0 {
			continue
		}
		s.Visits = append(s.Visits, Visit{ID: visit, Held: days(i * 28)})
		s.Records = append(s.Records, record(visit, "scale", i*28, "total", x, "dx", x > 20))
	}
	return s
}

// small is four active and four control participants, a screen failure and a
// person still in screening.
func small() Dataset {
	ds := Dataset{Arms: true, Simulated: true, Cut: Cut{Study: "demo", Title: "Demo", Protocol: "small", Version: "1.0.0", Digest: "d", Size: 100, Root: "r", Time: days(90), Mode: "practice"}}
	ds.Subjects = []Subject{
		participant("S01-001", "active", 40, 30, 20), participant("S01-003", "active", 36, 28, 10),
		participant("S02-001", "active", 44, 36, 24), participant("S02-002", "active", 40, 30, -1),
		participant("S01-002", "control", 38, 36, 30), participant("S01-004", "control", 42, 40, 36),
		participant("S02-003", "control", 40, 39, 34), participant("S02-004", "control", 39, -1, -1),
		{ID: "S01-005", Site: "S01", FailedAt: "screening", Failed: []string{"E1", "E1", "I1"}, Reached: map[protocol.Milestone]time.Time{protocol.Consented: days(3)}},
		{ID: "S01-006", Site: "S01", FailedAt: Prescreening, Failed: []string{"far-away"}},
		{ID: "S01-007", Site: "S01", Reached: map[protocol.Milestone]time.Time{protocol.Consented: days(5)}},
		{ID: "S01-008", Site: "S01", Left: days(9), LeftReason: "moved"},
	}
	by := func(id string) *Subject {
		return &ds.Subjects[slices.IndexFunc(ds.Subjects, func(s Subject) bool { return s.ID == id })]
	}
	for i, id := range []string{"S01-001", "S01-003", "S02-001", "S01-002", "S01-004", "S02-003"} {
		sex := "female"
		if i%2 == 1 {
			sex = "male"
		}
		by(id).Records = append(by(id).Records, record("B", "people", 0, "age", 30+i, "sex", sex))
	}
	lost := by("S02-004")
	lost.Left, lost.Lost = days(20), true
	stopped := by("S02-002")
	stopped.Stopped, stopped.StopReason = days(10), "moved"
	stopped.Visits = append(stopped.Visits, Visit{ID: "W8", Missed: "ill"})
	by("S01-001").Events = []AdverseEvent{
		{Term: "nausea", Solicited: true, Severity: "mild", Onset: days(2).Add(time.Hour)},
		{Term: "Feeling  sick", Severity: "severe", Relation: "probable", Onset: days(3)},
		{Term: "Headache", Severity: "mild", Onset: days(1)}}
	by("S01-002").Events = []AdverseEvent{{Term: "headache", Severity: "mild", Serious: true}}
	by("S01-001").Vitals = []VitalsPoint{
		{Visit: "S1", Dosed: true, Minutes: -10, Values: map[string]float64{"sbp": 120}}, {Visit: "S1", Dosed: true, Minutes: 58, Values: map[string]float64{"sbp": 150}},
		{Visit: "S1", Dosed: true, Minutes: 66, Values: map[string]float64{"sbp": 160}}, {Visit: "S1", Dosed: true, Minutes: 125, Values: map[string]float64{"sbp": 140}}}
	by("S01-003").Vitals = []VitalsPoint{{Visit: "S1", Dosed: true, Minutes: 60, Values: map[string]float64{"sbp": 175}}, {Visit: "S2", Minutes: 60, Values: map[string]float64{"sbp": 250}}}
	by("S01-001").Guesses = []Guess{{Who: "participant", Arm: "control", At: days(3)}, {Who: "participant", Arm: "active", At: days(60)}}
	by("S01-002").Guesses = []Guess{{Who: "participant", Arm: "control", At: days(60)}}
	return ds
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: got %v, want %v", what, show(got), want)
	}
}

func show(x *float64) string {
	if x == nil {
		return "nothing"
	}
	return fmt.Sprint(*x)
}

func TestSmallDatasetByHand(t *testing.T) {
	r := analyse(smallPlan(t, 2), small(), nil)
	f := r.Flow
	if f.Assessed != 12 || f.Excluded != 2 || f.Withdrew != 1 || f.Pending != 1 || f.Entered != 8 || !f.Randomised {
		t.Errorf("flow: %+v", f)
	}
	if got := f.Exclusions; len(got) != 2 || got[0].Gate != Prescreening || got[1].N != 1 || len(got[1].Reasons) != 2 || got[1].Reasons[0].N != 1 {
		t.Errorf("exclusions: %+v", got)
	}
	if g := f.Groups[1]; g.Allocated != 4 || g.Lost != 1 || g.Ongoing != 3 || g.Analysed[0].N != 4 || g.Analysed[0].Primary != 3 {
		t.Errorf("control: %+v", g)
	}
	if g := f.Groups[0]; g.Stopped != 1 || g.StoppedBy[0].Text.EN != "Moved" || !reflect.DeepEqual(g.Sessions, []int{0, 4}) {
		t.Errorf("active: %+v", g)
	}
	// Changes to W8: active -20, -26, -20 (mean -22, SD sqrt(12)); control -8, -6, -6 (mean -20/3, SD sqrt(4/3)).
	w8 := r.Endpoints[0].Visits[2]
	active, control := w8.Groups[0], w8.Groups[1]
	near(t, "active change", active.Change.Value, -22)
	near(t, "active SD", active.Change.SD, math.Sqrt(12))
	near(t, "control change", control.Change.Value, -20./3)
	near(t, "control SD", control.Change.SD, math.Sqrt(4./3))
	near(t, "difference", w8.Against[0].Difference.Value, -22+20./3)
	// Hedges: m = 4, J = gamma(2)/(sqrt 2 gamma(1.5)) = 0.7978845608, pooled SD = sqrt((24 + 8/3)/4).
	near(t, "g", w8.Against[0].Effect.Value, (-22+20./3)/math.Sqrt((24+8./3)/4)/(math.Sqrt2*math.Gamma(1.5)))
	if df := w8.Against[0].Difference.Freedom; math.Abs(df-math.Pow(4+4./9, 2)/(16./2+(4./9)*(4./9)/2)) > 1e-9 {
		t.Errorf("df %v", df)
	}
	if m := active.Missing; m.Total != 1 || m.Missed != 1 {
		t.Errorf("active missing: %+v", m)
	}
	if m := control.Missing; m.Total != 1 || m.Left != 1 {
		t.Errorf("control missing: %+v", m)
	}
	if p := active.Change.Published; p == nil || p.Value != -20 || p.Source != "made up" || p.Status != "own" {
		t.Errorf("published change: %+v", p)
	}
	if p := w8.Against[0].Published; p == nil || *p.Lower != -14 || *p.Upper != -4 {
		t.Errorf("published difference: %+v", p)
	}
	res := r.Responders[0].Visits[1]
	if res.Groups[0].Events != 3 || res.Groups[0].N != 3 || res.Groups[1].Events != 0 || res.Undecided[0] != 1 || res.Groups[0].Published.Value != 0.75 {
		t.Errorf("response: %+v", res)
	}
	if c := res.Against[0]; c.Ratio.Value != nil || c.Ratio.Why != "no-events" || *c.Difference.Value != 1 {
		t.Errorf("contrast: %+v", c)
	}
	if rem := r.Responders[1].Visits[1].Groups[0]; rem.Events != 1 || rem.N != 3 {
		t.Errorf("remission: %+v", rem)
	}
	near(t, "mean age, all", r.Baseline[0].Means[2].Value, 32.5)
	if b := r.Baseline[0]; b.Missing[0] != 1 || b.Missing[2] != 2 || b.Means[2].Published == nil || b.Means[0].Published != nil {
		t.Errorf("age: %+v", b)
	}
	if s := r.Baseline[1].Shares; s[0].Events != 2 || s[0].N != 3 || s[2].Events != 3 || s[2].N != 6 {
		t.Errorf("female: %+v", s)
	}
}

func TestAdverseEventsVitalsAndGuessesByHand(t *testing.T) {
	r := analyse(smallPlan(t, 2), small(), nil)
	a := r.Adverse
	if a.Earlier != 1 || a.N[0] != 4 || a.Asked[0] != 4 {
		t.Errorf("adverse: %+v", a)
	}
	row := func(rows []AdverseRow, id string) AdverseRow {
		i := slices.IndexFunc(rows, func(x AdverseRow) bool { return x.ID == id })
		if i < 0 {
			t.Fatalf("no row %s", id)
		}
		return rows[i]
	}
	// The log's words and the list's item are one effect: one participant, one event each way.
	nausea := row(a.Terms, "nausea").Groups[0]
	if nausea.Events != 1 || nausea.N != 4 || nausea.Logged != 1 || nausea.Solicited != 1 || nausea.Severe != 1 || nausea.Published == nil || nausea.Published.Value != 0.3 {
		t.Errorf("nausea: %+v", nausea)
	}
	if c := row(a.Terms, "headache").Groups; c[0].Events != 0 || c[1].Events != 1 || c[1].Serious != 1 {
		t.Errorf("headache: %+v", c)
	}
	if c := row(a.Terms, "rash").Groups[0]; c.Events != 0 || c.Published == nil || *c.Published.Events != 0 {
		t.Errorf("a published term that did not happen: %+v", c)
	}
	if c := row(a.Totals, "serious").Groups; c[0].Events != 0 || c[1].Events != 1 {
		t.Errorf("serious: %+v", c)
	}
	if c := row(a.Totals, "related").Groups; c[0].Events != 1 {
		t.Errorf("related: %+v", c)
	}
	v := r.Vitals[0]
	if len(v.Times) != 3 || v.Times[1].Minutes != 60 || v.Times[1].Groups[0].N != 2 {
		t.Fatalf("vitals: %+v", v.Times)
	}
	near(t, "mean at an hour", v.Times[1].Groups[0].Mean, (155+175)/2.)
	near(t, "highest", v.Extremes[0].Max, 175)
	if o := v.Outliers[0]; o.Name() != "> 160" || o.Sessions[0].Events != 1 || o.Sessions[0].N != 2 || o.Sessions[1].N != 0 {
		t.Errorf("over 160: %+v", o)
	}
	if o := v.Outliers[1]; o.Sessions[0].Events != 2 {
		t.Errorf("at least 160: %+v", o)
	}
	g := r.Guesses[0]
	if g.Who != "participant" || g.N[0] != 1 || g.Missing[0] != 3 || g.Answers[0].Groups[0].Events != 1 || g.Answers[1].Groups[1].Events != 1 {
		t.Errorf("guesses: %+v", g)
	}
}

func TestPlannedModels(t *testing.T) {
	r := analyse(smallPlan(t, 2), small(), nil)
	if p := r.Planned[0]; p.State != "run" || *p.Contrasts[0].Estimate.Value != *r.Endpoints[0].Visits[2].Against[0].Difference.Value {
		t.Errorf("plain: %+v", p)
	}
	if p := r.Planned[1]; p.State != "failed" || !strings.Contains(p.Reason, "fixed effects") {
		t.Errorf("mixed without fixed effects: %+v", p)
	}
	if p := r.Planned[2]; p.State != "failed" || p.Reason == "" || len(p.Contrasts) != 0 {
		t.Errorf("hypothetical: %+v", p)
	}
	seen := &spy{}
	r = analyse(smallPlan(t, 2), small(), []Estimator{seen})
	if r.Planned[1].State != "run" || len(seen.data.Rows) != 13 || seen.data.Control != 1 {
		t.Errorf("mixed with an estimator: %+v, %d rows", r.Planned[1], len(seen.data.Rows))
	}
}

type spy struct{ data ModelData }

func (s *spy) Method() string { return "mmrm" }
func (s *spy) Estimate(d ModelData) (ModelResult, error) {
	s.data = d
	return ModelResult{Steps: []string{"seen"}}, nil
}

func TestBlindedResultHoldsNothingByArm(t *testing.T) {
	ds := small()
	ds.Arms = false
	open, err := json.Marshal(analyse(smallPlan(t, 2), ds, nil))
	if err != nil {
		t.Fatal(err)
	}
	for i := range ds.Subjects { // swapping the arms must change no byte
		switch ds.Subjects[i].Arm {
		case "active":
			ds.Subjects[i].Arm = "control"
		case "control":
			ds.Subjects[i].Arm = "active"
		}
	}
	r := analyse(smallPlan(t, 2), ds, nil)
	swapped, _ := json.Marshal(r)
	if string(open) != string(swapped) {
		t.Error("a blinded result depends on the arms")
	}
	if r.Pooling != Blinded || len(r.Groups) != 1 || r.Groups[0].ID != All || r.Planned[0].State != "blinded" || len(r.Endpoints[0].Visits[2].Against) != 0 {
		t.Errorf("not pooled: %+v", r.Groups)
	}
	if strings.Contains(string(open), "S01-0") {
		t.Error("a result names a participant")
	}
}

func TestHiddenValuesAreNotCalledMissing(t *testing.T) {
	ds := small()
	ds.Hidden = []instrument.Blinding{instrument.Rating, instrument.Revealing}
	for i := range ds.Subjects {
		for k := range ds.Subjects[i].Records {
			if ds.Subjects[i].Records[k].Form == "scale" {
				ds.Subjects[i].Records[k].Answers = nil
			}
		}
	}
	r := analyse(smallPlan(t, 2), ds, nil)
	if !r.Endpoints[0].Hidden || len(r.Endpoints[0].Visits) != 0 || len(r.Responders) != 0 || !r.Baseline[2].Hidden || r.Baseline[0].Hidden || !r.Adverse.Hidden || len(r.Vitals) != 0 {
		t.Errorf("hidden values are shown as something else: %+v", r.Endpoints[0])
	}
	if r.Notes[0].Code != "hidden-values" {
		t.Errorf("notes: %+v", r.Notes)
	}
}

func TestGolden(t *testing.T) {
	b, err := json.MarshalIndent(analyse(smallPlan(t, 2), small(), nil), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const name = "testdata/small.json.golden"
	if *update {
		if err := os.WriteFile(name, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(b)+"\n" {
		t.Errorf("the result of the small dataset has changed; look at the difference after: go test ./analysis -update")
	}
}

func TestDegenerateDataNeverGiveNaN(t *testing.T) {
	equal := Dataset{Arms: true, Subjects: []Subject{participant("S01-001", "active", 40, 30, 20), participant("S01-002", "active", 40, 30, 20), participant("S01-003", "control", 40, 30, 20), participant("S01-004", "control", 40, 30, 20)}}
	oneArm := Dataset{Arms: true, Subjects: []Subject{participant("S01-001", "active", 40, 30, 20), participant("S01-002", "active", 38, 31, 10)}}
	gone := Dataset{Arms: true, Subjects: []Subject{participant("S01-001", "active", 40, -1, -1), participant("S01-002", "control", 38, -1, -1)}}
	strange := Dataset{Arms: true, Subjects: []Subject{participant("S01-001", "fourth", 40, 30, 20), participant("S01-002", "control", 38, 31, 10)}}
	for name, ds := range map[string]Dataset{"nobody": {Arms: true}, "one participant": {Arms: true, Subjects: oneArm.Subjects[:1]}, "no spread": equal, "one arm filled": oneArm, "all missing": gone, "unknown arm": strange} {
		for arms := range 4 {
			r := analyse(smallPlan(t, arms), ds, nil)
			if _, err := json.Marshal(r); err != nil {
				t.Errorf("%s, %d arms: %v", name, arms, err)
			}
			reasons(t, fmt.Sprintf("%s, %d arms", name, arms), reflect.ValueOf(r))
		}
	}
	r := analyse(smallPlan(t, 2), gone, nil)
	if d := r.Endpoints[0].Visits[2].Against[0].Difference; d.Value != nil || d.Why != "no-data" {
		t.Errorf("all missing: %+v", d)
	}
	if r = analyse(smallPlan(t, 2), strange, nil); r.Flow.Unassigned != 1 || r.Notes[0].Code != "without-arm" {
		t.Errorf("unknown arm: %+v", r.Flow)
	}
	if r = analyse(smallPlan(t, 1), oneArm, nil); r.Pooling != OneGroup || r.Endpoints[0].Visits[2].Groups[0].Effect.Value == nil || r.Planned[0].State != "run" || r.Planned[0].Contrasts[0].Control != "" {
		t.Errorf("one arm: %+v", r.Planned[0])
	}
}

// reasons looks at every estimate in a result: it has a value and an interval, or says why not.
func reasons(t *testing.T, where string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			reasons(t, where, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			reasons(t, where, v.Index(i))
		}
	case reflect.Float64:
		if x := v.Float(); math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("%s: %v", where, x)
		}
	case reflect.Struct:
		if e, ok := v.Interface().(Estimate); ok {
			if (e.Why == "") != (e.Value != nil && e.Lower != nil) && e != (Estimate{}) {
				t.Errorf("%s: no reason, or one too many: %+v", where, e)
			}
		}
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			reasons(t, where, v.Field(i))
		}
	}
}

func TestFlowAlwaysAddsUp(t *testing.T) {
	p := smallPlan(t, 2)
	rapid.Check(t, func(rt *rapid.T) {
		ds := Dataset{Arms: rapid.Bool().Draw(rt, "arms")}
		for i := range rapid.IntRange(0, 20).Draw(rt, "n") {
			s := participant(fmt.Sprintf("S01-%03d", i), rapid.SampledFrom([]string{"active", "control", ""}).Draw(rt, "arm"),
				rapid.IntRange(-1, 80).Draw(rt, "b"), rapid.IntRange(-1, 80).Draw(rt, "w4"), rapid.IntRange(-1, 80).Draw(rt, "w8"))
			if rapid.Bool().Draw(rt, "out") {
				delete(s.Reached, protocol.Randomised)
				s.FailedAt = rapid.SampledFrom([]string{"", "screening", "unheard-of"}).Draw(rt, "gate")
			}
			if rapid.Bool().Draw(rt, "left") {
				s.Left, s.Lost = days(30), rapid.Bool().Draw(rt, "lost")
			}
			ds.Subjects = append(ds.Subjects, s)
		}
		r := analyse(p, ds, nil)
		f := r.Flow
		if f.Assessed != f.Excluded+f.Withdrew+f.Pending+f.Entered {
			rt.Fatalf("flow: %+v", f)
		}
		n := f.Unassigned
		for _, g := range f.Groups {
			n += g.Allocated
			if g.Allocated != g.Completed+g.Withdrew+g.Lost+g.Ongoing {
				rt.Fatalf("group: %+v", g)
			}
		}
		if n != f.Entered {
			rt.Fatalf("%d in groups, %d entered", n, f.Entered)
		}
		for _, v := range r.Endpoints[0].Visits {
			for _, g := range v.Groups {
				if g.Value.N+g.Missing.Total != g.N || g.Missing.Total != g.Missing.Left+g.Missing.Missed+g.Missing.Ahead+g.Missing.Unrated {
					rt.Fatalf("visit: %+v", g)
				}
			}
		}
	})
}
