package chart

import "fmt"

// seriesClasses is how many series colours a stylesheet defines; further
// series reuse them with other markers and dashes.
const seriesClasses = 8

func seriesClass(i int) string { return fmt.Sprintf("vc-s%d", i%seriesClasses) }

// Dash patterns by series. The first is solid.
var dashes = []string{"", "7 4", "2 3", "9 3 2 3", "12 4", "4 2 1 2 1 2"}

func dash(i int) string {
	d := dashes[i%len(dashes)]
	if d == "" {
		return ""
	}
	return ` stroke-dasharray="` + d + `"`
}

// marker draws the shape of series i around a point: circle, square, triangle,
// diamond, cross, bar cross.
func (c *canvas) marker(i int, x, y, r float64) {
	const fill = `fill="currentColor"`
	const open = `fill="none" stroke="currentColor" stroke-width="2"`
	switch i % 6 {
	case 0:
		fmt.Fprintf(&c.b, `<circle cx="%s" cy="%s" r="%s" %s/>`, num(x), num(y), num(r), fill)
	case 1:
		c.rect(x-r*0.9, y-r*0.9, r*1.8, r*1.8, fill)
	case 2:
		c.path(fmt.Sprintf("M%s %sL%s %sL%s %sZ", num(x), num(y-r*1.2), num(x+r*1.1), num(y+r*0.9), num(x-r*1.1), num(y+r*0.9)), fill)
	case 3:
		c.path(diamond(x, y, r*1.3, r*1.3), fill)
	case 4:
		c.path(fmt.Sprintf("M%s %sL%s %sM%s %sL%s %s", num(x-r), num(y-r), num(x+r), num(y+r), num(x-r), num(y+r), num(x+r), num(y-r)), open)
	default:
		c.path(fmt.Sprintf("M%s %sV%sM%s %sH%s", num(x), num(y-r*1.2), num(y+r*1.2), num(x-r*1.2), num(y), num(x+r*1.2)), open)
	}
}

func diamond(x, y, rx, ry float64) string {
	return fmt.Sprintf("M%s %sL%s %sL%s %sL%s %sZ", num(x-rx), num(y), num(x), num(y-ry), num(x+rx), num(y), num(x), num(y+ry))
}

// key is one entry of a legend.
type key struct {
	name string
	draw func(x, y float64)
}

// keyWidth is the room for the sample before each name in a legend.
const keyWidth = 32

// legendHeight is the room that a legend needs at a width.
func legendHeight(keys []key, width float64) float64 {
	if len(keys) == 0 {
		return 0
	}
	x, rows := 0.0, 1
	for _, k := range keys {
		w := keyWidth + textWidth(shorten(k.name, width-keyWidth)) + 18
		if x > 0 && x+w-18 > width {
			x, rows = 0, rows+1
		}
		x += w
	}
	return float64(rows)*22 + 6
}

func (c *canvas) legend(keys []key, left, top, width float64) {
	x, y := 0.0, top+14
	for _, k := range keys {
		name := shorten(k.name, width-keyWidth)
		w := keyWidth + textWidth(name) + 18
		if x > 0 && x+w-18 > width {
			x, y = 0, y+22
		}
		k.draw(left+x, y-4)
		c.text(left+x+keyWidth, y, name, "start", "")
		x += w
	}
}
