package main

import (
	"fmt"
	"slices"
	"strings"

	"varde/stats/proportion"
)

type statsProportionsCmd struct {
	statsData
	Outcome   string  `required:"" help:"Column of the outcome." placeholder:"COLUMN"`
	Event     string  `default:"1" help:"Value of the outcome that counts as the event."`
	Group     string  `required:"" help:"Column of the two groups." placeholder:"COLUMN"`
	Reference string  `help:"Group that the other is compared with; otherwise the first of the sorted." placeholder:"LEVEL"`
	Strata    string  `help:"Column of strata: Mantel-Haenszel and stratified intervals too." placeholder:"COLUMN"`
	Subset    string  `help:"Only rows that meet a condition, such as 'site != \"S3\"'."`
	Harm      bool    `help:"The event is unfavourable: turns the sides of the number needed."`
	Level     float64 `default:"0.95" help:"Confidence level."`
}

// Help is what --help says below the flags.
func (*statsProportionsCmd) Help() string {
	return `Two proportions: each with its interval, difference, ratio, odds ratio, exact test, number needed; by strata too.

Examples:

    varde stats proportions outcome.csv --outcome responder --group arm --reference control
    varde stats proportions outcome.csv --outcome responder --group arm --reference control --strata site --json
    varde stats proportions outcome.csv --outcome guess --event active --group arm --reference control --subset "guess != 'unsure'"`
}

// counted are the counts of a group compared with the reference, in all and by stratum.
type counted struct {
	first, second string
	all           proportion.Stratum
	names         []string
	strata        []proportion.Stratum
}

func (c *statsProportionsCmd) Run(m *Main) error {
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
	columns, err := readColumns(t, nil, slices.DeleteFunc([]string{c.Outcome, c.Group, c.Strata}, func(s string) bool { return s == "" }))
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	k, err := c.count(columns)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	r := &statsResult{title: fmt.Sprintf("Proportion of %s = %s by %s", c.Outcome, c.Event, c.Group)}
	columns.told(r)
	c.groups(r, k)
	c.compare(r, k)
	c.tests(r, k)
	c.needed(r, k)
	if c.Strata != "" {
		c.stratified(r, k)
	}
	return r.write(m.Stdout, c.JSON)
}

func (c *statsProportionsCmd) count(columns *statsColumns) (*counted, error) {
	groups, outcome := columns.texts[c.Group], columns.texts[c.Outcome]
	second, first, err := twoGroups(groups, c.Group, c.Reference)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(outcome, c.Event) {
		values := slices.Compact(slices.Sorted(slices.Values(outcome)))
		return nil, fmt.Errorf("no row of %q has the event %q; its values are %s: name the event with --event", c.Outcome, c.Event, strings.Join(values[:min(len(values), 10)], ", "))
	}
	k := &counted{first: first, second: second}
	strata := columns.texts[c.Strata]
	k.names = slices.Compact(slices.Sorted(slices.Values(strata)))
	k.strata = make([]proportion.Stratum, len(k.names))
	for i, g := range groups {
		of := []*proportion.Stratum{&k.all}
		if strata != nil {
			at, _ := slices.BinarySearch(k.names, strata[i])
			of = append(of, &k.strata[at])
		}
		for _, s := range of {
			n := &s.First
			if g == second {
				n = &s.Second
			}
			n.N++
			if outcome[i] == c.Event {
				n.Events++
			}
		}
	}
	return k, nil
}

