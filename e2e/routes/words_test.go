package routes

import (
	crand "crypto/rand"
	"testing"

	"varde/access"
	"varde/app"
)

// concern is what a participant told outside the site, for the walk: the same however
// often it is asked for, and in two worlds sealed in the same way.
func (w *world) concern(t testing.TB, participant string) string {
	t.Helper()
	before := crand.Reader
	crand.Reader = newChance("concern")
	defer func() { crand.Reader = before }()
	me := access.Actor{ID: "p-" + participant, Role: "participant", Study: trial, Participant: participant}
	id, err := w.app.RaiseConcern(t.Context(), me, trial, app.ConcernIn{Kind: "other", Text: "for the walk"}, "walk")
	if err != nil {
		t.Fatal(err)
	}
	return id
}
