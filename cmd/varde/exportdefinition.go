package main

import (
	"errors"
	"io"

	"varde/export/odm"
	"varde/export/usdm"
)

type exportDefinitionCmd struct {
	Dir  string `arg:"" help:"Protocol folder."`
	ODM  string `name:"odm" placeholder:"FILE" help:"Write metadata of CDISC ODM 2.0 (XML)."`
	USDM string `name:"usdm" placeholder:"FILE" help:"Write CDISC USDM 4.0 (JSON)."`
}

func (c *exportDefinitionCmd) Run(m *Main) error {
	if c.ODM == "" && c.USDM == "" {
		return errors.New("name what to write: --odm FILE or --usdm FILE")
	}
	def, err := m.soundProtocol(c.Dir)
	if err != nil {
		return err
	}
	if c.ODM != "" {
		if err := m.writeWhole(c.ODM, func(w io.Writer) error { return odm.Write(w, def, m.Clock()) }); err != nil {
			return err
		}
	}
	if c.USDM != "" {
		return m.writeWhole(c.USDM, func(w io.Writer) error { return usdm.Write(w, def) })
	}
	return nil
}
