package report

import (
	"fmt"
	"math"

	"varde/analysis"
	"varde/chart"
)

func point(x float64, e analysis.Estimate) chart.Point {
	switch {
	case e.Value == nil:
		return chart.At(x, math.NaN())
	case e.Lower == nil || e.Upper == nil:
		return chart.At(x, *e.Value)
	}
	return chart.Between(x, *e.Value, *e.Lower, *e.Upper)
}

// endpointFigure shows observed means by visit and group, and the published ones.
func (b *builder) endpointFigure(e *analysis.EndpointResult) Figure {
	fig := chart.Line{
		Frame: chart.Frame{ID: "endpoint-" + e.ID, Lang: b.lang, Title: e.Text.In(b.lang) + b.say(", mean by visit", ", gjennomsnitt per besøk"),
			Desc: b.say("Observed means with 95% confidence intervals. Published means are drawn beside them where there are any.", "Observerte gjennomsnitt med 95 % konfidensintervall. Publiserte gjennomsnitt er tegnet ved siden av der de finnes.")},
		X: chart.Axis{Label: b.say("Weeks since baseline", "Uker siden utgangspunktet")},
		Y: chart.Axis{Label: b.say("Score", "Skår"), Decimals: decimals, Zero: true},
	}
	at := func(i int) float64 {
		if w := e.Visits[i].Week; w != nil {
			return float64(*w)
		}
		return float64(i)
	}
	seen := map[float64]bool{}
	for i, v := range e.Visits {
		x, label := at(i), v.Visit
		if v.Week != nil {
			label = fmt.Sprint(*v.Week)
		}
		if !seen[x] {
			fig.X.Ticks = append(fig.X.Ticks, chart.Tick{At: x, Label: label})
		}
		seen[x] = true
	}
	var published []chart.Series
	// A small step to the side keeps intervals of the same week apart.
	step := 0.0
	if n := len(e.Visits); n > 1 {
		step = math.Max(at(n-1)-at(0), 1) / 90
	}
	for g := range b.r.Groups {
		s, p := chart.Series{Name: b.group(g)}, chart.Series{Name: b.group(g) + b.say(", published", ", publisert")}
		any := false
		for i, v := range e.Visits {
			s.Points = append(s.Points, point(at(i)+float64(g)*step, v.Groups[g].Value.Estimate))
			y := math.NaN()
			if x := v.Groups[g].Value.Published; x != nil {
				y, any = x.Value, true
			} else if base := b.publishedBaseline(e, g); v.Baseline && base != nil {
				y, any = base.Value, true
			}
			p.Points = append(p.Points, chart.At(at(i)-float64(g+1)*step, y))
		}
		fig.Series = append(fig.Series, s)
		if any {
			published = append(published, p)
		}
	}
	fig.Series = append(fig.Series, published...)
	return Figure{Chart: fig, Source: b.figureSource()}
}

// publishedBaseline is the published baseline mean of an endpoint, which stands
// in the baseline table under the same id.
func (b *builder) publishedBaseline(e *analysis.EndpointResult, g int) *analysis.Published {
	for _, row := range b.r.Baseline {
		if row.ID == e.ID && g < len(row.Means) {
			return row.Means[g].Published
		}
	}
	return nil
}

func (b *builder) figureSource() string {
	if b.r.Simulated {
		return b.say("Simulated data; published values as cited below.", "Simulerte data; publiserte verdier som angitt nedenfor.")
	}
	return ""
}

// responderFigure shows every responder definition at the main visit; false when
// no answer is known there.
func (b *builder) responderFigure() (Figure, bool) {
	known := false
	fig := chart.Bars{
		Frame: chart.Frame{ID: "responders", Lang: b.lang, Title: b.say("Response and remission at the main visit", "Respons og remisjon ved hovedbesøket"),
			Desc: b.say("Share of those with a known answer, in per cent, with 95% confidence intervals.", "Andel av dem med kjent svar, i prosent, med 95 % konfidensintervall.")},
		GroupLabel: b.say("Outcome", "Utfall"), Y: chart.Axis{Label: b.say("Per cent", "Prosent"), Max: 100}, Values: true,
	}
	ours := make([]chart.BarSeries, len(b.r.Groups))
	published := make([]chart.BarSeries, len(b.r.Groups))
	any := make([]bool, len(b.r.Groups))
	for g := range b.r.Groups {
		ours[g].Name, published[g].Name = b.group(g), b.group(g)+b.say(", published", ", publisert")
	}
	for _, d := range b.r.Responders {
		for _, v := range d.Visits {
			if !v.Main {
				continue
			}
			fig.Groups = append(fig.Groups, d.Text.In(b.lang))
			for g, s := range v.Groups {
				known = known || s.N > 0
				p := point(0, s.Estimate)
				ours[g].Values = append(ours[g].Values, 100*p.Y)
				lo, hi := math.NaN(), math.NaN()
				if s.Lower != nil && s.Upper != nil {
					lo, hi = 100**s.Lower, 100**s.Upper
				}
				ours[g].Lo, ours[g].Hi = append(ours[g].Lo, lo), append(ours[g].Hi, hi)
				y := math.NaN()
				if s.Published != nil {
					y, any[g] = 100*s.Published.Value, true
				}
				published[g].Values = append(published[g].Values, y)
			}
		}
	}
	for g := range ours {
		fig.Series = append(fig.Series, ours[g])
		if any[g] {
			fig.Series = append(fig.Series, published[g])
		}
	}
	return Figure{Chart: fig, Source: b.figureSource()}, known
}

