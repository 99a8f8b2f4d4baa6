package participant

import (
	"time"

	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type messagesView struct {
	Top    top
	Lines  []messageView
	Write  *ui.Field
	Action string
	Client string
	Unread string // the team's newest message that was not seen before; "" = none
	Seen   string // where it is told that it is seen
}

type messageView struct {
	Own  bool
	From string
	At   time.Time
	Text []string
	Read bool
	New  bool
}

// messages are those with the team, oldest first. The page itself tells that they were
// seen: a page that was fetched to be kept on the device has been read by nobody.
func messages(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	return o.showMessages(nil)
}

func (o *own) showMessages(refused *study.Refusal) error {
	c := o.c
	lines, err := c.App.Messages(c.Ctx(), c.Actor, c.Study, o.s.ID)
	if err != nil {
		return err
	}
	v := messagesView{Top: o.top(o.home()).keeping(), Action: o.path("messages"), Client: c.ClientID(), Seen: o.path("messages", "read")}
	for _, l := range lines {
		m := messageView{Own: l.Own, At: l.At, Text: paragraphs(l.Text), Read: !l.Read.IsZero(), New: !l.Own && l.Read.IsZero()}
		if m.From = c.T("me.messages.you"); !l.Own {
			m.From = c.Say(study.RoleName(l.Role))
			if name := firstName(l.From); name != "" {
				m.From = name + ", " + m.From
			}
		}
		if m.New {
			v.Unread = l.ID
		}
		v.Lines = append(v.Lines, m)
	}
	if !o.gone() {
		v.Write = &ui.Field{Kind: ui.LongTextField, Name: "text", Rows: 4, Label: c.T("me.messages.write"), MaxLength: 5000, Required: true}
	}
	if refused != nil && v.Write != nil {
		v.Write.Value, v.Write.Error = c.Text("text"), page.Sentence(c.Say(refused.Text))
		return o.refuse("messages", c.T("me.messages"), v, refused)
	}
	return o.render("messages", c.T("me.messages"), v)
}

func sendMessage(c *page.Context) error {
	o, err := posted(c)
	if err != nil {
		return err
	}
	if c.Text("text") == "" {
		return o.showMessages(page.Bad("text", "write something first", "skriv noe først"))
	}
	_, err = c.Do(study.SendMessage{On: study.On{Participant: o.s.ID, At: c.Entered()}, ID: messageID(c), Text: c.Text("text")})
	if r, ok := mendable(err); ok {
		return o.showMessages(r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(o.path("messages"), ui.Success, c.T("me.messages.sent"))
}

func readMessages(c *page.Context) error {
	o, err := posted(c)
	if err != nil {
		return err
	}
	if _, err := c.Do(study.ReadMessages{On: study.On{Participant: o.s.ID}, Until: c.Text("until")}); err != nil {
		return err
	}
	return c.Redirect(o.path("messages"))
}
