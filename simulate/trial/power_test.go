package trial

import (
	"math"
	"testing"

	"varde/stats/distribution"
	"varde/stats/power"
)

// The power that is drawn is the one that is computed (Lu, Luo and Chen 2008, over the
// pattern of who leaves), within the Monte-Carlo error. The formula takes the covariance
// as known and counts no covariates: the covariance here is that of the drawn scores
// given the baseline, and the sites and the other factors cost their degrees of freedom,
// as they do in a t test with that many covariates.
func TestPowerIsTheAnalytic(t *testing.T) {
	s := source(t, threeSession)
	for _, set := range []Setting{{"effect": 0.6, "siteSD": 0, "n": 300}, {"effect": 0.35, "siteSD": 0, "n": 600, "dropout": 1.5}, {"effect": 0.7, "siteSD": 0}} {
		d := design(t, s, set)
		const trials = 1200
		w := NewWorker(d)
		at := d.place(Reject)
		rejected := 0.0
		for i := range trials {
			w.Run(3, i)
			rejected += w.Out[at]
		}
		have, want := rejected/trials, analytic(t, s, d)
		t.Logf("%v: drawn %.4f, computed %.4f", set, have, want)
		if math.Abs(have-want) > 4*math.Sqrt(want*(1-want)/trials) {
			t.Errorf("%v: the power drawn is %.4f, that computed %.4f", set, have, want)
		}
	}
}

func (d *Design) place(metric string) int {
	for i, m := range d.Metrics {
		if m.ID == metric {
			return i
		}
	}
	return -1
}

// analytic computes the power of a design.
func analytic(t *testing.T, s *Source, d *Design) float64 {
	t.Helper()
	sigma := drawnCovariance(design(t, s, d.Setting.With(Setting{"n": 40_000, "dropout": 0, "referrals": 500, "pairs": 40, "rooms": 40})))
	k := d.outcome.visits - 1
	retention := func(arm int) []float64 {
		out, left := make([]float64, k), 1.0
		for v := range out {
			left *= 1 - d.leave.hazard[arm][v+1]
			out[v] = left
		}
		return out
	}
	p := power.Repeated{Delta: d.True, Sigma: sigma, Retention: retention(d.active), RetentionSecond: retention(d.control)}
	n := float64(d.N)
	variance, err := p.Variance(n/2, n/2)
	if err != nil {
		t.Fatal(err)
	}
	// Sites are balanced by the allocation and cost degrees of freedom alone; the baseline
	// and the factor are balanced by chance, and cost precision as well.
	const chance = 2.0
	df := n - 2 - float64(len(d.sites)-1) - chance
	shift := math.Abs(d.True) / math.Sqrt(variance*(n-3)/(n-3-chance))
	q := distribution.TUpperQuantile(d.Level/2, df)
	x := distribution.NoncentralT{Nu: df, Delta: shift}
	return x.Upper(q) + x.CDF(-q)
}

// drawnCovariance is that of the scores after baseline given the baseline, within arms,
// of a large trial in which nobody leaves.
func drawnCovariance(d *Design) []float64 {
	w := NewWorker(d)
	w.draw(5, 0)
	all, k := d.outcome.visits, d.outcome.visits-1
	mean := make([][]float64, len(d.arms))
	count := make([]float64, len(d.arms))
	for a := range mean {
		mean[a] = make([]float64, all)
	}
	for i := range w.n {
		count[w.arm[i]]++
		for v := range all {
			mean[w.arm[i]][v] += w.y[i*all+v]
		}
	}
	cross := make([]float64, all*all)
	for i := range w.n {
		a := w.arm[i]
		for v := range all {
			for u := range all {
				cross[v*all+u] += (w.y[i*all+v] - mean[a][v]/count[a]) * (w.y[i*all+u] - mean[a][u]/count[a]) / float64(w.n)
			}
		}
	}
	sigma := make([]float64, k*k)
	for v := range k {
		for u := range k {
			sigma[v*k+u] = cross[(v+1)*all+u+1] - cross[v+1]*cross[u+1]/cross[0]
		}
	}
	return sigma
}
