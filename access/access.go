// Package access says who may do and see what: one table of role and capability,
// site scope, and blinding classes. Every use case asks here, and nowhere else.
package access

import (
	"slices"

	"varde/bilingual"
	"varde/instrument"
	"varde/protocol"
)

// Actor is who acts, after authentication, in one role.
type Actor struct {
	ID          string   // account id
	Name        string   // as shown
	Role        string   // one of protocol.Roles; "" = signed in, with no grant here
	Study       string   // the study the grant is for; "" = every study
	Sites       []string // nil = every site of the study
	Participant string   // for the role participant: whose record
	Session     string   // id of the session or token, for revocation; "" = none
	// Grants are all that the account may be, in every study; Role, Study and Sites
	// are those of the one that is used now.
	Grants []Grant
}

// Grant is a role that somebody delegated to an account.
type Grant struct {
	Role        string
	Study       string   // "" = every study of the installation
	Sites       []string // nil = every site
	Participant string
	From, Until string // first and last day, YYYY-MM-DD; "" = open
	By          string // account that delegated
}

// System is the clock and the program itself.
var System = Actor{ID: "system", Name: "Varde", Role: "system"}

// Capability is one thing that a role may do. Which roles have it stands in
// table/table.yaml.
type Capability string

const (
	SeeList        Capability = "see-list"           // list of participants and tasks
	SeeJourney     Capability = "see-journey"        // one participant's record
	SeeAudit       Capability = "see-audit"          // audit trail
	SeeStudy       Capability = "see-study"          // dashboard: enrolment, flow, completeness
	SeeResult      Capability = "see-result"         // results by arm, once the study is unblinded
	SeeArms        Capability = "see-arms"           // arms before the study is unblinded
	Refer          Capability = "refer"              // refer and pre-screen
	Consent        Capability = "consent"            // obtain and withdraw consent
	Decide         Capability = "decide"             // eligibility gates (the protocol narrows who)
	Randomise      Capability = "randomise"          // take the next allocation
	Schedule       Capability = "schedule"           // plan, hold and miss visits
	Enter          Capability = "enter"              // fill in and correct forms (the protocol narrows which)
	Query          Capability = "query"              // raise queries
	Answer         Capability = "answer"             // close queries and alerts
	RunSession     Capability = "run-session"        // the session room
	Acknowledge    Capability = "acknowledge"        // acknowledge a breach
	Report         Capability = "report"             // deviations and safety reports
	EndTaking      Capability = "end-taking"         // stop treatment, withdrawal, lost, completed
	SetUp          Capability = "set-up"             // open study, sites, staff, approvals
	Lock           Capability = "lock"               // close recruitment, lock, unblind
	PassTime       Capability = "pass-time"          // the clock
	SeeIdentity    Capability = "see-identity"       // identities, opened from the vault
	KeepIdentity   Capability = "keep-identity"      // record and correct identities
	EraseIdentity  Capability = "erase-identity"     // destroy a person's key
	SeeAccess      Capability = "see-access"         // sign-ins, refusals and who looked at what, of everybody
	SeeLooks       Capability = "see-looks"          // who looked at a participant's record; participants see their own
	Accounts       Capability = "accounts"           // invitations, revocation
	Delegate       Capability = "delegate"           // the delegation log
	Sign           Capability = "sign"               // electronic signatures
	Rate           Capability = "rate"               // assessments that one was drawn for
	DrawRater      Capability = "draw-rater"         // assign assessments by lot
	Unblind        Capability = "unblind"            // emergency unblinding, first person
	ConfirmUnblind Capability = "confirm-unblinding" // and second
	NoteUnblind    Capability = "note-unblinding"    // is told of emergency unblindings
	SeeOwn         Capability = "see-own"            // one's own course: what a participant follows
	OwnConsent     Capability = "own-consent"        // sign and withdraw one's own consent, leave
	OwnWords       Capability = "own-words"          // diary, messages, how to be reached
	RaiseConcern   Capability = "raise-concern"      // the reporting line outside the site
	HearConcern    Capability = "hear-concern"       // those who answer it: never at the site
	Message        Capability = "message"            // the team's side of messages
	Triage         Capability = "triage"             // referrals and the waiting list, with who asks
)

// SignedIn is what a route needs that everybody with an account may open. It is in
// no table: a route that names neither it nor a capability is refused at start.
const SignedIn Capability = "signed-in"

