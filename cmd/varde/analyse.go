package main

import (
	"context"

	"varde/access"
	"varde/analysis"
	"varde/report"
)

type resultCmd struct {
	Study    string `arg:"" help:"Study id."`
	Data     string `default:"varde-data" help:"Data folder."`
	Language string `enum:"en,nb" default:"en" help:"en or nb."`
	JSON     bool   `name:"json" help:"Print the result as JSON with full precision."`
}

func (c *resultCmd) Run(ctx context.Context, m *Main) error {
	w, err := m.openWorkspace(ctx, c.Data, false, m.Clock, nil, 0)
	if err != nil {
		return err
	}
	defer w.Close()
	r, err := m.result(ctx, w, c.Study)
	if err != nil {
		return err
	}
	if c.JSON {
		return report.JSON(m.Stdout, r)
	}
	return report.Text(m.Stdout, c.Language, r)
}

// result applies the plan to a study as a blinded statistician may see it: by arm
// only once the study is unblinded.
func (m *Main) result(ctx context.Context, w *workspace, studyID string) (analysis.Result, error) {
	console := access.Actor{ID: "console", Name: "Console", Role: "statistician"}
	return report.Build(ctx, w.app, console, studyID)
}
