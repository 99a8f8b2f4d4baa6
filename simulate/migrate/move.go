package migrate

import (
	"maps"
	"slices"
	"strings"
	"time"

	"varde/expr"
	"varde/protocol"
	"varde/protocol/diff"
	"varde/simulate/dryrun"
	"varde/study"
)

// move is one participant under both versions.
type move struct {
	old, new      *protocol.Definition
	was, is       *study.State
	now           time.Time
	behind, ahead *dryrun.Guide
	effects       []Effect
}

func (m *move) tell(code, place string, w diff.Weight, breaks bool, t Text) {
	m.effects = append(m.effects, Effect{Code: code, Participant: m.was.ID, Status: string(m.was.Status()), Place: place, Breaks: breaks, Weight: w, Text: t})
}

func (m *move) compare() {
	m.answers()
	m.visitsHeld()
	m.life()
	m.doses()
	if m.was.Status().Gone() {
		return
	}
	m.consent()
	m.windows()
	m.eligible()
	m.tasks()
	m.stranded()
}

func (m *move) env(at time.Time) study.Env {
	return study.Env{Now: at, Actor: study.Actor{ID: "system", Role: "system"}}
}

// consent: whoever signed what the new version replaces signs anew.
func (m *move) consent() {
	if m.was.ConsentCurrent(m.old) && !m.is.ConsentCurrent(m.new) {
		m.tell(OwesConsent, "consent.documents", diff.Loud, false, text("consent again before anything more is done", "nytt samtykke før noe mer gjøres"))
	}
}

// visitsHeld: what took place must still mean something.
func (m *move) visitsHeld() {
	for i := range m.old.Visits {
		v, st := &m.old.Visits[i], m.was.Visits[i]
		if m.new.VisitIndex(v.ID) >= 0 {
			continue
		}
		switch {
		case !st.Held.IsZero():
			m.tell(VisitLost, "visits."+v.ID, diff.Error, true, text("%s was held on %s", "%s ble gjennomført %s", v.Title, study.DayOf(st.Held, m.was.Zone)))
		case st.Missed != "":
			m.tell(VisitLost, "visits."+v.ID, diff.Loud, false, text("%s was missed (%s)", "%s uteble (%s)", v.Title, st.Missed))
		case !st.Planned.IsZero() && !m.was.Status().Gone():
			m.tell(VisitLost, "visits."+v.ID, diff.Loud, false, text("%s has an appointment on %s, which falls away", "%s har en avtale %s, som faller bort", v.Title, study.DayOf(st.Planned, m.was.Zone)))
		}
	}
}

// life: status and milestones are what the same events tell under both.
func (m *move) life() {
	for _, k := range []protocol.Milestone{study.Prescreened, study.Consented, study.Eligible, study.Enrolled, study.Randomised, study.Completed} {
		if m.was.Reached[k].IsZero() || !m.is.Reached[k].IsZero() {
			continue
		}
		if k == study.Consented && !m.is.ConsentCurrent(m.new) && !m.was.Status().Gone() {
			continue // told as a consent that is owed
		}
		m.tell(MilestoneLost, string(k), diff.Error, !m.was.Status().Gone(), text("was reached on %s: %s", "ble nådd %s: %s", study.DayOf(m.was.Reached[k], m.was.Zone), study.MilestoneName(k)))
	}
	if a, b := m.was.Status(), m.is.Status(); a != b && !(b == study.StatusPrescreened && a == study.StatusScreening) {
		m.tell(StatusChanged, "status", diff.Error, true, text("%s becomes %s", "%s blir %s", study.StatusName(a), study.StatusName(b)))
	}
	if x := m.was.OpenSession(); x != nil {
		m.tell(InSession, "visits."+x.Visit, diff.Error, true, text("wait until the session is ended", "vent til økten er avsluttet"))
	}
}

func (m *move) doses() {
	for _, id := range sortedKeys(m.was.Sessions) {
		x := m.was.Sessions[id]
		for _, d := range []struct {
			step   string
			amount float64
			at     time.Time
		}{{"initial", x.Dose, x.DoseAt}, {"supplement", x.Supplement, x.SupplementAt}} {
			if d.at.IsZero() || allowed(m.new, id, d.step, d.amount) {
				continue
			}
			m.tell(DoseOutside, "dosing.doses."+id+"."+d.step, diff.Change, false, text("%g mg on %s", "%g mg %s", d.amount, study.DayOf(d.at, m.was.Zone)))
		}
	}
}

func allowed(def *protocol.Definition, visit, step string, amount float64) bool {
	return def.Dosing != nil && slices.ContainsFunc(def.Dosing.Doses, func(d protocol.DoseStep) bool {
		return d.Visit == visit && d.Step == step && slices.Contains(d.Amounts, amount)
	})
}

