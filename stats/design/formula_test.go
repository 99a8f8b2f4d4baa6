package design

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// small is a table with all combinations of two factors and a covariate.
const small = `y,a,b,x,v,id,w
1.5,A,L,1,V1,1,1
2.5,A,M,2,V2,1,1
3.0,A,H,4,V3,1,2
4.5,B,L,3,V1,2,1
5.0,B,M,1,V2,2,1
7.5,B,H,2,V3,2,3
`

func read(t testing.TB, text string) *Table {
	t.Helper()
	table, err := ReadCSV(strings.NewReader(text), CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The columns are those that R 4.2's colnames(model.matrix(formula)) gives for the
// same data, with b = factor(b, levels = c("L", "M", "H")); the rule is in the
// comment of (*builder).code.
func TestColumnsAreThoseOfR(t *testing.T) {
	for _, c := range []struct{ formula, want string }{
		{"y ~ a", "(Intercept) aB"},
		{"y ~ 1", "(Intercept)"},
		{"y ~ b + a", "(Intercept) bM bH aB"},
		{"y ~ a * b", "(Intercept) aB bM bH aB:bM aB:bH"},
		{"y ~ b * a", "(Intercept) bM bH aB bM:aB bH:aB"},
		{"y ~ a:b", "(Intercept) aA:bL aB:bL aA:bM aB:bM aA:bH aB:bH"},
		{"y ~ a + a:b", "(Intercept) aB aA:bM aB:bM aA:bH aB:bH"},
		{"y ~ a / b", "(Intercept) aB aA:bM aB:bM aA:bH aB:bH"},
		{"y ~ b + a:b", "(Intercept) bM bH bL:aB bM:aB bH:aB"},
		{"y ~ a - 1", "aA aB"},
		{"y ~ 0 + b + a", "bL bM bH aB"},
		{"y ~ x + a - 1", "x aA aB"},
		{"y ~ x - 1", "x"},
		{"y ~ 0 + a:b", "aA:bL aB:bL aA:bM aB:bM aA:bH aB:bH"},
		{"y ~ x:a", "(Intercept) x:aA x:aB"},
		{"y ~ x * a", "(Intercept) x aB x:aB"},
		{"y ~ a + x:a", "(Intercept) aB aA:x aB:x"},
		{"y ~ (a + b + x)^2", "(Intercept) aB bM bH x aB:bM aB:bH aB:x bM:x bH:x"},
		{"y ~ (a + b)^2 - a:b", "(Intercept) aB bM bH"},
		{"y ~ a * b - a", "(Intercept) bM bH aB:bL aB:bM aB:bH"},
		{"y ~ a:b + a + b", "(Intercept) aB bM bH aB:bM aB:bH"},
		{"y ~ log(x) + I(x^2) + sqrt(x + 1)", "(Intercept) log(x) I(x^2) sqrt(x + 1)"},
		{"y ~ I(x * 2 + 1) + I((x + 1) / 2)", "(Intercept) I(x * 2 + 1) I((x + 1)/2)"},
		{"log(y) ~ a + a + x", "(Intercept) aB x"},
		{"y ~ a + us(v | id)", "(Intercept) aB"},
		{"y ~ us(v | id) + a * v", "(Intercept) aB vV2 vV3 aB:vV2 aB:vV3"},
		{"y~-1+a*x", "aA aB x aB:x"},
		{"`y` ~ `a`", "(Intercept) aB"},
	} {
		f, err := Parse(c.formula)
		if err != nil {
			t.Errorf("%s: %v", c.formula, err)
			continue
		}
		m, err := f.Model(read(t, small), Options{Levels: map[string][]string{"b": {"L", "M", "H"}}})
		if err != nil {
			t.Errorf("%s: %v", c.formula, err)
			continue
		}
		if got := strings.Join(m.Names, " "); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.formula, got, c.want)
		}
	}
}

