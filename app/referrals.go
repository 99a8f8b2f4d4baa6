package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// ReferralIn is what somebody who asks for help, or who refers somebody, sends.
type ReferralIn struct {
	Channel  string // "self" or "professional"
	Format   string // "page" or "fhir"
	Language string // "en" or "nb"
	Site     string // wished for; "" = any
	Urgency  string // as the referrer sees it: "routine", "soon", or ""
	Wait     bool   // agrees to stand on the waiting list
	Consent  bool   // agrees that this is kept and that they are contacted; owed

	Name, BirthDate, Phone, Email, Place string // of the person; Name and one of Phone and Email are owed
	Safe                                 string // how and when it is safe to make contact
	Message                              string // the person's, or the referrer's, own words
	Referrer, ReferrerRole, ReferrerAt   string // of a professional referral: who, what, how to reach them
	SelfCheck                            string // what the person chose to send of the self-check, as text; "" = nothing
	Original                             string // the document that it came as (FHIR JSON); "" = none
}

// ReferralReceipt is what whoever sent it is told.
type ReferralReceipt struct {
	Referral string // a reference that tells nothing
	Open     bool   // places are open: they will be contacted
	Wait     study.Wait
}

// SiteOpenings is what the public may know of a site's room for new people.
type SiteOpenings struct {
	Site, Name, Country string
	Open                bool // takes new people now
	Places              int  // free now; never told to the public
	Waiting             int  // people on its list
	Wait                study.Wait
}

// Openings is what the public may know of a study.
type Openings struct {
	Study, Title string
	Recruiting   bool // open, not closed, not locked
	// Practice says that nobody is treated in it: a study for trying the program out.
	Practice bool
	Sites    []SiteOpenings
}

// Openings answers which studies take new people, and how long the wait is otherwise.
// Anybody may know it; it names nobody.
func (a *App) Openings(ctx context.Context) ([]Openings, error) {
	var out []Openings
	for _, h := range a.everyHost() {
		st := h.studyState()
		o := Openings{Study: h.id, Title: st.Title, Practice: st.Mode != "live", Recruiting: recruits(h.definition(), st, a.Now())}
		sites, err := a.capacity(ctx, h)
		if err != nil {
			return nil, err
		}
		for i := range sites {
			s := &sites[i]
			o.Sites = append(o.Sites, SiteOpenings{Site: s.Site, Name: s.Name, Country: s.Country, Open: s.Open, Places: s.Places, Waiting: s.Waiting, Wait: s.Wait})
		}
		out = append(out, o)
	}
	return out, nil
}

// Stranger is who sends a referral without signing in.
var Stranger = access.Actor{ID: "public", Name: "Public", Role: "public"}

// ReceiveReferral keeps a referral: open to strangers. What it holds is sealed before it
// reaches the record. clientID makes it happen once.
func (a *App) ReceiveReferral(ctx context.Context, studyID string, in ReferralIn, clientID string) (ReferralReceipt, error) {
	h, err := a.host(studyID)
	if err != nil {
		return ReferralReceipt{}, err
	}
	return a.receiveReferral(ctx, h, Stranger, in, clientID)
}

// ReceiveReferralFrom is ReceiveReferral of somebody who signed in, or of a program with
// a token of theirs. Needs access.Triage or access.Refer.
func (a *App) ReceiveReferralFrom(ctx context.Context, actor access.Actor, studyID string, in ReferralIn, clientID string) (ReferralReceipt, error) {
	h, err := a.host(studyID)
	if err != nil {
		return ReferralReceipt{}, err
	}
	if err := a.may(h, actor, access.Triage, access.Refer); err != nil {
		return ReferralReceipt{}, err
	}
	if in.Site != "" && !actor.AtSite(in.Site) {
		return ReferralReceipt{}, a.refuse(actor, h.id, "ReceiveReferral", noSite())
	}
	return a.receiveReferral(ctx, h, actor, in, clientID)
}

func (a *App) receiveReferral(ctx context.Context, h *host, actor access.Actor, in ReferralIn, clientID string) (ReferralReceipt, error) {
	fields, err := a.referralFields(in)
	if err != nil {
		return ReferralReceipt{}, err
	}
	sites, err := a.capacity(ctx, h)
	if err != nil {
		return ReferralReceipt{}, err
	}
	if clientID != "" {
		clientID = submissionOf(actor, in, clientID)
		if id, err := a.receivedBefore(ctx, h, actor, clientID); id != "" || err != nil {
			return receipt(id, in.Site, sites), err
		}
	}
	if err := a.takesReferral(h, in, sites); err != nil {
		return ReferralReceipt{}, err
	}
	if a.vault == nil {
		return ReferralReceipt{}, noVault()
	}
	for try := 0; ; try++ {
		id, err := a.newReferralID()
		if err != nil {
			return ReferralReceipt{}, err
		}
		err = a.keepReferral(ctx, h, actor, id, in, fields, clientID)
		var taken *referralTaken
		switch {
		case errors.As(err, &taken) && try < maxTries:
			continue
		case err != nil && clientID != "":
			// The same was sent twice at once, and the other came first.
			if id, e := a.receivedBefore(ctx, h, actor, clientID); e == nil && id != "" {
				return receipt(id, in.Site, sites), nil
			}
		}
		if err != nil {
			return ReferralReceipt{}, err
		}
		return receipt(id, in.Site, sites), nil
	}
}

