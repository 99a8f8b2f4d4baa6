package study

import (
	"testing"
	"time"
)

// BenchmarkSaveForm is one decision on a form of 20 items, with the state after it.
func BenchmarkSaveForm(b *testing.B) {
	w := tell(b, threeSession).randomised().session("V5").goOn("V8").toWindow("V8").hold("V8")
	cmd := w.save("V8", "pcl5", "", nil)
	env := w.env("coordinator")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Next(w.def, w.s, env, cmd); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTasks(b *testing.B) {
	w := tell(b, threeSession).randomised().session("V5").goOn("V8")
	b.ReportAllocs()
	for b.Loop() {
		Tasks(w.def, w.s)
	}
}

func BenchmarkWindows(b *testing.B) {
	w := tell(b, threeSession).randomised()
	b.ReportAllocs()
	for b.Loop() {
		Windows(w.def, w.s)
	}
}

func BenchmarkReplay(b *testing.B) {
	w := tell(b, threeSession).consented().goOn("")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		Replay(w.def, w.events)
		n += len(w.events)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkSessionVitals(b *testing.B) {
	w := tell(b, threeSession).randomised().dosed("V5").followedFor("V5", 7*time.Hour)
	cmd := w.save("V5", "vitals", "", map[string]string{"sbp": "170"})
	env := w.env("therapist")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Next(w.def, w.s, env, cmd); err != nil {
			b.Fatal(err)
		}
	}
}
