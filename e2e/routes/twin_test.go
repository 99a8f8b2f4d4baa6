package routes

import (
	"cmp"
	crand "crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"

	"varde/access"
	"varde/identity"
	"varde/instrument"
	"varde/ledger"
	"varde/study"
	"varde/web/page"
)

// record answers every byte of a ledger and its views.
func (w *world) record(t testing.TB, id string) (events []ledger.Event, rows ledger.Hash) {
	t.Helper()
	for e, err := range w.store.Events(t.Context(), ledger.Read{Study: id, After: -1}) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	rows, err := w.store.RowsDigest(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return events, rows
}

// differences compares the ledgers of two worlds, the house's too, and tells the
// first difference of each.
func differences(t testing.TB, a, b *world) []string {
	t.Helper()
	var out []string
	for _, id := range []string{trial, other, identity.Log} {
		x, xRows := a.record(t, id)
		y, yRows := b.record(t, id)
		for i := range min(len(x), len(y)) {
			if x[i].Hash != y[i].Hash {
				out = append(out, fmt.Sprintf("%s: event %d differs:\n%s %s %s\n%s %s %s", id, i, x[i].Stream, x[i].Type, x[i].Payload, y[i].Stream, y[i].Type, y[i].Payload))
				break
			}
		}
		if len(x) != len(y) || xRows != yRows {
			out = append(out, fmt.Sprintf("%s: %d and %d events; views the same: %v", id, len(x), len(y), xRows == yRows))
		}
	}
	return out
}

// twins answers two worlds with one transcript and the arms swapped.
func twins(t testing.TB, extra ...func(*world) page.Module) (a, b *world) {
	t.Helper()
	a = newWorld(t, false, extra...)
	said := a.live(t)
	b = newWorld(t, true, extra...)
	b.again(t, said, nil)
	arms := func(w *world) map[string]string {
		m, err := w.app.Arms(t.Context(), access.System, trial)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	x, y := arms(a), arms(b)
	if len(x) < 8 || len(x) != len(y) {
		t.Fatalf("%d and %d are randomised: too few to tell anything", len(x), len(y))
	}
	for id := range x {
		if x[id] == y[id] {
			t.Fatalf("%s is in the same arm in both worlds: nothing would be tested", id)
		}
	}
	return a, b
}

// same makes both worlds draw the same from here on.
func same(what string, worlds ...*world) {
	for _, w := range worlds {
		w.seed.set(what)
	}
	uuid.SetRand(newChance(what))
	crand.Reader = newChance(what) // from which the vault draws
}

// tells walks every route as everybody who must not know the arm, in both worlds,
// and answers the routes, with who walked, whose answers or log differ. Only those
// with this in their pattern; "" = all.
func tells(t *testing.T, a, b *world, only string) []string {
	t.Helper()
	system := crand.Reader
	t.Cleanup(func() { uuid.SetRand(nil); crand.Reader = system })
	def, _ := a.app.Definition(trial)
	same("people", a)
	people := a.everybody(t)
	same("people", b)
	also := b.everybody(t)
	own, _ := a.participants(t)
	doc := a.document(t)
	a.log.take()
	b.log.take()
	var out []string
	walked := 0
	for _, p := range a.policies() {
		if !strings.Contains(p.pattern, only) {
			continue
		}
		for i := range people {
			v, twin := &people[i], &also[i]
			if v.role != "" && access.Sees(def, v.role, instrument.Unblinded) {
				continue
			}
			key := p.String() + " as " + v.String()
			if p.method != http.MethodGet && v.cookie != "" {
				same(key+" sign in", a)
				a.signIn(t, v)
				same(key+" sign in", b)
				b.signIn(t, twin)
			}
			if v.cookie != twin.cookie || v.bearer != twin.bearer {
				t.Fatalf("%s: the worlds no longer draw the same", key)
			}
			b.about(t, own, *twin) // reading leaves a trace
			s := doc.fill(t, p.method, p.pattern, a.about(t, own, *v))
			for _, s := range variants(s) {
				same(key, a)
				x := a.ask(t, s, *v)
				same(key, b)
				y := b.ask(t, s, *twin)
				walked++
				if x.status != y.status || x.body != y.body || fmt.Sprint(x.header) != fmt.Sprint(y.header) {
					out = append(out, key+": the answer differs "+difference(fmt.Sprintln(x.status, x.header)+x.body, fmt.Sprintln(y.status, y.header)+y.body))
				} else if l, m := a.log.take(), b.log.take(); l != m {
					out = append(out, key+": the log differs "+difference(l, m))
				}
			}
		}
	}
	t.Logf("%d answers compared", walked)
	return out
}

// variants are other ways to ask the same: exports and the record as it stood.
func variants(s sample) []sample {
	out := []sample{s}
	if s.method != http.MethodGet {
		return out
	}
	for _, query := range exports[s.pattern] {
		x := s
		x.path += "?" + query
		out = append(out, x)
	}
	return out
}

// exports are queries under which a route answers something else.
var exports = map[string][]string{
	"/s/{study}/audit-search": {"export=csv", "export=ndjson", "looks=1"},
	"/audit":                  {"export=csv", "export=ndjson"},
}

func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	cut := func(s string) string { return s[max(0, min(len(s), i)-60):min(len(s), i+80)] }
	return fmt.Sprintf("at byte %d:\n  %q\n  %q", i, cut(a), cut(b))
}

// TestTwin: whoever must not know the arm gets the same bytes whatever it is: from
// every route, export and log line. And what they did meanwhile wrote the same record.
func TestTwin(t *testing.T) {
	a, b := twins(t)
	for _, d := range differences(t, a, b) {
		t.Error(d)
	}
	for i, d := range tells(t, a, b, "") {
		if i < 20 {
			t.Error(d)
		}
	}
	for _, d := range differences(t, a, b) {
		t.Errorf("after the walk: %s", d)
	}
}

// arm is the id of an arm of the trial.
func (w *world) arm(i int) string {
	def, _ := w.app.Definition(trial)
	return def.Arms[i].ID
}

// leak is a page that gives the arm away, each in a way of its own.
type leak struct {
	name   string
	answer func(c *page.Context, w *world, arms map[string]string, ids []string) error
}

// leaks are what somebody might build without noticing.
var leaks = []leak{
	{"word", func(c *page.Context, _ *world, arms map[string]string, ids []string) error {
		_, err := fmt.Fprintln(c.W, "dose as planned for", arms[ids[0]])
		return err
	}},
	{"count", func(c *page.Context, _ *world, arms map[string]string, ids []string) error {
		n := 0
		for _, id := range ids[:len(ids)/2] {
			if arms[id] == arms[ids[0]] {
				n++
			}
		}
		_, err := fmt.Fprintln(c.W, strings.Repeat("x", len(arms[ids[0]])), n)
		return err
	}},
	{"order", func(c *page.Context, _ *world, arms map[string]string, ids []string) error {
		slices.SortStableFunc(ids, func(x, y string) int { return cmp.Compare(arms[x], arms[y]) })
		_, err := fmt.Fprintln(c.W, ids)
		return err
	}},
	{"header", func(c *page.Context, _ *world, arms map[string]string, ids []string) error {
		c.W.Header().Set("ETag", fmt.Sprintf("%q", arms[ids[0]][:1]))
		return nil
	}},
	{"status", func(c *page.Context, _ *world, arms map[string]string, ids []string) error {
		if arms[ids[0]] == c.Def.Arms[0].ID {
			return page.NotFound("there is no such label", "det finnes ingen slik etikett")
		}
		c.W.WriteHeader(http.StatusNoContent)
		return nil
	}},
	{"log", func(c *page.Context, w *world, arms map[string]string, ids []string) error {
		w.logger().Debug("label printed", "copies", len(arms[ids[0]]))
		return nil
	}},
}

// leaky is a module with a page for each of the leaks.
func leaky(w *world) page.Module {
	m := page.Module{Name: "leak", Pages: fstest.MapFS{}}
	for _, l := range leaks {
		m.Routes = append(m.Routes, page.Route{Pattern: "GET /s/{study}/leak/" + l.name, Need: access.SeeList, Handle: func(c *page.Context) error {
			arms, err := w.app.Arms(c.Ctx(), access.System, c.Study)
			if err != nil {
				return err
			}
			var ids []string
			for id := range arms {
				ids = append(ids, id)
			}
			slices.Sort(ids)
			if len(ids) == 0 {
				return page.NotFound("nobody is randomised", "ingen er randomisert")
			}
			return l.answer(c, w, arms, ids)
		}})
	}
	return m
}

// TestTwinFindsPlantedLeaks: a test of the test. Every leak that is planted in a page
// is found, and so are leaks in what is written.
func TestTwinFindsPlantedLeaks(t *testing.T) {
	a, b := twins(t, leaky)
	found := tells(t, a, b, "/leak/")
	for _, l := range leaks {
		if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, "/leak/"+l.name+" as ") }) {
			t.Errorf("the leak %q was not found", l.name)
		}
	}
}

