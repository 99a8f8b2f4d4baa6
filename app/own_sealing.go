package app

import (
	"context"
	"encoding/json"
	"fmt"

	"varde/study"
)

// Diary entries and messages are sealed under the participant's own key before
// anything is decided about them, as identifying answers are (sealItems): the ledger
// keeps only the seal, and destroying the key takes them along.

// diaryWords is what the seal of a diary entry holds. The mood lies inside: of an
// entry that is private it is private too.
type diaryWords struct {
	Mood *int   `json:"mood,omitempty"`
	Text string `json:"text"`
}

func diaryField(entry string) string { return "diary:" + entry }
func messageField(id string) string  { return "message:" + id }

// sealWords answers the command with what somebody wrote sealed; a command that holds
// no such words as it is.
func (a *App) sealWords(ctx context.Context, h *host, s *study.State, cmd study.Command) (study.Command, error) {
	if s == nil {
		return cmd, nil // study says that there is no such participant
	}
	switch c := cmd.(type) {
	case study.WriteDiary:
		if r := study.DiaryFault(c); r != nil {
			return nil, r
		}
		words, err := json.Marshal(diaryWords{c.Mood, c.Text})
		if err != nil {
			return nil, err
		}
		had := ""
		for _, x := range s.Diary {
			if x.ID == c.Entry {
				had = x.Sealed
			}
		}
		c.Text, err = a.sealText(ctx, h, s.ID, diaryField(c.Entry), had, string(words))
		c.Mood = nil
		return c, err
	case study.SendMessage:
		if r := study.WordsFault(c.Text); r != nil {
			return nil, r
		}
		var err error
		c.Text, err = a.sealText(ctx, h, s.ID, messageField(c.ID), "", c.Text)
		return c, err
	}
	return cmd, nil
}

// sealText seals words. When the seal that stands holds the same words it is kept, so
// that writing them again writes nothing.
func (a *App) sealText(ctx context.Context, h *host, participant, field, had, words string) (string, error) {
	if a.vault == nil {
		return "", noVault()
	}
	o := ownerOf(h.id, participant)
	if had != "" {
		if old, err := a.vault.Open(ctx, o, field, had); err == nil && old == words {
			return had, nil
		}
	}
	sealed, err := a.vault.Seal(ctx, o, field, words)
	return sealed, ofVault(err)
}

func (a *App) openWords(ctx context.Context, h *host, participant, field, sealed string) (string, error) {
	text, err := a.vault.Open(ctx, ownerOf(h.id, participant), field, sealed)
	return text, ofVault(err)
}

func (a *App) openDiary(ctx context.Context, h *host, participant string, x study.DiaryEntry) (diaryWords, error) {
	var w diaryWords
	text, err := a.openWords(ctx, h, participant, diaryField(x.ID), x.Sealed)
	if err != nil {
		return w, err
	}
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return w, fmt.Errorf("app: a sealed diary entry does not read back")
	}
	return w, nil
}
