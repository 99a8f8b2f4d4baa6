package main

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/sequential"
)

type statsSequentialCmd struct {
	Looks             []float64 `required:"" help:"Information at each look as a share of the largest, such as 0.5,1."`
	Alpha             float64   `default:"0.025" help:"Significance level, of all sides together."`
	TwoSided          bool      `help:"A two-sided, symmetric test."`
	Power             float64   `default:"0.9" help:"Power at the drift that is planned for."`
	Efficacy          string    `enum:"obrien-fleming,pocock,wang-tsiatis,haybittle-peto,spend-obrien-fleming,spend-pocock,hwang-shih-decani,kim-demets" default:"spend-obrien-fleming" help:"Bounds: obrien-fleming, pocock, wang-tsiatis, haybittle-peto, or spending of the level: spend-obrien-fleming, spend-pocock (both Lan and DeMets), hwang-shih-decani, kim-demets."`
	Parameter         float64   `help:"Parameter of the bounds, where they have one."`
	Futility          string    `enum:"none,spend-obrien-fleming,spend-pocock,hwang-shih-decani,kim-demets" default:"none" help:"Spending of the type II error on stopping for lack of effect; none without."`
	FutilityParameter float64   `help:"Parameter of the futility bounds."`
	Binding           bool      `help:"The trial must stop at a futility bound."`
	Look              int       `help:"Look (from 1) at which the trial stopped; with --z and --information, for the inference after it."`
	Z                 float64   `help:"Standardised statistic at that look."`
	Information       float64   `help:"Largest information: one over the squared standard error of the effect at the last look."`
	Level             float64   `default:"0.95" help:"Confidence level after stopping."`
	statsOutput
}

// Help is what --help says below the flags.
func (*statsSequentialCmd) Help() string {
	return `Group-sequential boundaries, their power and expected information, and the inference after stopping.

Examples:

    varde stats sequential --looks 0.5,1
    varde stats sequential --looks 0.33,0.67,1 --efficacy hwang-shih-decani --parameter=-4 --futility hwang-shih-decani --futility-parameter=-2 --power 0.8
    varde stats sequential --looks 0.5,1 --efficacy obrien-fleming --alpha 0.05 --two-sided --look 1 --z 3.1 --information 0.25 --json`
}

var sequentialKinds = map[string]sequential.Kind{
	"obrien-fleming": sequential.OBrienFleming, "pocock": sequential.Pocock, "wang-tsiatis": sequential.WangTsiatis, "haybittle-peto": sequential.HaybittlePeto,
	"spend-obrien-fleming": sequential.SpendOBrienFleming, "spend-pocock": sequential.SpendPocock, "hwang-shih-decani": sequential.HwangShihDeCani, "kim-demets": sequential.KimDeMets,
}

func (c *statsSequentialCmd) Run(m *Main) error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	if !(c.Power > 0 && c.Power < 1) {
		return fmt.Errorf("the power %g is not between 0 and 1", c.Power)
	}
	d := sequential.Design{Information: c.Looks, Alpha: c.Alpha, Sides: 1, Beta: 1 - c.Power, Efficacy: sequential.Boundary{Kind: sequentialKinds[c.Efficacy], Parameter: c.Parameter}}
	if c.TwoSided {
		d.Sides = 2
	}
	if c.Futility != "none" {
		d.Futility = &sequential.Futility{Boundary: sequential.Boundary{Kind: sequentialKinds[c.Futility], Parameter: c.FutilityParameter}, Binding: c.Binding}
	}
	p, err := sequential.New(d)
	if err != nil {
		return err
	}
	r := &statsResult{title: "Group-sequential design"}
	r.set("bounds", "Bounds", string(d.Efficacy.Kind))
	r.set("alpha", "Significance level", c.Alpha)
	r.set("sides", "Sides", d.Sides)
	r.set("drift", "Drift (expected Z at the end)", p.Drift)
	r.set("inflation", "Largest sample over the fixed one", p.Inflation)
	c.addLooks(r, p)
	if err := c.addOperating(r, p); err != nil {
		return err
	}
	if err := c.addInference(r, p); err != nil {
		return err
	}
	r.note(p.Notes...)
	return r.write(m.Stdout, c.JSON)
}

func (c *statsSequentialCmd) addLooks(r *statsResult, p *sequential.Plan) {
	var rows [][]any
	for k, t := range c.Looks {
		lower := any(inapplicable{"no bound for futility"})
		if k < len(p.Lower) && !math.IsInf(p.Lower[k], -1) {
			lower = p.Lower[k]
		}
		rows = append(rows, []any{k + 1, t, p.Upper[k], lower, p.Nominal[k], p.Spent[k]})
	}
	r.table("looks", "Looks", []statsColumn{{"look", "Look", asNumber}, {"information", "Information", asNumber}, {"upper", "Reject at Z", asNumber}, {"lower", "Futile at Z", asNumber}, {"nominal", "Nominal level, one side", asNumber}, {"spent", "Level spent", asNumber}}, rows)
}

func (c *statsSequentialCmd) addOperating(r *statsResult, p *sequential.Plan) error {
	var rows, looks [][]any
	for _, at := range []struct {
		name  string
		drift float64
	}{{"no effect", 0}, {"half of the planned", p.Drift / 2}, {"as planned", p.Drift}} {
		o, err := p.At(at.drift)
		if err != nil {
			return err
		}
		rows = append(rows, []any{at.name, o.Drift, o.Power, o.Expected, o.Ratio})
		for k := range o.Reject {
			looks = append(looks, []any{at.name, k + 1, o.Reject[k], o.Futile[k]})
		}
	}
	r.table("operating", "What the design does", []statsColumn{{"effect", "Effect", asNumber}, {"drift", "Drift", asNumber}, {"power", "Rejects", asNumber}, {"expected", "Expected information", asNumber}, {"ratio", "Over the fixed design", asNumber}}, rows)
	r.table("stopping", "Probability of stopping", []statsColumn{{"effect", "Effect", asNumber}, {"look", "Look", asNumber}, {"reject", "Rejects", asNumber}, {"futile", "Does not reject", asNumber}}, looks)
	return nil
}

func (c *statsSequentialCmd) addInference(r *statsResult, p *sequential.Plan) error {
	if c.Look == 0 {
		if c.Z != 0 || c.Information != 0 {
			return errors.New("--z and --information need --look: at which look did the trial stop?")
		}
		return nil
	}
	if !(c.Information > 0) {
		return errors.New("--look needs --information: one over the squared standard error of the effect at the last look")
	}
	i, err := p.Stopped(c.Look, c.Z, c.Information, c.Level)
	if err != nil {
		return err
	}
	lower, upper, err := p.Repeated(c.Look, c.Z, c.Information)
	if err != nil {
		return err
	}
	r.set("stopped_look", "Stopped at look", c.Look)
	r.set("stopped_z", "Z", c.Z)
	r.set("p_stagewise", "Stage-wise p", i.P)
	r.set("median_unbiased", "Median unbiased effect", i.MedianUnbiased)
	r.set("lower", "  lower", i.Lower)
	r.set("upper", "  upper", i.Upper)
	r.set("naive", "Naive effect, biased by stopping", i.Naive)
	r.set("repeated_lower", "Repeated interval, lower", lower)
	r.set("repeated_upper", "  upper", upper)
	r.note(i.Notes...)
	return nil
}
