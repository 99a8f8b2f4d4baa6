package public

import (
	"math"

	"varde/chart"
	"varde/evidence"
	"varde/web/page"
	"varde/web/ui"
)

// computed fills what the page computes from the table of trials.
func (s *site) computed(c *page.Context, v *evidenceView) error {
	all, err := s.evidence.PoolAll()
	if err != nil {
		return err
	}
	today := map[string]evidence.Pooling{}
	for _, p := range all {
		today[p.ID] = p
	}
	v.Figure, v.Funnel = s.forest(c, today["mdma"]), funnel(c, today["mdma"])
	v.Exposure = s.exposure(c, today)
	v.Pooled = s.pooledTable(c, today)
	v.Earlier = s.earlierTable(c, today)
	return nil
}

// forest sets the trials of MDMA-assisted therapy under each other with what they add up
// to. Other treatments are not in it: they were compared with something else.
func (s *site) forest(c *page.Context, p evidence.Pooling) ui.Figure {
	f := plot(c, "trials", "public.evidence.forest", "public.evidence.forest.desc")
	f.Below, f.Above = c.T("public.evidence.control.better"), c.T("public.evidence.mdma.better")
	f.Rows = append(rows(p), together(p, c.T("public.evidence.together")), further(c, p))
	return ui.Figure{Chart: f, Source: s.origin(c, "mdma")}
}

// exposure groups the trials of prolonged exposure by what it was compared with.
func (s *site) exposure(c *page.Context, today map[string]evidence.Pooling) ui.Figure {
	f := plot(c, "exposure", "public.evidence.exposure.forest", "public.evidence.exposure.desc")
	f.Below, f.Above = c.T("public.evidence.control.better"), c.T("public.evidence.exposure.better")
	whole := today["prolonged-exposure"]
	weight := map[string]float64{}
	for _, r := range whole.Rows {
		weight[r.Label] = r.Weight
	}
	for _, group := range []struct{ id, head string }{{"prolonged-exposure-waiting", "public.evidence.against.waiting"}, {"prolonged-exposure-active", "public.evidence.against.active"}} {
		p := today[group.id]
		f.Rows = append(f.Rows, chart.ForestRow{Label: c.T(group.head), Heading: true})
		for _, r := range rows(p) {
			r.Weight = weight[r.Label]
			f.Rows = append(f.Rows, r)
		}
		f.Rows = append(f.Rows, together(p, c.T("public.evidence.group")))
	}
	f.Rows = append(f.Rows, chart.ForestRow{Label: c.T("public.evidence.exposure.all"), Heading: true}, together(whole, c.T("public.evidence.together")), further(c, whole))
	return ui.Figure{Chart: f, Source: s.origin(c, "prolonged-exposure")}
}

func plot(c *page.Context, id, title, desc string) chart.Forest {
	return chart.Forest{
		Frame:     chart.Frame{ID: id, Title: c.T(title), Desc: c.T(desc), Lang: c.Lang},
		X:         chart.Axis{Label: c.T("public.evidence.axis"), Decimals: 2},
		LabelHead: c.T("public.evidence.trial"), EstimateHead: c.T("public.evidence.effect"), WeightHead: c.T("public.evidence.weight"),
	}
}

func rows(p evidence.Pooling) []chart.ForestRow {
	var out []chart.ForestRow
	for _, r := range p.Rows {
		low, high := r.Interval()
		out = append(out, chart.ForestRow{Label: shortName(r.Label), Estimate: r.Effect.Y, Lo: low, Hi: high, Weight: r.Weight})
	}
	return out
}

func together(p evidence.Pooling, label string) chart.ForestRow {
	x := p.Fit.Pooled()
	return chart.ForestRow{Label: label, Estimate: x.Estimate, Lo: x.Low, Hi: x.High, Weight: math.NaN(), Pooled: true}
}

func further(c *page.Context, p evidence.Pooling) chart.ForestRow {
	return chart.ForestRow{Label: c.T("public.evidence.prediction"), Estimate: math.NaN(), Lo: p.Prediction.Low, Hi: p.Prediction.High, Weight: math.NaN(), Prediction: true}
}

