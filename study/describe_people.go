package study

import (
	"strings"

	"varde/protocol"
)

// describePeople tells the events of delegation, unblinding, rating and looks. None
// tells an arm, an identity, nor what a rater heard.
func describePeople(def *protocol.Definition, e Event) (Text, bool) {
	visit := func(id string) Text {
		if v, ok := def.Visit(id); ok {
			return v.Title
		}
		return Text{EN: id, NB: id}
	}
	switch d := e.Data.(type) {
	case DelegationGiven:
		where := Text{EN: "every site", NB: "alle steder"}
		if d.Sites != nil {
			where = Text{EN: strings.Join(d.Sites, ", "), NB: strings.Join(d.Sites, ", ")}
		}
		if d.Until == "" {
			return say("%s delegated as %s from %s: %s", "%s delegert som %s fra %s: %s", d.Name, RoleName(d.Role), d.From, where), true
		}
		return say("%s delegated as %s from %s until %s: %s", "%s delegert som %s fra %s til %s: %s", d.Name, RoleName(d.Role), d.From, d.Until, where), true
	case DelegationEnded:
		return say("%s no longer delegated as %s: %s", "%s ikke lenger delegert som %s: %s", d.Account, RoleName(d.Role), e.Reason), true
	case UnblindingAsked:
		if d.Alone != "" {
			return say("Emergency unblinding %s without a second person: %s", "Nødavblinding %s uten en annen person: %s", d.ID, d.Reason), true
		}
		return say("Emergency unblinding %s asked for: %s", "Nødavblinding %s bedt om: %s", d.ID, d.Reason), true
	case UnblindingConfirmed:
		return say("Emergency unblinding %s confirmed by a second person", "Nødavblinding %s bekreftet av en annen person", d.ID), true
	case UnblindingNoted:
		return say("Emergency unblinding %s taken note of", "Nødavblinding %s tatt til etterretning", d.ID), true
	case RaterDrawn:
		return say("%s: rater drawn by lot among %d", "%s: vurderer trukket blant %d", visit(d.Visit), d.Among), true
	case BlindnessStated:
		if d.Blind {
			return say("%s: the rater states to be blind", "%s: vurdereren erklærer å være blindet", visit(d.Visit)), true
		}
		return say("%s: the rater states not to be blind any more", "%s: vurdereren erklærer ikke lenger å være blindet", visit(d.Visit)), true
	case IdentityRecorded:
		return say("Identity recorded: %s", "Identitet ført: %s", count(len(d.Fields))), true
	case IdentitySeen:
		return say("Identity shown (%s), for: %s", "Identitet vist (%s), til: %s", strings.Join(d.Fields, ", "), d.Purpose), true
	case IdentityErased:
		return say("Identity erased for good: %s", "Identitet slettet for godt: %s", d.Basis), true
	case RecordSeen:
		return say("Record read: %s", "Journal lest: %s", seenPart(def, d.Part)), true
	case ArmSeen:
		return say("Arm shown after emergency unblinding %s", "Arm vist etter nødavblinding %s", d.ID), true
	}
	return Text{}, false
}
