package meta

import (
	"math"
	"slices"
)

// Group is one subgroup's own fit.
type Group struct {
	Name   string
	Result *Result
}

// Subgroups are fits of groups of studies and the test between them.
type Subgroups struct {
	Groups []Group // in alphabetical order
	// Q between the groups' pooled effects, chi2 with DF.
	Q, DF, P float64
	// Tau2 is the variance between studies where one is shared by all groups; else NaN.
	Tau2  float64
	Notes []string
}

// BySubgroup fits each group and compares the pooled effects by Q = sum (b_g - b)^2/se_g^2
// (Borenstein et al. 2009, chapter 19). Shared takes one tau2 for all groups, the
// residual one of a regression on the groups; else each group has its own.
func BySubgroup(y, v []float64, groups []string, shared bool, o Options) (Subgroups, error) {
	if err := checkEffects(y, v); err != nil {
		return Subgroups{}, err
	}
	if len(groups) != len(y) {
		return Subgroups{}, fault(-1, "there are %d group names for %d effects", "Give one for each effect", len(groups), len(y))
	}
	all := slices.Compact(slices.Sorted(slices.Values(groups)))
	if len(all) < 2 {
		return Subgroups{}, fault(-1, "there is one group only", "Pool all effects with Fit, or give another grouping")
	}
	out := Subgroups{DF: float64(len(all) - 1), Tau2: math.NaN()}
	if shared {
		r, err := Regress(y, v, Factor("group ", groups, ""), Options{Method: o.Method, Level: o.Level, Tau2: o.Tau2})
		if err != nil {
			return Subgroups{}, err
		}
		out.Tau2 = r.Tau2
		o.Method, o.Tau2 = Given, r.Tau2
		out.Notes = append(out.Notes, r.Notes...)
	}
	for _, name := range all {
		var gy, gv []float64
		for i, g := range groups {
			if g == name {
				gy, gv = append(gy, y[i]), append(gv, v[i])
			}
		}
		r, err := Fit(gy, gv, o)
		if err != nil {
			return Subgroups{}, err
		}
		for _, n := range r.Notes {
			out.Notes = append(out.Notes, name+": "+n)
		}
		out.Groups = append(out.Groups, Group{name, r})
	}
	out.between()
	return out, nil
}

func (s *Subgroups) between() {
	sumW, sumWB := 0.0, 0.0
	for _, g := range s.Groups {
		c := g.Result.Pooled()
		sumW, sumWB = sumW+1/(c.SE*c.SE), sumWB+c.Estimate/(c.SE*c.SE)
	}
	if math.IsInf(sumW, 0) || math.IsNaN(sumW) {
		s.Q, s.P = math.NaN(), math.NaN()
		s.Notes = append(s.Notes, "a group has no standard error: the test between groups does not exist")
		return
	}
	for _, g := range s.Groups {
		d := (g.Result.Pooled().Estimate - sumWB/sumW) / g.Result.Pooled().SE
		s.Q += d * d
	}
	s.P = chi2Tail(s.Q, s.DF)
}
