package app

import (
	"context"
	"encoding/hex"
	"iter"

	"varde/access"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// Cut is a study as its record stood at a signed checkpoint, so that a result can be
// made again from exactly the events that it was made from. Whoever reads it is asked
// the same questions as of the study itself; whether it was unblinded is a matter of
// the cut.
type Cut struct {
	app   *App
	id    string
	point ledger.Checkpoint
	study *study.StudyState
}

// Cut answers the study at the checkpoint of that size and root (hex). A refusal says
// that no such checkpoint was ever signed here.
func (a *App) Cut(ctx context.Context, studyID string, size int64, root string) (*Cut, error) {
	if _, err := a.host(studyID); err != nil {
		return nil, err
	}
	points, err := a.store.Checkpoints(ctx, studyID)
	if err != nil {
		return nil, err
	}
	for _, p := range points {
		if p.Size != size || hex.EncodeToString(p.Root[:]) != root {
			continue
		}
		c := &Cut{app: a, id: studyID, point: p}
		err := a.each(ctx, studyID, study.StudyStream, func(e study.Event) error {
			if e.Seq < size {
				c.study = study.EvolveStudy(c.study, e)
			}
			return nil
		})
		if err == nil && c.study == nil {
			err = noCheckpoint()
		}
		return c, err
	}
	return nil, noCheckpoint()
}

func noCheckpoint() *study.Refusal {
	return &study.Refusal{Kind: study.Missing, Code: "no-such-checkpoint", Text: study.Text{
		EN: "no checkpoint of that size and root was signed in this study: is it the result of another study, or of another data folder?",
		NB: "det er ikke signert noe kontrollpunkt med den størrelsen og roten i denne studien: er resultatet fra en annen studie, eller en annen datamappe?"}}
}

// Definition answers the study's protocol.
func (c *Cut) Definition(studyID string) (*protocol.Definition, bool) {
	if studyID != c.id {
		return nil, false
	}
	return c.app.Definition(studyID)
}

// Study answers the study's state at the cut.
func (c *Cut) Study(studyID string) (*study.StudyState, error) {
	if studyID != c.id {
		return nil, noCheckpoint()
	}
	return c.study, nil
}

// Subjects goes through the participants as they were at the cut.
func (c *Cut) Subjects(ctx context.Context, actor access.Actor, studyID string) iter.Seq2[*study.State, error] {
	return c.app.subjects(ctx, actor, studyID, func(h *host) study.Sees { return seesIn(h.definition(), c.study, actor) },
		func(ctx context.Context, h *host, id string) (*study.State, error) {
			return c.app.replayTo(ctx, h, id, func(e study.Event) bool { return e.Seq < c.point.Size })
		})
}

// Arms answers who is in which arm, if the actor might know it at the cut.
func (c *Cut) Arms(ctx context.Context, actor access.Actor, studyID string) (map[string]string, error) {
	h, err := c.app.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := c.app.in(h, actor, "arms"); err != nil {
		return nil, err
	}
	return h.arms(actor, c.study)
}

// Checkpoint answers that of the cut.
func (c *Cut) Checkpoint(context.Context, string) (ledger.Checkpoint, error) { return c.point, nil }
