package ledgertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"
	"time"

	"varde/ledger"
)

func writeRows(t testing.TB, s ledger.Store, study string, rows ...ledger.Row) {
	t.Helper()
	mustAppend(t, s, ledger.Batch{Study: study, Rows: rows})
}

func keys(t testing.TB, s ledger.Store, q ledger.Query) []string {
	t.Helper()
	rows, err := s.Rows(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, r := range rows {
		got = append(got, r.Key)
	}
	return got
}

// people are twelve rows of two sites, three groups, every other one due.
func people() []ledger.Row {
	rows := make([]ledger.Row, 12)
	for i := range rows {
		rows[i] = ledger.Row{
			View: "person", Key: fmt.Sprintf("P-%02d", i), Site: []string{"A", "B", ""}[i%3],
			Parent: fmt.Sprintf("fam-%d", i/4), Group: []string{"new", "in", "out"}[i/4],
			Sort: fmt.Sprintf("Ågot %02d", 11-i), Doc: fmt.Appendf(nil, `{"i":%d}`, i),
		}
		if i%2 == 0 {
			rows[i].Due = Start.AddDate(0, 0, i/4).Add(time.Duration(i) * time.Microsecond)
		}
	}
	return rows
}

func testRows(t *testing.T, o Opened) {
	ctx := context.Background()
	rows := people()
	writeRows(t, o.Store, "S", rows...)
	writeRows(t, o.Store, "T", ledger.Row{View: "person", Key: "P-00", Sort: "other study"})
	writeRows(t, o.Store, "S", ledger.Row{View: "other", Key: "P-00", Sort: "other view"})
	q := ledger.Query{Study: "S", View: "person"}
	got, err := o.Store.Rows(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(rows)
	slices.Reverse(want) // Sort runs against the key
	if !reflect.DeepEqual(got, want) {
		t.Errorf("rows\n got %+v\nwant %+v", got, want)
	}
	for name, c := range map[string]struct {
		change func(*ledger.Query)
		want   []string
	}{
		"key":              {func(q *ledger.Query) { q.Key = "P-03" }, []string{"P-03"}},
		"no such key":      {func(q *ledger.Query) { q.Key = "p-03" }, []string{}},
		"parent":           {func(q *ledger.Query) { q.Parent = "fam-2" }, []string{"P-11", "P-10", "P-09", "P-08"}},
		"groups":           {func(q *ledger.Query) { q.Groups = []string{"out", "nobody"}; q.Limit = 2 }, []string{"P-11", "P-10"}},
		"page":             {func(q *ledger.Query) { q.Offset = 3; q.Limit = 2 }, []string{"P-08", "P-07"}},
		"offset alone":     {func(q *ledger.Query) { q.Offset = 10 }, []string{"P-01", "P-00"}},
		"search":           {func(q *ledger.Query) { q.Search = "åGOT 1" }, []string{"P-01", "P-00"}},
		"search wildcard":  {func(q *ledger.Query) { q.Search = "%" }, []string{}},
		"due before":       {func(q *ledger.Query) { q.DueBefore = Start.AddDate(0, 0, 1) }, []string{"P-02", "P-00"}},
		"before is strict": {func(q *ledger.Query) { q.DueBefore = rows[2].Due; q.ByDue = true }, []string{"P-00"}},
		"below a microsecond": {func(q *ledger.Query) { q.DueBefore = rows[2].Due.Add(1); q.ByDue = true },
			[]string{"P-00", "P-02"}},
		"by due": {func(q *ledger.Query) { q.ByDue = true; q.Groups = []string{"new", "in"} },
			[]string{"P-00", "P-02", "P-04", "P-06", "P-07", "P-05", "P-03", "P-01"}},
		"no such view": {func(q *ledger.Query) { q.View = "none" }, []string{}},
	} {
		q := q
		c.change(&q)
		if got := keys(t, o.Store, q); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		q.Offset, q.Limit = 0, 0
		if n, err := o.Store.Count(ctx, q); err != nil || n != len(keys(t, o.Store, q)) {
			t.Errorf("%s: count %d, %v", name, n, err)
		}
	}
	counts, err := o.Store.CountBy(ctx, ledger.Query{Study: "S", View: "person", Sites: []string{"A", "B"}})
	if want := map[string]int{"new": 3, "in": 3, "out": 2}; err != nil || !reflect.DeepEqual(counts, want) {
		t.Errorf("counts %v, %v; want %v", counts, err, want)
	}
	for _, bad := range []ledger.Query{{View: "v"}, {Study: "S"}, {Study: "S", View: "v", Limit: -1}, {Study: "S", View: "v", Offset: -1}} {
		if _, err := o.Store.Rows(ctx, bad); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// Sites isolate: a query for sites never gives a row of another one.
func testSites(t *testing.T, o Opened) {
	writeRows(t, o.Store, "S", people()...)
	for name, c := range map[string]struct {
		sites []string
		want  int
	}{
		"every site": {nil, 12}, "no site": {[]string{}, 0}, "one": {[]string{"A"}, 4},
		"two": {[]string{"A", "B"}, 8}, "study-wide": {[]string{""}, 4},
		"unknown": {[]string{"C"}, 0}, "quotes": {[]string{`A","B`, `' OR 1=1 --`}, 0},
	} {
		q := ledger.Query{Study: "S", View: "person", Sites: c.sites}
		if n := len(keys(t, o.Store, q)); n != c.want {
			t.Errorf("%s: %d rows, want %d", name, n, c.want)
		}
		if n, err := o.Store.Count(context.Background(), q); n != c.want || err != nil {
			t.Errorf("%s: count %d, %v, want %d", name, n, err, c.want)
		}
	}
}

// Of several writes of one row the last stands, also within a group.
func testCoalesce(t *testing.T, o Opened) {
	ctx := context.Background()
	var last ledger.Pending
	for i := range 200 {
		b := Batch("S", "P", int64(i), i)
		b.Rows = []ledger.Row{
			{View: "v", Key: "k", Group: fmt.Sprint(i % 3), Sort: fmt.Sprint(i % 7), Parent: fmt.Sprint(i % 5), Doc: fmt.Appendf(nil, `%d`, i)},
			{View: "v", Key: "gone", Delete: i%2 == 1, Doc: json.RawMessage(`0`)},
			{View: "v", Key: "same", Doc: json.RawMessage(`1`)},
			{View: "v", Key: "same", Doc: json.RawMessage(`2`), Due: Start.Add(time.Duration(i) * time.Hour)},
		}
		last = o.Store.Submit(b)
	}
	if _, err := last.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	rows, err := o.Store.Rows(ctx, ledger.Query{Study: "S", View: "v", ByDue: true})
	want := []ledger.Row{
		{View: "v", Key: "same", Doc: json.RawMessage(`2`), Due: Start.Add(199 * time.Hour)},
		{View: "v", Key: "k", Group: "1", Sort: "3", Parent: "4", Doc: json.RawMessage(`199`)},
	}
	if err != nil || !reflect.DeepEqual(rows, want) {
		t.Errorf("got %+v, %v\nwant %+v", rows, err, want)
	}
	// A row whose batch is refused is not written.
	b := Batch("S", "P", 3, 300)
	b.Rows = []ledger.Row{{View: "v", Key: "refused"}}
	if _, err := o.Store.Append(ctx, b); err == nil {
		t.Fatal("a conflict is written")
	}
	if n, _ := o.Store.Count(ctx, ledger.Query{Study: "S", View: "v", Key: "refused"}); n != 0 {
		t.Error("the row of a refused batch is there")
	}
	writeRows(t, o.Store, "S", ledger.Row{View: "v", Key: "k", Delete: true}, ledger.Row{View: "v", Key: "never was", Delete: true})
	if n, _ := o.Store.Count(ctx, ledger.Query{Study: "S", View: "v"}); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func testReplace(t *testing.T, o Opened) {
	ctx := context.Background()
	digest := func(study string) ledger.Hash {
		t.Helper()
		h, err := o.Store.RowsDigest(ctx, study)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	replace := func(rows iter.Seq[ledger.Row]) {
		t.Helper()
		if err := o.Store.ReplaceRows(ctx, "S", rows); err != nil {
			t.Fatal(err)
		}
	}
	if digest("S") != ledger.NewRowsDigest().Sum() {
		t.Error("digest of no rows")
	}
	rows := append(people(), ledger.Row{View: "another", Key: "P-00", Doc: json.RawMessage(`[]`)})
	writeRows(t, o.Store, "S", rows...)
	writeRows(t, o.Store, "T", people()[0])
	first, other := digest("S"), digest("T")
	want := ledger.NewRowsDigest()
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b ledger.Row) int {
		if a.View != b.View {
			return map[bool]int{true: -1, false: 1}[a.View < b.View]
		}
		return map[bool]int{true: -1, false: 1}[a.Key < b.Key]
	})
	for i := range sorted {
		want.Add(&sorted[i])
	}
	if first != want.Sum() {
		t.Error("the digest is not that of the rows in order of identity")
	}
	writeRows(t, o.Store, "S", ledger.Row{View: "person", Key: "P-05", Group: "changed"}, ledger.Row{View: "more", Key: "x"})
	if digest("S") == first {
		t.Error("the digest does not see a change")
	}
	slices.Reverse(rows)
	replace(slices.Values(rows))
	if digest("S") != first {
		t.Error("the same rows in another order have another digest")
	}
	if digest("T") != other {
		t.Error("the rows of another study changed")
	}
	bad := func(yield func(ledger.Row) bool) { _ = yield(rows[0]) && yield(ledger.Row{View: "no key"}) }
	if err := o.Store.ReplaceRows(ctx, "S", bad); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("an invalid row: %v", err)
	}
	if err := o.Store.ReplaceRows(ctx, "S", func(func(ledger.Row) bool) { panic("in the iterator") }); err == nil {
		t.Error("a panic is no error")
	}
	if digest("S") != first {
		t.Error("rows that could not be replaced are gone")
	}
	// Rows may be made from the events while they are replaced; a later write goes on from there.
	mustAppend(t, o.Store, Batch("S", "P", 0, 1))
	replace(func(yield func(ledger.Row) bool) {
		for e, err := range o.Store.Events(ctx, ledger.Read{Study: "S", After: -1}) {
			if err != nil {
				t.Error(err)
			}
			if !yield(ledger.Row{View: "made", Key: e.Stream, Doc: e.Payload}) || !yield(ledger.Row{View: "made", Key: e.Stream, Doc: json.RawMessage(`"last wins"`)}) {
				return
			}
		}
	})
	got, err := o.Store.Rows(ctx, ledger.Query{Study: "S", View: "made"})
	if err != nil || len(got) != 1 || string(got[0].Doc) != `"last wins"` {
		t.Errorf("%+v, %v", got, err)
	}
	writeRows(t, o.Store, "S", ledger.Row{View: "made", Key: "P", Group: "again"})
	replace(func(func(ledger.Row) bool) {})
	if digest("S") != ledger.NewRowsDigest().Sum() {
		t.Error("rows are left")
	}
}