// referralTaken says that an id is in use.
type referralTaken struct{}

func (*referralTaken) Error() string { return "app: the referral's id is in use" }

func (a *App) keepReferral(ctx context.Context, h *host, actor access.Actor, id string, in ReferralIn, fields map[string]string, clientID string) error {
	stream := study.ReferralStream(id)
	if head, err := a.store.Head(ctx, h.id, stream); err != nil || head > 0 {
		if err == nil {
			err = &referralTaken{}
		}
		return err
	}
	sealed := make(map[string]string, len(fields))
	for name, value := range fields {
		text, err := a.vault.Seal(ctx, ownerOfReferral(h.id, id), referralField(name), value)
		if err != nil {
			return ofVault(err)
		}
		sealed[name] = text
	}
	d := study.ReferralReceived{Channel: in.Channel, Fields: sealed, Format: in.Format, Language: in.Language, Referral: id, Site: in.Site, Urgency: in.Urgency, Wait: in.Wait}
	_, _, err := a.onStream(ctx, h, actor, stream, clientID, func(now time.Time) ([]study.Payload, []ledger.Row, error) {
		s, err := a.referralState(ctx, h, id)
		if err != nil {
			return nil, nil, err
		}
		if s != nil {
			return nil, nil, &referralTaken{}
		}
		return a.referralEvents(actor, now, s, d)
	})
	return err
}

// submissionOf is the name under which the ledger remembers what was sent: changed
// content under an old client id is another submission. The client's id itself is not
// stored, so that the stored name tells nothing of the content.
func submissionOf(actor access.Actor, in ReferralIn, clientID string) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "referral %d:%s %d:%s %#v", len(clientID), clientID, len(actor.ID), actor.ID, in)
	return "referral-" + hex.EncodeToString(sum.Sum(nil)[:20])
}

// receivedBefore answers the referral that was kept under a submission, "" when none was.
func (a *App) receivedBefore(ctx context.Context, h *host, actor access.Actor, submission string) (string, error) {
	written, err := a.store.ByClient(ctx, h.id, submission)
	if err != nil || len(written) == 0 {
		return "", err
	}
	events, err := decodeAll(written)
	if err != nil {
		return "", err
	}
	if d, ok := events[0].Data.(study.ReferralReceived); ok && events[0].Actor == actor.ID {
		return d.Referral, nil
	}
	return "", clientIDTaken()
}

// receipt tells what to expect at the wished site, or at the one that is best now.
func receipt(id, site string, sites []SiteCapacity) ReferralReceipt {
	r := ReferralReceipt{Referral: id}
	first := true
	for i := range sites {
		s := &sites[i]
		if site != "" && s.Site != site {
			continue
		}
		better := s.Open && !r.Open || s.Open == r.Open && s.Wait.Known && (!r.Wait.Known || s.Wait.Mid < r.Wait.Mid)
		if first || better {
			r.Open, r.Wait, first = s.Open, s.Wait, false
		}
	}
	return r
}

// idLetters leave out those that are taken for others: 0 O, 1 I L, 5 S, 8 B, U V.
const idLetters = "234679ACDEFGHJKMNPQRTWXYZ"

// newReferralID draws an id such as "R-2F7K9Q": about 244 million of them.
func (a *App) newReferralID() (string, error) {
	const length = 6
	id := make([]byte, 0, length)
	for len(id) < length {
		var b [1]byte
		if _, err := io.ReadFull(a.rand, b[:]); err != nil {
			return "", fmt.Errorf("app: no randomness for a reference: %w", err)
		}
		if n := int(b[0]); n < 256/len(idLetters)*len(idLetters) { // each letter equally likely
			id = append(id, idLetters[n%len(idLetters)])
		}
	}
	return "R-" + string(id), nil
}

// Fields of a referral, by the names under which they are sealed, with the most
// characters of each.
var referralFieldMost = map[string]int{
	"name": 200, "birthDate": 10, "phone": 40, "email": 254, "place": 200, "safe": 1000, "message": 8000,
	"referrer": 200, "referrerRole": 200, "referrerAt": 500, "selfCheck": 4000, "original": 200_000,
}