// X is what the definitions give, worked by hand from the table above.
func TestMatrixByHand(t *testing.T) {
	f, err := Parse("log(y) ~ a * b + I(x^2):a + toeph(v | a / id)")
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Model(read(t, small), Options{Levels: map[string][]string{"b": {"L", "M", "H"}}, Weights: "w"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"(Intercept)", "aB", "bM", "bH", "aB:bM", "aB:bH", "aA:I(x^2)", "aB:I(x^2)"}
	if !slices.Equal(m.Names, want) {
		t.Fatalf("columns %q", m.Names)
	}
	for i, row := range [][]float64{
		{1, 0, 0, 0, 0, 0, 1, 0},
		{1, 0, 1, 0, 0, 0, 4, 0},
		{1, 0, 0, 1, 0, 0, 16, 0},
		{1, 1, 0, 0, 0, 0, 0, 9},
		{1, 1, 1, 0, 1, 0, 0, 1},
		{1, 1, 0, 1, 0, 1, 0, 4},
	} {
		if got := m.X[i*8 : (i+1)*8]; !slices.Equal(got, row) {
			t.Errorf("row %d is %v, want %v", i, got, row)
		}
	}
	if m.Cov != "toeph" || !slices.Equal(m.Group, []int{0, 0, 0, 1, 1, 1}) || !slices.Equal(m.Visit, []int{0, 1, 2, 0, 1, 2}) || !slices.Equal(m.Subjects, []string{"1", "2"}) {
		t.Errorf("covariance %q, group %v, visit %v, subjects %q", m.Cov, m.Group, m.Visit, m.Subjects)
	}
	if !slices.Equal(m.W, []float64{1, 1, 2, 1, 1, 3}) || m.Response != "log(y)" {
		t.Errorf("weights %v, response %q", m.W, m.Response)
	}
	var names []string
	for _, term := range m.Terms {
		names = append(names, term.Name)
	}
	if got := strings.Join(names, " "); got != "(Intercept) a b a:b a:I(x^2)" {
		t.Errorf("terms %q", got)
	}
}

// A fault is told at its character, with what was expected.
func TestFormulaFaults(t *testing.T) {
	for _, c := range []struct {
		formula string
		column  int
		want    string
	}{
		{"", 1, "a formula is expected"},
		{"y", 2, `the end where "~" is expected`},
		{"~ x", 1, "the response is missing"},
		{"y ~", 4, "the end where a column is expected"},
		{"y ~ a +", 8, "the end where a column is expected"},
		{"y ~ a b", 7, `"b" where an operator or the end is expected`},
		{"y ~ (a", 7, `the end where ")" is expected to close the bracket`},
		{"y ~ a)", 6, `")" where an operator`},
		{"y ~ a ^ b", 9, "whole number from 1 to 10"},
		{"y ~ x^2.5", 7, "I(x^2)"},
		{"y ~ 2 + a", 5, `"2" where a column is expected`},
		{"y ~ 0", 1, "neither an intercept nor a term"},
		{"y ~ a * 1", 7, "0 and 1 can only be added"},
		{"y ~ . - a", 5, "name the columns"},
		{"y ~ sin(x)", 5, "sin is not known; there are log"},
		{"y ~ factor(v)", 5, "among the factors"},
		{"y ~ poly(x, 2)", 5, "I(...)"},
		{"y ~ log(x, 2)", 8, "takes one argument"},
		{"y ~ log()", 9, "a column, a number or a function is expected"},
		{"y ~ log(2)", 5, "names no column"},
		{"1 ~ a", 1, "the response names no column"},
		{"y ~ a + us(v)", 13, `")" where "|" is expected`},
		{"y ~ a + us(v | )", 16, "name of a column"},
		{"y ~ a + us(v | g / h / id)", 16, "at most one group"},
		{"y ~ a + us(v, w | id)", 9, "several are for sp_exp"},
		{"y ~ a + us(v | v)", 9, "different columns"},
		{"y ~ a * us(v | id)", 7, "can only be added"},
		{"y ~ a - us(v | id)", 9, "cannot be taken away"},
		{"y ~ (a + us(v | id))", 10, "outside brackets"},
		{"y ~ cs(v | id) + us(v | id)", 18, "a second covariance term"},
		{"y ~ a $ b", 7, "back quotes"},
		{"y ~ `a", 5, "not closed"},
		{"y ~ `` + a", 5, "is empty"},
		{"y ~ a %in% b", 7, "an operator or the end"},
		{"æ ~ ø ø", 7, `"ø"`},
		{"y ~ " + strings.Repeat("(", 200) + "a", 105, "brackets within each other"},
		{"y ~ I(" + strings.Repeat("-", 200) + "a)", 106, "brackets within each other"},
		{"y ~ " + strings.Repeat("a", 10_001), 1, "longer than"},
	} {
		_, err := Parse(c.formula)
		var s *SyntaxError
		if !errors.As(err, &s) {
			t.Errorf("%.40s: %v is no syntax error", c.formula, err)
			continue
		}
		if s.Column != c.column || !strings.Contains(s.Message, c.want) {
			t.Errorf("%.40s: character %d: %s; want %d, %q", c.formula, s.Column, s.Message, c.column, c.want)
		}
	}
}

func TestCovarianceTerms(t *testing.T) {
	for structure := range structures {
		if structure == "sp_exp" {
			continue
		}
		f, err := Parse("y ~ a + " + structure + "(v | id)")
		if err != nil || f.Covariance() != structure {
			t.Errorf("%s: %v", structure, err)
		}
	}
	f, err := Parse("y ~ a + sp_exp(x, w | id)")
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Model(read(t, small), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if m.CoordinateCount != 2 || m.Visit != nil || !slices.Equal(m.Coordinates, []float64{1, 1, 2, 1, 4, 2, 3, 1, 1, 1, 2, 3}) {
		t.Errorf("coordinates %v", m.Coordinates)
	}
}
