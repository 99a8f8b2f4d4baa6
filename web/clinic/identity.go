package clinic

import (
	"slices"
	"strings"
	"unicode/utf8"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// A participant's identity lies apart from the record and is opened on request
// only, field by field, for a purpose that the participant can read. What was
// opened stands on one answer to a POST: it is in no address, no list and no cache.

// identityView is the card with what is kept of who a participant is.
type identityView struct {
	Heading ui.Heading
	Erased  *ui.Alert
	Kept    []ui.KeyValue
	Opened  []ui.KeyValue // in the clear, on the answer to a POST only
	Purpose string        // as said when opening
	Close   string
	Open    *actionForm
	Edit    *ui.Link
	Link    *actionForm
	Wishes  *wishesView
	Looks   *ui.Link
	Erase   *ui.Link
}

// mostWords bounds what is added to a purpose in one's own words, in characters.
const mostWords = 120

// purposes for which an identity is opened, in order.
var purposes = []string{"call", "visit", "emergency", "letter", "check", "data", "other"}

// cardOf is the participant of the address, and which fields of their identity are kept.
func cardOf(c *page.Context) (*study.State, app.IdentityCard, error) {
	s, err := person(c)
	if err != nil {
		return nil, app.IdentityCard{}, err
	}
	card, err := c.App.IdentityOf(c.Ctx(), c.Actor, c.Study, s.ID)
	return s, card, err
}

func showIdentity(c *page.Context) error { return renderIdentity(c, nil, nil) }

func renderIdentity(c *page.Context, opened []ui.KeyValue, refused *study.Refusal) error {
	s, card, err := cardOf(c)
	if err != nil {
		return err
	}
	// Nothing of this page may be kept by the browser or by anything between.
	c.W.Header().Set("Cache-Control", "no-store, private, max-age=0")
	base := c.Path("p", s.ID, "identity")
	v := identityView{Heading: ui.Heading{Title: c.T("clinic.identity"), Lead: c.T("clinic.identity.lead", "number", s.ID)}, Close: base}
	for _, f := range app.IdentityFields {
		tag := ui.Tag{Text: c.T("clinic.identity.notkept"), Tone: ui.Neutral}
		if slices.Contains(card.Kept, f) {
			tag = ui.Tag{Text: c.T("clinic.identity.kept"), Tone: ui.Success}
		}
		v.Kept = append(v.Kept, ui.KeyValue{Key: c.T("clinic.identity.field." + string(f)), Cell: ui.Cell{Tags: []ui.Tag{tag}}})
	}
	items := sealedItems(c, s)
	for _, x := range items {
		v.Kept = append(v.Kept, ui.KeyValue{Key: x.title(c), Cell: ui.Cell{Tags: []ui.Tag{{Text: c.T("clinic.identity.kept"), Tone: ui.Success}}}})
	}
	if v.Opened = opened; len(v.Opened) > 0 {
		v.Purpose = c.T("clinic.identity.shown", "purpose", purposeOf(c))
	}
	if !card.Erased.IsZero() {
		v.Erased = &ui.Alert{Tone: ui.Info, Title: c.T("clinic.identity.erased", "time", c.Voice().DateTime(card.Erased)), Text: card.Basis}
	} else {
		if len(card.Kept)+len(items) > 0 {
			v.Open = openForm(c, card, items, base, refused)
		}
		if c.Can(access.KeepIdentity) {
			v.Edit = &ui.Link{Text: c.T("clinic.identity.edit"), Href: base + "/edit", Variant: "secondary"}
		}
	}
	if c.Can(access.KeepIdentity) {
		f := (&forms{c: c}).make(actionForm{ID: "link", Title: c.T("clinic.link"), Text: c.T("clinic.link.text"), Action: base + "/link", Button: c.T("clinic.link.button"), Quiet: true, Fields: sendBy(c)})
		v.Link = &f
		if v.Wishes, err = wishesForm(c, s.ID, base, refused); err != nil {
			return err
		}
	}
	if c.Can(access.SeeLooks) {
		v.Looks = &ui.Link{Text: c.T("clinic.looks"), Href: c.Path("p", s.ID, "looks"), Variant: "tertiary"}
	}
	p := page.Page{Title: c.T("clinic.identity"), Crumbs: append(personCrumbs(c, s), ui.Crumb{Text: c.T("clinic.identity")}), Data: v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("identity", p)
}

func openForm(c *page.Context, card app.IdentityCard, items []sealedItem, base string, refused *study.Refusal) *actionForm {
	which := ui.Field{Kind: ui.CheckboxField, Name: "field", Label: c.T("clinic.identity.which"), Required: true}
	for _, f := range card.Kept {
		which.Options = append(which.Options, ui.Option{Value: string(f), Label: c.T("clinic.identity.field." + string(f))})
	}
	for _, x := range items {
		which.Options = append(which.Options, ui.Option{Value: x.value(), Label: x.title(c)})
	}
	purpose := ui.Field{Kind: ui.SelectField, Name: "purpose", Label: c.T("clinic.identity.purpose"), Hint: c.T("clinic.identity.purpose.hint"), Required: true}
	for _, p := range purposes {
		purpose.Options = append(purpose.Options, ui.Option{Value: p, Label: c.T("clinic.identity.purpose." + p)})
	}
	more := ui.Field{Kind: ui.TextField, Name: "more", Label: c.T("clinic.identity.more"), Hint: c.T("clinic.identity.more.hint"), Optional: true, MaxLength: mostWords, Autocomplete: "off"}
	f := (&forms{c: c, refused: refused}).make(actionForm{ID: "open", Title: c.T("clinic.identity.open"), Action: base + "/open", Button: c.T("clinic.identity.open.button"), Fields: []ui.Field{which, purpose, more}})
	return &f
}

// purposeOf is what the participant will read: the chosen purpose and what was added.
func purposeOf(c *page.Context) string {
	if p := c.Text("purpose"); slices.Contains(purposes, p) {
		text := c.T("clinic.identity.purpose." + p)
		if more := c.Text("more"); more != "" {
			text += ": " + more
		}
		return text
	}
	return ""
}

func openIdentity(c *page.Context) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	var fields []app.IdentityField
	for _, f := range app.IdentityFields {
		if slices.Contains(form["field"], string(f)) {
			fields = append(fields, f)
		}
	}
	person, err := person(c)
	if err != nil {
		return err
	}
	var items []sealedItem
	for _, x := range sealedItems(c, person) {
		if slices.Contains(form["field"], x.value()) {
			items = append(items, x)
		}
	}
	purpose := purposeOf(c)
	switch {
	case len(fields)+len(items) == 0:
		return renderIdentity(c, nil, page.Bad("field", "choose what to open", "velg hva som skal åpnes"))
	case purpose == "":
		return renderIdentity(c, nil, page.Bad("purpose", "say what it is needed for", "oppgi hva det trengs til"))
	case c.Text("purpose") == "other" && c.Text("more") == "":
		return renderIdentity(c, nil, page.Bad("more", "say in your own words what it is needed for", "oppgi med egne ord hva det trengs til"))
	case utf8.RuneCountInString(c.Text("more")) > mostWords:
		return renderIdentity(c, nil, page.Bad("more", "say it in at most 120 characters", "si det med høyst 120 tegn"))
	}
	opened, err := opening(c, person.ID, fields, items, purpose)
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid) {
		return renderIdentity(c, nil, r)
	}
	if err != nil {
		return err
	}
	return renderIdentity(c, opened, nil)
}

