package design

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// Every way of writing the same table reads the same.
func TestCSVForms(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		options CSVOptions
	}{
		"plain":         {"g,x\nA,1.5\nB,\nNA,-2e3\n", CSVOptions{}},
		"mark and CRLF": {"\xef\xbb\xbfg,x\r\nA,1.5\r\nB,NA\r\n,-2000\r\n", CSVOptions{}},
		"semicolons":    {"g;x\nA;1.5\nB;\n;-2000\n", CSVOptions{}},
		"tabs":          {"g\tx\nA\t1.5\nB\t\n\t-2000", CSVOptions{}},
		"quotes":        {"\"g\",\"x\"\n\"A\",\"1.5\"\n\"B\",\"\"\n\"NA\",\"-2000\"\n", CSVOptions{}},
		"spaces":        {" g , x\n A, 1.5\nB , \n, -2000\n", CSVOptions{}},
		"empty lines":   {"\ng,x\n\nA,1.5\nB,\n\n,-2000\n\n", CSVOptions{}},
		"comma decimal": {"g;x\nA;1,5\nB;\n;-2000,0\n", CSVOptions{DecimalComma: true}},
		"own missing":   {"g|x\nA|1.5\nB|.\n.|-2000\n", CSVOptions{Separator: '|', Missing: []string{"."}}},
	} {
		table, err := ReadCSV(strings.NewReader(c.text), c.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		x, err := table.Numbers("x")
		if err != nil || len(x) != 3 || x[0] != 1.5 || !math.IsNaN(x[1]) || x[2] != -2000 {
			t.Errorf("%s: x = %v (%v)", name, x, err)
		}
		g, _ := table.Column("g")
		if !slices.Equal(table.Names(), []string{"g", "x"}) || g.Text(0) != "A" || g.Text(1) != "B" || !g.Missing(2) || g.Numeric() {
			t.Errorf("%s: %v, g = %+v", name, table.Names(), g)
		}
	}
}

func TestCSVFaults(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		options          CSVOptions
	}{
		{"empty", "", "the data are empty", CSVOptions{}},
		{"header only", "a,b\n", "no row of data", CSVOptions{}},
		{"ragged short", "a,b\n1,2\n3\n", `line 3: 1 cells, but the header row names 2 columns: the last column, "b", is not there`, CSVOptions{}},
		{"ragged long", "a,b\n1,2\n3,4,5\n", `line 3: 3 cells, but the header row names 2 columns: cell 3, "5", has no column`, CSVOptions{}},
		{"no name", "a,,c\n1,2,3\n", "line 1: column 2 has no name", CSVOptions{}},
		{"twice", "a,b, a\n1,2,3\n", `line 1: columns 1 and 3 are both named "a"`, CSVOptions{}},
		{"open quote", "a,b\n1,\"2\n", "line 2", CSVOptions{}},
		{"bare quote", "a,b\n1,x\"2\n", "line 2, character 4: a quotation mark within a cell", CSVOptions{}},
		{"latin 1", "a,b\n1,\xf8\n", "line 2, character 3: this is not UTF-8", CSVOptions{}},
		{"utf-16", "\xff\xfea\x00", "UTF-16", CSVOptions{}},
		{"binary", "a,b\n1,\x00\n", "zero byte", CSVOptions{}},
		{"old line ends", "a,b\r1,2\r3,4\n5,6\n7,8,9\n", "line 1", CSVOptions{}},
		{"too large", "a,b\n1,2\n", "larger than 5 bytes", CSVOptions{MaxBytes: 5}},
		{"too many rows", "a\n1\n2\n3\n", "more than 2 rows", CSVOptions{MaxRows: 2}},
		{"too many columns", "a,b,c\n1,2,3\n", "3 columns are more than 2", CSVOptions{MaxColumns: 2}},
		{"comma twice", "a,b\n1,2\n", "cannot be decimal marks and separate", CSVOptions{DecimalComma: true}},
		{"separator", "a,b\n1,2\n", "delimiter", CSVOptions{Separator: '"'}},
	} {
		_, err := ReadCSV(strings.NewReader(c.text), c.options)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	// What the limit allows is read.
	if _, err := ReadCSV(strings.NewReader("a\n1\n2\n"), CSVOptions{MaxRows: 2, MaxColumns: 1, MaxBytes: 6}); err != nil {
		t.Error(err)
	}
}

// Numbers are decimal and finite; whatever else strconv would take is text.
func TestNumbers(t *testing.T) {
	for text, want := range map[string]float64{"1": 1, "-0.5": -0.5, "+2": 2, ".5": 0.5, "1e3": 1000, "1E-2": 0.01, "007": 7} {
		if v, ok := parseNumber(text, false); !ok || v != want {
			t.Errorf("%q is %g, %t", text, v, ok)
		}
	}
	for _, text := range []string{"", "Inf", "-inf", "NaN", "0x10", "1_000", "1,5", "1 000", "1e999", "--1", "e", "1.2.3", "١"} {
		if v, ok := parseNumber(text, false); ok {
			t.Errorf("%q is read as %g", text, v)
		}
	}
}

func TestTableInMemory(t *testing.T) {
	table, err := NewTable(FloatColumn("x", []float64{1, math.NaN(), 2.5}), TextColumn("g", []string{"a", " b ", "NA"}))
	if err != nil {
		t.Fatal(err)
	}
	x, _ := table.Column("x")
	g, _ := table.Column("g")
	if v, ok := x.Number(2); !ok || v != 2.5 || !x.Missing(1) || !x.Numeric() || g.Text(1) != "b" || !g.Missing(2) || g.Numeric() || table.Len() != 3 || x.Len() != 3 {
		t.Errorf("%+v %+v", x, g)
	}
	if table.Place(1) != "row 2" {
		t.Error(table.Place(1))
	}
	if _, ok := table.Column("y"); ok {
		t.Error("there is a column y")
	}
	for want, columns := range map[string][]Column{
		"at least one column": {},
		"column 1 has no":     {FloatColumn("", []float64{1})},
		"2 rows":              {FloatColumn("a", []float64{1}), FloatColumn("b", []float64{1, 2})},
		"both named":          {FloatColumn("a", []float64{1}), FloatColumn("a", []float64{1})},
		"are no text":         {FloatColumn("a\nb", []float64{1})},
	} {
		if _, err := NewTable(columns...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	infinite, err := NewTable(FloatColumn("x", []float64{1, math.Inf(1)}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := infinite.Numbers("x"); err == nil || !strings.Contains(err.Error(), `row 2, column "x": "+Inf" is not a number`) {
		t.Errorf("an infinite value: %v", err)
	}
}
