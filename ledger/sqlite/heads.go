package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"varde/ledger"
)

// study is what the writer knows of a study. id is 0 until its first batch.
type study struct {
	id      int64
	name    string
	tree    *ledger.Tree
	tileErr error // from storing a tile
	// projections are the ids of the study's views by name.
	projections map[string]int64
}

type headKey struct {
	study  string
	stream string
}

// head is the end of a stream. stream is 0 until its first event.
type head struct {
	ledger.Head
	stream int64
}

// study returns a study's state; one that does not exist yet has id 0.
func (w *writer) study(name string) (*study, error) {
	if s, ok := w.studies.Get(name); ok {
		return s, nil
	}
	s := &study{name: name, tree: &ledger.Tree{}, projections: map[string]int64{}}
	var err error
	if s.id, err = w.number(0, selectStudy, name); err != nil {
		return nil, err
	}
	if s.id != 0 {
		if s.tree, err = loadTree(w.conn, s.id); err != nil {
			return nil, fmt.Errorf("study %s: %w: run verify to see what is wrong", name, err)
		}
	}
	s.tree.OnTile = func(level int, n int64, hashes []ledger.Hash, root ledger.Hash) {
		if s.tileErr == nil {
			s.tileErr = w.insertTile(s.id, level, n, hashes, root)
		}
	}
	w.studies.Add(name, s)
	return s, nil
}

const selectStudy = "SELECT id FROM study WHERE name = ?"

func (w *writer) createStudy(s *study) error {
	if s.id != 0 {
		return nil
	}
	result, err := w.exec("INSERT INTO study (name) VALUES (?)", s.name)
	if err != nil {
		return err
	}
	s.id, err = result.LastInsertId()
	return err
}

// projection returns the id of a view, and creates it where there is none.
func (w *writer) projection(s *study, view string) (int64, error) {
	if id := s.projections[view]; id != 0 {
		return id, nil
	}
	id, err := w.number(0, "SELECT id FROM projection WHERE study = ? AND name = ?", s.id, view)
	if err == nil && id == 0 {
		result, e := w.exec("INSERT INTO projection (study, name) VALUES (?, ?)", s.id, view)
		if e != nil {
			return 0, e
		}
		id, err = result.LastInsertId()
	}
	if err == nil {
		s.projections[view] = id
	}
	return id, err
}

const selectHead = `SELECT stream.id, event.version, event.recorded, event.hash
FROM stream LEFT JOIN event ON event.stream = stream.id
WHERE stream.study = ? AND stream.name = ? ORDER BY event.version DESC LIMIT 1`

func (w *writer) head(s *study, stream string) (*head, error) {
	key := headKey{s.name, stream}
	if h, ok := w.heads.Get(key); ok {
		return h, nil
	}
	h := &head{}
	if s.id != 0 {
		row, err := w.first(selectHead, s.id, stream)
		if err != nil {
			return nil, err
		}
		if err := h.fill(row); err != nil {
			return nil, err
		}
	}
	w.heads.Add(key, h)
	return h, nil
}

func (h *head) fill(row []driver.Value) error {
	if row == nil {
		return nil
	}
	h.stream = row[0].(int64)
	if row[1] == nil {
		return nil // a stream without events
	}
	h.Version = row[1].(int64)
	h.RecordedAt = time.UnixMicro(row[2].(int64)).UTC()
	hash, err := toHash(row[3])
	h.Hash = hash
	return err
}

func (w *writer) createStream(s *study, name string, h *head) error {
	if h.stream != 0 {
		return nil
	}
	result, err := w.exec("INSERT INTO stream (study, name) VALUES (?, ?)", s.id, name)
	if err != nil {
		return err
	}
	h.stream, err = result.LastInsertId()
	return err
}

// claimClient writes the batch's client id; false when it was there.
func (w *writer) claimClient(s *study, b *ledger.Batch) (bool, error) {
	count := 0
	for i := range b.Parts {
		count += len(b.Parts[i].Events)
	}
	result, err := w.exec("INSERT INTO client (study, client, first, count) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		s.id, b.ClientID, s.tree.Size(), int64(count))
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// duplicate returns the *ledger.DuplicateError for a client id that is known, nil
// for one that is not.
func (w *writer) duplicate(s *study, client string) (error, error) {
	if client == "" || s.id == 0 {
		return nil, nil
	}
	events, known, err := clientEvents(context.Background(), w.conn, s.name, s.id, client)
	if err != nil || !known {
		return nil, err
	}
	return &ledger.DuplicateError{ClientID: client, Events: events}, nil
}

func toHash(v driver.Value) (ledger.Hash, error) {
	blob, ok := v.([]byte)
	if !ok || len(blob) != len(ledger.Hash{}) {
		return ledger.Hash{}, fmt.Errorf("%v is not a hash", v)
	}
	return ledger.Hash(blob), nil
}
