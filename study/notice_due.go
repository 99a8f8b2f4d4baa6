package study

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/protocol"
)

// What is due when: one rule for each kind of notice.

// How long before and after. No protocol sets them: they are how people are usually
// reminded, chosen here, and written in docs/messaging.md.
const (
	beforeVisit   = 24 * time.Hour
	beforeSession = 72 * time.Hour
	lastCall      = time.Hour // closer to an appointment a reminder is of no use

	messageAfter = 10 * time.Minute // whoever is reading already needs no notice
	messageAgain = 24 * time.Hour   // between notices while messages stay unread
	messageLasts = 7 * 24 * time.Hour

	daysChecked = 7 // days after a dose with a check each

	formAgainDays = 2
	consentDays   = 3
)

// CheckForm is the log that is kept on the days after a dose, by convention.
const CheckForm = "daycheck"

// visits: a day before each appointment, for a session three days before as well. An
// appointment that is moved is another one: it is told again.
func (p *noticePlan) visits() {
	for i := range p.s.Visits {
		st, v := &p.s.Visits[i], &p.def.Visits[i]
		if st.Planned.IsZero() || !st.Held.IsZero() || st.Missed != "" || !p.now.Before(st.Planned) || !VisitExists(p.def, p.s, Env{Now: p.s.Recorded}, i) {
			continue
		}
		ref := v.ID + "/" + st.Planned.UTC().Format(appointmentForm)
		near := Notice{Kind: NoticeVisitSoon, Ref: ref, Due: st.Planned.Add(-beforeVisit), Until: st.Planned.Add(-lastCall)}
		if v.Kind == protocol.Session {
			near.Kind = NoticeSessionTomorrow
			p.add(draft{Notice: Notice{Kind: NoticeVisitSoon, Ref: ref, Due: st.Planned.Add(-beforeSession), Until: near.Due}, evening: true})
		}
		p.add(draft{Notice: near, evening: true})
	}
}

// messages: what the team wrote and the participant has not read; one notice for all
// that came within a day.
func (p *noticePlan) messages() {
	var told time.Time
	for i := range p.s.Messages {
		m := &p.s.Messages[i]
		if m.Own || !m.Read.IsZero() || !told.IsZero() && m.At.Before(told.Add(messageAgain)) {
			continue
		}
		told = m.At
		p.add(draft{Notice: Notice{Kind: NoticeMessage, Ref: m.ID, Due: m.At.Add(messageAfter), Until: m.At.Add(messageLasts)}})
	}
}

// daysAfter: the daily check, while the day's is not filled in.
func (p *noticePlan) daysAfter() {
	if !slices.ContainsFunc(p.def.Logs, func(l protocol.Log) bool { return l.Form == CheckForm && !p.s.Reached[l.From].IsZero() }) {
		return
	}
	done := map[Day]bool{}
	for _, f := range p.s.Records("", CheckForm) {
		done[DayOf(f.At(), p.s.Zone)] = true
	}
	for visit, x := range p.s.Sessions {
		if x.DoseAt.IsZero() {
			continue
		}
		first := DayOf(x.DoseAt, p.s.Zone)
		for n := Day(1); n <= daysChecked; n++ {
			if !done[first+n] {
				p.add(draft{Notice: Notice{Kind: NoticeDayAfter, Ref: fmt.Sprintf("%s/%d", visit, n), Due: p.morning(first + n), Until: (first + n + 1).Start(p.s.Zone)}})
			}
		}
	}
}

// consents: a document that waits for a signature, at most twice. What somebody has
// taken back, they are not asked for.
func (p *noticePlan) consents() {
	if p.s.Reached[Prescreened].IsZero() || p.s.Prescreen != nil && !p.s.Prescreen.Passed {
		return
	}
	for i := range p.def.Consent.Documents {
		d := &p.def.Consent.Documents[i]
		given, asked := p.s.Consents[d.ID]
		if !d.Required || !d.Valid || !given.Withdrawn.IsZero() || p.s.Signed[d.ID].PVersion == d.Version ||
			asked && (given.Version == d.Version || !slices.Contains(d.Supersedes, given.Version)) {
			continue
		}
		first := p.morning(DayOf(later(p.s.Reached[Prescreened], given.At), p.s.Zone) + 1)
		again := p.morning(DayOf(first, p.s.Zone) + consentDays)
		p.twice(NoticeConsent, d.ID+"/"+d.Version, first, again, p.morning(DayOf(again, p.s.Zone)+consentDays))
		return // one document after the other: the page shows them all
	}
}

// twice plans a notice and one more.
func (p *noticePlan) twice(kind, ref string, first, again, end time.Time) {
	p.add(draft{Notice: Notice{Kind: kind, Ref: ref + "/1", Due: first, Until: again}})
	p.add(draft{Notice: Notice{Kind: kind, Ref: ref + "/2", Due: again, Until: end}})
}

// questionnaires: what the participant fills in of a visit that was held, or of a visit
// at a distance whose window is open; the next morning, and once more two days later.
func (p *noticePlan) questionnaires() {
	windows := Windows(p.def, p.s)
	env := Env{Now: p.s.Recorded}
	for i := range p.def.Visits {
		v, st := &p.def.Visits[i], &p.s.Visits[i]
		var from, closes Day
		switch {
		case !st.Held.IsZero():
			from = DayOf(st.Held, p.s.Zone) + 1
			closes = from + 2*formAgainDays
		case v.Kind == protocol.Remote && st.Missed == "" && windows[i].Firm && orderFault(p.def, p.s, i) == nil:
			from, closes = windows[i].Opens, windows[i].Closes
		default:
			continue
		}
		end := closes.End(p.s.Zone)
		if !p.now.Before(end) || !VisitExists(p.def, p.s, env, i) || !p.owes(i, env) {
			continue
		}
		again := p.morning(from + formAgainDays)
		if again.After(end) {
			again = end
		}
		p.twice(NoticeQuestionnaire, v.ID, p.morning(from), again, end)
	}
}

// owes says that a form of the visit is the participant's to fill in, and is not done.
func (p *noticePlan) owes(i int, env Env) bool {
	for _, f := range VisitForms(p.def, p.s, env, i) {
		place, ok := PlaceOf(p.def, p.def.Visits[i].ID, f.Use.Form)
		if ok && !place.Session && !f.Use.Optional && place.Form.Respondent == instrument.ByParticipant && !f.State.Complete() {
			return true
		}
	}
	return false
}

// appointmentForm is how a notice's Ref names the appointment, after the visit.
const appointmentForm = "2006-01-02T15:04Z"

// AppointmentOf answers when the appointment is that a notice is about.
func AppointmentOf(n Notice) (time.Time, error) {
	_, at, _ := strings.Cut(n.Ref, "/")
	return time.Parse(appointmentForm, at)
}
