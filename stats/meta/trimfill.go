package meta

import (
	"cmp"
	"math"
	"slices"
)

// Filling says how trim and fill counts missing studies: Duval & Tweedie, Biometrics
// 2000;56:455.
type Filling int

const (
	L0 Filling = iota // from the sum of ranks
	R0                // from the longest run of ranks
)

// Filled is a pooled effect after studies were mirrored in.
type Filled struct {
	Missing int
	Left    bool // on which side they are missing
	Result  *Result
	// Y and V are the effects with the filled ones at the end.
	Y, V  []float64
	Notes []string
}

// TrimFill finds how many studies seem to be missing on one side, mirrors that many and
// pools again. The side is where the regression on the standard error points away from.
// It shows what could be, and is no correction: other causes make funnels skew too.
func TrimFill(y, v []float64, how Filling, o Options) (Filled, error) {
	if err := checkEffects(y, v); err != nil {
		return Filled{}, err
	}
	if len(y) < 3 {
		return Filled{}, fault(-1, "there are %d effects", "Trim and fill needs at least three", len(y))
	}
	side := o
	side.Test = Z
	f := Filled{}
	if lean, err := RandomEgger(y, v, side); err == nil {
		f.Left = lean.Slope.Estimate >= 0
	} else {
		f.Left = true
		f.Notes = append(f.Notes, "the standard errors do not differ: the side cannot be told and is taken as the left")
	}
	turn := 1.0
	if !f.Left {
		turn = -1
	}
	order := make([]int, len(y))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(turn*y[a], turn*y[b]) })
	ys, vs := make([]float64, len(y)), make([]float64, len(y))
	for i, at := range order {
		ys[i], vs[i] = turn*y[at], v[at]
	}
	missing, centre, err := trim(ys, vs, how, side)
	if err != nil {
		return Filled{}, err
	}
	f.Missing = missing
	f.Y, f.V = slices.Clone(y), slices.Clone(v)
	for i := len(ys) - missing; i < len(ys); i++ {
		f.Y = append(f.Y, turn*(2*centre-ys[i]))
		f.V = append(f.V, vs[i])
	}
	f.Result, err = Fit(f.Y, f.V, o)
	return f, err
}

// trim counts the missing and answers the centre of the trimmed effects; ys ascend.
func trim(ys, vs []float64, how Filling, o Options) (int, float64, error) {
	k := len(ys)
	missing, centre := 0, 0.0
	for range 100 {
		r, err := Fit(ys[:k-missing], vs[:k-missing], o)
		if err != nil {
			return 0, 0, err
		}
		centre = r.Pooled().Estimate
		next := min(count(signedRanks(ys, centre), how), k-2)
		if next == missing {
			return missing, centre, nil
		}
		missing = next
	}
	return missing, centre, nil
}

// signedRanks are the ranks of the distances from a centre, ties in order, with the sign
// of the side; 0 for a value at the centre.
func signedRanks(ys []float64, centre float64) []float64 {
	order := make([]int, len(ys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(math.Abs(ys[a]-centre), math.Abs(ys[b]-centre))
	})
	out := make([]float64, len(ys))
	for rank, at := range order {
		out[at] = float64(rank+1) * sign(ys[at]-centre)
	}
	return out
}

func count(ranks []float64, how Filling) int {
	k := float64(len(ranks))
	sum, lowest := 0.0, 0.0
	for _, r := range ranks {
		if r > 0 {
			sum += r
		}
		lowest = math.Max(lowest, -r)
	}
	n := (4*sum - k*(k+1)) / (2*k - 1)
	if how == R0 {
		n = k - lowest - 1
		if lowest == 0 {
			n = 0
		}
	}
	return int(math.Max(0, math.RoundToEven(n)))
}
