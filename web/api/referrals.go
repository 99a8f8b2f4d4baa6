package api

import (
	"net/http"
	"reflect"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
)

// referralRoutes are referrals, the waiting list and capacity. A referral also comes and
// goes as FHIR R4, at the same addresses: see referralsfhir.go.
func referralRoutes() []route {
	const all, one = "/studies/{study}/referrals", "/studies/{study}/referrals/{referral}"
	may := []int{403, 409, 413, 415, 422}
	act := func(name, id, summary string, body reflect.Type, required []string, handle func(*call) error) route {
		return route{Method: "POST", Path: one + "/" + name, ID: id, Group: "referrals", Summary: summary, Needs: access.Triage, Keyed: true, Body: body, Required: required,
			Answer: reflect.TypeFor[Referral](), Problems: may, Handle: handle}
	}
	return []route{
		{Method: "GET", Path: all, ID: "listReferrals", Group: "referrals", Summary: "Referrals: those to assess, then the waiting list in its order. None tells who it is about. As application/fhir+json: a searchset",
			Needs: access.Triage, Query: []param{{Name: "all", Type: "boolean", Doc: "with those that have ended"}}, Answer: reflect.TypeFor[Referrals](), FHIR: true, Problems: []int{403}, Handle: listReferrals},
		{Method: "POST", Path: all, ID: "receiveReferral", Group: "referrals", Summary: "Keep a referral; what identifies the person is sealed at once. As application/fhir+json: a ServiceRequest that contains the Patient and who refers, or a Bundle with them. " +
			"Whoever sends it says that the person has agreed", Needs: access.Triage, Keyed: true, Body: reflect.TypeFor[NewReferral](), Required: []string{"consent", "name"}, Answer: reflect.TypeFor[Received](), FHIR: true, Status: []int{201}, Problems: may, Handle: receiveReferral},
		{Method: "GET", Path: one, ID: "readReferral", Group: "referrals", Summary: "One referral, without who it is about. As application/fhir+json: a ServiceRequest", Needs: access.Triage, Answer: reflect.TypeFor[Referral](), FHIR: true, Problems: []int{403}, Handle: readReferral},
		act("assess", "assessReferral", "Triage", reflect.TypeFor[Assess](), []string{"decision"}, doReferral(func(b *Assess) study.ReferralCommand { return study.AssessReferral(*b) })),
		act("move", "moveReferral", "Put somebody elsewhere on the waiting list than by their turn, with a reason that stays visible", reflect.TypeFor[Move](), []string{"reason"}, doReferral(func(b *Move) study.ReferralCommand { return study.MoveReferral(*b) })),
		act("check", "checkReferral", "Somebody on the list was asked how they are", reflect.TypeFor[Check](), []string{"reached"}, doReferral(func(b *Check) study.ReferralCommand { return study.CheckReferral(*b) })),
		act("care", "careForReferral", "What a physician did about a concern", reflect.TypeFor[Care](), []string{"action"}, doReferral(func(b *Care) study.ReferralCommand { return study.CareReferral(*b) })),
		act("pass-on", "passOnReferral", "A referral elsewhere, with the person's consent", reflect.TypeFor[PassOn](), []string{"to", "consent", "form"}, doReferral(func(b *PassOn) study.ReferralCommand { return study.PassOnReferral(*b) })),
		act("close", "closeReferral", "End a referral without a place", reflect.TypeFor[Close](), []string{"reason"}, doReferral(func(b *Close) study.ReferralCommand { return study.CloseReferral(*b) })),
		act("invite", "inviteReferral", "Give a place to whoever stands first: a participant's record begins. Sent again, it finishes what was interrupted", reflect.TypeFor[InviteRequest](), []string{}, inviteReferral),
		{Method: "POST", Path: one + "/open", ID: "openReferral", Group: "referrals", Summary: "Open what identifies the person. That it was done, by whom and what for is on disk before the answer", Needs: access.Triage,
			Body: reflect.TypeFor[ReferralRequest](), Required: []string{"purpose"}, Answer: reflect.TypeFor[OpenedReferral](), Problems: may, Handle: openReferral},
		{Method: "GET", Path: "/studies/{study}/capacity", ID: "readCapacity", Group: "referrals", Summary: "How many people the sites can take, what binds, and how long the wait is", Needs: access.Triage,
			Answer: reflect.TypeFor[Capacities](), Problems: []int{403}, Handle: readCapacity},
	}
}

