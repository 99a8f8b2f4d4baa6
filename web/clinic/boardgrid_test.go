package clinic

import (
	"testing"

	"pgregory.net/rapid"
)

// TestLanes: whatever overlaps stands in different lanes, everything stands once and
// where it belongs, and every lane is as wide as the day.
func TestLanes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		const cols = 24
		var list []lane
		at := 0
		for range rapid.IntRange(0, 20).Draw(r, "n") {
			at = min(at+rapid.IntRange(0, 3).Draw(r, "later"), cols-1)
			list = append(list, lane{at, min(at+rapid.IntRange(1, 16).Draw(r, "long"), cols), &boardItem{}})
		}
		seen := map[*boardItem]int{}
		for _, row := range lanesOf(list, cols) {
			col := 0
			for _, cell := range row {
				if cell.Span < 1 || cell.Item == nil && cell.Span > 2 {
					r.Fatalf("a cell of %d columns", cell.Span)
				}
				if cell.Item != nil {
					seen[cell.Item]++
					for _, x := range list {
						if x.item == cell.Item && (x.from != col || x.until != col+cell.Span) {
							r.Fatalf("%+v stands at %d for %d", x, col, cell.Span)
						}
					}
				}
				col += cell.Span
			}
			if col != cols {
				r.Fatalf("a lane of %d columns", col)
			}
		}
		if len(seen) != len(list) {
			r.Fatalf("%d of %d are shown", len(seen), len(list))
		}
	})
}
