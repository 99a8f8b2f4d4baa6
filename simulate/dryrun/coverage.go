package dryrun

import (
	"fmt"
	"reflect"
	"strings"

	"varde/expr"
	"varde/protocol"
	"varde/study"
)

// Branch is something that a participant's life can come to: a state, one outcome of a
// line of the protocol, or an answer of the rules.
type Branch struct {
	Key  string `json:"branch"` // such as "rule/sbp-hold/escalated"
	Of   string `json:"of"`     // group: "status", "visit", "gate", "check", ...
	Text Text   `json:"text"`
	// Grave: a protocol in which nobody ever comes here cannot be carried out as meant.
	Grave bool `json:"grave,omitempty"`
}

// branches are all of a protocol, in order.
type branches struct {
	list  []Branch
	index map[string]int
}

func newBranches(def *protocol.Definition) *branches {
	b := &branches{index: map[string]int{}}
	b.states(def)
	b.plan(def)
	b.decisions(def)
	b.session(def)
	b.safety(def)
	for _, k := range kinds {
		b.add("command/"+k.name+"/done", text("%s is carried out", "%s blir utført", k.name), false)
	}
	for _, code := range refusals {
		b.add("refusal/"+code, text("refused: %s", "avvist: %s", code), false)
	}
	return b
}

func (b *branches) add(key string, t Text, grave bool) {
	if _, twice := b.index[key]; twice {
		return
	}
	of, _, _ := strings.Cut(key, "/")
	b.index[key] = len(b.list)
	b.list = append(b.list, Branch{Key: key, Of: of, Text: t, Grave: grave})
}

func (b *branches) states(def *protocol.Definition) {
	for _, s := range study.Statuses {
		if s == study.StatusRandomised && def.Allocation == nil || s == study.StatusEligible && !gives(def, study.Eligible) {
			continue
		}
		b.add("status/"+string(s), text("status: %s", "status: %s", study.StatusName(s)), s == study.StatusCompleted)
	}
	for _, m := range []protocol.Milestone{study.Prescreened, study.Consented, study.Eligible, study.Enrolled, study.Randomised, study.Completed} {
		if m == study.Randomised && def.Allocation == nil || m == study.Eligible && !gives(def, m) {
			continue
		}
		b.add("milestone/"+string(m), text("reached: %s", "nådd: %s", study.MilestoneName(m)), true)
	}
}

func gives(def *protocol.Definition, m protocol.Milestone) bool {
	for _, g := range def.Eligibility.Gates {
		if g.Gives == m {
			return true
		}
	}
	return false
}

func (b *branches) plan(def *protocol.Definition) {
	for i := range def.Visits {
		v := &def.Visits[i]
		b.add("visit/"+v.ID+"/held", text("%q is held", "%q blir gjennomført", v.Title), true)
		b.add("visit/"+v.ID+"/missed", text("%q is missed", "%q uteblir", v.Title), false)
		b.add("visit/"+v.ID+"/in-window", text("%q is held in its window", "%q gjennomføres i vinduet", v.Title), true)
		b.add("visit/"+v.ID+"/out-of-window", text("%q is held out of its window", "%q gjennomføres utenfor vinduet", v.Title), false)
		if v.When != "" || v.Treatment {
			b.add("visit/"+v.ID+"/left-out", text("%q is not in somebody's plan", "%q er ikke i noens plan", v.Title), false)
		}
		for _, u := range v.Forms {
			if u.When != "" {
				b.add("form/"+v.ID+"/"+u.Form+"/asked", text("%q asks for %s", "%q ber om %s", v.Title, u.Form), true)
				b.add("form/"+v.ID+"/"+u.Form+"/not-asked", text("%q does not ask for %s", "%q ber ikke om %s", v.Title, u.Form), false)
			}
		}
	}
}

func (b *branches) decisions(def *protocol.Definition) {
	for _, g := range def.Eligibility.Gates {
		b.add("gate/"+g.ID+"/passed", text("%q is passed", "%q bestås", g.Title), true)
		for _, c := range def.Criteria(g.ID) {
			b.add("gate/"+g.ID+"/"+c.ID, text("%q is failed by %s: %s", "%q stryker på %s: %s", g.Title, c.ID, c.Text), false)
		}
	}
	for _, doc := range def.Consent.Documents {
		if doc.Valid {
			b.add("consent/"+doc.ID+"/given", text("%q is signed", "%q signeres", doc.Title), doc.Required)
			b.add("consent/"+doc.ID+"/withdrawn", text("%q is taken back", "%q trekkes", doc.Title), false)
		}
	}
	for _, r := range def.Withdrawal.Reasons {
		for _, how := range []string{"withdrawn", "stopped", "consent"} {
			b.add("leaving/"+how+"/"+r.ID, text("leaving (%s): %s", "slutter (%s): %s", how, r.Text), false)
		}
	}
}

