package leastsquares

import "math"

// triangle is the factorisation Q R of the weighted design, its columns scaled
// to a largest value between 1/2 and 1 by powers of two.
type triangle struct {
	n, p  int
	cols  [][]float64 // P columns; below the diagonal, the Householder vectors
	beta  []float64   // factor of each reflection
	scale []float64   // true column = scaled column * scale
	kept  []int
}

func powerOfTwo(largest float64) float64 {
	if largest == 0 {
		return 1
	}
	_, e := math.Frexp(largest)
	return math.Ldexp(1, e)
}

func triangularise(x []float64, n, p int, w []float64) *triangle {
	t := &triangle{n: n, p: p, cols: make([][]float64, p), scale: make([]float64, p)}
	lengths := make([]float64, p)
	for j := range p {
		largest := 0.0
		for i := range n {
			largest = max(largest, math.Abs(x[i*p+j]))
		}
		t.scale[j] = powerOfTwo(largest)
		c := make([]float64, n)
		for i := range n {
			c[i] = x[i*p+j] / t.scale[j]
			if w != nil {
				c[i] *= math.Sqrt(w[i])
			}
		}
		t.cols[j], lengths[j] = c, norm(c)
	}
	for j := range p {
		k := len(t.kept)
		if k >= n || lengths[j] == 0 || norm(t.cols[j][k:]) < dependent*lengths[j] {
			continue
		}
		t.reflect(j, k)
		t.kept = append(t.kept, j)
	}
	return t
}

// reflect makes the reflection that clears column j below row k, and applies it
// to the columns after j.
func (t *triangle) reflect(j, k int) {
	v := t.cols[j]
	alpha := -math.Copysign(norm(v[k:]), v[k])
	v[k] -= alpha
	b := 0.0
	for _, e := range v[k:] {
		b += e * e
	}
	b = 2 / b
	for m := j + 1; m < t.p; m++ {
		applyReflection(v[k:], b, t.cols[m][k:])
	}
	t.beta = append(t.beta, b)
	// The diagonal is kept apart: it shares its place with the vector's head.
	t.cols[j] = append(v, alpha)
}

func applyReflection(v []float64, b float64, c []float64) {
	v = v[:len(c)]
	s := 0.0
	for i, e := range v {
		s += e * c[i]
	}
	s *= b
	for i, e := range v {
		c[i] -= s * e
	}
}

func norm(c []float64) float64 {
	s := 0.0
	for _, e := range c {
		s += e * e
	}
	return math.Sqrt(s)
}

// r answers R[a][b] for kept columns a <= b, by their rank.
func (t *triangle) r(a, b int) float64 {
	if a == b {
		return t.cols[t.kept[a]][t.n]
	}
	return t.cols[t.kept[b]][a]
}

// back solves R z = c over the kept columns.
func (t *triangle) back(c []float64) []float64 {
	z := make([]float64, len(t.kept))
	for a := len(t.kept) - 1; a >= 0; a-- {
		s := c[a]
		for b := a + 1; b < len(t.kept); b++ {
			s -= t.r(a, b) * z[b]
		}
		z[a] = s / t.r(a, a)
	}
	return z
}

// solve fills Beta, Inverse and the relation of the aliased columns.
func (t *triangle) solve(f *Fit, y, w []float64) {
	largest := 0.0
	for _, v := range y {
		largest = max(largest, math.Abs(v))
	}
	unit := powerOfTwo(largest)
	q := make([]float64, t.n)
	for i, v := range y {
		q[i] = v / unit
		if w != nil {
			q[i] *= math.Sqrt(w[i])
		}
	}
	for k, j := range t.kept {
		applyReflection(t.cols[j][k:t.n], t.beta[k], q[k:])
	}
	z := t.back(q[:len(t.kept)])
	f.Beta = make([]float64, t.p)
	for a, j := range t.kept {
		f.Beta[j] = z[a] / t.scale[j] * unit
	}
	t.inverse(f)
	t.relate(f)
}

// inverse is R^-1 R^-T, unscaled.
func (t *triangle) inverse(f *Fit) {
	k := len(t.kept)
	inv := make([][]float64, k) // columns of R^-1
	for b := range k {
		e := make([]float64, k)
		e[b] = 1
		inv[b] = t.back(e)
	}
	f.Inverse = make([]float64, t.p*t.p)
	for a, i := range t.kept {
		for b, j := range t.kept[:a+1] {
			s := 0.0
			for c := a; c < k; c++ {
				s += inv[c][a] * inv[c][b]
			}
			s = s / t.scale[i] / t.scale[j]
			f.Inverse[i*t.p+j], f.Inverse[j*t.p+i] = s, s
		}
	}
}

// relate tells each aliased column as a combination of the kept ones before it.
func (t *triangle) relate(f *Fit) {
	f.relation = make([]float64, len(t.kept)*t.p)
	for j, aliased := range f.Aliased {
		if !aliased {
			continue
		}
		c := make([]float64, len(t.kept))
		before := 0
		for before < len(t.kept) && t.kept[before] < j {
			before++
		}
		copy(c, t.cols[j][:before])
		for a, v := range t.back(c) {
			f.relation[a*t.p+j] = v * t.scale[j] / t.scale[t.kept[a]]
		}
	}
}

// leverage is the squared length of each row of the thin Q.
func (t *triangle) leverage(f *Fit) {
	f.Leverage = make([]float64, t.n)
	e := make([]float64, t.n)
	for a := range t.kept {
		clear(e)
		e[a] = 1
		for k := len(t.kept) - 1; k >= 0; k-- {
			applyReflection(t.cols[t.kept[k]][k:t.n], t.beta[k], e[k:])
		}
		for i, v := range e {
			f.Leverage[i] += v * v
		}
	}
	for i, h := range f.Leverage {
		f.Leverage[i] = min(1, h)
	}
}
