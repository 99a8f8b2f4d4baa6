package meta

import "math"

// TestBased gives H and I2 (per cent) from Q alone with their test-based intervals:
// Higgins & Thompson, Stat Med 2002;21:1539, section 3. I2 = (Q-df)/Q and the standard
// error of log H is (ln Q - ln df)/(2(sqrt(2Q) - sqrt(2k-3))) where Q > k, else
// sqrt(1/(2(k-2)) (1 - 1/(3(k-2)^2))), with df+1 in the place of k where there are
// moderators. It differs from Result.I2, which rests on tau2; both are in use.
func (r *Result) TestBased(level float64) (h, i2 Interval, err error) {
	if level == 0 {
		level = 0.95
	}
	if !(level > 0 && level < 1) {
		return h, i2, fault(-1, "the level %v lies outside 0 to 1", "Give a share such as 0.95", level)
	}
	k := r.QDF + 1
	if k < 3 {
		return h, i2, fault(-1, "Q has %v degrees of freedom", "A test-based interval needs at least two", r.QDF)
	}
	h.Value = math.Max(1, math.Sqrt(r.Q/r.QDF))
	se := math.Sqrt(1 / (2 * (k - 2)) * (1 - 1/(3*(k-2)*(k-2))))
	if r.Q > k {
		se = (math.Log(r.Q) - math.Log(r.QDF)) / (2 * (math.Sqrt(2*r.Q) - math.Sqrt(2*k-3)))
	}
	half := normalQuantile(1-(1-level)/2) * se
	h.Low, h.High = math.Max(1, h.Value*math.Exp(-half)), math.Max(1, h.Value*math.Exp(half))
	share := func(h float64) float64 { return 100 * (1 - 1/(h*h)) }
	return h, Interval{share(h.Value), share(h.Low), share(h.High)}, nil
}
