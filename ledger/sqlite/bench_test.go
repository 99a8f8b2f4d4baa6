package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"varde/ledger"
)

// The disk's fsync rate drifts; read the other numbers beside it.
func BenchmarkFsync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "fsync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for b.Loop() {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, "fsyncs/s", b.N)
}

func perSecond(b *testing.B, unit string, n int) {
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), unit)
}

// benchBatch is a form saved: one event and the two rows that follow from it.
func benchBatch(writer, n, participants int, expected int64) ledger.Batch {
	person := fmt.Sprintf("P-%02d-%05d", writer, n%participants)
	at := time.Date(2026, 3, 1, 8, 0, 0, n*1000, time.UTC)
	return ledger.Batch{
		Study: "bench", Actor: "coordinator-7", Role: "coordinator", RecordedAt: at,
		ClientID: fmt.Sprintf("0195a1b2-%02d-%012d", writer, n),
		Parts: []ledger.Part{{Stream: person, Expected: expected, Events: []ledger.New{{
			Type: "form.saved", Schema: 1, EffectiveAt: at,
			Payload: []byte(`{"form":"pcl5","items":{"i01":3,"i02":2,"i03":4,"i04":1},"visit":"baseline"}`),
		}}}},
		Rows: []ledger.Row{
			{View: "participant", Key: person, Site: "site-1", Group: "enrolled", Sort: person, Due: at.AddDate(0, 0, 7),
				Doc: fmt.Appendf(nil, `{"forms":%d,"id":%q,"note":%q}`, n, person, strings.Repeat("x", 120))},
			{View: "form", Key: fmt.Sprintf("%s/pcl5/%d", person, n/participants), Site: "site-1", Parent: person, Group: "done",
				Sort: "pcl5", Doc: fmt.Appendf(nil, `{"form":"pcl5","items":{"i01":3,"i02":2},"n":%d}`, n)},
		},
	}
}

func openBench(b *testing.B) *Store {
	s, err := Open(context.Background(), filepath.Join(b.TempDir(), "bench.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := openBench(b)
			var id atomic.Int64
			b.SetParallelism((writers + 1) / 2) // times GOMAXPROCS, 2 on the machine of the bars
			b.ResetTimer()
			if writers == 1 {
				n := 0
				for b.Loop() {
					appendOne(b, s, 0, n)
					n++
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					w := int(id.Add(1))
					for n := 0; pb.Next(); n++ {
						appendOne(b, s, w, n)
					}
				})
			}
			perSecond(b, "batches/s", b.N)
		})
	}
}

func appendOne(b *testing.B, s *Store, writer, n int) {
	if _, err := s.Append(context.Background(), benchBatch(writer, n, 50, int64(n/50))); err != nil {
		b.Error(err)
	}
}

// submit writes n batches of one event, pipelined.
func submit(b *testing.B, s *Store, n, participants int) {
	const window = 8192
	pending := make([]ledger.Pending, 0, window)
	wait := func() {
		for _, p := range pending {
			if _, err := p.Wait(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		pending = pending[:0]
	}
	for i := range n {
		pending = append(pending, s.Submit(benchBatch(0, i, participants, int64(i/participants))))
		if len(pending) == window {
			wait()
		}
	}
	wait()
}

func BenchmarkSubmit(b *testing.B) {
	for _, participants := range []int{104, 10_000} {
		b.Run(fmt.Sprintf("participants=%d", participants), func(b *testing.B) {
			s := openBench(b)
			b.ReportAllocs()
			b.ResetTimer()
			submit(b, s, b.N, participants)
			perSecond(b, "events/s", b.N)
		})
	}
}

func BenchmarkEvents(b *testing.B) {
	s := openBench(b)
	const n = 100_000
	submit(b, s, n, 104)
	b.ReportAllocs()
	for b.Loop() {
		count := 0
		for _, err := range s.Events(context.Background(), ledger.Read{Study: "bench", After: -1}) {
			if err != nil {
				b.Fatal(err)
			}
			count++
		}
		if count != n {
			b.Fatal(count)
		}
	}
	perSecond(b, "events/s", b.N*n)
}

func BenchmarkStream(b *testing.B) {
	s := openBench(b)
	submit(b, s, 104*50, 104)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range s.Events(context.Background(), ledger.Read{Study: "bench", Stream: "P-00-00007"}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := openBench(b)
	const n = 100_000
	submit(b, s, n, 104)
	for b.Loop() {
		r, err := s.Verify(context.Background(), "bench")
		if err != nil || !r.OK() {
			b.Fatal(r.String(), err)
		}
	}
	perSecond(b, "events/s", b.N*n)
}

func BenchmarkRows(b *testing.B) {
	s := openBench(b)
	submit(b, s, 10_000, 10_000)
	for name, q := range map[string]ledger.Query{
		"all":    {Study: "bench", View: "participant"},
		"page":   {Study: "bench", View: "participant", Offset: 5000, Limit: 50},
		"search": {Study: "bench", View: "participant", Search: "p-00-0999", Limit: 50},
		"due":    {Study: "bench", View: "participant", ByDue: true, Limit: 50},
		"sites":  {Study: "bench", View: "participant", Sites: []string{"site-1"}, Groups: []string{"enrolled"}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Rows(context.Background(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("countby", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.CountBy(context.Background(), ledger.Query{Study: "bench", View: "participant"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkReplaceRows(b *testing.B) {
	s := openBench(b)
	const n = 20_000
	for b.Loop() {
		err := s.ReplaceRows(context.Background(), "bench", func(yield func(ledger.Row) bool) {
			for i := range n / 2 {
				for _, r := range benchBatch(0, i, 5000, 0).Rows {
					if !yield(r) {
						return
					}
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, "rows/s", b.N*n)
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "open.db")
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	submit(b, s, 10_000, 104)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(context.Background(), path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Size(context.Background(), "bench"); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
