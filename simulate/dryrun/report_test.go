package dryrun_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"varde/protocol"
	"varde/simulate/dryrun"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestStory: the shortest story of a fault, in both languages, as it is told to people.
func TestStory(t *testing.T) {
	def := withFault(t, &fault{base: example, change: func(d *protocol.Definition) { d.Staffing.Pair.Size = 1 }})
	r := run(t, dryrun.Config{Definition: def, Seed: 7, Lives: 400, Stories: 1})
	for _, lang := range []string{"en", "nb"} {
		golden(t, "one-therapist."+lang+".txt", beforeCoverage(told(t, r, lang)))
	}
}

// beforeCoverage leaves out the counts, which every new branch changes.
func beforeCoverage(text string) string {
	_, text, _ = strings.Cut(text, "\n")
	for _, head := range []string{"\nReached, by kind:", "\nNådd, etter slag:"} {
		text, _, _ = strings.Cut(text, head)
	}
	return text
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s\nwant\n%s", path, got, want)
	}
}

// TestSameOnAnyNumberOfCores: the report follows from the seed alone.
func TestSameOnAnyNumberOfCores(t *testing.T) {
	def := withFault(t, &faults[0])
	report := func(cores int, seed uint64) []byte {
		var w bytes.Buffer
		r := run(t, dryrun.Config{Definition: def, Seed: seed, Lives: 900, Cores: cores, Stories: 1})
		if err := r.JSON(&w); err != nil {
			t.Fatal(err)
		}
		return w.Bytes()
	}
	one := report(1, 3)
	if !bytes.Equal(one, report(5, 3)) {
		t.Error("five cores tell something else than one")
	}
	if bytes.Equal(one, report(2, 4)) {
		t.Error("another seed tells the same lives")
	}
}

// TestCoverageFloor: a short run comes to nearly everything that the protocol can lead to.
func TestCoverageFloor(t *testing.T) {
	r := run(t, dryrun.Config{Definition: definition(t, threeSession), Seed: 2, Lives: 1000})
	floors := map[string]float64{"status": 0.9, "milestone": 1, "visit": 0.95, "gate": 0.95, "consent": 1, "check": 0.8, "dose": 1, "checkpoint": 1,
		"withhold": 1, "rule": 1, "discharge": 1, "discharged": 1, "alert": 0.9, "clock": 0.8, "leaving": 0.8, "command": 0.7, "refusal": 0.5}
	for _, c := range r.Coverage {
		floor, known := floors[c.Of]
		if got := float64(c.Reached) / float64(c.All); known && got < floor {
			t.Errorf("%s: %d of %d reached, the floor is %.0f %%", c.Of, c.Reached, c.All, 100*floor)
		}
		delete(floors, c.Of)
	}
	for of := range floors {
		t.Errorf("nothing of the kind %s is counted", of)
	}
}
