package main

import "varde/evidence"

type evidenceCmd struct {
	Language string `enum:"en,nb" default:"en" help:"en or nb."`
	JSON     bool   `name:"json" help:"Print everything as JSON with full precision."`
}

// Run prints the table of trials, what it adds up to, and what is retracted.
func (c *evidenceCmd) Run(m *Main) error {
	s, err := evidence.Shipped()
	if err != nil {
		return err
	}
	if c.JSON {
		return evidence.JSON(m.Stdout, s)
	}
	return evidence.Text(m.Stdout, s, c.Language)
}
