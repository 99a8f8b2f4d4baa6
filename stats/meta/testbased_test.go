package meta

import "testing"

// Higgins & Thompson 2002, second formula by hand: k = 6 with Q below its degrees of
// freedom gives H = 1 and an upper end of exp(1.959964 sqrt((1 - 1/48)/8)) = 1.985259.
func TestTestBasedInterval(t *testing.T) {
	r := &Result{Q: 2.42, QDF: 5}
	h, i2, err := r.TestBased(0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "H high", h.High, 1.985259, 1e-4)
	each(t, "I2", []float64{i2.Value, i2.Low, i2.High}, []float64{0, 0, 74.63}, 2e-4)
	y, v := effects(t, bcg)
	whole := must(Fit(y, v, Options{}))
	if _, i2, err = whole.TestBased(0); err != nil {
		t.Fatal(err)
	}
	near(t, "I2 of Q", i2.Value, 100*(152.2330080823733-12)/152.2330080823733, 1e-10)
	if i2.Low >= i2.Value || i2.High <= i2.Value || i2.High >= 100 {
		t.Errorf("the interval is %+v", i2)
	}
	if _, _, err := (&Result{Q: 1, QDF: 1}).TestBased(0); err == nil {
		t.Error("two effects have an interval")
	}
}
