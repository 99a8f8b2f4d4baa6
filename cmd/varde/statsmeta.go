package main

import (
	"fmt"
	"math"
	"strings"

	"varde/stats/design"
	"varde/stats/meta"
)

type statsMetaCmd struct {
	statsData
	Measure    string   `enum:"none,SMD,MD,RR,OR,RD,PETO" default:"none" help:"Compute effects from groups: SMD or MD from n1 m1 sd1 n2 m2 sd2; RR, OR, RD or PETO from e1 n1 e2 n2. none takes the columns of --effect and --variance."`
	Effect     string   `default:"yi" help:"Column of the effects; ratios as natural logarithms."`
	Variance   string   `default:"vi" help:"Column of their sampling variances."`
	SE         string   `name:"se" help:"Column of their standard errors, instead of the variances."`
	Study      string   `help:"Column that names the studies."`
	Zero       string   `enum:"refuse,half-cells,half-events" default:"refuse" help:"Studies with a zero cell: refuse; half-cells adds 1/2 to the four cells; half-events adds 1/2 to events and totals."`
	Correction string   `enum:"exact,approximate,none" default:"exact" help:"Small-sample correction of SMD: exact, approximate or none."`
	SMDForm    string   `name:"smd-variance" enum:"LS,LS-uncorrected,LS-scaled,UB" default:"LS" help:"Variance of SMD: LS, LS-uncorrected, LS-scaled or UB."`
	Method     string   `enum:"REML,ML,DL,PM,EB,PMM,SJ,HE,HS,HSk,common" default:"REML" help:"Variance between studies: REML, ML, DL, PM, EB, PMM, SJ, HE, HS, HSk, or common for one common effect."`
	Test       string   `enum:"z,t,knha,adhoc" default:"z" help:"Test and interval: z, t, knha (Knapp and Hartung) or adhoc (the same, never narrower)."`
	Mods       []string `help:"Moderators of a meta-regression: columns, numbers as they are, texts against their first level." placeholder:"COLUMN"`
	Subgroup   string   `help:"Column of subgroups." placeholder:"COLUMN"`
	SharedTau2 bool     `name:"shared-tau2" help:"One variance between studies for all subgroups."`
	Subset     string   `help:"Only rows that meet a condition, such as 'year > 2000'."`
	Cluster    string   `help:"Column of the studies where some have several effects: a three-level model." placeholder:"COLUMN"`
	Rho        float64  `help:"Correlation of the sampling errors of effects of one study, with --cluster."`
	Exp        bool     `help:"Give the pooled effect and its intervals as ratios too."`
	Egger      bool     `help:"Egger's test of small-study effects."`
	TrimFill   bool     `help:"Trim and fill."`
	LeaveOut   bool     `name:"leave-one-out" help:"Pool without each study in turn."`
	Cumulative bool     `help:"Pool the first study, the first two, and so on, in the order of the file."`
	Influence  bool     `help:"What each study does to the result."`
	Level      float64  `default:"0.95" help:"Confidence level."`
}

// Help is what --help says below the flags.
func (*statsMetaCmd) Help() string {
	return `Effects and variances are columns, or are computed from the groups' numbers.

Examples:

    varde stats meta studies.csv --study study
    varde stats meta studies.csv --measure SMD --test knha --egger --leave-one-out
    varde stats meta studies.csv --measure RR --method DL --exp --study study --json
    varde stats meta studies.csv --mods year,comparator --test knha
    varde stats meta studies.csv --subgroup comparator --shared-tau2
    varde stats meta studies.csv --cluster group --rho 0.6 --test t --json`
}

func (c *statsMetaCmd) Run(m *Main) error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	s, err := c.studies(m)
	if err != nil {
		return err
	}
	r := &statsResult{title: "Meta-analysis of " + c.whatIsPooled()}
	if c.Exp && (c.Measure == "RD" || c.Measure == "MD" || c.Measure == "SMD") {
		return fmt.Errorf("--exp is for logarithms of ratios, and %s is none", c.Measure)
	}
	s.columns.told(r)
	if c.Cluster != "" {
		if err := c.threeLevel(r, s); err != nil {
			return err
		}
		return r.write(m.Stdout, c.JSON)
	}
	fit, err := meta.Fit(s.y, s.v, c.options())
	if len(c.Mods) > 0 && err == nil {
		var moderators []meta.Moderator
		if moderators, err = s.moderators(c.Mods); err == nil {
			fit, err = meta.Regress(s.y, s.v, moderators, c.options())
		}
	}
	if err != nil {
		return s.name(err)
	}
	if err := c.pooled(r, fit); err != nil {
		return err
	}
	if err := c.heterogeneity(r, fit); err != nil {
		return err
	}
	c.listStudies(r, s, fit)
	if err := c.extras(r, s, fit); err != nil {
		return s.name(err)
	}
	r.note(fit.Notes...)
	return r.write(m.Stdout, c.JSON)
}

func (c *statsMetaCmd) whatIsPooled() string {
	switch c.Measure {
	case "none":
		return c.Effect
	case "SMD":
		return "standardised mean differences"
	case "MD":
		return "mean differences"
	case "RR":
		return "log risk ratios"
	case "RD":
		return "risk differences"
	}
	return "log odds ratios"
}

