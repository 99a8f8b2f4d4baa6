package app

import (
	"encoding/hex"
	"reflect"
	"testing"
	"time"

	"varde/access"
	"varde/study"
)

// A cut is what the record was at its checkpoint, whatever was written since, and
// asks the same questions of whoever reads it.
func TestACutStaysWhatItWas(t *testing.T) {
	h, id := inCare(t)
	reader := studyWide("statistician")
	read := func(src interface {
		Study(string) (*study.StudyState, error)
	}, of func(func(*study.State, error) bool)) map[string]int64 {
		t.Helper()
		out := map[string]int64{}
		for s, err := range of {
			if err != nil {
				t.Fatal(err)
			}
			out[s.ID] = s.Version
		}
		return out
	}
	point, err := h.Checkpoint(ctx, "demo")
	if err != nil {
		t.Fatal(err)
	}
	before := read(h, h.Subjects(ctx, reader, "demo"))
	h.pass(time.Hour)
	h.must(as("therapist"), study.SendMessage{On: on(id), ID: "m-1", Text: "How are you?"})
	if after := read(h, h.Subjects(ctx, reader, "demo")); reflect.DeepEqual(after, before) {
		t.Fatal("nothing was written")
	}
	cut, err := h.Cut(ctx, "demo", point.Size, hex.EncodeToString(point.Root[:]))
	if err != nil {
		t.Fatal(err)
	}
	if got := read(cut, cut.Subjects(ctx, reader, "demo")); !reflect.DeepEqual(got, before) {
		t.Errorf("the cut holds %v, the record was %v", got, before)
	}
	if p, err := cut.Checkpoint(ctx, "demo"); err != nil || p.Size != point.Size {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := cut.Study("other"); code(err) != "no-such-checkpoint" {
		t.Errorf("another study: %v", err)
	}
	for _, a := range []access.Actor{as("rater"), {ID: "nobody", Role: "statistician", Study: "other"}} {
		for _, err := range cut.Subjects(ctx, a, "demo") {
			if err == nil {
				t.Errorf("%s reads the cut", a.ID)
			}
			break
		}
	}
	if arms, err := cut.Arms(ctx, reader, "demo"); err != nil || arms != nil {
		t.Errorf("arms before unblinding: %v, %v", arms, err)
	}
	for _, bad := range []struct {
		size int64
		root string
	}{{point.Size + 1, hex.EncodeToString(point.Root[:])}, {point.Size, "00"}, {-1, ""}} {
		if _, err := h.Cut(ctx, "demo", bad.size, bad.root); code(err) != "no-such-checkpoint" {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
