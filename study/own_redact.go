package study

import (
	"varde/instrument"
	"varde/protocol"
)

// What participants write is theirs. It stands in no state that leaves for anybody
// but whose words it takes: there even a seal is left out, for it tells nobody
// anything, and is another in every run.

// Words says how much of the diary and the messages a reader may know of. What they
// say is opened from the vault, and never through a state.
type Words uint8

const (
	NoWords   Words = iota // that there are any is not shown
	TeamWords              // messages, and the entries that are shared
	AllWords               // the participant's own
)

// RedactWords answers the state with the diary and messages that a reader may know of.
func RedactWords(s *State, may Words) *State {
	if len(s.Diary) == 0 && len(s.Messages) == 0 {
		return s
	}
	n := *s
	n.Diary, n.Messages = nil, nil
	if may == NoWords {
		return &n
	}
	for _, x := range s.Diary {
		if x.Shared || may == AllWords {
			x.Sealed = ""
			n.Diary = append(n.Diary, x)
		}
	}
	for _, m := range s.Messages {
		m.Sealed = ""
		n.Messages = append(n.Messages, m)
	}
	return &n
}

// PrivateWords says that the event is a diary entry that is not shared: at the site
// nobody is told that it was written.
func PrivateWords(e Event) bool {
	d, ok := e.Data.(DiaryWritten)
	return ok && !d.Shared
}

// RedactWordsEvent answers the event without the seal of what somebody wrote.
func RedactWordsEvent(e Event) Event {
	switch d := e.Data.(type) {
	case DiaryWritten:
		d.Sealed = ""
		e.Data = d
	case MessageSent:
		d.Sealed = ""
		e.Data = d
	case ConcernRaised:
		d.Sealed, d.Who = "", ""
		e.Data = d
	case ConcernAnswered:
		d.Sealed = ""
		e.Data = d
	}
	return e
}

// OwnView answers the state as the participant themselves may see it: their course,
// consents, the forms that they fill in, what they wrote. Of what others noted about
// them nothing, and of what blinding keeps from them nothing.
func OwnView(def *protocol.Definition, s *State, sees Sees) *State {
	const role = "participant"
	n := Only(def, s, role, "", sees)
	n.Channel, n.Prescreen, n.Doses = s.Channel, s.Prescreen, s.Doses
	n.Consents, n.Signed = s.Consents, s.Signed
	n.Stopped, n.StopReason, n.Left, n.LeftReason, n.Lost, n.Done = s.Stopped, s.StopReason, s.Left, s.LeftReason, s.Lost, s.Done
	n.Diary, n.Messages = s.Diary, s.Messages
	if s.Prescreen != nil && !s.Prescreen.Passed {
		n.Prescreen = &PersonPrescreened{} // why is told in person
	}
	if s.Failure != nil {
		n.Failure = &EligibilityDecided{Gate: s.Failure.Gate}
	}
	for id, f := range s.Latest {
		if own := n.Forms[f.Key]; own != nil {
			n.Latest[id] = own
		}
	}
	for _, a := range s.Alerts {
		p, ok := PlaceOf(def, a.Visit, a.Form)
		if a.Form == "" && a.Alert == WishToLeave || ok && contains(p.Roles, role) {
			a.Action = "" // what the team noted is the team's
			n.Alerts = append(n.Alerts, a)
		}
	}
	if sees(instrument.Revealing) {
		for visit, x := range s.Sessions {
			n.Sessions[visit] = ownSession(x)
		}
	}
	return RedactWords(n, AllWords)
}

// ownSession is a session as the participant lived it: when it was, and what they
// took. Who noted what about them is the team's.
func ownSession(x *SessionState) *SessionState {
	return &SessionState{Visit: x.Visit, Pair: x.Pair, Started: x.Started, DoseAt: x.DoseAt, Dose: x.Dose, Decision: x.Decision, DecidedAt: x.DecidedAt,
		Supplement: x.Supplement, SupplementAt: x.SupplementAt, Discharged: x.Discharged, To: x.To, Ended: x.Ended}
}

// ReadableDiary answers the entries, with their seals, that a reader may have opened.
func ReadableDiary(s *State, may Words) []DiaryEntry {
	var out []DiaryEntry
	for _, x := range s.Diary {
		if may == AllWords || may == TeamWords && x.Shared {
			out = append(out, x)
		}
	}
	return out
}

// WithoutKit answers the event without the number of a kit, which with the pharmacy's
// list would tell the arm.
func WithoutKit(e Event) Event {
	switch d := e.Data.(type) {
	case ParticipantRandomised:
		d.Kit = "–"
		e.Data = d
	case TwoPersonConfirmed:
		if d.Kit != "" {
			d.Kit = "–"
		}
		e.Data = d
	}
	return e
}
