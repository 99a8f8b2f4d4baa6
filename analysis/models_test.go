package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/instrument"
	"varde/protocol"
)

// trialPlan is smallPlan with a mixed model as its main one, and what hangs on it.
func trialPlan(t *testing.T, fixed ...string) plan {
	t.Helper()
	p := smallPlan(t, 2)
	a := &p.p.Analysis
	model := protocol.Model{ID: "mixed", Estimand: "main", Method: "mmrm", Fixed: fixed, Covariance: []string{"unstructured", "compound-symmetry"}, PoolSites: 3}
	had := model
	had.ID, had.Estimand = "mixed-had", "had"
	a.Models = []protocol.Model{model, had, {ID: "ancova", Estimand: "main", Method: "ancova", Fixed: []string{"arm", "baseline"}}}
	a.Order = []string{"scale"}
	a.Sensitivity = []protocol.Sensitivity{{ID: "sites", Method: "site-excluded"}, {ID: "guess", Method: "by-guess"}}
	a.Subgroups = []protocol.Subgroup{{ID: "people.sex", Text: both("Sex")}}
	a.Estimands[1].Events = []protocol.Intercurrent{{ID: protocol.TreatmentStopped, Strategy: "hypothetical"}, {ID: "other", Strategy: "hypothetical", From: []string{"asked.nausea"}}}
	return p
}

// trialData are n drawn people in each arm, by a fixed seed; the active arm is ten
// points better at the end.
func trialData(n int) Dataset {
	draw := rand.New(rand.NewPCG(5, 8))
	ds := Dataset{Arms: true}
	for i := range 2 * n {
		arm, shift := "active", -10.0
		if i%2 == 1 {
			arm, shift = "control", 0
		}
		person := draw.NormFloat64() * 6
		base := 45 + person + draw.NormFloat64()*3
		s := participant(fmt.Sprintf("S%02d-%03d", i%7+1, i), arm, int(base), int(base-8+shift/2+draw.NormFloat64()*5), int(base-14+shift+draw.NormFloat64()*6))
		s.Records = append(s.Records, record("B", "people", 0, "sex", []string{"female", "male"}[draw.IntN(2)], "age", 30+draw.IntN(30)))
		s.Guesses = []Guess{{Visit: "W8", Who: "participant", Arm: []string{arm, arm, "unknown"}[draw.IntN(3)], At: days(60)}}
		ds.Subjects = append(ds.Subjects, s)
	}
	return ds
}

func planOne(t *testing.T, r Result, id string) PlannedResult {
	t.Helper()
	i := slices.IndexFunc(r.Planned, func(p PlannedResult) bool { return p.Model == id })
	if i < 0 {
		t.Fatalf("there is no model %s", id)
	}
	return r.Planned[i]
}

// With one visit, no covariate and equal variances the mixed model, the analysis of
// covariance and Student's t test are one and the same.
func TestModelsOfOneVisitAreStudentsT(t *testing.T) {
	p := trialPlan(t, "arm", "visit", "arm*visit")
	e := &p.p.Analysis.Endpoints[0]
	e.Visits, e.Weeks = []string{"W8"}, []int{0, 8}
	p.p.Analysis.Models[2].Fixed = []string{"arm"}
	ds := trialData(20)
	var arms [2][]float64
	for _, s := range ds.Subjects {
		x := newPerson(p, &s)
		y, _ := x.score("W8", "scale.total")
		base, _ := x.score("B", "scale.total")
		arms[map[string]int{"active": 0, "control": 1}[s.Arm]] = append(arms[map[string]int{"active": 0, "control": 1}[s.Arm]], y-base)
	}
	mean := func(x []float64) (m float64) {
		for _, v := range x {
			m += v / float64(len(x))
		}
		return m
	}
	squares := 0.0
	for _, x := range arms {
		m := mean(x)
		for _, v := range x {
			squares += (v - m) * (v - m)
		}
	}
	df := float64(len(arms[0]) + len(arms[1]) - 2)
	se := math.Sqrt(squares / df * (1/float64(len(arms[0])) + 1/float64(len(arms[1]))))
	r := analyse(p, ds, nil)
	for _, id := range []string{"mixed", "ancova"} {
		m := planOne(t, r, id)
		if m.State != "run" || len(m.Contrasts) != 1 {
			t.Fatalf("%s: %+v", id, m)
		}
		c := m.Contrasts[0]
		near(t, id+" difference", c.Estimate.Value, mean(arms[0])-mean(arms[1]))
		near(t, id+" standard error", &c.Test.SE, se)
		near(t, id+" degrees of freedom", &c.Estimate.Freedom, df)
	}
}

