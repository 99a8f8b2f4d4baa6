package evidence

import (
	"fmt"
	"math"
	"slices"

	"varde/bilingual"
	"varde/stats/meta"
)

// Question is what is pooled from the table.
type Question struct {
	ID        string
	Name      bilingual.Text
	Treatment string
	Outcome   string // severity (Hedges g, more is better for the treatment), response or remission (risk ratio)
	// Arm is which dose is taken where a trial had more than one: "high" or "medium".
	Arm         string
	Comparators []string // empty = all that have a control group
	Without     []string // ids of trials left out
	Method      meta.Method
	Test        meta.Test
}

// Ratio says that effects are logarithms of risk ratios.
func (q Question) Ratio() bool { return q.Outcome != "severity" }

// Questions are those that this project answers, the main one first.
func Questions() []Question {
	severity := func(id, en, nb, treatment string) Question {
		return Question{ID: id, Name: bilingual.Text{EN: en, NB: nb}, Treatment: treatment, Outcome: "severity", Arm: "high", Method: meta.REML, Test: meta.KnappHartung}
	}
	main := severity("mdma", "MDMA-assisted therapy", "MDMA-assistert terapi", MDMA)
	common := severity("mdma-common", "MDMA-assisted therapy, one common effect", "MDMA-assistert terapi, én felles virkning", MDMA)
	common.Method, common.Test = meta.Common, meta.Z
	medium := severity("mdma-medium", "MDMA-assisted therapy, the medium amounts where a trial had more than one", "MDMA-assistert terapi, de middels mengdene der en studie hadde flere", MDMA)
	medium.Arm = "medium"
	without := severity("mdma-low-bias", "MDMA-assisted therapy, trials of low risk of bias", "MDMA-assistert terapi, studier med lav risiko for skjevhet", MDMA)
	without.Without = []string{"mithoefer-2011"}
	response := Question{ID: "mdma-response", Name: bilingual.Text{EN: "MDMA-assisted therapy, response", NB: "MDMA-assistert terapi, respons"}, Treatment: MDMA, Outcome: "response", Arm: "high", Method: meta.PM, Test: meta.KnappHartung}
	remission := response
	remission.ID, remission.Outcome, remission.Name = "mdma-remission", "remission", bilingual.Text{EN: "MDMA-assisted therapy, remission", NB: "MDMA-assistert terapi, remisjon"}
	exposure := severity("prolonged-exposure", "Prolonged exposure", "Forlenget eksponering", Exposure)
	waiting := severity("prolonged-exposure-waiting", "Prolonged exposure, against waiting lists", "Forlenget eksponering, mot venteliste", Exposure)
	waiting.Comparators = []string{"waiting"}
	active := severity("prolonged-exposure-active", "Prolonged exposure, without the waiting lists", "Forlenget eksponering, uten ventelistene", Exposure)
	active.Comparators = []string{"usual", "attention", "other"}
	return []Question{main, common, medium, without, response, remission, exposure, waiting, active}
}

// Row is one comparison that counts in a pooled effect.
type Row struct {
	Trial  Trial
	Label  string
	Effect meta.Effect // from the treatment's view: above zero is better
	Weight float64     // per cent
}

// Interval is the row's own 95 % interval (normal), on the scale of the effects.
func (r Row) Interval() (low, high float64) {
	half := 1.959963984540054 * r.Effect.SE()
	return r.Effect.Y - half, r.Effect.Y + half
}

// Pooling is a question with its answer.
type Pooling struct {
	Question
	Rows          []Row
	Fit           *meta.Result
	Heterogeneity meta.Heterogeneity
	// I2 is that of Q, in per cent, with the test-based interval, as the living
	// meta-analysis gives it; that of Heterogeneity rests on tau2.
	I2 meta.Interval
	// Prediction is NaN for a common effect. It has k-1 degrees of freedom and the
	// unscaled variance, as the living meta-analysis that the trials are taken from.
	Prediction meta.Interval
}

// Studies is how many trials count; a trial can have several rows.
func (p Pooling) Studies() int {
	seen := map[string]bool{}
	for _, r := range p.Rows {
		seen[r.Trial.ID] = true
	}
	return len(seen)
}

