package public

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"varde/app"
	"varde/content"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

const (
	formName  = "referral"
	youngest  = 2 * time.Second // nobody writes a referral in less
	oldest    = 48 * time.Hour
	titleWord = "public.professional.title"
)

// referralView is the page of a referral, empty or as it was sent.
type referralView struct {
	State        string // of the door: "open", "full" or "closed"
	Wait         string
	Professional bool
	Action       string
	Fields       []ui.Field
	SelfCheck    ui.Field
	Errors       ui.ErrorSummary
	Client       string
	Stamp        string
	Keeps        string
	Options      ui.Link
	Other        ui.Link // the page for the other kind of sender
	Help         ui.Link
	Phone, Dial  string
}

func (s *site) referral(c *page.Context) error { return s.open(c, false) }

func (s *site) professional(c *page.Context) error { return s.open(c, true) }

func (s *site) open(c *page.Context, professional bool) error {
	places, err := s.places(c)
	if err != nil {
		return err
	}
	return s.form(c, places, newForm(c, places, professional), page.Page{})
}

func (s *site) sendReferral(c *page.Context) error { return s.send(c, false) }

func (s *site) sendProfessional(c *page.Context) error { return s.send(c, true) }

// send takes a referral. Whatever is wrong, the form comes back with everything that was
// written in it.
func (s *site) send(c *page.Context, professional bool) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	places, err := s.places(c)
	if err != nil {
		return err
	}
	f := newForm(c, places, professional)
	f.read(c)
	studyID, siteID, ok := wished(places, f.value("site"))
	if !ok && len(places) > 0 {
		f.fault("site", c.T("public.fault.site"))
	}
	f.check(c)
	again := func(status int, notice ui.Alert) error {
		p := page.Page{Status: status}
		if notice.Text != "" {
			p.Notices = []ui.Alert{notice}
		}
		return s.form(c, places, f, p)
	}
	note := func(key string, args ...any) ui.Alert {
		return ui.Alert{Tone: ui.Warning, Live: true, Text: c.T(key, args...)}
	}
	age, ours := c.App.FormAge(formName, c.Text("stamp"))
	switch {
	case len(places) == 0 || f.faulty():
		return again(http.StatusUnprocessableEntity, ui.Alert{})
	case !ours || age > oldest || age < youngest:
		return again(http.StatusUnprocessableEntity, note("public.fault.again"))
	}
	most := mostOwn
	if professional {
		most = mostOthers
	}
	if wait, ok := s.gate.pass(c.Source().Network+strconv.FormatBool(professional), most, c.Now); !ok {
		c.W.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return again(http.StatusTooManyRequests, note("public.fault.many", "minutes", c.TN("public.minutes", int(math.Ceil(wait.Minutes())))))
	}
	in := f.referral(c, s.content.Clinic)
	in.Site = siteID
	receipt, err := s.takes(c).ReceiveReferral(c.Ctx(), studyID, in, c.Text("client"))
	if r, refused := page.Refused(err); refused {
		if f.has(r.Field) {
			f.fault(r.Field, page.Sentence(c.Say(r.Text)))
			return again(page.Status(r), ui.Alert{})
		}
		return again(page.Status(r), c.RefusalAlert(r))
	}
	if err != nil {
		return err
	}
	return s.sent(c, receipt, professional)
}

func (s *site) form(c *page.Context, places []place, f *form, p page.Page) error {
	v := referralView{State: state(places), Wait: waitWords(c, wait(places)), Professional: f.professional, Action: content.Address(c.Lang, "referral"),
		Fields: f.fields, SelfCheck: f.selfCheck, Errors: ui.ErrorSummary{Errors: f.faults()}, Client: c.Text("client"), Stamp: c.App.FormStamp(formName),
		Keeps: s.content.Clinic.Keeps.In(c.Lang), Options: s.link("options", c.Lang), Help: s.link("help", c.Lang)}
	if v.Client == "" || len(v.Client) > 100 {
		v.Client = c.ClientID()
	}
	v.Other = ui.Link{Href: v.Action + "/professional", Text: c.T("public.referral.professional")}
	if f.professional {
		v.Other = ui.Link{Href: v.Action, Text: c.T("public.referral.self")}
		v.Action += "/professional"
		p.Title = c.T(titleWord)
	}
	if k := s.content.Clinic; k.Phone != "" && !k.Placeholder {
		v.Phone, v.Dial = k.Phone, content.CrisisLine{Number: k.Phone}.Dial()
	}
	p.Data = v
	return s.show(c, "referral", "referral", p)
}

// sentView is the receipt.
type sentView struct {
	Reference    string
	Open         bool
	Wait         string
	Professional bool
	Next         []string
	Keeps        string
	Sent         time.Time
	Home         ui.Link
}

// sent answers the receipt. Loading it again sends the same once more, which is kept
// once: the same receipt comes back.
func (s *site) sent(c *page.Context, r app.ReferralReceipt, professional bool) error {
	v := sentView{Reference: r.Referral, Open: r.Open, Professional: professional, Keeps: s.content.Clinic.Keeps.In(c.Lang), Sent: c.Now, Home: s.link("home", c.Lang)}
	for _, n := range s.content.Clinic.Next {
		v.Next = append(v.Next, n.In(c.Lang))
	}
	if !r.Open && r.Wait != (study.Wait{}) {
		v.Wait = waitWords(c, r.Wait)
	}
	return s.show(c, "referral", "sent", page.Page{Title: c.T("public.sent.title"), Data: v})
}
