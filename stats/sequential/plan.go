// Package sequential is group-sequential testing: boundaries that hold the error
// rate over several looks at accumulating data, their operating characteristics,
// and inference after stopping.
//
// Statistics are standardised (Z), with positive values in favour. Looks are
// given as shares of the largest information, ascending, the last usually 1. The
// drift is the expected Z at share 1: effect times the square root of the
// largest information.
package sequential

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/distribution"
	"varde/stats/root"
)

// Design asks for a plan.
type Design struct {
	Information []float64
	Alpha       float64 // of all sides together; 0 is 0.025 one-sided, 0.05 two-sided
	Sides       int     // 1 or 2 (symmetric); 0 is 1
	Beta        float64 // 1 - power; 0 is 0.1
	Efficacy    Boundary
	Futility    *Futility // one-sided designs only; nil is none
}

// Futility stops for lack of effect when Z is at or below the bound.
type Futility struct {
	Boundary // a spending function of Beta, or Given (the last value is not used)
	// Binding counts on the trial being stopped: the efficacy bounds are lowered
	// by what futility cannot reject any more. Otherwise the level holds whether
	// or not the bound is obeyed.
	Binding bool
}

// Plan is a design with its boundaries.
type Plan struct {
	Design
	Upper []float64 // reject when Z >= it (two-sided: |Z|)
	Lower []float64 // stop for futility when Z <= it; -Inf where there is none
	// Nominal one-sided level of each upper bound, and the level spent so far
	// (of all sides) when futility is not obeyed, or binding is.
	Nominal, Spent []float64
	// Drift at which the power, of rejections in favour, is 1 - Beta, and its square over that of the
	// fixed design: the factor by which the largest sample grows.
	Drift, Inflation float64
	Notes            []string
}

// New computes the boundaries and the drift.
func New(d Design) (*Plan, error) {
	d, err := d.fill()
	if err != nil {
		return nil, err
	}
	p := &Plan{Design: d}
	looks := len(d.Information)
	p.Lower = make([]float64, looks)
	for k := range p.Lower {
		p.Lower[k] = math.Inf(-1)
	}
	if d.Futility == nil || d.Futility.Kind == Given {
		err = p.fixed()
	} else {
		err = p.spendBoth()
	}
	if err != nil {
		return nil, err
	}
	for k, u := range p.Upper {
		if math.IsInf(u, -1) {
			return nil, fmt.Errorf("sequential: at look %d too few trials go on to spend the level; choose a less severe futility bound", k+1)
		}
		p.Nominal = append(p.Nominal, distribution.NormalUpper(u))
		if p.Lower[k] > u {
			return nil, fmt.Errorf("sequential: at look %d the futility bound %.4g lies above the efficacy bound %.4g; choose a less severe one", k+1, p.Lower[k], u)
		}
	}
	p.Spent = p.spending()
	fixed := Fixed(d.tail(), d.Beta)
	p.Inflation = p.Drift * p.Drift / (fixed * fixed)
	return p, nil
}

func (d Design) tail() float64 { return d.Alpha / float64(d.Sides) }

func (d Design) fill() (Design, error) {
	if d.Sides == 0 {
		d.Sides = 1
	}
	if d.Alpha == 0 {
		d.Alpha = 0.025 * float64(d.Sides)
	}
	if d.Beta == 0 {
		d.Beta = 0.1
	}
	switch {
	case d.Sides != 1 && d.Sides != 2:
		return d, fmt.Errorf("sequential: a design has 1 or 2 sides, not %d", d.Sides)
	case !(d.Alpha > 0 && d.Alpha < 0.5*float64(d.Sides)):
		return d, fmt.Errorf("sequential: a level of %v", d.Alpha)
	case !(d.Beta > 0 && d.Beta < 1-d.Alpha):
		return d, fmt.Errorf("sequential: a type II error of %v; it lies between 0 and 1 less the level", d.Beta)
	case len(d.Information) == 0 || len(d.Information) > 50:
		return d, fmt.Errorf("sequential: %d looks; 1 to 50 are possible", len(d.Information))
	}
	before := 0.0
	for k, t := range d.Information {
		if !(t >= before+1e-6) || t > 2 {
			return d, fmt.Errorf("sequential: the information at look %d is %v after %v; shares rise from above 0", k+1, t, before)
		}
		before = t
	}
	if err := d.Efficacy.check(len(d.Information)); err != nil {
		return d, err
	}
	return d, d.checkFutility()
}

