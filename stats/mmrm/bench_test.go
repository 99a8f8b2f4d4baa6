package mmrm

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// benchmarkFit measures a fit with the contrasts, in memory that is used again.
func benchmarkFit(b *testing.B, in Input, contrasts [][]float64, o Options, how Inference) {
	b.Helper()
	var fit Fit
	run := func() {
		if err := fit.Refit(&in, o); err != nil {
			b.Fatal(err)
		}
		for _, l := range contrasts {
			if _, err := fit.Contrast(l, how); err != nil {
				b.Fatal(err)
			}
		}
	}
	run()
	run()
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime(b)
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(processorTime(b)-before)/1e3/float64(b.N), "cpu-us/op")
}

// processorTime is what this process has used: on a machine that others use
// too, it tells more than the clock.
func processorTime(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkFEVShape(b *testing.B) {
	in, names := fevShape.generate(1)
	benchmarkFit(b, in, fevShape.armContrasts(names), Options{}, Inference{})
}

func BenchmarkMAPP2Shape(b *testing.B) {
	in, names := mapp2Shape.generate(1)
	benchmarkFit(b, in, mapp2Shape.armContrasts(names)[8:], Options{}, Inference{})
}

func BenchmarkBCVAShape(b *testing.B) {
	in, names := bcvaShape.generate(1)
	benchmarkFit(b, in, bcvaShape.armContrasts(names), Options{}, Inference{})
}

// BenchmarkLarge fits 10,000 subjects x 12 visits, from nothing each time.
func BenchmarkLarge(b *testing.B) {
	in, names := largeShape.generate(1)
	contrasts := largeShape.armContrasts(names)
	b.ReportAllocs()
	for b.Loop() {
		fit, err := New(in, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, l := range contrasts {
			if _, err := fit.Contrast(l, Inference{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(fit.patterns)), "patterns")
	}
}

func BenchmarkToeplitz(b *testing.B) {
	in, names := fevShape.generate(1)
	benchmarkFit(b, in, fevShape.armContrasts(names), Options{Covariance: HeterogeneousToeplitz}, Inference{})
}

// BenchmarkReference runs the reference's data, where they are at hand.
func BenchmarkReference(b *testing.B) {
	dir := reference(b)
	for _, id := range []string{"fev_full_us", "mapp2_t001_us", "bcva_us"} {
		b.Run(id, func(b *testing.B) {
			if _, err := os.Stat(dir); err != nil {
				b.Skip(err)
			}
			c := readFitCase(b, filepath.Join(dir, "expected", "mmrm", id+".json"))
			m := c.model(b, dir)
			in := inputOf(m)
			var contrasts [][]float64
			for j := range in.P {
				l := make([]float64, in.P)
				l[j] = 1
				contrasts = append(contrasts, l)
			}
			benchmarkFit(b, in, contrasts, Options{}, Inference{})
		})
	}
}
