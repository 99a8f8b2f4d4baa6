package blinding

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The CRISP trial of lovastatin as given by Bang, Ni and Davis (2004), table 3:
// treated 82 right, 25 wrong, 170 don't know; placebo 29, 27, 83. They print 0.21
// (0.15 to 0.26) and 0.01 (-0.07 to 0.10), one-sided 95% limits, and for James's
// index 0.75 (0.71 to 0.78).
func TestCrisp(t *testing.T) {
	treated, placebo := Guesses{82, 25, 170}, Guesses{29, 27, 83}
	for _, c := range []struct {
		i                      Index
		estimate, lower, upper float64
	}{
		{must(Bang(treated, 0.90)), 0.21, 0.15, 0.26},
		{must(Bang(placebo, 0.90)), 0.01, -0.07, 0.10},
		{must(James(treated, placebo, 0.90)), 0.75, 0.71, 0.78},
	} {
		if math.Abs(c.i.Estimate-c.estimate) > 0.005 || math.Abs(c.i.Lower-c.lower) > 0.005 || math.Abs(c.i.Upper-c.upper) > 0.005 {
			t.Errorf("%+v, want %v (%v to %v)", c.i, c.estimate, c.lower, c.upper)
		}
	}
}

// The corners of both scales.
func TestCorners(t *testing.T) {
	if i := must(Bang(Guesses{Correct: 9}, 0)); i.Estimate != 1 || i.SE != 0 || len(i.Notes) == 0 {
		t.Errorf("%+v", i)
	}
	if i := must(Bang(Guesses{Wrong: 9}, 0)); i.Estimate != -1 {
		t.Errorf("%+v", i)
	}
	if i := must(Bang(Guesses{Correct: 4, Wrong: 4, DontKnow: 3}, 0)); i.Estimate != 0 || i.P != 0.5 {
		t.Errorf("%+v", i)
	}
	if i := must(James(Guesses{Correct: 9}, Guesses{Correct: 9}, 0)); i.Estimate != 0 {
		t.Errorf("%+v", i)
	}
	if i := must(James(Guesses{DontKnow: 9}, Guesses{DontKnow: 9}, 0)); i.Estimate != 1 {
		t.Errorf("%+v", i)
	}
	if i := must(James(Guesses{Correct: 5, Wrong: 5}, Guesses{Correct: 5, Wrong: 5}, 0)); math.Abs(i.Estimate-0.5) > 1e-15 {
		t.Errorf("%+v", i)
	}
}

func draw(t *rapid.T, name string) Guesses {
	n := rapid.IntRange(0, 60)
	return Guesses{n.Draw(t, name+" right"), n.Draw(t, name+" wrong"), n.Draw(t, name+" unsure") + 1}
}

// Exchanging the arms changes nothing in James's index; exchanging right and
// wrong flips Bang's; the weighted form is the simple one for weights 1, 0, -1.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		x, y := must(Bang(a, 0)), must(Bang(Guesses{a.Wrong, a.Correct, a.DontKnow}, 0))
		if math.Abs(x.Estimate+y.Estimate) > 1e-14 || math.Abs(x.SE-y.SE) > 1e-14 {
			t.Errorf("%+v, %+v", x, y)
		}
		n := float64(a.N())
		pc, pw := float64(a.Correct)/n, float64(a.Wrong)/n
		if v := (pc*(1-pc) + pw*(1-pw) + 2*pc*pw) / n; math.Abs(x.SE*x.SE-v) > 1e-14 {
			t.Errorf("variance %v, want %v", x.SE*x.SE, v)
		}
		p, errP := James(a, b, 0)
		q, errQ := James(b, a, 0)
		if (errP == nil) != (errQ == nil) || math.Abs(p.Estimate-q.Estimate) > 1e-13 || math.Abs(p.SE-q.SE) > 1e-13 {
			t.Errorf("%+v %v, %+v %v", p, errP, q, errQ)
		}
	})
}

// The standard error of James's index is the spread of the index over samples
// (20,000, seeded; its own error is 0.5%).
func TestJamesStandardError(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 96))
	cells := []float64{0.3, 0.08, 0.12, 0.1, 0.2, 0.2}
	draw := func() (Guesses, Guesses) {
		var c [6]int
		for range 300 {
			u, k := r.Float64(), 0
			for k < 5 && u > cells[k] {
				u -= cells[k]
				k++
			}
			c[k]++
		}
		return Guesses{c[0], c[1], c[2]}, Guesses{c[3], c[4], c[5]}
	}
	const runs = 20000
	sum, square, se := 0.0, 0.0, 0.0
	for range runs {
		a, b := draw()
		i := must(James(a, b, 0))
		sum += i.Estimate
		square += i.Estimate * i.Estimate
		se += i.SE
	}
	spread := math.Sqrt(square/runs - sum*sum/runs/runs)
	if math.Abs(se/runs/spread-1) > 0.025 {
		t.Errorf("mean standard error %v, spread %v", se/runs, spread)
	}
}

func TestRefusals(t *testing.T) {
	ok := Guesses{1, 2, 3}
	for name, err := range map[string]error{
		"empty arm":      second(Bang(Guesses{}, 0)),
		"negative":       second(Bang(Guesses{-1, 2, 3}, 0)),
		"level":          second(Bang(ok, 95)),
		"weights":        second(BangWeighted([]int{1, 2}, []float64{1}, 0)),
		"heavy weight":   second(BangWeighted([]int{1, 2}, []float64{2, 0}, 0)),
		"nobody":         second(BangWeighted([]int{0, 0}, []float64{1, 0}, 0)),
		"James one arm":  second(James(ok, Guesses{}, 0)),
		"all of one arm": second(James(Guesses{Correct: 5}, Guesses{DontKnow: 5}, 0)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
