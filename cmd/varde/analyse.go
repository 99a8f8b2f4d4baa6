package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"varde/access"
	"varde/analysis"
	"varde/chart"
	"varde/report"
)

type analyseCmd struct {
	Study     string `arg:"" help:"Study id."`
	Data      string `default:"varde-data" help:"Data folder."`
	Language  string `enum:"en,nb" default:"en" help:"en or nb."`
	JSON      bool   `name:"json" help:"Print the whole result as JSON with full precision."`
	Figures   string `placeholder:"DIR" help:"Write the figures as SVG files into this folder as well."`
	Dummy     uint64 `placeholder:"SEED" help:"Draw arms by this seed that are not the study's, to see the whole analysis run before it is unblinded."`
	Reproduce string `placeholder:"FILE" help:"Make an earlier result (--json) again from the record as it stood then, and compare it byte for byte; status 1 when it differs."`
}

func (c *analyseCmd) Run(ctx context.Context, m *Main) error {
	w, err := m.openWorkspace(ctx, c.Data, false, m.Clock, nil, 0)
	if err != nil {
		return err
	}
	defer w.Close()
	if c.Reproduce != "" {
		return c.reproduce(ctx, m, w)
	}
	r, err := m.analyse(ctx, w, c.Study, c.Dummy)
	if err != nil {
		return err
	}
	if c.Figures != "" {
		if err := c.draw(m, w, r); err != nil {
			return err
		}
	}
	if c.JSON {
		return report.JSON(m.Stdout, r)
	}
	return report.Text(m.Stdout, c.Language, r)
}

// analyst sees what a blinded statistician may see: arms only once the study is
// unblinded.
var analyst = access.Actor{ID: "console", Name: "Console", Role: "statistician"}

func (m *Main) analyse(ctx context.Context, w *workspace, studyID string, dummy uint64) (analysis.Result, error) {
	if dummy != 0 {
		return report.BuildDummy(ctx, w.app, analyst, studyID, dummy)
	}
	return report.Build(ctx, w.app, analyst, studyID)
}

// reproduce makes a result again at its own checkpoint.
func (c *analyseCmd) reproduce(ctx context.Context, m *Main, w *workspace) error {
	was, err := os.ReadFile(m.path(c.Reproduce))
	if err != nil {
		return err
	}
	var old struct {
		Cut       analysis.Cut `json:"cut"`
		DummyArms uint64       `json:"dummyArms"`
	}
	if err := json.Unmarshal(was, &old); err != nil || old.Cut.Root == "" {
		return fmt.Errorf("%s is no result: give a file that varde analyse --json wrote", c.Reproduce)
	}
	if old.Cut.Study != c.Study {
		return fmt.Errorf("%s is a result of the study %s, not of %s", c.Reproduce, old.Cut.Study, c.Study)
	}
	cut, err := w.app.Cut(ctx, c.Study, old.Cut.Size, old.Cut.Root)
	if err != nil {
		return err
	}
	var r analysis.Result
	if old.DummyArms != 0 {
		r, err = report.BuildDummy(ctx, cut, analyst, c.Study, old.DummyArms)
	} else {
		r, err = report.Build(ctx, cut, analyst, c.Study)
	}
	if err != nil {
		return err
	}
	var now bytes.Buffer
	if err := report.JSON(&now, r); err != nil {
		return err
	}
	if !bytes.Equal(was, now.Bytes()) {
		return fmt.Errorf("the result differs from line %d on: was %s written by another version of Varde, or changed?", firstDifference(was, now.Bytes()), c.Reproduce)
	}
	fmt.Fprintf(m.Stdout, "Reproduced byte for byte from %d events, root %s.\n", old.Cut.Size, old.Cut.Root)
	return nil
}

// firstDifference answers the number of the first line that differs, from 1.
func firstDifference(a, b []byte) int {
	x, y := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(x), len(y)) {
		if !bytes.Equal(x[i], y[i]) {
			return i + 1
		}
	}
	return min(len(x), len(y)) + 1
}

// draw writes each figure of the page into a file.
func (c *analyseCmd) draw(m *Main, w *workspace, r analysis.Result) error {
	def, ok := w.app.Definition(c.Study)
	if !ok {
		return errors.New("there is no such study")
	}
	return m.writeFigures(c.Figures, func(yield func(string, chart.Chart) bool) {
		for _, s := range report.Result(def, r, c.Language).Sections {
			for _, f := range s.Figures {
				if !yield(s.ID, f.Chart) {
					return
				}
			}
		}
	})
}
