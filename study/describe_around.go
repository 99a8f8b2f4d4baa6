package study

import (
	"strings"

	"varde/protocol"
)

// describeAround tells the events that stand around the treatment: what participants
// do themselves, referrals, concerns, the calendar and notices.
func describeAround(def *protocol.Definition, e Event, visit func(string) Text) (Text, bool) {
	switch d := e.Data.(type) {
	case ConsentSigned:
		return say("%s %s signed by the participant", "%s %s signert av deltakeren", documentTitle(def, d.Document), d.PVersion), true
	case ConsentUnsigned:
		return say("Own signature of %s taken back before it was confirmed", "Egen signatur på %s trukket før den var bekreftet", documentTitle(def, d.Document)), true
	case DiaryWritten:
		if d.Shared {
			return Text{EN: "Diary written, shared with the team", NB: "Dagbok skrevet, delt med teamet"}, true
		}
		return Text{EN: "Diary written, private", NB: "Dagbok skrevet, privat"}, true
	case DiaryShared:
		if d.Shared {
			return Text{EN: "Diary entry shared with the team", NB: "Dagboknotat delt med teamet"}, true
		}
		return Text{EN: "Diary entry made private again", NB: "Dagboknotat gjort privat igjen"}, true
	case MessageSent:
		if d.Own {
			return Text{EN: "Message from the participant", NB: "Melding fra deltakeren"}, true
		}
		return Text{EN: "Message to the participant", NB: "Melding til deltakeren"}, true
	case MessagesRead:
		if d.Own {
			return Text{EN: "Messages read by the participant", NB: "Meldinger lest av deltakeren"}, true
		}
		return Text{EN: "Messages read by the team", NB: "Meldinger lest av teamet"}, true
	case ReferralReceived:
		return say("Referral received (%s)", "Henvisning mottatt (%s)", channelName(d.Channel)), true
	case ReferralAssessed:
		return say("Referral assessed: %s", "Henvisning vurdert: %s", assessmentName(d.Decision)), true
	case ReferralMoved:
		return say("Moved on the waiting list: %s", "Flyttet på ventelisten: %s", MoveReasons.Name(d.Reason)), true
	case ReferralChecked:
		if !d.Reached {
			return Text{EN: "Asked how they are while waiting: not reached", NB: "Spurt hvordan det går mens de venter: ikke nådd"}, true
		}
		return Text{EN: "Asked how they are while waiting", NB: "Spurt hvordan det går mens de venter"}, true
	case ReferralInvited:
		return say("Place given: participant %s", "Plass gitt: deltaker %s", d.Participant), true
	case ReferralPassedOn:
		return say("Referred onwards to %s", "Henvist videre til %s", d.To), true
	case ReferralClosed:
		return say("Referral closed: %s", "Henvisning avsluttet: %s", CloseReasons.Name(d.Reason)), true
	case ReferralErased:
		return say("Referral erased for good: %s", "Henvisning slettet for godt: %s", d.Basis), true
	case ReferralSeen:
		return say("Referral opened (%s), for: %s", "Henvisning åpnet (%s), til: %s", strings.Join(d.Fields, ", "), d.Purpose), true
	case ReferralCared:
		return say("A clinician looked at the concern: %s", "En behandler har sett på bekymringen: %s", d.Action), true
	case ConcernRaised:
		return Text{EN: "Concern reported outside the site", NB: "Bekymring meldt utenfor stedet"}, true
	case ConcernAnswered:
		return Text{EN: "Concern answered", NB: "Bekymring besvart"}, true
	case SlotBooked:
		return say("%s: room and people booked", "%s: rom og personer avtalt", visit(d.Visit)), true
	case SlotFreed:
		return say("%s: booking of room and people ended", "%s: avtale om rom og personer opphevet", visit(d.Visit)), true
	case NoticesWished:
		return Text{EN: "How to be reached was chosen", NB: "Hvordan de vil nås, er valgt"}, true
	case NoticeClaimed, NoticeDeferred, NoticeSent, NoticeFailed:
		return describeNotice(d)
	}
	return Text{}, false
}

func documentTitle(def *protocol.Definition, id string) Text {
	for i := range def.Consent.Documents {
		if def.Consent.Documents[i].ID == id {
			return def.Consent.Documents[i].Title
		}
	}
	return Text{EN: id, NB: id}
}

var channelNames = map[string]Text{
	"self": {EN: "self-referral", NB: "egen henvendelse"}, "professional": {EN: "by a professional", NB: "fra fagperson"},
	"email": {EN: "e-mail", NB: "e-post"}, "sms": {EN: "text message", NB: "tekstmelding"},
}

func channelName(c string) Text {
	if t, ok := channelNames[c]; ok {
		return t
	}
	return Text{EN: c, NB: c}
}

var assessmentNames = map[string]Text{
	"wait": {EN: "waiting list", NB: "venteliste"}, "invite": {EN: "to be invited", NB: "skal inviteres"},
	"onwards": {EN: "to be referred onwards", NB: "skal henvises videre"}, "unsuitable": {EN: "not suitable here", NB: "passer ikke her"},
}

func assessmentName(d string) Text {
	if t, ok := assessmentNames[d]; ok {
		return t
	}
	return Text{EN: d, NB: d}
}