// opening opens fields of the card and sealed answers, each with its event.
func opening(c *page.Context, id string, fields []app.IdentityField, items []sealedItem, purpose string) ([]ui.KeyValue, error) {
	var out []ui.KeyValue
	if len(fields) > 0 {
		values, err := c.App.OpenIdentity(c.Ctx(), c.Actor, c.Study, id, fields, purpose)
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			if text, ok := values[f]; ok {
				out = append(out, ui.KeyValue{Key: c.T("clinic.identity.field." + string(f)), Cell: ui.Cell{Text: text}})
			}
		}
	}
	for _, x := range items {
		value, err := c.App.OpenItem(c.Ctx(), c.Actor, c.Study, id, x.key, x.item.ID, purpose)
		if err != nil {
			return nil, err
		}
		out = append(out, ui.KeyValue{Key: x.title(c), Cell: ui.Cell{Text: page.Answer(c, x.form, x.item, value)}})
	}
	return out, nil
}

// --- keeping ---

type keepView struct {
	Heading ui.Heading
	Action  string
	Client  string
	Fields  []keepField
	Errors  ui.ErrorSummary
	Back    ui.Link
}

// keepField asks for one value without showing the one that is kept.
type keepField struct {
	Field  ui.Field
	Remove *ui.Field
}

func editIdentity(c *page.Context) error { return renderKeep(c, nil) }

