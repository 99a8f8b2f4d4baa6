package simulate_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/protocols"
	"varde/simulate"
	"varde/study"
)

var start = time.Date(2024, 1, 8, 8, 0, 0, 0, time.UTC)

var definitions = map[string]*protocol.Definition{} // loading one takes a while

func definition(t testing.TB, id string) *protocol.Definition {
	t.Helper()
	if def := definitions[id]; def != nil {
		return def
	}
	def, err := protocols.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	definitions[id] = def
	return def
}

// run opens a study on a new ledger and simulates it.
func run(t testing.TB, protocolID string, change func(*simulate.Config)) (simulate.Summary, *app.App, *sqlite.Store) {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "varde.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	a, err := app.New(ctx, app.Config{Store: store, Clock: func() time.Time { return start }, SealKey: make([]byte, 32), CacheSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	def := definition(t, protocolID)
	if _, err := a.Do(ctx, access.System, "demo", study.OpenStudy{Mode: "practice", Title: "Simulated", Definition: def}, ""); err != nil {
		t.Fatal(err)
	}
	c := simulate.Config{App: a, Study: "demo", Seed: 1, Participants: 6, Start: start}
	if change != nil {
		change(&c)
	}
	sum, err := simulate.Run(ctx, c)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return sum, a, store
}

