package mmrm

import "math"

// sandwich is a cluster-robust covariance over subjects. With A_i the rows of
// the whitened design of subject i, H_i its leverage A_i Phi A_i' and e_i its
// whitened residuals, the score of subject i is A_i' (I - H_i)^-t e_i, with t =
// 0, 1/2, 1 for CR0, CR2, CR3 (Bell and McCaffrey 2002, Survey Methodology
// 28:169, with the model's covariance as the working one).
type sandwich struct {
	ready    bool
	scores   []float64 // subjects x r: Phi-whitened scores
	leverage []float64 // rows x r: (I - H_i)^-t A_i L'^-1, row by row
	singular int       // subjects whose I - H_i is singular: a pseudo-inverse was taken
}

func (f *Fit) sandwichOf(v Vcov) *sandwich {
	i := 0
	switch v {
	case CR2:
		i = 1
	case CR3:
		i = 2
	}
	s := &f.inference.robust[i]
	if !s.ready {
		f.fillSandwich(s, float64(i)/2)
	}
	return s
}

// fillSandwich goes through the subjects.
func (f *Fit) fillSandwich(s *sandwich, power float64) {
	r, widest := f.r, 0
	for t := range f.patterns {
		widest = max(widest, f.patterns[t].m)
	}
	s.scores, s.leverage = grow(s.scores, f.subjects*r), grow(s.leverage, f.n*r)
	s.singular = 0
	mm := widest * widest
	a, e, h, adj, vec := make([]float64, widest*r), make([]float64, widest), make([]float64, mm), make([]float64, mm), make([]float64, mm)
	for t := range f.patterns {
		p := &f.patterns[t]
		m := p.m
		l := f.small[:m*m]
		f.patternFactor(p, l)
		for _, i := range p.members {
			f.whitenSubject(i, m, l, a, e)
			if power > 0 {
				hat(a, h, m, r)
				if symmetricPower(h, adj, vec, m, -power) {
					s.singular++
				}
				out := s.leverage[f.start[i]*r:][:m*r]
				multiply(adj, a, out, m, m, r)
			} else {
				copy(s.leverage[f.start[i]*r:][:m*r], a)
			}
			score := s.scores[i*r:][:r]
			clear(score)
			for b := range m {
				for j, x := range s.leverage[(f.start[i]+b)*r:][:r] {
					score[j] += x * e[b]
				}
			}
		}
	}
	if s.singular > 0 {
		f.note("%d subjects alone determine an estimate; their leverage adjustment uses a pseudo-inverse.", s.singular)
	}
	s.ready = true
}

// patternFactor writes the Cholesky factor of the pattern's covariance.
func (f *Fit) patternFactor(p *pattern, l []float64) {
	m := p.m
	if f.spatial {
		f.spatialCovariance(p, l)
	} else {
		for a := range m {
			for b := 0; b <= a; b++ {
				l[a*m+b] = f.sigma[f.cell(p, a, b)]
			}
		}
	}
	cholesky(l, m, 0)
}

// whitenSubject writes the subject's design between the factors of its
// covariance and of Phi, m x r, and its whitened residuals.
func (f *Fit) whitenSubject(i, m int, l, a, e []float64) {
	r := f.r
	copy(a, f.x[f.start[i]*r:][:m*r])
	for b := range m {
		e[b] = f.residual[f.start[i]+b] - dot(a[b*r:b*r+r], f.profile.delta)
	}
	solveLower(l, e[:m], m)
	for b := range m {
		row := a[b*r : b*r+r]
		for c, v := range l[b*m : b*m+b] {
			for j, x := range a[c*r : c*r+r] {
				row[j] -= v * x
			}
		}
		for j := range row {
			row[j] /= l[b*m+b]
		}
	}
	for b := range m {
		solveLower(f.profile.l, a[b*r:b*r+r], r)
	}
}

// hat writes I - a a'.
func hat(a, h []float64, m, r int) {
	for b := range m {
		for c := range m {
			h[b*m+c] = -dot(a[b*r:b*r+r], a[c*r:c*r+r])
		}
		h[b*m+b]++
	}
}

// symmetricPower writes a^power of the positive semidefinite a (destroyed), 0
// for eigenvalues of 0, of which it tells.
func symmetricPower(a, out, v []float64, n int, power float64) (singular bool) {
	eigen(a, v, n)
	clear(out[:n*n])
	for k := range n {
		d := a[k*n+k]
		if d < 1e-9 {
			singular = true
			continue
		}
		d = math.Pow(d, power)
		for i := range n {
			for j := range n {
				out[i*n+j] += v[i*n+k] * d * v[j*n+k]
			}
		}
	}
	return singular
}

// variance is that of the whitened contrast v.
func (s *sandwich) variance(f *Fit, v []float64) float64 {
	sum := 0.0
	for i := range f.subjects {
		x := dot(v, s.scores[i*f.r:])
		sum += x * x
	}
	return sum
}

// degrees is Satterthwaite's for the sandwich: trace(G)^2 / trace(G^2), with
// G_ij = b_i'(I - H)_ij b_j and b_i the adjusted design of subject i times v.
// I - H is a projection, so G is diagonal less a product of rank r.
func (s *sandwich) degrees(f *Fit, v []float64) float64 {
	r := f.r
	width := 0
	for i := range f.subjects {
		width = max(width, f.start[i+1]-f.start[i])
	}
	cross, u, a, e := make([]float64, r*r), make([]float64, r), make([]float64, width*r), make([]float64, width)
	trace, squares, mixed := 0.0, 0.0, 0.0
	for t := range f.patterns {
		p := &f.patterns[t]
		l := f.small[:p.m*p.m]
		f.patternFactor(p, l)
		for _, i := range p.members {
			f.whitenSubject(i, p.m, l, a, e)
			clear(u)
			d := 0.0
			for b := range p.m {
				x := dot(v, s.leverage[(f.start[i]+b)*r:])
				d += x * x
				for j, w := range a[b*r : b*r+r] {
					u[j] += x * w
				}
			}
			uu := dot(u, u)
			trace += d - uu
			squares += d * d
			mixed += d * uu
			for j, x := range u {
				for k, w := range u {
					cross[j*r+k] += x * w
				}
			}
		}
	}
	return trace * trace / (squares - 2*mixed + dot(cross, cross))
}
