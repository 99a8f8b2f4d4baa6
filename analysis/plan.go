package analysis

import (
	"slices"
	"strings"

	"varde/expr"
	"varde/instrument"
	"varde/protocol"
)

// plan is what the analysis needs of a protocol.
type plan struct {
	p         *protocol.Protocol
	program   func(src string) *expr.Program
	responder func(id string) *expr.Program
	form      func(id string) (*instrument.Compiled, bool)
}

func planOf(def *protocol.Definition) plan {
	return plan{p: &def.Protocol, program: def.Program, responder: def.ResponderProgram, form: def.Form}
}

// person is a subject with its values at hand.
type person struct {
	*Subject
	plan   plan
	group  int                   // column, -1 = none
	at     map[[2]string]*Record // visit, form -> last record
	latest map[string]*Record    // form -> last record
}

func newPerson(p plan, s *Subject) *person {
	x := &person{Subject: s, plan: p, group: -1, at: make(map[[2]string]*Record, len(s.Records)), latest: map[string]*Record{}}
	for i := range s.Records {
		rec := &s.Records[i]
		if old := x.at[[2]string{rec.Visit, rec.Form}]; old == nil || !newer(old, rec) {
			x.at[[2]string{rec.Visit, rec.Form}] = rec
		}
		if old := x.latest[rec.Form]; old == nil || !newer(old, rec) {
			x.latest[rec.Form] = rec
		}
	}
	return x
}

func newer(a, b *Record) bool {
	if !a.SavedAt.Equal(b.SavedAt) {
		return a.SavedAt.After(b.SavedAt)
	}
	return a.Repeat > b.Repeat
}

func (r *Record) value(id string) instrument.Value {
	if r == nil {
		return instrument.Value{}
	}
	return r.Answers.Get(id)
}

// value answers "form.id" (the latest), or "visit.form.id".
func (x *person) value(ref string) (instrument.Value, string, string) {
	parts := strings.Split(ref, ".")
	switch len(parts) {
	case 2:
		return x.latest[parts[0]].value(parts[1]), parts[0], parts[1]
	case 3:
		return x.at[[2]string{parts[0], parts[1]}].value(parts[2]), parts[1], parts[2]
	}
	return instrument.Value{}, "", ""
}

// beforeDose answers "form.id" as it stood last before the first dose; with a
// visit, at that visit. What was never recorded before it is taken from the
// first record: a characteristic entered late is still the same characteristic.
func (x *person) beforeDose(ref string) instrument.Value {
	parts := strings.Split(ref, ".")
	dose := x.FirstDose()
	if len(parts) != 2 || dose.IsZero() {
		v, _, _ := x.value(ref)
		return v
	}
	var before, after *Record
	for i := range x.Records {
		rec := &x.Records[i]
		if rec.Form != parts[0] || !rec.value(parts[1]).Given() {
			continue
		}
		if rec.SavedAt.After(dose) {
			if after == nil || newer(after, rec) {
				after = rec
			}
		} else if before == nil || !newer(before, rec) {
			before = rec
		}
	}
	if before == nil {
		before = after
	}
	return before.value(parts[1])
}

// score answers a number at a visit.
func (x *person) score(visit, ref string) (float64, bool) {
	v, _, _ := x.value(visit + "." + ref)
	return v.Float()
}

// Var implements expr.Vars: the collected values and the facts that do not
// depend on a moment.
func (x *person) Var(name string) (any, bool) {
	switch name {
	case "consent.given":
		return !x.Reached[protocol.Consented].IsZero(), true
	case "person.enrolled":
		return !x.Reached[protocol.Enrolled].IsZero(), true
	case "person.randomised":
		return !x.Reached[protocol.Randomised].IsZero(), true
	case "person.doses":
		return int64(x.Doses()), true
	case "treatment.stopped":
		return !x.Stopped.IsZero(), true
	}
	v, form, id := x.value(name)
	return x.plan.native(form, id, v)
}

// native answers a value as expressions see it.
func (p plan) native(form, id string, v instrument.Value) (any, bool) {
	if !v.Given() {
		return nil, false
	}
	c, ok := p.form(form)
	if !ok {
		return nil, false
	}
	n := c.Native(id, v)
	return n, n != nil
}

type answer int8

const (
	no answer = iota
	yes
	undecided
)

// in says whether a condition of the plan holds.
func (x *person) in(p plan, src string) answer {
	program := p.program(src)
	if program == nil {
		return undecided
	}
	truth, err := program.Test(x)
	switch {
	case err != nil || truth == expr.Unknown:
		return undecided
	case truth == expr.True:
		return yes
	}
	return no
}

// hides says that a form holds answers that were left out of the data.
func (r *run) hides(form string) bool {
	c, ok := r.plan.form(form)
	if !ok || len(r.ds.Hidden) == 0 {
		return false
	}
	return slices.ContainsFunc(c.Items, func(i instrument.Item) bool { return slices.Contains(r.ds.Hidden, i.Blinding) })
}

// formOf answers the form of "form.id" or "visit.form.id".
func formOf(ref string) string {
	parts := strings.Split(ref, ".")
	if len(parts) == 3 {
		return parts[1]
	}
	return parts[0]
}
