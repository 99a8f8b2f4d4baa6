package design

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Where keeps rows, and messages name the lines of the file they came from.
func TestWhere(t *testing.T) {
	table := read(t, "y,g\n1,a\n2,b\nx,b\n4,a\n5,a\n")
	part, err := table.Where(`g == "a"`)
	if err != nil {
		t.Fatal(err)
	}
	y, err := part.Numbers("y")
	if err != nil || !slices.Equal(y, []float64{1, 4, 5}) {
		t.Errorf("%v (%v)", y, err)
	}
	if part.Place(1) != "line 5" || table.Place(3) != "line 5" {
		t.Error(part.Place(1))
	}
	rest, err := table.Where(`g == "b"`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rest.Numbers("y"); err == nil || !strings.Contains(err.Error(), `line 4, column "y": "x"`) {
		t.Error(err)
	}
	memory, err := NewTable(FloatColumn("y", []float64{1, 2, 3}))
	if err != nil {
		t.Fatal(err)
	}
	late, err := memory.Where("y > 1")
	if err != nil || late.Place(0) != "row 2" {
		t.Errorf("%v (%v)", late.Place(0), err)
	}
	if again, err := late.Where("y > 2"); err != nil || again.Place(0) != "row 3" || again.Len() != 1 {
		t.Errorf("%v (%v)", again, err)
	}
	if _, err := table.Where("y > 1"); err == nil || !strings.Contains(err.Error(), "not a number") {
		t.Error(err)
	}
	if _, err := table.Where(`g == "c"`); err == nil {
		t.Error("no row is no error")
	}
}

// The tests of terms leave out what an interaction contains.
func TestTermRows(t *testing.T) {
	f, err := Parse("y ~ a * b + x")
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Model(read(t, small), Options{Levels: map[string][]string{"b": {"L", "M", "H"}}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i, term := range m.Terms {
		l, k, ok := m.TermRows(i)
		got[term.Name] = fmt.Sprint(k, ok)
		for r := range k {
			row := l[r*len(m.Names) : (r+1)*len(m.Names)]
			if row[term.Columns[r]] != 1 {
				t.Errorf("%s: row %d is %v", term.Name, r, row)
			}
		}
	}
	for name, want := range map[string]string{"(Intercept)": "0 false", "a": "0 false", "b": "0 false", "x": "1 true", "a:b": "2 true"} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
}

// At sets one factor for every row and leaves the rest as they are.
func TestAt(t *testing.T) {
	f, err := Parse("y ~ a * x + b")
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Model(read(t, small), Options{})
	if err != nil {
		t.Fatal(err)
	}
	levels, err := m.Levels("a")
	if err != nil || !slices.Equal(levels, []string{"A", "B"}) {
		t.Errorf("%v (%v)", levels, err)
	}
	one, err := m.At("a", "A")
	if err != nil {
		t.Fatal(err)
	}
	two, err := m.At("a", "B")
	if err != nil {
		t.Fatal(err)
	}
	table, _ := m.table.Column("a")
	p := len(m.Names)
	for i := range m.Rows {
		same := one
		if table.Text(i) == "B" {
			same = two
		}
		if !slices.Equal(same[i*p:(i+1)*p], m.X[i*p:(i+1)*p]) {
			t.Errorf("row %d is not as it was", i)
		}
		for j, n := range m.Names {
			if d := two[i*p+j] - one[i*p+j]; d != map[string]float64{"aB": 1, "aB:x": m.variables[1].values[i]}[n] {
				t.Errorf("row %d, %s differs by %g", i, n, d)
			}
		}
	}
	for _, c := range [][2]string{{"x", "1"}, {"a", "C"}} {
		if _, err := m.At(c[0], c[1]); err == nil {
			t.Errorf("%v is no error", c)
		}
	}
	if _, err := m.Levels("q"); err == nil {
		t.Error("q has levels")
	}
}

// The grid has every subject at every visit; what stays the same is filled in, and
// nothing else is.
func TestComplete(t *testing.T) {
	table := read(t, "id,arm,base,visit,y\n7,A,10,1,3\n7,A,10,2,4\n8,B,12,2,5\n9,A,,1,6\n9,,14,3,7\n")
	grid, err := table.Complete("id", "visit", []string{"1", "2", "3"}, []string{"arm", "base"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range grid.Len() {
		var cells []string
		for _, n := range grid.Names() {
			c, _ := grid.Column(n)
			if c.Missing(i) {
				cells = append(cells, "-")
			} else {
				cells = append(cells, c.Text(i))
			}
		}
		got = append(got, strings.Join(cells, " "))
	}
	want := []string{"7 A 10 1 3", "7 A 10 2 4", "7 A 10 3 -", "8 B 12 1 -", "8 B 12 2 5", "8 B 12 3 -", "9 A 14 1 6", "9 A 14 2 -", "9 A 14 3 7"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	visits, err := grid.Numbers("visit")
	if err != nil || !slices.Equal(visits, []float64{1, 2, 3, 1, 2, 3, 1, 2, 3}) {
		t.Errorf("%v (%v)", visits, err)
	}
	f, _ := Parse("y ~ base + arm * visit + us(visit | id)")
	m, err := f.Model(grid, Options{KeepMissingResponse: true})
	if err != nil {
		t.Fatal(err)
	}
	missing := 0
	for _, y := range m.Y {
		if y != y {
			missing++
		}
	}
	if len(m.Y) != 9 || missing != 4 || m.Dropped != 0 {
		t.Errorf("y = %v, %d left out", m.Y, m.Dropped)
	}
	for want, bad := range map[string]string{
		"line 2 and line 4 are the same id at the same visit \"1\"":           "id,visit,y\n1,1,1\n1,2,2\n1,1,3\n",
		"line 2 and line 3, column \"y\": \"1\" and \"2\" for the same id":    "id,visit,y\n1,1,1\n1,2,2\n",
		"line 3: \"id\" or \"visit\" is missing":                              "id,visit,y\n1,1,1\n,2,1\n",
		"line 3, column \"visit\": the level \"4\" is not among those listed": "id,visit,y\n1,1,1\n1,4,1\n",
	} {
		if _, err := read(t, bad).Complete("id", "visit", []string{"1", "2", "3"}, []string{"y"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
