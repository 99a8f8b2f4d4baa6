package study

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"varde/protocol"
)

// Evolve answers the state after the event. The old state stays as it was.
func Evolve(def *protocol.Definition, s *State, e Event) *State {
	n := s.clone()
	n.apply(def, e)
	return n.made()
}

// Replay answers the state after all events, from nothing.
func Replay(def *protocol.Definition, events []Event) *State {
	s := newState(def)
	for i := range events {
		s.apply(def, events[i])
	}
	return s
}

// Builder folds events one by one without keeping the states between, for
// rebuilding many participants in one pass.
type Builder struct {
	def *protocol.Definition
	s   *State
}

// NewBuilder starts from nothing.
func NewBuilder(def *protocol.Definition) *Builder { return &Builder{def, newState(def)} }

// Add takes the event into account.
func (b *Builder) Add(e Event) { b.s.apply(b.def, e) }

// State answers the state so far; nothing may be added afterwards.
func (b *Builder) State() *State { return b.s }

func newState(def *protocol.Definition) *State {
	return &State{
		Zone:     time.UTC,
		Reached:  map[protocol.Milestone]time.Time{},
		Gates:    map[string]EligibilityDecided{},
		Consents: map[string]ConsentState{},
		Visits:   make([]VisitState, len(def.Visits)),
		Forms:    map[FormKey]*FormState{},
		Repeats:  map[FormKey]int{},
		Latest:   map[string]*FormState{},
		Sessions: map[string]*SessionState{},
		Duties:   map[string]time.Time{},
		records:  map[touchKey]touched{},
	}
}

// part names what a state shares with the one it was made from until it is changed.
type part uint16

const (
	partReached part = 1 << iota
	partGates
	partConsents
	partVisits
	partForms
	partRepeats
	partLatest
	partQueries
	partAlerts
	partSessions
	partDuties
	partSignatures
	partRecords
	partAll = 1<<iota - 1
)

// clone answers a state to which events can be applied. What the maps and slices
// point to is never changed in place, only replaced; they themselves are copied
// when they are first changed (own).
func (s *State) clone() *State {
	n := *s
	n.Deviations = s.Deviations[:len(s.Deviations):len(s.Deviations)]
	n.shared = partAll
	return &n
}

// own copies what is about to be changed, once.
func (s *State) own(p part) {
	if s.shared&p == 0 {
		return
	}
	s.shared &^= p
	switch p {
	case partReached:
		s.Reached = maps.Clone(s.Reached)
	case partGates:
		s.Gates = maps.Clone(s.Gates)
	case partConsents:
		s.Consents = maps.Clone(s.Consents)
	case partVisits:
		s.Visits = slices.Clone(s.Visits)
	case partForms:
		s.Forms = maps.Clone(s.Forms)
	case partRepeats:
		s.Repeats = maps.Clone(s.Repeats)
	case partLatest:
		s.Latest = maps.Clone(s.Latest)
	case partQueries:
		s.Queries = slices.Clone(s.Queries)
	case partAlerts:
		s.Alerts = slices.Clone(s.Alerts)
	case partSessions:
		s.Sessions = maps.Clone(s.Sessions)
	case partDuties:
		s.Duties = maps.Clone(s.Duties)
	case partSignatures:
		s.Signatures = slices.Clone(s.Signatures)
	case partRecords:
		s.records = maps.Clone(s.records)
	}
}

// made says that the state is complete: nothing will be changed in it any more.
func (s *State) made() *State {
	s.shared = 0
	return s
}

