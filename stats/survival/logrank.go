package survival

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
	"varde/stats/leastsquares"
)

// Comparison is a log-rank test of k groups.
type Comparison struct {
	Statistic, DF, P   float64
	Observed, Expected []float64 // events by group (weighted if Rho is not 0)
	Variance           []float64 // k x k, of observed - expected
	Rho                float64
	Notes              []string
}

// LogRank compares the survival of groups 0 to k-1, within strata if they are
// given (nil: one stratum), by the test of Mantel (1966) and Peto; rho > 0 weighs
// each time by the pooled survival before it to that power (Harrington and
// Fleming 1982, Biometrika 69:553; 1 is Peto and Peto's Wilcoxon).
func LogRank(time []float64, event []bool, group, stratum []int, rho float64) (Comparison, error) {
	if err := check(time, event); err != nil {
		return Comparison{}, err
	}
	if len(group) != len(time) || stratum != nil && len(stratum) != len(time) {
		return Comparison{}, fmt.Errorf("survival: %d groups and %d strata for %d times", len(group), len(stratum), len(time))
	}
	if !(rho >= 0) || math.IsInf(rho, 1) {
		return Comparison{}, fmt.Errorf("survival: a weight rho of %v; it is not negative", rho)
	}
	k := 0
	for i, g := range group {
		if g < 0 || g >= len(time) {
			return Comparison{}, fmt.Errorf("survival: observation %d is in group %d; groups are numbered from 0", i+1, g)
		}
		k = max(k, g+1)
	}
	c := Comparison{Observed: make([]float64, k), Expected: make([]float64, k), Variance: make([]float64, k*k), Rho: rho}
	for _, rows := range byStratum(time, stratum) {
		c.add(time, event, group, rows, k)
	}
	return c.finish(k)
}

// byStratum answers the rows of each stratum, by time.
func byStratum(time []float64, stratum []int) [][]int {
	order := byTime(time)
	if stratum == nil {
		return [][]int{order}
	}
	at := map[int]int{}
	var out [][]int
	for _, i := range order {
		k, ok := at[stratum[i]]
		if !ok {
			k = len(out)
			at[stratum[i]] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

func (c *Comparison) add(time []float64, event []bool, group, rows []int, k int) {
	risk := make([]float64, k)
	for _, i := range rows {
		risk[group[i]]++
	}
	survival := 1.0
	for at := 0; at < len(rows); {
		t := time[rows[at]]
		died, left := make([]float64, k), make([]float64, k)
		d, n := 0.0, float64(len(rows)-at)
		for ; at < len(rows) && time[rows[at]] == t; at++ {
			g := group[rows[at]]
			left[g]++
			if event[rows[at]] {
				died[g]++
				d++
			}
		}
		if d > 0 {
			w := math.Pow(survival, c.Rho)
			for a := range k {
				c.Observed[a] += w * died[a]
				c.Expected[a] += w * d * risk[a] / n
				if n > 1 {
					for b := range k {
						v := -risk[a] * risk[b] / (n * n)
						if a == b {
							v += risk[a] / n
						}
						c.Variance[a*k+b] += w * w * v * d * (n - d) / (n - 1)
					}
				}
			}
			survival *= (n - d) / n
		}
		for g := range k {
			risk[g] -= left[g]
		}
	}
}

func (c Comparison) finish(k int) (Comparison, error) {
	difference, identity := make([]float64, k), make([]float64, k*k)
	for a := range k {
		difference[a] = c.Observed[a] - c.Expected[a]
		identity[a*k+a] = 1
		if c.Expected[a] == 0 {
			c.Notes = append(c.Notes, fmt.Sprintf("group %d is never at risk when an event happens and takes no part", a))
		}
	}
	var rank int
	// The differences sum to zero: one of them adds nothing, and is passed over.
	c.Statistic, rank = leastsquares.Wald(identity, k, difference, c.Variance, k)
	if rank == 0 {
		return c, errors.New("survival: no time has an event with two groups at risk; there is nothing to compare")
	}
	c.DF = float64(rank)
	c.P = distribution.ChiSquaredUpper(c.Statistic, c.DF)
	return c, nil
}
