package instruments_test

import (
	"math/rand/v2"
	"strings"
	"testing"
)

var caps5Rest = answers{"duration_months": 24, "distress": 2, "social": 1, "occupational": 0, "validity": 1, "severity_global": 3, "dis1": 0, "dis2": 1}

// Vectors reckoned by hand from the DSM-5 rule (clinical reference table: one B,
// one C, two D, two E scored 2 or more, at least one month, distress or
// impairment 2 or more) and the trials' remission rule (no diagnosis, total <= 11).
func TestCAPS5Vectors(t *testing.T) {
	caps5, items := the(t, "caps5"), caps5Items()
	severe := row(items, 3, 3, 2, 3, 2, 3, 2, 1, 3, 2, 3, 2, 3, 2, 2, 1, 3, 2, 3, 3).with(caps5Rest)
	least := row(items, 2, 0, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 2).with(caps5Rest)
	well := row(items, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1).with(caps5Rest)
	for name, v := range map[string]struct{ given, want answers }{
		"severe":                                {severe, answers{"total": 48, "b": 13, "c": 5, "d": 16, "e": 14, "b_count": 5, "c_count": 2, "d_count": 6, "e_count": 5, "dx": true, "dissociative": false, "remission": false}},
		"dissociative subtype":                  {severe.with(answers{"dis2": 2}), answers{"dx": true, "dissociative": true}},
		"depersonalisation alone is no subtype": {well.with(answers{"dis1": 4}), answers{"dx": false, "dissociative": false}},
		"the least that meets the rule":         {least, answers{"total": 12, "dx": true, "remission": false}},
		"under a month":                         {least.with(answers{"duration_months": 0}), answers{"dx": false, "remission": false}},
		"one month exactly":                     {least.with(answers{"duration_months": 1}), answers{"dx": true}},
		"no distress, no impairment":            {least.with(answers{"distress": 1, "social": 1, "occupational": 1}), answers{"dx": false, "remission": false}},
		"impairment at work is enough":          {least.with(answers{"distress": 0, "social": 0, "occupational": 2}), answers{"dx": true}},
		"remission at 11":                       {well, answers{"total": 11, "dx": false, "remission": true}},
		"no remission at 12":                    {well.with(answers{"e6": 2}), answers{"total": 12, "dx": false, "remission": false}},
		"duration not known":                    {least.with(answers{"dis1": 2}).without("duration_months"), answers{"total": 12, "dx": nil, "dissociative": nil, "remission": false}},
		"a symptom not known":                   {severe.without("d4"), answers{"total": nil, "d": nil, "b": 13, "remission": nil, "dx": nil}},
	} {
		t.Run(name, func(t *testing.T) { expectScores(t, caps5, v.given, v.want) })
	}
}

func TestCAPS5Bands(t *testing.T) {
	caps5 := the(t, "caps5")
	for x, want := range map[float64]string{27: "", 28: "moderate", 34: "moderate", 35: "severe", 80: "severe"} {
		if got := band(t, caps5, "total", x); got != want {
			t.Errorf("total %v lies in band %q, want %q", x, got, want)
		}
	}
}

func TestCAPS5AgainstBruteForce(t *testing.T) {
	caps5, items := the(t, "caps5"), caps5Items()
	r := rand.New(rand.NewPCG(5, 30))
	diagnosed, remitted := 0, 0
	for range 5000 {
		given := severities(r)
		rest := answers{"duration_months": r.IntN(4), "distress": r.IntN(4), "social": r.IntN(3), "occupational": r.IntN(3), "dis1": r.IntN(3), "dis2": r.IntN(3)}
		scores := caps5.Score(row(items, given...).with(rest).values())
		expectClusters(t, caps5, scores, given)
		total, _, _, pattern := clusterRule(given)
		impaired := rest["distress"].(int) >= 2 || rest["social"].(int) >= 2 || rest["occupational"].(int) >= 2
		dx := pattern && rest["duration_months"].(int) >= 1 && impaired
		subtype := dx && (rest["dis1"].(int) >= 2 || rest["dis2"].(int) >= 2)
		remission := !dx && total <= 11
		if yes(t, scores, "dx") != dx || yes(t, scores, "dissociative") != subtype || yes(t, scores, "remission") != remission {
			t.Fatalf("%v %v: dx %v, subtype %v, remission %v; want %v %v %v", given, rest,
				yes(t, scores, "dx"), yes(t, scores, "dissociative"), yes(t, scores, "remission"), dx, subtype, remission)
		}
		if dx && total < 12 {
			t.Fatalf("%v: a diagnosis with a total of %d, below six symptoms at 2", given, total)
		}
		if dx {
			diagnosed++
		}
		if remission {
			remitted++
		}
	}
	if diagnosed < 300 || remitted < 100 {
		t.Fatalf("of 5000 draws %d had the diagnosis and %d remission: too few to test", diagnosed, remitted)
	}
}

// The interview is the holder's: what ships names the slots and asks nothing.
func TestSlotsHoldNoWording(t *testing.T) {
	for _, id := range []string{"caps5", "cssrs", "sds"} {
		c := the(t, id)
		for _, item := range c.Items {
			if item.ID == "period" { // our own: which interview was held
				continue
			}
			if !item.Slot {
				t.Errorf("%s.%s is not marked as a slot", id, item.ID)
			}
			if len(item.Text.EN) > 60 || strings.ContainsAny(item.Text.EN+item.Text.NB+item.Help.EN+item.Help.NB, "?") {
				t.Errorf("%s.%s reads like a question: %q", id, item.ID, item.Text.EN)
			}
			for _, o := range c.OptionsOf(&item) {
				if len(o.Text.EN) > 1 {
					t.Errorf("%s.%s describes the score %s: %q", id, item.ID, o.Value.Text(), o.Text.EN)
				}
			}
		}
	}
}
