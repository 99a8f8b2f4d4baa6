package protocols_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"varde/protocol"
	"varde/protocols"
)

// A mutation is one mistake that an author of a protocol could make, seeded into
// a shipped protocol. It is caught when the checker makes a finding, an error or
// a warning, that it does not make of the protocol as shipped, at the place of
// the mistake or at one of the places near, where it shows.
type mutation struct {
	name     string
	kind     string
	protocol string
	edits    []edit
	near     []place // other places where the mistake may rightly be told
	code     string  // the code that must be among the findings; "" = any
	renames  bool    // the edit changes the head of its own block
}

// The kinds of issue 6: a mistake of each must be found.
var mutationKinds = []string{
	"analysis", "blinding", "burden", "consent", "criteria", "cut-offs", "data flow", "definitions", "dosing",
	"expressions", "files", "owners and clocks", "reach", "references", "schedule", "stale", "translation", "units",
}

func allMutations() []mutation {
	return slices.Concat(scheduleMutations, reachMutations, criteriaMutations, expressionMutations, flowMutations,
		dosingMutations, ownerMutations, definitionMutations, analysisMutations, blindingMutations, consentMutations, fileMutations, lateMutations)
}

// leastCaught is the share of the mistakes that must be found.
const leastCaught = 0.95

func TestMutations(t *testing.T) {
	all := allMutations()
	if len(all) < 80 {
		t.Errorf("%d mistakes are seeded, want at least 80", len(all))
	}
	names := map[string]bool{}
	for _, m := range all {
		if names[m.name] {
			t.Errorf("two mutations are called %q", m.name)
		}
		if !slices.Contains(mutationKinds, m.kind) {
			t.Errorf("%s: there is no kind %q", m.name, m.kind)
		}
		names[m.name] = true
	}
	base := map[string]map[string]bool{}
	for _, id := range ids {
		base[id] = toldOf(t, id)
	}
	results := runMutations(t, all, base)
	reportMutations(t, all, results)
}

// toldOf is what the checker says of a protocol as it is shipped.
func toldOf(t *testing.T, id string) map[string]bool {
	out := map[string]bool{}
	_, findings := findingsOf(t, id)
	for _, f := range findings {
		if f.Severity == protocol.Error {
			t.Errorf("the shipped protocol %s has an error: %s", id, f)
		}
		out[sameAs(f)] = true
	}
	return out
}

// sameAs is what stays the same of a finding when lines are moved.
func sameAs(f protocol.Finding) string {
	return f.Code + " " + f.File + " " + lineNumber.ReplaceAllString(f.Message, "line")
}

type caught struct {
	near, far []protocol.Finding // new findings at the place of the mistake, and elsewhere
}

func runMutations(t *testing.T, all []mutation, base map[string]map[string]bool) []caught {
	t.Helper()
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]caught, len(all))
	work := make(chan int)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for i := range work {
				folder, touched, err := all[i].make()
				if err != nil {
					t.Errorf("%s: %v", all[i].name, err)
					continue
				}
				_, findings := protocol.Load(folder, lib)
				for _, f := range findings {
					switch {
					case f.Severity == protocol.Confirm || base[all[i].protocol][sameAs(f)]:
					case isNear(f, touched):
						out[i].near = append(out[i].near, f)
					default:
						out[i].far = append(out[i].far, f)
					}
				}
			}
		})
	}
	for i := range all {
		work <- i
	}
	close(work)
	group.Wait()
	return out
}

func isNear(f protocol.Finding, touched map[string][][2]int) bool {
	return slices.ContainsFunc(touched[f.File], func(s [2]int) bool { return s[0] <= f.Line && f.Line <= s[1] })
}

