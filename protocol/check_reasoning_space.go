package protocol

import (
	"slices"
	"strings"

	"varde/expr"
	"varde/expr/reason"
	"varde/instrument"
)

// What is known of a value before anybody has one.

func (c *checker) shown(name string) string {
	parts := strings.Split(name, ".")
	switch {
	case parts[0] == "responder":
		return parts[len(parts)-1]
	case len(parts) == 3 && len(c.collect.forms[parts[1]]) == 1:
		return parts[1] + "." + parts[2]
	}
	return name
}

func (r *reasoning) space() reason.Space {
	return reason.Space{Budget: &r.budget, Of: func(name string) (reason.Variable, bool) {
		if t, ok := Facts[name]; ok {
			v := reason.Variable{Name: name, Type: t, Hard: true}
			if t == expr.Int || t == expr.Double {
				v.Min = new(float64)
			}
			if name == "person.randomised" && r.c.d.Allocation == nil {
				v.Codes = []any{false}
			}
			if name == "person.doses" {
				most := float64(r.c.sessions())
				v.Max = &most
			}
			return v, true
		}
		parts := strings.Split(name, ".")
		if len(parts) < 2 {
			return reason.Variable{}, false
		}
		if parts[0] == "responder" {
			return r.responder(name, parts[1], parts[2])
		}
		n := len(parts)
		return r.collected(name, parts[n-2], parts[n-1])
	}}
}

func (r *reasoning) plausible() reason.Space {
	s := r.space()
	return reason.Space{Budget: s.Budget, Of: func(name string) (reason.Variable, bool) {
		v, ok := s.Of(name)
		v.Hard = true
		return v, ok
	}}
}

func (r *reasoning) collected(name, form, id string) (reason.Variable, bool) {
	f := r.c.lib[form]
	if f == nil {
		return reason.Variable{}, false
	}
	t, ok := f.NativeType(id)
	v := reason.Variable{Name: name, Type: t}
	if s, isScore := f.ScoreOf(id); isScore {
		v.Min, v.Max, v.Hard = s.Min, s.Max, r.ofChoices(f, s, 0)
		return v, ok
	}
	item, isItem := f.Item(id)
	if !isItem {
		return v, false
	}
	v.Min, v.Max = item.Min, item.Max
	v.Codes = codesOf(f, item)
	v.Asked = r.askedWhen(f, item, strings.TrimSuffix(name, id))
	return v, ok
}

func (r *reasoning) ofChoices(f *instrument.Compiled, s *instrument.Score, depth int) bool {
	names := itemsNamed(f, s.Items)
	if s.Method == instrument.Calc {
		k := r.ofFormAny(f, s.Expr, "")
		if k == nil || depth > 3 {
			return false
		}
		names = k.Names()
	}
	return !slices.ContainsFunc(names, func(id string) bool {
		if other, ok := f.ScoreOf(id); ok {
			return !r.ofChoices(f, other, depth+1)
		}
		item, ok := f.Item(id)
		return !ok || item.Type != instrument.Choice && item.Type != instrument.Boolean && item.Type != instrument.MultiChoice
	})
}

func itemsNamed(f *instrument.Compiled, names []string) []string {
	var out []string
	for _, name := range names {
		from, to, isRange := strings.Cut(name, "..")
		if !isRange {
			out = append(out, name)
			continue
		}
		inside := false
		for _, item := range f.Items {
			inside = inside || item.ID == from
			if inside {
				out = append(out, item.ID)
			}
			inside = inside && item.ID != to
		}
	}
	return out
}

func codesOf(f *instrument.Compiled, item *instrument.Item) []any {
	var out []any
	for _, o := range f.OptionsOf(item) {
		if x := f.Native(item.ID, o.Value); x != nil {
			out = append(out, x)
		} else {
			out = append(out, o.Value.Text()) // of a list of codes
		}
	}
	return out
}

func (r *reasoning) askedWhen(f *instrument.Compiled, item *instrument.Item, prefix string) *reason.Condition {
	if item.When == "" {
		return nil
	}
	key := prefix + item.ID
	if c, known := r.asked[key]; known {
		return c
	}
	r.asked[key] = nil // a ring was reported when the form was compiled
	if c := r.ofForm(f, item.When, prefix); c != nil {
		r.asked[key] = c
	}
	return r.asked[key]
}

func (r *reasoning) responder(name, endpoint, which string) (reason.Variable, bool) {
	i := slices.IndexFunc(r.c.d.Analysis.Endpoints, func(e Endpoint) bool { return e.ID == endpoint })
	if i < 0 {
		return reason.Variable{}, false
	}
	form, id, _ := strings.Cut(r.c.d.Analysis.Endpoints[i].Score, ".")
	of, ok := r.collected(name, form, id)
	v := reason.Variable{Name: name, Type: expr.Double, Min: of.Min, Max: of.Max, Hard: of.Hard}
	if which == "change" && of.Min != nil && of.Max != nil {
		lo, hi := *of.Min-*of.Max, *of.Max-*of.Min
		v.Min, v.Max = &lo, &hi
	}
	return v, ok
}
