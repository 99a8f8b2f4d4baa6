package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"time"

	"varde/chart"
	"varde/protocol"
	"varde/report"
	"varde/simulate/operating"
	"varde/simulate/trial"
)

type simulateCmd struct {
	Dir       string  `arg:"" help:"Protocol folder."`
	Trials    *int    `placeholder:"N" help:"Trials of each scenario; without it what the scenarios say, or 10000."`
	Seed      uint64  `default:"1" help:"The same seed gives the same bytes, on any number of cores."`
	Scenarios string  `placeholder:"FILE" help:"Scenarios to run (YAML), a grid or a list; without it the protocol as it stands."`
	Speed     string  `enum:"outcome,full" default:"outcome" help:"outcome: trial data and the planned analysis. full: every command of every virtual participant as well."`
	Precision float64 `placeholder:"X" help:"A scenario ends when the Monte-Carlo error of the quantity is not above this."`
	Quantity  string  `placeholder:"ID" help:"The measure that the precision is of; power by default."`
	State     string  `placeholder:"FILE" help:"Keep every batch in this file; a run that was broken off goes on from it."`
	Cores     int     `placeholder:"N" help:"Goroutines that draw; all cores by default."`
	Language  string  `enum:"en,nb" default:"en" help:"en or nb."`
	JSON      bool    `name:"json" help:"Print the whole result as JSON with full precision."`
	HTML      string  `name:"html" placeholder:"FILE" help:"Write figures and tables as one page."`
	Figures   string  `placeholder:"DIR" help:"Write the figures as SVG files into this folder."`
	Quiet     bool    `short:"q" help:"Tell no progress."`
}

func (c *simulateCmd) Run(ctx context.Context, m *Main) error {
	def, findings, err := m.loadProtocol(c.Dir)
	if err != nil {
		return err
	}
	if def == nil || protocol.HasErrors(findings) {
		if err := protocol.WriteText(m.Stderr, findings); err != nil {
			return err
		}
		return errors.New("the protocol has errors: mend them before it is simulated")
	}
	plan, err := c.plan(m)
	if err != nil {
		return err
	}
	source, err := trial.NewSource(def)
	if err != nil {
		return err
	}
	o := operating.Options{Workers: c.Cores, Progress: c.progress(m)}
	if c.State != "" {
		o.State = m.path(c.State)
	}
	if c.Speed == "full" {
		o.Full = &operating.Full{Subject: report.Subject}
		// Whole studies leave much behind; memory is cheaper than looking after it.
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	r, err := operating.Run(ctx, source, plan, o)
	if errors.Is(err, context.Canceled) && c.State != "" {
		return fmt.Errorf("stopped; the same command goes on from %s", c.State)
	}
	if err != nil {
		return err
	}
	return c.tell(m, def, r)
}

func (c *simulateCmd) plan(m *Main) (operating.Plan, error) {
	if c.Cores < 0 {
		return operating.Plan{}, fmt.Errorf("--cores is %d: at least 1 is needed", c.Cores)
	}
	plan := operating.Single(c.Seed, 10_000)
	if c.Speed == "full" {
		plan.Trials = 20
	}
	if c.Scenarios != "" {
		data, err := os.ReadFile(m.path(c.Scenarios))
		if errors.Is(err, fs.ErrNotExist) {
			return plan, fmt.Errorf("there is no file %s", c.Scenarios)
		}
		if err != nil {
			return plan, err
		}
		if plan, err = operating.Read(c.Scenarios, data); err != nil {
			return plan, err
		}
		if plan.Seed == 0 {
			plan.Seed = c.Seed
		}
	}
	if c.Trials != nil {
		plan.Trials = *c.Trials
	}
	if c.Precision != 0 {
		plan.Precision = c.Precision
	}
	if c.Quantity != "" {
		plan.Quantity = c.Quantity
	}
	return plan, nil
}

// progress tells how far a run is, now and then.
func (c *simulateCmd) progress(m *Main) func(done, total int) {
	if c.Quiet {
		return nil
	}
	last := time.Time{}
	return func(done, total int) {
		if now := m.Clock(); now.Sub(last) >= 2*time.Second && done < total {
			if !last.IsZero() {
				fmt.Fprintf(m.Stderr, "%d of %d trials\n", done, total)
			}
			last = now
		}
	}
}

func (c *simulateCmd) tell(m *Main, def *protocol.Definition, r *operating.Result) error {
	if c.HTML != "" {
		f, err := os.Create(m.path(c.HTML))
		if err != nil {
			return err
		}
		if err := errors.Join(operating.HTML(f, def, r, c.Language), f.Close()); err != nil {
			return err
		}
	}
	if c.Figures != "" {
		if err := c.draw(m, def, r); err != nil {
			return err
		}
	}
	if c.JSON {
		return r.JSON(m.Stdout)
	}
	return operating.Text(m.Stdout, def, r, c.Language)
}

func (c *simulateCmd) draw(m *Main, def *protocol.Definition, r *operating.Result) error {
	return m.writeFigures(c.Figures, func(yield func(string, chart.Chart) bool) {
		for _, s := range operating.Page(def, r, c.Language).Sections {
			for _, f := range s.Figures {
				if !yield(s.ID, f) {
					return
				}
			}
		}
	})
}
