package chart

import (
	"fmt"
	"math"
	"strings"
)

// Flow is a flow diagram of people or things through stages: a trunk from top
// to bottom, with boxes for those who leave it to the side, that may divide
// into parallel branches.
type Flow struct {
	Frame
	Trunk []Stage
	// Branches run side by side below the trunk. Stage i of every branch stands
	// on the same level.
	Branches []Branch
	// StageHead and BoxHead name the columns of the table.
	StageHead, BoxHead string
}

// Stage is a level of the trunk.
type Stage struct {
	Box
	// Aside holds those who leave before the next stage.
	Aside *Box
}

// Branch is one of the parallel parts.
type Branch struct {
	Name  string
	Boxes []Box
}

// Box is a frame with a heading and lines below it.
type Box struct {
	Title string
	Lines []string
}

const (
	flowLine = 18.0
	flowPad  = 10.0
	flowGap  = 28.0
	// flowBetween is the room between branches.
	flowBetween = 16.0
)

func (f Flow) resized(width float64, suffix string) Chart {
	f.Frame = f.with(width, suffix)
	return f
}

// laid is a box with its text broken into lines.
type laid struct {
	title, lines []string
	width        float64
}

func layBox(b Box, width float64) laid {
	l := laid{width: width}
	// Headings are bold, so they need some more room than the estimate.
	l.title = wrap(b.Title, (width-2*flowPad)*0.84)
	for _, line := range b.Lines {
		broken := wrap(line, width-2*flowPad-10)
		for i := range broken {
			if i > 0 {
				broken[i] = "\u2002" + broken[i]
			}
		}
		l.lines = append(l.lines, broken...)
	}
	return l
}

func (l laid) height() float64 {
	return float64(len(l.title)+len(l.lines))*flowLine + 2*flowPad
}

func (c *canvas) box(l laid, x, y, height float64) {
	c.rect(x+0.75, y+0.75, l.width-1.5, height-1.5, `class="vc-box" fill="none" stroke="currentColor" stroke-opacity="0.65" stroke-width="1.5" rx="6"`)
	at := y + flowPad + 13
	for _, s := range l.title {
		c.text(x+flowPad, at, s, "start", "vc-strong")
		at += flowLine
	}
	for _, s := range l.lines {
		c.text(x+flowPad, at, s, "start", "")
		at += flowLine
	}
}

// arrow draws a path and a head that points down or to the right at its end.
func (c *canvas) arrow(d string, x, y float64, right bool) {
	c.path(d, `fill="none" stroke="currentColor" stroke-opacity="0.65" stroke-width="1.5"`)
	head := fmt.Sprintf("M%s %sl-5 -8h10z", num(x), num(y))
	if right {
		head = fmt.Sprintf("M%s %sl-8 -5v10z", num(x), num(y))
	}
	c.path(head, `fill="currentColor" fill-opacity="0.65"`)
}

// SVG implements Chart.
func (f Flow) SVG() string {
	if len(f.Trunk) == 0 && len(f.Branches) == 0 {
		return f.empty()
	}
	w, _ := f.size(0)
	// The trunk is as wide as one of two branches, so that their arrows align.
	main, aside := (w-flowBetween)/2, w*0.42
	if len(f.Branches) == 0 && !f.hasAside() {
		main = w
	}
	trunkX := 0.0
	if !f.hasAside() {
		trunkX = (w - main) / 2
	}
	// Drawn first into a tall canvas: the height is known when all is laid.
	c := newCanvas(Frame{ID: f.ID}, w, 0)
	c.b.Reset()
	y, exit := 0.0, math.NaN()
	for i, s := range f.Trunk {
		box := layBox(s.Box, main)
		x := trunkX + main/2
		if i > 0 {
			c.arrow(fmt.Sprintf("M%s %sV%s", num(x), num(exit), num(y-2)), x, y, false)
		}
		c.box(box, trunkX, y, box.height())
		exit = y + box.height()
		y = exit + flowGap
		if s.Aside != nil {
			side := layBox(*s.Aside, aside)
			top := exit + flowGap/2
			mid := top + side.height()/2
			c.box(side, w-aside, top, side.height())
			c.arrow(fmt.Sprintf("M%s %sH%s", num(x), num(mid), num(w-aside-2)), w-aside, mid, true)
			y = top + side.height() + flowGap/2
		}
	}
	bottom := f.branches(c, w, trunkX+main/2, exit, y)
	body := c.b.String()
	out := newCanvas(f.Frame, w, math.Ceil(bottom)+2)
	out.b.WriteString(body)
	return out.done()
}

func (f Flow) hasAside() bool {
	for _, s := range f.Trunk {
		if s.Aside != nil {
			return true
		}
	}
	return false
}

// branches draws the parallel part and gives the bottom of the whole.
func (f Flow) branches(c *canvas, w, stem, exit, y float64) float64 {
	n := len(f.Branches)
	if n == 0 {
		return y - flowGap
	}
	gap := flowBetween
	width := (w - gap*float64(n-1)) / float64(n)
	levels := 0
	for _, b := range f.Branches {
		levels = max(levels, len(b.Boxes))
	}
	if finite(exit) {
		bar := y - flowGap/2 + 2
		first, last := width/2, w-width/2
		c.path(fmt.Sprintf("M%s %sV%sM%s %sH%s", num(stem), num(exit), num(bar), num(math.Min(first, stem)), num(bar), num(math.Max(last, stem))),
			`fill="none" stroke="currentColor" stroke-opacity="0.65" stroke-width="1.5"`)
		y = bar + 18
		for i := range f.Branches {
			x := (width+gap)*float64(i) + width/2
			c.arrow(fmt.Sprintf("M%s %sV%s", num(x), num(bar), num(y-2)), x, y, false)
		}
	}
	for level := range levels {
		height := 0.0
		for _, b := range f.Branches {
			if level < len(b.Boxes) {
				height = math.Max(height, layBox(b.Boxes[level], width).height())
			}
		}
		for i, b := range f.Branches {
			if level >= len(b.Boxes) {
				continue
			}
			x := (width + gap) * float64(i)
			c.open(seriesClass(i))
			c.box(layBox(b.Boxes[level], width), x, y, height)
			c.close()
			if level > 0 {
				mid := x + width/2
				c.arrow(fmt.Sprintf("M%s %sV%s", num(mid), num(y-flowGap), num(y-2)), mid, y, false)
			}
		}
		y += height + flowGap
	}
	return y - flowGap
}

// Table implements Chart.
func (f Flow) Table() Table {
	t := Table{Caption: f.Title, Head: []string{f.StageHead, f.BoxHead}}
	add := func(prefix string, b Box) {
		name := b.Title
		if prefix != "" {
			name = prefix + ": " + name
		}
		t.Rows = append(t.Rows, []string{name, strings.Join(b.Lines, "; ")})
	}
	for _, s := range f.Trunk {
		add("", s.Box)
		if s.Aside != nil {
			add("", *s.Aside)
		}
	}
	for _, b := range f.Branches {
		for _, box := range b.Boxes {
			add(b.Name, box)
		}
	}
	return t
}
