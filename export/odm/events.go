package odm

import (
	"fmt"
	"slices"
	"strings"

	"varde/bilingual"
	"varde/protocol"
	"varde/study"
)

// events writes the epochs as groups of study events in their order, the visits as
// study events with their forms, the logs as common events, and the milestones that
// windows count from.
func (b *builder) events() {
	flow := workflow{OID: "WF.STUDY", Name: "From epoch to epoch"}
	last := ""
	for _, e := range b.def.Epochs {
		g := eventGroup{OID: oid("SEG", e.ID), Name: e.ID, Epoch: oid("EP", e.ID), Description: both(e.Title)}
		for i := range b.def.Visits {
			v := &b.def.Visits[i]
			if v.Epoch != e.ID {
				continue
			}
			r := eventRef{OID: oid("SE", v.ID), Order: len(g.Events) + 1, Mandatory: yesNo(!v.Optional && v.When == "")}
			if v.When != "" {
				r.Except = b.condition("VISIT."+v.ID, v.When, true, nil, b.uses(v.When))
			}
			g.Events = append(g.Events, r)
		}
		if len(g.Events) == 0 {
			continue // a group without events is not valid
		}
		b.group(g)
		if last == "" {
			flow.Start.OID = g.OID
		} else {
			flow.Transitions = append(flow.Transitions, transition{OID: oid("TR", e.ID), Name: "To " + e.ID, Source: last, Target: g.OID, Start: b.milestones(e)})
		}
		last = g.OID
	}
	if len(flow.Transitions) > 0 {
		flow.End.OID = last
		b.meta.Workflows = append(b.meta.Workflows, flow)
		b.meta.Protocol.Workflow = &workflowRef{flow.OID}
		b.meta.Protocol.Structure.Flow = &workflowRef{flow.OID}
	}
	b.anchors()
	for i := range b.def.Visits {
		b.visit(&b.def.Visits[i])
	}
	b.logs()
}

func (b *builder) group(g eventGroup) {
	b.meta.EventGroups = append(b.meta.EventGroups, g)
	b.meta.Protocol.EventGroups = append(b.meta.Protocol.EventGroups, eventGroupRef{g.OID, len(b.meta.EventGroups), yesNo(g.Epoch != "")})
}

// milestones are what an epoch needs before it begins, as a condition.
func (b *builder) milestones(e protocol.Epoch) string {
	if len(e.Needs) == 0 {
		return ""
	}
	var names, reached []string
	var args []argument
	for _, m := range e.Needs {
		names = append(names, "milestone."+string(m))
		reached = append(reached, string(m))
		args = append(args, argument{"milestone." + string(m), "boolean"})
	}
	id := oid("COND", "EPOCH", e.ID)
	b.meta.Conditions = append(b.meta.Conditions, conditionDef{
		OID: id, Name: "EPOCH." + e.ID, Description: english("The epoch begins when reached: " + strings.Join(reached, ", ")),
		Signature: signature{args, []argument{{"result", "boolean"}}},
		Formal:    []expression{{"Varde milestones", strings.Join(names, " && ")}},
	})
	return id
}

// anchors are the milestones that windows count from.
func (b *builder) anchors() {
	for _, m := range protocol.Milestones {
		if slices.ContainsFunc(b.def.Visits, func(v protocol.Visit) bool { return v.Anchor == string(m) }) {
			b.meta.Events = append(b.meta.Events, event{OID: b.eventOID(string(m)), Name: string(m), Repeating: "No", Type: "Unscheduled", Category: "milestone",
				Description: english("The milestone " + string(m) + ": a moment that windows are counted from, with nothing to collect.")})
		}
	}
}

