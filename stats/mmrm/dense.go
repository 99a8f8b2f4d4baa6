package mmrm

import "math"

// Small dense algebra on row-major slices. gonum's is for larger matrices: here
// the sizes are a few visits and a few dozen columns, and nothing may allocate.

// cholesky replaces the lower triangle of the n x n matrix a by its factor and
// tells whether a was positive definite: no pivot below tol of its diagonal.
func cholesky(a []float64, n int, tol float64) bool {
	for j := range n {
		rj := a[j*n : j*n+j+1]
		d := rj[j]
		lim := d * tol
		for _, v := range rj[:j] {
			d -= v * v
		}
		if !(d > lim) || math.IsInf(d, 1) {
			return false
		}
		d = math.Sqrt(d)
		rj[j] = d
		inv := 1 / d
		for i := j + 1; i < n; i++ {
			ri := a[i*n : i*n+j+1]
			s := ri[j]
			for k, v := range rj[:j] {
				s -= v * ri[k]
			}
			ri[j] = s * inv
		}
	}
	return true
}

// logDeterminant is that of the matrix whose Cholesky factor is l.
func logDeterminant(l []float64, n int) float64 {
	s := 0.0
	for i := range n {
		s += math.Log(l[i*n+i])
	}
	return 2 * s
}

// invertLower writes the inverse of the lower triangular l to out, whose upper
// triangle it leaves alone.
func invertLower(l, out []float64, n int) {
	for j := range n {
		out[j*n+j] = 1 / l[j*n+j]
		for i := j + 1; i < n; i++ {
			s := 0.0
			for k := j; k < i; k++ {
				s -= l[i*n+k] * out[k*n+j]
			}
			out[i*n+j] = s / l[i*n+i]
		}
	}
}

// gram writes t't of a lower triangular t, both triangles: with t the inverse
// of a Cholesky factor this is the inverse of the matrix.
func gram(t, out []float64, n int) {
	for i := range n {
		for j := 0; j <= i; j++ {
			s := 0.0
			for k := i; k < n; k++ {
				s += t[k*n+i] * t[k*n+j]
			}
			out[i*n+j], out[j*n+i] = s, s
		}
	}
}

// solveLower replaces x by l^-1 x.
func solveLower(l, x []float64, n int) {
	for i := range n {
		s := x[i]
		for k, v := range l[i*n : i*n+i] {
			s -= v * x[k]
		}
		x[i] = s / l[i*n+i]
	}
}

// solveUpper replaces x by l'^-1 x.
func solveUpper(l, x []float64, n int) {
	for i := n - 1; i >= 0; i-- {
		s := x[i]
		for k := i + 1; k < n; k++ {
			s -= l[k*n+i] * x[k]
		}
		x[i] = s / l[i*n+i]
	}
}

// multiply writes the product of a (n x k) and b (k x m).
func multiply(a, b, out []float64, n, k, m int) {
	for i := range n {
		o := out[i*m : i*m+m]
		clear(o)
		for t, v := range a[i*k : i*k+k] {
			if v == 0 {
				continue
			}
			for j, w := range b[t*m : t*m+m] {
				o[j] += v * w
			}
		}
	}
}

func dot(a, b []float64) float64 {
	s := 0.0
	b = b[:len(a)]
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// unpack writes the packed symmetric matrix to both triangles of out.
func unpack(p, out []float64, n int) {
	t := 0
	for i := range n {
		for j := 0; j <= i; j++ {
			out[i*n+j], out[j*n+i] = p[t], p[t]
			t++
		}
	}
}

// eigen diagonalises the symmetric a (destroyed; its diagonal becomes the
// values) by Jacobi rotations; the columns of v are the vectors.
func eigen(a, v []float64, n int) {
	clear(v[:n*n])
	for i := range n {
		v[i*n+i] = 1
	}
	for range 60 {
		off, diag := 0.0, 0.0
		for i := range n {
			diag += a[i*n+i] * a[i*n+i]
			for j := range i {
				off += a[i*n+j] * a[i*n+j]
			}
		}
		if off <= 1e-32*diag || off == 0 {
			return
		}
		for i := range n {
			for j := range i {
				rotate(a, v, n, j, i)
			}
		}
	}
}

// rotate makes element (p, q) of a zero.
func rotate(a, v []float64, n, p, q int) {
	apq := a[p*n+q]
	if apq == 0 {
		return
	}
	h := (a[q*n+q] - a[p*n+p]) / (2 * apq)
	t := 1 / (math.Abs(h) + math.Sqrt(h*h+1))
	if h < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(t*t+1)
	s := t * c
	for k := range n {
		x, y := a[k*n+p], a[k*n+q]
		a[k*n+p], a[k*n+q] = c*x-s*y, s*x+c*y
	}
	for k := range n {
		x, y := a[p*n+k], a[q*n+k]
		a[p*n+k], a[q*n+k] = c*x-s*y, s*x+c*y
		x, y = v[k*n+p], v[k*n+q]
		v[k*n+p], v[k*n+q] = c*x-s*y, s*x+c*y
	}
}