func (s *State) apply(def *protocol.Definition, e Event) {
	s.Version = e.Version
	s.Recorded = e.Recorded
	switch d := e.Data.(type) {
	case PersonReferred:
		s.ID, s.Site, s.Language, s.Channel = d.Participant, d.Site, d.Language, d.Channel
		s.Zone = zone(d.TimeZone)
		s.own(partReached)
		s.Reached[Referred] = e.At
	case PersonPrescreened:
		s.Prescreen = &d
		if d.Passed {
			s.reach(Prescreened, e.At)
		} else {
			s.Out = e.At
		}
	case ConsentGiven:
		s.own(partConsents)
		s.Consents[d.Document] = ConsentState{Document: d.Document, Version: d.PVersion, At: e.At, Signed: s.confirmed(d)}
		s.bar(d.Obtained, BarConsent)
		if s.ConsentCurrent(def) {
			s.reach(Consented, e.At)
		}
	case ConsentWithdrawn:
		c := s.Consents[d.Document]
		c.Document, c.Withdrawn, c.Reason = d.Document, e.At, d.Reason
		s.own(partConsents)
		s.Consents[d.Document] = c
		s.unsign(d.Document)
	case EligibilityDecided:
		s.own(partGates)
		s.Gates[d.Gate] = d
		if !d.Passed {
			s.Failure, s.Out = &d, e.At
		} else if g, ok := def.Gate(d.Gate); ok {
			s.reach(g.Gives, e.At)
		}
	case ParticipantRandomised:
		s.Kit, s.Stratum = d.Kit, d.Stratum
		s.reach(Randomised, e.At)
	case TreatmentStopped:
		s.Stopped, s.StopReason = e.At, d.Reason
	case ParticipantWithdrawn:
		s.Left, s.LeftReason = e.At, d.Reason
	case ParticipantLost:
		s.Left, s.Lost, s.LeftReason = e.At, true, "lost"
	case ParticipantCompleted:
		s.Done = e.At
		s.reach(Completed, e.At)
	case DutyDone:
		s.own(partDuties)
		s.Duties[dutyKey(d.Clock, d.Repeat)] = e.At
	case DeviationRaised:
		s.Deviations = append(s.Deviations, Deviation{d, e.At})
		if i := def.VisitIndex(d.Visit); i >= 0 && d.Code == DeviationWindowPassed {
			s.own(partVisits)
			s.Visits[i].Closed = true
		}
	case VisitPlanned:
		if i := def.VisitIndex(d.Visit); i >= 0 {
			s.own(partVisits)
			s.Visits[i].planned(d, e.Recorded)
		}
	case VisitHeld:
		if i := def.VisitIndex(d.Visit); i >= 0 {
			s.own(partVisits)
			s.Visits[i].Held, s.Visits[i].By, s.Visits[i].Missed = e.At, d.By, ""
			s.barHolders(&def.Visits[i], d.By, e)
		}
	case VisitMissed:
		if i := def.VisitIndex(d.Visit); i >= 0 {
			s.own(partVisits)
			s.Visits[i].Missed = d.Reason
		}
	case FormSaved:
		s.saveForm(def, e, FormKey{d.Visit, d.Form, d.Repeat}, d.Items, d.Slot)
	case FormCorrected:
		s.saveForm(def, e, FormKey{d.Visit, d.Form, d.Repeat}, d.Items, "")
	case QueryRaised:
		s.own(partQueries)
		s.Queries = append(s.Queries, Query{QueryRaised: d, Raised: e.At})
	case QueryClosed:
		s.own(partQueries)
		for i := range s.Queries {
			if s.Queries[i].ID == d.ID {
				s.Queries[i].Closed, s.Queries[i].Answer, s.Queries[i].By = e.At, d.Answer, e.Actor
			}
		}
	case AlertRaised:
		s.own(partAlerts)
		s.Alerts = append(s.Alerts, AlertState{AlertRaised: d, At: e.At})
	case AlertClosed:
		s.own(partAlerts)
		for i := range s.Alerts {
			if s.Alerts[i].ID == d.ID {
				s.Alerts[i].Closed, s.Alerts[i].Action = e.At, d.Action
			}
		}
	case RecordSigned:
		s.addSignature(d, e)
	case UnblindingAsked, UnblindingConfirmed, UnblindingNoted:
		s.applyUnblinding(e)
	case RaterDrawn, BlindnessStated:
		s.applyRating(e)
	case ConsentSigned, ConsentUnsigned, DiaryWritten, DiaryShared, MessageSent, MessagesRead:
		s.applyOwn(e)
	default:
		s.applySession(e)
	}
	s.callOff(def, e)
	s.touch(e)
}

func (s *State) reach(m protocol.Milestone, at time.Time) {
	if s.Reached[m].IsZero() {
		s.own(partReached)
		s.Reached[m] = at
	}
}

