package main

import (
	"errors"
	"fmt"
	"math"

	"varde/stats/power"
)

// statsPowerCmd plans: power at a sample size, or the sample size for a power.
type statsPowerCmd struct {
	Means       powerMeansCmd       `cmd:"" help:"Two means: t test, also with covariates."`
	Onemean     powerOneMeanCmd     `cmd:"" help:"One mean, or pairs."`
	Proportions powerProportionsCmd `cmd:"" help:"Two proportions."`
	Survival    powerSurvivalCmd    `cmd:"" help:"Time to an event: log-rank test."`
	Mmrm        powerMmrmCmd        `cmd:"" help:"Mixed model for repeated measures, with dropout."`
}

// Help is what --help says below the flags.
func (*statsPowerCmd) Help() string {
	return `Give the numbers of people (--n1, --n2) to have the power, or --power to have the numbers.

Examples:

    varde stats power means --delta 5 --sd 12 --power 0.9
    varde stats power means --delta 5 --sd 12 --n1 60 --n2 60 --correlation 0.5 --covariates 1 --json
    varde stats power onemean --delta 4 --sd 10 --n 50
    varde stats power proportions --first 0.55 --second 0.3 --power 0.8 --test fisher
    varde stats power survival --hazard-ratio 0.6 --power 0.9 --entry 12 --follow-up 6 --hazard 0.05 --dropout 0.01
    varde stats power survival --hazard-ratio 0.6 --events 120
    varde stats power mmrm --delta 7 --sd 10,11,12 --correlation 0.5 --retention 1,0.95,0.9 --power 0.9`
}

// powerLevel is the significance level of a planned test.
type powerLevel struct {
	Power    float64 `help:"Power to have the sample size for."`
	Alpha    float64 `default:"0.05" help:"Significance level, of all sides together."`
	OneSided bool    `help:"A one-sided test."`
	OwnTail  bool    `help:"Count rejections in the direction of the effect only."`
	statsOutput
}

func (p *powerLevel) level() power.Level {
	sides := 2
	if p.OneSided {
		sides = 1
	}
	return power.Level{Alpha: p.Alpha, Sides: sides, OwnTail: p.OwnTail}
}

// given says which of the two questions is asked; sizes tells whether numbers of
// people stand on the command line.
func (p *powerLevel) given(sizes bool, flags string) error {
	switch {
	case !(p.Alpha > 0 && p.Alpha < 1):
		return fmt.Errorf("the significance level %g is not between 0 and 1", p.Alpha)
	case sizes == (p.Power != 0):
		return fmt.Errorf("give either %s to have the power, or --power to have the numbers", flags)
	case p.Power != 0 && !(p.Power > 0 && p.Power < 1):
		return fmt.Errorf("the power %g is not between 0 and 1", p.Power)
	}
	return nil
}

func (p *powerLevel) begin(title string) *statsResult {
	r := &statsResult{title: title}
	r.set("alpha", "Significance level", p.Alpha)
	r.set("sides", "Sides", map[bool]int{true: 1, false: 2}[p.OneSided])
	return r
}

func addPower(r *statsResult, power float64) {
	r.set("power", "Power", power)
}

func addSize(r *statsResult, s power.Size) {
	if s.Second == 0 {
		r.set("n", "People", s.First)
		r.set("n_exact", "  before rounding up", s.ExactFirst)
	} else {
		r.set("n1", "People in the first group", s.First)
		r.set("n2", "People in the second group", s.Second)
		r.set("n1_exact", "  before rounding up, first", s.ExactFirst)
		r.set("n2_exact", "  before rounding up, second", s.ExactSecond)
		r.set("total", "People in all", s.Total())
	}
	r.set("power", "Power with these numbers", s.Power)
	r.note(s.Notes...)
}

// answer writes the power or the size.
func (p *powerLevel) answer(m *Main, r *statsResult, size func() (power.Size, error), at func() (float64, error)) error {
	if p.Power != 0 {
		s, err := size()
		if err != nil {
			return err
		}
		addSize(r, s)
	} else {
		v, err := at()
		if err != nil {
			return err
		}
		addPower(r, v)
	}
	return r.write(m.Stdout, p.JSON)
}

