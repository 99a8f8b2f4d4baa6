package participant

import (
	"slices"
	"strconv"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// Logs that have a place of their own among these pages.
const (
	dayForm   = "daycheck" // how the day is, in the days after a session: one record a day
	planForm  = "myplan"   // the reader's own plan for a session: one record that is changed
	diaryForm = "diary"    // kept in the diary's own pages, where each entry is the reader's alone until shared
	noVisit   = "-"        // stands for the visit in the address of a log
)

// askedForm is a questionnaire that the reader is asked, was asked or will be.
type askedForm struct {
	ID      string // of the form
	Place   string // visit, or noVisit
	Title   string
	Visit   string // title of the visit
	Href    string
	Note    string
	Minutes int
	Open    bool // can be answered now
	Begun   bool
	Done    bool
	When    time.Time // from when it can be answered, or when it was
}

// asked lists the reader's questionnaires at visits, in the protocol's order.
func (o *own) asked() []askedForm {
	c, def := o.c, o.c.Def
	windows := study.Windows(def, o.s)
	today := study.DayOf(c.Now, c.Zone)
	var out []askedForm
	for i := range def.Visits {
		v, st := &def.Visits[i], o.s.Visits[i]
		if !study.VisitExists(def, o.s, o.env, i) || st.Missed != "" {
			continue
		}
		for _, due := range study.VisitForms(def, o.s, o.env, i) {
			at, ok := study.PlaceOf(def, v.ID, due.Use.Form)
			if !ok || at.Session || at.Repeats || at.Form.Respondent != instrument.ByParticipant || !slices.Contains(at.Roles, "participant") {
				continue
			}
			q := askedForm{ID: due.Use.Form, Place: v.ID, Title: c.Say(at.Form.Title), Visit: c.Say(v.Title), Minutes: at.Form.Minutes,
				Href: o.path("q", v.ID, due.Use.Form), Begun: due.State != nil, Done: due.State.Complete(), Note: long(c, at.Form.Minutes)}
			if due.Use.Optional {
				q.Note += " · " + c.T("me.q.optional")
			}
			if due.State != nil {
				q.When = due.State.Changed
			}
			switch w := windows[i]; {
			case o.gone():
			case !st.Held.IsZero():
				q.Open = true
			case study.VisitFault(def, o.s, o.env, i) != nil:
			case !st.Planned.IsZero():
				q.Open, q.When = study.DayOf(st.Planned, c.Zone)-today <= daysBefore, later(q.When, st.Planned.AddDate(0, 0, -daysBefore))
			case w.Firm:
				q.Open, q.When = today >= w.Opens, later(q.When, w.Opens.Start(c.Zone))
			}
			out = append(out, q)
		}
	}
	return out
}

// daysBefore an appointment its questionnaires can be answered.
const daysBefore = 2

func later(have, otherwise time.Time) time.Time {
	if have.IsZero() {
		return otherwise
	}
	return have
}

// logForm is the reader's standing with a log, nil when the protocol has none or it is
// not theirs to keep.
func (o *own) logForm(form string) *askedForm {
	at, ok := study.PlaceOf(o.c.Def, "", form)
	if !ok || !slices.Contains(at.Roles, "participant") {
		return nil
	}
	q := &askedForm{ID: form, Place: noVisit, Title: o.c.Say(at.Form.Title), Minutes: at.Form.Minutes, Note: long(o.c, at.Form.Minutes), Href: o.path("q", noVisit, form)}
	for _, l := range o.c.Def.Logs {
		q.Open = q.Open || l.Form == form && !o.s.Reached[l.From].IsZero() && !o.gone()
	}
	if r := o.logRecord(form, o.c.Now); r != nil {
		q.Begun, q.Done, q.When = true, r.Complete(), r.Changed
	}
	return q
}

// logRecord is the record of a log that an answer of that moment belongs to: the plan
// is one and changed, of the others there is one a day.
func (o *own) logRecord(form string, at time.Time) *study.FormState {
	last := o.s.Last("", form)
	if last == nil || form == planForm || study.DayOf(last.SavedAt, o.c.Zone) == study.DayOf(at, o.c.Zone) {
		return last
	}
	for _, r := range o.s.Records("", form) {
		if study.DayOf(r.SavedAt, o.c.Zone) == study.DayOf(at, o.c.Zone) {
			return r
		}
	}
	return nil
}

// afterDays is how long after a session the days-after pages stand foremost.
const afterDays = 14

// dayCheck is the check of the day, when the reader is in the days after a session.
func (o *own) dayCheck() *askedForm {
	last := o.lastSession()
	if last == nil || -o.day(last.At) > afterDays {
		return nil
	}
	if q := o.logForm(dayForm); q != nil && q.Open {
		return q
	}
	return nil
}

func (o *own) plan() *askedForm { return o.logForm(planForm) }

type questionsView struct {
	Top   top
	Now   []askedForm
	Any   []askedForm // logs that can be kept whenever one wishes
	Later []askedForm
	Done  []askedForm
	Gone  bool
}

// questions lists what is asked now, what comes, and what is answered.
func questions(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	v := questionsView{Top: o.top(o.home()), Gone: o.gone()}
	for _, q := range o.asked() {
		switch {
		case q.Done:
			v.Done = append(v.Done, q)
		case q.Open:
			v.Now = append(v.Now, q)
		case !v.Gone && len(v.Later) < 8:
			v.Later = append(v.Later, q)
		}
	}
	for _, l := range c.Def.Logs {
		if q := o.logForm(l.Form); q != nil && q.Open && l.Form != diaryForm {
			v.Any = append(v.Any, *q)
		}
	}
	slices.Reverse(v.Done)
	return o.render("questions", c.T("me.questions"), v)
}

// asking is one questionnaire that the address names, with the record as it stands.
type asking struct {
	*own
	visit  string // "" for a log
	form   *instrument.Compiled
	title  string
	where  string // the visit, in words
	record *study.FormState
	base   string
	shut   *study.Refusal // why it cannot be answered now
}

// ask reads the address. at is when the answer was given, now for a page.
func (o *own) ask(at time.Time) (*asking, error) {
	c := o.c
	visit, form := c.Value("visit"), c.Value("form")
	a := &asking{own: o, visit: visit, base: o.path("q", visit, form)}
	if visit == noVisit {
		a.visit = ""
	}
	place, ok := study.PlaceOf(c.Def, a.visit, form)
	if !ok || !slices.Contains(place.Roles, "participant") || place.Form.Respondent != instrument.ByParticipant && a.visit != "" || a.visit != "" && place.Repeats || place.Session {
		return nil, page.NotFound("there is no such questionnaire for you to answer", "det finnes ikke et slikt skjema som du skal svare på")
	}
	a.form, a.title = place.Form, c.Say(place.Form.Title)
	if a.visit == "" {
		a.record = o.logRecord(form, at)
		if q := o.logForm(form); q == nil || !q.Open {
			a.shut = closed()
		}
		return a, nil
	}
	i := c.Def.VisitIndex(a.visit)
	a.where = c.Say(c.Def.Visits[i].Title)
	a.record = o.s.Form(a.visit, form, 0)
	if o.s.Visits[i].Held.IsZero() {
		a.shut = study.VisitFault(c.Def, o.s, o.env, i)
	}
	if o.gone() {
		a.shut = closed()
	}
	return a, nil
}

func closed() *study.Refusal {
	return &study.Refusal{Kind: study.Against, Code: "not-open", Text: study.Text{EN: "these questions are not open now", NB: "disse spørsmålene er ikke åpne nå"}}
}

func (a *asking) values() study.Values {
	if a.record == nil {
		return nil
	}
	return a.record.Values
}

// open are the items that are asked with the answers so far, by index.
func (a *asking) open(values study.Values) []int {
	var out []int
	for i := range a.form.Items {
		id := a.form.Items[i].ID
		if values[id].Reason() != study.Hidden && (a.form.Asked(id, values) || values[id].Kind() != instrument.None) {
			out = append(out, i)
		}
	}
	return out
}

// first is the first item without an answer, -1 when there is none.
func (a *asking) first(values study.Values) int {
	for _, i := range a.open(values) {
		if values[a.form.Items[i].ID].Kind() == instrument.None && a.form.Asked(a.form.Items[i].ID, values) {
			return i
		}
	}
	return -1
}

func (a *asking) at(item string, more ...string) string {
	to := a.base + "?i=" + item
	for _, m := range more {
		to += "&" + m
	}
	return to
}

// settled says that everything required was answered long enough ago to be a finished
// answer: changing it is a correction then, and owes a reason.
func (a *asking) settled() bool {
	return a.record.Complete() && a.form.ID != planForm && a.c.Now.Sub(a.record.Changed) > settling
}

// settling is how long after the last answer somebody may go back without a reason.
const settling = time.Hour

// choices are the answers of an item that are pressed like buttons; nil for an item
// that wants a field.
func (a *asking) choices(item *instrument.Item) []ui.Option {
	var out []ui.Option
	switch item.Type {
	case instrument.Choice:
		for _, o := range a.form.OptionsOf(item) {
			out = append(out, ui.Option{Value: o.Value.Text(), Label: a.c.Say(o.Text)})
		}
	case instrument.Boolean:
		out = []ui.Option{{Value: "true", Label: a.c.T("answer.yes")}, {Value: "false", Label: a.c.T("answer.no")}}
	case instrument.Scale:
		low, high := 0, 10
		if item.Min != nil {
			low = int(*item.Min)
		}
		if item.Max != nil {
			high = int(*item.Max)
		}
		if high-low > 10 {
			return nil // a scale of a hundred steps is no row of buttons
		}
		for n := low; n <= high; n++ {
			o := ui.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n)}
			if n == low {
				o.Hint = a.c.Say(item.Low)
			}
			if n == high {
				o.Hint = a.c.Say(item.High)
			}
			out = append(out, o)
		}
	}
	if len(out) > 14 {
		return nil
	}
	return out
}
