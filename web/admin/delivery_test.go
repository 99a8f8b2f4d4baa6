package admin_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/app"
	"varde/messaging"
	"varde/messaging/messagingtest"
	"varde/study"
	"varde/web/webtest"
)

// reaching is a world with a letter box.
func reaching(t *testing.T) (*webtest.World, *messagingtest.Box) {
	t.Helper()
	box := &messagingtest.Box{}
	return webtest.New(t, false, func(c *app.Config) {
		c.Outward = &app.Outward{Mail: box, SMS: box, URL: "https://varde.example.org", Name: "Klinikken"}
	}), box
}

// TestDeliveryPages: who looks after messages sees how they go out, whom they do not
// reach, and no address.
func TestDeliveryPages(t *testing.T) {
	w, box := reaching(t)
	h, id := serve(t, w), person(t, w)
	ctx := context.Background()
	if err := w.App.KeepIdentity(ctx, w.Actor("coordinator"), webtest.Study, id, map[app.IdentityField]string{app.FieldEmail: "kari@example.org", app.FieldPhone: "+4700000001"}, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.App.WishNoticesFor(ctx, w.Actor("coordinator"), webtest.Study, id, study.NoticesWished{Email: true, SMS: true}, ""); err != nil {
		t.Fatal(err)
	}
	w.Do(t, w.Actor("coordinator"), study.PlanVisit{On: study.On{Participant: id}, Visit: "V0", Time: w.Now().Add(20 * time.Hour)})
	box.Fail(func(l messagingtest.Letter) error {
		if l.Channel == study.BySMS {
			return &messaging.Fault{Kind: messaging.Address, Code: "http-422"}
		}
		return &messaging.Fault{Kind: messaging.Temporary, Code: "smtp-451"}
	})
	if err := w.App.Remind(ctx); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		role, path string
		status     int
		shows      []string
	}{
		{"coordinator", base + "/delivery", http.StatusOK, []string{id, "Cannot be reached by text message", "smtp-451", "Does not answer"}},
		{"administrator", base + "/delivery", http.StatusOK, []string{id}},
		{"administrator", "/delivery", http.StatusOK, []string{"Send a test", "Does not answer"}},
		{"auditor", "/delivery", http.StatusOK, []string{"Channels"}},
		{"rater", base + "/delivery", http.StatusForbidden, nil},
		{"therapist", base + "/delivery", http.StatusForbidden, nil},
		{"coordinator", "/delivery", http.StatusForbidden, nil},
	} {
		for _, lang := range []string{"en", "nb"} {
			c := w.As(t, h, w.Actor(x.role))
			c.Lang = lang
			a := c.Get(x.path)
			if a.Status != x.status {
				t.Errorf("%s %s: %d", x.role, x.path, a.Status)
				continue
			}
			webtest.CheckHTML(t, x.role+" "+lang+" "+x.path, a.Body)
			if m := keyIn(a.Body); m != "" {
				t.Errorf("%s %s shows the key %s", lang, x.path, m)
			}
			for _, s := range x.shows {
				if lang == "en" && !strings.Contains(a.Text(), s) {
					t.Errorf("%s %s does not show %q: %s", x.role, x.path, s, a.Text())
				}
			}
			for _, s := range []string{"kari@example.org", "+4700000001"} {
				if strings.Contains(a.Body, s) {
					t.Errorf("%s %s shows %s", x.role, x.path, s)
				}
			}
		}
	}
}

// TestTestMessage: an administrator tries whether messages arrive.
func TestTestMessage(t *testing.T) {
	w, box := reaching(t)
	c := w.As(t, serve(t, w), w.Actor("administrator"))
	send := func(by, to string) webtest.Answer {
		return c.Post("/delivery/test", url.Values{"by": {by}, "to": {to}})
	}
	if a := send("email", "proof@example.org"); !strings.Contains(c.Follow(a).Text(), "The provider has taken it") {
		t.Error("the page does not say that it was taken")
	}
	if l := box.Take(); len(l) != 1 || l[0].To != "proof@example.org" || !strings.Contains(l[0].Text, "This is a test") {
		t.Errorf("%v", l)
	}
	for _, x := range [][3]string{{"pigeon", "x", "choose how"}, {"sms", "12", "country code"}, {"email", "", "say where"}, {"email", "nobody", "name@example.org"}} {
		if a := send(x[0], x[1]); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest && a.Status != http.StatusConflict || !strings.Contains(strings.ToLower(a.Text()), x[2]) {
			t.Errorf("%v: %d %s", x, a.Status, a.Text())
		}
	}
	box.Fail(func(messagingtest.Letter) error { return &messaging.Fault{Kind: messaging.House, Code: "auth"} })
	if a := send("email", "proof@example.org"); !strings.Contains(a.Text(), "(auth)") || !strings.Contains(a.Text(), "Wrongly configured") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}

// TestInvitationByMail: the link goes by mail when that was asked for, and is shown.
func TestInvitationByMail(t *testing.T) {
	w, box := reaching(t)
	c := w.As(t, serve(t, w), w.Actor("administrator"))
	invite := func(id, email, send string) webtest.Answer {
		return c.Post("/people", url.Values{"name": {"Anna"}, "id": {id}, "email": {email}, "language": {"nb"}, "send": {send}})
	}
	a := invite("anna", "anna@example.org", "yes")
	l := box.Take()
	if len(l) != 1 || l[0].To != "anna@example.org" || !strings.Contains(a.Text(), "sent by e-mail") {
		t.Fatalf("%v, %s", l, a.Text())
	}
	link := l[0].Text[strings.Index(l[0].Text, "http"):]
	if link = strings.Fields(link)[0]; !strings.Contains(a.Body, link) || !strings.Contains(link, "/link#") {
		t.Errorf("the page does not show %s", link)
	}
	if a := invite("berit", "", "yes"); !strings.Contains(a.Text(), "address") || len(box.Take()) != 0 {
		t.Errorf("without an address: %s", a.Text())
	}
	if invite("carl", "carl@example.org", ""); len(box.Take()) != 0 {
		t.Error("sent though nobody asked")
	}
	box.Fail(func(messagingtest.Letter) error { return &messaging.Fault{Kind: messaging.Address, Code: "smtp-550"} })
	if a := invite("dina", "dina@example.org", "yes"); !strings.Contains(a.Text(), "could not be sent") || !strings.Contains(a.Body, "/link#") {
		t.Errorf("that could not be sent: %s", a.Text())
	}
}
