package sqlite

import (
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"varde/ledger"
)

// Sizes of the writer's caches, in entries. A miss costs one query.
const (
	cachedStudies = 256
	cachedHeads   = 1 << 15
	cachedRows    = 1 << 16
)

// writer owns the connection that writes. Its caches are what the database says;
// when a transaction fails, or another process wrote, they are emptied.
type writer struct {
	*conn
	options Options
	sealer  ledger.Sealer

	version int64 // PRAGMA data_version when the caches were filled
	studies *lru.Cache[string, *study]
	heads   *lru.Cache[headKey, *head]
	rows    *lru.Cache[rowKey, *rowState]
	batched rowBatch
}

func newWriter(c *conn, options Options) *writer {
	w := &writer{conn: c, options: options}
	// New fails only on a size below one.
	w.studies, _ = lru.New[string, *study](cachedStudies)
	w.heads, _ = lru.New[headKey, *head](cachedHeads)
	w.rows, _ = lru.New[rowKey, *rowState](cachedRows)
	return w
}

// run works until the queue is closed and empty, then closes the connection.
func (w *writer) run(q *queue) error {
	for group := q.take(); group != nil; group = q.take() {
		w.commit(group)
		for i, done := range group {
			close(done.done)
			group[i] = nil // the answer belongs to its owner now
		}
	}
	return w.close()
}

var (
	// errBegin marks a transaction that could not begin.
	errBegin = errors.New("another program holds the database, try again")
	// errCommit marks a failure of the commit itself: whether it is on disk is unknown.
	errCommit = errors.New("the commit failed, it is unknown whether the batch is on disk: look before you write it again")
)

// commit writes a group in one transaction. When a statement fails, the works
// are tried one by one, so that one of them can not harm the others.
func (w *writer) commit(group []*work) {
	if len(group) == 1 && group[0].outside != nil {
		group[0].err = group[0].outside(w)
		return
	}
	err := w.transact(group)
	if err == nil {
		return
	}
	if len(group) > 1 && !errors.Is(err, errCommit) && !errors.Is(err, errBegin) {
		for i := range group {
			w.commit(group[i : i+1])
		}
		return
	}
	for _, one := range group {
		one.events, one.err = nil, fmt.Errorf("ledger: write: %w", err)
	}
}

// transact writes a group. An error says that nothing of it was written.
func (w *writer) transact(group []*work) (err error) {
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("%w: %w", errBegin, err)
	}
	defer func() {
		if err != nil {
			// The transaction may be gone already; then there is nothing to roll back.
			_, _ = w.exec("ROLLBACK")
			w.forget()
		}
	}()
	if err := w.noticeOthers(); err != nil {
		return err
	}
	for _, one := range group {
		var refused error
		one.events = nil
		switch {
		case one.do != nil:
			refused, err = w.doWork(one.do)
		case one.chain != nil:
			one.events, refused, err = w.applyAll(one.chain, len(group) == 1)
		default:
			one.events, refused, err = w.apply(&one.batch)
		}
		if err != nil {
			return err
		}
		one.err = refused
	}
	if err := w.flushRows(); err != nil {
		return err
	}
	if _, err := w.exec("COMMIT"); err != nil {
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	return nil
}

// doWork runs code of a caller (an iterator of rows); a panic in it must not take
// the writer down.
func (w *writer) doWork(do func(*writer) (refused, failed error)) (refused, failed error) {
	defer func() {
		if p := recover(); p != nil {
			failed = fmt.Errorf("panic: %v", p)
		}
	}()
	return do(w)
}

// noticeOthers empties the caches when another connection wrote to the file.
func (w *writer) noticeOthers() error {
	version, err := w.number(0, "PRAGMA data_version")
	if err != nil {
		return err
	}
	if version != w.version {
		w.forget()
		w.version = version
	}
	return nil
}

func (w *writer) forget() {
	w.studies.Purge()
	w.heads.Purge()
	w.rows.Purge()
	w.batched.reset()
}

// errChain undoes a transaction in which a chain was refused half-way.
var errChain = errors.New("a later batch of a chain was refused")

