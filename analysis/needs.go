package analysis

import (
	"strings"

	"varde/protocol"
)

// Needs is which values of which forms a protocol's plan rests on, by form and then
// item or score. A dataset that holds these gives the same result as one that holds
// everything, in a fraction of the memory.
type Needs map[string]map[string]bool

// NeedsOf reads them out of the plan: endpoints, responders, the baseline table,
// populations and subgroups.
func NeedsOf(def *protocol.Definition) Needs {
	n := Needs{}
	a := &def.Analysis
	forms := map[string]string{} // endpoint -> form
	for _, e := range a.Endpoints {
		n.add(def, e.Score)
		forms[e.ID], _, _ = strings.Cut(e.Score, ".")
	}
	for _, r := range a.Responders {
		if p := def.ResponderProgram(r.ID); p != nil {
			for _, name := range p.Uses() {
				n.add(def, forms[r.Endpoint]+"."+name)
			}
		}
	}
	for _, b := range a.Baseline {
		n.add(def, b.Value)
	}
	for _, e := range a.Estimands {
		for _, x := range e.Events {
			for _, ref := range x.From {
				n.add(def, ref)
			}
		}
	}
	p := planOf(def)
	for _, form := range p.forms() {
		if c, ok := def.Form(form); ok && limited(p, c) {
			for _, i := range c.Items {
				n.add(def, form+"."+i.ID)
			}
			for _, s := range c.Scores {
				n.add(def, form+"."+s.ID)
			}
		}
	}
	var exprs []string
	for _, p := range a.Populations {
		exprs = append(exprs, p.Expr)
	}
	for _, s := range a.Subgroups {
		exprs = append(exprs, s.Expr)
	}
	for _, src := range exprs {
		if p := def.Program(src); p != nil {
			for _, name := range p.Uses() {
				n.add(def, name)
			}
		}
	}
	return n
}

// add takes in "form.id" or "visit.form.id"; other names are facts.
func (n Needs) add(def *protocol.Definition, name string) {
	parts := strings.Split(name, ".")
	if len(parts) == 3 {
		parts = parts[1:]
	}
	if len(parts) != 2 {
		return
	}
	if _, ok := def.Form(parts[0]); !ok {
		return
	}
	if n[parts[0]] == nil {
		n[parts[0]] = map[string]bool{}
	}
	n[parts[0]][parts[1]] = true
}
