package app

import (
	"context"
	"io"
	"time"

	"varde/access"
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

// Own answers the state of the participant whose account it is, as a participant may
// see it. Needs access.SeeOwn.
func (a *App) Own(ctx context.Context, actor access.Actor, studyID string) (*study.State, error) {
	return nil, noParticipant()
}

// Diary answers the entries, newest first: all to the participant, the shared ones to
// the team (access.Message), which is recorded as a look.
func (a *App) Diary(ctx context.Context, actor access.Actor, studyID, participant string) ([]DiaryLine, error) {
	return nil, noParticipant()
}

// Messages answers the messages, oldest first, to the participant and the team.
func (a *App) Messages(ctx context.Context, actor access.Actor, studyID, participant string) ([]MessageLine, error) {
	return nil, noParticipant()
}

// OwnData writes everything that is kept of the participant whose account it is, as
// JSON with a published shape; what the blinding hides until the study is unblinded is
// named as hidden. Needs access.SeeOwn.
func (a *App) OwnData(ctx context.Context, actor access.Actor, studyID string, w io.Writer) error {
	return noParticipant()
}

// KeepOwnContact lets a participant correct how they are reached: phone, email,
// contacts, address. Needs access.OwnWords.
func (a *App) KeepOwnContact(ctx context.Context, actor access.Actor, studyID string, fields map[IdentityField]string, clientID string) error {
	return noParticipant()
}
