package design

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sorted(m map[string][]string) []string { return slices.Sorted(maps.Keys(m)) }

// codes finds the levels of a column in the rows used, and each row's place among
// them. Of levels that are listed and never seen a note is made.
func (b *builder) codes(name string) ([]string, []int, error) {
	c, _ := b.table.column(name)
	seen := map[string]int{} // the row where a level is seen first
	for _, i := range b.model.Rows {
		if _, ok := seen[c.text[i]]; !ok {
			seen[c.text[i]] = i
		}
	}
	levels, err := b.order(c, seen)
	if err != nil {
		return nil, nil, err
	}
	index := make(map[string]int, len(levels))
	for k, l := range levels {
		index[l] = k
	}
	codes := make([]int, len(b.model.Rows))
	for k, i := range b.model.Rows {
		codes[k] = index[c.text[i]]
	}
	return levels, codes, nil
}

func (b *builder) order(c *Column, seen map[string]int) ([]string, error) {
	want, ok := b.options.Levels[c.Name]
	if !ok {
		levels := slices.Collect(maps.Keys(seen))
		sortLevels(levels, c)
		return levels, b.alike(c, levels, seen)
	}
	var levels, unseen []string
	listed := map[string]bool{}
	for _, l := range want {
		l = strings.TrimSpace(l)
		if listed[l] {
			return nil, fmt.Errorf("the level %q of %q is listed twice", l, c.Name)
		}
		listed[l] = true
		if _, ok := seen[l]; ok {
			levels = append(levels, l)
		} else {
			unseen = append(unseen, fmt.Sprintf("%q", l))
		}
	}
	for _, i := range b.model.Rows {
		if !listed[c.text[i]] {
			return nil, fmt.Errorf("%s, column %q: the level %q is not among those listed: %s", b.table.Place(i), c.Name, clipped(c.text[i]), strings.Join(want, ", "))
		}
	}
	if len(unseen) > 0 {
		text := fmt.Sprintf("%s: no row used has the level %s, which is left out", c.Name, strings.Join(unseen, ", "))
		if !slices.Contains(b.model.Notes, text) {
			b.model.Notes = append(b.model.Notes, text)
		}
	}
	return levels, nil
}

// sortLevels sorts numbers by value and texts by their bytes.
func sortLevels(levels []string, c *Column) {
	value := map[string]float64{}
	if c.numeric {
		for _, l := range levels {
			value[l], _ = parseNumber(l, c.comma)
		}
	}
	slices.SortFunc(levels, func(x, y string) int {
		return cmp.Or(cmp.Compare(value[x], value[y]), strings.Compare(x, y))
	})
}

// alike refuses a numeric factor where one number is written in two ways: "1" and
// "1.0" would be two levels.
func (b *builder) alike(c *Column, levels []string, seen map[string]int) error {
	if !c.numeric || b.formula.covariance != nil && c.Name == b.formula.covariance.subject {
		return nil // an identifier may have leading zeros that count
	}
	for k := 1; k < len(levels); k++ {
		x, _ := parseNumber(levels[k-1], c.comma)
		if y, _ := parseNumber(levels[k], c.comma); x == y {
			return fmt.Errorf("column %q: %q (%s) and %q (%s) are one number written in two ways: write them alike, or list the levels", c.Name, levels[k-1], b.table.Place(seen[levels[k-1]]), levels[k], b.table.Place(seen[levels[k]]))
		}
	}
	return nil
}
