package routes

import (
	"cmp"
	"context"
	"hash/fnv"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/identity"
)

// Requests to each route: in an ordinary run, and in one world before a new one is
// made, so that what was written does not make the later ones slow. VARDE_FUZZ=10000
// asks for as many.
const (
	enough  = 60
	inWorld = 120_000
)

// fuzz sends hostile requests to one world.
type fuzz struct {
	t    testing.TB
	w    *world
	rng  *rand.Rand
	doc  *document
	kept map[string]string // identities that are kept: participant -> what stands in each of its fields

	people   []visitor
	values   [][]map[string]string // of each visitor: sample values for wildcards
	policies map[string]policy     // by method and pattern
	ids      []string              // of participants
	ended    []string              // tokens of sessions that are over
	forms    map[string][]url.Values
	fields   []string            // names of fields,
	said     []string            // their values,
	queries  []string            // and names of parameters
	reads    map[string][]string // fields that each package of pages reads

	refused int // answers that say that a role may not
	unread  int // requests that the server's own reader refuses
	sent    int
	closed  int // requests to routes that some role may not come to
	good    int // answers below 400
	slow    []timing
}

type timing struct {
	route     string
	mean, max time.Duration
}

// TestFuzzRoutes sends requests that nobody should send to every route, as everybody.
// Nothing breaks, nobody gets what they must not have, nothing is lost, and what is
// secret stands nowhere.
func TestFuzzRoutes(t *testing.T) {
	each := enough
	if s := os.Getenv("VARDE_FUZZ"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("VARDE_FUZZ=%q: give the number of requests to each route", s)
		}
		each = n
	}
	if testing.Short() {
		each = 10
	}
	all := newWorld(t, false).policies()
	if only := os.Getenv("VARDE_FUZZ_ROUTE"); only != "" {
		all = slices.DeleteFunc(all, func(p policy) bool { return !strings.Contains(p.String(), only) })
	}
	slices.SortStableFunc(all, func(x, y policy) int { return cmp.Compare(ends(x), ends(y)) })
	for part := range slices.Chunk(all, max(1, inWorld/each)) {
		t.Run(strings.NewReplacer(" ", "", "/", "_").Replace(part[0].String()), func(t *testing.T) {
			if each > 10*enough {
				t.Parallel()
			}
			f := newFuzz(t)
			before := f.ledgers()
			for _, p := range part {
				f.route(p, each)
			}
			f.after(before)
			slices.SortFunc(f.slow, func(x, y timing) int { return cmp.Compare(y.mean, x.mean) })
			for _, s := range f.slow[:min(3, len(f.slow))] {
				t.Logf("%s: %v on average, %v at most", s.route, s.mean.Round(time.Microsecond), s.max.Round(time.Microsecond))
			}
			t.Logf("%d routes, %d requests: %d succeeded, %d refused for want of a role, %d not even read", len(part), f.sent, f.good, f.refused, f.unread)
		})
	}
}

// ends puts routes last after which little is left to do in a study.
func ends(p policy) int {
	if regexp.MustCompile(`lock|unblind$|/close|lost|withdraw$|complete$|/stop$|erase|disable|/end$|/take$|role$`).MatchString(p.pattern) {
		return 1
	}
	return 0
}

func newFuzz(t testing.TB) *fuzz {
	t.Helper()
	f := &fuzz{t: t, w: newWorld(t, false), policies: map[string]policy{}, forms: map[string][]url.Values{}}
	f.w.live(t)
	f.people = f.w.everybody(t)
	f.doc = f.w.document(t)
	for _, p := range f.w.policies() {
		f.policies[p.String()] = p
	}
	own, far := f.w.participants(t)
	for s, err := range f.w.app.Subjects(t.Context(), reader, trial) {
		if err != nil {
			t.Fatal(err)
		}
		f.ids = append(f.ids, s.ID)
	}
	for _, v := range f.people {
		near := own
		if v.scope == "far" {
			near = far
		}
		values := []map[string]string{f.w.about(t, near, v), f.w.about(t, near, v), f.w.about(t, own, v), f.w.about(t, far, v)}
		if v.role != "participant" {
			for _, id := range f.ids {
				if strings.HasPrefix(id, near[:strings.LastIndexByte(near, '-')]) && len(values) < 10 {
					values = append(values, f.w.about(t, id, v))
				}
			}
		}
		f.values = append(f.values, values)
		if v.cookie != "" && v.role != "participant" {
			o, err := f.w.people.SignInDemo(t.Context(), v.account, "", identity.Source{})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.w.people.End(t.Context(), v.account, o.Session.ID); err != nil {
				t.Fatal(err)
			}
			f.ended = append(f.ended, o.Token)
		}
	}
	f.keep()
	f.read()
	f.harvest()
	f.w.log.take()
	return f
}

// keep gives every participant an identity that is known by sight.
func (f *fuzz) keep() {
	f.kept = map[string]string{}
	for _, id := range f.ids {
		name := "Qvkept-" + id + "-"
		err := f.w.app.KeepIdentity(f.t.Context(), access.Actor{ID: "keeper", Role: "coordinator", Study: trial}, trial, id, map[app.IdentityField]string{
			app.FieldName: name, app.FieldBirth: "1912-10-01", app.FieldNational: "NO 01901234538", app.FieldAddress: name, app.FieldContacts: name, app.FieldNote: name, app.FieldEmail: name + "@example.org", app.FieldPhone: "+4700099111"}, "")
		if err != nil {
			f.t.Fatal(err)
		}
		f.kept[name] = id
	}
}

// somebody is anybody, and mostly somebody to whom the route is open.
func (f *fuzz) somebody(p policy) int {
	i := f.rng.IntN(len(f.people))
	for range 12 {
		v := f.people[i]
		in := v.scope == "own" || v.scope == "far" || v.scope == "house"
		if p.open || p.need == access.SignedIn && v.cookie != "" || in && (access.Actor{Role: v.role}).Can(p.need) && (p.inStudy() || v.scope == "house") || one(f.rng, 12) {
			break
		}
		i = f.rng.IntN(len(f.people))
	}
	return i
}

// route sends many requests to one route.
func (f *fuzz) route(p policy, many int) {
	h := fnv.New64a()
	h.Write([]byte(p.String()))
	f.rng = rand.New(rand.NewPCG(seed, h.Sum64()))
	f.mend()
	var all, most time.Duration
	faults := 0
	for range many {
		i := f.somebody(p)
		f.ensure(i)
		x := f.hostile(p, i)
		f.sent++
		if !p.open && p.need != access.SignedIn {
			f.closed++
		}
		ctx, cancel := context.WithTimeout(f.t.Context(), 30*time.Second)
		r := x.request(ctx)
		if r == nil {
			cancel()
			f.unread++
			continue
		}
		f.w.at(f.w.Now().Add(500 * time.Millisecond))
		rec := httptest.NewRecorder()
		began := time.Now()
		f.w.pages.ServeHTTP(rec, r)
		took := time.Since(began)
		hung := ctx.Err() != nil
		cancel()
		all, most = all+took, max(most, took)
		for _, fault := range f.faults(p, x, f.people[i], r, rec, hung) {
			faults++
			if faults <= 5 {
				f.t.Errorf("%s as %s: %s\nrequest: %.1500q", p, f.people[i], fault, x.raw)
			}
		}
	}
	f.slow = append(f.slow, timing{p.String(), all / time.Duration(many), most})
}
