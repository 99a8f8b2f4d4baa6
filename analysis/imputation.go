package analysis

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"varde/bilingual"
	"varde/stats/impute"
)

// What the answer becomes when missing values are worse than the model takes them to
// be. Everybody of the population is filled in at every visit, many times, from the main
// model's own terms (stats/impute, bootstrap); each filled trial is analysed by
// covariance at the main visit (arm and baseline), and the answers are pooled by Rubin's
// rules.

const (
	imputations   = 100
	imputeSeed    = 1    // any number: the same data give the same numbers
	imputeMost    = 3.0  // the tipping point is sought up to so many times the model's difference, ...
	imputeAtLeast = 15.0 // ... and at least so many points
	tippingWithin = 0.1  // points
)

// number writes points with one decimal.
func number(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// grid is everybody at every visit.
type grid struct {
	data    impute.Data
	ancova  *impute.ANCOVA
	active  []bool // of each subject: in the arm compared
	left    []int  // of each subject: first visit of the gap at the end, Visits = none
	missing []int  // at the main visit, by group
	steps   []string
}

// everybody makes the grid of the population: a row for each member with a baseline
// value, observed or not.
func (r *run) everybody(d ModelData) (*grid, error) {
	if d.Control < 0 || len(d.Groups) != 2 {
		return nil, errors.New("two arms are needed")
	}
	people, _ := r.population(d.Estimand.Population)
	form := formOf(d.Endpoint.Score)
	g := &grid{missing: make([]int, 2)}
	visits := len(d.Endpoint.Visits)
	full, y := d, []float64{}
	full.Rows = nil
	for _, x := range people {
		base, ok := x.score(d.Endpoint.Baseline, d.Endpoint.Score)
		if !ok || x.group < 0 {
			continue
		}
		until := x.cutoff(d.Estimand)
		gap := 0
		for v, visit := range d.Endpoint.Visits {
			score, seen := x.score(visit, d.Endpoint.Score)
			seen = seen && (until.IsZero() || x.measuredAt(visit, form).Before(until))
			value := math.NaN()
			if seen {
				if value = score; d.Endpoint.Change {
					value = score - base
				}
				gap = v + 1
			} else if visit == d.Endpoint.At {
				g.missing[x.group]++
			}
			y = append(y, value)
			full.Rows = append(full.Rows, ModelRow{Subject: x.ID, Site: x.Site, Group: x.group, Visit: v, Baseline: base, Factor: r.factor(x)})
		}
		if x.Left.IsZero() && x.Stopped.IsZero() && !x.Lost {
			gap = visits // a visit missed on the way: as the model takes it
		}
		g.left, g.active = append(g.left, gap), append(g.active, x.group != d.Control)
	}
	if len(g.left) < 4 {
		return nil, errors.New("too few people")
	}
	return g, g.design(full, y)
}

// design makes the columns twice: as the arms are, and as if everybody were in the
// control arm.
func (g *grid) design(d ModelData, y []float64) error {
	rows := len(d.Rows)
	doubled := d
	doubled.Rows = slices.Concat(d.Rows, slices.Clone(d.Rows))
	for i := range doubled.Rows {
		if i >= rows {
			doubled.Rows[i].Group = d.Control
		}
		// The columns do not hang on the outcome; a design wants one that varies.
		doubled.Rows[i].Outcome, doubled.Rows[i].Change = float64(i), float64(i)
	}
	t, err := tableOf(doubled, doubled.Rows)
	if err != nil {
		return err
	}
	m, err := t.model("")
	if err != nil {
		return err
	}
	g.steps = t.steps
	if m.Dropped > 0 {
		return errors.New("a covariate of the model is not known of everybody")
	}
	p, visits := len(m.Names), len(d.Endpoint.Visits)
	n := rows / visits
	g.data = impute.Data{Subjects: n, Visits: visits, P: p, Y: y, X: m.X[:rows*p], Reference: m.X[rows*p:], Names: m.Names,
		Strategy: make([]impute.Strategy, n), Event: g.left, Strata: make([]int, n)}
	at := slices.Index(d.Endpoint.Visits, d.Endpoint.At)
	z := make([]float64, 0, 3*n)
	for i := range n {
		arm := 0.0
		if g.active[i] {
			arm, g.data.Strata[i] = 1, 1
		}
		g.data.Strategy[i] = impute.MAR
		z = append(z, 1, arm, d.Rows[i*visits].Baseline)
	}
	g.ancova, err = impute.NewANCOVA(z, 3, visits, at, [][]float64{{0, 1, 0}})
	return err
}

func (g *grid) pooled(level float64) (impute.Pooled, error) {
	out, err := impute.Multiple(&g.data, g.ancova, impute.Options{Imputations: imputations, Seed: imputeSeed, Level: level})
	if err != nil {
		return impute.Pooled{}, err
	}
	return out.Pooled[0], nil
}

// contrast writes a pooled estimate as a model's own.
func (g *grid) contrast(d ModelData, p impute.Pooled) (*ModelContrast, error) {
	e := fitted{estimate: p.Value, se: p.SE, df: p.DF, t: p.Value / p.SE, p: p.P, lower: p.Lower, upper: p.Upper}
	c := &ModelContrast{Control: d.Groups[d.Control].ID, Visit: d.Endpoint.At, Main: true, N: make([]int, 2)}
	for _, active := range g.active {
		if active {
			c.N[0]++
		} else {
			c.N[1]++
		}
	}
	for i := range d.Groups {
		if i != d.Control {
			c.Arm = d.Groups[i].ID
		}
	}
	var err error
	c.Estimate, c.Test, err = e.told()
	return c, err
}

var referenceTexts = map[impute.Strategy]bilingual.Text{
	impute.MAR:             {EN: "As if they had gone on in their arm (missing at random)", NB: "Som om de hadde fortsatt i gruppen sin (tilfeldig manglende)"},
	impute.JumpToReference: {EN: "Who left is from then on as the control arm (jump to reference)", NB: "De som sluttet, er fra da av som kontrollgruppen (hopp til referanse)"},
	impute.CopyReference:   {EN: "Who left was as the control arm all along (copy reference)", NB: "De som sluttet, var hele tiden som kontrollgruppen (kopi av referanse)"},
	impute.CopyIncrements:  {EN: "Who left keeps what was gained, and goes on as the control arm (copy increments)", NB: "De som sluttet, beholder det som var vunnet, og går videre som kontrollgruppen (kopi av endringer)"},
}

// referenceBased fills in the gaps of those who left by what the control arm did.
func (r *run) referenceBased(d ModelData) ([]Variant, error) {
	g, err := r.everybody(d)
	if err != nil {
		return nil, err
	}
	var out []Variant
	for _, s := range impute.Strategies() {
		for i, active := range g.active {
			g.data.Strategy[i] = impute.MAR
			if active {
				g.data.Strategy[i] = s
			}
		}
		v := Variant{Level: string(s), Text: referenceTexts[s]}
		p, err := g.pooled(d.level())
		if err == nil {
			v.Contrast, err = g.contrast(d, p)
		}
		if err != nil {
			v.Why = err.Error()
		}
		out = append(out, v)
	}
	return out, nil
}

// tippingPoint seeks by how many points the missing values of the arm that is compared
// must be worse than the model takes them to be before its advantage is no longer
// significant. Worse is towards the control: against the sign of the difference.
func (r *run) tippingPoint(d ModelData) ([]Variant, error) {
	g, err := r.everybody(d)
	if err != nil {
		return nil, err
	}
	visits := g.data.Visits
	shift := func(delta float64) (impute.Pooled, error) {
		g.data.Delta = make([]float64, len(g.data.Y))
		for i, active := range g.active {
			if active {
				for v := range visits {
					g.data.Delta[i*visits+v] = delta
				}
			}
		}
		return g.pooled(d.level())
	}
	base, err := shift(0)
	if err != nil {
		return nil, err
	}
	first, err := g.contrast(d, base)
	if err != nil {
		return nil, err
	}
	out := []Variant{{Level: "0", Text: bilingual.Text{EN: "Nothing worse than the model takes it to be", NB: "Ikke noe verre enn modellen antar"}, Contrast: first}}
	alpha := 1 - d.level()
	if base.P >= alpha {
		return out, nil
	}
	if g.missing[1-d.Control] == 0 {
		return append(out, Variant{Level: "", Text: bilingual.Text{EN: "No value of the arm is missing at the main visit: there is nothing to make worse", NB: "Ingen verdi i gruppen mangler ved hovedbesøket: det er ingenting å gjøre verre"}}), nil
	}
	limit := math.Max(imputeMost*math.Abs(base.Value), imputeAtLeast)
	t, err := impute.TippingPoint(shift, -math.Copysign(limit, base.Value), alpha, tippingWithin)
	if err != nil {
		return nil, err
	}
	v := Variant{Level: number(-math.Copysign(limit, base.Value))}
	if !t.Found {
		v.Text = bilingual.Text{EN: "Still significant when every missing value of the arm is worse by " + number(limit) + " points", NB: "Fortsatt signifikant når hver manglende verdi i gruppen er " + number(limit) + " poeng verre"}
		return append(out, v), nil
	}
	v.Level = number(t.Delta)
	v.Text = bilingual.Text{EN: "No longer significant when every missing value of the arm is worse by " + number(math.Abs(t.Delta)) + " points", NB: "Ikke lenger signifikant når hver manglende verdi i gruppen er " + number(math.Abs(t.Delta)) + " poeng verre"}
	if v.Contrast, err = g.contrast(d, t.At); err != nil {
		return nil, err
	}
	return append(out, v), nil
}
