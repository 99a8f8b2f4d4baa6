package study

import (
	"slices"
	"time"
	"unicode/utf8"

	"varde/protocol"
)

// ReferralCommand asks for something to happen to a referral.
type ReferralCommand interface{ aboutReferral() }

// Commands on a referral.
type (
	// AssessReferral is the triage. It may be done anew until the person has a place.
	AssessReferral struct {
		Decision string // "wait", "invite", "onwards", "unsuitable"
		Agreed   bool   // said now that they want to stand on the waiting list
		Site     string // "" = as it was
		Urgency  string // "routine", "soon", or "" = as it was
		Reasons  []string
		Note     string
	}
	// MoveReferral puts somebody elsewhere on the list than by their turn.
	MoveReferral struct {
		Ahead  string // referral before which they stand from now on; "" = at the end
		Reason string // of MoveReasons
		Note   string
	}
	// CheckReferral records that somebody on the list was asked how they are.
	CheckReferral struct {
		Reached bool
		Still   bool // still wants the place
		Concern bool // a clinician must look at once
		Note    string
	}
	// CareReferral records what a clinician did about a concern.
	CareReferral struct{ Action string }
	// InviteReferral says that the place was given; the participant's record has begun.
	InviteReferral struct {
		Participant string
		Site        string
	}
	// PassOnReferral records a referral elsewhere, with the person's consent.
	PassOnReferral struct {
		To      string
		Consent string // "written" or "spoken"
		Form    string // "letter" or "fhir"
	}
	// CloseReferral ends it without a place.
	CloseReferral struct {
		Reason string // of CloseReasons
		Note   string
	}
)

func (AssessReferral) aboutReferral() {}
func (MoveReferral) aboutReferral()   {}
func (CheckReferral) aboutReferral()  {}
func (CareReferral) aboutReferral()   {}
func (InviteReferral) aboutReferral() {}
func (PassOnReferral) aboutReferral() {}
func (CloseReferral) aboutReferral()  {}

// ReferralEnv is what a decision about a referral may know besides it.
type ReferralEnv struct {
	Now   time.Time
	Actor Actor
	Study *StudyState
	Sites []string // open sites within the actor's reach
	Order []string // the waiting list of the referral's site
	Free  int      // places free at that site for whoever stands first
}

// maxReferralNote bounds a note, in characters.
const maxReferralNote = 500

// DecideReferral answers what happens when the command is carried out, or a *Refusal.
func DecideReferral(_ *protocol.Definition, s *ReferralState, env ReferralEnv, cmd ReferralCommand) ([]Payload, error) {
	if s == nil || s.Status == "" {
		return nil, NoReferral()
	}
	if env.Study == nil || !env.Study.Locked.IsZero() {
		return nil, against("study-locked", "the study is locked: nothing can be entered any more", "studien er låst: ingenting kan føres lenger")
	}
	p, r := decideReferral(s, env, cmd)
	if r != nil {
		return nil, r
	}
	return p, nil
}

// NoReferral is the refusal of one that does not exist.
func NoReferral() *Refusal {
	return missing("no-such-referral", "there is no such referral", "henvisningen finnes ikke")
}

func decideReferral(s *ReferralState, env ReferralEnv, cmd ReferralCommand) ([]Payload, *Refusal) {
	if s.Status == ReferralTaken {
		return nil, against("has-place", "the person has a place: go on in the participant's record", "personen har fått plass: gå videre i deltakerens journal")
	}
	switch c := cmd.(type) {
	case AssessReferral:
		return assessReferral(s, env, c)
	case MoveReferral:
		return moveReferral(s, env, c)
	case CheckReferral:
		return checkReferral(s, c)
	case CareReferral:
		return careReferral(s, env, c)
	case InviteReferral:
		if s.Status != ReferralWaiting || c.Participant == "" {
			return nil, notWaiting()
		}
		return []Payload{ReferralInvited(c)}, nil
	case PassOnReferral:
		return passOnReferral(s, c)
	case CloseReferral:
		return closeReferral(s, c)
	}
	return nil, invalid("", "unknown-command", "this is no command about a referral", "dette er ingen kommando om en henvisning")
}

func notWaiting() *Refusal {
	return against("not-waiting", "the person does not stand on the waiting list: assess the referral first", "personen står ikke på ventelisten: vurder henvisningen først")
}

func erasedReferral() *Refusal {
	return against("identity-erased", "who this is was erased for good: nobody can be reached about it", "hvem dette er, er slettet for godt: ingen kan nås om den")
}

