package app

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// identifyingForm is the example protocol with two items that identify.
func identifyingForm(t testing.TB) *protocol.Definition {
	t.Helper()
	files := map[string][]byte{}
	for _, pattern := range []string{"*.yaml", "forms/*.yaml"} {
		names, err := filepath.Glob(filepath.Join("../docs/example-protocol", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if files[strings.TrimPrefix(filepath.ToSlash(name), "../docs/example-protocol/")], err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	files["forms/check.yaml"] = append(files["forms/check.yaml"], []byte(`
  - {id: contact, text: {en: Whom to call, nb: Hvem vi skal ringe}, type: text, required: true, identifying: true}
  - {id: room, text: {en: Room number at home, nb: Romnummer hjemme}, type: integer, min: 1, max: 99, identifying: true}
`)...)
	def, findings := protocol.FromFiles(files)
	if def == nil {
		t.Fatal(findings)
	}
	return def
}

// screened is a participant at the visit that asks for the form.
func screened(t testing.TB) (*house, string, *bytes.Buffer) {
	t.Helper()
	h := &house{TB: t, path: filepath.Join(t.TempDir(), "ledger.db"), now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	h.open(nil)
	log := h.sealing()
	h.must(admin, study.OpenStudy{Mode: "practice", Title: "Demo", Definition: identifyingForm(t)})
	h.must(admin, study.OpenSite{Site: "S01", Name: "S01", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 1, Rooms: 1})
	c := referral("S01", 1)
	h.must(as("coordinator"), c)
	h.must(as("coordinator"), study.Prescreen{On: on(c.Participant), Passed: true})
	h.must(as("physician"), study.GiveConsent{On: on(c.Participant), Document: "main", Version: "1", Language: "nb", Answers: map[string]string{"stop": "yes"}})
	h.must(as("physician"), study.HoldVisit{On: on(c.Participant), Visit: "V1"})
	return h, c.Participant, log
}

var checkForm = study.FormKey{Visit: "V1", Form: "check"}

func TestIdentifyingAnswersAreSealed(t *testing.T) {
	h, id, log := screened(t)
	save := func(items study.Values, reason string) (Done, error) {
		t.Helper()
		version := 0
		if s, err := h.Participant(ctx, as("physician"), "demo", id); err != nil {
			t.Fatal(err)
		} else if f := s.Form("V1", "check", 0); f != nil {
			version = f.Version
		}
		return h.Do(ctx, as("physician"), "demo", study.SaveForm{On: on(id), Visit: "V1", Form: "check", Version: version, Reason: reason, Items: items}, "")
	}
	contact, room := instrument.StringValue("Ola Oppdiktet, +47 00000001"), instrument.NumberValue(417)
	if _, err := save(study.Values{"contact": contact, "room": room, "heart": instrument.BoolValue(false), "age": instrument.NumberValue(40)}, ""); err != nil {
		t.Fatal(err)
	}
	value := func(item string) instrument.Value {
		t.Helper()
		s, err := h.Participant(ctx, as("physician"), "demo", id)
		if err != nil {
			t.Fatal(err)
		}
		return s.Form("V1", "check", 0).Values[item]
	}
	s, _ := h.Participant(ctx, as("physician"), "demo", id)
	if v := value("contact"); v.Kind() != instrument.Sealed || v.Text() != "" || value("room").Kind() != instrument.Sealed || value("age").Kind() != instrument.Number {
		t.Fatalf("%+v", s.Form("V1", "check", 0).Values)
	}
	if f := s.Form("V1", "check", 0); !f.Complete() {
		t.Errorf("a sealed answer counts as missing: %v", f.Missing)
	}
	if s.OpenQueries() != 0 {
		t.Errorf("%+v", s.Queries) // 417 is out of range, and a query would tell it
	}
	if bytes.Contains(h.allBytes(), []byte("Oppdiktet")) || strings.Contains(log.String(), "Oppdiktet") {
		t.Error("the answer stands in the clear")
	}

	// Saving the same, or an empty field, writes nothing; another answer needs a reason.
	for name, items := range map[string]study.Values{"the same": {"contact": contact, "room": room}, "empty": {"contact": {}, "room": {}}} {
		if done, err := save(items, ""); err != nil || len(done.Events) != 0 {
			t.Errorf("%s: %d events, %v", name, len(done.Events), err)
		}
	}
	other := instrument.StringValue("Eva Oppdiktet")
	if _, err := save(study.Values{"contact": other}, ""); code(err) != "reason-owed" || strings.Contains(err.Error(), "Eva") {
		t.Errorf("%v", err)
	}
	if _, err := save(study.Values{"contact": other}, "moved"); err != nil {
		t.Fatal(err)
	}

	// Nobody but the app seals, and what is malformed is said before anything is kept.
	forged := value("contact")
	for _, x := range []struct {
		items study.Values
		code  string
	}{
		{study.Values{"contact": forged}, "sealed"}, {study.Values{"age": forged}, "sealed"}, {study.Values{"none": forged}, "sealed"},
		{study.Values{"room": instrument.StringValue("secret")}, "not-a-number"}, {study.Values{"contact": instrument.StringValue("a\x00")}, "bad-text"},
	} {
		if _, err := save(x.items, "x"); code(err) != x.code || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v: %v", x.items, err)
		}
	}

	// Opening is an event that the participant sees.
	got, err := h.OpenItem(ctx, as("therapist"), "demo", id, checkForm, "contact", "to call")
	if err != nil || !got.Equal(other) {
		t.Errorf("%q, %v", got.Text(), err)
	}
	if got, err := h.OpenItem(ctx, as("physician"), "demo", id, checkForm, "room", "to visit"); err != nil || !got.Equal(room) {
		t.Errorf("%q, %v", got.Text(), err)
	}
	looks, err := h.Looks(ctx, participant(id), "demo", id, 0)
	if i := slices.IndexFunc(looks, func(l Look) bool { return slices.Equal(l.Fields, []string{"item:V1/check/contact"}) }); err != nil || i < 0 || looks[i].Purpose != "to call" || looks[i].Account != "therapist-1" {
		t.Errorf("%+v, %v", looks, err)
	}
	for _, x := range []struct{ role, item, purpose, code string }{
		{"rater", "contact", "x", "role-may-not"}, {"monitor", "contact", "x", "role-may-not"}, {"physician", "contact", "", "purpose-owed"}, {"physician", "age", "x", "no-such-item"}, {"physician", "zz", "x", "no-such-item"},
	} {
		if _, err := h.OpenItem(ctx, as(x.role), "demo", id, checkForm, x.item, x.purpose); code(err) != x.code {
			t.Errorf("%+v: %v", x, err)
		}
	}
	if _, err := h.OpenItem(ctx, as("physician"), "demo", id, study.FormKey{Visit: "V9", Form: "check"}, "contact", "x"); code(err) != "no-such-item" {
		t.Error(err)
	}

	// A reason why there is none takes it away; erasing closes what is sealed.
	if _, err := save(study.Values{"contact": instrument.AbsentValue("refused")}, "wished"); err != nil || value("contact").Reason() != "refused" {
		t.Errorf("%v, %v", value("contact"), err)
	}
	if err := h.EraseIdentity(ctx, admin, "demo", id, "asked"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.OpenItem(ctx, as("physician"), "demo", id, checkForm, "room", "x"); code(err) != "identity-erased" {
		t.Error(err)
	}
	if _, err := save(study.Values{"room": instrument.NumberValue(3)}, "x"); code(err) != "identity-erased" {
		t.Error(err)
	}
	if _, err := save(study.Values{"age": instrument.NumberValue(41)}, "slip"); err != nil {
		t.Errorf("what identifies nobody can still be corrected: %v", err)
	}
	if r, err := h.Rebuild(ctx, "demo"); err != nil || !r.Same() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestIdentifyingAnswersNeedAVault(t *testing.T) {
	h, id, _ := screened(t)
	h.App, _ = New(ctx, Config{Store: h.store, Clock: h.clock, SealKey: key})
	save := study.SaveForm{On: on(id), Visit: "V1", Form: "check", Items: study.Values{"contact": instrument.StringValue("Ola")}}
	if _, err := h.Do(ctx, as("physician"), "demo", save, ""); code(err) != "no-vault" {
		t.Error(err)
	}
	save.Items = study.Values{"age": instrument.NumberValue(40)}
	if _, err := h.Do(ctx, as("physician"), "demo", save, ""); err != nil {
		t.Error(err)
	}
}

// Sent twice under one client id, a save is one save, although sealing answers
// another text each time.
func TestSealedSaveIsOnceByClientID(t *testing.T) {
	h, id, _ := screened(t)
	save := study.SaveForm{On: on(id), Visit: "V1", Form: "check", Items: study.Values{"contact": instrument.StringValue("Ola")}}
	first, err := h.Do(ctx, as("physician"), "demo", save, "c")
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Do(ctx, as("physician"), "demo", save, "c")
	if err != nil || len(again.Events) != len(first.Events) || again.Events[0].Hash != first.Events[0].Hash {
		t.Errorf("%+v, %v", again.Events, err)
	}
}

// A pipeline seals as well.
func TestPipelineSeals(t *testing.T) {
	h, id, _ := screened(t)
	p, err := h.Pipeline("demo")
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Do(ctx, as("physician"), study.SaveForm{On: on(id), Visit: "V1", Form: "check", Items: study.Values{"contact": instrument.StringValue("Ola")}})
	if err != nil || s.Form("V1", "check", 0).Values["contact"].Kind() != instrument.Sealed {
		t.Fatalf("%v", err)
	}
	if err := p.Flush(ctx); err != nil {
		t.Error(err)
	}
}
