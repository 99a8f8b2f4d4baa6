package study

import (
	"cmp"
	"slices"
)

// WaitingList answers who waits at a site, first in turn first. States are all that
// ever stood on its list, in any order.
//
// The turn is that of coming onto the list. It changes by recorded moves and nothing
// else: a move says before whom somebody stands from then on. Whoever left the list
// keeps their place in the reckoning, so that a move made before them still says what
// it said when it was made.
func WaitingList(site string, states []*ReferralState) []*ReferralState {
	type step struct {
		who *ReferralState
		n   int
	}
	var steps []step
	for _, s := range states {
		for i := range s.Turns {
			if s.Turns[i].Site == site {
				steps = append(steps, step{s, i})
			}
		}
	}
	slices.SortFunc(steps, func(x, y step) int {
		return cmp.Or(x.who.Turns[x.n].At.Compare(y.who.Turns[y.n].At), cmp.Compare(x.who.ID, y.who.ID), cmp.Compare(x.n, y.n))
	})
	var line []*ReferralState
	at := func(id string) int { return slices.IndexFunc(line, func(s *ReferralState) bool { return s.ID == id }) }
	stands := map[string]bool{}
	for _, x := range steps {
		t := x.who.Turns[x.n]
		if stands[x.who.ID] {
			i := at(x.who.ID)
			line = slices.Delete(line, i, i+1)
		}
		stands[x.who.ID] = true
		i := len(line)
		if t.Moved && stands[t.Ahead] && t.Ahead != x.who.ID {
			i = at(t.Ahead)
		}
		line = slices.Insert(line, i, x.who)
	}
	return slices.DeleteFunc(line, func(s *ReferralState) bool { return s.Status != ReferralWaiting || s.Site != site })
}
