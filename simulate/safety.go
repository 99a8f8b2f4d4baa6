package simulate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// event is an adverse event about to be recorded.
type event struct {
	term     string
	severity string
	severe   bool
	serious  bool
	onset    time.Time
	end      time.Time // zero = it lasts
	relation string
	interest string
	pleasant bool
}

// drawEvents puts the events on the agenda that may come at any time.
func (p *person) drawEvents() {
	m := p.w.model
	span := 100.0
	if o := m.sim.Outcomes; len(o) > 0 {
		span = max(30, m.days[o[0].Visits[len(o[0].Visits)-1]]-m.days[o[0].Visits[0]])
	}
	for i := range m.sim.AdverseEvents {
		e := &m.sim.AdverseEvents[i]
		if e.When != "any" || !p.rng.yes(m.rate(e.Rates, p.arm)) {
			continue
		}
		p.at(p.office(p.w.now.Add(p.rng.days(4, span))), func() {
			severity := p.severity(e)
			p.adverse(event{term: e.Term, severity: severity, severe: severity == "severe", serious: p.rng.yes(e.Serious), onset: p.w.now.Add(-p.rng.days(.2, 2)),
				relation: p.rng.weighted(map[string]float64{"unlikely": .4, "possible": .5, "probable": .1}), interest: interest(e.Term)})
		})
	}
}

func (p *person) severity(e *protocol.SimAdverse) string {
	switch {
	case p.rng.yes(e.Severe):
		return "severe"
	case p.rng.yes(.25):
		return "moderate"
	}
	return "mild"
}

func interest(term string) string {
	t := strings.ToLower(term)
	switch {
	case strings.Contains(t, "suicid"):
		return "suicidality"
	case strings.Contains(t, "palpitation"), strings.Contains(t, "qt"), strings.Contains(t, "arrhythm"):
		return "cardiac"
	}
	return "none"
}

// each answers the chance in one of several sessions that gives the share having it
// at least once in all of them.
func each(share float64, sessions int) float64 {
	return 1 - math.Pow(1-min(share, .9999), 1/float64(sessions))
}

// sessionEvents draws which events come in this session, by place in the model's list.
func (p *person) sessionEvents() []int { return p.drawHits("session", p.w.model.sessions) }

func (p *person) drawHits(when string, times int) []int {
	var out []int
	for i := range p.w.model.sim.AdverseEvents {
		e := &p.w.model.sim.AdverseEvents[i]
		if e.When == when && p.rng.yes(each(p.w.model.rate(e.Rates, p.arm), times)) {
			out = append(out, i)
		}
	}
	return out
}

// solicitSession fills in the closed list at the end of a session.
func (p *person) solicitSession(s *sitting, use protocol.FormUse) {
	if len(p.state.Records(s.v.ID, use.Form)) > 0 {
		return
	}
	from := s.state().DoseAt
	p.list(s.v, use, s.by(), s.hits, from, p.w.now)
}

// solicit fills in the closed list for the time after a session.
func (p *person) solicit(v *protocol.Visit, use protocol.FormUse) {
	p.list(v, use, "", p.drawHits("week-after", p.w.model.weekAfter), p.w.now.Add(-6*24*time.Hour), p.w.now)
}

// list answers every line of the closed list, and records what was told there as
// adverse events.
func (p *person) list(v *protocol.Visit, use protocol.FormUse, role string, hits []int, from, to time.Time) {
	form, ok := p.w.def.Form(use.Form)
	if !ok {
		return
	}
	values := study.Values{}
	for i := range form.Items {
		if item := &form.Items[i]; item.Type == instrument.Boolean {
			values[item.ID] = instrument.BoolValue(false)
		}
	}
	var told []event
	span := to.Sub(from)
	for _, h := range hits {
		e := &p.w.model.sim.AdverseEvents[h]
		onset := from.Add(time.Duration(.6 * p.rng.Float64() * float64(span))).Truncate(time.Minute)
		end := onset.Add(time.Duration((.1 + .3*p.rng.Float64()) * float64(span))).Truncate(time.Minute)
		severity := p.severity(e)
		if item, ok := form.Item(e.Item); ok && e.Item != "" {
			values[item.ID] = instrument.BoolValue(true)
			values[item.ID+"_severity"] = instrument.StringValue(severity)
			values[item.ID+"_onset"] = moment(p, onset)
			values[item.ID+"_end"] = moment(p, end)
			for _, part := range []string{"_severity", "_onset", "_end"} {
				if _, ok := form.Item(item.ID + part); !ok {
					delete(values, item.ID+part)
				}
			}
		}
		told = append(told, event{term: e.Term, severity: severity, serious: p.rng.yes(e.Serious), onset: onset, end: end, interest: interest(e.Term),
			relation: p.rng.weighted(map[string]float64{"possible": .4, "probable": .45, "definite": .15}),
			pleasant: slices.Contains([]string{"euphoria", "feeling_high", "mood_elevation", "relaxed"}, e.Item)})
	}
	if !p.save(v.ID, use, "", role, values) {
		return
	}
	for k, e := range told {
		p.always(p.w.now.Add(time.Duration(2*k+2)*time.Minute), func() { p.adverse(e) })
	}
}

