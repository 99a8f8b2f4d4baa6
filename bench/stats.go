package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"syscall"
	"time"

	"varde/stats/impute"
	"varde/stats/meta"
	"varde/stats/mmrm"
)

// Times of R are medians of CPU milliseconds on one core, on a machine of the same
// kind: mmrm 0.3.18, metafor 5.1-12 and rbmi 1.5.2 under R 4.2.2.
const (
	statsLoop    = 200 * time.Millisecond // a run repeats its work for at least so long
	imputedTimes = 1000
	rbmiRefit    = 105.0 // ms, of the imputation model, one for each imputation by bootstrap
)

// bar is what a value must not exceed, and what the peer takes, both in the unit of the
// value; peer 0 = no time of a peer is known.
type bar struct {
	most, peer float64
	unit       string
	name       string // of the peer
	how        string // what is measured
}

// note tells the bar and the ratio against the peer.
func (x bar) note(value float64) string {
	out := fmt.Sprintf("%s; bar %g %s", x.how, x.most, x.unit)
	if value > x.most {
		out += ", NOT MET"
	}
	if x.peer > 0 {
		out += fmt.Sprintf("; R %s %g %s: %.0f times", x.name, x.peer, x.unit, x.peer/value)
	}
	return out
}

// statistics measures the engines on one core, by the processor time of this process:
// on a machine that others use too it tells more than the clock. The imputation alone
// takes all cores and goes by the clock.
func statistics(ctx context.Context, b *board, _ string) error {
	cores := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(cores)
	for _, part := range []func(context.Context, *board) error{repeatedMeasures, largeTrial, pooledEffects} {
		if err := part(ctx, b); err != nil {
			return err
		}
	}
	runtime.GOMAXPROCS(cores)
	return thousandImputations(ctx, b)
}

// collect runs a measurement as often as was asked and adds its values with the note
// that their median makes.
func (b *board) collect(ctx context.Context, name string, x bar, measure func() (float64, error)) error {
	values := make([]float64, 0, b.runs)
	for range b.runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := measure()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		values = append(values, v)
	}
	note := x.note(median(values))
	for _, v := range values {
		b.add(name, v, x.unit, note)
	}
	return nil
}

// repeatedMeasures are the fits that a trial's analysis makes, again and again in the
// same memory, with the allocations that they make.
func repeatedMeasures(ctx context.Context, b *board) error {
	for _, x := range []struct {
		name      string
		shape     trialShape
		differ    bool // the difference at the last visit alone
		most      float64
		peer      float64
		described string
	}{
		{"stats_fev", fevShape, false, 0.5, 143, "all means of arm by visit and their differences"},
		{"stats_mapp2", mapp2Shape, true, 0.25, 66.2, "the difference at the last visit"},
		{"stats_bcva", bcvaShape, false, 80, 36_100, "all means of arm by visit and their differences"},
	} {
		in, contrasts := x.shape.generate(1)
		if x.differ {
			contrasts = contrasts[len(contrasts)-1:]
		}
		var fit mmrm.Fit
		once := func() error {
			if err := fit.Refit(&in, mmrm.Options{}); err != nil {
				return err
			}
			return estimateAll(&fit, contrasts)
		}
		if err := twice(once); err != nil { // the memory has its size then
			return fmt.Errorf("%s: %w", x.name, err)
		}
		how := fmt.Sprintf("%d subjects x %d visits, %d values, unstructured REML, Kenward-Roger, %s; processor time on one core, in a loop", x.shape.subjects, x.shape.visits, len(in.Y), x.described)
		if err := b.collect(ctx, x.name, bar{x.most, x.peer, "ms", "mmrm", how}, func() (float64, error) {
			v, err := perLoop(once)
			return v / 1e6, err
		}); err != nil {
			return err
		}
		if err := b.collect(ctx, x.name+"_allocations", bar{0, 0, "per fit", "", "objects that one such fit in the loop puts on the heap"}, func() (float64, error) {
			objects, _, err := allocated(once)
			return objects, err
		}); err != nil {
			return err
		}
	}
	return nil
}

// largeTrial is one fit from nothing, with the memory that it asks for.
func largeTrial(ctx context.Context, b *board) error {
	in, contrasts := largeShape.generate(1)
	once := func() error {
		fit, err := mmrm.New(in, mmrm.Options{})
		if err != nil {
			return err
		}
		return estimateAll(fit, contrasts)
	}
	how := fmt.Sprintf("%d subjects x %d visits, %d values, %d columns, unstructured REML, Kenward-Roger, all means of arm by visit and their differences", largeShape.subjects, largeShape.visits, len(in.Y), in.P)
	if err := b.collect(ctx, "stats_large", bar{1000, 83_400, "ms", "mmrm", how + "; processor time on one core, a fit from nothing"}, func() (float64, error) {
		v, err := perLoop(once)
		return v / 1e6, err
	}); err != nil {
		return err
	}
	input := float64(8*(len(in.X)+len(in.Y)+len(in.Subject)+len(in.Visit))) / 1e6
	return b.collect(ctx, "stats_large_memory", bar{200, 3000, "MB", "mmrm", fmt.Sprintf("all bytes that one such fit puts on the heap, freed ones too; its input has %.0f MB besides", input)}, func() (float64, error) {
		_, bytes, err := allocated(once)
		return bytes / 1e6, err
	})
}

