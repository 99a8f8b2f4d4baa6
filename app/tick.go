package app

import (
	"context"
	"errors"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// Tick lets the clock speak: for every participant with a deadline passed it asks
// study what the passing of time has made true. Called every minute by a server.
func (a *App) Tick(ctx context.Context) error {
	a.mu.RLock()
	hosts := make([]*host, 0, len(a.hosts))
	for _, h := range a.hosts {
		hosts = append(hosts, h)
	}
	a.mu.RUnlock()
	var all error
	for _, h := range hosts {
		if !h.studyState().Locked.IsZero() {
			continue
		}
		rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewParticipant, DueBefore: a.Now(), ByDue: true})
		if err != nil {
			all = errors.Join(all, err)
			continue
		}
		for _, r := range rows {
			if _, err := a.Do(ctx, access.System, h.id, study.PassTime{On: study.On{Participant: r.Key}}, ""); err != nil {
				all = errors.Join(all, err)
			}
		}
	}
	return all
}
