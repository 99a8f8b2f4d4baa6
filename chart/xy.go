package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Point is one value of a series. Lo and Hi bound an interval around Y; both
// NaN, or both zero while Y is not between them, mean none. Breach marks the
// point with a shape of its own.
type Point struct {
	X, Y   float64
	Lo, Hi float64
	Breach bool
}

// At makes a point without an interval.
func At(x, y float64) Point { return Point{X: x, Y: y, Lo: math.NaN(), Hi: math.NaN()} }

// Between makes a point with an interval.
func Between(x, y, lo, hi float64) Point { return Point{X: x, Y: y, Lo: lo, Hi: hi} }

func (p Point) interval() bool {
	return finite(p.Y) && finite(p.Lo) && finite(p.Hi) && p.Lo <= p.Y && p.Y <= p.Hi && p.Lo < p.Hi
}

// Series is a named run of points in order of X.
type Series struct {
	Name string
	// Key names the series for the page's script, in a live chart.
	Key    string
	Points []Point
	// Band draws intervals as a shaded band instead of bars.
	Band bool
	// Straight joins the points by straight lines in a step chart: a target.
	Straight bool
}

// Limit is a horizontal line at a value.
type Limit struct {
	At    float64
	Label string
}

// Event is a vertical line at a place on the x axis.
type Event struct {
	At    float64
	Label string
}

// xy is the drawing that the line, cumulative and trend charts share.
type xy struct {
	Frame
	x, y    Axis
	series  []Series
	limits  []Limit
	events  []Event
	step    bool
	markers bool
	breach  string
	live    bool
}

func (p xy) svg() string {
	var xs, ys span
	for _, s := range p.series {
		for _, q := range s.Points {
			if finite(q.X) && finite(q.Y) {
				xs.add(q.X)
				ys.add(q.Y)
				if q.interval() {
					ys.add(q.Lo, q.Hi)
				}
			}
		}
	}
	if !xs.any && !(p.live && p.x.ranged() && p.y.ranged()) {
		return p.empty()
	}
	for _, l := range p.limits {
		ys.add(l.At)
	}
	for _, e := range p.events {
		xs.add(e.At)
	}
	xs, ys = p.x.widen(xs), p.y.widen(ys)
	w, h := p.size(340)
	yTicks, ys := p.y.ticks(ys, 5, p.Lang, true)
	gutter := 0.0
	for _, t := range yTicks {
		gutter = math.Max(gutter, textWidth(t.Label))
	}
	left, right := gutter+14, w-12
	c := newCanvas(p.Frame, w, h)
	keys := p.keys(c)
	top := legendHeight(keys, w-4)
	c.legend(keys, 2, 0, w-4)
	if p.y.Label != "" {
		c.text(0, top+12, shorten(p.y.Label, w), "start", "vc-label")
		top += 20
	}
	eventRoom := 0.0
	if len(p.events) > 0 {
		eventRoom = 18
	}
	top += 10 + eventRoom
	bottom := h - 26
	if p.x.Label != "" {
		bottom -= 20
	}
	// Room at both ends keeps markers and interval bars off the axis.
	pad := 14.0
	if p.step {
		pad = 2
	}
	sx := scale{xs.lo, xs.hi, left + pad, right - pad}
	sy := scale{ys.lo, ys.hi, bottom, top}
	p.axes(c, sx, sy, xs, yTicks, left, right)
	p.guides(c, sx, sy, left, right, top)
	for i, s := range p.series {
		c.open(seriesClass(i))
		p.draw(c, i, s, sx, sy)
		c.close()
	}
	if p.live {
		p.room(c, sx, sy)
	}
	return c.done()
}

// room is an empty group into which the page's script draws what the server does not
// have yet. It tells the scales, in values and in the picture's own units, and which
// series are which.
func (p xy) room(c *canvas, sx, sy scale) {
	var keys []string
	for _, s := range p.series {
		keys = append(keys, s.Key)
	}
	fmt.Fprintf(&c.b, `<g class="vc-live" data-keys="%s" data-x="%s %s %s %s" data-y="%s %s %s %s"></g>`, escape(strings.Join(keys, " ")),
		exact(sx.lo), exact(sx.hi), num(sx.from), num(sx.to), exact(sy.lo), exact(sy.hi), num(sy.from), num(sy.to))
}

