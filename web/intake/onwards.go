package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"varde/export/fhir"
	"varde/report/letter"
	"varde/study"
	"varde/web/page"
	"varde/web/ui/locale"
)

// Referral onwards. That it was done, to whom, how the consent was given, and that what
// identifies the person was opened for it, is on disk before the document leaves. The
// document itself is kept nowhere: sent again, the form makes it again.

// sent is what the form says.
type sent struct {
	to, consent, why, know, reply, form, language string
}

// carried are the fields of a referral that go into a letter: what is needed to make
// contact, and nothing else.
var carried = []string{"name", "birthDate", "phone", "email", "place", "safe"}

const (
	mostKnow  = 2000
	mostReply = 200
)

func passOn(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	x := sent{to: strings.ReplaceAll(c.Text("to"), "\r\n", "\n"), consent: c.Text("consent"), why: c.Text("why"), know: strings.ReplaceAll(c.Text("know"), "\r\n", "\n"),
		reply: c.Text("reply"), form: c.Text("form"), language: c.Text("language")}
	kind, name, doc, err := document(c, x)
	if r, ok := page.Refused(err); ok && mends(r) {
		return renderOne(c, shown{refused: r})
	}
	if err != nil {
		return err
	}
	h := c.W.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store, private, max-age=0")
	h.Set("X-Content-Type-Options", "nosniff")
	c.W.WriteHeader(http.StatusOK)
	_, _ = c.W.Write(doc) // the reader has gone: there is nobody to tell
	return nil
}

func document(c *page.Context, x sent) (kind, name string, doc []byte, err error) {
	if x.language != "en" && x.language != "nb" {
		x.language = c.Lang
	}
	first, _, _ := strings.Cut(x.to, "\n")
	switch _, listed := study.OnwardReasons.Find(x.why); {
	case x.to == "":
		return "", "", nil, page.Bad("to", "write which service the person is referred to", "skriv hvilken tjeneste personen henvises til")
	case !listed:
		return "", "", nil, page.Bad("why", "choose why you refer onwards", "velg hvorfor dere henviser videre")
	case len([]rune(x.know)) > mostKnow:
		return "", "", nil, page.Bad("know", "say it in at most 2000 characters", "si det med høyst 2000 tegn")
	case x.consent != "written" && x.consent != "spoken":
		return "", "", nil, page.Bad("consent", "nothing is passed on without the person's consent: choose how it was given", "ingenting gis videre uten personens samtykke: velg hvordan det ble gitt")
	case x.form != "letter" && x.form != "fhir":
		return "", "", nil, page.Bad("form", "choose a letter or a FHIR file", "velg brev eller FHIR-fil")
	case x.reply == "" || len([]rune(x.reply)) > mostReply:
		return "", "", nil, page.Bad("reply", "say how the service reaches you", "skriv hvordan tjenesten når dere")
	}
	card, err := c.App.Referral(c.Ctx(), c.Actor, c.Study, c.Value("referral"))
	if err != nil {
		return "", "", nil, err
	}
	known, err := c.App.OpenReferral(c.Ctx(), c.Actor, c.Study, card.ID, carried, c.T("intake.purpose.onwards"))
	if err != nil {
		return "", "", nil, err
	}
	from, zone := c.Title, c.Zone
	if sites, err := zoneOf(c); err == nil {
		for _, s := range sites {
			if s.ID == card.Site {
				from, zone = s.Name, s.Zone
			}
		}
	}
	kind, name = "application/pdf", card.ID+".pdf"
	if x.form == "fhir" {
		kind, name = fhir.MediaType, card.ID+".json"
		doc, err = bundle(c, x, card.State, known, from)
	} else {
		doc, err = paper(c, x, card.State, known, from, zone)
	}
	if err != nil {
		return "", "", nil, err
	}
	_, err = c.App.DoReferral(c.Ctx(), c.Actor, c.Study, card.ID, study.PassOnReferral{To: first, Consent: x.consent, Form: x.form}, submission(c))
	return kind, name, doc, err
}

func bundle(c *page.Context, x sent, s *study.ReferralState, known map[string]string, from string) ([]byte, error) {
	first, _, _ := strings.Cut(x.to, "\n")
	consent := study.Text{EN: "The person agreed to this, in conversation with us.", NB: "Personen har samtykket til dette, i samtale med oss."}
	if x.consent == "written" {
		consent = study.Text{EN: "The person agreed to this in writing.", NB: "Personen har samtykket skriftlig til dette."}
	}
	know := strings.TrimSpace(x.know)
	if known["safe"] != "" {
		know = strings.TrimSpace(know + "\n" + c.T("intake.field.safe") + ": " + known["safe"])
	}
	b, err := fhir.Onwards{ID: s.ID, Language: x.language, At: c.Now, Site: s.Site, SiteName: from, Reply: x.reply, To: first, Name: known["name"], BirthDate: known["birthDate"], Phone: known["phone"],
		Email: known["email"], Place: known["place"], Consent: consent, Reason: study.OnwardReasons.Name(x.why), Note: know, Urgency: s.Urgency}.Bundle()
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(b, "", " ")
}

func paper(c *page.Context, x sent, s *study.ReferralState, known map[string]string, from string, zone *time.Location) ([]byte, error) {
	voice := locale.In(x.language, zone)
	l := letter.Letter{Language: x.language, At: c.Now, Date: voice.Date(c.Now), Ref: s.ID, From: from, Reply: x.reply, By: c.Actor.Name + ", " + study.RoleName(c.Actor.Role).In(x.language), To: x.to,
		Name: known["name"], Phone: known["phone"], Email: known["email"], Place: known["place"], Safe: known["safe"], Asked: voice.Date(s.Received), Soon: s.Urgency == "soon",
		Reason: page.Sentence(study.OnwardReasons.Name(x.why).In(x.language)), Written: x.consent == "written", Note: x.know}
	if born, err := time.Parse(time.DateOnly, known["birthDate"]); err == nil {
		l.Birth = locale.In(x.language, time.UTC).Date(born)
	}
	var b bytes.Buffer
	err := l.Write(&b)
	var u *letter.Unprintable
	if errors.As(err, &u) {
		return nil, &study.Refusal{Kind: study.Against, Code: "unprintable", Text: study.Text{
			EN: "the letter holds signs of a script that it cannot be printed in; choose the FHIR file, which holds every sign, or write the letter by hand",
			NB: "brevet inneholder tegn fra et skriftspråk som det ikke kan skrives ut med; velg FHIR-filen, som rommer alle tegn, eller skriv brevet for hånd"}}
	}
	return b.Bytes(), err
}
