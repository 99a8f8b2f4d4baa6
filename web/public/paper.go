package public

import (
	"slices"
	"strconv"

	"varde/instrument"
	"varde/web/page"
)

// paperPart is one questionnaire on paper, with how to add it up.
type paperPart struct {
	Title, Intro string
	Heads        []string // of the columns of answers
	Rows         []paperRow
	Sum          string
}

type paperRow struct{ Number, Section, Text string }

type paperView struct {
	Parts   []paperPart
	Check   checkView
	Dangers []string // when to talk to somebody today
	Bands   []outcome
	Source  []string
}

// paper is the self-check for whoever would rather have it on paper, or reads without
// JavaScript. It follows the same rules.
func (s *site) paper(c *page.Context) error {
	check := s.content.SelfCheck
	v := paperView{Check: s.checkView(c), Dangers: s.paperDangers(c), Bands: s.paperBands(c)}
	sums := []string{c.T("public.paper.sum.1", "go", plain(check.Go.From)), c.T("public.paper.sum.2", "max", v.Check.Max[1])}
	for i, f := range []*instrument.Compiled{s.first, s.then} {
		p := paperPart{Title: f.Short, Intro: f.Instructions.In(c.Lang), Sum: sums[i]}
		section := ""
		for n, q := range questionsOf(c, f) {
			row := paperRow{Number: strconv.Itoa(n + 1), Text: q.Field.Label}
			if q.Section != section {
				row.Section, section = q.Section, q.Section
			}
			p.Rows = append(p.Rows, row)
			if n == 0 {
				p.Heads = heads(f, q)
			}
		}
		v.Parts = append(v.Parts, p)
		v.Source = append(v.Source, f.Source)
	}
	return s.kept(c, "self-check", "paper", page.Page{Title: c.T("public.paper.title"), Data: v})
}

// heads are the answers; those that are added up stand with their number.
func heads(f *instrument.Compiled, q question) []string {
	var out []string
	for _, o := range q.Field.Options {
		if it, ok := f.Item(q.ID); ok && it.Type == instrument.Choice {
			out = append(out, o.Value+" = "+o.Label)
		} else {
			out = append(out, o.Label)
		}
	}
	return out
}

func (s *site) instrument(id string) *instrument.Compiled {
	if id == s.first.ID {
		return s.first
	}
	return s.then
}

func (s *site) paperDangers(c *page.Context) []string {
	var out []string
	for _, d := range s.content.SelfCheck.Danger {
		f := s.instrument(d.Instrument)
		if d.Item == "" {
			out = append(out, c.T("public.paper.danger.score", "name", f.Short, "from", plain(d.From)))
			continue
		}
		at := slices.IndexFunc(f.Items, func(it instrument.Item) bool { return it.ID == d.Item })
		out = append(out, c.T("public.paper.danger.item", "name", f.Short, "line", at+1, "from", plain(d.From)))
	}
	return out
}

func (s *site) paperBands(c *page.Context) []outcome {
	var out []outcome
	for _, b := range s.content.SelfCheck.Bands {
		o := outcome{ID: b.ID, Text: b.Text.In(c.Lang)}
		o.Title = c.T("public.paper.band", "name", s.instrument(b.Instrument).Short, "from", plain(b.From), "to", plain(b.Below-1), "title", b.Title.In(c.Lang))
		for _, n := range b.Next {
			o.Next = append(o.Next, n.In(c.Lang))
		}
		out = append(out, o)
	}
	return out
}

// plain writes a score: they are whole numbers.
func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
