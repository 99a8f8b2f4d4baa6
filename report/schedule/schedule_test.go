package schedule_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/bilingual"
	"varde/protocol"
	"varde/protocols"
	"varde/report/schedule"
)

var update = flag.Bool("update", false, "write the golden files anew")

var at = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func example(t *testing.T) *protocol.Definition {
	t.Helper()
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	def, findings := protocol.Load(os.DirFS("../../docs/example-protocol"), lib)
	if def == nil {
		t.Fatal(findings)
	}
	return def
}

func shipped(t *testing.T, id string) *protocol.Definition {
	t.Helper()
	def, err := protocols.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	return def
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at the change, then write it with -update:\n%s", file, got)
	}
}

func TestGolden(t *testing.T) {
	def := example(t)
	def.Digest = "the digest of the definition"
	for _, lang := range []string{"en", "nb"} {
		table := schedule.Of(def, lang)
		var page, text bytes.Buffer
		if err := table.WriteHTML(&page); err != nil {
			t.Fatal(err)
		}
		if err := table.WriteCSV(&text); err != nil {
			t.Fatal(err)
		}
		golden(t, "example."+lang+".html", page.Bytes())
		golden(t, "example."+lang+".csv", text.Bytes())
	}
}

// Everything that the protocol asks for at a visit stands in the table, and no more.
func TestTableIsTheProtocol(t *testing.T) {
	for _, id := range protocols.Names() {
		def := shipped(t, id)
		table := schedule.Of(def, "en")
		if len(table.Columns) != len(def.Visits) {
			t.Fatalf("%s: %d columns for %d visits", id, len(table.Columns), len(def.Visits))
		}
		wide := 0
		for _, e := range table.Epochs {
			wide += e.Columns
		}
		if wide != len(table.Columns) {
			t.Errorf("%s: the epochs span %d of %d columns", id, wide, len(table.Columns))
		}
		got := map[string]bool{}
		for _, g := range table.Groups {
			for _, r := range g.Rows {
				if len(r.Cells) != len(table.Columns) {
					t.Fatalf("%s: row %s has %d cells", id, r.ID, len(r.Cells))
				}
				for i, c := range r.Cells {
					if form, ok := strings.CutPrefix(r.ID, "form."); ok && c.Kind != schedule.None {
						got[table.Columns[i].Visit+" "+form] = true
					}
				}
			}
		}
		want := 0
		for _, v := range def.Visits {
			seen := map[string]bool{}
			for _, u := range v.Forms {
				if !got[v.ID+" "+u.Form] {
					t.Errorf("%s: %s at %s is not in the table", id, u.Form, v.ID)
				}
				if !seen[u.Form] {
					want++
				}
				seen[u.Form] = true
			}
		}
		if len(got) != want {
			t.Errorf("%s: %d forms at visits in the table, %d in the protocol", id, len(got), want)
		}
	}
}

// The published days of the three-session study come out: see the head of its schedule.yaml.
func TestNominalDays(t *testing.T) {
	table := schedule.Of(shipped(t, "mdma-ptsd-three-session"), "en")
	want := map[string]string{"PS": "referral +7\u00a0d", "V0": "−35", "V3": "0", "V5": "7", "V9": "28", "V10": "35", "V14": "56", "V15": "63", "V19": "126"}
	weeks := map[string]string{"V3": "", "V9": "4", "V14": "8", "V19": "18", "V0": "−5"}
	for _, c := range table.Columns {
		if w, ok := want[c.Visit]; ok && c.Day != w {
			t.Errorf("%s is on day %q, want %q", c.Visit, c.Day, w)
		}
		if w, ok := weeks[c.Visit]; ok && c.Week != w {
			t.Errorf("%s is in week %q, want %q", c.Visit, c.Week, w)
		}
		delete(want, c.Visit)
	}
	if len(want) > 0 {
		t.Errorf("no columns for %v", want)
	}
	on := map[string]int{}
	for i, c := range table.Columns {
		on[c.Visit] = i
	}
	if on["V7"] < on["C1_4"] || on["V9"] > on["V10"] {
		t.Errorf("the columns are not in the order of time: %v", on)
	}
}

// Every mark in the table has its note, and every note is used.
func TestNotesAreUsed(t *testing.T) {
	for _, id := range protocols.Names() {
		for _, lang := range []string{"en", "nb"} {
			table := schedule.Of(shipped(t, id), lang)
			used := map[string]bool{table.DayNote: true}
			for _, c := range table.Columns {
				for _, n := range c.Notes {
					used[n] = true
				}
			}
			for _, g := range table.Groups {
				for _, r := range g.Rows {
					for _, n := range r.Notes {
						used[n] = true
					}
					for _, c := range r.Cells {
						for _, n := range c.Notes {
							used[n] = true
						}
					}
				}
			}
			for _, n := range table.Notes {
				if !used[n.Mark] {
					t.Errorf("%s %s: note %s is not used: %s", id, lang, n.Mark, n.Text)
				}
				delete(used, n.Mark)
			}
			if len(used) > 0 {
				t.Errorf("%s %s: marks without a note: %v", id, lang, used)
			}
		}
	}
}