func concernOpen() *Refusal {
	return against("concern-open", "a clinician is asked to look at this person: that comes first", "en behandler er bedt om å se på denne personen: det kommer først")
}

func badNote(field, text string) *Refusal {
	if r := badString(field, text); r != nil {
		return r
	}
	if utf8.RuneCountInString(text) > maxReferralNote {
		return invalid(field, "too-long", "say it in at most 500 characters", "si det med høyst 500 tegn")
	}
	return nil
}

func assessReferral(s *ReferralState, env ReferralEnv, c AssessReferral) ([]Payload, *Refusal) {
	if s.Status == ReferralEnded {
		return nil, against("referral-closed", "the referral is closed: a new one begins with a new request", "henvisningen er avsluttet: en ny begynner med en ny henvendelse")
	}
	if !s.Erased.IsZero() {
		return nil, erasedReferral()
	}
	if r := badNote("note", c.Note); r != nil {
		return nil, r
	}
	if !slices.Contains([]string{"", "routine", "soon"}, c.Urgency) {
		return nil, invalid("urgency", "bad-urgency", "the urgency is routine or soon", "hastegraden er vanlig eller snart")
	}
	site := c.Site
	if site == "" {
		site = s.Site
	}
	var reasons ReasonList
	switch c.Decision {
	case "wait", "invite":
		switch {
		case site == "":
			return nil, invalid("site", "site-owed", "choose the site where the person is to be treated", "velg stedet der personen skal behandles")
		case !slices.Contains(env.Sites, site):
			return nil, invalid("site", "no-such-site", "choose an open site that you work at", "velg et åpent sted som du arbeider ved")
		case !s.Wait && !c.Agreed:
			return nil, invalid("agreed", "agreement-owed", "the person has not agreed to stand on the waiting list: ask, and record that they agree", "personen har ikke sagt ja til å stå på venteliste: spør, og før at de sier ja")
		}
		for _, r := range c.Reasons {
			if r := badNote("reasons", r); r != nil {
				return nil, r
			}
		}
	case "onwards":
		reasons = OnwardReasons
	case "unsuitable":
		reasons = UnsuitableReasons
	default:
		return nil, invalid("decision", "decision-owed", "choose what is to happen with the referral", "velg hva som skal skje med henvisningen")
	}
	if c.Site != "" && !slices.Contains(env.Sites, c.Site) {
		return nil, invalid("site", "no-such-site", "choose an open site that you work at", "velg et åpent sted som du arbeider ved")
	}
	if reasons != nil {
		if !s.Concern.IsZero() {
			return nil, concernOpen()
		}
		if len(c.Reasons) == 0 {
			return nil, invalid("reasons", "reason-owed", "choose a reason from the list", "velg en grunn fra listen")
		}
		for _, code := range c.Reasons {
			if r := reasons.owed("reasons", code, c.Note); r != nil {
				return nil, r
			}
		}
	}
	return []Payload{ReferralAssessed{Agreed: c.Agreed && !s.Wait, Decision: c.Decision, Note: c.Note, Reasons: c.Reasons, Site: site, Urgency: c.Urgency}}, nil
}

func moveReferral(s *ReferralState, env ReferralEnv, c MoveReferral) ([]Payload, *Refusal) {
	if s.Status != ReferralWaiting {
		return nil, notWaiting()
	}
	if r := badNote("note", c.Note); r != nil {
		return nil, r
	}
	if r := MoveReasons.owed("reason", c.Reason, c.Note); r != nil {
		return nil, r
	}
	here := slices.Index(env.Order, s.ID)
	there := slices.Index(env.Order, c.Ahead)
	switch {
	case c.Ahead == s.ID, c.Ahead == "" && here == len(env.Order)-1, there >= 0 && there == here+1:
		return nil, against("stands-there", "the person stands there already", "personen står der allerede")
	case c.Ahead != "" && there < 0:
		return nil, invalid("ahead", "not-on-list", "choose somebody who stands on the same waiting list", "velg noen som står på den samme ventelisten")
	}
	return []Payload{ReferralMoved{Ahead: c.Ahead, Note: c.Note, Reason: c.Reason}}, nil
}

