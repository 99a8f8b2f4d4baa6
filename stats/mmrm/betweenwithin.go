package mmrm

import "fmt"

// betweenWithin gives the degrees of freedom of Schluchter and Elashoff (1990)
// as SAS PROC MIXED ddfm=bw and R's mmrm count them: columns that are constant
// within every subject have subjects less their number, the others and the
// intercept have rows less subjects less the number of the others. A contrast
// of several columns gets the least of its columns.
func (f *Fit) betweenWithin(l []float64) (float64, error) {
	s := &f.inference
	if !s.bwReady {
		f.findWithin()
	}
	between, within, intercept := 0, 0, 0
	for i := range f.keep {
		switch {
		case f.isIntercept(i):
			intercept = 1
		case s.within[i]:
			within++
		default:
			between++
		}
	}
	dfBetween := f.subjects - between - intercept
	dfWithin := f.n - f.subjects - within
	df := 0
	for i, j := range f.keep {
		if l[j] == 0 {
			continue
		}
		d := dfBetween
		if s.within[i] || f.isIntercept(i) {
			d = dfWithin
		}
		if df == 0 || d < df {
			df = d
		}
		if d <= 0 {
			return 0, fmt.Errorf("mmrm: %w: %s has %d between-within degrees of freedom (%d rows of %d subjects); ask for another method",
				ErrMethod, f.in.column(j), d, f.n, f.subjects)
		}
	}
	return float64(df), nil
}

// findWithin notes which columns change within a subject, and which is 1 in
// every row.
func (f *Fit) findWithin() {
	s := &f.inference
	s.within = grow(s.within, f.r)
	clear(s.within)
	s.intercept = -1
	in := f.in
	for i, j := range f.keep {
		one := true
		for n := range f.n {
			one = one && in.X[n*in.P+j] == 1
		}
		if one && s.intercept < 0 {
			s.intercept = i
		}
		for k := range f.subjects {
			rows := f.order[f.start[k]:f.start[k+1]]
			for _, r := range rows[1:] {
				if in.X[r*in.P+j] != in.X[rows[0]*in.P+j] {
					s.within[i] = true
				}
			}
		}
	}
	s.bwReady = true
}

func (f *Fit) isIntercept(i int) bool { return f.inference.intercept == i }
