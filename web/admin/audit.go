package admin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// linesShown is how many lines one page of the search shows.
const linesShown = 100

// groups of events, as a search offers them: of a study and of the house's log.
var (
	studyGroups = []string{"person", "consent", "eligibility", "participant", "visit", "form", "query", "alert", "deviation", "session", "safety", "rating", "record.signed", "unblinding", "identity", "record.seen", "arm", "study", "site", "allocation"}
	houseGroups = []string{"session", "signin", "access", "account", "role", "link", "passkey", "password", "recovery", "subject", "presence", "token"}
)

// search is what the reader asks for.
type search struct {
	c     *page.Context
	query app.AuditQuery
	house bool
	path  string
	typed map[string]string // the filters as they stand in the address
}

var filters = []string{"account", "participant", "record", "type", "from", "to", "seen"}

func searchStudy(c *page.Context) error {
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	if len(sites) > 0 && sites[0].Zone != nil {
		c.Zone = sites[0].Zone
	}
	return run(&search{c: c, path: c.Path("audit-search"), query: app.AuditQuery{Study: c.Study}})
}

func searchHouse(c *page.Context) error { return run(&search{c: c, path: "/audit", house: true}) }

func run(s *search) error {
	if err := s.read(); err != nil {
		return err
	}
	switch s.c.Query("format") {
	case "":
		return s.show()
	case "csv":
		return s.csv()
	case "ndjson":
		return s.ndjson()
	}
	return page.Bad("format", "the formats are csv and ndjson", "formatene er csv og ndjson")
}

// read takes the filters from the address.
func (s *search) read() error {
	c := s.c
	s.typed = map[string]string{}
	for _, name := range filters {
		v := c.Query(name)
		if len(v) > 200 {
			return page.Bad(name, "this filter is too long", "dette filteret er for langt")
		}
		s.typed[name] = v
	}
	q := &s.query
	q.Account, q.Participant, q.Record, q.Type, q.Seen = s.typed["account"], s.typed["participant"], s.typed["record"], s.typed["type"], s.typed["seen"] == "yes"
	if q.Record != "" {
		if _, err := study.ParseRecordRef(q.Record); err != nil {
			return page.Bad("record", "this names no record: "+err.Error(), "dette er ikke navnet på en føring: "+err.Error())
		}
	}
	for name, to := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		if s.typed[name] == "" {
			continue
		}
		t, err := time.ParseInLocation("2006-01-02T15:04", s.typed[name], c.Zone)
		if err != nil {
			if t, err = time.ParseInLocation(time.DateOnly, s.typed[name], c.Zone); err == nil && name == "to" {
				t = t.AddDate(0, 0, 1).Add(-time.Microsecond)
			}
		} else if name == "to" {
			t = t.Add(time.Minute - time.Microsecond) // the whole of that minute
		}
		if err != nil {
			return page.Bad(name, "write the day and time as 2026-02-03T14:05", "skriv dag og klokkeslett som 2026-02-03T14:05")
		}
		*to = t
	}
	if v := c.Query("before"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 1 {
			return page.Bad("before", "the number of an event is a whole number from 1", "nummeret på en hendelse er et helt tall fra 1")
		}
		q.Before = n
	}
	return nil
}

// link answers the search's address with its filters, and some changed.
func (s *search) link(change map[string]string) string {
	q := url.Values{}
	for name, v := range s.typed {
		if v != "" {
			q.Set(name, v)
		}
	}
	for name, v := range change {
		q.Del(name)
		if v != "" {
			q.Set(name, v)
		}
	}
	if len(q) == 0 {
		return s.path
	}
	return s.path + "?" + q.Encode()
}

type auditView struct {
	Heading ui.Heading
	Path    string
	Filter  []ui.Field
	Clear   string
	Table   ui.Table
	Older   string
	Newest  string
	Exports []ui.Link
	Zone    string
}

func (s *search) show() error {
	c := s.c
	s.query.Limit = linesShown
	lines, next, err := c.App.Audit(c.Ctx(), c.Actor, s.query)
	if err != nil {
		return err
	}
	v := auditView{Heading: ui.Heading{Title: c.T("admin.audit"), Lead: c.T("admin.audit.lead")}, Path: s.path, Clear: s.path, Filter: s.fields(), Zone: c.Voice().Stamped(c.Now)}
	crumbs := []ui.Crumb{{Text: c.T("admin.audit")}}
	if s.house {
		v.Heading = ui.Heading{Title: c.T("admin.house"), Lead: c.T("admin.house.lead")}
		crumbs = []ui.Crumb{{Text: c.T("admin.house")}}
		if c.Can(access.SeeAccess) {
			v.Heading.Actions = []ui.Link{{Text: c.T("admin.accounts"), Href: "/people", Variant: "secondary"}}
		}
	} else {
		v.Heading.Actions = []ui.Link{{Text: c.T("admin.audit.trails"), Href: c.Path("audit"), Variant: "secondary"}}
	}
	v.Table = ui.Table{Caption: v.Heading.Title, HideCaption: true, Columns: []ui.Column{{Head: c.T("admin.at")}, {Head: c.T("admin.who")}, {Head: c.T("admin.what")}, {Head: c.T("admin.where")}},
		Empty: &ui.Empty{Title: c.T("admin.audit.none"), Text: c.T("admin.audit.none.text")}}
	for _, l := range lines {
		v.Table.Rows = append(v.Table.Rows, s.row(l))
	}
	if next > 0 {
		v.Older = s.link(map[string]string{"before": strconv.FormatInt(next, 10)})
	}
	if s.query.Before > 0 {
		v.Newest = s.link(nil)
	}
	v.Exports = []ui.Link{{Text: c.T("admin.export.csv"), Href: s.link(map[string]string{"format": "csv"}), Variant: "secondary"}, {Text: c.T("admin.export.ndjson"), Href: s.link(map[string]string{"format": "ndjson"}), Variant: "secondary"}}
	return c.Render("audit", page.Page{Title: v.Heading.Title, Crumbs: crumbs, Data: v})
}

