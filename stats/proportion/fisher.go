package proportion

import (
	"fmt"
	"math"

	"varde/stats/root"
)

// hypergeometric is the distribution of the events in the first group given all
// margins, at an odds ratio: log probabilities up to a constant, from lo on.
type hypergeometric struct {
	lo   int
	logp []float64
}

func newHypergeometric(a, b Count) hypergeometric {
	x := a.Events + b.Events
	lo, hi := max(0, x-b.N), min(x, a.N)
	h := hypergeometric{lo: lo, logp: make([]float64, hi-lo+1)}
	for k := lo; k <= hi; k++ {
		h.logp[k-lo] = logChoose(a.N, k) + logChoose(b.N, x-k)
	}
	return h
}

func logChoose(n, k int) float64 {
	g := func(m int) float64 { v, _ := math.Lgamma(float64(m) + 1); return v }
	return g(n) - g(k) - g(n-k)
}

// at answers the probabilities at a log odds ratio.
func (h hypergeometric) at(logOdds float64) []float64 {
	p := make([]float64, len(h.logp))
	top := math.Inf(-1)
	for i, l := range h.logp {
		p[i] = l + float64(i+h.lo)*logOdds
		top = max(top, p[i])
	}
	sum := 0.0
	for i, l := range p {
		p[i] = math.Exp(l - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

func (h hypergeometric) mean(logOdds float64) float64 {
	s := 0.0
	for i, p := range h.at(logOdds) {
		s += float64(i+h.lo) * p
	}
	return s
}

// upper is the probability of at least k events, lower of at most k.
func (h hypergeometric) upper(k int, logOdds float64) float64 {
	s := 0.0
	for i, p := range h.at(logOdds) {
		if i+h.lo >= k {
			s += p
		}
	}
	return s
}

func (h hypergeometric) lower(k int, logOdds float64) float64 {
	s := 0.0
	for i, p := range h.at(logOdds) {
		if i+h.lo <= k {
			s += p
		}
	}
	return s
}

// largestMargin bounds the tables that the exact test counts.
const largestMargin = 2_000_000

// Exact is Fisher's exact test with the conditional odds ratio.
type Exact struct {
	P, Less, Greater float64 // two-sided; one-sided for an odds ratio below, above one
	Odds             Estimate
}

// Fisher is Fisher's exact test. The two-sided p value sums all tables that are
// not more probable than the observed one (with R's relative tolerance of 1e-7);
// the odds ratio is the conditional maximum likelihood estimate, its interval
// inverts the two one-sided tests (Cornfield 1956; as R's fisher.test). An odds
// ratio at the end of what the margins allow is zero or infinite.
func Fisher(a, b Count, lev float64) (Exact, error) {
	lev, err := preparePair(a, b, lev)
	if err != nil {
		return Exact{}, err
	}
	if x := a.Events + b.Events; x == 0 || x == a.N+b.N {
		return Exact{}, errOneOutcome
	}
	if tables := min(a.N, a.Events+b.Events); tables > largestMargin {
		return Exact{}, fmt.Errorf("proportion: %d tables are too many for the exact test (at most %d); use Pearson's test", tables, largestMargin)
	}
	h := newHypergeometric(a, b)
	k := a.Events
	var t Exact
	p := h.at(0)
	for _, v := range p {
		if v <= p[k-h.lo]*(1+1e-7) {
			t.P += v
		}
	}
	t.P = min(1, t.P)
	t.Less, t.Greater = min(1, h.lower(k, 0)), min(1, h.upper(k, 0))
	t.Odds = h.odds(k, lev)
	return t, nil
}

func (h hypergeometric) odds(k int, lev float64) Estimate {
	e := Estimate{Method: "conditional maximum likelihood, exact", Level: lev, Estimate: 0, Lower: 0, Upper: math.Inf(1)}
	hi := h.lo + len(h.logp) - 1
	alpha := (1 - lev) / 2
	solve := func(f func(l float64) float64) float64 {
		v, err := root.Find(f, -700, 700, 1e-13)
		if err != nil {
			return math.NaN()
		}
		return math.Exp(v)
	}
	switch k {
	case h.lo:
		e.Notes = append(e.Notes, "the fewest events that the margins allow: the odds ratio is zero")
	case hi:
		e.Estimate = math.Inf(1)
		e.Notes = append(e.Notes, "the most events that the margins allow: the odds ratio is infinite")
	default:
		e.Estimate = solve(func(l float64) float64 { return h.mean(l) - float64(k) })
	}
	if k > h.lo {
		e.Lower = solve(func(l float64) float64 { return h.upper(k, l) - alpha })
	}
	if k < hi {
		e.Upper = solve(func(l float64) float64 { return h.lower(k, l) - alpha })
	}
	return e
}
