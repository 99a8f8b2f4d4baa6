package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"varde/ledger"
)

// The payload is taken as a blob: the driver copies a text twice to make it bytes.
const (
	eventColumns = `id, stream, version, recorded, effective, actor, role, client, type, schema, reason, prev, hash, CAST(payload AS BLOB)`

	selectLog = `SELECT ` + eventColumns + ` FROM event WHERE id >= ? AND id < ? ORDER BY id LIMIT ?`

	selectStream = `SELECT ` + eventColumns + ` FROM event
WHERE stream = (SELECT id FROM stream WHERE study = (SELECT id FROM study WHERE name = ?) AND name = ?)
AND version > ? ORDER BY version LIMIT ?`

	selectStreamName = `SELECT name FROM stream WHERE id = ?`
)

// Events reads events in order, streaming. It holds one read snapshot, so it sees
// the log as it was at the first event.
func (s *Store) Events(ctx context.Context, r ledger.Read) iter.Seq2[ledger.Event, error] {
	return s.stream(ctx, r, s.streams)
}

// stream is Events with a cache of stream names, nil for none.
func (s *Store) stream(ctx context.Context, r ledger.Read, names *lru.Cache[int64, string]) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		stopped := false
		each := func(e ledger.Event, err error) bool {
			stopped = !yield(e, err)
			return !stopped
		}
		err := s.readers.with(func(c *conn) error { return events(ctx, c, r, names, each) })
		if err != nil && !stopped {
			yield(ledger.Event{}, readError(err))
		}
	}
}

func readError(err error) error {
	if errors.Is(err, errClosed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("ledger: read: %w", err)
}

func events(ctx context.Context, c *conn, r ledger.Read, names *lru.Cache[int64, string], yield func(ledger.Event, error) bool) error {
	limit := int64(-1)
	if r.Limit > 0 {
		limit = int64(r.Limit)
	}
	reader := eventReader{conn: c, study: r.Study, streams: names, strings: map[string]string{}}
	row := func(values []driver.Value) error {
		e, err := reader.event(values)
		if err != nil {
			err = &ledger.RecordError{Study: r.Study, Seq: e.Seq, Hash: e.Hash, Err: err}
		}
		if !yield(e, err) {
			return errStop
		}
		return nil
	}
	if !r.Plain() {
		return narrowed(ctx, c, r, row, limit)
	}
	if r.Stream != "" {
		return c.query(ctx, selectStream, row, r.Study, r.Stream, r.After, limit)
	}
	id, err := c.number(0, selectStudy, r.Study)
	if err != nil || id == 0 {
		return err
	}
	from := min(max(r.After, -1), maxSeq-1) + 1
	return c.query(ctx, selectLog, row, eventID(id, 0)+from, eventID(id+1, 0), limit)
}

// eventReader turns rows into events.
type eventReader struct {
	conn    *conn
	study   string
	streams *lru.Cache[int64, string] // may be nil
	strings map[string]string         // actors, roles and types come again and again; may be nil
	last    int64                     // id of the last stream
	name    string                    // and its name
}

// maxStrings bounds the table of strings.
const maxStrings = 1024

// event makes an event from a row of eventColumns. A row with an
// error has its Seq, and its Hash where there is one.
func (r *eventReader) event(v []driver.Value) (ledger.Event, error) {
	id, _ := v[0].(int64)
	e := ledger.Event{Seq: id & (maxSeq - 1), Study: r.study}
	stream, ok1 := v[1].(int64)
	version, ok2 := v[2].(int64)
	recorded, ok3 := v[3].(int64)
	effective, ok4 := v[4].(int64)
	actor, ok5 := v[5].(string)
	role, ok6 := v[6].(string)
	client, ok7 := v[7].(string)
	kind, ok8 := v[8].(string)
	schema, ok9 := v[9].(int64)
	reason, ok10 := v[10].(string)
	payload, ok11 := v[13].([]byte)
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7 && ok8 && ok9 && ok10 && ok11) {
		return e, errors.New("a column has a type that this program never writes")
	}
	var err error
	if e.Hash, err = toHash(v[12]); err != nil {
		return e, err
	}
	if e.Prev, err = toHash(v[11]); err != nil {
		return e, err
	}
	if e.Stream, err = r.streamName(stream); err != nil {
		return e, err
	}
	e.Version = version
	e.RecordedAt = time.UnixMicro(recorded).UTC()
	e.EffectiveAt = time.UnixMicro(effective).UTC()
	e.Actor, e.Role, e.ClientID = r.intern(actor), r.intern(role), client
	e.Type, e.Schema, e.Reason, e.Payload = r.intern(kind), int(schema), reason, payload
	return e, nil
}

