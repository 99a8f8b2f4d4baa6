package trial

import (
	"fmt"
	"math"
	"testing"
	"time"

	"varde/analysis"
	"varde/instrument"
	"varde/protocol"
	"varde/protocols"
)

func source(t testing.TB, id string) *Source {
	t.Helper()
	def, err := protocols.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSource(def)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const threeSession = "mdma-ptsd-three-session"

func design(t testing.TB, s *Source, set Setting) *Design {
	t.Helper()
	d, err := s.Design(set, 0)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// dataset tells the worker's last trial as the record would be cut.
func (w *Worker) dataset() analysis.Dataset {
	d := w.d
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	at := func(i int, day float64) time.Time {
		return start.Add(time.Duration((w.begun[i] + day) * 24 * float64(time.Hour)))
	}
	ds := analysis.Dataset{Arms: true, Simulated: true}
	k := d.outcome.visits
	for i := range w.n {
		x := analysis.Subject{ID: fmt.Sprintf("P%04d", i), Site: d.sites[w.site[i]].id, Arm: d.arms[w.arm[i]].ID,
			Reached: map[protocol.Milestone]time.Time{protocol.Consented: at(i, -20), protocol.Enrolled: at(i, 0), protocol.Randomised: at(i, 0)}}
		for s := range int(w.doses[i]) {
			x.Sessions = append(x.Sessions, analysis.Session{At: at(i, d.calendar.sessions[s].day)})
		}
		if int(w.left[i]) < k {
			x.Left = at(i, w.leftDay[i])
		}
		for e := range d.events {
			if day := w.eventDay[e*w.n+i]; d.events[e].stops && !math.IsInf(day, 1) {
				x.Stopped = at(i, day)
			}
		}
		for v := range k {
			if w.seen(i)&(1<<v) == 0 {
				continue
			}
			held := at(i, d.calendar.rated[v])
			visit := d.outcome.spec.Visits[v]
			x.Visits = append(x.Visits, analysis.Visit{ID: visit, Held: held})
			answers := analysis.Answers{{ID: "total", Value: instrument.NumberValue(w.y[i*k+v])}}
			if v == 0 && len(d.people.factors) > 0 {
				f := &d.people.factors[0]
				answers = append(answers, analysis.Answer{ID: "dissociative", Value: instrument.BoolValue(f.levels[f.level[w.place(f, i)]] == "yes")})
			}
			x.Records = append(x.Records, analysis.Record{Visit: visit, Form: "caps5", SavedAt: held, Answers: answers})
			for m := range d.models {
				if d.models[m].follower != nil {
					x.Records = append(x.Records, analysis.Record{Visit: visit, Form: "sds", SavedAt: held, Answers: analysis.Answers{{ID: "total", Value: instrument.NumberValue(w.value(&d.models[m], i, v))}}})
				}
			}
		}
		ds.Subjects = append(ds.Subjects, x)
	}
	return ds
}

// The fast path is the planned analysis: on the same data every model of the plan gives
// the same estimate, standard error, degrees of freedom and p value.
func TestFastPathIsTheAnalysis(t *testing.T) {
	s := source(t, threeSession)
	plan := *s.def
	plan.Analysis.Sensitivity, plan.Analysis.Responders = nil, nil
	for _, set := range []Setting{
		{},
		{"n": 60, "stopping": 0.3, "retrieved": 0.5, "dropout": 2},
		{"n": 30, "effect": 0, "informative": 1, "expectancy": 3},
		{"n": 200, "sites": 3, "siteSD": 4},
	} {
		d := design(t, s, set)
		d.looks = nil // the looks are not what is compared
		w := NewWorker(d)
		compared := 0
		for trial := range 6 {
			w.Run(7, trial)
			result := analysis.Analyse(&plan, w.dataset())
			for m := range d.models {
				spec := d.models[m].spec
				for _, p := range result.Planned {
					if p.Model != spec.ID {
						continue
					}
					if (p.State == "run") != w.fits[m].OK {
						t.Errorf("%v, trial %d, %s: the analysis is %q (%s), the fast path fits: %t", set, trial, spec.ID, p.State, p.Reason, w.fits[m].OK)
						continue
					}
					compared += compare(t, fmt.Sprintf("%v, trial %d, %s", set, trial, spec.ID), p, w.fits[m])
				}
			}
		}
		if compared < 12 {
			t.Errorf("%v: only %d models were compared", set, compared)
		}
	}
}

func compare(t *testing.T, where string, p analysis.PlannedResult, f Fitted) int {
	t.Helper()
	for _, c := range p.Contrasts {
		if !c.Main {
			continue
		}
		for _, x := range []struct {
			what       string
			want, have float64
		}{{"estimate", *c.Estimate.Value, f.Estimate.Estimate}, {"lower", *c.Estimate.Lower, f.Lower}, {"upper", *c.Estimate.Upper, f.Upper},
			{"se", c.Test.SE, f.SE}, {"df", c.Estimate.Freedom, f.DF}, {"p", c.Test.P, f.P}} {
			if math.Abs(x.want-x.have) > 1e-9*max(1, math.Abs(x.want)) {
				t.Errorf("%s: %s is %.15g by the analysis and %.15g here", where, x.what, x.want, x.have)
			}
		}
		return 1
	}
	t.Errorf("%s: the analysis has no main contrast", where)
	return 0
}

func BenchmarkTrial(b *testing.B) {
	w := NewWorker(design(b, source(b, threeSession), nil))
	for i := range 50 {
		w.Run(1, i)
	}
	b.ReportAllocs()
	b.ResetTimer()
	i := 0
	for b.Loop() {
		w.Run(1, i)
		i++
	}
}
