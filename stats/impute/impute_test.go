package impute

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"varde/stats/mmrm"
)

func near(t *testing.T, what string, got, want, limit float64) {
	t.Helper()
	if !(math.Abs(got-want) <= limit) {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

func ancova(t testing.TB, z []float64) *ANCOVA {
	t.Helper()
	a, err := NewANCOVA(z, 3, 3, 2, [][]float64{{0, 1, 0}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Any number of workers, the same numbers; another seed, others.
func TestWorkersDoNotMatter(t *testing.T) {
	d, z := newTrial(60, 1)
	for _, method := range []Method{Bootstrap, Bayes} {
		var first string
		for _, workers := range []int{1, 2, 5} {
			out, err := Multiple(everyone(d, CopyReference), ancova(t, z), Options{Imputations: 30, Seed: 4, Method: method, Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%v %v", out.Pooled, out.Estimates)
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s: %d workers give other numbers", method, workers)
			}
		}
		out, err := Multiple(everyone(d, CopyReference), ancova(t, z), Options{Imputations: 30, Seed: 5, Method: method})
		if err != nil || fmt.Sprintf("%v %v", out.Pooled, out.Estimates) == first {
			t.Errorf("%s: another seed gives the same numbers (%v)", method, err)
		}
	}
}

// What was observed stays; who is in the reference arm is imputed alike under
// every strategy; and the strategies' conditional means differ as they are defined.
func TestStrategies(t *testing.T) {
	d, _ := newTrial(80, 2)
	p, err := Fit(d)
	if err != nil {
		t.Fatal(err)
	}
	filled := map[Strategy][]float64{}
	for _, s := range Strategies() {
		y := make([]float64, len(d.Y))
		if err := everyone(d, s).ConditionalMean(p, y); err != nil {
			t.Fatal(err)
		}
		filled[s] = y
	}
	checked := 0
	for i := range d.Subjects {
		for v := range 3 {
			c := 3*i + v
			for _, s := range Strategies() {
				got := filled[s][c]
				if !math.IsNaN(d.Y[c]) && got != d.Y[c] || math.IsNaN(got) {
					t.Fatalf("%s: subject %d visit %d is %v, observed %v", s, i, v, got, d.Y[c])
				}
				if i%2 == 0 {
					near(t, "reference arm", got, filled[MAR][c], 1e-10)
				}
			}
			// Subjects with one observation: mean + covariance/variance * residual.
			if i%2 == 1 && d.Event[i] == 1 && v > 0 {
				own := func(t int) float64 { return dot(d.X[(3*i+t)*7:][:7], p.Beta) }
				ref := func(t int) float64 { return dot(d.Reference[(3*i+t)*7:][:7], p.Beta) }
				slope := p.Sigma[v] / p.Sigma[0]
				near(t, "MAR", filled[MAR][c], own(v)+slope*(d.Y[3*i]-own(0)), 1e-9)
				near(t, "jump", filled[JumpToReference][c], ref(v)+slope*(d.Y[3*i]-own(0)), 1e-9)
				near(t, "copy", filled[CopyReference][c], ref(v)+slope*(d.Y[3*i]-ref(0)), 1e-9)
				near(t, "increments", filled[CopyIncrements][c], own(0)+ref(v)-ref(0)+slope*(d.Y[3*i]-own(0)), 1e-9)
				checked++
			}
		}
	}
	if checked < 4 {
		t.Errorf("only %d cells checked by hand", checked)
	}
}

// Observations after an event are kept, and do not reach a reference-based model.
func TestObservedAfterTheEventIsNotModelled(t *testing.T) {
	d, _ := newTrial(60, 3)
	i := 1
	for d.Event[i] != 3 || i%2 == 0 {
		i++
	}
	d.Event[i] = 2
	jump := everyone(d, JumpToReference)
	before, err := Fit(jump)
	if err != nil {
		t.Fatal(err)
	}
	beta := append([]float64(nil), before.Beta...)
	jump.Y = append([]float64(nil), d.Y...)
	jump.Y[3*i+2] += 1000
	after, err := Fit(jump)
	if err != nil || fmt.Sprint(after.Beta) != fmt.Sprint(beta) {
		t.Errorf("%v, want %v (%v)", after.Beta, beta, err)
	}
	mar := everyone(jump, MAR)
	if p, err := Fit(mar); err != nil || fmt.Sprint(p.Beta) == fmt.Sprint(beta) {
		t.Errorf("the outcome does not reach the model under MAR (%v)", err)
	}
	y := make([]float64, len(d.Y))
	if err := jump.ConditionalMean(after, y); err != nil || y[3*i+2] != jump.Y[3*i+2] {
		t.Errorf("%v, want the observed %v (%v)", y[3*i+2], jump.Y[3*i+2], err)
	}
}

// ANCOVA agrees with the mixed model of one visit.
func TestANCOVAIsTheModelOfOneVisit(t *testing.T) {
	d, z := newTrial(50, 5)
	p, err := Fit(d)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, len(d.Y))
	if err := d.ConditionalMean(p, y); err != nil {
		t.Fatal(err)
	}
	in := mmrm.Input{X: z, P: 3, Visit: make([]int, 50)}
	for i := range 50 {
		in.Y = append(in.Y, y[3*i+2])
		in.Subject = append(in.Subject, i)
	}
	fit, err := mmrm.New(in, mmrm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := fit.Coefficient(1, mmrm.Inference{})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]Estimate, 1)
	if err := ancova(t, z).Analyse(0, y, got); err != nil {
		t.Fatal(err)
	}
	near(t, "value", got[0].Value, want.Estimate, 1e-9)
	near(t, "SE", got[0].SE, want.SE, 1e-9)
	near(t, "df", got[0].DF, want.DF, 1e-6)
}

// With complete data the repeated analysis at the last visit, its baseline slope
// shared by the visits, pools to what one fit says.
func TestRepeatedAnalysis(t *testing.T) {
	d, _ := newTrial(50, 6)
	out, err := Multiple(d, &Repeated{X: d.X, P: 7, Visits: 3, Contrasts: [][]float64{{0, 1, 0, 0, 0, 0, 1}}}, Options{Imputations: 40, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	in := mmrm.Input{P: 7}
	for c, y := range d.Y {
		if !math.IsNaN(y) {
			in.X, in.Y = append(in.X, d.X[c*7:][:7]...), append(in.Y, y)
			in.Subject, in.Visit = append(in.Subject, c/3), append(in.Visit, c%3)
		}
	}
	fit, err := mmrm.New(in, mmrm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := fit.Contrast([]float64{0, 1, 0, 0, 0, 0, 1}, mmrm.Inference{})
	if err != nil {
		t.Fatal(err)
	}
	// Under MAR imputation adds nothing but Monte-Carlo error (5 of its SEs).
	p := out.Pooled[0]
	near(t, "estimate", p.Value, want.Estimate, 5*math.Sqrt(p.Between/40))
	near(t, "SE", p.SE, want.SE, 0.2*want.SE)
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(d *Data)
		says string
	}{
		{"one subject", func(d *Data) { d.Subjects = 1 }, "1 subjects"},
		{"short outcomes", func(d *Data) { d.Y = d.Y[1:] }, "outcomes"},
		{"short reference", func(d *Data) { d.Reference = d.Reference[1:] }, "reference"},
		{"a hole in the design", func(d *Data) { d.X[5] = math.NaN() }, "every cell"},
		{"infinite outcome", func(d *Data) { d.Y[3] = math.Inf(1) }, "subject 1 at visit 0"},
		{"event", func(d *Data) { d.Event[2] = 4 }, "event at visit 4"},
		{"strategy", func(d *Data) { d.Event[0] = 1; d.Strategy[0] = "LOCF" }, "LOCF"},
		{"no reference", func(d *Data) { d.Event[0] = 1; d.Strategy[0], d.Reference = CopyReference, nil }, "no reference design"},
		{"stratum", func(d *Data) { d.Strata[0] = -1 }, "stratum"},
		{"a visit never seen", func(d *Data) {
			for i := range d.Subjects {
				d.Y[3*i+2] = math.NaN()
			}
		}, "2 of 3 visits"},
	} {
		d, z := newTrial(30, 11)
		d = everyone(d, MAR)
		a := ancova(t, z)
		c.edit(d)
		_, err := Multiple(d, a, Options{Imputations: 2})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	d, z := newTrial(30, 11)
	for _, o := range []Options{{Imputations: 1}, {Workers: -1}, {Level: 2}, {Method: "hot deck"}} {
		if _, err := Multiple(d, ancova(t, z), o); err == nil {
			t.Errorf("accepted %+v", o)
		}
	}
	if _, err := NewANCOVA([]float64{1, 2, 1, 2, 1, 2}, 2, 1, 0, [][]float64{{0, 1}}); err == nil {
		t.Error("a collinear analysis was accepted")
	}
}
