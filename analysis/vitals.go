package analysis

import (
	"fmt"
	"math"
	"slices"

	"varde/bilingual"
	"varde/instrument"
)

// VitalResult is one vital sign in dosing sessions with a dose, all sessions of
// all participants together. Several sets of one session in the same half hour
// count once, as their mean. There are no intervals: sessions of one participant
// are not independent.
type VitalResult struct {
	Item     string         `json:"item"`
	Text     bilingual.Text `json:"text"`
	Unit     string         `json:"unit,omitempty"`
	Times    []VitalTime    `json:"times"`
	Extremes []VitalSpread  `json:"extremes"` // the highest value of each session after the dose, by group
	Outliers []Outlier      `json:"outliers,omitempty"`
}

// VitalTime is a half hour around Minutes after the dose; at 0 stands all that
// was measured before it or at it.
type VitalTime struct {
	Minutes int           `json:"minutes"`
	Groups  []VitalSpread `json:"groups"`
}

// VitalSpread describes values of sessions.
type VitalSpread struct {
	N    int      `json:"sessions"`
	Mean *float64 `json:"mean"`
	SD   *float64 `json:"sd,omitempty"`
	Max  *float64 `json:"max,omitempty"`
}

// Outlier counts participants, and sessions, with at least one value past a
// limit after the dose.
type Outlier struct {
	Compare      string  `json:"compare"` // ">" or ">="
	Limit        float64 `json:"limit"`
	Participants []Share `json:"participants"`
	Sessions     []Share `json:"sessions"`
}

// limits of the categorical tables by item: those of clinical safety reviews, and
// "over" where a published share is of values over the limit.
var limits = map[string][]struct {
	compare string
	limit   float64
}{
	"sbp":  {{">", 160}, {">=", 160}, {">=", 180}},
	"dbp":  {{">=", 100}, {">=", 110}},
	"hr":   {{">", 100}, {">=", 100}, {">=", 120}},
	"temp": {{">", 38}, {">=", 38}},
}

const vitalStep = 30 // minutes

// sitting is one dosing session of one participant.
type sitting struct {
	bins map[int][]float64
	max  float64
	any  bool // a value after the dose
}

func (r *run) vitals() []VitalResult {
	out := []VitalResult{}
	d := r.plan.p.Dosing
	if d == nil {
		return out
	}
	form, ok := r.plan.form(d.Vitals.Form)
	if !ok {
		return out
	}
	if r.hides(d.Vitals.Form) {
		return out
	}
	groups := r.byGroup(r.treated)
	for _, item := range form.Items {
		if item.Type != instrument.Integer && item.Type != instrument.Decimal {
			continue
		}
		out = append(out, r.vital(item, groups))
	}
	return out
}

func (r *run) vital(item instrument.Item, groups [][]*person) VitalResult {
	res := VitalResult{Item: item.ID, Text: item.Text, Unit: item.Unit, Times: []VitalTime{}, Extremes: []VitalSpread{}}
	sittings := make([][][]sitting, len(groups)) // group, participant, session
	minutes := map[int]bool{}
	for g, people := range groups {
		for _, x := range people {
			s := sittingsOf(x, item.ID)
			sittings[g] = append(sittings[g], s)
			for _, t := range s {
				for m := range t.bins {
					minutes[m] = true
				}
			}
		}
	}
	order := make([]int, 0, len(minutes))
	for m := range minutes {
		order = append(order, m)
	}
	slices.Sort(order)
	for _, m := range order {
		t := VitalTime{Minutes: m}
		for g := range groups {
			t.Groups = append(t.Groups, spread(collect(sittings[g], func(s sitting) (float64, bool) {
				v, ok := s.bins[m]
				if !ok {
					return 0, false
				}
				sum := 0.0
				for _, x := range v {
					sum += x
				}
				return sum / float64(len(v)), true
			})))
		}
		res.Times = append(res.Times, t)
	}
	for g := range groups {
		res.Extremes = append(res.Extremes, spread(collect(sittings[g], func(s sitting) (float64, bool) { return s.max, s.any })))
	}
	for _, l := range limits[item.ID] {
		o := Outlier{Compare: l.compare, Limit: l.limit}
		for g := range groups {
			participants, sessions := past(sittings[g], l.compare, l.limit)
			if l.compare == ">" {
				sessions.Published = r.publishedFor("vital", item.ID, g, "")
			}
			o.Participants, o.Sessions = append(o.Participants, participants), append(o.Sessions, sessions)
		}
		res.Outliers = append(res.Outliers, o)
	}
	return res
}

// sittingsOf splits a participant's values by session, in order of the visits met.
func sittingsOf(x *person, item string) []sitting {
	var out []sitting
	index := map[string]int{}
	for _, p := range x.Vitals {
		v, ok := p.Values[item]
		if !ok || !p.Dosed || !finite(v) {
			continue
		}
		i, ok := index[p.Visit]
		if !ok {
			i = len(out)
			index[p.Visit] = i
			out = append(out, sitting{bins: map[int][]float64{}})
		}
		bin := 0
		if p.Minutes > 0 {
			bin = max(vitalStep, int(math.Round(p.Minutes/vitalStep))*vitalStep)
			if !out[i].any || v > out[i].max {
				out[i].max, out[i].any = v, true
			}
		}
		out[i].bins[bin] = append(out[i].bins[bin], v)
	}
	return out
}

func collect(people [][]sitting, value func(sitting) (float64, bool)) []float64 {
	var out []float64
	for _, sessions := range people {
		for _, s := range sessions {
			if v, ok := value(s); ok {
				out = append(out, v)
			}
		}
	}
	return out
}

func spread(xs []float64) VitalSpread {
	m, _ := mean(xs)
	return VitalSpread{N: m.N, Mean: m.Value, SD: m.SD, Max: m.Max}
}

func past(people [][]sitting, compare string, limit float64) (participants, sessions Share) {
	with, of, sessionsWith, sessionsOf := 0, 0, 0, 0
	for _, list := range people {
		measured, over := false, false
		for _, s := range list {
			if !s.any {
				continue
			}
			measured = true
			sessionsOf++
			if s.max > limit || compare == ">=" && s.max == limit {
				over = true
				sessionsWith++
			}
		}
		of, with = of+one(measured), with+one(over)
	}
	return share(with, of), share(sessionsWith, sessionsOf)
}

// Name is the outlier as written, such as ">= 160".
func (o Outlier) Name() string { return fmt.Sprintf("%s %v", o.Compare, o.Limit) }
