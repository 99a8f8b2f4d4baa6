package clinic

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

const (
	perPage  = 50
	everyone = "all" // value of a filter that does not filter
)

type participantsView struct {
	Heading ui.Heading
	Filter  []ui.Field
	Table   ui.Table
	Count   string
	Pages   ui.Pagination
	Refer   *referForm
}

type referForm struct {
	Numbers []ui.Field // hidden: the next number of each site
	Client  string
	Open    bool
	Errors  ui.ErrorSummary
	Fields  []ui.Field
}

func participants(c *page.Context) error {
	if !seesVisits(c) {
		return c.Redirect(c.Path("ratings"))
	}
	return showParticipants(c, nil)
}

func showParticipants(c *page.Context, refused *study.Refusal) error {
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	if len(sites) > 0 {
		c.Zone = sites[0].Zone
	}
	q := app.ListQuery{Site: c.Query("site"), Status: c.Query("status"), Search: c.Query("search"), Limit: perPage}
	if q.Site == everyone {
		q.Site = ""
	}
	if q.Status == everyone {
		q.Status = ""
	}
	if len(q.Search) > 40 || len(q.Site) > 40 || q.Status != "" && !slices.Contains(study.Statuses, study.Status(q.Status)) {
		return page.Bad("status", "the filter is not one that the page offers", "filteret er ikke et av dem siden tilbyr")
	}
	at := 1
	if s := c.Query("page"); s != "" {
		if at, err = strconv.Atoi(s); err != nil || at < 1 || at > 1_000_000 {
			return page.Bad("page", "the page is a number from 1", "siden er et tall fra 1")
		}
	}
	q.Offset = (at - 1) * perPage
	rows, total, err := c.App.Participants(c.Ctx(), c.Actor, c.Study, q)
	if err != nil {
		return err
	}
	v := participantsView{Heading: ui.Heading{Title: c.T("clinic.participants")}, Count: c.TN("clinic.participants.count", total)}
	v.Filter = filterFields(c, q, sites)
	v.Table = participantTable(c, rows, len(sites) > 1)
	v.Pages = ui.Paginate(at, (total+perPage-1)/perPage, func(n int) string {
		u := url.Values{}
		for k, s := range map[string]string{"site": q.Site, "status": q.Status, "search": q.Search} {
			if s != "" {
				u.Set(k, s)
			}
		}
		u.Set("page", strconv.Itoa(n))
		return c.Path("participants") + "?" + u.Encode()
	})
	p := page.Page{Title: c.T("clinic.participants"), Data: &v}
	if c.Can(access.Refer) {
		v.Refer = newReferForm(c, sites, refused)
		if refused != nil {
			p.Status = page.Status(refused)
		}
	}
	return c.Render("participants", p)
}

func filterFields(c *page.Context, q app.ListQuery, sites []*study.SiteState) []ui.Field {
	// "all" is a choice of its own, so that the box says what it does.
	all := ui.Option{Value: everyone, Label: c.T("clinic.all")}
	status := ui.Field{Kind: ui.SelectField, Name: "status", Label: c.T("clinic.status"), Value: cmp.Or(q.Status, everyone), Options: []ui.Option{all}}
	for _, s := range study.Statuses {
		status.Options = append(status.Options, ui.Option{Value: string(s), Label: c.Say(study.StatusName(s))})
	}
	out := []ui.Field{{Kind: ui.TextField, Name: "search", Label: c.T("clinic.participants.search"), Value: q.Search}, status}
	if len(sites) > 1 {
		f := siteField(c, sites, cmp.Or(q.Site, everyone))
		f.Options = append([]ui.Option{all}, f.Options...)
		out = append(out, f)
	}
	return out
}

func siteField(c *page.Context, sites []*study.SiteState, value string) ui.Field {
	f := ui.Field{Kind: ui.SelectField, Name: "site", Label: c.T("clinic.site"), Value: value}
	for _, s := range sites {
		f.Options = append(f.Options, ui.Option{Value: s.ID, Label: s.ID + " " + s.Name})
	}
	return f
}

