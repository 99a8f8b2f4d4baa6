package participant

import (
	"slices"
	"strings"

	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type leaveView struct {
	Top     top
	Choices []leaveChoice
	Sure    *sureView
	Done    *leftView
	Gone    string
	Data    *copySection // what happens with the information
	Rights  *copySection
}

// leaveChoice is one way to stop, with what it means.
type leaveChoice struct {
	Way, Title, Text string
	Means            []string
	Href             string
}

// sureView is the second step.
type sureView struct {
	Choice leaveChoice
	Action string
	Client string
	Note   ui.Field
	Sure   ui.Field
	Errors ui.ErrorSummary
	Back   ui.Link
}

// leftView says what was done, and what goes on.
type leftView struct {
	Title string
	Means []string
	Waits bool
}

// Ways to stop, as addresses name them. A document's is "document." and its id.
const (
	wayStop     = "stop"
	wayAll      = "all"
	wayDocument = "document."
)

// leave is where one stops: the medicine, one consent, or all of it.
func leave(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	return o.showLeave(nil)
}

func (o *own) showLeave(refused *study.Refusal) error {
	c := o.c
	v := leaveView{Top: o.top(o.toMore()), Data: o.sectionOf("privacy"), Rights: o.sectionOf("leaving")}
	way := c.Query("way")
	if refused != nil {
		way = c.Text("way")
	}
	done := c.Query("done")
	choices := o.choicesToLeave()
	i := slices.IndexFunc(choices, func(x leaveChoice) bool { return x.Way == way })
	switch {
	case done != "" && o.happened(done):
		v.Done = o.left(done)
	case i >= 0:
		v.Sure = o.confirmLeaving(choices[i], refused)
	default:
		v.Choices = choices
		if o.gone() {
			v.Gone = c.T("me.gone." + string(o.s.Status()))
		}
	}
	if refused != nil {
		return o.refuse("leave", c.T("me.leave"), v, refused)
	}
	return o.render("leave", c.T("me.leave"), v)
}

func (o *own) choicesToLeave() []leaveChoice {
	c := o.c
	var out []leaveChoice
	add := func(way, key string, args ...any) {
		out = append(out, leaveChoice{Way: way, Title: c.T("me.leave."+key, args...), Text: c.T("me.leave." + key + ".text"), Means: lines(c.T("me.leave." + key + ".means")), Href: o.path("leave") + "?way=" + way})
	}
	if !o.gone() {
		if !o.s.Reached[study.Enrolled].IsZero() && o.s.Stopped.IsZero() {
			add(wayStop, "stop")
		}
	}
	for _, d := range o.documents() {
		switch {
		case d.state == waiting:
			add(wayDocument+d.doc.ID, "unsign", "document", c.Say(d.doc.Title))
		case d.state == agreed && !d.doc.Required:
			add(wayDocument+d.doc.ID, "document", "document", c.Say(d.doc.Title))
		}
	}
	if !o.gone() {
		add(wayAll, "all")
	}
	return out
}

// lines cuts a text of the catalogue at its semicolons: each is a line of a list.
func lines(text string) []string {
	var out []string
	for _, s := range strings.Split(text, ";") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, page.Sentence(s))
		}
	}
	return out
}

func (o *own) confirmLeaving(x leaveChoice, refused *study.Refusal) *sureView {
	c := o.c
	v := &sureView{Choice: x, Action: o.path("leave"), Client: c.ClientID(),
		Note: ui.Field{Kind: ui.LongTextField, Name: "note", Rows: 3, Label: c.T("me.leave.note"), Hint: c.T("me.leave.note.hint"), Optional: true, MaxLength: 2000},
		Sure: ui.Field{Kind: ui.ConfirmField, Name: "sure", Label: c.T("me.leave.sure"), Required: true},
		Back: ui.Link{Text: c.T("me.leave.back"), Href: o.path("leave"), Variant: "secondary"}}
	if refused != nil {
		v.Note.Value, v.Sure.Value = c.Text("note"), c.Text("sure")
		if refused.Field == "sure" {
			v.Sure.Error = page.Sentence(c.Say(refused.Text))
			v.Errors = ui.ErrorSummary{Errors: []ui.FieldError{{ID: v.Sure.Target(), Text: v.Sure.Error}}}
		}
	}
	return v
}

// leaveNow carries out what the reader chose. No reason is owed.
func leaveNow(c *page.Context) error {
	o, err := posted(c)
	if err != nil {
		return err
	}
	way := c.Text("way")
	if o.happened(way) {
		return c.Redirect(o.path("leave") + "?done=" + way) // sent twice: the first one did it
	}
	if !slices.ContainsFunc(o.choicesToLeave(), func(x leaveChoice) bool { return x.Way == way }) {
		return page.Bad("way", "choose one of the ways to stop", "velg en av måtene å stoppe på")
	}
	if c.Text("sure") != "yes" {
		return o.showLeave(page.Bad("sure", "tick this box to go on, or go back: nothing has changed yet", "kryss av her for å gå videre, eller gå tilbake: ingenting er endret ennå"))
	}
	on, note := study.On{Participant: o.s.ID}, c.Text("note")
	var cmd study.Command
	switch doc, isDocument := strings.CutPrefix(way, wayDocument); {
	case isDocument:
		cmd = study.WithdrawConsent{On: on, Document: doc, Note: note}
	case way == wayStop:
		cmd = study.StopTreatment{On: on, Note: note}
	default:
		cmd = study.Withdraw{On: on, Note: note}
	}
	_, err = c.Do(cmd)
	if r, ok := mendable(err); ok {
		return o.showLeave(r)
	}
	if err != nil {
		return err
	}
	return c.Redirect(o.path("leave") + "?done=" + way)
}

// happened says that a way to stop was taken: the page that confirms it shows nothing
// that is not so.
func (o *own) happened(way string) bool {
	doc, isDocument := strings.CutPrefix(way, wayDocument)
	switch {
	case way == wayStop:
		return !o.s.Stopped.IsZero() || o.s.LeavingWaits()
	case way == wayAll:
		return !o.s.Left.IsZero() || o.s.LeavingWaits()
	case isDocument:
		_, known := o.s.Consents[doc]
		_, signed := o.s.Signed[doc]
		return !signed && (!known || !o.s.Consents[doc].Withdrawn.IsZero()) && slices.ContainsFunc(o.c.Def.Consent.Documents, func(d protocol.ConsentDocument) bool { return d.ID == doc })
	}
	return false
}

func (o *own) left(way string) *leftView {
	c := o.c
	key := way
	if strings.HasPrefix(way, wayDocument) {
		key = "document"
	}
	v := &leftView{Title: c.T("me.left." + key), Means: lines(c.T("me.left." + key + ".means")), Waits: o.s.LeavingWaits()}
	if v.Waits {
		v.Title, v.Means = c.T("me.left.waits"), lines(c.T("me.left.waits.means"))
	}
	return v
}
