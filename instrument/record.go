package instrument

import "varde/expr"

// record reads one form's values in the course of one question to it. It answers
// expressions (expr.Vars) and remembers what is asked, so that each condition is
// evaluated once.
//
// A value of an item that is not asked counts as not collected: a severity left
// over from a symptom that was then taken back must not be scored.
type record struct {
	c      *Compiled
	values map[string]Value
	scores map[string]Value
	asked  []expr.Truth // by item; Unknown = not yet looked at
}

func (c *Compiled) read(values, scores map[string]Value) *record {
	return &record{c: c, values: values, scores: scores}
}

// isAsked follows conditions backwards; the compiler has made sure that they
// only look at earlier items.
func (r *record) isAsked(i int) bool {
	program := r.c.when[i]
	if program == nil {
		return true
	}
	if r.asked == nil {
		r.asked = make([]expr.Truth, len(r.c.Items))
	}
	if r.asked[i] == expr.Unknown {
		r.asked[i] = expr.False
		if t, err := program.Test(r); err == nil && t == expr.True {
			r.asked[i] = expr.True
		}
	}
	return r.asked[i] == expr.True
}

// value answers a given value of an asked item.
func (r *record) value(i int) (Value, bool) {
	v, ok := r.values[r.c.Items[i].ID]
	if !ok || !v.Given() || !r.isAsked(i) {
		return Value{}, false
	}
	return v, true
}

// Var answers an item or score to an expression.
func (r *record) Var(name string) (any, bool) {
	if i, ok := r.c.items[name]; ok {
		v, ok := r.value(i)
		if !ok {
			return nil, false
		}
		x := native(r.c.types[i], v)
		return x, x != nil
	}
	if i, ok := r.c.scores[name]; ok {
		x := native(r.c.plans[i].result, r.scores[name])
		return x, x != nil
	}
	return nil, false
}

// Asked says whether an item is asked, given the answers so far. An item whose
// condition rests on an answer that is not given yet is not asked, nor is one
// whose condition rests on an item that is itself not asked.
func (c *Compiled) Asked(item string, values map[string]Value) bool {
	i, ok := c.items[item]
	return ok && c.read(values, nil).isAsked(i)
}

// Missing lists, in item order, the items that are asked and required but have
// neither a value nor a reason why there is none.
func (c *Compiled) Missing(values map[string]Value) []string {
	r := c.read(values, nil)
	var out []string
	for i := range c.Items {
		item := &c.Items[i]
		if item.Required && values[item.ID].Kind() == None && r.isAsked(i) {
			out = append(out, item.ID)
		}
	}
	return out
}
