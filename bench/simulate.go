package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"varde/protocols"
	"varde/report"
	"varde/simulate/operating"
	"varde/simulate/trial"
)

// simulated runs whole trials of the three-session protocol at both speeds, on all
// cores. The bars are by the clock on two cores that nobody else uses; what the
// processors did is told as well, because it says more on a machine that is shared.
func simulated(ctx context.Context, b *board, _ string) error {
	def, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		return err
	}
	source, err := trial.NewSource(def)
	if err != nil {
		return err
	}
	for _, x := range []struct {
		name   string
		trials int
		full   *operating.Full
		bar    bar
	}{
		{"simulate_outcome", 10_000, nil, bar{most: 5, unit: "s", how: "10,000 trials of 104 people x 3 visits at 13 sites, recruitment to outcomes, two mixed models with Kenward-Roger each"}},
		{"simulate_full", 20, &operating.Full{Subject: report.Subject}, bar{most: 24, unit: "s", how: "20 whole studies of 104, every command through package study, and the planned models; the bar is 50 a minute"}},
	} {
		if err := b.simulation(ctx, x.name, x.trials, source, x.full, x.bar); err != nil {
			return err
		}
	}
	return nil
}

func (b *board) simulation(ctx context.Context, name string, trials int, source *trial.Source, full *operating.Full, x bar) error {
	if full != nil {
		defer debug.SetGCPercent(debug.SetGCPercent(400)) // as varde simulate does
	}
	var busy []float64
	x.how += fmt.Sprintf("; by the clock, %d cores", runtime.GOMAXPROCS(0))
	err := b.collect(ctx, name, x, func() (float64, error) {
		before, err := processorTime()
		if err != nil {
			return 0, err
		}
		began := time.Now()
		if _, err := operating.Run(ctx, source, operating.Single(1, trials), operating.Options{Full: full}); err != nil {
			return 0, err
		}
		took := time.Since(began).Seconds()
		after, err := processorTime()
		busy = append(busy, (after - before).Seconds())
		return took, err
	})
	for _, v := range busy {
		b.add(name+"_processor", v, "s", "time of all processors for the same")
	}
	return err
}
