package mmrm

import "math"

// pattern is the subjects of one group that were observed at the same visits.
// Its m visits x r columns of the design, each a vector over the subjects, are
// stored as entries: an entry is a column of the design with one of the vectors
// it takes, and the visits it takes it at. With covariates that do not vary in
// time there is one entry for each column.
type pattern struct {
	group, m, k int   // k subjects
	first       int   // first subject, to compare with
	next        int   // while gathering: the next pattern of the same hash, or -1
	members     []int // subjects
	visits      []int // m places in the covariance; nil for coordinates

	q       int   // entries, by ascending column
	col     []int // column of each entry
	at      []int // entries at each visit
	atStart []int // m+1: where the entries of a visit start in at

	cross   []float64 // q x q: cross products of the entries
	scatter []float64 // the same, packed, doubled where two entries are of one column
	withY   []float64 // q x m: entries with residuals
	yy      []float64 // m x m: residuals with residuals

	distance []float64 // m x m, of coordinates
	s, z     []float64 // at the current covariance: inverse m x m, and m x q sums of it over the visits of an entry
}

// distinct finds the entries of the pattern and their cross products; x is the
// n x r design, subject by subject.
func (f *Fit) distinct(p *pattern) {
	r, width := f.r, p.m*f.r
	hash, any := f.hash[:width], f.nonzero[:width]
	clear(hash)
	clear(any)
	for _, i := range p.members {
		for t, x := range f.x[f.start[i]*r:][:width] {
			b := math.Float64bits(x)
			any[t] |= b << 1 // without the sign: minus zero is zero
			h := (hash[t] ^ b) * 0x9e3779b97f4a7c15
			hash[t] = h ^ h>>29
		}
	}
	// class[t] is which of the different vectors cell t of the pattern holds.
	class, reps := f.class[:width], f.reps[:0]
	for t := range width {
		class[t] = -1
		if any[t] == 0 {
			continue
		}
		for c, rep := range reps {
			if hash[rep] == hash[t] && f.sameVector(p, rep, t) {
				class[t] = c
				break
			}
		}
		if class[t] < 0 {
			class[t] = len(reps)
			reps = append(reps, t)
		}
	}
	f.reps = reps
	f.enter(p, class)
	f.crossProducts(p, reps)
}

func (f *Fit) sameVector(p *pattern, s, t int) bool {
	for _, i := range p.members {
		base := f.start[i] * f.r
		if f.x[base+s] != f.x[base+t] {
			return false
		}
	}
	return true
}

// enter lists the entries of the pattern.
func (f *Fit) enter(p *pattern, class []int) {
	r := f.r
	entryClass, entryOf := f.entryClass[:0], f.entryOf[:len(class)]
	col := f.entryCol[:0]
	for j := range r {
		from := len(col)
		for a := range p.m {
			t := a*r + j
			if class[t] < 0 {
				continue
			}
			e := -1
			for q := from; q < len(col); q++ {
				if entryClass[q] == class[t] {
					e = q
				}
			}
			if e < 0 {
				e = len(col)
				col = append(col, j)
				entryClass = append(entryClass, class[t])
			}
			entryOf[t] = e
		}
	}
	f.entryClass, f.entryCol = entryClass, col
	p.q = len(col)
	p.col = f.ints.take(p.q)
	copy(p.col, col)
	p.atStart = f.ints.take(p.m + 1)
	cells := 0
	for _, c := range class {
		if c >= 0 {
			cells++
		}
	}
	p.at = f.ints.take(cells)
	n := 0
	for a := range p.m {
		p.atStart[a] = n
		for j := range r {
			if t := a*r + j; class[t] >= 0 {
				p.at[n] = entryOf[t]
				n++
			}
		}
	}
	p.atStart[p.m] = n
}

// crossProducts fills cross and scatter, and keeps the vectors of the entries'
// classes for the products with the residuals.
func (f *Fit) crossProducts(p *pattern, reps []int) {
	u := len(reps)
	f.vectors = grow(f.vectors, u*p.k)
	for c, t := range reps {
		v := f.vectors[c*p.k:][:p.k]
		for n, i := range p.members {
			v[n] = f.x[f.start[i]*f.r+t]
		}
	}
	f.products = grow(f.products, u*u)
	for c := range u {
		for d := 0; d <= c; d++ {
			s := dot(f.vectors[c*p.k:][:p.k], f.vectors[d*p.k:][:p.k])
			f.products[c*u+d], f.products[d*u+c] = s, s
		}
	}
	p.cross, p.scatter = f.floats.take(p.q*p.q), f.floats.take(p.q*(p.q+1)/2)
	t := 0
	for q := range p.q {
		for o := 0; o <= q; o++ {
			v := f.products[f.entryClass[q]*u+f.entryClass[o]]
			p.cross[q*p.q+o], p.cross[o*p.q+q] = v, v
			if p.col[q] == p.col[o] && q != o {
				v *= 2
			}
			p.scatter[t] = v
			t++
		}
	}
	p.s = f.floats.take(p.m * p.m)
	p.z = f.floats.take(p.m * p.q)
}

// withResiduals fills the products of the entries and of the residuals with the
// residuals. It finds an entry's vector at the first visit that has it.
func (f *Fit) withResiduals(p *pattern) {
	m, r := p.m, f.r
	if p.withY == nil {
		p.withY, p.yy = f.floats.take(p.q*m), f.floats.take(m*m)
	}
	for _, i := range p.members {
		e := f.residual[f.start[i]:][:m]
		for a, v := range e {
			for b := 0; b <= a; b++ {
				p.yy[a*m+b] += v * e[b]
			}
		}
	}
	for a := range m {
		for b := range a {
			p.yy[b*m+a] = p.yy[a*m+b]
		}
	}
	done := f.done[:p.q]
	clear(done)
	for a := range m {
		for _, q := range p.at[p.atStart[a]:p.atStart[a+1]] {
			if done[q] {
				continue
			}
			done[q] = true
			out := p.withY[q*m:][:m]
			for _, i := range p.members {
				x := f.x[(f.start[i]+a)*r+p.col[q]]
				if x == 0 {
					continue
				}
				for b, v := range f.residual[f.start[i]:][:m] {
					out[b] += x * v
				}
			}
		}
	}
}

// grow returns a slice of n elements, the old one where it is large enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