func (c *statsProportionsCmd) groups(r *statsResult, k *counted) {
	var rows [][]any
	for _, g := range []struct {
		name string
		n    proportion.Count
	}{{k.first, k.all.First}, {k.second, k.all.Second}} {
		row := []any{g.name, g.n.Events, g.n.N, float64(g.n.Events) / float64(g.n.N)}
		for _, method := range []func(proportion.Count, float64) (proportion.Estimate, error){proportion.Wilson, proportion.ClopperPearson} {
			e, err := method(g.n, c.Level)
			if err != nil {
				row = append(row, undefined{err.Error()}, nil)
				continue
			}
			row = append(row, e.Lower, e.Upper)
			r.note(e.Notes...)
		}
		rows = append(rows, row)
	}
	r.set("event", "Event", c.Event)
	r.set("level", "Confidence level", c.Level)
	r.table("groups", "Groups (Wilson and exact intervals)", []statsColumn{{"group", c.Group, asNumber}, {"events", "Events", asNumber}, {"n", "n", asNumber}, {"proportion", "Proportion", asNumber}, {"wilson_lower", "Wilson lower", asNumber}, {"wilson_upper", "upper", asNumber}, {"exact_lower", "Exact lower", asNumber}, {"exact_upper", "upper", asNumber}}, rows)
}

// proportionMethod is one way to compare, by name.
type proportionMethod struct {
	key, name string
	estimate  func() (proportion.Estimate, error)
}

func (r *statsResult) comparisons(key, label string, methods []proportionMethod) {
	var rows [][]any
	for _, method := range methods {
		e, err := method.estimate()
		if err != nil {
			rows = append(rows, []any{method.key, method.name, undefined{err.Error()}, nil, nil, nil})
			continue
		}
		se := any(e.SE)
		if e.SE == 0 {
			se = inapplicable{"the method has none"}
		}
		rows = append(rows, []any{method.key, method.name, e.Estimate, e.Lower, e.Upper, se})
		for _, n := range e.Notes {
			r.note(method.name + ": " + n)
		}
	}
	r.table(key, label, []statsColumn{{"key", "", asKey}, {"method", "Method", asNumber}, {"estimate", "Estimate", asNumber}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}, {"se", "SE", asNumber}}, rows)
}

func (c *statsProportionsCmd) compare(r *statsResult, k *counted) {
	a, b := k.all.First, k.all.Second
	r.comparisons("comparisons", k.first+" against "+k.second+" (the SE of ratios is that of the logarithm)", []proportionMethod{
		{"difference_newcombe", "difference, Newcombe", func() (proportion.Estimate, error) { return proportion.DifferenceNewcombe(a, b, c.Level) }},
		{"difference_mn", "difference, Miettinen-Nurminen", func() (proportion.Estimate, error) { return proportion.DifferenceMiettinenNurminen(a, b, c.Level) }},
		{"difference_wald", "difference, Wald", func() (proportion.Estimate, error) { return proportion.DifferenceWald(a, b, c.Level) }},
		{"ratio_log", "risk ratio, logarithm", func() (proportion.Estimate, error) { return proportion.RatioLog(a, b, c.Level) }},
		{"ratio_mn", "risk ratio, Miettinen-Nurminen", func() (proportion.Estimate, error) { return proportion.RatioMiettinenNurminen(a, b, c.Level) }},
		{"odds_log", "odds ratio, logarithm", func() (proportion.Estimate, error) { return proportion.OddsLog(a, b, false, c.Level) }},
		{"odds_exact", "odds ratio, exact conditional", func() (proportion.Estimate, error) {
			f, err := proportion.Fisher(a, b, c.Level)
			return f.Odds, err
		}},
	})
}

// testRow is a test as a row, or the reason why there is none.
func testRow(t proportion.Test, name string, err error) []any {
	if err != nil {
		return []any{name, undefined{err.Error()}, nil, nil}
	}
	if t.DF == 0 {
		return []any{name, inapplicable{"an exact test"}, inapplicable{"an exact test"}, t.P}
	}
	return []any{name, t.Statistic, t.DF, t.P}
}

var testColumns = []statsColumn{{"test", "Test", asNumber}, {"chi2", "chi2", asNumber}, {"df", "df", asDegrees}, {"p", "p", asProbability}}

