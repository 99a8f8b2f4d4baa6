package fhir

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"varde/bilingual"
)

// Status of a request, as FHIR says it.
const (
	Active    = "active"
	OnHold    = "on-hold"
	Completed = "completed"
	Revoked   = "revoked"
)

// Known is a referral as it is told to another system: without an identity.
type Known struct {
	ID       string
	Status   string
	Language string // "en" or "nb"
	Urgency  string
	Site     string
	SiteName string
	Received time.Time
}

// withheld stands where a patient would.
var withheld = bilingual.Text{EN: "withheld: the identity is not told by this interface", NB: "holdes tilbake: identiteten oppgis ikke i dette grensesnittet"}

// service is what every referral here asks for.
var service = bilingual.Text{EN: "Assessment for treatment of post-traumatic stress disorder (PTSD)", NB: "Vurdering for behandling av posttraumatisk stresslidelse (PTSD)"}

// Request writes a referral that is known here, without an identity.
func Request(k Known) ServiceRequest {
	sr := ServiceRequest{ResourceType: "ServiceRequest", ID: k.ID, Language: k.Language, Identifier: []Identifier{{SystemReferral, k.ID}}, Status: k.Status, Intent: "order",
		Priority: priority(k.Urgency), Code: &CodeableConcept{Text: service.In(k.Language)}, AuthoredOn: instant(k.Received),
		Subject: &Reference{Identifier: &Identifier{SystemReferral, k.ID}, Display: withheld.In(k.Language)}}
	if k.Site != "" {
		sr.Performer = []Reference{{Identifier: &Identifier{SystemSite, k.Site}, Display: k.SiteName}}
	}
	return sr
}

func priority(urgency string) string {
	if urgency == "soon" {
		return "urgent"
	}
	return "routine"
}

// instant writes a moment as FHIR wants it.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// Found is a list of referrals as an answer to a search; base is the address below
// which each of them is read.
func Found(base string, list []Known) (Bundle, error) {
	n := len(list)
	b := Bundle{ResourceType: "Bundle", Type: "searchset", Total: &n}
	for _, k := range list {
		doc, err := json.Marshal(Request(k))
		if err != nil {
			return b, err
		}
		b.Entry = append(b.Entry, Entry{FullURL: strings.TrimRight(base, "/") + "/" + k.ID, Resource: doc, Search: &Search{Mode: "match"}})
	}
	return b, nil
}

// Onwards is a referral to another service, with the person's consent.
type Onwards struct {
	ID                            string // of the referral here
	Language                      string
	At                            time.Time
	Site, SiteName                string // who refers
	Reply                         string // how whoever refers is reached
	To                            string
	Name, BirthDate, Phone, Email string
	Place                         string
	Consent                       bilingual.Text // how it was given
	Reason                        bilingual.Text // why they are referred onwards
	Note                          string         // what the next service needs to know
	Urgency                       string
}

// space makes the names of the resources in a bundle: the same for the same referral.
var space = uuid.NewSHA1(uuid.NameSpaceOID, []byte("varde referral"))

// Bundle writes a referral onwards as a collection with the request, the patient, the
// service that refers and the one that it goes to.
func (o Onwards) Bundle() (Bundle, error) {
	urn := func(kind string) string { return "urn:uuid:" + uuid.NewSHA1(space, []byte(o.ID+" "+kind)).String() }
	sr := ServiceRequest{ResourceType: "ServiceRequest", Language: o.Language, Identifier: []Identifier{{SystemReferral, o.ID}}, Status: Active, Intent: "order", Priority: priority(o.Urgency),
		Code: &CodeableConcept{Text: service.In(o.Language)}, Subject: &Reference{Reference: urn("patient")}, AuthoredOn: instant(o.At), Requester: &Reference{Reference: urn("from"), Display: o.SiteName},
		Performer: []Reference{{Reference: urn("to"), Display: o.To}}}
	for _, t := range []string{o.Reason.In(o.Language), o.Consent.In(o.Language), o.Note} {
		if t != "" {
			sr.Note = append(sr.Note, Annotation{Text: t})
		}
	}
	p := Patient{ResourceType: "Patient", Name: []HumanName{{Use: "usual", Text: o.Name}}, BirthDate: o.BirthDate}
	if o.Phone != "" {
		p.Telecom = append(p.Telecom, ContactPoint{System: "phone", Value: o.Phone})
	}
	if o.Email != "" {
		p.Telecom = append(p.Telecom, ContactPoint{System: "email", Value: o.Email})
	}
	if o.Place != "" {
		p.Address = []Address{{Text: o.Place}}
	}
	if o.Language != "" {
		p.Communication = []Communication{{Language: CodeableConcept{Coding: []Coding{{System: "urn:ietf:bcp:47", Code: o.Language}}}}}
	}
	b := Bundle{ResourceType: "Bundle", Type: "collection", Timestamp: instant(o.At)}
	for _, x := range []struct {
		kind string
		r    any
	}{
		{"request", sr}, {"patient", p},
		{"from", Organization{ResourceType: "Organization", Identifier: []Identifier{{SystemSite, o.Site}}, Name: o.SiteName, Telecom: replyTo(o.Reply)}},
		{"to", Organization{ResourceType: "Organization", Name: o.To}},
	} {
		doc, err := json.Marshal(x.r)
		if err != nil {
			return b, err
		}
		b.Entry = append(b.Entry, Entry{FullURL: urn(x.kind), Resource: doc})
	}
	return b, nil
}

func replyTo(text string) []ContactPoint {
	switch {
	case text == "":
		return nil
	case strings.Contains(text, "@"):
		return []ContactPoint{{System: "email", Value: text}}
	}
	return []ContactPoint{{System: "phone", Value: text}}
}

// Outcome is what is told of a fault.
func Outcome(code, language string, text bilingual.Text, expression string) OperationOutcome {
	i := Issue{Severity: "error", Code: code, Details: CodeableConcept{Text: text.In(language)}}
	if expression != "" {
		i.Expression = []string{expression}
	}
	return OperationOutcome{ResourceType: "OperationOutcome", Issue: []Issue{i}}
}
