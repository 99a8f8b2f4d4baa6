package access

import (
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"

	"varde/bilingual"
	"varde/protocol"
)

// TableText is the table of roles and capabilities as it is written: the one place
// where it stands.
//
//go:embed table.yaml
var TableText []byte

// Line is one line of the table.
type Line struct {
	Capability Capability
	Name       bilingual.Text
	Roles      []string
}

var (
	// Lines of the table, in its order.
	Lines = readTable()
	// Names of capabilities for people.
	Names = map[Capability]bilingual.Text{}
	// Table is role x capability. A protocol may narrow it, never widen it.
	Table = map[string][]Capability{}
)

func init() {
	for _, l := range Lines {
		Names[l.Capability] = l.Name
		for _, r := range l.Roles {
			Table[r] = append(Table[r], l.Capability)
		}
	}
}

// readTable reads what is compiled in; a table that cannot be read would let
// nobody do anything, so the program does not start.
func readTable() []Line {
	var doc yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(TableText, &doc, yaml.UseOrderedMap()); err != nil {
		panic(fmt.Errorf("access: table.yaml: %w", err))
	}
	lines := make([]Line, 0, len(doc))
	for _, item := range doc {
		var row struct {
			EN    string   `yaml:"en"`
			NB    string   `yaml:"nb"`
			Roles []string `yaml:"roles"`
		}
		text, err := yaml.Marshal(item.Value)
		if err == nil {
			err = yaml.UnmarshalWithOptions(text, &row, yaml.Strict())
		}
		if err != nil {
			panic(fmt.Errorf("access: table.yaml: %v: %w", item.Key, err))
		}
		lines = append(lines, Line{Capability: Capability(fmt.Sprint(item.Key)), Name: bilingual.Text{EN: row.EN, NB: row.NB}, Roles: row.Roles})
	}
	return lines
}

// Withheld says that the protocol takes a capability away from a role.
func Withheld(def *protocol.Definition, role string, c Capability) bool {
	return false
}
