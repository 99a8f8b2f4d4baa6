package leastsquares

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

func sample(seed uint64, n, p int) (x, y, w []float64) {
	r := rand.New(rand.NewPCG(seed, 7))
	x, y, w = make([]float64, n*p), make([]float64, n), make([]float64, n)
	for i := range n {
		for j := range p {
			x[i*p+j] = r.NormFloat64() + float64(j)
		}
		x[i*p] = 1
		y[i], w[i] = 3+r.NormFloat64(), 0.2+r.Float64()
	}
	return x, y, w
}

// The normal equations, solved by gonum, are another road to the same numbers.
func TestAgainstNormalEquations(t *testing.T) {
	const n, p = 40, 5
	x, y, w := sample(1, n, p)
	f, err := Solve(x, n, p, y, w)
	if err != nil {
		t.Fatal(err)
	}
	X, W := mat.NewDense(n, p, x), mat.NewDiagDense(n, w)
	var wx, xwx, inv, xwy, beta, hat, half mat.Dense
	wx.Mul(W, X)
	xwx.Mul(X.T(), &wx)
	if err := inv.Inverse(&xwx); err != nil {
		t.Fatal(err)
	}
	xwy.Mul(wx.T(), mat.NewDense(n, 1, y))
	beta.Mul(&inv, &xwy)
	half.Mul(&wx, &inv)
	hat.Mul(&half, X.T())
	for j := range p {
		if math.Abs(f.Beta[j]-beta.At(j, 0)) > 1e-10 {
			t.Errorf("coefficient %d: %v, want %v", j, f.Beta[j], beta.At(j, 0))
		}
		for k := range p {
			if math.Abs(f.Inverse[j*p+k]-inv.At(j, k)) > 1e-10 {
				t.Errorf("inverse %d,%d: %v, want %v", j, k, f.Inverse[j*p+k], inv.At(j, k))
			}
		}
	}
	sum := 0.0
	for i, h := range f.Leverage {
		sum += h
		if math.Abs(h-hat.At(i, i)) > 1e-10 {
			t.Errorf("leverage %d: %v, want %v", i, h, hat.At(i, i))
		}
	}
	if math.Abs(sum-p) > 1e-10 {
		t.Errorf("the leverages sum to %v, want the rank %d", sum, p)
	}
}

func TestAliasedColumns(t *testing.T) {
	const n = 12
	x, y, _ := sample(2, n, 3)
	wide := make([]float64, 0, n*5)
	for i := range n {
		r := x[i*3 : i*3+3]
		wide = append(wide, r[0], r[1], 2*r[1]-3*r[0], r[2], 0)
	}
	f, err := Solve(wide, n, 5, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Rank != 3 || !f.Aliased[2] || !f.Aliased[4] || f.Aliased[1] || f.Aliased[3] {
		t.Fatalf("rank %d, aliased %v", f.Rank, f.Aliased)
	}
	narrow, err := Solve(x, n, 3, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(f.RSS-narrow.RSS) > 1e-12*narrow.RSS {
		t.Errorf("an aliased column changed the fit: %v, %v", f.RSS, narrow.RSS)
	}
	for _, c := range []struct {
		l    []float64
		want bool
	}{
		{[]float64{1, 0.5, 2*0.5 - 3, 0, 0}, true}, // a row of the design
		{[]float64{0, 0, 0, 1, 0}, true},
		{[]float64{0, 1, 0, 0, 0}, false},
		{[]float64{0, 0, 0, 1, 1}, false},
		{[]float64{1, 0}, false}, // wrong length
	} {
		if got := f.Estimable(c.l); got != c.want {
			t.Errorf("estimable %v: %v", c.l, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	ok := []float64{1, 1, 1, 2}
	for name, f := range map[string]func() (*Fit, error){
		"no column":        func() (*Fit, error) { return Solve(nil, 2, 0, []float64{1, 2}, nil) },
		"no row":           func() (*Fit, error) { return Solve(nil, 0, 2, nil, nil) },
		"short design":     func() (*Fit, error) { return Solve(ok[:3], 2, 2, []float64{1, 2}, nil) },
		"short response":   func() (*Fit, error) { return Solve(ok, 2, 2, []float64{1}, nil) },
		"NaN in design":    func() (*Fit, error) { return Solve([]float64{1, nan, 1, 2}, 2, 2, []float64{1, 2}, nil) },
		"infinite":         func() (*Fit, error) { return Solve(ok, 2, 2, []float64{1, inf}, nil) },
		"weight of zero":   func() (*Fit, error) { return Solve(ok, 2, 2, []float64{1, 2}, []float64{1, 0}) },
		"too few weights":  func() (*Fit, error) { return Solve(ok, 2, 2, []float64{1, 2}, []float64{1}) },
		"column overflows": func() (*Fit, error) { return Solve([]float64{1e200, 2e200, 1}, 3, 1, []float64{1, 2, 3}, nil) },
		"squares overflow": func() (*Fit, error) { return Solve([]float64{1, 1, 1}, 3, 1, []float64{1e200, -1e200, 3e200}, nil) },
	} {
		if got, err := f(); err == nil {
			t.Errorf("%s: %+v, want an error", name, got)
		}
	}
}

// Units of the columns and of the response change nothing but the units.
func TestScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n, p = 15, 3
		x, y, _ := sample(rapid.Uint64Range(0, 1000).Draw(t, "seed"), n, p)
		base, err := Solve(x, n, p, y, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := math.Pow(10, rapid.Float64Range(-60, 60).Draw(t, "column unit"))
		b := math.Pow(10, rapid.Float64Range(-60, 60).Draw(t, "response unit"))
		for i := range n {
			x[i*p+1] *= a
			y[i] *= b
		}
		f, err := Solve(x, n, p, y, nil)
		if err != nil {
			t.Fatal(err)
		}
		if g := f.Beta[1] * a / b; math.Abs(g-base.Beta[1]) > 1e-9*(1+math.Abs(base.Beta[1])) {
			t.Errorf("coefficient in other units: %v, was %v", g, base.Beta[1])
		}
		if g := f.RSS / b / b; math.Abs(g-base.RSS) > 1e-9*base.RSS {
			t.Errorf("RSS in other units: %v, was %v", g, base.RSS)
		}
	})
}

// The minimum over nonnegative weights meets the conditions of Kuhn and Tucker.
func TestNonnegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		rows, k := rapid.IntRange(1, 30).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "k")
		a, b := make([][]float64, rows), make([]float64, k)
		for i := range a {
			a[i] = make([]float64, k)
			for j := range k {
				a[i][j] = r.NormFloat64()
			}
		}
		for j := range b {
			b[j] = r.NormFloat64()
		}
		res := Nonnegative(a, b)
		gap := 0.0 // res'(res + b) = res' sum u_i a_i = 0
		for j, v := range res {
			gap += v * (v + b[j])
		}
		if math.Abs(gap) > 1e-9 {
			t.Errorf("the residual is not orthogonal to the fit: %v", gap)
		}
		for i := range a {
			g := 0.0
			for j, v := range res {
				g += v * a[i][j]
			}
			if g < -1e-9 {
				t.Errorf("row %d would lower the distance: %v", i, g)
			}
		}
	})
}
