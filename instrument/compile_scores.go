package instrument

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"varde/expr"
)

func (k *compiler) scoreID(i int) {
	c := k.c
	s := &c.Scores[i]
	at := fmt.Sprintf("scores[%d]", i)
	c.plans[i].result = expr.Double
	if s.Method == Calc && s.Type == "boolean" {
		c.plans[i].result = expr.Bool
	}
	if k.id(at+".id", s.ID) {
		if _, taken := c.items[s.ID]; taken {
			k.add(at+".id", "V010", fmt.Sprintf("the score id %q is taken by an item", s.ID), "Items and scores share one name space: give the score its own id")
		} else if first, taken := c.scores[s.ID]; taken {
			k.add(at+".id", "V010", fmt.Sprintf("the score id %q is taken by scores[%d]", s.ID, first), "Give every score its own id")
		} else {
			c.scores[s.ID] = i
		}
	}
	oneOf(k, at+".blinding", s.Blinding, Open, Revealing, Treating, Rating, Unblinded)
	oneOf(k, at+".better", s.Better, "", "lower", "higher")
	oneOf(k, at+".type", s.Type, "", "number", "boolean")
	if s.Min != nil && s.Max != nil && *s.Min > *s.Max {
		k.add(at+".min", "V025", fmt.Sprintf("min %v is greater than max %v", *s.Min, *s.Max), "Swap them")
	}
	if !oneOf(k, at+".method", s.Method, Sum, Mean, Count, Max, Min, Calc) {
		return
	}
	k.plan(at, i, s)
}

func (k *compiler) plan(at string, i int, s *Score) {
	p := &k.c.plans[i]
	p.method, p.times, p.missing = s.Method, s.Times, s.Missing
	if p.times == 0 {
		p.times = 1
	}
	if s.Method == Calc {
		if strings.TrimSpace(s.Expr) == "" {
			k.add(at, "V027", "method expr needs an expression", "Add expr: followed by the expression in quotes")
		}
		if len(s.Items) > 0 || s.AtLeast != nil || s.Missing != (Missing{}) {
			k.add(at, "V027", "method expr takes no items, atLeast or missing", "Put the rule into the expression")
		}
		if s.Type == "boolean" && s.Times != 0 {
			k.add(at+".times", "V027", "a boolean score has no factor", "Remove times")
		}
		return
	}
	if s.Expr != "" || s.Type == "boolean" {
		k.add(at, "V027", fmt.Sprintf("method %s takes no expression and gives a number", s.Method), "Remove expr and type, or use method: expr")
	}
	if s.AtLeast != nil && s.Method != Count {
		k.add(at+".atLeast", "V027", fmt.Sprintf("atLeast is for method count, not %s", s.Method), "Remove atLeast")
	}
	if s.Missing.Prorate && s.Method != Sum && s.Method != Count {
		k.add(at+".missing.prorate", "V027", fmt.Sprintf("prorating changes nothing for method %s", s.Method), "Remove prorate")
	}
	p.items = k.expand(at, s)
	p.atLeast = 1
	if s.AtLeast != nil {
		p.atLeast = *s.AtLeast
	}
	booleans := 0
	for _, j := range p.items {
		item := &k.c.Items[j]
		k.notSealed(at+".items", item.ID)
		switch t := k.c.types[j]; t {
		case expr.Bool:
			booleans++
		case expr.Int, expr.Double:
		default:
			k.add(at+".items", "V023", fmt.Sprintf("the item %q is no number (it is a %s)", item.ID, item.Type), "Score only numbers, choices with whole numbers as codes, and booleans (1 and 0)")
		}
	}
	if s.Method == Count && s.AtLeast == nil && booleans != len(p.items) {
		k.add(at, "V027", "count needs to know from which value on an item counts", "Add atLeast, such as atLeast: 2")
	}
	if s.Missing.Allow < 0 || len(p.items) > 0 && s.Missing.Allow >= len(p.items) {
		k.add(at+".missing.allow", "V027", fmt.Sprintf("%d of %d items may be missing", s.Missing.Allow, len(p.items)), "Allow fewer missing items than there are items")
	}
}

