package design

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// Bad data give an error that tells the place, the column and what to do.
func TestModelFaults(t *testing.T) {
	const head = "y,arm,visit,id,x,w\n"
	const good = "1,A,V1,1,5,1\n2,A,V2,1,5,1\n3,B,V1,2,6,1\n5,B,V2,2,6,1\n"
	const mmrm = "y ~ x + arm * visit + us(visit | id)"
	for _, c := range []struct {
		name, data, formula string
		options             Options
		want                string
	}{
		{"no column", good, "y ~ dose", Options{}, `there is no column "dose"; the columns are "y", "arm", "visit", "id", "x", "w"`},
		{"capitals", good, "y ~ Arm", Options{}, `there is "arm": capital and small letters must agree`},
		{"text response", good + "x,A,V3,1,5,1\n", mmrm, Options{}, `line 6, column "y": "x" is not a number`},
		{"text covariate", good + "1,A,V3,1,many,1\n", "y ~ arm + I(x)", Options{}, `line 6, column "x": "many" is not a number`},
		{"decimal comma", good + `"1,5",A,V3,1,5,1` + "\n", mmrm, Options{}, "if commas are decimal marks"},
		{"duplicate", good + "9,A,V1,1,5,1\n", mmrm, Options{}, `line 2 and line 6 are the same id at the same visit "V1"`},
		{"one arm", "1,A,V1,1,5,1\n2,A,V2,1,6,1\n3,A,V1,2,6,1\n", mmrm, Options{}, `the factor "arm" has one level only, "A", in the 3 rows used`},
		{"one visit", "1,A,V1,1,5,1\n2,B,V1,2,6,1\n", mmrm, Options{}, `the factor "visit" has one level only`},
		{"all missing", "NA,A,V1,1,5,1\n,B,V1,2,6,1\n", mmrm, Options{}, "no row has a value in every column used: missing is y in 2 of 2 rows"},
		{"constant response", "3,A,V1,1,5,1\n3,B,V1,2,6,1\n3,A,V2,1,5,1\n", mmrm, Options{}, "the response y is 3 in each of the 3 rows used"},
		{"one row", "3,A,V1,1,5,1\n", "y ~ 1", Options{}, "only one row can be used: line 2"},
		{"lost subject", good + "4,A,V3,,5,1\n", mmrm, Options{}, `line 6: "id" is missing although there is a response`},
		{"lost visit", good + "4,A,,1,5,1\n", mmrm, Options{}, `line 6: "visit" is missing although there is a response`},
		{"zero weight", good + "4,A,V3,1,5,0\n", mmrm, Options{Weights: "w"}, `line 6, column "w": the weight 0 is not above zero`},
		{"negative weight", good + "4,A,V3,1,5,-1\n", mmrm, Options{Weights: "w"}, "the weight -1 is not above zero"},
		{"text weight", good + "4,A,V3,1,5,heavy\n", mmrm, Options{Weights: "w"}, `line 6, column "w": "heavy"`},
		{"log of zero", good + "4,A,V3,1,0,1\n", "y ~ log(x)", Options{}, "line 6: log(x) is not a finite number where x = 0"},
		{"log of response", good + "-4,A,V3,1,0,1\n", "log(y) ~ x", Options{}, "line 6: log(y) is not a finite number where y = -4"},
		{"unlisted level", good, mmrm, Options{Levels: map[string][]string{"arm": {"A", "C"}}}, `line 4, column "arm": the level "B" is not among those listed: A, C`},
		{"listed twice", good, mmrm, Options{Levels: map[string][]string{"arm": {"A", "B", "A"}}}, `the level "A" of "arm" is listed twice`},
		{"factor not there", good, mmrm, Options{Factors: []string{"site"}}, `among the factors: there is no column "site"`},
		{"two ways", "1,A,1,1,5,1\n2,A,2,1,5,1\n3,B,1.0,2,6,1\n", "y ~ visit", Options{Factors: []string{"visit"}}, `"1" (line 2) and "1.0" (line 4) are one number written in two ways`},
		{"too large", good + "4,A,V3,1,1e200,1e200\n", "y ~ x:w", Options{}, "line 6: x:w is too large a number"},
		{"two groups", good + "4,B,V3,1,5,1\n", "y ~ visit + us(visit | arm / id)", Options{}, `line 2 and line 6 are the same id in different groups of arm`},
		{"same place", good, "y ~ arm + sp_exp(x | id)", Options{}, "line 2 and line 3 are the same id at the same place (x)"},
		{"no such row", good, mmrm, Options{Subset: "x > 10"}, `no row meets the condition "x > 10"`},
		{"condition on text", good, mmrm, Options{Subset: "arm > 1"}, `"A" is not a number`},
		{"order of texts", good, mmrm, Options{Subset: `arm > "A"`}, "== and != only"},
		{"condition column", good, mmrm, Options{Subset: `trial == 1`}, `there is no column "trial"`},
		{"condition half", good, mmrm, Options{Subset: `x ==`}, "a number or a text in quotation marks"},
		{"condition and", good, mmrm, Options{Subset: `x == 5 y`}, `"y" where & or the end is expected`},
		{"condition bare", good, mmrm, Options{Subset: `arm == A`}, "a text in quotation marks"},
	} {
		f, err := Parse(c.formula)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		_, err = f.Model(read(t, head+c.data), c.options)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// An identifier never stands in a message: it may be a person's.
func TestMessagesNameNoSubject(t *testing.T) {
	table := read(t, "y,arm,visit,id\n1,A,V1,secret-7\n2,A,V1,secret-7\n3,B,V2,secret-8\n")
	f, _ := Parse("y ~ arm + us(visit | id)")
	if _, err := f.Model(table, Options{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestWhatIsLeftOutIsTold(t *testing.T) {
	table := read(t, `y,arm,visit,id,x,c
1,A,V1,1,0,3
2,B,V1,2,1,3
,A,V2,1,1,3
4,B,V2,2,1,3
5,B,V3,2,,3
`)
	f, _ := Parse("y ~ arm + x + c + us(visit | id)")
	m, err := f.Model(table, Options{Levels: map[string][]string{"visit": {"V1", "V2", "V3"}}})
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(m.Notes, "\n")
	for _, want := range []string{
		"2 of 5 rows are left out because a value is missing: y in 1, x in 1",
		`visit: no row used has the level "V3", which is left out`,
		"x is a number with two values: least-squares means are taken at its mean",
		"c is 3 in every row used",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("not noted: %s\n%s", want, notes)
		}
	}
	if m.Dropped != 2 || fmt.Sprint(m.Rows) != "[0 1 3]" || fmt.Sprint(m.Visits) != "[V1 V2]" {
		t.Errorf("dropped %d, rows %v, visits %v", m.Dropped, m.Rows, m.Visits)
	}
}

func TestSubset(t *testing.T) {
	table := read(t, "y,n,g\n1,1,a\n2,2,b\n3,3,a\n4,,b\n5,5,\n")
	for subset, want := range map[string]string{
		"":                  "[1 2 3 4 5]",
		"n == 2":            "[2]",
		"n != 2":            "[1 3 5]",
		"n<=2":              "[1 2]",
		"n < 2":             "[1]",
		"n >= 3":            "[3 5]",
		"n > -1":            "[1 2 3 5]",
		"n > 3":             "[5]",
		`n == "2"`:          "[2]",
		`g == "a"`:          "[1 3]",
		`g != 'a'`:          "[2 4]",
		`g == "a" & n > 1`:  "[3]",
		`n > 1 && g != "a"`: "[2]",
		"`n` == 1e0":        "[1]",
	} {
		holds, err := table.condition(subset)
		if err != nil {
			t.Errorf("%s: %v", subset, err)
			continue
		}
		var got []int
		for i := range table.Len() {
			if holds(i) {
				got = append(got, i+1)
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: rows %v, want %s", subset, got, want)
		}
	}
}

// The defaults for levels: texts sorted, numbers by value, listed ones as listed.
func TestOrderOfLevels(t *testing.T) {
	table := read(t, "y,f,n\n1,b,10\n2,a,9\n3,C,100\n4,b,9\n")
	for _, c := range []struct {
		formula string
		options Options
		want    string
	}{
		{"y ~ f", Options{}, "(Intercept) fa fb"},
		{"y ~ n", Options{}, "(Intercept) n"},
		{"y ~ n", Options{Factors: []string{"n"}}, "(Intercept) n10 n100"},
		{"y ~ n", Options{Levels: map[string][]string{"n": {"100", "9", "10"}}}, "(Intercept) n9 n10"},
		{"y ~ f", Options{Levels: map[string][]string{"f": {"b", "C", "a"}}}, "(Intercept) fC fa"},
		{"y ~ n + I(n)", Options{Factors: []string{"n"}}, "(Intercept) n10 n100 I(n)"},
	} {
		f, err := Parse(c.formula)
		if err != nil {
			t.Fatal(err)
		}
		m, err := f.Model(table, c.options)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(m.Names, " "); got != c.want {
			t.Errorf("%s, %v: %s, want %s", c.formula, c.options, got, c.want)
		}
	}
}

// Worked by hand: y = a (2 levels) * x + b (3 levels), x mean 2, b seen 3, 2, 1 times.
func TestMeansByHand(t *testing.T) {
	table := read(t, "y,a,b,x\n1,A,L,1\n2,A,L,2\n3,B,L,3\n4,B,M,2\n5,A,M,0\n7,B,H,4\n")
	f, _ := Parse("y ~ a * x + b")
	m, err := f.Model(table, Options{Levels: map[string][]string{"b": {"L", "M", "H"}}})
	if err != nil {
		t.Fatal(err)
	}
	// (Intercept) aB x bM bH aB:x
	third := 1.0 / 3
	for _, c := range []struct {
		options MeanOptions
		want    [][]float64
	}{
		{MeanOptions{}, [][]float64{{1, 0, 2, third, third, 0}, {1, 1, 2, third, third, 2}}},
		{MeanOptions{Weights: Proportional}, [][]float64{{1, 0, 2, third, third / 2, 0}, {1, 1, 2, third, third / 2, 2}}},
		{MeanOptions{At: map[string]float64{"x": 5}}, [][]float64{{1, 0, 5, third, third, 0}, {1, 1, 5, third, third, 5}}},
	} {
		means, err := m.Means([]string{"a"}, c.options)
		if err != nil {
			t.Fatal(err)
		}
		for k, mean := range means {
			for j := range mean.L {
				if math.Abs(mean.L[j]-c.want[k][j]) > 1e-15 {
					t.Errorf("%+v, %s: %v, want %v", c.options, mean.Name, mean.L, c.want[k])
					break
				}
			}
		}
	}
	means, _ := m.Means([]string{"b", "a"}, MeanOptions{})
	var names []string
	for _, mean := range means {
		names = append(names, mean.Name)
	}
	if got := strings.Join(names, "; "); got != "L, A; M, A; H, A; L, B; M, B; H, B" {
		t.Error(got)
	}
	pairs, err := m.Pairs(means, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	names = nil
	for _, p := range pairs {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, "; "); got != "M - L, A; H - L, A; H - M, A; M - L, B; H - L, B; H - M, B" {
		t.Error(got)
	}
	all, err := m.Means(nil, MeanOptions{})
	if err != nil || len(all) != 1 || all[0].Name != "all" || all[0].L[1] != 0.5 || all[0].L[5] != 1 {
		t.Errorf("%+v (%v)", all, err)
	}
}

func TestMeansFaults(t *testing.T) {
	f, _ := Parse("y ~ a * x + b + log(x)")
	m, err := f.Model(read(t, small), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		over    []string
		options MeanOptions
		want    string
	}{
		{[]string{"x"}, MeanOptions{}, "is a covariate in this model"},
		{[]string{"v"}, MeanOptions{}, `its factors are "a", "b"`},
		{[]string{"a", "a"}, MeanOptions{}, "asked for twice"},
		{nil, MeanOptions{At: map[string]float64{"z": 1}}, `"z" is not a covariate`},
		{nil, MeanOptions{At: map[string]float64{"x": math.NaN()}}, "not a finite number"},
		{nil, MeanOptions{At: map[string]float64{"x": 0}}, "log(x) is not a finite number at the covariates' means"},
	} {
		if _, err := m.Means(c.over, c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.over, err, c.want)
		}
	}
	means, err := m.Means([]string{"a"}, MeanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ within, between, want string }{
		{"", "b", `is not over "b"`}, {"b", "a", `is not over "b"`}, {"a", "a", "within itself"}, {"", "q", "not a factor"},
	} {
		if _, err := m.Differences(means, c.within, c.between); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := m.Differences(means[:1], "", "a"); err == nil || !strings.Contains(err.Error(), "no two means") {
		t.Error(err)
	}
}
