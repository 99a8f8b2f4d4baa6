package clinic_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"varde/app"
	"varde/messaging"
	"varde/messaging/messagingtest"
	"varde/study"
	"varde/web"
	"varde/web/webtest"
)

// TestReachingAParticipant: staff keep how a participant wants to be reached, send a link,
// and see what does not arrive; without a configuration nothing of this is there.
func TestReachingAParticipant(t *testing.T) {
	box := &messagingtest.Box{}
	w := webtest.New(t, false, func(c *app.Config) {
		c.Outward = &app.Outward{Mail: box, SMS: box, URL: "https://varde.example.org"}
	})
	pages, err := web.New(web.Config{App: w.App})
	if err != nil {
		t.Fatal(err)
	}
	id := w.Consent(t)
	at := "/s/" + webtest.Study + "/p/" + id + "/identity"
	c := w.As(t, pages, w.Actor("coordinator"))
	if a := c.Get(at); !strings.Contains(a.Text(), "Nobody has asked yet") || !strings.Contains(a.Text(), "By text message to the number") {
		t.Fatalf("%s", a.Text())
	}
	if err := w.App.KeepIdentity(context.Background(), w.Actor("coordinator"), webtest.Study, id, map[app.IdentityField]string{app.FieldEmail: "kari@example.org"}, ""); err != nil {
		t.Fatal(err)
	}
	a := c.Post(at+"/reach", url.Values{"by": {"email"}, "client": {"c-1"}})
	if a = c.Follow(a); !strings.Contains(a.Text(), "How the participant is reached is kept") || !strings.Contains(a.Body, `value="email" checked`) {
		t.Errorf("%s", a.Text())
	}

	a = c.Post(at+"/link", url.Values{"send": {"email"}})
	letters := box.Take()
	if len(letters) != 1 || letters[0].To != "kari@example.org" || !strings.Contains(a.Text(), "sent by e-mail") || !strings.Contains(a.Body, "/link#") {
		t.Errorf("%v, %s", letters, a.Text())
	}
	webtest.CheckHTML(t, "link", a.Body)
	if a = c.Post(at+"/link", url.Values{"send": {"sms"}}); !strings.Contains(a.Text(), "No address is kept") || !strings.Contains(a.Body, "/link#") {
		t.Errorf("without a number: %s", a.Text())
	}
	if c.Post(at+"/link", url.Values{"send": {"no"}}); len(box.Take()) != 0 {
		t.Error("sent though nobody asked")
	}

	box.Fail(func(messagingtest.Letter) error { return &messaging.Fault{Kind: messaging.Address, Code: "smtp-550"} })
	c.Post(at+"/link", url.Values{"send": {"email"}})
	for lang, want := range map[string]string{"en": "E-mail does not reach the participant", "nb": "E-post når ikke fram til deltakeren"} {
		c.Lang = lang
		a := c.Get(at)
		webtest.CheckHTML(t, lang+" "+at, a.Body)
		if !strings.Contains(a.Text(), want) || strings.Contains(a.Body, "kari@example.org") {
			t.Errorf("%s: %s", lang, a.Text())
		}
	}
	c.Lang = "en"
	if a := c.Get("/s/" + webtest.Study + "/today"); !strings.Contains(a.Text(), "Cannot be reached by e-mail") || !strings.Contains(a.Body, at+"#reach") {
		t.Errorf("no task leads there: %s", a.Text())
	}
	for _, role := range []string{"therapist", "monitor", "rater"} {
		if a := w.As(t, pages, w.Actor(role)).Post(at+"/reach", url.Values{"by": {"sms"}}); a.Status != http.StatusForbidden && a.Status != http.StatusNotFound {
			t.Errorf("%s: %d", role, a.Status)
		}
	}
	if r, err := w.App.NoticeWishesOf(context.Background(), w.Actor("coordinator"), webtest.Study, id); err != nil || r.Wishes != (study.NoticesWished{Email: true}) {
		t.Errorf("%+v, %v", r.Wishes, err)
	}

	plain := webtest.New(t, false)
	if pages, err = web.New(web.Config{App: plain.App}); err != nil {
		t.Fatal(err)
	}
	id = plain.Consent(t)
	if a := plain.As(t, pages, plain.Actor("coordinator")).Get("/s/" + webtest.Study + "/p/" + id + "/identity"); strings.Contains(a.Text(), "Send the link") || strings.Contains(a.Text(), "Reminders by") {
		t.Errorf("nothing is configured, and offered: %s", a.Text())
	}
}
