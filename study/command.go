package study

import (
	"time"

	"varde/protocol"
)

// Command asks for something to happen to one participant, site or study.
// At is when it happened in the world; zero means now.
type Command interface {
	// Stream answers the stream that the command speaks of.
	Stream() string
	// When answers the effective time asked for, zero for now.
	When() time.Time
}

// Actor is who asks.
type Actor struct {
	ID   string // account or staff id; "system" for the clock
	Name string
	Role string
}

// Env is what Decide may know besides the participant's state.
type Env struct {
	Now   time.Time
	Actor Actor
	Study *StudyState
	Site  *SiteState
	// Calendar of the site, for a visit that takes a room or people; nil otherwise.
	Calendar *Calendar
	Slot     *Slot  // the slot that a randomisation takes; nil for other commands
	Chance   uint64 // a random number, for what is drawn by lot

	// StudyID is the name of the study in the ledger, which signatures speak of.
	StudyID string
}

// On names the participant and time of a command.
type On struct {
	Participant string
	At          time.Time
}

func (o On) Stream() string  { return ParticipantStream(o.Participant) }
func (o On) When() time.Time { return o.At }

// Commands on a participant.
type (
	// Refer begins a participant's record. Participant is the number the site gives.
	Refer struct {
		On
		Channel  string
		Language string
		Site     string
	}
	// Prescreen records the first conversation's result.
	Prescreen struct {
		On
		Passed  bool
		Reasons []string
	}
	// GiveConsent records a signature under a document's valid version.
	GiveConsent struct {
		On
		Document string
		Version  string
		Language string
		Answers  map[string]string // comprehension question -> option chosen
	}
	// WithdrawConsent takes a signature back. For a required document the
	// participant leaves the study; what was collected until then is kept.
	WithdrawConsent struct {
		On
		Document string
		Reason   string
		Note     string
	}
	// DecideEligibility passes or fails a gate; the criteria decide.
	DecideEligibility struct {
		On
		Gate string
	}
	// Randomise takes the next slot of the participant's stratum.
	Randomise struct{ On }
	// PlanVisit makes an appointment.
	PlanVisit struct {
		On
		Visit string
		Time  time.Time
		Room  string   // "" = none is taken
		Staff []string // who will hold it; nobody is booked when empty
	}
	// HoldVisit says that the visit took place.
	HoldVisit struct {
		On
		Visit string
		By    []string
	}
	// MissVisit says that it did not, and why.
	MissVisit struct {
		On
		Visit  string
		Reason string
	}
	// SaveForm adds or changes answers. Version is the number of saves the writer
	// saw; changing an answer that was saved before needs a Reason.
	SaveForm struct {
		On
		Visit   string
		Form    string
		Repeat  int // 0 with New for the next record of a repeating form
		New     bool
		Slot    string
		Version int
		Items   Values
		Reason  string
	}
	// RaiseQuery asks about an answer.
	RaiseQuery struct {
		On
		Visit, Form, Item string
		Repeat            int
		Text              string
	}
	// CloseQuery answers a query.
	CloseQuery struct {
		On
		ID     string
		Answer string
	}
	// CloseAlert tells what was done about an alert.
	CloseAlert struct {
		On
		ID     string
		Action string
	}
	// RaiseDeviation reports a departure that the record cannot see by itself.
	RaiseDeviation struct {
		On
		Visit string
		Text  string
	}
	// CheckSession answers the go/no-go list before a dosing session.
	CheckSession struct {
		On
		Visit     string
		Pair      []string        // staff ids
		Answers   map[string]bool // for the lines that people answer
		Overrides []Override
	}
	// ConfirmTwo records one two-person check.
	ConfirmTwo struct {
		On
		Visit   string
		Check   string
		Kit     string
		Persons []string
	}
	// ConfirmOne records the actor's own half of a two-person check. The half of another
	// person on the same day completes it. Nobody can confirm for somebody else.
	ConfirmOne struct {
		On
		Visit string
		Check string
		Kit   string
	}
	// StartSession begins the session; before it, everything must be "go".
	StartSession struct {
		On
		Visit string
	}
	// GiveDose records that the initial dose was taken.
	GiveDose struct {
		On
		Visit  string
		Amount float64
	}
	// DecideSupplement records the checkpoint: "given" with Amount, "withheld" or "declined" with Reasons.
	DecideSupplement struct {
		On
		Visit    string
		Decision string
		Amount   float64
		Reasons  []string
		Answers  map[string]bool // to give it: the withholding lines that people answer, each false
	}
	// Acknowledge takes on a breach.
	Acknowledge struct {
		On
		Visit  string
		Breach string
		Action string
	}
	// Discharge passes the gate at the end of the session.
	Discharge struct {
		On
		Visit   string
		Adult   bool
		To      string
		Answers map[string]bool // for the lines of the gate that people answer
	}
	// EndSession signs the session.
	EndSession struct {
		On
		Visit string
	}
	// DoDuty says that a safety report was made.
	DoDuty struct {
		On
		Clock     string
		Repeat    int
		Reference string
	}
	// StopTreatment ends treatment; follow-up goes on.
	StopTreatment struct {
		On
		Reason string
		Note   string
	}
	// Withdraw ends taking part.
	Withdraw struct {
		On
		Reason string
		Note   string
	}
	// Lose says that the participant cannot be reached.
	Lose struct {
		On
		Attempts int
	}
	// Complete ends the participant's study as planned.
	Complete struct{ On }
	// PassTime lets the clock speak: windows that have closed, breaches nobody answered.
	PassTime struct{ On }
)

