package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"varde/ledger"
)

// Views of the house's log.
const (
	viewAccount  = "account"  // by account; Doc an Account
	viewSession  = "session"  // by token hash, Parent the account; Doc a sessionDoc
	viewLink     = "link"     // by link hash; Doc a holder
	viewPasskey  = "passkey"  // by credential; Doc a holder
	viewSubject  = "subject"  // by digest; Doc a holder
	viewStep     = "step"     // by account: the last TOTP step used; Doc a stepDoc
	viewActivity = "activity" // by token hash: last request of a session, roughly. No event tells it
)

type (
	holder struct {
		Account string `json:"account"`
		Counter uint32 `json:"counter,omitempty"` // of a passkey
	}
	stepDoc struct {
		Step int64 `json:"step"`
	}
	sessionDoc struct {
		Account    string    `json:"account"`
		Credential string    `json:"credential,omitempty"`
		Device     string    `json:"device"`
		Ends       time.Time `json:"ends"`
		Fresh      time.Time `json:"fresh"`
		ID         string    `json:"id"`
		Kind       Kind      `json:"kind"`
		Method     string    `json:"method"`
		Started    time.Time `json:"started"`
	}
	activityDoc struct {
		Seen time.Time `json:"seen"`
	}
)

type rowID struct{ view, key string }

// projection works out the rows that follow from events: of one change when it is
// written, of the whole log when the views are rebuilt. Both run this same code.
type projection struct {
	accounts map[string]*account
	rows     map[rowID]ledger.Row
	read     func(view, key string) (ledger.Row, bool, error) // a row that is not in rows
}

func (p *projection) put(view, key, parent, group, sort string, due time.Time, doc any) error {
	text, err := ledger.Canonical(doc)
	if err != nil {
		return fmt.Errorf("identity: row %s %s: %w", view, key, err)
	}
	p.rows[rowID{view, key}] = ledger.Row{View: view, Key: key, Parent: parent, Group: group, Sort: sort, Due: due, Doc: text}
	return nil
}

func (p *projection) remove(view, key string) {
	p.rows[rowID{view, key}] = ledger.Row{View: view, Key: key, Delete: true}
}

func rowDoc[T any](p *projection, view, key string) (doc T, ok bool, err error) {
	row, ok := p.rows[rowID{view, key}]
	if !ok && p.read != nil {
		if row, ok, err = p.read(view, key); err != nil {
			return doc, false, err
		}
	}
	if !ok || row.Delete {
		return doc, false, nil
	}
	return doc, true, json.Unmarshal(row.Doc, &doc)
}

func (p *projection) apply(stream, typ string, at time.Time, payload json.RawMessage) error {
	id, ofAccount, ofSignin := ofAccount(stream)
	var err error
	switch {
	case ofAccount:
		err = p.applyAccount(id, typ, at, payload)
	case ofSignin:
		err = p.applySignin(id, typ, at, payload)
	}
	if err != nil {
		return badEvent(stream, typ, err)
	}
	return nil
}

func (p *projection) applyAccount(id, typ string, at time.Time, payload json.RawMessage) error {
	a := p.accounts[id]
	if a == nil {
		a = blank(id)
		p.accounts[id] = a
	}
	open := a.link.Hash
	if err := a.apply(typ, at, payload); err != nil {
		return err
	}
	if open != "" && a.link.Hash != open {
		p.remove(viewLink, open)
	}
	var err error
	switch typ {
	case linkMade:
		err = p.put(viewLink, a.link.Hash, id, a.link.Purpose, "", a.link.Until, holder{Account: id})
	case passkeyAdded:
		var f passkeyFact
		if f, err = read[passkeyFact](payload); err == nil {
			err = p.put(viewPasskey, f.Credential, id, "", "", time.Time{}, holder{Account: id, Counter: f.Counter})
		}
	case passwordSet:
		var f passwordFact
		if f, err = read[passwordFact](payload); err == nil {
			err = p.used(id, "", 0, f.Step)
		}
	case subjectLinked:
		var f subjectFact
		if f, err = read[subjectFact](payload); err == nil {
			err = p.put(viewSubject, f.Digest, id, "", "", time.Time{}, holder{Account: id})
		}
	}
	if err != nil {
		return err
	}
	return p.put(viewAccount, id, "", string(a.Kind), id+" "+a.Name, time.Time{}, a.Account)
}

