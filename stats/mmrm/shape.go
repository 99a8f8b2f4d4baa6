package mmrm

import "math"

// A shape writes the covariance of one group as a function of parameters theta.
// The covariance is packed: element packed(a, b), b <= a, of s(s+1)/2.
type shape interface {
	size() int                                           // K parameters
	sigma(theta, out []float64)                          // packed covariance
	jacobian(theta, out []float64)                       // row-major elements x K
	second(theta []float64, buf []curvature) []curvature // appends the second derivatives that are not 0, both (i, j) and (j, i)
	linear() bool                                        // no second derivatives
}

// curvature is one second derivative: of element e by parameters i and j.
type curvature struct {
	e, i, j int
	v       float64
}

// packed is the place of element (a, b), b <= a, of a packed symmetric matrix.
func packed(a, b int) int { return a*(a+1)/2 + b }

// anyPacked is the place of (a, b) in any order.
func anyPacked(a, b int) int {
	if a < b {
		a, b = b, a
	}
	return a*(a+1)/2 + b
}

// elements is the unstructured covariance as its own elements: linear, hence
// the form in which Kenward and Roger's formula is exact.
type elements struct{ n int }

func (e elements) size() int                  { return e.n }
func (e elements) sigma(theta, out []float64) { copy(out, theta[:e.n]) }
func (e elements) linear() bool               { return true }

func (e elements) jacobian(_, out []float64) {
	clear(out[:e.n*e.n])
	for i := range e.n {
		out[i*e.n+i] = 1
	}
}

func (e elements) second(_ []float64, buf []curvature) []curvature { return buf }

// logCholesky is the unstructured covariance D L L' D of R's mmrm: theta is the
// logarithm of each diagonal element of the Cholesky factor, then, row by row,
// the elements below the diagonal over the diagonal element of their row.
type logCholesky struct {
	s int
	l []float64 // scratch, s x s
}

func (c *logCholesky) size() int    { return c.s * (c.s + 1) / 2 }
func (c *logCholesky) linear() bool { return false }

// fill writes the Cholesky factor of theta to c.l.
func (c *logCholesky) fill(theta []float64) {
	k := c.s
	for a := range c.s {
		d := math.Exp(theta[a])
		for b := range a {
			c.l[a*c.s+b] = d * theta[k]
			k++
		}
		c.l[a*c.s+a] = d
	}
}

func (c *logCholesky) sigma(theta, out []float64) {
	c.fill(theta)
	for a := range c.s {
		for b := 0; b <= a; b++ {
			sum := 0.0
			for k := 0; k <= b; k++ {
				sum += c.l[a*c.s+k] * c.l[b*c.s+k]
			}
			out[packed(a, b)] = sum
		}
	}
}

// below is the parameter of the factor's element (a, k), k < a.
func (c *logCholesky) below(a, k int) int { return c.s + a*(a-1)/2 + k }

func (c *logCholesky) jacobian(theta, out []float64) {
	c.fill(theta)
	n := c.size()
	clear(out[:n*n])
	for a := range c.s {
		for b := 0; b <= a; b++ {
			row := out[packed(a, b)*n:][:n]
			sum := 0.0
			for k := 0; k <= b; k++ {
				sum += c.l[a*c.s+k] * c.l[b*c.s+k]
			}
			// Row a of the factor is exp(theta a) times a row free of it.
			row[a] += sum
			row[b] += sum
			for k := 0; k <= b; k++ {
				if k < a {
					row[c.below(a, k)] += math.Exp(theta[a]) * c.l[b*c.s+k]
				}
				if k < b {
					row[c.below(b, k)] += math.Exp(theta[b]) * c.l[a*c.s+k]
				}
			}
		}
	}
}

// second uses that element (a, b) is exp(theta a + theta b) times a polynomial
// in the elements below the diagonal.
func (c *logCholesky) second(theta []float64, buf []curvature) []curvature {
	c.fill(theta)
	for a := range c.s {
		for b := 0; b <= a; b++ {
			buf = c.secondOf(theta, a, b, buf)
		}
	}
	return buf
}

func (c *logCholesky) secondOf(theta []float64, a, b int, buf []curvature) []curvature {
	e, ea, eb := packed(a, b), math.Exp(theta[a]), math.Exp(theta[b])
	sum := 0.0
	for k := 0; k <= b; k++ {
		sum += c.l[a*c.s+k] * c.l[b*c.s+k]
	}
	if a == b {
		buf = append(buf, curvature{e, a, a, 4 * sum})
		for k := range a {
			buf = appendBoth(buf, e, a, c.below(a, k), 4*ea*c.l[a*c.s+k])
			buf = append(buf, curvature{e, c.below(a, k), c.below(a, k), 2 * ea * ea})
		}
		return buf
	}
	buf = append(buf, curvature{e, a, a, sum}, curvature{e, b, b, sum})
	buf = appendBoth(buf, e, a, b, sum)
	for k := 0; k <= b; k++ {
		pa, da := c.below(a, k), ea*c.l[b*c.s+k]
		buf = appendBoth(buf, e, a, pa, da)
		buf = appendBoth(buf, e, b, pa, da)
		if k == b {
			continue
		}
		pb, db := c.below(b, k), eb*c.l[a*c.s+k]
		buf = appendBoth(buf, e, a, pb, db)
		buf = appendBoth(buf, e, b, pb, db)
		buf = appendBoth(buf, e, pa, pb, ea*eb)
	}
	return buf
}

func appendBoth(buf []curvature, e, i, j int, v float64) []curvature {
	return append(buf, curvature{e, i, j, v}, curvature{e, j, i, v})
}