// applyAll writes batches that belong together. When one is refused after others
// were written, the transaction must be undone: the group is then tried again one
// by one, and alone the refusal can be answered.
func (w *writer) applyAll(chain []ledger.Batch, alone bool) (events []ledger.Event, refused, failed error) {
	for i := range chain {
		written, refused, err := w.apply(&chain[i])
		switch {
		case err != nil:
			return nil, nil, err
		case refused != nil && i == 0:
			return nil, refused, nil
		case refused != nil && alone:
			return nil, nil, refused
		case refused != nil:
			return nil, nil, errChain
		}
		events = append(events, written...)
	}
	return events, nil, nil
}

// apply writes a batch, or refuses it without having written anything.
func (w *writer) apply(b *ledger.Batch) (events []ledger.Event, refused, failed error) {
	study, err := w.study(b.Study)
	if err != nil {
		return nil, nil, err
	}
	heads := make([]*head, len(b.Parts))
	for i := range b.Parts {
		if heads[i], err = w.head(study, b.Parts[i].Stream); err != nil {
			return nil, nil, err
		}
		if refused == nil {
			refused = ledger.Check(&b.Parts[i], b.RecordedAt, heads[i].Head)
		}
	}
	if refused != nil {
		// A client that asks again has seen an older version: its answer is the first one.
		duplicate, err := w.duplicate(study, b.ClientID)
		if err != nil {
			return nil, nil, err
		}
		if duplicate != nil {
			refused = duplicate
		}
		return nil, refused, nil
	}
	if err := w.createStudy(study); err != nil {
		return nil, nil, err
	}
	if b.ClientID != "" {
		fresh, err := w.claimClient(study, b)
		if err != nil {
			return nil, nil, err
		}
		if !fresh {
			duplicate, err := w.duplicate(study, b.ClientID)
			if err == nil && duplicate == nil {
				err = fmt.Errorf("client id %s is neither new nor known", b.ClientID)
			}
			return nil, duplicate, err
		}
	}
	if events, err = w.insertParts(b, study, heads); err != nil {
		return nil, nil, err
	}
	for i := range b.Rows {
		projection, err := w.projection(study, b.Rows[i].View)
		if err != nil {
			return nil, nil, err
		}
		w.batched.add(projection, b.Rows[i])
	}
	return events, nil, nil
}

func (w *writer) insertParts(b *ledger.Batch, study *study, heads []*head) ([]ledger.Event, error) {
	n := 0
	for i := range b.Parts {
		n += len(b.Parts[i].Events)
	}
	events := make([]ledger.Event, 0, n)
	for i := range b.Parts {
		part, head := &b.Parts[i], heads[i]
		if err := w.createStream(study, part.Stream, head); err != nil {
			return nil, err
		}
		from := len(events)
		events, head.Head = w.sealer.Seal(events, b, part, study.tree.Size(), head.Head)
		for j := from; j < len(events); j++ {
			if err := w.insertEvent(study, head.stream, &events[j]); err != nil {
				return nil, err
			}
		}
	}
	return events, nil
}

const insertEvent = `INSERT INTO event
(id, stream, version, recorded, effective, actor, role, client, type, schema, reason, prev, hash, payload)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func (w *writer) insertEvent(study *study, stream int64, e *ledger.Event) error {
	if e.Seq >= maxSeq {
		return fmt.Errorf("study %s is full: %d events", e.Study, e.Seq)
	}
	_, err := w.exec(insertEvent, eventID(study.id, e.Seq), stream, e.Version,
		micros(e.RecordedAt), micros(e.EffectiveAt), e.Actor, e.Role, e.ClientID, e.Type,
		int64(e.Schema), e.Reason, e.Prev[:], e.Hash[:], string(e.Payload))
	if err != nil {
		return err
	}
	study.tree.Append(e.Hash)
	return study.tileErr
}

// seqBits is how many bits of an event's id are its seq; the study's id is above.
const (
	seqBits = 40
	maxSeq  = 1 << seqBits
)

func eventID(study, seq int64) int64 { return study<<seqBits | seq }

func micros(t time.Time) int64 { return t.UnixMicro() }
