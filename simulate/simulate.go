// Package simulate runs a study with virtual participants and virtual site
// staff. They use the same commands as people do, through the same rules: who
// is eligible, what may happen when, and what departs from the protocol is
// decided by package study and never here.
//
// What a virtual participant answers is drawn from the protocol's simulation
// section, which is set to published numbers: outcomes by arm and visit, vital
// signs, adverse events, guesses, drop-out. The arm is asked for after
// randomisation, by the model alone; virtual staff never know it.
//
// A run is a discrete-event simulation: everything waits in one agenda by time,
// so that the record's times run forward over all participants, and years pass
// in seconds. It is fully determined by its seed: every participant draws from a
// stream of their own, so that the order of others does not matter.
package simulate

import (
	"context"
	"fmt"
	"time"

	"varde/access"
	"varde/app"
	"varde/protocol"
	"varde/study"
)

// Config of a run. The study is opened by the caller; sites, staff and the
// sealed allocation are made here.
type Config struct {
	App          *app.App
	Record       Recorder // in place of App: where the commands go
	Study        string
	Definition   *protocol.Definition // nil: the study's own
	Seed         uint64
	Participants int                   // to be randomised, or enrolled where nobody is randomised; 0 = as the protocol says
	Start        time.Time             // when the sites open; not before the study was opened
	Until        time.Time             // the run stops here, everybody where they are; zero = when the last one is done
	Progress     func(done, total int) // called when a participant's study ends; may be nil
	// Transcript is told of every command before it is given, so that the same can be
	// done again elsewhere; may be nil.
	Transcript func(at time.Time, actor access.Actor, cmd study.Command)
}

// Summary of a run. Nothing in it tells of arms.
type Summary struct {
	Referred       int
	NotSuitable    int            // failed at pre-screening
	ScreenFailures map[string]int // by criterion; a person may fail several
	Screened       int            // consented
	Failed         int            // persons who failed a gate
	Enrolled       int
	Randomised     int
	Completed      int
	Withdrawn      int
	Lost           int
	Stopped        int // treatment stopped, follow-up went on
	Doses          int // dosing sessions in which a dose was taken
	Adverse        int
	Serious        int
	Queries        int
	Deviations     int
	Commands       int
	Events         int64          // on participants' streams
	Refused        map[string]int // commands refused on purpose, such as a quiz answered wrongly, by code
	Unexpected     map[string]int // commands refused that the staff thought right; none in a sound protocol
	Faults         []string       // the first few of these, in words
	Unfinished     int            // participants who were still in the study when the run ended
	Last           time.Time      // of the last thing that happened
}

// Run simulates the study until everybody is done, or until Config.Until. What
// was recorded is durable when it returns. An error is a fault, or that the
// protocol has no simulation section.
func Run(ctx context.Context, c Config) (Summary, error) {
	w, err := newWorld(ctx, c)
	if err != nil {
		return Summary{}, err
	}
	if err := w.open(); err != nil {
		return w.sum, err
	}
	for w.err == nil && ctx.Err() == nil {
		run, ok := w.agenda.next(c.Until)
		if !ok {
			break
		}
		w.now = run.at
		w.pipe.At(w.now)
		run.do()
	}
	if w.err == nil {
		w.err = ctx.Err()
	}
	// What was queued is written even when the run is broken off.
	if err := w.pipe.Flush(context.WithoutCancel(ctx)); w.err == nil && err != nil {
		w.err = fmt.Errorf("simulate: %w", err)
	}
	for _, p := range w.active {
		w.count(p)
		w.sum.Unfinished++
	}
	return w.sum, w.err
}
