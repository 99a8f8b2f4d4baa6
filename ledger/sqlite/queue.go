package sqlite

import (
	"context"
	"sync"

	"varde/ledger"
)

// Bounds of the queue and of one group. A group is one transaction; the bounds keep
// its memory, and the wait of those in it, small.
const (
	queueBytes = 32 << 20
	queueWorks = 1 << 16
	groupBytes = 8 << 20
	groupWorks = 4096
)

// work is one thing for the writer to do, and its answer.
type work struct {
	batch ledger.Batch
	chain []ledger.Batch // written whole or not at all, in place of batch
	// do, when set, is done in place of the batch. refused answers this work alone,
	// failed undoes the transaction.
	do      func(*writer) (refused, failed error)
	outside func(*writer) error // when set, is done alone and in no transaction
	alone   bool                // in a transaction of its own
	bytes   int

	done   chan struct{} // closed when events and err are final
	events []ledger.Event
	err    error
}

// Wait returns when the work is durable or refused.
func (w *work) Wait(ctx context.Context) ([]ledger.Event, error) {
	select {
	case <-w.done:
		return w.events, w.err
	default:
	}
	select {
	case <-w.done:
		return w.events, w.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// refuse answers work that never reached the writer.
func (w *work) refuse(err error) {
	w.err = err
	close(w.done)
}

// weigh estimates the memory that the work holds.
func (w *work) weigh() {
	w.bytes = weight(&w.batch)
	for i := range w.chain {
		w.bytes += weight(&w.chain[i])
	}
}

func weight(b *ledger.Batch) int {
	bytes := 512
	for i := range b.Parts {
		p := &b.Parts[i]
		for j := range p.Events {
			bytes += 512 + len(p.Events[j].Payload) + len(p.Events[j].Reason)
		}
	}
	for i := range b.Rows {
		bytes += 256 + len(b.Rows[i].Doc) + len(b.Rows[i].Sort)
	}
	return bytes
}

// queue is first in, first out, and bounded.
type queue struct {
	mu      sync.Mutex
	filled  sync.Cond // there is work, or the queue is closed
	drained sync.Cond // there is room
	works   []*work
	bytes   int
	closed  bool
}

func newQueue() *queue {
	q := &queue{}
	q.filled.L, q.drained.L = &q.mu, &q.mu
	return q
}

func (q *queue) put(w *work) {
	q.mu.Lock()
	for !q.closed && len(q.works) > 0 && (q.bytes+w.bytes > queueBytes || len(q.works) >= queueWorks) {
		q.drained.Wait()
	}
	if q.closed {
		q.mu.Unlock()
		w.refuse(errClosed)
		return
	}
	q.works = append(q.works, w)
	q.bytes += w.bytes
	q.mu.Unlock()
	q.filled.Signal()
}

// take waits for work and returns a group, nil when the queue is closed and empty.
func (q *queue) take() []*work {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.works) == 0 && !q.closed {
		q.filled.Wait()
	}
	if len(q.works) == 0 {
		return nil
	}
	n, bytes := 0, 0
	for n < len(q.works) && n < groupWorks && (n == 0 || bytes+q.works[n].bytes <= groupBytes) {
		if q.works[n].alone {
			if n == 0 {
				bytes, n = q.works[0].bytes, 1
			}
			break
		}
		bytes += q.works[n].bytes
		n++
	}
	group := q.works[:n:n]
	if n == len(q.works) {
		q.works = nil
	} else {
		// A group keeps the array of the queue alive only until it is answered.
		q.works = q.works[n:]
	}
	q.bytes -= bytes
	q.drained.Broadcast()
	return group
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.filled.Broadcast()
	q.drained.Broadcast()
}
