package design

import (
	"fmt"
	"strings"
)

// repeated codes subject, visit, group and coordinates, and refuses what makes no
// sense: two rows of one subject at one visit, a subject in two groups.
func (b *builder) repeated() error {
	c := b.formula.covariance
	if c == nil {
		return nil
	}
	m := b.model
	m.Cov = c.structure
	var err error
	if m.Subjects, m.Subject, err = b.codes(c.subject); err != nil {
		return err
	}
	if c.group != "" {
		if m.Groups, m.Group, err = b.codes(c.group); err != nil {
			return err
		}
		if err := b.oneGroup(); err != nil {
			return err
		}
	}
	if c.visit == "" {
		return b.spatial()
	}
	if m.Visits, m.Visit, err = b.codes(c.visit); err != nil {
		return err
	}
	seen := map[[2]int]int{}
	for k, i := range m.Rows {
		key := [2]int{m.Subject[k], m.Visit[k]}
		if first, ok := seen[key]; ok {
			return b.twice(first, i, fmt.Sprintf("%s %q", c.visit, m.Visits[m.Visit[k]]))
		}
		seen[key] = i
	}
	return nil
}

// twice does not name the subject: an identifier has no place in a message.
func (b *builder) twice(first, second int, what string) error {
	return fmt.Errorf("%s and %s are the same %s at the same %s: each may have one row; keep the right one", b.table.Place(first), b.table.Place(second), b.formula.covariance.subject, what)
}

func (b *builder) oneGroup() error {
	m, first := b.model, map[int]int{}
	for k := range m.Rows {
		j, ok := first[m.Subject[k]]
		if !ok {
			first[m.Subject[k]] = k
		} else if m.Group[j] != m.Group[k] {
			return fmt.Errorf("%s and %s are the same %s in different groups of %s (%q and %q): a subject belongs to one group", b.table.Place(m.Rows[j]), b.table.Place(m.Rows[k]), b.formula.covariance.subject, b.formula.covariance.group, m.Groups[m.Group[j]], m.Groups[m.Group[k]])
		}
	}
	return nil
}

func (b *builder) spatial() error {
	m, names := b.model, b.formula.covariance.coordinates
	m.CoordinateCount = len(names)
	m.Coordinates = make([]float64, 0, len(m.Rows)*len(names))
	for _, i := range m.Rows {
		for _, n := range names {
			c, _ := b.table.column(n)
			m.Coordinates = append(m.Coordinates, c.number[i])
		}
	}
	seen := map[string]int{}
	for k, i := range m.Rows {
		at := fmt.Sprint(m.Coordinates[k*len(names) : (k+1)*len(names)])
		key := fmt.Sprint(m.Subject[k], at)
		if first, ok := seen[key]; ok {
			return b.twice(first, i, "place ("+strings.Join(names, ", ")+")")
		}
		seen[key] = i
	}
	return nil
}
