package app

import (
	"context"

	"varde/access"
	"varde/study"
)

// NoticeWishes answers how a participant wants to be reached, and whether the house can
// (which channels are configured). Needs access.SeeOwn on one's own record.
func (a *App) NoticeWishes(ctx context.Context, actor access.Actor, studyID string) (wishes study.NoticesWished, email, sms bool, err error) {
	return study.NoticesWished{}, false, false, noParticipant()
}

// WishNotices keeps how they want to be reached. Needs access.OwnWords.
func (a *App) WishNotices(ctx context.Context, actor access.Actor, studyID string, w study.NoticesWished, clientID string) error {
	return noParticipant()
}
