package protocol

import (
	"fmt"
	"math"
	"slices"
)

// simSites checks what a site has of its own, and that anybody can be treated at all.
func (c *checker) simSites(s *Simulation) {
	places := 0
	for i, x := range s.Sites {
		at := fmt.Sprintf("simulation.sites[%d]", i)
		if x.Opens < 0 {
			c.add(at+".opens", "V014", "a site cannot open before the study", "Write 0d or more")
		}
		if x.Pairs < 0 || x.Rooms < 0 {
			c.add(at, "V014", "pairs and rooms are not negative", "Write what the site has, or leave it out for staffing.capacity")
		}
		pairs, rooms := x.Pairs, x.Rooms
		if pairs == 0 {
			pairs = c.d.Staffing.Capacity.Pairs
		}
		if rooms == 0 {
			rooms = c.d.Staffing.Capacity.Rooms
		}
		places += min(pairs, rooms)
	}
	if k := c.d.Staffing.Capacity; len(s.Sites) > 0 && c.d.Dosing != nil && (places == 0 || k.SessionsPerWeek == 0 || k.ParticipantsAtOnce == 0) {
		c.add("simulation.sites", "V093", "no site has room for anybody: nobody would ever be treated", "Give staffing.capacity pairs, rooms, sessionsPerWeek and participantsAtOnce")
	}
}

// simTrial checks what only whole trials are drawn with.
func (c *checker) simTrial(t *SimTrial, arms []string) {
	if t == nil {
		return
	}
	const strongest = 5 // log odds for one SD: beyond it, who leaves is certain
	for _, x := range []struct {
		key string
		v   float64
	}{{"observed", t.Leaving.Observed}, {"unobserved", t.Leaving.Unobserved}} {
		if !(math.Abs(x.v) <= strongest) {
			c.add("simulation.trial.leaving."+x.key, "V094", fmt.Sprintf("log odds of %v for one standard deviation decide alone who leaves", x.v), fmt.Sprintf("Write a value from -%d to %d; 0 says that leaving does not depend on it", strongest, strongest))
		}
	}
	guesses := append(slices.Clone(arms), "unknown")
	seen := map[string]bool{}
	for i, x := range t.Expectancy {
		at := fmt.Sprintf("simulation.trial.expectancy[%d]", i)
		c.ref(at+".arm", "arm", x.Arm, arms)
		if seen[x.Arm] {
			c.add(at+".arm", "V010", fmt.Sprintf("the arm %q is described twice", x.Arm), "Describe every arm once")
		}
		seen[x.Arm] = true
		for _, g := range sortedKeys(x.Shift) {
			c.ref(at+".shift."+g, "guess", g, guesses)
		}
	}
	if len(t.Expectancy) > 0 && len(c.d.Simulation.Guess) == 0 {
		c.add("simulation.trial.expectancy", "V095", "scores follow what people guess, but nobody guesses", "Add simulation.guess with the shares of guesses by arm")
	}
	for i, x := range t.Events {
		c.simIntercurrent(fmt.Sprintf("simulation.trial.events[%d]", i), x, arms)
	}
}

func (c *checker) simIntercurrent(at string, x SimIntercurrent, arms []string) {
	var known []string
	for _, e := range c.d.Analysis.Estimands {
		for _, v := range e.Events {
			if !slices.Contains(known, v.ID) && v.ID != Lost {
				known = append(known, v.ID)
			}
		}
	}
	if !slices.Contains(known, x.Event) {
		c.add(at+".event", "V096", fmt.Sprintf("no estimand says what %q means for the result", x.Event), "Name an event of analysis.estimands other than lost (which is simulation.dropout)")
	}
	c.rates(at+".rates", x.Rates, "arm", arms, false)
	c.share(at+".retrieved", x.Retrieved)
	c.word(at+".after", x.After, "unchanged", "control")
}
