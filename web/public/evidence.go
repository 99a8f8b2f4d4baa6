package public

import (
	"regexp"
	"strings"
	"time"

	"varde/evidence"
	"varde/web/page"
	"varde/web/ui"
)

// trial is one trial as it is shown.
type trial struct {
	Title    string
	Facts    []ui.KeyValue
	Outcomes ui.Table
	Source   string
	Link     string
	LookedUp time.Time
}

// publication is an article with its status.
type publication struct {
	Citation, About, Reason string
	Retracted               time.Time // zero = it stands
	Source                  string
	LookedUp                time.Time
}

type evidenceView struct {
	Figure       ui.Figure
	Funnel       ui.Figure
	Exposure     ui.Figure
	Earlier      ui.Table
	Trials       ui.Table
	Cards        []trial
	Pooled       ui.Table
	Publications []publication
	Decisions    []decision
}

type decision struct {
	On, Authority, Country, Text, Source string
	LookedUp                             time.Time
}

func (s *site) evidencePage(c *page.Context) error {
	v := evidenceView{Trials: s.trialTable(c)}
	if err := s.computed(c, &v); err != nil {
		return err
	}
	for _, t := range s.evidence.Of(evidence.MDMA) {
		v.Cards = append(v.Cards, trialCard(c, t))
	}
	for _, p := range s.evidence.Publications {
		v.Publications = append(v.Publications, publication{p.Citation, p.About.In(c.Lang), p.Reason.In(c.Lang), p.Retracted.Time, p.Source, p.LookedUp.Time})
	}
	for _, d := range s.evidence.Decisions {
		v.Decisions = append(v.Decisions, decision{day(c, d.On), d.Authority, d.Country.In(c.Lang), d.Decision.In(c.Lang), d.Source, d.LookedUp.Time})
	}
	return s.kept(c, "evidence", "evidence", page.Page{Data: v})
}

// shortName is a trial's name without what stands in brackets, which a figure has no
// room for.
func shortName(name string) string {
	short, _, _ := strings.Cut(name, " (")
	return short
}

func (s *site) trialTable(c *page.Context) ui.Table {
	t := ui.Table{Caption: c.T("public.evidence.table"), Scroll: true, Columns: []ui.Column{{Head: c.T("public.evidence.trial")}, {Head: c.T("public.evidence.people"), Num: true}, {Head: c.T("public.evidence.compared")},
		{Head: c.T("public.evidence.effect"), Num: true}, {Head: c.T("public.evidence.bias")}, {Head: c.T("public.evidence.prior"), Num: true}}}
	for _, x := range s.evidence.Of(evidence.MDMA) {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: x.Name, Sub: x.Registration}, {Text: c.Voice().Number(float64(x.People()), 0)}, {Text: evidence.Comparators[x.Comparator].In(c.Lang)},
			{Text: effect(c, x.Effect)}, {Text: bias(c, x.RiskOfBias), Sub: x.BiasNote.In(c.Lang)}, {Text: prior(c, x.PriorUse)}}})
	}
	return t
}

func (s *site) pooledTable(c *page.Context, today map[string]evidence.Pooling) ui.Table {
	t := ui.Table{Caption: c.T("public.evidence.pooled"), Columns: []ui.Column{{Head: c.T("public.evidence.treatment")}, {Head: c.T("public.evidence.compared")}, {Head: c.T("public.evidence.studies"), Num: true},
		{Head: c.T("public.evidence.effect"), Num: true}, {Head: c.T("public.evidence.certainty")}, {Head: c.T("public.source")}}}
	for _, p := range s.evidence.Pooled {
		how := c.T("public.evidence.published")
		if p.Computed() {
			how = c.T("public.computed")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: p.Treatment.In(c.Lang), Sub: p.Note.In(c.Lang)}, {Text: evidence.Comparators[p.Comparator].In(c.Lang)},
			{Text: c.Voice().Number(float64(p.Studies), 0)}, {Text: agreed(c, p, today)}, {Text: certainty(c, p.Certainty)},
			{Text: p.Source, Sub: how + " " + c.T("public.lookedup", "date", lookedUp(c, p.LookedUp.Time))}}})
	}
	return t
}

func trialCard(c *page.Context, t evidence.Trial) trial {
	kv := func(key, value string) ui.KeyValue { return ui.KeyValue{Key: c.T(key), Cell: ui.Cell{Text: value}} }
	x := trial{Title: t.Name, Source: t.Source, Link: t.Link, LookedUp: t.LookedUp.Time, Facts: []ui.KeyValue{
		kv("public.evidence.design", t.Design.In(c.Lang)), kv("public.evidence.where", t.Countries.In(c.Lang)), kv("public.evidence.registered", t.Registration),
		kv("public.evidence.people", c.Voice().Number(float64(t.People()), 0)), kv("public.evidence.compared", evidence.Comparators[t.Comparator].In(c.Lang)), kv("public.evidence.scale", t.Instrument),
	}}
	x.Outcomes = ui.Table{Caption: c.T("public.evidence.outcomes.of", "trial", t.Name), HideCaption: true, Columns: []ui.Column{{Head: c.T("public.evidence.outcome")}, {Head: c.T("public.evidence.with")}}}
	controlled := t.Comparator != "none"
	if controlled {
		x.Outcomes.Columns = append(x.Outcomes.Columns, ui.Column{Head: c.T("public.evidence.without")})
	}
	for _, o := range t.Outcomes {
		cells := []ui.Cell{{Text: o.Measure.In(c.Lang)}, {Text: local(c, o.With)}}
		if controlled {
			cells = append(cells, ui.Cell{Text: local(c, o.Without)})
		}
		x.Outcomes.Rows = append(x.Outcomes.Rows, ui.Row{Cells: cells})
	}
	return x
}

func effect(c *page.Context, e *evidence.Effect) string {
	if e == nil {
		return c.T("public.evidence.noeffect")
	}
	n := func(x float64) string { return c.Voice().Number(x, 2) }
	return c.T("public.evidence.interval", "g", n(e.G), "low", n(e.Low), "high", n(e.High))
}

func bias(c *page.Context, b string) string {
	if b == "" {
		return c.T("public.evidence.notrated")
	}
	return c.T("public.evidence.bias." + b)
}

func certainty(c *page.Context, s string) string {
	if s == "" {
		return c.T("public.evidence.notrated")
	}
	return c.T("public.evidence.certainty." + s)
}

func prior(c *page.Context, percent string) string {
	if percent == "" {
		return c.T("public.evidence.notgiven")
	}
	return percent + " %"
}

var point = regexp.MustCompile(`(\d)\.(\d)`)

// local writes published numbers as the reader's language does.
func local(c *page.Context, s string) string {
	if c.Lang != "nb" {
		return s
	}
	return point.ReplaceAllString(strings.ReplaceAll(s, " of ", " av "), "$1,$2")
}

func lookedUp(c *page.Context, t time.Time) string { return c.Voice().Date(t) }

// day writes a day, month or year as exactly as it is known.
func day(c *page.Context, s string) string {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return c.Voice().Date(t)
	}
	if t, err := time.Parse("2006-01", s); err == nil {
		return c.T("public.month."+t.Format("01"), "year", t.Year())
	}
	return s
}
