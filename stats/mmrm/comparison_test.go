package mmrm

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"varde/stats/design"
)

func (c fitCase) compareFit(t *testing.T, fit *Fit) {
	t.Helper()
	if fit.Rows != c.N || fit.Subjects != c.Subjects || fit.Rank != c.Rank || fit.Parameters != c.Theta {
		t.Errorf("%d rows of %d subjects, rank %d, %d parameters; want %d, %d, %d, %d",
			fit.Rows, fit.Subjects, fit.Rank, fit.Parameters, c.N, c.Subjects, c.Rank, c.Theta)
	}
	near(t, "log-likelihood", fit.LogLik, c.LogLik, tolLogLik, 0)
	near(t, "AIC", fit.AIC, c.AIC, 2*tolLogLik, 0)
	near(t, "BIC", fit.BIC, c.BIC, 2*tolLogLik, 0)
	s := len(c.Sigma)
	for i := range s {
		for j := range s {
			// Near 0 a covariance is known to the size of the variances.
			near(t, "Sigma", fit.Sigma[0][i*s+j], c.Sigma[i][j], 1e-8*math.Sqrt(c.Sigma[i][i]*c.Sigma[j][j]), tolEstimate)
		}
	}
	if len(fit.Notes) > 0 {
		t.Log(fit.Notes)
	}
}

func (c fitCase) compareCoefficients(t *testing.T, m *design.Model, fit *Fit) {
	t.Helper()
	for j, name := range m.Names {
		want := c.Beta[name]
		if want == nil {
			if !math.IsNaN(fit.Beta[j]) {
				t.Errorf("%s is %v, R leaves it out", name, fit.Beta[j])
			}
			if _, err := fit.Coefficient(j, Inference{}); err == nil {
				t.Errorf("%s was estimated", name)
			}
			continue
		}
		near(t, name, fit.Beta[j], *want, 1e-8, tolEstimate)
		for method, a := range map[DF]*approach{Satterthwaite: c.Satterthwaite, KenwardRoger: c.KenwardRogerLinear, KenwardRogerMMRM: c.KenwardRoger} {
			if a == nil {
				continue
			}
			e, err := fit.Coefficient(j, Inference{DF: method})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			w := a.Coefficients
			what := string(method) + " of " + name
			near(t, "SE, "+what, e.SE, *w["se"][name], 0, tolEstimate)
			near(t, "df, "+what, e.DF, *w["df"][name], tolDF, tolDF)
			near(t, "p, "+what, e.P, *w["p"][name], tolP, 0)
			near(t, "lower, "+what, e.Lower, *w["lower"][name], 1e-7, tolEstimate)
			near(t, "upper, "+what, e.Upper, *w["upper"][name], 1e-7, tolEstimate)
		}
	}
	c.compareBetweenWithin(t, m, fit)
}

func (c fitCase) compareBetweenWithin(t *testing.T, m *design.Model, fit *Fit) {
	t.Helper()
	var df map[string]*float64
	if json.Unmarshal(c.BetweenWithin, &df) != nil {
		if _, err := fit.Coefficient(0, Inference{DF: BetweenWithin}); err == nil {
			t.Error("between-within degrees of freedom where R refuses them")
		}
		return
	}
	for j, name := range m.Names {
		if df[name] == nil {
			continue
		}
		e, err := fit.Coefficient(j, Inference{DF: BetweenWithin})
		if err != nil || e.DF != *df[name] {
			t.Errorf("between-within df of %s: %v, want %v (%v)", name, e.DF, *df[name], err)
		}
	}
}

func (c fitCase) compareMeans(t *testing.T, m *design.Model, fit *Fit) {
	t.Helper()
	for method, a := range map[DF]*approach{Satterthwaite: c.Satterthwaite, KenwardRoger: c.KenwardRogerLinear, KenwardRogerMMRM: c.KenwardRoger} {
		if a == nil {
			continue
		}
		for weights, tables := range map[design.Averaging]*meanTables{design.Equal: a.Equal, design.Proportional: a.Proportional} {
			if tables != nil && len(fit.Aliased) == 0 {
				compareMeanTables(t, m, fit, tables, weights, method)
			}
		}
		c.compareFTest(t, fit, a, method)
	}
}

