package mmrm_test

import (
	"fmt"
	"log"

	"varde/stats/mmrm"
)

// Student's (1908, Biometrika 6:1) sleep of ten patients under two drugs; the
// paired t test that R prints for it is t = 4.0621, df = 9, p = 0.002833.
func Example() {
	first := []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	second := []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
	in := mmrm.Input{P: 2, Names: []string{"(Intercept)", "second"}}
	for i := range first {
		in.X = append(in.X, 1, 0, 1, 1)
		in.Y = append(in.Y, first[i], second[i])
		in.Subject = append(in.Subject, i, i)
		in.Visit = append(in.Visit, 0, 1)
	}
	fit, err := mmrm.New(in, mmrm.Options{})
	if err != nil {
		log.Fatal(err)
	}
	e, err := fit.Contrast([]float64{0, 1}, mmrm.Inference{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("difference %.2f (SE %.4f), t = %.4f, df = %.0f, p = %.6f\n", e.Estimate, e.SE, e.T, e.DF, e.P)
	// Output: difference 1.58 (SE 0.3890), t = 4.0621, df = 9, p = 0.002833
}
