package routes

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"varde/access"
	"varde/web/page"
)

// smallFuzz is a fuzz as two people, who have seen no pages.
func smallFuzz(t testing.TB, extra ...func(*world) page.Module) *fuzz {
	t.Helper()
	w := newWorld(t, false, extra...)
	w.live(t)
	own, _ := w.participants(t)
	f := &fuzz{t: t, w: w, rng: rand.New(rand.NewPCG(seed, 1)), doc: w.document(t), policies: map[string]policy{}, ids: []string{own},
		queries: []string{"return", "at", "limit"}, fields: []string{"reason", "account"}, said: []string{"zq7", "1"}, ended: []string{"vs_none"}}
	for _, p := range w.policies() {
		f.policies[p.String()] = p
	}
	for _, role := range []string{"coordinator", "monitor"} {
		v := visitor{account: "own-" + role, role: role, scope: "own"}
		w.signIn(t, &v)
		f.people, f.values = append(f.people, v), append(f.values, []map[string]string{w.about(t, own, v)})
	}
	f.read()
	f.keep()
	w.log.take()
	return f
}

// plantedFaults are pages with a fault that somebody might make, and what is to be said of it.
var plantedFaults = map[string]struct {
	says   string
	handle func(c *page.Context, w *world, kept string) error
}{
	"panic": {"status 500", func(c *page.Context, _ *world, _ string) error {
		_, err := c.W.Write([]byte("0123456789"[len(c.Query("limit")):]))
		return err
	}},
	"log": {"stands in the log", func(c *page.Context, w *world, _ string) error {
		w.logger().Info("asked", "for", c.R.URL.RawQuery)
		return nil
	}},
	"token": {"a token stands in the log", func(c *page.Context, w *world, _ string) error {
		w.logger().Info("came", "as", c.Token())
		return nil
	}},
	"header": {"line break", func(c *page.Context, _ *world, _ string) error {
		c.W.Header()["X-Wanted"] = []string{c.R.URL.Query().Get("return")}
		return nil
	}},
	"redirect": {"leads away", func(c *page.Context, _ *world, _ string) error {
		http.Redirect(c.W, c.R, c.Query("return"), http.StatusSeeOther)
		return nil
	}},
	"tag": {"a tag that was sent", func(c *page.Context, _ *world, _ string) error {
		c.W.Header().Set("Content-Type", "text/html")
		_, err := c.W.Write([]byte(c.Query("return")))
		return err
	}},
	"cache": {"Cache-Control", func(c *page.Context, _ *world, _ string) error {
		c.W.Header().Set("Cache-Control", "public, max-age=60")
		return nil
	}},
	// Of this page the walk believes that it is for administrators.
	"role": {"answered a role that may not", func(c *page.Context, _ *world, _ string) error { return nil }},
	"identity": {"was shown one", func(c *page.Context, _ *world, kept string) error {
		_, err := c.W.Write([]byte(kept))
		return err
	}},
}

// TestFuzzFindsPlantedFaults: a test of the test. Every fault that is planted in a
// page is found.
func TestFuzzFindsPlantedFaults(t *testing.T) {
	kept := ""
	f := smallFuzz(t, func(w *world) page.Module {
		m := page.Module{Name: "planted", Pages: fstest.MapFS{}}
		for name, x := range plantedFaults {
			m.Routes = append(m.Routes, page.Route{Pattern: "GET /s/{study}/planted/" + name, Need: access.SeeList, Handle: func(c *page.Context) error { return x.handle(c, w, kept) }})
		}
		return m
	})
	for kept = range f.kept {
	}
	for _, name := range slices.Sorted(maps.Keys(plantedFaults)) {
		x := plantedFaults[name]
		p, ok := f.policies["GET /s/{study}/planted/"+name]
		if !ok {
			t.Fatal("no such route", name)
		}
		if name == "role" {
			p.need = access.Accounts
			f.policies[p.String()] = p
		}
		found := false
		for range 1500 {
			i := f.rng.IntN(len(f.people))
			shot := f.hostile(p, i)
			r := shot.request(t.Context())
			if r == nil {
				continue
			}
			rec := httptest.NewRecorder()
			f.w.pages.ServeHTTP(rec, r)
			for _, s := range f.faults(p, shot, f.people[i], r, rec, false) {
				found = found || strings.Contains(s, x.says)
			}
			if found {
				break
			}
		}
		if !found {
			t.Errorf("the fault %q was not found", name)
		}
	}
}
