package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"varde/stats/design"
	"varde/stats/survival"
)

type statsSurvivalCmd struct {
	statsData
	Time       string    `required:"" help:"Column of the time to the event or the end of observation." placeholder:"COLUMN"`
	Event      string    `required:"" help:"Column that tells whether the time is that of the event." placeholder:"COLUMN"`
	EventValue string    `default:"1" help:"Value of that column for the event; every other one is censored."`
	Group      string    `help:"Column of groups: a curve for each, and the log-rank test." placeholder:"COLUMN"`
	Strata     string    `help:"Column of strata of the tests." placeholder:"COLUMN"`
	Cox        string    `help:"Covariates of a Cox regression, such as 'base + arm'." placeholder:"TERMS"`
	Ties       string    `enum:"Efron,Breslow" default:"Efron" help:"Events at the same time in Cox regression: Efron or Breslow."`
	Levels     []string  `sep:"none" help:"Order of a factor's levels, the first being the reference, such as arm=PBO,MDMA." placeholder:"COLUMN=LEVEL,..."`
	Factor     []string  `help:"Numeric columns to take as factors." placeholder:"COLUMN"`
	Subset     string    `help:"Only rows that meet a condition."`
	At         []float64 `help:"Times to give the curves at, such as 90,180."`
	Until      float64   `help:"Mean time up to this one (restricted mean)."`
	Steps      bool      `help:"List every step of the curves."`
	Transform  string    `enum:"log-log,log,plain" default:"log-log" help:"Scale of the pointwise intervals: log-log, log or plain."`
	Rho        float64   `help:"Weight of early times in the log-rank test: 0, or 1 for Peto and Peto's Wilcoxon."`
	Level      float64   `default:"0.95" help:"Confidence level."`
}

// Help is what --help says below the flags.
func (*statsSurvivalCmd) Help() string {
	return `Times to an event with right censoring.

Examples:

    varde stats survival relapse.csv --time days --event relapse --group arm --at 90,180,270
    varde stats survival relapse.csv --time days --event relapse --group arm --strata site --cox "base + arm" --levels arm=control,active --json
    varde stats survival relapse.csv --time days --event relapse --steps --until 150`
}

// followed are the times as read.
type followed struct {
	columns *statsColumns
	table   *design.Table
	time    []float64
	event   []bool
	groups  []string // names; group holds codes
	group   []int
	stratum []int
}

func (c *statsSurvivalCmd) Run(m *Main) error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	t, err := c.read(m)
	if err != nil {
		return err
	}
	f, err := c.follow(t)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	r := &statsResult{title: "Time to " + c.Event + " = " + c.EventValue}
	f.columns.told(r)
	r.set("level", "Confidence level", c.Level)
	if err := c.curves(r, f); err != nil {
		return err
	}
	if c.Group != "" {
		if err := c.compare(r, f); err != nil {
			return err
		}
	}
	if c.Cox != "" {
		if err := c.regress(r, f); err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
	}
	return r.write(m.Stdout, c.JSON)
}

func (c *statsSurvivalCmd) follow(t *design.Table) (*followed, error) {
	t, err := t.Where(c.Subset)
	if err != nil {
		return nil, err
	}
	texts := slices.DeleteFunc([]string{c.Event, c.Group, c.Strata}, func(s string) bool { return s == "" })
	columns, err := readColumns(t, []string{c.Time}, texts)
	if err != nil {
		return nil, err
	}
	f := &followed{columns: columns, table: t, time: columns.numbers[c.Time]}
	values := slices.Compact(slices.Sorted(slices.Values(columns.texts[c.Event])))
	if len(values) > 2 || !slices.Contains(values, c.EventValue) {
		return nil, fmt.Errorf("the column %q has the values %s: it needs %q for the event and one other for censored; name the event with --event-value", c.Event, strings.Join(values[:min(len(values), 10)], ", "), c.EventValue)
	}
	for _, v := range columns.texts[c.Event] {
		f.event = append(f.event, v == c.EventValue)
	}
	f.groups, f.group = codesOf(columns.texts[c.Group])
	if levels, err := parseLevels(c.Levels); err != nil {
		return nil, err
	} else if order := levels[c.Group]; order != nil && c.Group != "" {
		if f.groups, f.group, err = reorder(columns.texts[c.Group], order); err != nil {
			return nil, err
		}
	}
	_, f.stratum = codesOf(columns.texts[c.Strata])
	return f, nil
}

// codesOf are the sorted values and the place of each among them; nil for none.
func codesOf(values []string) ([]string, []int) {
	if values == nil {
		return nil, nil
	}
	names := slices.Compact(slices.Sorted(slices.Values(values)))
	codes := make([]int, len(values))
	for i, v := range values {
		codes[i], _ = slices.BinarySearch(names, v)
	}
	return names, codes
}

// reorder is codesOf in an order of one's own; levels that do not occur are left out.
func reorder(values, order []string) ([]string, []int, error) {
	var names []string
	for _, o := range order {
		if slices.Contains(values, o) {
			names = append(names, o)
		}
	}
	codes := make([]int, len(values))
	for i, v := range values {
		if codes[i] = slices.Index(names, v); codes[i] < 0 {
			return nil, nil, fmt.Errorf("the level %q is not among those listed: %s", v, strings.Join(order, ", "))
		}
	}
	return names, codes, nil
}

