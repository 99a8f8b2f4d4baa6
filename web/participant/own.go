package participant

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"

	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// own is one request of somebody who takes part, with their record.
type own struct {
	c   *page.Context
	s   *study.State
	env study.Env
}

// load reads the reader's own record. Times are shown as they are at their site.
func load(c *page.Context) (*own, error) {
	s, err := c.App.Own(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return nil, err
	}
	if s.Zone != nil {
		c.Zone = s.Zone
	}
	o := &own{c: c, s: s, env: c.App.Env(c.Ctx(), c.Actor, c.Study, s)}
	if o.env.Site != nil {
		c.Country = o.env.Site.Country
	}
	return o, nil
}

// posted reads what was sent, and the record of whoever sent it.
func posted(c *page.Context) (*own, error) {
	if _, err := c.Form(); err != nil {
		return nil, err
	}
	return load(c)
}

// path answers an address of the reader's own pages.
func (o *own) path(elem ...string) string { return mePath(o.c, elem...) }

func mePath(c *page.Context, elem ...string) string {
	return c.Path(append([]string{"me"}, elem...)...)
}

// gone says that the reader takes part no more.
func (o *own) gone() bool { return o.s.Status().Gone() }

// top is what every page begins with: help, and the way back.
type top struct {
	Help    []helpPart
	Phones  []ui.Link
	Call    string // where to ask for a call
	Back    *ui.Link
	Keeping bool // entries made here are kept on the device until they are sent
	Tabs    []ui.Place
}

// helpPart is a piece of the text on what to do in a crisis; a number can be dialled.
type helpPart struct{ Text, Href string }

func (o *own) top(back *ui.Link) top {
	c := o.c
	t := top{Help: dialled(c.Say(c.Def.Safety.Crisis)), Phones: c.Crisis().Links, Back: back, Tabs: o.tabs()}
	if !o.gone() {
		t.Call = o.path("call")
	}
	return t
}

// tabs are the places below the thumb.
func (o *own) tabs() []ui.Place {
	c := o.c
	at := c.R.URL.Path
	place := func(word, icon, path string, count int, also ...string) ui.Place {
		p := ui.Place{Text: c.T(word), Href: o.path(), Icon: icon, Count: count, Current: path == "" && at == o.path()}
		if path != "" {
			p.Href = o.path(path)
			for _, x := range append(also, path) {
				p.Current = p.Current || at == o.path(x) || strings.HasPrefix(at, o.path(x)+"/")
			}
		}
		return p
	}
	tabs := []ui.Place{place("me.tab.today", "home", "", 0), place("me.tab.questions", "list", "questions", 0, "q"), place("me.tab.diary", "book", "diary", 0),
		place("me.tab.messages", "message", "messages", o.unread()), place("me.tab.more", "person", "more", 0)}
	for _, t := range tabs[:4] {
		if t.Current {
			return tabs
		}
	}
	tabs[4].Current = true
	return tabs
}

// home is the way back to the first page.
func (o *own) home() *ui.Link { return &ui.Link{Text: o.c.T("me.back"), Href: o.path()} }

// toMore is the way back to the list of all pages.
func (o *own) toMore() *ui.Link { return &ui.Link{Text: o.c.T("me.back.more"), Href: o.path("more")} }

func (t top) keeping() top {
	t.Keeping = true
	return t
}

var phoneNumber = regexp.MustCompile(`\+?\d[\d ]{1,14}\d`)

// dialled cuts a text so that the telephone numbers in it can be dialled.
func dialled(text string) []helpPart {
	var out []helpPart
	at := 0
	for _, m := range phoneNumber.FindAllStringIndex(text, -1) {
		if m[0] > at {
			out = append(out, helpPart{Text: text[at:m[0]]})
		}
		number := text[m[0]:m[1]]
		out = append(out, helpPart{Text: number, Href: "tel:" + strings.ReplaceAll(number, " ", "")})
		at = m[1]
	}
	if at < len(text) {
		out = append(out, helpPart{Text: text[at:]})
	}
	return out
}

// render answers a page with help in a crisis at its foot as well.
func (o *own) render(name, title string, data any, notices ...ui.Alert) error {
	return o.c.Render(name, page.Page{Title: title, Crisis: o.c.Crisis(), Data: data, Notices: notices})
}

// refuse shows a page again with what was refused above it.
func (o *own) refuse(name, title string, data any, r *study.Refusal) error {
	return o.c.Render(name, page.Page{Title: title, Crisis: o.c.Crisis(), Data: data, Status: page.Status(r), Notices: []ui.Alert{o.c.RefusalAlert(r)}})
}

// mendable says that a person can do something about a refusal on the page itself.
func mendable(err error) (*study.Refusal, bool) {
	r, ok := page.Refused(err)
	return r, ok && (r.Kind == study.Invalid || r.Kind == study.Against || r.Kind == study.Stale)
}

// keepOnDevice lets the service worker show the page without network.
func keepOnDevice(c *page.Context) { c.W.Header().Set("Varde-Keep", "1") }

// once is the id under which a form that was sent twice is written once; the same id
// with other content is another.
func once(c *page.Context) string {
	form, err := c.Form()
	if err != nil || form.Get("client") == "" {
		return ""
	}
	h := sha256.New()
	for _, s := range []string{c.Actor.ID, c.R.URL.Path, form.Encode()} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// paragraphs cuts a text of the protocol at its empty lines.
func paragraphs(text string) []string {
	var out []string
	for _, p := range strings.Split(text, "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			out = append(out, p)
		}
	}
	if len(out) == 1 { // YAML folds the empty lines of some texts into one
		out = nil
		for _, p := range strings.Split(text, "\n") {
			if p = strings.Join(strings.Fields(p), " "); p != "" {
				out = append(out, p)
			}
		}
	}
	return out
}

// day counts calendar days from today at the reader's site.
func (o *own) day(t time.Time) int {
	return int(study.DayOf(t, o.c.Zone) - study.DayOf(o.c.Now, o.c.Zone))
}

// inDays says how far off a day is: "today", "tomorrow", "in 5 days", "3 days ago".
func (o *own) inDays(t time.Time) string {
	c := o.c
	switch n := o.day(t); {
	case n == 0:
		return c.T("me.day.today")
	case n == 1:
		return c.T("me.day.tomorrow")
	case n == -1:
		return c.T("me.day.yesterday")
	case n < 0:
		return c.TN("me.day.ago", -n)
	case n < 28:
		return c.TN("me.day.in", n)
	default:
		return c.TN("me.day.weeks", (n+3)/7)
	}
}

// long writes minutes as people say them.
func long(c *page.Context, minutes int) string {
	if minutes < 90 {
		return c.TN("me.minutes", minutes)
	}
	if minutes%60 == 0 {
		return c.TN("me.hours", minutes/60)
	}
	return c.T("me.hours.minutes", "h", minutes/60, "m", minutes%60)
}
