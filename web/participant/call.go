package participant

import (
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type callView struct {
	Top    top
	Client string
	Action string
	Then   string // where to go on when it is sent
	Note   ui.Field
}

// callPage asks the team to call. Help that cannot wait stands above it.
func callPage(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	return o.showCall(nil)
}

func (o *own) showCall(refused *study.Refusal) error {
	c := o.c
	v := callView{Top: o.top(o.home()).keeping(), Client: c.ClientID(), Action: o.path("call"), Then: o.path("messages"),
		Note: ui.Field{Kind: ui.LongTextField, Name: "note", Rows: 3, Label: c.T("me.call.note"), Hint: c.T("me.call.note.hint"), Optional: true, MaxLength: 1000}}
	if refused != nil {
		v.Note.Value = c.Text("note")
		return o.refuse("call", c.T("me.call"), v, refused)
	}
	return o.render("call", c.T("me.call"), v)
}

// call sends the wish to be called as a message, where the team sees it first.
func call(c *page.Context) error {
	o, err := posted(c)
	if err != nil {
		return err
	}
	text := c.T("me.call.message")
	if note := c.Text("note"); note != "" {
		text += "\n\n" + note
	}
	_, err = c.Do(study.SendMessage{On: study.On{Participant: o.s.ID, At: c.Entered()}, ID: messageID(c), Text: text})
	if r, ok := mendable(err); ok {
		return o.showCall(r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(o.path("messages"), ui.Success, c.T("me.call.sent"))
}

// messageID is the id of what the reader writes: the one that their device made.
func messageID(c *page.Context) string {
	if id := once(c); id != "" {
		return id
	}
	return c.ClientID()
}