type powerMeansCmd struct {
	Delta       float64 `required:"" help:"Difference to detect."`
	SD          float64 `name:"sd" required:"" help:"Standard deviation within a group."`
	N1          int     `name:"n1" help:"People in the first group."`
	N2          int     `name:"n2" help:"People in the second group."`
	Ratio       float64 `default:"1" help:"People in the first group for each in the second."`
	Correlation float64 `help:"Correlation of the covariates together with the response."`
	Covariates  int     `help:"Number of covariates."`
	Normal      bool    `help:"Normal distribution in place of t."`
	powerLevel
}

func (c *powerMeansCmd) Run(m *Main) error {
	if err := c.given(c.N1 != 0 || c.N2 != 0, "--n1 and --n2"); err != nil {
		return err
	}
	p := power.Means{Delta: c.Delta, SD: c.SD, Ratio: c.Ratio, Level: c.level(), Correlation: c.Correlation, Covariates: c.Covariates, Normal: c.Normal}
	r := c.begin("Two means")
	r.set("delta", "Difference", c.Delta)
	r.set("sd", "Standard deviation", c.SD)
	return c.answer(m, r, func() (power.Size, error) { return p.Size(c.Power) }, func() (float64, error) { return p.Power(c.N1, c.N2) })
}

type powerOneMeanCmd struct {
	Delta float64 `required:"" help:"Difference to detect."`
	SD    float64 `name:"sd" required:"" help:"Standard deviation of the observations, or of the differences of pairs."`
	N     int     `name:"n" help:"Observations, or pairs."`
	powerLevel
}

func (c *powerOneMeanCmd) Run(m *Main) error {
	if err := c.given(c.N != 0, "--n"); err != nil {
		return err
	}
	p := power.OneMean{Delta: c.Delta, SD: c.SD, Level: c.level()}
	r := c.begin("One mean")
	r.set("delta", "Difference", c.Delta)
	r.set("sd", "Standard deviation", c.SD)
	return c.answer(m, r, func() (power.Size, error) { return p.Size(c.Power) }, func() (float64, error) { return p.Power(c.N) })
}

type powerProportionsCmd struct {
	First  float64 `required:"" help:"Proportion in the first group."`
	Second float64 `required:"" help:"Proportion in the second group."`
	N1     int     `name:"n1" help:"People in the first group."`
	N2     int     `name:"n2" help:"People in the second group."`
	Ratio  float64 `default:"1" help:"People in the first group for each in the second."`
	Test   string  `enum:"pooled,unpooled,arcsine,continuity,fisher" default:"pooled" help:"Test: pooled (chi-squared), unpooled (Wald), arcsine, continuity (corrected) or fisher (exact)."`
	powerLevel
}

func (c *powerProportionsCmd) Run(m *Main) error {
	if err := c.given(c.N1 != 0 || c.N2 != 0, "--n1 and --n2"); err != nil {
		return err
	}
	test := map[string]power.ProportionTest{"pooled": power.Pooled, "unpooled": power.Unpooled, "arcsine": power.Arcsine, "continuity": power.Continuity, "fisher": power.FisherExact}[c.Test]
	p := power.Proportions{First: c.First, Second: c.Second, Ratio: c.Ratio, Test: test, Level: c.level()}
	r := c.begin("Two proportions")
	r.set("first", "First", c.First)
	r.set("second", "Second", c.Second)
	r.set("test", "Test", string(test))
	return c.answer(m, r, func() (power.Size, error) { return p.Size(c.Power) }, func() (float64, error) { return p.Power(c.N1, c.N2) })
}

type powerSurvivalCmd struct {
	HazardRatio float64 `required:"" help:"Hazard of the first group over that of the second."`
	Events      float64 `help:"Events in both groups together."`
	Ratio       float64 `default:"1" help:"People in the first group for each in the second."`
	Formula     string  `enum:"Schoenfeld,Freedman" default:"Schoenfeld" help:"Schoenfeld or Freedman."`
	Entry       float64 `help:"Time over which people enter; with --follow-up and --hazard, for numbers of people."`
	FollowUp    float64 `help:"Time from the last entry to the end."`
	Hazard      float64 `help:"Hazard of the event in the second group."`
	Dropout     float64 `help:"Hazard of being lost."`
	powerLevel
}

