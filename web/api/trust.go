package api

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/study"
)

// trustRoutes are delegation, identities, unblinding, ratings, signatures, and who did
// and saw what. Signing itself is not here: it takes a person who proves presence.
func trustRoutes() []route {
	const person = "/studies/{study}/participants/{id}"
	search := []param{
		{Name: "account", Type: "string", Doc: "done by this account"}, {Name: "type", Type: "string", Doc: `beginning of the type, such as "form."`},
		{Name: "from", Type: "string", Format: "date-time", Doc: "recorded at this moment or later"}, {Name: "to", Type: "string", Format: "date-time", Doc: "recorded before this moment"},
		{Name: "before", Type: "integer", Min: 1, Max: maxBefore, Doc: "only events with a lower sequence number: the next of the page before"}, limitOf(200, maxTrail),
	}
	inStudySearch := append([]param{
		{Name: "participant", Type: "string", Doc: "about this participant"}, {Name: "record", Type: "string", Doc: "about this record, such as form/V3/caps5, session/V5 or casebook"},
		{Name: "seen", Type: "boolean", Doc: "with looks as well; needs to see who looked"},
	}, search...)
	return []route{
		{Method: "GET", Path: "/studies/{study}/delegations", ID: "listDelegations", Group: "trust", Summary: "The delegation log: who may work in the study, in which role, where and for how long, and who decided so",
			Needs: access.SeeAudit, Answer: reflect.TypeFor[Delegations](), Problems: []int{403}, Handle: listDelegations},
		{Method: "GET", Path: person + "/identity", ID: "readIdentityCard", Group: "trust", Summary: "Which identifying fields are kept of a participant, without opening any",
			Needs: access.AboutIdentity, Answer: reflect.TypeFor[IdentityCard](), Problems: []int{403}, Handle: readCard},
		{Method: "PUT", Path: person + "/identity", ID: "keepIdentity", Group: "trust", Summary: "Seal and keep identifying fields; an empty text removes one",
			Needs: access.KeepIdentity, Keyed: true, Body: reflect.TypeFor[Keeping](), Required: []string{"fields"}, Answer: reflect.TypeFor[IdentityCard](), Problems: []int{403, 409, 413, 415, 422}, Handle: keepIdentity},
		{Method: "POST", Path: person + "/identity/open", ID: "openIdentity", Group: "trust", Summary: "Open identifying fields. That it was done, by whom and what for is on disk before the answer, and the participant can read it",
			Needs: access.SeeIdentity, Body: reflect.TypeFor[IdentityRequest](), Required: []string{"fields", "purpose"}, Answer: reflect.TypeFor[Opened](), Problems: []int{403, 413, 415, 422}, Handle: openIdentity},
		{Method: "GET", Path: person + "/looks", ID: "listLooks", Group: "trust", Summary: "Who looked at a participant's identity and record, newest first",
			Needs: access.SeeLooks, Who: "a participant sees their own", Query: []param{limitOf(200, maxPage)}, Answer: reflect.TypeFor[Looks](), Problems: []int{403}, Handle: listLooks},
		{Method: "GET", Path: person + "/unblindings", ID: "listUnblindings", Group: "trust", Summary: "Emergency unblindings of a participant; none of them tells the arm",
			Needs: access.AboutUnblinding, Answer: reflect.TypeFor[Unblindings](), Problems: []int{403}, Handle: listUnblindings},
		{Method: "GET", Path: "/studies/{study}/unblindings", ID: "listOpenUnblindings", Group: "trust", Summary: "Emergency unblindings that somebody has still to confirm or to take note of",
			Needs: access.OfUnblinding, Answer: reflect.TypeFor[Unblindings](), Problems: []int{403}, Handle: listUnblindings},
		{Method: "POST", Path: person + "/unblindings/{unblinding}/reveal", ID: "revealArm", Group: "trust", Summary: "Show the arm after an emergency unblinding. Each time is on disk before the answer",
			Needs: access.Unblinds, Who: "the one who asked and the one who confirmed, and nobody else", Body: reflect.TypeFor[Reveal](), Required: []string{}, Answer: reflect.TypeFor[Arm](), Problems: []int{403, 413, 415, 422}, Handle: revealArm},
		{Method: "GET", Path: "/studies/{study}/ratings", ID: "listRatings", Group: "trust", Summary: "The assessments that the token's holder was drawn for. It tells neither which visit it is nor what was rated before",
			Needs: access.Rate, Answer: reflect.TypeFor[Ratings](), Problems: []int{403}, Handle: listRatings},
		{Method: "GET", Path: person + "/signatures", ID: "listSignatures", Group: "trust", Summary: "Signatures on a participant's records, each verified anew",
			Needs: access.SeeOrEnter, Who: "a role that only fills in forms sees those", Query: []param{{Name: "record", Type: "string", Doc: "on this record only"}},
			Answer: reflect.TypeFor[Signatures](), Problems: []int{403}, Handle: listSignatures},
		{Method: "GET", Path: "/studies/{study}/signatures", ID: "listStudySignatures", Group: "trust", Summary: "Signatures on the study's protocol, each verified anew",
			Needs: access.SeeStudy, Answer: reflect.TypeFor[Signatures](), Problems: []int{403}, Handle: listSignatures},
		{Method: "GET", Path: "/studies/{study}/audit", ID: "searchAudit", Group: "audit", Summary: "What happened in a study, newest first: by person, participant, record, type and time",
			Needs: access.SeeAudit, Query: inStudySearch, Answer: reflect.TypeFor[AuditPage](), Lines: reflect.TypeFor[AuditRecord](), Problems: []int{403}, Handle: searchAudit},
		{Method: "GET", Path: "/audit", ID: "searchHouseAudit", Group: "audit", Summary: "What happened in the house's own log, newest first: sign-ins, failures, refusals, accounts",
			Needs: access.SeeAccess, Who: "in the whole house", Query: search, Answer: reflect.TypeFor[AuditPage](), Lines: reflect.TypeFor[AuditRecord](), Problems: []int{403}, Handle: searchAudit},
	}
}

