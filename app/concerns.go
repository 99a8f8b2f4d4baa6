package app

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
	"varde/vault"
)

// Concerns are told to somebody outside the site. Each stands in a stream of its own,
// sealed under a key of its own, and is signed by a pseudonym that only this program
// can reckon, anew for every concern: who raised it cannot be read from the record, nor
// that two came from the same person. The participant finds their own again because
// the program reckons the pseudonym of every concern for their account.
//
// Nobody at the site, no auditor and no export of theirs gets to know that there is
// one (hearsOf); who holds the database sees that a stream exists, its kind and site.

// ConcernIn is what a participant tells somebody outside the site.
type ConcernIn struct {
	Kind  string // "boundary", "safety", "conduct", "other"
	Text  string
	Named bool // the listener may know who tells
}

// ConcernLine is a concern in the clear.
type ConcernLine struct {
	ID       string
	Kind     string
	Site     string
	At       time.Time
	Due      time.Time // when the word that waits must be answered; zero = none waits
	Who      string    // participant's number, when they chose to be named
	Words    []ConcernWord
	Closed   time.Time
	Answered time.Time // first answer
}

// ConcernWord is one thing that was said in it.
type ConcernWord struct {
	At   time.Time
	Own  bool
	Text string
}

// Overdue says that a word of the participant was not answered in time.
func (c ConcernLine) Overdue(now time.Time) bool { return !c.Due.IsZero() && now.After(c.Due) }

const fieldWho = "who"

// errNotTheirs ends the reading of a concern that is none of the reader's.
var errNotTheirs = errors.New("app: not theirs")

func concernOwner(h *host, id string) vault.Owner {
	return vault.Owner{Space: h.id, Person: "concern/" + id}
}

// wordField is what a word is bound to: its place in the concern.
func wordField(version int64) string { return "word:" + strconv.FormatInt(version, 10) }

func noConcern() *study.Refusal {
	return &study.Refusal{Kind: study.Missing, Code: "no-such-concern", Text: study.Text{
		EN: "there is no such report", NB: "meldingen finnes ikke"}}
}

// RaiseConcern keeps a concern where nobody at the site sees it. The answer is its
// reference. Needs access.RaiseConcern.
func (a *App) RaiseConcern(ctx context.Context, actor access.Actor, studyID string, in ConcernIn, clientID string) (string, error) {
	h, s, err := a.about(ctx, actor, studyID, actor.Participant, "RaiseConcern", access.RaiseConcern)
	if err != nil {
		return "", err
	}
	if !slices.Contains(study.ConcernKinds, in.Kind) {
		return "", &study.Refusal{Kind: study.Invalid, Field: "kind", Code: "bad-kind", Text: study.Text{
			EN: "choose what it is about; \"something else\" is fine too", NB: "velg hva det gjelder; «noe annet» er også greit"}}
	}
	if r := study.WordsFault(in.Text); r != nil {
		return "", r
	}
	if a.vault == nil {
		return "", noVault()
	}
	id, err := a.concernID(h, actor.ID, clientID)
	if err != nil {
		return "", err
	}
	teller, err := a.tellerOf(h, actor.ID, id)
	if err != nil {
		return "", err
	}
	_, _, err = a.onStream(ctx, h, access.Actor{ID: teller, Role: actor.Role}, study.ConcernStream(id), "raise-"+id,
		func(time.Time) ([]study.Payload, []ledger.Row, error) {
			if n, err := a.store.Head(ctx, h.id, study.ConcernStream(id)); err != nil || n > 0 {
				return nil, nil, err // it was kept the first time
			}
			raised := study.ConcernRaised{Concern: id, Kind: in.Kind, Site: s.Site}
			var err error
			if raised.Sealed, err = a.vault.Seal(ctx, concernOwner(h, id), wordField(1), in.Text); err == nil && in.Named {
				raised.Who, err = a.vault.Seal(ctx, concernOwner(h, id), fieldWho, s.ID)
			}
			return []study.Payload{raised}, nil, ofVault(err)
		})
	return id, err
}

// Concerns answers the concerns, those that wait longest first: a participant's own, or
// all of the actor's sites to those who hear them (access.HearConcern).
func (a *App) Concerns(ctx context.Context, actor access.Actor, studyID string) ([]ConcernLine, error) {
	h, err := a.concernsFor(ctx, actor, studyID)
	if err != nil {
		return nil, err
	}
	names, err := a.store.Streams(ctx, h.id, study.ConcernStream(""))
	if err != nil {
		return nil, err
	}
	var out []ConcernLine
	for _, name := range names {
		c, ok, err := a.concern(ctx, h, actor, strings.TrimPrefix(name, study.ConcernStream("")))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, byUrgency)
	return out, nil
}

