package clinic

import (
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// Words between a participant and the team, and what the participant shares of their
// diary. Each opening stands in the record of looks, which the participant reads.

// wordsView is the messages, or the shared diary.
type wordsView struct {
	Heading ui.Heading
	Lines   []wordLine
	Empty   *ui.Empty
	Promise string
	Reply   *actionForm
	Read    *actionForm
	Diary   *ui.Link
	Seen    string
}

// wordLine is one message or entry. Template "word-lines".
type wordLine struct {
	Who  string
	At   time.Time
	Text string
	Own  bool // of the participant
	Tags []ui.Tag
}

func showMessages(c *page.Context) error {
	s, err := person(c)
	if err != nil {
		return err
	}
	return renderMessages(c, s, nil)
}

func renderMessages(c *page.Context, s *study.State, refused *study.Refusal) error {
	list, err := c.App.Messages(c.Ctx(), c.Actor, c.Study, s.ID)
	if err != nil {
		return err
	}
	notKept(c)
	base := c.Path("p", s.ID, "messages")
	v := wordsView{Heading: ui.Heading{Title: c.T("clinic.messages"), Lead: c.T("clinic.messages.lead", "number", s.ID)}, Seen: c.T("clinic.messages.seen"),
		Diary: &ui.Link{Text: c.T("clinic.diary.open"), Href: c.Path("p", s.ID, "diary"), Variant: "secondary"}}
	for _, m := range list {
		v.Lines = append(v.Lines, messageLine(c, m))
	}
	if len(list) == 0 {
		v.Empty = &ui.Empty{Title: c.T("clinic.messages.none"), Text: c.T("clinic.messages.none.text")}
	}
	m := &forms{c: c, refused: refused}
	reply := m.make(actionForm{ID: "reply", Action: base, Title: c.T("clinic.messages.write"), Button: c.T("clinic.messages.send"),
		Fields: []ui.Field{{Kind: ui.LongTextField, Name: "text", Rows: 5, Label: c.T("clinic.messages.text"), Hint: c.T("clinic.messages.hint"), Required: true, MaxLength: study.MaxWords}}})
	v.Reply = &reply
	if s.Unread(false) > 0 {
		v.Promise = c.T("clinic.messages.due", "time", c.Voice().DateTime(dueOf(s)))
		read := m.make(actionForm{ID: "read", Action: base + "/read", Button: c.T("clinic.messages.read"), Quiet: true,
			Fields: []ui.Field{{Kind: "hidden", Name: "until", Value: s.Messages[len(s.Messages)-1].ID}}})
		v.Read = &read
	}
	p := page.Page{Title: c.T("clinic.messages"), Crumbs: append(personCrumbs(c, s), ui.Crumb{Text: c.T("clinic.messages")}), Data: v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("messages", p)
}

// dueOf is when the oldest message that nobody has read is answered.
func dueOf(s *study.State) time.Time {
	for _, m := range s.Messages {
		if m.Own && m.Read.IsZero() {
			return study.AnswerBy(m.At, s.Zone)
		}
	}
	return time.Time{}
}

func messageLine(c *page.Context, m app.MessageLine) wordLine {
	line := wordLine{Who: c.T("clinic.messages.participant"), At: m.At, Text: m.Text, Own: m.Own}
	if !m.Own {
		line.Who = c.Say(study.RoleName(m.Role))
		if m.From != "" {
			line.Who = m.From + ", " + line.Who
		}
	}
	switch {
	case m.Own && m.Read.IsZero():
		line.Tags = []ui.Tag{{Text: c.T("clinic.messages.new"), Tone: ui.Warning}}
	case !m.Own && m.Read.IsZero():
		line.Tags = []ui.Tag{{Text: c.T("clinic.messages.unread"), Tone: ui.Neutral}}
	case !m.Own:
		line.Tags = []ui.Tag{{Text: c.T("clinic.messages.wasread"), Tone: ui.Success}}
	}
	return line
}

func sendMessage(c *page.Context) error {
	return writeMessages(c, c.T("clinic.messages.sent"), func(s *study.State) study.Command {
		id := c.Text("client")
		if id == "" {
			id = c.ClientID()
		}
		return study.SendMessage{On: study.On{Participant: s.ID}, ID: id, Text: c.Text("text")}
	})
}

func readMessages(c *page.Context) error {
	return writeMessages(c, c.T("clinic.messages.readdone"), func(s *study.State) study.Command {
		return study.ReadMessages{On: study.On{Participant: s.ID}, Until: c.Text("until")}
	})
}

// writeMessages carries out a command and goes back to the messages; what is refused
// keeps what was written.
func writeMessages(c *page.Context, done string, cmd func(*study.State) study.Command) error {
	s, err := person(c)
	if err != nil {
		return err
	}
	if _, err := c.Form(); err != nil {
		return err
	}
	_, err = c.Do(cmd(s))
	if r, ok := page.Refused(err); ok && (r.Kind == study.Invalid || r.Kind == study.Against) {
		return renderMessages(c, s, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(c.Path("p", s.ID, "messages"), ui.Success, done)
}

// showDiary is what the participant shares of their diary.
func showDiary(c *page.Context) error {
	s, err := person(c)
	if err != nil {
		return err
	}
	list, err := c.App.Diary(c.Ctx(), c.Actor, c.Study, s.ID)
	if err != nil {
		return err
	}
	notKept(c)
	v := wordsView{Heading: ui.Heading{Title: c.T("clinic.diary"), Lead: c.T("clinic.diary.lead", "number", s.ID)}, Seen: c.T("clinic.messages.seen")}
	for _, x := range list {
		line := wordLine{Who: c.T("clinic.messages.participant"), At: x.At, Text: x.Text, Own: true}
		if x.Mood != nil {
			line.Tags = []ui.Tag{{Text: c.T("clinic.diary.mood", "mood", *x.Mood), Tone: ui.Neutral}}
		}
		v.Lines = append(v.Lines, line)
	}
	if len(list) == 0 {
		v.Empty = &ui.Empty{Title: c.T("clinic.diary.none"), Text: c.T("clinic.diary.none.text")}
	}
	return c.Render("messages", page.Page{Title: c.T("clinic.diary"), Crumbs: append(personCrumbs(c, s), ui.Crumb{Text: c.T("clinic.diary")}), Data: v})
}

// notKept: what somebody wrote in confidence is kept by no browser and by nothing
// between.
func notKept(c *page.Context) {
	c.W.Header().Set("Cache-Control", "no-store, private, max-age=0")
}

// messagesLink leads from a participant's page to their messages.
func messagesLink(c *page.Context, s *study.State) *ui.Link {
	if !c.Can(access.Message) {
		return nil
	}
	text := c.T("clinic.messages")
	if n := s.Unread(false); n > 0 {
		text = c.TN("clinic.messages.waiting", n)
	}
	return &ui.Link{Text: text, Href: c.Path("p", s.ID, "messages"), Variant: "secondary"}
}
