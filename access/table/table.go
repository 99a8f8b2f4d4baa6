// Package table is the table of roles and capabilities as it is written, the one
// place where it stands: table.yaml, which a non-programmer can read. It lies below
// the protocol, which may take away from it, and below access, which asks it.
package table

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"

	"varde/bilingual"
)

// Text is the file.
//
//go:embed table.yaml
var Text []byte

// Line is one line of the table.
type Line struct {
	Capability string
	Name       bilingual.Text
	Roles      []string
}

// Lines of the table, in its order.
var Lines = read()

// RolesOf answers the roles that have a capability, nil when there is none of that name.
func RolesOf(capability string) []string {
	if i := slices.IndexFunc(Lines, func(l Line) bool { return l.Capability == capability }); i >= 0 {
		return Lines[i].Roles
	}
	return nil
}

// Capabilities answers all names, in the table's order.
func Capabilities() []string {
	out := make([]string, len(Lines))
	for i, l := range Lines {
		out[i] = l.Capability
	}
	return out
}

// read reads what is compiled in; a table that cannot be read would let nobody do
// anything, so the program does not start.
func read() []Line {
	var doc yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(Text, &doc, yaml.UseOrderedMap()); err != nil {
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
		lines = append(lines, Line{Capability: fmt.Sprint(item.Key), Name: bilingual.Text{EN: row.EN, NB: row.NB}, Roles: row.Roles})
	}
	return lines
}
