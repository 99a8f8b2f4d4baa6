package identity

import (
	"context"
	"errors"
	"sync"
	"time"

	"varde/ledger"
)

const (
	failuresAMinute = 60    // that are written one by one; of the rest, their number
	manyCounted     = 2_000 // kinds of failure or refusal that are counted apart
	journalEvery    = time.Second
	sweepEvery      = 10 * time.Minute
	anonymous       = "anonymous" // actor of what nobody has signed in for
)

// Refusal is a permission that was not there.
type Refusal struct {
	Account, Role, Study string
	Code                 string // of the answer, such as "role-may-not"
	What                 string // capability, command or route pattern; never a value
}

// journal writes failures and refusals behind the backs of those who wait for an
// answer. What an attacker can cause is bounded: so many failures a minute stand one
// by one, the others as numbers, and so many different ones are told apart.
type journal struct {
	s    *Service
	mu   sync.Mutex
	wake chan struct{}
	stop chan struct{}
	done chan struct{}
	once sync.Once
	// writing lets one write at a time, in order.
	writing sync.Mutex

	minute   time.Time // that written counts in
	written  int
	failures []failure         // to be written one by one
	more     map[failure]int   // number of the rest
	refusals map[refusalID]int // number of each
}

// failure is one sign-in that did not succeed.
type failure struct {
	account string // "" = none that exists
	kind    Kind
	name    string // keyed hash of what was typed
	method  string
	why     string
	network string
	at      time.Time // of one; the minute's start of many
}

type refusalID struct {
	Refusal
	minute time.Time
}

func newJournal(s *Service) *journal {
	j := &journal{s: s, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
		more: map[failure]int{}, refusals: map[refusalID]int{}}
	go j.run()
	return j
}

func (j *journal) run() {
	defer close(j.done)
	tick := time.NewTicker(journalEvery)
	sweep := time.NewTicker(sweepEvery)
	defer tick.Stop()
	defer sweep.Stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for {
		var err error
		select {
		case <-j.stop:
			return
		case <-j.wake:
			err = j.write(ctx, false)
		case <-tick.C:
			err = j.write(ctx, false)
		case <-sweep.C:
			err = j.s.sweep(ctx)
		}
		if err != nil && !errors.Is(err, ledger.ErrClosed) {
			j.s.cfg.Log.Error("the house's log was not written; it is tried again", "error", err)
		}
	}
}

func (j *journal) close(ctx context.Context) error {
	j.once.Do(func() { close(j.stop) })
	select {
	case <-j.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return j.write(ctx, true)
}

// Flush writes failures and refusals that wait to be written; who shows the log does
// it first.
func (s *Service) Flush(ctx context.Context) error { return s.journal.write(ctx, true) }

// Refused records that somebody was refused something. It never blocks the answer,
// and many alike within a minute are written as one with their number.
func (s *Service) Refused(r Refusal) {
	for _, text := range []*string{&r.Account, &r.Role, &r.Study, &r.Code, &r.What} {
		*text = clip(*text, 200)
	}
	s.journal.refused(r, s.moment().Truncate(time.Minute))
}

func (j *journal) refused(r Refusal, minute time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	id := refusalID{r, minute}
	if _, ok := j.refusals[id]; !ok && len(j.refusals) >= manyCounted {
		id = refusalID{Refusal{Code: r.Code, What: "others"}, minute}
		if _, ok := j.refusals[id]; !ok && len(j.refusals) >= 2*manyCounted {
			id = refusalID{Refusal{Code: "others", What: "others"}, minute}
		}
	}
	j.refusals[id]++
}

// failed records a sign-in that did not succeed, and answers what the caller may
// know of why. Errors of the machine pass as they are, and are no failures.
func (s *Service) failed(id, method, why string, from Source, err error) error {
	a := blank(id)
	if id != "" { // it was found in a view, so it exists
		a.version = 1
		if c, ok := s.accounts.Get(id); ok {
			a = c.account
		}
	}
	return s.failedName(a, "", method, why, from, err)
}

// failedName is failed for an account that may not exist; typed is its name then.
func (s *Service) failedName(a *account, typed, method, why string, from Source, err error) error {
	wait := errors.Is(err, ErrWait)
	if !wait && !isRefusal(err) {
		return err
	}
	f := failure{method: method, why: why, network: clip(from.Network, 60), at: s.moment()}
	switch {
	case a.exists():
		f.account, f.kind = a.ID, a.Kind
	case typed != "":
		f.name = s.guard.blur(typed)
	}
	s.journal.failed(f, wait)
	if wait || errors.Is(err, ErrLink) || mayBeTold(err) {
		return err
	}
	return ErrDenied
}

func (j *journal) failed(f failure, wait bool) {
	j.mu.Lock()
	minute := f.at.Truncate(time.Minute)
	if !j.minute.Equal(minute) {
		j.minute, j.written = minute, 0
	}
	one := !wait && j.written < failuresAMinute
	if one {
		j.written++
		j.failures = append(j.failures, f)
	} else {
		f.at, f.name = minute, ""
		if _, ok := j.more[f]; !ok && len(j.more) >= manyCounted {
			f = failure{method: f.method, why: f.why, at: minute}
		}
		j.more[f]++
	}
	j.mu.Unlock()
	if one {
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
}

// write writes what waits: failures that stand alone at once, numbers when their
// minute is over, or all. What could not be written waits again.
func (j *journal) write(ctx context.Context, all bool) error {
	j.writing.Lock()
	defer j.writing.Unlock()
	now := j.s.moment().Truncate(time.Minute)
	j.mu.Lock()
	ones := j.failures
	j.failures = nil
	more, refusals := map[failure]int{}, map[refusalID]int{}
	for f, n := range j.more {
		if all || f.at.Before(now) {
			more[f] = n
			delete(j.more, f)
		}
	}
	for r, n := range j.refusals {
		if all || r.minute.Before(now) {
			refusals[r] = n
			delete(j.refusals, r)
		}
	}
	j.mu.Unlock()
	entries := entriesOf(ones, more, refusals)
	if len(entries) == 0 {
		return nil
	}
	err := j.append(ctx, entries)
	if err != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.failures = append(ones, j.failures...)
		for f, n := range more {
			j.more[f] += n
		}
		for r, n := range refusals {
			j.refusals[r] += n
		}
	}
	return err
}

// append writes entries, one batch for each actor, all of them or none.
func (j *journal) append(ctx context.Context, entries []entry) error {
	var err error
	for range changeTries {
		var batches []ledger.Batch
		if batches, err = j.batches(ctx, entries); err != nil {
			return err
		}
		if _, err = j.s.store.SubmitAll(batches).Wait(ctx); !isConflict(err) {
			return err
		}
	}
	return err
}
