package design

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Averaging says how the factors that are not asked for are averaged over.
type Averaging int

const (
	// Equal gives every combination of their levels the same weight (emmeans: "equal").
	Equal Averaging = iota
	// Proportional weighs the combinations by their frequencies in the rows used,
	// whatever the factors asked for (emmeans: "proportional"; SAS: OBSMARGINS over
	// the analysed data).
	Proportional
)

// MeanOptions say at which values the means are taken.
type MeanOptions struct {
	Weights Averaging
	At      map[string]float64 // covariates by column; the others are at their mean over the rows used
}

// Mean is a row of coefficients whose product with the estimates is a least-squares
// mean.
type Mean struct {
	Levels map[string]string // of the factors asked for
	Name   string            // the levels in the order asked for: "B, V2"; "all" without any
	L      []float64         // p
}

// Contrast is a difference of two means.
type Contrast struct {
	Within    map[string]string // levels that both means share
	Level     string            // of the factor compared
	Reference string            // of the factor compared
	Name      string            // "B - A" or "B - A, V2"
	L         []float64         // p
}

const (
	mostMeans = 10_000
	mostWork  = 1e9 // coefficients to add up
)

// Means answers the least-squares means over the combinations of levels of factors
// of the model, the first factor's levels varying fastest. Covariates are at their
// mean over the rows used, and a function of a covariate (log(x), I(x^2)) is taken
// at that mean; other factors are averaged as the options say (Searle, Speed and
// Milliken 1980). Every combination of levels of the averaged factors counts under
// equal weights, also one never seen: the means may then not be estimable.
func (m *Model) Means(over []string, o MeanOptions) ([]Mean, error) {
	asked, err := m.factors(over)
	if err != nil {
		return nil, err
	}
	values, err := m.numbers(o)
	if err != nil {
		return nil, err
	}
	count := 1
	for _, v := range asked {
		if count *= len(v.levels); count > mostMeans {
			return nil, fmt.Errorf("there would be more than %d means: name fewer factors", mostMeans)
		}
	}
	backgrounds := m.backgrounds(asked, o.Weights)
	if work := float64(count) * float64(len(backgrounds)) * float64(len(m.Names)); work > mostWork {
		return nil, fmt.Errorf("%d means over %d combinations of the other factors are too many: name fewer factors, or average with equal weights", count, len(backgrounds))
	}
	out := make([]Mean, count)
	for k := range out {
		out[k] = m.mean(asked, k, backgrounds, values)
		for j, l := range out[k].L {
			if math.IsInf(l, 0) || math.IsNaN(l) {
				return nil, fmt.Errorf("%s is too large a number at the covariates' means: give its columns in other units", m.Names[j])
			}
		}
	}
	return out, nil
}

