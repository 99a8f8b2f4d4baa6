package design

import (
	"math"
	"strings"
	"testing"
)

// Whatever comes, reading a table ends with a table that holds together, or an error.
func FuzzReadCSV(f *testing.F) {
	for _, text := range []string{small, "a;b\n1,5;x\n", "\xef\xbb\xbfa\tb\r\n1\t\"x\"\"y\"\r\n", "a\n", "\"a\nb\",c\n1,2\n", "a,a\n1,2", "\xff\xfe", ",\n,\n"} {
		f.Add(text, false)
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, comma bool) {
		table, err := ReadCSV(strings.NewReader(text), CSVOptions{MaxBytes: 1 << 20, DecimalComma: comma})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if table.Len() == 0 || len(table.Names()) == 0 {
			t.Fatal("an empty table")
		}
		for _, name := range table.Names() {
			c, ok := table.Column(name)
			if !ok || c.Len() != table.Len() {
				t.Fatalf("column %q: %t, %d rows of %d", name, ok, c.Len(), table.Len())
			}
			for i := range c.Len() {
				if v, ok := c.Number(i); ok && (math.IsNaN(v) || math.IsInf(v, 0) || c.Missing(i)) {
					t.Fatalf("%q is read as %g", c.Text(i), v)
				}
			}
		}
	})
}

// Whatever formula, condition and data come, the model is finite or there is an error.
func FuzzModel(f *testing.F) {
	for _, formula := range []string{
		"y ~ a * b + us(v | id)", "log(y) ~ I(x^2):a - 1 + csh(v | a / id)", "y ~ (a + b + x)^3 - a:b", "y ~ 0 + a / b", "y ~ sp_exp(x, w | id)",
		"`y` ~ sqrt(x + 1e-3) + 1/0", "y ~ (((a", "y ~ a^10", "y ~ -1", "y ~ I(-x^-2)",
	} {
		f.Add(formula, "x > 1 & a == \"A\"", small)
		f.Add(formula, "", "y,a,b,x,v,id,w\n1,A,L,1e300,V1,1,1\n1e308,B,M,-1e300,V1,2,\n")
	}
	f.Fuzz(func(t *testing.T, formula, subset, text string) {
		if len(text) > 4096 {
			return
		}
		parsed, err := Parse(formula)
		if err != nil {
			return
		}
		table, err := ReadCSV(strings.NewReader(text), CSVOptions{})
		if err != nil {
			return
		}
		m, err := parsed.Model(table, Options{Subset: subset})
		if err != nil {
			return
		}
		n, p := len(m.Rows), len(m.Names)
		if n == 0 || p == 0 || len(m.X) != n*p || len(m.Y) != n || m.Subject != nil && len(m.Subject) != n {
			t.Fatalf("%d rows, %d columns, %d in X, %d in Y", n, p, len(m.X), len(m.Y))
		}
		for k, v := range m.X {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%s in row %d is %g", m.Names[k%p], k/p, v)
			}
		}
		var factors []string
		for _, v := range m.variables {
			if v.factor() && len(factors) < 2 {
				factors = append(factors, v.name)
			}
		}
		means, err := m.Means(factors, MeanOptions{Weights: Proportional})
		if err != nil {
			return
		}
		for _, mean := range means {
			for _, l := range mean.L {
				if math.IsNaN(l) || math.IsInf(l, 0) {
					t.Fatalf("%s: %v", mean.Name, mean.L)
				}
			}
		}
	})
}

// Parsing ends soon and never breaks, and what it accepts can be asked for its parts.
func FuzzParse(f *testing.F) {
	for _, formula := range []string{"y ~ a", "log(y + 1) ~ a * b + us(v | g / id) - 1", "y ~ (a+b+c+d)^4 - a:b:c", "y ~ `a b`", "y~I(x^-2)", "y ~ sp_exp(a, b | c)"} {
		f.Add(formula)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			if s, ok := err.(*SyntaxError); !ok || s.Column < 1 || s.Message == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		if p.Response() == "" || p.String() != text {
			t.Fatalf("%q became %q", text, p)
		}
	})
}
