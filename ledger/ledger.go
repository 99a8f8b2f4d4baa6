// Package ledger is the record: an append-only, hash-chained log of events with
// a Merkle tree over it, and the projections ("views") that are written in the
// same transaction as the events they are made from.
//
// The ledger knows no domain words. A stream is a name, a payload is canonical
// JSON, a view row is a key, a few columns to filter and sort by, and a document.
// What they mean is decided in the rooms above (study, app).
//
// Promises of every store (ledger/sqlite, later ledger/postgres):
//
//   - An Append that returned without error is durable: it MUST survive kill -9
//     and power loss. A batch is written whole or not at all.
//   - An event that was written MUST NOT change or disappear. The database
//     itself refuses UPDATE and DELETE on events.
//   - Two appends that name the same expected version of a stream never both win.
//   - A client id is written once. Appending it again answers with the events of
//     the first time, and writes nothing.
//   - View rows MUST be written in the transaction of the events they follow from.
package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Hash is a SHA-256 hash in the form of RFC 6962 section 2.1: an event's hash is
// the Merkle leaf hash SHA-256(0x00 || record), where record is Event.Record.
type Hash [32]byte

// New is an event that is not written yet.
type New struct {
	Type        string          // what happened, such as "form.saved"
	Schema      int             // version of the payload's shape, from 1
	EffectiveAt time.Time       // when it happened in the world, UTC
	Payload     json.RawMessage // canonical JSON (see Canonical)
	Reason      string          // reason for change, where one is owed
}

// Event is a written event. It is never changed.
type Event struct {
	Seq         int64           `json:"seq"`     // position in the study's log, from 0, without gaps
	Study       string          `json:"study"`   // study id
	Stream      string          `json:"stream"`  // stream name, unique in the study
	Version     int64           `json:"version"` // position in the stream, from 1, without gaps
	RecordedAt  time.Time       `json:"recordedAt"`
	EffectiveAt time.Time       `json:"effectiveAt"`
	Actor       string          `json:"actor"`
	Role        string          `json:"role"`
	ClientID    string          `json:"clientId,omitempty"`
	Type        string          `json:"type"`
	Schema      int             `json:"schema"`
	Reason      string          `json:"reason,omitempty"`
	Payload     json.RawMessage `json:"payload"`
	Prev        Hash            `json:"prev"` // hash of the stream's previous event, zero for the first
	Hash        Hash            `json:"hash"` // leaf hash of this event; not part of the record
}

// Part is what one batch adds to one stream.
type Part struct {
	Stream   string
	Expected int64 // the version of the stream that the writer saw; 0 = the stream is new
	Events   []New // at least one
}

// Batch is written whole or not at all. Parts may touch several streams of one
// study (a randomisation takes the next slot and marks the participant), each
// stream once. What a batch must look like stands at [Batch.Validate]. The caller
// MUST NOT change a batch, or what it points to, after it was handed to a store.
//
// RecordedAt MUST NOT be before the last event of a stream that the batch adds
// to; such a batch is refused with ErrInvalid. Between streams time may step
// back, the order of the log is that of Seq.
type Batch struct {
	Study      string
	Actor      string
	Role       string
	ClientID   string // idempotency key chosen by the client, may be empty
	RecordedAt time.Time
	Parts      []Part // may be empty when only Rows change
	Rows       []Row  // view rows that follow from the events; of two with one identity the later wins
}

// Row is one row of a view (projection). (Study, View, Key) is its identity.
// Site, Group, Due and Sort can be filtered and sorted by; Doc is canonical JSON.
type Row struct {
	View   string
	Key    string
	Site   string          // scope, for site isolation; "" = study-wide
	Parent string          // key of what this row belongs to, such as a participant id
	Group  string          // such as a status
	Due    time.Time       // zero = none
	Sort   string          // text to sort and search by
	Doc    json.RawMessage // canonical JSON, may be empty
	Delete bool            // remove the row (View, Key) instead of writing it
}

// Query selects rows of one view. Empty fields do not filter.
type Query struct {
	Study     string
	View      string
	Key       string
	Sites     []string // nil = every site; non-nil and empty = none. "" must be named to get study-wide rows
	Parent    string
	Groups    []string
	DueBefore time.Time // rows that are due, and before this moment
	Search    string    // case-insensitive substring of Sort
	ByDue     bool      // order by Due (none last), then Sort, then Key; otherwise by Sort, then Key; text by its bytes
	Offset    int
	Limit     int // 0 = all
}

// Read says which events to read. Exactly one of Stream or whole study is meant:
// an empty Stream reads the study's log in order of Seq.
//
// The other fields narrow it down; empty ones do not.
type Read struct {
	Study  string
	Stream string
	After  int64 // events after this version (Stream set) or after this Seq (whole study; -1 = from the start)
	Limit  int   // 0 = all

	Actor      string    // by this actor
	TypePrefix string    // whose type begins so, such as "form."
	From       time.Time // recorded at this moment or later
	To         time.Time // recorded before this moment
	Before     int64     // with a lower Seq, also within a stream; 0 = no bound
	Reverse    bool      // the newest first
}

// Plain says that nothing but After and Limit narrows the read.
func (r *Read) Plain() bool {
	return r.Actor == "" && r.TypePrefix == "" && r.From.IsZero() && r.To.IsZero() && r.Before <= 0 && !r.Reverse
}

