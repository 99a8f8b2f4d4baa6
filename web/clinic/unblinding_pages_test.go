package clinic_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"varde/access"
	"varde/web"
	"varde/web/session/trialtest"
	"varde/web/webtest"
)

// enrolled is a trial whose participant is randomised, with all pages, and the
// people of an emergency.
func enrolled(t *testing.T) (*trialtest.Trial, func(actor access.Actor) *webtest.Client) {
	t.Helper()
	x := trialtest.New(t)
	x.ToSession()
	h, err := web.New(web.Config{App: x.App})
	if err != nil {
		t.Fatal(err)
	}
	return x, func(actor access.Actor) *webtest.Client {
		return webtest.SignedIn(t, h, x.App, trialtest.Study, actor)
	}
}

const unblinding = "/s/" + trialtest.Study + "/p/" + trialtest.Person + "/unblinding"

func TestEmergencyUnblindingTakesTwo(t *testing.T) {
	x, as := enrolled(t)
	arms := func(body string) string {
		for _, a := range x.Def.Arms {
			if strings.Contains(body, a.Title.EN) || strings.Contains(body, ">"+a.ID+"<") {
				return a.ID
			}
		}
		return ""
	}
	phil := as(trialtest.Actor("phil"))
	if a := phil.Post(unblinding, url.Values{}); a.Status != http.StatusBadRequest {
		t.Errorf("asked without a reason: %d", a.Status)
	}
	if a := phil.Post(unblinding+"/alone", url.Values{"reason": {"seizure"}, "alone": {"nobody answers"}}); a.Status != http.StatusBadRequest {
		t.Errorf("alone without being sure: %d", a.Status)
	}
	sent := phil.Post(unblinding, url.Values{"reason": {"seizure, an antidote is considered"}})
	waiting := phil.Follow(sent)
	one := sent.Header.Get("Location")
	if !strings.Contains(waiting.Body, "Waiting for the second person") || arms(waiting.Body) != "" {
		t.Fatalf("%s", waiting.Text())
	}
	webtest.CheckHTML(t, "waiting", waiting.Body)
	if a := phil.Post(one+"/reveal", url.Values{}); arms(a.Body) != "" || a.Status < 400 {
		t.Errorf("the arm is shown before a second person confirmed: %d", a.Status)
	}
	if a := phil.Post(one+"/confirm", url.Values{"sure": {"yes"}}); a.Status < 400 {
		t.Errorf("the one who asked confirmed: %d", a.Status)
	}
	// The second person reads the reason without the participant's record.
	board := as(access.Actor{ID: "board-1", Name: "The board", Role: "safety-board", Study: trialtest.Study})
	list := board.Get("/s/" + trialtest.Study + "/unblindings")
	if list.Status != http.StatusOK || !strings.Contains(list.Body, one) {
		t.Fatalf("%d %s", list.Status, list.Text())
	}
	ask := board.Get(one)
	if !strings.Contains(ask.Body, "seizure, an antidote") || !strings.Contains(ask.Body, one+"/confirm") || arms(ask.Body) != "" {
		t.Fatalf("%d %s", ask.Status, ask.Text())
	}
	if a := board.Post(one+"/confirm", url.Values{}); a.Status != http.StatusBadRequest {
		t.Errorf("confirmed without the box: %d", a.Status)
	}
	if a := board.Post(one+"/confirm", url.Values{"sure": {"yes"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	ready := phil.Get(one)
	if arms(ready.Body) != "" {
		t.Error("the arm is shown without being asked for")
	}
	shown := phil.Post(one+"/reveal", url.Values{})
	if shown.Status != http.StatusOK || arms(shown.Body) == "" || !strings.Contains(shown.Header.Get("Cache-Control"), "no-store") || !strings.Contains(shown.Body, "data-leave=") {
		t.Fatalf("%d %s", shown.Status, shown.Text())
	}
	webtest.CheckHTML(t, "shown", shown.Body)
	// Everybody else sees that it was, and not what.
	for _, who := range []string{"cora", "tom"} {
		c := as(trialtest.Actor(who))
		journey := c.Get("/s/" + trialtest.Study + "/p/" + trialtest.Person)
		if !strings.Contains(journey.Body, "Emergency unblinding asked for") || arms(journey.Body) != "" {
			t.Errorf("%s: %s", who, journey.Text())
		}
		if a := c.Post(one+"/reveal", url.Values{}); a.Status != http.StatusForbidden || arms(a.Body) != "" {
			t.Errorf("%s reveals: %d", who, a.Status)
		}
	}
	if a := as(trialtest.Actor("rita")).Get(one); a.Status == http.StatusOK && strings.Contains(a.Body, "seizure") {
		t.Errorf("a rater reads of the unblinding: %s", a.Text())
	}
	monitor := as(trialtest.Actor("monitor"))
	if a := monitor.Follow(monitor.Post(one+"/note", url.Values{})); !strings.Contains(a.Body, "Noted by") {
		t.Errorf("not noted: %s", a.Text())
	}
	looks := as(trialtest.Actor("auditor")).Get("/s/" + trialtest.Study + "/p/" + trialtest.Person + "/looks")
	if !strings.Contains(looks.Body, "after an emergency unblinding") || arms(looks.Body) != "" {
		t.Errorf("the look at the arm is not listed: %s", looks.Text())
	}
}
