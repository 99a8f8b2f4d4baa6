package chart

import (
	"fmt"
	"math"

	"varde/chart/numeral"
)

// Forest is a forest plot: one row for each estimate with its interval, pooled
// rows drawn as diamonds, and prediction intervals as bars.
type Forest struct {
	Frame
	// X is the axis of the estimates.
	X Axis
	// Log puts the axis on a logarithmic scale, for ratios. Estimates and
	// intervals that are not above zero are then gaps.
	Log bool
	// Null is where a vertical line marks "no difference".
	Null float64
	Rows []ForestRow
	// Heads of the columns: row label, estimate with interval, weight.
	LabelHead, EstimateHead, WeightHead string
	// Below and Above say what values on either side of Null mean.
	Below, Above string
	// Joined draws a line through the estimates of rows that are neither pooled
	// nor predictions: for a cumulative forest plot, where each row holds all
	// studies up to it.
	Joined bool
}

// ForestRow is one line of a forest plot.
type ForestRow struct {
	Label            string
	Estimate, Lo, Hi float64
	// Weight in per cent, 0 to 100; NaN or 0 when it has none.
	Weight float64
	// Pooled rows are drawn as diamonds.
	Pooled bool
	// Prediction rows are the interval for one further study: a bar without an
	// estimate.
	Prediction bool
	// Heading rows carry only their label.
	Heading bool
}

func (f Forest) resized(width float64, suffix string) Chart {
	f.Frame = f.with(width, suffix)
	return f
}

func (f Forest) x(v float64) float64 {
	if !f.Log {
		return v
	}
	if v <= 0 {
		return math.NaN()
	}
	return math.Log(v)
}

func (f Forest) point(r ForestRow) Point {
	if r.Heading {
		return At(math.NaN(), math.NaN())
	}
	if r.Prediction {
		lo, hi := f.x(r.Lo), f.x(r.Hi)
		return Between(0, (lo+hi)/2, lo, hi)
	}
	return Between(0, f.x(r.Estimate), f.x(r.Lo), f.x(r.Hi))
}

// SVG implements Chart.
func (f Forest) SVG() string {
	var xs span
	for _, r := range f.Rows {
		if p := f.point(r); finite(p.Y) {
			xs.add(p.Y)
			if p.interval() {
				xs.add(p.Lo, p.Hi)
			}
		}
	}
	if !xs.any {
		return f.empty()
	}
	xs.add(f.x(f.Null))
	w, _ := f.size(0)
	narrow := w < 520
	rowHeight, first := 30.0, 34.0
	if narrow {
		// Labels stand above their row, since beside it there is no room.
		rowHeight = 50
	}
	ticks, xs := f.ticks(xs, narrow)
	bottom := first + rowHeight*float64(len(f.Rows)) + 6
	h := bottom + 28
	if f.Below != "" || f.Above != "" {
		h += 22
	}
	if f.X.Label != "" {
		h += 20
	}
	c := newCanvas(f.Frame, w, h)
	left, right := w*0.26, w-212.0
	if narrow {
		left, right = 8, w-8
	}
	sx := scale{xs.lo, xs.hi, left + 10, right - 10}
	f.heads(c, w, narrow)
	f.axis(c, sx, ticks, left, right, first, bottom, rowHeight, narrow)
	if f.Joined {
		f.join(c, sx, first, rowHeight, narrow)
	}
	for i, r := range f.Rows {
		top := first + rowHeight*float64(i)
		f.row(c, sx, r, top, rowHeight, w, left, narrow)
	}
	return c.done()
}

func (f Forest) ticks(xs span, narrow bool) ([]Tick, span) {
	n := 5
	if narrow {
		n = 4
	}
	if !f.Log || len(f.X.Ticks) > 0 {
		ticks := f.X.Ticks
		if len(ticks) == 0 {
			xs = f.X.widen(xs)
			return f.X.ticks(xs, n, f.Lang, true)
		}
		out := make([]Tick, 0, len(ticks))
		for _, t := range ticks {
			t.At = f.x(t.At)
			xs.add(t.At)
			out = append(out, t)
		}
		return out, xs
	}
	pad := math.Max((xs.hi-xs.lo)*0.05, 0.05)
	xs.lo, xs.hi = xs.lo-pad, xs.hi+pad
	var out []Tick
	steps := []float64{1, 2, 5}
	if xs.hi-xs.lo > 7 {
		steps = []float64{1}
	}
	for e := math.Floor(xs.lo / math.Ln10); e <= math.Ceil(xs.hi/math.Ln10) && len(out) < 40; e++ {
		for _, m := range steps {
			v := m * math.Pow(10, e)
			if at := math.Log(v); at >= xs.lo && at <= xs.hi {
				out = append(out, Tick{at, numeral.Short(f.Lang, v, 6)})
			}
		}
	}
	return out, xs
}

