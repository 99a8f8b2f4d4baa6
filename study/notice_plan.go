package study

import (
	"cmp"
	"slices"
	"time"

	"varde/protocol"
)

// Kinds of notices to a participant.
const (
	NoticeVisitSoon       = "visit-soon"       // an appointment tomorrow, a session in three days
	NoticeSessionTomorrow = "session-tomorrow" // with what to remember, behind sign-in
	NoticeQuestionnaire   = "questionnaire"
	NoticeMessage         = "message"
	NoticeDayAfter        = "day-after" // the daily check on the days after a dose
	NoticeConsent         = "consent"
)

// NoticeKinds in the order in which they go before others when a day is full.
var NoticeKinds = []string{NoticeSessionTomorrow, NoticeVisitSoon, NoticeMessage, NoticeDayAfter, NoticeConsent, NoticeQuestionnaire}

// MostNoticesADay bounds what one person is sent in one day of theirs. It is our own
// choice: an appointment, the day's check and a message may meet; more is a nuisance.
const MostNoticesADay = 3

// morningHour is when what belongs to a day, and to no hour, is sent.
const morningHour = 10

// draft is a notice before quiet hours and the bound of a day are looked at.
type draft struct {
	Notice
	evening bool // may come the evening before rather than not at all
}

// Notices answers what a participant should be told from now on, soonest first: each
// with the moment it is sent, which is never a quiet one, and after which it says
// nothing any more. What was sent or has failed for good is not among them. Nothing is
// planned for somebody who has left or finished, who never said how they want to be
// reached, or who cannot be.
//
// now is the moment it is asked for. What depends on what happens until then (a visit
// is held, a form filled in) drops out when it has.
func Notices(def *protocol.Definition, s *State, r *NoticeRecord, now time.Time) []Notice {
	if s == nil || r == nil || r.Wished.IsZero() || s.Status().Gone() || s.Zone == nil || r.Channel(NoticeVisitSoon, nil) == "" {
		return nil
	}
	quiet, fault := QuietOf(r.Wishes)
	if fault != nil {
		return nil // no such wish is ever written
	}
	p := &noticePlan{def: def, s: s, r: r, now: now, quiet: quiet, full: map[Day]int{}}
	for _, n := range r.Sent {
		p.full[DayOf(n.At, s.Zone)]++
	}
	p.visits()
	p.messages()
	p.daysAfter()
	p.consents()
	p.questionnaires()
	return p.placed()
}

type noticePlan struct {
	def    *protocol.Definition
	s      *State
	r      *NoticeRecord
	now    time.Time
	quiet  Quiet
	drafts []draft
	full   map[Day]int // how many a day holds already
}

// add keeps a notice that is not over and was not dealt with.
func (p *noticePlan) add(d draft) {
	if p.now.Before(d.Until) && d.Due.Before(d.Until) && !p.r.Ended(d.Kind, d.Ref) {
		p.drafts = append(p.drafts, d)
	}
}

// placed gives each notice its moment, the more important ones first.
func (p *noticePlan) placed() []Notice {
	slices.SortStableFunc(p.drafts, func(a, b draft) int {
		return cmp.Or(cmp.Compare(slices.Index(NoticeKinds, a.Kind), slices.Index(NoticeKinds, b.Kind)), a.Due.Compare(b.Due), cmp.Compare(a.Ref, b.Ref))
	})
	out := make([]Notice, 0, len(p.drafts))
	for _, d := range p.drafts {
		if at, ok := p.place(d); ok {
			d.Due = at
			p.full[DayOf(at, p.s.Zone)]++
			out = append(out, d.Notice)
		}
	}
	slices.SortStableFunc(out, func(a, b Notice) int { return a.Due.Compare(b.Due) })
	return out
}

// place finds a moment for a notice, none when there is none before it is over.
func (p *noticePlan) place(d draft) (time.Time, bool) {
	at := later(d.Due, p.now)
	if t := p.r.Try(d.Kind, d.Ref); t.Try > 0 {
		at = later(at, t.Next)
	}
	for at.Before(d.Until) {
		moved := p.quiet.End(at, p.s.Zone)
		if !moved.Before(d.Until) && d.evening {
			moved = p.quiet.Before(at, p.s.Zone)
			if moved.Before(p.now) {
				return time.Time{}, false
			}
		}
		if !moved.Before(d.Until) {
			return time.Time{}, false
		}
		day := DayOf(moved, p.s.Zone)
		if p.full[day] < MostNoticesADay {
			return moved, true
		}
		d.evening = false // only forward from here
		at = p.morning(day + 1)
	}
	return time.Time{}, false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// morning is ten o'clock of a day at the participant's.
func (p *noticePlan) morning(d Day) time.Time {
	y, m, n := time.Unix(int64(d)*86400, 0).UTC().Date()
	return time.Date(y, m, n, morningHour, 0, 0, 0, p.s.Zone)
}