func (b *builder) visit(v *protocol.Visit) {
	e := event{OID: oid("SE", v.ID), Name: v.ID, Repeating: "No", Type: "Scheduled", Category: string(v.Kind), Comment: b.comment("SE."+v.ID, v.Provenance), Description: both(b.told(v))}
	seen := map[string]int{}
	add := func(form string, mandatory bool, except string) {
		if i, ok := seen[form]; ok {
			b.repeated[form] = true
			if mandatory {
				e.Groups[i].Mandatory = "Yes"
			}
			if except == "" || except != e.Groups[i].Except {
				e.Groups[i].Except = "" // due in more than one way
			}
			return
		}
		seen[form] = len(e.Groups)
		e.Groups = append(e.Groups, groupRef{OID: oid("FO", form), Order: len(e.Groups) + 1, Mandatory: yesNo(mandatory), Except: except})
	}
	for i, u := range v.Forms {
		except := ""
		if u.When != "" {
			except = b.condition(fmt.Sprintf("VISIT.%s.%s.%d", v.ID, u.Form, i+1), u.When, true, nil, b.uses(u.When))
		}
		b.repeated[u.Form] = b.repeated[u.Form] || u.Repeats
		add(u.Form, !u.Optional && u.When == "", except)
	}
	if v.Kind == protocol.Session && b.def.Dosing != nil {
		b.session(add)
	}
	e.Aliases = []alias{{"Varde visit", v.ID}}
	if v.Number > 0 || v.ID == "V0" {
		e.Aliases = append(e.Aliases, alias{"Visit number", fmt.Sprint(v.Number)})
	}
	b.meta.Events = append(b.meta.Events, e)
}

// session adds the forms of a dosing session.
func (b *builder) session(add func(form string, mandatory bool, except string)) {
	d := b.def.Dosing
	if len(d.Vitals.Sets) > 0 && d.Vitals.Form != "" {
		b.repeated[d.Vitals.Form] = b.repeated[d.Vitals.Form] || len(d.Vitals.Sets) > 1
		add(d.Vitals.Form, true, "")
	}
	for _, f := range d.Forms {
		add(f.Form, true, "")
	}
	for _, form := range []string{d.Solicited, d.Log, d.Discharge.Form} {
		if form != "" {
			add(form, form != d.Log, "")
		}
	}
	if d.Overnight != nil && d.Overnight.Form != "" {
		b.repeated[d.Overnight.Form] = true
		add(d.Overnight.Form, false, "")
	}
}

// told is the visit's title with what the schema has no element for: who holds it, and
// the timetable of a session.
func (b *builder) told(v *protocol.Visit) bilingual.Text {
	roles := func(list []string, lang string) string {
		names := make([]string, len(list))
		for i, r := range list {
			names[i] = study.RoleName(r).In(lang)
		}
		return strings.Join(names, ", ")
	}
	t := join(v.Title, bilingual.Text{EN: "By: " + roles(v.By, "en") + ".", NB: "Av: " + roles(v.By, "nb") + "."})
	if v.Kind != protocol.Session || b.def.Dosing == nil {
		return t
	}
	var en, nb []string
	line := func(title bilingual.Text, anchor protocol.SessionAnchor, offset, tolerance protocol.Duration) {
		en = append(en, fmt.Sprintf("%s (%s %s, within %s)", title.In("en"), anchor, after(offset), tolerance))
		nb = append(nb, fmt.Sprintf("%s (%s %s, innen %s)", title.In("nb"), anchor, after(offset), tolerance))
	}
	for _, s := range b.def.Dosing.Vitals.Sets {
		line(s.Title, s.Anchor, s.Offset, s.Tolerance)
	}
	for _, f := range b.def.Dosing.Forms {
		line(f.Title, f.Anchor, f.Offset, f.Tolerance)
	}
	if len(en) == 0 {
		return t
	}
	return join(t, bilingual.Text{EN: "Timetable: " + strings.Join(en, "; ") + ".", NB: "Tidsplan: " + strings.Join(nb, "; ") + "."})
}

func after(d protocol.Duration) string {
	if d < 0 {
		return d.String()
	}
	return "+" + d.String()
}

// logs are forms kept all through: common events that repeat.
func (b *builder) logs() {
	if len(b.def.Logs) == 0 {
		return
	}
	g := eventGroup{OID: "SEG.LOGS", Name: "logs", Description: both(bilingual.Text{EN: "Kept all through", NB: "Føres hele veien"})}
	for i, l := range b.def.Logs {
		id := oid("SE", "LOG", l.Form)
		g.Events = append(g.Events, eventRef{OID: id, Order: i + 1, Mandatory: "No"})
		b.meta.Events = append(b.meta.Events, event{OID: id, Name: "Log: " + l.Form, Repeating: "Yes", Type: "Common", Category: "log",
			Description: both(join(l.Title, bilingual.Text{EN: "From the milestone " + string(l.From) + " on.", NB: "Fra milepælen " + string(l.From) + "."})),
			Groups:      []groupRef{{OID: oid("FO", l.Form), Order: 1, Mandatory: "No"}}})
	}
	b.group(g)
}