func participantTable(c *page.Context, rows []app.ParticipantRow, withSite bool) ui.Table {
	t := ui.Table{Caption: c.T("clinic.participants"), HideCaption: true,
		Empty: &ui.Empty{Title: c.T("clinic.participants.none"), Text: c.T("clinic.participants.none.text")}}
	t.Columns = []ui.Column{{Head: c.T("clinic.number")}, {Head: c.T("clinic.status")}}
	if withSite {
		t.Columns = append(t.Columns, ui.Column{Head: c.T("clinic.site")})
	}
	full := c.Can(access.SeeJourney)
	if full {
		t.Columns = append(t.Columns, ui.Column{Head: c.T("clinic.next")}, ui.Column{Head: c.T("clinic.visits"), Num: true},
			ui.Column{Head: c.T("clinic.queries"), Num: true}, ui.Column{Head: c.T("clinic.kit")})
	}
	for _, r := range rows {
		first := ui.Cell{Text: r.ID}
		if full {
			first.Href = c.Path("p", r.ID)
		}
		row := ui.Row{Cells: []ui.Cell{first, {Tags: []ui.Tag{statusTag(c, r.Status)}}}}
		if withSite {
			row.Cells = append(row.Cells, ui.Cell{Text: r.Site})
		}
		if full {
			row.Cells = append(row.Cells, nextCell(c, r), ui.Cell{Text: strconv.Itoa(r.VisitsHeld)}, number(r.Queries), ui.Cell{Text: r.Kit})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func number(n int) ui.Cell {
	if n == 0 {
		return ui.Cell{}
	}
	return ui.Cell{Text: strconv.Itoa(n)}
}

func nextCell(c *page.Context, r app.ParticipantRow) ui.Cell {
	if r.NextTask.ID == "" {
		return ui.Cell{}
	}
	cell := ui.Cell{Text: taskTitle(c, r.NextTask), Href: taskHref(c, r.ID, r.NextTask)}
	line := lineOf(c, r.ID, r.NextTask, c.Zone)
	cell.Sub = line.When
	if line.Late != "" {
		cell.Tags = []ui.Tag{{Text: line.Late, Tone: ui.Danger}}
	}
	return cell
}

func newReferForm(c *page.Context, sites []*study.SiteState, refused *study.Refusal) *referForm {
	f := &referForm{Client: c.ClientID(), Open: refused != nil || c.Query("refer") != ""}
	site := siteField(c, sites, c.Text("site"))
	site.Name, site.Required = "site", true
	if len(sites) == 1 {
		site.Value = sites[0].ID
	}
	channel := ui.Field{Kind: ui.RadioField, Name: "channel", Label: c.T("clinic.refer.channel"), Required: true, Value: c.Text("channel"), Row: true, Options: []ui.Option{
		{Value: "self", Label: c.T("clinic.refer.self")}, {Value: "professional", Label: c.T("clinic.refer.professional")}, {Value: "other", Label: c.T("clinic.refer.other")}}}
	lang := ui.Field{Kind: ui.RadioField, Name: "language", Label: c.T("clinic.refer.language"), Required: true, Value: c.Text("language"), Row: true,
		Options: []ui.Option{{Value: "nb", Label: c.T("clinic.lang.nb")}, {Value: "en", Label: c.T("clinic.lang.en")}}}
	if lang.Value == "" {
		lang.Value = c.Lang
	}
	f.Fields = []ui.Field{site, channel, lang}
	for _, s := range sites {
		f.Numbers = append(f.Numbers, ui.Field{Name: "number." + s.ID, Value: strconv.Itoa(s.Numbers + 1)})
	}
	for i := range f.Fields {
		f.Fields[i].ID = "refer-" + f.Fields[i].Name
	}
	if refused != nil {
		text := page.Sentence(c.Say(refused.Text))
		found := false
		for i := range f.Fields {
			if f.Fields[i].Name == refused.Field {
				f.Fields[i].Error, found = text, true
			}
		}
		f.Errors.Errors = ui.Faults(f.Fields)
		if !found {
			f.Errors.Errors = []ui.FieldError{{ID: "refer", Text: text}}
		}
	}
	return f
}

// refer begins a participant's record under the site's next number. The form holds
// the number that was next when it was made; when others have been referred since,
// the numbers after it are tried in turn, so that a form sent twice finds the
// number that it was given the first time.
func refer(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return err
	}
	siteID := c.Text("site")
	i := slices.IndexFunc(sites, func(s *study.SiteState) bool { return s.ID == siteID })
	if i < 0 {
		return showParticipants(c, page.Bad("site", "choose a site", "velg et sted"))
	}
	n, err := c.Int("number." + siteID)
	if err != nil {
		return err
	}
	last := sites[i].Numbers + 5 // some may come while we try
	if n < 1 || n > last {
		n = sites[i].Numbers + 1
	}
	for ; ; n++ {
		done, err := c.Do(study.Refer{On: study.On{Participant: study.ParticipantNumber(siteID, n)},
			Channel: c.Text("channel"), Language: c.Text("language"), Site: siteID})
		r, refused := page.Refused(err)
		switch {
		case refused && n < last && slices.Contains([]string{"number-taken", "already-referred", "client-id-taken"}, r.Code):
			continue
		case refused && r.Kind != study.Forbidden:
			return showParticipants(c, r)
		case err != nil:
			return err
		}
		return c.RedirectWith(c.Path("p", done.Participant), ui.Success, c.T("clinic.refer.done", "number", done.Participant))
	}
}
