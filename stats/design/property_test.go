package design

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// data are random rows of three factors and two covariates in which every factor has
// at least two levels.
type data struct {
	levels map[string][]string
	cells  map[string][]string
	x, z   []float64
	y      []float64
}

func drawData(r *rapid.T) data {
	n := rapid.IntRange(8, 40).Draw(r, "n")
	d := data{levels: map[string][]string{}, cells: map[string][]string{}}
	for _, f := range []string{"a", "b", "c"} {
		k := rapid.IntRange(2, 4).Draw(r, f)
		for l := range k {
			d.levels[f] = append(d.levels[f], fmt.Sprintf("%s%d", f, l))
		}
		for i := range n {
			l := i // the first rows see every level
			if i >= k {
				l = rapid.IntRange(0, k-1).Draw(r, "level")
			}
			d.cells[f] = append(d.cells[f], d.levels[f][l])
		}
	}
	for i := range n {
		d.x = append(d.x, rapid.Float64Range(-5, 5).Draw(r, "x"))
		d.z = append(d.z, rapid.Float64Range(0.1, 9).Draw(r, "z"))
		d.y = append(d.y, float64(i)+rapid.Float64Range(0, 0.5).Draw(r, "y"))
	}
	return d
}

func (d data) table(r *rapid.T, order []int) *Table {
	pick := func(v []float64) []float64 {
		out := make([]float64, len(order))
		for k, i := range order {
			out[k] = v[i]
		}
		return out
	}
	columns := []Column{FloatColumn("y", pick(d.y)), FloatColumn("x", pick(d.x)), FloatColumn("z", pick(d.z))}
	for _, f := range []string{"a", "b", "c"} {
		cells := make([]string, len(order))
		for k, i := range order {
			cells[k] = d.cells[f][i]
		}
		columns = append(columns, TextColumn(f, cells))
	}
	t, err := NewTable(columns...)
	if err != nil {
		r.Fatal(err)
	}
	return t
}

var propertyFormulas = []string{
	"y ~ a + b + x", "y ~ a * b + x", "y ~ a * b * c", "y ~ (a + b + x)^2", "y ~ a:b + x", "y ~ a / b + log(z)",
	"y ~ a * b - 1", "y ~ 0 + a:b + c", "y ~ a + x:a + I(x^2)", "y ~ b + a:b:c",
}

func model(r *rapid.T, formula string, t *Table, levels map[string][]string) *Model {
	f, err := Parse(formula)
	if err != nil {
		r.Fatal(err)
	}
	m, err := f.Model(t, Options{Levels: levels})
	if err != nil {
		r.Fatal(err)
	}
	return m
}

func straight(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// The rows may come in any order: X, names and means are the same.
func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := drawData(r)
		formula := rapid.SampledFrom(propertyFormulas).Draw(r, "formula")
		order := rapid.Permutation(straight(len(d.y))).Draw(r, "order")
		one := model(r, formula, d.table(r, straight(len(d.y))), nil)
		two := model(r, formula, d.table(r, order), nil)
		if !slices.Equal(one.Names, two.Names) {
			r.Fatalf("%q and %q", one.Names, two.Names)
		}
		p := len(one.Names)
		for k, i := range order {
			if !slices.Equal(two.X[k*p:(k+1)*p], one.X[i*p:(i+1)*p]) || two.Y[k] != one.Y[i] {
				r.Fatalf("row %d differs", i)
			}
		}
		for _, weights := range []Averaging{Equal, Proportional} {
			a, errA := one.Means([]string{"a"}, MeanOptions{Weights: weights})
			b, errB := two.Means([]string{"a"}, MeanOptions{Weights: weights})
			if errA != nil || errB != nil {
				r.Fatal(errA, errB)
			}
			for k := range a {
				if !close(a[k].L, b[k].L, 1e-12) {
					r.Fatalf("%v and %v", a[k].L, b[k].L)
				}
			}
		}
	})
}

func close(a, b []float64, tolerance float64) bool {
	for i := range a {
		if math.Abs(a[i]-b[i]) > tolerance*(1+math.Abs(b[i])) {
			return false
		}
	}
	return len(a) == len(b)
}

// Another order of the levels is another parametrisation of the same model: the
// columns of one X are combinations of the other's, and the means of fitted values
// are the same.
func TestOrderOfLevelsReparametrises(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := drawData(r)
		formula := rapid.SampledFrom(propertyFormulas).Draw(r, "formula")
		table := d.table(r, straight(len(d.y)))
		other := map[string][]string{}
		for _, f := range []string{"a", "b", "c"} {
			other[f] = rapid.Permutation(d.levels[f]).Draw(r, "levels of "+f)
		}
		one, two := model(r, formula, table, nil), model(r, formula, table, other)
		if len(one.Names) != len(two.Names) {
			r.Fatalf("%d and %d columns", len(one.Names), len(two.Names))
		}
		if a, b := rank(one.X, len(one.Y), len(one.Names)), rank(two.X, len(two.Y), len(two.Names)); a != b {
			r.Fatalf("ranks %d and %d", a, b)
		}
		both := make([]float64, 0, 2*len(one.X))
		p := len(one.Names)
		for i := range one.Y {
			both = append(append(both, one.X[i*p:(i+1)*p]...), two.X[i*p:(i+1)*p]...)
		}
		if a, b := rank(one.X, len(one.Y), p), rank(both, len(one.Y), 2*p); a != b {
			r.Fatalf("%s: the columns span %d dimensions, together with the others %d", formula, a, b)
		}
	})
}

