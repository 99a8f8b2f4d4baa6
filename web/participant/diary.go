package participant

import (
	"slices"
	"strconv"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type diaryView struct {
	Top     top
	Write   *diaryForms
	Entries []entryView
	Readers string // who can read a shared entry
	Share   string // where sharing is changed
	Chart   *ui.Figure
}

// diaryForms are the fields of a new entry, or of one that is written anew.
type diaryForms struct {
	Action string
	Client string
	Entry  string // "" = new
	Mood   []answerOption
	Text   ui.Field
	Share  ui.Field
	Old    bool
	Stop   ui.Link
}

type entryView struct {
	ID      string
	At      time.Time
	Changed time.Time
	Mood    string
	Text    []string
	Shared  bool
	Client  string
	Edit    string
}

// diary is the reader's own. What is not shared is read by nobody else.
func diary(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	return o.showDiary(nil)
}

func (o *own) showDiary(refused *study.Refusal) error {
	c := o.c
	lines, err := c.App.Diary(c.Ctx(), c.Actor, c.Study, o.s.ID)
	if err != nil {
		return err
	}
	v := diaryView{Top: o.top(o.home()).keeping(), Readers: o.readers(), Share: o.path("diary", "share")}
	edit := c.Query("edit")
	for _, l := range lines {
		e := entryView{ID: l.ID, At: l.At, Changed: l.Changed, Text: paragraphs(l.Text), Shared: l.Shared, Client: c.ClientID(), Edit: o.path("diary") + "?edit=" + l.ID}
		if !l.Changed.After(l.At) {
			e.Changed = time.Time{}
		}
		if l.Mood != nil {
			e.Mood = strconv.Itoa(*l.Mood)
		}
		if l.ID == edit && refused == nil {
			v.Write = o.diaryForm(&l)
		}
		v.Entries = append(v.Entries, e)
	}
	if v.Write == nil && !o.gone() {
		v.Write = o.diaryForm(nil)
	}
	v.Chart = o.moods(lines)
	if refused != nil && v.Write != nil {
		v.Write.Entry, v.Write.Text.Value = c.Text("entry"), c.Text("text")
		v.Write.Share.Value = c.Text("shared")
		for i := range v.Write.Mood {
			v.Write.Mood[i].Chosen = v.Write.Mood[i].Value == c.Text("mood")
		}
		if refused.Field == "text" {
			v.Write.Text.Error = page.Sentence(c.Say(refused.Text))
		}
		return o.refuse("diary", c.T("me.diary"), v, refused)
	}
	return o.render("diary", c.T("me.diary"), v)
}

// readers says who may read what is shared: the roles that exchange words with
// participants under this protocol.
func (o *own) readers() string {
	var names []string
	for _, role := range teamRoles {
		if slices.Contains(access.RolesWith(o.c.Def, access.Message), role) {
			names = append(names, o.c.T("me.readers."+role))
		}
	}
	return listed(o.c, names)
}

// listed joins words as a sentence does.
func listed(c *page.Context, words []string) string {
	out := ""
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			out += " " + c.T("me.and") + " "
		default:
			out += ", "
		}
		out += w
	}
	return out
}

func (o *own) diaryForm(old *app.DiaryLine) *diaryForms {
	c := o.c
	f := &diaryForms{Action: o.path("diary"), Client: c.ClientID(), Stop: ui.Link{Text: c.T("me.diary.stop"), Href: o.path("diary"), Variant: "tertiary"},
		Text:  ui.Field{Kind: ui.LongTextField, Name: "text", Rows: 6, Label: c.T("me.diary.text"), Hint: c.T("me.diary.text.hint"), MaxLength: study.MaxText},
		Share: ui.Field{Kind: ui.ConfirmField, Name: "shared", Label: c.T("me.diary.share", "readers", o.readers())}}
	for n := 0; n <= 10; n++ {
		f.Mood = append(f.Mood, answerOption{Value: strconv.Itoa(n), Label: strconv.Itoa(n), Chosen: old != nil && old.Mood != nil && *old.Mood == n})
	}
	if old != nil {
		f.Entry, f.Old, f.Text.Value = old.ID, true, old.Text
		if old.Shared {
			f.Share.Value = "yes"
		}
	}
	return f
}

func writeDiary(c *page.Context) error {
	o, err := posted(c)
	if err != nil {
		return err
	}
	cmd := study.WriteDiary{On: study.On{Participant: o.s.ID, At: c.Entered()}, Entry: c.Text("entry"), Text: c.Text("text"), Shared: c.Text("shared") == "yes"}
	if cmd.Entry == "" {
		cmd.Entry = messageID(c)
	}
	if m := c.Text("mood"); m != "" {
		n, err := strconv.Atoi(m)
		if err != nil || n < 0 || n > 10 {
			return o.showDiary(page.Bad("mood", "choose a number from 0 to 10 for the mood", "velg et tall fra 0 til 10 for humøret"))
		}
		cmd.Mood = &n
	}
	if cmd.Text == "" && cmd.Mood == nil {
		return o.showDiary(page.Bad("text", "write something, or choose a number for the mood", "skriv noe, eller velg et tall for humøret"))
	}
	_, err = c.Do(cmd)
	if r, ok := mendable(err); ok {
		return o.showDiary(r)
	}
	if err != nil {
		return err
	}
	word := "me.diary.kept"
	if cmd.Shared {
		word = "me.diary.kept.shared"
	}
	return c.RedirectWith(o.path("diary"), ui.Success, c.T(word))
}

func shareDiary(c *page.Context) error {
	o, err := posted(c)
	if err != nil {
		return err
	}
	shared := c.Text("shared") == "yes"
	_, err = c.Do(study.ShareDiary{On: study.On{Participant: o.s.ID, At: c.Entered()}, Entry: c.Text("entry"), Shared: shared})
	if r, ok := mendable(err); ok {
		return o.showDiary(r)
	}
	if err != nil {
		return err
	}
	word := "me.diary.unshared"
	if shared {
		word = "me.diary.shared"
	}
	return c.RedirectWith(o.path("diary"), ui.Success, c.T(word))
}