// of answers the times of one group, or all for -1.
func (f *followed) of(group int) (time []float64, event []bool) {
	for i := range f.time {
		if group < 0 || f.group[i] == group {
			time, event = append(time, f.time[i]), append(event, f.event[i])
		}
	}
	return time, event
}

func (c *statsSurvivalCmd) curves(r *statsResult, f *followed) error {
	names := f.groups
	if names == nil {
		names = []string{"all"}
	}
	var summary, at, steps [][]any
	for k, name := range names {
		group := k
		if f.groups == nil {
			group = -1
		}
		time, event := f.of(group)
		curve, err := survival.KaplanMeier(time, event, survival.Transform(c.Transform), c.Level)
		if err != nil {
			return err
		}
		row, err := c.summarise(name, curve)
		if err != nil {
			return err
		}
		summary = append(summary, row)
		for _, t := range c.At {
			at = append(at, stepRow(name, t, curve.AtRisk(t), curve.At(t)))
		}
		for _, s := range curve.Steps {
			steps = append(steps, append(stepRow(name, s.Time, s.AtRisk, s), s.Events, s.Censored))
		}
	}
	columns := []statsColumn{{"group", "Group", asNumber}, {"n", "n", asNumber}, {"events", "Events", asNumber}, {"median", "Median", asNumber}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}}
	if c.Until > 0 {
		columns = append(columns, statsColumn{"mean", fmt.Sprintf("Mean until %g", c.Until), asNumber}, statsColumn{"mean_se", "SE", asNumber})
	}
	r.table("groups", "Times", columns, summary)
	points := []statsColumn{{"group", "Group", asNumber}, {"time", "Time", asNumber}, {"at_risk", "At risk", asNumber}, {"survival", "Without event", asNumber}, {"se", "SE", asNumber}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}}
	if at != nil {
		r.table("at", "Kaplan-Meier at the times asked for", points, at)
	}
	if c.Steps {
		r.table("steps", "Kaplan-Meier", append(slices.Clone(points), statsColumn{"events", "Events", asNumber}, statsColumn{"censored", "Censored", asNumber}), steps)
	}
	return nil
}

func (c *statsSurvivalCmd) summarise(name string, curve *survival.Curve) ([]any, error) {
	q := curve.Median()
	side := func(v float64, has bool) any {
		if !has {
			return inapplicable{"the data do not reach it"}
		}
		return v
	}
	row := []any{name, curve.N, curve.Events, side(q.Estimate, q.HasEstimate), side(q.Lower, q.HasLower), side(q.Upper, q.HasUpper)}
	if c.Until > 0 {
		mean, se, err := curve.RestrictedMean(c.Until)
		if err != nil {
			return append(row, undefined{err.Error()}, nil), nil
		}
		row = append(row, mean, se)
	} else if c.Until < 0 {
		return nil, fmt.Errorf("--until %g is not above zero", c.Until)
	}
	return row, nil
}

func stepRow(name string, time float64, atRisk int, s survival.Step) []any {
	if !s.HasInterval {
		none := inapplicable{"nobody is left without the event"}
		if s.Survival == 1 {
			none.reason = "nobody had the event yet"
		}
		return []any{name, time, atRisk, s.Survival, none, none, none}
	}
	return []any{name, time, atRisk, s.Survival, s.SE, s.Lower, s.Upper}
}

func (c *statsSurvivalCmd) compare(r *statsResult, f *followed) error {
	if len(f.groups) < 2 {
		return fmt.Errorf("%s: the column %q has one group only", c.name(), c.Group)
	}
	test, err := survival.LogRank(f.time, f.event, f.group, f.stratum, c.Rho)
	if err != nil {
		return err
	}
	var rows [][]any
	for k, name := range f.groups {
		rows = append(rows, []any{name, test.Observed[k], test.Expected[k]})
	}
	r.table("log_rank_groups", "Log-rank test", []statsColumn{{"group", c.Group, asNumber}, {"observed", "Events", asNumber}, {"expected", "Expected", asNumber}}, rows)
	r.set("log_rank", "chi2", test.Statistic)
	r.set("log_rank_df", "  degrees of freedom", test.DF)
	r.set("p_log_rank", "  p", test.P)
	r.note(test.Notes...)
	return nil
}

// coxDesign is the design of the covariates without the constant, and the rows of
// the table it has.
func (c *statsSurvivalCmd) coxDesign(f *followed) (*design.Model, []float64, error) {
	formula, err := design.Parse("`" + c.Time + "` ~ " + c.Cox)
	if err != nil {
		return nil, nil, fmt.Errorf("the covariates: %w", err)
	}
	levels, err := parseLevels(c.Levels)
	if err != nil {
		return nil, nil, err
	}
	if formula.Covariance() != "" {
		return nil, nil, errors.New("a covariance term belongs to varde stats mmrm: leave it out here")
	}
	model, err := formula.Model(f.table, design.Options{Levels: levels, Factors: c.Factor})
	if err != nil {
		return nil, nil, err
	}
	p := len(model.Names)
	if model.Names[0] != "(Intercept)" || p < 2 {
		return nil, nil, errors.New("a Cox regression needs covariates, and has no constant to take away: leave out 0 and -1")
	}
	x := make([]float64, 0, len(model.Rows)*(p-1))
	for i := range model.Rows {
		x = append(x, model.X[i*p+1:(i+1)*p]...)
	}
	return model, x, nil
}