const maxBefore = 1 << 40

// Delegations are lines of the delegation log.
type Delegations struct {
	Delegations []Delegation `json:"delegations"`
}

// Delegation is one line: of the study's log, or of a site's staff.
type Delegation struct {
	Account     string            `json:"account"`
	Name        string            `json:"name"`
	Role        string            `json:"role"`
	Site        string            `json:"site,omitempty" doc:"of a site's staff"`
	Sites       []string          `json:"sites,omitempty" doc:"absent = every site"`
	From        string            `json:"from,omitempty" doc:"first day"`
	Until       string            `json:"until,omitempty" doc:"last day; absent = until it is ended"`
	By          string            `json:"by,omitempty" doc:"account that delegated"`
	At          time.Time         `json:"at,omitzero"`
	Ended       time.Time         `json:"ended,omitzero"`
	EndedBy     string            `json:"endedBy,omitempty"`
	Reason      string            `json:"reason,omitempty" doc:"why it was ended"`
	Credentials map[string]string `json:"credentials,omitempty" doc:"last valid day by credential; empty = no expiry"`
	Fault       *Text             `json:"fault,omitempty" doc:"what is wrong today, such as a credential that ran out"`
	Holds       bool              `json:"holds" doc:"the grant is valid now"`
}

func listDelegations(c *call) error {
	lines, err := c.app.Delegations(c.r.Context(), c.actor, c.study)
	if err != nil {
		return err
	}
	out := Delegations{Delegations: make([]Delegation, 0, len(lines))}
	for _, l := range lines {
		d := Delegation{Account: l.Account, Name: l.Name, Role: l.Role, Site: l.Site, Sites: l.Sites, From: l.From, Until: l.Until, By: l.By, At: l.At,
			Ended: l.Ended, EndedBy: l.EndBy, Reason: l.Why, Credentials: l.Credentials, Holds: l.Holds}
		if l.Fault.EN != "" {
			d.Fault = &l.Fault
		}
		out.Delegations = append(out.Delegations, d)
	}
	return c.send(http.StatusOK, out)
}

// Unblindings are emergency unblindings.
type Unblindings struct {
	Unblindings []Unblinding `json:"unblindings"`
}

// Unblinding is one emergency unblinding.
type Unblinding struct {
	Participant string               `json:"participant"`
	ID          string               `json:"id"`
	Reason      string               `json:"reason"`
	Alone       string               `json:"alone,omitempty" doc:"why nobody could confirm"`
	By          string               `json:"by"`
	At          time.Time            `json:"at"`
	Second      string               `json:"second,omitempty" doc:"who confirmed"`
	Confirmed   time.Time            `json:"confirmed,omitzero"`
	Noted       map[string]time.Time `json:"noted" doc:"by role: when it was taken note of"`
}

