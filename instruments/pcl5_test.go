package instruments_test

import (
	"math/rand/v2"
	"testing"

	"varde/instrument"
)

// Vectors reckoned by hand from the scoring rule of the National Center for PTSD
// (total of 20 items; clusters B 1-5, C 6-7, D 8-14, E 15-20; provisional
// diagnosis from one B, one C, two D and two E items rated 2 or more).
func TestPCL5Vectors(t *testing.T) {
	pcl5, items := the(t, "pcl5"), pcl5Items()
	for name, v := range map[string]struct {
		scores []int
		want   answers
	}{
		"no symptom": {[]int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
			answers{"total": 0, "b": 0, "c": 0, "d": 0, "e": 0, "b_count": 0, "c_count": 0, "d_count": 0, "e_count": 0, "provisional": false}},
		"all at the top": {[]int{4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4},
			answers{"total": 80, "b": 20, "c": 8, "d": 28, "e": 24, "b_count": 5, "c_count": 2, "d_count": 7, "e_count": 6, "provisional": true}},
		"mixed": {[]int{3, 2, 1, 2, 2, 1, 3, 0, 2, 2, 1, 3, 2, 0, 2, 0, 4, 1, 1, 2},
			answers{"total": 34, "b": 10, "c": 4, "d": 10, "e": 10, "b_count": 4, "c_count": 1, "d_count": 4, "e_count": 3, "provisional": true}},
		"the least that meets the rule": {[]int{0, 0, 2, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 2},
			answers{"total": 12, "provisional": true}},
		"everything mild is not the diagnosis": {[]int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
			answers{"total": 20, "b_count": 0, "provisional": false}},
		"high total without avoidance": {[]int{4, 4, 4, 4, 4, 1, 1, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4},
			answers{"total": 74, "c": 2, "c_count": 0, "provisional": false}},
		"one D short": {[]int{4, 0, 0, 0, 0, 4, 0, 4, 1, 1, 1, 1, 1, 1, 4, 4, 0, 0, 0, 0},
			answers{"d_count": 1, "provisional": false}},
		"one E short": {[]int{4, 0, 0, 0, 0, 4, 0, 4, 4, 0, 0, 0, 0, 0, 4, 1, 1, 1, 1, 1},
			answers{"e_count": 1, "provisional": false}},
	} {
		t.Run(name, func(t *testing.T) { expectScores(t, pcl5, row(items, v.scores...), v.want) })
	}
}

func TestPCL5Missing(t *testing.T) {
	pcl5, items := the(t, "pcl5"), pcl5Items()
	full := row(items, 3, 2, 1, 2, 2, 1, 3, 0, 2, 2, 1, 3, 2, 0, 2, 0, 4, 1, 1, 2)
	expectScores(t, pcl5, full.without("pcl5_08"), answers{"total": nil, "d": nil, "d_count": nil, "b": 10, "c": 4, "e": 10, "provisional": nil})
	refused := full.with(answers{"pcl5_01": instrument.AbsentValue("refused")})
	expectScores(t, pcl5, refused, answers{"total": nil, "b": nil, "provisional": nil})
	if missing := pcl5.Missing(refused.values()); len(missing) != 0 {
		t.Errorf("a refused item is still asked for: %v", missing)
	}
	if missing := pcl5.Missing(full.without("pcl5_08", "pcl5_02").values()); len(missing) != 2 || missing[0] != "pcl5_02" {
		t.Errorf("missing = %v", missing)
	}
	// One cluster that fails the rule decides it, whatever is missing elsewhere.
	expectScores(t, pcl5, full.with(answers{"pcl5_06": 0, "pcl5_07": 1}).without("pcl5_08"), answers{"total": nil, "provisional": false})
}

func TestPCL5Cutoffs(t *testing.T) {
	pcl5 := the(t, "pcl5")
	for x, want := range map[float64]string{0: "", 30: "", 31: "borderline", 32: "borderline", 33: "screen", 80: "screen"} {
		if got := band(t, pcl5, "total", x); got != want {
			t.Errorf("total %v lies in band %q, want %q", x, got, want)
		}
	}
}

func TestPCL5AgainstBruteForce(t *testing.T) {
	pcl5, items := the(t, "pcl5"), pcl5Items()
	r := rand.New(rand.NewPCG(5, 20))
	met := 0
	for range 5000 {
		given := severities(r)
		scores := pcl5.Score(row(items, given...).values())
		expectClusters(t, pcl5, scores, given)
		_, _, _, pattern := clusterRule(given)
		if yes(t, scores, "provisional") != pattern {
			t.Fatalf("%v: provisional %v, want %v", given, !pattern, pattern)
		}
		if pattern {
			met++
		}
		// One symptom worse never takes away points or the diagnosis.
		i := r.IntN(20)
		if given[i] == 4 {
			continue
		}
		given[i]++
		worse := pcl5.Score(row(items, given...).values())
		if number(t, worse, "total") != number(t, scores, "total")+1 || pattern && !yes(t, worse, "provisional") {
			t.Fatalf("%v is not worse than before", given)
		}
	}
	if met < 500 || met > 4500 {
		t.Fatalf("the draws met the rule %d times of 5000: they test one side only", met)
	}
}

func BenchmarkPCL5Score(b *testing.B) {
	pcl5 := the(b, "pcl5")
	values := row(pcl5Items(), 3, 2, 1, 2, 2, 1, 3, 0, 2, 2, 1, 3, 2, 0, 2, 0, 4, 1, 1, 2).values()
	for b.Loop() {
		pcl5.Score(values)
	}
}