func TestConditionsInWords(t *testing.T) {
	for _, c := range []struct{ expr, en, nb string }{
		{"person.doses >= 2", "Only if the number of sessions with a dose is at least 2.", "Bare hvis tallet på økter med dose er minst 2."},
		{"check.heart", "Only if “Checklist: Heart disease” is yes.", "Bare hvis “Sjekkliste: Hjertesykdom” er ja."},
		{"!check.heart && V1.mood.total > 4", "Only if “Checklist: Heart disease” is no and “MOOD: Total” at V1 is above 4.", "Bare hvis “Sjekkliste: Hjertesykdom” er nei og “MOOD: Sum” ved V1 er over 4."},
		{"check.heart || (person.doses < 1 && check.age != 40)", "Only if “Checklist: Heart disease” is yes or (the number of sessions with a dose is below 1 and “Checklist: Age” is not 40).", "Bare hvis “Sjekkliste: Hjertesykdom” er ja eller (tallet på økter med dose er under 1 og “Sjekkliste: Alder” er ikke 40)."},
		{"check.age + 1 > 40", "Only if “check.age + 1 > 40”.", "Bare hvis “check.age + 1 > 40”."},
		{"nobody.knows", "Only if “nobody.knows”.", "Bare hvis “nobody.knows”."},
	} {
		def := example(t)
		def.Visits[3].Forms[0].When = c.expr
		for lang, want := range map[string]string{"en": c.en, "nb": c.nb} {
			table := schedule.Of(def, lang)
			if !slices.ContainsFunc(table.Notes, func(n schedule.Note) bool { return n.Text == want }) {
				t.Errorf("%s: no note %q in %v", c.expr, want, table.Notes)
			}
		}
	}
}

func TestMarksOfCells(t *testing.T) {
	def := example(t)
	def.Visits[0].Forms = []protocol.FormUse{{Form: "check", Optional: true}, {Form: "mood", When: "check.heart"}, {Form: "events"}, {Form: "mood"}}
	def.Visits[2].Forms = []protocol.FormUse{{Form: "mood", When: "check.heart", Repeats: true}}
	got := map[string]string{}
	for _, g := range schedule.Of(def, "en").Groups {
		for _, r := range g.Rows {
			got[r.ID] = r.Cells[0].Text + "," + r.Cells[2].Text
		}
	}
	for id, want := range map[string]string{"form.check": "(X),", "form.mood": "X,X?*", "form.events": "X*,", "log.events": "→,→"} {
		if got[id] != want {
			t.Errorf("%s is marked %q, want %q", id, got[id], want)
		}
	}
}

// A title that a spreadsheet would run is disarmed, and a cell's text comes back whole.
func TestCSVIsHarmless(t *testing.T) {
	def := example(t)
	for _, evil := range []string{"=1+1", "+A1", "-2", "@SUM(A1)", "\t=1", " =1", "\ufeff=1", "＝1", "\r=1"} {
		def.Epochs[0].Title = bilingual.Text{EN: evil, NB: evil}
		table := schedule.Of(def, "en")
		var b bytes.Buffer
		if err := table.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(&b)
		r.FieldsPerRecord = -1
		lines, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		// A lone carriage return is not written: a line ends with two characters.
		if got := lines[0][3]; got != "'"+strings.ReplaceAll(evil, "\r", "") {
			t.Errorf("%q is written as %q", evil, got)
		}
	}
}

// The page is well formed, and markup in a title stays text.
func TestHTMLEscapes(t *testing.T) {
	def := example(t)
	def.Visits[0].Title = bilingual.Text{EN: `<script>alert("x")</script>`, NB: "x"}
	table := schedule.Of(def, "en")
	var b bytes.Buffer
	if err := table.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script") {
		t.Error("a title became markup")
	}
	if !strings.Contains(b.String(), "&lt;script&gt;") {
		t.Error("the title is gone")
	}
	d := xml.NewDecoder(strings.NewReader(strings.Replace(b.String(), "<!doctype html>", "", 1)))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	heads := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "th" {
			heads++
			if !slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == "scope" }) {
				t.Error("a heading has no scope")
			}
		}
	}
	if heads < 20 {
		t.Errorf("only %d headings", heads)
	}
}

func TestPDF(t *testing.T) {
	table := schedule.Of(shipped(t, "mdma-ptsd-three-session"), "nb")
	var one, two bytes.Buffer
	if err := table.WritePDF(&one, at); err != nil {
		t.Fatal(err)
	}
	if err := table.WritePDF(&two, at); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the same table gives other bytes")
	}
	if !bytes.HasPrefix(one.Bytes(), []byte("%PDF-")) || bytes.Count(one.Bytes(), []byte("/Type /Page\n")) < 3 {
		t.Error("this is no PDF with several pages")
	}
	table.Notes = append(table.Notes, schedule.Note{Mark: "zz", Text: "漢"})
	if err := table.WritePDF(io.Discard, at); err == nil || !strings.Contains(err.Error(), "漢") {
		t.Errorf("a character that cannot be printed is answered with %v", err)
	}
}

func BenchmarkOf(b *testing.B) {
	def, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		table := schedule.Of(def, "nb")
		if err := table.WriteHTML(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