func exact(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (p xy) keys(c *canvas) []key {
	var keys []key
	breach := false
	for i, s := range p.series {
		for _, q := range s.Points {
			breach = breach || q.Breach
		}
		if s.Name == "" {
			continue
		}
		keys = append(keys, key{s.Name, func(x, y float64) {
			c.open(seriesClass(i))
			c.line(x, y, x+24, y, `stroke="currentColor" stroke-width="2"`+dash(i))
			if p.markers {
				c.marker(i, x+12, y, 4.5)
			}
			c.close()
		}})
	}
	if breach && p.breach != "" {
		keys = append(keys, key{p.breach, func(x, y float64) { c.breachMark(x+12, y) }})
	}
	if len(keys) == 1 && !breach {
		return nil
	}
	return keys
}

func (p xy) axes(c *canvas, sx, sy scale, xs span, yTicks []Tick, left, right float64) {
	c.open("vc-axes")
	for _, t := range yTicks {
		if !finite(t.At) {
			continue
		}
		y := sy.at(t.At)
		c.line(left, y, right, y, `class="vc-grid" stroke="currentColor" stroke-opacity="0.18"`)
		c.text(left-8, y+4.5, t.Label, "end", "")
	}
	c.line(left, sy.from, right, sy.from, `stroke="currentColor" stroke-opacity="0.6"`)
	xTicks, _ := p.x.ticks(xs, int((right-left)/64), p.Lang, false)
	end := math.Inf(-1)
	for _, t := range xTicks {
		if !finite(t.At) {
			continue
		}
		x := sx.at(t.At)
		c.line(x, sy.from, x, sy.from+5, `stroke="currentColor" stroke-opacity="0.6"`)
		half := textWidth(t.Label) / 2
		at := math.Min(math.Max(x, half), c.w-half)
		if at-half < end+6 {
			continue
		}
		c.text(at, sy.from+19, t.Label, "middle", "")
		end = at + half
	}
	if p.x.Label != "" {
		c.text((left+right)/2, sy.from+40, shorten(p.x.Label, right), "middle", "vc-label")
	}
	c.close()
}

func (p xy) guides(c *canvas, sx, sy scale, left, right, top float64) {
	limits := slices.DeleteFunc(slices.Clone(p.limits), func(l Limit) bool { return !finite(l.At) })
	slices.SortStableFunc(limits, func(a, b Limit) int { return cmp.Compare(b.At, a.At) }) // from the top
	above := math.Inf(-1)
	for _, l := range limits {
		y := sy.at(l.At)
		label := y - 5
		if y-above < 16 { // too near to the line above: its words go below it
			label = y + 13
		}
		above = y
		c.open("vc-limit")
		c.line(left, y, right, y, `stroke="currentColor" stroke-width="1.5" stroke-dasharray="8 4"`)
		c.text(right, label, shorten(l.Label, right-left), "end", "")
		c.close()
	}
	end := math.Inf(-1)
	for _, e := range p.events {
		if !finite(e.At) {
			continue
		}
		x := sx.at(e.At)
		c.open("vc-event")
		c.line(x, top-4, x, sy.from, `stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 3"`)
		c.path(fmt.Sprintf("M%s %sl4 -7h-8z", num(x), num(top)), `fill="currentColor"`)
		label := shorten(e.Label, right-left)
		half := textWidth(label) / 2
		at := math.Min(math.Max(x, half), c.w-half)
		if at-half > end+6 {
			c.text(at, top-10, label, "middle", "")
			end = at + half
		}
		c.close()
	}
}

func (p xy) draw(c *canvas, i int, s Series, sx, sy scale) {
	shift := 0.0
	if n := len(p.series); n > 1 && p.markers && !s.Band && hasInterval(s) {
		shift = (float64(i) - float64(n-1)/2) * 6
	}
	at := func(q Point) (float64, float64) { return sx.at(q.X) + shift, sy.at(q.Y) }
	if s.Band {
		for _, run := range runs(s.Points, func(q Point) bool { return finite(q.X) && q.interval() }) {
			c.path(bandPath(run, sx, sy), `fill="currentColor" fill-opacity="0.14" stroke="none"`)
		}
	}
	for _, run := range runs(s.Points, func(q Point) bool { return finite(q.X) && finite(q.Y) }) {
		var d strings.Builder
		for k, q := range run {
			x, y := at(q)
			switch {
			case k == 0:
				fmt.Fprintf(&d, "M%s %s", num(x), num(y))
			case p.step && !s.Straight:
				fmt.Fprintf(&d, "H%sV%s", num(x), num(y))
			default:
				fmt.Fprintf(&d, "L%s %s", num(x), num(y))
			}
		}
		c.path(d.String(), `fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"`+dash(i))
	}
	for _, q := range s.Points {
		if !finite(q.X) || !finite(q.Y) {
			continue
		}
		x, y := at(q)
		if !s.Band && q.interval() {
			c.errorBar(x, sy.at(q.Lo), sy.at(q.Hi))
		}
		if p.markers {
			c.marker(i, x, y, 4.5)
		}
		if q.Breach {
			c.breachMark(x, y)
		}
	}
}

// breachMark is a bold open diamond with a bar above it: it differs from every
// series marker in shape and size, not only in colour.
func (c *canvas) breachMark(x, y float64) {
	c.open("vc-mark")
	c.path(diamond(x, y, 10, 10), `fill="none" stroke="currentColor" stroke-width="2.5"`)
	c.line(x, y-20, x, y-13, `stroke="currentColor" stroke-width="2.5"`)
	c.close()
}

func (c *canvas) errorBar(x, lo, hi float64) {
	c.path(fmt.Sprintf("M%s %sV%sM%s %sh8M%s %sh8", num(x), num(lo), num(hi), num(x-4), num(lo), num(x-4), num(hi)),
		`fill="none" stroke="currentColor" stroke-width="1.5"`)
}

func bandPath(run []Point, sx, sy scale) string {
	var d strings.Builder
	for i, q := range run {
		op := "L"
		if i == 0 {
			op = "M"
		}
		fmt.Fprintf(&d, "%s%s %s", op, num(sx.at(q.X)), num(sy.at(q.Hi)))
	}
	for i := len(run) - 1; i >= 0; i-- {
		fmt.Fprintf(&d, "L%s %s", num(sx.at(run[i].X)), num(sy.at(run[i].Lo)))
	}
	d.WriteString("Z")
	return d.String()
}

func hasInterval(s Series) bool {
	for _, q := range s.Points {
		if q.interval() {
			return true
		}
	}
	return false
}

// runs splits points into unbroken stretches that are good.
func runs(points []Point, good func(Point) bool) [][]Point {
	var out [][]Point
	var run []Point
	for _, q := range points {
		if good(q) {
			run = append(run, q)
			continue
		}
		if len(run) > 0 {
			out, run = append(out, run), nil
		}
	}
	if len(run) > 0 {
		out = append(out, run)
	}
	return out
}
