package timeline_test

import (
	"math"
	"slices"
	"testing"

	"varde/chart"
	"varde/protocols"
	"varde/report/timeline"
)

func rows(t chart.Timeline) map[string]chart.TimelineRow {
	out := map[string]chart.TimelineRow{}
	for _, g := range t.Groups {
		for _, r := range g.Rows {
			out[r.Name] = r
		}
	}
	return out
}

// The published days of the three-session study, with the windows around them.
func TestDaysOfTheThreeSessionStudy(t *testing.T) {
	def, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		t.Fatal(err)
	}
	all := rows(timeline.All(def, "en"))
	if len(all) != len(def.Visits) {
		t.Errorf("%d of %d visits are shown", len(all), len(def.Visits))
	}
	for name, want := range map[string][3]float64{
		"V3 Baseline rating": {-6, 0, 14}, "V5 Dosing session 1": {4, 7, 17}, "V19 Primary rating": {112, 126, 140}, "L2 Long-term follow-up, 12 months": {400, 428, 456},
	} {
		r, ok := all[name]
		if !ok || [3]float64{r.From, r.At, r.To} != want {
			t.Errorf("%s: %v %v %v, want %v", name, r.From, r.At, r.To, want)
		}
	}
	if r := all["C1_1 Safety call 1.1"]; !r.Dashed || r.Note == "" {
		t.Errorf("a visit under a condition is not dashed or says nothing: %+v", r)
	}
	if r := all["PS Phone pre-screening"]; !math.IsNaN(r.At) {
		t.Errorf("the pre-screening hangs on no day, but is shown on %v", r.At)
	}
	treated := rows(timeline.Treated(def, "en"))
	if _, ok := treated["L2 Long-term follow-up, 12 months"]; ok {
		t.Error("the long follow-up is in the picture up to the main outcome")
	}
	if _, ok := treated["V19 Primary rating"]; !ok {
		t.Error("the main outcome is not in the picture that leads up to it")
	}
	stopped := rows(timeline.Stopped(def, "nb"))
	if len(stopped) != len(def.Withdrawal.FollowUp) {
		t.Errorf("%d visits remain, %d are planned", len(stopped), len(def.Withdrawal.FollowUp))
	}
}

// Every shipped protocol has a picture in both languages, with every kind of visit named.
func TestEveryShippedProtocol(t *testing.T) {
	for _, id := range protocols.Names() {
		def, err := protocols.Load(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"en", "nb"} {
			for _, c := range []chart.Timeline{timeline.Treated(def, lang), timeline.All(def, lang), timeline.Stopped(def, lang)} {
				if len(c.SVG()) < 1000 || len(c.Table().Rows) == 0 || slices.Contains(c.Heads[:], "") {
					t.Errorf("%s in %s: the picture %q is empty", id, lang, c.Title)
				}
				for _, g := range c.Groups {
					for _, r := range g.Rows {
						if r.Kind >= len(c.Kinds) {
							t.Errorf("%s: %s is of a kind that the legend does not name", id, r.Name)
						}
						if r.From > r.At || r.At > r.To {
							t.Errorf("%s: %s is from %v to %v around %v", id, r.Name, r.From, r.To, r.At)
						}
					}
				}
			}
		}
	}
}
