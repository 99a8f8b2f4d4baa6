package simulate

import "math"

// spread divides a total over items so that they add up to it exactly. Most and
// weights have one entry an item; the total is cut to what the items can hold.
// A person's weights say which symptoms are theirs; how they come out varies a
// little each time.
func spread(c chance, total int, most []int, weights []float64) []int {
	out := make([]int, len(most))
	room := 0
	for _, m := range most {
		room += m
	}
	left := max(0, min(total, room))
	w := make([]float64, len(most))
	for i := range w {
		w[i] = weights[i] * math.Exp(0.35*c.NormFloat64())
	}
	// In whole parts first; what is full gives the rest to the others.
	for left > 0 {
		sum := 0.0
		for i := range out {
			if out[i] < most[i] {
				sum += w[i]
			}
		}
		given := 0
		for i := range out {
			if out[i] < most[i] && sum > 0 {
				n := min(int(float64(left)*w[i]/sum), most[i]-out[i], left-given)
				out[i] += n
				given += n
			}
		}
		left -= given
		if given > 0 {
			continue
		}
		// Less than one each: one at a time, by weight.
		for ; left > 0; left-- {
			u := 0.0
			for i := range out {
				if out[i] < most[i] {
					u += w[i]
				}
			}
			u *= c.Float64()
			pick := -1
			for i := range out {
				if out[i] < most[i] {
					pick = i
					if u -= w[i]; u < 0 {
						break
					}
				}
			}
			out[pick]++
		}
	}
	return out
}
