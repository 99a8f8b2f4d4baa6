package main

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"varde/stats/design"
	"varde/stats/impute"
)

type statsImputeCmd struct {
	statsModel
	Analysis    string  `required:"" help:"Analysis of each completed data set at one visit, such as 'chg ~ base + arm'." placeholder:"MODEL"`
	Arm         string  `required:"" help:"Factor of the arms; its first level is the reference." placeholder:"FACTOR"`
	Visit       string  `help:"Visit that is analysed; otherwise the last." placeholder:"LEVEL"`
	Strategy    string  `enum:"MAR,JR,CR,CIR" default:"MAR" help:"What is assumed after the event: MAR, JR (jump to reference), CR (copy reference) or CIR (copy increments in reference)."`
	Event       string  `help:"Column with the first visit affected by the event, empty for none; otherwise the first visit after the last that was observed." placeholder:"COLUMN"`
	Method      string  `enum:"bootstrap,bayes,jackknife" default:"bootstrap" help:"bootstrap or bayes (multiple imputation, Rubin's rules), or jackknife (conditional means, no random numbers)."`
	Imputations int     `default:"100" help:"Number of imputations."`
	Seed        uint64  `default:"1" help:"Seed of the random numbers."`
	Delta       float64 `help:"Added to imputed values in all arms but the reference."`
	Tipping     float64 `help:"Seek the delta, from 0 to this limit, at which the first comparison is no longer significant." placeholder:"LIMIT"`
	Alpha       float64 `default:"0.05" help:"Significance level of the tipping point."`
	Level       float64 `default:"0.95" help:"Confidence level."`
}

// Help is what --help says below the flags.
func (*statsImputeCmd) Help() string {
	return `Imputes a continuous outcome at visits, analyses every completed data set at one visit, and pools. The formula is the imputation model with us(visit | subject); covariates stay the same over the visits.

Examples:

    varde stats impute trial.csv --formula "chg ~ base * visit + arm * visit + us(visit | subject)" --levels arm=control,active --arm arm --analysis "chg ~ base + arm"
    varde stats impute trial.csv --formula "chg ~ base + arm * visit + us(visit | subject)" --levels arm=control,active --arm arm --analysis "chg ~ base + arm" --strategy JR --method jackknife --json
    varde stats impute trial.csv --formula "chg ~ base + arm * visit + us(visit | subject)" --levels arm=control,active --arm arm --analysis "chg ~ base + arm" --imputations 20 --tipping 20`
}

// imputation is a command's data, laid out for the engine.
type imputation struct {
	data     impute.Data
	arms     []string
	arm      []int // of each subject
	z        []float64
	q        int // columns of the analysis
	visit    int
	visits   []string
	names    []string // of the contrasts
	rows     [][]float64
	observed int
	notes    []string
}

func (c *statsImputeCmd) Run(m *Main) error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	if c.Tipping != 0 && c.Delta != 0 {
		return errors.New("--tipping seeks the delta: leave out --delta")
	}
	d, err := c.lay(m)
	if err != nil {
		return err
	}
	r := &statsResult{title: "Imputation: " + c.Formula}
	c.summary(r, d)
	pooled, err := c.analyse(r, d, c.Delta)
	if err != nil {
		return err
	}
	r.pooledTable("estimates", "Estimates at "+d.visits[d.visit], d.names, pooled)
	if c.Tipping != 0 {
		if err := c.tip(r, d); err != nil {
			return err
		}
	}
	r.note(d.notes...)
	return r.write(m.Stdout, c.JSON)
}

func (c *statsImputeCmd) summary(r *statsResult, d *imputation) {
	r.set("formula", "Imputation model", c.Formula)
	r.set("analysis", "Analysis", c.Analysis)
	r.set("strategy", "Strategy", string(c.strategy()))
	r.set("reference", "Reference arm", d.arms[0])
	r.set("method", "Method", c.Method)
	if c.Method != "jackknife" {
		r.set("imputations", "Imputations", c.Imputations)
		r.set("seed", "Seed", c.Seed)
	}
	r.set("delta", "Delta", c.Delta)
	r.set("level", "Confidence level", c.Level)
	r.set("subjects", "Subjects", d.data.Subjects)
	r.set("observed", "Outcomes observed", d.observed)
	r.set("imputed", "Outcomes imputed", d.data.Missing())
}

func (c *statsImputeCmd) strategy() impute.Strategy {
	return map[string]impute.Strategy{"MAR": impute.MAR, "JR": impute.JumpToReference, "CR": impute.CopyReference, "CIR": impute.CopyIncrements}[c.Strategy]
}

