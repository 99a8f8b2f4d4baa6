package clinic

import (
	"slices"

	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// How a participant is reached outside the pages: what they said in conversation, what
// did not reach them, and sending of a one-time link.

// wishesView is the card with how a participant wants to be reached.
type wishesView struct {
	Broken []ui.Alert // a channel that does not reach
	Form   actionForm
}

// channels answers those that the house has, in order.
func channels(c *page.Context) []string {
	var out []string
	email, sms := c.App.Reaches()
	if email {
		out = append(out, study.ByEmail)
	}
	if sms {
		out = append(out, study.BySMS)
	}
	return out
}

// wishesForm is nil where the house has no channel: there is nothing to choose then.
func wishesForm(c *page.Context, id, base string, refused *study.Refusal) (*wishesView, error) {
	has := channels(c)
	if len(has) == 0 {
		return nil, nil
	}
	r, err := c.App.NoticeWishesOf(c.Ctx(), c.Actor, c.Study, id)
	if err != nil {
		return nil, err
	}
	v := &wishesView{}
	by := ui.Field{Kind: ui.CheckboxField, Name: "by", Label: c.T("clinic.reach.by"), Hint: c.T("clinic.reach.by.hint")}
	for _, channel := range has {
		by.Options = append(by.Options, ui.Option{Value: channel, Label: c.T("clinic.reach." + channel)})
		if channel == study.ByEmail && r.Wishes.Email || channel == study.BySMS && r.Wishes.SMS {
			by.Values = append(by.Values, channel)
		}
		if u, broken := r.Unreachable[channel]; broken {
			v.Broken = append(v.Broken, ui.Alert{Tone: ui.Warning, Title: c.T("clinic.reach.broken." + channel), Text: page.Sentence(c.Say(study.WhyName(u.Why))) + " " + c.T("clinic.reach.mend")})
		}
	}
	text := c.T("clinic.reach.text")
	if r.Wished.IsZero() {
		text = c.T("clinic.reach.never") + " " + text
	}
	v.Form = (&forms{c: c, refused: refused}).make(actionForm{ID: "reach-form", Title: c.T("clinic.reach"), Text: text, Action: base + "/reach", Button: c.T("clinic.reach.button"), Quiet: true, Fields: []ui.Field{by}})
	return v, nil
}

func wishFor(c *page.Context) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	s, err := person(c)
	if err != nil {
		return err
	}
	r, err := c.App.NoticeWishesOf(c.Ctx(), c.Actor, c.Study, s.ID)
	if err != nil {
		return err
	}
	w := r.Wishes
	w.Email, w.SMS = slices.Contains(form["by"], study.ByEmail), slices.Contains(form["by"], study.BySMS)
	err = c.App.WishNoticesFor(c.Ctx(), c.Actor, c.Study, s.ID, w, c.Text("client"))
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid || r.Kind == study.Stale) {
		return renderIdentity(c, nil, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(c.Path("p", s.ID, "identity"), ui.Success, c.T("clinic.reach.saved"))
}

// sendBy offers to send a link as well as showing it; nothing where the house cannot.
func sendBy(c *page.Context) []ui.Field {
	has := channels(c)
	if len(has) == 0 {
		return nil
	}
	f := ui.Field{Kind: ui.RadioField, Name: "send", Label: c.T("clinic.link.send"), Value: "no", Options: []ui.Option{{Value: "no", Label: c.T("clinic.link.send.no")}}}
	for _, channel := range has {
		f.Options = append(f.Options, ui.Option{Value: channel, Label: c.T("clinic.link.send." + channel)})
	}
	return []ui.Field{f}
}

// channelOf is the channel that the form asks for, "" = none.
func channelOf(c *page.Context) string {
	if s := c.Text("send"); slices.Contains(study.NoticeChannels, s) {
		return s
	}
	return ""
}

// sentAlert says what became of sending a link; nil when nobody asked.
func sentAlert(c *page.Context, sent app.LinkSent) *ui.Alert {
	switch {
	case sent.Channel != "":
		return &ui.Alert{Tone: ui.Success, Text: c.T("clinic.link.sent." + sent.Channel)}
	case sent.Fault.EN != "":
		return &ui.Alert{Tone: ui.Warning, Title: c.T("clinic.link.unsent"), Text: page.Sentence(c.Say(sent.Fault))}
	}
	return nil
}