// pooledEffects are random-effects meta-analyses by REML with Knapp and Hartung's test.
func pooledEffects(ctx context.Context, b *board) error {
	for _, x := range []struct {
		name string
		k    int
		bar  bar
	}{
		{"stats_meta_13", 13, bar{20, 6100, "µs", "metafor", ""}},
		{"stats_meta_1000", 1000, bar{500, 450_000, "µs", "metafor (its fastest; up to 2,670,000)", ""}},
	} {
		y, v := effects(x.k, 1)
		once := func() error {
			_, err := meta.Fit(y, v, meta.Options{Test: meta.KnappHartung})
			return err
		}
		x.bar.how = fmt.Sprintf("REML of %d effects, Knapp-Hartung; processor time on one core, in a loop", x.k)
		if err := b.collect(ctx, x.name, x.bar, func() (float64, error) {
			v, err := perLoop(once)
			return v / 1e3, err
		}); err != nil {
			return err
		}
	}
	return nil
}

// thousandImputations imputes by bootstrap (each imputation has a fit of its own),
// analyses and pools.
func thousandImputations(ctx context.Context, b *board) error {
	d, z := missingTrial(mapp2Shape.subjects, 1)
	ancova, err := impute.NewANCOVA(z, 3, d.Visits, d.Visits-1, [][]float64{{0, 1, 0}})
	if err != nil {
		return err
	}
	repeated := &impute.Repeated{X: d.X, P: d.P, Visits: d.Visits, Contrasts: [][]float64{{0, 1, 0, 0, 0, 0, 1}}}
	for _, x := range []struct {
		name, by string
		analysis impute.Analysis
	}{{"stats_impute", "analysis of covariance", ancova}, {"stats_impute_mmrm", "a mixed model with Kenward-Roger", repeated}} {
		how := fmt.Sprintf("%d imputations (bootstrap) of %d subjects x %d visits, %d values missing, analysed by %s, pooled; by the clock, %d cores; the peer is %d refits of its imputation model alone, one core",
			imputedTimes, d.Subjects, d.Visits, d.Missing(), x.by, runtime.GOMAXPROCS(0), imputedTimes)
		if err := b.collect(ctx, x.name, bar{2000, imputedTimes * rbmiRefit, "ms", "rbmi", how}, func() (float64, error) {
			began := time.Now()
			_, err := impute.Multiple(d, x.analysis, impute.Options{Imputations: imputedTimes, Seed: 1})
			return micro(began) / 1000, err
		}); err != nil {
			return err
		}
	}
	return nil
}

func estimateAll(fit *mmrm.Fit, contrasts [][]float64) error {
	for _, l := range contrasts {
		e, err := fit.Contrast(l, mmrm.Inference{})
		if err != nil {
			return err
		}
		if math.IsNaN(e.P) {
			return fmt.Errorf("no p value: %+v", e)
		}
	}
	return nil
}

func twice(once func() error) error {
	if err := once(); err != nil {
		return err
	}
	return once()
}

// perLoop answers the nanoseconds of the processor that one turn takes.
func perLoop(once func() error) (float64, error) {
	runtime.GC() // what others left is not this one's to clear
	began, err := processorTime()
	if err != nil {
		return 0, err
	}
	for n, size := 0, 1; ; size *= 2 {
		for range size {
			if err := once(); err != nil {
				return 0, err
			}
		}
		n += size
		now, err := processorTime()
		if err != nil {
			return 0, err
		}
		if now-began >= statsLoop {
			return float64(now-began) / float64(n), nil
		}
	}
}

// processorTime is what this process has used of all processors.
func processorTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// allocated answers the objects and bytes that one turn puts on the heap, over ten.
func allocated(once func() error) (objects, bytes float64, err error) {
	const turns = 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range turns {
		if err := once(); err != nil {
			return 0, 0, err
		}
	}
	runtime.ReadMemStats(&after)
	// A whole number: what the runtime itself does now and then is less than one a turn.
	return math.Floor(float64(after.Mallocs-before.Mallocs) / turns), float64(after.TotalAlloc-before.TotalAlloc) / turns, nil
}

// effects draws k effects with their sampling variances.
func effects(k int, seed uint64) (y, v []float64) {
	rng := rand.New(rand.NewPCG(seed, 2))
	for range k {
		variance := math.Exp(rng.NormFloat64() - 3)
		y = append(y, -0.5+math.Sqrt(variance+0.05)*rng.NormFloat64())
		v = append(v, variance)
	}
	return y, v
}
