package simulate

import (
	"time"

	"varde/protocol"
	"varde/study"
)

// medicine is one that must be tapered before dosing.
type medicine struct {
	name    string
	washout study.Day
	last    study.Day // last intake, once known
	repeat  int       // its record
	stopped bool
}

// washed says that the washout is over.
func (m *medicine) washed(now time.Time, zone *time.Location) bool {
	return m.stopped && study.DayOf(now, zone) >= m.last+m.washout
}

// medicines records, at the first gate's visit, what the person takes. Four in
// ten take something that must be tapered; that is only begun where a later gate
// waits for it.
func (p *person) medicines(v *protocol.Visit) {
	gates := p.w.def.Eligibility.Gates
	if len(gates) == 0 || v.ID != gates[0].At || p.w.def.Safety.Medication == "" {
		return
	}
	log := p.w.def.Safety.Medication
	if len(gates) > 1 && p.rng.yes(.4) {
		if row := p.toTaper(); row != nil {
			m := &medicine{name: one(p.rng, row.Examples), washout: study.Day(row.Washout.Days())}
			values := given("name", m.name, "indication", one(p.rng, []string{"Depression", "Post-traumatic stress", "Anxiety", "Sleep"}), "ongoing", true,
				"decision", "taper", "decision_reason", "To be tapered with the prescriber before the first dose")
			if p.log(log, "", "physician", values) {
				m.repeat = p.state.Repeats[study.FormKey{Form: log}]
				p.medicine = m
			}
		}
	}
	for _, name := range []string{"cetirizine", "levothyroxine", "paracetamol", "vitamin D", "ibuprofen"} {
		if p.rng.yes(.12) {
			p.log(log, "", "physician", given("name", name, "decision", "accept"))
		}
	}
}

// toTaper draws a row of the interaction table that is stopped within four weeks.
func (p *person) toTaper() *protocol.Interaction {
	var rows []*protocol.Interaction
	for i := range p.w.def.Interactions {
		x := &p.w.def.Interactions[i]
		if x.Severity == "H" && x.Washout.Days() >= 3 && x.Washout.Days() <= 14 && len(x.Examples) > 0 {
			rows = append(rows, x)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return one(p.rng, rows)
}

// taper begins when the person is found eligible.
func (p *person) taper() {
	if p.medicine == nil || p.medicine.stopped {
		return
	}
	p.medicine.last = study.DayOf(p.w.now, p.c.zone) + study.Day(p.rng.between(5, 12))
	p.at(p.clock(p.medicine.last+1, 10, p.rng.IntN(60)), func() {
		m, log := p.medicine, p.w.def.Safety.Medication
		f := p.state.Form("", log, m.repeat)
		if f == nil {
			return
		}
		last := day(p, p.clock(m.last, 12, 0))
		m.stopped = p.do("physician", study.SaveForm{On: p.on(), Form: log, Repeat: m.repeat, Version: f.Version, Reason: "tapered as agreed with the prescriber",
			Items: given("ongoing", false, "stop", last, "last_intake", last, "decision", "stop")})
	})
}

// clearBy answers the first day on which the visit may be held for the sake of the
// washout: a gate when it is over, and the visits that lead up to it two weeks before.
func (p *person) clearBy(v *protocol.Visit) study.Day {
	m := p.medicine
	if m == nil || m.last == 0 {
		return 0
	}
	if p.w.model.gates[v.ID] {
		return m.last + m.washout + 1
	}
	return m.last + m.washout - 13
}
