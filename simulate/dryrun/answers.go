package dryrun

import (
	"cmp"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"varde/expr"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// answers are those of a person whom nothing keeps from going through the whole
// protocol, found from its own conditions, and for each condition one change of them
// that turns it.
type answers struct {
	def    *protocol.Definition
	forms  map[string]study.Values
	limits map[string][]float64 // form -> numbers that conditions and scores compare with
	turns  []turn
}

// turn is a change of the answers that makes one line come out the other way.
type turn struct {
	line    string
	changes []change
}

type change struct {
	form, item string
	value      instrument.Value
}

// goal is a condition and how it comes out for a person whom nothing keeps away.
type goal struct {
	line  string
	prog  *expr.Program
	want  expr.Truth
	forms []string // that it looks at
	must  bool     // to be known as well
}

const rounds = 4 // of looking for answers; conditions that pull at each other settle in a few

func newAnswers(def *protocol.Definition) *answers {
	a := &answers{def: def, forms: map[string]study.Values{}, limits: map[string][]float64{}}
	for id, c := range def.Instruments {
		a.forms[id] = a.complete(c, nil, nil)
		a.limits[id] = limitsOf(c)
	}
	goals := a.goals()
	for range rounds {
		if a.loss(goals, "") == 0 {
			break
		}
		for i := range goals {
			if !a.holds(&goals[i]) {
				a.mend(&goals[i], goals)
			}
		}
	}
	a.turns = a.turned(goals)
	return a
}

// goals are all conditions that decide over a participant.
func (a *answers) goals() []goal {
	var out []goal
	add := func(line, src string, want expr.Truth, must bool) {
		p := a.def.Program(src)
		if src == "" || p == nil {
			return
		}
		g := goal{line: line, prog: p, want: want, must: must}
		for _, name := range p.Uses() {
			if f := formOf(name); a.def.Instruments[f] != nil && !slices.Contains(g.forms, f) {
				g.forms = append(g.forms, f)
				a.limits[f] = append(a.limits[f], numbersIn(src)...)
			}
		}
		if len(g.forms) > 0 {
			out = append(out, g)
		}
	}
	for _, c := range a.def.Eligibility.Criteria {
		want := expr.True
		if c.Kind == "exclusion" {
			want = expr.False
		}
		add("gate/"+c.Gate+"/"+c.ID, c.Expr, want, true)
	}
	if d := a.def.Dosing; d != nil {
		for _, c := range d.Checks {
			add("check/"+c.ID, c.Expr, expr.True, true)
		}
		for _, c := range d.Discharge.Checks {
			add("discharge/"+c.ID, c.Expr, expr.True, false)
		}
		for _, c := range d.Checkpoint.Withhold {
			add("withhold/"+c.ID, c.Expr, expr.False, false)
		}
	}
	for _, s := range a.def.Safety.Stopping {
		add("stopping/"+s.ID, s.When, expr.False, false)
	}
	for i := range a.def.Visits {
		v := &a.def.Visits[i]
		add("when/"+v.ID, v.When, expr.True, false)
		for _, u := range v.Forms {
			add("form-when/"+v.ID+"/"+u.Form, u.When, expr.True, false)
		}
	}
	slices.SortStableFunc(out, func(x, y goal) int { return cmp.Compare(x.line, y.line) })
	return out
}

// formOf answers the form that a variable is collected in: "form.item" or
// "visit.form.item".
func formOf(name string) string {
	parts := strings.Split(name, ".")
	if len(parts) < 2 {
		return ""
	}
	return parts[len(parts)-2]
}

var numeral = regexp.MustCompile(`(?:^|[^A-Za-z_0-9.])(-?[0-9]+(?:\.[0-9]+)?)`)

func numbersIn(src string) []float64 {
	var out []float64
	for _, m := range numeral.FindAllStringSubmatch(src, -1) {
		if x, err := strconv.ParseFloat(m[1], 64); err == nil && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// limitsOf answers the numbers that a form's own conditions and cut-offs compare with.
func limitsOf(c *instrument.Compiled) []float64 {
	var out []float64
	for i := range c.Items {
		out = append(out, numbersIn(c.Items[i].When)...)
	}
	for i := range c.Scores {
		out = append(out, numbersIn(c.Scores[i].Expr)...)
	}
	for _, x := range c.Cutoffs {
		for _, p := range []*float64{x.From, x.Below} {
			if p != nil {
				out = append(out, *p)
			}
		}
	}
	for _, x := range c.Alerts {
		out = append(out, numbersIn(x.When)...)
	}
	return out
}

// complete answers every item of a form that is asked: as said, else as wished, else
// the mildest answer. What is said is kept even when it is not asked.
func (a *answers) complete(c *instrument.Compiled, said, wished study.Values) study.Values {
	out := make(study.Values, len(c.Items))
	for i := range c.Items {
		item := &c.Items[i]
		if v, ok := said[item.ID]; ok {
			if v.Kind() != instrument.None {
				out[item.ID] = v
			}
			continue
		}
		if item.Identifying || item.When != "" && !c.Asked(item.ID, out) {
			continue
		}
		v, ok := wished[item.ID]
		if !ok {
			v = mild(c, item)
		}
		if v.Kind() != instrument.None {
			out[item.ID] = v
		}
	}
	return out
}

// mild is the answer that says least: no, the first option, the middle of a range.
func mild(c *instrument.Compiled, item *instrument.Item) instrument.Value {
	switch item.Type {
	case instrument.Boolean:
		return instrument.BoolValue(false)
	case instrument.Choice:
		if o := c.OptionsOf(item); len(o) > 0 {
			return o[0].Value
		}
	case instrument.MultiChoice:
		return instrument.ListValue()
	case instrument.Date:
		return instrument.StringValue(begin.Format(time.DateOnly))
	case instrument.DateTime:
		return instrument.Value{} // the moment of entry is put in when it is known
	case instrument.Time:
		return instrument.StringValue("09:00")
	case instrument.TextItem:
		return instrument.StringValue("noted")
	}
	switch {
	case item.Min != nil && item.Max != nil:
		return instrument.NumberValue(math.Round((*item.Min + *item.Max) / 2))
	case item.Min != nil:
		return instrument.NumberValue(*item.Min)
	}
	return instrument.NumberValue(0)
}

// loss counts the conditions that do not come out as wished; of those that look at a
// form only, when one is named.
func (a *answers) loss(goals []goal, form string) int {
	n := 0
	for i := range goals {
		if (form == "" || slices.Contains(goals[i].forms, form)) && !a.holds(&goals[i]) {
			n++
		}
	}
	return n
}

func (a *answers) holds(g *goal) bool {
	t, err := g.prog.Test(a)
	return err == nil && (t == g.want || t == expr.Unknown && !g.must)
}

// mend looks for one change that brings a condition out as wished without another
// one losing.
func (a *answers) mend(g *goal, goals []goal) {
	for _, form := range g.forms {
		c := a.def.Instruments[form]
		before := a.loss(goals, form)
		was := a.forms[form]
		best, least := was, before
		a.eachChange(c, func(list []change) bool {
			a.forms[form] = a.changed(c, was, list)
			if n := a.loss(goals, form); n < least {
				best, least = a.forms[form], n
			}
			return least == 0
		})
		a.forms[form] = best
		if a.holds(g) {
			return
		}
	}
}

// turned finds for every condition a small change that turns it.
func (a *answers) turned(goals []goal) []turn {
	var out []turn
	for i := range goals {
		g := &goals[i]
		want := expr.False
		if g.want == expr.False {
			want = expr.True
		}
		found, least := []change(nil), math.MaxInt
		for _, form := range g.forms {
			c := a.def.Instruments[form]
			was := a.forms[form]
			a.eachChange(c, func(list []change) bool {
				a.forms[form] = a.changed(c, was, list)
				if t, err := g.prog.Test(a); err == nil && t == want {
					if n := a.loss(goals, form); n < least {
						found, least = list, n
					}
				}
				return least <= 1
			})
			a.forms[form] = was
		}
		if found != nil {
			out = append(out, turn{g.line, found})
		}
	}
	return append(out, a.alarms()...)
}

// alarms are changes that raise each alert of a form.
func (a *answers) alarms() []turn {
	var out []turn
	for _, id := range sortedKeys(a.def.Instruments) {
		c := a.def.Instruments[id]
		left := map[string]bool{}
		for _, x := range c.Alerts {
			left[x.ID] = true
		}
		was := a.forms[id]
		a.eachChange(c, func(list []change) bool {
			v := a.changed(c, was, list)
			for _, x := range c.Alerting(v, c.Score(v)) {
				if left[x.ID] {
					delete(left, x.ID)
					out = append(out, turn{"alert/" + id + "/" + x.ID, list})
				}
			}
			return len(left) == 0
		})
	}
	return out
}

func (a *answers) changed(c *instrument.Compiled, was study.Values, list []change) study.Values {
	said := study.Values{}
	for _, x := range list {
		said[x.item] = x.value
	}
	return a.complete(c, said, was)
}

// eachChange tries changes of a form: each item to each of its telling values, pairs of
// an item and what is asked only because of it, and all choices to the same level. It
// ends when the function answers true.
func (a *answers) eachChange(c *instrument.Compiled, try func([]change) bool) {
	for i := range c.Items {
		for _, v := range a.values(c, &c.Items[i]) {
			first := change{c.ID, c.Items[i].ID, v}
			if try([]change{first}) {
				return
			}
			for j := i + 1; j < len(c.Items); j++ {
				if c.Items[j].When == "" || !strings.Contains(c.Items[j].When, c.Items[i].ID) {
					continue
				}
				for _, w := range a.values(c, &c.Items[j]) {
					if try([]change{first, {c.ID, c.Items[j].ID, w}}) {
						return
					}
				}
			}
		}
	}
	for _, list := range together(c) {
		if try(list) {
			return
		}
	}
}

// together are changes of many items at once: all choices to the same level, all truths
// the same way, all numbers to the same part of their range. What several answers decide
// together is not found by changing one.
func together(c *instrument.Compiled) [][]change {
	var out [][]change
	each := func(value func(*instrument.Item) (instrument.Value, bool)) {
		var list []change
		for i := range c.Items {
			if v, ok := value(&c.Items[i]); ok {
				list = append(list, change{c.ID, c.Items[i].ID, v})
			}
		}
		if len(list) > 1 {
			out = append(out, list)
		}
	}
	for level := range 8 {
		each(func(it *instrument.Item) (instrument.Value, bool) {
			o := c.OptionsOf(it)
			if it.Type != instrument.Choice || level >= len(o) || len(o) <= 2 {
				return instrument.Value{}, false
			}
			return o[level].Value, true
		})
	}
	for _, yes := range []bool{true, false} {
		each(func(it *instrument.Item) (instrument.Value, bool) {
			return instrument.BoolValue(yes), it.Type == instrument.Boolean
		})
	}
	for _, part := range []float64{0.25, 0.1, 0.75, 0.9} {
		each(func(it *instrument.Item) (instrument.Value, bool) {
			if it.Min == nil || it.Max == nil || it.Type != instrument.Integer && it.Type != instrument.Decimal {
				return instrument.Value{}, false
			}
			return instrument.NumberValue(math.Round(*it.Min + part*(*it.Max-*it.Min))), true
		})
	}
	return out
}

// values are those of an item that conditions can tell apart: every option, both
// truths, the ends of its range, and the numbers that conditions name with the steps
// beside them.
func (a *answers) values(c *instrument.Compiled, item *instrument.Item) []instrument.Value {
	switch item.Type {
	case instrument.Boolean:
		return []instrument.Value{instrument.BoolValue(true), instrument.BoolValue(false)}
	case instrument.Choice:
		var out []instrument.Value
		for _, o := range c.OptionsOf(item) {
			out = append(out, o.Value)
		}
		return out
	case instrument.MultiChoice:
		var out []instrument.Value
		for _, o := range c.OptionsOf(item) {
			out = append(out, instrument.ListValue(o.Value.Text()))
		}
		return out
	case instrument.Integer, instrument.Scale, instrument.Decimal:
		return numbersOf(item, a.limits[c.ID])
	}
	return nil
}

func numbersOf(item *instrument.Item, limits []float64) []instrument.Value {
	by := 1.0
	if item.Type == instrument.Decimal {
		by = math.Pow10(-item.Decimals)
	}
	var out []instrument.Value
	add := func(x float64) {
		x = math.Round(x/by) * by
		v := instrument.NumberValue(math.Round(x*1e6) / 1e6)
		if !slices.ContainsFunc(out, v.Equal) {
			out = append(out, v) // also outside the plausible range, where it is kept and asked about
		}
	}
	for _, x := range limits {
		add(x - by)
		add(x)
		add(x + by)
	}
	for _, p := range []*float64{item.Min, item.Max} {
		if p != nil {
			add(*p)
		}
	}
	return out
}

// Var lets conditions see the answers: each form as it is answered at any visit, and
// the facts of somebody whom nothing keeps away.
func (a *answers) Var(name string) (any, bool) {
	switch name {
	case "consent.given", "consent.current", "person.enrolled", "person.randomised", "pair.valid":
		return true, true
	case "medication.contraindicated", "medication.high", "medication.undecided", "treatment.stopped", "event.serious_open":
		return false, true
	}
	form := formOf(name)
	c := a.def.Instruments[form]
	if c == nil {
		return nil, false
	}
	id := name[strings.LastIndexByte(name, '.')+1:]
	v, ok := a.forms[form][id]
	if !ok {
		v = c.Score(a.forms[form])[id]
	}
	if !v.Given() {
		return nil, false
	}
	n := c.Native(id, v)
	return n, n != nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
