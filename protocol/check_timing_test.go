package protocol

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"varde/protocol/source"
)

// scheduled makes a checker of a schedule alone.
func scheduled(visits []Visit, change ...func(*Protocol)) *checker {
	p := Protocol{Visits: visits, Epochs: []Epoch{{ID: "only"}}}
	for _, f := range change {
		f(&p)
	}
	src := &sources{files: map[string][]byte{}, file: map[string]string{}, root: &source.Node{Kind: source.Map, Line: 1, Column: 1}}
	return &checker{d: newDefinition(p, src)}
}

func (c *checker) codes() string {
	var out []string
	for _, f := range c.findings {
		out = append(out, f.Code+" "+f.Path)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func drawnSchedule(t *rapid.T) []Visit {
	n := rapid.IntRange(2, 5).Draw(t, "visits")
	var out []Visit
	for i := range n {
		v := Visit{ID: fmt.Sprintf("V%d", i), Epoch: "only", Anchor: string(Referred)}
		if a := rapid.IntRange(-1, i-1).Draw(t, "anchor"); a >= 0 {
			v.Anchor = out[a].ID
		}
		v.Offset = Duration(rapid.IntRange(0, 5).Draw(t, "offset")) * Day
		v.Before = -Duration(rapid.IntRange(0, 2).Draw(t, "before")) * Day
		v.After = Duration(rapid.IntRange(0, 2).Draw(t, "after")) * Day
		for j := range i {
			if rapid.IntRange(0, 2).Draw(t, "need") == 0 {
				v.Needs = append(v.Needs, out[j].ID)
			}
		}
		out = append(out, v)
	}
	return out
}

// lived holds the visits one after the other on every day that the windows and what
// was held allow, and tells of each whether somebody came to it with no day left.
type lived struct {
	visits []Visit
	day    map[string]int64
	stuck  []bool
	ended  bool // somebody held all
}

func (l *lived) hold(i int) {
	if i == len(l.visits) {
		l.ended = true
		return
	}
	v := &l.visits[i]
	a := l.day[v.Anchor]
	from, to := a+v.opens(), a+v.closes()
	for _, n := range v.Needs {
		from = max(from, l.day[n])
	}
	if from > to {
		l.stuck[i] = true
		return
	}
	for d := from; d <= to; d++ {
		l.day[v.ID] = d
		l.hold(i + 1)
	}
	delete(l.day, v.ID)
}

// TestTimingAgreesWithLives: a schedule is called contradictory when no day at all
// would do, and a window is said to pass when somebody who did nothing wrong comes to
// it too late; found out by living every life there can be.
func TestTimingAgreesWithLives(t *testing.T) {
	passes, contradicts := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		visits := drawnSchedule(t)
		c := scheduled(visits)
		tl := newTimeline(c)
		contradiction := tl.contradictory(tl.facts, "")
		l := lived{visits: visits, day: map[string]int64{string(Referred): 0}, stuck: make([]bool, len(visits))}
		l.hold(0)
		if contradiction == l.ended {
			t.Fatalf("contradictory %v, but somebody held all visits: %v", contradiction, l.ended)
		}
		if contradiction {
			contradicts++
			return
		}
		c.findings = nil
		tl.squeezed()
		for i := range visits {
			want := oneAlone(visits, i)
			got := strings.Contains(c.codes(), fmt.Sprintf("V101 visits[%d].after", i))
			if got != want {
				t.Fatalf("%s passes: told %v, lived %v", visits[i].ID, got, want)
			}
			if want {
				passes++
			}
		}
	})
	if passes == 0 || contradicts == 0 {
		t.Errorf("%d windows passed, %d schedules contradicted: the test tells nothing", passes, contradicts)
	}
}

// oneAlone lives only what comes before a visit for certain, and the visit.
func oneAlone(visits []Visit, i int) bool {
	need := map[string]bool{visits[i].ID: true}
	var kept []Visit
	for j := i; j >= 0; j-- {
		if v := visits[j]; need[v.ID] {
			need[v.Anchor] = true
			for _, n := range v.Needs {
				need[n] = true
			}
			kept = append(kept, v)
		}
	}
	slices.Reverse(kept)
	l := lived{visits: kept, day: map[string]int64{string(Referred): 0}, stuck: make([]bool, len(kept))}
	l.hold(0)
	return l.stuck[len(kept)-1]
}

