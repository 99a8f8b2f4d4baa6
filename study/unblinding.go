package study

import "time"

// Emergency unblinding: a physician asks with a reason, another person confirms,
// and only these two are then shown the arm, by app. The arm stands in no event.

// AskUnblinding asks to be shown a participant's arm. Alone is for an emergency in
// which nobody else can be reached: the arm is shown at once, and a deviation raised.
type AskUnblinding struct {
	On
	Reason string // why the treatment cannot go on without knowing
	Alone  string // why nobody could confirm; "" = a second person will
}

// ConfirmUnblinding is the second person's.
type ConfirmUnblinding struct {
	On
	ID string
}

// NoteUnblinding says that a notified role has read of it.
type NoteUnblinding struct {
	On
	ID string
}

// UnblindingAsked begins an emergency unblinding.
type UnblindingAsked struct {
	Alone  string `json:"alone,omitempty"`
	ID     string `json:"id"`
	Reason string `json:"reasonText"`
}

// UnblindingConfirmed lets the two see the arm.
type UnblindingConfirmed struct {
	ID string `json:"id"`
}

// UnblindingNoted says that the event's actor has taken note.
type UnblindingNoted struct {
	ID string `json:"id"`
}

func (UnblindingAsked) eventType() string     { return "unblinding.asked" }
func (UnblindingConfirmed) eventType() string { return "unblinding.confirmed" }
func (UnblindingNoted) eventType() string     { return "unblinding.noted" }

// Unblinding of one participant.
type Unblinding struct {
	UnblindingAsked
	By        string
	At        time.Time
	Confirmed time.Time
	Second    string
	Noted     map[string]time.Time // role -> when
}

// Open says that the arm may be shown to the one who asked and the one who confirmed.
func (u Unblinding) Open() bool { return !u.Confirmed.IsZero() || u.Alone != "" }

func (d *decision) askUnblinding(c AskUnblinding) *Refusal {
	return against("not-built", "not built", "ikke bygget")
}

func (d *decision) confirmUnblinding(c ConfirmUnblinding) *Refusal {
	return against("not-built", "not built", "ikke bygget")
}

func (d *decision) noteUnblinding(c NoteUnblinding) *Refusal {
	return against("not-built", "not built", "ikke bygget")
}
