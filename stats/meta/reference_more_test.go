package meta

import (
	"testing"
)

func TestReferenceHeterogeneity(t *testing.T) {
	for _, c := range referenceCases(t) {
		if c.QProfile == nil {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			r, err := Fit(c.Yi, c.Vi, Options{})
			if err != nil {
				t.Fatal(err)
			}
			h, err := r.QProfile(0)
			if err != nil {
				t.Fatal(err)
			}
			three := func(what string, got Interval, want []float64, tolerance float64) {
				each(t, what, []float64{got.Value, got.Low, got.High}, want, tolerance)
			}
			three("tau2", h.Tau2, c.QProfile.Tau2, 1e-8)
			three("tau", h.Tau, c.QProfile.Tau, 1e-8)
			three("I2", h.I2, c.QProfile.I2, 1e-6)
			three("H2", h.H2, c.QProfile.H2, 1e-7)
		})
	}
}

func TestReferenceSmallStudies(t *testing.T) {
	for _, c := range referenceCases(t) {
		if c.Egger == nil {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			e, err := Egger(c.Yi, c.Vi, 0)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "Egger t", e.Slope.Statistic, c.Egger.T, 1e-8)
			near(t, "Egger df", e.Slope.DF, c.Egger.DF, 0)
			near(t, "Egger p", e.Slope.P, c.Egger.P, 1e-8)
			near(t, "Egger limit", e.Intercept.Estimate, c.Egger.Limit, 1e-8)
			each(t, "Egger interval", []float64{e.Intercept.Low, e.Intercept.High}, c.Egger.CI, 1e-7)
			re, err := RandomEgger(c.Yi, c.Vi, Options{})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "random Egger z", re.Slope.Statistic, c.EggerREML.Z, 1e-7)
			near(t, "random Egger p", re.Slope.P, c.EggerREML.P, 1e-7)
			near(t, "random Egger limit", re.Intercept.Estimate, c.EggerREML.Limit, 1e-7)
			tau, p, err := RankTest(c.Yi, c.Vi)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "Begg tau", tau, c.Begg.Tau, 1e-9)
			near(t, "Begg p", p, c.Begg.P, 1e-9)
			n, err := FailSafe(c.Yi, c.Vi, 0.05)
			if err != nil {
				t.Fatal(err)
			}
			if n != *c.FSN {
				t.Errorf("fail-safe %d, want %d", n, *c.FSN)
			}
		})
	}
}

