package public

import (
	"html/template"
	"slices"
	"time"

	"varde/content"
	"varde/web/page"
	"varde/web/ui"
)

// bodyHTML is what content made of Markdown: it lets no HTML of the text through.
type bodyHTML = template.HTML

// pagesOfText have no handler of their own.
var pagesOfText = []string{"ptsd", "treatment", "mdma-therapy", "risks", "process", "about"}

func (s *site) text(c *page.Context) error {
	id := c.Value("page")
	if !slices.Contains(pagesOfText, id) {
		return page.NotFound("there is no such page", "det finnes ingen slik side")
	}
	return s.kept(c, id, "text", page.Page{})
}

// card leads to a page.
type card struct{ Title, Lead, Href string }

type homeView struct {
	Demo            bool
	Check, Referral ui.Link
	Roles           ui.Link // of a demonstration
	Lines           []line  // to call now
	Help            string
	Cards           []card
}

func (s *site) home(c *page.Context) error {
	v := homeView{Demo: c.Demo(), Check: s.link("self-check", c.Lang), Referral: s.link("referral", c.Lang), Roles: ui.Link{Href: "/signin", Text: c.T("public.demo.roles")}}
	v.Check.Text, v.Referral.Text, v.Referral.Variant = c.T("public.home.check"), c.T("public.home.referral"), "secondary"
	v.Lines, v.Help = s.lines(c.Lang), content.Address(c.Lang, "help")
	for _, id := range []string{"ptsd", "treatment", "mdma-therapy", "risks", "evidence", "options", "process"} {
		p := s.content.Page(id, c.Lang)
		v.Cards = append(v.Cards, card{p.Title, p.Lead, content.Address(c.Lang, id)})
	}
	return s.kept(c, "home", "home", page.Page{Data: v})
}

// lines are the numbers of the clinic's own country.
func (s *site) lines(lang string) []line { return linesOf(s.content.Crisis.Countries[0], lang) }

func linesOf(x content.CrisisCountry, lang string) []line {
	var out []line
	for _, l := range x.Lines {
		out = append(out, line{l.Number, l.Dial(), l.Text.In(lang), l.Kind == "emergency"})
	}
	return out
}

// country is one country's numbers.
type country struct {
	Name, Source string
	LookedUp     time.Time
	Lines        []line
	Own          bool
}

// line is a number to call.
type line struct {
	Number, Dial, Text string
	Urgent             bool
}

type helpView struct {
	Countries []country
	Anywhere  string
}

func (s *site) help(c *page.Context) error {
	v := helpView{Anywhere: s.content.Crisis.Anywhere.In(c.Lang)}
	for i, x := range s.content.Crisis.Countries {
		v.Countries = append(v.Countries, country{Name: x.Name.In(c.Lang), Source: x.Source, LookedUp: x.LookedUp.Time, Own: i == 0, Lines: linesOf(x, c.Lang)})
	}
	return s.kept(c, "help", "help", page.Page{Data: v})
}

type contactView struct {
	Clinic                 content.Clinic
	Name, Hours            string
	Referral, Professional string // addresses
	Phone, Mail            string // addresses
	Reachable              bool   // the clinic has entered its details
}

func (s *site) contact(c *page.Context) error {
	k := s.content.Clinic
	v := contactView{Clinic: k, Referral: content.Address(c.Lang, "referral"), Professional: content.Address(c.Lang, "referral") + "/professional",
		Name: k.Name.In(c.Lang), Hours: k.Hours.In(c.Lang), Reachable: !k.Placeholder && (k.Phone != "" || k.Email != "" || k.Address != "")}
	if k.Phone != "" {
		v.Phone = content.CrisisLine{Number: k.Phone}.Dial()
	}
	if k.Email != "" {
		v.Mail = "mailto:" + k.Email
	}
	return s.kept(c, "contact", "contact", page.Page{Data: v})
}
