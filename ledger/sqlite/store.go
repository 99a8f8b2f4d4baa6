// Package sqlite keeps a ledger in one SQLite file.
//
// One goroutine writes. It takes all that is queued, validates each batch against
// the heads of its streams, writes what is sound in one transaction and answers
// everybody after the one fsync (group commit). Reading goes on meanwhile on
// connections of its own that can not write.
//
// # What the database refuses, and what it can not
//
// Triggers refuse UPDATE, DELETE and REPLACE on studies, streams, events, client
// ids, tiles and checkpoints, for every program that opens the file. Whoever owns
// the file can still drop the triggers, or change its bytes. That can not be
// prevented, but it is found: [Store.Verify] and ledger.Verify name the record,
// as long as the signing key and one checkpoint are kept where the owner of the
// file does not reach.
//
// # Moving, copying
//
// The file alone is not the database while a program has it open: path-wal and
// path-shm belong to it. Several processes may have it open; they take turns in
// writing. Keep it on a local disk.
package sqlite

import (
	"context"
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"varde/ledger"
)

var errClosed = ledger.ErrClosed

// Options of a store. The zero value can be used; it can not sign checkpoints.
type Options struct {
	// Signer signs checkpoints.
	Signer *ledger.Signer
	// Now is the clock for checkpoints, time.Now when nil.
	Now func() time.Time
}

// Store is a ledger in a SQLite file. It is safe for concurrent use.
type Store struct {
	path    string
	options Options
	queue   *queue
	readers *readers
	done    chan struct{} // closed when the writer has ended
	ended   error         // from closing the writer's connection, after done
	streams *lru.Cache[int64, string]
	closing sync.Once
	closed  error
}

var _ ledger.Store = (*Store)(nil)

// Open opens the ledger in the file path, and creates it where there is none
// (mode 0600). A schema of an older version is migrated.
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	c, err := openWriter(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("ledger: open %s: %w", path, err)
	}
	name, err := readerDSN(path)
	if err != nil {
		return nil, fmt.Errorf("ledger: open %s: %w", path, err)
	}
	streams, err := lru.New[int64, string](streamNames)
	if err != nil {
		return nil, fmt.Errorf("ledger: open %s: %w", path, err)
	}
	s := &Store{
		path: path, options: options, queue: newQueue(), readers: &readers{dsn: name},
		done: make(chan struct{}), streams: streams,
	}
	go func() {
		defer close(s.done)
		s.ended = newWriter(c, options).run(s.queue)
	}()
	return s, nil
}

// streamNames is how many names of streams are remembered for reading.
const streamNames = 1 << 15

// Close writes what is queued and closes the file.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.queue.close()
		<-s.done
		// The writer has closed last of those that write; readers hold no data.
		s.closed = s.readers.close()
		if s.ended != nil {
			s.closed = s.ended
		}
	})
	return s.closed
}

// Append writes the batch and returns when it is durable.
func (s *Store) Append(ctx context.Context, b ledger.Batch) ([]ledger.Event, error) {
	return s.Submit(b).Wait(ctx)
}

// Submit queues the batch. It waits only while the queue is full.
func (s *Store) Submit(b ledger.Batch) ledger.Pending {
	w := &work{batch: b, done: make(chan struct{})}
	if err := w.batch.Validate(); err != nil {
		w.refuse(err)
		return w
	}
	w.weigh()
	s.queue.put(w)
	return w
}

// SubmitAll queues the batches as one. It waits only while the queue is full.
func (s *Store) SubmitAll(batches []ledger.Batch) ledger.Pending {
	w := &work{chain: batches, done: make(chan struct{})}
	for i := range batches {
		err := batches[i].Validate()
		if err == nil && batches[i].Study != batches[0].Study {
			err = fmt.Errorf("%w: batches that belong together are of one study", ledger.ErrInvalid)
		}
		if err != nil {
			w.refuse(err)
			return w
		}
	}
	w.weigh()
	s.queue.put(w)
	return w
}

// write runs f in the writer.
func (s *Store) write(ctx context.Context, alone bool, f func(*writer) (refused, failed error)) error {
	w := &work{do: f, alone: alone, done: make(chan struct{})}
	s.queue.put(w)
	_, err := w.Wait(ctx)
	return err
}
