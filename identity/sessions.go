package identity

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"varde/ledger"
)

const (
	tokenPrefix   = "vs_"
	tokenLength   = len(tokenPrefix) + 43 // 32 bytes as base64url
	sessionAge    = 10 * time.Second      // how long a session in memory goes unread
	activityEvery = 5 * time.Minute       // how often a session's last request is written
	onlyKeysEnds  = 30 * time.Minute      // absolute limit of a session that may only set keys
	runOut        = "run-out"             // why a session ended by itself
)

// OnlyKeys says that the session may do nothing but set new keys (and end): it was
// opened with a recovery code, or by staff with a link and no passkey.
func (s Session) OnlyKeys() bool {
	return s.Method == "recovery" || s.Method == "link" && s.Kind == Staff
}

// sessions keeps the open ones that were asked for.
type sessions struct {
	known *lru.Cache[[32]byte, *live]
	// A session that is being ended must not be read back in: who reads one holds
	// this for reading, who has ended one takes it before forgetting.
	ending sync.RWMutex
}

type live struct {
	Session
	read    atomic.Int64 // µs since 1970: when the row was read,
	seen    atomic.Int64 // when the last request came,
	written atomic.Int64 // and which of them the row knows
}

func (c *sessions) init() (err error) {
	c.known, err = lru.New[[32]byte, *live](manySessions)
	return err
}

func (c *sessions) forget(hash string) {
	var key [32]byte
	if n, err := hex.Decode(key[:], []byte(hash)); err != nil || n != 32 {
		return
	}
	c.ending.Lock()
	defer c.ending.Unlock()
	c.known.Remove(key)
}

func (c *sessions) forgetAll() {
	c.ending.Lock()
	defer c.ending.Unlock()
	c.known.Purge()
}

// sessionRow is an open session as the store has it.
type sessionRow struct {
	hash string
	sessionDoc
}

func (r sessionRow) session() Session {
	return Session{ID: r.ID, Account: r.Account, Kind: r.Kind, Device: r.Device, Method: r.Method,
		Started: r.Started, Seen: r.Started, Ends: r.Ends, Fresh: r.Fresh, hash: r.hash}
}

// Opening is a new session: the token goes into the cookie and is kept nowhere else.
type Opening struct {
	Token   string
	Session Session
	// Recovery codes, when they were just made; shown once.
	Recovery []string
}

// opening is what decide says of the session that it lets open.
type opening struct {
	method     string
	credential string
	counter    uint32
	step       int64
	fresh      *time.Time // when presence was proven, if not now; zero = nobody says
	subject    string     // digest of a single sign-on subject that is linked,
	seen       int64      // and the version of its stream that was seen
}

// open opens a session for an account if decide lets it, and writes what decide
// answers about the account in the same batch. Every session has a token of its own:
// whatever token a browser came with is worth nothing.
func (s *Service) open(ctx context.Context, id, method string, from Source, decide func(scene, *opening) ([]fact, error)) (Opening, error) {
	token, err := s.secret(32)
	if err != nil {
		return Opening{}, err
	}
	token = tokenPrefix + token
	name, err := s.secret(12)
	if err != nil {
		return Opening{}, err
	}
	var opened Session
	_, err = s.change(ctx, id, By{}, func(a scene) (deed, error) {
		if !a.exists() || a.disabled() {
			return deed{}, ErrDenied
		}
		o := opening{method: method}
		facts, err := decide(a, &o)
		if err != nil {
			return deed{}, err
		}
		opened = Session{ID: name, Account: id, Kind: a.Kind, Device: clip(from.Device, 100), Method: o.method, Started: a.at, Seen: a.at, Fresh: a.at, hash: digest(token)}
		if o.fresh != nil {
			opened.Fresh = *o.fresh
		}
		opened.Ends = a.at.Add(s.lasts(opened))
		f := sessionFact{Counter: o.counter, Credential: o.credential, Device: opened.Device, Ends: opened.Ends, Hash: opened.hash,
			ID: name, Kind: a.Kind, Method: o.method, Network: clip(from.Network, 60), Step: o.step}
		if o.fresh != nil {
			f.Stale, f.Fresh = o.fresh.IsZero(), *o.fresh
		}
		return deed{account: facts, signin: []fact{{typ: sessionOpened, payload: f}}, subject: o.subject, seen: o.seen}, nil
	})
	var copied *copiedError
	if errors.As(err, &copied) {
		return Opening{}, s.noteCopied(ctx, id, copied)
	}
	if err != nil {
		return Opening{}, err
	}
	return Opening{Token: token, Session: opened}, nil
}

func (s *Service) lasts(in Session) time.Duration {
	switch {
	case in.OnlyKeys():
		return onlyKeysEnds
	case in.Kind == Participant:
		return s.cfg.Limits.AbsOwn
	}
	return s.cfg.Limits.Absolute
}

func (s *Service) idle(in *Session) time.Duration {
	if in.Kind == Participant {
		return s.cfg.Limits.IdleOwn
	}
	return s.cfg.Limits.Idle
}

// clip cuts text that a browser sent to n bytes that may stand in the log.
func clip(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if len(text) > n {
		text = strings.ToValidUTF8(text[:n], "")
	}
	return text
}

// SignInDemo opens a session without proof, for a demonstration; app has asked. An
// account that does not exist is made, as staff of that name.
func (s *Service) SignInDemo(ctx context.Context, account, name string, from Source) (Opening, error) {
	a, err := s.load(ctx, account)
	if err != nil {
		return Opening{}, err
	}
	if !a.exists() {
		if _, err := s.Invite(ctx, By{console, "system"}, Invitation{ID: account, Name: name, Kind: Staff}); err != nil {
			return Opening{}, err
		}
	}
	return s.open(ctx, account, "demo", from, func(scene, *opening) ([]fact, error) { return nil, nil })
}

