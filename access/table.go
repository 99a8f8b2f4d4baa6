package access

import (
	"slices"

	"varde/access/table"
	"varde/bilingual"
	"varde/protocol"
)

// TableText is the table of roles and capabilities as it is written: the one place
// where it stands.
var TableText = table.Text

// Line is one line of the table.
type Line struct {
	Capability Capability
	Name       bilingual.Text
	Roles      []string
}

var (
	// Lines of the table, in its order.
	Lines []Line
	// Names of capabilities for people.
	Names = map[Capability]bilingual.Text{}
	// Table is role x capability. A protocol may narrow it, never widen it.
	Table = map[string][]Capability{}
)

func init() {
	for _, l := range table.Lines {
		c := Capability(l.Capability)
		Lines = append(Lines, Line{Capability: c, Name: l.Name, Roles: l.Roles})
		Names[c] = l.Name
		for _, r := range l.Roles {
			Table[r] = append(Table[r], c)
		}
	}
}

// Withheld says that the protocol takes a capability away from a role.
func Withheld(def *protocol.Definition, role string, c Capability) bool {
	if def == nil {
		return false
	}
	for i := range def.Access {
		if def.Access[i].Role == role && slices.Contains(def.Access[i].Without, string(c)) {
			return true
		}
	}
	return false
}

// RolesWith answers the roles that have a capability under a protocol, in the order
// of the table.
func RolesWith(def *protocol.Definition, c Capability) []string {
	out := slices.Clone(table.RolesOf(string(c)))
	return slices.DeleteFunc(out, func(role string) bool { return Withheld(def, role, c) })
}
