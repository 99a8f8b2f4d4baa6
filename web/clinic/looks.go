package clinic

import (
	"strings"

	"varde/access"
	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// looksShown bounds the list of looks.
const looksShown = 500

type looksView struct {
	Heading ui.Heading
	Table   ui.Table
}

// looks shows who looked at a participant's record and identity.
func looks(c *page.Context) error {
	id := c.Value("id")
	list, err := c.App.Looks(c.Ctx(), c.Actor, c.Study, id, looksShown)
	if err != nil {
		return err
	}
	zoneOf(c, id)
	v := looksView{Heading: ui.Heading{Title: c.T("clinic.looks"), Lead: c.T("clinic.looks.lead", "number", id)}}
	v.Table = ui.Table{Caption: c.T("clinic.looks"), HideCaption: true, Columns: []ui.Column{{Head: c.T("clinic.looks.at")}, {Head: c.T("clinic.looks.who")}, {Head: c.T("clinic.looks.what")}, {Head: c.T("clinic.looks.purpose")}},
		Empty: &ui.Empty{Title: c.T("clinic.looks.none"), Text: c.T("clinic.looks.none.text")}}
	for _, l := range list {
		who := l.Name
		if who == "" {
			who = l.Account
		}
		what := ui.Cell{Text: lookAt(c, l.What)}
		var fields []string
		for _, f := range l.Fields {
			fields = append(fields, fieldName(c, f))
		}
		what.Sub = strings.Join(fields, ", ")
		v.Table.Rows = append(v.Table.Rows, ui.Row{Cells: []ui.Cell{{Time: l.At}, {Text: who, Sub: c.Say(study.RoleName(l.Role))}, what, {Text: l.Purpose}}})
	}
	crumbs := []ui.Crumb{{Text: id}}
	if c.Can(access.SeeJourney) {
		crumbs[0].Href = c.Path("p", id)
	}
	return c.Render("looks", page.Page{Title: c.T("clinic.looks"), Crumbs: append(crumbs, ui.Crumb{Text: c.T("clinic.looks")}), Data: v})
}

// lookAt says what part of a record was looked at.
func lookAt(c *page.Context, part string) string {
	kind, rest, _ := strings.Cut(part, "/")
	switch kind {
	case "identity", "journey", "trail", "arm", "export", "casebook", "diary", "messages":
		return c.T("clinic.looks." + kind)
	case "session":
		return c.T("clinic.looks.session", "visit", visitTitle(c, rest))
	case "form":
		parts := strings.Split(rest, "/")
		if len(parts) > 1 {
			title := parts[1]
			if f, ok := c.Def.Form(title); ok {
				title = formTitle(c, f)
			}
			if parts[0] != "-" && parts[0] != "" {
				title += " · " + visitTitle(c, parts[0])
			}
			return title
		}
	}
	return part
}

// fieldName says a field of an identity, or an item of a form that is kept sealed.
func fieldName(c *page.Context, f string) string {
	for _, x := range app.IdentityFields {
		if string(x) == f {
			return c.T("clinic.identity.field." + f)
		}
	}
	if item, ok := strings.CutPrefix(f, "item:"); ok {
		parts := strings.Split(item, "/")
		if form, found := c.Def.Form(at(parts, 1)); found {
			if it, found := form.Item(at(parts, len(parts)-1)); found {
				return c.Say(it.Text)
			}
		}
	}
	return f
}

func at(list []string, i int) string {
	if i < 0 || i >= len(list) {
		return ""
	}
	return list[i]
}

// zoneOf shows times as they are at the participant's site, for readers who may
// not open the record itself.
func zoneOf(c *page.Context, id string) {
	sites, err := c.App.Sites(c.Ctx(), c.Actor, c.Study)
	if err != nil {
		return
	}
	for _, s := range sites {
		if s.Zone != nil && strings.HasPrefix(id, s.ID+"-") {
			c.Zone = s.Zone
		}
	}
}

// --- erasing ---

type eraseView struct {
	Heading ui.Heading
	Erased  bool
	Form    actionForm
}

func showErase(c *page.Context) error { return renderErase(c, nil) }

// renderErase asks twice: for the ground in law, and for the number typed out.
func renderErase(c *page.Context, refused *study.Refusal) error {
	id := c.Value("id")
	zoneOf(c, id)
	v := eraseView{Heading: ui.Heading{Title: c.T("clinic.erase"), Lead: id}}
	v.Form = (&forms{c: c, refused: refused}).make(actionForm{ID: "erase", Title: c.T("clinic.erase.confirm"), Action: c.Path("p", id, "erase"), Button: c.T("clinic.erase.button"), Danger: true, Fields: []ui.Field{
		{Kind: ui.LongTextField, Name: "basis", Rows: 3, Label: c.T("clinic.erase.basis"), Hint: c.T("clinic.erase.basis.hint"), Required: true, MaxLength: 2000},
		{Kind: ui.TextField, Name: "number", Label: c.T("clinic.erase.number", "number", id), Required: true, Autocomplete: "off", Short: true, MaxLength: 40},
	}})
	p := page.Page{Title: c.T("clinic.erase"), Crumbs: []ui.Crumb{{Text: id}, {Text: c.T("clinic.erase")}}, Data: v}
	if refused != nil {
		p.Status = page.Status(refused)
	}
	return c.Render("erase", p)
}

func erase(c *page.Context) error {
	if _, err := c.Form(); err != nil {
		return err
	}
	id := c.Value("id")
	switch {
	case c.Text("basis") == "":
		return renderErase(c, page.Bad("basis", "say on what ground the identity is erased", "oppgi hvilket grunnlag identiteten slettes på"))
	case c.Text("number") != id:
		return renderErase(c, page.Bad("number", "type the number exactly as it stands above", "skriv nummeret nøyaktig slik det står over"))
	}
	err := c.App.EraseIdentity(c.Ctx(), c.Actor, c.Study, id, c.Text("basis"))
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid) {
		return renderErase(c, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(c.Path("p", id, "audit"), ui.Success, c.T("clinic.erase.done", "number", id))
}
