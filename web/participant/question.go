package participant

import (
	"strings"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// One question a screen. Without script each answer is a form of its own and the
// server says what comes next. With script (questionnaire.js) the page holds all
// questions, answers go through the device's outbox, and the next question is there
// at once, also without network; what the server says in the end holds: the last
// screen is always the server's and lists what is still open.

type questionView struct {
	Top    top
	Title  string
	Lead   string
	Base   string
	Start  *startView
	Item   *itemView
	Rest   []*itemView // the other questions, for the script
	Alerts []string    // when an answer means that help comes first, for the script
	Help   *ui.Link    // help comes first: go on afterwards
	Review *reviewView
	Done   *doneView
	Shut   string
	Order  string // of all questions, for the script
}

// startView tells what is to come before the first question.
type startView struct {
	Intro []string
	Facts []string
	Begin ui.Link
}

// itemView is one question.
type itemView struct {
	ID         string
	Index      int // from 1, among all items of the form
	Section    string
	Stem       string // the sentence that every question of the form goes on
	Text       string
	Help       string
	Action     string
	Client     string
	Options    []answerOption
	Scale      bool
	Low        string
	High       string
	Field      *ui.Field
	Boxes      bool
	When       string // condition under which it is asked
	Saved      string // the answer so far, as the script compares it
	Answer     string // in words
	Refused    bool   // it was not answered, by choice
	Reason     *ui.Field
	Back       string
	From       string // "review" leads back there
	Error      string
	Number, Of int
	// Alone says that one answer is changed, and the server shows them all again: it is
	// posted at once, and the script does not walk on.
	Alone bool
}

type answerOption struct {
	Value, Label string
	Chosen       bool
}

type reviewView struct {
	Lines  []reviewLine
	Open   int
	Next   *ui.Link
	Finish ui.Link
	Danger bool
}

type reviewLine struct {
	ID, Text, Answer, Href string
	Open                   bool
}

type doneView struct {
	Review ui.Link
	Change string
	When   string
	Danger bool
}

func question(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	a, err := o.ask(c.Now)
	if err != nil {
		return err
	}
	keepOnDevice(c)
	return a.show(c.Query("i"), "", nil)
}

// show answers the screen of an item, or what else the address asks for.
func (a *asking) show(item, fault string, typed []string) error {
	c, values := a.c, a.values()
	v := questionView{Top: a.top(&ui.Link{Text: c.T("me.questions"), Href: a.path("questions")}).keeping(), Title: a.title, Lead: a.where, Base: a.base}
	if a.visit == "" {
		v.Top.Back = a.home()
	}
	if t := c.Say(a.form.Recall); t != "" {
		v.Lead = strings.TrimPrefix(v.Lead+" · ", " · ") + t
	}
	i, known := a.index(item)
	switch {
	case a.shut != nil && a.record == nil:
		v.Shut = page.Sentence(c.Say(a.shut.Text))
	case a.shut != nil || c.Query("review") != "" && a.record != nil:
		v.Review = a.review(values)
	case c.Query("help") != "":
		v.Help = &ui.Link{Text: c.T("me.q.goon"), Href: a.base, Variant: "secondary"}
		if known {
			v.Help.Href = a.at(item)
		}
	case known:
		v.Item = a.item(i, values, fault, typed)
		a.script(&v, i, values)
	case a.record == nil && c.Query("go") == "":
		v.Start = a.start()
	case c.Query("done") != "" || a.record.Complete() && a.first(values) < 0:
		v.Done = a.done()
	default:
		i = max(a.first(values), 0)
		v.Item = a.item(i, values, fault, typed)
		a.script(&v, i, values)
	}
	p := page.Page{Title: a.title, Crisis: c.Crisis(), Data: v}
	if fault != "" {
		p.Status = 422
		p.Notices = []ui.Alert{{Tone: ui.Danger, Text: fault, Live: true}}
	}
	return c.Render("question", p)
}

func (a *asking) index(item string) (int, bool) {
	for i := range a.form.Items {
		if a.form.Items[i].ID == item {
			return i, true
		}
	}
	return 0, false
}

func (a *asking) start() *startView {
	c := a.c
	v := &startView{Intro: paragraphs(c.Say(a.form.Instructions)), Begin: ui.Link{Text: c.T("me.q.begin"), Href: a.at(a.form.Items[0].ID)}}
	v.Facts = []string{c.TN("me.q.count", len(a.form.Items)), long(c, a.form.Minutes), c.T("me.q.saved"), c.T("me.q.decline.may")}
	return v
}

// item makes the screen of one question. typed is what was sent and could not be kept.
func (a *asking) item(i int, values study.Values, fault string, typed []string) *itemView {
	c, item := a.c, &a.form.Items[i]
	saved := values[item.ID]
	v := &itemView{ID: item.ID, Index: i + 1, Section: c.Say(item.Section), Stem: stem(c.Say(a.form.Instructions)), Text: c.Say(item.Text), Help: c.Say(item.Help), Action: a.base, Client: c.ClientID(),
		Low: c.Say(item.Low), High: c.Say(item.High), When: item.When, Refused: saved.Reason() != "", Error: fault, From: c.Query("from")}
	if saved.Kind() != instrument.None {
		v.Answer = page.Answer(c, a.form, item, saved)
	}
	if saved.Given() {
		v.Saved = saved.Text()
		if item.Type == instrument.MultiChoice {
			v.Saved = strings.Join(saved.Codes(), " ")
		}
	}
	if list := a.choices(item); list != nil {
		v.Scale = item.Type == instrument.Scale
		for _, o := range list {
			v.Options = append(v.Options, answerOption{o.Value, o.Label, saved.Given() && saved.Text() == o.Value})
		}
	} else {
		v.Field, v.Boxes = a.field(item, saved, typed), item.Type == instrument.MultiChoice
		v.Field.Error = fault
	}
	open := a.open(values)
	for n, j := range open {
		if j == i {
			v.Number = n + 1
			if n > 0 {
				v.Back = a.at(a.form.Items[open[n-1]].ID)
			}
		}
	}
	if v.Of = len(open); v.Number == 0 {
		v.Number = min(i+1, v.Of)
	}
	if v.Alone = v.From == "review" || a.settled(); v.From == "review" {
		v.Back = a.base + "?review=1"
	}
	if a.settled() && saved.Kind() != instrument.None {
		v.Reason = &ui.Field{Kind: ui.TextField, ID: "why-" + item.ID, Name: "reason", Label: c.T("me.q.why"), Hint: c.T("me.q.why.hint"), MaxLength: 500, Required: true}
	}
	return v
}

// field is the box of an item that is no choice between a few.
func (a *asking) field(item *instrument.Item, saved instrument.Value, typed []string) *ui.Field {
	c := a.c
	f := &ui.Field{Kind: ui.TextField, Name: "value", ID: "q-" + item.ID, Label: c.Say(item.Text), Hint: c.Say(item.Help), Unit: page.Unit(item.Unit, c.Lang), Decimals: item.Decimals, MaxLength: 0}
	if saved.Given() {
		f.Value = saved.Text()
	}
	switch item.Type {
	case instrument.Integer, instrument.Decimal:
		f.Kind, f.Low, f.High = ui.NumberField, item.Min, item.Max
		if item.Type == instrument.Decimal && c.Lang == "nb" {
			f.Value = strings.Replace(f.Value, ".", ",", 1)
		}
	case instrument.Scale:
		f.Kind, f.Low, f.High, f.LowLabel, f.HighLabel = ui.SliderField, item.Min, item.Max, c.Say(item.Low), c.Say(item.High)
	case instrument.Choice, instrument.MultiChoice:
		f.Kind, f.Unit = ui.SelectField, ""
		for _, o := range a.form.OptionsOf(item) {
			f.Options = append(f.Options, ui.Option{Value: o.Value.Text(), Label: c.Say(o.Text)})
		}
		if item.Type == instrument.MultiChoice {
			f.Kind, f.Values, f.Value = ui.CheckboxField, saved.Codes(), ""
		}
	case instrument.Date:
		f.Kind = ui.DateField
	case instrument.DateTime:
		f.Kind = ui.DateTimeField
		if t, err := time.Parse(time.RFC3339, f.Value); err == nil {
			f.Value = c.Stamp(t)
		}
	case instrument.Time:
		f.Kind = ui.TimeField
	default:
		if item.Long {
			f.Kind, f.Rows = ui.LongTextField, 5
		}
	}
	if len(typed) > 0 {
		if f.Values = nil; f.Kind == ui.CheckboxField {
			f.Values = typed
		} else {
			f.Value = typed[0]
		}
	}
	return f
}

// script gives the page what questionnaire.js needs to go on by itself.
func (a *asking) script(v *questionView, at int, values study.Values) {
	if v.Item.Alone {
		return
	}
	var order []string
	for i := range a.form.Items {
		if values[a.form.Items[i].ID].Reason() == study.Hidden {
			continue
		}
		order = append(order, a.form.Items[i].ID)
		if i != at {
			v.Rest = append(v.Rest, a.item(i, values, "", nil))
		}
	}
	v.Order = strings.Join(order, " ")
	for _, x := range a.form.Alerts {
		v.Alerts = append(v.Alerts, x.When)
	}
}

// alerted says that the answers mean danger by the instrument's own rule.
func (a *asking) alerted(r *study.FormState) bool {
	return r != nil && len(a.form.Alerting(r.Values, r.Scores)) > 0
}

// words writes an answer for its owner: what is kept sealed is opened for them. That it
// was stands among the looks, as every opening does.
func (a *asking) words(item *instrument.Item, v instrument.Value) string {
	if v.Kind() == instrument.Sealed && a.record != nil {
		open, err := a.c.App.OpenItem(a.c.Ctx(), a.c.Actor, a.c.Study, a.s.ID, a.record.Key, item.ID, "")
		if err == nil {
			v = open
		}
	}
	return page.Answer(a.c, a.form, item, v)
}

func (a *asking) review(values study.Values) *reviewView {
	c := a.c
	v := &reviewView{Finish: ui.Link{Text: c.T("me.q.finish"), Href: a.base + "?done=1"}, Danger: a.alerted(a.record)}
	for _, i := range a.open(values) {
		item := &a.form.Items[i]
		line := reviewLine{ID: item.ID, Text: c.Say(item.Text), Answer: a.words(item, values[item.ID]), Href: a.at(item.ID, "from=review")}
		if values[item.ID].Kind() == instrument.None {
			line.Open = true
			if item.Required {
				v.Open++
			}
		}
		if a.shut != nil {
			line.Href = ""
		}
		v.Lines = append(v.Lines, line)
	}
	if i := a.first(values); i >= 0 && v.Open > 0 && a.shut == nil {
		v.Next = &ui.Link{Text: c.TN("me.q.left", v.Open), Href: a.at(a.form.Items[i].ID)}
	}
	if a.shut != nil {
		v.Finish = ui.Link{Text: c.T("me.questions"), Href: a.path("questions")}
	}
	return v
}

func (a *asking) done() *doneView {
	c := a.c
	v := &doneView{Review: ui.Link{Text: c.T("me.q.review"), Href: a.base + "?review=1", Variant: "secondary"}, Danger: a.alerted(a.record)}
	if a.record != nil {
		v.When = c.Voice().DateTime(a.record.Changed)
	}
	return v
}

// stem is the sentence of the instructions that asks, and that each item only ends:
// "In the past month, how much were you bothered by:". "" when there is none.
func stem(instructions string) string {
	for rest := strings.TrimSpace(instructions); rest != ""; {
		end := strings.IndexAny(rest, ".?:!")
		// A point within a number or a word ends no sentence.
		for end >= 0 && end+1 < len(rest) && rest[end+1] != ' ' && rest[end+1] != '\n' {
			next := strings.IndexAny(rest[end+1:], ".?:!")
			if next < 0 {
				end = -1
				break
			}
			end += 1 + next
		}
		if end < 0 {
			return ""
		}
		if rest[end] == '?' || rest[end] == ':' && end == len(rest)-1 {
			return rest[:end+1]
		}
		rest = strings.TrimSpace(rest[end+1:])
	}
	return ""
}
