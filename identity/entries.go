package identity

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"varde/ledger"
)

// entry is one line of the journal.
type entry struct {
	stream, typ string
	actor, role string
	at          time.Time
	payload     any
}

// entriesOf are the events of what the journal holds, by actor and then by time, so
// that the same failures always make the same log.
func entriesOf(ones []failure, more map[failure]int, refusals map[refusalID]int) []entry {
	var out []entry
	for _, f := range ones {
		out = append(out, f.entry(1))
	}
	for f, n := range more {
		out = append(out, f.entry(n))
	}
	for r, n := range refusals {
		out = append(out, entry{stream: refusalStream, typ: accessRefused, actor: cmp.Or(r.Account, anonymous), role: r.Role, at: r.minute,
			payload: refusalFact{Account: r.Account, Code: r.Code, Count: n, From: r.minute, Role: r.Role, Study: r.Study, What: r.What}})
	}
	slices.SortStableFunc(out, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.actor, b.actor), cmp.Compare(a.role, b.role), a.at.Compare(b.at), cmp.Compare(a.typ, b.typ), compareText(a, b))
	})
	return out
}

func compareText(a, b entry) int {
	x, errX := ledger.Canonical(a.payload)
	y, errY := ledger.Canonical(b.payload)
	if errX != nil || errY != nil {
		return 0
	}
	return strings.Compare(string(x), string(y))
}

func (f failure) entry(count int) entry {
	e := entry{stream: unknownStream, typ: signinFailed, actor: anonymous, at: f.at,
		payload: failureFact{Count: count, Method: f.method, Name: f.name, Network: f.network, Why: f.why}}
	if f.account != "" {
		e.stream, e.actor, e.role = signinStream+f.account, f.account, string(f.kind)
	}
	return e
}

// batches puts the entries behind the heads of their streams, one batch an actor.
func (j *journal) batches(ctx context.Context, entries []entry) ([]ledger.Batch, error) {
	heads := map[string]int64{}
	recorded := j.s.moment()
	var out []ledger.Batch
	for i, e := range entries {
		if _, ok := heads[e.stream]; !ok {
			head, err := j.s.store.Head(ctx, Log, e.stream)
			if err != nil {
				return nil, err
			}
			heads[e.stream] = head
		}
		payload, err := ledger.Canonical(e.payload)
		if err != nil {
			return nil, badEvent(e.stream, e.typ, err)
		}
		if i == 0 || entries[i-1].actor != e.actor || entries[i-1].role != e.role {
			out = append(out, ledger.Batch{Study: Log, Actor: e.actor, Role: e.role, RecordedAt: recorded})
		}
		b := &out[len(out)-1]
		at := slices.IndexFunc(b.Parts, func(p ledger.Part) bool { return p.Stream == e.stream })
		if at < 0 {
			b.Parts = append(b.Parts, ledger.Part{Stream: e.stream, Expected: heads[e.stream]})
			at = len(b.Parts) - 1
		}
		b.Parts[at].Events = append(b.Parts[at].Events, ledger.New{Type: e.typ, Schema: 1, EffectiveAt: e.at, Payload: payload})
		heads[e.stream]++
	}
	return out, nil
}