// Referrals is the list.
type Referrals struct {
	Referrals []Referral `json:"referrals"`
}

// Referral is one referral. It names nobody.
type Referral struct {
	ID          string         `json:"id"`
	Status      string         `json:"status" doc:"new, waiting, invited, onwards, closed or unsuitable"`
	Channel     string         `json:"channel" doc:"self or professional"`
	Format      string         `json:"format" doc:"page or fhir"`
	Language    string         `json:"language"`
	Site        string         `json:"site,omitempty" doc:"absent = any"`
	Urgency     string         `json:"urgency,omitempty"`
	Kept        []string       `json:"kept" doc:"names of the fields that are kept sealed"`
	Received    time.Time      `json:"received"`
	Listed      time.Time      `json:"listed,omitzero" doc:"since when on the waiting list"`
	Place       int            `json:"place,omitempty" doc:"on the waiting list of the site, from 1"`
	Wait        *Wait          `json:"wait,omitempty" doc:"expected for that place"`
	NextCheck   time.Time      `json:"nextCheck,omitzero" doc:"when to ask how they are"`
	Concern     time.Time      `json:"concern,omitzero" doc:"since when a physician is asked to look"`
	Moves       []ReferralMove `json:"moves" doc:"every move off their turn, oldest first"`
	Decision    string         `json:"decision,omitempty" doc:"of the last assessment"`
	Reasons     []string       `json:"reasons,omitempty"`
	Participant string         `json:"participant,omitempty" doc:"after the place was given"`
	Ended       time.Time      `json:"ended,omitzero"`
	EndReason   string         `json:"endReason,omitempty"`
	Erased      time.Time      `json:"erased,omitzero"`
}

// ReferralMove is one move off somebody's turn.
type ReferralMove struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Site   string    `json:"site"`
	Ahead  string    `json:"ahead,omitempty" doc:"referral before which they stand from then on; absent = at the end"`
	Reason string    `json:"reason"`
	Note   string    `json:"note,omitempty"`
}

// Wait is an expected wait.
type Wait struct {
	Known bool `json:"known" doc:"false: too little is known to say anything honest"`
	Low   int  `json:"lowDays" doc:"10th percentile, in days"`
	Mid   int  `json:"midDays" doc:"median"`
	High  int  `json:"highDays" doc:"90th percentile"`
	Basis Text `json:"basis" doc:"what it was computed from"`
}

func waitOf(w study.Wait) *Wait {
	days := func(d time.Duration) int { return int(d.Hours() / 24) }
	return &Wait{Known: w.Known, Low: days(w.Low), Mid: days(w.Mid), High: days(w.High), Basis: w.Basis}
}

func referralOf(r *app.ReferralRow) Referral {
	s := r.State
	out := Referral{ID: r.ID, Status: string(r.Status), Channel: r.Channel, Format: s.Format, Language: s.Language, Site: r.Site, Urgency: r.Urgency, Kept: full(s.Fields), Received: r.Received,
		Listed: r.Listed, Place: r.Place, NextCheck: r.NextCheck, Concern: r.Concern, Moves: []ReferralMove{}, Decision: s.Decision, Reasons: s.Reasons, Participant: r.Participant,
		Ended: s.Ended, EndReason: s.EndReason, Erased: s.Erased}
	if r.Place > 0 {
		out.Wait = waitOf(r.Wait)
	}
	for _, m := range r.Moves {
		out.Moves = append(out.Moves, ReferralMove{At: m.At, By: m.By, Site: m.Site, Ahead: m.Ahead, Reason: m.Reason, Note: m.Note})
	}
	return out
}

func listReferrals(c *call) error {
	all, err := c.flag("all")
	if err != nil {
		return err
	}
	rows, err := c.app.Referrals(c.r.Context(), c.actor, c.study, all)
	if err != nil {
		return err
	}
	if c.accepts(fhirJSON) {
		return c.sendFound(rows)
	}
	out := Referrals{Referrals: make([]Referral, len(rows))}
	for i := range rows {
		out.Referrals[i] = referralOf(&rows[i])
	}
	return c.send(http.StatusOK, out)
}

func readReferral(c *call) error {
	card, err := c.app.Referral(c.r.Context(), c.actor, c.study, c.r.PathValue("referral"))
	if err != nil {
		return err
	}
	if c.accepts(fhirJSON) {
		return c.sendRequest(http.StatusOK, &card.ReferralRow)
	}
	return c.send(http.StatusOK, referralOf(&card.ReferralRow))
}

