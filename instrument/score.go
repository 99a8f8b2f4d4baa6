package instrument

import (
	"math"

	"varde/expr"
)

// plan is a score ready to be computed.
type plan struct {
	method  Method
	items   []int // indices of the items, in the order written
	atLeast float64
	times   float64
	missing Missing
	program *expr.Program
	result  expr.Type // Double or Bool
}

// Score computes every score that can be computed from the values; a score with
// too many missing items, or one whose expression needs a value that is not
// there, is left out. Scores may use earlier scores.
func (c *Compiled) Score(values map[string]Value) map[string]Value {
	out := make(map[string]Value, len(c.plans))
	r := c.read(values, out)
	for i := range c.plans {
		if v, ok := c.plans[i].compute(r); ok {
			out[c.Scores[i].ID] = v
		}
	}
	return out
}

func (p *plan) compute(r *record) (Value, bool) {
	if p.method == Calc {
		return p.evaluate(r)
	}
	answered, sum, count := 0, 0.0, 0
	low, high := math.Inf(1), math.Inf(-1)
	for _, i := range p.items {
		v, ok := r.value(i)
		if !ok {
			continue
		}
		x, ok := number(v)
		if !ok {
			continue
		}
		answered++
		sum += x
		low, high = min(low, x), max(high, x)
		if x >= p.atLeast {
			count++
		}
	}
	if answered == 0 || len(p.items)-answered > p.missing.Allow {
		return Value{}, false
	}
	scale := 1.0
	if p.missing.Prorate {
		scale = float64(len(p.items)) / float64(answered)
	}
	var x float64
	switch p.method {
	case Sum:
		x = sum * scale
	case Mean:
		x = sum / float64(answered)
	case Count:
		x = float64(count) * scale
	case Max:
		x = high
	case Min:
		x = low
	default:
		return Value{}, false
	}
	return finite(x * p.times)
}

func (p *plan) evaluate(r *record) (Value, bool) {
	if p.program == nil {
		return Value{}, false
	}
	x, known, err := p.program.Eval(r)
	if err != nil || !known {
		return Value{}, false
	}
	switch x := x.(type) {
	case bool:
		return BoolValue(x), true
	case float64:
		return finite(x * p.times)
	}
	return Value{}, false
}

// finite rounds away the dust of binary arithmetic (0.1+0.2), at the 12th
// significant digit and below a millionth, far below what any scale can tell. A
// result beyond what ParseNumber reads back is no score.
func finite(x float64) (Value, bool) {
	if math.IsNaN(x) || math.Abs(x) >= 1e15 {
		return Value{}, false
	}
	if math.Abs(x) < 1e-6 {
		return NumberValue(0), true
	}
	if x != math.Trunc(x) {
		digits := 11 - math.Floor(math.Log10(math.Abs(x)))
		if digits > 0 && digits < 300 {
			p := math.Pow(10, digits)
			if y := math.Round(x*p) / p; !math.IsInf(y, 0) && !math.IsNaN(y) {
				x = y
			}
		}
	}
	return NumberValue(x), true
}

// number answers a number, or 1 and 0 for yes and no.
func number(v Value) (float64, bool) {
	if v.kind == Number || v.kind == Bool {
		return v.num, true
	}
	return 0, false
}

// Bands lists the cut-offs' bands that the scores lie in.
func (c *Compiled) Bands(scores map[string]Value) []Cutoff {
	var out []Cutoff
	for _, k := range c.Cutoffs {
		x, ok := scores[k.Score].Float()
		if ok && (k.From == nil || x >= *k.From) && (k.Below == nil || x < *k.Below) {
			out = append(out, k)
		}
	}
	return out
}

// Alerting lists the alerts whose condition is true. One that rests on a value
// that is not there is not raised; the missing value is.
func (c *Compiled) Alerting(values, scores map[string]Value) []Alert {
	if len(c.alerts) == 0 {
		return nil
	}
	r := c.read(values, scores)
	var out []Alert
	for i, p := range c.alerts {
		if t, err := p.Test(r); err == nil && t == expr.True {
			out = append(out, c.Alerts[i])
		}
	}
	return out
}