// expand resolves ids and ranges a..b, in item order.
func (k *compiler) expand(at string, s *Score) []int {
	var out []int
	if len(s.Items) == 0 {
		k.add(at, "V027", fmt.Sprintf("method %s needs items", s.Method), "Add items, such as items: [\"q1..q9\"]")
	}
	find := func(j int, id string) (int, bool) {
		n, ok := k.c.items[id]
		if !ok {
			k.add(fmt.Sprintf("%s.items[%d]", at, j), "V011", fmt.Sprintf("there is no item %q", id), didYouMean(id, k.earlier(len(k.c.Items)), "Name an item of this instrument"))
		}
		return n, ok
	}
	for j, ref := range s.Items {
		first, last, isRange := strings.Cut(ref, "..")
		from, ok := find(j, first)
		to := from
		if isRange {
			var okTo bool
			to, okTo = find(j, last)
			ok = ok && okTo
		}
		if !ok {
			continue
		}
		if to < from {
			k.add(fmt.Sprintf("%s.items[%d]", at, j), "V026", fmt.Sprintf("the range %s runs backwards", ref), "Name the earlier item first")
			continue
		}
		for n := from; n <= to; n++ {
			if slices.Contains(out, n) {
				k.add(fmt.Sprintf("%s.items[%d]", at, j), "V010", fmt.Sprintf("the item %q is in the score twice", k.c.Items[n].ID), "List every item once")
				continue
			}
			out = append(out, n)
		}
	}
	return out
}

// expressions compiles conditions, expression scores and alerts in one environment.
func (k *compiler) expressions() {
	c := k.c
	if !k.anyExpression() {
		return
	}
	vars := make(map[string]expr.Type, len(c.items)+len(c.scores))
	for id, i := range c.items {
		vars[id] = c.types[i]
	}
	for id, i := range c.scores {
		vars[id] = c.plans[i].result
	}
	env, err := expr.NewEnv(vars)
	if err != nil {
		k.add("items", "V020", err.Error(), "Rename the item")
		return
	}
	for i := range c.Items {
		if src := c.Items[i].When; src != "" {
			at := fmt.Sprintf("items[%d].when", i)
			if p := k.program(env, at, src, expr.Bool); p != nil {
				c.when[i] = p
				k.earlierItems(at, i, p)
			}
		}
	}
	for i := range c.Scores {
		if s := &c.Scores[i]; s.Method == Calc && strings.TrimSpace(s.Expr) != "" {
			at := fmt.Sprintf("scores[%d].expr", i)
			if p := k.program(env, at, s.Expr, c.plans[i].result); p != nil {
				c.plans[i].program = p
				k.earlierScores(at, i, p)
			}
		}
	}
	seen := map[string]int{}
	for i := range c.Alerts {
		at := fmt.Sprintf("alerts[%d]", i)
		if first, taken := seen[c.Alerts[i].ID]; taken {
			k.add(at+".id", "V010", fmt.Sprintf("the alert id %q is taken by alerts[%d]", c.Alerts[i].ID, first), "Give every alert its own id")
		}
		seen[c.Alerts[i].ID] = i
		c.alerts[i] = k.program(env, at+".when", c.Alerts[i].When, expr.Bool)
	}
}

func (k *compiler) anyExpression() bool {
	c := k.c
	return len(c.Alerts) > 0 ||
		slices.ContainsFunc(c.Items, func(i Item) bool { return i.When != "" }) ||
		slices.ContainsFunc(c.Scores, func(s Score) bool { return s.Method == Calc })
}

func (k *compiler) program(env *expr.Env, at, src string, want expr.Type) *expr.Program {
	p, issues := env.Compile(src, want)
	for _, i := range issues {
		k.issues = append(k.issues, Issue{Path: at, Code: "V020", Message: i.Message, Fix: i.Hint, Line: i.Line, Column: i.Column})
	}
	if p != nil {
		for _, name := range p.Uses() {
			k.notSealed(at, name)
		}
	}
	return p
}

// notSealed refuses to compute with an item whose value is kept sealed.
func (k *compiler) notSealed(at, item string) {
	if j, ok := k.c.items[item]; ok && k.c.Items[j].Identifying {
		k.add(at, "V068", fmt.Sprintf("the item %q identifies a person: it is kept sealed and nothing can be computed with it", item), "Ask for what is needed in an item of its own that identifies nobody")
	}
}

