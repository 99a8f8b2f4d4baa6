package protocol

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"varde/expr"
	"varde/expr/reason"
	"varde/instrument"
)

// Criteria against one another and against what their items can answer.

// values looks at what values mean: criteria, what is collected and used, units, who
// can see what. It waits until the files say what they mean: a slip in a name would
// otherwise be told many times over.
func (c *checker) values() {
	if c.env == nil || slices.ContainsFunc(c.findings, func(f Finding) bool {
		return f.Severity == Error && f.Code < "V100" && !strings.HasPrefix(f.Path, "simulation")
	}) {
		return
	}
	// What is said of forms and texts rests on nothing that the rest finds.
	aside := *c
	aside.findings = nil
	var g errgroup.Group
	g.Go(func() error {
		r := newReasoning(&aside)
		aside.limitsOfForms(r)
		aside.unitsOfForms(r)
		return nil
	})
	r := c.reasoned()
	if len(r.stated) > mostConditions {
		_ = g.Wait()
		c.warn("id", "V007", fmt.Sprintf("the protocol has %d conditions; what they mean together is looked at up to %d", len(r.stated), mostConditions), "Put what is computed into scores of forms")
		return
	}
	c.codesOfConditions(r)
	c.criteria(r)
	c.conditions(r)
	c.limits(r)
	c.meetings(r)
	c.undecided(r)
	c.sessionSafe(r)
	c.numbersOfTexts(r)
	c.collectedInTime(r)
	c.baselines(r)
	c.unused(r)
	c.endpointsCollected(r)
	c.mayDo()
	c.fillers()
	c.reach(r)
	c.definitions(r)
	c.stated()
	c.wordsAgree()
	c.consentSilent()
	_ = g.Wait() // the task answers through its own findings
	c.findings = append(c.findings, aside.findings...)
	c.planNeeds() // may take another form into use
}

// mostConditions bounds what is compared with one another; a protocol has some hundred.
const mostConditions = 1500

// judged is a criterion that can be reasoned about. passes is what lets a person by.
type judged struct {
	*Criterion
	statement
	path   string
	passes expr.Truth
	gate   int // order of its gate in time
	alone  bool
}

func (c *checker) criteria(r *reasoning) {
	var list []judged
	for i := range c.d.Eligibility.Criteria {
		x := &c.d.Eligibility.Criteria[i]
		path := fmt.Sprintf("eligibility.criteria[%d]", i)
		s, ok := r.at(path + ".expr")
		if !ok {
			continue
		}
		j := judged{Criterion: x, statement: s, path: path, passes: expr.False, gate: c.gateOrder(x.Gate)}
		if x.Kind == "inclusion" {
			j.passes = expr.True
		}
		j.alone = c.criterionAlone(r, j)
		list = append(list, j)
	}
	c.partsAlone(r, list)
	c.lettersOfCriteria()
	for i := range list {
		for j := range i {
			if !list[i].alone && !list[j].alone && shareNames(list[i].Names(), list[j].Names()) {
				c.criteriaTogether(r, list[j], list[i])
			}
		}
	}
}

// lettersOfCriteria finds a criterion whose id has the letter of the other kind, such
// as an inclusion among E1, E2, E3.
func (c *checker) lettersOfCriteria() {
	kinds := map[byte]map[string]int{}
	all := c.d.Eligibility.Criteria
	for _, x := range all {
		if x.ID == "" {
			continue
		}
		if kinds[x.ID[0]] == nil {
			kinds[x.ID[0]] = map[string]int{}
		}
		kinds[x.ID[0]][x.Kind]++
	}
	const enough = 4 // of one kind, for the letter to mean something
	for i, x := range all {
		if x.ID == "" || kinds[x.ID[0]][x.Kind] != 1 {
			continue
		}
		for _, kind := range []string{"inclusion", "exclusion"} {
			if n := kinds[x.ID[0]][kind]; kind != x.Kind && n >= enough {
				c.warn(fmt.Sprintf("eligibility.criteria[%d].kind", i), "V134", fmt.Sprintf("%s is an %s, and all %d others whose id begins with %c are %ss", x.ID, x.Kind, n, x.ID[0], kind), "Check the kind: everybody to whom it applies would be let in, or kept out")
			}
		}
	}
}

func (c *checker) gateOrder(id string) int {
	g, ok := c.d.Gate(id)
	if !ok {
		return 0
	}
	return c.d.VisitIndex(g.At)
}

// criterionAlone looks at one criterion: can anybody pass it, can it hold anybody back?
func (c *checker) criterionAlone(r *reasoning, j judged) (faulty bool) {
	s := r.space()
	if v, _ := r.plausible().Can(reason.Is(j.Condition, j.passes)); v == reason.Impossible {
		what, fix := "can be met by nobody whose answers are within their ranges, so nobody can take part", "Check limits, units, and whether it is an exclusion"
		if j.Kind == "exclusion" {
			what, fix = "applies to everybody whose answers are within their ranges, so nobody can take part", "Check limits, units, and whether it is an inclusion"
		}
		c.add(j.path+".expr", "V130", fmt.Sprintf("the %s criterion %s %s", j.Kind, j.ID, what), fix)
		return true
	}
	if v, _ := s.Can(reason.IsNot(j.Condition, j.passes)); v == reason.Impossible {
		what := "is met by everybody whose answers are collected"
		if j.Kind == "exclusion" {
			what = "applies to nobody whose answers are within their ranges"
		}
		c.warn(j.path+".expr", "V131", fmt.Sprintf("the %s criterion %s %s: it holds nobody back", j.Kind, j.ID, what), "Check the limit against the item's range and options, or remove the criterion")
		return true
	}
	return false
}

