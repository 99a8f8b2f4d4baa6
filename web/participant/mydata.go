package participant

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"varde/app"
	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// looksShown bounds the list of who looked.
const looksShown = 100

type dataView struct {
	Top     top
	Kept    []keptLine
	File    ui.Link
	Page    ui.Link // the same, for people
	Answers ui.Link
	Looks   []lookLine
	More    bool // there are older ones
	Contact ui.Link
	Remind  ui.Link
	Account ui.Link
}

// keptLine is one kind of what is kept, and how much of it.
type keptLine struct{ What, Much string }

type lookLine struct {
	Day, Time string
	Who, Role string
	What      string
	Purpose   string
}

// myData says what is kept, gives it out, and tells who looked.
func myData(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	looks, err := c.App.Looks(c.Ctx(), c.Actor, c.Study, o.s.ID, looksShown)
	if err != nil {
		return err
	}
	v := dataView{Top: o.top(o.toMore()), Kept: o.kept(), More: len(looks) == looksShown,
		File: ui.Link{Text: c.T("me.data.file"), Href: o.path("data", "file"), Variant: "secondary"}, Page: ui.Link{Text: c.T("me.data.page"), Href: o.path("data", "page")}, Answers: ui.Link{Text: c.T("me.data.answers"), Href: o.path("data", "answers"), Variant: "secondary"},
		Contact: ui.Link{Text: c.T("me.contact"), Href: o.path("data", "contact")}, Remind: ui.Link{Text: c.T("me.reminders"), Href: o.path("data", "reminders")}, Account: ui.Link{Text: c.T("me.account"), Href: "/account"}}
	voice := c.Voice()
	for _, l := range looks {
		if l.Account == c.Actor.ID {
			continue // who looks at their own tells nobody anything
		}
		x := lookLine{Day: voice.Date(l.At), Time: voice.Time(l.At), Who: l.Name, Role: c.Say(study.RoleName(l.Role)), What: o.lookedAt(l), Purpose: l.Purpose}
		v.Looks = append(v.Looks, x)
	}
	return o.render("data", c.T("me.data"), v)
}

func (o *own) kept() []keptLine {
	c := o.c
	answers := 0
	for k, f := range o.s.Forms {
		if p, ok := study.PlaceOf(c.Def, k.Visit, k.Form); ok && slices.Contains(p.Roles, "participant") && f.Version > 0 {
			answers++
		}
	}
	appointments := 0
	for _, v := range o.s.Visits {
		if !v.Planned.IsZero() || !v.Held.IsZero() {
			appointments++
		}
	}
	out := []keptLine{
		{c.T("me.data.kept.consents"), c.TN("me.data.kept.n", len(o.s.Consents)+len(o.s.Signed))},
		{c.T("me.data.kept.forms"), c.TN("me.data.kept.n", answers)},
		{c.T("me.data.kept.visits"), c.TN("me.data.kept.n", appointments)},
		{c.T("me.data.kept.diary"), c.TN("me.data.kept.n", len(o.s.Diary))},
		{c.T("me.data.kept.messages"), c.TN("me.data.kept.n", len(o.s.Messages))},
	}
	return out
}

// lookedAt says what part of the record was looked at.
func (o *own) lookedAt(l app.Look) string {
	c := o.c
	kind, rest, _ := strings.Cut(l.What, "/")
	text := c.T("me.look.other")
	switch kind {
	case "identity":
		var fields []string
		for _, f := range l.Fields {
			if slices.Contains(app.IdentityFields, app.IdentityField(f)) {
				fields = append(fields, c.T("me.field."+f))
			}
		}
		text = c.T("me.look.identity")
		if len(fields) > 0 {
			text += ": " + listed(c, fields)
		}
		return text
	case "journey", "trail", "export", "casebook", "diary", "messages", "arm":
		return c.T("me.look." + kind)
	case "session":
		if v, ok := c.Def.Visit(rest); ok {
			return c.T("me.look.session", "visit", c.Say(v.Title))
		}
	case "form":
		if ref, err := study.ParseRecordRef(l.What); err == nil {
			return c.Say(study.RecordTitle(c.Def, ref, false))
		}
	}
	return text
}