// reportMutations says for every mistake what an author is told (with -v), the
// share that is found, by kind, and fails when it is too small.
func reportMutations(t *testing.T, all []mutation, results []caught) {
	t.Helper()
	found, count := map[string]int{}, map[string]int{}
	total := 0
	var missed strings.Builder
	for i, m := range all {
		count[m.kind]++
		r := results[i]
		coded := m.code == "" || slices.ContainsFunc(r.near, func(f protocol.Finding) bool { return f.Code == m.code })
		if len(r.near) > 0 && coded {
			found[m.kind]++
			total++
			t.Logf("found   %s (%s, %s)\n%s", m.name, m.kind, m.protocol, tellFindings("        ", r.near))
			continue
		}
		told := tellFindings("        elsewhere: ", r.far)
		fmt.Fprintf(&missed, "MISSED  %s (%s, %s, %s)\n%s", m.name, m.kind, m.protocol, m.where(), told)
	}
	if missed.Len() > 0 {
		t.Logf("not found, or not told at the place:\n%s", missed.String())
	}
	for _, k := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%-18s %3d of %3d", k, found[k], count[k])
	}
	share := float64(total) / float64(max(len(all), 1))
	t.Logf("%d of %d seeded mistakes are found: %.1f %%", total, len(all), 100*share)
	if share < leastCaught {
		t.Errorf("%.1f %% of the seeded mistakes are found, want at least %.0f %%:\n%s", 100*share, 100*leastCaught, missed.String())
	}
	for _, k := range mutationKinds {
		if found[k] == 0 {
			t.Errorf("no mistake of the kind %q is found (%d are seeded)", k, count[k])
		}
	}
}

func (m mutation) where() string {
	var parts []string
	for _, e := range m.edits {
		parts = append(parts, strings.TrimSpace(e.file+" "+e.block))
	}
	return strings.Join(parts, ", ")
}

func tellFindings(lead string, findings []protocol.Finding) string {
	var b strings.Builder
	slices.SortStableFunc(findings, func(x, y protocol.Finding) int { return cmp.Compare(x.Line, y.Line) })
	for _, f := range findings {
		b.WriteString(lead + f.String() + "\n")
	}
	return b.String()
}

// The warnings about the protocols as shipped are agreed, one by one: a new one
// is either a fault to mend or a line to add here, knowing why.
func TestAgreedWarnings(t *testing.T) {
	var got []string
	for _, id := range ids {
		_, findings := findingsOf(t, id)
		for _, f := range findings {
			if f.Severity == protocol.Warning {
				got = append(got, fmt.Sprintf("%s %s %s %s", id, f.Code, f.File, f.Path))
			}
		}
	}
	text, err := os.ReadFile("testdata/agreed-warnings.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			want = append(want, line)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the warnings about the shipped protocols are\n%s\nagreed are\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// An edit that does not fit says so: otherwise a mutation could test nothing.
func TestEditsThatDoNotFit(t *testing.T) {
	for name, e := range map[string]edit{
		"no such block":     set("schedule.yaml", "V99", "offset", "1d"),
		"no such key":       set("schedule.yaml", "V9", "colour", "blue"),
		"no such key to go": without("schedule.yaml", "V9", "needs"),
		"no such text":      change("schedule.yaml", "V9", "offset: 22d", "offset: 1d"),
		"text many times":   change("eligibility.yaml", "E9", "medical", "x"),
		"changes nothing":   set("schedule.yaml", "V9", "kind", "rating"),
		"block in no file":  removed("nowhere.yaml", "V9"),
		"no such form":      ownForm("nothing", "a", "b"),
	} {
		folder, err := filesOf(three)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.in(folder); err == nil {
			t.Errorf("%s: the edit was applied", name)
		}
	}
	folder, err := filesOf(three)
	if err != nil {
		t.Fatal(err)
	}
	before, err := fs.ReadFile(folder, "schedule.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := set("schedule.yaml", "V9", "kind", "phone").in(folder); err != nil {
		t.Fatal(err)
	}
	now, err := fs.ReadFile(folder, "schedule.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(before), "kind: phone")+1 != strings.Count(string(now), "kind: phone") {
		t.Error("an edit that fits was not applied once")
	}
}