// byUrgency puts what waits for an answer first, the longest waiting on top, and what is
// closed last.
func byUrgency(x, y ConcernLine) int {
	rank := func(c ConcernLine) int {
		switch {
		case !c.Due.IsZero():
			return 0
		case c.Closed.IsZero():
			return 1
		}
		return 2
	}
	if r := rank(x) - rank(y); r != 0 {
		return r
	}
	if rank(x) == 0 {
		return x.Due.Compare(y.Due)
	}
	return y.At.Compare(x.At)
}

// concernsFor lets in a participant and those who hear concerns.
func (a *App) concernsFor(ctx context.Context, actor access.Actor, studyID string) (*host, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.HearConcern, access.RaiseConcern); err != nil {
		return nil, err
	}
	if !h.permits(actor, access.HearConcern) {
		if err := a.within(h, actor, actor.Participant, "Concerns"); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// concern opens one concern; ok is false when it is none of the actor's.
func (a *App) concern(ctx context.Context, h *host, actor access.Actor, id string) (c ConcernLine, ok bool, err error) {
	hears := h.permits(actor, access.HearConcern)
	var waits time.Time // since when a word of the participant is not answered
	err = a.each(ctx, h.id, study.ConcernStream(id), func(e study.Event) error {
		w := ConcernWord{At: e.Recorded}
		sealed := ""
		switch d := e.Data.(type) {
		case study.ConcernRaised:
			mine, err := a.tellerOf(h, actor.ID, id)
			if err != nil {
				return err
			}
			if hears && !actor.AtSite(d.Site) || !hears && mine != e.Actor {
				return errNotTheirs
			}
			ok, w.Own, sealed = true, true, d.Sealed
			c.ID, c.Kind, c.Site, c.At = id, d.Kind, d.Site, e.Recorded
			if d.Who != "" {
				if c.Who, err = a.openConcern(ctx, h, id, fieldWho, d.Who); err != nil {
					return err
				}
			}
		case study.ConcernAnswered:
			w.Own, sealed = d.Own, d.Sealed
			if d.Closed {
				c.Closed = e.Recorded
			}
		default:
			return nil
		}
		if w.Own {
			c.Closed = time.Time{} // a further word opens it again
			if waits.IsZero() {
				waits = e.Recorded
			}
		} else {
			waits = time.Time{}
			if c.Answered.IsZero() {
				c.Answered = e.Recorded
			}
		}
		if sealed != "" {
			var err error
			if w.Text, err = a.openConcern(ctx, h, id, wordField(e.Version), sealed); err != nil {
				return err
			}
			c.Words = append(c.Words, w)
		}
		return nil
	})
	if errors.Is(err, errNotTheirs) {
		return ConcernLine{}, false, nil
	}
	if !waits.IsZero() {
		c.Due = waits.Add(study.ConcernWithin)
	}
	return c, ok && err == nil, err
}

func (a *App) openConcern(ctx context.Context, h *host, id, field, sealed string) (string, error) {
	if a.vault == nil {
		return "", noVault()
	}
	text, err := a.vault.Open(ctx, concernOwner(h, id), field, sealed)
	return text, ofVault(err)
}

// AnswerConcern adds a word: of a listener, or of the participant whose concern it is.
// Only a listener closes it; a further word of the participant opens it again.
func (a *App) AnswerConcern(ctx context.Context, actor access.Actor, studyID, concern, text string, closed bool, clientID string) error {
	h, err := a.concernsFor(ctx, actor, studyID)
	if err != nil {
		return err
	}
	if _, ok, err := a.concern(ctx, h, actor, concern); err != nil || !ok {
		if err == nil {
			err = noConcern()
		}
		return err
	}
	if r := study.WordsFault(text); r != nil {
		return r
	}
	if a.vault == nil {
		return noVault()
	}
	own := !h.permits(actor, access.HearConcern)
	if own {
		// What the participant says is signed by the concern's pseudonym, and its client
		// id must not lead back to their device either.
		sum, err := a.pseudonym("word", h.id, actor.ID, concern, clientID)
		if err != nil {
			return err
		}
		if clientID != "" {
			clientID = "word-" + hex.EncodeToString(sum[:16])
		}
		if actor.ID, err = a.tellerOf(h, actor.ID, concern); err != nil {
			return err
		}
		closed = false
	}
	stream := study.ConcernStream(concern)
	_, _, err = a.onStream(ctx, h, actor, stream, clientID, func(time.Time) ([]study.Payload, []ledger.Row, error) {
		n, err := a.store.Head(ctx, h.id, stream)
		if err != nil {
			return nil, nil, err
		}
		sealed, err := a.vault.Seal(ctx, concernOwner(h, concern), wordField(n+1), text)
		return []study.Payload{study.ConcernAnswered{Closed: closed, Own: own, Sealed: sealed}}, nil, ofVault(err)
	})
	return err
}

// hearsOf says that the actor may know of a stream at all: of concerns, only those who
// hear them.
func (h *host) hearsOf(actor access.Actor, stream string) bool {
	return !study.AboutConcerns(stream) || h.permits(actor, access.HearConcern)
}