func (b *branches) session(def *protocol.Definition) {
	d := def.Dosing
	if d == nil {
		return
	}
	for _, c := range d.Checks {
		b.add("check/"+c.ID+"/go", text("go: %s", "klar: %s", c.Text), true)
		b.add("check/"+c.ID+"/no-go", text("no-go: %s", "ikke klar: %s", c.Text), false)
		if c.Override {
			b.add("check/"+c.ID+"/overridden", text("overridden: %s", "overstyrt: %s", c.Text), false)
		}
	}
	for _, x := range d.Doses {
		for _, a := range x.Amounts {
			b.add(fmt.Sprintf("dose/%s/%s/%g", x.Visit, x.Step, a), text("%s: %s dose of %g mg", "%s: %s-dose på %g mg", x.Visit, x.Step, a), x.Step == "initial" && len(x.Amounts) == 1)
		}
		if x.Step == "supplement" {
			for _, how := range []string{"given", "withheld", "declined"} {
				b.add("checkpoint/"+x.Visit+"/"+how, text("%s: supplement %s", "%s: tillegg %s", x.Visit, how), false)
			}
		}
	}
	for _, c := range d.Checkpoint.Withhold {
		b.add("withhold/"+c.ID, text("supplement withheld: %s", "tillegg holdt tilbake: %s", c.Text), false)
	}
	for _, r := range d.Rules {
		b.add("rule/"+r.ID+"/breached", text("passed: %s", "passert: %s", r.Text), true)
		b.add("rule/"+r.ID+"/acknowledged", text("answered: %s", "besvart: %s", r.Text), true)
		b.add("rule/"+r.ID+"/escalated", text("unanswered, and the next was called: %s", "ubesvart, og den neste ble kalt: %s", r.Text), false)
	}
	for _, c := range d.Discharge.Checks {
		b.add("discharge/"+c.ID+"/kept", text("kept at the gate: %s", "holdt igjen ved porten: %s", c.Text), false)
	}
	for _, to := range []string{"home", "overnight", "hospital"} {
		b.add("discharged/"+to, text("discharged: %s", "utskrevet: %s", to), to == "home")
	}
}

func (b *branches) safety(def *protocol.Definition) {
	for _, id := range sortedKeys(def.Instruments) {
		for _, a := range def.Instruments[id].Alerts {
			b.add("alert/"+id+"/"+a.ID+"/raised", text("called: %s", "kalt: %s", a.Text), true)
			b.add("alert/"+id+"/"+a.ID+"/closed", text("followed up: %s", "fulgt opp: %s", a.Text), false)
		}
	}
	for _, k := range def.Safety.Clocks {
		b.add("clock/"+k.ID+"/started", text("report owed: %s", "rapport skyldig: %s", k.Text), true)
		b.add("clock/"+k.ID+"/met", text("report made: %s", "rapport sendt: %s", k.Text), false)
		b.add("clock/"+k.ID+"/overdue", text("report overdue: %s", "rapport forsinket: %s", k.Text), false)
	}
}

// marks are the branches that one life came to.
type marks struct {
	of   *branches
	seen []bool
	hit  []int // in the order in which they came
}

func newMarks(b *branches) *marks { return &marks{of: b, seen: make([]bool, len(b.list))} }

func (m *marks) at(key string) {
	if i, ok := m.of.index[key]; ok && !m.seen[i] {
		m.seen[i] = true
		m.hit = append(m.hit, i)
	}
}

func (m *marks) command(cmd study.Command, r *study.Refusal) {
	if r == nil {
		m.at("command/" + nameOf(cmd) + "/done")
		return
	}
	m.at("refusal/" + r.Code)
}

func nameOf(cmd study.Command) string { return reflect.TypeOf(cmd).Name() }

// happened marks what a command on the participant brought.
func (m *marks) happened(l *life, before *study.State, events []study.Event) {
	m.at("status/" + string(l.s.Status()))
	for _, e := range events {
		switch d := e.Data.(type) {
		case study.VisitHeld:
			m.held(l, before, e, d.Visit)
		case study.VisitMissed:
			m.at("visit/" + d.Visit + "/missed")
		case study.ConsentGiven:
			m.at("consent/" + d.Document + "/given")
		case study.ConsentWithdrawn:
			m.at("consent/" + d.Document + "/withdrawn")
			m.at("leaving/consent/" + d.Reason)
		case study.EligibilityDecided:
			if d.Passed {
				m.at("gate/" + d.Gate + "/passed")
			}
			for _, c := range d.Failed {
				m.at("gate/" + d.Gate + "/" + c)
			}
		case study.ParticipantWithdrawn:
			m.at("leaving/withdrawn/" + d.Reason)
		case study.TreatmentStopped:
			m.at("leaving/stopped/" + d.Reason)
		case study.AlertRaised:
			m.at("alert/" + d.Form + "/" + d.Alert + "/raised")
		case study.AlertClosed:
			for _, a := range l.s.Alerts {
				if a.ID == d.ID {
					m.at("alert/" + a.Form + "/" + a.Alert + "/closed")
				}
			}
		case study.DutyDone:
			m.at("clock/" + d.Clock + "/met")
		default:
			m.inSession(l, e)
		}
	}
	for k := range l.s.Reached {
		if before == nil || before.Reached[k].IsZero() {
			m.at("milestone/" + string(k))
		}
	}
}

