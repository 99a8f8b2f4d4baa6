package study

import (
	"time"

	"varde/protocol"
)

// Status of a participant, in CONSORT's order of flow.
type Status string

const (
	StatusReferred      Status = "referred"
	StatusNotSuitable   Status = "not-suitable" // failed at pre-screening
	StatusPrescreened   Status = "prescreened"
	StatusScreening     Status = "screening" // consented
	StatusScreenFailure Status = "screen-failure"
	StatusEligible      Status = "eligible"
	StatusEnrolled      Status = "enrolled"
	StatusRandomised    Status = "randomised"
	StatusTreatment     Status = "treatment" // at least one dose
	StatusStopped       Status = "treatment-stopped"
	StatusWithdrawn     Status = "withdrawn"
	StatusLost          Status = "lost"
	StatusCompleted     Status = "completed"
)

// Statuses in order, for filters.
var Statuses = []Status{StatusReferred, StatusPrescreened, StatusScreening, StatusEligible, StatusEnrolled,
	StatusRandomised, StatusTreatment, StatusStopped, StatusCompleted, StatusWithdrawn, StatusLost, StatusScreenFailure, StatusNotSuitable}

// Gone says that nothing more is expected of the participant.
func (s Status) Gone() bool {
	switch s {
	case StatusNotSuitable, StatusScreenFailure, StatusWithdrawn, StatusLost, StatusCompleted:
		return true
	}
	return false
}

// FormKey names one record of a form. Visit is empty for logs.
type FormKey struct {
	Visit  string
	Form   string
	Repeat int // from 1 for repeating forms and logs, else 0
}

// FormState is one record of a form.
type FormState struct {
	Key     FormKey
	Version int // number of saves; a writer names the version it saw
	Values  Values
	Scores  Values
	Slot    string
	SavedAt time.Time // effective time of the first save
	Changed time.Time // recorded time of the last save
	By      string    // who saved first
	Missing []string  // required items that are asked and not answered

	DecidedBy string    // in the medication log: who last decided; "" = nobody
	DecidedAt time.Time // and when

	tip  int64    // version of the stream at the last save
	also []string // who saved after By, each once
}

// Complete says that nothing required is missing.
func (f *FormState) Complete() bool { return f != nil && f.Version > 0 && len(f.Missing) == 0 }

// MomentItems are the items that hold the time a record speaks of, by convention.
var MomentItems = []string{"taken_at", "at"}

// At answers the moment the record speaks of: its moment item, else when it was saved.
func (f *FormState) At() time.Time { return takenAt(f.Values, f.SavedAt) }

// VisitState is what has happened to a planned visit.
type VisitState struct {
	Planned time.Time // appointment
	Room    string    // of the appointment
	Staff   []string  // who will hold it
	Off     bool      // the appointment does not stand any more
	Plans   int       // how often an appointment was made
	Changed time.Time // recorded time of the appointment's last change
	Held    time.Time
	By      []string
	Missed  string // reason code
	Closed  bool   // its window passed; said once
}

// Query on one answer.
type Query struct {
	QueryRaised
	Raised time.Time
	Closed time.Time
	Answer string
	By     string
}

// Deviation from the protocol.
type Deviation struct {
	DeviationRaised
	At time.Time
}

// AlertState is a call for a person that an answer made.
type AlertState struct {
	AlertRaised
	At     time.Time
	Closed time.Time
	Action string
}

// ConsentState is the newest signature under a document.
type ConsentState struct {
	Document  string
	Version   string
	At        time.Time
	Signed    time.Time // by the participant's own hand in these pages; zero = on paper
	Withdrawn time.Time
	Reason    string // of the withdrawal
}

// Breach of a session's rule.
type Breach struct {
	RuleBreached
	At           time.Time
	Acknowledged time.Time
	By           string
	Action       string
	Escalated    time.Time
}

