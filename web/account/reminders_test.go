package account_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"varde/access"
	"varde/app"
	"varde/messaging/messagingtest"
	"varde/study"
	"varde/web"
	"varde/web/webtest"
)

// TestStoppingReminders: the address in every reminder leads, after signing in, to one
// button that stops them all; sent twice it stops once.
func TestStoppingReminders(t *testing.T) {
	box := &messagingtest.Box{}
	w := webtest.New(t, false, func(c *app.Config) { c.Outward = &app.Outward{Mail: box, SMS: box, URL: "https://varde.example.org"} })
	pages, err := web.New(web.Config{App: w.App})
	if err != nil {
		t.Fatal(err)
	}
	if a := webtest.Visitor(t, pages).Get("/reminders"); a.Status != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "/signin") {
		t.Errorf("a stranger: %d %s", a.Status, a.Header.Get("Location"))
	}
	id := w.Consent(t)
	actor := access.Actor{ID: "p-" + webtest.Study + "-" + strings.ToLower(id), Role: "participant", Study: webtest.Study, Participant: id}
	c := w.As(t, pages, actor)
	if a := c.Get("/reminders"); !strings.Contains(a.Text(), "No reminders are sent to you") {
		t.Errorf("before: %s", a.Text())
	}
	if err := w.App.WishNoticesFor(context.Background(), w.Actor("coordinator"), webtest.Study, id, study.NoticesWished{Email: true, QuietFrom: "20:00", QuietUntil: "09:00"}, ""); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "Stop all reminders", "nb": "Stopp alle påminnelser"} {
		c.Lang = lang
		a := c.Get("/reminders")
		webtest.CheckHTML(t, lang+" /reminders", a.Body)
		if !strings.Contains(a.Text(), want) {
			t.Errorf("%s: %s", lang, a.Text())
		}
	}
	c.Lang = "en"
	for range 2 {
		if a := c.Follow(c.Post("/reminders/stop", url.Values{"client": {"stop-1"}})); !strings.Contains(a.Text(), "The reminders have stopped") {
			t.Errorf("%s", a.Text())
		}
	}
	r, err := w.App.NoticeWishesOf(context.Background(), w.Actor("coordinator"), webtest.Study, id)
	if err != nil || r.Wishes != (study.NoticesWished{QuietFrom: "20:00", QuietUntil: "09:00"}) {
		t.Errorf("%+v, %v", r.Wishes, err)
	}
	if a := w.As(t, pages, w.Actor("monitor")).Get("/reminders"); a.Status != http.StatusOK || !strings.Contains(a.Text(), "You take part in nothing here") {
		t.Errorf("a monitor: %d %s", a.Status, a.Text())
	}
}