func (m *marks) held(l *life, before *study.State, e study.Event, visit string) {
	m.at("visit/" + visit + "/held")
	i := l.w.def.VisitIndex(visit)
	if w := study.Windows(l.w.def, before)[i]; w.Contains(study.DayOf(e.At, l.zone())) {
		m.at("visit/" + visit + "/in-window")
	} else if w.Known {
		m.at("visit/" + visit + "/out-of-window")
	}
}

func (m *marks) inSession(l *life, e study.Event) {
	switch d := e.Data.(type) {
	case study.SessionChecked:
		for id, yes := range d.Answers {
			if yes {
				m.at("check/" + id + "/go")
			} else {
				m.at("check/" + id + "/no-go")
			}
		}
		for _, o := range d.Overrides {
			m.at("check/" + o.Check + "/overridden")
		}
	case study.DoseGiven:
		m.at(fmt.Sprintf("dose/%s/%s/%g", d.Visit, d.Step, d.Amount))
	case study.SupplementDecided:
		m.at("checkpoint/" + d.Visit + "/" + d.Decision)
	case study.RuleBreached:
		m.at("rule/" + d.Rule + "/breached")
	case study.BreachAcknowledged:
		m.at("rule/" + l.ruleOf(d.Visit, d.ID) + "/acknowledged")
	case study.BreachEscalated:
		m.at("rule/" + l.ruleOf(d.Visit, d.ID) + "/escalated")
	case study.ParticipantDischarged:
		m.at("discharged/" + d.To)
	}
}

func (l *life) ruleOf(visit, breach string) string {
	if x := l.s.Sessions[visit]; x != nil {
		for _, b := range x.Breaches {
			if b.ID == breach {
				return b.Rule
			}
		}
	}
	return ""
}

// plan marks which conditional visits and forms the participant's plan has now.
func (m *marks) plan(l *life) {
	if l.s == nil {
		return
	}
	env := l.env(study.Actor{ID: "system", Role: "system"}, 0)
	for i := range l.w.def.Visits {
		v := &l.w.def.Visits[i]
		if (v.When != "" || v.Treatment) && !study.VisitExists(l.w.def, l.s, env, i) {
			m.at("visit/" + v.ID + "/left-out")
		}
		conditional := false
		for _, u := range v.Forms {
			conditional = conditional || u.When != ""
		}
		if !conditional || l.s.Visits[i].Held.IsZero() {
			continue
		}
		asked := map[string]bool{}
		for _, f := range study.VisitForms(l.w.def, l.s, env, i) {
			asked[f.Use.Form] = true
		}
		for _, u := range v.Forms {
			if asked[u.Form] {
				m.at("form/" + v.ID + "/" + u.Form + "/asked")
			} else {
				m.at("form/" + v.ID + "/" + u.Form + "/not-asked")
			}
		}
	}
}

// clocks marks which reports are owed and overdue.
func (m *marks) clocks(l *life, tasks []study.Task) {
	for _, t := range tasks {
		if t.Kind == study.TaskReport {
			m.at("clock/" + t.Ref + "/started")
			if t.Overdue(l.now) {
				m.at("clock/" + t.Ref + "/overdue")
			}
		}
	}
}

// refused marks the lines of a list that kept something from happening.
func (m *marks) refused(l *life, x Step, r *study.Refusal) {
	if l.s == nil || l.w.def.Dosing == nil {
		return
	}
	env := l.env(x.Actor, x.Lot)
	switch c := x.Command.(type) {
	case study.DecideSupplement:
		if r.Code != "withhold" && r.Code != "withhold-unknown" {
			return
		}
		for _, w := range study.WithholdReasons(l.w.def, l.s, env, c.Visit) {
			if w.ByPerson && c.Answers[w.Check.ID] || !w.ByPerson && w.Truth == expr.True {
				m.at("withhold/" + w.Check.ID)
			}
		}
	case study.Discharge:
		if id, line := strings.CutPrefix(r.Field, "answers."); line {
			m.at("discharge/" + id + "/kept")
		}
		if r.Code != "discharge-gate" {
			return
		}
		for _, t := range study.DischargeFaults(l.w.def, l.s, env, c.Visit, c.Adult) {
			for _, line := range l.w.def.Dosing.Discharge.Checks {
				if line.Text == t {
					m.at("discharge/" + line.ID + "/kept")
				}
			}
		}
	}
}
