package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/messaging"
	"varde/study"
)

// Whoever must be told of an emergency unblinding (access.NoteUnblind), or hears what a
// participant tells outside the site (access.HearConcern), is told by mail that a task
// waits, and no more: the mail may be read by others. Quiet hours do not hold it back.

// remindStaff tells of what waits for somebody of the staff and is urgent.
func (a *App) remindStaff(ctx context.Context, h *host) error {
	if !a.outward.can(study.ByEmail) || a.people == nil {
		return nil
	}
	round := &round{down: map[string]bool{}}
	return errors.Join(a.tellUnblindings(ctx, h, round), a.tellConcerns(ctx, h, round))
}

// tellUnblindings tells of the emergency unblindings that somebody has still to take
// note of.
func (a *App) tellUnblindings(ctx context.Context, h *host, round *round) error {
	rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewTask, Groups: []string{string(study.TaskUnblinding)}, ByDue: true, Limit: remindPage})
	if err != nil || len(rows) == 0 {
		return err
	}
	var all error
	for _, row := range rows {
		var t TaskRow
		if err := json.Unmarshal(row.Doc, &t); err != nil {
			return err
		}
		whose := h.accountsOf(a.Now(), t.Site, func(g access.Grant) bool { return slices.Contains(t.Task.Roles, g.Role) })
		all = errors.Join(all, a.tellAll(ctx, h, whose, study.StaffNoticeStream, t.Participant+"/"+t.Task.Ref, round))
	}
	return all
}

// tellConcerns tells of words that a participant wrote to somebody outside the site and
// that nobody has answered. What was sent stands in streams that only those see who hear
// concerns: the mail itself would tell others that there is one.
func (a *App) tellConcerns(ctx context.Context, h *host, round *round) error {
	names, err := a.store.Streams(ctx, h.id, study.ConcernStream(""))
	if err != nil {
		return err
	}
	var all error
	for _, name := range names {
		site, waits, err := a.waiting(ctx, h, name)
		if err != nil || waits == 0 {
			all = errors.Join(all, err)
			continue
		}
		whose := h.accountsOf(a.Now(), site, func(g access.Grant) bool {
			return h.permits(access.Actor{Role: g.Role, Study: h.id, Sites: g.Sites}, access.HearConcern)
		})
		all = errors.Join(all, a.tellAll(ctx, h, whose, study.ConcernNoticeStream, fmt.Sprint(name, "/", waits), round))
	}
	return all
}

// waiting answers a concern's site, and the version of the participant's first word that
// is not answered; 0 when none waits.
func (a *App) waiting(ctx context.Context, h *host, stream string) (site string, version int64, err error) {
	err = a.each(ctx, h.id, stream, func(e study.Event) error {
		own := false
		switch d := e.Data.(type) {
		case study.ConcernRaised:
			site, own = d.Site, true
		case study.ConcernAnswered:
			own = d.Own
		}
		if !own {
			version = 0
		} else if version == 0 {
			version = e.Version
		}
		return nil
	})
	return site, version, err
}

// tellAll sends one mail to each account, once.
func (a *App) tellAll(ctx context.Context, h *host, accounts []string, stream func(account string) string, ref string, round *round) error {
	var all error
	for _, account := range accounts {
		if round.down[study.ByEmail] || ctx.Err() != nil {
			return all
		}
		all = errors.Join(all, a.tellStaff(ctx, h, account, stream(account), ref, round))
	}
	return all
}

// accountsOf answers the accounts that hold a fitting grant at a site today.
func (h *host) accountsOf(now time.Time, site string, fits func(access.Grant) bool) []string {
	var out []string
	for _, d := range h.studyState().Delegations {
		holds := slices.ContainsFunc(h.grantsOf(d.Account, now), func(g access.Grant) bool {
			return fits(g) && (g.Sites == nil || slices.Contains(g.Sites, site))
		})
		if holds && !slices.Contains(out, d.Account) {
			out = append(out, d.Account)
		}
	}
	return out
}

