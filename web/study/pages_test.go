package study_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"varde/instrument"
	model "varde/study"
	"varde/web/session/trialtest"
	"varde/web/study"
)

const person = "/s/trial/p/S01-001/audit"

// trial is a study whose participant has come to the day of the first session, with
// a correction that a spreadsheet would run as a formula.
func trial(t *testing.T) *trialtest.Trial {
	t.Helper()
	x := trialtest.New(t, study.Module())
	x.ToSession()
	x.Pass(time.Hour)
	x.Do("phil", model.SaveForm{On: model.On{Participant: trialtest.Person, At: x.Now().Add(-30 * time.Minute)}, Visit: "V0", Form: "medical", Version: 1,
		Items: model.Values{"weight": instrument.NumberValue(72.5)}, Reason: "=HYPERLINK(1)"})
	return x
}

// unsaid finds a message without words, and an address or format that went wrong.
var unsaid = regexp.MustCompile(`>(study|audit|protocol)\.(title|type|asof|box|flow|confirm|mark|step|severity|licence)[a-z.]*<|ZgotmplZ|%!`)

func TestPagesInBothLanguages(t *testing.T) {
	x := trial(t)
	for _, path := range []string{"/s/trial/", "/s/trial/dashboard", "/s/trial/audit", "/s/trial/audit/study", "/s/trial/audit/site/S01", person, person + "?v=20", person + "?v=20&record=V0/medical/0", "/s/trial/protocol"} {
		for _, lang := range []string{"en", "nb"} {
			a := x.Get("cora", lang, path)
			if a.Status != http.StatusOK {
				t.Errorf("%s %s: status %d", lang, path, a.Status)
				continue
			}
			if s := trialtest.Inline(a.Body); s != "" {
				t.Errorf("%s %s holds %q, which the policy blocks", lang, path, s)
			}
			if !strings.Contains(a.Body, `<html lang="`+lang+`"`) {
				t.Errorf("%s %s is in another language", lang, path)
			}
			if s := unsaid.FindString(a.Body); s != "" {
				t.Errorf("%s %s shows %q", lang, path, s)
			}
		}
	}
}

func TestWhoMaySeeWhat(t *testing.T) {
	x := trial(t)
	for _, c := range []struct {
		who, path string
		want      int
	}{
		{"", "/s/trial/", http.StatusSeeOther}, {"", person, http.StatusSeeOther},
		{"tom", "/s/trial/", http.StatusOK}, {"tom", person, http.StatusForbidden}, {"tom", "/s/trial/audit", http.StatusForbidden},
		{"rita", person, http.StatusForbidden}, {"rita", "/s/trial/", http.StatusForbidden},
		{"monitor", person, http.StatusOK}, {"auditor", "/s/trial/audit/study", http.StatusOK}, {"sponsor", "/s/trial/audit", http.StatusOK}, {"sponsor", person, http.StatusOK},
		{"statistician", "/s/trial/", http.StatusOK}, {"statistician", person, http.StatusForbidden}, {"nora", "/s/trial/protocol", http.StatusOK},
		{"cora", "/s/trial/p/S01-999/audit", http.StatusNotFound}, {"cora", "/s/trial/audit/site/S99", http.StatusNotFound}, {"cora", "/s/trial/audit/nothing", http.StatusNotFound},
		{"cora", "/s/other/audit", http.StatusNotFound}, {"cora", person + "?page=999", http.StatusNotFound}, {"cora", person + "?record=V0/nothing/0", http.StatusNotFound},
		{"cora", person + "?at=yesterday", http.StatusBadRequest}, {"cora", person + "?v=x", http.StatusBadRequest}, {"cora", person + "?v=0", http.StatusBadRequest}, {"cora", person + "?from=1.2.2026", http.StatusBadRequest},
	} {
		if a := x.Get(c.who, "en", c.path); a.Status != c.want {
			t.Errorf("%q %s: status %d, want %d", c.who, c.path, a.Status, c.want)
		}
	}
}

func TestTrailTellsWhoWhenAndWhy(t *testing.T) {
	x := trial(t)
	a := x.Get("cora", "en", person)
	for _, want := range []string{"Phil Physician, physician", "corrected", "=HYPERLINK(1)", "72.5", "Happened", "Events in the ledger"} {
		if !a.Has(want) {
			t.Errorf("the trail does not show %q", want)
		}
	}
	if !a.Has("70 kg") {
		t.Error("the correction does not show what was there before")
	}
	only := x.Get("cora", "en", person+"?type=consent.")
	if !only.Has("Consent given") || only.Has("HYPERLINK") {
		t.Error("the filter by kind lets others through")
	}
	if none := x.Get("cora", "en", person+"?actor=rita&type=consent."); !none.Has("No events") {
		t.Error("the filter by actor does nothing")
	}
	rating := x.Get("cora", "en", person+"?actor=rita&type=form.")
	if !rating.Has("Not shown, to protect the blinding") {
		t.Error("the ratings are not hidden from the coordinator")
	}
	if auditor := x.Get("auditor", "en", person+"?actor=rita&type=form."); auditor.Has("Not shown, to protect the blinding") {
		t.Error("the auditor, who is not blinded to ratings, does not see them")
	}
}

