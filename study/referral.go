package study

import "time"

// A referral begins when somebody asks for help, or is referred, and ends with a place,
// with referral onwards, or without either. It is no participant yet: it has a stream
// of its own, and whoever asks is known only to the vault.

// ReferralStream holds one referral; id is such as "R-2F7K9Q" and tells nothing.
func ReferralStream(id string) string { return "referral/" + id }

// Payloads of a referral.
type (
	// ReferralReceived begins a referral.
	ReferralReceived struct {
		Channel  string            `json:"channel"` // "self", "professional"
		Fields   map[string]string `json:"fields"`  // who, how to reach them, what they wrote: each sealed
		Format   string            `json:"format"`  // "page", "fhir"
		Language string            `json:"language"`
		Referral string            `json:"referral"`
		Site     string            `json:"site"` // wished for; "" = any
		Urgency  string            `json:"urgency,omitempty"`
		Wait     bool              `json:"wait"` // agrees to stand on the waiting list
	}
	// ReferralAssessed is the triage.
	ReferralAssessed struct {
		Agreed   bool     `json:"agreed,omitempty"` // said now that they want to stand on the waiting list
		Decision string   `json:"decision"`         // "wait", "invite", "onwards", "unsuitable"
		Note     string   `json:"note,omitempty"`
		Reasons  []string `json:"reasons,omitempty"`
		Site     string   `json:"site,omitempty"`
		Urgency  string   `json:"urgency,omitempty"` // "routine", "soon"
	}
	// ReferralMoved puts somebody ahead of or behind their turn, and says why.
	ReferralMoved struct {
		Ahead  string `json:"ahead"` // referral before which they now stand; "" = at the end
		Note   string `json:"note,omitempty"`
		Reason string `json:"reasonCode"`
	}
	// ReferralChecked says that somebody on the list was asked how they are.
	ReferralChecked struct {
		Concern bool   `json:"concern"` // something that a clinician must look at
		Note    string `json:"note,omitempty"`
		Reached bool   `json:"reached"`
		Still   bool   `json:"still"` // still wants the place
	}
	// ReferralInvited gives the place: a participant's record begins.
	ReferralInvited struct {
		Participant string `json:"participant"`
		Site        string `json:"site"`
	}
	// ReferralPassedOn says that the person was referred elsewhere, with their consent.
	ReferralPassedOn struct {
		Consent string `json:"consent"` // how it was given: "written", "spoken"
		Form    string `json:"form"`    // "letter", "fhir"
		To      string `json:"to"`
	}
	// ReferralClosed ends it.
	ReferralClosed struct {
		Note   string `json:"note,omitempty"`
		Reason string `json:"reasonCode"`
	}
	// ReferralErased says that the key of whoever asked was destroyed.
	ReferralErased struct {
		Basis string `json:"basis"`
	}
	// ReferralSeen says that somebody opened what identifies a person, and what for.
	ReferralSeen struct {
		Fields  []string `json:"fields"`
		Purpose string   `json:"purpose"`
	}
	// ReferralCared says that a clinician has looked at a concern about somebody who
	// waits, and what was done.
	ReferralCared struct {
		Action string `json:"action"`
	}
)

func (ReferralReceived) eventType() string { return "referral.received" }
func (ReferralAssessed) eventType() string { return "referral.assessed" }
func (ReferralMoved) eventType() string    { return "referral.moved" }
func (ReferralChecked) eventType() string  { return "referral.checked" }
func (ReferralInvited) eventType() string  { return "referral.invited" }
func (ReferralPassedOn) eventType() string { return "referral.passedOn" }
func (ReferralClosed) eventType() string   { return "referral.closed" }
func (ReferralErased) eventType() string   { return "referral.erased" }
func (ReferralSeen) eventType() string     { return "referral.seen" }
func (ReferralCared) eventType() string    { return "referral.cared" }

// ReferralStatus is where a referral is.
type ReferralStatus string

// Statuses of a referral.
const (
	ReferralNew        ReferralStatus = "new"     // waits for triage
	ReferralWaiting    ReferralStatus = "waiting" // on the waiting list
	ReferralTaken      ReferralStatus = "invited" // has a place: a participant
	ReferralOnwards    ReferralStatus = "onwards"
	ReferralEnded      ReferralStatus = "closed"
	ReferralUnsuitable ReferralStatus = "unsuitable"
)

// Wait is how long somebody who comes onto the list now may expect to wait: a
// distribution, told by three of its quantiles. Known is false when too little is
// known to say anything honest.
type Wait struct {
	Known          bool
	Low, Mid, High time.Duration // 10th, 50th and 90th percentile
	Basis          Text          // what it was computed from, for people
}
