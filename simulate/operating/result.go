package operating

import (
	"encoding/json"
	"io"
	"math"
	"slices"
	"strings"

	"varde/protocol"
	"varde/simulate/trial"
)

// Result is the operating characteristics of a plan's scenarios.
type Result struct {
	Protocol  string           `json:"protocol"`
	Version   string           `json:"version"`
	Digest    string           `json:"digest"` // of the protocol
	Speed     string           `json:"speed"`  // "outcome" or "full"
	Seed      uint64           `json:"seed"`
	Common    bool             `json:"commonRandomNumbers"`
	Precision float64          `json:"precision,omitempty"`
	Quantity  string           `json:"quantity,omitempty"`
	Arms      []string         `json:"arms"`
	Active    string           `json:"active,omitempty"` // the arm that is compared
	Control   string           `json:"control,omitempty"`
	Model     string           `json:"model,omitempty"` // the main model, whose test the power is of
	Scenarios []ScenarioResult `json:"scenarios"`
}

// ScenarioResult is one scenario. True is the difference that the main estimand means in
// it; Level is that of the last test. Measures are in a fixed order.
type ScenarioResult struct {
	Name     string        `json:"name"`
	Curve    string        `json:"curve,omitempty"`
	Setting  trial.Setting `json:"setting"`
	N        int           `json:"n"` // planned
	Trials   int           `json:"trials"`
	True     *float64      `json:"true,omitempty"`
	Level    *float64      `json:"level,omitempty"`
	Measures []Measure     `json:"measures"`
	Weeks    []int         `json:"waitingWeeks"` // participants of all trials: who did not wait, then by weeks begun; the last entry holds the rest
}

// Measure is one number with its Monte-Carlo standard error. N is the trials that have
// it; SD is the standard deviation from trial to trial, where that means anything.
type Measure struct {
	ID    string  `json:"id"`
	Value float64 `json:"value"`
	Error float64 `json:"mcse"`
	SD    float64 `json:"sd,omitempty"`
	N     int     `json:"n"`
}

// Measure answers one by its id.
func (s *ScenarioResult) Measure(id string) (Measure, bool) {
	i := slices.IndexFunc(s.Measures, func(m Measure) bool { return m.ID == id })
	if i < 0 {
		return Measure{}, false
	}
	return s.Measures[i], true
}

// Ids of the measures that are not metrics of single trials.
const (
	Power     = "power"        // share of trials whose main test is significant
	Favour    = "power-favour" // and in favour of the arm that is compared
	Bias      = "bias"         // mean estimate less the true difference
	Empirical = "empirical-se" // standard deviation of the estimates
	ModelSE   = "model-se"     // mean of the standard errors that the model gives
	RMSE      = "rmse"
	Coverage  = "coverage" // share of intervals that hold the true difference
	WaitHalf  = "waiting-median"
	WaitNinth = "waiting-90"
)

// renamed are the metrics that are told under the name of what they estimate.
var renamed = map[string]string{trial.Reject: Power, trial.InFavour: Favour, trial.SE: ModelSE, trial.Covered: Coverage}

func (r *run) result(def *protocol.Definition) *Result {
	out := &Result{Protocol: def.ID, Version: def.Version, Digest: def.Digest, Speed: r.speed(), Seed: r.plan.Seed, Common: !r.plan.Independent}
	if r.plan.Precision > 0 {
		out.Precision, out.Quantity = r.plan.Precision, r.quantity()
	}
	for i, s := range r.plan.Scenarios {
		d := r.scenarios[i].design
		out.Arms, out.Active, out.Control = d.Arms()
		out.Model = d.Main
		x := ScenarioResult{Name: s.Name, Curve: s.Curve, Setting: s.Setting, N: d.N, Trials: r.total[i].Trials, Measures: r.measures(i), Weeks: trimmed(r.total[i].Weeks)}
		if d.Main != "" {
			x.True, x.Level = &d.True, &d.Level
		}
		out.Scenarios = append(out.Scenarios, x)
	}
	return out
}

