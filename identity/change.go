package identity

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"varde/ledger"
)

// deed is what a change writes.
type deed struct {
	account []fact // to the account's stream
	signin  []fact // to its stream of sessions
	subject string // digest: a subject is linked, seen at version subjectAt
	seen    int64
}

type fact struct {
	typ     string
	payload any
	reason  string
}

// scene is what a change looks at. Nothing of it can have changed when the deed is
// written: the log refuses the deed then, and it is decided anew.
type scene struct {
	*account // clone; version 0 = there is none
	at       time.Time
	ctx      context.Context
	s        *Service
}

const changeTries = 12

var stripeSeed = maphash.MakeSeed()

// change reads an account, lets decide say what happens to it, and writes that. When
// somebody else wrote to the account meanwhile, all is read and decided again. An
// empty deed writes nothing.
func (s *Service) change(ctx context.Context, id string, by By, decide func(scene) (deed, error)) (*account, error) {
	stripe := &s.stripes[maphash.String(stripeSeed, id)%uint64(len(s.stripes))]
	stripe.Lock()
	defer stripe.Unlock()
	back := false
	for range changeTries {
		after, err := s.tryChange(ctx, id, by, decide)
		if errors.Is(err, ledger.ErrInvalid) && !back {
			// Another node's clock is before ours: go on from where the log is.
			back = true
			if err := s.lastMoment(ctx); err != nil {
				return nil, err
			}
			continue
		}
		if !isConflict(err) {
			return after, err
		}
		s.accounts.Remove(id)
	}
	return nil, fmt.Errorf("identity: the account %s is being changed by many at once; try again", id)
}

func (s *Service) tryChange(ctx context.Context, id string, by By, decide func(scene) (deed, error)) (*account, error) {
	// The stream of sessions is looked at first, and the account after it: who
	// disables an account writes to both, so no sign-in slips in between.
	signins, err := s.store.Head(ctx, Log, signinStream+id)
	if err != nil {
		return nil, err
	}
	before, err := s.load(ctx, id)
	if err != nil {
		return nil, err
	}
	after := before.clone()
	at := s.moment()
	d, err := decide(scene{account: before.clone(), at: at, ctx: ctx, s: s})
	if err != nil {
		return nil, err
	}
	if by.Account == "" { // one's own doing
		by = By{id, string(before.Kind)}
	}
	p := &projection{accounts: map[string]*account{id: after}, rows: map[rowID]ledger.Row{},
		read: func(view, key string) (ledger.Row, bool, error) { return s.row(ctx, view, key) }}
	b := ledger.Batch{Study: Log, Actor: by.Account, Role: by.Role, RecordedAt: at}
	add := func(stream string, expected int64, facts []fact) error {
		if len(facts) == 0 {
			return nil
		}
		part := ledger.Part{Stream: stream, Expected: expected}
		for _, f := range facts {
			payload, err := ledger.Canonical(f.payload)
			if err != nil {
				return badEvent(stream, f.typ, err)
			}
			part.Events = append(part.Events, ledger.New{Type: f.typ, Schema: 1, EffectiveAt: at, Payload: payload, Reason: f.reason})
			if err := p.apply(stream, f.typ, at, payload); err != nil {
				return err
			}
		}
		b.Parts = append(b.Parts, part)
		return nil
	}
	if err := errors.Join(add(accountStream+id, before.version, d.account), add(signinStream+id, signins, d.signin)); err != nil {
		return nil, err
	}
	if d.subject != "" {
		if err := add(subjectStream+d.subject, d.seen, []fact{{typ: subjectLinked, payload: subjectOwner{Account: id}}}); err != nil {
			return nil, err
		}
	}
	if len(b.Parts) == 0 {
		return before, nil
	}
	for _, row := range p.rows {
		b.Rows = append(b.Rows, row)
	}
	if _, err := s.store.Append(ctx, b); err != nil {
		s.accounts.Remove(id)
		return nil, fmt.Errorf("identity: writing to the house's log: %w", err)
	}
	s.accounts.Add(id, cached{after, s.now()})
	return after, nil
}

type subjectOwner struct {
	Account string `json:"account"`
}

// load answers an account as the log has it at this moment; version 0 when there is
// none.
func (s *Service) load(ctx context.Context, id string) (*account, error) {
	head, err := s.store.Head(ctx, Log, accountStream+id)
	if err != nil {
		return nil, fmt.Errorf("identity: reading the account: %w", err)
	}
	a := blank(id)
	if head == 0 {
		return a, nil
	}
	if c, ok := s.accounts.Get(id); ok && c.version <= head {
		if c.version == head {
			s.accounts.Add(id, cached{c.account, s.now()})
			return c.account, nil
		}
		a = c.clone()
	}
	for e, err := range s.store.Events(ctx, ledger.Read{Study: Log, Stream: accountStream + id, After: a.version}) {
		if err == nil {
			if err = a.apply(e.Type, e.EffectiveAt, e.Payload); err != nil {
				err = badEvent(e.Stream, e.Type, err)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("identity: reading the account: %w", err)
		}
	}
	s.accounts.Add(id, cached{a, s.now()})
	return a, nil
}

// glance is load for what every request asks: it may be some seconds old when
// another node wrote.
func (s *Service) glance(ctx context.Context, id string) (*account, error) {
	if c, ok := s.accounts.Get(id); ok {
		if age := s.now().Sub(c.at); age >= 0 && age < accountAge {
			return c.account, nil
		}
	}
	return s.load(ctx, id)
}
