package leastsquares

import "math"

func dot(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

func length(a []float64) float64 { return math.Sqrt(dot(a, a)) }

// Nonnegative minimises |sum u_i a_i - b| over u >= 0 and answers the vector
// sum u_i a_i - b at the minimum (Lawson and Hanson 1974, ch. 23, NNLS).
func Nonnegative(a [][]float64, b []float64) []float64 {
	n := len(a)
	u := make([]float64, n)
	var passive []int
	in := make([]bool, n)
	r := misfit(a, u, b)
	for range 10*n + 100 {
		best, at := 1e-11*(1+length(b)), -1
		for i := range a {
			if w := -dot(a[i], r); !in[i] && w > best {
				best, at = w, i
			}
		}
		if at < 0 || len(passive) >= len(b) && length(r) < 1e-12 {
			break
		}
		passive = append(passive, at)
		in[at] = true
		passive = settle(a, b, u, passive, in)
		r = misfit(a, u, b)
	}
	return r
}

// settle solves over the passive rows, dropping those that would turn negative.
func settle(a [][]float64, b, u []float64, passive []int, in []bool) []int {
	for len(passive) > 0 {
		z := passiveSolution(a, b, passive)
		alpha := 1.0
		for c, i := range passive {
			if z[c] <= 0 && u[i]-z[c] > 0 {
				alpha = min(alpha, u[i]/(u[i]-z[c]))
			}
		}
		all := true
		for c, i := range passive {
			all = all && z[c] > 0
			u[i] += alpha * (z[c] - u[i])
		}
		if all {
			return passive
		}
		var stay []int
		for c, i := range passive {
			if u[i] <= 1e-15 || z[c] <= 0 && alpha == 1 {
				u[i], in[i] = 0, false
				continue
			}
			stay = append(stay, i)
		}
		if len(stay) == len(passive) {
			return passive
		}
		passive = stay
	}
	return passive
}

func passiveSolution(a [][]float64, b []float64, passive []int) []float64 {
	rows, cols := len(b), len(passive)
	x := make([]float64, rows*cols)
	for c, i := range passive {
		for j := range rows {
			x[j*cols+c] = a[i][j]
		}
	}
	s, err := Solve(x, rows, cols, b, nil)
	if err != nil { // numbers of order one cannot overflow
		return make([]float64, cols)
	}
	return s.Beta
}

func misfit(a [][]float64, u, b []float64) []float64 {
	r := make([]float64, len(b))
	for j := range r {
		r[j] = -b[j]
	}
	for i, v := range u {
		if v == 0 {
			continue
		}
		for j := range r {
			r[j] += v * a[i][j]
		}
	}
	return r
}
