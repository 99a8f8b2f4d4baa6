package design

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Differences answers, within each level of the factor within ("" = without one),
// every level of the factor between minus its first level, of means that were made
// over these factors, and where there are more over any others too.
func (m *Model) Differences(means []Mean, within, between string) ([]Contrast, error) {
	v, err := m.factorOf(between)
	if err != nil {
		return nil, err
	}
	return m.against(means, within, between, v.levels[:1])
}

// Pairs is as Differences with all pairs of levels, the later minus the earlier.
func (m *Model) Pairs(means []Mean, within, between string) ([]Contrast, error) {
	v, err := m.factorOf(between)
	if err != nil {
		return nil, err
	}
	return m.against(means, within, between, v.levels)
}

// against compares the means with those at earlier reference levels that share all
// their other levels. The order is that of the means, by the factor within first.
func (m *Model) against(means []Mean, within, between string, references []string) ([]Contrast, error) {
	if err := checkMeans(means, within, between, len(m.Names)); err != nil {
		return nil, err
	}
	v, _ := m.factorOf(between)
	var out []Contrast
	for _, level := range m.levelsWithin(within) {
		for _, reference := range references {
			for k := range means {
				mean := &means[k]
				own := mean.Levels[between]
				if level != "" && mean.Levels[within] != level || slices.Index(v.levels, own) <= slices.Index(v.levels, reference) {
					continue
				}
				if other := partner(means, mean, between, reference); other != nil {
					out = append(out, subtract(mean, other, between))
				}
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there are no two means that differ in %q only", between)
	}
	return out, nil
}

func (m *Model) levelsWithin(within string) []string {
	if v, err := m.factorOf(within); err == nil {
		return v.levels
	}
	return []string{""}
}

func checkMeans(means []Mean, within, between string, p int) error {
	if within == between {
		return errors.New("a factor cannot be compared within itself")
	}
	for _, mean := range means {
		if len(mean.L) != p {
			return fmt.Errorf("the mean %q has %d coefficients, and the model %d columns: it was made from another model", mean.Name, len(mean.L), p)
		}
		for _, f := range []string{within, between} {
			if _, ok := mean.Levels[f]; !ok && f != "" {
				return fmt.Errorf("the mean %q is not over %q: name it among the factors of the means", mean.Name, f)
			}
		}
	}
	return nil
}

// partner finds the mean that has the reference level and shares the other levels.
func partner(means []Mean, mean *Mean, between, reference string) *Mean {
	want := maps.Clone(mean.Levels)
	want[between] = reference
	for k := range means {
		if maps.Equal(means[k].Levels, want) {
			return &means[k]
		}
	}
	return nil
}

func subtract(a, b *Mean, between string) Contrast {
	c := Contrast{Within: maps.Clone(a.Levels), Level: a.Levels[between], Reference: b.Levels[between], L: make([]float64, len(a.L))}
	delete(c.Within, between)
	c.Name = c.Level + " - " + c.Reference
	for _, f := range slices.Sorted(maps.Keys(c.Within)) {
		c.Name += ", " + c.Within[f]
	}
	for j := range c.L {
		c.L[j] = a.L[j] - b.L[j]
	}
	return c
}
