package main

import (
	"fmt"
	"slices"
	"strings"

	"varde/stats/blinding"
)

type statsBlindingCmd struct {
	statsData
	Group    string   `required:"" help:"Column of the arm that was given." placeholder:"COLUMN"`
	Guess    string   `required:"" help:"Column of the arm that was guessed, with the same names." placeholder:"COLUMN"`
	DontKnow []string `default:"unsure" help:"Guesses that mean: does not know." placeholder:"TEXT"`
	Subset   string   `help:"Only rows that meet a condition."`
	Level    float64  `default:"0.95" help:"Confidence level, two-sided."`
}

// Help is what --help says below the flags.
func (*statsBlindingCmd) Help() string {
	return `How well a blind held, from guesses of the allocation: Bang's index for each arm (0 as by chance, 1 all right, -1 all wrong) and James's for the study (1 nobody claims to know, 0.5 as by chance, 0 all right).

Examples:

    varde stats blinding outcome.csv --group arm --guess guess
    varde stats blinding outcome.csv --group arm --guess guess --dont-know unsure --level 0.9 --json`
}

func (c *statsBlindingCmd) Run(m *Main) error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	t, err := c.read(m)
	if err != nil {
		return err
	}
	if t, err = t.Where(c.Subset); err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	columns, err := readColumns(t, nil, []string{c.Group, c.Guess})
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	arms, guesses, err := c.count(columns)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	r := &statsResult{title: "Blinding: guesses of " + c.Group}
	columns.told(r)
	r.set("level", "Confidence level", c.Level)
	var rows [][]any
	for i, g := range guesses {
		rows = append(rows, []any{arms[i], g.Correct, g.Wrong, g.DontKnow, g.N()})
	}
	r.table("guesses", "Guesses", []statsColumn{{"arm", c.Group, asNumber}, {"correct", "Right", asNumber}, {"wrong", "Wrong", asNumber}, {"dont_know", "Does not know", asNumber}, {"n", "Asked", asNumber}}, rows)
	c.indices(r, arms, guesses)
	return r.write(m.Stdout, c.JSON)
}

// count counts the guesses by arm, the arms sorted.
func (c *statsBlindingCmd) count(columns *statsColumns) ([]string, []blinding.Guesses, error) {
	given, guessed := columns.texts[c.Group], columns.texts[c.Guess]
	arms := slices.Compact(slices.Sorted(slices.Values(given)))
	if len(arms) < 2 {
		return nil, nil, fmt.Errorf("the column %q has one arm only, %q: no guess could be wrong", c.Group, arms[0])
	}
	for _, d := range c.DontKnow {
		if slices.Contains(arms, d) {
			return nil, nil, fmt.Errorf("%q is an arm and cannot mean that somebody does not know: say with --dont-know what does", d)
		}
	}
	out := make([]blinding.Guesses, len(arms))
	for i, g := range guessed {
		at, _ := slices.BinarySearch(arms, given[i])
		switch {
		case slices.Contains(c.DontKnow, g):
			out[at].DontKnow++
		case g == given[i]:
			out[at].Correct++
		case slices.Contains(arms, g):
			out[at].Wrong++
		default:
			return nil, nil, fmt.Errorf("%s, column %q: the guess %q is no arm (%s) and does not mean that somebody does not know (%s): name it with --dont-know, or mend it", columns.table.Place(columns.rows[i]), c.Guess, g, strings.Join(arms, ", "), strings.Join(c.DontKnow, ", "))
		}
	}
	return arms, out, nil
}

func (c *statsBlindingCmd) indices(r *statsResult, arms []string, guesses []blinding.Guesses) {
	var rows [][]any
	add := func(of string, i blinding.Index, err error) {
		if err != nil {
			rows = append(rows, []any{of, nil, undefined{err.Error()}, nil, nil, nil, nil})
			return
		}
		rows = append(rows, []any{of, i.Name, i.Estimate, i.SE, i.Lower, i.Upper, i.P})
		r.note(i.Notes...)
	}
	for k, g := range guesses {
		i, err := blinding.Bang(g, c.Level)
		add(arms[k], i, err)
	}
	if len(arms) == 2 {
		i, err := blinding.James(guesses[0], guesses[1], c.Level)
		add("all", i, err)
	} else {
		r.note("James's index is for two arms.")
	}
	r.table("indices", "Indices (p is one-sided: small values speak for a broken blind)", []statsColumn{{"arm", c.Group, asNumber}, {"index", "Index", asNumber}, {"estimate", "Estimate", asNumber}, {"se", "SE", asNumber}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}, {"p", "p", asProbability}}, rows)
}