func (c *statsMetaCmd) options() meta.Options {
	o := meta.Options{Level: c.Level, Method: meta.Common}
	for _, method := range meta.Methods() {
		if method.String() == c.Method {
			o.Method = method
		}
	}
	o.Test = map[string]meta.Test{"z": meta.Z, "t": meta.T, "knha": meta.KnappHartung, "adhoc": meta.AdHoc}[c.Test]
	return o
}

func coefficientOf(k meta.Coefficient) estimated {
	df := k.DF
	if df == 0 {
		df = math.Inf(1)
	}
	return estimated{k.Estimate, k.SE, df, k.Statistic, k.P, k.Low, k.High}
}

func (c *statsMetaCmd) scale() scale {
	if c.Test == "z" {
		return scale{statistic: "z"}
	}
	return scale{statistic: "t"}
}

// pooled adds the pooled effect, or the coefficients of a regression.
func (c *statsMetaCmd) pooled(r *statsResult, fit *meta.Result) error {
	r.set("studies", "Effects", fit.K)
	r.set("method", "Method", fit.Method.String())
	r.set("test", "Test", fit.Test.String())
	r.set("level", "Confidence level", c.Level)
	names := make([]string, len(fit.Coefficients))
	for i, k := range fit.Coefficients {
		names[i] = k.Name
	}
	r.estimateTable("coefficients", "Effect", "Coefficient", c.scale(), names, func(i int) (estimated, error) {
		return coefficientOf(fit.Coefficients[i]), nil
	})
	if fit.QMDF > 0 {
		r.set("qm", "Test of moderators", fit.QM)
		r.set("qm_df", "  degrees of freedom", fit.QMDF)
		if fit.QMDenominator > 0 {
			r.set("qm_df2", "  of the denominator (F)", fit.QMDenominator)
		}
		r.set("p_qm", "  p", fit.QMP)
		r.set("r2", "R2, per cent", fit.R2)
		if c.Exp {
			r.note("--exp gives ratios for a pooled effect only, not for a regression.")
		}
		return nil
	}
	p := fit.Pooled()
	if c.Exp {
		r.set("ratio", "Pooled ratio", math.Exp(p.Estimate))
		r.set("ratio_lower", "  lower", math.Exp(p.Low))
		r.set("ratio_upper", "  upper", math.Exp(p.High))
	}
	return c.prediction(r, fit)
}

func (c *statsMetaCmd) prediction(r *statsResult, fit *meta.Result) error {
	if fit.Method == meta.Common {
		return nil
	}
	var rows [][]any
	for _, k := range []struct {
		kind meta.Prediction
		name string
	}{{meta.PredictTest, "as the test"}, {meta.PredictHTS, "t with k-2 degrees of freedom"}, {meta.PredictWaldHTS, "t with k-2, unscaled standard error"}} {
		i, err := fit.Predict(k.kind)
		if err != nil {
			rows = append(rows, []any{k.name, undefined{err.Error()}, nil})
			continue
		}
		rows = append(rows, []any{k.name, i.Low, i.High})
	}
	r.table("prediction", "Interval for the effect of one further study", []statsColumn{{"kind", "Kind", asNumber}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}}, rows)
	return nil
}

func (c *statsMetaCmd) heterogeneity(r *statsResult, fit *meta.Result) error {
	r.set("q", "Q", fit.Q)
	r.set("q_df", "  degrees of freedom", fit.QDF)
	r.set("p_q", "  p", fit.QP)
	r.set("tau2_se", "SE of tau2", fit.Tau2SE)
	if !math.IsNaN(fit.LogLik) {
		r.set("loglik", "Log likelihood", fit.LogLik)
	}
	columns := []statsColumn{{"name", "", asNumber}, {"estimate", "Estimate", asNumber}, {"lower", "Lower", asNumber}, {"upper", "Upper", asNumber}}
	h, err := fit.QProfile(c.Level)
	if err != nil {
		r.table("heterogeneity", "Heterogeneity", columns, [][]any{
			{"tau2", fit.Tau2, undefined{err.Error()}, nil}, {"I2", fit.I2, nil, nil}, {"H2", fit.H2, nil, nil},
		})
		return nil
	}
	var rows [][]any
	for _, k := range []struct {
		name  string
		value float64
		i     meta.Interval
	}{{"tau2", fit.Tau2, h.Tau2}, {"tau", math.Sqrt(fit.Tau2), h.Tau}, {"I2", fit.I2, h.I2}, {"H2", fit.H2, h.H2}} {
		rows = append(rows, []any{k.name, k.value, k.i.Low, k.i.High})
	}
	r.table("heterogeneity", "Heterogeneity (intervals by Q profile)", columns, rows)
	r.note(h.Notes...)
	return nil
}

// studiesOf are the effects as read.
type studiesOf struct {
	columns *statsColumns
	table   *design.Table
	names   []string
	y, v    []float64
}

// name puts the study's name and the line beside a fault.
func (s *studiesOf) name(err error) error {
	var f *meta.Fault
	if !asFault(err, &f) || f.Row < 0 || f.Row >= len(s.columns.rows) {
		return err
	}
	return fmt.Errorf("%s (%s): %s %s", s.table.Place(s.columns.rows[f.Row]), s.names[f.Row], strings.TrimSuffix(f.Message, "."), f.Fix)
}
