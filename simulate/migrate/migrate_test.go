package migrate_test

import (
	"bytes"
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/ledger"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/protocol/diff"
	"varde/protocols"
	"varde/simulate"
	"varde/simulate/migrate"
	"varde/study"
)

var (
	start = time.Date(2024, 1, 8, 8, 0, 0, 0, time.UTC)
	until = start.Add(120 * 24 * time.Hour)
)

// practice is a simulated study that is broken off while people are in it, and the
// checkpoint of its record before anything was tried.
var practice = sync.OnceValues(func() (*migrate.Study, error) {
	ctx := context.Background()
	dir, err := tempDir()
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, filepath.Join(dir, "varde.db"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	a, err := app.New(ctx, app.Config{Store: store, Clock: func() time.Time { return start }, SealKey: make([]byte, 32), CacheSize: 4096})
	if err != nil {
		return nil, err
	}
	def, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		return nil, err
	}
	if _, err := a.Do(ctx, access.System, "demo", study.OpenStudy{Mode: "practice", Title: "Simulated", Definition: def}, ""); err != nil {
		return nil, err
	}
	if _, err := simulate.Run(ctx, simulate.Config{App: a, Study: "demo", Seed: 3, Participants: 8, Start: start, Until: until}); err != nil {
		return nil, err
	}
	before, err := store.Size(ctx, "demo")
	if err != nil {
		return nil, err
	}
	out, err := migrate.Read(ctx, store, "demo")
	if err != nil {
		return nil, err
	}
	if after, err := store.Size(ctx, "demo"); err != nil || after != before {
		return nil, errWritten
	}
	return out, nil
})

// amended is the study's protocol in version 1.1.0 with replacements in its files.
func amended(t *testing.T, s *migrate.Study, edits ...[3]string) *protocol.Definition {
	t.Helper()
	files := maps.Clone(s.Definition.Files)
	for _, e := range append(edits, [3]string{"protocol.yaml", "version: " + version(t, files), `version: "1.1.0"`}) {
		was := string(files[e[0]])
		if !strings.Contains(was, e[1]) {
			t.Fatalf("%s holds no %q", e[0], e[1])
		}
		files[e[0]] = []byte(strings.Replace(was, e[1], e[2], 1))
	}
	def, findings := protocol.FromFiles(files)
	if def == nil {
		t.Fatalf("the amendment does not load: %v", findings)
	}
	return def
}

func version(t *testing.T, files map[string][]byte) string {
	t.Helper()
	for line := range strings.Lines(string(files["protocol.yaml"])) {
		if v, ok := strings.CutPrefix(line, "version: "); ok {
			return strings.TrimSpace(v)
		}
	}
	t.Fatal("the protocol has no version")
	return ""
}