// What some routes need stands in no table either: any role in the study, or one of
// several capabilities.
const (
	InStudy         Capability = "in-study"         // every role with a grant in the study
	SeeOrEnter      Capability = "see-or-enter"     // who sees the record, or fills in forms of it
	AboutIdentity   Capability = "about-identity"   // who opens, keeps or erases an identity
	AboutUnblinding Capability = "about-unblinding" // who sees the record, or has to do with emergency unblindings
	OfUnblinding    Capability = "of-unblinding"    // who has to do with emergency unblindings
	Unblinds        Capability = "unblinds"         // who asks for one or confirms it
	OwnOrMessage    Capability = "own-or-message"   // either side of messages
	ConsentOrOwn    Capability = "consent-or-own"   // who obtains consent, and whose it is
	LeaveOrOwn      Capability = "leave-or-own"     // who ends taking part for somebody, and whoever takes part
)

// anyOf is what the policies above stand for.
var anyOf = map[Capability][]Capability{
	SeeOrEnter:      {SeeJourney, Enter},
	AboutIdentity:   {SeeIdentity, KeepIdentity, EraseIdentity},
	AboutUnblinding: {SeeJourney, Unblind, ConfirmUnblind, NoteUnblind},
	OfUnblinding:    {Unblind, ConfirmUnblind, NoteUnblind},
	Unblinds:        {Unblind, ConfirmUnblind},
	OwnOrMessage:    {OwnWords, Message},
	ConsentOrOwn:    {Consent, OwnConsent},
	LeaveOrOwn:      {EndTaking, OwnConsent},
}

// NameOf answers what a capability is called; a policy is called by the first of
// what it stands for.
func NameOf(c Capability) bilingual.Text {
	if list := anyOf[c]; len(list) > 0 {
		c = list[0]
	}
	return Names[c]
}

// Declared says that a route may name it: a capability of the table, or a policy.
func Declared(c Capability) bool {
	_, known := Names[c]
	return known || c == SignedIn || c == InStudy || anyOf[c] != nil
}

// Can says that the role has the capability, or meets the policy.
func (a Actor) Can(c Capability) bool {
	switch list := anyOf[c]; {
	case list != nil:
		return slices.ContainsFunc(list, a.Can)
	case c == SignedIn:
		return true
	case c == InStudy:
		return a.Role != ""
	}
	return slices.Contains(Table[a.Role], c)
}

// Permits says that the role has the capability under a protocol, which may have
// taken it away.
func Permits(def *protocol.Definition, a Actor, c Capability) bool {
	if list := anyOf[c]; list != nil {
		return slices.ContainsFunc(list, func(one Capability) bool { return Permits(def, a, one) })
	}
	return a.Can(c) && !Withheld(def, a.Role, c)
}

// InStudy says that the actor acts in the study, or in all. Without a role nobody
// acts anywhere.
func (a Actor) InStudy(study string) bool {
	return a.Role != "" && (a.Study == "" || a.Study == study)
}

// Covers says that the actor acts in the study or, signed in without a role, has a
// grant there.
func (a Actor) Covers(study string) bool {
	if a.InStudy(study) {
		return true
	}
	return a.Role == "" && slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Study == "" || g.Study == study })
}

// AtSite says that the actor's grant covers the site.
func (a Actor) AtSite(site string) bool { return a.Sites == nil || slices.Contains(a.Sites, site) }

// Sees says that the role may see values of a blinding class under the protocol.
// A rater sees only ratings and open values; those who treat see no ratings; only
// unblinded roles see what tells the arm.
func Sees(def *protocol.Definition, role string, class instrument.Blinding) bool {
	switch class {
	case instrument.Unblinded:
		return slices.Contains(Table[role], SeeArms) && !blindTo(def, role, "arm")
	case instrument.Revealing:
		return role != "rater" && !blindTo(def, role, "revealing-data")
	case instrument.Treating:
		return slices.Contains([]string{"therapist", "attendant", "coordinator", "physician", "auditor"}, role)
	case instrument.Rating:
		return !slices.Contains([]string{"therapist", "attendant", "coordinator", "physician", "participant"}, role) || !isBlinded(def)
	}
	return true
}

// HidesPrior says that the role must not see what was rated at earlier visits, nor
// by somebody else.
func HidesPrior(def *protocol.Definition, role string) bool {
	return role == "rater" && isBlinded(def) || blindTo(def, role, "prior-scores")
}

// HidesVisit says that the role must not know which visit an assessment belongs to.
func HidesVisit(def *protocol.Definition, role string) bool {
	return role == "rater" || blindTo(def, role, "visit-number")
}

func isBlinded(def *protocol.Definition) bool { return len(def.Blinding) > 0 }

func blindTo(def *protocol.Definition, role, what string) bool {
	for _, row := range def.Blinding {
		if row.Role == role && slices.Contains(row.To, what) {
			return true
		}
	}
	return false
}