// ReferralFields in the order in which people read them.
var ReferralFields = []string{"name", "birthDate", "phone", "email", "place", "safe", "message", "selfCheck", "referrer", "referrerRole", "referrerAt", "original"}

func badReferral(field, code, en, nb string) *study.Refusal {
	return &study.Refusal{Kind: study.Invalid, Field: field, Code: code, Text: study.Text{EN: en, NB: nb}}
}

// referralFields answers what is to be sealed, in its usual form, or what is wrong.
func (a *App) referralFields(in ReferralIn) (map[string]string, error) {
	switch {
	case in.Channel != "self" && in.Channel != "professional":
		return nil, badReferral("channel", "bad-channel", "say whether you ask for yourself, or refer somebody", "oppgi om du spør for deg selv, eller henviser noen")
	case in.Format != "page" && in.Format != "fhir":
		return nil, badReferral("format", "bad-format", "a referral comes from a page, or as FHIR", "en henvisning kommer fra en side, eller som FHIR")
	case in.Language != "en" && in.Language != "nb":
		return nil, badReferral("language", "bad-language", "the language is en or nb", "språket er en eller nb")
	case !slices.Contains([]string{"", "routine", "soon"}, in.Urgency):
		return nil, badReferral("urgency", "bad-urgency", "the urgency is routine or soon", "hastegraden er vanlig eller snart")
	case !in.Consent:
		return nil, badReferral("consent", "consent-owed", "we keep nothing, and contact nobody, without agreement: tick the box if this is agreed", "vi lagrer ingenting, og kontakter ingen, uten at det er sagt ja til det: kryss av hvis dette er greit")
	}
	out := map[string]string{}
	for name, value := range map[string]string{"name": in.Name, "birthDate": in.BirthDate, "phone": in.Phone, "email": in.Email, "place": in.Place, "safe": in.Safe, "message": in.Message,
		"referrer": in.Referrer, "referrerRole": in.ReferrerRole, "referrerAt": in.ReferrerAt, "selfCheck": in.SelfCheck, "original": in.Original} {
		text, err := cleanReferralField(name, value, in.Format, a.Now())
		if err != nil {
			return nil, err
		}
		if text != "" {
			out[name] = text
		}
	}
	switch {
	case out["name"] == "":
		return nil, badReferral("name", "name-owed", "write the name, so that we know whom to ask for", "skriv navnet, så vi vet hvem vi skal spørre etter")
	case out["phone"] == "" && out["email"] == "":
		return nil, badReferral("phone", "contact-owed", "give a phone number or an e-mail address, so that we can answer", "oppgi et telefonnummer eller en e-postadresse, så vi kan svare")
	case in.Channel == "professional" && (out["referrer"] == "" || out["referrerAt"] == ""):
		return nil, badReferral("referrer", "referrer-owed", "say who refers, and how we reach you", "oppgi hvem som henviser, og hvordan vi når deg")
	}
	return out, nil
}

// cleanReferralField answers a field as it is kept. A number in a document of another
// system is kept as it is written there: refusing it would lose the referral.
func cleanReferralField(name, value, format string, now time.Time) (string, error) {
	value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
	if value == "" {
		return "", nil
	}
	most := referralFieldMost[name]
	if !utf8.ValidString(value) || utf8.RuneCountInString(value) > most {
		return "", badReferral(name, "too-long", fmt.Sprintf("write at most %d characters here", most), fmt.Sprintf("skriv høyst %d tegn her", most))
	}
	if strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return "", badReferral(name, "bad-text", "the text holds a control character", "teksten inneholder et styretegn")
	}
	var field IdentityField
	switch name {
	case "birthDate":
		field = FieldBirth
	case "phone":
		field = FieldPhone
	case "email":
		field = FieldEmail
	default:
		return value, nil
	}
	clean, err := cleanField(field, value, now)
	if err != nil && format == "fhir" && name != "birthDate" {
		return value, nil
	}
	return clean, err
}

// takesReferral refuses what nobody could answer.
func (a *App) takesReferral(h *host, in ReferralIn, sites []SiteCapacity) error {
	if !recruits(h.definition(), h.studyState(), a.Now()) {
		return &study.Refusal{Kind: study.Against, Code: "recruitment-closed", Text: study.Text{
			EN: "nobody is taken in here any more; your own doctor can refer you to other help",
			NB: "det tas ikke inn flere her; fastlegen din kan henvise deg til annen hjelp"}}
	}
	if len(sites) == 0 || in.Site != "" && !slices.ContainsFunc(sites, func(s SiteCapacity) bool { return s.Site == in.Site }) {
		return &study.Refusal{Kind: study.Invalid, Field: "site", Code: "no-such-site", Text: study.Text{
			EN: "there is no such clinic here: choose one of the list", NB: "den klinikken finnes ikke her: velg en fra listen"}}
	}
	return nil
}
