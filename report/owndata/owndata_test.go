package owndata_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"varde/app"
	"varde/report/owndata"
	"varde/study"
)

var update = flag.Bool("update", false, "write the golden files anew")

func at(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 30, 0, 0, time.UTC) }

func text(en, nb string) study.Text { return study.Text{EN: en, NB: nb} }

// kept is somebody of whom everything is kept.
func kept() app.OwnDocument {
	three := 3
	return app.OwnDocument{Format: app.OwnFormat, Made: at(20, 9), Study: app.OwnStudy{ID: "trial", Title: "A study <of> care", Protocol: "example", Version: "1.0"},
		Participant: "S01-001", Site: "S01", Language: "nb", Status: text("in treatment", "i behandling"),
		Milestones: []app.OwnMilestone{{At: at(1, 8), Title: text("consent", "samtykke")}},
		Hidden:     []app.OwnHidden{{What: text("which treatment", "hvilken behandling"), Why: text("it is opened later", "det åpnes senere")}},
		Identity:   []app.OwnField{{Field: app.FieldName, Value: "Kari Oppdiktet"}, {Field: app.FieldContacts, Value: "Ola\nKnut"}},
		Consents: []app.OwnConsent{{At: at(1, 7), What: "signed", Document: "main", Title: text("Consent", "Samtykke"), Version: "1.0", Language: "nb",
			Answers: []app.OwnAnswer{{Item: "q1", Question: text("May I stop?", "Kan jeg slutte?"), Answer: text("At any time", "Når som helst"), Value: json.RawMessage(`"yes"`)}}},
			{At: at(2, 7), What: "withdrawn", Document: "recording", Title: text("Recording", "Opptak")}},
		Texts: []app.OwnText{{Document: "main", Version: "1.0", Title: text("Consent", "Samtykke"),
			Sections: []app.OwnTextSection{{Title: text("Risks", "Risiko"), Short: text("Short", "Kort"), Long: text("Long one.\n\nLong two.", "Lang en.\n\nLang to.")}}}},
		Visits:   []app.OwnVisit{{Visit: "V1", Title: text("First visit", "Første besøk"), Planned: at(3, 8), Held: at(3, 9)}, {Visit: "V2", Title: text("Call", "Samtale"), Missed: "ill"}},
		Sessions: []app.OwnSession{{Visit: "V3", Title: text("Session", "Økt"), Started: at(4, 8), DoseAt: at(4, 9), Dose: 80, SecondAt: at(4, 11), Second: 40.5, Ended: at(4, 17)}},
		Forms: []app.OwnForm{{Form: "gad7", Title: text("Anxiety", "Angst"), Visit: "V1", SavedAt: at(3, 9), By: text("answered by you", "besvart av deg"),
			Answers: []app.OwnAnswer{{Item: "a", Question: text("Nervous?", "Nervøs?"), Answer: text("Several days", "Noen dager"), Value: json.RawMessage("1")},
				{Item: "b", Question: text("Worry?", "Bekymring?"), Missing: "refused"}, {Item: "c", Question: text("Rated", "Vurdert"), Hidden: true},
				{Item: "d", Question: text("Sleep", "Søvn"), Answer: text("7", "7"), Value: json.RawMessage("7"), Unit: "h"}},
			Scores: []app.OwnScore{{Score: "total", Title: text("Sum", "Sum"), Value: json.RawMessage("7.5")}, {Score: "yes", Title: text("Case", "Tilfelle"), Value: json.RawMessage("true")}}}},
		Diary:    []app.OwnDiary{{At: at(5, 20), Changed: at(5, 20), Mood: &three, Text: "A <b>heavy</b> day"}, {At: at(6, 20), Changed: at(6, 20), Text: "A lighter one", Shared: true}},
		Messages: []app.OwnMessage{{At: at(7, 9), Own: true, Text: "Hello"}, {At: at(7, 12), From: "Tom", Text: "Hello back"}},
		Concerns: []app.OwnConcern{{ID: "C-1", Kind: "boundary", Words: []app.OwnConcernWord{{At: at(8, 9), Own: true, Text: "It was too close"}, {At: at(8, 12), Text: "Thank you"}}}},
		Notices:  []app.OwnNotice{{At: at(9, 9), Channel: "email", Kind: "visit-soon"}, {At: at(9, 10), Channel: "sms", Kind: "visit-soon", Failed: true}},
		Looks:    []app.OwnLook{{At: at(10, 9), Who: "Cora", Role: text("coordinator", "koordinator"), What: text("who you are", "hvem du er"), Fields: []string{"phone"}, Purpose: "To call"}},
		History:  []app.OwnHistoryLine{{At: at(1, 7), Recorded: at(1, 7), Role: text("participant", "deltaker"), What: text("Signed", "Signert")}}}
}

