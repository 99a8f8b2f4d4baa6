package session

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"varde/access"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// phase of a session, in order.
type phase int

const (
	gating    phase = iota // the go/no-go list
	readying               // go; two persons confirm, then start
	dosing                 // started, no dose yet
	running                // dose taken
	leaving                // the discharge gate is near or open
	signing                // discharged, not signed
	concluded              // signed
)

// near is how long before the earliest discharge the gate is laid out in full.
const near = time.Hour

// room is one participant's dosing visit, as the reader may see it.
type room struct {
	c      *page.Context
	s      *study.State
	visit  *protocol.Visit
	index  int
	x      *study.SessionState // nil before the list was answered
	env    study.Env
	dosing *protocol.Dosing
	path   string
	phase  phase
	may    bool // the reader may run this session

	posted string     // the form that was sent and is shown again
	form   url.Values // what was typed into it
	faults map[string]string
	doubt  string // a time that the writer must look at again
}

// sees says that the reader's role may know what happens in a session.
func sees(c *page.Context) bool { return access.Sees(c.Def, c.Actor.Role, instrument.Revealing) }

// open finds the room that the address names.
func open(c *page.Context) (*room, error) {
	if _, err := c.R.Cookie("varde-theme"); err != nil {
		c.Theme = "dim" // the room is dark until someone wishes otherwise
	}
	if !sees(c) {
		return nil, &study.Refusal{Kind: study.Forbidden, Code: "blinded", Text: study.Text{
			EN: "a session shows what may hint at the arm; your role is kept from it", NB: "en økt viser det som kan røpe armen; rollen din skal ikke se det"}}
	}
	return enter(c, c.Value("id"), c.Value("visit"))
}

// enter opens the room of a participant's dosing visit.
func enter(c *page.Context, id, visit string) (*room, error) {
	s, err := c.App.Participant(c.Ctx(), c.Actor, c.Study, id)
	if err != nil {
		return nil, err
	}
	c.Zone = s.Zone
	i := c.Def.VisitIndex(visit)
	if i < 0 || c.Def.Visits[i].Kind != protocol.Session || c.Def.Dosing == nil {
		return nil, page.NotFound("the protocol has no such dosing session", "protokollen har ingen slik doseringsøkt")
	}
	r := &room{c: c, s: s, visit: &c.Def.Visits[i], index: i, dosing: c.Def.Dosing, faults: map[string]string{}}
	r.x = s.Sessions[r.visit.ID]
	r.env = c.App.Env(c.Ctx(), c.Actor, c.Study, s)
	r.env.Now = c.Now
	r.path = c.Path("p", s.ID, "session", r.visit.ID)
	r.may = c.Can(access.RunSession) && (len(r.visit.By) == 0 || slices.Contains(r.visit.By, c.Actor.Role))
	r.phase = r.present()
	return r, nil
}

func (r *room) present() phase {
	x := r.x
	switch {
	case x == nil || x.Started.IsZero() && !r.goToday():
		return gating
	case x.Started.IsZero():
		return readying
	case !x.Ended.IsZero():
		return concluded
	case !x.Discharged.IsZero():
		return signing
	case x.DoseAt.IsZero():
		return dosing
	case r.c.Now.Add(near).After(r.opensAt()):
		return leaving
	}
	return running
}

// goToday: the list was answered with go, and still counts.
func (r *room) goToday() bool {
	return r.x != nil && r.x.Go && r.today(r.x.CheckedAt)
}

// today says that the moment lies on the present day at the site.
func (r *room) today(t time.Time) bool {
	return study.DayOf(t, r.s.Zone) == study.DayOf(r.c.Now, r.s.Zone)
}

// opensAt is when the participant may leave at the earliest; zero without a dose.
func (r *room) opensAt() time.Time {
	if r.x == nil || r.x.LastDoseAt().IsZero() {
		return time.Time{}
	}
	return r.x.LastDoseAt().Add(r.dosing.Discharge.Earliest.Std())
}

