package app

import (
	"bytes"
	"testing"

	"varde/study"
)

// TestLots: what is drawn by lot comes from the app's randomness, or from what a run
// that must come out the same sets in its place; only for commands that draw.
func TestLots(t *testing.T) {
	a := &App{rand: bytes.NewReader([]byte{1, 2, 0, 0, 0, 0, 0, 0})}
	fixed := func(study.Command) uint64 { return 7 }
	for _, x := range []struct {
		cmd  study.Command
		lots Lots
		want uint64
	}{
		{study.HoldVisit{}, nil, 0}, {study.HoldVisit{}, fixed, 0}, {study.PlanVisit{}, fixed, 7}, {study.DrawRater{}, nil, 513},
	} {
		if got, err := a.chance(x.cmd, x.lots); err != nil || got != x.want {
			t.Errorf("%T: %d, %v; want %d", x.cmd, got, err, x.want)
		}
	}
	if _, err := a.chance(study.DrawRater{}, nil); err == nil {
		t.Error("drawn without randomness")
	}
	a.lots = fixed
	if got, err := a.chance(study.DrawRater{}, nil); err != nil || got != 7 {
		t.Errorf("%d, %v", got, err)
	}
}

// TestDelegationNamesSitesThatExist: the sites come from the study as it is.
func TestDelegationNamesSitesThatExist(t *testing.T) {
	h := build(t, nil)
	c := study.Delegate{Account: "mona", Name: "Mona", Role: "monitor", Sites: []string{"S01", "S02"}}
	h.must(admin, c)
	c.Account, c.Sites = "nils", []string{"S09"}
	if _, err := h.Do(ctx, admin, "demo", c, ""); code(err) != "no-such-site" {
		t.Errorf("%v", err)
	}
}