func (f Forest) heads(c *canvas, w float64, narrow bool) {
	if narrow {
		c.text(0, 16, shorten(f.LabelHead, w*0.35), "start", "vc-label")
		c.text(w, 16, shorten(f.EstimateHead, w*0.62), "end", "vc-label")
	} else {
		c.text(0, 16, shorten(f.LabelHead, w*0.26), "start", "vc-label")
		c.text(w-66, 16, shorten(f.EstimateHead, w*0.4), "end", "vc-label")
		c.text(w, 16, shorten(f.WeightHead, 54), "end", "vc-label")
	}
	c.line(0, 24, w, 24, `stroke="currentColor" stroke-opacity="0.5"`)
}

func (f Forest) axis(c *canvas, sx scale, ticks []Tick, left, right, first, bottom, rowHeight float64, narrow bool) {
	c.open("vc-axes")
	if null := f.x(f.Null); finite(null) {
		// On a narrow picture the line would run through the texts of the rows.
		for i := range f.Rows {
			top, end := first-6, bottom
			if narrow {
				top = first + rowHeight*float64(i) + 24
				end = top + 22
			}
			if narrow || i == 0 {
				c.line(sx.at(null), top, sx.at(null), end, `class="vc-null" stroke="currentColor" stroke-opacity="0.6"`)
			}
		}
	}
	c.line(left, bottom, right, bottom, `stroke="currentColor" stroke-opacity="0.6"`)
	end := math.Inf(-1)
	for _, t := range ticks {
		if !finite(t.At) {
			continue
		}
		x := sx.at(t.At)
		c.line(x, bottom, x, bottom+5, `stroke="currentColor" stroke-opacity="0.6"`)
		half := textWidth(t.Label) / 2
		if x-half > end+4 {
			c.text(x, bottom+19, t.Label, "middle", "")
			end = x + half
		}
	}
	y := bottom + 41
	if f.Below != "" || f.Above != "" {
		half := (right-left)/2 - 6
		if f.Below != "" {
			c.text(left, y, "← "+shorten(f.Below, half-18), "start", "")
		}
		if f.Above != "" {
			c.text(right, y, shorten(f.Above, half-18)+" →", "end", "")
		}
		y += 20
	}
	if f.X.Label != "" {
		c.text((left+right)/2, y, shorten(f.X.Label, c.w), "middle", "vc-label")
	}
	c.close()
}

func (f Forest) row(c *canvas, sx scale, r ForestRow, top, height, w, left float64, narrow bool) {
	class := "vc-row"
	if r.Pooled {
		class = "vc-row vc-pooled"
	}
	weight := ""
	if r.Heading || r.Pooled && !r.Prediction {
		weight = "vc-strong"
	}
	c.open(class)
	defer c.close()
	if r.Pooled {
		c.line(0, top-1, w, top-1, `stroke="currentColor" stroke-opacity="0.25"`)
	}
	base, mid := top+height/2+4.5, top+height/2
	if narrow {
		base, mid = top+18, top+34
	}
	room := left - 12
	estimate := f.estimate(r)
	if narrow {
		room = w - textWidth(estimate) - 12
	}
	if r.Heading {
		room = w
	}
	c.text(0, base, shorten(r.Label, room), "start", weight)
	if r.Heading {
		return
	}
	if narrow {
		c.text(w, base, estimate, "end", weight)
	} else {
		c.text(w-66, base, estimate, "end", weight)
		c.text(w, base, f.weight(r), "end", weight)
	}
	p := f.point(r)
	if !finite(p.Y) {
		return
	}
	c.open("vc-s0")
	defer c.close()
	x := sx.at(p.Y)
	if r.Prediction {
		predictionBar(c, sx, p, mid)
		return
	}
	if r.Pooled && p.interval() {
		lo, hi := sx.at(p.Lo), sx.at(p.Hi)
		c.path(fmt.Sprintf("M%s %sL%s %sL%s %sL%s %sZ", num(lo), num(mid), num(x), num(mid-8), num(hi), num(mid), num(x), num(mid+8)), `fill="currentColor"`)
		return
	}
	if p.interval() {
		lo, hi := sx.at(p.Lo), sx.at(p.Hi)
		c.path(fmt.Sprintf("M%s %sH%sM%s %sv8M%s %sv8", num(lo), num(mid), num(hi), num(lo), num(mid-4), num(hi), num(mid-4)), `fill="none" stroke="currentColor" stroke-width="2"`)
	}
	side := 9.0
	if finite(r.Weight) && r.Weight > 0 {
		// The area of the square follows the weight.
		side = 6 + 12*math.Sqrt(math.Min(r.Weight, 100)/100)
	}
	c.rect(x-side/2, mid-side/2, side, side, `fill="currentColor"`)
}
