package e2e

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/messaging"
	"varde/messaging/messagingtest"
	"varde/study"
	"varde/web"
	"varde/web/webtest"
)

// TestMessagesToPeople: staff agree on how somebody is reached and send a link; what does
// not arrive is seen; the participant comes by the link in the mail, and ends the
// reminders with one press.
func TestMessagesToPeople(t *testing.T) {
	chromium(t)
	box := &messagingtest.Box{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := atName(listener)
	w := webtest.New(t, false, func(c *app.Config) {
		c.Outward = &app.Outward{Mail: box, SMS: box, URL: base, Name: "Klinikken"}
	})
	pages, err := web.New(web.Config{App: w.App})
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: pages.HTTP("")}
	server.Start()
	t.Cleanup(server.Close)
	b := newBrowser(t, base)
	as := func(actor access.Actor) { b.setCookie("varde-session", webtest.Enter(t, w.App, webtest.Study, actor)) }
	both := func(name, path string, says map[string]string) {
		t.Helper()
		for _, lang := range []string{"nb", "en"} {
			b.setCookie("varde-lang", lang)
			b.open(path)
			b.sees(says[lang])
			b.accessible(name + " " + lang)
			b.twoPictures(name + "-" + lang)
		}
	}

	id := w.Consent(t)
	home := "/s/" + webtest.Study
	coordinator := w.Actor("coordinator")
	if err := w.App.KeepIdentity(context.Background(), coordinator, webtest.Study, id, map[app.IdentityField]string{app.FieldEmail: "kari@example.org", app.FieldPhone: "+4700000001"}, ""); err != nil {
		t.Fatal(err)
	}
	as(coordinator)
	both("reach", home+"/p/"+id+"/identity", map[string]string{"en": "Nobody has asked yet", "nb": "Ingen har spurt ennå"})
	b.press(`#reach-form input[value="email"]`)
	b.press(`#reach-form input[value="sms"]`)
	b.click(`#reach-form button`)
	b.sees("How the participant is reached is kept")

	// An appointment, and a provider that does not know the number.
	w.Do(t, coordinator, study.PlanVisit{On: study.On{Participant: id}, Visit: "V0", Time: w.Now().Add(20 * time.Hour)})
	box.Fail(func(l messagingtest.Letter) error {
		if l.Channel == study.BySMS {
			return &messaging.Fault{Kind: messaging.Address, Code: "http-422"}
		}
		return nil
	})
	if err := w.App.Remind(context.Background()); err != nil {
		t.Fatal(err)
	}
	letters := box.Take()
	if len(letters) != 1 || letters[0].To != "kari@example.org" || !strings.Contains(letters[0].Text, "i morgen kl. 08.00") {
		t.Fatalf("sent: %v", letters)
	}
	both("delivery", home+"/delivery", map[string]string{"en": "Cannot be reached by text message", "nb": "Nås ikke på tekstmelding"})
	both("reach-broken", home+"/p/"+id+"/identity", map[string]string{"en": "Text messages do not reach the participant", "nb": "Tekstmeldinger når ikke fram til deltakeren"})

	// A link for the participant, by mail.
	b.press(`#link input[value="email"]`)
	b.click(`#link button`)
	b.sees("The link was sent by e-mail")
	b.accessible("link sent")
	b.twoPictures("link-sent")
	if letters = box.Take(); len(letters) != 1 {
		t.Fatalf("sent: %v", letters)
	}

	as(w.Actor("administrator"))
	both("delivery-house", "/delivery", map[string]string{"en": "Send a test", "nb": "Send en prøve"})
	both("accounts", "/people", map[string]string{"en": "Invite somebody", "nb": "Inviter noen"})

	// The participant, with what stands in the mail.
	_, secret, found := strings.Cut(letters[0].Text, "/link#")
	if !found {
		t.Fatalf("the mail holds no link: %s", letters[0].Text)
	}
	b.setCookie("varde-session", "")
	b.openLink(base + "/link#" + strings.Fields(secret)[0])
	b.press(`details:has(form[action="/link/open"]) > summary`)
	b.click(`form[action="/link/open"] button`)
	both("reminders", "/reminders", map[string]string{"en": "Stop all reminders", "nb": "Stopp alle påminnelser"})
	b.click(`form[action="/reminders/stop"] button`)
	b.sees("The reminders have stopped")
	b.accessible("reminders stopped")
	w.Do(t, coordinator, study.PlanVisit{On: study.On{Participant: id}, Visit: "V0", Time: w.Now().Add(22 * time.Hour)})
	if err := w.App.Remind(context.Background()); err != nil {
		t.Fatal(err)
	}
	if letters = box.Take(); len(letters) != 0 {
		t.Errorf("sent after that: %v", letters)
	}
}