// tellStaff sends one mail to one account, once.
func (a *App) tellStaff(ctx context.Context, h *host, account, stream, ref string, round *round) error {
	acct, ok, err := a.people.Account(ctx, account)
	if err != nil || !ok || !acct.Disabled.IsZero() {
		return err
	}
	write := func(ctx context.Context, decide func(*study.NoticeRecord) study.Payload) error {
		_, _, err := a.onStreamOnly(ctx, h, stream, func() (study.Payload, error) {
			r, err := a.noticesOf(ctx, h, stream)
			if err != nil {
				return nil, err
			}
			return decide(r), nil
		})
		return err
	}
	var claim *study.NoticeClaimed
	err = write(ctx, func(r *study.NoticeRecord) study.Payload {
		claim = nil
		t := r.Try(study.NoticeTask, ref)
		if r.Ended(study.NoticeTask, ref) || t.Try > 0 && a.Now().Before(t.Next) || r.Lost(study.NoticeTask, ref) {
			return nil
		}
		claim = &study.NoticeClaimed{Channel: study.ByEmail, Kind: study.NoticeTask, Ref: ref, Try: t.Try + 1}
		return *claim
	})
	if err != nil || claim == nil {
		return err
	}
	to, err := a.people.Email(ctx, account)
	if err != nil {
		return err
	}
	failed := study.NoticeFailed{Channel: study.ByEmail, Kind: study.NoticeTask, Ref: ref, Why: study.WhyNoAddress}
	var outcome study.Payload = failed
	if to != "" {
		outcome = a.outcomeOf(a.deliver(ctx, study.ByEmail, to, a.idOf(h.id, account, study.NoticeTask, ref), staffWords(a.outward, acct.Language)), claim, round)
	}
	return write(context.WithoutCancel(ctx), func(*study.NoticeRecord) study.Payload { return outcome })
}

// outcomeOf says what becomes of a claim.
func (a *App) outcomeOf(fault *messaging.Fault, c *study.NoticeClaimed, round *round) study.Payload {
	failed := study.NoticeFailed{Channel: c.Channel, Kind: c.Kind, Ref: c.Ref}
	switch {
	case fault == nil:
		return study.NoticeSent{Channel: c.Channel, Kind: c.Kind, Ref: c.Ref}
	case fault.Kind == messaging.Address:
		failed.Why = study.WhyAddress
	case fault.Kind == messaging.Refused:
		failed.Why = study.WhyRefused
	case c.Try >= study.MostTries:
		failed.Why = study.WhyGaveUp
	default:
		if fault.Kind == messaging.House || fault.Code == "connect" || fault.Code == "timeout" {
			round.down[c.Channel] = true // it would be the same for everybody
		}
		return study.NoticeDeferred{Channel: c.Channel, Kind: c.Kind, Ref: c.Ref, Try: c.Try, Why: fault.Code}
	}
	return failed
}

// onStreamOnly writes at most one event of the program itself to a stream without rows.
func (a *App) onStreamOnly(ctx context.Context, h *host, stream string, decide func() (study.Payload, error)) ([]study.Event, bool, error) {
	return a.onStream(ctx, h, access.System, stream, "", func(time.Time) ([]study.Payload, []ledger.Row, error) {
		p, err := decide()
		if err != nil || p == nil {
			return nil, nil, err
		}
		return []study.Payload{p}, nil, nil
	})
}

// staffWords tell somebody of the staff that something urgent waits.
func staffWords(o *Outward, language string) words {
	return worded(o, language, "", study.Text{EN: "A task waits for you", NB: "En oppgave venter på deg"},
		study.Text{EN: "A task waits for you, and it should be looked at today.", NB: "En oppgave venter på deg, og den bør ses på i dag."},
		study.Text{EN: "Sign in to see it: ", NB: "Logg inn for å se den: "})
}
