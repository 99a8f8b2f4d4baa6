package leastsquares

import "math"

// Sandwich is inverse * meat * inverse, all p x p and symmetric.
func Sandwich(inverse, meat []float64, p int) []float64 {
	half, out := make([]float64, p*p), make([]float64, p*p)
	for a := range p {
		for b := range p {
			s := 0.0
			for c := range p {
				s += inverse[a*p+c] * meat[c*p+b]
			}
			half[a*p+b] = s
		}
	}
	for a := range p {
		for b := range a + 1 {
			s := 0.0
			for c := range p {
				s += half[a*p+c] * inverse[c*p+b]
			}
			out[a*p+b], out[b*p+a] = s, s
		}
	}
	return out
}

// Wald is (L beta)' (L V L')^-1 (L beta) for the k rows of l over the p
// coefficients, and the rank of L V L': rows that depend on others count once.
func Wald(l []float64, k int, beta, v []float64, p int) (statistic float64, rank int) {
	lv, m, d := make([]float64, k*p), make([]float64, k*k), make([]float64, k)
	for r := range k {
		for b := range p {
			for a := range p {
				lv[r*p+b] += l[r*p+a] * v[a*p+b]
			}
			d[r] += l[r*p+b] * beta[b]
		}
	}
	for r := range k {
		for q := range k {
			for b := range p {
				m[r*k+q] += lv[r*p+b] * l[q*p+b]
			}
		}
	}
	return quadratic(m, d, k)
}

// quadratic is d' m^- d by elimination with diagonal pivots; m is positive
// semidefinite.
func quadratic(m, d []float64, k int) (float64, int) {
	// Rows are scaled to a diagonal of one, so that units do not matter.
	for r := range k {
		if m[r*k+r] <= 0 {
			continue
		}
		s := math.Sqrt(m[r*k+r])
		for q := range k {
			m[r*k+q] /= s
		}
		for q := range k {
			m[q*k+r] /= s
		}
		d[r] /= s
	}
	used := make([]bool, k)
	sum, rank := 0.0, 0
	for range k {
		pivot := -1
		for r := range k {
			if !used[r] && m[r*k+r] > 1e-10 && (pivot < 0 || m[r*k+r] > m[pivot*k+pivot]) {
				pivot = r
			}
		}
		if pivot < 0 {
			break
		}
		used[pivot] = true
		rank++
		sum += d[pivot] * d[pivot] / m[pivot*k+pivot]
		for r := range k {
			if used[r] {
				continue
			}
			c := m[r*k+pivot] / m[pivot*k+pivot]
			d[r] -= c * d[pivot]
			for q := range k {
				m[r*k+q] -= c * m[pivot*k+q]
			}
		}
	}
	return sum, rank
}
