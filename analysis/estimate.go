package analysis

import (
	"math"
	"slices"
	"strings"

	"varde/protocol"
	"varde/stats/summary"
)

// Estimate is one number. Value is null when it does not exist, Lower and Upper
// when there is no interval, and Why says why.
type Estimate struct {
	Value   *float64    `json:"value"`
	Lower   *float64    `json:"lower,omitempty"`
	Upper   *float64    `json:"upper,omitempty"`
	Freedom float64     `json:"df,omitempty"`
	Why     summary.Why `json:"why,omitempty"`
}

func estimate(e summary.Estimate) Estimate {
	out := Estimate{Freedom: e.Freedom, Why: e.Why}
	if e.HasValue {
		out.Value = &e.Value
	}
	if e.HasInterval {
		out.Lower, out.Upper = &e.Lower, &e.Upper
	}
	return out
}

// Mean is the mean of a sample with its SD and interval.
type Mean struct {
	N int `json:"n"`
	Estimate
	SD        *float64   `json:"sd,omitempty"`
	Min       *float64   `json:"min,omitempty"`
	Max       *float64   `json:"max,omitempty"`
	Published *Published `json:"published,omitempty"`
}

func mean(xs []float64) (Mean, summary.Sample) {
	s := summary.Describe(xs)
	m := Mean{N: s.N, Estimate: estimate(summary.Mean(s, Level))}
	if s.HasSD {
		m.SD = &s.SD
	}
	if s.HasMean {
		m.Min, m.Max = &s.Min, &s.Max
	}
	return m, s
}

// Share is events of n, with the share and its interval.
type Share struct {
	Events int `json:"events"`
	N      int `json:"n"`
	Estimate
	Published *Published `json:"published,omitempty"`
}

func share(events, n int) Share {
	return Share{Events: events, N: n, Estimate: estimate(summary.Share(summary.Count{Events: events, N: n}, Level))}
}

func (s Share) count() summary.Count { return summary.Count{Events: s.Events, N: s.N} }

// Published is a number from the literature that a figure was modelled on.
type Published struct {
	Value  float64  `json:"value"`
	SD     *float64 `json:"sd,omitempty"`
	Lower  *float64 `json:"lower,omitempty"`
	Upper  *float64 `json:"upper,omitempty"`
	N      int      `json:"n,omitempty"`
	Events *int     `json:"events,omitempty"`
	Provenance
}

// published finds the number for a quantity. Group "" asks for one that is of no
// single arm; in a study without arms it also stands for the only group.
func (r *run) published(quantity, subject, group, visit string) *Published {
	sim := r.plan.p.Simulation
	if sim == nil || r.pooling == Blinded && group != "" {
		return nil
	}
	i := slices.IndexFunc(sim.Published, func(p protocol.Published) bool {
		same := p.Arm == group || r.pooling == OneGroup && (p.Arm == "" || p.Arm == All)
		return same && p.Quantity == quantity && strings.EqualFold(p.Subject, subject) && p.Visit == visit
	})
	if i < 0 {
		return nil
	}
	p := sim.Published[i]
	out := &Published{Value: p.Value, N: p.N, Provenance: Provenance{Source: p.Source, Status: p.Status, Confirm: p.Confirm}}
	if p.SD != 0 {
		out.SD = &p.SD
	}
	if p.Lower != 0 || p.Upper != 0 {
		out.Lower, out.Upper = &p.Lower, &p.Upper
	}
	// A share of exactly none is an event count of none; a mean has no events.
	if p.Events != 0 || p.Value == 0 && p.N > 0 && quantity != "mean" && quantity != "change" {
		out.Events = &p.Events
	}
	return out
}

// publishedFor is published for column i.
func (r *run) publishedFor(quantity, subject string, i int, visit string) *Published {
	return r.published(quantity, subject, r.groups[i].ID, visit)
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
