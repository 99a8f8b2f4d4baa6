// Command bench measures Varde against its bars and prints one JSON object a line:
// {"name", "value", "unit", "n", "note"}. Every value is the median of -runs runs.
//
//	go run ./bench              # everything; some minutes
//	go run ./bench -only save   # what has "save" in its name
//
// The rate at which the disk makes things durable drifts on shared machines, so it
// is measured right before and after what depends on it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// line is one measured value.
type line struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	N     int     `json:"n"` // runs that the value is the median of
	Note  string  `json:"note,omitempty"`
}

// bench is one group of measurements. It adds one value a run to each of its names.
type bench struct {
	name string
	run  func(ctx context.Context, b *board, dir string) error
}

var benches = []bench{
	{"save", saves},
	{"participants", participantList},
	{"rebuild", rebuild},
	{"demo", demo},
	{"serve", serve},
	{"authorise", authorise},
	{"signin", signins},
	{"check", check},
	{"dryrun", dryRuns},
	{"rooms", rooms},
	{"pages", pages},
	{"pages-lighthouse", lighthouse},
	{"stats", statistics},
	{"simulate", simulated},
}

// board collects values by name, in the order in which the names came.
type board struct {
	runs   int
	names  []string
	values map[string][]float64
	units  map[string]string
	notes  map[string]string
}

func (b *board) add(name string, value float64, unit, note string) {
	if _, ok := b.values[name]; !ok {
		b.names = append(b.names, name)
	}
	b.values[name] = append(b.values[name], value)
	b.units[name], b.notes[name] = unit, note
}

func (b *board) print() error {
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	for _, name := range b.names {
		v := b.values[name]
		if err := enc.Encode(line{Name: name, Value: median(v), Unit: b.units[name], N: len(v), Note: b.notes[name]}); err != nil {
			return err
		}
	}
	return nil
}

func median(v []float64) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// quantile of durations that are sorted, in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	return float64(sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]) / float64(time.Millisecond)
}

func main() {
	only := flag.String("only", "", "run what has this in its name: "+names())
	runs := flag.Int("runs", 5, "runs of each")
	profile := flag.String("cpuprofile", "", "write a CPU profile of this process to the file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := all(ctx, *only, *runs, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func names() string {
	var out []string
	for _, b := range benches {
		out = append(out, b.name)
	}
	return strings.Join(out, ", ")
}

func all(ctx context.Context, only string, runs int, profile string) error {
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	dir, err := os.MkdirTemp("", "varde-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, x := range benches {
		if !strings.Contains(x.name, only) {
			continue
		}
		b := &board{runs: runs, values: map[string][]float64{}, units: map[string]string{}, notes: map[string]string{}}
		sub := filepath.Join(dir, x.name)
		if err := os.Mkdir(sub, 0o755); err != nil {
			return err
		}
		err := x.run(ctx, b, sub)
		if err != nil {
			err = fmt.Errorf("%s: %w", x.name, err)
		}
		if err := errors.Join(err, b.print()); err != nil { // what was measured before a failure is told
			return err
		}
		if err := os.RemoveAll(sub); err != nil {
			return err
		}
	}
	return nil
}
