// Package varde_test watches over the repository as a whole: the direction of
// imports, and the links in its documents.
package varde_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// place is one package of the table in docs/architecture.md.
type place struct {
	floor int
	below []string // places of the same floor that it may use
}

var (
	row  = regexp.MustCompile(`^\| (\d+) \| ([^|]*)\|[^|]*\|[^|]*\| ?([^|]*)\|$`)
	name = regexp.MustCompile("`([a-z0-9/]+)`")
)

// table reads the places from docs/architecture.md.
func table(t *testing.T) map[string]*place {
	t.Helper()
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]*place{}
	for line := range strings.Lines(string(text)) {
		m := row.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		floor, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names(m[2]) {
			if places[n] != nil {
				t.Errorf("%s stands in the table twice", n)
			}
			places[n] = &place{floor: floor}
		}
		steps := strings.Split(m[3], ">")
		for i := range steps {
			for _, upper := range names(steps[i]) {
				if places[upper] == nil {
					t.Fatalf("%s is ordered within floor %d, and has no place there", upper, floor)
				}
				places[upper].below = append(places[upper].below, names(strings.Join(steps[i+1:], ">"))...)
			}
		}
	}
	if len(places) < 20 {
		t.Fatalf("only %d places were read from docs/architecture.md: has the table changed its form?", len(places))
	}
	return places
}

func names(cell string) []string {
	var out []string
	for _, m := range name.FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1])
	}
	return out
}

// placeOf answers the longest name in the table that holds the package.
func placeOf(places map[string]*place, pkg string) string {
	for p := pkg; p != "." && p != "/"; p = filepath.Dir(p) {
		if places[p] != nil {
			return p
		}
	}
	return ""
}

type listed struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "./...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestImportsGoDown(t *testing.T) {
	places := table(t)
	used := map[string]bool{}
	for _, p := range packages(t) {
		from, ok := strings.CutPrefix(p.ImportPath, "varde/")
		if !ok {
			continue // this package
		}
		upper := placeOf(places, from)
		if upper == "" {
			t.Errorf("%s has no place in the table of docs/architecture.md", from)
			continue
		}
		used[upper] = true
		for _, i := range p.Imports {
			to, ok := strings.CutPrefix(i, "varde/")
			if !ok {
				continue
			}
			lower := placeOf(places, to)
			switch {
			case lower == "" || lower == upper: // reported at its own turn; or the same room
			case places[lower].floor > places[upper].floor, slices.Contains(places[upper].below, lower):
			default:
				t.Errorf("%s imports %s: from floor %d to floor %d; an import only ever goes down", from, to, places[upper].floor, places[lower].floor)
			}
		}
	}
	for n := range places {
		if !used[n] && n != "bench" { // the benchmarks may be left out of a build
			t.Errorf("docs/architecture.md names %s, and there is no such package", n)
		}
	}
}

// What a room must never hold, as far as imports and calls can tell.
func TestRoomsStayPure(t *testing.T) {
	outside := []string{"net/http", "database/sql", "modernc.org/sqlite", "os/exec"}
	pure := append([]string{"os", "crypto/rand", "net", "log/slog"}, outside...)
	never := map[string][]string{
		"study": pure, "analysis": pure, "stats": pure, "expr": pure, "bilingual": pure, "chart": pure,
		"app": outside, "access": outside, "instrument": outside, "protocol": outside,
		"simulate": outside, "report": {"database/sql", "modernc.org/sqlite", "os/exec"},
		"web": {"database/sql", "modernc.org/sqlite", "os/exec"}, "ledger": {"net/http", "os/exec"},
	}
	timeless := []string{"study", "analysis", "stats", "expr", "protocol", "instrument", "access", "simulate", "report"}
	for _, p := range packages(t) {
		from, ok := strings.CutPrefix(p.ImportPath, "varde/")
		if !ok || strings.HasPrefix(from, "protocol/schema/generate") {
			continue // the generator writes files, that is what it is for
		}
		room, _, _ := strings.Cut(from, "/")
		for _, i := range p.Imports {
			if slices.Contains(never[room], i) {
				t.Errorf("%s imports %s, which must never be in %s", from, i, room)
			}
		}
		if !slices.Contains(timeless, room) {
			continue
		}
		for _, f := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "time.Now(") {
				t.Errorf("%s/%s asks for the time: it comes in as an argument", from, f)
			}
		}
	}
}