// HalfCheck is a two-person check of which one person has confirmed their half.
type HalfCheck struct {
	OnePersonConfirmed
	At time.Time
}

// SessionState is one dosing session.
type SessionState struct {
	Visit        string
	Checks       map[string]bool
	Overrides    []Override
	Go           bool
	CheckedAt    time.Time
	Pair         []string
	Confirmed    []TwoPersonConfirmed
	ConfirmedAt  []time.Time // of each in Confirmed
	Halves       []HalfCheck // two-person checks that wait for the second person
	Started      time.Time
	Dose         float64
	DoseAt       time.Time
	Decision     string // of the supplement
	DecidedAt    time.Time
	Supplement   float64
	SupplementAt time.Time
	Breaches     []Breach
	Discharged   time.Time
	To           string
	Ended        time.Time
	Signed       string
}

// LastDoseAt answers when the last dose was taken, zero if none.
func (s *SessionState) LastDoseAt() time.Time {
	if !s.SupplementAt.IsZero() {
		return s.SupplementAt
	}
	return s.DoseAt
}

// Open says that the session is under way.
func (s *SessionState) Open() bool { return s != nil && !s.Started.IsZero() && s.Ended.IsZero() }

// State is everything that the record tells of one participant. It is never
// changed once made, and safe to share.
type State struct {
	ID         string // such as "S01-007"
	Site       string
	Language   string
	Zone       *time.Location
	Version    int64     // of the stream
	Recorded   time.Time // of the last event
	Channel    string
	Reached    map[protocol.Milestone]time.Time
	Prescreen  *PersonPrescreened
	Failure    *EligibilityDecided // the failed gate
	Out        time.Time           // not suitable, or the failed gate
	Gates      map[string]EligibilityDecided
	Consents   map[string]ConsentState
	Kit        string
	Stratum    string
	Visits     []VisitState // by index in the protocol's visits
	Forms      map[FormKey]*FormState
	Repeats    map[FormKey]int // highest repeat of a form (key with Repeat 0)
	Latest     map[string]*FormState
	Queries    []Query
	Deviations []Deviation
	Alerts     []AlertState
	Sessions   map[string]*SessionState
	Doses      int
	Duties     map[string]time.Time // "clock/repeat" -> done
	Stopped    time.Time
	StopReason string
	Left       time.Time // withdrawn or lost
	LeftReason string
	Lost       bool
	Done       time.Time
	Signatures []Signature
	Unblinded  []Unblinding           // emergency unblindings
	Ratings    map[string]RatingState // visit -> blinded assessment
	Barred     map[string]string      // account -> why they must not rate this participant (BarPair and so on)

	Signed   map[string]ConsentSignature // document -> own signature that waits for the conversation
	Diary    []DiaryEntry
	Messages []Message

	casebook int64 // version of the stream at its last event that is no signature
	records  map[touchKey]touched

	shared part // what still belongs to an older state too; zero once the state is made
}

// Status answers where the participant is.
func (s *State) Status() Status {
	has := func(m protocol.Milestone) bool { return !s.Reached[m].IsZero() }
	switch {
	case !s.Done.IsZero():
		return StatusCompleted
	case s.Lost:
		return StatusLost
	case !s.Left.IsZero():
		return StatusWithdrawn
	case s.Prescreen != nil && !s.Prescreen.Passed:
		return StatusNotSuitable
	case s.Failure != nil:
		return StatusScreenFailure
	case !s.Stopped.IsZero():
		return StatusStopped
	case s.Doses > 0:
		return StatusTreatment
	case has(Randomised):
		return StatusRandomised
	case has(Enrolled):
		return StatusEnrolled
	case has(Eligible):
		return StatusEligible
	case has(Consented):
		return StatusScreening
	case has(Prescreened):
		return StatusPrescreened
	}
	return StatusReferred
}

// Form answers a record, nil when nothing was saved.
func (s *State) Form(visit, form string, repeat int) *FormState {
	return s.Forms[FormKey{visit, form, repeat}]
}

