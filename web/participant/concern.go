package participant

import (
	"slices"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// concernKinds as the record names them.
var concernKinds = []string{"boundary", "safety", "conduct", "other"}

type concernView struct {
	Top     top
	Hears   []string
	Within  string
	Form    concernForm
	Mine    []concernLine
	Refused bool
}

type concernForm struct {
	Action string
	Client string
	Kind   ui.Field
	Text   ui.Field
	Named  ui.Field
	Errors ui.ErrorSummary
}

type concernLine struct {
	ID     string
	Title  string
	At     time.Time
	Tag    ui.Tag
	Words  []wordView
	Client string
	Text   *ui.Field
}

type wordView struct {
	Own  bool
	At   time.Time
	Text []string
}

// concernPage is the line to somebody outside the site. It is never kept on the
// device: others may hold the telephone.
func concernPage(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	return o.showConcern(nil)
}

func (o *own) showConcern(refused *study.Refusal) error {
	c := o.c
	lines, err := c.App.Concerns(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	c.W.Header().Set("Cache-Control", "no-store")
	v := concernView{Top: o.top(o.toMore()), Within: c.Voice().Duration(study.ConcernWithin)}
	for _, role := range access.RolesWith(c.Def, access.HearConcern) {
		v.Hears = append(v.Hears, c.Say(study.RoleName(role)))
	}
	slices.Sort(v.Hears)
	v.Form = concernForm{Action: o.path("concern"), Client: c.ClientID(),
		Kind:  ui.Field{Kind: ui.RadioField, Name: "kind", Label: c.T("me.concern.kind"), Required: true},
		Text:  ui.Field{Kind: ui.LongTextField, Name: "text", Rows: 6, Label: c.T("me.concern.text"), Hint: c.T("me.concern.text.hint"), Required: true, MaxLength: 10000},
		Named: ui.Field{Kind: ui.RadioField, Name: "named", Label: c.T("me.concern.named"), Required: true, Options: []ui.Option{{Value: "no", Label: c.T("me.concern.named.no"), Hint: c.T("me.concern.named.no.hint")}, {Value: "yes", Label: c.T("me.concern.named.yes"), Hint: c.T("me.concern.named.yes.hint")}}}}
	for _, k := range concernKinds {
		v.Form.Kind.Options = append(v.Form.Kind.Options, ui.Option{Value: k, Label: c.T("me.concern.kind." + k)})
	}
	for _, l := range lines {
		v.Mine = append(v.Mine, o.concernLine(l))
	}
	if refused == nil {
		return o.render("concern", c.T("me.concern"), v)
	}
	for _, f := range []*ui.Field{&v.Form.Kind, &v.Form.Text, &v.Form.Named} {
		if f.Value = c.Text(f.Name); f.Name == refused.Field && c.Text("concern") == "" {
			f.Error = page.Sentence(c.Say(refused.Text))
			v.Form.Errors = ui.ErrorSummary{Errors: []ui.FieldError{{ID: f.Target(), Text: f.Error}}}
		}
	}
	return o.refuse("concern", c.T("me.concern"), v, refused)
}

func (o *own) concernLine(l app.ConcernLine) concernLine {
	c := o.c
	x := concernLine{ID: l.ID, Title: c.T("me.concern.kind." + l.Kind), At: l.At, Client: c.ClientID(), Tag: ui.Tag{Text: c.T("me.concern.waits"), Tone: ui.Info}}
	if !l.Answered.IsZero() {
		x.Tag = ui.Tag{Text: c.T("me.concern.answered"), Tone: ui.Success}
	}
	if !l.Closed.IsZero() {
		x.Tag = ui.Tag{Text: c.T("me.concern.closed"), Tone: ui.Neutral}
	}
	for _, w := range l.Words {
		x.Words = append(x.Words, wordView{w.Own, w.At, paragraphs(w.Text)})
	}
	x.Text = &ui.Field{Kind: ui.LongTextField, Name: "text", ID: "word-" + l.ID, Rows: 3, Label: c.T("me.concern.word"), Required: true, MaxLength: 10000}
	return x
}

func raiseConcern(c *page.Context) error {
	o, err := posted(c)
	if err != nil {
		return err
	}
	switch {
	case !slices.Contains(concernKinds, c.Text("kind")):
		return o.showConcern(page.Bad("kind", "choose what it is about; \"something else\" is fine", "velg hva det gjelder; «noe annet» er helt greit"))
	case c.Text("text") == "":
		return o.showConcern(page.Bad("text", "write a few words about what happened", "skriv noen ord om hva som skjedde"))
	case c.Text("named") != "yes" && c.Text("named") != "no":
		return o.showConcern(page.Bad("named", "choose whether they may know who you are", "velg om de kan få vite hvem du er"))
	}
	_, err = c.App.RaiseConcern(c.Ctx(), c.Actor, c.Study, app.ConcernIn{Kind: c.Text("kind"), Text: c.Text("text"), Named: c.Text("named") == "yes"}, once(c))
	if r, ok := mendable(err); ok {
		return o.showConcern(r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(o.path("concern"), ui.Success, c.T("me.concern.sent"))
}

// addWord goes on with a concern of one's own.
func addWord(c *page.Context) error {
	o, err := posted(c)
	if err != nil {
		return err
	}
	if c.Text("text") == "" {
		return o.showConcern(page.Bad("text", "write something first", "skriv noe først"))
	}
	err = c.App.AnswerConcern(c.Ctx(), c.Actor, c.Study, c.Text("concern"), c.Text("text"), false, once(c))
	if r, ok := mendable(err); ok {
		return o.showConcern(r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(o.path("concern"), ui.Success, c.T("me.concern.added"))
}
