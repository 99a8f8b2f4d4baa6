package app

import (
	"context"

	"varde/access"
	"varde/study"
)

// RevealArm shows the arm after an emergency unblinding, to the one who asked and the
// one who confirmed, each time with an event, durably, before the answer.
func (a *App) RevealArm(ctx context.Context, actor access.Actor, studyID, participant, unblinding string) (arm string, err error) {
	// Those who may ask or confirm; which two it is about is said by the record.
	h, s, err := a.about(ctx, actor, studyID, participant, "RevealArm", access.Unblind, access.ConfirmUnblind)
	if err != nil {
		return "", err
	}
	var u *study.Unblinding
	for i := range s.Unblinded {
		if s.Unblinded[i].ID == unblinding {
			u = &s.Unblinded[i]
		}
	}
	switch {
	case u == nil:
		return "", &study.Refusal{Kind: study.Missing, Code: "no-such-unblinding", Text: study.Text{EN: "there is no such unblinding", NB: "avblindingen finnes ikke"}}
	case actor.ID != u.By && actor.ID != u.Second:
		return "", a.refuse(actor, h.id, "RevealArm", &study.Refusal{Kind: study.Forbidden, Code: "not-yours", Text: study.Text{
			EN: "only the one who asked for the unblinding and the one who confirmed it are shown the arm",
			NB: "bare den som ba om avblindingen og den som bekreftet den, får se armen"}})
	case !u.Open():
		return "", &study.Refusal{Kind: study.Against, Code: "not-confirmed", Text: study.Text{
			EN: "a second person must confirm first", NB: "en annen person må bekrefte først"}}
	}
	h.allocMu.Lock()
	slot, taken := h.alloc.Slots[participant]
	list := h.allocator
	h.allocMu.Unlock()
	switch {
	case !taken:
		return "", &study.Refusal{Kind: study.Against, Code: "not-randomised", Text: study.Text{EN: "the participant is not randomised", NB: "deltakeren er ikke randomisert"}}
	case list == nil:
		return "", &study.Refusal{Kind: study.Against, Code: "no-seal-key", Text: study.Text{
			EN: "the allocation list cannot be opened here: the seal key is missing. Use the emergency envelope or call the holder of the key",
			NB: "fordelingslisten kan ikke åpnes her: forseglingsnøkkelen mangler. Bruk nødkonvolutten eller ring den som har nøkkelen"}}
	}
	if err := a.seenDurably(ctx, h, actor, participant, study.ArmSeen{ID: u.ID}); err != nil {
		return "", err
	}
	return list.ArmOf(slot), nil
}
