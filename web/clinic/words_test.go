package clinic_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/study"
	"varde/web/clinic"
	"varde/web/session/trialtest"
)

const personPage = "/s/trial/p/" + trialtest.Person

func own() access.Actor {
	return access.Actor{ID: "p-trial-s01-001", Role: "participant", Study: trialtest.Study, Participant: trialtest.Person}
}

func tells(t *testing.T, x *trialtest.Trial, cmd study.Command) {
	t.Helper()
	if _, err := x.App.Do(context.Background(), own(), trialtest.Study, cmd, ""); err != nil {
		t.Fatal(err)
	}
}

// TestTeamReadsAndAnswers: a message is a task, is read and answered once; the shared
// diary shows what is shared and nothing else.
func TestTeamReadsAndAnswers(t *testing.T) {
	x := trialtest.New(t, clinic.Module())
	x.ToSession()
	on := study.On{Participant: trialtest.Person}
	tells(t, x, study.SendMessage{On: on, ID: "m-1", Text: "May I bring\nmy <blanket>?"})
	tells(t, x, study.WriteDiary{On: on, Entry: "e-1", Text: "for me alone"})
	tells(t, x, study.WriteDiary{On: on, Entry: "e-2", Text: "for you too", Shared: true})
	for _, lang := range []string{"en", "nb"} {
		for _, path := range []string{personPage, personPage + "/messages", personPage + "/diary"} {
			a := x.Get("tom", lang, path)
			if a.Status != http.StatusOK || trialtest.Inline(a.Body) != "" || strings.Contains(a.Body, "clinic.messages") || strings.Contains(a.Body, "clinic.diary") {
				t.Errorf("%s %s: %d", lang, path, a.Status)
			}
			if a.Has("for me alone") {
				t.Errorf("%s shows what is private", path)
			}
		}
	}
	a := x.Get("tom", "en", personPage+"/messages")
	if !a.Has("May I bring\nmy <blanket>?") || !a.Has("A message waits for an answer") || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Error("the message does not show, or until when it is answered")
	}
	if !x.Get("tom", "en", personPage).Has("Messages: 1 not read") || !x.Get("tom", "en", "/s/trial/today").Has("Message from the participant") {
		t.Error("nobody is told that a message waits")
	}
	if d := x.Get("nora", "en", personPage+"/diary"); !d.Has("for you too") {
		t.Error("what is shared does not show")
	}
	form, ok := a.Form(personPage + "/messages")
	if !ok {
		t.Fatal("no form to answer")
	}
	form.Set("text", "")
	if a := x.Post("tom", personPage+"/messages", form); a.Status == http.StatusSeeOther || !a.Has("There is nothing written yet") {
		t.Errorf("an empty message: %d", a.Status)
	}
	form.Set("text", "Of course you may.")
	for range 2 {
		if a := x.Post("tom", personPage+"/messages", form); a.Status != http.StatusSeeOther {
			t.Fatalf("%d", a.Status)
		}
	}
	list, err := x.App.Messages(t.Context(), own(), trialtest.Study, trialtest.Person)
	if err != nil || len(list) != 2 || list[1].From != "Tom Therapist" || list[0].Read.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
	x.Pass(time.Minute)
	tells(t, x, study.SendMessage{On: on, ID: "m-3", Text: "Thank you."})
	if a := x.Post("cora", personPage+"/messages/read", url.Values{"until": {"m-3"}}); a.Status != http.StatusSeeOther || x.State(trialtest.Person).Unread(false) != 0 {
		t.Errorf("marked as read: %d", a.Status)
	}
	for _, who := range []string{"rita", "monitor", "sponsor", "data-manager", "auditor", "administrator"} {
		for _, path := range []string{"/messages", "/diary"} {
			if a := x.Get(who, "en", personPage+path); a.Status != http.StatusForbidden || a.Has("blanket") || a.Has("for you too") {
				t.Errorf("%s %s: %d", who, path, a.Status)
			}
		}
	}
	if a := x.Get("auditor", "en", personPage); strings.Contains(a.Body, personPage+"/messages") {
		t.Error("the auditor is led to the messages")
	}
}

// TestConsentIsConfirmed: what the participant signed is confirmed after the
// conversation, without asking the questions again.
func TestConsentIsConfirmed(t *testing.T) {
	x := trialtest.New(t, clinic.Module())
	x.Do("cora", study.Refer{On: study.On{Participant: trialtest.Person}, Channel: "self", Language: "nb", Site: trialtest.Site})
	x.Do("cora", study.Prescreen{On: study.On{Participant: trialtest.Person}, Passed: true})
	for _, d := range x.Def.Consent.Documents {
		c := study.SignConsent{On: study.On{Participant: trialtest.Person}, Document: d.ID, Version: d.Version, Language: "nb", Answers: map[string]string{}}
		for _, q := range d.Questions {
			for _, o := range q.Options {
				if o.Right {
					c.Answers[q.ID] = o.ID
				}
			}
		}
		tells(t, x, c)
	}
	for _, d := range x.Def.Consent.Documents {
		path := personPage + "/consent/" + d.ID
		a := x.Get("phil", "en", personPage+"?do=confirm/"+d.ID)
		form, ok := a.Form(path)
		if !ok || !a.Has("Signed by the participant") || !a.Has("have talked this consent through") || strings.Contains(a.Body, `name="q.`) {
			t.Fatalf("%s: the form asks again, or is not there", d.ID)
		}
		if a := x.Post("phil", path, form); a.Status == http.StatusSeeOther {
			t.Errorf("%s: confirmed without saying so", d.ID)
		}
		form.Set("signed", "yes")
		if a := x.Post("phil", path, form); a.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", d.ID, a.Status, a.Body)
		}
		if c := x.State(trialtest.Person).Consents[d.ID]; c.At.IsZero() || c.Signed.IsZero() {
			t.Errorf("%s: %+v", d.ID, c)
		}
	}
}
