package study

import (
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

const perPage = 50

// trail is one stream's events and what the reader asks of them.
type trail struct {
	c      *page.Context
	stream string        // participant id, "study" or "site/ID"
	person bool          // the stream is a participant's
	all    []study.Event // oldest first
	names  map[string]string
	until  time.Time // as of: zero = now
	number int       // of the last event as of then
	group  string
	actor  string
	from   string // days as typed
	to     string
	path   string
}

// readTrail loads the stream that the address names and reads the filters.
func readTrail(c *page.Context) (*trail, error) {
	t := &trail{c: c, stream: c.Value("id"), group: c.Query("type"), actor: c.Query("actor"), from: c.Query("from"), to: c.Query("to")}
	t.path = c.Path("p", t.stream, "audit")
	if t.stream == "" {
		t.stream = c.Value("stream")
		t.path = c.Path(append([]string{"audit"}, strings.Split(t.stream, "/")...)...)
	}
	site, isSite := strings.CutPrefix(t.stream, study.SiteStream(""))
	t.person = t.stream != study.StudyStream && !isSite
	events, err := c.App.Trail(c.Ctx(), c.Actor, c.Study, t.stream, appQuery())
	if err != nil {
		return nil, err
	}
	t.all = events
	t.names = map[string]string{"system": c.Say(study.RoleName("system"))}
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return nil, err
	}
	for _, s := range sites {
		for id, m := range s.Staff {
			t.names[id] = m.Name
		}
		if s.Zone != nil && (s.ID == site || strings.HasPrefix(t.stream, s.ID+"-")) {
			c.Zone = s.Zone
		}
	}
	for _, day := range []struct{ name, value string }{{"from", t.from}, {"to", t.to}} {
		if _, err := time.Parse(time.DateOnly, day.value); err != nil && day.value != "" {
			return nil, page.Bad(day.name, "write the day as 2026-02-03", "skriv dagen som 2026-02-03")
		}
	}
	return t, t.readMoment()
}

// readMoment reads "as of": the number of an event, or a moment at the site.
func (t *trail) readMoment() error {
	t.number = len(t.all)
	// A moment that was typed goes before the slider, which is always sent.
	if at := t.c.Query("at"); at != "" {
		moment, err := time.ParseInLocation("2006-01-02T15:04", at, t.c.Zone)
		if err != nil {
			return page.Bad("at", "write the day and time as 2026-02-03T14:05", "skriv dag og klokkeslett som 2026-02-03T14:05")
		}
		t.until = moment.Add(time.Minute - time.Microsecond) // the whole of that minute
		t.number = 0
		for i, e := range t.all {
			if !e.Recorded.After(t.until) {
				t.number = i + 1
			}
		}
		return nil
	}
	if v := t.c.Query("v"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return page.Bad("v", "the number of an event is a whole number from 1", "nummeret på en hendelse er et helt tall fra 1")
		}
		if n < len(t.all) {
			t.until = t.all[n-1].Recorded
			// What one command did has one time: all of it, or none.
			for t.number = n; t.number < len(t.all) && t.all[t.number].Recorded.Equal(t.until); t.number++ {
			}
		}
	}
	return nil
}

// shown are the events that the filters let through, newest first.
func (t *trail) shown() []study.Event {
	var out []study.Event
	for _, e := range slices.Backward(t.all[:t.number]) {
		day := e.Recorded.In(t.c.Zone).Format(time.DateOnly)
		if strings.HasPrefix(e.Type(), t.group) && (t.actor == "" || e.Actor == t.actor) && (t.from == "" || day >= t.from) && (t.to == "" || day <= t.to) {
			out = append(out, e)
		}
	}
	return out
}

// link answers the trail's address with the present filters, and some changed.
func (t *trail) link(change map[string]string) string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("type", t.group)
	set("actor", t.actor)
	set("from", t.from)
	set("to", t.to)
	set("at", t.c.Query("at"))
	if t.c.Query("at") == "" {
		set("v", t.c.Query("v"))
	}
	for name, value := range change {
		q.Del(name)
		set(name, value)
	}
	if len(q) == 0 {
		return t.path
	}
	return t.path + "?" + q.Encode()
}

func (t *trail) who(e study.Event) string {
	name := e.Actor
	if n := t.names[e.Actor]; n != "" {
		name = n
	}
	role := t.c.Say(study.RoleName(e.Role))
	if name == role {
		return name
	}
	return name + ", " + role
}

// eventView is one event of the trail.
type eventView struct {
	Number    int
	Anchor    string
	Recorded  time.Time
	Effective time.Time // zero when it happened as it was recorded
	Who       string
	Text      string
	Type      string
	Reason    string
	Changes   []change
	Hash      string
	AsOf      string
}

// change is one answer, as it was and as it is.
type change struct {
	Item, From, To string
	Corrected      bool
}

func (t *trail) event(e study.Event) eventView {
	v := eventView{Number: int(e.Version), Anchor: "e" + strconv.FormatInt(e.Version, 10), Recorded: e.Recorded, Who: t.who(e), Text: t.c.Say(study.Describe(t.c.Def, e)), Type: e.Type(), Reason: e.Reason, Changes: t.changes(e)}
	if e.Recorded.Sub(e.At).Abs() >= time.Minute {
		v.Effective = e.At
	}
	if e.Hash != (ledger.Hash{}) {
		v.Hash = hex.EncodeToString(e.Hash[:6])
	}
	return v
}

