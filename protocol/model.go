// Package protocol is the language in which a study is written: a folder of YAML
// with CEL expressions and text in English and Norwegian. Load parses it, Check
// proves what it can, and the result is a Definition that never changes and that
// study, simulate, analysis and web run on.
//
// Every top-level key below may stand in any file of the folder, once. Forms of
// the protocol's own stand in forms/*.yaml, one instrument a file; shipped
// instruments are used by id.
package protocol

import (
	"varde/bilingual"
	"varde/instrument"
)

type (
	Text       = bilingual.Text
	Provenance = instrument.Provenance
)

// Protocol is the folder's content, as written.
type Protocol struct {
	ID           string         `yaml:"id" json:"id"`
	Version      string         `yaml:"version" json:"version"` // such as "1.0.0"
	Title        Text           `yaml:"title" json:"title"`
	Summary      Text           `yaml:"summary" json:"summary"`
	Kind         string         `yaml:"kind" json:"kind"`             // "trial" or "care"
	Phase        string         `yaml:"phase" json:"phase,omitempty"` // "2", "3"; empty for care
	Registry     []Registration `yaml:"registry" json:"registry,omitempty"`
	Sponsor      string         `yaml:"sponsor" json:"sponsor,omitempty"`
	ModelledOn   []string       `yaml:"modelledOn" json:"modelledOn,omitempty"` // sources of the design
	Approvals    []Approval     `yaml:"approvals" json:"approvals"`
	Signatures   []SignatureRow `yaml:"signatures" json:"signatures,omitempty"` // who must sign this version before a site opens in earnest
	Arms         []Arm          `yaml:"arms" json:"arms,omitempty"`             // none in care, one in an open-label trial
	Allocation   *Allocation    `yaml:"allocation" json:"allocation,omitempty"`
	Blinding     []BlindingRow  `yaml:"blinding" json:"blinding,omitempty"`
	Access       []AccessRow    `yaml:"access" json:"access,omitempty"` // what roles must not do, although the program's table lets them
	Staffing     Staffing       `yaml:"staffing" json:"staffing"`
	Epochs       []Epoch        `yaml:"epochs" json:"epochs"`
	Visits       []Visit        `yaml:"visits" json:"visits"`
	Logs         []Log          `yaml:"logs" json:"logs,omitempty"` // forms kept all through: adverse events, medication, diary
	Eligibility  Eligibility    `yaml:"eligibility" json:"eligibility"`
	Consent      Consent        `yaml:"consent" json:"consent"`
	Dosing       *Dosing        `yaml:"dosing" json:"dosing,omitempty"`
	Interactions []Interaction  `yaml:"interactions" json:"interactions,omitempty"`
	Safety       Safety         `yaml:"safety" json:"safety"`
	Withdrawal   Withdrawal     `yaml:"withdrawal" json:"withdrawal"`
	Analysis     Analysis       `yaml:"analysis" json:"analysis"`
	Reports      []Report       `yaml:"reports" json:"reports,omitempty"`
	Simulation   *Simulation    `yaml:"simulation" json:"simulation,omitempty"`
	Confirmed    []Confirmation `yaml:"confirmed" json:"confirmed,omitempty"`
}

// Registration is an entry in a trial registry.
type Registration struct {
	Name string `yaml:"name" json:"name"` // "ClinicalTrials.gov", "EudraCT", "CTIS"
	ID   string `yaml:"id" json:"id"`
	Role string `yaml:"role" json:"role"` // "own" or "modelled-on"
}

// Approval is one that must be there before a study opens in earnest.
type Approval struct {
	ID         string   `yaml:"id" json:"id"`
	Kind       string   `yaml:"kind" json:"kind"` // "ethics-committee", "medicines-agency", "import-licence", "institution", "prescriber-authority"
	Title      Text     `yaml:"title" json:"title"`
	Required   bool     `yaml:"required" json:"required"`
	Expires    Duration `yaml:"expires" json:"expires,omitempty"` // after it was given; 0 = it says so itself
	Provenance `yaml:",inline"`
}

// SignatureRow is an electronic signature that this version of the protocol must
// carry before a site opens in a live study. A practice study needs none.
type SignatureRow struct {
	Role    string `yaml:"role" json:"role"`
	Meaning string `yaml:"meaning" json:"meaning"`       // "authorship", "review", "approval", "responsibility"
	Title   Text   `yaml:"title" json:"title,omitzero"`  // who this is, where the role's name does not say it
	Count   int    `yaml:"count" json:"count,omitempty"` // how many different persons; 0 = one
}