func (c *powerSurvivalCmd) Run(m *Main) error {
	if err := c.given(c.Events != 0, "--events"); err != nil {
		return err
	}
	p := power.LogRank{HazardRatio: c.HazardRatio, Ratio: c.Ratio, Formula: power.SurvivalFormula(c.Formula), Level: c.level()}
	r := c.begin("Time to an event, log-rank test")
	r.set("hazard_ratio", "Hazard ratio", c.HazardRatio)
	r.set("formula", "Formula", c.Formula)
	if c.Power == 0 {
		v, err := p.Power(c.Events)
		if err != nil {
			return err
		}
		addPower(r, v)
		return r.write(m.Stdout, c.JSON)
	}
	events, err := p.Events(c.Power)
	if err != nil {
		return err
	}
	r.set("events", "Events", math.Ceil(events))
	r.set("events_exact", "  before rounding up", events)
	if c.Hazard != 0 {
		s, err := p.Size(c.Power, power.Accrual{Entry: c.Entry, FollowUp: c.FollowUp, Hazard: c.Hazard, Dropout: c.Dropout})
		if err != nil {
			return err
		}
		addSize(r, s)
	} else if c.Entry != 0 || c.FollowUp != 0 || c.Dropout != 0 {
		return errors.New("--entry, --follow-up and --dropout need --hazard, the hazard of the event in the second group")
	}
	return r.write(m.Stdout, c.JSON)
}

type powerMmrmCmd struct {
	Delta       float64   `required:"" help:"Difference to detect at the last visit."`
	SD          []float64 `name:"sd" required:"" help:"Standard deviation at each visit, such as 10,11,12."`
	Correlation []float64 `required:"" help:"Correlation of visits: one for all pairs, one with --ar1, or each pair in the order 1-2, 1-3, ..., 2-3, ..."`
	AR1         bool      `name:"ar1" help:"The correlation falls with the distance: rho, rho^2, ..."`
	Retention   []float64 `help:"Share of the first arm still in at each visit, such as 1,0.95,0.9; otherwise everybody."`
	Retention2  []float64 `help:"The same of the second arm; otherwise as the first."`
	Contrast    []float64 `help:"Contrast over the visits that is tested; otherwise the last visit."`
	N1          float64   `name:"n1" help:"People in the first arm."`
	N2          float64   `name:"n2" help:"People in the second arm."`
	Ratio       float64   `default:"1" help:"People in the first arm for each in the second."`
	powerLevel
}

func (c *powerMmrmCmd) Run(m *Main) error {
	if err := c.given(c.N1 != 0 || c.N2 != 0, "--n1 and --n2"); err != nil {
		return err
	}
	sigma, err := c.sigma()
	if err != nil {
		return err
	}
	p := power.Repeated{Delta: c.Delta, Sigma: sigma, Retention: c.Retention, RetentionSecond: c.Retention2, Contrast: c.Contrast, Ratio: c.Ratio, Level: c.level()}
	r := c.begin("Mixed model for repeated measures")
	r.set("delta", "Difference", c.Delta)
	r.set("sd", "Standard deviations", c.SD)
	return c.answer(m, r, func() (power.Size, error) { return p.Size(c.Power) }, func() (float64, error) { return p.Power(c.N1, c.N2) })
}

// sigma makes the covariance of the visits, row-major.
func (c *powerMmrmCmd) sigma() ([]float64, error) {
	k := len(c.SD)
	pairs := k * (k - 1) / 2
	if n := len(c.Correlation); n != 1 && n != pairs || c.AR1 && n != 1 {
		return nil, fmt.Errorf("%d correlations for %d visits: give one, or %d, one for each pair of visits", n, k, pairs)
	}
	out := make([]float64, k*k)
	pair := 0
	for i := range k {
		out[i*k+i] = c.SD[i] * c.SD[i]
		for j := i + 1; j < k; j++ {
			rho := c.Correlation[0]
			switch {
			case c.AR1:
				rho = math.Pow(rho, float64(j-i))
			case len(c.Correlation) > 1:
				rho = c.Correlation[pair]
			}
			pair++
			if !(rho > -1 && rho < 1) {
				return nil, fmt.Errorf("the correlation %g is not between -1 and 1", rho)
			}
			out[i*k+j] = rho * c.SD[i] * c.SD[j]
			out[j*k+i] = out[i*k+j]
		}
	}
	return out, nil
}
