package admin

import (
	"slices"

	"varde/access"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type rolesView struct {
	Heading ui.Heading
	Roles   []roleView // each role in words, the reader's own first
	Heads   []string
	Lines   []lineOfTable
	Taken   int
}

type roleView struct {
	ID, Title string
	Own       bool
	May       []string
	Taken     []string
}

// lineOfTable is one capability with a mark for each role: "may", "taken" or "".
type lineOfTable struct {
	Name  string
	Marks []string
}

// roles shows the table of who may do what as it applies in this study.
func roles(c *page.Context) error {
	var list []string
	for _, r := range protocol.Roles {
		if r != access.System.Role && len(access.Table[r]) > 0 {
			list = append(list, r)
		}
	}
	v := rolesView{Heading: ui.Heading{Title: c.T("admin.roles"), Lead: c.T("admin.roles.lead")}}
	for _, r := range list {
		x := roleView{ID: r, Title: c.Say(study.RoleName(r)), Own: r == c.Actor.Role}
		for _, l := range access.Lines {
			switch mark(c, r, l) {
			case "may":
				x.May = append(x.May, c.Say(l.Name))
			case "taken":
				x.Taken = append(x.Taken, c.Say(l.Name))
			}
		}
		v.Heads = append(v.Heads, x.Title)
		v.Roles = append(v.Roles, x)
	}
	slices.SortStableFunc(v.Roles, func(a, b roleView) int {
		switch {
		case a.Own == b.Own:
			return 0
		case a.Own:
			return -1
		}
		return 1
	})
	for _, l := range access.Lines {
		row := lineOfTable{Name: c.Say(l.Name)}
		for _, r := range list {
			m := mark(c, r, l)
			if m == "taken" {
				v.Taken++
			}
			row.Marks = append(row.Marks, m)
		}
		v.Lines = append(v.Lines, row)
	}
	return c.Render("roles", page.Page{Title: c.T("admin.roles"), Crumbs: crumbsOfLog(c), Data: v})
}

func crumbsOfLog(c *page.Context) []ui.Crumb {
	first := ui.Crumb{Text: c.T("admin.log")}
	if c.Can(access.SeeAudit) {
		first.Href = c.Path("people")
	}
	return []ui.Crumb{first, {Text: c.T("admin.roles")}}
}

func mark(c *page.Context, role string, l access.Line) string {
	switch {
	case !slices.Contains(l.Roles, role):
		return ""
	case access.Withheld(c.Def, role, l.Capability):
		return "taken"
	}
	return "may"
}