// Persons answers how many different persons must sign.
func (r SignatureRow) Persons() int { return max(r.Count, 1) }

// Arm of the study.
type Arm struct {
	ID          string `yaml:"id" json:"id"`
	Title       Text   `yaml:"title" json:"title"`
	Description Text   `yaml:"description" json:"description"`
	Control     bool   `yaml:"control" json:"control,omitempty"`
}

// Allocation of participants to arms.
type Allocation struct {
	Method     string         `yaml:"method" json:"method"` // "permuted-blocks"
	Ratio      map[string]int `yaml:"ratio" json:"ratio"`   // arm id -> share
	Strata     []Stratum      `yaml:"strata" json:"strata,omitempty"`
	Blocks     []int          `yaml:"blocks" json:"blocks"`       // block sizes, drawn at random; multiples of the ratio's sum
	Kits       string         `yaml:"kits" json:"kits,omitempty"` // prefix of kit numbers
	Provenance `yaml:",inline"`
}

// Stratum is one stratification factor: the site, or a CEL expression whose value
// (text, boolean or whole number) names the level.
type Stratum struct {
	ID    string `yaml:"id" json:"id"`
	Site  bool   `yaml:"site" json:"site,omitempty"`
	Expr  string `yaml:"expr" json:"expr,omitempty"`
	Cap   int    `yaml:"cap" json:"cap,omitempty"` // most participants with a true level at a site; 0 = none
	Title Text   `yaml:"title" json:"title"`
}

// BlindingRow says what a role must not know.
type BlindingRow struct {
	Role       string   `yaml:"role" json:"role"`
	To         []string `yaml:"to" json:"to"` // "arm", "visit-number", "prior-scores", "revealing-data"
	Provenance `yaml:",inline"`
}

// AccessRow takes capabilities away from a role. A protocol can narrow the program's
// table of roles and capabilities, and never widen it.
type AccessRow struct {
	Role       string   `yaml:"role" json:"role"`
	Without    []string `yaml:"without" json:"without"` // capabilities, by the names of the table
	Reason     Text     `yaml:"reason" json:"reason"`
	Provenance `yaml:",inline"`
}

// Staffing says who works and what they must hold.
type Staffing struct {
	Credentials []Credential `yaml:"credentials" json:"credentials"`
	Pair        Pair         `yaml:"pair" json:"pair"`
	Capacity    Capacity     `yaml:"capacity" json:"capacity"`
}

// Credential that the roles must hold, and for how long it is good.
type Credential struct {
	ID         string   `yaml:"id" json:"id"` // "licence", "gcp", "training"
	Title      Text     `yaml:"title" json:"title"`
	Roles      []string `yaml:"roles" json:"roles"`
	Expires    Duration `yaml:"expires" json:"expires,omitempty"` // 0 = no fixed expiry
	Provenance `yaml:",inline"`
}

// Pair rules for the two who sit with a participant.
type Pair struct {
	Size       int  `yaml:"size" json:"size"`         // therapists present throughout
	Licensed   int  `yaml:"licensed" json:"licensed"` // of them holding the credential "licence"
	Unrelated  bool `yaml:"unrelated" json:"unrelated"`
	Provenance `yaml:",inline"`
}

// Capacity of a site by default; each site may state its own.
type Capacity struct {
	Pairs              int `yaml:"pairs" json:"pairs"`
	Rooms              int `yaml:"rooms" json:"rooms"`
	SessionsPerWeek    int `yaml:"sessionsPerWeek" json:"sessionsPerWeek"`
	ParticipantsAtOnce int `yaml:"participantsAtOnce" json:"participantsAtOnce"`
	Provenance         `yaml:",inline"`
}

// Epoch is a stretch of the study. Needs names milestones that must be reached
// before a visit of this epoch is held.
type Epoch struct {
	ID    string      `yaml:"id" json:"id"`
	Title Text        `yaml:"title" json:"title"`
	Needs []Milestone `yaml:"needs" json:"needs,omitempty"`
}

// Milestone in a participant's life.
type Milestone string

