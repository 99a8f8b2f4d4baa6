package mmrm

// derivatives are those of the log-likelihood: by the elements of the
// covariances (cells x groups), or with coordinates by their parameters.
type derivatives struct {
	n      int       // variables
	grad   []float64 // n
	curve  []float64 // n x n, lower triangle: sums of f_i' S f_j (average), or of the whole observed information
	cross  []float64 // n x r: sums of X'S f_i
	design []float64 // n x packed r: sums of X'S V_i S X
}

// moments of a pattern at the current estimate, m x m each, in scratch.
type moments struct {
	fitted []float64 // sum of X Phi X'
	errors []float64 // sum of residuals r r'
	rss    []float64 // S errors S
	sfs    []float64 // S fitted S
	slope  []float64 // 2 d logLik / d Sigma as a matrix
	gs     []float64 // q x m: entries with residuals, times S
}

// score fills grad, and with average also curve and cross; whole makes curve
// the observed information less the terms that join patterns, and fills design.
func (f *Fit) score(average, whole bool) {
	d := &f.byCell
	clear(d.grad)
	if average || whole {
		clear(d.curve)
		clear(d.cross)
	}
	if whole {
		clear(d.design)
	}
	for t := range f.patterns {
		p := &f.patterns[t]
		f.fillMoments(p)
		if f.spatial {
			f.scoreSpatial(p, average, whole)
			continue
		}
		f.addGradient(p)
		if !average && !whole {
			continue
		}
		f.addCurve(p, whole)
		f.addCross(p)
		if whole {
			f.addDesign(p)
		}
	}
}

func (f *Fit) fillMoments(p *pattern) {
	m, q, mo := p.m, p.q, &f.moments
	f.fillErrors(p)
	if f.o.ML {
		clear(mo.fitted[:m*m])
		clear(mo.sfs[:m*m])
	} else {
		f.fillFitted(p)
		f.sandwich(p, mo.fitted, mo.sfs)
	}
	f.sandwich(p, mo.errors, mo.rss)
	k := float64(p.k)
	for i, s := range p.s {
		mo.slope[i] = mo.rss[i] + mo.sfs[i] - k*s
	}
	multiply(f.withErrors[:q*m], p.s, mo.gs[:q*m], q, m, m)
}

// fillErrors computes the residual cross products, and withErrors, the entries
// with the residuals.
func (f *Fit) fillErrors(p *pattern) {
	m, q, mo := p.m, p.q, &f.moments
	delta := f.profile.delta
	g, sum := f.withErrors[:q*m], f.sums[:q]
	copy(mo.errors[:m*m], p.yy)
	for b := range m {
		clear(sum)
		for _, o := range p.at[p.atStart[b]:p.atStart[b+1]] {
			v := delta[p.col[o]]
			for e, x := range p.cross[o*q : o*q+q] {
				sum[e] += v * x
			}
			for a, y := range p.withY[o*m : o*m+m] {
				mo.errors[a*m+b] -= v * y
			}
		}
		for e, x := range sum {
			g[e*m+b] = p.withY[e*m+b] - x
		}
	}
	for a := range m {
		for _, o := range p.at[p.atStart[a]:p.atStart[a+1]] {
			v := delta[p.col[o]]
			for b, w := range g[o*m:][:m] {
				mo.errors[a*m+b] -= v * w
			}
		}
	}
}

// fillFitted computes the sum over subjects of X Phi X'.
func (f *Fit) fillFitted(p *pattern) {
	m, q, r := p.m, p.q, f.r
	b := f.square[:q*q]
	for e := range q {
		phi, row := f.profile.phi[p.col[e]*r:][:r], b[e*q:e*q+q]
		for o, x := range p.cross[e*q : e*q+q] {
			row[o] = phi[p.col[o]] * x
		}
	}
	row := f.sums[:q]
	for a := range m {
		clear(row)
		for _, e := range p.at[p.atStart[a]:p.atStart[a+1]] {
			for o, v := range b[e*q : e*q+q] {
				row[o] += v
			}
		}
		for c := 0; c <= a; c++ {
			s := 0.0
			for _, o := range p.at[p.atStart[c]:p.atStart[c+1]] {
				s += row[o]
			}
			f.moments.fitted[a*m+c], f.moments.fitted[c*m+a] = s, s
		}
	}
}

