package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"varde/protocol"
	"varde/protocols"
	"varde/protocols/scaffold"
)

type newCmd struct {
	Dir      string `arg:"" help:"Folder to make; it must not exist, or be empty."`
	Kind     string `enum:"trial,care" default:"trial" help:"trial, or care (regulated treatment outside of a trial)."`
	Arms     int    `help:"Arms of a trial: 2 (randomised, the default) or 1 (open)."`
	Sessions int    `default:"3" help:"Dosing sessions, 1 to 6."`
	ID       string `name:"id" placeholder:"ID" help:"Id of the protocol, such as calm-2027; by default the folder's name."`
	Title    string `placeholder:"TEXT" help:"Title in English."`
	TitleNB  string `name:"title-nb" placeholder:"TEXT" help:"Title in Norwegian."`
}

func (c *newCmd) Run(m *Main) error {
	plan := c.plan()
	names, err := plan.Write(m.path(c.Dir))
	if err != nil {
		return fmt.Errorf("no protocol was made: %w", err)
	}
	fmt.Fprintf(m.Stdout, "The beginnings of a protocol are in %s:\n", c.Dir)
	for _, name := range names {
		fmt.Fprintf(m.Stdout, "  %-18s %s\n", name, fileWords[name])
	}
	fmt.Fprintf(m.Stdout, "Next:\n  varde check %[1]s     lists what has to be decided\n  varde build %[1]s     shows it while you write\n", c.Dir)
	return nil
}

// fileWords says what an author finds in each file.
var fileWords = map[string]string{
	"protocol.yaml":     "what it is, arms, who is blind, approvals, withdrawal",
	"schedule.yaml":     "visits, their windows and forms",
	"eligibility.yaml":  "who may take part",
	"dosing.yaml":       "the dosing session: checks, amounts, limits, discharge",
	"safety.yaml":       "adverse events, clocks, stopping rules",
	"interactions.yaml": "other medicines and wash-outs",
	"staffing.yaml":     "credentials, pairs, capacity",
	"consent.yaml":      "what a person reads and signs",
	"analysis.yaml":     "the analysis plan",
	"simulation.yaml":   "virtual people, to run it before it starts",
}

func (c *newCmd) plan() scaffold.Plan {
	p := scaffold.Plan{ID: c.ID, Care: c.Kind == "care", Arms: c.Arms, Sessions: c.Sessions, TitleEN: c.Title, TitleNB: c.TitleNB}
	if p.ID == "" {
		p.ID = filepath.Base(filepath.Clean(c.Dir))
	}
	if p.Arms == 0 && !p.Care {
		p.Arms = 2
	}
	if p.TitleEN == "" {
		p.TitleEN = "MDMA-assisted therapy for PTSD: " + p.ID
	}
	if p.TitleNB == "" {
		p.TitleNB = "MDMA-assistert terapi ved PTSD: " + p.ID
	}
	return p
}

// protocolNamed is a shipped protocol, or the one in a folder when a path is given.
func (m *Main) protocolNamed(name string) (*protocol.Definition, error) {
	info, err := os.Stat(m.path(name))
	if err != nil || !info.IsDir() || !strings.ContainsAny(name, `/\.`) && isShipped(name) {
		return protocols.Load(name)
	}
	def, findings, err := m.loadProtocol(name)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		if f.Severity == protocol.Error {
			return nil, fmt.Errorf("the protocol in %s has errors, the first is %s", name, f)
		}
	}
	if def == nil {
		return nil, errors.New("the protocol could not be read")
	}
	return def, nil
}

func isShipped(name string) bool {
	for _, n := range protocols.Names() {
		if n == name {
			return true
		}
	}
	return false
}
