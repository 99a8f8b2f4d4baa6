package evidence

import (
	"fmt"

	"varde/stats/meta"
)

// Deeper are further looks at the main question, severity after MDMA-assisted therapy.
type Deeper struct {
	Egger        meta.Asymmetry
	NumberNeeded float64 // where 20 % of the control group do well
	Bayes        meta.Posterior
	// Several results of each trial at once, rated by a clinician, with sampling errors
	// that correlate by 0.6 inside a trial. The living meta-analysis publishes 0.6034 (0.3428
	// to 0.8640) for 15 results; its sampling covariance is not told and was not found again.
	AllResults *meta.ThreeLevel
	BySessions *meta.ThreeLevel
}

// LookDeeper answers them from the table.
func (s *Set) LookDeeper() (Deeper, error) {
	var d Deeper
	p, err := s.Pool(Questions()[0])
	if err != nil {
		return d, err
	}
	var y, v []float64
	for _, r := range p.Rows {
		y, v = append(y, r.Effect.Y), append(v, r.Effect.V)
	}
	if d.Egger, err = meta.Egger(y, v, 0); err != nil {
		return d, err
	}
	if d.NumberNeeded, err = meta.NumberNeeded(p.Fit.Pooled().Estimate, 0.2); err != nil {
		return d, err
	}
	if d.Bayes, err = meta.Bayes(y, v, meta.Prior{Mean: 0, SD: 1, TauScale: 0.5}, 0); err != nil {
		return d, err
	}
	return d, s.allResults(&d)
}

func (s *Set) allResults(d *Deeper) error {
	var y, v, sessions []float64
	var trials []string
	for _, t := range s.Of(MDMA) {
		for _, f := range t.Results {
			if f.Outcome != "severity" || !t.Retracted.IsZero() {
				continue
			}
			e, _, err := f.effect()
			if err != nil {
				return fmt.Errorf("trial %s: %w", t.ID, err)
			}
			y, v, sessions, trials = append(y, e.Y), append(v, e.V), append(sessions, float64(f.Sessions)), append(trials, t.ID)
		}
	}
	var err error
	o := meta.Options{Test: meta.T}
	if d.AllResults, err = meta.FitThreeLevel(y, v, trials, 0.6, nil, o); err != nil {
		return err
	}
	d.BySessions, err = meta.FitThreeLevel(y, v, trials, 0.6, []meta.Moderator{{Name: "sessions", Values: sessions}}, o)
	return err
}