func (a amendment) run(t *testing.T) *migrate.Report {
	t.Helper()
	s, err := practice()
	if err != nil {
		t.Fatal(err)
	}
	next := amended(t, s, a.edits...)
	if a.change != nil {
		a.change(next)
	}
	r, err := migrate.Run(t.Context(), migrate.Config{Old: s.Definition, New: next, Records: s.Records, Now: until})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type amendment struct {
	name    string
	edits   [][3]string                // file, what is replaced, by what
	change  func(*protocol.Definition) // where the checker would refuse the file
	safe    bool
	effects []string // codes that are told
	changes []string // codes of the difference
}

var amendments = []amendment{
	{name: "nothing but the version", safe: true},
	{name: "a new consent that replaces the old", safe: true, effects: []string{migrate.OwesConsent}, changes: []string{"re-consent"},
		change: func(d *protocol.Definition) {
			old := &d.Consent.Documents[0]
			next := *old
			next.Version, next.Supersedes = "2.0", []string{old.Version}
			old.Valid = false
			d.Consent.Documents = append(d.Consent.Documents, next)
		}},
	{name: "the window of a rating moves", safe: true, effects: []string{migrate.WindowMoved}, changes: []string{"window-moved", "primary-analysis"},
		change: func(d *protocol.Definition) { v := visitOf(d, "V19"); v.Offset += 14 * protocol.Day }},
	{name: "a stricter age", safe: true, effects: []string{migrate.NotEligible}, changes: []string{"stricter"},
		edits: [][3]string{{"eligibility.yaml", "demographics.age >= 18", "demographics.age >= 45"}}},
	{name: "an item is taken out", effects: []string{migrate.ValueLost}, changes: []string{"item-removed"},
		change: func(d *protocol.Definition) {
			without(d, "vitals", "position")
		}},
	{name: "a visit that was held is taken out", effects: []string{migrate.VisitLost}, changes: []string{"visit-removed"},
		edits: [][3]string{{"schedule.yaml", "id: C1_4\n", "id: C1_5\n"}, {"protocol.yaml", "C1_4", "C1_5"}}},
	{name: "follow-up needs a treatment visit", effects: []string{migrate.Stranded},
		change: func(d *protocol.Definition) { visitOf(d, "V20").Needs = []string{"V18"} }},
	{name: "follow-up counts from what never happens", effects: []string{migrate.Stranded},
		change: func(d *protocol.Definition) { visitOf(d, "L1").Anchor = "TC2" }},
	{name: "a lower limit", safe: true, edits: [][3]string{{"dosing.yaml", "limit: 160", "limit: 150"}}},
	{name: "a smaller table of doses", safe: true, effects: []string{migrate.DoseOutside},
		change: func(d *protocol.Definition) {
			for i := range d.Dosing.Doses {
				if d.Dosing.Doses[i].Step == "initial" && d.Dosing.Doses[i].Visit == "V5" {
					d.Dosing.Doses[i].Amounts = []float64{60}
				}
			}
		}},
	{name: "another estimand", safe: true, changes: []string{"primary-analysis"},
		edits: [][3]string{{"analysis.yaml", "strategy: treatment-policy\n      events", "strategy: hypothetical\n      events"}}},
	{name: "the scoring of the primary endpoint", safe: true, effects: []string{migrate.ScoreChanged}, changes: []string{"scoring-changed", "primary-analysis"},
		edits: [][3]string{{"instruments/caps5.yaml", "id: total\n", "id: total\n    times: 2\n"}}},
}

func visitOf(d *protocol.Definition, id string) *protocol.Visit { return &d.Visits[d.VisitIndex(id)] }

// TestAmendments: each is told for what it is, and nobody's harm is called safe.
func TestAmendments(t *testing.T) {
	for _, a := range amendments {
		t.Run(strings.ReplaceAll(a.name, " ", "-"), func(t *testing.T) {
			r := a.run(t)
			if r.Going < 3 {
				t.Fatalf("only %d participants are still in the study: the test tells little", r.Going)
			}
			if r.Safe != a.safe {
				t.Errorf("safe is %v: %v", r.Safe, r.Summary)
			}
			for _, code := range a.effects {
				if !slices.ContainsFunc(r.Summary, func(s migrate.Summary) bool { return s.Code == code && len(s.Participants) > 0 && s.Title.Complete() }) {
					t.Errorf("%s is not told: %v", code, r.Summary)
				}
			}
			if a.effects == nil && !a.safe {
				t.Error("what breaks must be named")
			}
			for _, code := range a.changes {
				if !slices.ContainsFunc(r.Change.Items, func(x diff.Item) bool { return x.Code == code && x.Text.Complete() }) {
					t.Errorf("the change %s is not told: %+v", code, r.Change.Items)
				}
			}
			for _, e := range r.Effects {
				if !e.Text.Complete() || e.Participant == "" || e.Place == "" || strings.Contains(e.Text.EN, "%!") {
					t.Fatalf("an effect that tells too little: %+v", e)
				}
			}
			for _, lang := range []string{"en", "nb"} {
				var w bytes.Buffer
				if err := r.Text(&w, lang); err != nil || w.Len() == 0 {
					t.Error(err)
				}
			}
		})
	}
}

// TestNothingButTheVersion: who changes nothing touches nobody.
func TestNothingButTheVersion(t *testing.T) {
	r := amendments[0].run(t)
	if len(r.Effects) > 0 {
		t.Errorf("%d effects, first %+v", len(r.Effects), r.Effects[0])
	}
}

// TestSameReport: the same record and amendment give the same bytes.
func TestSameReport(t *testing.T) {
	var one, two bytes.Buffer
	for _, w := range []*bytes.Buffer{&one, &two} {
		if err := amendments[4].run(t).JSON(w); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("two runs tell two things")
	}
}

// TestReadRefuses: a study that is not there is said.
func TestReadRefuses(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "varde.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var s ledger.Store = store
	if _, err := migrate.Read(t.Context(), s, "nothing"); err == nil {
		t.Error("a study that is not there was read")
	}
}
