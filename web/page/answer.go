package page

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"varde/study"
	"varde/web/ui"
)

// Page is what a handler says about its page; the frame around it (menu, who is
// signed in, language, messages) is filled in by Render.
type Page struct {
	Title  string
	Crumbs []ui.Crumb
	// Notices stand above the page.
	Notices []ui.Alert
	Crisis  *ui.Crisis
	// Room makes everything larger, for use beside a bed.
	Room bool
	// Status is 200 when zero.
	Status int
	// Public, Nav and Footer make the frame of pages that anybody may read.
	Public *ui.Public
	Nav    []ui.NavItem
	Footer []ui.Link
	Data   any
}

// renderer is what Context needs of a ui.Renderer.
type renderer interface {
	Render(w http.ResponseWriter, status int, page string, v ui.View) error
	Fragment(w http.ResponseWriter, status int, page, name string, v ui.View) error
	Fault(w http.ResponseWriter, status int, v ui.View, id string)
}

// Render answers with a page of the module.
func (c *Context) Render(name string, p Page) error {
	if c.FromOutbox() {
		k := kept{OK: status(p) < http.StatusBadRequest, Code: "shown-again"}
		for _, n := range p.Notices {
			k.Text = strings.TrimSpace(n.Title + " " + n.Text)
		}
		return c.toOutbox(status(p), k)
	}
	if c.Fragment() {
		c.tellTime()
	}
	v := c.view(p)
	if p.Public == nil { // what anybody may read is the same for everybody
		v.Notices = append(c.takeFlash(), v.Notices...)
	}
	return c.render.Render(c.W, status(p), name, v)
}

// RenderPart answers with one template of a page, for a script that swaps it in.
func (c *Context) RenderPart(name, template string, p Page) error {
	c.tellTime()
	return c.render.Fragment(c.W, status(p), name, template, c.view(p))
}

func status(p Page) int {
	if p.Status == 0 {
		return http.StatusOK
	}
	return p.Status
}

// Redirect leads the reader on after a POST (303), or elsewhere after a GET. Only
// paths of this server are followed.
func (c *Context) Redirect(path string) error {
	if c.FromOutbox() {
		return c.toOutbox(http.StatusOK, kept{OK: true})
	}
	http.Redirect(c.W, c.R, Local(path), http.StatusSeeOther)
	return nil
}

// RedirectWith is Redirect with a message above the next page.
func (c *Context) RedirectWith(path string, tone ui.Tone, text string) error {
	if !c.FromOutbox() {
		c.flash(tone, text)
	}
	return c.Redirect(path)
}

// Local answers the path if it leads to this server, else "/".
func Local(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return "/"
	}
	return s
}

// Refused answers the refusal in err, if it is one. A handler that can show the
// form again with the reason on it uses this; one that cannot returns err.
func Refused(err error) (*study.Refusal, bool) {
	var r *study.Refusal
	ok := errors.As(err, &r)
	return r, ok
}

// Status answers the HTTP status of a refusal: Forbidden 403, Invalid 400, Missing
// 404, Against 422, Stale 409.
func Status(r *study.Refusal) int {
	switch r.Kind {
	case study.Forbidden:
		return http.StatusForbidden
	case study.Invalid:
		if r.Code == "too-long" {
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusBadRequest
	case study.Missing:
		return http.StatusNotFound
	case study.Stale:
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// RefusalAlert is a refusal as a message on a page.
func (c *Context) RefusalAlert(r *study.Refusal) ui.Alert {
	return ui.Alert{Tone: ui.Danger, Live: true, Title: c.T("page.refused"), Text: Sentence(c.Say(r.Text))}
}

// Sentence gives a text a capital letter and a full stop.
func Sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	first := []rune(s)
	out := strings.ToUpper(string(first[0])) + string(first[1:])
	if !strings.ContainsAny(out[len(out)-1:], ".!?:") {
		out += "."
	}
	return out
}

// view fills the frame.
func (c *Context) view(p Page) ui.View {
	v := ui.View{
		Lang: c.Lang, Theme: c.Theme, Zone: c.Zone, Title: p.Title, Path: c.R.URL.RequestURI(), Now: c.Now,
		Crumbs: p.Crumbs, Notices: p.Notices, Crisis: p.Crisis, Room: p.Room, Data: p.Data,
		Nav: c.menu(), Public: p.Public, Footer: p.Footer,
	}
	if p.Public != nil {
		v.Nav = p.Nav
	}
	if c.R.Method != http.MethodGet {
		// A change of language after a refused POST goes back to the page that was
		// posted from: the address of a POST cannot be opened.
		v.Path = Local(c.referer())
	}
	if c.SignedIn {
		v.Who = &ui.Who{Name: c.Actor.Name, SignOut: "/signout", Account: "/account", Mark: mark(c.Actor.ID), Study: c.Study, Roles: c.roleChoices()}
		if c.Actor.Role != "" {
			v.Who.Role = c.Say(study.RoleName(c.Actor.Role))
		}
		if c.Actor.Role == "participant" {
			// Others look at a telephone: neither a number nor a study stands at its head.
			v.Who.Name, v.Who.Role = strings.TrimSuffix(Sentence(v.Who.Role), "."), ""
		}
	}
	if c.Study != "" && c.Actor.Role != "participant" {
		v.Study = &ui.StudySlot{Name: c.Title}
		if c.Demo() {
			v.Study.Name = c.T("page.demo.short") + " · " + v.Study.Name
		}
		for _, s := range c.App.Studies(c.Ctx(), c.Actor) {
			if s.ID != c.Study {
				v.Study.Others = append(v.Study.Others, ui.Link{Text: s.Title, Href: "/s/" + s.ID + "/"})
			}
		}
	}
	return v
}

func (c *Context) referer() string {
	u := c.R.Referer()
	if i := strings.Index(u, "://"); i >= 0 {
		if j := strings.IndexByte(u[i+3:], '/'); j >= 0 {
			return u[i+3+j:]
		}
	}
	return "/"
}

func (c *Context) menu() []ui.NavItem {
	if c.Study == "" || !c.SignedIn {
		return nil
	}
	var out []ui.NavItem
	for _, m := range c.desk.menu {
		if c.may(m.Need) && (m.Show == nil || m.Show(c)) {
			out = append(out, ui.NavItem{Text: c.T(m.Word), Href: "/s/" + c.Study + "/" + m.Path, Current: m.Area == c.area})
		}
	}
	return out
}

// Stamp writes a time as a datetime-local field wants it, in Zone; "" for zero.
func (c *Context) Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if c.Zone != nil {
		t = t.In(c.Zone)
	}
	return t.Format("2006-01-02T15:04")
}

// Day writes a calendar day (a time at midnight UTC) for the reader.
func Day(c *Context, t time.Time) string {
	v := c.Voice()
	v.Zone = time.UTC
	return v.DateShort(t)
}