// intern lets events share equal strings: a reader that keeps a study in memory
// keeps each of them once.
func (r *eventReader) intern(text string) string {
	if r.strings == nil {
		return text
	}
	if known, ok := r.strings[text]; ok {
		return known
	}
	if len(r.strings) < maxStrings {
		r.strings[text] = text
	}
	return text
}

func (r *eventReader) streamName(id int64) (string, error) {
	if id == r.last && id != 0 {
		return r.name, nil
	}
	if r.streams != nil {
		if name, ok := r.streams.Get(id); ok {
			r.last, r.name = id, name
			return name, nil
		}
	}
	row, err := r.conn.first(selectStreamName, id)
	if err != nil {
		return "", err
	}
	if row == nil {
		return "", fmt.Errorf("there is no stream with id %d", id)
	}
	name, ok := row[0].(string)
	if !ok {
		return "", fmt.Errorf("the name of the stream with id %d is no text", id)
	}
	if r.streams != nil {
		r.streams.Add(id, name)
	}
	r.last, r.name = id, name
	return name, nil
}

// Head returns the stream's version, 0 when it does not exist.
func (s *Store) Head(ctx context.Context, study, stream string) (int64, error) {
	return s.number(ctx, `SELECT max(version) FROM event
WHERE stream = (SELECT id FROM stream WHERE study = (SELECT id FROM study WHERE name = ?) AND name = ?)`, study, stream)
}

// Size returns the number of events of the study.
func (s *Store) Size(ctx context.Context, study string) (int64, error) {
	var size int64
	err := s.read(ctx, func(c *conn) error {
		id, err := c.number(0, selectStudy, study)
		if err != nil || id == 0 {
			return err
		}
		size, err = studySize(c, id)
		return err
	})
	return size, err
}

// studySize is one more than the last seq.
func studySize(c *conn, id int64) (int64, error) {
	last, err := c.number(-1, "SELECT max(id) FROM event WHERE id >= ? AND id < ?", eventID(id, 0), eventID(id+1, 0))
	if err != nil || last < 0 {
		return 0, err
	}
	return last&(maxSeq-1) + 1, nil
}

// Streams lists the study's streams whose name starts with prefix, sorted.
func (s *Store) Streams(ctx context.Context, study, prefix string) ([]string, error) {
	names := []string{}
	err := s.read(ctx, func(c *conn) error {
		return c.query(ctx, "SELECT name FROM stream WHERE study = (SELECT id FROM study WHERE name = ?) AND name >= ? ORDER BY name",
			func(v []driver.Value) error {
				name := v[0].(string)
				if !strings.HasPrefix(name, prefix) {
					return errStop // those with the prefix stand together
				}
				names = append(names, name)
				return nil
			}, study, prefix)
	})
	return names, err
}

// ByClient answers the events that were written under a client id, none when it is new.
func (s *Store) ByClient(ctx context.Context, study, clientID string) (events []ledger.Event, err error) {
	err = s.read(ctx, func(c *conn) error {
		id, err := c.number(0, selectStudy, study)
		if err != nil || id == 0 {
			return err
		}
		events, _, err = clientEvents(ctx, c, study, id, clientID)
		return err
	})
	return events, err
}

// clientEvents returns the events written under a client id, and whether it is known.
func clientEvents(ctx context.Context, c *conn, study string, id int64, client string) ([]ledger.Event, bool, error) {
	row, err := c.first("SELECT first, count FROM client WHERE study = ? AND client = ?", id, client)
	if err != nil || row == nil {
		return nil, false, err
	}
	first, count := row[0].(int64), row[1].(int64)
	var events []ledger.Event
	r := eventReader{conn: c, study: study}
	err = c.query(ctx, selectLog, func(v []driver.Value) error {
		e, err := r.event(v)
		events = append(events, e)
		return err
	}, eventID(id, first), eventID(id, first+count), int64(-1))
	return events, true, err
}

// Studies lists the studies in the store, sorted.
func (s *Store) Studies(ctx context.Context) ([]string, error) {
	names := []string{}
	err := s.read(ctx, func(c *conn) error {
		return c.query(ctx, "SELECT name FROM study ORDER BY name", func(v []driver.Value) error {
			names = append(names, v[0].(string))
			return nil
		})
	})
	return names, err
}

// read lends a connection for one answer.
func (s *Store) read(ctx context.Context, f func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.readers.with(f); err != nil {
		return readError(err)
	}
	return nil
}

func (s *Store) number(ctx context.Context, text string, args ...driver.Value) (n int64, err error) {
	err = s.read(ctx, func(c *conn) error {
		n, err = c.number(0, text, args...)
		return err
	})
	return n, err
}
