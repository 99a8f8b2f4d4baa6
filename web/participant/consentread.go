package participant

import (
	"net/url"
	"strconv"

	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// A consent text is read a section at a time, then come the questions, one a screen,
// then the signature. Where the reader is stands in the address: it can be closed and
// opened again, and the browser's own way back works. Nothing is kept before the
// signature.
//
//	?at=3                        the third section
//	?q=2&a.approved=no           the second question, with what was answered before
//	?q=2&a.approved=no&try=yes   an answer to the second question: right, or explained
//	?sign=1&a.approved=no&…      the signature

type readView struct {
	Top      top
	Document string
	Version  string
	News     []string // titles of the sections that are new in this version
	Changed  bool     // this section
	Section  *sectionView
	Ask      *comprehension
	Sign     *signView
	Step, Of int // of sections and questions together
	Said     string
}

type sectionView struct {
	Title, Short string
	Long         []string
	Back, Next   *ui.Link
	Contents     []ui.Link
}

type comprehension struct {
	ID, Text string
	Number   int
	Of       int
	Keep     []ui.KeyValue // name and value of what was answered before
	Options  []comprehensionOption
	Tried    *tried
	Back     ui.Link
	Reread   *ui.Link
}

type comprehensionOption struct {
	ID, Text string
	Wrong    bool
}

// tried is an answer with its explanation.
type tried struct {
	Right bool
	Text  string
	Why   string
	Next  ui.Link
}

type signView struct {
	Action  string
	Client  string
	Version string
	Keep    []ui.KeyValue
	Agree   ui.Field
	Own     ui.Field
	Errors  ui.ErrorSummary
	Late    string // why it cannot be signed now
	Talk    string
	Back    ui.Link
}

func readConsent(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	d, err := o.documentOf()
	if err != nil {
		return err
	}
	return o.read(d, nil)
}

func (o *own) read(d document, refused *study.Refusal) error {
	c := o.c
	r := &reading{own: o, d: d, base: o.path("consent", d.doc.ID), answers: rightAnswers(d.doc, c.R.URL.Query())}
	if refused != nil {
		form, err := c.Form()
		if err != nil {
			return err
		}
		r.answers = rightAnswers(d.doc, form)
	}
	v := readView{Top: o.top(&ui.Link{Text: c.T("me.consent"), Href: o.path("consent")}), Document: c.Say(d.doc.Title), Version: d.doc.Version, Of: len(d.doc.Sections) + len(d.doc.Questions)}
	if d.state == toSignAgain {
		v.News = r.news()
	}
	switch q, _ := strconv.Atoi(c.Query("q")); {
	case refused != nil || c.Query("sign") != "" && r.complete() && d.maySign():
		v.Step, v.Sign = v.Of, r.sign(refused)
	case (q > 0 || c.Query("sign") != "") && len(d.doc.Questions) > 0:
		n := min(max(q, 1), min(len(r.answers)+1, len(d.doc.Questions)))
		v.Step, v.Ask = len(d.doc.Sections)+n, r.question(n)
	default:
		at, _ := strconv.Atoi(c.Query("at"))
		at = min(max(at, 1), len(d.doc.Sections))
		v.Step, v.Section = at, r.section(at)
		v.Changed = d.state == toSignAgain && contains(v.News, v.Section.Title)
	}
	if d.state == waiting {
		v.Said = c.T("me.consent.waiting", "version", d.version, "date", c.Voice().Date(d.at))
	}
	if refused != nil {
		return o.refuse("consent", v.Document, v, refused)
	}
	return o.render("consent", v.Document, v)
}

// reading is one text that is being read.
type reading struct {
	*own
	d       document
	base    string
	answers url.Values // right ones, of the first questions
}

// rightAnswers keeps the right answers to the first questions, up to the first that
// is missing or wrong: nobody skips one by changing the address.
func rightAnswers(d *protocol.ConsentDocument, from url.Values) url.Values {
	out := url.Values{}
	for _, q := range d.Questions {
		chosen := from.Get("a." + q.ID)
		if o := option(q, chosen); o == nil || !o.Right {
			break
		}
		out.Set("a."+q.ID, chosen)
	}
	return out
}

func option(q protocol.ConsentQuestion, id string) *protocol.ConsentOption {
	for i := range q.Options {
		if q.Options[i].ID == id {
			return &q.Options[i]
		}
	}
	return nil
}

func (r *reading) complete() bool { return len(r.answers) == len(r.d.doc.Questions) }

func (r *reading) at(values ...string) string {
	q := url.Values{}
	for k, v := range r.answers {
		q[k] = v
	}
	for i := 0; i+1 < len(values); i += 2 {
		q.Set(values[i], values[i+1])
	}
	return r.base + "?" + q.Encode()
}

func (r *reading) section(at int) *sectionView {
	c, s := r.c, &r.d.doc.Sections[at-1]
	v := &sectionView{Title: c.Say(s.Title), Short: c.Say(s.Short), Long: paragraphs(c.Say(s.Long))}
	if at > 1 {
		v.Back = &ui.Link{Text: c.T("me.step.back"), Href: r.base + "?at=" + strconv.Itoa(at-1), Variant: "secondary"}
	}
	switch {
	case at < len(r.d.doc.Sections):
		v.Next = &ui.Link{Text: c.T("me.step.on"), Href: r.base + "?at=" + strconv.Itoa(at+1)}
	case !r.d.maySign():
	case len(r.d.doc.Questions) > 0:
		v.Next = &ui.Link{Text: c.T("me.consent.toquestions"), Href: r.base + "?q=1"}
	default:
		v.Next = &ui.Link{Text: c.T("me.consent.tosign"), Href: r.base + "?sign=1"}
	}
	for i := range r.d.doc.Sections {
		v.Contents = append(v.Contents, ui.Link{Text: c.Say(r.d.doc.Sections[i].Title), Href: r.base + "?at=" + strconv.Itoa(i+1)})
	}
	return v
}

func (r *reading) question(n int) *comprehension {
	c, q := r.c, r.d.doc.Questions[n-1]
	v := &comprehension{ID: q.ID, Text: c.Say(q.Text), Number: n, Of: len(r.d.doc.Questions)}
	for _, before := range r.d.doc.Questions[:n-1] {
		v.Keep = append(v.Keep, ui.KeyValue{Key: "a." + before.ID, Cell: ui.Cell{Text: r.answers.Get("a." + before.ID)}})
	}
	chosen := option(q, c.Query("try"))
	for _, x := range q.Options {
		v.Options = append(v.Options, comprehensionOption{ID: x.ID, Text: c.Say(x.Text), Wrong: chosen != nil && chosen.ID == x.ID && !x.Right})
	}
	if chosen != nil {
		v.Tried = &tried{Right: chosen.Right, Text: c.Say(chosen.Text), Why: c.Say(chosen.Why)}
		next := r.at("q", strconv.Itoa(n+1), "a."+q.ID, chosen.ID)
		v.Tried.Next = ui.Link{Text: c.T("me.step.on"), Href: next}
		if n == len(r.d.doc.Questions) {
			v.Tried.Next = ui.Link{Text: c.T("me.consent.tosign"), Href: r.at("sign", "1", "a."+q.ID, chosen.ID)}
		}
	}
	if n > 1 {
		v.Back = ui.Link{Text: c.T("me.step.back"), Href: r.at("q", strconv.Itoa(n-1)), Variant: "secondary"}
	} else {
		v.Back = ui.Link{Text: c.T("me.consent.reread"), Href: r.base + "?at=1", Variant: "secondary"}
	}
	return v
}

func (r *reading) sign(refused *study.Refusal) *signView {
	c := r.c
	v := &signView{Action: r.base, Client: c.ClientID(), Version: r.d.doc.Version, Talk: c.T("me.consent.talk"),
		Agree: ui.Field{Kind: ui.ConfirmField, Name: "agree", Label: c.T("me.consent.agree", "document", c.Say(r.d.doc.Title), "version", r.d.doc.Version), Required: true},
		Own:   ui.Field{Kind: ui.ConfirmField, Name: "free", Label: c.T("me.consent.free"), Required: true},
		Back:  ui.Link{Text: c.T("me.consent.notyet"), Href: r.path(), Variant: "secondary"}}
	for _, q := range r.d.doc.Questions {
		v.Keep = append(v.Keep, ui.KeyValue{Key: "a." + q.ID, Cell: ui.Cell{Text: r.answers.Get("a." + q.ID)}})
	}
	if refused == nil {
		return v
	}
	text := page.Sentence(c.Say(refused.Text))
	for _, f := range []*ui.Field{&v.Agree, &v.Own} {
		if f.Value = c.Text(f.Name); f.Name == refused.Field {
			f.Error = text
			v.Errors = ui.ErrorSummary{Errors: []ui.FieldError{{ID: f.Target(), Text: text}}}
		}
	}
	return v
}

// signConsent takes the signature: two statements, and, where the reader has a key,
// a fresh proof that it is them.
func signConsent(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	d, err := o.documentOf()
	if err != nil {
		return err
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	answers := map[string]string{}
	for _, q := range d.doc.Questions {
		if x := form.Get("a." + q.ID); x != "" {
			answers[q.ID] = x
		}
	}
	r := &reading{own: o, d: d, base: o.path("consent", d.doc.ID), answers: rightAnswers(d.doc, form)}
	switch {
	case c.Text("version") != d.doc.Version:
		return o.read(d, page.Bad("version", "a newer version of the text holds now: read what is new, then sign that one", "en nyere versjon av teksten gjelder nå: les det som er nytt, og signer den"))
	case !r.complete():
		return c.RedirectWith(r.at("q", strconv.Itoa(len(r.answers)+1)), ui.Info, c.T("me.consent.questionsleft"))
	case c.Text("agree") != "yes":
		return o.read(d, page.Bad("agree", "tick this box if you agree; if you are not sure, wait, and ask us", "kryss av her hvis du samtykker; er du usikker, vent og spør oss"))
	case c.Text("free") != "yes":
		return o.read(d, page.Bad("free", "tick this box too, or wait and talk with us first", "kryss av her også, eller vent og snakk med oss først"))
	}
	stale, err := o.mustShowKey()
	if err != nil {
		return err
	}
	if stale {
		return c.Confirm(r.at("sign", "1"))
	}
	_, err = c.Do(study.SignConsent{On: study.On{Participant: o.s.ID}, Document: d.doc.ID, Version: d.doc.Version, Language: c.Lang, Answers: answers})
	if r, ok := mendable(err); ok {
		return o.read(d, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(o.path("consent"), ui.Success, c.T("me.consent.thanks"))
}

// mustShowKey says that the reader has a passkey and has not used it for a while. Who
// came by a link alone has none to show; the statements and the conversation are the
// proof then.
func (o *own) mustShowKey() (bool, error) {
	people := o.c.App.Identity()
	if people == nil || o.c.Session.ID == "" {
		return false, nil
	}
	a, ok, err := people.Account(o.c.Ctx(), o.c.Session.Account)
	if err != nil || !ok {
		return false, err
	}
	for _, k := range a.Passkeys {
		if k.Revoked.IsZero() {
			return o.c.Now.Sub(o.c.Session.Fresh) > people.Limits().Fresh, nil
		}
	}
	return false, nil
}

// news are the titles of sections that are new or changed since the version signed.
func (r *reading) news() []string {
	old := r.versionOf(r.d.doc.ID, r.d.version)
	if old == nil {
		return nil
	}
	was := map[string]protocol.ConsentSection{}
	for _, s := range old.Sections {
		was[s.ID] = s
	}
	var out []string
	for _, s := range r.d.doc.Sections {
		b, ok := was[s.ID]
		if !ok || b.Title != s.Title || b.Short != s.Short || b.Long != s.Long {
			out = append(out, r.c.Say(s.Title))
		}
	}
	return out
}
