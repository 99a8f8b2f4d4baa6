package app

import (
	"bytes"
	"context"
	"slices"
	"time"

	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// viewNotice has one row for each participant to whom something will be sent, due when
// the first of it is. Like every row it follows from the record alone: from the
// participant's stream and the stream of notices beside it.
const viewNotice = "notice"

// noticeRow is what stands in it: nothing of what will be written.
type noticeRow struct {
	Next time.Time `json:"next"`
	Try  int       `json:"try,omitempty"` // of a notice whose last try failed
	Why  string    `json:"why,omitempty"`
}

// noticeRows answers the rows that notices make: when something is due, and the tasks of
// those whom notices do not reach.
func noticeRows(def *protocol.Definition, s *study.State, r *study.NoticeRecord) ([]ledger.Row, error) {
	if s == nil || r == nil {
		return nil, nil
	}
	var out []ledger.Row
	for _, t := range study.ReachTasks(s, r) {
		row, err := taskRow(s, t)
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	plan := study.Notices(def, s, r, known(s, r))
	if len(plan) == 0 {
		return out, nil
	}
	doc := noticeRow{Next: plan[0].Due}
	if w := r.Waiting(); len(w) > 0 {
		doc.Try, doc.Why = w[0].Try, w[0].Why
	}
	text, err := canonical(doc)
	if err != nil {
		return nil, err
	}
	return append(out, ledger.Row{View: viewNotice, Key: s.ID, Site: s.Site, Parent: s.ID, Due: plan[0].Due, Sort: s.ID, Doc: text}), nil
}

// known is the moment up to which the record speaks.
func known(s *study.State, r *study.NoticeRecord) time.Time {
	if r.Recorded.After(s.Recorded) {
		return r.Recorded
	}
	return s.Recorded
}

// changedRows answers what to write so that the rows before become the rows after.
func changedRows(before, after []ledger.Row) []ledger.Row {
	same := func(a, b ledger.Row) bool { return a.View == b.View && a.Key == b.Key }
	var out []ledger.Row
	for _, r := range after {
		i := slices.IndexFunc(before, func(b ledger.Row) bool { return same(b, r) })
		if i < 0 || !before[i].Due.Equal(r.Due) || !bytes.Equal(before[i].Doc, r.Doc) {
			out = append(out, r)
		}
	}
	for _, b := range before {
		if !slices.ContainsFunc(after, func(r ledger.Row) bool { return same(b, r) }) {
			out = append(out, ledger.Row{View: b.View, Key: b.Key, Delete: true})
		}
	}
	return out
}

// withNotices reads a participant's stream of notices into an entry whose state was just
// read.
func (a *App) withNotices(ctx context.Context, h *host, id string, e *entry) error {
	r, err := a.noticesOf(ctx, h, study.NoticeStream(id))
	if err != nil {
		return err
	}
	rows, err := noticeRows(h.definition(), e.state, r)
	if err != nil {
		return err
	}
	e.notices, e.noticeRows = r, rows
	return nil
}
