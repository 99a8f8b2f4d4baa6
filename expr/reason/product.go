package reason

import "varde/expr"

// product is all combinations of the values that stand for those of the variables.
type product struct {
	index  map[string]int
	values [][]any
	at     []int
	asked  []*Condition
	state  []expr.Truth // of this combination: is the variable collected? Unknown = not yet looked at
}

// product puts together every variable that the demands rest on, and those that decide
// whether they are collected.
func (s Space) product(demands []Demand) (*product, bool) {
	p := &product{index: map[string]int{}}
	compared := map[string][]Comparison{}
	free := map[string]bool{}
	var variables []Variable
	var take func(c *Condition) bool
	read := map[*Condition]bool{}
	take = func(c *Condition) bool {
		if read[c] {
			return true
		}
		read[c] = true
		for _, k := range c.Comparisons {
			compared[k.Name] = append(compared[k.Name], k)
		}
		for name := range c.free {
			free[name] = true
		}
		for _, name := range c.names {
			if _, known := p.index[name]; known {
				continue
			}
			v, ok := s.Of(name)
			if !ok {
				return false
			}
			p.index[name] = len(variables)
			variables = append(variables, v)
			if v.Asked != nil && !take(v.Asked) {
				return false
			}
		}
		return true
	}
	for _, d := range demands {
		if !take(d.Condition) {
			return nil, false
		}
	}
	combinations := 1
	for _, v := range variables {
		values, ok := v.values(compared[v.Name], free[v.Name])
		if !ok {
			return nil, false
		}
		if combinations *= len(values); combinations > MostCombinations {
			return nil, false
		}
		p.values = append(p.values, values)
		p.asked = append(p.asked, v.Asked)
	}
	p.at = make([]int, len(variables))
	p.state = make([]expr.Truth, len(variables))
	return p, true
}

func (p *product) meets(demands []Demand) bool {
	clear(p.state)
	for _, d := range demands {
		if !d.met(p) {
			return false
		}
	}
	return true
}

// next moves to another combination; false when all were tried.
func (p *product) next() bool {
	for i := range p.at {
		if p.at[i]++; p.at[i] < len(p.values[i]) {
			return true
		}
		p.at[i] = 0
	}
	return false
}

// Var answers the value of this combination, if it is collected.
func (p *product) Var(name string) (any, bool) {
	i, ok := p.index[name]
	if !ok || !p.collected(i) {
		return nil, false
	}
	return p.values[i][p.at[i]], true
}

func (p *product) collected(i int) bool {
	c := p.asked[i]
	if c == nil {
		return true
	}
	if p.state[i] == expr.Unknown {
		p.state[i] = expr.False // a ring of conditions collects nothing
		if Is(c, expr.True).met(p) {
			p.state[i] = expr.True
		}
	}
	return p.state[i] == expr.True
}

func (p *product) example() map[string]any {
	out := map[string]any{}
	for name := range p.index {
		if x, ok := p.Var(name); ok {
			out[name] = x
		}
	}
	return out
}

// renamed answers a program's names by those of the space.
type renamed struct {
	vars expr.Vars
	as   map[string]string
}

func (r renamed) Var(name string) (any, bool) { return r.vars.Var(r.as[name]) }
