package session

import (
	"slices"
	"strings"

	"varde/study"
	"varde/web/ui"
)

func (r *room) member(id string) (study.StaffMember, bool) {
	if r.env.Site == nil {
		return study.StaffMember{}, false
	}
	m, ok := r.env.Site.Staff[id]
	return m, ok
}

// staff answers the site's staff with a role ("" = any), by name.
func (r *room) staff(role string) []study.StaffMember {
	var out []study.StaffMember
	if r.env.Site == nil {
		return nil
	}
	for _, m := range r.env.Site.Staff {
		if len(m.Roles) > 0 && (role == "" || slices.Contains(m.Roles, role)) {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b study.StaffMember) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Person, b.Person)
	})
	return out
}

func (r *room) option(m study.StaffMember) ui.Option {
	return ui.Option{Value: m.Person, Label: m.Name + " (" + r.roles(m.Roles) + ")"}
}

// name answers what a staff id is called; an id that the site does not know, as it is.
func (r *room) name(id string) string {
	if m, ok := r.member(id); ok && m.Name != "" {
		return m.Name
	}
	return id
}

func (r *room) names(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = r.name(id)
	}
	return strings.Join(out, ", ")
}

func (r *room) roles(roles []string) string {
	out := make([]string, len(roles))
	for i, role := range roles {
		out[i] = r.c.Say(study.RoleName(role))
	}
	return strings.Join(out, ", ")
}