// What happened after treatment was stopped, or after an item said yes, counts under
// treatment policy and is left out under the hypothetical strategy.
func TestIntercurrentEvents(t *testing.T) {
	p := trialPlan(t, "arm", "visit", "arm*visit", "baseline")
	ds := trialData(20)
	all := analyse(p, ds, nil)
	n := planOne(t, all, "mixed").Observations
	if n != 80 || planOne(t, all, "mixed-had").Observations != n {
		t.Fatalf("%d values without events", n)
	}
	at := func(i int, visit string) time.Time {
		x := newPerson(p, &ds.Subjects[i])
		return x.measuredAt(visit, "scale")
	}
	ds.Subjects[0].Stopped = at(0, "W4").Add(-time.Hour) // two values after it
	ds.Subjects[1].Stopped = at(1, "W8").Add(-time.Hour) // one
	ds.Subjects[2].Stopped = at(2, "W8").AddDate(0, 0, 1)
	said := record("W8", "asked", 0, "nausea", true)
	said.SavedAt = at(3, "W8").Add(2 * time.Hour) // said on the day of the visit, so it was before
	ds.Subjects[3].Records = append(ds.Subjects[3].Records, said)
	r := analyse(p, ds, nil)
	if got := planOne(t, r, "mixed").Observations; got != n {
		t.Errorf("treatment policy has %d values of %d", got, n)
	}
	if got := planOne(t, r, "mixed-had").Observations; got != n-4 {
		t.Errorf("hypothetical has %d values, want %d", got, n-4)
	}
}

func TestSitesArePooledAndOneValueIsLeftOut(t *testing.T) {
	p := trialPlan(t, "arm", "visit", "arm*visit", "baseline", "site", "people.sex")
	ds := trialData(8) // seven sites of two or three
	for i := range ds.Subjects {
		rec := &ds.Subjects[i].Records[len(ds.Subjects[i].Records)-1]
		rec.Answers = Answers{{"sex", instrument.StringValue("female")}}
	}
	m := planOne(t, analyse(p, ds, nil), "mixed")
	steps := strings.Join(m.Steps, "; ")
	if m.State != "run" || !strings.Contains(steps, "5 sites with fewer than 3 participants are pooled") || !strings.Contains(steps, "people.sex is left out of the model: it has one value") {
		t.Errorf("%s %s: %s", m.State, m.Reason, steps)
	}
}

// Two visits that nobody has both of do not determine their covariance: the plan's next
// structure is taken only if it can be fitted, and both are told.
func TestFallBackIsTold(t *testing.T) {
	p := trialPlan(t, "arm", "visit", "arm*visit")
	ds := trialData(15)
	for i := range ds.Subjects {
		drop := "W4"
		if i%3 == 0 {
			drop = "W8"
		}
		ds.Subjects[i].Records = slices.DeleteFunc(ds.Subjects[i].Records, func(r Record) bool { return r.Form == "scale" && r.Visit == drop })
	}
	m := planOne(t, analyse(p, ds, nil), "mixed")
	if m.State != "failed" || len(m.Steps) < 2 || !strings.HasPrefix(m.Steps[0], "unstructured: ") || !strings.HasPrefix(m.Steps[1], "compound-symmetry: ") {
		t.Errorf("%s: %s; %q", m.State, m.Reason, m.Steps)
	}
	if r := analyse(p, ds, nil); r.Order[0].State != "no-result" {
		t.Errorf("%+v", r.Order)
	}
}

func TestWhatTheAnswerHangsOn(t *testing.T) {
	p := trialPlan(t, "arm", "visit", "arm*visit", "baseline")
	ds := trialData(30)
	r := analyse(p, ds, nil)
	if o := r.Order; len(o) != 1 || o[0].State != "significant" || o[0].P != planOne(t, r, "mixed").main().Test.P {
		t.Errorf("order: %+v", o)
	}
	sites, guesses := r.Sensitivity[0], r.Sensitivity[1]
	if len(sites.Lines) != 7 || len(guesses.Lines) != 3 {
		t.Fatalf("%d sites, %d guesses", len(sites.Lines), len(guesses.Lines))
	}
	// Leaving a site out is the same as a trial without it.
	without := ds
	without.Subjects = slices.DeleteFunc(slices.Clone(ds.Subjects), func(s Subject) bool { return s.Site == "S03" })
	if got, want := sites.Lines[2], planOne(t, analyse(p, without, nil), "mixed").main(); got.Level != "S03" || *got.Contrast.Estimate.Value != *want.Estimate.Value {
		t.Errorf("%s: %+v, want %+v", got.Level, got.Contrast, want)
	}
	for _, l := range guesses.Lines {
		if (l.Contrast == nil) != (l.Level != "unknown") { // who guessed an arm was right: there is nobody to compare with
			t.Errorf("%s: %+v %s", l.Level, l.Contrast, l.Why)
		}
	}
	sex := r.Subgroups[0]
	if sex.State != "run" || len(sex.Levels) != 2 || sex.Interaction == nil || *sex.Interaction <= 0 || *sex.Interaction > 1 {
		t.Fatalf("%+v", sex)
	}
	n := 0
	for _, l := range sex.Levels {
		n += l.Contrast.N[0] + l.Contrast.N[1]
	}
	if n != 60 {
		t.Errorf("the subgroups hold %d people", n)
	}
	if b, err := json.Marshal(r); err != nil || strings.Contains(string(b), "S01-0") {
		t.Errorf("the result names a participant, or is no JSON: %v", err)
	}
	ds.Arms = false
	r = analyse(p, ds, nil)
	if r.Sensitivity[0].State != "blinded" || r.Subgroups[0].State != "blinded" || len(r.Order) != 0 || len(r.Planned[0].Means) != 0 {
		t.Errorf("blinded: %+v", r.Sensitivity)
	}
}

