package instruments_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func numbered(prefix string, n int) []string {
	var ids []string
	for i := 1; i <= n; i++ {
		ids = append(ids, fmt.Sprintf("%s_%d", prefix, i))
	}
	return ids
}

// All 64 answers of the PC-PTSD-5: the number of yes answers, and 0 for someone
// who was never exposed (Prins 2015), whatever was answered before that was known.
func TestPCPTSD5Exhaustively(t *testing.T) {
	c, ids := the(t, "pcptsd5"), numbered("pcptsd5", 5)
	for bits := range 64 {
		a, yeses := answers{"exposed": bits&32 != 0}, 0
		for i, id := range ids {
			yes := bits&(1<<i) != 0
			a[id] = yes
			if yes {
				yeses++
			}
		}
		if bits&32 == 0 {
			yeses = 0
		}
		expectScores(t, c, a, answers{"total": yeses})
	}
	expectScores(t, c, answers{"exposed": false}, answers{"total": 0})
	expectScores(t, c, answers{"exposed": true, "pcptsd5_1": true}, answers{"total": nil})
	expectScores(t, c, answers{}, answers{"total": nil})
	for x, want := range map[float64]string{0: "", 2: "", 3: "sensitive", 4: "efficient", 5: "efficient"} {
		if got := band(t, c, "total", x); got != want {
			t.Errorf("total %v lies in band %q, want %q", x, got, want)
		}
	}
}

func TestPCPTSD5Gate(t *testing.T) {
	c := the(t, "pcptsd5")
	if missing := c.Missing(answers{"exposed": false}.values()); len(missing) != 0 {
		t.Errorf("someone never exposed is still asked for %v", missing)
	}
	if missing := c.Missing(answers{"exposed": true}.values()); !slices.Equal(missing, numbered("pcptsd5", 5)) {
		t.Errorf("someone exposed is asked for %v", missing)
	}
}

// Sums and severity bands as published (Kroenke 2001: 5, 10, 15, 20; Spitzer
// 2006: 5, 10, 15).
func TestPHQ9AndGAD7(t *testing.T) {
	phq9, gad7 := the(t, "phq9"), the(t, "gad7")
	phqItems, gadItems := numbered("phq9", 9), numbered("gad7", 7)
	expectScores(t, phq9, row(phqItems, 1, 2, 3, 0, 1, 2, 3, 0, 1), answers{"total": 13})
	expectScores(t, phq9, row(phqItems, 3, 3, 3, 3, 3, 3, 3, 3, 3).with(answers{"phq9_difficulty": 3}), answers{"total": 27})
	expectScores(t, phq9, row(phqItems, 1, 2, 3, 0, 1, 2, 3, 0, 1).without("phq9_3"), answers{"total": nil})
	expectScores(t, gad7, row(gadItems, 1, 2, 3, 0, 1, 2, 0), answers{"total": 9})
	expectScores(t, gad7, row(gadItems, 3, 3, 3, 3, 3, 3, 3), answers{"total": 21})
	for x, want := range map[float64]string{0: "", 4: "", 5: "mild", 9: "mild", 10: "moderate", 14: "moderate", 15: "moderately-severe", 19: "moderately-severe", 20: "severe", 27: "severe"} {
		if got := band(t, phq9, "total", x); got != want {
			t.Errorf("PHQ-9 %v lies in band %q, want %q", x, got, want)
		}
	}
	for x, want := range map[float64]string{4: "", 5: "mild", 9: "mild", 10: "moderate", 14: "moderate", 15: "severe", 21: "severe"} {
		if got := band(t, gad7, "total", x); got != want {
			t.Errorf("GAD-7 %v lies in band %q, want %q", x, got, want)
		}
	}
}

func TestSumsAreSums(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 7))
	for id, items := range map[string][]string{"phq9": numbered("phq9", 9), "gad7": numbered("gad7", 7)} {
		c := the(t, id)
		for range 500 {
			a, sum := answers{}, 0
			for _, item := range items {
				x := r.IntN(4)
				a[item], sum = x, sum+x
			}
			expectScores(t, c, a, answers{"total": sum})
		}
	}
}

