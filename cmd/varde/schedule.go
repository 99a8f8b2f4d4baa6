package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"varde/protocol"
	"varde/report/schedule"
)

type scheduleCmd struct {
	Dir  string `arg:"" help:"Protocol folder."`
	HTML string `name:"html" placeholder:"FILE" help:"Write a page that stands alone."`
	PDF  string `name:"pdf" placeholder:"FILE" help:"Write a PDF, A4 across."`
	CSV  string `name:"csv" placeholder:"FILE" help:"Write CSV; without any of the three, to standard output."`
	Lang string `enum:"en,nb" default:"en" help:"Language: en or nb."`
}

func (c *scheduleCmd) Run(m *Main) error {
	def, err := m.soundProtocol(c.Dir)
	if err != nil {
		return err
	}
	t := schedule.Of(def, c.Lang)
	if c.HTML == "" && c.PDF == "" && c.CSV == "" {
		return t.WriteCSV(m.Stdout)
	}
	for _, x := range []struct {
		file  string
		write func(io.Writer) error
	}{
		{c.HTML, t.WriteHTML},
		{c.PDF, func(w io.Writer) error { return t.WritePDF(w, m.Clock()) }},
		{c.CSV, t.WriteCSV},
	} {
		if x.file == "" {
			continue
		}
		if err := m.writeWhole(x.file, x.write); err != nil {
			return err
		}
	}
	return nil
}

// soundProtocol loads a folder, or tells its findings.
func (m *Main) soundProtocol(dir string) (*protocol.Definition, error) {
	def, findings, err := m.loadProtocol(dir)
	if err != nil {
		return nil, err
	}
	if def == nil {
		if err := protocol.WriteText(m.Stderr, findings); err != nil {
			return nil, err
		}
		return nil, errSilent
	}
	return def, nil
}

// writeWhole writes a file in one go, so that none is left half written when making
// its content fails; "-" is standard output.
func (m *Main) writeWhole(file string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if file == "-" {
		_, err := m.Stdout.Write(b.Bytes())
		return err
	}
	if err := os.WriteFile(m.path(file), b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("cannot write %s: %w", file, err)
	}
	fmt.Fprintf(m.Stdout, "%s: %d bytes\n", file, b.Len())
	return nil
}
