package app

import (
	"context"
	"time"

	"varde/access"
)

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
	Due      time.Time // when it must be answered
	Who      string    // participant's number, when they chose to be named
	Words    []ConcernWord
	Closed   time.Time
	Answered time.Time
}

// ConcernWord is one thing that was said in it.
type ConcernWord struct {
	At   time.Time
	Own  bool
	Text string
}

// RaiseConcern keeps a concern where nobody at the site sees it. The answer is its
// reference. Needs access.RaiseConcern.
func (a *App) RaiseConcern(ctx context.Context, actor access.Actor, studyID string, in ConcernIn, clientID string) (string, error) {
	return "", noParticipant()
}

// Concerns answers the concerns: a participant's own, or all of the study to those who
// hear them (access.HearConcern).
func (a *App) Concerns(ctx context.Context, actor access.Actor, studyID string) ([]ConcernLine, error) {
	return nil, noParticipant()
}

// AnswerConcern adds a word: of a listener, or of the participant whose concern it is.
func (a *App) AnswerConcern(ctx context.Context, actor access.Actor, studyID, concern, text string, closed bool, clientID string) error {
	return noParticipant()
}