// Who left the arm is filled in by the control arm's course, and a shift makes the
// answer turn.
func TestMissingValues(t *testing.T) {
	p := trialPlan(t, "arm", "visit", "arm*visit", "baseline")
	p.p.Analysis.Sensitivity = []protocol.Sensitivity{{ID: "reference", Method: "reference-based"}, {ID: "tipping", Method: "tipping-point"}}
	ds := trialData(30)
	gone := 0
	for i := range ds.Subjects {
		if ds.Subjects[i].Arm != "active" || i%4 != 0 {
			continue
		}
		gone++
		ds.Subjects[i].Left = days(40)
		ds.Subjects[i].Records = slices.DeleteFunc(ds.Subjects[i].Records, func(r Record) bool { return r.Form == "scale" && r.Visit == "W8" })
	}
	r := analyse(p, ds, nil)
	reference, tipping := r.Sensitivity[0], r.Sensitivity[1]
	if reference.State != "run" || tipping.State != "run" || len(reference.Lines) != 4 {
		t.Fatalf("%d gone: %+v, %+v", gone, reference, tipping)
	}
	at := func(i int) float64 { return *reference.Lines[i].Contrast.Estimate.Value }
	for i := 1; i < 4; i++ { // the control arm is worse, so following it takes away some of the difference
		if !(at(i) > at(0)) || at(i) >= 0 {
			t.Errorf("%s: %v, missing at random %v", reference.Lines[i].Level, at(i), at(0))
		}
	}
	if len(tipping.Lines) != 2 || *tipping.Lines[0].Contrast.Estimate.Value != at(0) {
		t.Fatalf("%+v", tipping.Lines)
	}
	turn := tipping.Lines[1]
	if turn.Contrast == nil || turn.Contrast.Test.P < 0.05 || !strings.Contains(turn.Text.EN, "No longer significant") {
		t.Errorf("the turn: %+v", turn)
	}
	again := analyse(p, ds, nil)
	a, _ := json.Marshal(r)
	b, _ := json.Marshal(again)
	if string(a) != string(b) {
		t.Error("the same data give other numbers")
	}
}

// Bang's and James's indices against the published worked example of the CRISP trial
// (Bang, Ni and Davis 2004, table 2).
func TestBlindingIndices(t *testing.T) {
	ds := Dataset{Arms: true}
	add := func(arm, guess string, n int) {
		for range n {
			s := participant(fmt.Sprintf("S01-%03d", len(ds.Subjects)), arm, 40, 30, 20)
			s.Guesses = []Guess{{Visit: "W8", Who: "participant", Arm: guess, At: days(60)}}
			ds.Subjects = append(ds.Subjects, s)
		}
	}
	add("active", "active", 82)
	add("active", "control", 25)
	add("active", "unknown", 170)
	add("control", "active", 27)
	add("control", "control", 29)
	add("control", "unknown", 83)
	g := analyse(smallPlan(t, 2), ds, nil).Guesses[0]
	near(t, "Bang, active", g.Bang[0].Value, (82.-25)/277)
	near(t, "Bang, control", g.Bang[1].Value, (29.-27)/139)
	if g.James == nil || *g.James.Value < 0.7 || *g.James.Value > 0.8 {
		t.Errorf("James: %+v", g.James)
	}
}

