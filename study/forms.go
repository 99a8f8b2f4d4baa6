package study

import (
	"slices"

	"varde/expr"
	"varde/instrument"
	"varde/protocol"
)

// Place is where a form may be filled in, and by whom.
type Place struct {
	Form     *instrument.Compiled
	Visit    *protocol.Visit // nil for a log
	Roles    []string
	Repeats  bool
	Optional bool
	Session  bool // belongs to the dosing session of the visit
}

// PlaceOf finds a form's place in the protocol; ok is false when it has none there.
func PlaceOf(def *protocol.Definition, visit, form string) (Place, bool) {
	c, ok := def.Form(form)
	if !ok {
		return Place{}, false
	}
	if visit == "" {
		for _, l := range def.Logs {
			if l.Form == form {
				return Place{Form: c, Roles: withParticipant(c, l.By), Repeats: true, Optional: true}, true
			}
		}
		return Place{}, false
	}
	v, ok := def.Visit(visit)
	if !ok {
		return Place{}, false
	}
	p := Place{Form: c, Visit: v}
	for _, u := range v.Forms {
		if u.Form == form {
			p.Roles = fillers(c, v, u.By)
			p.Repeats, p.Optional = u.Repeats || c.Repeats, u.Optional
			p.Session = v.Kind == protocol.Session && isSessionForm(def, form)
			p.Repeats = p.Repeats || p.Session && repeatsInSession(def, form)
			return p, true
		}
	}
	if v.Kind == protocol.Session && isSessionForm(def, form) {
		p.Roles, p.Session = fillers(c, v, ""), true
		if isNightForm(def, form) {
			for _, role := range def.Dosing.Overnight.By {
				if !slices.Contains(p.Roles, role) {
					p.Roles = append(p.Roles, role)
				}
			}
		}
		p.Repeats = c.Repeats || repeatsInSession(def, form)
		return p, true
	}
	return Place{}, false
}

func fillers(c *instrument.Compiled, v *protocol.Visit, by string) []string {
	if by != "" {
		return withParticipant(c, []string{by})
	}
	if c.Respondent == instrument.ByRater {
		return []string{"rater"}
	}
	roles := slices.Clone(v.By)
	if v.Kind != protocol.Rating && !slices.Contains(roles, "coordinator") {
		roles = append(roles, "coordinator")
	}
	return withParticipant(c, roles)
}

func withParticipant(c *instrument.Compiled, roles []string) []string {
	if c.Respondent == instrument.ByParticipant && !slices.Contains(roles, "participant") {
		return append(slices.Clone(roles), "participant")
	}
	return roles
}

func isSessionForm(def *protocol.Definition, form string) bool {
	d := def.Dosing
	if d == nil {
		return false
	}
	if form == d.Vitals.Form || form == d.Solicited || form == d.Log || form == d.Discharge.Form || isNightForm(def, form) {
		return true
	}
	return slices.ContainsFunc(d.Forms, func(f protocol.SessionForm) bool { return f.Form == form })
}

// isNightForm says that the attendant fills in the form in the night.
func isNightForm(def *protocol.Definition, form string) bool {
	return def.Dosing != nil && def.Dosing.Overnight != nil && def.Dosing.Overnight.Form == form
}

// repeatsInSession: a form that the timetable asks for more than once is kept as
// one record each time.
func repeatsInSession(def *protocol.Definition, form string) bool {
	if form == def.Dosing.Vitals.Form {
		return true
	}
	n := 0
	for _, f := range def.Dosing.Forms {
		if f.Form == form {
			n++
		}
	}
	return n > 1
}

// DueForm is a form that a visit of this participant asks for.
type DueForm struct {
	Use   protocol.FormUse
	State *FormState // nil when nothing is saved
}

// VisitForms answers the forms of a visit for this participant, in order.
func VisitForms(def *protocol.Definition, s *State, env Env, i int) []DueForm {
	v := &def.Visits[i]
	vars := NewVars(def, s, env, "")
	vars.here = v.ID
	out := make([]DueForm, 0, len(v.Forms))
	for _, u := range v.Forms {
		if u.When != "" {
			if t, err := def.Program(u.When).Test(vars); err != nil || t != expr.True {
				continue
			}
		}
		out = append(out, DueForm{u, s.Forms[FormKey{v.ID, u.Form, s.Repeats[FormKey{Visit: v.ID, Form: u.Form}]}]})
	}
	return out
}
