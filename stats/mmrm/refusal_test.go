package mmrm

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// small is a trial that fits: the refusals start from it.
func small() Input {
	in, _ := trialShape{subjects: 24, visits: 3, interceptAlone: true}.generate(2)
	return in
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(in *Input, o *Options)
		is   error
		says string
	}{
		{"no rows", func(in *Input, _ *Options) { *in = Input{P: 1} }, nil, "no rows"},
		{"no columns", func(in *Input, _ *Options) { in.P, in.X = 0, nil }, nil, "no columns"},
		{"ragged design", func(in *Input, _ *Options) { in.X = in.X[1:] }, nil, "cells"},
		{"names", func(in *Input, _ *Options) { in.Names = in.Names[1:] }, nil, "names"},
		{"missing outcome", func(in *Input, _ *Options) { in.Y[4] = math.NaN() }, nil, "outcome of row 4"},
		{"infinite covariate", func(in *Input, _ *Options) { in.X[in.P*3+1] = math.Inf(1) }, nil, "row 3 has +Inf in arm"},
		{"negative code", func(in *Input, _ *Options) { in.Visit[0] = -1 }, nil, "visit code -1"},
		{"too many visits", func(in *Input, _ *Options) { in.Visit[0] = MaxVisits }, nil, "visit code 64"},
		{"weight of 0", func(in *Input, _ *Options) { in.Weights = make([]float64, len(in.Y)) }, nil, "weight of row 0"},
		{"a row twice", func(in *Input, _ *Options) { in.Visit[1] = in.Visit[0] }, nil, "rows 0 and 1 are both of subject 0 at visit 0"},
		{"group changes", func(in *Input, _ *Options) { in.Group = make([]int, len(in.Y)); in.Group[1] = 1 }, nil, "the group must not change"},
		{"unknown structure", func(_ *Input, o *Options) { o.Covariance = "arma" }, nil, `"arma"; there are us`},
		{"negative steps", func(_ *Input, o *Options) { o.MaxSteps = -1 }, nil, "steps"},
		{"no coordinates", func(_ *Input, o *Options) { o.Covariance = SpatialExponential }, nil, "place of every row"},
		{"one coordinate", func(in *Input, o *Options) {
			o.Covariance = SpatialExponential
			in.Coordinates = make([]float64, len(in.Y))
		}, nil, "at one coordinate"},
		{"constant outcome", func(in *Input, _ *Options) {
			for r := range in.Y {
				in.Y[r] = 7.3
			}
		}, ErrNoVariance, "without remainder"},
		{"an exact outcome", func(in *Input, _ *Options) {
			for r := range in.Y {
				in.Y[r] = 1e6 + 3*in.X[r*in.P+1]
			}
		}, ErrNoVariance, "without remainder"},
		{"fewer rows than parameters", func(in *Input, _ *Options) {
			in.X, in.Y, in.Subject, in.Visit = in.X[:9*in.P], in.Y[:9], in.Subject[:9], in.Visit[:9]
		}, ErrTooFewRows, "9 rows less 6 columns leave 3"},
		{"only zeros", func(in *Input, _ *Options) { clear(in.X) }, ErrTooFewRows, "every column"},
		{"visits never together", func(in *Input, _ *Options) {
			keep := *in
			in.X, in.Y, in.Subject, in.Visit = nil, nil, nil, nil
			for r := range keep.Y {
				if keep.Visit[r] == 2-keep.Subject[r]/2%2 {
					continue
				}
				in.X = append(in.X, keep.X[r*in.P:][:in.P]...)
				in.Y, in.Subject, in.Visit = append(in.Y, keep.Y[r]), append(in.Subject, keep.Subject[r]), append(in.Visit, keep.Visit[r])
			}
		}, ErrUnidentified, "visit 1 and visit 2 together"},
		{"two visits are one", func(in *Input, _ *Options) {
			for r := range in.Y {
				if in.Visit[r] == 2 {
					in.Y[r] = in.Y[r-1]
				}
			}
		}, nil, "use a simpler covariance"},
		{"overflow", func(in *Input, _ *Options) {
			for r := range in.Y {
				in.Y[r] *= 1e200
			}
		}, nil, "too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, o := small(), Options{}
			c.edit(&in, &o)
			fit, err := New(in, o)
			if err == nil {
				t.Fatalf("fitted: %+v", fit.Result)
			}
			if c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %v with %q", err, c.is, c.says)
			}
		})
	}
}

