package app

import (
	"strings"
	"testing"
	"time"

	"varde/instrument"
	"varde/study"
)

// A void signature names who changed the record by their printed name, and what they
// changed in words, without values; whom the journey is kept from reads no reason.
func TestVoidSignatureSaysWhoChangedWhat(t *testing.T) {
	w := signingHouse(t)
	dina, id, record := w.filled()
	w.sign(dina, id, record, study.MeansReview)
	if m := w.manifest(dina, id, record); len(m) != 1 || m[0].VoidName != "" || !m[0].Change.Empty() {
		t.Fatalf("%+v", m)
	}
	ref, err := study.ParseRecordRef(record)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	s, err := w.Participant(ctx, dina, "demo", id)
	if err != nil {
		t.Fatal(err)
	}
	f := s.Form(ref.Visit, ref.Form, ref.Repeat)
	items := study.Values{}
	for item, v := range f.Values {
		if n, ok := v.Float(); ok && len(items) == 0 {
			items[item] = instrument.NumberValue(1 - min(n, 1))
		}
	}
	if _, err := w.Do(ctx, dina, "demo", study.SaveForm{On: on(id), Visit: ref.Visit, Form: ref.Form, Version: f.Version, Items: items, Reason: "SECRET reason"}, ""); err != nil {
		t.Fatal(err)
	}
	m := w.manifest(dina, id, record)
	if len(m) != 1 || m[0].Holds() || m[0].VoidName != "Name of dina" || !strings.Contains(m[0].Change.EN, "corrected: “") || !strings.Contains(m[0].Change.NB, "rettet: «") || !strings.Contains(m[0].Change.EN, "SECRET reason") {
		t.Fatalf("%+v", m)
	}
	h, err := w.host("demo")
	if err != nil {
		t.Fatal(err)
	}
	rater := dina
	rater.ID, rater.Role = "rut", "rater"
	told := h.changeOf(rater, study.Event{Reason: "SECRET reason", Data: study.FormCorrected{Form: ref.Form, Visit: ref.Visit, Items: items, From: items}})
	if strings.Contains(told.EN+told.NB, "SECRET") || told.Empty() {
		t.Errorf("a rater reads %+v", told)
	}
	if told := h.changeOf(rater, study.Event{Data: study.VisitHeld{Visit: ref.Visit}}); !told.Empty() {
		t.Errorf("a rater reads %+v", told)
	}
}