func (m *Model) factors(over []string) ([]*variable, error) {
	var out []*variable
	for i, name := range over {
		if slices.Contains(over[:i], name) {
			return nil, fmt.Errorf("%q is asked for twice", name)
		}
		v, err := m.factorOf(name)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (m *Model) factorOf(name string) (*variable, error) {
	var there []string
	for _, v := range m.variables {
		if !v.factor() {
			if v.name == name && v.values != nil {
				return nil, fmt.Errorf("%q is a covariate in this model: means are over factors; list it as a factor to have means over its values", name)
			}
			continue
		}
		if v.name == name {
			return v, nil
		}
		there = append(there, v.name)
	}
	if len(there) == 0 {
		return nil, fmt.Errorf("%q is not a factor of the model: it has none", name)
	}
	return nil, fmt.Errorf("%q is not a factor of the model; its factors are %s", name, listed(there))
}

// numbers evaluates the numeric variables at the means of their columns.
func (m *Model) numbers(o MeanOptions) (map[*variable]float64, error) {
	at := map[string]float64{}
	for n, v := range m.means {
		at[n] = v
	}
	for n, v := range o.At {
		if _, ok := at[n]; !ok {
			return nil, fmt.Errorf("%q is not a covariate of the model", n)
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the value of %q for the means is not a finite number", n)
		}
		at[n] = v
	}
	out := map[*variable]float64{}
	for _, v := range m.variables {
		if v.values == nil {
			continue
		}
		x := v.expr.evaluate(func(n string) float64 { return at[n] })
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s is not a finite number at the covariates' means: give values for the means to be taken at", v.name)
		}
		out[v] = x
	}
	return out, nil
}

// background is a weighting of the levels of the factors averaged over.
type background struct {
	weight float64
	levels map[*variable][]float64 // weights of the levels, of sum 1
}

// backgrounds answers the combinations to average over. Under equal weights the
// factors are independent of each other and each stands once in a term, so that one
// background with equal weights of levels gives the average over all combinations.
func (m *Model) backgrounds(asked []*variable, how Averaging) []background {
	var others []*variable
	for _, v := range m.variables {
		if v.factor() && !slices.Contains(asked, v) {
			others = append(others, v)
		}
	}
	if how != Proportional || len(others) == 0 {
		b := background{weight: 1, levels: map[*variable][]float64{}}
		for _, v := range others {
			w := make([]float64, len(v.levels))
			for k := range w {
				w[k] = 1 / float64(len(w))
			}
			b.levels[v] = w
		}
		return []background{b}
	}
	return m.observed(others)
}

// observed answers the combinations of levels that were seen, by frequency.
func (m *Model) observed(others []*variable) []background {
	index := map[string]int{}
	var out []background
	var key []byte
	for i := range m.Rows {
		key = key[:0]
		for _, v := range others {
			key = append(key, byte(v.codes[i]), byte(v.codes[i]>>8), byte(v.codes[i]>>16), byte(v.codes[i]>>24))
		}
		k, ok := index[string(key)]
		if !ok {
			k = len(out)
			index[string(key)] = k
			b := background{levels: map[*variable][]float64{}}
			for _, v := range others {
				b.levels[v] = indicator(len(v.levels), v.codes[i])
			}
			out = append(out, b)
		}
		out[k].weight++
	}
	for k := range out {
		out[k].weight /= float64(len(m.Rows))
	}
	return out
}

func indicator(n, at int) []float64 {
	w := make([]float64, n)
	w[at] = 1
	return w
}

// mean averages the k-th combination of the factors asked for over the backgrounds.
func (m *Model) mean(asked []*variable, k int, backgrounds []background, values map[*variable]float64) Mean {
	out := Mean{Levels: map[string]string{}, L: make([]float64, len(m.Names))}
	fixed := map[*variable][]float64{}
	var names []string
	for _, v := range asked {
		l := k % len(v.levels)
		k /= len(v.levels)
		fixed[v] = indicator(len(v.levels), l)
		out.Levels[v.name] = v.levels[l]
		names = append(names, v.levels[l])
	}
	if out.Name = strings.Join(names, ", "); len(names) == 0 {
		out.Name = "all"
	}
	row := make([]float64, len(m.Names))
	var scratch [2][]float64
	for _, b := range backgrounds {
		m.fillRow(row, &scratch, func(to []float64, p part) []float64 {
			w := fixed[p.variable]
			if w == nil {
				w = b.levels[p.variable]
			}
			switch {
			case !p.variable.factor():
				return append(to, values[p.variable])
			case p.full:
				return append(to, w...)
			}
			return append(to, w[1:]...)
		})
		for j, x := range row {
			out.L[j] += b.weight * x
		}
	}
	return out
}

// At answers X as if every row had one level of a factor: row-major n x p, for risks
// or means standardised over the rows (g-computation).
func (m *Model) At(factor, level string) ([]float64, error) {
	f, err := m.factorOf(factor)
	if err != nil {
		return nil, err
	}
	code := slices.Index(f.levels, level)
	if code < 0 {
		return nil, fmt.Errorf("%q is not a level of %q; its levels are %s", level, factor, listed(f.levels))
	}
	p := len(m.Names)
	x := make([]float64, len(m.Rows)*p)
	var scratch [2][]float64
	for i := range m.Rows {
		m.fillRow(x[i*p:(i+1)*p], &scratch, func(out []float64, q part) []float64 {
			switch v := q.variable; {
			case v == f:
				return q.indicators(out, code)
			case v.factor():
				return q.indicators(out, v.codes[i])
			default:
				return append(out, v.values[i])
			}
		})
	}
	return x, nil
}

// Levels are the levels of a factor of the model, the reference first.
func (m *Model) Levels(factor string) ([]string, error) {
	f, err := m.factorOf(factor)
	if err != nil {
		return nil, err
	}
	return slices.Clone(f.levels), nil
}
