package public

import (
	"time"

	"varde/access"
	"varde/content"
	"varde/web/page"
	"varde/web/ui"
)

// shelf is how long a browser, or a cache on the way, may keep a page: it holds nothing
// personal, and the same for everybody.
const shelf = "public, max-age=300"

// in answers in the language of the address, and to everybody as to a stranger.
func in(lang string, handle func(*page.Context) error) func(*page.Context) error {
	return func(c *page.Context) error {
		c.Lang, c.Theme = lang, ui.Themes[0]
		c.Actor, c.SignedIn = access.Actor{}, false
		return handle(c)
	}
}

// bar are the pages of the bar below the header; the menu holds all.
var bar = []string{"ptsd", "treatment", "mdma-therapy", "evidence", "options", "self-check", "referral"}

// view is what every page of text shows.
type view struct {
	Page  *content.Page
	Body  bodyHTML
	Cites []content.Cited
	Next  *content.Page
	Data  any
}

// show answers a page of the site. Pages that may be kept are told so.
func (s *site) show(c *page.Context, id, template string, p page.Page) error {
	text := s.content.Page(id, c.Lang)
	if p.Title == "" {
		p.Title = text.Title
	}
	p.Data = view{Page: text, Body: bodyHTML(text.Body), Cites: text.Sources, Next: s.next(id, c.Lang), Data: p.Data}
	p.Crisis = crisis(&s.content.Crisis, "", c.Lang)
	p.Public = &ui.Public{Description: text.Lead, Help: s.link("help", c.Lang), SignIn: ui.Link{Text: c.T("public.signin"), Href: "/signin"}}
	p.Public.Help.Text = c.T("public.help")
	for _, lang := range content.Languages {
		p.Public.Languages = append(p.Public.Languages, ui.Link{Lang: lang, Text: languageName[lang], Href: s.sameIn(c, lang)})
	}
	for _, other := range content.PageIDs {
		l := s.link(other, c.Lang)
		p.Public.Menu = append(p.Public.Menu, ui.NavItem{Text: l.Text, Href: l.Href, Current: other == id})
	}
	for _, other := range bar {
		l := s.link(other, c.Lang)
		p.Nav = append(p.Nav, ui.NavItem{Text: l.Text, Href: l.Href, Current: other == id})
	}
	for _, other := range []string{"about", "contact"} {
		p.Footer = append(p.Footer, s.link(other, c.Lang))
	}
	c.Now = time.Time{} // a page that is kept must not set the reader's clock
	return c.Render(template, p)
}

// kept is show for pages that may be kept.
func (s *site) kept(c *page.Context, id, template string, p page.Page) error {
	c.W.Header().Set("Cache-Control", shelf)
	return s.show(c, id, template, p)
}

var languageName = map[string]string{"en": "English", "nb": "Norsk"}

func (s *site) link(id, lang string) ui.Link {
	return ui.Link{Text: s.content.Page(id, lang).Short, Href: content.Address(lang, id)}
}

// sameIn is the address of the page in another language. What was posted is not
// repeated: the link leads to the empty form.
func (s *site) sameIn(c *page.Context, lang string) string {
	path := c.R.URL.Path
	if len(path) >= 3 {
		return "/" + lang + path[3:]
	}
	return "/" + lang + "/"
}

// next is the page that is best read after this one.
func (s *site) next(id, lang string) *content.Page {
	for i, other := range readOn {
		if other == id && i+1 < len(readOn) {
			return s.content.Page(readOn[i+1], lang)
		}
	}
	return nil
}

// readOn is the order of the pages for whoever reads them all.
var readOn = []string{"home", "ptsd", "treatment", "mdma-therapy", "risks", "evidence", "options", "process", "self-check", "referral"}

// Crisis answers the help line at the foot of every page: the numbers of a country,
// which is the clinic's own when it is "".
func Crisis(c *content.Crisis) func(country, lang string) *ui.Crisis {
	return func(country, lang string) *ui.Crisis { return crisis(c, country, lang) }
}

func crisis(c *content.Crisis, country, lang string) *ui.Crisis {
	numbers, ok := c.In(country)
	if !ok {
		return &ui.Crisis{Text: c.Text.In(lang) + " " + c.Anywhere.In(lang)}
	}
	out := &ui.Crisis{Text: c.Text.In(lang)}
	for _, l := range numbers.Lines {
		if l.Kind != "doctor" {
			out.Links = append(out.Links, ui.Link{Text: l.Number + " " + l.Text.In(lang), Href: l.Dial()})
		}
	}
	return out
}
