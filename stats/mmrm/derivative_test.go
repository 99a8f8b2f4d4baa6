package mmrm

import (
	"fmt"
	"math"
	"testing"
)

// derivativeCase is a fit of every structure, with what can complicate it.
type derivativeCase struct {
	name    string
	weights bool
	groups  bool
	ml      bool
}

// variant adds weights, groups and coordinates to a generated trial.
func (c derivativeCase) variant(in Input) Input {
	in.Coordinates = make([]float64, len(in.Y))
	for r := range in.Y {
		in.Coordinates[r] = 7*float64(in.Visit[r]) + float64(in.Subject[r]%3)
	}
	if c.weights {
		in.Weights = make([]float64, len(in.Y))
		for r := range in.Y {
			in.Weights[r] = 0.5 + float64((in.Subject[r]*7+in.Visit[r]*3)%5)/2
		}
	}
	if c.groups {
		in.Group = make([]int, len(in.Y))
		for r := range in.Y {
			in.Group[r] = in.Subject[r] % 2
		}
	}
	return in
}

// The gradient and the observed information are those of differences of the
// likelihood, at a place away from the maximum.
func TestDerivativesAreThoseOfTheLikelihood(t *testing.T) {
	for _, c := range []derivativeCase{{name: "plain"}, {name: "weights", weights: true}, {name: "groups", groups: true}, {name: "ML", ml: true, weights: true, groups: true}} {
		for _, structure := range Covariances() {
			t.Run(fmt.Sprintf("%s %s", c.name, structure), func(t *testing.T) {
				in, _ := trialShape{subjects: 60, visits: 4, classes: []int{2}, missing: 0.15}.generate(3)
				in = c.variant(in)
				fit, err := New(in, Options{Covariance: structure, ML: c.ml})
				if err != nil {
					t.Fatal(err)
				}
				if structure == Unstructured && !c.ml { // the fallback's parameters
					fit.elementwise = false
					fit.shape = fit.shapes.get(Unstructured, fit.visits, unbounded)
					fit.startTheta(fit.theta, 1)
				}
				checkDerivatives(t, fit)
			})
		}
	}
}

func checkDerivatives(t *testing.T, f *Fit) {
	t.Helper()
	n := f.current().n
	theta := make([]float64, n)
	for i := range theta {
		theta[i] = f.theta[i] + 0.02*math.Sin(float64(i+1))*(1+math.Abs(f.theta[i]))
	}
	exact := gradientAt(t, f, theta, true)
	info := append([]float64(nil), f.info[:n*n]...)
	const h = 1e-4
	for i := range n {
		low, high := append([]float64(nil), theta...), append([]float64(nil), theta...)
		low[i] -= h
		high[i] += h
		below := gradientAt(t, f, low, false)
		lowLik := f.profile.logLik
		above := gradientAt(t, f, high, false)
		slope := (f.profile.logLik - lowLik) / (2 * h)
		near(t, fmt.Sprintf("gradient %d", i), exact[i], slope, 2e-4*(1+math.Abs(info[i*n+i])*h), 1e-5)
		for j := range n {
			a, b := max(i, j), min(i, j)
			want := -(above[j] - below[j]) / (2 * h)
			near(t, fmt.Sprintf("information %d %d", i, j), info[a*n+b], want, 1e-5*math.Sqrt(math.Abs(info[a*n+a]*info[b*n+b]))+1e-4, 1e-4)
		}
	}
}

func gradientAt(t *testing.T, f *Fit, theta []float64, whole bool) []float64 {
	t.Helper()
	copy(f.theta, theta)
	if !f.move(theta) {
		t.Fatal("not positive definite")
	}
	f.score(whole, whole)
	f.chain(whole, whole)
	if whole {
		f.observed()
	}
	return append([]float64(nil), f.current().grad...)
}

// Every parametrisation has the derivatives of its own covariance.
func TestShapesAreDifferentiatedRight(t *testing.T) {
	for _, structure := range Covariances() {
		if structure == SpatialExponential {
			continue
		}
		for _, p := range []parametrisation{unbounded, natural} {
			t.Run(fmt.Sprintf("%s %d", structure, p), func(t *testing.T) { checkShape(t, newShape(structure, 4, p)) })
		}
	}
}

func checkShape(t *testing.T, s shape) {
	t.Helper()
	k, cells := s.size(), 10
	theta := make([]float64, k)
	for i := range theta {
		theta[i] = 0.3 + 0.1*float64(i%4)
	}
	jac, second := make([]float64, cells*k), make([]float64, cells*k*k)
	for _, c := range s.second(theta, nil) {
		second[(c.e*k+c.i)*k+c.j] += c.v
	}
	s.jacobian(theta, jac)
	const h = 1e-6
	low, high := make([]float64, cells), make([]float64, cells)
	jLow, jHigh := make([]float64, cells*k), make([]float64, cells*k)
	for i := range theta {
		at := theta[i]
		theta[i] = at - h
		s.sigma(theta, low)
		s.jacobian(theta, jLow)
		theta[i] = at + h
		s.sigma(theta, high)
		s.jacobian(theta, jHigh)
		theta[i] = at
		for e := range cells {
			near(t, fmt.Sprintf("element %d by %d", e, i), jac[e*k+i], (high[e]-low[e])/(2*h), 1e-8, 1e-7)
			for j := range k {
				near(t, fmt.Sprintf("element %d by %d, %d", e, i, j), second[(e*k+i)*k+j], (jHigh[e*k+j]-jLow[e*k+j])/(2*h), 1e-7, 1e-7)
			}
		}
	}
}
