package protocol

import (
	"bytes"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"varde/instrument"
)

func example(t testing.TB) *Definition {
	t.Helper()
	d, findings := Load(folder(t, exampleFolder), nil)
	for _, f := range findings {
		t.Errorf("%s", f)
	}
	if d == nil {
		t.Fatal("the example protocol does not load")
	}
	return d
}

func TestExampleProtocolLoads(t *testing.T) {
	d := example(t)
	if v, ok := d.Visit("V3"); !ok || v.Offset != 28*Day || d.VisitIndex("V3") != 3 || d.VisitIndex("V9") != -1 {
		t.Errorf("V3: %+v, index %d", v, d.VisitIndex("V3"))
	}
	if got := d.Criteria("screening"); len(got) != 4 {
		t.Errorf("%d criteria at the gate", len(got))
	}
	if got := d.MatchInteractions("Examplamine 5 mg", ""); len(got) != 1 || got[0].ID != "blocker" {
		t.Errorf("by name: %v", got)
	}
	if got := d.MatchInteractions("other", "z99ab01"); len(got) != 1 {
		t.Errorf("by code: %v", got)
	}
	if got := d.MatchInteractions("nonexamplamine", ""); got != nil {
		t.Errorf("part of a word matched: %v", got)
	}
	if p := d.Program("check.age >= 18"); p == nil || p.Uses()[0] != "check.age" {
		t.Error("the criterion's program is missing")
	}
	if d.ClockProgram("serious") == nil || d.ResponderProgram("half") == nil {
		t.Error("a clock or responder has no program")
	}
}

func TestUnconfirmedListsMarksUntilTheyAreClosed(t *testing.T) {
	files := folder(t, exampleFolder)
	refs := func(d *Definition) string {
		var out []string
		for _, f := range d.Unconfirmed() {
			if f.Severity != Confirm || f.Line < 2 || f.File == "" {
				t.Errorf("%+v", f)
			}
			out = append(out, f.Path)
		}
		return strings.Join(out, " ")
	}
	d, _ := Load(files, nil)
	if got := refs(d); got != "dosing.rules.pulse-high staffing.pair" {
		t.Errorf("open marks: %s", got)
	}
	files["protocol.yaml"].Data = append(files["protocol.yaml"].Data, []byte("\nconfirmed:\n  - {ref: staffing.pair, by: A. Nordmann, on: \"2026-05-17\"}\n")...)
	d, findings := Load(files, nil)
	if d == nil {
		t.Fatal(findings)
	}
	if got := refs(d); got != "dosing.rules.pulse-high" {
		t.Errorf("open marks after confirming: %s", got)
	}
}

func TestFromFilesMakesTheSameDefinition(t *testing.T) {
	files := folder(t, exampleFolder)
	// One of the forms comes from a library, as shipped instruments do.
	vitals := files["forms/vitals.yaml"]
	delete(files, "forms/vitals.yaml")
	lib, findings := LoadLibrary(fstestOne("vitals.yaml", vitals.Data))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	d, findings := Load(files, lib)
	if d == nil {
		t.Fatal(findings)
	}
	again, findings := FromFiles(d.Files)
	if again == nil {
		t.Fatal(findings)
	}
	if d.Digest != again.Digest || len(d.Digest) != 64 {
		t.Errorf("digest %s, again %s", d.Digest, again.Digest)
	}
	for name, data := range d.Files {
		if !bytes.Equal(data, again.Files[name]) {
			t.Errorf("%s differs", name)
		}
	}
	changed := map[string][]byte{}
	for name, data := range d.Files {
		changed[name] = data
	}
	changed["instruments/vitals.yaml"] = bytes.Replace(vitals.Data, []byte("max: 220"), []byte("max: 221"), 1)
	other, findings := FromFiles(changed)
	if other == nil {
		t.Fatal(findings)
	}
	if other.Digest == d.Digest {
		t.Error("an instrument changed and the digest did not")
	}
}

func TestFromFilesOfAnInstrumentMadeByAProgram(t *testing.T) {
	files := folder(t, exampleFolder)
	d := example(t)
	made, issues := instrument.Compile(d.Instruments["vitals"].Instrument)
	if made == nil {
		t.Fatal(issues)
	}
	delete(files, "forms/vitals.yaml")
	d, findings := Load(files, instrument.Library{"vitals": made})
	if d == nil {
		t.Fatal(findings)
	}
	again, findings := FromFiles(d.Files)
	if again == nil {
		t.Fatal(findings)
	}
	if a, b := again.Instruments["vitals"].Hash, made.Hash; a != b {
		t.Errorf("hash %s, made %s", a, b)
	}
}

func fstestOne(name string, data []byte) fstest.MapFS {
	return fstest.MapFS{name: &fstest.MapFile{Data: data}}
}

// TestARecordIsReadWithoutProof: a study opens under what is proven, and stays readable when
// a later version proves more.
func TestARecordIsReadWithoutProof(t *testing.T) {
	d, findings := Load(folder(t, exampleFolder), instrument.Library{})
	if d == nil {
		t.Fatal(findings)
	}
	again, _ := FromRecord(d.Files)
	if again == nil || again.Digest != d.Digest || len(again.programs) != len(d.programs) || len(again.Instruments) != len(d.Instruments) {
		t.Fatal("the record tells another definition than the folder")
	}
	files := maps.Clone(d.Files)
	files["schedule.yaml"] = folder(t, "testdata/errors/windows-contradict")["schedule.yaml"].Data
	if proven, _ := FromFiles(files); proven != nil {
		t.Fatal("a schedule that contradicts itself passes the proof")
	}
	if read, findings := FromRecord(files); read == nil {
		t.Errorf("a record whose schedule an earlier version accepted cannot be read: %v", findings)
	}
}
