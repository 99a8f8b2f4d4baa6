package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"varde/ledger"
)

// Resume answers the session of a token, and counts the request as activity. It
// costs no database once known, but for one look every ten seconds: so long does a
// session live on after another node ended it. ok is false when it has run out or
// was ended. The last activity is written at most every five minutes; after a crash
// or on another node a session may run out by that much sooner.
func (s *Service) Resume(ctx context.Context, token string) (Session, bool) {
	if len(token) != tokenLength || token[:len(tokenPrefix)] != tokenPrefix {
		return Session{}, false
	}
	var text [tokenLength]byte
	copy(text[:], token)
	key := sha256.Sum256(text[:])
	now := s.cfg.Clock().UnixMicro()
	l, ok := s.sessions.known.Get(key)
	if age := int64(0); ok {
		age = now - l.read.Load()
		ok = age >= 0 && age < sessionAge.Microseconds()
	}
	if !ok {
		if l = s.readBack(ctx, key, l, now); l == nil {
			return Session{}, false
		}
	}
	seen := l.seen.Load()
	if now >= l.Ends.UnixMicro() || now-seen > s.idle(&l.Session).Microseconds() {
		return Session{}, false
	}
	if now > seen {
		l.seen.CompareAndSwap(seen, now)
	}
	if written := l.written.Load(); now-written >= activityEvery.Microseconds() && l.written.CompareAndSwap(written, now) {
		s.writeActivity(key, now)
	}
	out := l.Session
	out.Seen = time.UnixMicro(max(now, seen)).UTC()
	return out, true
}

// readBack reads a session into memory, nil when it is not open.
func (s *Service) readBack(ctx context.Context, key [32]byte, old *live, now int64) *live {
	s.sessions.ending.RLock()
	defer s.sessions.ending.RUnlock()
	hash := hex.EncodeToString(key[:])
	row, ok, err := s.sessionRow(ctx, hash)
	if err != nil || !ok {
		if err != nil {
			s.cfg.Log.WarnContext(ctx, "a session could not be read", "error", err)
		}
		s.sessions.known.Remove(key)
		return nil
	}
	last, err := s.activity(ctx, row)
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "the activity of a session could not be read", "error", err)
		return nil
	}
	l := &live{Session: row.session()}
	l.read.Store(now)
	l.seen.Store(last.UnixMicro())
	l.written.Store(last.UnixMicro())
	if old != nil {
		l.seen.Store(max(l.seen.Load(), old.seen.Load()))
	}
	s.sessions.known.Add(key, l)
	return l
}

// activity answers when the store last heard of a session.
func (s *Service) activity(ctx context.Context, r sessionRow) (time.Time, error) {
	last := r.Started
	if r.Fresh.After(last) {
		last = r.Fresh
	}
	row, ok, err := s.row(ctx, viewActivity, r.hash)
	if err != nil || !ok {
		return last, err
	}
	var doc activityDoc
	if err := json.Unmarshal(row.Doc, &doc); err != nil {
		return last, err
	}
	if doc.Seen.After(last) {
		last = doc.Seen
	}
	return last, nil
}

func (s *Service) writeActivity(key [32]byte, now int64) {
	s.sessions.ending.RLock()
	defer s.sessions.ending.RUnlock()
	if !s.sessions.known.Contains(key) {
		return // ended in this moment
	}
	p := &projection{rows: map[rowID]ledger.Row{}}
	hash := hex.EncodeToString(key[:])
	if err := p.put(viewActivity, hash, "", "", "", time.Time{}, activityDoc{time.UnixMicro(now).UTC()}); err != nil {
		return
	}
	// Nobody waits: what is lost is five minutes of a session's idle time.
	s.store.Submit(ledger.Batch{Study: Log, Rows: []ledger.Row{p.rows[rowID{viewActivity, hash}]}})
}
