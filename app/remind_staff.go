package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/messaging"
	"varde/study"
)

// Whoever must be told of an emergency unblinding (access.NoteUnblind) is told by mail
// that a task waits, and no more: the mail may be read by others. Quiet hours do not
// hold it back.

// remindStaff tells of the emergency unblindings that somebody has still to take note of.
func (a *App) remindStaff(ctx context.Context, h *host) error {
	if !a.outward.can(study.ByEmail) || a.people == nil {
		return nil
	}
	rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewTask, Groups: []string{string(study.TaskUnblinding)}, ByDue: true, Limit: remindPage})
	if err != nil || len(rows) == 0 {
		return err
	}
	round := &round{down: map[string]bool{}}
	var all error
	for _, row := range rows {
		var t TaskRow
		if err := json.Unmarshal(row.Doc, &t); err != nil {
			return err
		}
		for _, account := range h.told(t, a) {
			if round.down[study.ByEmail] || ctx.Err() != nil {
				return all
			}
			all = errors.Join(all, a.tellStaff(ctx, h, account, t.Participant+"/"+t.Task.Ref, round))
		}
	}
	return all
}

// told answers the accounts whose task it is today.
func (h *host) told(t TaskRow, a *App) []string {
	var out []string
	for _, d := range h.studyState().Delegations {
		holds := slices.ContainsFunc(h.grantsOf(d.Account, a.Now()), func(g access.Grant) bool {
			return slices.Contains(t.Task.Roles, g.Role) && (g.Sites == nil || slices.Contains(g.Sites, t.Site))
		})
		if holds && !slices.Contains(out, d.Account) {
			out = append(out, d.Account)
		}
	}
	return out
}

// tellStaff sends one mail to one account, once.
func (a *App) tellStaff(ctx context.Context, h *host, account, ref string, round *round) error {
	stream := study.StaffNoticeStream(account)
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
