// Package blinding measures how well a blind held from guesses of the
// allocation: Bang's index for each arm and James's for the whole study.
package blinding

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
)

// Guesses counts the guesses in one arm.
type Guesses struct{ Correct, Wrong, DontKnow int }

// N is the number of people asked.
func (g Guesses) N() int { return g.Correct + g.Wrong + g.DontKnow }

func (g Guesses) check() error {
	if g.Correct < 0 || g.Wrong < 0 || g.DontKnow < 0 {
		return fmt.Errorf("blinding: counts of %d, %d and %d; none is negative", g.Correct, g.Wrong, g.DontKnow)
	}
	if g.N() == 0 {
		return errors.New("blinding: nobody in the arm was asked")
	}
	return nil
}

// Index is an index with its Wald interval.
type Index struct {
	Name                string
	Estimate, SE        float64
	Lower, Upper, Level float64
	// P is the one-sided p value that guesses are no better than chance
	// (Bang), or no worse blinded than at random (James): small values speak
	// for a broken blind. It is 1 where the standard error is zero.
	P     float64
	Notes []string
}

func levelOf(level float64) (float64, error) {
	if level == 0 {
		return 0.95, nil
	}
	if !(level > 0 && level < 1) {
		return 0, fmt.Errorf("blinding: a confidence level of %v; it lies between 0 and 1", level)
	}
	return level, nil
}

// Bang is the index of one arm, (correct - wrong) / n: 1 when all guess right, 0
// as by chance, -1 when all guess wrong (Bang, Ni and Davis 2004, Control Clin
// Trials 25:143). Its variance is (pc(1-pc) + pw(1-pw) + 2 pc pw)/n. Level 0 is
// a two-sided 0.95; the paper's intervals are at 0.90. The limits may lie
// outside -1 to 1; they are not cut.
func Bang(g Guesses, level float64) (Index, error) {
	if err := g.check(); err != nil {
		return Index{}, err
	}
	return BangWeighted([]int{g.Correct, g.DontKnow, g.Wrong}, []float64{1, 0, -1}, level)
}

// BangWeighted is the index of one arm for guesses with degrees of certainty,
// such as weights 1, 0.5, 0, -0.5, -1 from strongly right to strongly wrong:
// the mean weight (Bang et al. 2004, section 3.2, format 2 x 5).
func BangWeighted(counts []int, weights []float64, level float64) (Index, error) {
	level, err := levelOf(level)
	if err != nil {
		return Index{}, err
	}
	if len(counts) != len(weights) || len(counts) == 0 {
		return Index{}, fmt.Errorf("blinding: %d counts and %d weights", len(counts), len(weights))
	}
	n, sum, squares := 0.0, 0.0, 0.0
	for i, c := range counts {
		w := weights[i]
		if c < 0 || !(w >= -1 && w <= 1) {
			return Index{}, fmt.Errorf("blinding: category %d has count %d and weight %v; counts are not negative, weights lie between -1 and 1", i+1, c, w)
		}
		n += float64(c)
		sum += w * float64(c)
		squares += w * w * float64(c)
	}
	if n == 0 {
		return Index{}, errors.New("blinding: nobody in the arm was asked")
	}
	mean := sum / n
	return wald("Bang", mean, (squares/n-mean*mean)/n, level, 0, 1), nil
}

// wald makes the interval; sign is 1 where values above null speak for a broken
// blind, -1 where values below do.
func wald(name string, estimate, variance, level, null, sign float64) Index {
	i := Index{Name: name, Estimate: estimate, Level: level, P: 1}
	if variance > 1e-18 {
		i.SE = math.Sqrt(variance)
		i.P = distribution.NormalUpper(sign * (estimate - null) / i.SE)
	} else {
		i.Notes = append(i.Notes, "everybody answered alike: the standard error is zero and the interval says nothing")
	}
	half := distribution.NormalUpperQuantile((1-level)/2) * i.SE
	i.Lower, i.Upper = estimate-half, estimate+half
	return i
}

// James is the index of a study with two arms: 1 when nobody claims to know, 0.5
// for guesses as by chance, 0 when all guess right (James et al. 1996, Stat Med
// 15:1421, with weight 1 for "don't know"). It is
//
//	(1 + Pdk + (1 - Pdk) Kd) / 2,   Kd = (Pdo - Pde) / Pde
//
// over all the people asked; the variance is by the delta method for a
// multinomial sample.
func James(first, second Guesses, level float64) (Index, error) {
	level, err := levelOf(level)
	if err != nil {
		return Index{}, err
	}
	if err := errors.Join(first.check(), second.check()); err != nil {
		return Index{}, err
	}
	n := float64(first.N() + second.N())
	share := func(c int) float64 { return float64(c) / n }
	// a, b guesses in the first arm for the first and the second; c, d in the second arm.
	a, b, c, d := share(first.Correct), share(first.Wrong), share(second.Wrong), share(second.Correct)
	unsure := share(first.DontKnow + second.DontKnow)
	know := a + b + c + d
	if know == 0 {
		i := wald("James", 1, 0, level, 0.5, -1)
		i.Notes = []string{"nobody claims to know: the index is one by definition and has no standard error"}
		return i, nil
	}
	g1, g2, t1, t2 := a+c, b+d, a+b, c+d
	e := g1*t2 + g2*t1
	if e == 0 {
		return Index{}, errors.New("blinding: all who guess are of one arm and guess it, so that agreement by chance is complete; James's index does not exist; use Bang's for each arm")
	}
	wrong := b + c
	slope := func(de float64) float64 { return wrong * (know/e - know*know*de/(2*e*e)) }
	own := know * know / (2 * e)
	fa, fb, fc, fd := slope(t2+g2), slope(t1+g2)+own, slope(t2+g1)+own, slope(t1+g1)
	mean := a*fa + b*fb + c*fc + d*fd + unsure
	square := a*fa*fa + b*fb*fb + c*fc*fc + d*fd*fd + unsure
	return wald("James", unsure+wrong*own, (square-mean*mean)/n, level, 0.5, -1), nil
}
