package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"iter"
	"slices"
	"strings"

	"varde/ledger"
)

type rowKey struct {
	projection int64
	key        string
}

// rowState is where a row is, and its columns that are in an index. While they
// stay the same, writing the row touches no index.
type rowState struct {
	id           int64
	parent, sort string
	due          driver.Value // int64 or nil
}

// rowBatch holds the rows of a group until its end; of several writes of one row
// the last is written.
type rowBatch struct {
	at   map[rowKey]int
	list []pendingRow
}

type pendingRow struct {
	projection int64
	row        ledger.Row
}

func (b *rowBatch) add(projection int64, row ledger.Row) {
	if b.at == nil {
		b.at = map[rowKey]int{}
	}
	key := rowKey{projection, row.Key}
	if i, ok := b.at[key]; ok {
		b.list[i].row = row
		return
	}
	b.at[key] = len(b.list)
	b.list = append(b.list, pendingRow{projection, row})
}

func (b *rowBatch) reset() {
	clear(b.at)
	clear(b.list) // lets go of the documents
	b.list = b.list[:0]
}

func (w *writer) flushRows() error {
	// In the order of the index by key: neighbours share pages. (Measured: 15% faster.)
	slices.SortFunc(w.batched.list, func(a, b pendingRow) int {
		return cmp.Or(cmp.Compare(a.projection, b.projection), cmp.Compare(a.row.Key, b.row.Key))
	})
	for i := range w.batched.list {
		p := &w.batched.list[i]
		if err := w.writeRow(p.projection, &p.row); err != nil {
			return fmt.Errorf("row %s/%s: %w", p.row.View, p.row.Key, err)
		}
	}
	w.batched.reset()
	return nil
}

const (
	insertRow = `INSERT INTO row (projection, key, site, parent, grp, due, sort, fold, doc)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (projection, key) DO NOTHING`
	selectRowID = `SELECT id FROM row WHERE projection = ? AND key = ?`
	updateRow   = `UPDATE row SET site = ?, parent = ?, grp = ?, due = ?, sort = ?, fold = ?, doc = ? WHERE id = ?`
	// SQLite writes every index that has a column in the SET list, changed or not.
	postponeRow = `UPDATE row SET site = ?, grp = ?, due = ?, doc = ? WHERE id = ?`
	touchRow    = `UPDATE row SET site = ?, grp = ?, doc = ? WHERE id = ?`
	deleteRow   = `DELETE FROM row WHERE projection = ? AND key = ?`
)

func (w *writer) writeRow(projection int64, r *ledger.Row) error {
	key := rowKey{projection, r.Key}
	if r.Delete {
		w.rows.Remove(key)
		_, err := w.exec(deleteRow, projection, r.Key)
		return err
	}
	state := rowState{parent: r.Parent, sort: r.Sort}
	if !r.Due.IsZero() {
		state.due = micros(r.Due)
	}
	doc := string(r.Doc)
	known, ok := w.rows.Get(key)
	if !ok {
		result, err := w.exec(insertRow, projection, r.Key, r.Site, r.Parent, r.Group, state.due, r.Sort, folded(r.Sort), doc)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 1 {
			state.id, err = result.LastInsertId()
			w.rows.Add(key, &state)
			return err
		}
		// It was there, but not in the cache.
		if state.id, err = w.number(0, selectRowID, projection, r.Key); err != nil {
			return err
		}
	} else {
		state.id = known.id
		switch {
		case *known == state:
			return w.update(touchRow, r.Site, r.Group, doc, state.id)
		case known.parent == state.parent && known.sort == state.sort:
			known.due = state.due
			return w.update(postponeRow, r.Site, r.Group, state.due, doc, state.id)
		}
	}
	w.rows.Add(key, &state)
	return w.update(updateRow, r.Site, r.Parent, r.Group, state.due, r.Sort, folded(r.Sort), doc, state.id)
}

// update runs an update that must hit one row.
func (w *writer) update(text string, args ...driver.Value) error {
	result, err := w.exec(text, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("the row is not where it was (%d rows changed): %w", n, err)
	}
	return nil
}

// folded is what a search looks at; nil where sort itself will do.
func folded(sort string) driver.Value {
	if lower := strings.ToLower(sort); lower != sort {
		return lower
	}
	return nil
}

// replaceChunk is how many rows ReplaceRows holds in memory.
const replaceChunk = 4096

// ReplaceRows empties the study's views and writes rows, in one transaction.
func (s *Store) ReplaceRows(ctx context.Context, study string, rows iter.Seq[ledger.Row]) error {
	if err := ledger.ValidateStudy(study); err != nil {
		return err
	}
	// It does not leave the writer alone with the caller's iterator when ctx ends:
	// the loop below ends then, and with it this call.
	return s.write(context.WithoutCancel(ctx), true, func(w *writer) (refused, failed error) {
		if err := ctx.Err(); err != nil {
			return err, nil
		}
		failed = w.replaceRows(ctx, study, rows)
		return nil, failed
	})
}

func (w *writer) replaceRows(ctx context.Context, name string, rows iter.Seq[ledger.Row]) error {
	study, err := w.study(name)
	if err != nil {
		return err
	}
	if study.id != 0 {
		if _, err := w.exec("DELETE FROM row WHERE projection IN (SELECT id FROM projection WHERE study = ?)", study.id); err != nil {
			return err
		}
		w.rows.Purge()
	}
	for row := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := row.Validate(); err != nil {
			return err
		}
		if study.id == 0 {
			if err := w.createStudy(study); err != nil {
				return err
			}
		}
		projection, err := w.projection(study, row.View)
		if err != nil {
			return err
		}
		w.batched.add(projection, row)
		if len(w.batched.list) < replaceChunk {
			continue
		}
		if err := w.flushRows(); err != nil {
			return err
		}
	}
	return w.flushRows()
}
