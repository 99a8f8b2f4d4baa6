package dryrun

import (
	"os"
	"testing"

	"varde/protocol"
	"varde/protocols"
)

// TestAPersonWhomNothingKeepsAway: such answers are found for every shipped protocol,
// and for most conditions a change that turns them.
func TestAPersonWhomNothingKeepsAway(t *testing.T) {
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	example, findings := protocol.Load(os.DirFS("../../docs/example-protocol"), lib)
	if example == nil {
		t.Fatal(findings)
	}
	defs := []*protocol.Definition{example}
	for _, id := range []string{"mdma-ptsd-three-session", "mdma-ptsd-two-session", "mdma-ptsd-care"} {
		def, err := protocols.Load(id)
		if err != nil {
			t.Fatal(err)
		}
		defs = append(defs, def)
	}
	for _, def := range defs {
		a := newAnswers(def)
		turned := map[string]bool{}
		for _, x := range a.turns {
			turned[x.line] = true
		}
		goals, missed := a.goals(), 0
		for i := range goals {
			if !a.holds(&goals[i]) {
				t.Errorf("%s: %s does not come out as wished: %s", def.ID, goals[i].line, goals[i].prog.Source())
			}
			if !turned[goals[i].line] {
				missed++
				t.Logf("%s: no one change turns %s: %s", def.ID, goals[i].line, goals[i].prog.Source())
			}
		}
		if missed*5 > len(goals) {
			t.Errorf("%s: %d of %d conditions are not turned by any change", def.ID, missed, len(goals))
		}
	}
}
