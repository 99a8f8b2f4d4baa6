package app

import (
	"context"
	"time"

	"varde/access"
	"varde/study"
)

// RatingRow is one assessment in a rater's queue. It tells neither which visit it is
// nor how far the participant has come.
type RatingRow struct {
	Participant string    `json:"participant"`
	Ref         string    `json:"ref"` // stands for the visit in addresses (VisitRef)
	Planned     time.Time `json:"planned,omitzero"`
	Done        bool      `json:"done,omitempty"`
	Owes        string    `json:"owes,omitempty"` // "forms", "statement"; "" when done
}

// Ratings answers the assessments drawn for the actor, by appointment, done ones last.
func (a *App) Ratings(ctx context.Context, actor access.Actor, studyID string) ([]RatingRow, error) {
	return nil, errNot
}

// VisitRef is what stands for a visit in the actor's addresses and answers: the
// visit's id, or for a role that must not know which visit it is, a keyed reference.
func (a *App) VisitRef(actor access.Actor, studyID, participant, visit string) string { return visit }

// VisitOf is the visit that a reference means; ok is false for one that means none
// to this actor. "-" and "" are logs.
func (a *App) VisitOf(actor access.Actor, studyID, participant, ref string) (visit string, ok bool) {
	return ref, true
}

var _ = study.StatusLost