// listUnblindings answers those of one participant, or what waits in the study for
// somebody to confirm or to take note of it.
func listUnblindings(c *call) error {
	out := Unblindings{Unblindings: []Unblinding{}}
	add := func(participant string, u study.Unblinding) {
		noted := map[string]time.Time{}
		maps.Copy(noted, u.Noted)
		out.Unblindings = append(out.Unblindings, Unblinding{Participant: participant, ID: u.ID, Reason: u.Reason, Alone: u.Alone, By: u.By, At: u.At, Second: u.Second, Confirmed: u.Confirmed, Noted: noted})
	}
	id := c.r.PathValue("id")
	told := false
	for _, x := range []access.Capability{access.Unblind, access.ConfirmUnblind, access.NoteUnblind} {
		told = told || access.Permits(c.def, c.actor, x)
	}
	if told || id == "" {
		lines, err := c.app.Unblindings(c.r.Context(), c.actor, c.study, id)
		if err != nil {
			return err
		}
		for _, l := range lines {
			add(l.Participant, l.Unblinding)
		}
		return c.send(http.StatusOK, out)
	}
	s, err := c.person() // who reads the whole record reads of it there; others get none
	if err != nil {
		return err
	}
	for _, u := range s.Unblinded {
		add(s.ID, u)
	}
	return c.send(http.StatusOK, out)
}

// Reveal is an empty request: it is a write, for the look is recorded.
type Reveal struct{}

// Arm of one participant.
type Arm struct {
	Arm string `json:"arm"`
}

func revealArm(c *call) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	if err := decode(body, &Reveal{}); err != nil {
		return err
	}
	arm, err := c.app.RevealArm(c.r.Context(), c.actor, c.study, c.r.PathValue("id"), c.r.PathValue("unblinding"))
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, Arm{Arm: arm})
}

// Ratings are a rater's queue.
type Ratings struct {
	Ratings []Rating `json:"ratings"`
}

// Rating is one assessment. What is done stands by its reference alone, in the order
// of the references: with numbers and days side by side a rater would see which
// assessment of a person the next one is.
type Rating struct {
	Participant string    `json:"participant,omitempty" doc:"absent when the assessment is done"`
	Ref         string    `json:"ref" doc:"stands for the visit in addresses"`
	Planned     time.Time `json:"planned,omitzero" doc:"absent when the assessment is done"`
	Done        bool      `json:"done,omitempty"`
	Owes        string    `json:"owes,omitempty" doc:"forms, statement, hold; absent when the assessment is done"`
}

func listRatings(c *call) error {
	rows, err := c.app.Ratings(c.r.Context(), c.actor, c.study)
	if err != nil {
		return err
	}
	out := Ratings{Ratings: make([]Rating, 0, len(rows))}
	var done []Rating
	for _, r := range rows {
		if r.Done {
			done = append(done, Rating{Ref: r.Ref, Done: true})
			continue
		}
		out.Ratings = append(out.Ratings, Rating{Participant: r.Participant, Ref: r.Ref, Planned: r.Planned, Owes: r.Owes})
	}
	slices.SortFunc(done, func(x, y Rating) int { return strings.Compare(x.Ref, y.Ref) })
	out.Ratings = append(out.Ratings, done...)
	return c.send(http.StatusOK, out)
}

// Signatures with the result of verifying them now.
type Signatures struct {
	Signatures []Signature `json:"signatures"`
}

// Signature is one signature's manifest.
type Signature struct {
	Record    string      `json:"record"`
	Title     Text        `json:"title"`
	Meaning   string      `json:"meaning"`
	Name      string      `json:"name" doc:"printed name of the signer"`
	Account   string      `json:"account"`
	Role      string      `json:"role"`
	At        time.Time   `json:"at"`
	Digest    string      `json:"digest" doc:"SHA-256 of the statement, in hex: what a passkey signed"`
	Statement string      `json:"statement" doc:"canonical JSON of what was signed"`
	Proof     study.Proof `json:"proof"`
	Version   int64       `json:"version" doc:"of the record's stream when it was signed"`
	Void      time.Time   `json:"void,omitzero" doc:"when the record was changed after the signature"`
	VoidBy    string      `json:"voidBy,omitempty"`
	Verified  bool        `json:"verified"`
	Fault     *Text       `json:"fault,omitempty" doc:"why it is not verified"`
	Checked   time.Time   `json:"checkedAt"`
}

func listSignatures(c *call) error {
	list, err := c.app.Signatures(c.r.Context(), c.actor, c.study, c.r.PathValue("id"), c.query("record"))
	if err != nil {
		return err
	}
	out := Signatures{Signatures: make([]Signature, 0, len(list))}
	for _, m := range list {
		x := Signature{Record: m.Record, Title: m.Title, Meaning: m.Meaning, Name: m.Name, Account: m.By, Role: m.Role, At: m.At, Digest: m.Digest, Statement: m.Statement,
			Proof: m.Proof, Version: m.Version, Void: m.Void, VoidBy: m.VoidBy, Verified: m.Verified, Checked: m.Current}
		if m.Fault.EN != "" {
			x.Fault = &m.Fault
		}
		out.Signatures = append(out.Signatures, x)
	}
	return c.send(http.StatusOK, out)
}