func (s *State) saveForm(def *protocol.Definition, e Event, key FormKey, items Values, slot string) {
	c, ok := def.Form(key.Form)
	if !ok {
		return
	}
	n := &FormState{Key: key, Slot: slot, SavedAt: e.At, By: e.Actor}
	if old := s.Forms[key]; old != nil {
		*n = *old
		n.Values = make(Values, len(old.Values)+len(items))
		maps.Copy(n.Values, old.Values)
		maps.Copy(n.Values, items)
	} else {
		n.Values = items
	}
	n.Version++
	n.tip = e.Version
	if e.Actor != n.By && !contains(n.also, e.Actor) {
		n.also = append(n.also[:len(n.also):len(n.also)], e.Actor)
	}
	n.Changed = e.Recorded
	n.decided(def, e, items)
	n.Scores = c.Score(n.Values)
	n.Missing = c.Missing(n.Values)
	s.own(partForms)
	s.Forms[key] = n
	if key.Repeat > 0 {
		top := FormKey{Visit: key.Visit, Form: key.Form}
		s.own(partRepeats)
		s.Repeats[top] = max(s.Repeats[top], key.Repeat)
	}
	if l := s.Latest[key.Form]; l == nil || l.Key == key || !n.SavedAt.Before(l.SavedAt) {
		s.own(partLatest)
		s.Latest[key.Form] = n
	}
}

// withoutHalf answers a new list without the check's.
func withoutHalf(halves []HalfCheck, check string) []HalfCheck {
	var out []HalfCheck
	for _, h := range halves {
		if h.Check != check {
			out = append(out, h)
		}
	}
	return out
}

func (s *State) applySession(e Event) {
	on := func(visit string, change func(*SessionState)) {
		n := SessionState{Visit: visit}
		if old := s.Sessions[visit]; old != nil {
			n = *old
		}
		change(&n)
		s.own(partSessions)
		s.Sessions[visit] = &n
	}
	switch d := e.Data.(type) {
	case SessionChecked:
		on(d.Visit, func(x *SessionState) {
			x.Checks, x.Overrides, x.Go, x.Pair, x.CheckedAt = d.Answers, d.Overrides, d.Go, d.Pair, e.At
		})
	case OnePersonConfirmed:
		on(d.Visit, func(x *SessionState) {
			x.Halves = append(withoutHalf(x.Halves, d.Check), HalfCheck{d, e.At})
		})
	case TwoPersonConfirmed:
		on(d.Visit, func(x *SessionState) {
			x.Halves = withoutHalf(x.Halves, d.Check)
			x.Confirmed = append(x.Confirmed[:len(x.Confirmed):len(x.Confirmed)], d)
			x.ConfirmedAt = append(x.ConfirmedAt[:len(x.ConfirmedAt):len(x.ConfirmedAt)], e.At)
		})
	case SessionStarted:
		on(d.Visit, func(x *SessionState) { x.Started, x.Pair = e.At, d.Pair })
		for _, person := range d.Pair {
			s.bar(person, BarPair)
		}
	case DoseGiven:
		on(d.Visit, func(x *SessionState) {
			if d.Step == "initial" {
				x.Dose, x.DoseAt = d.Amount, e.At
			} else {
				x.Supplement, x.SupplementAt = d.Amount, e.At
			}
		})
		if d.Step == "initial" {
			s.Doses++
		}
	case SupplementDecided:
		on(d.Visit, func(x *SessionState) { x.Decision, x.DecidedAt = d.Decision, e.At })
	case RuleBreached:
		on(d.Visit, func(x *SessionState) {
			x.Breaches = append(x.Breaches[:len(x.Breaches):len(x.Breaches)], Breach{RuleBreached: d, At: e.At})
		})
	case BreachAcknowledged:
		on(d.Visit, func(x *SessionState) {
			x.Breaches = changed(x.Breaches, d.ID, func(b *Breach) { b.Acknowledged, b.By, b.Action = e.At, e.Actor, d.Action })
		})
	case BreachEscalated:
		on(d.Visit, func(x *SessionState) {
			x.Breaches = changed(x.Breaches, d.ID, func(b *Breach) { b.Escalated = e.At })
		})
	case ParticipantDischarged:
		on(d.Visit, func(x *SessionState) { x.Discharged, x.To = e.At, d.To })
	case SessionEnded:
		on(d.Visit, func(x *SessionState) { x.Ended, x.Signed = e.At, e.Actor })
	}
}

func changed(old []Breach, id string, change func(*Breach)) []Breach {
	out := append([]Breach(nil), old...)
	for i := range out {
		if out[i].ID == id {
			change(&out[i])
		}
	}
	return out
}

func dutyKey(clock string, repeat int) string { return clock + "/" + strconv.Itoa(repeat) }

func zone(name string) *time.Location {
	z, err := loadZone(name)
	if err != nil {
		return time.UTC // the command refused unknown zones; an old record must still be readable
	}
	return z
}