// Any answer above 0 on item 9 calls a person, even on a form half filled in.
func TestPHQ9SelfHarm(t *testing.T) {
	phq9 := the(t, "phq9")
	for x := range 4 {
		got := raised(phq9, answers{"phq9_9": x})
		if want := x > 0; slices.Contains(got, "self-harm") != want {
			t.Errorf("item 9 = %d raises %v", x, got)
		}
	}
	if got := raised(phq9, row(numbered("phq9", 9), 3, 3, 3, 3, 3, 3, 3, 3, 0)); len(got) != 0 {
		t.Errorf("item 9 = 0 raises %v", got)
	}
}

func TestPHQ9Difficulty(t *testing.T) {
	phq9, items := the(t, "phq9"), numbered("phq9", 9)
	none := row(items, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if phq9.Asked("phq9_difficulty", none.values()) {
		t.Error("someone without problems is asked how difficult they are")
	}
	for _, item := range items {
		if !phq9.Asked("phq9_difficulty", none.with(answers{item: 1}).values()) {
			t.Errorf("a problem in %s does not lead to the question on difficulty", item)
		}
	}
}

func TestLEC5(t *testing.T) {
	c := the(t, "lec5")
	none := answers{}
	for i := 1; i <= 17; i++ {
		none[fmt.Sprintf("lec5_%02d", i)] = []string{"no"}
	}
	expectScores(t, c, none, answers{"criterion_a": false})
	expectScores(t, c, none.with(answers{"lec5_03": []string{"unsure"}}), answers{"criterion_a": false})
	for i := 1; i <= 17; i++ {
		id := fmt.Sprintf("lec5_%02d", i)
		for _, how := range []string{"happened", "witnessed", "learned", "job"} {
			expectScores(t, c, none.with(answers{id: []string{how}}), answers{"criterion_a": true})
			expectScores(t, c, answers{id: []string{"unsure", how}}, answers{"criterion_a": true})
		}
		expectScores(t, c, none.without(id), answers{"criterion_a": nil})
	}
}

// Highest level of ideation, no sum; acute from level 4, or any behaviour
// (clinical reference table).
func TestCSSRS(t *testing.T) {
	c := the(t, "cssrs")
	for level := range 6 {
		for _, behaviour := range []bool{false, true} {
			for _, period := range []string{"lifetime", "past6months", "since-last"} {
				a := answers{"period": period, "ideation": level, "behaviour": behaviour}
				if level > 0 {
					a["intensity"] = 12
				}
				if behaviour {
					a["attempt"] = false
				}
				acute := level >= 4 || behaviour
				expectScores(t, c, a, answers{"level": level, "acute": acute})
				want := []string{}
				if acute {
					want = append(want, "assess")
					if period == "since-last" {
						want = []string{"acute", "assess"}
					}
				}
				if got := raised(c, a); !slices.Equal(got, want) {
					t.Errorf("%v raises %v, want %v", a, got, want)
				}
				if missing := c.Missing(a.values()); len(missing) > 0 {
					t.Errorf("%v lacks %v", a, missing)
				}
			}
		}
	}
	// Danger is seen before the form is complete.
	expectScores(t, c, answers{"ideation": 5}, answers{"acute": true})
	expectScores(t, c, answers{"behaviour": true}, answers{"acute": true, "level": nil})
	expectScores(t, c, answers{"ideation": 3}, answers{"acute": nil, "level": 3})
	if got := raised(c, answers{"ideation": 4}); !slices.Equal(got, []string{"assess"}) {
		t.Errorf("level 4 without a period raises %v", got)
	}
	if c.Asked("intensity", answers{"ideation": 0}.values()) || c.Asked("attempt", answers{"behaviour": false}.values()) {
		t.Error("what is not there is asked about")
	}
}

func TestSDS(t *testing.T) {
	c := the(t, "sds")
	expectScores(t, c, answers{"total_entered": 6.67}, answers{"total": 6.67})
	expectScores(t, c, answers{}, answers{"total": nil})
	if doubts := c.Doubts(answers{"total_entered": 21}.values()); len(doubts) != 1 || doubts[0].Code != "out-of-range" {
		t.Errorf("a sum of 21 entered for the mean is not doubted: %v", doubts)
	}
}
