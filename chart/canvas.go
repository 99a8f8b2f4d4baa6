package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// fontSize is the size of all drawn text in CSS pixels.
const fontSize = 13.0

// canvas collects the elements of one picture.
type canvas struct {
	b    strings.Builder
	id   string
	w, h float64
}

func newCanvas(f Frame, w, h float64) *canvas {
	c := &canvas{id: cleanID(f.ID), w: w, h: h}
	fmt.Fprintf(&c.b, `<svg xmlns="http://www.w3.org/2000/svg" class="vc" id="%s" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-labelledby="%s-t`,
		c.id, num(w), num(h), num(w), num(h), c.id)
	if f.Desc != "" {
		fmt.Fprintf(&c.b, ` %s-d`, c.id)
	}
	c.b.WriteString(`" font-size="13">`)
	fmt.Fprintf(&c.b, `<title id="%s-t">%s</title>`, c.id, escape(f.Title))
	if f.Desc != "" {
		fmt.Fprintf(&c.b, `<desc id="%s-d">%s</desc>`, c.id, escape(f.Desc))
	}
	return c
}

func (c *canvas) done() string {
	c.b.WriteString("</svg>")
	return c.b.String()
}

func (c *canvas) open(class string) { fmt.Fprintf(&c.b, `<g class="%s">`, class) }
func (c *canvas) close()            { c.b.WriteString("</g>") }

func (c *canvas) line(x1, y1, x2, y2 float64, attrs string) {
	fmt.Fprintf(&c.b, `<line x1="%s" y1="%s" x2="%s" y2="%s" %s/>`, num(x1), num(y1), num(x2), num(y2), attrs)
}

func (c *canvas) rect(x, y, w, h float64, attrs string) {
	fmt.Fprintf(&c.b, `<rect x="%s" y="%s" width="%s" height="%s" %s/>`, num(x), num(y), num(math.Max(w, 0)), num(math.Max(h, 0)), attrs)
}

func (c *canvas) path(d, attrs string) { fmt.Fprintf(&c.b, `<path d="%s" %s/>`, d, attrs) }

// text draws one line; anchor is start, middle or end, class an extra class.
func (c *canvas) text(x, y float64, s, anchor, class string) {
	if class != "" {
		class = " " + class
	}
	fmt.Fprintf(&c.b, `<text class="vc-text%s" x="%s" y="%s" text-anchor="%s" fill="currentColor">%s</text>`, class, num(x), num(y), anchor, escape(s))
}

// num writes a coordinate with at most two decimals.
func num(v float64) string {
	if !finite(v) {
		return "0"
	}
	v = math.Round(v*100) / 100
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// textWidth estimates the drawn width in CSS pixels. It errs on the wide side,
// because a label that is cut off is worse than one with room to spare.
func textWidth(s string) float64 {
	var em float64
	for _, r := range s {
		switch {
		case strings.ContainsRune("iljI.,:;'|!ftr()[] ", r):
			em += 0.34
		case strings.ContainsRune("mwMWÆæ%@—", r):
			em += 0.92
		case r >= 'A' && r <= 'Z', r == 'Ø', r == 'Å':
			em += 0.70
		default:
			em += 0.57
		}
	}
	return em * fontSize
}

// wrap breaks s into lines no wider than width. A single word that is too long
// is broken by characters.
func wrap(s string, width float64) []string {
	var lines []string
	var line string
	for _, word := range strings.Fields(validText(s)) {
		for textWidth(word) > width && len([]rune(word)) > 1 {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			head := fit(word, width)
			lines = append(lines, head)
			word = word[len(head):]
		}
		switch {
		case line == "":
			line = word
		case textWidth(line+" "+word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fit gives the longest head of s that is no wider than width, and at least
// one character.
func fit(s string, width float64) string {
	end := 0
	for i, r := range s {
		next := i + len(string(r))
		if end > 0 && textWidth(s[:next]) > width {
			break
		}
		end = next
	}
	return s[:end]
}

// shorten cuts s to the width with an ellipsis.
func shorten(s string, width float64) string {
	if textWidth(s) <= width {
		return s
	}
	return strings.TrimRight(fit(s, width-fontSize), " ") + "…"
}
