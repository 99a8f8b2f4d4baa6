package ledgertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/ledger"
)

// testNarrow: what an audit asks for is what a walk over all events finds, in both
// orders, page by page, of a stream or of the whole study.
func testNarrow(t *testing.T, o Opened) {
	ctx := context.Background()
	var all []ledger.Event
	versions := map[string]int64{}
	for i := range 60 {
		stream := fmt.Sprintf("participant/S0%d-001", i%3+1)
		b := Batch("trial", stream, versions[stream], i)
		b.Actor = []string{"anne", "bo", "anne-2"}[i%7%3]
		b.Parts[0].Events[0].Type = []string{"form.saved", "form.corrected", "formula.made", "visit.held"}[i%4]
		events, err := o.Store.Append(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		versions[stream]++
		all = append(all, events...)
	}
	// Another study must never shine through.
	other := Batch("other", "participant/S01-001", 0, 3)
	other.Actor = "anne"
	if _, err := o.Store.Append(ctx, other); err != nil {
		t.Fatal(err)
	}
	moment := func(i int) time.Time { return all[i].RecordedAt }
	for _, r := range []ledger.Read{
		{}, {Actor: "anne"}, {Actor: "nobody"}, {TypePrefix: "form."}, {TypePrefix: "form_"}, {TypePrefix: "form"}, {TypePrefix: "%"},
		{From: moment(20)}, {To: moment(20)}, {From: moment(20), To: moment(21)}, {From: moment(20), To: moment(20)}, {Before: 1}, {Before: 25}, {Before: 1 << 41},
		{Actor: "anne", TypePrefix: "form.", From: moment(5), To: moment(50), Before: 40}, {After: 30, Actor: "bo"}, {After: 5, Before: 40},
	} {
		for _, stream := range []string{"", "participant/S02-001", "participant/none"} {
			for _, limit := range []int{0, 1, 7} {
				for _, reverse := range []bool{false, true} {
					q := r
					q.Study, q.Stream, q.Limit, q.Reverse = "trial", stream, limit, reverse
					if stream == "" && q.After == 0 {
						q.After = -1
					}
					want := filtered(all, q)
					var got []int64
					for e, err := range o.Store.Events(ctx, q) {
						if err != nil {
							t.Fatal(err)
						}
						if e.Hash != all[e.Seq].Hash || e.Study != "trial" {
							t.Fatalf("%+v: event %d is another", q, e.Seq)
						}
						got = append(got, e.Seq)
					}
					if !slices.Equal(got, want) {
						t.Errorf("%+v: %v, want %v", q, got, want)
					}
				}
			}
		}
	}
	for e := range o.Store.Events(ctx, ledger.Read{Study: "none", Reverse: true, After: -1}) {
		t.Errorf("a study that is not there answers %d", e.Seq)
	}
}

// filtered is the plain meaning of a read.
func filtered(all []ledger.Event, q ledger.Read) []int64 {
	var out []int64
	for _, e := range all {
		place := e.Seq
		if q.Stream != "" {
			place = e.Version
		}
		if (q.Stream == "" || e.Stream == q.Stream) && place > q.After && (q.Actor == "" || e.Actor == q.Actor) && strings.HasPrefix(e.Type, q.TypePrefix) &&
			(q.From.IsZero() || !e.RecordedAt.Before(q.From)) && (q.To.IsZero() || e.RecordedAt.Before(q.To)) && (q.Before <= 0 || e.Seq < q.Before) {
			out = append(out, e.Seq)
		}
	}
	if q.Reverse {
		slices.Reverse(out)
	}
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[:q.Limit]
	}
	return out
}
