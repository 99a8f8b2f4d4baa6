package sqlite

import (
	"context"
	"database/sql/driver"
	"strings"

	"varde/ledger"
)

// narrowed reads events that an audit asks for: by an actor, of a type, within a
// time, newest first. The study, stream and actor are found by an index; type and
// time are looked at row by row, for what is asked for is mostly the newest.
func narrowed(ctx context.Context, c *conn, r ledger.Read, row func([]driver.Value) error, limit int64) error {
	id, err := c.number(0, selectStudy, r.Study)
	if err != nil || id == 0 {
		return err
	}
	var q strings.Builder
	args := make([]driver.Value, 0, 8)
	where := func(condition string, values ...driver.Value) {
		if len(args) == 0 {
			q.WriteString(" WHERE ")
		} else {
			q.WriteString(" AND ")
		}
		q.WriteString(condition)
		args = append(args, values...)
	}
	q.WriteString("SELECT " + eventColumns + " FROM event")
	if r.Stream == "" && r.Actor != "" {
		// Without this the planner walks the whole study.
		q.WriteString(" INDEXED BY event_actor")
	}
	order := "id"
	if r.Stream != "" {
		where("stream = (SELECT id FROM stream WHERE study = ? AND name = ?)", id, r.Stream)
		if r.After > 0 {
			where("version > ?", r.After)
		}
		if r.Before > 0 {
			where("+id < ?", eventID(id, min(r.Before, maxSeq-1)))
		}
		order = "version"
	} else {
		first, end := eventID(id, min(max(r.After, -1), maxSeq-1)+1), eventID(id+1, 0)
		if r.Before > 0 {
			end = min(end, eventID(id, min(r.Before, maxSeq-1)))
		}
		where("id >= ? AND id < ?", first, end)
	}
	if r.Actor != "" {
		where("actor = ?", r.Actor)
	}
	if r.TypePrefix != "" {
		where("substr(type, 1, length(?)) = ?", r.TypePrefix, r.TypePrefix)
	}
	if !r.From.IsZero() {
		where("recorded >= ?", micros(r.From))
	}
	if !r.To.IsZero() {
		where("recorded < ?", micros(r.To))
	}
	q.WriteString(" ORDER BY " + order)
	if r.Reverse {
		q.WriteString(" DESC")
	}
	q.WriteString(" LIMIT ?")
	return c.query(ctx, q.String(), row, append(args, limit)...)
}
