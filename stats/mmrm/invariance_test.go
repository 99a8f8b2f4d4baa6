package mmrm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// change is what may be done to the data without, or with a known, effect.
type change struct {
	name          string
	scale, shift  float64 // of the outcome
	move          float64 // of the baseline
	shuffle, flip bool
}

func (c change) apply(in Input) Input {
	out := in
	n := len(in.Y)
	order := rand.New(rand.NewPCG(5, 5)).Perm(n)
	out.X, out.Y, out.Subject, out.Visit = nil, nil, nil, nil
	for r := range n {
		from := r
		if c.shuffle {
			from = order[r]
		}
		x := append([]float64(nil), in.X[from*in.P:][:in.P]...)
		x[1] += c.move
		s := c.scale
		if c.flip {
			s = -s
		}
		out.X = append(out.X, x...)
		out.Y = append(out.Y, s*in.Y[from]+c.shift)
		code := in.Subject[from]
		if c.shuffle {
			code = 500 - 3*code
		}
		out.Subject, out.Visit = append(out.Subject, code), append(out.Visit, in.Visit[from])
	}
	return out
}

func TestInvariances(t *testing.T) {
	shape := trialShape{subjects: 70, visits: 4, classes: []int{4}, dropout: 0.05, missing: 0.05}
	in, names := shape.generate(21)
	l := shape.armContrasts(names)[11]
	for _, structure := range []Covariance{Unstructured, HeterogeneousToeplitz, CompoundSymmetry, AnteDependence} {
		fit, err := New(in, Options{Covariance: structure})
		if err != nil {
			t.Fatal(err)
		}
		want, err := fit.Contrast(l, Inference{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []change{
			{name: "shuffled rows and subjects", scale: 1, shuffle: true}, {name: "huge", scale: 1e12}, {name: "tiny", scale: 1e-12},
			{name: "shifted", scale: 1, shift: 1e6}, {name: "baseline in other origin", scale: 1, move: 1e7}, {name: "sign", scale: 1, flip: true},
		} {
			t.Run(fmt.Sprintf("%s %s", structure, c.name), func(t *testing.T) {
				fit, err := New(c.apply(in), Options{Covariance: structure})
				if err != nil {
					t.Fatal(err)
				}
				e, err := fit.Contrast(l, Inference{})
				if err != nil {
					t.Fatal(err)
				}
				s := c.scale
				if c.flip {
					s = -s
				}
				near(t, "estimate", e.Estimate/s, want.Estimate, 1e-8, 1e-7)
				near(t, "SE", e.SE/c.scale, want.SE, 0, 1e-7)
				near(t, "df", e.DF, want.DF, 0, 1e-6)
				near(t, "p", e.P, want.P, 1e-7, 0)
			})
		}
	}
}

// The restrictive structures are special cases of the wider ones.
func TestStructuresAreNested(t *testing.T) {
	in, _ := trialShape{subjects: 90, visits: 5, missing: 0.1}.generate(41)
	lik := map[Covariance]float64{}
	for _, c := range Covariances() {
		if c == SpatialExponential {
			continue
		}
		fit, err := New(in, Options{Covariance: c})
		if err != nil {
			t.Fatal(c, err)
		}
		lik[c] = fit.LogLik
	}
	for _, pair := range [][2]Covariance{
		{Unstructured, HeterogeneousToeplitz}, {Unstructured, HeterogeneousAnteDependence}, {HeterogeneousToeplitz, Toeplitz},
		{HeterogeneousToeplitz, HeterogeneousAutoregressive}, {HeterogeneousToeplitz, HeterogeneousSymmetry}, {Toeplitz, CompoundSymmetry},
		{Toeplitz, Autoregressive}, {AnteDependence, Autoregressive}, {HeterogeneousAnteDependence, HeterogeneousAutoregressive},
	} {
		if lik[pair[0]] < lik[pair[1]]-1e-8 {
			t.Errorf("%s has log-likelihood %v, its special case %s has %v", pair[0], lik[pair[0]], pair[1], lik[pair[1]])
		}
	}
}

// On equally spaced visits sp_exp with a positive correlation is ar1.
func TestSpatialExponentialIsAutoregressiveOnEqualSpacing(t *testing.T) {
	in, _ := trialShape{subjects: 60, visits: 4, missing: 0.1}.generate(51)
	for _, v := range in.Visit {
		in.Coordinates = append(in.Coordinates, 100+30*float64(v))
	}
	ar1, err := New(in, Options{Covariance: Autoregressive})
	if err != nil {
		t.Fatal(err)
	}
	exp, err := New(in, Options{Covariance: SpatialExponential})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log-likelihood", exp.LogLik, ar1.LogLik, 1e-9, 0)
	near(t, "variance", exp.Sigma[0][0], ar1.Sigma[0][0], 0, 1e-7)
	near(t, "correlation", math.Pow(exp.Sigma[0][1], 30), ar1.Sigma[0][1]/ar1.Sigma[0][0], 0, 1e-7)
	for j := range in.P {
		a, errA := ar1.Coefficient(j, Inference{})
		e, errE := exp.Coefficient(j, Inference{})
		if errA != nil || errE != nil {
			t.Fatal(errA, errE)
		}
		near(t, "SE", e.SE, a.SE, 0, 1e-7)
		near(t, "df", e.DF, a.DF, 0, 1e-6)
		// And with variances and correlations: rho of 30 units is a power of rho
		// of one, so only the first derivatives agree.
		a, errA = ar1.Coefficient(j, Inference{Vcov: CR2, DF: Satterthwaite})
		e, errE = exp.Coefficient(j, Inference{Vcov: CR2, DF: Satterthwaite})
		if errA != nil || errE != nil {
			t.Fatal(errA, errE)
		}
		near(t, "CR2", e.SE, a.SE, 0, 1e-7)
		near(t, "CR2 df", e.DF, a.DF, 0, 1e-6)
	}
}

// With a distance of 1 between visits sp_exp is ar1 by variance and rho as
// well, so that its second derivatives are those of ar1.
func TestSpatialSecondDerivatives(t *testing.T) {
	in, _ := trialShape{subjects: 60, visits: 4, missing: 0.1}.generate(51)
	for _, v := range in.Visit {
		in.Coordinates = append(in.Coordinates, float64(v))
	}
	ar1, err := New(in, Options{Covariance: Autoregressive})
	if err != nil {
		t.Fatal(err)
	}
	exp, err := New(in, Options{Covariance: SpatialExponential})
	if err != nil {
		t.Fatal(err)
	}
	for j := range in.P {
		a, errA := ar1.Coefficient(j, Inference{DF: KenwardRogerSAS})
		e, errE := exp.Coefficient(j, Inference{DF: KenwardRogerSAS})
		if errA != nil || errE != nil {
			t.Fatal(errA, errE)
		}
		near(t, "SE", e.SE, a.SE, 0, 1e-7)
	}
}

// Fits of one shape use the same memory.
func TestRefitAllocatesNothing(t *testing.T) {
	in, names := mapp2Shape.generate(71)
	l := mapp2Shape.armContrasts(names)[8]
	var fit Fit
	run := func() {
		if err := fit.Refit(&in, Options{}); err != nil {
			t.Fatal(err)
		}
		if _, err := fit.Contrast(l, Inference{}); err != nil {
			t.Fatal(err)
		}
	}
	run()
	run()
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A fit does not remember the one before.
func TestRefitForgets(t *testing.T) {
	var fit Fit
	shapes := []trialShape{mapp2Shape, {subjects: 30, visits: 2}, {subjects: 60, visits: 5, missing: 0.2}, mapp2Shape}
	for k, shape := range shapes {
		for _, o := range []Options{{}, {Covariance: Toeplitz, ML: true}, {Covariance: HeterogeneousSymmetry}} {
			in, _ := shape.generate(uint64(80 + k))
			if err := fit.Refit(&in, o); err != nil {
				t.Fatal(err)
			}
			fresh, err := New(in, o)
			if err != nil {
				t.Fatal(err)
			}
			if fit.LogLik != fresh.LogLik || fmt.Sprint(fit.Beta, fit.Sigma) != fmt.Sprint(fresh.Beta, fresh.Sigma) {
				t.Errorf("shape %d, %v: %v, a fresh fit has %v", k, o, fit.Result, fresh.Result)
			}
		}
	}
}