// What is left out is named, and contrasts that rest on it are refused; so is
// a visit without observations.
func TestAliasedColumns(t *testing.T) {
	in := small()
	wide := in
	wide.P, wide.X, wide.Names = in.P+2, nil, append(append([]string(nil), in.Names...), "control", "never")
	for r := range in.Y {
		wide.X = append(wide.X, in.X[r*in.P:][:in.P]...)
		wide.X = append(wide.X, 1-in.X[r*in.P+1], 0)
	}
	plain, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	fit, err := New(wide, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(fit.Aliased) != 2 || fit.Aliased[0] != in.P || fit.LogLik != plain.LogLik || len(fit.Notes) != 2 || !strings.Contains(fit.Notes[0], "control") {
		t.Fatalf("%+v", fit.Result)
	}
	l := make([]float64, wide.P)
	l[1] = 1 // arm alone: it depends on what control is set to
	if _, err := fit.Contrast(l, Inference{}); !errors.Is(err, ErrNotEstimable) {
		t.Errorf("arm: %v", err)
	}
	if _, err := fit.FTest(l, Inference{}); !errors.Is(err, ErrNotEstimable) {
		t.Errorf("arm: %v", err)
	}
	l[in.P] = -1 // arm less control is estimable
	e, err := fit.Contrast(l, Inference{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := plain.Coefficient(1, Inference{})
	if err != nil || off(e.Estimate, want.Estimate) > 1e-9 || off(e.SE, want.SE) > 1e-9 {
		t.Errorf("%+v, want %+v (%v)", e, want, err)
	}
}

// A visit that was planned and never observed is named; it is no parameter.
func TestVisitWithoutObservations(t *testing.T) {
	in := small()
	in.Visits = []string{"V1", "V2", "V3", "V4"}
	fit, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if fit.Parameters != 6 || len(fit.Notes) != 1 || !strings.Contains(fit.Notes[0], "V4 has no observation") {
		t.Errorf("%d parameters, %q", fit.Parameters, fit.Notes)
	}
}

func TestInferenceRefusals(t *testing.T) {
	fit, err := New(small(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ml, err := New(small(), Options{ML: true})
	if err != nil {
		t.Fatal(err)
	}
	l := []float64{1, 0, 0, 0, 0, 0}
	for _, c := range []struct {
		fit *Fit
		l   []float64
		how Inference
	}{
		{fit, l[1:], Inference{}}, {fit, []float64{0, 0, 0, 0, 0, 0}, Inference{}}, {fit, []float64{math.NaN(), 0, 0, 0, 0, 0}, Inference{}},
		{fit, l, Inference{DF: "containment"}}, {fit, l, Inference{Vcov: "HC3"}}, {fit, l, Inference{Level: 95}},
		{fit, l, Inference{Vcov: CR2}}, {ml, l, Inference{DF: KenwardRoger}}, {ml, l, Inference{Vcov: BiasReduced}}, {&Fit{}, l, Inference{}},
	} {
		if e, err := c.fit.Contrast(c.l, c.how); err == nil {
			t.Errorf("%v %+v: %+v", c.l, c.how, e)
		}
		if f, err := c.fit.FTest(c.l, c.how); err == nil {
			t.Errorf("F test of %v %+v: %+v", c.l, c.how, f)
		}
	}
	// One row of an F test is the t test; a row said twice counts once.
	e, err := fit.Contrast(l, Inference{})
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][]float64{l, append(append([]float64(nil), l...), l...)} {
		f, err := fit.FTest(rows, Inference{})
		if err != nil || f.NumDF != 1 {
			t.Fatal(f, err)
		}
		near(t, "F", f.F, e.T*e.T, 0, 1e-9)
		near(t, "df", f.DenomDF, e.DF, 0, 1e-9)
		near(t, "p", f.P, e.P, 1e-12, 1e-9)
	}
}

// Predicting the second visit from the first is the regression on it.
func TestConditionalPrediction(t *testing.T) {
	in := twoVisits([][2]float64{{1, 2}, {2, 3.5}, {3, 3}, {4, 6}, {5, 5.5}, {6, 8}, {2, 1}})
	in.X, in.Y, in.Subject, in.Visit = in.X[:26], in.Y[:13], in.Subject[:13], in.Visit[:13]
	fit, err := New(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := fit.Sigma[0]
	p, err := fit.Conditional(6, []int{1}, []float64{1, 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", p.Mean[0], fit.Beta[0]+fit.Beta[1]+s[1]/s[0]*(2-fit.Beta[0]), 1e-12, 1e-12)
	near(t, "variance", p.Covariance[0], s[3]-s[1]*s[1]/s[0], 1e-12, 1e-12)
	m, err := fit.Marginal([]int{0, 1}, []float64{1, 0, 1, 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "marginal mean", m.Mean[1], fit.Beta[0]+fit.Beta[1], 1e-12, 0)
	near(t, "marginal covariance", m.Covariance[1], s[1], 1e-12, 0)
	for _, visits := range [][]int{{0}, {2}} {
		if _, err := fit.Conditional(6, visits, []float64{1, 0}, 0); err == nil {
			t.Errorf("predicted visit %v", visits)
		}
	}
}