// People is how many took part in the trials that count.
func (p Pooling) People() int {
	seen, n := map[string]bool{}, 0
	for _, r := range p.Rows {
		if !seen[r.Trial.ID] {
			n += r.Trial.People()
		}
		seen[r.Trial.ID] = true
	}
	return n
}

// Back takes an effect to the scale that is shown: g itself, or the ratio.
func (p Pooling) Back(x float64) float64 {
	if p.Ratio() {
		return math.Exp(x)
	}
	return x
}

// Pool computes from the results of the trials that stand: main instrument and moment,
// rated by a clinician, retracted trials left out.
func (s *Set) Pool(q Question) (Pooling, error) {
	p := Pooling{Question: q, Prediction: meta.Interval{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}}
	var y, v []float64
	for _, t := range s.Of(q.Treatment) {
		if !t.Retracted.IsZero() || slices.Contains(q.Without, t.ID) || len(q.Comparators) > 0 && !slices.Contains(q.Comparators, t.Comparator) {
			continue
		}
		for _, f := range t.chosen(q) {
			e, _, err := f.effect()
			if err != nil {
				return p, fmt.Errorf("trial %s: %w", t.ID, err)
			}
			p.Rows = append(p.Rows, Row{Trial: t, Label: t.label(f), Effect: e})
			y, v = append(y, e.Y), append(v, e.V)
		}
	}
	var err error
	if p.Fit, err = meta.Fit(y, v, meta.Options{Method: q.Method, Test: q.Test}); err != nil {
		return p, fmt.Errorf("pooling %s: %w", q.ID, err)
	}
	for i := range p.Rows {
		p.Rows[i].Weight = p.Fit.Weights[i]
	}
	if p.Heterogeneity, err = p.Fit.QProfile(0); err != nil {
		return p, fmt.Errorf("pooling %s: %w", q.ID, err)
	}
	if _, p.I2, err = p.Fit.TestBased(0); err != nil {
		return p, fmt.Errorf("pooling %s: %w", q.ID, err)
	}
	if q.Method != meta.Common {
		if p.Prediction, err = p.Fit.Predict(meta.PredictWald); err != nil {
			return p, fmt.Errorf("pooling %s: %w", q.ID, err)
		}
	}
	return p, nil
}

// chosen are the results that answer a question: the asked dose where there is one, else
// what there is. A good outcome told as counts stands in for a missing severity.
func (t Trial) chosen(q Question) []Figures {
	var out []Figures
	asked := slices.ContainsFunc(t.Results, func(f Figures) bool { return f.Arm == q.Arm })
	for _, f := range t.Results {
		right := f.Outcome == q.Outcome || f.Outcome == "good" && q.Outcome == "severity"
		if right && f.Main && f.Rating == "clinician" && (!asked || f.Arm == q.Arm) {
			out = append(out, f)
		}
	}
	return out
}

// label tells the rows of a trial apart where it has more than one group of its own.
func (t Trial) label(f Figures) string {
	if f.Arm == "" || f.Arm == "high" || f.Arm == "medium" {
		return t.Name
	}
	return t.Name + ", " + f.Arm
}

// effect computes the effect from the treatment's view. The forms are those of the open
// data sets: g with the approximate correction and the variance of the uncorrected d;
// risk ratios with 1/2 added to the events and totals of a study with a zero; counts
// alone turned into g through the odds ratio.
func (f Figures) effect() (e meta.Effect, ratio bool, err error) {
	c := meta.Counts{Events1: float64(f.Events1), N1: float64(f.N1), Events2: float64(f.Events2), N2: float64(f.N2)}
	switch f.Outcome {
	case "severity":
		e, err = meta.SMD(meta.Means{N1: float64(f.N1), Mean1: f.Mean1, SD1: f.SD1, N2: float64(f.N2), Mean2: f.Mean2, SD2: f.SD2},
			meta.SMDOptions{Correction: meta.ApproximateJ, Variance: meta.LSUncorrected})
		e.Y = -e.Y // fewer symptoms are better
	case "good":
		e, err = meta.SMDFromCounts(c, meta.HalfCells, meta.ApproximateJ, false)
	default:
		ratio = true
		e, err = meta.Compare(c, meta.RiskRatio, meta.HalfEvents)
	}
	return e, ratio, err
}
