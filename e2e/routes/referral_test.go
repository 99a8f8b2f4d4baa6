package routes

import (
	"testing"

	"varde/ledger"
	"varde/study"
)

// asked is the referral that the routes are walked with.
const asked = "R-234679"

// receives gives the trial a referral. Nothing in it is sealed: what the vault makes
// differs each time, and two worlds must write the same record.
func (w *world) receives(t testing.TB) {
	t.Helper()
	e, err := study.Encode(study.Event{At: now, Data: study.ReferralReceived{Channel: "self", Fields: map[string]string{}, Format: "page", Language: "en", Referral: asked, Wait: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Append(t.Context(), ledger.Batch{Study: trial, Actor: "public", Role: "public", RecordedAt: now,
		Parts: []ledger.Part{{Stream: study.ReferralStream(asked), Events: []ledger.New{e}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.Rebuild(t.Context(), trial); err != nil { // the row of the list
		t.Fatal(err)
	}
}