// terms in the figure of adverse events; the table holds all.
const mostTerms = 10

// adverseFigure is a dot plot: one line for each term and group.
func (b *builder) adverseFigure() Figure {
	fig := chart.Forest{
		Frame: chart.Frame{ID: "adverse", Lang: b.lang, Title: b.say("Most frequent adverse events", "Hyppigste uønskede hendelser"),
			Desc: b.say("Share of treated participants with the event at least once, in per cent, with 95% confidence intervals.", "Andel av behandlede deltakere med hendelsen minst én gang, i prosent, med 95 % konfidensintervall.")},
		X: chart.Axis{Label: b.say("Per cent of participants", "Prosent av deltakerne"), Min: 0, Max: 100, Decimals: 1}, Null: 0,
		LabelHead: b.say("Event, group", "Hendelse, gruppe"), EstimateHead: b.say("% (95% CI)", "% (95 % KI)"),
	}
	for i, t := range b.r.Adverse.Terms {
		if i == mostTerms {
			break
		}
		row := func(label string, s analysis.Share) chart.ForestRow {
			r := chart.ForestRow{Label: label, Estimate: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Weight: math.NaN()}
			if s.Value != nil {
				r.Estimate = 100 * *s.Value
			}
			if s.Lower != nil && s.Upper != nil {
				r.Lo, r.Hi = 100**s.Lower, 100**s.Upper
			}
			return r
		}
		fig.Rows = append(fig.Rows, chart.ForestRow{Label: t.Text.In(b.lang), Heading: true})
		for g, c := range t.Groups {
			fig.Rows = append(fig.Rows, row(b.group(g), c.Share))
		}
	}
	return Figure{Chart: fig, Source: b.figureSource()}
}

// vitalFigure shows the mean through the session, bars of one SD, and the
// protocol's limits.
func (b *builder) vitalFigure(v *analysis.VitalResult) Figure {
	fig := chart.Trend{
		Frame: chart.Frame{ID: "vital-" + v.Item, Lang: b.lang, Title: v.Text.In(b.lang) + b.say(" through the session", " gjennom økten"),
			Desc: b.say("Mean of sessions by time since the dose; the bars are one standard deviation, not a confidence interval. At 0 stands what was measured before the dose.", "Gjennomsnitt av økter etter tid siden dosen; strekene er ett standardavvik, ikke et konfidensintervall. Ved 0 står det som er målt før dosen.")},
		X: chart.Axis{Label: b.say("Time since the dose", "Tid siden dosen")}, Y: chart.Axis{Label: unit(v.Unit), Decimals: 1},
	}
	for g := range b.r.Groups {
		s := chart.Series{Name: b.group(g)}
		for _, t := range v.Times {
			c := t.Groups[g]
			x := float64(t.Minutes + 3*g) // apart, so that the bars do not cover each other
			switch {
			case c.Mean == nil:
				s.Points = append(s.Points, chart.At(x, math.NaN()))
			case c.SD == nil:
				s.Points = append(s.Points, chart.At(x, *c.Mean))
			default:
				s.Points = append(s.Points, chart.Between(x, *c.Mean, *c.Mean-*c.SD, *c.Mean+*c.SD))
			}
		}
		fig.Series = append(fig.Series, s)
	}
	if d := b.p.Dosing; d != nil {
		for _, rule := range d.Rules {
			if rule.Metric == v.Item && !rule.FromBaseline {
				fig.Limits = append(fig.Limits, chart.Limit{At: rule.Limit, Label: fmt.Sprintf("%s %s", rule.Compare, b.number(rule.Limit, 1))})
			}
		}
	}
	fig.Limits = distinct(fig.Limits)
	return Figure{Chart: fig, Source: b.figureSource()}
}

// distinct keeps the first limit at each height.
func distinct(list []chart.Limit) []chart.Limit {
	seen := map[float64]bool{}
	var out []chart.Limit
	for _, l := range list {
		if !seen[l.At] {
			seen[l.At] = true
			out = append(out, l)
		}
	}
	return out
}

// unit writes a UCUM unit as people do.
func unit(ucum string) string {
	switch ucum {
	case "mm[Hg]":
		return "mmHg"
	case "Cel":
		return "°C"
	case "/min":
		return "/min"
	}
	return ucum
}
