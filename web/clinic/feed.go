package clinic

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"varde/app"
	"varde/export/ical"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// suffix of a feed's address: some calendar programs know it by that.
const suffix = ".ics"

type feedView struct {
	Heading ui.Heading
	Made    *ui.Alert
	Once    *ui.OnceLink // of an address just made
	Form    actionForm
	End     *actionForm
	Back    ui.Link
}

// feedPage tells whether one's own calendar has an address, and makes or ends it.
func feedPage(c *page.Context) error { return renderFeed(c, "") }

func renderFeed(c *page.Context, token string) error {
	link, err := c.App.CalendarLink(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	v := feedView{Heading: ui.Heading{Title: c.T("clinic.feed"), Lead: c.T("clinic.feed.lead")}, Back: ui.Link{Text: c.T("clinic.feed.back"), Href: "/account", Variant: "tertiary"}}
	if token != "" {
		v.Once = &ui.OnceLink{Address: origin(c) + "/calendar/" + token + suffix, Text: c.T("clinic.feed.once")}
	} else if !link.Made.IsZero() {
		v.Made = &ui.Alert{Tone: ui.Info, Text: c.T("clinic.feed.made", "time", c.Voice().DateTime(link.Made))}
	}
	m := &forms{c: c}
	button := c.T("clinic.feed.make")
	if !link.Made.IsZero() {
		button = c.T("clinic.feed.anew")
		f := m.make(actionForm{ID: "end", Title: c.T("clinic.feed.end"), Text: c.T("clinic.feed.end.text"), Action: "/account/calendar/end", Button: c.T("clinic.feed.end"), Danger: true})
		v.End = &f
	}
	checked := []string(nil)
	if link.Titles {
		checked = []string{"yes"}
	}
	form := actionForm{ID: "make", Title: c.T("clinic.feed.form"), Text: c.T("clinic.feed.form.text"), Action: "/account/calendar", Button: button, Quiet: token != ""}
	if c.Actor.Participant == "" {
		form.Fields = []ui.Field{{Kind: ui.CheckboxField, Name: "titles", Label: c.T("clinic.feed.titles"), Hint: c.T("clinic.feed.titles.hint"), Values: checked, Optional: true,
			Options: []ui.Option{{Value: "yes", Label: c.T("clinic.feed.titles.yes")}}}}
	}
	v.Form = m.make(form)
	return c.Render("feed", page.Page{Title: c.T("clinic.feed"), Data: v})
}

// makeFeed shows the address in the answer, the one time that it can be read.
func makeFeed(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	token, err := c.App.MakeCalendarLink(c.Ctx(), c.Actor, c.Lang, c.Text("titles") == "yes")
	if err != nil {
		return err
	}
	return renderFeed(c, token)
}

func endFeed(c *page.Context) error {
	if err := c.App.EndCalendarLink(c.Ctx(), c.Actor); err != nil {
		return err
	}
	return c.RedirectWith("/account/calendar", ui.Success, c.T("clinic.feed.ended"))
}

// origin is the address of this server as its people know it.
func origin(c *page.Context) string {
	if people := c.App.Identity(); people != nil {
		if list := people.Origins(); len(list) > 0 {
			return strings.TrimSuffix(list[0], "/")
		}
	}
	return "https://" + c.R.Host
}

// feed answers a calendar program. Its address is all that it has; whatever is wrong
// with it, the answer is the same.
func feed(c *page.Context) error {
	token, ok := strings.CutSuffix(c.Value("link"), suffix)
	if !ok {
		token = ""
	}
	f, err := c.App.CalendarFeed(c.Ctx(), token, c.Source().Network)
	if errors.Is(err, app.ErrTooOften) {
		c.W.Header().Set("Retry-After", "3600")
		http.Error(c.W, c.T("clinic.feed.toooften"), http.StatusTooManyRequests)
		return nil
	}
	if err != nil {
		return err
	}
	c.Lang = f.Language
	var b bytes.Buffer
	if err := ical.Write(&b, feedCalendar(c, f)); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := c.W.Header()
	h.Set("ETag", tag)
	h.Set("Content-Type", ical.MediaType)
	h.Set("Content-Disposition", `inline; filename="varde.ics"`)
	h.Set("X-Robots-Tag", "noindex")
	if strings.Contains(c.R.Header.Get("If-None-Match"), tag) {
		c.W.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, _ = c.W.Write(b.Bytes()) // the reader may have gone
	return nil
}

// feedCalendar says appointments in words that may stand on a phone's lock screen: a
// number and the kind of meeting, or for a participant nothing but that there is one.
func feedCalendar(c *page.Context, f app.Feed) ical.Calendar {
	cal := ical.Calendar{Name: c.T("clinic.feed.name"), Language: f.Language}
	for _, e := range f.Entries {
		x := ical.Event{UID: e.UID + "@varde", From: e.From, Until: e.Until, Cancelled: e.Off, Sequence: e.Sequence, Modified: e.Changed, Summary: c.T("clinic.feed.appointment")}
		if !f.Own {
			what := c.T("clinic.feed.kind." + string(e.Kind))
			if t := c.Say(e.Title); (e.Title != study.Text{}) && t != "" {
				what = t
			}
			x.Summary = e.Participant + " · " + what
		}
		if e.Room != "" {
			x.Location = c.T("clinic.room.number", "room", e.Room)
		}
		cal.Events = append(cal.Events, x)
	}
	return cal
}
