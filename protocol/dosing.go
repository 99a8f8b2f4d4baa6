package protocol

// Dosing is the plan of a dosing session: what must be true before it, what is
// measured during it, which limits call whom, and when the participant may leave.
type Dosing struct {
	Checks     []Check       `yaml:"checks" json:"checks"`       // go/no-go
	TwoPerson  []TwoPerson   `yaml:"twoPerson" json:"twoPerson"` // confirmed by two persons
	Doses      []DoseStep    `yaml:"doses" json:"doses"`
	Vitals     VitalsPlan    `yaml:"vitals" json:"vitals"`
	Rules      []Rule        `yaml:"rules" json:"rules"`
	Checkpoint Checkpoint    `yaml:"checkpoint" json:"checkpoint"`
	Forms      []SessionForm `yaml:"forms" json:"forms"`
	Solicited  string        `yaml:"solicited" json:"solicited"` // form id of the closed list that must be complete before signing
	Log        string        `yaml:"log" json:"log"`             // form id of the session log (observations, touch, fluids)
	Discharge  Discharge     `yaml:"discharge" json:"discharge"`
	Overnight  *Overnight    `yaml:"overnight" json:"overnight,omitempty"` // the night at the site after the session
}

// Check is one go/no-go line. With Expr it is answered by the record (and shown
// with its answer), without by a person.
type Check struct {
	ID         string `yaml:"id" json:"id"`
	Text       Text   `yaml:"text" json:"text"`
	Expr       string `yaml:"expr" json:"expr,omitempty"` // CEL: true = go
	Override   bool   `yaml:"override" json:"override"`   // a named physician may override a "no" with reason and countersignature
	Why        Text   `yaml:"why" json:"why"`
	Provenance `yaml:",inline"`
}

// TwoPerson is a fact that two persons confirm, such as the kit number.
type TwoPerson struct {
	ID   string `yaml:"id" json:"id"`
	Text Text   `yaml:"text" json:"text"`
}

// DoseStep is one dose of one session. The protocol decides, Varde records.
type DoseStep struct {
	Visit      string    `yaml:"visit" json:"visit"`
	Step       string    `yaml:"step" json:"step"`               // "initial" or "supplement"
	Amounts    []float64 `yaml:"amounts" json:"amounts"`         // allowed amounts in mg (of the product or its placebo, as labelled)
	HalfOf     bool      `yaml:"halfOf" json:"halfOf,omitempty"` // the supplement is half of the initial dose given
	Optional   bool      `yaml:"optional" json:"optional,omitempty"`
	Earliest   Duration  `yaml:"earliest" json:"earliest,omitempty"` // after the initial dose
	Latest     Duration  `yaml:"latest" json:"latest,omitempty"`
	Provenance `yaml:",inline"`
}

// VitalsPlan is the timetable of vital signs.
type VitalsPlan struct {
	Form string      `yaml:"form" json:"form"` // instrument id
	Sets []VitalsSet `yaml:"sets" json:"sets"`
}

// VitalsSet is one set that is due: Offset after Anchor, give or take Tolerance.
type VitalsSet struct {
	ID         string        `yaml:"id" json:"id"`
	Title      Text          `yaml:"title" json:"title"`
	Anchor     SessionAnchor `yaml:"anchor" json:"anchor"`
	Offset     Duration      `yaml:"offset" json:"offset"`
	Tolerance  Duration      `yaml:"tolerance" json:"tolerance"`
	By         []string      `yaml:"by" json:"by"`
	Provenance `yaml:",inline"`
}

// SessionAnchor is a moment of a session.
type SessionAnchor string

const (
	AtStart      SessionAnchor = "start"      // the session was started (before any dose)
	AtDose       SessionAnchor = "dose"       // the initial dose was taken
	AtSupplement SessionAnchor = "supplement" // the supplemental dose was taken, if it was
	AtCheckpoint SessionAnchor = "checkpoint" // the supplemental dose is decided
	AtEnd        SessionAnchor = "end"        // end of the planned observation
)