// windows of visits that are ahead.
func (m *move) windows() {
	before, after := study.Windows(m.old, m.was), study.Windows(m.new, m.is)
	today := study.DayOf(m.now, m.was.Zone)
	for j := range m.new.Visits {
		v := &m.new.Visits[j]
		i := m.old.VisitIndex(v.ID)
		if i < 0 || !m.was.Visits[i].Held.IsZero() || m.was.Visits[i].Missed != "" || !study.VisitExists(m.new, m.is, m.env(m.now), j) {
			continue
		}
		a, b := before[i], after[j]
		if !a.Known || !b.Known || a == b {
			continue
		}
		at := "visits." + v.ID
		m.tell(WindowMoved, at, diff.Change, false, text("%s: %s to %s, was %s to %s", "%s: %s til %s, var %s til %s", v.Title, b.Opens, b.Closes, a.Opens, a.Closes))
		if b.Firm && today > b.Closes && today <= a.Closes {
			m.tell(Overdue, at, diff.Loud, false, text("%s should have been held by %s", "%s skulle vært gjennomført innen %s", v.Title, b.Closes))
		}
		if p := m.was.Visits[i].Planned; !p.IsZero() && !m.was.Visits[i].Off {
			if day := study.DayOf(p, m.was.Zone); a.Contains(day) && !b.Contains(day) {
				m.tell(OutOfWindow, at, diff.Loud, false, text("%s is agreed for %s", "%s er avtalt %s", v.Title, day))
			}
		}
	}
}

// eligible: whoever passed a gate is not put out again, but it is told.
func (m *move) eligible() {
	for _, g := range m.new.Eligibility.Gates {
		if d, ok := m.was.Gates[g.ID]; !ok || !d.Passed {
			continue
		}
		was := map[string]expr.Truth{}
		for _, r := range study.Criteria(m.old, m.was, m.env(m.now), g.ID) {
			was[r.Criterion.ID+r.Criterion.Expr] = r.Truth
		}
		for _, r := range study.Criteria(m.new, m.is, m.env(m.now), g.ID) {
			before, same := was[r.Criterion.ID+r.Criterion.Expr]
			at := "eligibility.criteria." + r.Criterion.ID
			switch {
			case r.Truth == expr.False && !(same && before == expr.False):
				m.tell(NotEligible, at, diff.Loud, false, text("%s: %s", "%s: %s", r.Criterion.ID, r.Criterion.Text))
			case r.Truth == expr.Unknown && !same:
				m.tell(NotDecidable, at, diff.Change, false, text("%s needs %s", "%s trenger %s", r.Criterion.ID, strings.Join(r.Needs, ", ")))
			}
		}
	}
}

// tasks that come and go, and those of safety by themselves.
func (m *move) tasks() {
	list := func(def *protocol.Definition, s *study.State) map[string]study.Task {
		out := map[string]study.Task{}
		for _, t := range study.Tasks(def, s) {
			out[t.ID] = t
		}
		return out
	}
	before, after := list(m.old, m.was), list(m.new, m.is)
	for _, id := range sortedKeys(before) {
		if _, still := after[id]; still {
			continue
		}
		t := before[id]
		switch t.Kind {
		case study.TaskAlert, study.TaskAcknowledge:
			m.tell(AlertUnowned, id, diff.Error, true, text("%s", "%s", t.Title))
		case study.TaskReport:
			m.tell(ReportsChanged, "safety.clocks."+t.Ref, diff.Loud, true, text("is owed no longer: %s", "skyldes ikke lenger: %s", t.Title))
		default:
			m.tell(TasksChanged, id, diff.Change, false, text("falls away: %s", "faller bort: %s", t.Title))
		}
	}
	for _, id := range sortedKeys(after) {
		t := after[id]
		if _, had := before[id]; had {
			continue
		}
		if t.Kind == study.TaskReport {
			m.tell(ReportsChanged, "safety.clocks."+t.Ref, diff.Loud, false, text("is owed from now on: %s", "skyldes fra nå av: %s", t.Title))
			continue
		}
		m.tell(TasksChanged, id, diff.Change, false, text("comes: %s", "kommer: %s", t.Title))
	}
}

// stranded: nobody may be left without a way to the end who had one before.
func (m *move) stranded() {
	if m.is.OpenSession() != nil {
		return // told already
	}
	for _, stop := range []bool{false, true} {
		if stop && (m.was.Reached[study.Enrolled].IsZero() || !m.was.Stopped.IsZero()) {
			continue
		}
		now := m.now
		if m.is.Recorded.After(now) {
			now = m.is.Recorded
		}
		x := m.ahead.Forward(m.is, now, stop)
		if x == nil || m.behind.Forward(m.was, now, stop) != nil {
			continue
		}
		m.tell(Stranded, x.Subject, diff.Error, true, x.What)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
