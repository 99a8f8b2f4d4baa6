package usdm

import (
	"fmt"
	"slices"
	"strings"

	"varde/protocol"
)

// sessionActivity is the activity that runs the timeline of a dosing session.
const sessionActivity = "dosing_session"

// timelines are the main one, with an instance a visit and a milestone that visits are
// counted from, and where there is dosing, that of a session.
func (w *writer) timelines(epochs []object) []object {
	d := w.def
	epoch := map[string]string{}
	for i, e := range d.Epochs {
		epoch[e.ID] = epochs[i].id()
	}
	instances := []object{}
	for _, m := range protocol.Milestones {
		gate := slices.IndexFunc(d.Eligibility.Gates, func(g protocol.Gate) bool { return g.Gives == m })
		counted := slices.ContainsFunc(d.Visits, func(v protocol.Visit) bool { return v.Anchor == string(m) })
		if gate < 0 && !counted {
			continue
		}
		o := w.instant(string(m), "Milestone: "+string(m), "")
		if gate >= 0 {
			g := d.Eligibility.Gates[gate]
			o = w.extend(o, "gate", g.ID, "gate.en", g.Title.EN, "gate.nb", g.Title.NB, "by", strings.Join(g.By, ","))
		}
		instances, w.instance[string(m)] = append(instances, o), o.id()
	}
	for i := range d.Visits {
		o := w.visitInstance(&d.Visits[i], epoch)
		instances, w.instance[d.Visits[i].ID] = append(instances, o), o.id()
	}
	out := []object{w.timeline("main", "Visits", true, "A person is referred", w.timings(), instances)}
	if s := w.sessionTimeline(); s != nil {
		out = append(out, s)
	}
	for _, l := range d.Logs {
		out = append(out, w.log(l))
	}
	return out
}

// timeline runs through its instances in their order.
func (w *writer) timeline(name, label string, main bool, begins string, timings, instances []object) object {
	exit := w.object("ScheduleTimelineExit")
	entry := ""
	for i := range instances {
		if i == 0 {
			entry = instances[i].id()
		}
		if i+1 < len(instances) {
			instances[i].set("defaultConditionId", instances[i+1].id())
		} else {
			instances[i].set("timelineExitId", exit.id())
		}
	}
	return w.object("ScheduleTimeline", "name", name, "label", label, "description", nil, "mainTimeline", main, "entryCondition", begins, "entryId", entry,
		"exits", []object{exit}, "timings", timings, "instances", instances, "plannedDuration", nil)
}

// log is a form kept all through: a timeline of its own that begins whenever there is
// something to record, as the published example has it for adverse events.
func (w *writer) log(l protocol.Log) object {
	o := w.instant("log_"+l.Form, en(l.Title), w.activity[l.Form])
	t := w.timing("log_"+l.Form, "C201358", 0, "at once", o.id(), o.id(), nil, nil, nil)
	return w.timeline("log_"+l.Form, en(l.Title), false, "From "+string(l.From)+" on, whenever there is something to record", []object{t}, []object{o})
}

// instant is an instance without an encounter.
func (w *writer) instant(name, label, activity string) object {
	activities := []string{}
	if activity != "" {
		activities = append(activities, activity)
	}
	return w.object("ScheduledActivityInstance", "name", name, "label", label, "description", nil, "defaultConditionId", nil, "epochId", nil, "timelineId", nil,
		"timelineExitId", nil, "activityIds", activities, "encounterId", nil)
}

func (w *writer) timing(name, kind string, offset protocol.Duration, label, from, to string, lower, upper, window any) object {
	return w.object("Timing", "name", name, "label", name, "description", nil, "type", w.known(kind), "value", period(offset), "valueLabel", label, "relativeToFrom", w.known("C201355"),
		"relativeFromScheduledInstanceId", from, "relativeToScheduledInstanceId", to, "windowLower", lower, "windowUpper", upper, "windowLabel", window)
}

// direction is whether an offset lies after or before what it is counted from.
func direction(offset protocol.Duration) string {
	if offset < 0 {
		return "C201357"
	}
	return "C201356"
}

// visitInstance is one visit in the timeline, with its forms as activities.
func (w *writer) visitInstance(v *protocol.Visit, epoch map[string]string) object {
	activities, extra := []string{}, []string{}
	if v.Kind == protocol.Session && w.def.Dosing != nil {
		activities = append(activities, w.activity[sessionActivity])
	}
	for _, u := range v.Forms {
		id := w.activity[u.Form]
		if id == "" || slices.Contains(activities, id) {
			continue
		}
		activities = append(activities, id)
		use := flags("optional", u.Optional, "repeats", u.Repeats)
		if u.By != "" {
			use = strings.Trim(use+",by="+u.By, ",")
		}
		extra = append(extra, "use."+u.Form, use, "when."+u.Form, u.When)
	}
	return w.extend(w.object("ScheduledActivityInstance", "name", v.ID, "label", en(v.Title), "description", nil, "defaultConditionId", nil, "epochId", epoch[v.Epoch], "timelineId", nil,
		"timelineExitId", nil, "activityIds", activities, "encounterId", fmt.Sprintf("Encounter_%d", w.def.VisitIndex(v.ID)+1)), extra...)
}