// measures of a scenario, in the order of its metrics.
func (r *run) measures(i int) []Measure {
	out := []Measure{}
	c := r.scenarios[i]
	for m, x := range c.metrics {
		s := r.total[i].Metrics[m]
		if s.N == 0 {
			continue
		}
		switch x.ID {
		case trial.Square:
			out = append(out, rootMean(s))
			continue
		case trial.Value:
			out = append(out, mean(x, s))
			if sd := s.sd(); !math.IsNaN(sd) {
				out = append(out, Measure{ID: Empirical, Value: sd, Error: sd / math.Sqrt(2*float64(s.N-1)), N: s.N})
			}
			if c.design.Main != "" {
				b := mean(x, s)
				out = append(out, Measure{ID: Bias, Value: b.Value - c.design.True, Error: b.Error, N: b.N})
			}
			continue
		}
		out = append(out, mean(x, s))
	}
	return append(out, waits(r.total[i].Weeks)...)
}

// trimmed leaves out the weeks that nobody waited.
func trimmed(weeks []int) []int {
	n := len(weeks)
	for n > 0 && weeks[n-1] == 0 {
		n--
	}
	return weeks[:n:n]
}

func (r *run) measure(i int, id string) (Measure, bool) {
	for _, m := range r.measures(i) {
		if m.ID == id {
			return m, true
		}
	}
	if r.total[i].Trials > 0 {
		return Measure{}, false
	}
	known := slices.Contains(r.ids(i), id) // nothing is drawn yet
	return Measure{ID: id, Error: math.Inf(1)}, known
}

// ids of the measures that a scenario will have.
func (r *run) ids(i int) []string {
	var out []string
	for _, m := range r.scenarios[i].metrics {
		id := m.ID
		if to, ok := renamed[id]; ok {
			id = to
		}
		switch m.ID {
		case trial.Square:
			id = RMSE
		case trial.Value:
			out = append(out, Empirical, Bias)
		}
		out = append(out, id)
	}
	return append(out, WaitHalf, WaitNinth)
}

func (r *run) measureNames(i int) string { return strings.Join(r.ids(i), ", ") }

func mean(x trial.Metric, s sum) Measure {
	m := Measure{ID: x.ID, Value: s.Mean, N: s.N}
	if to, ok := renamed[x.ID]; ok {
		m.ID = to
	}
	if x.Yes {
		m.Error = math.Sqrt(max(s.Mean*(1-s.Mean), 0) / float64(s.N))
		return m
	}
	if sd := s.sd(); !math.IsNaN(sd) {
		m.SD, m.Error = sd, sd/math.Sqrt(float64(s.N))
	}
	return m
}

// rootMean is the root of the mean square, its error by the delta method.
func rootMean(s sum) Measure {
	m := Measure{ID: RMSE, Value: math.Sqrt(s.Mean), N: s.N}
	if sd := s.sd(); !math.IsNaN(sd) && m.Value > 0 {
		m.Error = sd / math.Sqrt(float64(s.N)) / (2 * m.Value)
	}
	return m
}

// waits are quantiles of the waiting time over all participants of all trials, in days,
// read from the weeks by a straight line within the week. Their error is not told:
// participants of one trial wait for the same sites.
func waits(weeks []int) []Measure {
	total := 0
	for _, n := range weeks {
		total += n
	}
	if total == 0 {
		return nil
	}
	quantile := func(q float64) float64 {
		left := q * float64(total)
		for w, n := range weeks {
			if float64(n) >= left && n > 0 {
				if w == 0 {
					return 0
				}
				return 7 * (float64(w-1) + left/float64(n))
			}
			left -= float64(n)
		}
		return 7 * float64(len(weeks))
	}
	return []Measure{{ID: WaitHalf, Value: quantile(0.5), N: total}, {ID: WaitNinth, Value: quantile(0.9), N: total}}
}

// JSON writes the result with full precision, the keys in a fixed order.
func (r *Result) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
