package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/analysis"
	"varde/instrument"
	"varde/ledger"
	"varde/protocol"
	"varde/protocols"
	"varde/study"
)

var definition = sync.OnceValues(func() (*protocol.Definition, error) { return protocols.Load("mdma-ptsd-three-session") })

func load(t *testing.T) *protocol.Definition {
	t.Helper()
	def, err := definition()
	if err != nil {
		t.Fatal(err)
	}
	return def
}

var start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// caps answers 20 symptom items that sum to total.
func caps(def *protocol.Definition, total int) study.Values {
	v := study.Values{}
	c, _ := def.Form("caps5")
	n := 0
	for _, s := range c.Scores {
		if s.ID != "total" {
			continue
		}
		for _, item := range c.Items {
			if n == 20 {
				break
			}
			x := min(4, total)
			total -= x
			v[item.ID] = instrument.NumberValue(float64(x))
			n++
		}
	}
	return v
}

func save(def *protocol.Definition, s *study.State, visit, form string, repeat int, at time.Time, v study.Values) {
	c, _ := def.Form(form)
	f := &study.FormState{Key: study.FormKey{Visit: visit, Form: form, Repeat: repeat}, Version: 1, Values: v, Scores: c.Score(v), SavedAt: at, Missing: c.Missing(v)}
	s.Forms[f.Key] = f
	s.Latest[form] = f
	if repeat > 0 {
		s.Repeats[study.FormKey{Visit: visit, Form: form}] = repeat
	}
}

// state is a participant with CAPS-5 at V3, V9, V14 and V19 (fewer: left before).
func state(def *protocol.Definition, id string, totals ...int) *study.State {
	s := study.Replay(def, []study.Event{{At: start, Data: study.PersonReferred{Participant: id, Site: id[:3], Language: "en", TimeZone: "UTC"}}})
	for _, m := range []protocol.Milestone{protocol.Prescreened, protocol.Consented, protocol.Eligible, protocol.Enrolled, protocol.Randomised} {
		s.Reached[m] = start
	}
	for i, total := range totals {
		visit := []string{"V3", "V9", "V14", "V19"}[i]
		at := start.AddDate(0, 0, 28*i)
		s.Visits[def.VisitIndex(visit)].Held = at
		save(def, s, visit, "caps5", 0, at, caps(def, total))
	}
	dosed := start.AddDate(0, 0, 7)
	s.Doses = 1
	s.Sessions["V5"] = &study.SessionState{Visit: "V5", Started: dosed, DoseAt: dosed, Dose: 80}
	for i, sbp := range []float64{120, 150} {
		save(def, s, "V5", "vitals", i+1, dosed, study.Values{"sbp": instrument.NumberValue(sbp),
			"taken_at": instrument.StringValue(dosed.Add(time.Duration(i*60-1) * time.Minute).Format(time.RFC3339))})
	}
	save(def, s, "V5", "solicited", 1, dosed, study.Values{"muscle_tightness": instrument.BoolValue(true), "muscle_tightness_severity": instrument.StringValue("mild"),
		"muscle_tightness_onset": instrument.StringValue(dosed.Add(time.Hour).Format(time.RFC3339)), "nausea": instrument.BoolValue(false)})
	if len(totals) < 4 {
		s.Left, s.LeftReason = start.AddDate(0, 0, 60), "own-wish"
	}
	return s
}

// record is a source with built states.
type record struct {
	def       *protocol.Definition
	mode      string
	unblinded time.Time
	states    []*study.State
	arms      map[string]string
	size      int64
	grows     bool
	reads     int
	refused   error
}

func (r *record) Definition(id string) (*protocol.Definition, bool) { return r.def, id == "demo" }
func (r *record) Study(string) (*study.StudyState, error) {
	return &study.StudyState{Mode: r.mode, Title: "A study", Unblinded: r.unblinded}, nil
}
func (r *record) Subjects(context.Context, access.Actor, string) iter.Seq2[*study.State, error] {
	return func(yield func(*study.State, error) bool) {
		r.reads++
		if r.refused != nil {
			yield(nil, r.refused)
			return
		}
		for _, s := range r.states {
			if !yield(s, nil) {
				return
			}
		}
	}
}
func (r *record) Arms(_ context.Context, a access.Actor, _ string) (map[string]string, error) {
	if r.unblinded.IsZero() && !a.Can(access.SeeArms) {
		return nil, nil
	}
	return r.arms, nil
}
func (r *record) Checkpoint(context.Context, string) (ledger.Checkpoint, error) {
	if r.grows {
		r.size++
	}
	return ledger.Checkpoint{Study: "demo", Size: r.size, Root: ledger.Hash{1, 2, 3}, Time: start.AddDate(1, 0, 0)}, nil
}

