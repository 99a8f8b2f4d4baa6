package main

import (
	"fmt"
	"os"

	"varde/protocol"
	"varde/protocols"
)

type checkCmd struct {
	Dir   string `arg:"" help:"Protocol folder."`
	JSON  bool   `name:"json" help:"Print the findings as JSON."`
	Quiet bool   `short:"q" help:"Leave out what the site still has to confirm."`
}

func (c *checkCmd) Run(m *Main) error {
	def, findings, err := m.loadProtocol(c.Dir)
	if err != nil {
		return err
	}
	if def != nil && !c.Quiet {
		findings = append(findings, def.Unconfirmed()...)
	}
	if c.JSON {
		if err := protocol.WriteJSON(m.Stdout, findings); err != nil {
			return err
		}
	} else {
		if err := protocol.WriteText(m.Stdout, findings); err != nil {
			return err
		}
		if def != nil {
			fmt.Fprintf(m.Stdout, "%s %s: %d visits, %d forms; digest %s\n", def.ID, def.Version, len(def.Visits), len(def.Instruments), def.Digest)
		}
	}
	if protocol.HasErrors(findings) {
		return errSilent
	}
	return nil
}

// loadProtocol reads a protocol folder with the shipped instruments.
func (m *Main) loadProtocol(dir string) (*protocol.Definition, []protocol.Finding, error) {
	info, err := os.Stat(m.path(dir))
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the protocol folder %s: %w", dir, err)
	}
	if !info.IsDir() {
		return nil, nil, fmt.Errorf("%s is a file: name the folder that holds the protocol", dir)
	}
	lib, err := protocols.Library()
	if err != nil {
		return nil, nil, err
	}
	def, findings := protocol.Load(os.DirFS(m.path(dir)), lib)
	return def, findings, nil
}
