package main

import (
	"errors"
	"fmt"
	"slices"

	"varde/stats/effect"
)

type statsEffectCmd struct {
	statsData
	Value     string  `help:"Column of the outcome, measured once." placeholder:"COLUMN"`
	Before    string  `help:"Column of the measurement before, with --after." placeholder:"COLUMN"`
	After     string  `help:"Column of the measurement after." placeholder:"COLUMN"`
	Group     string  `help:"Column of two groups." placeholder:"COLUMN"`
	Reference string  `help:"Group that is subtracted; otherwise the first of the sorted." placeholder:"LEVEL"`
	Subset    string  `help:"Only rows that meet a condition, such as 'visit == \"V3\"'."`
	Level     float64 `default:"0.95" help:"Confidence level."`
}

// Help is what --help says below the flags.
func (*statsEffectCmd) Help() string {
	return `Standardised mean differences: between two groups (--value, --group), within one (--before, --after), or of changes between two (--before, --after, --group). The same data have several effect sizes: each tells what it was divided by.

Examples:

    varde stats effect trial.csv --value chg --group arm --reference control --subset "visit == 'V3'"
    varde stats effect trial.csv --before base --after score --subset "visit == 'V3' & arm == 'active'"
    varde stats effect trial.csv --before base --after score --group arm --reference control --subset "visit == 'V3'" --json`
}

// sizeMethod computes an effect size with one kind of interval.
type sizeMethod func(effect.Options) (effect.Size, error)

func (c *statsEffectCmd) Run(m *Main) error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	paired := c.Before != "" || c.After != ""
	switch {
	case paired && (c.Before == "" || c.After == "" || c.Value != ""):
		return errors.New("give --before and --after together, or --value")
	case !paired && (c.Value == "" || c.Group == ""):
		return errors.New("give --value and --group for two groups, or --before and --after for one")
	}
	t, err := c.read(m)
	if err != nil {
		return err
	}
	if t, err = t.Where(c.Subset); err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	given := func(names ...string) []string {
		return slices.DeleteFunc(names, func(s string) bool { return s == "" })
	}
	columns, err := readColumns(t, given(c.Value, c.Before, c.After), given(c.Group))
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	r := &statsResult{title: "Effect sizes"}
	columns.told(r)
	r.set("level", "Confidence level", c.Level)
	var names []string
	var methods map[string]sizeMethod
	switch {
	case !paired:
		names, methods, err = c.between(r, columns)
	case c.Group == "":
		names, methods, err = c.within(r, columns)
	default:
		names, methods, err = c.changes(r, columns)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	r.sizes(names, methods, c.Level)
	return r.write(m.Stdout, c.JSON)
}

// sizes adds each size with the kinds of interval that it has; where it has none, the
// reason.
func (r *statsResult) sizes(names []string, methods map[string]sizeMethod, level float64) {
	var rows [][]any
	for _, name := range names {
		var failed error
		before := len(rows)
		for _, interval := range []effect.Interval{effect.Noncentral, effect.LargeSample} {
			s, err := methods[name](effect.Options{Interval: interval, Level: level})
			if err != nil {
				failed = err
				continue
			}
			rows = append(rows, []any{s.Measure, s.Standardiser, string(s.Interval), s.Estimate, s.SE, s.Lower, s.Upper, s.DF})
			r.note(s.Notes...)
		}
		if len(rows) == before {
			rows = append(rows, []any{name, nil, nil, undefined{failed.Error()}, nil, nil, nil, nil})
		}
	}
	r.table("sizes", "Sizes", []statsColumn{{"measure", "Measure", asNumber}, {"standardiser", "Divided by", asNumber}, {"interval", "Interval", asNumber}, {"estimate", "Estimate", asNumber}, {"se", "SE", asNumber}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}, {"df", "df", asDegrees}}, rows)
}

