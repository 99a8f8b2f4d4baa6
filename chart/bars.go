package chart

import (
	"fmt"
	"math"

	"varde/chart/numeral"
)

// Bars is a grouped bar chart: one bar for each series in each group. Bars
// always start at zero. Series differ by hatch as well as by colour.
type Bars struct {
	Frame
	// GroupLabel names the groups in the table.
	GroupLabel string
	Groups     []string
	Y          Axis
	Series     []BarSeries
	// Values writes each value above its bar.
	Values bool
}

// BarSeries holds one value for each group; NaN or a missing place is a gap.
// Lo and Hi, when long enough, draw an interval on the bar.
type BarSeries struct {
	Name   string
	Values []float64
	Lo, Hi []float64
}

func (s BarSeries) point(i int) Point {
	get := func(v []float64) float64 {
		if i < len(v) {
			return v[i]
		}
		return math.NaN()
	}
	return Between(float64(i), get(s.Values), get(s.Lo), get(s.Hi))
}

func (b Bars) resized(width float64, suffix string) Chart {
	b.Frame = b.with(width, suffix)
	return b
}

// SVG implements Chart.
func (b Bars) SVG() string {
	var ys span
	for _, s := range b.Series {
		for i := range b.Groups {
			if p := s.point(i); finite(p.Y) {
				ys.add(p.Y)
				if p.interval() {
					ys.add(p.Lo, p.Hi)
				}
			}
		}
	}
	if !ys.any {
		return b.empty()
	}
	axis := b.Y
	axis.Zero = true
	ys = axis.widen(ys)
	w, h := b.size(320)
	ticks, ys := axis.ticks(ys, 5, b.Lang, true)
	gutter := 0.0
	for _, t := range ticks {
		gutter = math.Max(gutter, textWidth(t.Label))
	}
	left, right := gutter+14, w-4
	c := newCanvas(b.Frame, w, h)
	b.hatches(c)
	keys := b.keys(c)
	top := legendHeight(keys, w-4)
	c.legend(keys, 2, 0, w-4)
	if b.Y.Label != "" {
		c.text(0, top+12, shorten(b.Y.Label, w), "start", "vc-label")
		top += 20
	}
	top += 16
	slot := (right - left) / float64(len(b.Groups))
	labels := make([][]string, len(b.Groups))
	lines := 1
	for i, g := range b.Groups {
		labels[i] = wrap(g, slot-6)
		if len(labels[i]) > 4 {
			labels[i] = append(labels[i][:3], "…")
		}
		lines = max(lines, len(labels[i]))
	}
	bottom := h - 10 - 17*float64(lines)
	sy := scale{ys.lo, ys.hi, bottom, math.Min(top, bottom-40)}
	c.open("vc-axes")
	for _, t := range ticks {
		y := sy.at(t.At)
		c.line(left, y, right, y, `class="vc-grid" stroke="currentColor" stroke-opacity="0.18"`)
		c.text(left-8, y+4.5, t.Label, "end", "")
	}
	for i, lines := range labels {
		for k, line := range lines {
			c.text(left+slot*(float64(i)+0.5), bottom+20+17*float64(k), line, "middle", "")
		}
	}
	c.close()
	b.draw(c, sy, left, slot)
	c.line(left, sy.at(0), right, sy.at(0), `stroke="currentColor" stroke-opacity="0.7"`)
	return c.done()
}

func (b Bars) draw(c *canvas, sy scale, left, slot float64) {
	n := float64(max(len(b.Series), 1))
	width := math.Min(slot*0.8/n, 56)
	digits := b.digits()
	for i, s := range b.Series {
		c.open(seriesClass(i))
		for g := range b.Groups {
			p := s.point(g)
			if !finite(p.Y) {
				continue
			}
			x := left + slot*(float64(g)+0.5) + (float64(i)-n/2)*width
			zero, y := sy.at(0), sy.at(p.Y)
			box := [4]float64{x + 1.5, math.Min(zero, y), width - 3, math.Abs(zero - y)}
			c.rect(box[0], box[1], box[2], box[3], `fill="currentColor" fill-opacity="0.28" stroke="currentColor" stroke-width="1.5"`)
			if i%4 != 0 {
				c.rect(box[0], box[1], box[2], box[3], fmt.Sprintf(`fill="url(#%s-h%d)" stroke="none"`, c.id, i%4))
			}
			edge := math.Min(zero, y)
			if p.interval() {
				c.errorBar(x+width/2, sy.at(p.Lo), sy.at(p.Hi))
				edge = math.Min(edge, sy.at(p.Hi))
			}
			if label := numeral.Format(b.Lang, p.Y, digits); b.Values && textWidth(label) <= width+14 {
				c.text(x+width/2, edge-5, label, "middle", "vc-value")
			}
		}
		c.close()
	}
}

// hatches defines the fill patterns by series.
func (b Bars) hatches(c *canvas) {
	if len(b.Series) < 2 {
		return
	}
	paths := []string{"", "M0 8L8 0", "M0 4H8", "M4 0V8M0 4H8"}
	c.b.WriteString("<defs>")
	for i := 1; i < len(paths) && i < len(b.Series); i++ {
		fmt.Fprintf(&c.b, `<pattern id="%s-h%d" class="%s" width="8" height="8" patternUnits="userSpaceOnUse"><path d="%s" stroke="currentColor" stroke-width="1.6" fill="none"/></pattern>`,
			c.id, i, seriesClass(i), paths[i])
	}
	c.b.WriteString("</defs>")
}

func (b Bars) keys(c *canvas) []key {
	if len(b.Series) < 2 {
		return nil
	}
	var keys []key
	for i, s := range b.Series {
		keys = append(keys, key{s.Name, func(x, y float64) {
			c.open(seriesClass(i))
			c.rect(x, y-7, 24, 14, `fill="currentColor" fill-opacity="0.28" stroke="currentColor" stroke-width="1.5"`)
			if i%4 != 0 {
				c.rect(x, y-7, 24, 14, fmt.Sprintf(`fill="url(#%s-h%d)" stroke="none"`, c.id, i%4))
			}
			c.close()
		}})
	}
	return keys
}

func (b Bars) digits() int {
	var all []float64
	for _, s := range b.Series {
		all = append(append(append(all, s.Values...), s.Lo...), s.Hi...)
	}
	return b.Y.decimals(all...)
}

// Table implements Chart.
func (b Bars) Table() Table {
	t := Table{Caption: b.Title, Head: []string{b.GroupLabel}}
	for _, s := range b.Series {
		t.Head = append(t.Head, s.Name)
	}
	digits := b.digits()
	for g, name := range b.Groups {
		row := []string{name}
		for _, s := range b.Series {
			p := s.point(g)
			cell := numeral.Format(b.Lang, p.Y, digits)
			if p.interval() {
				cell += " (" + numeral.Range(b.Lang, p.Lo, p.Hi, digits) + ")"
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
