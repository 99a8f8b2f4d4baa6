package study_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	model "varde/study"
	"varde/web/session/trialtest"
)

// raised is a trial in which the participant has told something outside the site.
func raised(t *testing.T, kind string) (*trialtest.Trial, string) {
	t.Helper()
	x := trial(t)
	me := access.Actor{ID: "p-trial-s01-001", Role: "participant", Study: trialtest.Study, Participant: trialtest.Person}
	id, err := x.App.RaiseConcern(t.Context(), me, trialtest.Study, app.ConcernIn{Kind: kind, Text: "A hand\nthat stayed <too long>", Named: kind == "safety"}, "")
	if err != nil {
		t.Fatal(err)
	}
	return x, "/s/trial/concerns/" + id
}

// TestConcernsAreHeard: the sponsor and the safety board read, answer and close; the
// protocol's rule stands beside a crossed boundary; what is late is told first.
func TestConcernsAreHeard(t *testing.T) {
	x, path := raised(t, "boundary")
	for _, who := range []string{"sponsor", "safety-board"} {
		for _, lang := range []string{"en", "nb"} {
			for _, page := range []string{"/s/trial/concerns", path} {
				a := x.Get(who, lang, page)
				if a.Status != http.StatusOK || trialtest.Inline(a.Body) != "" || strings.Contains(a.Body, "concerns.") || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
					t.Errorf("%s %s %s: %d, %q", who, lang, page, a.Status, trialtest.Inline(a.Body))
				}
			}
		}
	}
	a := x.Get("sponsor", "en", path)
	if !a.Has("A hand\nthat stayed <too long>") || !a.Has("therapists are stood down at once") || !a.Has("Chose not to be named") || a.Has(trialtest.Person) {
		t.Error("the words, the rule or the wish not to be named do not show")
	}
	x.Pass(25 * time.Hour)
	if a := x.Get("sponsor", "en", "/s/trial/concerns"); !a.Has("1 report waits longer than 24 hours") || !a.Has("overdue") {
		t.Error("what is late is not told")
	}
	form, ok := x.Get("sponsor", "en", path).Form(path)
	if !ok {
		t.Fatal("no form")
	}
	form.Set("text", " ")
	form.Set("closed", "yes")
	if a := x.Post("sponsor", path, form); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest || !a.Has("There is nothing written yet") {
		t.Errorf("an empty answer: %d", a.Status)
	}
	form.Set("text", "Thank you. We look into it today.")
	for range 2 {
		if a := x.Post("sponsor", path, form); a.Status != http.StatusSeeOther {
			t.Fatalf("status %d", a.Status)
		}
	}
	a = x.Get("safety-board", "en", path)
	if strings.Count(a.Body, "We look into it today.") != 1 || !a.Has("closed") || a.Has("stood down") {
		t.Error("the answer is not there once, or it is not closed")
	}
}

// TestNobodyElseHearsConcerns: to everybody else the pages do not exist, and no other
// page of theirs tells that there is something to hear.
func TestNobodyElseHearsConcerns(t *testing.T) {
	x, path := raised(t, "safety")
	for _, who := range []string{"cora", "phil", "tom", "nora", "rita", "monitor", "data-manager", "auditor", "administrator", "statistician", "pharmacist"} {
		for _, p := range []string{"/s/trial/concerns", path} {
			if a := x.Get(who, "en", p); a.Status != http.StatusForbidden || a.Has("A hand") {
				t.Errorf("%s %s: %d", who, p, a.Status)
			}
		}
		if a := x.Post(who, path, url.Values{"text": {"x"}}); a.Status != http.StatusForbidden {
			t.Errorf("%s answers: %d", who, a.Status)
		}
		for _, p := range []string{"/s/trial/audit", person} {
			if a := x.Get(who, "en", p); a.Has("concern.raised") || a.Has("eported outside the site") {
				t.Errorf("%s reads of it on %s", who, p)
			}
		}
	}
	if a := x.Get("sponsor", "en", path); !a.Has(trialtest.Person) || a.Has("stood down") {
		t.Error("who chose to be named is not, or another rule stands there")
	}
	if a := x.Get("sponsor", "en", "/s/trial/concerns/C-0000"); a.Status != http.StatusNotFound {
		t.Errorf("nothing: %d", a.Status)
	}
	if _, ok := model.RuleOfConcern(x.Def, "other"); ok {
		t.Error("a rule for anything")
	}
}