// split parts values by group: the one compared first, then the reference.
func (c *statsEffectCmd) split(columns *statsColumns, value string) (first, second string, a, b []float64, err error) {
	groups := columns.texts[c.Group]
	if second, first, err = twoGroups(groups, c.Group, c.Reference); err != nil {
		return
	}
	for i, v := range columns.numbers[value] {
		if groups[i] == first {
			a = append(a, v)
		} else {
			b = append(b, v)
		}
	}
	return
}

func (c *statsEffectCmd) between(r *statsResult, columns *statsColumns) ([]string, map[string]sizeMethod, error) {
	first, second, va, vb, err := c.split(columns, c.Value)
	if err != nil {
		return nil, nil, err
	}
	a, err := effect.Describe(va)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", first, err)
	}
	b, err := effect.Describe(vb)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", second, err)
	}
	r.table("groups", c.Value+" by "+c.Group, []statsColumn{{"group", c.Group, asNumber}, {"n", "n", asNumber}, {"mean", "Mean", asNumber}, {"sd", "SD", asNumber}}, [][]any{{first, a.N, a.Mean, a.SD}, {second, b.N, b.Mean, b.SD}})
	return []string{"Hedges g", "Cohen d", "Glass", "Average"}, map[string]sizeMethod{
		"Hedges g": func(o effect.Options) (effect.Size, error) { return effect.Hedges(a, b, o) },
		"Cohen d":  func(o effect.Options) (effect.Size, error) { return effect.Cohen(a, b, o) },
		"Glass":    func(o effect.Options) (effect.Size, error) { return effect.Glass(a, b, o) },
		"Average":  func(o effect.Options) (effect.Size, error) { return effect.Average(a, b, o) },
	}, nil
}

var pairedColumns = []statsColumn{{"group", "Group", asNumber}, {"n", "Pairs", asNumber}, {"mean_before", "Before", asNumber}, {"sd_before", "SD", asNumber}, {"mean_after", "After", asNumber}, {"sd_after", "SD", asNumber}, {"sd_change", "SD of change", asNumber}}

func pairedRow(name string, p effect.Paired) []any {
	return []any{name, p.N, p.MeanBefore, p.SDBefore, p.MeanAfter, p.SDAfter, p.SDChange}
}

func (c *statsEffectCmd) within(r *statsResult, columns *statsColumns) ([]string, map[string]sizeMethod, error) {
	p, err := effect.DescribePaired(columns.numbers[c.Before], columns.numbers[c.After])
	if err != nil {
		return nil, nil, err
	}
	r.table("groups", c.Before+" and "+c.After, pairedColumns, [][]any{pairedRow("all", p)})
	return []string{"before", "average", "change"}, map[string]sizeMethod{
		"before":  func(o effect.Options) (effect.Size, error) { return effect.BeforeSD(p, true, o) },
		"average": func(o effect.Options) (effect.Size, error) { return effect.AverageSD(p, true, o) },
		"change":  func(o effect.Options) (effect.Size, error) { return effect.ChangeSD(p, true, o) },
	}, nil
}

func (c *statsEffectCmd) changes(r *statsResult, columns *statsColumns) ([]string, map[string]sizeMethod, error) {
	first, second, beforeA, beforeB, err := c.split(columns, c.Before)
	if err != nil {
		return nil, nil, err
	}
	_, _, afterA, afterB, err := c.split(columns, c.After)
	if err != nil {
		return nil, nil, err
	}
	a, err := effect.DescribePaired(beforeA, afterA)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", first, err)
	}
	b, err := effect.DescribePaired(beforeB, afterB)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", second, err)
	}
	r.table("groups", c.Before+" and "+c.After+" by "+c.Group, pairedColumns, [][]any{pairedRow(first, a), pairedRow(second, b)})
	return []string{"changes", "baseline"}, map[string]sizeMethod{
		"changes":  func(o effect.Options) (effect.Size, error) { return effect.Changes(a, b, effect.BetweenChanges, o) },
		"baseline": func(o effect.Options) (effect.Size, error) { return effect.Changes(a, b, effect.BetweenBaseline, o) },
	}, nil
}