// Rule calls for action when a measurement passes a limit: once, and again when the
// value becomes worse or has been back within the limit. A limit of severity
// "transfer" calls at every measurement past it.
type Rule struct {
	ID           string   `yaml:"id" json:"id"`
	Text         Text     `yaml:"text" json:"text"`
	Metric       string   `yaml:"metric" json:"metric"`   // item id of the vitals form, such as "sbp"
	Compare      string   `yaml:"compare" json:"compare"` // ">", ">=", "<", "<="
	Limit        float64  `yaml:"limit" json:"limit"`     // in Unit; with FromBaseline: change from the session's first value
	Unit         string   `yaml:"unit" json:"unit"`       // must be the item's
	FromBaseline bool     `yaml:"fromBaseline" json:"fromBaseline,omitempty"`
	Dwell        Duration `yaml:"dwell" json:"dwell,omitempty"` // breached when still past the limit after this time; 0 = at once
	Severity     string   `yaml:"severity" json:"severity"`     // "watch", "hold" (no further dose), "transfer"
	Action       Text     `yaml:"action" json:"action"`
	Acknowledge  Respond  `yaml:"acknowledge" json:"acknowledge"`
	Escalate     Respond  `yaml:"escalate" json:"escalate"`
	Provenance   `yaml:",inline"`
}

// Respond says who must answer and how soon.
type Respond struct {
	Roles  []string `yaml:"roles" json:"roles"`
	Within Duration `yaml:"within" json:"within"`
}

// Checkpoint is the decision on the supplemental dose.
type Checkpoint struct {
	Text       Text     `yaml:"text" json:"text"`
	By         []string `yaml:"by" json:"by"`
	Withhold   []Check  `yaml:"withhold" json:"withhold"` // each true = withhold
	Provenance `yaml:",inline"`
}

// SessionForm is a form due during a session.
type SessionForm struct {
	ID         string        `yaml:"id" json:"id"`
	Form       string        `yaml:"form" json:"form"`
	Title      Text          `yaml:"title" json:"title"`
	Anchor     SessionAnchor `yaml:"anchor" json:"anchor"`
	Offset     Duration      `yaml:"offset" json:"offset"`
	Tolerance  Duration      `yaml:"tolerance" json:"tolerance"`
	By         []string      `yaml:"by" json:"by"`
	Provenance `yaml:",inline"`
}

// Discharge is the gate at the end.
type Discharge struct {
	Earliest   Duration `yaml:"earliest" json:"earliest"` // least time since the last dose
	Form       string   `yaml:"form" json:"form"`         // impairment and readiness; must be complete
	Checks     []Check  `yaml:"checks" json:"checks"`     // each must be true
	Adult      bool     `yaml:"adult" json:"adult"`       // a named adult receives the participant
	Overnight  bool     `yaml:"overnight" json:"overnight"`
	Provenance `yaml:",inline"`
}

// Safety of the study as a whole.
type Safety struct {
	Definition  Text           `yaml:"definition" json:"definition"` // of an adverse event; the one definition, used everywhere
	Form        string         `yaml:"form" json:"form"`             // adverse event log
	Medication  string         `yaml:"medication" json:"medication"` // concomitant medication log
	Severity    []Reason       `yaml:"severity" json:"severity"`
	Relation    []Reason       `yaml:"relation" json:"relation"`
	Seriousness []Reason       `yaml:"seriousness" json:"seriousness"`
	Clocks      []SafetyClock  `yaml:"clocks" json:"clocks"`
	Stopping    []StoppingRule `yaml:"stopping" json:"stopping"`
	Crisis      Text           `yaml:"crisis" json:"crisis"` // what the participant is told to do in a crisis
}

// SafetyClock is a duty to report that starts when an adverse event makes When true.
type SafetyClock struct {
	ID         string   `yaml:"id" json:"id"`
	When       string   `yaml:"when" json:"when"` // CEL over the items of the adverse event form
	Text       Text     `yaml:"text" json:"text"`
	To         Text     `yaml:"to" json:"to"`
	Owner      string   `yaml:"owner" json:"owner"` // role
	Within     Duration `yaml:"within" json:"within"`
	Provenance `yaml:",inline"`
}

// StoppingRule for a participant's treatment or the whole study.
type StoppingRule struct {
	ID         string   `yaml:"id" json:"id"`
	Level      string   `yaml:"level" json:"level"`         // "participant" or "study"
	When       string   `yaml:"when" json:"when,omitempty"` // CEL, where it can be decided by the record
	Text       Text     `yaml:"text" json:"text"`
	Owner      string   `yaml:"owner" json:"owner"`
	Within     Duration `yaml:"within" json:"within"`
	Provenance `yaml:",inline"`
}