// Commands on a site or the study.
type (
	// OpenStudy begins a study.
	OpenStudy struct {
		At         time.Time
		Mode       string // "practice" or "live"
		Title      string
		Definition *protocol.Definition
	}
	// RecordApproval says that an authority has approved.
	RecordApproval struct {
		At                                  time.Time
		Approval, Reference, Given, Expires string
	}
	// SealAllocation commits to the list.
	SealAllocation struct {
		At                 time.Time
		Commitment, Sealed string
	}
	// CloseRecruitment ends referral.
	CloseRecruitment struct{ At time.Time }
	// LockStudy ends entry.
	LockStudy struct{ At time.Time }
	// UnblindStudy opens the arms after lock.
	UnblindStudy struct {
		At      time.Time
		Witness string
	}
	// OpenSite begins work at a site.
	OpenSite struct {
		At                            time.Time
		Site, Name, Country, TimeZone string
		Pairs, Rooms                  int
	}
	// AssignStaff gives a person a role at a site. From and Until are the first and
	// last day of the delegation, YYYY-MM-DD; "" = at once, and until removed.
	AssignStaff struct {
		At                       time.Time
		Site, Person, Name, Role string
		Credentials              map[string]string
		Related                  []string
		From, Until              string
	}
	// RemoveStaff ends a role.
	RemoveStaff struct {
		At                 time.Time
		Site, Person, Role string
		Reason             string // why it ends; "" = not said
	}
)

func (OpenStudy) Stream() string        { return StudyStream }
func (RecordApproval) Stream() string   { return StudyStream }
func (CloseRecruitment) Stream() string { return StudyStream }
func (LockStudy) Stream() string        { return StudyStream }
func (UnblindStudy) Stream() string     { return StudyStream }
func (SealAllocation) Stream() string   { return AllocationStream }
func (c OpenSite) Stream() string       { return SiteStream(c.Site) }
func (c AssignStaff) Stream() string    { return SiteStream(c.Site) }
func (c RemoveStaff) Stream() string    { return SiteStream(c.Site) }

func (c OpenStudy) When() time.Time        { return c.At }
func (c RecordApproval) When() time.Time   { return c.At }
func (c CloseRecruitment) When() time.Time { return c.At }
func (c LockStudy) When() time.Time        { return c.At }
func (c UnblindStudy) When() time.Time     { return c.At }
func (c SealAllocation) When() time.Time   { return c.At }
func (c OpenSite) When() time.Time         { return c.At }
func (c AssignStaff) When() time.Time      { return c.At }
func (c RemoveStaff) When() time.Time      { return c.At }
