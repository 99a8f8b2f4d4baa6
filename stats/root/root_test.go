package root

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestFind(t *testing.T) {
	cases := []struct {
		name   string
		f      func(float64) float64
		lo, hi float64
		want   float64
	}{
		{"square root", func(x float64) float64 { return x*x - 2 }, 0, 2, math.Sqrt2},
		{"flat", func(x float64) float64 { return math.Pow(x-1, 9) }, 0, 3, 1},
		{"step", func(x float64) float64 { return math.Copysign(1, x-0.3) }, 0, 1, 0.3},
		{"at an end", func(x float64) float64 { return x }, 0, 5, 0},
		{"steep", func(x float64) float64 { return math.Exp(50*x) - 1 }, -1, 3, 0},
	}
	for _, c := range cases {
		got, err := Find(c.f, c.lo, c.hi, 1e-14)
		tol := 1e-12
		if c.name == "flat" {
			tol = 0.05 // the function is below the smallest number around its root
		}
		if err != nil || math.Abs(got-c.want) > tol {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	if _, err := Find(func(x float64) float64 { return 1 + x*x }, -1, 1, 0); !errors.Is(err, ErrNoBracket) {
		t.Errorf("no change of sign: %v", err)
	}
	if _, err := Find(func(x float64) float64 { return math.NaN() }, -1, 1, 0); err == nil {
		t.Error("a function that is not a number has no root")
	}
	if _, err := Above(func(x float64) float64 { return 1 }, 0, 1, 1e6, 0); !errors.Is(err, ErrNoBracket) {
		t.Errorf("no root below the limit: %v", err)
	}
}

func TestFindsWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Float64Range(-100, 100).Draw(t, "root")
		k := rapid.Float64Range(0.01, 100).Draw(t, "slope")
		f := func(x float64) float64 { return math.Tanh(k*(x-want)) + 0.3*(x-want) }
		got, err := Find(f, -200, 300, 1e-12)
		if err != nil || math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v, %v; want %v", got, err, want)
		}
		got, err = Above(f, want-7, 0.5, 1e6, 1e-12)
		if err != nil || math.Abs(got-want) > 1e-9 {
			t.Fatalf("above: %v, %v; want %v", got, err, want)
		}
	})
}