// started says that the session is under way and not signed.
func (r *room) open() bool { return r.x.Open() }

func (r *room) step(kind string) *protocol.DoseStep {
	for i := range r.dosing.Doses {
		if d := &r.dosing.Doses[i]; d.Visit == r.visit.ID && d.Step == kind {
			return d
		}
	}
	return nil
}

// typed answers what was sent in the form of that name, or else the default.
func (r *room) typed(form, field, otherwise string) string {
	if r.posted == form && r.form.Has(field) {
		return r.form.Get(field)
	}
	return otherwise
}

// parts of the page that are asked for by themselves; "parts" is all of them.
var parts = []string{"live", "plan", "entries", "parts"}

func showRoom(c *page.Context) error {
	r, err := open(c)
	if err != nil {
		return err
	}
	if err := c.App.Seen(c.Ctx(), c.Actor, c.Study, r.s.ID, study.SessionRecord(r.visit.ID).String()); err != nil {
		return err
	}
	if part := c.Query("part"); c.Fragment() && slices.Contains(parts, part) {
		return c.RenderPart("room", part, page.Page{Room: true, Data: r.refreshed()})
	}
	c.W.Header().Set("Varde-Keep", "1") // the room opens when the network is gone
	return r.show(http.StatusOK)
}

func (r *room) show(status int, notices ...ui.Alert) error {
	v := r.view()
	return r.c.Render("room", page.Page{
		Title: v.Heading.Title + " · " + r.s.ID, Room: true, Status: status, Notices: notices, Data: v,
		Crumbs: []ui.Crumb{{Text: r.c.T("room.menu"), Href: r.c.Path("sessions")}, {Text: r.s.ID, Href: r.c.Path("p", r.s.ID)}, {Text: v.Heading.Title}},
	})
}

// act answers a POST: the form's own work, and on a refusal the room again with
// everything that was typed.
func act(do func(*room) (*done, error)) func(*page.Context) error {
	return func(c *page.Context) error {
		if _, err := c.Form(); err != nil {
			return err
		}
		r, err := open(c)
		if err != nil {
			return err
		}
		d, err := do(r)
		if refusal, ok := page.Refused(err); ok {
			if refusal.Kind == study.Forbidden || refusal.Kind == study.Missing || c.FromOutbox() {
				return err // nobody sees the room: the device is told why
			}
			return r.again(page.Status(refusal), refusal)
		}
		if err != nil {
			return err
		}
		if d.again {
			return r.again(d.status, nil, d.alert)
		}
		to := r.path + d.anchor
		if d.to != "" {
			to = d.to
		}
		if d.text == "" {
			return c.Redirect(to)
		}
		return c.RedirectWith(to, d.tone, d.text)
	}
}

// done is what a form's work came to.
type done struct {
	tone   ui.Tone
	text   string // message above the room
	anchor string
	to     string // another page than the room
	again  bool   // nothing was carried out: show what was typed
	status int
	alert  ui.Alert
}

func did(text, anchor string) (*done, error) {
	return &done{tone: ui.Success, text: text, anchor: anchor}, nil
}

// again shows the room with the form as it was typed and why it was not carried out.
func (r *room) again(status int, refusal *study.Refusal, alerts ...ui.Alert) error {
	// What is true may have changed since: read it again.
	fresh, err := open(r.c)
	if err != nil {
		return err
	}
	fresh.posted, fresh.form, fresh.faults, fresh.doubt = r.posted, r.form, r.faults, r.doubt
	if refusal != nil {
		if refusal.Field != "" {
			fresh.faults[refusal.Field] = page.Sentence(r.c.Say(refusal.Text))
		}
		alerts = append(alerts, r.c.RefusalAlert(refusal))
	}
	return fresh.show(status, alerts...)
}

// take remembers the form that was sent, to show it again.
func (r *room) take(name string) error {
	form, err := r.c.Form()
	if err != nil {
		return err
	}
	r.posted, r.form = name, form
	return nil
}