func (s *Service) sessionRow(ctx context.Context, hash string) (sessionRow, bool, error) {
	row, ok, err := s.row(ctx, viewSession, hash)
	if err != nil || !ok {
		return sessionRow{}, false, err
	}
	r, err := readSession(row)
	return r, err == nil, err
}

func readSession(row ledger.Row) (sessionRow, error) {
	r := sessionRow{hash: row.Key}
	if err := json.Unmarshal(row.Doc, &r.sessionDoc); err != nil {
		return r, fmt.Errorf("identity: a session's row cannot be read; rebuild the views: %w", err)
	}
	return r, nil
}

// current is the session as it stands now, whatever the caller holds of it.
func (s *Service) current(ctx context.Context, in Session) (sessionRow, error) {
	if in.hash == "" {
		return sessionRow{}, ErrDenied // made by hand
	}
	r, ok, err := s.sessionRow(ctx, in.hash)
	if err != nil {
		return r, err
	}
	if !ok || r.Account != in.Account || r.ID != in.ID || !s.now().Before(r.Ends) {
		return r, ErrDenied
	}
	return r, nil
}

// fresh is current, and ErrStale when presence was not proven lately. A session that
// may only set keys stays fresh for its half hour: it has nothing to prove presence by.
func (s *Service) fresh(ctx context.Context, in Session) (sessionRow, error) {
	r, err := s.current(ctx, in)
	if err != nil {
		return r, err
	}
	if age := s.now().Sub(r.Fresh); age > s.cfg.Limits.Fresh && !r.session().OnlyKeys() {
		return r, ErrStale
	}
	return r, nil
}

func (s *Service) sessionRows(ctx context.Context, account string) ([]sessionRow, error) {
	rows, err := s.store.Rows(ctx, ledger.Query{Study: Log, View: viewSession, Parent: account})
	if err != nil {
		return nil, fmt.Errorf("identity: listing the sessions: %w", err)
	}
	out := make([]sessionRow, 0, len(rows))
	for _, row := range rows {
		r, err := readSession(row)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// Sessions answers an account's open sessions, newest first.
func (s *Service) Sessions(ctx context.Context, account string) ([]Session, error) {
	if account == "" {
		return nil, nil
	}
	rows, err := s.sessionRows(ctx, account)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var out []Session
	for _, r := range rows {
		in := r.session()
		if in.Seen, err = s.activity(ctx, r); err != nil {
			return nil, err
		}
		var key [32]byte
		if _, err := hex.Decode(key[:], []byte(r.hash)); err == nil {
			if l, ok := s.sessions.known.Peek(key); ok {
				in.Seen = time.UnixMicro(max(in.Seen.UnixMicro(), l.seen.Load())).UTC()
			}
		}
		if now.Before(in.Ends) && now.Sub(in.Seen) <= s.idle(&in) {
			out = append(out, in)
		}
	}
	slices.SortFunc(out, func(a, b Session) int { return b.Started.Compare(a.Started) })
	return out, nil
}

// ending is which sessions end, and what else happens to the account.
type ending struct {
	why   string
	which func(sessionRow) bool
	facts func(scene) ([]fact, error)
}

func (s *Service) endSessions(ctx context.Context, account string, by By, e ending) error {
	var ended endedFact
	_, err := s.change(ctx, account, by, func(a scene) (deed, error) {
		ended = endedFact{Sessions: []endedSession{}, Why: e.why}
		var d deed
		if e.facts != nil {
			var err error
			if d.account, err = e.facts(a); err != nil {
				return d, err
			}
		}
		rows, err := s.sessionRows(ctx, account)
		if err != nil {
			return d, err
		}
		for _, r := range rows {
			if e.which(r) {
				ended.Sessions = append(ended.Sessions, endedSession{Hash: r.hash, ID: r.ID})
			}
		}
		// With facts it is written even without a session: a sign-in that is under
		// way then finds that it came too late.
		if len(ended.Sessions) > 0 || len(d.account) > 0 {
			d.signin = []fact{{typ: sessionsEnded, payload: ended}}
		}
		return d, nil
	})
	if err != nil {
		return err
	}
	for _, r := range ended.Sessions {
		s.sessions.forget(r.Hash)
	}
	return nil
}

// End ends a session at once; one that is not open, or another account's, is left
// alone.
func (s *Service) End(ctx context.Context, account, session string) error {
	return s.endSessions(ctx, account, By{}, ending{why: "signed-out", which: func(r sessionRow) bool { return r.ID == session }})
}

// EndAll ends all sessions of an account but one ("" = all).
func (s *Service) EndAll(ctx context.Context, account, except string) error {
	return s.endSessions(ctx, account, By{}, ending{why: "signed-out", which: func(r sessionRow) bool { return r.ID != except }})
}

// sweep takes sessions past their absolute limit out of the views.
func (s *Service) sweep(ctx context.Context) error {
	now := s.now()
	rows, err := s.store.Rows(ctx, ledger.Query{Study: Log, View: viewSession, DueBefore: now, Limit: 1000})
	if err != nil {
		return err
	}
	done := map[string]bool{}
	for _, row := range rows {
		if done[row.Parent] {
			continue
		}
		done[row.Parent] = true
		e := ending{why: runOut, which: func(r sessionRow) bool { return r.Ends.Before(now) }}
		if err := s.endSessions(ctx, row.Parent, By{"system", "system"}, e); err != nil {
			return err
		}
	}
	return nil
}
