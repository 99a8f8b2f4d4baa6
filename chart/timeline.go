package chart

import (
	"fmt"
	"math"
	"strings"

	"varde/chart/numeral"
)

// Timeline shows when things are due: one row each, with a bar from the first day to
// the last on which it may be done and a mark on the day that is aimed at. Kinds
// differ by shape as well as by colour.
type Timeline struct {
	Frame
	X      Axis
	Groups []TimelineGroup
	// Kinds are named in the legend; a row's Kind is its place here.
	Kinds []string
	// Heads of the table's columns: what it is, first day, aim, last day, note.
	Heads [5]string
}

// TimelineGroup is a heading with the rows under it.
type TimelineGroup struct {
	Name string
	Rows []TimelineRow
}

// TimelineRow is one thing that is due. From and To hold At; Dashed marks what not
// everybody has. NaN in At leaves the row without a mark, and Instead is said there.
type TimelineRow struct {
	Name, Note   string
	Instead      string
	From, At, To float64
	Kind         int
	Dashed       bool
}

const (
	timelineRow  = 22.0
	timelineHead = 28.0
	// timelineMost rows are drawn; the table holds all of them.
	timelineMost = 120
)

func (t Timeline) resized(width float64, suffix string) Chart {
	t.Frame = t.with(width, suffix)
	return t
}

// SVG implements Chart.
func (t Timeline) SVG() string {
	groups := t.drawn()
	var xs span
	high, label := 0.0, 0.0
	for _, g := range groups {
		high += timelineHead
		for _, r := range g.Rows {
			high += timelineRow
			label = math.Max(label, textWidth(r.Name))
			if finite(r.At) {
				xs.add(r.At)
			}
			if finite(r.From) && finite(r.To) {
				xs.add(r.From, r.To)
			}
		}
	}
	if !xs.any {
		return t.empty()
	}
	w, _ := t.size(0)
	xs = t.X.widen(xs)
	ticks, xs := t.X.ticks(xs, int(math.Max(w/80, 3)), t.Lang, true)
	c := newCanvas(t.Frame, w, t.height(w, high))
	keys := t.keys(c)
	top := legendHeight(keys, w-4)
	c.legend(keys, 2, 0, w-4)
	left, right := math.Min(label+12, w*0.46), w-12
	sx := scale{xs.lo, xs.hi, left, right}
	bottom := top + high + 6
	c.open("vc-axes")
	for _, k := range ticks {
		x := sx.at(k.At)
		c.line(x, top, x, bottom, `class="vc-grid" stroke="currentColor" stroke-opacity="0.18"`)
		c.text(x, bottom+17, k.Label, "middle", "")
	}
	c.close()
	c.text((left+right)/2, bottom+36, shorten(t.X.Label, w-8), "middle", "vc-label")
	t.rows(c, sx, groups, top, left)
	return c.done()
}

func (t Timeline) height(w, rows float64) float64 {
	return legendHeight(t.keys(&canvas{}), w-4) + rows + 48
}

func (t Timeline) drawn() []TimelineGroup {
	var out []TimelineGroup
	room := timelineMost
	for _, g := range t.Groups {
		if len(g.Rows) == 0 || room == 0 {
			continue
		}
		g.Rows = g.Rows[:min(len(g.Rows), room)]
		room -= len(g.Rows)
		out = append(out, g)
	}
	return out
}

func (t Timeline) rows(c *canvas, sx scale, groups []TimelineGroup, top, left float64) {
	y := top
	for _, g := range groups {
		y += timelineHead
		c.text(0, y-9, shorten(g.Name, c.w-8), "start", "vc-strong")
		for _, r := range g.Rows {
			c.text(0, y+timelineRow/2+4.5, shorten(r.Name, left-8), "start", "")
			t.bar(c, sx, r, y+timelineRow/2)
			if !finite(r.At) && r.Instead != "" {
				c.text(left+6, y+timelineRow/2+4.5, shorten(r.Instead, c.w-left-18), "start", "")
			}
			y += timelineRow
		}
	}
}

func (t Timeline) bar(c *canvas, sx scale, r TimelineRow, y float64) {
	kind := max(r.Kind, 0)
	c.open(seriesClass(kind))
	if finite(r.From) && finite(r.To) {
		dashed := ""
		if r.Dashed {
			dashed = ` stroke-dasharray="3 3"`
		}
		from := sx.at(r.From)
		c.rect(from, y-5, math.Max(sx.at(r.To)-from, 3), 10, fmt.Sprintf(`rx="3" fill="currentColor" fill-opacity="0.24" stroke="currentColor"%s`, dashed))
	}
	if finite(r.At) {
		c.marker(kind, sx.at(r.At), y, 4)
	}
	c.close()
}

func (t Timeline) keys(c *canvas) []key {
	var keys []key
	for i, name := range t.Kinds {
		keys = append(keys, key{name, func(x, y float64) {
			c.open(seriesClass(i))
			c.marker(i, x+12, y, 5)
			c.close()
		}})
	}
	return keys
}

// Table implements Chart.
func (t Timeline) Table() Table {
	out := Table{Caption: t.Title, Head: t.Heads[:]}
	day := func(v float64) string {
		if !finite(v) {
			return "–"
		}
		return numeral.Format(t.Lang, v, 0)
	}
	for _, g := range t.Groups {
		for _, r := range g.Rows {
			note := r.Note
			if !finite(r.At) && r.Instead != "" {
				note = strings.TrimSuffix(r.Instead+"; "+note, "; ")
			}
			out.Rows = append(out.Rows, []string{r.Name, day(r.From), day(r.At), day(r.To), note})
		}
	}
	return out
}
