package app

import (
	"context"

	"varde/access"
	"varde/study"
)

// RatingDays answers the days, at the participant's site, on which the actor may book an
// assessment that was drawn for them, given by its reference. There are never more days
// than every assessment has: how many there are does not tell which one it is.
func (a *App) RatingDays(ctx context.Context, actor access.Actor, studyID, participant, ref string) ([]study.Day, error) {
	h, s, err := a.about(ctx, actor, studyID, participant, "RatingDays", access.Rate)
	if err != nil {
		return nil, err
	}
	visit, ok := a.VisitOf(actor, studyID, participant, ref)
	if !ok || visit == "" || s.Ratings[visit].Rater != actor.ID {
		return nil, &study.Refusal{Kind: study.Missing, Code: "no-such-assessment", Text: study.Text{EN: "there is no such assessment", NB: "vurderingen finnes ikke"}}
	}
	return study.RatingDays(h.definition(), s, visit, a.Now()), nil
}