// adverse records an event. One that is not over is followed up.
func (p *person) adverse(e event) {
	if e.severity == "" {
		e.severity = "moderate"
		if e.severe {
			e.severity = "severe"
		}
	}
	valence := "unpleasant"
	if e.pleasant {
		valence = "pleasant"
	}
	v := given("term", e.term, "onset", moment(p, e.onset), "severity", e.severity, "relation", e.relation, "serious", e.serious, "valence", valence, "interest", []string{e.interest})
	open := e.end.IsZero()
	if open {
		v["outcome"] = instrument.StringValue("recovering")
	} else {
		v["end"] = moment(p, e.end)
		v["outcome"] = instrument.StringValue("recovered")
	}
	if e.serious {
		v["criteria"] = instrument.ListValue("hospital")
		v["expected"] = instrument.BoolValue(false)
	}
	role := "therapist"
	if e.serious {
		role = "physician"
	}
	log := p.w.def.Safety.Form
	if !p.log(log, "", role, v) {
		return
	}
	number := p.state.Repeats[study.FormKey{Form: log}]
	if open {
		p.always(p.office(p.w.now.Add(p.rng.days(3, 10))), func() { p.recover(number) })
	}
	if e.serious && strings.Contains(strings.ToLower(e.term), "suicid") {
		p.at(p.office(p.w.now.Add(p.rng.days(.5, 2))), func() { p.stop("adverse-event") })
	}
	p.look()
}

// recover records that an event is over.
func (p *person) recover(number int) {
	log := p.w.def.Safety.Form
	f := p.state.Form("", log, number)
	if f == nil || f.Values["end"].Given() {
		return
	}
	p.do("physician", study.SaveForm{On: p.on(), Form: log, Repeat: number, Version: f.Version, Reason: "followed up until it was over",
		Items: given("end", moment(p, p.w.now.Add(-12*time.Hour)), "outcome", "recovered")})
}

// report makes a safety report that is due.
func (p *person) report(t study.Task) {
	p.do("physician", study.DoDuty{On: p.on(), Clock: t.Ref, Repeat: t.Repeat, Reference: fmt.Sprintf("%s/%s/%d", p.id, t.Ref, t.Repeat)})
}

func (p *person) answerAlert(id string) {
	for _, a := range p.state.Alerts {
		if a.ID == id && a.Closed.IsZero() {
			p.do("physician", study.CloseAlert{On: p.on(), ID: id, Action: one(p.rng, []string{
				"Called at once: safe, no plan, safety plan gone through", "Seen by the physician: no acute risk", "Talked with the participant and next of kin: follow-up call tomorrow"})})
		}
	}
}

// stop ends treatment; follow-up goes on.
func (p *person) stop(reason string) {
	if !p.state.Stopped.IsZero() || p.state.Reached[study.Enrolled].IsZero() {
		return
	}
	if p.state.OpenSession() != nil {
		p.at(p.w.now.Add(24*time.Hour), func() { p.stop(reason) })
		return
	}
	if p.do("physician", study.StopTreatment{On: p.on(), Reason: p.reason(reason)}) {
		p.look()
	}
}

// drawLeaving draws whether and when the person leaves: the protocol's shares by
// arm. Beside them, some stop treatment and stay in follow-up.
func (p *person) drawLeaving() {
	m := p.w.model
	u, sum := p.rng.Float64(), 0.0
	for k, share := range m.dropout(p.arm) {
		sum += share
		if p.leaves == 0 && u < sum {
			p.leaves = k + 1
		}
	}
	const staying = .3 // stop treatment for every one who leaves; our own
	if p.leaves == 0 && p.rng.yes(staying*sum) {
		p.at(p.office(p.w.now.Add(p.rng.days(10, 70))), func() {
			p.stop(p.rng.weighted(map[string]float64{"no-benefit": .3, "adverse-event": .3, "burden": .4}))
		})
	}
	if p.leaves == 1 {
		p.maybeLeave(0)
	}
}

// maybeLeave puts leaving on the agenda once the visit before it has been held.
func (p *person) maybeLeave(visit int) {
	if p.leaves == 0 || visit != p.leaves-1 {
		return
	}
	m := p.w.model
	o := m.sim.Outcomes[0]
	gap := max(2, m.days[o.Visits[visit+1]]-m.days[o.Visits[visit]])
	if visit == 0 {
		gap = max(2, m.days[o.Visits[1]]-m.days[o.Visits[0]]-8)
	}
	p.at(p.office(p.w.now.Add(p.rng.days(.1*gap, .75*gap))), p.goAway)
}

func (p *person) goAway() {
	if p.state.OpenSession() != nil {
		p.at(p.w.now.Add(20*time.Hour), p.goAway)
		return
	}
	reason := p.rng.weighted(map[string]float64{"own-wish": .3, "no-benefit": .2, "burden": .25, "moved": .1, "arm-disappointment": .15})
	switch p.rng.weighted(map[string]float64{"withdraws": .6, "takes back": .1, "lost": .3}) {
	case "lost":
		p.do("coordinator", study.Lose{On: p.on(), Attempts: p.rng.between(3, 6)})
	case "takes back":
		for _, d := range p.w.def.Consent.Documents {
			if c := p.state.Consents[d.ID]; d.Required && !c.At.IsZero() && c.Withdrawn.IsZero() {
				p.do("physician", study.WithdrawConsent{On: p.on(), Document: d.ID, Reason: p.reason(reason)})
				return
			}
		}
	default:
		p.do("coordinator", study.Withdraw{On: p.on(), Reason: p.reason(reason)})
	}
}
