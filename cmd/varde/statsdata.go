package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"varde/stats/design"
)

// statsOutput is how every statistics command answers.
type statsOutput struct {
	JSON bool `name:"json" help:"Write JSON with every digit; what is not a finite number is null, with its reason beside it."`
}

// statsData is where a command reads its data.
type statsData struct {
	File         string   `arg:"" help:"CSV file with a header row; - for standard input. Empty cells and NA are missing."`
	Separator    string   `help:"Separator of the cells: a character, or 'tab'; found by itself where not given."`
	DecimalComma bool     `help:"Commas are decimal marks."`
	Missing      []string `help:"Texts that mean missing, besides empty and NA." placeholder:"TEXT"`
	statsOutput
}

// read reads the table.
func (d *statsData) read(m *Main) (*design.Table, error) {
	o := design.CSVOptions{DecimalComma: d.DecimalComma, Missing: d.Missing}
	switch {
	case d.Separator == "tab":
		o.Separator = '\t'
	case utf8.RuneCountInString(d.Separator) == 1:
		o.Separator, _ = utf8.DecodeRuneInString(d.Separator)
	case d.Separator != "":
		return nil, fmt.Errorf("the separator %q is not one character: give ; or , or tab", d.Separator)
	}
	var r io.Reader = m.Stdin
	if d.File != "-" {
		f, err := os.Open(m.path(d.File))
		if err != nil {
			return nil, fmt.Errorf("cannot read the data: %w", err)
		}
		defer f.Close()
		r = f
	}
	t, err := design.ReadCSV(r, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.name(), err)
	}
	return t, nil
}

func (d *statsData) name() string {
	if d.File == "-" {
		return "standard input"
	}
	return d.File
}

// statsModel is a formula and how its columns are taken.
type statsModel struct {
	statsData
	Formula string   `required:"" help:"Model in R's notation, such as 'chg ~ base + arm * visit'." placeholder:"MODEL"`
	Levels  []string `sep:"none" help:"Order of a factor's levels, the first being the reference, such as arm=PBO,MDMA (several times; levels with commas are separated by |)." placeholder:"COLUMN=LEVEL,..."`
	Factor  []string `help:"Numeric columns to take as factors." placeholder:"COLUMN"`
	Subset  string   `help:"Only rows that meet a condition, such as 'trial == 1 & visit != \"V3\"'."`
}

// design reads the data and makes the model of them.
func (s *statsModel) design(m *Main, weights string) (*design.Formula, *design.Model, error) {
	f, err := design.Parse(s.Formula)
	if err != nil {
		return nil, nil, fmt.Errorf("the formula: %w", err)
	}
	levels, err := parseLevels(s.Levels)
	if err != nil {
		return nil, nil, err
	}
	t, err := s.read(m)
	if err != nil {
		return nil, nil, err
	}
	model, err := f.Model(t, design.Options{Levels: levels, Factors: s.Factor, Subset: s.Subset, Weights: weights})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.name(), err)
	}
	return f, model, nil
}

func parseLevels(given []string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, g := range given {
		column, list, ok := strings.Cut(g, "=")
		column = strings.TrimSpace(column)
		if !ok || column == "" || list == "" {
			return nil, fmt.Errorf("--levels %q: write COLUMN=LEVEL,LEVEL such as arm=PBO,MDMA", g)
		}
		if _, twice := out[column]; twice {
			return nil, fmt.Errorf("--levels names %q twice", column)
		}
		mark := ","
		if strings.Contains(list, "|") {
			mark = "|"
		}
		out[column] = strings.Split(list, mark)
	}
	return out, nil
}

// columns reads named columns of which the rows with a missing value are left out:
// numbers first, then texts. It answers how many rows were left out.
type statsColumns struct {
	numbers map[string][]float64
	texts   map[string][]string
	rows    []int
	dropped int
	table   *design.Table
}

func readColumns(t *design.Table, numbers, texts []string) (*statsColumns, error) {
	out := &statsColumns{numbers: map[string][]float64{}, texts: map[string][]string{}, table: t}
	columns := map[string]design.Column{}
	for _, n := range slices.Concat(numbers, texts) {
		c, ok := t.Column(n)
		if !ok {
			return nil, fmt.Errorf("there is no column %q; the columns are %s", n, strings.Join(t.Names(), ", "))
		}
		columns[n] = c
	}
	for _, n := range numbers {
		if _, err := t.Numbers(n); err != nil {
			return nil, err
		}
	}
	for i := range t.Len() {
		whole := true
		for _, c := range columns {
			whole = whole && !c.Missing(i)
		}
		if !whole {
			out.dropped++
			continue
		}
		out.rows = append(out.rows, i)
		for _, n := range numbers {
			v, _ := columns[n].Number(i)
			out.numbers[n] = append(out.numbers[n], v)
		}
		for _, n := range texts {
			out.texts[n] = append(out.texts[n], columns[n].Text(i))
		}
	}
	if len(out.rows) == 0 {
		return nil, fmt.Errorf("no row has a value in every one of the columns %s", strings.Join(slices.Concat(numbers, texts), ", "))
	}
	return out, nil
}

// told notes the rows that were left out.
func (c *statsColumns) told(r *statsResult) {
	if c.dropped > 0 {
		r.note(fmt.Sprintf("%d of %d rows are left out because a value is missing", c.dropped, c.table.Len()))
	}
}

// twoGroups answers the two levels of a column, the reference first: as given, or
// sorted.
func twoGroups(values []string, column, reference string) (string, string, error) {
	levels := slices.Compact(slices.Sorted(slices.Values(values)))
	if len(levels) != 2 {
		return "", "", fmt.Errorf("the column %q has %d levels (%s), and two are compared", column, len(levels), strings.Join(levels[:min(len(levels), 10)], ", "))
	}
	switch reference {
	case "", levels[0]:
		return levels[0], levels[1], nil
	case levels[1]:
		return levels[1], levels[0], nil
	}
	return "", "", fmt.Errorf("the column %q has the levels %s and %s, not the reference %q", column, levels[0], levels[1], reference)
}

func checkLevel(level float64) error {
	if !(level > 0 && level < 1) {
		return fmt.Errorf("the confidence level %g is not between 0 and 1", level)
	}
	return nil
}