func (t *trail) changes(e study.Event) []change {
	var out []change
	each := func(form string, items study.Values, from study.Values, corrected bool) {
		ids := make([]string, 0, len(items))
		f, ok := t.c.Def.Form(form)
		if ok {
			for i := range f.Items {
				if _, there := items[f.Items[i].ID]; there {
					ids = append(ids, f.Items[i].ID)
				}
			}
		}
		for id := range items {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		for _, id := range ids {
			x := change{Item: itemName(t.c, form, id), To: valueText(t.c, form, id, items[id]), Corrected: corrected}
			if corrected {
				x.From = valueText(t.c, form, id, from[id])
			}
			out = append(out, x)
		}
	}
	switch d := e.Data.(type) {
	case study.FormSaved:
		each(d.Form, d.Items, nil, false)
	case study.FormCorrected:
		each(d.Form, d.Items, d.From, true)
	}
	return out
}

type trailView struct {
	Heading ui.Heading
	Path    string
	Filter  []ui.Field
	Clear   string
	Moment  string // hidden in the filter's form
	Number  string
	Events  []eventView
	Count   int
	Pages   ui.Pagination
	CSV     string
	AsOf    *asOfView
	Box     *boxView
	Empty   ui.Empty
}

func showTrail(c *page.Context) error {
	t, err := readTrail(c)
	if err != nil {
		return err
	}
	if c.Query("format") == "csv" {
		return t.csv()
	}
	events := t.shown()
	pages := max(1, (len(events)+perPage-1)/perPage)
	n, err := strconv.Atoi(c.Query("page"))
	if c.Query("page") == "" {
		n, err = 1, nil
	}
	if err != nil || n < 1 || n > pages {
		return page.NotFound("the trail has no such page", "sporet har ingen slik side")
	}
	v := trailView{Heading: t.heading(), Path: t.path, Filter: t.filter(), Clear: t.path, Count: len(events), CSV: t.link(map[string]string{"format": "csv"}),
		Moment: c.Query("at"), Number: c.Query("v"), Empty: ui.Empty{Title: c.T("audit.empty"), Text: c.T("audit.empty.text")}}
	for _, e := range events[(n-1)*perPage : min(n*perPage, len(events))] {
		x := t.event(e)
		if t.person && c.Can(access.SeeJourney) {
			x.AsOf = t.link(map[string]string{"at": "", "page": "", "v": strconv.Itoa(slices.IndexFunc(t.all, func(y study.Event) bool { return y.Version == e.Version }) + 1)}) + "#asof"
		}
		v.Events = append(v.Events, x)
	}
	v.Pages = ui.Paginate(n, pages, func(p int) string { return t.link(map[string]string{"page": strconv.Itoa(p)}) + "#trail" })
	if t.person && c.Can(access.SeeJourney) {
		if v.AsOf, err = t.asOf(); err != nil {
			return err
		}
	}
	v.Box = box(c)
	crumbs := []ui.Crumb{{Text: c.T("audit.menu"), Href: c.Path("audit")}, {Text: t.stream}}
	return c.Render("trail", page.Page{Title: c.T("audit.title") + " · " + t.stream, Crumbs: crumbs, Data: v})
}

func (t *trail) heading() ui.Heading {
	h := ui.Heading{Title: t.stream, Lead: t.c.T("audit.lead")}
	switch {
	case t.stream == study.StudyStream:
		h.Title = t.c.T("audit.stream.study")
	case !t.person:
		h.Title = t.c.T("audit.stream.site", "site", strings.TrimPrefix(t.stream, study.SiteStream("")))
	default:
		if t.c.Can(access.SeeJourney) {
			h.Actions = append(h.Actions, ui.Link{Text: t.c.T("audit.journey"), Href: t.c.Path("p", t.stream), Variant: "secondary"})
		}
		if t.c.Can(access.SeeAccess) {
			h.Actions = append(h.Actions, ui.Link{Text: t.c.T("audit.looks"), Href: t.c.Path("p", t.stream, "looks"), Variant: "secondary"})
		}
		if t.c.Can(access.EraseIdentity) {
			h.Actions = append(h.Actions, ui.Link{Text: t.c.T("audit.erase"), Href: t.c.Path("p", t.stream, "erase"), Variant: "tertiary"})
		}
	}
	return h
}

// filter offers the kinds of events and the actors that the trail has.
func (t *trail) filter() []ui.Field {
	kinds := ui.Field{Kind: ui.SelectField, Name: "type", Label: t.c.T("audit.type"), Value: t.group}
	actors := ui.Field{Kind: ui.SelectField, Name: "actor", Label: t.c.T("audit.actor"), Value: t.actor}
	seen := map[string]bool{}
	for _, e := range t.all {
		group, _, _ := strings.Cut(e.Type(), ".")
		if !seen["k"+group] {
			seen["k"+group] = true
			kinds.Options = append(kinds.Options, ui.Option{Value: group + ".", Label: t.c.T("audit.type." + group)})
		}
		if !seen["a"+e.Actor] {
			seen["a"+e.Actor] = true
			actors.Options = append(actors.Options, ui.Option{Value: e.Actor, Label: t.who(e)})
		}
	}
	byLabel := func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) }
	slices.SortFunc(kinds.Options, byLabel)
	slices.SortFunc(actors.Options, byLabel)
	return []ui.Field{kinds, actors,
		{Kind: ui.DateField, Name: "from", Label: t.c.T("audit.from"), Value: t.from},
		{Kind: ui.DateField, Name: "to", Label: t.c.T("audit.to"), Value: t.to}}
}
