package analysis

import (
	"time"

	"varde/bilingual"
	"varde/instrument"
	"varde/protocol"
)

// Cut names the data exactly: which study under which protocol, and how much of
// the ledger was taken into account.
type Cut struct {
	Study    string    `json:"study"`
	Title    string    `json:"title"`
	Protocol string    `json:"protocol"`
	Version  string    `json:"version"`
	Digest   string    `json:"digest"` // of the protocol, hex SHA-256
	Size     int64     `json:"size"`   // events in the ledger
	Root     string    `json:"root"`   // of the ledger's tree at Size, hex SHA-256
	Time     time.Time `json:"time"`
	Mode     string    `json:"mode"` // "practice" or "live"
}

// Dataset is a cut of the data, as plain values. It holds no identity.
type Dataset struct {
	Cut       Cut
	Simulated bool // the participants are virtual
	Arms      bool // the arms stand in the subjects: the reader may see them
	// Dummy is not 0 when the arms were drawn by this seed and are not the study's.
	Dummy uint64
	// Hidden are the blinding classes that were left out of the data because the
	// reader may not see them. What rests on them is not analysed, and says so:
	// a value that is hidden is not a value that is missing.
	Hidden   []instrument.Blinding
	Subjects []Subject
}

// Subject is one person from referral on.
type Subject struct {
	ID, Site, Arm string // Arm is "" when it is not known to the reader
	Status        string
	Reached       map[protocol.Milestone]time.Time
	FailedAt      string   // "" or Prescreening or a gate of the protocol
	Failed        []string // reasons given at pre-screening, or criteria not met
	Visits        []Visit  // in the protocol's order, those held or missed only
	Records       []Record // of forms, oldest save first
	Sessions      []Session
	Events        []AdverseEvent
	Asked         int // solicited lists filled in
	Vitals        []VitalsPoint
	Guesses       []Guess
	Occurred      []Occurred // intercurrent events that the record tells of by itself, besides Stopped and Left
	Stopped       time.Time  // treatment
	StopReason    string
	Left          time.Time // withdrawn or lost
	LeftReason    string
	Lost          bool
	Done          time.Time
	FormsDue      int // forms of the visits held
	FormsDone     int
	MissingItems  int
	VisitsOut     int // out of window or missed
	Queries       int // open
	Deviations    int
}

// Prescreening stands in Subject.FailedAt for the first conversation.
const Prescreening = "prescreen"

// Visit that was held or missed.
type Visit struct {
	ID     string
	Held   time.Time
	Missed string // reason
}

// Record of a form. Visit is "" for a log.
type Record struct {
	Visit, Form string
	Repeat      int
	SavedAt     time.Time
	Answers     Answers
}

// Answers of a record, items and scores, in any order. There are few, and very many
// records: a list takes a quarter of a map's memory.
type Answers []Answer

// Answer to one item, or one score.
type Answer struct {
	ID    string
	Value instrument.Value
}

// Get answers the value, the empty one when there is none.
func (a Answers) Get(id string) instrument.Value {
	for i := range a {
		if a[i].ID == id {
			return a[i].Value
		}
	}
	return instrument.Value{}
}

// Occurred is an intercurrent event, by its id in protocol.Intercurrents, with when it
// began.
type Occurred struct {
	ID string
	At time.Time
}

// Session in which a dose was taken. Amounts in mg as labelled.
type Session struct {
	Visit        string
	At           time.Time
	Dose         float64
	Supplement   float64
	SupplementAt time.Time
}

// AdverseEvent of the log, or a yes in the solicited list.
type AdverseEvent struct {
	Term      string // as recorded; of a solicited one the item's id
	Solicited bool
	Onset     time.Time // zero when not known
	Severity  string    // id of the protocol's list
	Relation  string
	Serious   bool
}

// VitalsPoint is one set of vital signs in a dosing session.
type VitalsPoint struct {
	Visit   string
	Dosed   bool    // a dose was taken in this session
	Minutes float64 // since the initial dose; negative before it
	Values  map[string]float64
}

// Guess of the arm.
type Guess struct {
	Visit string
	Who   string // "participant", "therapist", "rater"
	Arm   string // as answered: an arm's id, "control" or "unknown"
	At    time.Time
}

// Doses counts the sessions in which a dose was taken.
func (s *Subject) Doses() int { return len(s.Sessions) }

// FirstDose is zero when none was taken.
func (s *Subject) FirstDose() time.Time {
	var t time.Time
	for _, x := range s.Sessions {
		if t.IsZero() || x.At.Before(t) {
			t = x.At
		}
	}
	return t
}

// solicitedText names the solicited items for tables.
func solicitedText(p plan) map[string]bilingual.Text {
	out := map[string]bilingual.Text{}
	if p.p.Dosing == nil {
		return out
	}
	c, ok := p.form(p.p.Dosing.Solicited)
	if !ok {
		return out
	}
	for _, i := range c.Items {
		if i.Type == instrument.Boolean {
			out[i.ID] = i.Text
		}
	}
	return out
}
