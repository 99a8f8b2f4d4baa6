// Package chart draws the figures that pages and reports show, as inline SVG.
//
// Every chart is a plain struct. SVG gives the picture, Table the same data as
// an HTML table for readers who cannot or would rather not read the picture,
// and Inline gives both a wide and a narrow picture so that text stays legible
// on a phone.
//
// The SVG holds no style attribute and no style element, so it passes a strict
// Content-Security-Policy: it uses presentation attributes, currentColor and
// the classes listed here. A stylesheet colours it by setting `color` on
// .vc-s0 to .vc-s7 (series), .vc-limit, .vc-event, .vc-mark and
// .vc-text.
//
// Series differ by marker, dash and hatch as well as by colour. Bytes are
// deterministic: the same struct gives the same output. Values that are NaN or
// infinite are gaps; a chart without one finite value says so in words. All
// text is given by the caller and is escaped here.
package chart

import (
	"html"
	"math"
	"strings"
)

// Chart is one figure.
type Chart interface {
	// SVG is the picture as one <svg> element, at the width of its Frame.
	SVG() string
	// Table is the same data, in reading order.
	Table() Table

	frame() Frame
	resized(width float64, suffix string) Chart
}

// Frame is what every chart has.
type Frame struct {
	// ID is unique in the page. Characters other than ASCII letters, digits,
	// '-' and '_' are replaced by '-'.
	ID string
	// Title is read first by a screen reader. It is not drawn: put it in a
	// caption as well.
	Title string
	// Desc says in words what the figure shows.
	Desc string
	// Lang is "en" or "nb" and decides how numbers are written.
	Lang string
	// Width and Height are in CSS pixels. Zero takes the chart's own measure.
	Width, Height float64
	// NoData is drawn when nothing can be shown. Empty takes a word in Lang.
	NoData string
}

// Widths of the two pictures that Inline draws, in CSS pixels.
const (
	WideWidth   = 600
	NarrowWidth = 340
)

// Inline gives the chart twice, for wide and for narrow screens, in elements
// of class vc-wide and vc-narrow of which a stylesheet shows one.
func Inline(c Chart) string {
	wide := c.resized(WideWidth, "")
	narrow := c.resized(NarrowWidth, "-n")
	return `<div class="vc-wide">` + wide.SVG() + `</div><div class="vc-narrow">` + narrow.SVG() + `</div>`
}

// Title gives the title of any chart.
func Title(c Chart) string { return c.frame().Title }

// Desc gives the description of any chart.
func Desc(c Chart) string { return c.frame().Desc }

// ID gives the cleaned id of any chart.
func ID(c Chart) string { return cleanID(c.frame().ID) }

func (f Frame) frame() Frame { return f }

func (f Frame) with(width float64, suffix string) Frame {
	f.Width = width
	f.ID += suffix
	return f
}

func (f Frame) size(height float64) (float64, float64) {
	w, h := f.Width, f.Height
	if !finite(w) || w < 240 {
		w = WideWidth
	}
	if w > 4000 {
		w = 4000
	}
	if !finite(h) || h <= 0 {
		h = height
	}
	if h < 160 {
		h = 160
	}
	if h > 4000 {
		h = 4000
	}
	return w, h
}

func (f Frame) noData() string {
	if f.NoData != "" {
		return f.NoData
	}
	if strings.HasPrefix(f.Lang, "nb") {
		return "Ingen data"
	}
	return "No data"
}

// empty draws the frame with the words for "nothing to show".
func (f Frame) empty() string {
	w, _ := f.size(160)
	c := newCanvas(f, w, 160)
	c.rect(0.5, 0.5, w-1, 159, `class="vc-empty" fill="none" stroke="currentColor" stroke-opacity="0.3" stroke-dasharray="4 4" rx="6"`)
	c.text(w/2, 84, f.noData(), "middle", "")
	return c.done()
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func escape(s string) string { return html.EscapeString(validText(s)) }

// validText drops characters that XML forbids, so that a stray control byte in
// a label cannot break a whole page or a saved SVG file.
func validText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < 0x20 || r == 0xFFFE || r == 0xFFFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func cleanID(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	if b.Len() == 0 {
		return "chart"
	}
	return b.String()
}
