package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"varde/protocol"
	"varde/protocols"
)

type checkCmd struct {
	Dir   string `arg:"" help:"Protocol folder."`
	JSON  bool   `name:"json" xor:"form" help:"Print the findings as JSON."`
	SARIF bool   `name:"sarif" xor:"form" help:"Print the findings as SARIF 2.1.0, for tools of code review."`
	Quiet bool   `short:"q" help:"Leave out what the site still has to confirm."`

	DryRun int `name:"dry-run" xor:"form" placeholder:"LIVES" help:"Live the protocol afterwards with so many virtual participants, as varde dryrun does."`
}

func (c *checkCmd) Run(ctx context.Context, m *Main) error {
	def, findings, err := m.loadProtocol(c.Dir)
	if err != nil {
		return err
	}
	if def != nil {
		findings = append(findings, def.Stale(m.Clock())...)
		if !c.Quiet {
			findings = append(findings, def.Unconfirmed()...)
		}
	}
	switch {
	case c.JSON:
		err = protocol.WriteJSON(m.Stdout, findings)
	case c.SARIF:
		err = protocol.WriteSARIF(m.Stdout, findings, filepath.ToSlash(filepath.Clean(c.Dir)), version())
	default:
		err = c.text(m, def, findings)
	}
	if err != nil {
		return err
	}
	if protocol.HasErrors(findings) {
		return errSilent
	}
	if c.DryRun > 0 {
		return (&dryRunCmd{Lives: c.DryRun, Seed: 1, Language: "en"}).live(ctx, m, def)
	}
	return nil
}

func (c *checkCmd) text(m *Main, def *protocol.Definition, findings []protocol.Finding) error {
	if err := protocol.WriteText(m.Stdout, findings); err != nil || def == nil {
		return err
	}
	_, err := fmt.Fprintf(m.Stdout, "%s %s: %d visits, %d forms; digest %s\n%s\n", def.ID, def.Version, len(def.Visits), len(def.Instruments), def.Digest, burdenLine(def.Burden()))
	return err
}

// burdenLine says what the protocol asks of people, in one line.
func burdenLine(b protocol.Burden) string {
	visits := 0
	for _, v := range b.Visits {
		if !v.Optional {
			visits++
		}
	}
	line := fmt.Sprintf("burden: %s in %d visits for each participant, %s of it filling in questionnaires; %s of staff", inHours(b.Total.Participant), visits, inHours(b.Total.Questionnaires), inHours(b.Total.Staff))
	if n := len(b.Visits) - visits; n > 0 {
		line += fmt.Sprintf("; at most %s more in %d visits that only some have", inHours(b.Optional.Participant), n)
	}
	return line
}

func inHours(minutes int) string {
	switch h, m := minutes/60, minutes%60; {
	case h == 0:
		return fmt.Sprintf("%d min", m)
	case m == 0:
		return fmt.Sprintf("%d h", h)
	default:
		return fmt.Sprintf("%d h %d min", h, m)
	}
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
