package diff

import (
	"fmt"
	"slices"
	"strings"

	"varde/protocol"
)

// analysis tells what of the plan changes. Whatever touches the primary endpoint is said
// once more, loudly: a plan that is changed after data are there is another study.
func (c *comparer) analysis() {
	o, n := &c.old.Analysis, &c.new.Analysis
	before := len(c.items)
	c.value(Analysis, "analysis.alpha", Loud, text("alpha", "alfa"), o.Alpha, n.Alpha)
	c.value(Analysis, "analysis.sided", Loud, text("sides of the test", "sider i testen"), o.Sided, n.Sided)
	c.value(Analysis, "analysis.sampleSize", Loud, text("sample size", "utvalgsstørrelse"), o.SampleSize, n.SampleSize)
	c.value(Analysis, "analysis.order", Loud, text("order of the tests", "rekkefølgen av testene"), strings.Join(o.Order, ", "), strings.Join(n.Order, ", "))
	rows(c, "populations", text("population", "populasjon"), o.Populations, n.Populations, func(x *protocol.Population) (string, Text, string) { return x.ID, x.Text, x.Expr })
	rows(c, "endpoints", text("endpoint", "endepunkt"), o.Endpoints, n.Endpoints, func(x *protocol.Endpoint) (string, Text, string) {
		return x.ID, x.Text, fmt.Sprintf("%s %s from %s at %s over %v weeks %v change %v", x.Role, x.Score, x.Baseline, x.At, x.Visits, x.Weeks, x.Change)
	})
	rows(c, "responders", text("responder", "responder"), o.Responders, n.Responders, func(x *protocol.Responder) (string, Text, string) { return x.ID, x.Text, x.Endpoint + " " + x.Expr })
	rows(c, "estimands", text("estimand", "estimand"), o.Estimands, n.Estimands, func(x *protocol.Estimand) (string, Text, string) {
		var events []string
		for _, e := range x.Events {
			events = append(events, e.ID+"="+e.Strategy+" "+strings.Join(e.From, "+"))
		}
		return x.ID, x.Text, fmt.Sprintf("%s in %s %s %v main %v", x.Endpoint, x.Population, x.Strategy, events, x.Main)
	})
	rows(c, "models", text("model", "modell"), o.Models, n.Models, func(x *protocol.Model) (string, Text, string) {
		return x.ID, Text{EN: x.ID, NB: x.ID}, fmt.Sprintf("%s of %s fixed %v covariance %v %s %s pool %d", x.Method, x.Estimand, x.Fixed, x.Covariance, x.Estimation, x.Freedom, x.PoolSites)
	})
	rows(c, "sensitivity", text("sensitivity analysis", "følsomhetsanalyse"), o.Sensitivity, n.Sensitivity, func(x *protocol.Sensitivity) (string, Text, string) { return x.ID, x.Text, x.Method })
	rows(c, "subgroups", text("subgroup", "undergruppe"), o.Subgroups, n.Subgroups, func(x *protocol.Subgroup) (string, Text, string) { return x.ID, x.Text, x.Expr })
	rows(c, "baseline", text("baseline row", "rad i utgangstabellen"), o.Baseline, n.Baseline, func(x *protocol.BaselineRow) (string, Text, string) {
		return x.ID, x.Text, x.Value + " " + x.Summary + " " + x.Code
	})
	rows(c, "interim", text("interim look", "mellomsyn"), o.Interim, n.Interim, func(x *protocol.Interim) (string, Text, string) {
		return x.ID, x.Text, fmt.Sprintf("%g %g", x.Fraction, x.Alpha)
	})
	c.primary(c.items[before:])
}

// rows compares a list of the plan, each line by what it says.
func rows[T any](c *comparer, list string, what Text, old, next []T, say func(*T) (string, Text, string)) {
	id := func(x *T) string { k, _, _ := say(x); return k }
	pairs(old, next, id, func(k string, a, b *T) {
		at := "analysis." + list + "." + k
		switch {
		case a == nil:
			_, t, line := say(b)
			c.add(Analysis, "added", at, Change, text("a new %s: %s", "ny %s: %s", what, t), "", line)
		case b == nil:
			_, t, line := say(a)
			c.add(Analysis, "removed", at, Loud, text("a %s is taken out: %s", "%s tas ut: %s", what, t), line, "")
		default:
			_, t, p := say(a)
			_, u, q := say(b)
			if p != q {
				c.add(Analysis, "changed", at, Loud, text("the %s %q changes", "%s %q endres", what, u), p, q)
			} else {
				c.wording(Analysis, at+".text", t, u)
			}
		}
	})
}

// primary says loudly that the primary analysis changes: its endpoint, estimand,
// population, model, the level, or the form, visit and score that it rests on.
func (c *comparer) primary(changed []Item) {
	touches := map[string]bool{"analysis.alpha": true, "analysis.sided": true, "analysis.order": true}
	for _, a := range []*protocol.Analysis{&c.old.Analysis, &c.new.Analysis} {
		for _, e := range a.Endpoints {
			if e.Role != "primary" {
				continue
			}
			touches["analysis.endpoints."+e.ID] = true
			form, score, _ := strings.Cut(e.Score, ".")
			touches["forms."+form+"."+score] = true
			for _, v := range append(slices.Clone(e.Visits), e.Baseline, e.At) {
				touches["visits."+v] = true
			}
			for _, x := range a.Estimands {
				if x.Endpoint != e.ID || !x.Main {
					continue
				}
				touches["analysis.estimands."+x.ID], touches["analysis.populations."+x.Population] = true, true
				for _, m := range a.Models {
					if m.Estimand == x.ID {
						touches["analysis.models."+m.ID] = true
					}
				}
			}
		}
	}
	var places []string
	for _, x := range append(slices.Clone(changed), c.items...) {
		if touches[x.Place] && x.Weight != Note && !slices.Contains(places, x.Place) {
			places = append(places, x.Place)
		}
	}
	if len(places) > 0 {
		list := strings.Join(places, ", ")
		c.add(Analysis, "primary-analysis", "analysis", Loud, text("THE PRIMARY ANALYSIS CHANGES: %s", "HOVEDANALYSEN ENDRES: %s", list), "", list)
	}
}

func (c *comparer) simulation() {
	o, n := c.old.Protocol.Simulation, c.new.Protocol.Simulation
	switch {
	case o == nil && n == nil:
	case o == nil:
		c.add(Simulation, "added", "simulation", Note, text("a model of virtual participants", "en modell av virtuelle deltakere"), "", "")
	case n == nil:
		c.add(Simulation, "removed", "simulation", Note, text("no model of virtual participants any more", "ingen modell av virtuelle deltakere lenger"), "", "")
	case fmt.Sprintf("%+v", *o) != fmt.Sprintf("%+v", *n):
		c.add(Simulation, "changed", "simulation", Note, text("the model of virtual participants changes: simulate again before the amendment is approved", "modellen av virtuelle deltakere endres: simuler på nytt før endringen godkjennes"), "", "")
	}
}