// dataFile gives out everything that is kept, for other programs.
func dataFile(c *page.Context) error {
	var b bytes.Buffer
	if err := c.App.OwnData(c.Ctx(), c.Actor, c.Study, &b); err != nil {
		return err
	}
	h := c.W.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="my-data.json"`)
	h.Set("Cache-Control", "no-store")
	_, _ = c.W.Write(b.Bytes()) // the reader may have gone
	return nil
}

type answersView struct {
	Top   top
	Forms []answeredForm
}

type answeredForm struct {
	Title, Place, When string
	Rows               []ui.KeyValue
}

// dataAnswers is the same for people: every answer of the reader, to read and print.
func dataAnswers(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	v := answersView{Top: o.top(&ui.Link{Text: c.T("me.data"), Href: o.path("data")})}
	for i := range c.Def.Visits {
		x := &c.Def.Visits[i]
		for _, u := range x.Forms {
			for _, r := range o.s.Records(x.ID, u.Form) {
				if p, ok := study.PlaceOf(c.Def, x.ID, u.Form); ok && slices.Contains(p.Roles, "participant") {
					v.Forms = append(v.Forms, o.answered(p.Form, r, c.Say(x.Title)))
				}
			}
		}
	}
	for _, l := range c.Def.Logs {
		if p, ok := study.PlaceOf(c.Def, "", l.Form); ok && slices.Contains(p.Roles, "participant") {
			for _, r := range o.s.Records("", l.Form) {
				v.Forms = append(v.Forms, o.answered(p.Form, r, ""))
			}
		}
	}
	return o.render("answers", c.T("me.data.answers"), v)
}

func (o *own) answered(f *instrument.Compiled, r *study.FormState, place string) answeredForm {
	c := o.c
	x := answeredForm{Title: c.Say(f.Title), Place: place, When: c.Voice().DateTime(r.SavedAt)}
	for i := range f.Items {
		item := &f.Items[i]
		if v := r.Values[item.ID]; v.Kind() != instrument.None {
			x.Rows = append(x.Rows, ui.KeyValue{Key: c.Say(item.Text), Cell: ui.Cell{Text: page.Answer(c, f, item, v)}})
		}
	}
	return x
}

type contactView struct {
	Top    top
	Action string
	Client string
	Fields []ui.Field
	Errors ui.ErrorSummary
	Erased bool
}

// contactFields are what a participant corrects themselves. Name and number of birth
// are for the team, who must see a paper.
var contactFields = []struct {
	field app.IdentityField
	kind  ui.Kind
	auto  string
	rows  int
}{
	{app.FieldPhone, ui.PhoneField, "tel", 0}, {app.FieldEmail, ui.EmailField, "email", 0}, {app.FieldAddress, ui.LongTextField, "street-address", 3}, {app.FieldContacts, ui.LongTextField, "off", 4},
}

func contact(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	return o.showContact(nil)
}

func (o *own) showContact(refused *study.Refusal) error {
	c := o.c
	var names []app.IdentityField
	for _, f := range contactFields {
		names = append(names, f.field)
	}
	have, err := c.App.OpenIdentity(c.Ctx(), c.Actor, c.Study, o.s.ID, names, "")
	var r *study.Refusal
	v := contactView{Top: o.top(&ui.Link{Text: c.T("me.data"), Href: o.path("data")}), Action: o.path("data", "contact"), Client: c.ClientID()}
	if errors.As(err, &r) && r.Kind != study.Forbidden {
		v.Erased = true // the identity is erased, or this house keeps none
		return o.render("contact", c.T("me.contact"), v)
	}
	if err != nil {
		return err
	}
	for _, f := range contactFields {
		name := string(f.field)
		x := ui.Field{Kind: f.kind, Name: name, Label: c.T("me.field." + name), Hint: c.T("me.field." + name + ".hint"), Value: have[f.field], Autocomplete: f.auto, Rows: f.rows, Optional: true, MaxLength: 2000}
		if refused != nil {
			if x.Value = c.Text(name); refused.Field == name {
				x.Error = page.Sentence(c.Say(refused.Text))
				v.Errors.Errors = append(v.Errors.Errors, ui.FieldError{ID: x.Target(), Text: x.Label + ": " + x.Error})
			}
		}
		v.Fields = append(v.Fields, x)
	}
	c.W.Header().Set("Cache-Control", "no-store")
	if refused != nil {
		return o.refuse("contact", c.T("me.contact"), v, refused)
	}
	return o.render("contact", c.T("me.contact"), v)
}

func keepContact(c *page.Context) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	o, err := load(c)
	if err != nil {
		return err
	}
	fields := map[app.IdentityField]string{}
	for _, f := range contactFields {
		if _, sent := form[string(f.field)]; sent {
			fields[f.field] = c.Text(string(f.field))
		}
	}
	err = c.App.KeepOwnContact(c.Ctx(), c.Actor, c.Study, fields, once(c))
	if r, ok := mendable(err); ok {
		return o.showContact(r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(o.path("data", "contact"), ui.Success, c.T("me.contact.kept"))
}

type remindersView struct {
	Top        top
	Action     string
	Client     string
	Fields     []ui.Field
	None       bool // this house sends none
	Email, SMS bool
}

func reminders(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	return o.showReminders(nil)
}

func (o *own) showReminders(refused *study.Refusal) error {
	c := o.c
	w, email, sms, err := c.App.NoticeWishes(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	v := remindersView{Top: o.top(&ui.Link{Text: c.T("me.data"), Href: o.path("data")}), Action: o.path("data", "reminders"), Client: c.ClientID(), None: !email && !sms, Email: email, SMS: sms}
	tick := func(name string, on bool) ui.Field {
		f := ui.Field{Kind: ui.ConfirmField, Name: name, Label: c.T("me.reminders." + name), Hint: c.T("me.reminders." + name + ".hint")}
		if on {
			f.Value = "yes"
		}
		return f
	}
	if email {
		v.Fields = append(v.Fields, tick("email", w.Email))
	}
	if sms {
		v.Fields = append(v.Fields, tick("sms", w.SMS))
	}
	if !v.None {
		v.Fields = append(v.Fields,
			ui.Field{Kind: ui.TimeField, Name: "quietFrom", Label: c.T("me.reminders.from"), Value: w.QuietFrom, Optional: true},
			ui.Field{Kind: ui.TimeField, Name: "quietUntil", Label: c.T("me.reminders.until"), Value: w.QuietUntil, Optional: true})
	}
	if refused == nil {
		return o.render("reminders", c.T("me.reminders"), v)
	}
	for i := range v.Fields {
		f := &v.Fields[i]
		if f.Value = c.Text(f.Name); f.Name == refused.Field {
			f.Error = page.Sentence(c.Say(refused.Text))
		}
	}
	return o.refuse("reminders", c.T("me.reminders"), v, refused)
}

func keepReminders(c *page.Context) error {
	o, err := posted(c)
	if err != nil {
		return err
	}
	w := study.NoticesWished{Email: c.Text("email") == "yes", SMS: c.Text("sms") == "yes", QuietFrom: c.Text("quietFrom"), QuietUntil: c.Text("quietUntil")}
	err = c.App.WishNotices(c.Ctx(), c.Actor, c.Study, w, once(c))
	if r, ok := mendable(err); ok {
		return o.showReminders(r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(o.path("data", "reminders"), ui.Success, c.T("me.reminders.kept"))
}
