package app

import (
	"context"
	"iter"
	"time"

	"varde/ledger"
	"varde/study"
)

// RebuildResult tells what a rebuild did. Before and After are digests of all view
// rows; they differ when the views were not what the ledger says.
type RebuildResult struct {
	Events       int64
	Participants int
	Before       ledger.Hash
	After        ledger.Hash
	Took         time.Duration
}

// Same says that the views were already right.
func (r RebuildResult) Same() bool { return r.Before == r.After }

// Rebuild makes all views of a study anew from its ledger.
func (a *App) Rebuild(ctx context.Context, studyID string) (RebuildResult, error) {
	began := time.Now()
	h, err := a.host(studyID)
	if err != nil {
		return RebuildResult{}, err
	}
	var r RebuildResult
	if r.Before, err = a.store.RowsDigest(ctx, studyID); err != nil {
		return r, err
	}
	if r.Events, err = a.store.Size(ctx, studyID); err != nil {
		return r, err
	}
	var failed error
	rows := func(yield func(ledger.Row) bool) {
		// Listed here, where nothing is written meanwhile: a participant referred a
		// moment before must not be lost from the views.
		ids, err := a.participants(ctx, h)
		r.Participants = len(ids)
		if err == nil {
			for row := range a.allRows(ctx, h, ids, &err) {
				if !yield(row) {
					return
				}
			}
		}
		if err == nil {
			for row := range a.referralRows(ctx, h, &err) {
				if !yield(row) {
					return
				}
			}
		}
		if failed = err; failed != nil {
			// A row that no store takes: it makes the store keep the old views whole.
			yield(ledger.Row{})
		}
	}
	if err := a.store.ReplaceRows(ctx, studyID, rows); err != nil {
		if failed != nil {
			err = failed
		}
		return r, err
	}
	if r.After, err = a.store.RowsDigest(ctx, studyID); err != nil {
		return r, err
	}
	r.Took = time.Since(began)
	return r, nil
}

// allRows yields the rows of all participants in the order of ids. An error ends
// the sequence and is left in failed.
func (a *App) allRows(ctx context.Context, h *host, ids []string, failed *error) iter.Seq[ledger.Row] {
	return func(yield func(ledger.Row) bool) {
		of := func(ctx context.Context, id string) ([]ledger.Row, error) { return a.rowsOf(ctx, h, id) }
		for rows, err := range inOrder(ctx, ids, of) {
			if err != nil {
				*failed = err
				return
			}
			for _, r := range rows {
				if !yield(r) {
					return
				}
			}
		}
	}
}

func (a *App) rowsOf(ctx context.Context, h *host, id string) ([]ledger.Row, error) {
	s, err := a.replay(ctx, h, id, time.Time{})
	if err != nil || s == nil {
		return nil, err
	}
	def := h.definition()
	rows, err := rowsFor(def, nil, s, study.Tasks(def, s), nil)
	if err != nil {
		return nil, err
	}
	r, err := a.noticesOf(ctx, h, study.NoticeStream(id))
	if err != nil {
		return nil, err
	}
	noticed, err := noticeRows(def, s, r)
	return append(rows, noticed...), err
}
