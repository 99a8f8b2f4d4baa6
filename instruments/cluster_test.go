package instruments_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"varde/instrument"
)

// The DSM-5 symptom clusters, written down here a second time and by hand, so
// that the instruments are held against the rule and not against themselves.
var clusters = []struct {
	id    string
	items int
	need  int // symptoms rated 2 or more that the diagnosis needs
}{{"b", 5, 1}, {"c", 2, 1}, {"d", 7, 2}, {"e", 6, 2}}

func pcl5Items() []string {
	var ids []string
	for i := 1; i <= 20; i++ {
		ids = append(ids, fmt.Sprintf("pcl5_%02d", i))
	}
	return ids
}

func caps5Items() []string {
	var ids []string
	for _, c := range clusters {
		for i := 1; i <= c.items; i++ {
			ids = append(ids, fmt.Sprintf("%s%d", c.id, i))
		}
	}
	return ids
}

// clusterRule counts by brute force: the sums, the symptoms present, and whether
// the pattern of one B, one C, two D and two E is there.
func clusterRule(scores []int) (total int, sums, counts map[string]int, pattern bool) {
	sums, counts, pattern = map[string]int{}, map[string]int{}, true
	next := 0
	for _, c := range clusters {
		for range c.items {
			x := scores[next]
			next++
			total += x
			sums[c.id] += x
			if x >= 2 {
				counts[c.id]++
			}
		}
		if counts[c.id] < c.need {
			pattern = false
		}
	}
	return total, sums, counts, pattern
}

// severities draws twenty scores of 0 to 4; how ill the person is differs from
// draw to draw, so that patterns just met and just missed are common.
func severities(r *rand.Rand) []int {
	ill := r.Float64()
	out := make([]int, 20)
	for i := range out {
		for range 4 {
			if r.Float64() < ill {
				out[i]++
			}
		}
	}
	return out
}

// expectClusters holds every cluster score of an instrument against the rule.
func expectClusters(t *testing.T, c *instrument.Compiled, scores map[string]instrument.Value, given []int) {
	t.Helper()
	total, sums, counts, _ := clusterRule(given)
	if x := number(t, scores, "total"); x != float64(total) || x < 0 || x > 80 {
		t.Fatalf("%s %v: total %v, want %d", c.ID, given, x, total)
	}
	parts := 0.0
	for _, cl := range clusters {
		sum, count := number(t, scores, cl.id), number(t, scores, cl.id+"_count")
		if sum != float64(sums[cl.id]) || count != float64(counts[cl.id]) {
			t.Fatalf("%s %v: %s = %v (want %d), %s_count = %v (want %d)", c.ID, given, cl.id, sum, sums[cl.id], cl.id, count, counts[cl.id])
		}
		parts += sum
	}
	if parts != float64(total) {
		t.Fatalf("%s %v: the clusters add up to %v, the total is %d", c.ID, given, parts, total)
	}
}