func (d Design) checkFutility() error {
	switch f := d.Futility; {
	case f == nil:
		return nil
	case d.Sides == 2:
		return errors.New("sequential: futility bounds are for one-sided designs")
	case !f.spends() && f.Kind != Given:
		return fmt.Errorf("sequential: futility by %q; use a spending function of the type II error, or given bounds", f.Kind)
	case f.Kind == Given && f.Binding && !d.Efficacy.spends() && d.Efficacy.Kind != Given:
		return errors.New("sequential: binding futility needs a spending function for efficacy")
	default:
		return f.check(len(d.Information))
	}
}

// floor is the lower bound that counts for the level: a futility bound only
// where it binds.
func (p *Plan) floor(k int) float64 {
	if p.Sides == 2 {
		return -p.Upper[k]
	}
	if p.Futility != nil && p.Futility.Binding {
		return p.Lower[k]
	}
	return math.Inf(-1)
}

// fixed computes designs whose lower bounds are known before.
func (p *Plan) fixed() error {
	if p.Futility != nil {
		copy(p.Lower, p.Futility.Values)
		p.Lower[len(p.Lower)-1] = math.Inf(-1)
	}
	if err := p.efficacy(); err != nil {
		return err
	}
	if p.Futility != nil {
		p.Lower[len(p.Lower)-1] = p.Upper[len(p.Upper)-1]
	}
	drift, err := root.Above(func(drift float64) float64 {
		return sum(p.cross(drift).Reject) - (1 - p.Beta)
	}, 0, 4, 200, 1e-11)
	if err != nil {
		return fmt.Errorf("sequential: no effect gives a power of %v with these bounds", 1-p.Beta)
	}
	p.Drift = drift
	return nil
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}

// efficacy fills Upper for the lower bounds as they are.
func (p *Plan) efficacy() error {
	b, t := p.Efficacy, p.Information
	switch {
	case b.Kind == Given:
		p.Upper = append([]float64(nil), b.Values...)
		return nil
	case b.spends():
		return p.spendAlpha()
	case b.Kind == HaybittlePeto:
		return p.haybittle()
	}
	excess := func(c float64) float64 {
		p.Upper = make([]float64, len(t))
		for k := range t {
			p.Upper[k] = c * b.shape(t[k])
		}
		return sum(p.nullCross()) - p.Alpha
	}
	c, err := root.Find(excess, 0.01, 40, 1e-11)
	if err != nil {
		return fmt.Errorf("sequential: no constant holds the level of %v: %w", p.Alpha, err)
	}
	excess(c)
	return nil
}

func (p *Plan) haybittle() error {
	k := len(p.Information)
	early := p.Efficacy.Parameter
	if early == 0 {
		early = 3
	}
	p.Upper = make([]float64, k)
	for j := range p.Upper {
		p.Upper[j] = early
	}
	last, err := root.Find(func(u float64) float64 {
		p.Upper[k-1] = u
		return sum(p.nullCross()) - p.Alpha
	}, 0, 20, 1e-11)
	if err != nil {
		return fmt.Errorf("sequential: a bound of %v before the last look leaves nothing of the level %v", early, p.Alpha)
	}
	p.Upper[k-1] = last
	return nil
}

// spendAlpha finds each upper bound from the level that is free at its look.
func (p *Plan) spendAlpha() error {
	p.Upper = make([]float64, len(p.Information))
	f, before := origin(), 0.0
	for k, t := range p.Information {
		now := p.Efficacy.spent(p.tail(), t)
		u, err := upperFor(f, t, now-before)
		if err != nil {
			return fmt.Errorf("sequential: look %d: %w", k+1, err)
		}
		p.Upper[k], before = u, now
		if k+1 < len(p.Information) {
			f = f.next(p.floor(k), u, t, 0, p.Information[k+1])
		}
	}
	return nil
}

// upperFor answers the bound above which the null has the probability free: all
// of what still goes on if that is less.
func upperFor(f front, t, free float64) (float64, error) {
	if free < 1e-16 {
		return math.Inf(1), nil
	}
	if f.mass() <= free {
		return math.Inf(-1), nil
	}
	return root.Find(func(u float64) float64 { return f.above(u, t, 0) - free }, -10, 12, 1e-12)
}