func TestReferenceTrimFill(t *testing.T) {
	for _, c := range referenceCases(t) {
		if c.L0 == nil {
			continue
		}
		for how, want := range map[Filling]*referenceFill{L0: c.L0, R0: c.R0} {
			f, err := TrimFill(c.Yi, c.Vi, how, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if f.Missing != want.K0 || f.Left != (want.Side == "left") {
				t.Errorf("%s %d: %d missing, left %v; want %d on the %s", c.ID, how, f.Missing, f.Left, want.K0, want.Side)
				continue
			}
			// The reference's tau2 stops at 1e-5 here; the pooled effect follows it.
			near(t, c.ID+" tau2", f.Result.Tau2, want.Tau2, 1e-5)
			near(t, c.ID+" pooled", f.Result.Pooled().Estimate, want.Beta, 1e-5)
			near(t, c.ID+" SE", f.Result.Pooled().SE, want.SE, 1e-5)
			each(t, c.ID+" filled", f.Y, want.Filled, 1e-5)
		}
	}
}

func TestReferenceInfluence(t *testing.T) {
	for _, c := range referenceCases(t) {
		if c.Out == nil {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			r, err := Fit(c.Yi, c.Vi, Options{})
			if err != nil {
				t.Fatal(err)
			}
			out, err := r.LeaveOneOut()
			if err != nil {
				t.Fatal(err)
			}
			in, err := r.Influences()
			if err != nil {
				t.Fatal(err)
			}
			blup, err := r.Shrunken()
			if err != nil {
				t.Fatal(err)
			}
			cum, err := Cumulative(c.Yi, c.Vi, Options{})
			if err != nil {
				t.Fatal(err)
			}
			flagged := 0
			for i := range out {
				near(t, "left out", out[i].Result.Pooled().Estimate, c.Out.Estimate[i], 1e-7)
				near(t, "left out SE", out[i].Result.Pooled().SE, c.Out.SE[i], 1e-7)
				near(t, "left out tau2", out[i].Result.Tau2, c.Out.Tau2[i], 1e-8)
				near(t, "left out I2", out[i].Result.I2, c.Out.I2[i], 1e-7)
				near(t, "left out Q", out[i].Result.Q, c.Out.Q[i], 1e-9)
				near(t, "rstudent", in[i].Deleted, c.Infl.Rstudent[i], 1e-7)
				near(t, "dffits", in[i].DFFITS, c.Infl.Dffits[i], 1e-7)
				near(t, "cook", in[i].Cook, c.Infl.Cook[i], 1e-7)
				near(t, "cov ratio", in[i].CovRatio, c.Infl.Cov[i], 1e-7)
				near(t, "tau2 without", in[i].Tau2, c.Infl.Tau2[i], 1e-8)
				near(t, "Q without", in[i].Q, c.Infl.Q[i], 1e-9)
				near(t, "hat", in[i].Hat, c.Infl.Hat[i], 1e-8)
				near(t, "weight", in[i].Weight, c.Infl.Weight[i], 1e-8)
				near(t, "blup", blup[i].Estimate, c.Blup.Pred[i], 1e-7)
				near(t, "blup SE", blup[i].SE, c.Blup.SE[i], 1e-7)
				near(t, "blup low", blup[i].Low, c.Blup.Lb[i], 1e-7)
				near(t, "blup high", blup[i].High, c.Blup.Ub[i], 1e-7)
				near(t, "cumulative", cum[i].Pooled().Estimate, c.Cum.Estimate[i], 1e-7)
				near(t, "cumulative SE", cum[i].Pooled().SE, c.Cum.SE[i], 1e-7)
				near(t, "cumulative tau2", cum[i].Tau2, c.Cum.Tau2[i], 1e-8)
				if in[i].Influential {
					flagged++
				}
			}
			want := 0
			for _, x := range c.Infl.Inf {
				if x != "" && x != false {
					want++
				}
			}
			if flagged != want {
				t.Errorf("%d effects are influential, want %d", flagged, want)
			}
		})
	}
}

// Effect sizes of the three sets whose raw counts and means are in the reference.
func TestReferenceEffects(t *testing.T) {
	n := 0
	for _, c := range referenceCases(t) {
		if c.Dataset == "inline" || c.ID == "raudenbush1985" || c.ID == "synth_k1000" {
			continue
		}
		d := referenceTable(t, c).rows(t, c)
		for i := range c.Yi {
			x := func(column string) float64 { return d.number(t, column, i) }
			var e Effect
			var err error
			switch c.ID {
			case "bcg_RR":
				e, err = Compare(Counts{x("tpos"), x("tpos") + x("tneg"), x("cpos"), x("cpos") + x("cneg")}, RiskRatio, RefuseZero)
			case "furukawa_SMD":
				e, err = SMD(Means{x("Ne"), x("Me"), x("Se"), x("Nc"), x("Mc"), x("Sc")}, SMDOptions{})
			default:
				e, err = Compare(Counts{x("resp1"), x("n1"), x("resp2"), x("n2")}, OddsRatio, HalfCells)
			}
			if err != nil {
				t.Fatal(err)
			}
			n++
			near(t, c.ID+" effect", e.Y, c.Yi[i], 1e-12)
			near(t, c.ID+" variance", e.V, c.Vi[i], 1e-12)
		}
	}
	if n < 40 {
		t.Errorf("%d effects compared", n)
	}
}