// Pending is the answer to Submit: the batch is in the writer's queue.
type Pending interface {
	// Wait returns when the batch is durable, or was refused. The events carry
	// their Seq, Version, Prev and Hash.
	Wait(ctx context.Context) ([]Event, error)
}

// Store keeps any number of studies.
type Store interface {
	// Append writes the batch and returns when it is durable.
	// Errors: *ConflictError, *DuplicateError, ErrInvalid, ErrClosed. When ctx
	// ends first, the batch may still be written: a client id tells later.
	Append(ctx context.Context, b Batch) ([]Event, error)

	// Submit queues the batch for the next group commit and returns at once; it
	// waits only while the queue is full, so that memory is bounded.
	// Batches of one caller are written in the order submitted. A later batch may
	// name an expected version that an earlier, still pending, batch will reach.
	Submit(b Batch) Pending

	// SubmitAll queues several batches of one study as one: they are written in one
	// transaction, in order, or none of them is. A later one may build on an earlier.
	SubmitAll(batches []Batch) Pending

	// Events reads events in order, streaming; memory does not grow with the log.
	// An event that can not be read yields a *RecordError, after which the reader
	// may go on. Any other error is the last yield.
	Events(ctx context.Context, r Read) iter.Seq2[Event, error]

	// Head returns the stream's version, 0 when it does not exist.
	Head(ctx context.Context, study, stream string) (int64, error)

	// Size returns the number of events of the study.
	Size(ctx context.Context, study string) (int64, error)

	// Streams lists the study's streams whose name starts with prefix, sorted.
	Streams(ctx context.Context, study, prefix string) ([]string, error)

	// ByClient answers the events that were written under a client id, none when it is new.
	ByClient(ctx context.Context, study, clientID string) ([]Event, error)

	// Studies lists the studies in the store, sorted.
	Studies(ctx context.Context) ([]string, error)

	// Rows answers a query; Count counts what it would answer without Offset and Limit.
	Rows(ctx context.Context, q Query) ([]Row, error)
	Count(ctx context.Context, q Query) (int, error)
	// CountBy counts the query's rows per Group.
	CountBy(ctx context.Context, q Query) (map[string]int, error)

	// ReplaceRows empties the study's views and writes rows, in one transaction.
	// No batch is written meanwhile: rows may read Events and sees all that was
	// written, but it MUST NOT write to the store.
	ReplaceRows(ctx context.Context, study string, rows iter.Seq[Row]) error
	// RowsDigest is a SHA-256 over all view rows of the study in order of identity.
	RowsDigest(ctx context.Context, study string) (Hash, error)

	// Checkpoint signs the study's current tree and stores the checkpoint. When
	// the last one has that size and the same key, it is returned instead.
	Checkpoint(ctx context.Context, study string) (Checkpoint, error)
	// Checkpoints lists the stored checkpoints, oldest first.
	Checkpoints(ctx context.Context, study string) ([]Checkpoint, error)
	// ProveInclusion proves that event seq is in the tree of the given size (RFC 6962 section 2.1.1).
	ProveInclusion(ctx context.Context, study string, seq, size int64) ([]Hash, error)
	// ProveConsistency proves that the tree of size old is a prefix of that of size new (RFC 6962 section 2.1.2).
	ProveConsistency(ctx context.Context, study string, old, new int64) ([]Hash, error)

	// Setting reads and writes small secrets and settings that are no part of the
	// record (a token's hash, a demo mark). A missing setting reads as "", nil;
	// setting "" removes it.
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
	// Settings lists settings whose name starts with prefix.
	Settings(ctx context.Context, prefix string) (map[string]string, error)
	// SwapSetting writes a setting only where it still reads was ("" = it is not
	// there), and says whether it did: of several writers one wins.
	SwapSetting(ctx context.Context, name, was, is string) (bool, error)
	// Scrub makes sure that no file of the store holds what settings read before they
	// were changed or removed. ErrBusy says that readers hindered it: try again.
	Scrub(ctx context.Context) error

	// Close writes what is queued, then closes. Later writes get ErrClosed.
	Close() error
}

// Checkpoint is a signed statement of a study's tree in the C2SP tlog-checkpoint
// form: origin, size, root, signed as a golang.org/x/mod/sumdb/note.
type Checkpoint struct {
	Study string
	Size  int64
	Root  Hash
	Time  time.Time
	Note  string // the signed note
}

var (
	// ErrInvalid marks a batch that can never be written (no events, a payload
	// that is not canonical JSON, an empty type, a time that is zero).
	ErrInvalid = errors.New("ledger: invalid batch")
	// ErrBusy is returned when readers hinder what can not be done beside them.
	ErrBusy = errors.New("ledger: busy")
	// ErrClosed is returned by a store that is closing.
	ErrClosed = errors.New("ledger: closed")
)

// ConflictError says that a stream was not at the version the writer had seen.
type ConflictError struct {
	Stream   string
	Expected int64
	Actual   int64
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("ledger: stream %s is at version %d, not %d: read it again and decide anew", e.Stream, e.Actual, e.Expected)
}

// DuplicateError says that the client id was written before. Events are those of
// the first time, so that the answer can be the same.
type DuplicateError struct {
	ClientID string
	Events   []Event
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("ledger: client id %s is already written", e.ClientID)
}
