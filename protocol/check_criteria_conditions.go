package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr"
	"varde/expr/reason"
)

// conditionKind says what it means that a condition is always or never true.
type conditionKind struct {
	prefix, suffix string // of the path
	what           string
	always, never  string // what follows; "" = nothing to say
	stops          bool   // "never" makes the study impossible
}

var conditionKinds = []conditionKind{
	{prefix: "visits[", suffix: "].when", what: "the condition of the visit", always: "the visit is not conditional at all", never: "the visit is never held"},
	{prefix: "dosing.checks[", what: "the check before a dose", always: "it never stops a dose", never: "no dose can ever be given", stops: true},
	{prefix: "dosing.checkpoint.withhold[", what: "the reason to withhold the supplemental dose", always: "no supplemental dose can ever be given", never: "it never withholds the dose"},
	{prefix: "dosing.discharge.checks[", what: "the check at discharge", always: "it never keeps anybody", never: "nobody can ever be discharged", stops: true},
	{prefix: "safety.stopping[", what: "the stopping rule", always: "it stops everybody at once", never: "it never stops anybody"},
	{prefix: "safety.clocks[", what: "the duty to report", always: "every adverse event must be reported at once", never: "it never begins"},
	{prefix: "analysis.populations[", what: "the population", always: "it holds everybody", never: "it is empty", stops: true},
	{prefix: "analysis.responders[", what: "the responder definition", always: "everybody responds", never: "nobody can ever respond"},
}

// conditions looks at all conditions but criteria: one that is always or never true
// decides nothing.
func (c *checker) conditions(r *reasoning) {
	for _, s := range r.stated {
		if s.want != expr.Bool || len(s.Names()) == 0 {
			continue
		}
		k, ok := kindOf(s.path)
		if !ok || c.reported(s.path) {
			continue
		}
		always, never := r.space().Always(s.Condition), r.space().Never(s.Condition)
		switch {
		case always && k.always != "" && !strings.Contains(k.what, "population"):
			c.warn(s.path, "V135", fmt.Sprintf("%s is always true (%s): %s", k.what, s.src, k.always), "Check limits, codes and && against ||, or leave the condition out")
		case never && k.stops:
			c.add(s.path, "V135", fmt.Sprintf("%s can never be true (%s): %s", k.what, s.src, k.never), "Check limits, codes and && against ||")
		case never:
			c.warn(s.path, "V135", fmt.Sprintf("%s can never be true (%s): %s", k.what, s.src, k.never), "Check limits, codes and && against ||")
		}
	}
	c.levels(r)
}

func kindOf(path string) (conditionKind, bool) {
	if strings.HasPrefix(path, "visits[") && strings.Contains(path, ".forms[") {
		return conditionKind{what: "the condition of the form", always: "the form is not conditional at all", never: "the form is never asked for"}, true
	}
	i := slices.IndexFunc(conditionKinds, func(k conditionKind) bool {
		return strings.HasPrefix(path, k.prefix) && strings.HasSuffix(path, k.suffix)
	})
	if i < 0 {
		return conditionKind{}, false
	}
	return conditionKinds[i], true
}

// levels finds strata and subgroups of which all participants are in one level.
func (c *checker) levels(r *reasoning) {
	if slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Code == "V130" }) {
		return // nobody takes part, so nobody is in any level
	}
	for _, prefix := range []string{"allocation.strata[", "analysis.subgroups["} {
		for _, s := range r.under(prefix) {
			p := c.d.programs[s.src]
			if p.Type() != expr.Bool || len(s.Names()) == 0 {
				continue
			}
			what := "subgroup"
			if prefix[1] == 'l' {
				what = "stratum"
			}
			yes, no := c.reached(r, s, expr.True), c.reached(r, s, expr.False)
			if !yes || !no {
				c.warn(s.path, "V135", fmt.Sprintf("no participant can be in the level %v of the %s (%s): it divides nobody", !yes, what, s.src), "Check the limit against the criteria and the item's range")
			}
		}
	}
}

