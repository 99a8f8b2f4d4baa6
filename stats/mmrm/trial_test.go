package mmrm

import (
	"math"
	"math/rand/v2"
	"strconv"
)

// trialShape is a generated trial: two arms, a baseline, classes of other
// covariates, and visits of which some are missing.
type trialShape struct {
	subjects, visits int
	classes          []int   // levels of each further factor
	dropout          float64 // chance to leave before each further visit
	missing          float64 // chance to miss one visit
	interceptAlone   bool    // no baseline
}

// fevShape, mapp2Shape, bcvaShape: see the bars.
var (
	fevShape   = trialShape{subjects: 197, visits: 4, classes: []int{3, 2}, missing: 0.32, interceptAlone: true}
	mapp2Shape = trialShape{subjects: 104, visits: 3, classes: []int{10}, dropout: 0.04}
	bcvaShape  = trialShape{subjects: 1000, visits: 10, classes: []int{3}, dropout: 0.02, missing: 0.02}
	largeShape = trialShape{subjects: 10000, visits: 12, classes: []int{3, 2}, dropout: 0.02, missing: 0.01}
)

// generate draws a trial: correlated visits with a variance that grows, an
// effect of the arm that grows, rounding to tenths. The design has an intercept,
// the baseline, the factors, and arm x visit.
func (s trialShape) generate(seed uint64) (Input, []string) {
	rng := rand.New(rand.NewPCG(seed, 7))
	names := []string{"(Intercept)"}
	if !s.interceptAlone {
		names = append(names, "base")
	}
	for f, k := range s.classes {
		for l := 1; l < k; l++ {
			names = append(names, "f"+strconv.Itoa(f)+"l"+strconv.Itoa(l))
		}
	}
	names = append(names, "arm")
	for v := 1; v < s.visits; v++ {
		names = append(names, "visit"+strconv.Itoa(v+1))
	}
	for v := 1; v < s.visits; v++ {
		names = append(names, "arm:visit"+strconv.Itoa(v+1))
	}
	in := Input{P: len(names), Names: names}
	for i := range s.subjects {
		s.addSubject(rng, &in, i)
	}
	return in, names
}

func (s trialShape) addSubject(rng *rand.Rand, in *Input, i int) {
	base := math.Round(400+60*rng.NormFloat64()) / 10
	arm := float64(i % 2)
	shared, last := rng.NormFloat64(), rng.NormFloat64()
	row := []float64{1}
	if !s.interceptAlone {
		row = append(row, base)
	}
	for _, k := range s.classes {
		l := rng.IntN(k)
		for c := 1; c < k; c++ {
			row = append(row, float64(b2i(c == l)))
		}
	}
	row = append(row, arm)
	gone := false
	for v := range s.visits {
		last = 0.6*last + 0.8*rng.NormFloat64()
		gone = gone || v > 0 && rng.Float64() < s.dropout
		if gone || rng.Float64() < s.missing {
			continue
		}
		x := append([]float64(nil), row...)
		for c := 1; c < s.visits; c++ {
			x = append(x, float64(b2i(c == v)))
		}
		for c := 1; c < s.visits; c++ {
			x = append(x, arm*float64(b2i(c == v)))
		}
		sd := 4 + 0.5*float64(v)
		y := 10 + 0.4*base + float64(v) - arm*float64(v) + sd*(0.7*shared+0.7*last)
		in.X = append(in.X, x...)
		in.Y = append(in.Y, math.Round(10*y)/10)
		in.Subject = append(in.Subject, i)
		in.Visit = append(in.Visit, v)
	}
}

// armContrasts are the differences between the arms and the two means at each
// visit, covariates at 0.
func (s trialShape) armContrasts(names []string) [][]float64 {
	p := len(names)
	at := map[string]int{}
	for j, n := range names {
		at[n] = j
	}
	var out [][]float64
	for v := 1; v <= s.visits; v++ {
		for kind := range 3 { // control, treated, difference
			l := make([]float64, p)
			if kind < 2 {
				l[0] = 1
				if v > 1 {
					l[at["visit"+strconv.Itoa(v)]] = 1
				}
			}
			if kind > 0 {
				l[at["arm"]] = 1
				if v > 1 {
					l[at["arm:visit"+strconv.Itoa(v)]] = 1
				}
			}
			out = append(out, l)
		}
	}
	return out
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
