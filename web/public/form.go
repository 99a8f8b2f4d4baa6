package public

import (
	"strings"

	"varde/app"
	"varde/content"
	"varde/web/page"
	"varde/web/ui"
)

// form is a referral as it is being written.
type form struct {
	professional bool
	fields       []ui.Field
	selfCheck    ui.Field
}

// newForm answers the empty form. Little is asked for: what is needed to answer, and
// what somebody wants to say.
func newForm(c *page.Context, places []place, professional bool) *form {
	kind := "self"
	if professional {
		kind = "professional"
	}
	word := func(name string) string { return c.T("public.field." + kind + "." + name) }
	field := func(name string, k ui.Kind, hint bool) ui.Field {
		f := ui.Field{Kind: k, Name: name, Label: word(name)}
		if hint {
			f.Hint = word(name + ".hint")
		}
		return f
	}
	owed := func(f ui.Field) ui.Field { f.Required = true; return f }
	optional := func(f ui.Field) ui.Field { f.Optional = true; return f }
	fill := func(f ui.Field, autocomplete string) ui.Field {
		if !professional { // whoever refers must not put their own details in
			f.Autocomplete = autocomplete
		}
		return f
	}
	f := &form{professional: professional}
	if professional {
		f.fields = append(f.fields, owed(field("referrer", ui.TextField, false)), optional(field("referrerRole", ui.TextField, false)), owed(field("referrerAt", ui.TextField, true)))
	}
	f.fields = append(f.fields, owed(fill(field("name", ui.TextField, true), "name")))
	if professional {
		f.fields = append(f.fields, optional(field("birthDate", ui.DateField, false)))
	}
	f.fields = append(f.fields,
		fill(field("phone", ui.PhoneField, true), "tel"), fill(field("email", ui.EmailField, false), "email"),
		optional(field("safe", ui.LongTextField, true)), optional(field("place", ui.TextField, true)))
	if len(places) > 1 {
		f.fields = append(f.fields, optional(siteField(c, places)))
	}
	if professional {
		u := optional(field("urgency", ui.RadioField, true))
		u.Options = []ui.Option{{Value: "routine", Label: c.T("public.urgency.routine")}, {Value: "soon", Label: c.T("public.urgency.soon")}}
		f.fields = append(f.fields, u)
	}
	message := optional(field("message", ui.LongTextField, true))
	message.Rows = 6
	f.fields = append(f.fields, message, field("wait", ui.ConfirmField, true), owed(field("consent", ui.ConfirmField, false)))
	f.selfCheck = ui.Field{Kind: ui.LongTextField, Name: "selfCheck", Label: c.T("public.field.selfcheck"), Hint: c.T("public.field.selfcheck.hint"), Optional: true, Rows: 5}
	return f
}

func siteField(c *page.Context, places []place) ui.Field {
	f := ui.Field{Kind: ui.SelectField, Name: "site", Label: c.T("public.field.site"), Hint: c.T("public.field.site.hint")}
	for _, p := range places {
		now := c.T("public.site.full")
		if p.Open {
			now = c.T("public.site.open")
		}
		f.Options = append(f.Options, ui.Option{Value: p.key(), Label: p.Name + " (" + p.Country + "): " + now})
	}
	return f
}

// read takes what was posted.
func (f *form) read(c *page.Context) {
	for i := range f.fields {
		f.fields[i].Value = c.Text(f.fields[i].Name)
	}
	f.selfCheck.Value = c.Text("selfCheck")
}

func (f *form) at(name string) *ui.Field {
	for i := range f.fields {
		if f.fields[i].Name == name {
			return &f.fields[i]
		}
	}
	if f.selfCheck.Name == name {
		return &f.selfCheck
	}
	return nil
}

func (f *form) has(name string) bool { return f.at(name) != nil }

func (f *form) value(name string) string {
	if x := f.at(name); x != nil {
		return x.Value
	}
	return ""
}

// fault marks a field; the first fault of a field is the one that is shown.
func (f *form) fault(name, text string) {
	if x := f.at(name); x != nil && x.Error == "" {
		x.Error = text
	}
}

func (f *form) faults() []ui.FieldError {
	return ui.Faults(append(append([]ui.Field(nil), f.fields...), f.selfCheck))
}

func (f *form) faulty() bool { return len(f.faults()) > 0 }

// check names every field that cannot be left so, all at once. What stands in them is
// judged by the use case.
func (f *form) check(c *page.Context) {
	for i := range f.fields {
		if x := &f.fields[i]; x.Required && strings.TrimSpace(x.Value) == "" {
			key := "public.fault." + x.Name
			if x.Name == "consent" && f.professional {
				key += ".professional"
			}
			f.fault(x.Name, c.T(key))
		}
	}
	if f.value("phone") == "" && f.value("email") == "" {
		f.fault("phone", c.T("public.fault.reach"))
	}
}

// referral is what is sent on.
func (f *form) referral(c *page.Context, clinic content.Clinic) app.ReferralIn {
	in := app.ReferralIn{
		Channel: "self", Format: "page", Language: c.Lang, Wait: f.value("wait") == "yes", Consent: f.value("consent") == "yes",
		Name: f.value("name"), BirthDate: f.value("birthDate"), Phone: clinic.International(f.value("phone")), Email: f.value("email"), Place: f.value("place"), Safe: f.value("safe"),
		Message: f.value("message"), Referrer: f.value("referrer"), ReferrerRole: f.value("referrerRole"), ReferrerAt: f.value("referrerAt"),
		SelfCheck: f.selfCheck.Value, Urgency: f.value("urgency"),
	}
	if f.professional {
		in.Channel = "professional"
	}
	return in
}
