package clinic

import (
	"slices"
	"strings"
	"time"

	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// actionForm is a small form that asks for one thing to happen. Template
// "action-form".
type actionForm struct {
	ID     string
	Title  string
	Text   string
	Action string
	Client string
	Return string
	Fields []ui.Field
	Button string
	Danger bool
	Quiet  bool // a secondary button
	Errors ui.ErrorSummary
}

// forms makes action forms; one that was sent and refused gets its answers back
// and the reason on the field it is about.
type forms struct {
	c       *page.Context
	refused *study.Refusal
	back    string
}

func (m *forms) make(f actionForm) actionForm {
	f.Client, f.Return = m.c.ClientID(), m.back
	sent := m.refused != nil && m.c.R.URL.Path == f.Action
	for i := range f.Fields {
		x := &f.Fields[i]
		name := x.Name
		x.ID = f.ID + "-" + strings.ReplaceAll(name, ".", "-")
		if !sent {
			continue
		}
		form, err := m.c.Form()
		if err != nil {
			continue
		}
		if x.Kind == ui.CheckboxField {
			x.Values = form[name]
		} else {
			x.Value = form.Get(name)
		}
		if m.refused.Field == name || strings.HasPrefix(m.refused.Field, "answers.") && "q."+m.refused.Field[8:] == name {
			x.Error = page.Sentence(m.c.Say(m.refused.Text))
		}
	}
	if sent {
		f.Errors.Errors = ui.Faults(f.Fields)
		if len(f.Errors.Errors) == 0 {
			f.Errors = ui.ErrorSummary{Title: m.c.T("page.refused"), Errors: []ui.FieldError{{ID: f.ID, Text: page.Sentence(m.c.Say(m.refused.Text))}}}
		}
	}
	return f
}

// when asks for the moment something happened; empty means now.
func when(c *page.Context) ui.Field {
	return ui.Field{Kind: ui.DateTimeField, Name: "at", Label: c.T("clinic.at"), Hint: c.T("clinic.at.hint"), Optional: true}
}

// sure asks to confirm what cannot be taken back.
func sure(c *page.Context, text string) ui.Field {
	return ui.Field{Kind: ui.ConfirmField, Name: "sure", Label: text, Required: true}
}

func isSure(c *page.Context) error {
	if c.Text("sure") != "yes" {
		return page.Bad("sure", "tick the box to confirm: this cannot be taken back", "kryss av for å bekrefte: dette kan ikke gjøres om")
	}
	return nil
}

// act carries out one command on the participant of the address and goes back, or
// shows the page again with the reason why not.
func act(build func(c *page.Context, s *study.State) (cmd study.Command, message string, err error)) func(*page.Context) error {
	return func(c *page.Context) error {
		s, err := person(c)
		if err != nil {
			return err
		}
		if _, err := c.Form(); err != nil {
			return err
		}
		cmd, message, err := build(c, s)
		if err == nil {
			_, err = c.Do(cmd)
		}
		r, refused := page.Refused(err)
		if refused && slices.Contains([]study.RefusalKind{study.Against, study.Invalid, study.Stale}, r.Kind) {
			return again(c, r)
		}
		if err != nil {
			return err
		}
		to := c.Text("return")
		if to == "" {
			to = home(c, s.ID)
		}
		return c.RedirectWith(to, ui.Success, message)
	}
}

// home is a participant's page, or for roles without it their tasks.
func home(c *page.Context, id string) string {
	if seesJourney(c) {
		return c.Path("p", id)
	}
	if !seesVisits(c) {
		return c.Path("ratings")
	}
	return c.Path("today")
}

// again shows the page that a refused form came from.
func again(c *page.Context, r *study.Refusal) error {
	s, err := person(c) // as it is now
	if err != nil {
		return err
	}
	if v := visitOf(c, s.ID); v != "" && (!seesJourney(c) || c.Text("return") == visitPath(c, s.ID, v)) {
		return renderVisit(c, s, r)
	}
	if !seesJourney(c) {
		return r
	}
	return renderJourney(c, s, r)
}

func on(c *page.Context, s *study.State) (study.On, error) {
	at, err := c.Moment("at")
	return study.On{Participant: s.ID, At: at}, err
}

// lines splits a text into its lines without blanks.
func lines(s string) []string {
	var out []string
	for l := range strings.Lines(s) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func dayText(c *page.Context, d study.Day) string {
	return page.Day(c, time.Unix(int64(d)*86400, 0).UTC())
}
