package app

import (
	"context"

	"varde/access"
)

// RevealArm shows the arm after an emergency unblinding, to the one who asked and the
// one who confirmed, each time with an event, durably, before the answer.
func (a *App) RevealArm(ctx context.Context, actor access.Actor, studyID, participant, unblinding string) (arm string, err error) {
	return "", errNot
}
