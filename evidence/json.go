package evidence

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// PoolAll answers every question.
func (s *Set) PoolAll() ([]Pooling, error) {
	var out []Pooling
	for _, q := range Questions() {
		p, err := s.Pool(q)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Today answers the question whose id is that of a treatment.
func (s *Set) Today(treatment string) (Pooling, error) {
	for _, q := range Questions() {
		if q.ID == treatment {
			return s.Pool(q)
		}
	}
	return Pooling{}, fmt.Errorf("no question is named %q", treatment)
}

// number is written in full precision, null where there is none.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

type rowJSON struct {
	Trial      string `json:"trial"`
	Label      string `json:"label"`
	Comparator string `json:"comparator"`
	Effect     number `json:"effect"`
	SE         number `json:"se"`
	Low        number `json:"low"`
	High       number `json:"high"`
	Weight     number `json:"weightPercent"`
}

type poolJSON struct {
	ID             string    `json:"id"`
	Name           any       `json:"name"`
	Scale          string    `json:"scale"` // "g" or "log risk ratio"
	Method         string    `json:"method"`
	Test           string    `json:"test"`
	Studies        int       `json:"studies"`
	People         int       `json:"people"`
	Effect         number    `json:"effect"`
	SE             number    `json:"se"`
	Low            number    `json:"low"`
	High           number    `json:"high"`
	Statistic      number    `json:"statistic"`
	P              number    `json:"p"`
	PredictionLow  number    `json:"predictionLow"`
	PredictionHigh number    `json:"predictionHigh"`
	Tau2           number    `json:"tau2"`
	Tau2Low        number    `json:"tau2Low"`
	Tau2High       number    `json:"tau2High"`
	I2             number    `json:"i2Percent"` // of Q
	I2Low          number    `json:"i2Low"`
	I2High         number    `json:"i2High"`
	I2Tau          number    `json:"i2OfTau2Percent"`
	Q              number    `json:"q"`
	QP             number    `json:"qP"`
	Rows           []rowJSON `json:"rows"`
	Notes          []string  `json:"notes,omitempty"`
}

// JSON writes the same as Text with full precision; effects stay on the scale on which
// they are pooled.
func JSON(w io.Writer, s *Set) error {
	all, err := s.PoolAll()
	if err != nil {
		return err
	}
	out := struct {
		Indirect  any        `json:"indirect"`
		Trials    []Trial    `json:"trials"`
		Pooled    []poolJSON `json:"pooled"`
		Earlier   []Earlier  `json:"earlier"`
		Published []Pooled   `json:"published"`
		Articles  any        `json:"publications"`
	}{Indirect: Indirect, Trials: s.Trials, Earlier: s.Earlier, Published: s.Pooled, Articles: s.Publications}
	for _, p := range all {
		out.Pooled = append(out.Pooled, p.json())
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func (p Pooling) json() poolJSON {
	c, h := p.Fit.Pooled(), p.Heterogeneity
	out := poolJSON{ID: p.ID, Name: p.Name, Scale: "g", Method: p.Method.String(), Test: p.Test.String(), Studies: p.Studies(), People: p.People(),
		Effect: number(c.Estimate), SE: number(c.SE), Low: number(c.Low), High: number(c.High), Statistic: number(c.Statistic), P: number(c.P),
		PredictionLow: number(p.Prediction.Low), PredictionHigh: number(p.Prediction.High), Tau2: number(p.Fit.Tau2), Tau2Low: number(h.Tau2.Low), Tau2High: number(h.Tau2.High),
		I2: number(p.I2.Value), I2Low: number(p.I2.Low), I2High: number(p.I2.High), I2Tau: number(p.Fit.I2), Q: number(p.Fit.Q), QP: number(p.Fit.QP), Notes: append(p.Fit.Notes, h.Notes...)}
	if p.Ratio() {
		out.Scale = "log risk ratio"
	}
	for _, r := range p.Rows {
		low, high := r.Interval()
		out.Rows = append(out.Rows, rowJSON{r.Trial.ID, r.Label, r.Trial.Comparator, number(r.Effect.Y), number(r.Effect.SE()), number(low), number(high), number(r.Weight)})
	}
	return out
}
