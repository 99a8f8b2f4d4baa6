package admin

import (
	"strings"

	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// form asks for one thing to happen. Template "admin-form".
type form struct {
	ID     string
	Title  string
	Text   string
	Action string
	Client string
	Fields []ui.Field
	Button string
	Danger bool
	Quiet  bool
	Errors ui.ErrorSummary
}

// made finishes a form; one that was sent and refused gets its answers back and the
// reason on the field it is about.
func made(c *page.Context, refused *study.Refusal, f form) *form {
	f.Client = c.ClientID()
	sent := refused != nil && c.R.URL.Path == f.Action
	for i := range f.Fields {
		x := &f.Fields[i]
		if x.ID == "" {
			x.ID = f.ID + "-" + strings.ReplaceAll(x.Name, ".", "-")
		}
		if !sent {
			continue
		}
		posted, err := c.Form()
		if err != nil {
			continue
		}
		if x.Kind == ui.CheckboxField {
			x.Values = posted[x.Name]
		} else if x.Kind != "hidden" {
			x.Value = posted.Get(x.Name)
		}
		if x.Name == refused.Field {
			x.Error = page.Sentence(c.Say(refused.Text))
		}
	}
	if sent {
		f.Errors.Errors = ui.Faults(f.Fields)
		if len(f.Errors.Errors) == 0 {
			f.Errors = ui.ErrorSummary{Title: c.T("page.refused"), Errors: []ui.FieldError{{ID: f.ID, Text: page.Sentence(c.Say(refused.Text))}}}
		}
	}
	return &f
}
