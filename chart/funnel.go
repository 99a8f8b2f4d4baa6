package chart

import (
	"fmt"
	"math"

	"varde/chart/numeral"
)

// Funnel is a funnel plot: estimates against their standard errors, the most
// certain on top, with the region in which a share of the studies would lie if
// they all had the same true effect.
type Funnel struct {
	Frame
	// X is the axis of the estimates; on a Log axis they are ratios, and the
	// standard errors those of their logarithms.
	X   Axis
	Log bool
	// Centre is the pooled estimate that the region stands on.
	Centre float64
	Points []FunnelPoint
	// Regions are given by their width in standard errors, such as 1.96.
	Regions []FunnelRegion
	// SEHead names the upright axis; LabelHead and EstimateHead the columns of
	// the table; FoundName and FilledName the marks.
	SEHead, LabelHead, EstimateHead string
	FoundName, FilledName           string
}

// FunnelPoint is one study; Filled ones were mirrored in and not found.
type FunnelPoint struct {
	Label        string
	Estimate, SE float64
	Filled       bool
}

// FunnelRegion is the triangle Centre +/- Z standard errors.
type FunnelRegion struct {
	Z    float64
	Name string
}

func (f Funnel) resized(width float64, suffix string) Chart {
	f.Frame = f.with(width, suffix)
	return f
}

func (f Funnel) x(v float64) float64 { return Forest{Log: f.Log}.x(v) }

// shown says whether a point has a place: a finite estimate, an error above zero.
func (f Funnel) shown(p FunnelPoint) bool {
	return finite(f.x(p.Estimate)) && finite(p.SE) && p.SE > 0
}

// draws says whether a region of half width reach fits a picture: on a
// logarithmic axis one beyond e^40 has no ticks that anybody could read.
func (f Funnel) draws(reach float64) bool {
	return finite(reach) && reach > 0 && !(f.Log && reach > 40)
}

// SVG implements Chart.
func (f Funnel) SVG() string {
	var xs, ys span
	filled := false
	for _, p := range f.Points {
		if f.shown(p) {
			xs.add(f.x(p.Estimate))
			ys.add(p.SE)
			filled = filled || p.Filled
		}
	}
	if !xs.any {
		return f.empty()
	}
	ys.add(0)
	w, h := f.size(360)
	n := 5
	if w < 520 {
		n = 4
	}
	down, ys := Axis{}.ticks(ys, n, f.Lang, true)
	centre := f.x(f.Centre)
	if finite(centre) {
		for _, r := range f.Regions {
			if reach := r.Z * ys.hi; f.draws(reach) {
				xs.add(centre-reach, centre+reach)
			}
		}
	}
	keys := f.keys(nil, filled)
	legend := legendHeight(keys, w-8)
	left, right, top, bottom := 58.0, w-10, legend+24, h-48
	ticks, xs := Forest{Log: f.Log, X: f.X, Frame: f.Frame}.ticks(xs, w < 520)
	sx, sy := scale{xs.lo, xs.hi, left, right}, scale{ys.lo, ys.hi, top, bottom}
	c := newCanvas(f.Frame, w, h)
	c.legend(f.keys(c, filled), 0, 0, w-8)
	f.regions(c, sx, sy, centre, ys.hi)
	f.axes(c, sx, sy, ticks, down)
	for _, p := range f.Points {
		if f.shown(p) {
			f.mark(c, sx.at(f.x(p.Estimate)), sy.at(p.SE), p.Filled)
		}
	}
	return c.done()
}

// mark is a full circle for a study that was found, an open triangle for a filled one.
func (f Funnel) mark(c *canvas, x, y float64, filled bool) {
	if filled {
		c.open("vc-s1")
		c.path(fmt.Sprintf("M%s %sL%s %sL%s %sZ", num(x), num(y-6), num(x+5.5), num(y+4.5), num(x-5.5), num(y+4.5)), `fill="none" stroke="currentColor" stroke-width="2"`)
	} else {
		c.open("vc-s0")
		c.marker(0, x, y, 4.5)
	}
	c.close()
}

// regions are drawn from the widest to the narrowest, each over the last.
func (f Funnel) regions(c *canvas, sx, sy scale, centre, deepest float64) {
	if !finite(centre) {
		return
	}
	c.open("vc-s7")
	defer c.close()
	for i, r := range f.Regions {
		reach := r.Z * deepest
		if !f.draws(reach) {
			continue
		}
		c.path(fmt.Sprintf("M%s %sL%s %sL%s %sZ", num(sx.at(centre)), num(sy.at(0)), num(sx.at(centre+reach)), num(sy.at(deepest)), num(sx.at(centre-reach)), num(sy.at(deepest))),
			`class="vc-region" fill="currentColor" fill-opacity="0.12" stroke="currentColor" stroke-opacity="0.7"`+dash(i+1))
	}
	c.line(sx.at(centre), sy.at(0), sx.at(centre), sy.at(deepest), `class="vc-null" stroke="currentColor" stroke-opacity="0.9"`)
}

func (f Funnel) axes(c *canvas, sx, sy scale, ticks, down []Tick) {
	c.open("vc-axes")
	defer c.close()
	c.line(sx.from, sy.to, sx.to, sy.to, `stroke="currentColor" stroke-opacity="0.6"`)
	c.line(sx.from, sy.from, sx.from, sy.to, `stroke="currentColor" stroke-opacity="0.6"`)
	end := math.Inf(-1)
	for _, t := range ticks {
		if !finite(t.At) {
			continue
		}
		x := sx.at(t.At)
		c.line(x, sy.to, x, sy.to+5, `stroke="currentColor" stroke-opacity="0.6"`)
		if half := textWidth(t.Label) / 2; x-half > end+4 {
			c.text(x, sy.to+19, t.Label, "middle", "")
			end = x + half
		}
	}
	for _, t := range down {
		y := sy.at(t.At)
		c.line(sx.from-5, y, sx.from, y, `stroke="currentColor" stroke-opacity="0.6"`)
		c.text(sx.from-8, y+4.5, t.Label, "end", "")
	}
	c.text(0, sy.from-12, shorten(f.SEHead, c.w), "start", "vc-label")
	if f.X.Label != "" {
		c.text((sx.from+sx.to)/2, sy.to+41, shorten(f.X.Label, c.w), "middle", "vc-label")
	}
}

func (f Funnel) keys(c *canvas, filled bool) []key {
	var out []key
	if f.FoundName != "" {
		out = append(out, key{f.FoundName, func(x, y float64) { f.mark(c, x+12, y, false) }})
	}
	if filled && f.FilledName != "" {
		out = append(out, key{f.FilledName, func(x, y float64) { f.mark(c, x+12, y, true) }})
	}
	for i, r := range f.Regions {
		if r.Name == "" {
			continue
		}
		out = append(out, key{r.Name, func(x, y float64) {
			c.open("vc-s7")
			c.rect(x, y-6, 24, 12, `fill="currentColor" fill-opacity="0.12" stroke="currentColor" stroke-opacity="0.7"`+dash(i+1))
			c.close()
		}})
	}
	return out
}

// Table implements Chart.
func (f Funnel) Table() Table {
	t := Table{Caption: f.Title, Head: []string{f.LabelHead, f.EstimateHead, f.SEHead}}
	digits := Forest{X: f.X}.digits()
	for _, p := range f.Points {
		label := p.Label
		if p.Filled && f.FilledName != "" {
			label += " (" + f.FilledName + ")"
		}
		t.Rows = append(t.Rows, []string{label, numeral.Format(f.Lang, p.Estimate, digits), numeral.Format(f.Lang, p.SE, digits)})
	}
	return t
}