// TestTwinFindsLeaksInTheRecord: commands that go with the arm, by a word or by
// their time, make another record.
func TestTwinFindsLeaksInTheRecord(t *testing.T) {
	a := newWorld(t, false)
	said := a.live(t)
	for name, change := range map[string]func(l line, arm string) line{
		"word": func(l line, arm string) line {
			// Which of these a course holds is a matter of chance.
			more := strings.Repeat(" ", len(arm)) + "."
			switch c := l.cmd.(type) {
			case study.CloseQuery:
				c.Answer += more
				l.cmd = c
			case study.CloseAlert:
				c.Action += more
				l.cmd = c
			case study.Acknowledge:
				c.Action += more
				l.cmd = c
			}
			return l
		},
		"appointment": func(l line, arm string) line {
			if c, ok := l.cmd.(study.PlanVisit); ok && arm == a.arm(0) {
				c.Time = c.Time.Add(60e9)
				l.cmd = c
			}
			return l
		},
	} {
		b := newWorld(t, true)
		b.again(t, said, func(l line) line {
			arms, err := b.app.Arms(t.Context(), access.System, trial)
			if err != nil {
				t.Fatal(err)
			}
			id := strings.TrimPrefix(l.cmd.Stream(), study.ParticipantStream(""))
			return change(l, arms[id])
		})
		if len(differences(t, a, b)) == 0 {
			t.Errorf("the leak %q was not found", name)
		}
	}
}
