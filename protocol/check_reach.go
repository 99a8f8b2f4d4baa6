package protocol

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// reachable finds what stands in the protocol and never comes to anything: forms,
// epochs, visits listed out of their time, numbers given twice. It looks last, when
// every other check has said which forms it uses.
func (c *checker) reachable() {
	if c.sound("reports") {
		c.reportsDue()
	}
	if c.sound("visits", "logs", "dosing", "safety") {
		c.formsUsed()
	}
	if c.sound("visits", "epochs") {
		c.epochsUsed()
		c.numbers()
	}
	if c.sound("visits", "dosing") {
		c.sessionRules()
		c.sessionTimes()
	}
}

// formsUsed finds forms of the protocol's own that nothing collects.
func (c *checker) formsUsed() {
	for _, id := range sortedKeys(c.lib) {
		f := c.lib[id]
		if _, used := c.d.Instruments[id]; used || path.Dir(f.Origin.File) != "forms" {
			continue
		}
		c.findings = append(c.findings, Finding{Code: "V110", Severity: Warning, File: f.Origin.File, Line: 1, Column: 1, Path: "id",
			Message: fmt.Sprintf("the form %q is asked at no visit and kept in no log", id), Fix: "Ask it at a visit, or delete the file"})
	}
}

// reportsDue makes sure that every report has a day by which it is sent.
func (c *checker) reportsDue() {
	for i, r := range c.d.Protocol.Reports {
		if r.Due <= 0 && r.ID != "" {
			c.add(fmt.Sprintf("reports[%d].due", i), "V062", fmt.Sprintf("the report %q has no time by which it is due", r.ID), `Write the time after the period's end, such as due: "30d"`)
		}
	}
}

func (c *checker) epochsUsed() {
	for i, e := range c.d.Epochs {
		if e.ID != "" && !slices.ContainsFunc(c.d.Protocol.Visits, func(v Visit) bool { return v.Epoch == e.ID }) {
			c.warn(fmt.Sprintf("epochs[%d].id", i), "V111", fmt.Sprintf("no visit is in the epoch %q", e.ID), "Put visits into it, or remove it")
		}
	}
}

// numbers finds visits with the same number: raters and lists speak of visits by it.
func (c *checker) numbers() {
	first := map[int]string{}
	for i, v := range c.d.Protocol.Visits {
		if v.Number <= 0 {
			continue
		}
		if other, taken := first[v.Number]; taken {
			c.add(fmt.Sprintf("visits[%d].number", i), "V114", fmt.Sprintf("%s has the number %d of %s", v.ID, v.Number, other), "Give every visit its own number")
			continue
		}
		first[v.Number] = v.ID
	}
}

// listed finds visits that stand before one that they always follow: what is
// collected when is judged by the order of the list.
func (t *timeline) listed() {
	g := network(t.moments(), t.facts, nil)
	if !g.Consistent() {
		return
	}
	for i := range t.visits {
		r := g.From(i)
		for j := i + 1; j < len(t.visits); j++ {
			if r.Latest(j) >= 0 || t.visits[i].ID == t.visits[j].ID {
				continue
			}
			var related []Place
			for _, k := range r.Chain(j) {
				related = t.relate(related, t.facts[k])
			}
			t.c.tell(Warning, fmt.Sprintf("visits[%d].id", i), "V107",
				fmt.Sprintf("%s is listed before %s but always comes after it, at least %s", t.visits[i].ID, t.visits[j].ID, dayCount(-r.Latest(j))),
				"List the visits in the order of time: what is collected when is judged by it", related)
			break
		}
	}
}

// list says roles in words.
func list(roles []string) string { return strings.Join(roles, ", ") }