// reached says that a participant may give the answer: not only a person, but one who
// has passed every criterion over the same values.
func (c *checker) reached(r *reasoning, s statement, t expr.Truth) bool {
	demands := []reason.Demand{reason.Is(s.Condition, t)}
	for i, x := range c.d.Eligibility.Criteria {
		j, ok := r.at(fmt.Sprintf("eligibility.criteria[%d].expr", i))
		if !ok || !shareNames(j.Names(), s.Names()) {
			continue
		}
		passes := expr.False
		if x.Kind == "inclusion" {
			passes = expr.True
		}
		demands = append(demands, reason.Is(j.Condition, passes))
	}
	v, _ := r.space().Can(demands...)
	return v != reason.Impossible
}

// undecided finds criteria and checks over values that need not be there: then the
// criterion stays unknown, and unknown is not met.
func (c *checker) undecided(r *reasoning) {
	for _, s := range r.stated {
		criterion := strings.HasPrefix(s.path, "eligibility.criteria[")
		if !criterion && !strings.HasPrefix(s.path, "dosing.checks[") && !strings.HasPrefix(s.path, "dosing.discharge.checks[") && !strings.HasPrefix(s.path, "allocation.strata[") {
			continue
		}
		for _, name := range s.Names() {
			if why := c.maybeMissing(name, s); why != "" && c.restsOn(r, s, name) {
				c.warn(s.path, "V140", fmt.Sprintf("this cannot be decided of everybody: %s", why), "Make it required, or write the condition so that it can be decided without")
				break
			}
		}
	}
}

// restsOn says that the condition can stay unknown for want of this value alone.
func (c *checker) restsOn(r *reasoning, s statement, name string) bool {
	s0 := r.space()
	without := reason.Space{Budget: s0.Budget, Of: func(n string) (reason.Variable, bool) {
		v, ok := s0.Of(n)
		if n == name {
			v.Asked = never
		}
		return v, ok
	}}
	v, _ := without.Can(reason.Is(s.Condition, expr.Unknown))
	return v != reason.Impossible
}

// never is the condition under which nothing is asked.
var never = func() *reason.Condition {
	env, err := expr.NewEnv(nil)
	if err != nil {
		return nil
	}
	p, _ := env.Compile("false", expr.Bool)
	if p == nil {
		return nil
	}
	c, err := reason.New(p, nil)
	if err != nil {
		return nil
	}
	return c
}()

// maybeMissing says why a value may not be there although everything was done as
// planned; "" when it will be.
func (c *checker) maybeMissing(name string, s statement) string {
	if _, isFact := Facts[name]; isFact {
		return ""
	}
	form, id := lastTwo(name)
	f := c.lib[form]
	if f == nil {
		return ""
	}
	if item, ok := f.Item(id); ok && !item.Required {
		return fmt.Sprintf("%s.%s need not be answered (it is not required)", form, id)
	}
	visits := c.collect.forms[form]
	if parts := strings.Split(name, "."); len(parts) == 3 && parts[0] != Here {
		visits = []int{c.d.VisitIndex(parts[0])}
	}
	why := ""
	for _, i := range visits {
		if i < 0 || s.until >= 0 && i > s.until {
			continue
		}
		v := &c.d.Protocol.Visits[i]
		w := c.maybeNotHeld(v, form)
		if w == "" {
			return ""
		}
		why = w
	}
	return why
}

// maybeNotHeld says why a form may not be filled in at a visit; "" when it is asked of
// everybody there.
func (c *checker) maybeNotHeld(v *Visit, form string) string {
	switch {
	case v.Optional:
		return fmt.Sprintf("the visit %s is optional, and so is the form %q with it", v.ID, form)
	case v.When != "":
		return fmt.Sprintf("the visit %s is held only of some (%s)", v.ID, v.When)
	}
	for _, u := range v.Forms {
		if u.Form != form {
			continue
		}
		if u.Optional {
			return fmt.Sprintf("the form %q is optional at %s", form, v.ID)
		}
		if u.When != "" {
			return fmt.Sprintf("the form %q is asked of some alone at %s (%s)", form, v.ID, u.When)
		}
	}
	return ""
}
