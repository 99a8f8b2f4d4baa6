package mmrm

import "varde/stats/distribution"

// limits gives the t quantile of confidence intervals. A fit asks for one at
// each contrast, all at one level and at degrees of freedom of some size: the
// series of Fisher and Cornish (1960, Technometrics 2:209) comes close at once,
// and Halley's step makes it exact.
type limits struct {
	level, z float64
}

// quantile is the upper (1-level)/2 quantile of t with df degrees of freedom.
func (c *limits) quantile(level, df float64) float64 {
	tail := (1 - level) / 2
	if c.level != level {
		c.level, c.z = level, distribution.NormalUpperQuantile(tail)
	}
	if df < 12 || c.z > 4 || c.z < 0.01 {
		return distribution.TUpperQuantile(tail, df)
	}
	z := c.z
	y, v := z*z, 1/df
	x := z * (1 + v*((y+1)/4+v*(((5*y+16)*y+3)/96+v*((((3*y+19)*y+17)*y-15)/384+v*((((79*y+776)*y+1482)*y-1920)*y-945)/92160))))
	steps := 1
	if df < 40 {
		steps = 2
	}
	for range steps {
		d := distribution.TUpper(x, df) - tail
		u := d / distribution.TPDF(x, df)
		// The density's logarithm has the slope -(df+1) x / (df + x^2).
		x += u / (1 - u*(df+1)*x/(2*(df+x*x)))
	}
	return x
}
