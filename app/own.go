package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// DiaryLine is a diary entry in the clear.
type DiaryLine struct {
	ID      string
	At      time.Time
	Changed time.Time
	Mood    *int
	Text    string
	Shared  bool
}

// MessageLine is a message in the clear.
type MessageLine struct {
	ID   string
	At   time.Time
	Own  bool   // written by the participant
	From string // printed name of who wrote it; of the team first name and role are for the page
	Role string
	Text string
	Read time.Time
}

// What a look at somebody's words is called in the record of looks.
const (
	partDiary    = "diary"
	partMessages = "messages"
)

// Own answers the state of the participant whose account it is, as a participant may
// see it (study.OwnView). Needs access.SeeOwn.
func (a *App) Own(ctx context.Context, actor access.Actor, studyID string) (*study.State, error) {
	h, s, err := a.about(ctx, actor, studyID, actor.Participant, "Own", access.SeeOwn)
	if err != nil {
		return nil, err
	}
	return a.redact(h, actor, s), nil
}

// Diary answers the entries, newest first: all to the participant, the shared ones to
// the team (access.Message). That the team reads stands in the record, durably, before
// the answer.
func (a *App) Diary(ctx context.Context, actor access.Actor, studyID, participant string) ([]DiaryLine, error) {
	h, s, err := a.about(ctx, actor, studyID, participant, "Diary", access.OwnWords, access.Message)
	if err != nil {
		return nil, err
	}
	entries := study.ReadableDiary(s, a.wordsOf(h, actor))
	if len(entries) == 0 {
		return nil, nil
	}
	if err := a.readWords(ctx, h, actor, participant, partDiary); err != nil {
		return nil, err
	}
	out := make([]DiaryLine, 0, len(entries))
	for _, x := range slices.Backward(entries) {
		w, err := a.openDiary(ctx, h, participant, x)
		if err != nil {
			return nil, err
		}
		out = append(out, DiaryLine{ID: x.ID, At: x.At, Changed: x.Changed, Mood: w.Mood, Text: w.Text, Shared: x.Shared})
	}
	return out, nil
}

// Messages answers the messages, oldest first, to the participant and the team. That
// the team reads stands in the record, durably, before the answer.
func (a *App) Messages(ctx context.Context, actor access.Actor, studyID, participant string) ([]MessageLine, error) {
	h, s, err := a.about(ctx, actor, studyID, participant, "Messages", access.OwnWords, access.Message)
	if err != nil || len(s.Messages) == 0 {
		return nil, err
	}
	if err := a.readWords(ctx, h, actor, participant, partMessages); err != nil {
		return nil, err
	}
	names := a.printedNames(ctx, h)
	out := make([]MessageLine, 0, len(s.Messages))
	for _, m := range s.Messages {
		text, err := a.openWords(ctx, h, participant, messageField(m.ID), m.Sealed)
		if err != nil {
			return nil, err
		}
		out = append(out, MessageLine{ID: m.ID, At: m.At, Own: m.Own, From: names(m.By), Role: m.Role, Text: text, Read: m.Read})
	}
	return out, nil
}

// readWords lets somebody at words that can be opened, and records the team's look.
func (a *App) readWords(ctx context.Context, h *host, actor access.Actor, participant, part string) error {
	if a.vault == nil {
		return noVault()
	}
	if a.wordsOf(h, actor) == study.AllWords {
		return nil // one's own are no look
	}
	return a.seenDurably(ctx, h, actor, participant, study.RecordSeen{Part: part})
}

// wordsOf says how much of somebody's diary and messages the actor may know of.
func (a *App) wordsOf(h *host, actor access.Actor) study.Words {
	switch {
	case h.permits(actor, access.OwnWords):
		return study.AllWords
	case h.permits(actor, access.Message):
		return study.TeamWords
	}
	return study.NoWords
}

// toldOfWords says that the actor may know that something private was written: whose it
// is, and those who look after the record's wholeness.
func (a *App) toldOfWords(h *host, actor access.Actor) bool {
	return h.permits(actor, access.OwnWords) || h.permits(actor, access.SeeAccess)
}

// ownContact are the fields of an identity that a participant corrects themselves. Who
// they are (name, birth, number) is corrected with the team, who sees a document.
var ownContact = []IdentityField{FieldAddress, FieldPhone, FieldEmail, FieldContacts}

// KeepOwnContact lets a participant correct how they are reached: phone, email,
// contacts, address. "" removes one. Needs access.OwnWords.
func (a *App) KeepOwnContact(ctx context.Context, actor access.Actor, studyID string, fields map[IdentityField]string, clientID string) error {
	h, s, err := a.about(ctx, actor, studyID, actor.Participant, "KeepOwnContact", access.OwnWords)
	if err != nil {
		return err
	}
	clean := make(map[IdentityField]string, len(fields))
	for _, f := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(ownContact, f) {
			return &study.Refusal{Kind: study.Invalid, Field: string(f), Code: "not-own-field", Text: study.Text{
				EN: "this is corrected together with the team: send them a message", NB: "dette rettes sammen med teamet: send dem en melding"}}
		}
		if clean[f], err = cleanField(f, fields[f], a.Now()); err != nil {
			return err
		}
	}
	if a.vault == nil {
		return noVault()
	}
	for try := 0; ; try++ {
		err := a.keepOnce(ctx, h, actor, s.ID, clean, clientID)
		var conflict *ledger.ConflictError
		if !errors.As(err, &conflict) || try == maxTries {
			return err
		}
	}
}