func page(t *testing.T, doc app.OwnDocument, lang string) string {
	t.Helper()
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := owndata.Page(&b, bytes.NewReader(data), lang, zone); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPage pins the page in both languages, and that it is whole in itself.
func TestPage(t *testing.T) {
	for _, lang := range []string{"en", "nb"} {
		got := page(t, kept(), lang)
		if m := regexp.MustCompile(`(?i)(src|href)="[^#"][^"]*"|url\(|@import|<script|<b>heavy`).FindString(got); m != "" {
			t.Errorf("%s: it asks for %q, or runs what somebody wrote", lang, m)
		}
		path := filepath.Join("testdata", "page."+lang+".html")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: the page has changed; look at it, then run with -update", lang)
		}
	}
}

// TestNothingIsKept: a page of nothing says so, and breaks nowhere.
func TestNothingIsKept(t *testing.T) {
	got := page(t, app.OwnDocument{Format: app.OwnFormat, Erased: at(1, 1)}, "nb")
	if !strings.Contains(got, "Dette ble slettet for godt") || strings.Count(got, "Ingenting er lagret her.") < 4 {
		t.Error(got)
	}
}

// TestEveryWordIsThere: no key stands on the page for want of its words.
func TestEveryWordIsThere(t *testing.T) {
	source, err := os.ReadFile("page.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\.T "([^"]+)"`).FindAllSubmatch(source, -1) {
		got := page(t, kept(), "en")
		if strings.Contains(got, ">"+string(m[1])+"<") && strings.Contains(string(m[1]), ".") {
			t.Errorf("no words for %s", m[1])
		}
	}
	doc := kept()
	for _, what := range []string{"signed", "confirmed", "taken-back", "withdrawn"} {
		doc.Consents = append(doc.Consents, app.OwnConsent{What: what})
	}
	for _, why := range []string{"refused", "unknown", "not-done", "not-applicable", "ongoing", "erased"} {
		doc.Forms[0].Answers = append(doc.Forms[0].Answers, app.OwnAnswer{Missing: why})
	}
	for _, kind := range study.ConcernKinds {
		doc.Concerns = append(doc.Concerns, app.OwnConcern{Kind: kind})
	}
	for _, f := range app.IdentityFields {
		doc.Identity = append(doc.Identity, app.OwnField{Field: f, Value: "x"})
	}
	if m := regexp.MustCompile(`(consent|missing|concern|field|channel|notice)\.[a-zA-Z-]+`).FindString(strings.SplitN(page(t, doc, "nb"), "</style>", 2)[1]); m != "" {
		t.Errorf("no words for %s", m)
	}
}

// TestOtherData: what is not this form is refused, and told.
func TestOtherData(t *testing.T) {
	for _, data := range []string{"", "{", `{"format":"other/1"}`, `{"format":"varde-own-data/1","more":1}`} {
		if err := owndata.Page(&bytes.Buffer{}, strings.NewReader(data), "en", time.UTC); err == nil {
			t.Errorf("%q is taken", data)
		}
	}
}