// earlierItems makes sure that a condition only looks back: a page is answered
// from top to bottom, and no two items can wait for each other.
func (k *compiler) earlierItems(at string, i int, p *expr.Program) {
	for _, name := range p.Uses() {
		if _, isScore := k.c.scores[name]; isScore {
			k.add(at, "V021", fmt.Sprintf("the condition of an item rests on the score %q", name), "Use the items themselves: scores are computed when all is answered")
		} else if j := k.c.items[name]; j >= i {
			k.add(at, "V021", fmt.Sprintf("the condition rests on %q, which does not come before this item", name), "Use earlier items only, or move the item down")
		}
	}
}

func (k *compiler) earlierScores(at string, i int, p *expr.Program) {
	for _, name := range p.Uses() {
		if j, isScore := k.c.scores[name]; isScore && j >= i {
			k.add(at, "V021", fmt.Sprintf("the score rests on the score %q, which does not come before it", name), "Move that score up")
		}
	}
}

// cutoffs checks that the bands of one score neither overlap nor leave gaps.
func (k *compiler) cutoffs() {
	c := k.c
	ids := map[string]int{}
	byScore := map[string][]int{}
	for i, cut := range c.Cutoffs {
		at := fmt.Sprintf("cutoffs[%d]", i)
		if first, taken := ids[cut.ID]; taken {
			k.add(at+".id", "V010", fmt.Sprintf("the cut-off id %q is taken by cutoffs[%d]", cut.ID, first), "Give every cut-off its own id")
		}
		ids[cut.ID] = i
		j, ok := c.scores[cut.Score]
		switch {
		case !ok:
			names := make([]string, 0, len(c.Scores))
			for _, s := range c.Scores {
				names = append(names, s.ID)
			}
			k.add(at+".score", "V011", fmt.Sprintf("there is no score %q", cut.Score), didYouMean(cut.Score, names, "Name a score of this instrument"))
			continue
		case c.plans[j].result != expr.Double:
			k.add(at+".score", "V023", fmt.Sprintf("the score %q is yes or no and has no cut-offs", cut.Score), "Use a number score")
			continue
		case cut.From == nil && cut.Below == nil:
			k.add(at, "V025", "the cut-off has neither from nor below", "Give at least one of them")
			continue
		case cut.From != nil && cut.Below != nil && *cut.From >= *cut.Below:
			k.add(at+".from", "V025", fmt.Sprintf("from %v is not less than below %v", *cut.From, *cut.Below), "A band is from <= score < below")
			continue
		}
		byScore[cut.Score] = append(byScore[cut.Score], i)
	}
	for _, s := range c.Scores {
		k.bands(s.ID, byScore[s.ID])
	}
}

func (k *compiler) bands(score string, bands []int) {
	from := func(i int) float64 { return orElse(k.c.Cutoffs[i].From, math.Inf(-1)) }
	sort.SliceStable(bands, func(a, b int) bool { return from(bands[a]) < from(bands[b]) })
	for n := 1; n < len(bands); n++ {
		a, b := &k.c.Cutoffs[bands[n-1]], &k.c.Cutoffs[bands[n]]
		end, begin := orElse(a.Below, math.Inf(1)), from(bands[n])
		at := fmt.Sprintf("cutoffs[%d]", bands[n])
		switch {
		case end > begin:
			k.warn(at, "V028", fmt.Sprintf("the bands %q and %q of the score %q overlap", a.ID, b.ID, score), "Let each band begin where the one before ends")
		case end < begin:
			k.warn(at, "V028", fmt.Sprintf("the score %q has a gap from %v to %v between the bands %q and %q", score, end, begin, a.ID, b.ID), "Let each band begin where the one before ends")
		}
	}
}

func orElse(p *float64, x float64) float64 {
	if p == nil {
		return x
	}
	return *p
}

// BlindingOf answers the blinding class of an item or score. A score is at least
// as closed as whatever it is computed from, whether or not its author said so.
func (c *Compiled) BlindingOf(id string) Blinding {
	if i, ok := c.items[id]; ok {
		return c.Items[i].Blinding
	}
	i, ok := c.scores[id]
	if !ok {
		return Unblinded
	}
	class := c.Scores[i].Blinding
	for _, j := range c.plans[i].items {
		class = stricter(class, c.Items[j].Blinding)
	}
	if p := c.plans[i].program; p != nil {
		for _, name := range p.Uses() {
			class = stricter(class, c.BlindingOf(name))
		}
	}
	return class
}

func stricter(a, b Blinding) Blinding {
	order := []Blinding{Open, Revealing, Treating, Rating, Unblinded}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