// NewReferral is what somebody who asks for help, or who refers somebody, sends.
type NewReferral struct {
	Channel      string `json:"channel,omitempty" doc:"self or professional (unless given)"`
	Language     string `json:"language,omitempty" doc:"en or nb (unless given)"`
	Site         string `json:"site,omitempty" doc:"wished for; absent = any"`
	Urgency      string `json:"urgency,omitempty" doc:"routine or soon"`
	Wait         bool   `json:"wait,omitempty" doc:"the person agrees to stand on the waiting list"`
	Consent      bool   `json:"consent" doc:"the person agrees that this is kept and that they are contacted"`
	Name         string `json:"name"`
	BirthDate    string `json:"birthDate,omitempty" doc:"YYYY-MM-DD"`
	Phone        string `json:"phone,omitempty" doc:"with its country code; this or email"`
	Email        string `json:"email,omitempty"`
	Place        string `json:"place,omitempty"`
	Safe         string `json:"safe,omitempty" doc:"how and when it is safe to make contact"`
	Message      string `json:"message,omitempty"`
	Referrer     string `json:"referrer,omitempty" doc:"who refers, of a professional"`
	ReferrerRole string `json:"referrerRole,omitempty"`
	ReferrerAt   string `json:"referrerAt,omitempty" doc:"how they are reached"`
}

// Received is the receipt.
type Received struct {
	Referral string `json:"referral" doc:"a reference that tells nothing"`
	Open     bool   `json:"open" doc:"places are open: they will be contacted"`
	Wait     *Wait  `json:"wait"`
}

func receiveReferral(c *call) error {
	if isFHIR(c.r.Header.Get("Content-Type")) {
		return receiveFHIR(c)
	}
	body, client, err := c.readWrite()
	if err != nil {
		return err
	}
	var b NewReferral
	if err := decode(body, &b); err != nil {
		return err
	}
	in := app.ReferralIn{Channel: b.Channel, Format: "page", Language: b.Language, Site: b.Site, Urgency: b.Urgency, Wait: b.Wait, Consent: b.Consent, Name: b.Name, BirthDate: b.BirthDate,
		Phone: b.Phone, Email: b.Email, Place: b.Place, Safe: b.Safe, Message: b.Message, Referrer: b.Referrer, ReferrerRole: b.ReferrerRole, ReferrerAt: b.ReferrerAt}
	if in.Channel == "" {
		in.Channel = "professional"
	}
	if in.Language == "" {
		in.Language = "nb"
	}
	r, err := c.app.ReceiveReferralFrom(c.r.Context(), c.actor, c.study, in, client)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", c.referralPath(r.Referral))
	return c.send(http.StatusCreated, Received{Referral: r.Referral, Open: r.Open, Wait: waitOf(r.Wait)})
}

func (c *call) referralPath(id string) string {
	return Prefix + "/studies/" + c.study + "/referrals/" + id
}

// Bodies of what may be done with a referral.
type (
	// Assess is the triage.
	Assess struct {
		Decision string   `json:"decision" doc:"wait, invite, onwards or unsuitable"`
		Agreed   bool     `json:"agreed,omitempty" doc:"said now that they want to stand on the waiting list"`
		Site     string   `json:"site,omitempty"`
		Urgency  string   `json:"urgency,omitempty" doc:"routine or soon"`
		Reasons  []string `json:"reasons,omitempty" doc:"codes, of onwards and unsuitable"`
		Note     string   `json:"note,omitempty" doc:"without names"`
	}
	// Move puts somebody elsewhere on the list.
	Move struct {
		Ahead  string `json:"ahead,omitempty" doc:"referral before which they stand from now on; absent = at the end"`
		Reason string `json:"reason" doc:"clinical-need, safety, trial-window, travel, earlier-error, own-wish or other (with a note)"`
		Note   string `json:"note,omitempty"`
	}
	// Check says how somebody on the list is.
	Check struct {
		Reached bool   `json:"reached"`
		Still   bool   `json:"still,omitempty" doc:"still wants the place; reached and not: the referral ends"`
		Concern bool   `json:"concern,omitempty" doc:"a physician must look at once"`
		Note    string `json:"note,omitempty"`
	}
	// Care says what a physician did.
	Care struct {
		Action string `json:"action"`
	}
	// PassOn records a referral elsewhere.
	PassOn struct {
		To      string `json:"to"`
		Consent string `json:"consent" doc:"written or spoken"`
		Form    string `json:"form" doc:"letter or fhir"`
	}
	// Close ends a referral.
	Close struct {
		Reason string `json:"reason" doc:"own-wish, treated-elsewhere, not-reached, duplicate, died or other (with a note)"`
		Note   string `json:"note,omitempty"`
	}
	// InviteRequest is empty.
	InviteRequest struct{}
	// ReferralRequest asks to open fields.
	ReferralRequest struct {
		Fields  []string `json:"fields,omitempty" doc:"absent = all that are kept"`
		Purpose string   `json:"purpose" doc:"what for"`
	}
	// OpenedReferral is in the clear.
	OpenedReferral struct {
		Fields map[string]string `json:"fields"`
	}
)