func renderKeep(c *page.Context, refused *study.Refusal) error {
	s, card, err := cardOf(c)
	if err != nil {
		return err
	}
	c.W.Header().Set("Cache-Control", "no-store, private, max-age=0")
	base := c.Path("p", s.ID, "identity")
	v := keepView{Heading: ui.Heading{Title: c.T("clinic.identity.edit"), Lead: c.T("clinic.identity.edit.lead", "number", s.ID)}, Action: base, Client: c.ClientID(),
		Back: ui.Link{Text: c.T("clinic.identity.back"), Href: base, Variant: "tertiary"}}
	for _, f := range app.IdentityFields {
		name := string(f)
		x := keepField{Field: ui.Field{Kind: kindOf(f), Name: name, Label: c.T("clinic.identity.field." + name), Optional: true, Autocomplete: "off", MaxLength: 2000, Rows: 3}}
		if f == app.FieldNational || f == app.FieldContacts || f == app.FieldPhone {
			x.Field.Hint = c.T("clinic.identity.hint." + name)
		}
		kept := slices.Contains(card.Kept, f)
		if kept {
			if x.Field.Hint != "" {
				x.Field.Hint += " "
			}
			x.Field.Hint += c.T("clinic.identity.hint.kept")
			x.Remove = &ui.Field{Kind: ui.ConfirmField, Name: "remove." + name, Label: c.T("clinic.identity.remove", "field", strings.ToLower(x.Field.Label))}
		}
		if refused != nil {
			x.Field.Value = c.Text(name)
			if x.Remove != nil {
				x.Remove.Value = c.Text("remove." + name)
			}
			if refused.Field == name || refused.Field == "fields."+name {
				x.Field.Error = page.Sentence(c.Say(refused.Text))
				v.Errors.Errors = append(v.Errors.Errors, ui.FieldError{ID: x.Field.Target(), Text: x.Field.Label + ": " + x.Field.Error})
			}
		}
		v.Fields = append(v.Fields, x)
	}
	p := page.Page{Title: c.T("clinic.identity.edit"), Crumbs: append(personCrumbs(c, s), ui.Crumb{Text: c.T("clinic.identity"), Href: base}, ui.Crumb{Text: c.T("clinic.identity.edit")}), Data: &v}
	if refused != nil {
		p.Status = page.Status(refused)
		if len(v.Errors.Errors) == 0 {
			v.Errors = ui.ErrorSummary{Title: c.T("page.refused"), Errors: []ui.FieldError{{ID: "keep", Text: page.Sentence(c.Say(refused.Text))}}}
		}
	}
	return c.Render("identity-edit", p)
}

func kindOf(f app.IdentityField) ui.Kind {
	switch f {
	case app.FieldBirth:
		return ui.DateField
	case app.FieldEmail:
		return ui.EmailField
	case app.FieldPhone:
		return ui.PhoneField
	case app.FieldAddress, app.FieldContacts, app.FieldNote:
		return ui.LongTextField
	}
	return ui.TextField
}

func keepIdentity(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	id := c.Value("id")
	fields := map[app.IdentityField]string{}
	for _, f := range app.IdentityFields {
		switch text := c.Text(string(f)); {
		case text != "":
			fields[f] = text
		case c.Text("remove."+string(f)) == "yes":
			fields[f] = ""
		}
	}
	base := c.Path("p", id, "identity")
	if len(fields) == 0 {
		return c.RedirectWith(base, ui.Info, c.T("clinic.identity.nothing"))
	}
	err := c.App.KeepIdentity(c.Ctx(), c.Actor, c.Study, id, fields, c.Text("client"))
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid || r.Kind == study.Stale) {
		return renderKeep(c, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(base, ui.Success, c.T("clinic.identity.saved"))
}

// --- the participant's one-time link ---

type linkView struct {
	Heading ui.Heading
	Sent    *ui.Alert
	Link    ui.OnceLink
	Back    ui.Link
}

func participantLink(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	s, err := person(c)
	if err != nil {
		return err
	}
	sent, err := c.App.SendParticipantLink(c.Ctx(), c.Actor, c.Study, s.ID, channelOf(c))
	if err != nil {
		return err
	}
	c.W.Header().Set("Cache-Control", "no-store, private, max-age=0")
	v := linkView{Heading: ui.Heading{Title: c.T("clinic.link"), Lead: s.ID}, Back: ui.Link{Text: c.T("clinic.identity.back"), Href: c.Path("p", s.ID, "identity"), Variant: "tertiary"},
		Link: ui.OnceLink{Address: sent.Link, Text: c.T("clinic.link.once")}, Sent: sentAlert(c, sent)}
	return c.Render("identity-link", page.Page{Title: c.T("clinic.link"), Crumbs: append(personCrumbs(c, s), ui.Crumb{Text: c.T("clinic.link")}), Data: v})
}
