// Package signing is the pages on which people sign records, and the manifest of
// signatures that other pages show on the record itself (21 CFR 11.50, 11.70).
//
// A signature is made in two steps. The first page names the record and asks for
// the meaning. The second shows what will be signed with its digest, and asks the
// signer to prove who they are: with the passkey, whose challenge is that digest,
// or with password and code.
package signing

import (
	"embed"
	"io/fs"
	"strings"

	"varde/access"
	"varde/app"
	"varde/bilingual"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

//go:embed all:pages words
var files embed.FS

// Module answers the pages and their routes.
func Module() page.Module {
	const person = "/s/{study}/p/{id}"
	return page.Module{
		Name: "web/signing", Pages: folder("pages"), Words: folder("words"),
		Routes: []page.Route{
			{Pattern: "GET " + person + "/sign/{record...}", Handle: show, Need: access.Sign, Area: "participants"},
			{Pattern: "POST " + person + "/sign/{record...}", Handle: sign, Need: access.Sign, Area: "participants", Body: 64 << 10},
			{Pattern: "GET /s/{study}/sign/{record...}", Handle: show, Need: access.Sign, Area: "protocol"},
			{Pattern: "POST /s/{study}/sign/{record...}", Handle: sign, Need: access.Sign, Area: "protocol", Body: 64 << 10},
		},
	}
}

func folder(name string) fs.FS {
	f, err := fs.Sub(files, name)
	if err != nil {
		return files // cannot be: the folder is embedded
	}
	return f
}

// Path is where a record is signed. Participant is "" for the study's own.
func Path(c *page.Context, participant, record string) string {
	elem := append([]string{"sign"}, strings.Split(record, "/")...)
	if participant != "" {
		elem = append([]string{"p", participant}, elem...)
	}
	return c.Path(elem...)
}

// meanings in the first person, as the signer means them.
var meanings = map[string]bilingual.Text{
	study.MeansAuthorship:     {EN: "I made this record", NB: "Jeg har ført dette"},
	study.MeansReview:         {EN: "I have reviewed this record", NB: "Jeg har gjennomgått dette"},
	study.MeansApproval:       {EN: "I approve this record", NB: "Jeg godkjenner dette"},
	study.MeansResponsibility: {EN: "I take responsibility for this record", NB: "Jeg tar ansvar for dette"},
}

// said are the short texts of the manifest. They stand here and not in the
// catalogue because pages of several packages show it.
var said = map[string]bilingual.Text{
	"valid":      {EN: "Valid", NB: "Gyldig"},
	"void":       {EN: "Void", NB: "Ugyldig"},
	"verified":   {EN: "Verified", NB: "Kontrollert"},
	"unverified": {EN: "Not verified", NB: "Ikke kontrollert"},
	"passkey":    {EN: "With passkey", NB: "Med passnøkkel"},
	"password":   {EN: "With password and code", NB: "Med passord og kode"},
	"none":       {EN: "Nobody has signed this.", NB: "Ingen har signert dette."},
	"unread":     {EN: "The signatures cannot be read just now. Open the page again.", NB: "Signaturene kan ikke leses nå. Åpne siden på nytt."},
	"sign":       {EN: "Sign", NB: "Signer"},
	"changed":    {EN: "The record was changed after this signature", NB: "Føringen ble endret etter denne signaturen"},
	"again":      {EN: "Read it as it stands now and sign anew.", NB: "Les den slik den står nå, og signer på nytt."},
}

func say(c *page.Context, key string) string { return c.Say(said[key]) }

// Manifest answers the signatures on a record for showing on its page, with the
// link to signing for those who may. It never fails a page: what cannot be read is
// said in its place. It is nil where the reader may not see signatures.
func Manifest(c *page.Context, participant, record string, offer bool) *ui.Signatures {
	v := &ui.Signatures{ID: plain(record), Empty: say(c, "none")}
	list, err := c.App.Signatures(c.Ctx(), c.Actor, c.Study, participant, record)
	if r, ok := page.Refused(err); ok && r.Kind != study.Against {
		return nil
	}
	if err != nil {
		c.Log.Error("signatures cannot be read", "error", err)
		v.Fault, v.Empty = say(c, "unread"), ""
	}
	for _, m := range list {
		v.List = append(v.List, line(c, m))
	}
	if offer && err == nil && c.Can(access.Sign) {
		v.Sign = &ui.Link{Text: say(c, "sign"), Href: Path(c, participant, record), Variant: "secondary"}
	}
	if len(v.List) == 0 && v.Sign == nil && v.Fault == "" {
		return nil // nothing to show and nothing to do
	}
	return v
}

func line(c *page.Context, m app.Manifest) ui.Signature {
	x := ui.Signature{Name: m.Name, Role: c.Say(study.RoleName(m.Role)), Meaning: Meaning(c, m.Meaning), At: m.At}
	switch {
	case !m.Void.IsZero():
		x.Tags = append(x.Tags, ui.Tag{Text: say(c, "void"), Tone: ui.Danger})
		x.Void = say(c, "changed") + ": " + c.Voice().DateTime(m.Void)
		if m.VoidName != "" {
			x.Void += ", " + m.VoidName
		}
		x.Void += ". "
		if what := c.Say(m.Change); what != "" {
			x.Void += page.Sentence(what) + " "
		}
		if c.Can(access.Sign) {
			x.Void += say(c, "again")
		}
	case m.Verified:
		x.Tags = append(x.Tags, ui.Tag{Text: say(c, "valid"), Tone: ui.Success})
	}
	if m.Verified {
		x.Tags = append(x.Tags, ui.Tag{Text: say(c, "verified"), Tone: ui.Success})
	} else {
		x.Tags = append(x.Tags, ui.Tag{Text: say(c, "unverified"), Tone: ui.Danger})
		x.Fault = page.Sentence(c.Say(m.Fault))
	}
	if t, ok := said[m.Proof.Method]; ok {
		x.Tags = append(x.Tags, ui.Tag{Text: c.Say(t), Tone: ui.Neutral})
	}
	return x
}

// Meaning says a meaning in the signer's words.
func Meaning(c *page.Context, id string) string {
	if t, ok := meanings[id]; ok {
		return c.Say(t)
	}
	return id
}

// plain makes an id for a page of a record's name.
func plain(record string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, record)
}