const (
	Referred    Milestone = "referred"
	Prescreened Milestone = "prescreened"
	Consented   Milestone = "consented"
	Eligible    Milestone = "eligible"
	Enrolled    Milestone = "enrolled"
	Randomised  Milestone = "randomised"
	Completed   Milestone = "completed"
)

// VisitKind says how a visit is held.
type VisitKind string

const (
	Clinic  VisitKind = "clinic"
	Remote  VisitKind = "remote" // video
	Phone   VisitKind = "phone"  // a call
	Session VisitKind = "dosing" // dosing session
	Rating  VisitKind = "rating" // independent rater's assessment
)

// Visit is one contact with its place in time.
//
// The target is the day the anchor happened (or is planned) plus Offset; the
// visit is in its window from target+Before to target+After, counted in calendar
// days at the site.
type Visit struct {
	ID         string    `yaml:"id" json:"id"` // such as "V5"; [A-Za-z][A-Za-z0-9_]*
	Number     int       `yaml:"number" json:"number,omitempty"`
	Title      Text      `yaml:"title" json:"title"`
	Epoch      string    `yaml:"epoch" json:"epoch"`
	Kind       VisitKind `yaml:"kind" json:"kind"`
	Anchor     string    `yaml:"anchor" json:"anchor"` // a visit id or a milestone
	Offset     Duration  `yaml:"offset" json:"offset"`
	Before     Duration  `yaml:"before" json:"before"`         // window opens: zero or negative
	After      Duration  `yaml:"after" json:"after"`           // window closes: zero or positive
	Needs      []string  `yaml:"needs" json:"needs,omitempty"` // visits that must be held before, milestones that must be reached
	When       string    `yaml:"when" json:"when,omitempty"`   // CEL: the visit exists only if true
	By         []string  `yaml:"by" json:"by"`                 // roles
	Minutes    int       `yaml:"minutes" json:"minutes"`       // planned length
	Forms      []FormUse `yaml:"forms" json:"forms,omitempty"`
	Overnight  bool      `yaml:"overnight" json:"overnight,omitempty"`
	Recorded   bool      `yaml:"recorded" json:"recorded,omitempty"`
	Hides      bool      `yaml:"hides" json:"hides,omitempty"` // the visit's number is hidden from its rater
	Optional   bool      `yaml:"optional" json:"optional,omitempty"`
	Treatment  bool      `yaml:"treatment" json:"treatment,omitempty"` // not held after treatment is stopped
	Provenance `yaml:",inline"`
}

// FormUse is an instrument at a visit.
type FormUse struct {
	Form     string `yaml:"form" json:"form"` // instrument id
	Optional bool   `yaml:"optional" json:"optional,omitempty"`
	Repeats  bool   `yaml:"repeats" json:"repeats,omitempty"` // several records at this visit
	When     string `yaml:"when" json:"when,omitempty"`       // CEL
	By       string `yaml:"by" json:"by,omitempty"`           // role that fills it in; default: the visit's first, or the participant
}

// Log is a form kept all through the study, outside the visits.
type Log struct {
	Form  string    `yaml:"form" json:"form"`
	From  Milestone `yaml:"from" json:"from"`
	By    []string  `yaml:"by" json:"by"`
	Title Text      `yaml:"title" json:"title"`
}

// Eligibility criteria and the gates at which they are decided.
type Eligibility struct {
	Gates    []Gate      `yaml:"gates" json:"gates"`
	Criteria []Criterion `yaml:"criteria" json:"criteria"`
}

// Gate is a decision. Passing it reaches the milestone Gives.
type Gate struct {
	ID    string    `yaml:"id" json:"id"` // "screening", "enrolment"
	Title Text      `yaml:"title" json:"title"`
	At    string    `yaml:"at" json:"at"`       // visit
	Gives Milestone `yaml:"gives" json:"gives"` // eligible or enrolled
	By    []string  `yaml:"by" json:"by"`       // roles that may decide
}

// Criterion is one inclusion or exclusion criterion. Expr is true when an
// inclusion criterion is met, or an exclusion criterion applies.
type Criterion struct {
	ID         string `yaml:"id" json:"id"`     // "I1", "E4"
	Kind       string `yaml:"kind" json:"kind"` // "inclusion" or "exclusion"
	Text       Text   `yaml:"text" json:"text"`
	Expr       string `yaml:"expr" json:"expr"`
	Gate       string `yaml:"gate" json:"gate"` // decided at
	Provenance `yaml:",inline"`
}

