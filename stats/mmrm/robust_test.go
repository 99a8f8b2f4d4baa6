package mmrm

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the data, there is an error or there are numbers: no panic, no NaN
// but at aliased columns, no negative variance.
func TestAnyDataGiveNumbersOrAnError(t *testing.T) {
	var shared Fit
	fitted := 0
	rapid.Check(t, func(rt *rapid.T) {
		in := anyInput(rt)
		o := Options{Covariance: rapid.SampledFrom(Covariances()).Draw(rt, "covariance"), ML: rapid.Bool().Draw(rt, "ml"), MaxSteps: 40}
		if err := shared.Refit(&in, o); err != nil {
			if len(shared.Beta) > 0 {
				rt.Fatal("a result beside an error")
			}
			return
		}
		fitted++
		checkNumbers(rt, &shared, in)
	})
	if fitted < 5 {
		t.Errorf("only %d of the inputs could be fitted", fitted)
	}

}

func anyInput(rt *rapid.T) Input {
	subjects, visits, p := rapid.IntRange(1, 30).Draw(rt, "subjects"), rapid.IntRange(1, 4).Draw(rt, "visits"), rapid.IntRange(1, 4).Draw(rt, "p")
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
	odd := rapid.SampledFrom([]float64{0, 0, 0.02, 0.3}).Draw(rt, "odd")
	missing := rapid.SampledFrom([]float64{0, 0.1, 0.4}).Draw(rt, "missing")
	special := []float64{0, 1, 1, 2, 1e9, -1e-9}
	value := func() float64 {
		if rng.Float64() < odd {
			return special[rng.IntN(len(special))]
		}
		return rng.NormFloat64()
	}
	in := Input{P: p}
	for i := range subjects {
		for v := range visits {
			if rng.Float64() < missing {
				continue
			}
			in.X = append(in.X, 1)
			for range p - 1 {
				in.X = append(in.X, value())
			}
			in.Y = append(in.Y, value())
			in.Subject, in.Visit = append(in.Subject, i), append(in.Visit, v)
			in.Coordinates = append(in.Coordinates, 10*float64(v)+value()/1e10)
		}
	}
	if rapid.Bool().Draw(rt, "weighted") {
		for range in.Y {
			in.Weights = append(in.Weights, 0.1+3*rng.Float64())
		}
	}
	if rapid.Bool().Draw(rt, "grouped") {
		for _, s := range in.Subject {
			in.Group = append(in.Group, s%2)
		}
	}
	return in
}

func checkNumbers(rt *rapid.T, fit *Fit, in Input) {
	number := func(what string, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			rt.Fatalf("%s is %v: %v", what, v, fit.Result)
		}
	}
	number("log-likelihood", fit.LogLik)
	for _, s := range fit.Sigma {
		for _, v := range s {
			number("Sigma", v)
		}
		if !(s[0] > 0) {
			rt.Fatalf("variance %v", s[0])
		}
	}
	methods := DFs()
	for j := range in.P {
		for _, df := range methods {
			e, err := fit.Coefficient(j, Inference{DF: df})
			if err != nil {
				continue
			}
			number("estimate", e.Estimate)
			number("df by "+string(df), e.DF)
			if !(e.SE > 0) || !(e.P >= 0 && e.P <= 1) || !(e.Lower <= e.Estimate && e.Estimate <= e.Upper) {
				rt.Fatalf("%s: %+v", df, e)
			}
		}
		for _, v := range []Vcov{CR0, CR2, CR3} {
			if e, err := fit.Coefficient(j, Inference{DF: Satterthwaite, Vcov: v}); err == nil && !(e.SE > 0 && e.DF > 0 && e.P >= 0 && e.P <= 1) {
				rt.Fatalf("%s: %+v", v, e)
			}
		}
	}
}