func (s *search) row(l app.AuditLine) ui.Row {
	c := s.c
	who := ui.Cell{Text: nameOr(l.Name, l.Account), Sub: c.Say(study.RoleName(l.Role))}
	switch {
	case l.Role == access.System.Role:
		who.Sub = "" // the program itself, or its console
	case l.Role == "staff":
		who.Sub = c.T("admin.staff")
	}
	if who.Text == who.Sub {
		who.Sub = ""
	}
	what := ui.Cell{Text: page.Sentence(c.Say(l.Text))}
	var sub []string
	if l.Reason != "" {
		sub = append(sub, c.T("admin.reason")+": "+l.Reason)
	}
	keys := make([]string, 0, len(l.Facts))
	for k := range l.Facts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		sub = append(sub, fact(c, k, l.Facts[k]))
	}
	what.Sub = strings.Join(sub, " · ")
	when := ui.Cell{Time: l.Recorded}
	if !l.At.IsZero() && l.Recorded.Sub(l.At).Abs() >= time.Minute {
		when.Sub = c.T("admin.happened", "time", c.Voice().DateTime(l.At))
	}
	return ui.Row{Cells: []ui.Cell{when, who, what, s.where(l)}}
}

// where is the stream, with the way to its whole trail, and the event's type and number.
func (s *search) where(l app.AuditLine) ui.Cell {
	c := s.c
	cell := ui.Cell{Text: l.Stream, Sub: strings.ReplaceAll(l.Type, ".", " › ") + " · " + strconv.FormatInt(l.Seq, 10)}
	if s.house {
		return cell
	}
	kind, id, isPart := strings.Cut(l.Stream, "/")
	switch {
	case l.Stream == study.StudyStream:
		cell.Href = c.Path("audit", "study")
	case isPart && kind == "site":
		cell.Href = c.Path("audit", "site", id)
	case isPart && kind == "participant":
		cell.Text, cell.Href = id, c.Path("p", id, "audit")
	case isPart && (kind == "seen" || kind == "identity"):
		cell.Text = id
		if c.Can(access.SeeAccess) {
			cell.Href = c.Path("p", id, "looks")
		}
	}
	return cell
}

func (s *search) fields() []ui.Field {
	c := s.c
	kind := ui.Field{Kind: ui.SelectField, Name: "type", Label: c.T("admin.type"), Value: s.typed["type"]}
	groups := studyGroups
	if s.house {
		groups = houseGroups
	}
	for _, g := range groups {
		value, key := g+".", "admin.type."+g
		if strings.Contains(g, ".") {
			value = g
		}
		if s.house {
			key = "admin.house.type." + g
		}
		kind.Options = append(kind.Options, ui.Option{Value: value, Label: c.T(key)})
	}
	slices.SortFunc(kind.Options, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	out := []ui.Field{{Kind: ui.TextField, Name: "account", Label: c.T("admin.by.account"), Value: s.typed["account"], Autocomplete: "off", MaxLength: 64}}
	if !s.house {
		out = append(out, ui.Field{Kind: ui.TextField, Name: "participant", Label: c.T("admin.participant.number"), Value: s.typed["participant"], Autocomplete: "off", MaxLength: 40},
			ui.Field{Kind: ui.TextField, Name: "record", Label: c.T("admin.record"), Hint: c.T("admin.record.hint"), Value: s.typed["record"], Autocomplete: "off", MaxLength: 120})
	}
	out = append(out, kind,
		ui.Field{Kind: ui.DateTimeField, Name: "from", Label: c.T("admin.time.from"), Value: s.typed["from"]},
		ui.Field{Kind: ui.DateTimeField, Name: "to", Label: c.T("admin.time.to"), Value: s.typed["to"]})
	if !s.house && c.Can(access.SeeAccess) {
		out = append(out, ui.Field{Kind: ui.ConfirmField, Name: "seen", Label: c.T("admin.looks"), Value: s.typed["seen"]})
	}
	return out
}