func (c *statsProportionsCmd) tests(r *statsResult, k *counted) {
	a, b := k.all.First, k.all.Second
	plain, err := proportion.Pearson(a, b, false)
	rows := [][]any{testRow(plain, "chi-squared", err)}
	corrected, err := proportion.Pearson(a, b, true)
	rows = append(rows, testRow(corrected, "chi-squared, Yates", err))
	exact, err := proportion.Fisher(a, b, c.Level)
	rows = append(rows, testRow(proportion.Test{P: exact.P}, "Fisher's exact", err))
	r.table("tests", "Tests", testColumns, rows)
}

func (c *statsProportionsCmd) needed(r *statsResult, k *counted) {
	a, b := k.all.First, k.all.Second
	if c.Harm {
		a, b = proportion.Count{Events: a.N - a.Events, N: a.N}, proportion.Count{Events: b.N - b.Events, N: b.N}
	}
	d, err := proportion.DifferenceNewcombe(a, b, c.Level)
	if err != nil {
		r.set("number_needed", "Number needed to treat", undefined{err.Error()})
		return
	}
	n, err := proportion.NumberNeeded(d)
	if err != nil {
		r.set("number_needed", "Number needed to treat", undefined{err.Error()})
		return
	}
	switch {
	case n.Benefit > 0:
		r.set("number_needed_benefit", "Number needed for one to benefit", n.Benefit)
	case n.Harm > 0:
		r.set("number_needed_harm", "Number needed for one to be harmed", n.Harm)
	default:
		r.set("number_needed", "Number needed to treat", undefined{"the difference is zero"})
	}
	r.set("number_needed_first", "  interval from", n.First)
	r.set("number_needed_second", "  to", n.Second)
	if n.ThroughInfinity {
		r.set("number_needed_through_infinity", "  through infinity: from benefit to harm", true)
	}
	r.note(n.Notes...)
}

func (c *statsProportionsCmd) stratified(r *statsResult, k *counted) {
	var rows [][]any
	for i, s := range k.strata {
		rows = append(rows, []any{k.names[i], s.First.Events, s.First.N, s.Second.Events, s.Second.N})
	}
	r.table("strata", "Strata", []statsColumn{{"stratum", c.Strata, asNumber}, {"events1", k.first, asNumber}, {"n1", "of", asNumber}, {"events2", k.second, asNumber}, {"n2", "of", asNumber}}, rows)
	r.comparisons("stratified", "By strata", []proportionMethod{
		{"difference_mh", "difference, Mantel-Haenszel (Sato)", func() (proportion.Estimate, error) {
			return proportion.MantelHaenszelDifference(k.strata, c.Level)
		}},
		{"difference_newcombe", "difference, Newcombe", func() (proportion.Estimate, error) {
			return proportion.DifferenceNewcombeStratified(k.strata, c.Level)
		}},
		{"difference_mn", "difference, Miettinen-Nurminen", func() (proportion.Estimate, error) {
			return proportion.DifferenceMiettinenNurminenStratified(k.strata, c.Level)
		}},
		{"ratio_mh", "risk ratio, Mantel-Haenszel", func() (proportion.Estimate, error) { return proportion.MantelHaenszelRatio(k.strata, c.Level) }},
		{"odds_mh", "odds ratio, Mantel-Haenszel", func() (proportion.Estimate, error) { return proportion.MantelHaenszelOdds(k.strata, c.Level) }},
	})
	cmh, err := proportion.CochranMantelHaenszel(k.strata, false)
	tests := [][]any{testRow(cmh, "Cochran-Mantel-Haenszel", err)}
	homogeneous, err := proportion.BreslowDay(k.strata)
	tests = append(tests, testRow(homogeneous, "Breslow-Day, Tarone: equal odds ratios", err))
	r.table("tests_stratified", "Tests by strata", testColumns, tests)
	r.note(cmh.Notes...)
	r.note(homogeneous.Notes...)
}