func (p *projection) applySignin(id, typ string, at time.Time, payload json.RawMessage) error {
	switch typ {
	case sessionOpened:
		f, err := read[sessionFact](payload)
		if err != nil {
			return err
		}
		doc := sessionDoc{Account: id, Credential: f.Credential, Device: f.Device, Ends: f.Ends, Fresh: at, ID: f.ID, Kind: f.Kind, Method: f.Method, Started: at}
		if f.Stale || !f.Fresh.IsZero() {
			doc.Fresh = f.Fresh
		}
		if err := p.putSession(f.Hash, doc); err != nil {
			return err
		}
		return p.used(id, f.Credential, f.Counter, f.Step)
	case presenceProven:
		f, err := read[presenceFact](payload)
		if err != nil {
			return err
		}
		doc, ok, err := rowDoc[sessionDoc](p, viewSession, f.Hash)
		if err != nil {
			return err
		}
		if ok {
			doc.Fresh = at
			if err := p.putSession(f.Hash, doc); err != nil {
				return err
			}
		}
		return p.used(id, f.Credential, f.Counter, f.Step)
	case sessionsEnded:
		f, err := read[endedFact](payload)
		if err != nil {
			return err
		}
		for _, ended := range f.Sessions {
			p.remove(viewSession, ended.Hash)
			p.remove(viewActivity, ended.Hash)
		}
	}
	return nil
}

func (p *projection) putSession(hash string, doc sessionDoc) error {
	return p.put(viewSession, hash, doc.Account, string(doc.Kind), doc.Started.Format(time.RFC3339Nano), doc.Ends, doc)
}

// used keeps how far a passkey has counted, and which code was the last.
func (p *projection) used(id, credential string, counter uint32, step int64) error {
	if credential != "" {
		if err := p.put(viewPasskey, credential, id, "", "", time.Time{}, holder{Account: id, Counter: counter}); err != nil {
			return err
		}
	}
	if step > 0 {
		return p.put(viewStep, id, "", "", "", time.Time{}, stepDoc{Step: step})
	}
	return nil
}

// Rebuild makes the views again from the house's log. Only the last activity of open
// sessions stands in no event: it is carried over.
func (s *Service) Rebuild(ctx context.Context) error {
	var failed error
	err := s.store.ReplaceRows(ctx, Log, func(yield func(ledger.Row) bool) {
		p := &projection{accounts: map[string]*account{}, rows: map[rowID]ledger.Row{}}
		activity, err := s.store.Rows(ctx, ledger.Query{Study: Log, View: viewActivity})
		if failed = err; failed != nil {
			yield(ledger.Row{})
			return
		}
		for e, err := range s.store.Events(ctx, ledger.Read{Study: Log, After: -1}) {
			if err == nil {
				err = p.apply(e.Stream, e.Type, e.EffectiveAt, e.Payload)
			}
			if failed = err; failed != nil {
				// A row that no store takes: it makes the store keep the old views whole.
				yield(ledger.Row{})
				return
			}
		}
		for row := range p.standing(activity) {
			if !yield(row) {
				return
			}
		}
	})
	if failed != nil {
		return fmt.Errorf("identity: the views of the house's log were not rebuilt: %w", failed)
	}
	s.accounts.Purge()
	s.sessions.forgetAll()
	return err
}

func (p *projection) standing(activity []ledger.Row) iter.Seq[ledger.Row] {
	return func(yield func(ledger.Row) bool) {
		for _, row := range activity {
			if open, ok := p.rows[rowID{viewSession, row.Key}]; ok && !open.Delete && !yield(row) {
				return
			}
		}
		for _, id := range slices.SortedFunc(maps.Keys(p.rows), func(a, b rowID) int {
			return slices.Compare([]string{a.view, a.key}, []string{b.view, b.key})
		}) {
			if row := p.rows[id]; !row.Delete && !yield(row) {
				return
			}
		}
	}
}