// Consent documents and rules.
type Consent struct {
	Documents []ConsentDocument `yaml:"documents" json:"documents"`
	Reconsent Text              `yaml:"reconsent" json:"reconsent"` // when consent is asked for again
}

// ConsentDocument is one version of one document.
type ConsentDocument struct {
	ID         string            `yaml:"id" json:"id"` // "main", "recording", "biobank"
	Version    string            `yaml:"version" json:"version"`
	Title      Text              `yaml:"title" json:"title"`
	Required   bool              `yaml:"required" json:"required"`
	Valid      bool              `yaml:"valid" json:"valid"` // may be signed now; old versions stay listed
	Sections   []ConsentSection  `yaml:"sections" json:"sections"`
	Questions  []ConsentQuestion `yaml:"questions" json:"questions,omitempty"`   // all must be answered right before signing
	Supersedes []string          `yaml:"supersedes" json:"supersedes,omitempty"` // versions whose signers must consent anew
	Provenance `yaml:",inline"`
}

// ConsentSection is one layer of reading.
type ConsentSection struct {
	ID     string   `yaml:"id" json:"id"`
	Title  Text     `yaml:"title" json:"title"`
	Short  Text     `yaml:"short" json:"short"`
	Long   Text     `yaml:"long" json:"long"`
	Covers []string `yaml:"covers" json:"covers,omitempty"` // form ids and "recording", "kit", ... that this section tells of
}

// ConsentQuestion checks that the person has understood.
type ConsentQuestion struct {
	ID      string          `yaml:"id" json:"id"`
	Text    Text            `yaml:"text" json:"text"`
	Options []ConsentOption `yaml:"options" json:"options"`
}

// ConsentOption is one answer.
type ConsentOption struct {
	ID    string `yaml:"id" json:"id"`
	Text  Text   `yaml:"text" json:"text"`
	Right bool   `yaml:"right" json:"right,omitempty"`
	Why   Text   `yaml:"why" json:"why,omitzero"` // told when it was chosen
}

// Interaction is one row of the medication table.
type Interaction struct {
	ID         string   `yaml:"id" json:"id"`
	Class      Text     `yaml:"class" json:"class"`
	Examples   []string `yaml:"examples" json:"examples"` // generic names, lower case
	ATC        []string `yaml:"atc" json:"atc,omitempty"` // ATC code prefixes
	Severity   string   `yaml:"severity" json:"severity"` // X contraindicated, H stop or exclude, M physician decides, L note
	Mechanism  Text     `yaml:"mechanism" json:"mechanism"`
	Washout    Duration `yaml:"washout" json:"washout,omitempty"` // least time since the last intake before dosing; 0 = see Advice
	Advice     Text     `yaml:"advice" json:"advice"`
	Provenance `yaml:",inline"`
}

// Withdrawal says which reasons there are and what goes on afterwards.
type Withdrawal struct {
	Reasons  []Reason `yaml:"reasons" json:"reasons"`
	FollowUp []string `yaml:"followUp" json:"followUp"` // visits still asked for after treatment is stopped (treatment policy)
}

// Reason is a coded reason.
type Reason struct {
	ID   string `yaml:"id" json:"id"`
	Text Text   `yaml:"text" json:"text"`
}

// Report is due regularly (regulated care: six-monthly).
type Report struct {
	ID         string   `yaml:"id" json:"id"`
	Title      Text     `yaml:"title" json:"title"`
	Every      Duration `yaml:"every" json:"every"`
	Due        Duration `yaml:"due" json:"due"` // after the period's end
	To         Text     `yaml:"to" json:"to"`
	Contents   []string `yaml:"contents" json:"contents"`
	Owner      string   `yaml:"owner" json:"owner"`
	Provenance `yaml:",inline"`
}

// Confirmation closes one open Confirm mark. Digest is of the value that was
// confirmed: when the value is changed afterwards, the confirmation no longer holds.
type Confirmation struct {
	Ref    string `yaml:"ref" json:"ref"` // the mark's reference as `varde check` lists it, such as "visits.V9"
	By     string `yaml:"by" json:"by"`
	On     string `yaml:"on" json:"on"`                   // YYYY-MM-DD
	Digest string `yaml:"digest" json:"digest,omitempty"` // of the value confirmed, as `varde check` lists it
	Note   string `yaml:"note" json:"note,omitempty"`
}