// criteriaTogether looks at two criteria that rest on the same values; a comes first.
func (c *checker) criteriaTogether(r *reasoning, a, b judged) {
	passA, passB := reason.Is(a.Condition, a.passes), reason.Is(b.Condition, b.passes)
	if v, _ := r.plausible().Can(passA, passB); v == reason.Impossible {
		c.add(b.path+".expr", "V130", fmt.Sprintf("nobody can pass both %s (line %d) and %s: whoever passes the one is held back by the other", a.ID, c.lineOf(a.path), b.ID), "Check the limits, and which of the two is an inclusion")
		return
	}
	first, second := a, b
	if second.gate < first.gate {
		first, second = second, first
	}
	if c.follows(r, first, second) {
		c.saidTwice(first, second)
	} else if first.gate == second.gate && c.follows(r, second, first) {
		c.saidTwice(second, first)
	}
}

// follows says that whoever passes a passes b, so that b holds nobody back.
func (c *checker) follows(r *reasoning, a, b judged) bool {
	v, _ := r.space().Can(reason.Is(a.Condition, a.passes), reason.IsNot(b.Condition, b.passes))
	return v == reason.Impossible
}

func (c *checker) saidTwice(first, second judged) {
	what := fmt.Sprintf("whoever passes %s (line %d) passes %s as well", first.ID, c.lineOf(first.path), second.ID)
	if first.Kind != second.Kind {
		what = fmt.Sprintf("the %s criterion %s (line %d) already holds back everybody whom the %s criterion %s would", first.Kind, first.ID, c.lineOf(first.path), second.Kind, second.ID)
	}
	c.warn(second.path+".expr", "V132", what, "Keep one of them, or say in the other what it adds")
}

func (c *checker) lineOf(path string) int {
	_, line, _ := c.d.src.root.Locate(path)
	return line
}

func shareNames(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

// codesOfConditions finds codes that the item they are compared with does not have.
func (c *checker) codesOfConditions(r *reasoning) {
	report := func(severity, path string, line, col int, form, id string, code any, options []string) {
		fix := "Options: " + shortList(options)
		if len(options) == 0 {
			fix = `Write dates as "2026-05-17" and times as "14:30"`
		}
		if close := expr.Closest(fmt.Sprint(code), options); close != "" {
			fix = fmt.Sprintf("Did you mean %q? %s", close, fix)
		}
		c.within(severity, path, line, col, "V136", fmt.Sprintf("%v is no answer of %s.%s: the comparison never holds", quoted(code), form, id), fix)
	}
	for _, s := range r.stated {
		for _, k := range s.Comparisons {
			form, id := lastTwo(k.Name)
			for _, x := range c.strangers(form, id, k) {
				report(Error, s.path, k.Line, k.Column, form, id, x, c.optionsOf(form, id))
			}
		}
	}
}

// strangers lists the constants of a comparison that the item cannot answer.
func (c *checker) strangers(form, id string, k reason.Comparison) []any {
	options := c.optionsOf(form, id)
	if len(options) == 0 {
		return c.noDates(form, id, k)
	}
	if !slices.Contains([]string{"==", "!=", "in", "has"}, k.Op) {
		return nil
	}
	var out []any
	for _, x := range k.Constants {
		if !slices.Contains(options, fmt.Sprint(x)) {
			out = append(out, x)
		}
	}
	return out
}

// noDates lists the constants that a date or time is compared with and that are none.
func (c *checker) noDates(form, id string, k reason.Comparison) []any {
	f := c.lib[form]
	if f == nil {
		return nil
	}
	item, ok := f.Item(id)
	if !ok {
		return nil
	}
	layouts := dateLayouts[item.Type]
	var out []any
	for _, x := range k.Constants {
		s, isText := x.(string)
		if isText && len(layouts) > 0 && s != "" && !slices.ContainsFunc(layouts, func(l string) bool { _, err := time.Parse(l, s); return err == nil }) {
			out = append(out, x)
		}
	}
	return out
}

// dateLayouts are how dates and times are written, which is also how they compare.
var dateLayouts = map[instrument.ItemType][]string{
	instrument.Date: {time.DateOnly}, instrument.Time: {"15:04"}, instrument.DateTime: {time.RFC3339, time.DateOnly},
}

func (c *checker) optionsOf(form, id string) []string {
	f := c.lib[form]
	if f == nil {
		return nil
	}
	item, ok := f.Item(id)
	if !ok {
		return nil
	}
	var out []string
	for _, o := range f.OptionsOf(item) {
		out = append(out, o.Value.Text())
	}
	return out
}

func lastTwo(name string) (form, id string) {
	parts := strings.Split(name, ".")
	if len(parts) < 2 {
		return "", name
	}
	return parts[len(parts)-2], parts[len(parts)-1]
}

func quoted(x any) string {
	if s, ok := x.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(x)
}
