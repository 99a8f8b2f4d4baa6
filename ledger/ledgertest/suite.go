// Package ledgertest is the conformance suite of ledger stores: what every
// ledger.Store must do, whatever it is made of.
package ledgertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"varde/ledger"
)

// Opened is an empty store that signs, and the verifier key of its signer.
type Opened struct {
	Store       ledger.Store
	VerifierKey string
}

// Run runs the suite. open returns an empty store each time, and closes it when
// the test ends.
func Run(t *testing.T, open func(t testing.TB) Opened) {
	for name, test := range map[string]func(*testing.T, Opened){
		"append and read":         testAppend,
		"conflict":                testConflict,
		"invalid":                 testInvalid,
		"duplicate":               testDuplicate,
		"atomic over streams":     testAtomic,
		"pending batches":         testPending,
		"batches as one":          testTogether,
		"time":                    testTime,
		"reading":                 testReading,
		"reading for an audit":    testNarrow,
		"writers race":            testRace,
		"a bad batch harms none":  testBadBatch,
		"rows":                    testRows,
		"rows of sites":           testSites,
		"rows coalesce":           testCoalesce,
		"replace rows and digest": testReplace,
		"checkpoints and proofs":  testProofs,
		"settings":                testSettings,
		"close":                   testClose,
		"cancel":                  testCancel,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Start is when the suite's first event is recorded.
var Start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// Batch is one event for one stream, recorded n seconds after Start.
func Batch(study, stream string, expected int64, n int) ledger.Batch {
	at := Start.Add(time.Duration(n) * time.Second)
	return ledger.Batch{
		Study: study, Actor: "u1", Role: "coordinator", RecordedAt: at,
		Parts: []ledger.Part{{Stream: stream, Expected: expected, Events: []ledger.New{{
			Type: "form.saved", Schema: 1, EffectiveAt: at.Add(-time.Hour),
			Payload: fmt.Appendf(nil, `{"n":%d}`, n),
		}}}},
	}
}

// Read collects events.
func Read(t testing.TB, s ledger.Store, r ledger.Read) []ledger.Event {
	t.Helper()
	var events []ledger.Event
	for e, err := range s.Events(context.Background(), r) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func mustAppend(t testing.TB, s ledger.Store, b ledger.Batch) []ledger.Event {
	t.Helper()
	events, err := s.Append(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func sameEvents(t testing.TB, what string, got, want []ledger.Event) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d events, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("%s: event %d\n got %+v\nwant %+v", what, i, got[i], want[i])
		}
	}
}

// Verify reads the study back and verifies it.
func Verify(t testing.TB, o Opened, study string) ledger.Report {
	t.Helper()
	ctx := context.Background()
	list, err := o.Store.Checkpoints(ctx, study)
	if err != nil {
		t.Fatal(err)
	}
	report, err := ledger.Verify(ctx, ledger.Log{
		Study: study, Events: o.Store.Events(ctx, ledger.Read{Study: study, After: -1}),
		Checkpoints: list, Keys: []string{o.VerifierKey},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() {
		t.Fatal(report.String())
	}
	return report
}

func testAppend(t *testing.T, o Opened) {
	ctx := context.Background()
	at := Start.Add(1234 * time.Nanosecond) // is cut to microseconds
	b := ledger.Batch{
		Study: "S", Actor: "Åse", Role: "rater", ClientID: "c-1", RecordedAt: at.In(time.FixedZone("X", 7200)),
		Parts: []ledger.Part{
			{Stream: "P-1", Events: []ledger.New{
				{Type: "a", Schema: 1, EffectiveAt: at, Payload: json.RawMessage(`{"x":[1,"ø"]}`), Reason: "first\nline"},
				{Type: "b", Schema: 2, EffectiveAt: at.AddDate(-30, 0, 0), Payload: json.RawMessage(`null`)},
			}},
			{Stream: "site/1", Events: []ledger.New{{Type: "c", Schema: 3, EffectiveAt: at, Payload: json.RawMessage(`"text"`)}}},
		},
	}
	got := mustAppend(t, o.Store, b)
	if len(got) != 3 {
		t.Fatalf("%d events", len(got))
	}
	recorded := Start.Add(time.Microsecond)
	want := []ledger.Event{
		{Seq: 0, Study: "S", Stream: "P-1", Version: 1, Type: "a", Schema: 1, EffectiveAt: recorded, Reason: "first\nline"},
		{Seq: 1, Study: "S", Stream: "P-1", Version: 2, Type: "b", Schema: 2, EffectiveAt: recorded.AddDate(-30, 0, 0), Prev: got[0].Hash},
		{Seq: 2, Study: "S", Stream: "site/1", Version: 1, Type: "c", Schema: 3, EffectiveAt: recorded},
	}
	payloads := []string{`{"x":[1,"ø"]}`, `null`, `"text"`}
	for i := range want {
		want[i].RecordedAt, want[i].Actor, want[i].Role, want[i].ClientID = recorded, "Åse", "rater", "c-1"
		want[i].Payload = json.RawMessage(payloads[i])
		want[i].Hash = want[i].LeafHash()
	}
	sameEvents(t, "answer", got, want)
	sameEvents(t, "log", Read(t, o.Store, ledger.Read{Study: "S", After: -1}), want)
	sameEvents(t, "stream", Read(t, o.Store, ledger.Read{Study: "S", Stream: "P-1"}), want[:2])
	if head, err := o.Store.Head(ctx, "S", "P-1"); head != 2 || err != nil {
		t.Errorf("head %d, %v", head, err)
	}
	if size, err := o.Store.Size(ctx, "S"); size != 3 || err != nil {
		t.Errorf("size %d, %v", size, err)
	}
	mustAppend(t, o.Store, Batch("R", "P-1", 0, 1)) // the same stream name in another study
	if studies, err := o.Store.Studies(ctx); !reflect.DeepEqual(studies, []string{"R", "S"}) || err != nil {
		t.Errorf("studies %v, %v", studies, err)
	}
	if got := Read(t, o.Store, ledger.Read{Study: "R", After: -1}); len(got) != 1 || got[0].Seq != 0 || got[0].Version != 1 {
		t.Errorf("study R: %+v", got)
	}
	Verify(t, o, "S")
	Verify(t, o, "R")
}

func testConflict(t *testing.T, o Opened) {
	ctx := context.Background()
	mustAppend(t, o.Store, Batch("S", "P", 0, 1))
	mustAppend(t, o.Store, Batch("S", "P", 1, 2))
	for _, expected := range []int64{0, 1, 3} {
		_, err := o.Store.Append(ctx, Batch("S", "P", expected, 3))
		var conflict *ledger.ConflictError
		if !errors.As(err, &conflict) || *conflict != (ledger.ConflictError{Stream: "P", Expected: expected, Actual: 2}) {
			t.Errorf("expected %d: %v", expected, err)
		}
	}
	if _, err := o.Store.Append(ctx, Batch("T", "P", 1, 3)); err == nil {
		t.Error("a stream of a study that is not there is at version 1")
	}
	if studies, _ := o.Store.Studies(ctx); len(studies) != 1 {
		t.Errorf("a refused batch made a study: %v", studies)
	}
	if size, _ := o.Store.Size(ctx, "S"); size != 2 {
		t.Errorf("size %d", size)
	}
}

func testInvalid(t *testing.T, o Opened) {
	for name, change := range map[string]func(*ledger.Batch){
		"no study":   func(b *ledger.Batch) { b.Study = "" },
		"no content": func(b *ledger.Batch) { b.Parts = nil },
		"no events":  func(b *ledger.Batch) { b.Parts[0].Events = nil },
		"no time":    func(b *ledger.Batch) { b.RecordedAt = time.Time{} },
		"payload":    func(b *ledger.Batch) { b.Parts[0].Events[0].Payload = json.RawMessage(`{"b":1,"a":2}`) },
		"type":       func(b *ledger.Batch) { b.Parts[0].Events[0].Type = "" },
		"row":        func(b *ledger.Batch) { b.Rows = []ledger.Row{{View: "v"}} },
	} {
		b := Batch("S", "P", 0, 1)
		change(&b)
		if _, err := o.Store.Append(context.Background(), b); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if size, err := o.Store.Size(context.Background(), "S"); size != 0 || err != nil {
		t.Errorf("size %d, %v", size, err)
	}
}

func testDuplicate(t *testing.T, o Opened) {
	ctx := context.Background()
	b := Batch("S", "P", 0, 1)
	b.ClientID = "once"
	b.Parts = append(b.Parts, Batch("S", "Q", 0, 1).Parts...)
	first := mustAppend(t, o.Store, b)
	again := func(what string, b ledger.Batch) {
		t.Helper()
		_, err := o.Store.Append(ctx, b)
		var duplicate *ledger.DuplicateError
		if !errors.As(err, &duplicate) || duplicate.ClientID != "once" {
			t.Fatalf("%s: %v", what, err)
		}
		sameEvents(t, what, duplicate.Events, first)
	}
	again("the same batch", b)
	other := Batch("S", "P", 1, 9)
	other.ClientID = "once"
	other.Rows = []ledger.Row{{View: "v", Key: "k"}}
	again("another batch that would fit", other)
	byClient, err := o.Store.ByClient(ctx, "S", "once")
	if err != nil {
		t.Fatal(err)
	}
	sameEvents(t, "by client", byClient, first)
	for _, c := range [][2]string{{"S", "never"}, {"T", "once"}, {"S", ""}} {
		if got, err := o.Store.ByClient(ctx, c[0], c[1]); len(got) != 0 || err != nil {
			t.Errorf("by client %v: %v, %v", c, got, err)
		}
	}
	if n, _ := o.Store.Count(ctx, ledger.Query{Study: "S", View: "v"}); n != 0 {
		t.Error("a duplicate wrote a row")
	}
	if size, _ := o.Store.Size(ctx, "S"); size != 2 {
		t.Errorf("size %d", size)
	}
	// Client ids are unique in a study, not over studies; and a refused batch does not use one up.
	b.Study = "T"
	mustAppend(t, o.Store, b)
	late := Batch("S", "P", 7, 3)
	late.ClientID = "twice"
	if _, err := o.Store.Append(ctx, late); err == nil {
		t.Fatal("a conflict is written")
	}
	late.Parts[0].Expected = 1
	mustAppend(t, o.Store, late)

	// Both in one queue.
	p := Batch("S", "P", 2, 4)
	p.ClientID = "pending"
	one, two := o.Store.Submit(p), o.Store.Submit(p)
	events, err := one.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var duplicate *ledger.DuplicateError
	if _, err := two.Wait(ctx); !errors.As(err, &duplicate) {
		t.Fatalf("a pending duplicate: %v", err)
	}
	sameEvents(t, "pending", duplicate.Events, events)

	rows := ledger.Batch{Study: "S", ClientID: "rows", RecordedAt: Start, Rows: []ledger.Row{{View: "v", Key: "k"}}}
	mustAppend(t, o.Store, rows)
	if _, err := o.Store.Append(ctx, rows); !errors.As(err, &duplicate) || len(duplicate.Events) != 0 {
		t.Errorf("a batch of rows: %v", err)
	}
	Verify(t, o, "S")
}

func testAtomic(t *testing.T, o Opened) {
	ctx := context.Background()
	mustAppend(t, o.Store, Batch("S", "slots", 0, 1))
	b := Batch("S", "P-1", 0, 2)
	b.Parts = append(b.Parts, Batch("S", "slots", 0, 2).Parts...) // stale
	b.Rows = []ledger.Row{{View: "v", Key: "P-1", Doc: json.RawMessage(`{}`)}}
	var conflict *ledger.ConflictError
	if _, err := o.Store.Append(ctx, b); !errors.As(err, &conflict) || conflict.Stream != "slots" {
		t.Fatalf("got %v", err)
	}
	head, _ := o.Store.Head(ctx, "S", "P-1")
	size, _ := o.Store.Size(ctx, "S")
	rows, _ := o.Store.Count(ctx, ledger.Query{Study: "S", View: "v"})
	if head != 0 || size != 1 || rows != 0 {
		t.Errorf("half of a batch is written: head %d, size %d, rows %d", head, size, rows)
	}
	b.Parts[1].Expected = 1
	events := mustAppend(t, o.Store, b)
	if len(events) != 2 || events[0].Stream != "P-1" || events[1].Stream != "slots" || events[1].Version != 2 {
		t.Errorf("%+v", events)
	}
}

func testPending(t *testing.T, o Opened) {
	ctx := context.Background()
	const n = 500
	pending := make([]ledger.Pending, n)
	for i := range n {
		pending[i] = o.Store.Submit(Batch("S", "P", int64(i), i))
	}
	for i, p := range pending {
		events, err := p.Wait(ctx)
		if err != nil || events[0].Version != int64(i+1) || events[0].Seq != int64(i) {
			t.Fatalf("batch %d: %+v, %v", i, events, err)
		}
	}
	// What builds on a batch that fails, fails with it.
	stale := o.Store.Submit(Batch("S", "P", n-1, n))
	onIt := o.Store.Submit(Batch("S", "P", n+1, n))
	good := o.Store.Submit(Batch("S", "P", n, n))
	var conflict *ledger.ConflictError
	if _, err := stale.Wait(ctx); !errors.As(err, &conflict) {
		t.Errorf("stale: %v", err)
	}
	if _, err := onIt.Wait(ctx); !errors.As(err, &conflict) {
		t.Errorf("on a stale one: %v", err)
	}
	if _, err := good.Wait(ctx); err != nil {
		t.Errorf("good: %v", err)
	}
	if _, err := good.Wait(ctx); err != nil {
		t.Errorf("waiting again: %v", err)
	}
	Verify(t, o, "S")
}

func testTime(t *testing.T, o Opened) {
	ctx := context.Background()
	mustAppend(t, o.Store, Batch("S", "P", 0, 10))
	if _, err := o.Store.Append(ctx, Batch("S", "P", 1, 9)); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("recorded before the last event of the stream: %v", err)
	}
	mustAppend(t, o.Store, Batch("S", "P", 1, 10))
	mustAppend(t, o.Store, Batch("S", "Q", 0, 5)) // another stream, another clock
	Verify(t, o, "S")
}

func testReading(t *testing.T, o Opened) {
	const n = 40
	for i := range n {
		mustAppend(t, o.Store, Batch("S", fmt.Sprintf("P-%d", i%3), int64(i/3), i))
	}
	all := Read(t, o.Store, ledger.Read{Study: "S", After: -1})
	for i, e := range all {
		if e.Seq != int64(i) {
			t.Fatalf("event %d has seq %d", i, e.Seq)
		}
	}
	sameEvents(t, "after seq 30", Read(t, o.Store, ledger.Read{Study: "S", After: 30}), all[31:])
	sameEvents(t, "after seq 0, two", Read(t, o.Store, ledger.Read{Study: "S", Limit: 2}), all[1:3])
	if got := Read(t, o.Store, ledger.Read{Study: "S", After: n}); got != nil {
		t.Errorf("after the end: %v", got)
	}
	stream := Read(t, o.Store, ledger.Read{Study: "S", Stream: "P-1"})
	for i, e := range stream {
		if e.Version != int64(i+1) || e.Stream != "P-1" {
			t.Fatalf("event %d of the stream: %+v", i, e)
		}
	}
	sameEvents(t, "stream after 4, three", Read(t, o.Store, ledger.Read{Study: "S", Stream: "P-1", After: 4, Limit: 3}), stream[4:7])
	for _, r := range []ledger.Read{{Study: "T", After: -1}, {Study: "S", Stream: "none"}, {Study: "T", Stream: "P-1"}} {
		if got := Read(t, o.Store, r); got != nil {
			t.Errorf("%+v: %v", r, got)
		}
	}
	for prefix, want := range map[string][]string{"": {"P-0", "P-1", "P-2"}, "P-1": {"P-1"}, "P-": {"P-0", "P-1", "P-2"}, "p": {}, "Q": {}, "%": {}} {
		if got, err := o.Store.Streams(context.Background(), "S", prefix); err != nil || !slices.Equal(got, want) {
			t.Errorf("streams with %q: %v, %v", prefix, got, err)
		}
	}
	if got, err := o.Store.Streams(context.Background(), "T", ""); err != nil || len(got) != 0 {
		t.Errorf("streams of no study: %v, %v", got, err)
	}
	// A reader may read again inside its loop, stop early, and write.
	for e, err := range o.Store.Events(context.Background(), ledger.Read{Study: "S", After: -1}) {
		if err != nil {
			t.Fatal(err)
		}
		if got := Read(t, o.Store, ledger.Read{Study: "S", Stream: e.Stream}); len(got) == 0 {
			t.Fatal("nothing inside the loop")
		}
		if e.Seq == 5 {
			mustAppend(t, o.Store, Batch("S", "P-9", 0, 99))
			break
		}
	}
}

func testBadBatch(t *testing.T, o Opened) {
	ctx := context.Background()
	const n = 60
	pending := make([]ledger.Pending, n)
	for i := range n {
		b := Batch("S", fmt.Sprintf("P-%02d", i), 0, i)
		switch i % 3 {
		case 1:
			b.Parts[0].Expected = 4
		case 2:
			b.Parts[0].Events[0].Payload = json.RawMessage(`{`)
		}
		pending[i] = o.Store.Submit(b)
	}
	for i, p := range pending {
		_, err := p.Wait(ctx)
		if (err == nil) != (i%3 == 0) {
			t.Errorf("batch %d: %v", i, err)
		}
	}
	if got := Verify(t, o, "S"); got.Events != n/3 {
		t.Errorf("%d events", got.Events)
	}
}

func testSettings(t *testing.T, o Opened) {
	ctx := context.Background()
	set := func(name, value string) {
		t.Helper()
		if err := o.Store.SetSetting(ctx, name, value); err != nil {
			t.Fatal(err)
		}
	}
	set("token/b", "1")
	set("token/a", "2")
	set("token%", "3")
	set("Token/c", "4")
	set("token/b", "5")
	if v, err := o.Store.Setting(ctx, "token/b"); v != "5" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if v, err := o.Store.Setting(ctx, "none"); v != "" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if got, err := o.Store.Settings(ctx, "token/"); !reflect.DeepEqual(got, map[string]string{"token/a": "2", "token/b": "5"}) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	set("token/a", "")
	if got, _ := o.Store.Settings(ctx, ""); len(got) != 3 {
		t.Errorf("%v", got)
	}
	if err := o.Store.SetSetting(ctx, "", "x"); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	testSwaps(t, o)
}

func testSwaps(t *testing.T, o Opened) {
	ctx := context.Background()
	for _, x := range []struct {
		was, is string
		want    bool
	}{{"no", "1", false}, {"", "1", true}, {"", "2", false}, {"1", "2", true}, {"1", "3", false}, {"2", "", true}, {"", "4", true}} {
		if got, err := o.Store.SwapSetting(ctx, "swap", x.was, x.is); got != x.want || err != nil {
			t.Errorf("swap %q for %q: %v, %v", x.was, x.is, got, err)
		}
	}
	if v, err := o.Store.Setting(ctx, "swap"); v != "4" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if _, err := o.Store.SwapSetting(ctx, "", "", "x"); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("no name: %v", err)
	}
	won := make(chan bool, 50)
	for i := range cap(won) {
		go func() {
			ok, err := o.Store.SwapSetting(ctx, "race", "", string(rune('a'+i)))
			if err != nil {
				t.Error(err)
			}
			won <- ok
		}()
	}
	n := 0
	for range cap(won) {
		if <-won {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d won", n)
	}
	if err := o.Store.Scrub(ctx); err != nil {
		t.Error(err)
	}
}

func testClose(t *testing.T, o Opened) {
	ctx := context.Background()
	pending := make([]ledger.Pending, 50)
	for i := range pending {
		pending[i] = o.Store.Submit(Batch("S", "P", int64(i), i))
	}
	if err := o.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for i, p := range pending {
		if _, err := p.Wait(ctx); err != nil {
			t.Fatalf("batch %d was queued before Close: %v", i, err)
		}
	}
	if _, err := o.Store.Append(ctx, Batch("S", "P", 50, 50)); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("append: %v", err)
	}
	if err := o.Store.SetSetting(ctx, "a", "b"); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("setting: %v", err)
	}
	if _, err := o.Store.Size(ctx, "S"); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("size: %v", err)
	}
	if err := o.Store.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func testCancel(t *testing.T, o Opened) {
	mustAppend(t, o.Store, Batch("S", "P", 0, 1))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range o.Store.Events(ctx, ledger.Read{Study: "S", After: -1}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("events: %v", err)
		}
	}
	if _, err := o.Store.Rows(ctx, ledger.Query{Study: "S", View: "v"}); !errors.Is(err, context.Canceled) {
		t.Errorf("rows: %v", err)
	}
}