// events reads the whole ledger.
func events(t testing.TB, store ledger.Store) []study.Event {
	t.Helper()
	var out []study.Event
	for l, err := range store.Events(context.Background(), ledger.Read{Study: "demo", After: -1}) {
		if err != nil {
			t.Fatal(err)
		}
		e, err := study.Decode(l)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// digest is the SHA-256 over every record of the ledger but the sealed seed, whose
// encryption may differ.
func digest(t testing.TB, store ledger.Store) string {
	t.Helper()
	h := sha256.New()
	for l, err := range store.Events(context.Background(), ledger.Read{Study: "demo", After: -1}) {
		if err != nil {
			t.Fatal(err)
		}
		if l.Stream != study.AllocationStream {
			h.Write(l.Hash[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

var shipped = []string{"mdma-ptsd-three-session", "mdma-ptsd-two-session", "mdma-ptsd-care"}

// TestEveryProtocolRunsToTheEnd: nobody is left over, and no command is refused but
// those that were meant to be.
func TestEveryProtocolRunsToTheEnd(t *testing.T) {
	for _, id := range shipped {
		t.Run(id, func(t *testing.T) {
			sum, _, store := run(t, id, nil)
			if len(sum.Unexpected) > 0 {
				t.Errorf("refused: %v\n%q", sum.Unexpected, sum.Faults)
			}
			if sum.Unfinished > 0 || sum.Completed+sum.Withdrawn+sum.Lost+sum.Failed+sum.NotSuitable != sum.Referred {
				t.Errorf("not everybody came to an end: %+v", sum)
			}
			if entered := max(sum.Randomised, sum.Enrolled); entered != 6 {
				t.Errorf("%d entered, 6 planned", entered)
			}
			check(t, id, events(t, store))
		})
	}
}

// check reads the ledger as a sceptic would.
func check(t *testing.T, id string, all []study.Event) {
	t.Helper()
	def := definition(t, id)
	people := map[string]*study.Builder{}
	sites := map[string]*study.SiteState{}
	raters := map[string]int{}
	var last time.Time
	for _, e := range all {
		if e.Recorded.Before(last) {
			t.Fatalf("event %d was recorded before the one that precedes it", e.Seq)
		}
		last = e.Recorded
		switch d := e.Data.(type) {
		case study.SiteOpened, study.StaffAssigned, study.NumberTaken:
			sites[e.Stream] = study.EvolveSite(sites[e.Stream], e)
			continue
		case study.StudyOpened, study.AllocationSealed, study.SlotTaken:
			continue
		case study.FormSaved:
			if v, ok := def.Visit(d.Visit); ok && e.Role == "rater" && study.Rated(def, v) {
				if s := people[e.Stream].State(); s.Ratings[d.Visit].Rater != e.Actor || s.Barred[e.Actor] != "" {
					t.Errorf("%s %s: rated by %s, drawn was %q", s.ID, d.Visit, e.Actor, s.Ratings[d.Visit].Rater)
				}
				raters[e.Actor]++
			}
		case study.VisitHeld:
			if v, ok := def.Visit(d.Visit); ok && study.Rated(def, v) && people[e.Stream].State().Ratings[d.Visit].Stated.IsZero() {
				t.Errorf("%s %s: closed without the rater's statement", e.Stream, d.Visit)
			}
		case study.DoseGiven:
			s := people[e.Stream].State()
			x := s.Sessions[d.Visit]
			if !s.ConsentCurrent(def) {
				t.Errorf("%s: a dose without consent", s.ID)
			}
			if !x.Go || x.Started.IsZero() {
				t.Errorf("%s: a dose without go and start", s.ID)
			}
			if fault := study.PairFault(def, sites[study.SiteStream(s.Site)], x.Pair, e.At); !fault.Empty() {
				t.Errorf("%s: a dose without a valid pair: %s", s.ID, fault.EN)
			}
			if def.Allocation != nil && s.Kit == "" {
				t.Errorf("%s: a dose without a kit", s.ID)
			}
			if s.Reached[study.Enrolled].IsZero() || !s.Stopped.IsZero() {
				t.Errorf("%s: a dose before enrolment or after the treatment was stopped", s.ID)
			}
		}
		if people[e.Stream] == nil {
			people[e.Stream] = study.NewBuilder(def)
		}
		people[e.Stream].Add(e)
	}
	if len(def.Blinding) > 0 && len(raters) < 2 {
		t.Errorf("all assessments were drawn for the same rater: %v", raters)
	}
	for _, b := range people {
		s := b.State()
		for visit, x := range s.Sessions {
			if !x.Started.IsZero() && (x.Ended.IsZero() || x.Signed == "" || x.Discharged.IsZero()) {
				t.Errorf("%s %s: the session was not ended and signed", s.ID, visit)
			}
			if x.To != "hospital" && !x.DoseAt.IsZero() && x.Discharged.Sub(x.LastDoseAt()) < def.Dosing.Discharge.Earliest.Std() {
				t.Errorf("%s %s: discharged too early", s.ID, visit)
			}
		}
		if s.Status() == study.StatusCompleted && s.Stopped.IsZero() && s.Doses == 0 {
			t.Errorf("%s: completed without a dose", s.ID)
		}
		if !s.Status().Gone() {
			t.Errorf("%s: still %s", s.ID, s.Status())
		}
		// A total is what its items add up to.
		for key, f := range s.Forms {
			if key.Form != "caps5" {
				continue
			}
			if total, ok := f.Scores["total"].Float(); !ok || total < 0 || total > 80 {
				t.Errorf("%s %s: CAPS-5 total %v", s.ID, key.Visit, f.Scores["total"])
			}
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	few := func(seed uint64) func(*simulate.Config) {
		return func(c *simulate.Config) { c.Participants, c.Seed = 3, seed }
	}
	_, _, a := run(t, "mdma-ptsd-three-session", few(1))
	_, _, b := run(t, "mdma-ptsd-three-session", few(1))
	_, _, c := run(t, "mdma-ptsd-three-session", few(2))
	if digest(t, a) != digest(t, b) {
		t.Error("two runs with one seed differ")
	}
	if digest(t, a) == digest(t, c) {
		t.Error("two seeds gave one ledger")
	}
}

// TestUntilLeavesPeopleMidWay: the run stops at the moment, and a person can go on.
func TestUntilLeavesPeopleMidWay(t *testing.T) {
	until := start.AddDate(0, 0, 7*11)
	sum, a, store := run(t, "mdma-ptsd-three-session", func(c *simulate.Config) { c.Participants, c.Until = 90, until })
	if sum.Unfinished == 0 {
		t.Fatalf("everybody was done: %+v", sum)
	}
	if len(sum.Unexpected) > 0 {
		t.Errorf("refused: %v %q", sum.Unexpected, sum.Faults)
	}
	for _, e := range events(t, store) {
		if e.Recorded.After(until) {
			t.Fatalf("event %d happened after the end", e.Seq)
		}
	}
	coordinator := access.Actor{ID: "c", Role: "coordinator", Study: "demo"}
	rows, total, err := a.Participants(context.Background(), coordinator, "demo", app.ListQuery{})
	if err != nil || total != sum.Referred {
		t.Fatalf("%d of %d participants listed: %v", total, sum.Referred, err)
	}
	seen := map[study.Status]bool{}
	tasks := 0
	for _, r := range rows {
		seen[r.Status] = true
		tasks += r.Tasks
	}
	if tasks == 0 {
		t.Error("there is nothing to do")
	}
	for _, want := range []study.Status{study.StatusScreening, study.StatusEligible, study.StatusTreatment} {
		if !seen[want] {
			t.Errorf("nobody is %s; seen %v", want, seen)
		}
	}
}

// TestImperfect: a larger run has all that goes wrong in a clinic.
func TestImperfect(t *testing.T) {
	done := 0
	sum, _, store := run(t, "mdma-ptsd-three-session", func(c *simulate.Config) {
		c.Participants, c.Seed = 25, 3
		c.Progress = func(n, total int) {
			if n != done+1 || total != 25 {
				t.Errorf("progress %d of %d after %d", n, total, done)
			}
			done = n
		}
	})
	if len(sum.Unexpected) > 0 || sum.Unfinished > 0 {
		t.Errorf("%d unfinished, refused: %v %q", sum.Unfinished, sum.Unexpected, sum.Faults)
	}
	if done != 25 {
		t.Errorf("progress ended at %d", done)
	}
	counts := map[string]int{}
	deviations := map[string]int{}
	for _, e := range events(t, store) {
		counts[e.Type()]++
		if d, ok := e.Data.(study.DeviationRaised); ok {
			deviations[d.Code]++
		}
	}
	for _, want := range []string{"visit.planned", "visit.missed", "form.corrected", "query.raised", "query.closed", "session.ruleBreached", "session.breachAcknowledged",
		"session.supplementDecided", "alert.raised", "alert.closed"} {
		if counts[want] == 0 {
			t.Errorf("no %s in %v", want, counts)
		}
	}
	for _, want := range []string{study.DeviationOutOfWindow, study.DeviationVisitMissed, study.DeviationVitalsLate} {
		if deviations[want] == 0 {
			t.Errorf("no deviation %s in %v", want, deviations)
		}
	}
	if sum.Failed == 0 || len(sum.ScreenFailures) < 3 || sum.NotSuitable == 0 || sum.Adverse == 0 || sum.Refused["not-understood"] == 0 {
		t.Errorf("%+v", sum)
	}
	if counts["session.ruleBreached"] > 0 && counts["session.breachAcknowledged"] < counts["session.ruleBreached"] {
		t.Errorf("%d limits passed, %d acknowledged", counts["session.ruleBreached"], counts["session.breachAcknowledged"])
	}
}

func TestNeedsWhatItNeeds(t *testing.T) {
	if _, err := simulate.Run(context.Background(), simulate.Config{}); err == nil {
		t.Error("an empty configuration was accepted")
	}
}

func TestStopsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "varde.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	a, err := app.New(ctx, app.Config{Store: store, Clock: func() time.Time { return start }, SealKey: make([]byte, 32), CacheSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Do(ctx, access.System, "demo", study.OpenStudy{Mode: "practice", Title: "x", Definition: definition(t, "mdma-ptsd-care")}, ""); err != nil {
		t.Fatal(err)
	}
	_, err = simulate.Run(ctx, simulate.Config{App: a, Study: "demo", Participants: 8, Start: start, Progress: func(n, _ int) {
		if n == 2 {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("the run went on")
	}
	all := events(t, store)
	if !slices.ContainsFunc(all, func(e study.Event) bool {
		return e.Type() == "participant.completed" || e.Type() == "participant.withdrawn"
	}) {
		t.Error("what was recorded until then is not in the ledger")
	}
}
