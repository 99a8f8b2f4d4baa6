// Package access says who may do and see what: one table of role and capability,
// site scope, and blinding classes. Every use case asks here, and nowhere else.
package access

import (
	"slices"

	"varde/bilingual"
	"varde/instrument"
	"varde/protocol"
)

// Actor is who acts, after authentication.
type Actor struct {
	ID          string   // account id
	Name        string   // as shown
	Role        string   // one of protocol.Roles
	Study       string   // the study the grant is for; "" = every study
	Sites       []string // nil = every site of the study
	Participant string   // for the role participant: whose record
}

// System is the clock and the program itself.
var System = Actor{ID: "system", Name: "Varde", Role: "system"}

// Capability is one thing that a role may do.
type Capability string

const (
	SeeList     Capability = "see-list"    // list of participants and tasks
	SeeJourney  Capability = "see-journey" // one participant's record
	SeeAudit    Capability = "see-audit"   // audit trail
	SeeStudy    Capability = "see-study"   // dashboard: enrolment, flow, completeness
	SeeResult   Capability = "see-result"  // results by arm, once the study is unblinded
	SeeArms     Capability = "see-arms"    // arms before the study is unblinded
	Refer       Capability = "refer"       // refer and pre-screen
	Consent     Capability = "consent"     // obtain and withdraw consent
	Decide      Capability = "decide"      // eligibility gates (the protocol narrows who)
	Randomise   Capability = "randomise"   // take the next allocation
	Schedule    Capability = "schedule"    // plan, hold and miss visits
	Enter       Capability = "enter"       // fill in and correct forms (the protocol narrows which)
	Query       Capability = "query"       // raise queries
	Answer      Capability = "answer"      // close queries and alerts
	RunSession  Capability = "run-session" // the session room
	Acknowledge Capability = "acknowledge" // acknowledge a breach
	Report      Capability = "report"      // deviations and safety reports
	EndTaking   Capability = "end-taking"  // stop treatment, withdrawal, lost, completed
	SetUp       Capability = "set-up"      // open study, sites, staff, approvals
	Lock        Capability = "lock"        // close recruitment, lock, unblind
	PassTime    Capability = "pass-time"   // the clock
)

// Names of capabilities for people.
var Names = map[Capability]bilingual.Text{
	SeeList: {EN: "see participants and tasks", NB: "se deltakere og oppgaver"}, SeeJourney: {EN: "see a participant's record", NB: "se en deltakers journal"},
	SeeAudit: {EN: "see the audit trail", NB: "se revisjonssporet"}, SeeStudy: {EN: "see the study's progress", NB: "se studiens fremdrift"},
	SeeResult: {EN: "see results", NB: "se resultater"}, SeeArms: {EN: "see arms before unblinding", NB: "se armer før avblinding"},
	Refer: {EN: "refer and pre-screen", NB: "henvise og forhåndsvurdere"}, Consent: {EN: "obtain consent", NB: "innhente samtykke"},
	Decide: {EN: "decide eligibility", NB: "avgjøre kvalifisering"}, Randomise: {EN: "randomise", NB: "randomisere"},
	Schedule: {EN: "plan and hold visits", NB: "avtale og gjennomføre besøk"}, Enter: {EN: "fill in forms", NB: "fylle ut skjemaer"},
	Query: {EN: "raise queries", NB: "stille spørsmål"}, Answer: {EN: "answer queries and alerts", NB: "besvare spørsmål og varsler"},
	RunSession: {EN: "run a dosing session", NB: "lede en doseringsøkt"}, Acknowledge: {EN: "acknowledge passed limits", NB: "kvittere passerte grenser"},
	Report: {EN: "report deviations and safety", NB: "melde avvik og sikkerhet"}, EndTaking: {EN: "end treatment or taking part", NB: "avslutte behandling eller deltakelse"},
	SetUp: {EN: "set up study, sites and staff", NB: "sette opp studie, steder og stab"}, Lock: {EN: "close, lock and unblind", NB: "avslutte, låse og avblinde"},
	PassTime: {EN: "let time pass", NB: "la tiden gå"},
}

// Table is role x capability. A protocol may narrow it, never widen it.
var Table = map[string][]Capability{
	"administrator":          {SeeStudy, SeeAudit, SetUp, Lock},
	"sponsor":                {SeeStudy, SeeAudit, SeeResult, Lock},
	"coordinator":            {SeeList, SeeJourney, SeeAudit, SeeStudy, SeeResult, Refer, Consent, Decide, Randomise, Schedule, Enter, Query, Answer, RunSession, Report, EndTaking},
	"physician":              {SeeList, SeeJourney, SeeAudit, SeeStudy, SeeResult, Refer, Consent, Decide, Randomise, Schedule, Enter, Query, Answer, RunSession, Acknowledge, Report, EndTaking},
	"therapist":              {SeeList, SeeJourney, SeeStudy, SeeResult, Schedule, Enter, Answer, RunSession, Acknowledge, Report},
	"attendant":              {SeeList, SeeJourney, Enter, RunSession, Acknowledge, Report},
	"rater":                  {SeeList, Schedule, Enter},
	"adherence-rater":        {SeeList, Enter},
	"pharmacist":             {SeeArms, SeeStudy},
	"monitor":                {SeeList, SeeJourney, SeeAudit, SeeStudy, Query, Report},
	"data-manager":           {SeeList, SeeJourney, SeeAudit, SeeStudy, Query, Answer, Lock},
	"statistician":           {SeeStudy, SeeResult},
	"statistician-unblinded": {SeeStudy, SeeResult, SeeArms},
	"safety-board":           {SeeStudy, SeeResult, SeeArms},
	"auditor":                {SeeList, SeeJourney, SeeAudit, SeeStudy, SeeResult},
	"participant":            {Enter},
	"system":                 {PassTime, SetUp, Lock, SeeArms},
}

// Can says that the role has the capability.
func (a Actor) Can(c Capability) bool { return slices.Contains(Table[a.Role], c) }

// InStudy says that the actor's grant covers the study.
func (a Actor) InStudy(study string) bool { return a.Study == "" || a.Study == study }

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