// compareMeanTables matches our means to the table's rows by their levels.
func compareMeanTables(t *testing.T, m *design.Model, fit *Fit, tables *meanTables, weights design.Averaging, method DF) {
	t.Helper()
	var over []string
	for key, v := range tables.Means[0] {
		if _, ok := v.(string); ok {
			over = append(over, key)
		}
	}
	means, err := m.Means(over, design.MeanOptions{Weights: weights})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range tables.Means {
		for _, mean := range means {
			same := true
			for _, factor := range over {
				same = same && mean.Levels[factor] == want[factor]
			}
			if !same {
				continue
			}
			e, err := fit.Contrast(mean.L, Inference{DF: method})
			if err != nil {
				t.Fatal(err)
			}
			what := string(method) + " of mean " + mean.Name
			near(t, what, e.Estimate, want["emmean"].(float64), 1e-8, tolEstimate)
			near(t, "SE, "+what, e.SE, want["SE"].(float64), 0, tolEstimate)
			near(t, "df, "+what, e.DF, want["df"].(float64), tolDF, tolDF)
			near(t, "lower, "+what, e.Lower, want["lower.CL"].(float64), 1e-7, tolEstimate)
		}
	}
}

// compareCovariances compares the whole covariances of the estimates.
func (c fitCase) compareCovariances(t *testing.T, fit *Fit) {
	t.Helper()
	for _, k := range []struct {
		how  Inference
		want [][]float64
	}{{Inference{DF: Satterthwaite}, c.Vcov}, {Inference{}, c.KenwardRogerLinear.adjusted()}, {Inference{DF: KenwardRogerMMRM}, c.KenwardRoger.adjusted()}} {
		if k.want == nil || len(fit.Aliased) > 0 {
			continue
		}
		got, err := fit.BetaCovariance(k.how)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range k.want {
			for j, v := range row {
				near(t, "covariance of estimates", got[i*fit.in.P+j], v, 1e-8*math.Sqrt(k.want[i][i]*k.want[j][j]), tolEstimate)
			}
		}
	}
}

func (a *approach) adjusted() [][]float64 {
	if a == nil {
		return nil
	}
	return a.Adjusted
}

func (c fitCase) compareFTest(t *testing.T, fit *Fit, a *approach, method DF) {
	t.Helper()
	if a.FTest == nil || a.FTest.NumDF == 0 {
		return
	}
	var rows [][]float64
	if err := json.Unmarshal(a.FTest.Rows, &rows); err != nil {
		var row []float64
		if err := json.Unmarshal(a.FTest.Rows, &row); err != nil {
			t.Fatalf("contrast rows %s", a.FTest.Rows)
		}
		rows = [][]float64{row}
	}
	var l []float64
	for _, row := range rows {
		next := 0 // R's rows have no coefficients of aliased columns
		for j := range fit.in.P {
			if slices.Contains(fit.Aliased, j) {
				l = append(l, 0)
				continue
			}
			l = append(l, row[next])
			next++
		}
	}
	f, err := fit.FTest(l, Inference{DF: method})
	if err != nil {
		t.Fatal(err)
	}
	what := string(method) + " interaction"
	near(t, what+", rows", float64(f.NumDF), a.FTest.NumDF, 0, 0)
	near(t, "F, "+what, f.F, a.FTest.F, 0, tolEstimate)
	near(t, "df, "+what, f.DenomDF, a.FTest.DenomDF, tolDF, tolDF)
	near(t, "p, "+what, f.P, a.FTest.P, tolP, 0)
}

func (c fitCase) compareRobust(t *testing.T, m *design.Model, fit *Fit) {
	t.Helper()
	for vcov, want := range map[Vcov]map[string]map[string]*float64{CR0: c.CR0, CR2: c.CR2, CR3: c.CR3} {
		for j, name := range m.Names {
			se := want["se"][name]
			if se == nil {
				continue
			}
			e, err := fit.Coefficient(j, Inference{DF: Satterthwaite, Vcov: vcov})
			if err != nil {
				t.Errorf("%s of %s: %v", vcov, name, err)
				continue
			}
			near(t, string(vcov)+" of "+name, e.SE, *se, 0, tolEstimate)
			if df := want["df_satterthwaite"][name]; df != nil {
				near(t, string(vcov)+" df of "+name, e.DF, *df, tolDF, tolDF)
			}
		}
	}
}
