package app

import (
	"testing"
)

// BenchmarkSaveForm is one durable save of a form by one writer, with audit and views.
func BenchmarkSaveForm(b *testing.B) {
	h := build(b, nil)
	id := h.refer(1, true)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		c := gad7(id, i, i)
		if i > 0 {
			c.Version, c.Reason = h.saves(id), "again"
		}
		if _, err := h.Do(ctx, as("coordinator"), "demo", c, ""); err != nil {
			b.Fatal(err)
		}
	}
}

func (h *house) saves(id string) int {
	s, err := h.Participant(ctx, as("coordinator"), "demo", id)
	if err != nil {
		h.Fatal(err)
	}
	return s.Form("V0", "gad7", 0).Version
}

// BenchmarkSaveFormPipelined is the same without waiting for the disk after each.
func BenchmarkSaveFormPipelined(b *testing.B) {
	h := build(b, nil)
	const people = 100
	var ids []string
	for i := range people {
		ids = append(ids, h.refer(i+1, true))
	}
	p, err := h.Pipeline("demo")
	if err != nil {
		b.Fatal(err)
	}
	p.At(h.clock())
	versions := map[string]int{}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		id := ids[i%people]
		c := gad7(id, versions[id], i/people)
		c.Reason = "again"
		s, err := p.Do(ctx, as("coordinator"), c)
		if err != nil {
			b.Fatal(err)
		}
		versions[id] = s.Form("V0", "gad7", 0).Version
	}
	if err := p.Flush(ctx); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkRebuild(b *testing.B) {
	h := build(b, nil)
	events := int64(0)
	for i := range 100 {
		id := h.refer(i+1, true)
		for v := range 10 {
			c := gad7(id, v, v)
			c.Reason = "again"
			h.must(as("coordinator"), c)
		}
	}
	b.ResetTimer()
	for range b.N {
		r, err := h.Rebuild(ctx, "demo")
		if err != nil {
			b.Fatal(err)
		}
		events += r.Events
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
