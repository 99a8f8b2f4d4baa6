package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"varde/protocol/diff"
	"varde/simulate/migrate"
)

type diffCmd struct {
	Old      string `arg:"" help:"Protocol folder of the version in force; with --data, the amended one."`
	New      string `arg:"" optional:"" help:"Protocol folder of the amended version."`
	Data     string `placeholder:"DIR" help:"Data folder of a running study: the amendment is tried out on a copy of its record in memory. Nothing is written."`
	Study    string `placeholder:"ID" help:"The study; its record holds the version in force."`
	On       string `placeholder:"YYYY-MM-DD" help:"Day on which the amendment would take effect; by default today."`
	Language string `enum:"en,nb" default:"en" help:"en or nb."`
	JSON     bool   `name:"json" help:"Print everything as JSON."`
}

// Run tells what changes, and with a record for whom. Status 1 says that the amendment
// cannot stand, or is not safe to approve.
func (c *diffCmd) Run(ctx context.Context, m *Main) error {
	if c.Data != "" || c.Study != "" {
		return c.tryOut(ctx, m)
	}
	if c.New == "" {
		return errors.New("name two protocol folders, the version in force and the amended one; or a running study with --data and --study, and the amended one")
	}
	old, err := m.soundProtocol(c.Old)
	if err != nil {
		return err
	}
	next, err := m.soundProtocol(c.New)
	if err != nil {
		return err
	}
	r := diff.Compare(old, next)
	if c.JSON {
		enc := json.NewEncoder(m.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(r)
	} else {
		err = r.Text(m.Stdout, c.Language)
	}
	if err == nil && r.HasErrors() {
		return errSilent
	}
	return err
}

// tryOut carries a running study's record over to the amended protocol, in memory.
func (c *diffCmd) tryOut(ctx context.Context, m *Main) error {
	switch {
	case c.Data == "" || c.Study == "":
		return errors.New("a running study is named by both --data and --study")
	case c.New != "":
		return errors.New("with --data the version in force stands in the record: name the amended folder only")
	}
	now := m.Clock()
	if c.On != "" {
		day, err := time.Parse(time.DateOnly, c.On)
		if err != nil {
			return errors.New("--on is a day, written as YYYY-MM-DD")
		}
		now = day.Add(12 * time.Hour)
	}
	next, err := m.soundProtocol(c.Old)
	if err != nil {
		return err
	}
	w, err := m.openStore(ctx, c.Data, false, m.Clock)
	if err != nil {
		return err
	}
	defer w.Close()
	running, err := migrate.Read(ctx, w.store, c.Study)
	if err != nil {
		return err
	}
	r, err := migrate.Run(ctx, migrate.Config{Old: running.Definition, New: next, Records: running.Records, Now: now})
	if err != nil {
		return err
	}
	if c.JSON {
		err = r.JSON(m.Stdout)
	} else {
		err = r.Text(m.Stdout, c.Language)
	}
	if err == nil && !r.Safe {
		return errSilent
	}
	return err
}