// rank counts the independent columns of a matrix n x p by elimination.
func rank(x []float64, n, p int) int {
	a := slices.Clone(x)
	out := 0
	for j := 0; j < p && out < n; j++ {
		best := out
		for i := out; i < n; i++ {
			if math.Abs(a[i*p+j]) > math.Abs(a[best*p+j]) {
				best = i
			}
		}
		if math.Abs(a[best*p+j]) < 1e-8 {
			continue
		}
		for k := range p {
			a[out*p+k], a[best*p+k] = a[best*p+k], a[out*p+k]
		}
		for i := out + 1; i < n; i++ {
			f := a[i*p+j] / a[out*p+j]
			for k := j; k < p; k++ {
				a[i*p+k] -= f * a[out*p+k]
			}
		}
		out++
	}
	return out
}

// A full crossing of factors has as many columns as there are cells, with or
// without an intercept, however it is written.
func TestNumberOfColumns(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := drawData(r)
		table := d.table(r, straight(len(d.y)))
		cells := len(d.levels["a"]) * len(d.levels["b"])
		for _, formula := range []string{"y ~ a * b", "y ~ b * a - 1", "y ~ a / b", "y ~ a:b - 1", "y ~ 0 + a + a:b", "y ~ b + a:b"} {
			m := model(r, formula, table, nil)
			if len(m.Names) != cells || len(m.X) != cells*len(d.y) {
				r.Fatalf("%s has %d columns, want %d", formula, len(m.Names), cells)
			}
			if len(m.Names) != len(slices.Compact(slices.Sorted(slices.Values(m.Names)))) {
				r.Fatalf("%s: names twice in %q", formula, m.Names)
			}
		}
	})
}

// The mean at a combination of all factors, and at the values of a row, is that row
// of X; a mean over fewer factors is the average of those over more.
func TestMeansAreAveragesOfRows(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := drawData(r)
		formula := rapid.SampledFrom([]string{"y ~ a * b + x", "y ~ a / b + x", "y ~ a * x + b - 1"}).Draw(r, "formula")
		m := model(r, formula, d.table(r, straight(len(d.y))), nil)
		p := len(m.Names)
		i := rapid.IntRange(0, len(d.y)-1).Draw(r, "row")
		fine, err := m.Means([]string{"a", "b"}, MeanOptions{At: map[string]float64{"x": d.x[i]}})
		if err != nil {
			r.Fatal(err)
		}
		for _, mean := range fine {
			if mean.Levels["a"] == d.cells["a"][i] && mean.Levels["b"] == d.cells["b"][i] && !close(mean.L, m.X[i*p:(i+1)*p], 1e-12) {
				r.Fatalf("%s: %v, row %v", mean.Name, mean.L, m.X[i*p:(i+1)*p])
			}
		}
		coarse, err := m.Means([]string{"a"}, MeanOptions{At: map[string]float64{"x": d.x[i]}})
		if err != nil {
			r.Fatal(err)
		}
		for _, mean := range coarse {
			sum := make([]float64, p)
			for _, f := range fine {
				for j := range sum {
					if f.Levels["a"] == mean.Levels["a"] {
						sum[j] += f.L[j] / float64(len(d.levels["b"]))
					}
				}
			}
			if !close(mean.L, sum, 1e-12) {
				r.Fatalf("%s: %v, the average is %v", mean.Name, mean.L, sum)
			}
		}
	})
}

// Under proportional weights and no interaction the frequency-weighted mean of the
// least-squares means is the mean row of X.
func TestProportionalMeansKeepTheMean(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := drawData(r)
		m := model(r, "y ~ a + b + c + x", d.table(r, straight(len(d.y))), nil)
		means, err := m.Means([]string{"a"}, MeanOptions{Weights: Proportional})
		if err != nil {
			r.Fatal(err)
		}
		p, n := len(m.Names), len(m.Y)
		weighted, mean := make([]float64, p), make([]float64, p)
		for i := range n {
			for j := range p {
				mean[j] += m.X[i*p+j] / float64(n)
			}
			for _, l := range means {
				for j := range p {
					if l.Levels["a"] == d.cells["a"][i] {
						weighted[j] += l.L[j] / float64(n)
					}
				}
			}
		}
		if !close(weighted, mean, 1e-10) {
			r.Fatalf("%v, want %v", weighted, mean)
		}
	})
}

// What a formula is written as is what is read: names survive.
func TestNamesInBackQuotes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.StringMatching(`[^\x00-\x1f\x7f-\x9f`+"`"+`]{1,20}`).Draw(r, "name")
		name = strings.TrimSpace(strings.ToValidUTF8(name, "?"))
		if name == "" || name == "y" {
			return
		}
		table, err := NewTable(FloatColumn("y", []float64{1, 2, 4}), FloatColumn(name, []float64{1, 2, 5}))
		if err != nil {
			r.Skip(err)
		}
		m := model(r, "y ~ `"+name+"`", table, nil)
		if m.Names[1] != name {
			r.Fatalf("%q became %q", name, m.Names[1])
		}
	})
}
