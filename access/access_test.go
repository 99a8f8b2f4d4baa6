package access

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"varde/instrument"
	"varde/protocol"
)

func TestEveryRoleIsInTheTable(t *testing.T) {
	for _, role := range protocol.Roles {
		if len(Table[role]) == 0 {
			t.Errorf("%s may do nothing", role)
		}
	}
	for role, list := range Table {
		if !slices.Contains(protocol.Roles, role) {
			t.Errorf("%s is not a role", role)
		}
		for i, c := range list {
			if !Names[c].Complete() {
				t.Errorf("%s is not named in both languages", c)
			}
			if slices.Contains(list[:i], c) {
				t.Errorf("%s has %s twice", role, c)
			}
		}
	}
	given := map[Capability]bool{}
	for _, list := range Table {
		for _, c := range list {
			given[c] = true
		}
	}
	for c, text := range Names {
		if !given[c] || !text.Complete() {
			t.Errorf("%s: given to somebody %v, named %+v", c, given[c], text)
		}
	}
}

func TestWithoutARole(t *testing.T) {
	a := Actor{ID: "x", Grants: []Grant{{Role: "monitor", Study: "demo"}}}
	if a.InStudy("demo") || a.InStudy("") || !a.Covers("demo") || a.Covers("live") || a.Can(SeeList) {
		t.Error("signed in without a role, one acts nowhere and has grants where they are")
	}
	if (Actor{}).InStudy("demo") || (Actor{}).Covers("demo") {
		t.Error("nobody is somewhere")
	}
	if one := (Actor{Role: "monitor", Study: "live", Grants: a.Grants}); one.Covers("demo") || !one.Covers("live") {
		t.Error("who acts in one study does not act in another")
	}
}

func TestScope(t *testing.T) {
	everywhere := Actor{Role: "physician"}
	here := Actor{Role: "physician", Study: "demo", Sites: []string{"S01"}}
	nowhere := Actor{Role: "physician", Sites: []string{}}
	for _, x := range []struct {
		actor       Actor
		study, site string
		in, at      bool
	}{
		{everywhere, "demo", "S01", true, true}, {here, "demo", "S01", true, true}, {here, "live", "S02", false, false},
		{here, "demo", "", true, false}, {nowhere, "demo", "S01", true, false}, {here, "demo2", "S011", false, false},
	} {
		if x.actor.InStudy(x.study) != x.in || x.actor.AtSite(x.site) != x.at {
			t.Errorf("%+v in %s at %q", x.actor, x.study, x.site)
		}
	}
	if (Actor{Role: "stranger"}).Can(SeeList) || (Actor{}).Can(SeeList) {
		t.Error("a role that does not exist may see")
	}
}

// TestSees pins who sees what in a blinded trial and in open care.
func TestSees(t *testing.T) {
	blinded := &protocol.Definition{Protocol: protocol.Protocol{Blinding: []protocol.BlindingRow{
		{Role: "pharmacist", To: []string{"arm"}}, {Role: "monitor", To: []string{"arm", "revealing-data"}}, {Role: "therapist", To: []string{"arm", "prior-scores"}},
	}}}
	want := `administrator           open revealing rating - | open revealing rating -
sponsor                 open revealing rating - | open revealing rating -
coordinator             open revealing - - | open revealing rating -
physician               open revealing - - | open revealing rating -
therapist               open revealing - - | open revealing rating -
attendant               open revealing - - | open revealing rating -
rater                   open - rating - | open - rating -
adherence-rater         open revealing rating - | open revealing rating -
pharmacist              open revealing rating - | open revealing rating unblinded
monitor                 open - rating - | open revealing rating -
data-manager            open revealing rating - | open revealing rating -
statistician            open revealing rating - | open revealing rating -
statistician-unblinded  open revealing rating unblinded | open revealing rating unblinded
safety-board            open revealing rating unblinded | open revealing rating unblinded
auditor                 open revealing rating unblinded | open revealing rating unblinded
participant             open revealing - - | open revealing rating -
system                  open revealing rating unblinded | open revealing rating unblinded
`
	var b strings.Builder
	for _, role := range protocol.Roles {
		fmt.Fprintf(&b, "%-23s", role)
		for i, def := range []*protocol.Definition{blinded, {}} {
			if i > 0 {
				b.WriteString(" |")
			}
			for _, class := range []instrument.Blinding{instrument.Open, instrument.Revealing, instrument.Rating, instrument.Unblinded} {
				switch {
				case !Sees(def, role, class):
					b.WriteString(" -")
				case class == instrument.Open:
					b.WriteString(" open")
				default:
					b.WriteString(" " + string(class))
				}
			}
		}
		b.WriteString("\n")
	}
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
	if !HidesVisit(blinded, "rater") || HidesVisit(blinded, "therapist") || !HidesPrior(blinded, "rater") || !HidesPrior(blinded, "therapist") || HidesPrior(&protocol.Definition{}, "rater") {
		t.Error("who is kept from visit numbers and earlier scores has changed")
	}
}

// TestWithheld: a protocol takes away, from that role alone, and never adds.
func TestWithheld(t *testing.T) {
	def := &protocol.Definition{Protocol: protocol.Protocol{Access: []protocol.AccessRow{
		{Role: "coordinator", Without: []string{"randomise", "consent"}}, {Role: "monitor", Without: []string{"randomise"}},
	}}}
	for _, role := range protocol.Roles {
		for c := range Names {
			actor := Actor{Role: role}
			want := actor.Can(c) && !(role == "coordinator" && (c == Randomise || c == Consent))
			if Permits(def, actor, c) != want {
				t.Errorf("%s, %s: %v", role, c, !want)
			}
			if Permits(&protocol.Definition{}, actor, c) != actor.Can(c) || Permits(nil, actor, c) != actor.Can(c) {
				t.Errorf("%s, %s: narrowed by nothing", role, c)
			}
			if slices.Contains(RolesWith(def, c), role) != want {
				t.Errorf("RolesWith %s: %v", c, RolesWith(def, c))
			}
		}
	}
	if got := RolesWith(def, Randomise); !slices.Equal(got, []string{"physician"}) {
		t.Errorf("%v", got)
	}
	if RolesWith(nil, "no-such-thing") != nil || len(RolesWith(nil, Randomise)) != 2 {
		t.Error("the table itself was changed, or knows what it does not have")
	}
}

func BenchmarkPermits(b *testing.B) {
	def := &protocol.Definition{Protocol: protocol.Protocol{Access: []protocol.AccessRow{{Role: "coordinator", Without: []string{"randomise", "consent"}}, {Role: "monitor", Without: []string{"query"}}}}}
	actor := Actor{Role: "coordinator"}
	for b.Loop() {
		if Permits(def, actor, Randomise) {
			b.Fatal("permitted")
		}
	}
}