// analyse imputes and pools with a shift of the imputed values.
func (c *statsImputeCmd) analyse(r *statsResult, d *imputation, delta float64) ([]impute.Pooled, error) {
	data := d.data
	data.Delta = make([]float64, len(data.Y))
	for i := range data.Delta {
		if d.arm[i/data.Visits] != 0 {
			data.Delta[i] = delta
		}
	}
	if c.Method == "jackknife" {
		rows := d.rows
		return impute.Jackknife(&data, &impute.LeaveOneOut{
			Z: d.z, Q: d.q, Visits: data.Visits, Visit: d.visit, K: len(rows),
			Contrasts: func([]float64, int) [][]float64 { return rows },
		}, impute.JackknifeOptions{Level: c.Level})
	}
	analysis, err := impute.NewANCOVA(d.z, d.q, data.Visits, d.visit, d.rows)
	if err != nil {
		return nil, err
	}
	out, err := impute.Multiple(&data, analysis, impute.Options{Imputations: c.Imputations, Seed: c.Seed, Method: impute.Method(c.Method), Level: c.Level})
	if err != nil {
		return nil, err
	}
	if r != nil {
		r.note(out.Notes...)
	}
	return out.Pooled, nil
}

// tip seeks the delta at which the first difference is no longer significant.
func (c *statsImputeCmd) tip(r *statsResult, d *imputation) error {
	first := slices.IndexFunc(d.names, func(n string) bool { return n == d.arms[1]+" - "+d.arms[0] })
	tipping, err := impute.TippingPoint(func(delta float64) (impute.Pooled, error) {
		pooled, err := c.analyse(nil, d, delta)
		if err != nil {
			return impute.Pooled{}, err
		}
		return pooled[first], nil
	}, c.Tipping, c.Alpha, math.Abs(c.Tipping)/1000)
	if err != nil {
		return err
	}
	r.set("tipping_comparison", "Tipping point of", d.names[first])
	r.set("tipping_limit", "  sought up to", c.Tipping)
	r.set("tipping_alpha", "  at the level", c.Alpha)
	if !tipping.Found {
		r.set("tipping_delta", "  delta", undefined{"still significant at the limit"})
		return nil
	}
	r.set("tipping_delta", "  delta", tipping.Delta)
	r.set("tipping_estimate", "  estimate there", tipping.At.Value)
	r.set("p_tipping", "  p there", tipping.At.P)
	return nil
}

func (r *statsResult) pooledTable(key, label string, names []string, pooled []impute.Pooled) {
	var rows [][]any
	for i, p := range pooled {
		within, between, fraction := any(p.Within), any(p.Between), any(p.Fraction)
		if p.Imputations == 0 {
			none := inapplicable{"the jackknife does not impute at random"}
			within, between, fraction = none, none, none
		}
		rows = append(rows, []any{names[i], p.Value, p.SE, p.DF, p.P, p.Lower, p.Upper, within, between, fraction})
	}
	r.table(key, label, []statsColumn{{"name", "", asNumber}, {"estimate", "Estimate", asNumber}, {"se", "SE", asNumber}, {"df", "df", asDegrees}, {"p", "p", asProbability}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}, {"within", "Within", asNumber}, {"between", "Between", asNumber}, {"fraction", "Missing information", asNumber}}, rows)
}

// lay reads the data and lays them out on a grid of subjects and visits.
func (c *statsImputeCmd) lay(m *Main) (*imputation, error) {
	levels, err := parseLevels(c.Levels)
	if err != nil {
		return nil, err
	}
	f, err := design.Parse(c.Formula)
	if err != nil {
		return nil, fmt.Errorf("the formula: %w", err)
	}
	a, err := design.Parse(c.Analysis)
	if err != nil {
		return nil, fmt.Errorf("the analysis: %w", err)
	}
	if f.Covariance() != "us" || a.Covariance() != "" {
		return nil, errors.New("the imputation model needs us(visit | subject), and the analysis no covariance term")
	}
	if f.Response() != a.Response() {
		return nil, fmt.Errorf("the imputation model is of %s and the analysis of %s: both need the same response", f.Response(), a.Response())
	}
	t, err := c.read(m)
	if err != nil {
		return nil, err
	}
	if t, err = t.Where(c.Subset); err != nil {
		return nil, fmt.Errorf("%s: %w", c.name(), err)
	}
	g := grid{command: c, imputation: f, analysis: a, options: design.Options{Levels: levels, Factors: c.Factor}}
	d, err := g.lay(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name(), err)
	}
	return d, nil
}