func source(t *testing.T) *record {
	def := load(t)
	r := &record{def: def, mode: "practice", unblinded: start.AddDate(1, 0, 0), size: 77, arms: map[string]string{}}
	add := func(arm, id string, totals ...int) {
		r.states = append(r.states, state(def, id, totals...))
		r.arms[id] = arm
	}
	add("mdma", "S01-001", 40, 30, 20, 10)
	add("mdma", "S01-002", 44, 36, 24, 18)
	add("mdma", "S02-001", 38, 28, 22, 8)
	add("placebo", "S01-003", 40, 36, 34, 30)
	add("placebo", "S02-002", 38, 36, 30, 26)
	add("placebo", "S02-003", 42, 40)
	failed := study.Replay(def, []study.Event{{At: start, Data: study.PersonReferred{Participant: "S01-004", Site: "S01", Language: "en", TimeZone: "UTC"}}})
	failed.Prescreen = &study.PersonPrescreened{Reasons: []string{"too far away"}}
	r.states = append(r.states, failed)
	return r
}

var statistician = access.Actor{ID: "a", Role: "statistician-unblinded"}

func build(t *testing.T, r *record, actor access.Actor) analysis.Result {
	t.Helper()
	result, err := Build(t.Context(), r, actor, "demo")
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestStatesBecomeAResult(t *testing.T) {
	r := build(t, source(t), statistician)
	if r.Cut.Size != 77 || !strings.HasPrefix(r.Cut.Root, "010203") || r.Cut.Digest == "" || !r.Simulated {
		t.Errorf("cut: %+v", r.Cut)
	}
	if f := r.Flow; f.Assessed != 7 || f.Excluded != 1 || f.Entered != 6 || f.Groups[1].Withdrew != 1 {
		t.Errorf("flow: %+v", f)
	}
	e, v := mainVisit(r)
	if e == nil || e.ID != "caps5" || v.Visit != "V19" {
		t.Fatalf("main visit: %+v", e)
	}
	// Changes: mdma -30, -26, -30; placebo -10, -12.
	if c := v.Groups[0].Change; c.N != 3 || *c.Value != -86./3 {
		t.Errorf("mdma: %+v", c)
	}
	if c := v.Groups[1].Change; c.N != 2 || *c.Value != -11 || v.Groups[1].Missing.Left != 1 {
		t.Errorf("placebo: %+v", v.Groups[1])
	}
	if p := v.Against[0].Published; p == nil || p.Value != -8.9 || p.Status != "R" {
		t.Errorf("published: %+v", p)
	}
	if s := r.Responders[0].Visits[2].Groups; s[0].Events != 3 || s[0].Published.Value != 0.8654 || s[1].Events != 2 {
		t.Errorf("response: %+v", s)
	}
	if a := r.Adverse.Terms[0]; a.ID != "muscle_tightness" || a.Groups[0].Events != 3 || a.Groups[0].Published == nil || *a.Groups[0].Published.Events != 29 {
		t.Errorf("adverse: %+v", a)
	}
	if x := r.Vitals[0]; x.Item != "sbp" || len(x.Times) != 2 || *x.Times[1].Groups[0].Mean != 150 || *x.Times[0].Groups[0].Mean != 120 {
		t.Errorf("vitals: %+v", x.Times)
	}
}

func TestPagesInBothLanguages(t *testing.T) {
	src := source(t)
	r := build(t, src, statistician)
	en, nb := Result(src.def, r, "en"), Result(src.def, r, "nb")
	if len(en.Sections) != len(nb.Sections) || len(en.Sources) != len(nb.Sources) || en.Notices[0].Title != "Simulated data" || nb.Notices[0].Title != "Simulerte data" {
		t.Errorf("pages differ: %d and %d sections", len(en.Sections), len(nb.Sections))
	}
	ids := map[string]bool{}
	for i, s := range en.Sections {
		if s.Title == "" || nb.Sections[i].Title == "" || s.Title == nb.Sections[i].Title || ids[s.ID] {
			t.Errorf("section %q: %q, %q", s.ID, s.Title, nb.Sections[i].Title)
		}
		ids[s.ID] = true
		for _, table := range s.Tables {
			for _, row := range table.Rows {
				if len(row.Cells) != len(table.Heads) {
					t.Errorf("%s: %q: %d cells under %d heads", s.ID, table.Caption, len(row.Cells), len(table.Heads))
				}
			}
		}
		for _, f := range s.Figures {
			svg, table := f.Chart.SVG(), f.Chart.Table()
			if !strings.Contains(svg, "<svg") || strings.Contains(svg, "NaN") || strings.Contains(svg, "No data") || len(table.Rows) == 0 {
				t.Errorf("%s: figure without data", s.ID)
			}
		}
	}
	for _, want := range []string{"flow", "baseline", "endpoint-caps5", "responders", "plan", "adverse", "vitals", "completeness"} {
		if !ids[want] {
			t.Errorf("no section %s", want)
		}
	}
	if all := written(en); strings.Contains(all, "S01-0") || strings.Contains(all, "%!") || strings.Contains(all, "NaN") {
		t.Error("the page names a participant, or holds a broken format")
	}
	if all := written(nb); !strings.Contains(all, "−28,7") {
		t.Error("numbers are not written the Norwegian way")
	}
}

// written is everything that a reader of the page gets to see.
func written(p Page) string {
	var b strings.Builder
	fmt.Fprintln(&b, p.Title, p.Lead, p.Notices, p.Stats, p.Sources, p.Cut)
	for _, s := range p.Sections {
		fmt.Fprintln(&b, s.ID, s.Title, s.Text, s.Tables)
		for _, f := range s.Figures {
			b.WriteString(f.Chart.SVG() + f.Chart.Table().HTML() + f.Source)
		}
	}
	return b.String()
}

func TestTerminalSummary(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, "en", build(t, source(t), statistician)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"SIMULATED DATA", "assessed", "difference", "−17.7", "published −8.9 (−13.7 to −4.1) [R]", "3/3", "published 86.5 [V]", "Muscle tightness"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestBlindedReaderGetsNothingByArm(t *testing.T) {
	src := source(t)
	src.unblinded = time.Time{}
	coordinator := access.Actor{ID: "c", Role: "coordinator"}
	page := func() string {
		r := build(t, src, coordinator)
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		if err := Text(&b, "en", r); err != nil {
			t.Fatal(err)
		}
		b.WriteString(written(Result(src.def, r, "en")))
		return b.String()
	}
	before := page()
	for id, arm := range src.arms {
		src.arms[id] = map[string]string{"mdma": "placebo", "placebo": "mdma"}[arm]
	}
	if before != page() {
		t.Error("a blinded reader's bytes depend on the arms")
	}
	r := build(t, src, coordinator)
	if r.Pooling != analysis.Blinded || !r.Endpoints[0].Hidden {
		t.Errorf("pooling %q, ratings hidden %v: a coordinator sees no ratings while the study is blinded", r.Pooling, r.Endpoints[0].Hidden)
	}
}

func TestJSONIsTheSameEachTime(t *testing.T) {
	src := source(t)
	var a, b bytes.Buffer
	if err := JSON(&a, build(t, src, statistician)); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&b, build(t, src, statistician)); err != nil {
		t.Fatal(err)
	}
	var r analysis.Result
	if !bytes.Equal(a.Bytes(), b.Bytes()) || json.Unmarshal(a.Bytes(), &r) != nil || *r.Endpoints[0].Visits[3].Groups[0].Change.Value != -86./3 {
		t.Error("the data file changes, cannot be read back, or lost digits")
	}
}

func TestMovingRecordIsRefused(t *testing.T) {
	src := source(t)
	src.grows = true
	_, err := Build(t.Context(), src, statistician, "demo")
	if r, ok := err.(*study.Refusal); !ok || r.Code != "record-moving" {
		t.Errorf("got %v", err)
	}
	if _, err = Build(t.Context(), src, statistician, "other"); err == nil || err.(*study.Refusal).Kind != study.Missing {
		t.Errorf("an unknown study: %v", err)
	}
}

func TestLiveStudyIsNotCalledSimulated(t *testing.T) {
	src := source(t)
	src.mode = "live"
	r := build(t, src, statistician)
	var b bytes.Buffer
	_ = Text(&b, "en", r)
	if page := Result(src.def, r, "en"); strings.Contains(strings.ToLower(written(page)+b.String()), "simulated") || !strings.Contains(page.Notices[0].Text, "no evidence") {
		t.Error("a live study speaks of simulated data")
	}
}

// A result is kept for one state of the record and one kind of reader, and nobody gets
// it who may not see it.
func TestResultsAreKept(t *testing.T) {
	src := source(t)
	src.unblinded = time.Time{}
	var c Cache
	get := func(a access.Actor) analysis.Result {
		t.Helper()
		r, err := c.Build(t.Context(), src, a, "demo")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	blind := access.Actor{ID: "b", Role: "statistician"}
	if a, b := get(statistician), get(blind); a.Pooling == b.Pooling || b.Pooling != analysis.Blinded {
		t.Errorf("an unblinded result was given to a blinded reader: %q, %q", a.Pooling, b.Pooling)
	}
	reads := src.reads
	if get(blind); src.reads > reads+1 {
		t.Errorf("the same was computed again: %d reads", src.reads-reads)
	}
	src.size++
	if r := get(blind); r.Cut.Size != src.size {
		t.Errorf("the record grew, and the old result was given: %d", r.Cut.Size)
	}
	src.refused = errors.New("not for you")
	if _, err := c.Build(t.Context(), src, blind, "demo"); err == nil {
		t.Error("a kept result was given to somebody who may not see it")
	}
}