// doReferral makes a handler of a command on a referral.
func doReferral[T any](command func(*T) study.ReferralCommand) func(*call) error {
	return func(c *call) error {
		body, client, err := c.readWrite()
		if err != nil {
			return err
		}
		var b T
		if err := decode(body, &b); err != nil {
			return err
		}
		if _, err := c.app.DoReferral(c.r.Context(), c.actor, c.study, c.r.PathValue("referral"), command(&b), client); err != nil {
			return err
		}
		return c.sendReferral()
	}
}

func (c *call) sendReferral() error {
	card, err := c.app.Referral(c.r.Context(), c.actor, c.study, c.r.PathValue("referral"))
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, referralOf(&card.ReferralRow))
}

func inviteReferral(c *call) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	if err := decode(body, &InviteRequest{}); err != nil {
		return err
	}
	if _, err := c.app.InviteReferral(c.r.Context(), c.actor, c.study, c.r.PathValue("referral")); err != nil {
		return err
	}
	return c.sendReferral()
}

func openReferral(c *call) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	var b ReferralRequest
	if err := decode(body, &b); err != nil {
		return err
	}
	open, err := c.app.OpenReferral(c.r.Context(), c.actor, c.study, c.r.PathValue("referral"), b.Fields, b.Purpose)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, OpenedReferral{Fields: open})
}

// Capacities are the sites' capacities.
type Capacities struct {
	Sites []Capacity `json:"sites"`
}

// Capacity of one site.
type Capacity struct {
	Site       string  `json:"site"`
	Name       string  `json:"name"`
	Open       bool    `json:"open" doc:"takes new people now"`
	Places     int     `json:"places" doc:"free beyond those who wait already"`
	Free       int     `json:"free" doc:"free for whoever stands first"`
	Binds      string  `json:"binds" doc:"pairs, sessions or unknown: what bounds free"`
	ByPairs    int     `json:"byPairs" doc:"people that the pairs can follow at once; -1 = not bounded"`
	BySessions int     `json:"bySessions" doc:"people that the rooms can keep supplied with sessions; -1 = not bounded"`
	Taken      int     `json:"taken" doc:"places taken now"`
	Owed       int     `json:"owedSessions"`
	Ahead      int     `json:"sessionsAhead" doc:"sessions that the rooms can hold within one course; -1 = not bounded"`
	PerWeek    float64 `json:"sessionsPerWeek"`
	Pairs      int     `json:"pairs"`
	Rooms      int     `json:"rooms"`
	Unassessed int     `json:"unassessed" doc:"referrals that wait for triage"`
	Waiting    int     `json:"waiting"`
	Wait       *Wait   `json:"wait" doc:"of somebody who comes now"`
}

func readCapacity(c *call) error {
	sites, err := c.app.Capacity(c.r.Context(), c.actor, c.study)
	if err != nil {
		return err
	}
	out := Capacities{Sites: make([]Capacity, 0, len(sites))}
	for _, s := range sites {
		out.Sites = append(out.Sites, Capacity{Site: s.Site, Name: s.Name, Open: s.Open, Places: s.Places, Free: s.Free, Binds: string(s.Binds), ByPairs: s.ByPairs, BySessions: s.BySessions,
			Taken: s.Taken, Owed: s.Owed, Ahead: s.Ahead, PerWeek: s.SessionsPerWeek, Pairs: s.Pairs, Rooms: s.Rooms, Unassessed: s.Unassessed, Waiting: s.Waiting, Wait: waitOf(s.Wait)})
	}
	return c.send(http.StatusOK, out)
}
