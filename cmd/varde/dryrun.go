package main

import (
	"context"

	"varde/protocol"
	"varde/simulate/dryrun"
)

type dryRunCmd struct {
	Dir      string `arg:"" help:"Protocol folder."`
	Lives    int    `default:"10000" help:"How many virtual participants live it."`
	Seed     uint64 `default:"1" help:"Seed: the same seed tells the same lives on any machine."`
	Stories  int    `default:"10" help:"How many broken promises are told as stories."`
	Cores    int    `help:"How many lives are told side by side; by default as many as there are cores."`
	Language string `enum:"en,nb" default:"en" help:"en or nb."`
	JSON     bool   `name:"json" help:"Print the whole report as JSON: stories, and how many lives came to each branch."`
}

// Run lives the protocol. Status 1 says that a promise was broken, or that nobody ever
// came to a branch that the protocol cannot do without.
func (c *dryRunCmd) Run(ctx context.Context, m *Main) error {
	def, err := m.soundProtocol(c.Dir)
	if err != nil {
		return err
	}
	return c.live(ctx, m, def)
}

func (c *dryRunCmd) live(ctx context.Context, m *Main, def *protocol.Definition) error {
	r, err := dryrun.Run(ctx, dryrun.Config{Definition: def, Seed: c.Seed, Lives: c.Lives, Cores: c.Cores, Stories: c.Stories})
	if err != nil {
		return err
	}
	if c.JSON {
		err = r.JSON(m.Stdout)
	} else {
		err = r.Text(m.Stdout, c.Language)
	}
	if err != nil {
		return err
	}
	if !r.Sound() || len(r.Grave()) > 0 {
		return errSilent
	}
	return nil
}