func checkReferral(s *ReferralState, c CheckReferral) ([]Payload, *Refusal) {
	if s.Status != ReferralWaiting {
		return nil, notWaiting()
	}
	if r := badNote("note", c.Note); r != nil {
		return nil, r
	}
	if c.Concern && c.Note == "" {
		return nil, invalid("note", "note-owed", "say what the clinician should look at, without names", "skriv hva behandleren bør se på, uten navn")
	}
	out := []Payload{ReferralChecked{Concern: c.Concern, Note: c.Note, Reached: c.Reached, Still: c.Still || !c.Reached}}
	if c.Reached && !c.Still && !c.Concern {
		out = append(out, ReferralClosed{Reason: "own-wish"})
	}
	return out, nil
}

// clinicians may answer a concern about somebody who waits.
var clinicians = []string{"physician"}

func careReferral(s *ReferralState, env ReferralEnv, c CareReferral) ([]Payload, *Refusal) {
	if s.Concern.IsZero() {
		return nil, against("no-concern", "no clinician is asked to look now", "ingen behandler er bedt om å se på dette nå")
	}
	if !slices.Contains(clinicians, env.Actor.Role) {
		return nil, forbidden("a physician answers a concern: ring one now if it cannot wait", "en lege svarer på en bekymring: ring en nå hvis det ikke kan vente")
	}
	if r := badNote("action", c.Action); r != nil {
		return nil, r
	}
	if c.Action == "" {
		return nil, invalid("action", "action-owed", "say what was done, without names", "skriv hva som ble gjort, uten navn")
	}
	return []Payload{ReferralCared(c)}, nil
}

func passOnReferral(s *ReferralState, c PassOnReferral) ([]Payload, *Refusal) {
	if !s.Erased.IsZero() {
		return nil, erasedReferral()
	}
	if r := badNote("to", c.To); r != nil {
		return nil, r
	}
	switch {
	case c.To == "":
		return nil, invalid("to", "to-owed", "say which service the person is referred to", "skriv hvilken tjeneste personen henvises til")
	case c.Consent != "written" && c.Consent != "spoken":
		return nil, invalid("consent", "consent-owed", "nothing is passed on without the person's consent: record how it was given", "ingenting gis videre uten personens samtykke: før hvordan det ble gitt")
	case c.Form != "letter" && c.Form != "fhir":
		return nil, invalid("form", "bad-form", "it is passed on as a letter, or as FHIR", "den gis videre som brev, eller som FHIR")
	}
	return []Payload{ReferralPassedOn{Consent: c.Consent, Form: c.Form, To: c.To}}, nil
}

func closeReferral(s *ReferralState, c CloseReferral) ([]Payload, *Refusal) {
	if s.Status == ReferralEnded {
		return nil, nil
	}
	if r := badNote("note", c.Note); r != nil {
		return nil, r
	}
	if r := CloseReasons.owed("reason", c.Reason, c.Note); r != nil {
		return nil, r
	}
	if !s.Concern.IsZero() && c.Reason != "died" {
		return nil, concernOpen()
	}
	if c.Reason == "not-reached" && s.Missed < TriesBeforeClosing {
		return nil, against("try-again", "try at least three times, on different days, and record each: nobody loses a place for missing one call", "prøv minst tre ganger, på ulike dager, og før hver av dem: ingen mister plassen for ett ubesvart anrop")
	}
	return []Payload{ReferralClosed{Note: c.Note, Reason: c.Reason}}, nil
}

// MayInvite refuses to give a place to somebody whose turn it is not, or where there
// is none.
func MayInvite(s *ReferralState, env ReferralEnv) error {
	switch {
	case s == nil:
		return NoReferral()
	case s.Status == ReferralTaken:
		return against("has-place", "the person has a place: go on in the participant's record", "personen har fått plass: gå videre i deltakerens journal")
	case s.Status != ReferralWaiting:
		return notWaiting()
	case !s.Erased.IsZero():
		return erasedReferral()
	case env.Study == nil || !env.Study.Locked.IsZero() || !env.Study.Closed.IsZero():
		return against("recruitment-closed", "recruitment is closed: refer the person onwards", "inkluderingen er avsluttet: henvis personen videre")
	case !slices.Contains(env.Sites, s.Site):
		return missing("no-such-site", "there is no such site", "stedet finnes ikke")
	case !s.Concern.IsZero():
		return concernOpen()
	case len(env.Order) == 0 || env.Order[0] != s.ID:
		return against("not-first", "others stand before: invite whoever is first, or move this person with a reason that everybody can see", "andre står foran: inviter den som er først, eller flytt denne personen med en grunn som alle kan se")
	case env.Free <= 0:
		return against("no-place", "no place is free at this site now: the page on capacity says what binds", "ingen plass er ledig ved dette stedet nå: siden om kapasitet sier hva som begrenser")
	}
	return nil
}