// sandwich writes S in S.
func (f *Fit) sandwich(p *pattern, in, out []float64) {
	m := p.m
	multiply(in, p.s, f.small2, m, m, m)
	multiply(p.s, f.small2, out, m, m, m)
}

// cell is the variable of the covariance between two of the pattern's visits.
func (f *Fit) cell(p *pattern, a, b int) int {
	return p.group*f.cells() + anyPacked(p.visits[a], p.visits[b])
}

func (f *Fit) addGradient(p *pattern) {
	for a := range p.m {
		for b := 0; b <= a; b++ {
			v := f.moments.slope[a*p.m+b]
			if a == b {
				v /= 2
			}
			f.byCell.grad[f.cell(p, a, b)] += v
		}
	}
}

// addCurve adds trace(V_i S V_j Q), V_i the derivative of the covariance by an
// element. With Q = S errors S that is f_i' S f_j; with Q = S errors S + S
// fitted S - k/2 S it is the pattern's part of the observed information.
func (f *Fit) addCurve(p *pattern, whole bool) {
	m, n := p.m, f.byCell.n
	qm := f.moments.rss
	if whole {
		qm = f.small
		h := float64(p.k) / 2
		for i, s := range p.s {
			qm[i] = f.moments.rss[i] + f.moments.sfs[i] - h*s
		}
	}
	s := p.s
	for a := range m {
		for b := 0; b <= a; b++ {
			i := f.cell(p, a, b)
			wi := 1.0
			if a == b {
				wi = 0.5
			}
			row := f.byCell.curve[i*n:][:i+1]
			sa, sb, qa, qb := s[a*m:a*m+m], s[b*m:b*m+m], qm[a*m:a*m+m], qm[b*m:b*m+m]
			for c := 0; c <= a; c++ {
				top := c
				if c == a {
					top = b
				}
				base := p.group * f.cells()
				vc := p.visits[c]
				line := row[base+vc*(vc+1)/2:]
				for d := 0; d <= top; d++ {
					v := sa[c]*qb[d] + sa[d]*qb[c] + sb[c]*qa[d] + sb[d]*qa[c]
					if c == d {
						v *= 0.5
					}
					line[p.visits[d]] += wi * v
				}
			}
		}
	}
}

// addCross adds the sums of X'S V_i S r.
func (f *Fit) addCross(p *pattern) {
	m, q, r, gs := p.m, p.q, f.r, f.moments.gs
	for a := range m {
		za := p.z[a*q : a*q+q]
		for b := 0; b <= a; b++ {
			h := f.byCell.cross[f.cell(p, a, b)*r:][:r]
			if a == b {
				for e, z := range za {
					h[p.col[e]] += z * gs[e*m+a]
				}
				continue
			}
			zb := p.z[b*q : b*q+q]
			for e, z := range za {
				h[p.col[e]] += z*gs[e*m+b] + zb[e]*gs[e*m+a]
			}
		}
	}
}

// addDesign adds the sums of X'S V_i S X.
func (f *Fit) addDesign(p *pattern) {
	q, size := p.q, f.r*(f.r+1)/2
	for a := range p.m {
		za := p.z[a*q : a*q+q]
		for b := 0; b <= a; b++ {
			out := f.byCell.design[f.cell(p, a, b)*size:][:size]
			zb := p.z[b*q : b*q+q]
			w := 1.0
			if a == b {
				w = 0.5
			}
			t := 0
			for e := range q {
				c := p.col[e]
				row, cross := out[c*(c+1)/2:][:c+1], p.scatter[t:][:e+1]
				x, y := w*za[e], w*zb[e]
				for o, s := range cross {
					row[p.col[o]] += (x*zb[o] + y*za[o]) * s
				}
				t += e + 1
			}
		}
	}
}
