package ledger

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func goodBatch() Batch {
	return Batch{
		Study: "S", Actor: "u1", Role: "rater", ClientID: "c1", RecordedAt: noon,
		Parts: []Part{{Stream: "P-1", Events: []New{{Type: "t", Schema: 1, EffectiveAt: noon, Payload: []byte(`{}`)}}}},
		Rows:  []Row{{View: "v", Key: "k", Doc: []byte(`{}`), Due: noon}, {View: "v", Key: "gone", Delete: true}},
	}
}

func TestBatchValidate(t *testing.T) {
	b := goodBatch()
	if err := b.Validate(); err != nil {
		t.Fatal(err)
	}
	rowsOnly := Batch{Study: "S", Rows: []Row{{View: "v", Key: "k"}}}
	if err := rowsOnly.Validate(); err != nil {
		t.Fatal(err)
	}
	far := time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, change := range map[string]func(*Batch){
		"study":             func(b *Batch) { b.Study = "" },
		"study line feed":   func(b *Batch) { b.Study = "a\nb" },
		"nothing":           func(b *Batch) { b.Parts, b.Rows = nil, nil },
		"no events":         func(b *Batch) { b.Parts[0].Events = nil },
		"stream":            func(b *Batch) { b.Parts[0].Stream = "" },
		"negative version":  func(b *Batch) { b.Parts[0].Expected = -1 },
		"stream twice":      func(b *Batch) { b.Parts = append(b.Parts, b.Parts[0]) },
		"recorded":          func(b *Batch) { b.RecordedAt = time.Time{} },
		"recorded far":      func(b *Batch) { b.RecordedAt = far },
		"effective":         func(b *Batch) { b.Parts[0].Events[0].EffectiveAt = time.Time{} },
		"type":              func(b *Batch) { b.Parts[0].Events[0].Type = "" },
		"schema":            func(b *Batch) { b.Parts[0].Events[0].Schema = 0 },
		"payload":           func(b *Batch) { b.Parts[0].Events[0].Payload = nil },
		"payload form":      func(b *Batch) { b.Parts[0].Events[0].Payload = []byte(`{ }`) },
		"payload no JSON":   func(b *Batch) { b.Parts[0].Events[0].Payload = []byte(`{`) },
		"reason":            func(b *Batch) { b.Parts[0].Events[0].Reason = "\xff" },
		"reason NUL":        func(b *Batch) { b.Parts[0].Events[0].Reason = "a\x00" },
		"reason long":       func(b *Batch) { b.Parts[0].Events[0].Reason = strings.Repeat("a", MaxTextBytes+1) },
		"actor":             func(b *Batch) { b.Actor = "\xff" },
		"role":              func(b *Batch) { b.Role = "\x7f" },
		"client":            func(b *Batch) { b.ClientID = strings.Repeat("a", MaxNameBytes+1) },
		"view":              func(b *Batch) { b.Rows[0].View = "" },
		"key":               func(b *Batch) { b.Rows[1].Key = "" },
		"site":              func(b *Batch) { b.Rows[0].Site = "\x00" },
		"sort":              func(b *Batch) { b.Rows[0].Sort = "\x00" },
		"due":               func(b *Batch) { b.Rows[0].Due = far },
		"document":          func(b *Batch) { b.Rows[0].Doc = []byte("{}\n") },
		"too many":          func(b *Batch) { b.Rows = make([]Row, MaxBatchItems+1) },
		"too many, all set": func(b *Batch) { b.Rows = repeatRow(b.Rows[0], MaxBatchItems+1) },
	} {
		b := goodBatch()
		change(&b)
		if err := b.Validate(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func repeatRow(r Row, n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = r
	}
	return rows
}

func TestCheck(t *testing.T) {
	p := &Part{Stream: "P", Expected: 3}
	head := Head{Version: 3, RecordedAt: noon.Truncate(time.Microsecond)}
	if err := Check(p, noon, head); err != nil {
		t.Errorf("the same microsecond is not before: %v", err)
	}
	if err := Check(p, noon.Add(-time.Microsecond), head); !errors.Is(err, ErrInvalid) {
		t.Errorf("time back: %v", err)
	}
	var conflict *ConflictError
	if err := Check(p, noon, Head{Version: 4}); !errors.As(err, &conflict) || *conflict != (ConflictError{"P", 3, 4}) {
		t.Errorf("conflict: %v", err)
	}
}

func TestRowsDigestTellsRowsApart(t *testing.T) {
	base := Row{View: "v", Key: "k", Site: "s", Parent: "p", Group: "g", Sort: "t", Due: noon, Doc: []byte("{}")}
	sum := func(rows ...Row) Hash {
		d := NewRowsDigest()
		for i := range rows {
			d.Add(&rows[i])
		}
		return d.Sum()
	}
	seen := map[Hash]string{sum(): "none", sum(base): "base", sum(base, base): "twice"}
	for name, change := range map[string]func(*Row){
		"view": func(r *Row) { r.View = "w" }, "key": func(r *Row) { r.Key = "l" },
		"shift": func(r *Row) { r.View, r.Key = "vk", "" }, "site": func(r *Row) { r.Site = "" },
		"parent": func(r *Row) { r.Parent = "" }, "group": func(r *Row) { r.Group = "h" },
		"sort": func(r *Row) { r.Sort = "T" }, "due": func(r *Row) { r.Due = noon.Add(time.Microsecond) },
		"no due": func(r *Row) { r.Due = time.Time{} }, "doc": func(r *Row) { r.Doc = []byte("[]") },
	} {
		r := base
		change(&r)
		h := sum(r)
		if other, ok := seen[h]; ok {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[h] = name
	}
}
