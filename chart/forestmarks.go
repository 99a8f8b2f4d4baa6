package chart

import "fmt"

// predictionBar is a flat bar with closed ends, so that it is not taken for an estimate.
func predictionBar(c *canvas, sx scale, p Point, mid float64) {
	if !p.interval() {
		return
	}
	lo, hi := sx.at(p.Lo), sx.at(p.Hi)
	c.rect(lo, mid-3, hi-lo, 6, `fill="currentColor" fill-opacity="0.3" stroke="currentColor" stroke-width="1"`)
}

// join draws the course of the estimates, under the marks. On a narrow picture
// it would run through the texts of the rows.
func (f Forest) join(c *canvas, sx scale, first, height float64, narrow bool) {
	if narrow {
		return
	}
	d := ""
	for i, r := range f.Rows {
		if r.Pooled || r.Prediction || r.Heading {
			continue
		}
		p := f.point(r)
		if !finite(p.Y) {
			continue
		}
		verb := "L"
		if d == "" {
			verb = "M"
		}
		d += fmt.Sprintf("%s%s %s", verb, num(sx.at(p.Y)), num(first+height*(float64(i)+0.5)))
	}
	if d == "" {
		return
	}
	c.open("vc-s0")
	c.path(d, `class="vc-join" fill="none" stroke="currentColor" stroke-opacity="0.45" stroke-dasharray="3 3"`)
	c.close()
}
