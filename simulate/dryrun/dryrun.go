// Package dryrun lives a protocol before anybody has to: thousands of virtual
// participants go through study.Next, the rules that real participants go through,
// and everything that must never happen is looked for on the way.
//
//	report, err := dryrun.Run(ctx, dryrun.Config{Definition: def, Seed: 1})
//	report.Text(os.Stdout, "en")
//
// Three kinds of hands move the participants. One enters anything at any time, one
// seeks the limits (values just at and over them, the edges of windows and clocks),
// and one tries to break a promise: doses that must not be, wrong pairs, clocks that
// are off, people who leave in the middle. What must never be stands in this package's
// own words (Promises), not in those of study: a rule that is missing in the protocol,
// or wrong in the code, is found because a participant comes to harm.
//
// Lives share their beginnings. A few are told in full; every other one sets out from
// a moment of a life that was told, and whoever reaches something new becomes a moment
// to set out from. So a search of seconds reaches what is deep in a study of years.
// The outcome follows from the seed alone, whatever the number of cores.
//
// A broken promise is told as the shortest story that still breaks it.
package dryrun

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"varde/bilingual"
	"varde/protocol"
	"varde/study"
)

// Text in English and Norwegian.
type Text = bilingual.Text

// text fills both languages of a format with the same arguments.
func text(en, nb string, args ...any) Text { return bilingual.Format(en, nb, args...) }

// Next carries out one command: study.Next, or something that stands in for it.
type Next func(*protocol.Definition, *study.State, study.Env, study.Command) ([]study.Event, *study.State, error)

// Config of a dry run.
type Config struct {
	Definition *protocol.Definition
	Seed       uint64
	Lives      int                   // virtual participants; 0 = 10,000
	Cores      int                   // lives told side by side; 0 = as many as the machine has
	Next       Next                  // nil = study.Next
	Stories    int                   // most broken promises that are told as stories; 0 = 10, below 0 = none
	Progress   func(done, lives int) // called now and then; may be nil
}

const (
	usualLives   = 10_000
	usualStories = 10
)

// Run lives the protocol. An error is that it could not be lived at all; what was
// found is in the report.
func Run(ctx context.Context, c Config) (*Report, error) {
	if c.Definition == nil {
		return nil, errors.New("dryrun: there is no protocol to run")
	}
	if c.Lives <= 0 {
		c.Lives = usualLives
	}
	if c.Cores <= 0 {
		c.Cores = runtime.GOMAXPROCS(0)
	}
	if c.Stories == 0 {
		c.Stories = usualStories
	}
	if c.Next == nil {
		c.Next = study.Next
	}
	w, err := newWorld(c)
	if err != nil {
		return nil, fmt.Errorf("dryrun: %w", err)
	}
	return w.search(ctx)
}
