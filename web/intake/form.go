package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// form asks for one thing to happen to a referral. Templates "intake-form" and
// "intake-folded".
type form struct {
	ID, Title, Text string
	Action, Client  string
	Fields          []ui.Field
	Button          string
	Quiet, Danger   bool
	Errors          ui.ErrorSummary
}

// ready gives a form its ids; one that was sent and refused gets its answers back, with
// the reason at the field it is about.
func ready(c *page.Context, f form, refused *study.Refusal) *form {
	f.Client = c.ClientID()
	sent := refused != nil && c.R.URL.Path == f.Action
	for i := range f.Fields {
		x := &f.Fields[i]
		x.ID = f.ID + "-" + x.Name
		if !sent {
			continue
		}
		values, err := c.Form()
		if err != nil {
			continue
		}
		if x.Kind == ui.CheckboxField {
			x.Values = values[x.Name]
		} else {
			x.Value = values.Get(x.Name)
		}
		if refused.Field == x.Name {
			x.Error = page.Sentence(c.Say(refused.Text))
		}
	}
	if sent {
		if f.Errors.Errors = ui.Faults(f.Fields); len(f.Errors.Errors) == 0 {
			f.Errors = ui.ErrorSummary{Title: c.T("page.refused"), Errors: []ui.FieldError{{ID: f.ID, Text: page.Sentence(c.Say(refused.Text))}}}
		}
	}
	return &f
}

// submission is the id under which a form is carried out once: made of the form's own
// id, who sends it, where to, and what, so that changed content is never taken for the
// same form sent again.
func submission(c *page.Context) string {
	values, err := c.Form()
	id := values.Get("client")
	if err != nil || id == "" {
		return ""
	}
	h := sha256.New()
	for _, s := range []string{id, c.Actor.ID, c.R.URL.RequestURI(), values.Encode()} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return "referral-" + hex.EncodeToString(h.Sum(nil)[:20])
}

// mends says that the reader can mend a refusal on the page it came from.
func mends(r *study.Refusal) bool {
	return slices.Contains([]study.RefusalKind{study.Against, study.Invalid, study.Stale}, r.Kind)
}

func reasons(c *page.Context, list study.ReasonList) []ui.Option {
	out := make([]ui.Option, len(list))
	for i, r := range list {
		out[i] = ui.Option{Value: r.Code, Label: page.Sentence(c.Say(r.Text))}
	}
	return out
}

func note(c *page.Context, optional bool) ui.Field {
	return ui.Field{Kind: ui.LongTextField, Name: "note", Rows: 2, Label: c.T("intake.note"), Hint: c.T("intake.note.hint"), Optional: optional, Required: !optional, MaxLength: 500}
}
