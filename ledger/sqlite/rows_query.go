package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"strings"
	"time"

	"varde/ledger"
)

const rowColumns = `key, site, parent, grp, due, sort, CAST(doc AS BLOB)`

// filter makes the part of a query after FROM. Lists go in as one JSON array, so
// that there are few different texts to prepare.
func filter(q *ledger.Query) (text string, args []driver.Value, err error) {
	var b strings.Builder
	b.WriteString(" FROM row WHERE projection = (SELECT id FROM projection WHERE study = (SELECT id FROM study WHERE name = ?) AND name = ?)")
	args = []driver.Value{q.Study, q.View}
	and := func(condition string, arg driver.Value) {
		b.WriteString(" AND " + condition)
		args = append(args, arg)
	}
	list := func(column string, values []string) {
		text, e := json.Marshal(values)
		if e != nil {
			err = e
			return
		}
		and(column+" IN (SELECT value FROM json_each(?))", string(text))
	}
	if q.Key != "" {
		and("key = ?", q.Key)
	}
	if q.Sites != nil {
		list("site", q.Sites)
	}
	if q.Parent != "" {
		// The second half is true; it lets SQLite use the partial index.
		and("parent = ? AND parent <> ''", q.Parent)
	}
	if len(q.Groups) > 0 {
		list("grp", q.Groups)
	}
	if !q.DueBefore.IsZero() {
		and("due < ?", dueBound(q.DueBefore))
	}
	if q.Search != "" {
		and("instr(coalesce(fold, sort), ?) > 0", strings.ToLower(q.Search))
	}
	return b.String(), args, err
}

// dueBound rounds up to a microsecond, so that "before" stays exact.
func dueBound(t time.Time) int64 {
	n := t.UnixMicro()
	if t.After(time.UnixMicro(n)) {
		n++
	}
	return n
}

// Rows answers a query.
func (s *Store) Rows(ctx context.Context, q ledger.Query) ([]ledger.Row, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	where, args, err := filter(&q)
	if err != nil {
		return nil, err
	}
	text := "SELECT " + rowColumns + where + " ORDER BY sort, key"
	if q.ByDue {
		text = "SELECT " + rowColumns + where + " ORDER BY due IS NULL, due, sort, key"
		if !q.DueBefore.IsZero() {
			text = "SELECT " + rowColumns + where + " ORDER BY due, sort, key"
		}
	}
	limit := int64(-1)
	if q.Limit > 0 {
		limit = int64(q.Limit)
	}
	text += " LIMIT ? OFFSET ?"
	args = append(args, limit, int64(q.Offset))
	rows := []ledger.Row{}
	err = s.read(ctx, func(c *conn) error {
		return c.query(ctx, text, func(v []driver.Value) error {
			rows = append(rows, toRow(q.View, v))
			return nil
		}, args...)
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func toRow(view string, v []driver.Value) ledger.Row {
	r := ledger.Row{
		View: view, Key: v[0].(string), Site: v[1].(string), Parent: v[2].(string),
		Group: v[3].(string), Sort: v[5].(string),
	}
	if due, ok := v[4].(int64); ok {
		r.Due = time.UnixMicro(due).UTC()
	}
	if doc, ok := v[6].([]byte); ok && len(doc) > 0 {
		r.Doc = doc
	}
	return r
}

// Count counts the query's rows without Offset and Limit.
func (s *Store) Count(ctx context.Context, q ledger.Query) (int, error) {
	if err := q.Validate(); err != nil {
		return 0, err
	}
	where, args, err := filter(&q)
	if err != nil {
		return 0, err
	}
	n, err := s.number(ctx, "SELECT count(*)"+where, args...)
	return int(n), err
}

// CountBy counts the query's rows per Group.
func (s *Store) CountBy(ctx context.Context, q ledger.Query) (map[string]int, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	where, args, err := filter(&q)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	err = s.read(ctx, func(c *conn) error {
		return c.query(ctx, "SELECT grp, count(*)"+where+" GROUP BY grp", func(v []driver.Value) error {
			counts[v[0].(string)] = int(v[1].(int64))
			return nil
		}, args...)
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// RowsDigest is a SHA-256 over all view rows of the study in order of identity.
func (s *Store) RowsDigest(ctx context.Context, study string) (ledger.Hash, error) {
	digest := ledger.NewRowsDigest()
	err := s.read(ctx, func(c *conn) error {
		// CROSS JOIN keeps this order of the loops, so that nothing is sorted.
		return c.query(ctx, "SELECT "+rowColumns+`, projection.name FROM projection CROSS JOIN row ON row.projection = projection.id
WHERE projection.study = (SELECT id FROM study WHERE name = ?) ORDER BY projection.name, row.key`,
			func(v []driver.Value) error {
				row := toRow(v[7].(string), v)
				digest.Add(&row)
				return nil
			}, study)
	})
	return digest.Sum(), err
}