// timings of the visits and of the milestones that a gate gives. A milestone that
// nothing gives is a fixed point.
func (w *writer) timings() []object {
	out := []object{}
	for _, m := range protocol.Milestones {
		id, ok := w.instance[string(m)]
		if !ok {
			continue
		}
		to, kind := id, "C201358"
		if i := slices.IndexFunc(w.def.Eligibility.Gates, func(g protocol.Gate) bool { return g.Gives == m }); i >= 0 && w.instance[w.def.Eligibility.Gates[i].At] != "" {
			to, kind = w.instance[w.def.Eligibility.Gates[i].At], "C201356"
		}
		out = append(out, w.timing(string(m), kind, 0, "at once", id, to, nil, nil, nil))
	}
	for i := range w.def.Visits {
		v := &w.def.Visits[i]
		out = append(out, w.timing(v.ID, direction(v.Offset), v.Offset, v.Offset.String()+" after "+v.Anchor, w.instance[v.ID], w.instance[v.Anchor], period(v.Before), period(v.After), fmt.Sprintf("%s to %s", v.Before, v.After)))
	}
	return out
}

// encounters are the visits as meetings. Their ids are those that the instances name.
func (w *writer) encounters(main object) []object {
	timing := map[string]string{} // visit -> Timing
	for _, m := range main {
		if list, ok := m.value.([]object); ok && m.key == "timings" {
			for _, t := range list {
				name, _ := t[2].value.(string)
				timing[name] = t.id()
			}
		}
	}
	out := []object{}
	for i := range w.def.Visits {
		v := &w.def.Visits[i]
		settings, modes := []object{}, []object{}
		switch v.Kind {
		case protocol.Phone:
			modes = append(modes, w.known("C171537"))
		case protocol.Remote:
			modes = append(modes, w.ours("video", "Video"))
		case protocol.Rating:
			modes = append(modes, w.ours("rating", "Assessment by an independent rater"))
		default:
			settings, modes = append(settings, w.known("C51282")), append(modes, w.known("C175574"))
		}
		number := ""
		if v.Number > 0 {
			number = fmt.Sprint(v.Number)
		}
		minutes := ""
		if v.Minutes > 0 {
			minutes = fmt.Sprint(v.Minutes)
		}
		out = append(out, w.extend(w.object("Encounter", "name", v.ID, "label", en(v.Title), "description", nil, "type", w.known("C25716"), "previousId", nil, "nextId", nil, "scheduledAtId", timing[v.ID],
			"environmentalSettings", settings, "contactModes", modes, "transitionStartRule", nil, "transitionEndRule", nil, "notes", []object{}),
			"nb", v.Title.NB, "kind", string(v.Kind), "number", number, "by", strings.Join(v.By, ","), "minutes", minutes, "needs", strings.Join(v.Needs, ","), "when", v.When,
			"flags", flags("overnight", v.Overnight, "recorded", v.Recorded, "hides", v.Hides, "optional", v.Optional, "treatment", v.Treatment)))
	}
	return chain(out)
}

// sessionTimeline is the timetable of a dosing session.
func (w *writer) sessionTimeline() object {
	d := w.def.Dosing
	if d == nil || len(d.Vitals.Sets)+len(d.Forms) == 0 {
		return nil
	}
	instances, timings := []object{}, []object{}
	anchor := map[protocol.SessionAnchor]string{}
	due := func(id, title, form string, a protocol.SessionAnchor, offset, tolerance protocol.Duration) {
		if anchor[a] == "" {
			o := w.instant("moment_"+string(a), "Moment: "+string(a), "")
			instances, anchor[a] = append(instances, o), o.id()
			timings = append(timings, w.timing("moment_"+string(a), "C201358", 0, "at once", o.id(), o.id(), nil, nil, nil))
		}
		o := w.instant(id, title, w.activity[form])
		instances = append(instances, o)
		timings = append(timings, w.timing(id, direction(offset), offset, offset.String()+" after "+string(a), o.id(), anchor[a], "P0D", period(tolerance), nil))
	}
	for _, s := range d.Vitals.Sets {
		due(s.ID, en(s.Title), d.Vitals.Form, s.Anchor, s.Offset, s.Tolerance)
	}
	for _, f := range d.Forms {
		due(f.ID, en(f.Title), f.Form, f.Anchor, f.Offset, f.Tolerance)
	}
	t := w.timeline("session", "Dosing session", false, "A dosing session is started", timings, instances)
	w.session = t.id()
	return t
}