func TestTrailIsPaged(t *testing.T) {
	x := trial(t)
	for i := range 20 {
		x.Pass(time.Minute)
		x.Do("phil", model.SaveForm{On: model.On{Participant: trialtest.Person}, Visit: "V0", Form: "medical", Version: 2 + i,
			Items: model.Values{"weight": instrument.NumberValue(60 + float64(i))}, Reason: "weighed again"})
	}
	s := x.State(trialtest.Person)
	first, second := x.Get("auditor", "en", person), x.Get("auditor", "en", person+"?page=2")
	if n := strings.Count(first.Body, `<li id="e`); n != 50 {
		t.Errorf("%d events on the first page, want 50", n)
	}
	if want := int(s.Version) - 50; strings.Count(second.Body, `<li id="e`) != want {
		t.Errorf("second page: %d events, want %d", strings.Count(second.Body, `<li id="e`), want)
	}
	if !strings.Contains(first.Body, fmt.Sprintf(`<li id="e%d"`, s.Version)) {
		t.Error("the newest event is not on the first page")
	}
}

func TestAsOfShowsTheRecordAsItStood(t *testing.T) {
	x := trial(t)
	before := x.Now().Add(-2 * time.Minute).In(time.FixedZone("", 3600)).Format("2006-01-02T15:04")
	a := x.Get("cora", "en", person+"?at="+before+"&record=V0/medical/0")
	if !a.Has("The record as it stood") || !a.Has("differs") || !a.Has("70 kg") || !a.Has("72.5 kg") {
		t.Error("the correction does not show as then and now")
	}
	early := x.Get("cora", "en", person+"?at=2026-01-05T12:00")
	// The referral at noon that day is all there is; what came later stands under now only.
	if n := strings.Count(early.Body, `<li id="e`); n != 1 || !early.Has("Referred (self)") {
		t.Error("the early record shows what came later")
	}
	if none := x.Get("cora", "en", person+"?at=2020-01-01T00:00"); none.Status != http.StatusOK || !none.Has("There was no record of this participant then") {
		t.Error("before the referral there is a record")
	}
}

func TestCSVRunsNoFormula(t *testing.T) {
	x := trial(t)
	a := x.Get("cora", "en", person+"?format=csv")
	if a.Status != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") {
		t.Fatalf("status %d, %s", a.Status, a.Header.Get("Content-Type"))
	}
	rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := int(x.State(trialtest.Person).Version) + 1; len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	found := false
	for _, row := range rows {
		for _, cell := range row {
			found = found || cell == "'=HYPERLINK(1)"
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	if !found {
		t.Error("the reason is not in the table")
	}
}

func TestDashboardCountsAndNeverByArm(t *testing.T) {
	x := trial(t)
	a := x.Get("cora", "en", "/s/trial/")
	for _, want := range []string{"of " + strconv.Itoa(x.Def.Analysis.SampleSize) + " planned", "Østfold", "values of the protocol are still to be confirmed", "missing", "Participant flow so far"} {
		if !a.Has(want) {
			t.Errorf("the dashboard does not show %q", want)
		}
	}
	for _, arm := range x.Def.Arms {
		if a.Has(arm.Title.EN) {
			t.Errorf("the dashboard names the arm %q", arm.Title.EN)
		}
	}
}

func TestProtocolPageIsWhole(t *testing.T) {
	x := trial(t)
	a := x.Get("nora", "nb", "/s/trial/protocol")
	for i := range x.Def.Visits {
		if !strings.Contains(a.Body, ">"+x.Def.Visits[i].ID+"</abbr>") {
			t.Errorf("no visit %s in the schedule", x.Def.Visits[i].ID)
		}
	}
	for _, c := range x.Def.Eligibility.Criteria {
		if !a.Has(c.Text.NB) {
			t.Errorf("no criterion %s", c.ID)
		}
	}
	if !a.Has("skal bekreftes") || !a.Has("ordlyd fra stedet") {
		t.Error("unconfirmed values or licence classes are not marked")
	}
}