func TestShiftsAndFindings(t *testing.T) {
	p := smallPlan(t, 2)
	p.p.Analysis.Endpoints = append(p.p.Analysis.Endpoints, protocol.Endpoint{ID: "ideas", Role: "safety", Text: both("Ideas"), Score: "scale.total", Baseline: "B", Visits: []string{"W4", "W8"}, At: "W8"})
	lab, issues := instrument.Compile(instrument.Instrument{ID: "lab", Version: "1", Title: both("Laboratory"), Kind: instrument.Measurement, Respondent: instrument.ByClinician, Minutes: 1,
		Licence: instrument.Licence{Class: instrument.Green, Holder: "own", Terms: "own"}, Source: "own",
		Items:  []instrument.Item{{ID: "sodium", Text: both("Sodium"), Type: instrument.Integer, Unit: "mmol/L"}},
		Alerts: []instrument.Alert{{ID: "low", When: "sodium < 135", Text: both("Low"), Owner: "physician", Within: "24h", Provenance: instrument.Provenance{Source: "own", Status: "own"}}}})
	if lab == nil {
		t.Fatal(issues)
	}
	known := p.form
	p.form = func(id string) (*instrument.Compiled, bool) {
		if id == "lab" {
			return lab, true
		}
		return known(id)
	}
	p.p.Visits[0].Forms = []protocol.FormUse{{Form: "lab"}}
	ds := Dataset{Arms: true, Subjects: []Subject{
		participant("S01-001", "active", 1, 0, 2), participant("S01-002", "active", 2, 2, 1), participant("S01-003", "control", 0, 0, 0), participant("S01-004", "control", 1, -1, -1)}}
	dose := ds.Subjects[0].FirstDose()
	at := func(i int, d time.Duration, sodium int) {
		rec := record("B", "lab", 0, "sodium", sodium)
		rec.SavedAt = dose.Add(d)
		ds.Subjects[i].Records = append(ds.Subjects[i].Records, rec)
	}
	at(0, -time.Hour, 130)
	at(0, time.Hour, 140)
	at(1, time.Hour, 134)
	at(1, 2*time.Hour, 133)
	at(2, -time.Hour, 140)
	r := analyse(p, ds, nil)
	if len(r.Shifts) != 1 || len(r.Findings) != 1 {
		t.Fatalf("%d shifts, %d findings", len(r.Shifts), len(r.Findings))
	}
	s := r.Shifts[0]
	if fmt.Sprint(s.Levels) != "[0 1 2]" || fmt.Sprint(s.Groups[0].Counts) != "[[0 0 0] [0 0 1] [0 0 1]]" || s.Groups[0].Worse.Events != 1 || s.Groups[0].Worse.N != 2 ||
		fmt.Sprint(s.Groups[1].Counts) != "[[1 0 0] [0 0 0] [0 0 0]]" || s.Groups[1].Missing != 1 {
		t.Errorf("%+v", s)
	}
	f := r.Findings[0]
	if f.Groups[0].Events != 1 || f.Groups[0].N != 2 || f.Before[0].Events != 1 || f.Before[0].N != 1 || f.Groups[1].N != 0 || f.Before[1].N != 1 {
		t.Errorf("%+v", f)
	}
}

// TestSharesWithinSites: of two people a site and arm with an answer at S01, all with the
// active arm respond and none with control; at S02 one of each answers.
func TestSharesWithinSites(t *testing.T) {
	p := smallPlan(t, 2)
	model := protocol.Model{ID: "shares", Estimand: "main", Method: "mantel-haenszel", Responder: "response", Fixed: []string{"arm", "site"}}
	counted := model
	counted.ID, counted.Missing = "counted", "non-response"
	whole := model
	whole.ID, whole.Fixed = "whole", nil
	p.p.Analysis.Models = []protocol.Model{model, counted, whole}
	r := analyse(p, small(), nil)
	z := 1.5 / math.Sqrt(7.0/12) // by hand, in both: what is not answered moves no expectation here
	for i, want := range []struct {
		difference, z float64
		n             int
		told          string
	}{{1, z, 3, "2 people have no answer and are left out"}, {0.75, z, 4, "2 people have no answer and count as no"}, {1, math.Sqrt(5), 3, "left out"}} {
		m := r.Planned[i]
		if m.State != "run" || !m.Shares || len(m.Contrasts) != 1 || len(m.Means) != 2 {
			t.Fatalf("%s: %+v", m.Model, m)
		}
		c := m.Contrasts[0]
		near(t, m.Model+" difference", c.Estimate.Value, want.difference)
		near(t, m.Model+" z", &c.Test.Statistic, want.z)
		if c.N[0] != want.n || !c.Main || c.Test.P >= 0.06 || !strings.Contains(strings.Join(m.Steps, "; "), want.told) {
			t.Errorf("%s: %+v, told %q", m.Model, c, m.Steps)
		}
	}
	if len(r.Order) > 0 && r.Order[0].Model != "" {
		t.Errorf("a model of shares stands in the order of numeric endpoints: %+v", r.Order)
	}
}
