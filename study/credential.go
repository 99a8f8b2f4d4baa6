package study

import (
	"maps"
	"slices"

	"varde/protocol"
)

// CredentialDue is a credential that somebody lacks for a role they have, or that runs
// out soon.
type CredentialDue struct {
	Person, Name string
	Role         string
	Title        Text   // of the credential
	Until        string // last valid day, YYYY-MM-DD; "" when there is none
	Lacks        bool   // not held, or run out already
}

// CredentialsDue answers what the people of a site lack for the roles they are delegated
// in on a day, or will within so many days; what is lacking first, then by day.
func CredentialsDue(def *protocol.Definition, site *SiteState, on Day, within int) []CredentialDue {
	if site == nil {
		return nil
	}
	today, soon := on.String(), (on + Day(within)).String()
	var out []CredentialDue
	for _, id := range slices.Sorted(maps.Keys(site.Staff)) {
		m := site.Staff[id]
		for _, c := range def.Staffing.Credentials {
			for _, role := range c.Roles {
				if !m.Serves(role, today) || CountedOverPair(def, c.ID, role) {
					continue
				}
				until, held := m.Credentials[c.ID]
				if held && (until == "" || until > soon) {
					continue
				}
				out = append(out, CredentialDue{Person: id, Name: m.Name, Role: role, Title: c.Title, Until: until, Lacks: !held || until < today})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b CredentialDue) int {
		switch {
		case a.Lacks != b.Lacks && a.Lacks:
			return -1
		case a.Lacks != b.Lacks:
			return 1
		case a.Until < b.Until:
			return -1
		case a.Until > b.Until:
			return 1
		}
		return 0
	})
	return out
}