// TestOrderAgreesWithLives: numbered visits are told when somebody could hold them the
// other way round.
func TestOrderAgreesWithLives(t *testing.T) {
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		visits := drawnSchedule(t)[:2]
		visits[0].Number, visits[1].Number = 1, 2
		c := scheduled(visits)
		newTimeline(c).outOfOrder()
		want := false
		for a := visits[0].opens(); a <= visits[0].closes(); a++ {
			base := int64(0)
			if visits[1].Anchor == visits[0].ID {
				base = a
			}
			from := base + visits[1].opens()
			if len(visits[1].Needs) > 0 {
				from = max(from, a)
			}
			want = want || from < a && from <= base+visits[1].closes()
		}
		if got := len(c.findings) > 0; got != want {
			t.Fatalf("told %v, lived %v", got, want)
		}
		if want {
			told++
		}
	})
	if told == 0 {
		t.Error("no schedule could be held out of order: the test tells nothing")
	}
}

func TestTimingStory(t *testing.T) {
	visits := []Visit{
		{ID: "V5", Epoch: "only", Anchor: string(Referred)},
		{ID: "V8", Epoch: "only", Anchor: "V5", Offset: 14 * Day, Before: -3 * Day, After: 26 * Day, Needs: []string{"V5"}},
		{ID: "V9", Epoch: "only", Anchor: "V5", Offset: 28 * Day, Before: -7 * Day, After: 7 * Day, Needs: []string{"V8"}},
	}
	c := scheduled(visits)
	c.timing()
	if len(c.findings) != 1 || c.findings[0].Severity != Warning || c.findings[0].Message != "V9 must be 21-35 days after V5, but V8, which it needs, may be as late as 40 days after V5" || len(c.findings[0].Related) != 3 {
		t.Errorf("%+v", c.findings)
	}
	visits[1].Before = 0
	visits[1].Offset = 40 * Day
	c = scheduled(visits)
	c.timing()
	if len(c.findings) != 1 || c.findings[0].Code != "V100" || len(c.findings[0].Related) != 3 ||
		c.findings[0].Message != "V9 can never be held in its window: V9 is at most 35 days after V5; V9 needs V8; V8 is at least 40 days after V5" {
		t.Errorf("%+v", c.findings)
	}
}

// TestStoppedTreatment: who stops after the first session is followed up by days that
// are counted from the sessions they never had.
func TestStoppedTreatment(t *testing.T) {
	visits := []Visit{
		{ID: "D1", Epoch: "only", Kind: Session, Anchor: string(Referred), Treatment: true},
		{ID: "D2", Epoch: "only", Kind: Session, Anchor: "D1", Offset: 28 * Day, Before: -7 * Day, Treatment: true, Needs: []string{"D1"}},
		{ID: "F1", Epoch: "only", Anchor: "D1", Offset: 20 * Day, After: 30 * Day},
		{ID: "F2", Epoch: "only", Anchor: "D2", Offset: 10 * Day, Before: -2 * Day, After: 2 * Day, Needs: []string{"F1"}},
	}
	c := scheduled(visits)
	c.timing()
	if got := c.codes(); got != "V101 visits[3].after" {
		t.Errorf("F2 may pass: %s", got)
	}
	visits[2].Offset, visits[2].After = 42*Day, 0
	visits[1].After = 14 * Day
	c = scheduled(visits)
	c.timing()
	if got := c.codes(); !strings.Contains(got, "V100 visits[3].needs[0]") || !strings.Contains(c.findings[len(c.findings)-1].Message, "when treatment is stopped after D1, F2 can never be held") {
		t.Errorf("stopped after D1: %s: %v", got, c.findings)
	}
	visits[3].Needs = []string{"D2"}
	c = scheduled(visits)
	c.timing()
	if got := c.codes(); got != "V105 visits[3].needs[0]" {
		t.Errorf("F2 waits for D2: %s", got)
	}
}