func funnel(c *page.Context, p evidence.Pooling) ui.Figure {
	f := chart.Funnel{
		Frame: chart.Frame{ID: "funnel", Title: c.T("public.evidence.funnel"), Desc: c.T("public.evidence.funnel.desc"), Lang: c.Lang},
		X:     chart.Axis{Label: c.T("public.evidence.axis"), Decimals: 2}, Centre: p.Fit.Pooled().Estimate, SEHead: c.T("public.evidence.funnel.se"),
		LabelHead: c.T("public.evidence.trial"), EstimateHead: c.T("public.evidence.axis"), FoundName: c.T("public.evidence.trial"),
		Regions: []chart.FunnelRegion{{Z: 1.959963984540054, Name: c.T("public.evidence.funnel.region")}},
	}
	for _, r := range p.Rows {
		f.Points = append(f.Points, chart.FunnelPoint{Label: shortName(r.Label), Estimate: r.Effect.Y, SE: r.Effect.SE()})
	}
	return ui.Figure{Chart: f}
}

// origin names where the trials of a pooled effect were read.
func (s *site) origin(c *page.Context, id string) string {
	for _, p := range s.evidence.Pooled {
		if p.ID == id {
			return c.T("public.source") + ": " + p.Source + ". " + c.T("public.lookedup", "date", lookedUp(c, p.LookedUp.Time))
		}
	}
	return ""
}

// agreed is the computed effect where it is the stored one to the three digits that all of
// them are stored with, else both, each named.
func agreed(c *page.Context, p evidence.Pooled, today map[string]evidence.Pooling) string {
	x, ok := today[p.ID]
	if !ok {
		return effect(c, &p.Effect)
	}
	e := x.Fit.Pooled()
	same := func(a, b float64) bool { return math.Abs(a-b) <= 0.000501 }
	own, stored := effect(c, &evidence.Effect{G: e.Estimate, Low: e.Low, High: e.High}), effect(c, &p.Effect)
	if same(e.Estimate, p.Effect.G) && same(e.Low, p.Effect.Low) && same(e.High, p.Effect.High) {
		return own
	}
	return c.T("public.evidence.published") + " " + stored + ". " + c.T("public.computed") + " " + own
}

// earlierTable tells what was said in 2016 beside today's numbers, each with what the
// treatment was compared with.
func (s *site) earlierTable(c *page.Context, today map[string]evidence.Pooling) ui.Table {
	t := ui.Table{Caption: c.T("public.evidence.earlier"), Columns: []ui.Column{{Head: c.T("public.evidence.treatment")}, {Head: c.T("public.evidence.earlier.who")}, {Head: c.T("public.evidence.studies"), Num: true},
		{Head: c.T("public.evidence.effect"), Num: true}, {Head: c.T("public.evidence.compared")}}}
	compared := map[string]string{}
	for _, p := range s.evidence.Pooled {
		compared[p.ID] = evidence.Comparators[p.Comparator].In(c.Lang)
	}
	for _, id := range []string{evidence.MDMA, evidence.Exposure} {
		name := evidence.Treatments[id].In(c.Lang)
		for _, e := range s.evidence.Earlier {
			if e.Treatment == id {
				t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: name, Sub: e.Measure.In(c.Lang)}, {Text: e.By, Sub: e.Source}, {Text: c.Voice().Number(float64(e.Studies), 0)},
					{Text: c.T("public.evidence.earlier.noint", "g", c.Voice().Number(e.G, 2))}, {Text: told(c, e.Compared.In(c.Lang))}}})
			}
		}
		p := today[id]
		x := p.Fit.Pooled()
		t.Rows = append(t.Rows, ui.Row{Strong: true, Cells: []ui.Cell{{Text: name, Sub: c.T("public.evidence.clinician")}, {Text: c.T("public.evidence.earlier.today")}, {Text: c.Voice().Number(float64(p.Studies()), 0)},
			{Text: effect(c, &evidence.Effect{G: x.Estimate, Low: x.Low, High: x.High})}, {Text: compared[id]}}})
	}
	return t
}

// told is a comparator, or that it was not given where we looked.
func told(c *page.Context, compared string) string {
	if compared == "" {
		return c.T("public.evidence.notgiven")
	}
	return compared
}
