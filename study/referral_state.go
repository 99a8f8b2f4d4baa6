package study

import (
	"maps"
	"slices"
	"time"
)

// How often people on the waiting list are asked how they are. No source gives a
// figure: both are the house's own choice.
const (
	CheckEvery = 28 * 24 * time.Hour // after somebody was reached
	CheckAgain = 7 * 24 * time.Hour  // after somebody was not
	// TriesBeforeClosing is how often in a row somebody was tried and not reached before
	// a referral may end for that reason.
	TriesBeforeClosing = 3
)

// AssessWithin is how soon a new referral is to be assessed: the house's own choice.
const AssessWithin = 7 * 24 * time.Hour

// ReferralTurn is one thing that gave somebody their place on a site's waiting list:
// coming onto it, or a move. It stays visible for ever.
type ReferralTurn struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"` // account
	Site   string    `json:"site"`
	Moved  bool      `json:"moved,omitempty"` // false: came onto the list
	Ahead  string    `json:"ahead,omitempty"` // of a move; "" = behind all who stood there
	Reason string    `json:"reason,omitempty"`
	Note   string    `json:"note,omitempty"`
}

// ReferralPass is one referral onwards.
type ReferralPass struct {
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Consent string    `json:"consent"`
	Form    string    `json:"form"`
	To      string    `json:"to"`
}

// ReferralState is what the record tells of one referral. It is never changed once
// made. It holds no identity: Sealed is what only the vault can open.
type ReferralState struct {
	ID       string         `json:"id"`
	Status   ReferralStatus `json:"status"`
	Channel  string         `json:"channel"`
	Format   string         `json:"format"`
	Language string         `json:"language"`
	Site     string         `json:"site"` // wished for until it is assessed, then decided; "" = any
	Urgency  string         `json:"urgency,omitempty"`
	Wait     bool           `json:"wait"`   // agreed to stand on the list
	Fields   []string       `json:"fields"` // names of what is kept sealed
	Received time.Time      `json:"received"`

	Assessed time.Time `json:"assessed,omitzero"`
	Decision string    `json:"decision,omitempty"`
	Note     string    `json:"note,omitempty"`
	Reasons  []string  `json:"reasons,omitempty"`

	Turns   []ReferralTurn `json:"turns,omitempty"`
	Reached time.Time      `json:"reached,omitzero"` // last time they were reached while waiting
	Tried   time.Time      `json:"tried,omitzero"`   // last time they were not
	Missed  int            `json:"missed,omitempty"` // tries in a row without reaching them
	Concern time.Time      `json:"concern,omitzero"` // since when a clinician is asked to look; zero = not

	Passed      []ReferralPass `json:"passed,omitempty"`
	Participant string         `json:"participant,omitempty"`
	Ended       time.Time      `json:"ended,omitzero"`
	EndReason   string         `json:"endReason,omitempty"`
	EndNote     string         `json:"endNote,omitempty"`
	Erased      time.Time      `json:"erased,omitzero"`
	Version     int64          `json:"version"`
	Recorded    time.Time      `json:"recorded"`

	Sealed map[string]string `json:"-"`
}

// EvolveReferral answers the referral after the event; s is nil before the first.
func EvolveReferral(s *ReferralState, e Event) *ReferralState {
	n := ReferralState{}
	if s != nil {
		n = *s
	}
	n.Version, n.Recorded = e.Version, e.Recorded
	switch d := e.Data.(type) {
	case ReferralReceived:
		n.ID, n.Status, n.Channel, n.Format, n.Language = d.Referral, ReferralNew, d.Channel, d.Format, d.Language
		n.Site, n.Urgency, n.Wait, n.Received = d.Site, d.Urgency, d.Wait, e.At
		n.Sealed, n.Fields = d.Fields, slices.Sorted(maps.Keys(d.Fields))
	case ReferralAssessed:
		n.assess(d, e)
	case ReferralMoved:
		n.turn(ReferralTurn{At: e.At, By: e.Actor, Site: n.Site, Moved: true, Ahead: d.Ahead, Reason: d.Reason, Note: d.Note})
	case ReferralChecked:
		if d.Reached {
			n.Reached, n.Missed = e.At, 0
		} else {
			n.Tried, n.Missed = e.At, n.Missed+1
		}
		if d.Concern && n.Concern.IsZero() {
			n.Concern = e.At
		}
	case ReferralCared:
		n.Concern = time.Time{}
	case ReferralInvited:
		n.Status, n.Participant, n.Site, n.Ended = ReferralTaken, d.Participant, d.Site, e.At
	case ReferralPassedOn:
		n.Passed = append(slices.Clone(n.Passed), ReferralPass{At: e.At, By: e.Actor, Consent: d.Consent, Form: d.Form, To: d.To})
	case ReferralClosed:
		n.Status, n.Ended, n.EndReason, n.EndNote, n.Concern = ReferralEnded, e.At, d.Reason, d.Note, time.Time{}
	case ReferralErased:
		n.Erased, n.Sealed, n.Fields = e.At, nil, nil
	}
	return &n
}

func (s *ReferralState) assess(d ReferralAssessed, e Event) {
	s.Assessed, s.Decision, s.Note, s.Reasons = e.At, d.Decision, d.Note, d.Reasons
	s.Wait = s.Wait || d.Agreed
	if d.Urgency != "" {
		s.Urgency = d.Urgency
	}
	moved := d.Site != "" && d.Site != s.Site
	if d.Site != "" {
		s.Site = d.Site
	}
	switch d.Decision {
	case "onwards":
		s.Status, s.Ended = ReferralOnwards, e.At
	case "unsuitable":
		s.Status, s.Ended = ReferralUnsuitable, e.At
	default:
		if s.Status != ReferralWaiting || moved {
			s.turn(ReferralTurn{At: e.At, By: e.Actor, Site: s.Site})
		}
		s.Status, s.Ended = ReferralWaiting, time.Time{}
	}
}

func (s *ReferralState) turn(t ReferralTurn) { s.Turns = append(slices.Clone(s.Turns), t) }

// Listed answers since when the person has stood on the list of their site, zero when
// they do not.
func (s *ReferralState) Listed() time.Time {
	if s.Status != ReferralWaiting {
		return time.Time{}
	}
	for _, t := range slices.Backward(s.Turns) {
		if !t.Moved {
			return t.At
		}
	}
	return time.Time{}
}

// Moves answers every move off one's turn, oldest first.
func (s *ReferralState) Moves() []ReferralTurn {
	return slices.DeleteFunc(slices.Clone(s.Turns), func(t ReferralTurn) bool { return !t.Moved })
}

// NextCheck answers when to ask how the person is, zero when they do not wait.
func (s *ReferralState) NextCheck() time.Time {
	since := s.Listed()
	if since.IsZero() {
		return time.Time{}
	}
	if s.Reached.After(since) {
		since = s.Reached
	}
	if s.Missed > 0 && s.Tried.After(since) {
		return s.Tried.Add(CheckAgain)
	}
	return since.Add(CheckEvery)
}

// Due answers what has to be done next about the referral by when, zero when nothing.
func (s *ReferralState) Due() time.Time {
	switch {
	case !s.Concern.IsZero():
		return s.Concern
	case s.Status == ReferralNew:
		return s.Received.Add(AssessWithin)
	}
	return s.NextCheck()
}