// Records answers all records of a form at a visit ("" for a log), in order.
func (s *State) Records(visit, form string) []*FormState {
	n := s.Repeats[FormKey{Visit: visit, Form: form}]
	var out []*FormState
	if f := s.Forms[FormKey{visit, form, 0}]; f != nil {
		out = append(out, f)
	}
	for i := 1; i <= n; i++ {
		if f := s.Forms[FormKey{visit, form, i}]; f != nil {
			out = append(out, f)
		}
	}
	return out
}

// newest answers the record of a form at a visit that speaks of the latest moment,
// nil when there is none. A set entered late is not newer for that.
func (s *State) newest(visit, form string) *FormState {
	best := s.Forms[FormKey{visit, form, 0}]
	for i := 1; i <= s.Repeats[FormKey{Visit: visit, Form: form}]; i++ {
		f := s.Forms[FormKey{visit, form, i}]
		if f != nil && (best == nil || !f.At().Before(best.At())) {
			best = f
		}
	}
	return best
}

// Last answers the record last begun of a form at a visit ("" for a log), nil when there
// is none.
func (s *State) Last(visit, form string) *FormState {
	rs := s.Records(visit, form)
	if len(rs) == 0 {
		return nil
	}
	return rs[len(rs)-1]
}

// OpenSession answers the session under way, nil if there is none.
func (s *State) OpenSession() *SessionState {
	for _, x := range s.Sessions {
		if x.Open() {
			return x
		}
	}
	return nil
}

// OpenQueries counts queries nobody has closed.
func (s *State) OpenQueries() int {
	n := 0
	for i := range s.Queries {
		if s.Queries[i].Closed.IsZero() {
			n++
		}
	}
	return n
}

// ConsentCurrent says that every required document is signed in a version that
// still holds, and not withdrawn.
func (s *State) ConsentCurrent(def *protocol.Definition) bool {
	for i := range def.Consent.Documents {
		d := &def.Consent.Documents[i]
		if !d.Required || !d.Valid {
			continue
		}
		c, ok := s.Consents[d.ID]
		if !ok || !c.Withdrawn.IsZero() {
			return false
		}
		if c.Version != d.Version {
			for _, old := range d.Supersedes {
				if old == c.Version {
					return false
				}
			}
		}
	}
	return len(s.Consents) > 0
}

// StaffMember at a site.
type StaffMember struct {
	Person      string
	Name        string
	Roles       []string
	Credentials map[string]string // last valid day, "" = none given
	Related     []string
	Terms       map[string]Term // role -> from when, until when, by whom
}

// Term of a delegation at a site.
type Term struct {
	From, Until string // days, YYYY-MM-DD; "" = open
	By          string // account that delegated
	At          time.Time
}

// SiteState is what the record tells of a site.
type SiteState struct {
	ID       string
	Name     string
	Country  string
	Zone     *time.Location
	Pairs    int
	Rooms    int
	Version  int64
	Opened   time.Time
	Staff    map[string]StaffMember // by person
	Numbers  int                    // participant numbers given
	Recorded time.Time
}

// StudyState is what the record tells of the study as a whole.
type StudyState struct {
	Version   int64
	Opened    time.Time
	Mode      string
	Title     string
	Digest    string
	Approvals map[string]ApprovalRecorded
	Closed    time.Time // recruitment
	Locked    time.Time
	Unblinded time.Time
	Recorded  time.Time

	Delegations []Delegation
	Signatures  []Signature // of the protocol
	Tip         int64       // version of the stream at its opening, which carries the protocol
}

// AllocationState is which slots are taken. Only unblinded roles may see it.
type AllocationState struct {
	Version    int64
	Commitment string
	Sealed     string
	Taken      map[string]int       // stratum -> slots taken
	Slots      map[string]SlotTaken // participant -> slot
	Kits       map[string]bool
	Recorded   time.Time
}
