package api

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"varde/app"
	"varde/bilingual"
	"varde/export/fhir"
	"varde/study"
)

// Referrals as FHIR R4. The addresses are those of the JSON interface: what is sent as
// application/fhir+json is read as FHIR, and whoever accepts it is answered so, faults
// as an OperationOutcome too.

const fhirJSON = fhir.MediaType

func isFHIR(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == fhirJSON
}

// speaksFHIR says that the request is made in FHIR, so that the answer is too.
func (c *call) speaksFHIR() bool {
	return c.route.FHIR && (isFHIR(c.r.Header.Get("Content-Type")) || c.accepts(fhirJSON))
}

// receiveFHIR keeps a referral that came as a ServiceRequest.
func receiveFHIR(c *call) error {
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(http.MaxBytesReader(c.w, c.r.Body, MaxBody)); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return &problemError{Problem{Status: http.StatusRequestEntityTooLarge, Code: "body-too-large", Text: Text{
				EN: fmt.Sprintf("the document is larger than %d bytes", MaxBody), NB: fmt.Sprintf("dokumentet er større enn %d byte", MaxBody)}}}
		}
		return bad("", "body-cut-short", "the body ended before it was complete: send it again", "innholdet tok slutt før det var komplett: send det på nytt")
	}
	client, err := c.clientID(buf.Bytes())
	if err != nil {
		return err
	}
	doc, err := fhir.Read(buf.Bytes())
	if err != nil {
		return err
	}
	in := app.ReferralIn{Channel: "professional", Format: "fhir", Language: doc.Language, Site: doc.Site, Urgency: doc.Urgency, Consent: true, Name: doc.Name, BirthDate: doc.BirthDate,
		Phone: doc.Phone, Email: doc.Email, Place: doc.Place, Message: doc.Message, Referrer: doc.Referrer, ReferrerRole: doc.ReferrerRole, ReferrerAt: doc.ReferrerAt, Original: buf.String()}
	if in.Language == "" {
		in.Language = languageOf(c.r)
	}
	r, err := c.app.ReceiveReferralFrom(c.r.Context(), c.actor, c.study, in, client)
	if err != nil {
		return err
	}
	card, err := c.app.Referral(c.r.Context(), c.actor, c.study, r.Referral)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", c.referralPath(r.Referral))
	return c.sendRequest(http.StatusCreated, &card.ReferralRow)
}

func (c *call) sendRequest(status int, r *app.ReferralRow) error {
	return writeJSON(c.w, status, fhirJSON, fhir.Request(c.known(r, c.siteNames())))
}

func (c *call) sendFound(rows []app.ReferralRow) error {
	list := make([]fhir.Known, len(rows))
	names := c.siteNames()
	for i := range rows {
		list[i] = c.known(&rows[i], names)
	}
	scheme := "https"
	if c.r.TLS == nil {
		scheme = "http"
	}
	b, err := fhir.Found(scheme+"://"+c.r.Host+strings.TrimSuffix(c.referralPath(""), "/"), list)
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusOK, fhirJSON, b)
}

// known is a referral as FHIR tells it. Somebody who waits while nobody is taken in is
// on hold.
func (c *call) known(r *app.ReferralRow, names map[string]string) fhir.Known {
	k := fhir.Known{ID: r.ID, Language: languageOf(c.r), Urgency: r.Urgency, Site: r.Site, SiteName: names[r.Site], Received: r.Received, Status: fhir.Active}
	switch r.Status {
	case study.ReferralTaken:
		k.Status = fhir.Completed
	case study.ReferralOnwards:
		if len(r.State.Passed) > 0 {
			k.Status = fhir.Completed
		}
	case study.ReferralEnded, study.ReferralUnsuitable:
		k.Status = fhir.Revoked
	case study.ReferralWaiting:
		if st, err := c.app.Study(c.study); err == nil && !st.Closed.IsZero() {
			k.Status = fhir.OnHold
		}
	}
	return k
}

// siteNames answers the names of the sites that the token reaches.
func (c *call) siteNames() map[string]string {
	names := map[string]string{}
	if sites, err := c.app.Sites(c.r.Context(), c.actor, c.study); err == nil {
		for _, s := range sites {
			names[s.ID] = s.Name
		}
	}
	return names
}

// failFHIR answers an error as an OperationOutcome, with the status that FHIR's RESTful
// interface names. It says false for a fault of our own, which is told as always.
func (c *call) failFHIR(err error) bool {
	language := languageOf(c.r)
	send := func(status int, code string, text bilingual.Text, at string) bool {
		c.w.Header().Set("Content-Language", language)
		_ = writeJSON(c.w, status, fhirJSON, fhir.Outcome(code, language, text, at))
		return true
	}
	var f *fhir.Fault
	if errors.As(err, &f) {
		status := http.StatusUnprocessableEntity
		if f.Code == "structure" {
			status = http.StatusBadRequest
		}
		return send(status, f.Code, f.Text, f.Expression)
	}
	p := problemOf(err)
	if p == nil {
		return false
	}
	var told *problemError
	var ch *challenge
	switch {
	case errors.As(p, &ch):
		c.w.Header().Set("WWW-Authenticate", ch.header)
		told = &ch.problemError
	case !errors.As(p, &told):
		return false
	}
	code := map[int]string{400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 409: "conflict", 413: "too-long", 415: "not-supported", 422: "business-rule"}[told.Status]
	if code == "" {
		code = "processing"
	}
	return send(told.Status, code, told.Text, "")
}
