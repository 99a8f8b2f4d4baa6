package survival

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func near(got, want, tol float64) bool {
	return got == want || math.Abs(got-want) <= tol*max(1, math.Abs(want))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Remission of leukaemia, 6-mercaptopurine against placebo (Freireich et al.
// 1963, Blood 21:699; Gehan 1965, Biometrika 52:203): weeks, relapse.
func leukaemia() (time []float64, event []bool, treated []float64) {
	add := func(trt float64, happened bool, weeks ...float64) {
		for _, w := range weeks {
			time, event, treated = append(time, w), append(event, happened), append(treated, trt)
		}
	}
	add(1, true, 6, 6, 6, 7, 10, 13, 16, 22, 23)
	add(1, false, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
	add(0, true, 1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
	return time, event, treated
}

func arm(which float64) (time []float64, event []bool) {
	t, e, trt := leukaemia()
	for i := range t {
		if trt[i] == which {
			time, event = append(time, t[i]), append(event, e[i])
		}
	}
	return time, event
}

// R 4.2.2, survival 3.5-3: survfit, conf.type "log-log".
func TestKaplanMeier(t *testing.T) {
	time, event := arm(1)
	c := must(KaplanMeier(time, event, "", 0))
	for _, w := range []struct {
		time                 float64
		risk, events         int
		s, se, lower, higher float64
	}{
		{6, 21, 3, 0.85714285714, 0.076360354832, 0.61971795527, 0.95155174765},
		{10, 15, 1, 0.75294117647, 0.096349652994, 0.50319951080, 0.88936183517},
		{23, 6, 1, 0.44817927171, 0.134591456756, 0.18805200596, 0.68014262850},
	} {
		i := slices.IndexFunc(c.Steps, func(s Step) bool { return s.Time == w.time })
		s := c.Steps[i]
		if s.AtRisk != w.risk || s.Events != w.events || !near(s.Survival, w.s, 1e-10) || !near(s.SE, w.se, 1e-10) || !near(s.Lower, w.lower, 1e-9) || !near(s.Upper, w.higher, 1e-9) {
			t.Errorf("%+v, want %+v", s, w)
		}
	}
	if m := c.Median(); m.Estimate != 23 || m.Lower != 13 || !m.HasLower || m.HasUpper {
		t.Errorf("median %+v", m)
	}
	if q := must(c.Quantile(0.25)); q.Estimate != 13 || q.Lower != 6 || q.Upper != 22 {
		t.Errorf("quartile %+v", q)
	}
	if c.AtRisk(0) != 21 || c.AtRisk(10) != 15 || c.AtRisk(10.5) != 13 || c.AtRisk(36) != 0 {
		t.Error("numbers at risk")
	}
	if s := c.At(14); !near(s.Survival, 0.69019607843, 1e-10) || s.AtRisk != 11 {
		t.Errorf("%+v", s)
	}
	time, event = arm(0)
	placebo := must(KaplanMeier(time, event, Log, 0))
	if m := placebo.Median(); m.Estimate != 8 || m.Lower != 4 || m.Upper != 12 {
		t.Errorf("median, log scale: %+v", m)
	}
	last := placebo.Steps[len(placebo.Steps)-1]
	if last.Survival != 0 || last.HasInterval {
		t.Errorf("nobody left: %+v", last)
	}
	mean, se, err := placebo.RestrictedMean(23)
	if err != nil || !near(mean, 8.66666666666667, 1e-12) || !near(se, 1.37739004126455, 1e-10) {
		t.Errorf("restricted mean %v (%v), %v", mean, se, err)
	}
}

// R: survdiff gives 16.7929409892165, and 14.4571508187171 with rho = 1.
func TestLogRank(t *testing.T) {
	time, event, trt := leukaemia()
	group := make([]int, len(time))
	for i, v := range trt {
		group[i] = int(v)
	}
	c := must(LogRank(time, event, group, nil, 0))
	if !near(c.Statistic, 16.7929409892165, 1e-12) || c.DF != 1 || !near(c.Expected[0], 10.7494990519689, 1e-12) || !near(c.Variance[0], 6.2569605736755, 1e-12) {
		t.Errorf("%+v", c)
	}
	if c := must(LogRank(time, event, group, nil, 1)); !near(c.Statistic, 14.4571508187171, 1e-12) {
		t.Errorf("rho 1: %+v", c)
	}
}

// R: coxph with Efron's and Breslow's ties, cox.zph.
func TestCoxOneCovariate(t *testing.T) {
	time, event, trt := leukaemia()
	for _, w := range []struct {
		ties                       Ties
		beta, se, null, full       float64
		score, wald                float64
		km, identity, rank, logged float64
	}{
		{Efron, -1.57212514882907, 0.412396717709455, -93.1842699968477, -85.0084245773716, 17.2465367957166, 14.5326170633744,
			0.0228633780528221, 0.000196625426276626, 0.00659528050019139, 0.253228544782761},
		{Breslow, -1.50919141258588, 0.409564406366741, -93.9850504782452, -86.3796220711455, 15.9305395640327, 13.5782636509231,
			0.064179686381018, 0.0176290017372877, 0.0354395810475418, 0.347693503995447},
	} {
		c := must(NewCox(CoxInput{Time: time, Event: event, X: trt, P: 1, Ties: w.ties}))
		for name, v := range map[string][2]float64{
			"beta": {c.Beta[0], w.beta}, "SE": {c.SE[0], w.se}, "null": {c.NullLogLik, w.null}, "full": {c.LogLik, w.full},
			"score": {c.Rao.Statistic, w.score}, "Wald": {c.Wald.Statistic, w.wald}, "LR": {c.Likelihood.Statistic, 2 * (w.full - w.null)},
			"km": {zph(c, ByKaplanMeier), w.km}, "identity": {zph(c, ByTime), w.identity}, "rank": {zph(c, ByRank), w.rank}, "log": {zph(c, ByLog), w.logged},
		} {
			if !near(v[0], v[1], 1e-8) {
				t.Errorf("%s %s: %.15g, want %.15g", w.ties, name, v[0], v[1])
			}
		}
	}
}

func zph(c *Cox, s TimeScale) float64 { return must(c.Proportional(s)).Global.Statistic }

// Made-up data with ties, two covariates and three strata, worked with R: coxph,
// cox.zph (identity), survdiff.
var (
	madeTime    = []float64{5, 8, 8, 12, 3, 3, 9, 14, 20, 7, 6, 6, 11, 18, 2, 4, 8, 15, 16, 10, 21, 13, 8, 6}
	madeEvent   = []int{1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0}
	madeGroup   = []int{1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1}
	madeAge     = []float64{30, 45, 28, 50, 61, 33, 40, 38, 29, 55, 47, 36, 52, 31, 66, 42, 39, 27, 44, 58, 35, 41, 37, 49}
	madeStratum = []int{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}
)

func made() CoxInput {
	in := CoxInput{Time: madeTime, P: 2, Stratum: madeStratum}
	for i, e := range madeEvent {
		in.Event = append(in.Event, e == 1)
		in.X = append(in.X, float64(madeGroup[i]), madeAge[i])
	}
	return in
}

func TestCoxStratified(t *testing.T) {
	c := must(NewCox(made()))
	z := must(c.Proportional(ByTime))
	km := must(c.Proportional(""))
	for name, v := range map[string][2]float64{
		"beta 1": {c.Beta[0], 0.7859638726399834}, "beta 2": {c.Beta[1], 0.0502244096343323},
		"SE 1": {c.SE[0], 0.6230188965127245}, "SE 2": {c.SE[1], 0.0301071720911653},
		"null": {c.NullLogLik, -25.6400226043338}, "full": {c.LogLik, -23.7235637324079},
		"score": {c.Rao.Statistic, 4.03842763170264}, "Wald": {c.Wald.Statistic, 3.64049210060664},
		"zph 1": {z.Columns[0].Statistic, 0.240167850403797}, "zph 2": {z.Columns[1].Statistic, 0.477995124582002}, "zph": {z.Global.Statistic, 0.551403219786678},
		"km 1": {km.Columns[0].Statistic, 0.153426377965505}, "km": {km.Global.Statistic, 0.359564006618921},
	} {
		if !near(v[0], v[1], 1e-8) {
			t.Errorf("%s: %.15g, want %.15g", name, v[0], v[1])
		}
	}
	l := must(LogRank(madeTime, made().Event, madeGroup, madeStratum, 0))
	if !near(l.Statistic, 0.942496717099062, 1e-12) {
		t.Errorf("stratified log-rank %+v", l)
	}
	three := must(LogRank(madeTime, made().Event, madeStratum, nil, 0))
	if !near(three.Statistic, 2.1740741592807, 1e-10) || three.DF != 2 || !near(three.Expected[2], 6.75228758655532, 1e-12) {
		t.Errorf("three groups %+v", three)
	}
	curve := must(KaplanMeier(madeTime, made().Event, "", 0))
	mean, se, err := curve.RestrictedMean(15)
	if err != nil || !near(mean, 9.746567234848484, 1e-12) || !near(se, 0.938440755234698, 1e-10) {
		t.Errorf("restricted mean %v (%v), %v", mean, se, err)
	}
}

func TestMonotoneLikelihood(t *testing.T) {
	in := CoxInput{Time: []float64{1, 2, 3, 4, 5, 6, 7, 8}, Event: []bool{true, true, true, false, false, false, false, false},
		X: []float64{1, 1, 1, 0, 0, 0, 1, 0}, P: 1, Names: []string{"arm"}}
	_, err := NewCox(in)
	var m *MonotoneError
	if !errors.As(err, &m) || !slices.Equal(m.Columns, []string{"arm"}) {
		t.Errorf("%v", err)
	}
	in.X = []float64{1, 0, 1, 0, 0, 0, 1, 0}
	if _, err := NewCox(in); err != nil {
		t.Errorf("an event in the other arm: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	good := made()
	change := func(f func(*CoxInput)) error {
		in := made()
		in.Time = slices.Clone(in.Time)
		f(&in)
		_, err := NewCox(in)
		return err
	}
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"negative time":    {change(func(i *CoxInput) { i.Time[3] = -1 }), "observation 4"},
		"NaN covariate":    {change(func(i *CoxInput) { i.X[5] = math.NaN() }), "NaN"},
		"no events":        {change(func(i *CoxInput) { clear(i.Event) }), "no event"},
		"ragged":           {change(func(i *CoxInput) { i.P = 3 }), "covariate values"},
		"ties":             {change(func(i *CoxInput) { i.Ties = "exact" }), "ties"},
		"constant":         {change(func(i *CoxInput) { clear(i.X) }), "constant"},
		"few events":       {change(func(i *CoxInput) { clear(i.Event); i.Event[0] = true }), "1 events"},
		"no observation":   {second(KaplanMeier(nil, nil, "", 0)), "no observation"},
		"lengths":          {second(KaplanMeier([]float64{1}, nil, "", 0)), "0 events"},
		"transform":        {second(KaplanMeier([]float64{1}, []bool{true}, "probit", 0)), "transform"},
		"level":            {second(KaplanMeier([]float64{1}, []bool{true}, "", 95)), "level"},
		"one group":        {second(LogRank(good.Time, good.Event, make([]int, 24), nil, 0)), "nothing to compare"},
		"group number":     {second(LogRank(good.Time, good.Event, append(make([]int, 23), -1), nil, 0)), "group -1"},
		"strata too few":   {second(LogRank(good.Time, good.Event, madeGroup, []int{1}, 0)), "strata"},
		"quantile of two":  {second(must(KaplanMeier(good.Time, good.Event, "", 0)).Quantile(2)), "quantile"},
		"scale of time":    {second(must(NewCox(good)).Proportional("sqrt")), "scale"},
		"hazard of nobody": {second(must(NewCox(good)).HazardRatio(7, 0)), "no coefficient"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if _, _, err := must(KaplanMeier(good.Time, good.Event, "", 0)).RestrictedMean(50); err == nil {
		t.Error("a mean beyond the last time must be refused")
	}
}

func second[T any](_ T, err error) error { return err }

func BenchmarkCox(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	in := CoxInput{P: 3}
	for i := range 1000 {
		in.Time, in.Event = append(in.Time, r.ExpFloat64()), append(in.Event, r.Float64() < 0.7)
		in.X = append(in.X, float64(i%2), r.NormFloat64(), r.NormFloat64())
	}
	b.ReportAllocs()
	for b.Loop() {
		must(NewCox(in))
	}
}
