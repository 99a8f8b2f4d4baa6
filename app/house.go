package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"varde/access"
	"varde/identity"
	"varde/ledger"
)

// houseEvent appends to the house's own log, durably. The payload must not hold a
// secret.
func (a *App) houseEvent(ctx context.Context, stream, kind string, payload any) error {
	text, err := canonical(payload)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		version, last, err := a.endOf(ctx, identity.Log, stream)
		if err != nil {
			return err
		}
		now := a.Now()
		if last.After(now) {
			now = last
		}
		_, err = a.store.Append(ctx, ledger.Batch{Study: identity.Log, Actor: access.System.ID, Role: access.System.Role, RecordedAt: now,
			Parts: []ledger.Part{{Stream: stream, Expected: version, Events: []ledger.New{{Type: kind, Schema: 1, EffectiveAt: now, Payload: text}}}}})
		var conflict *ledger.ConflictError
		if errors.As(err, &conflict) && try < maxTries {
			continue // somebody else was quicker
		}
		return err
	}
}

// maxTries of an append that only adds: each loses against another that was written.
const maxTries = 16

// endOf answers the version of a stream and when its last event was recorded.
func (a *App) endOf(ctx context.Context, studyID, stream string) (int64, time.Time, error) {
	version, err := a.store.Head(ctx, studyID, stream)
	if err != nil || version == 0 {
		return 0, time.Time{}, err
	}
	for e, err := range a.store.Events(ctx, ledger.Read{Study: studyID, Stream: stream, After: version - 1, Limit: 1}) {
		if err != nil {
			return 0, time.Time{}, err
		}
		return e.Version, e.RecordedAt, nil
	}
	return 0, time.Time{}, fmt.Errorf("app: the stream %s ends before its head: verify the ledger", stream)
}
