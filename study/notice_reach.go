package study

import "time"

// reachWithin is how soon somebody looks at an address that does not work.
const reachWithin = 3 * 24 * time.Hour

// ReachTasks answers what the coordinator should do about a participant whom notices do
// not reach. They are no part of Tasks: what they follow from is not in the
// participant's own stream. They go when the address is corrected, when the participant
// wishes otherwise, and when somebody has left.
func ReachTasks(s *State, r *NoticeRecord) []Task {
	if s == nil || r == nil || s.Status().Gone() {
		return nil
	}
	var out []Task
	for _, channel := range NoticeChannels {
		u, ok := r.Unreachable[channel]
		wished := channel == ByEmail && r.Wishes.Email || channel == BySMS && r.Wishes.SMS
		if !ok || !wished {
			continue
		}
		title := say("Cannot be reached by %s: correct the address, or agree on another way", "Nås ikke på %s: rett adressen, eller avtal en annen måte", channelName(channel))
		if u.Why == WhyNoAddress {
			title = say("Wishes to be reached by %s, and no address is kept", "Ønsker å bli nådd på %s, men ingen adresse er ført", channelName(channel))
		}
		out = append(out, Task{ID: "reach/" + channel, Kind: TaskReach, Title: title, Roles: []string{"coordinator"}, Ref: channel, Due: u.At, Closes: u.At.Add(reachWithin)})
	}
	return out
}

// noticeNames say what a notice is about, as staff may read it.
var noticeNames = map[string]Text{
	NoticeVisitSoon:       {EN: "appointment", NB: "avtale"},
	NoticeSessionTomorrow: {EN: "session tomorrow", NB: "økt i morgen"},
	NoticeQuestionnaire:   {EN: "questionnaire", NB: "spørreskjema"},
	NoticeMessage:         {EN: "message from the team", NB: "melding fra teamet"},
	NoticeDayAfter:        {EN: "daily check", NB: "daglig sjekk"},
	NoticeConsent:         {EN: "consent", NB: "samtykke"},
	NoticeLink:            {EN: "sign-in link", NB: "innloggingslenke"},
	NoticeTask:            {EN: "a task waits", NB: "en oppgave venter"},
}

// Kinds that follow from no plan.
const (
	NoticeLink = "link" // a one-time link that staff asked to be sent
	NoticeTask = "task" // to staff: something urgent waits behind sign-in
)

// NoticeName says what a kind of notice is about, as staff may read it.
func NoticeName(kind string) Text {
	if t, ok := noticeNames[kind]; ok {
		return t
	}
	return Text{EN: kind, NB: kind}
}

// ChannelName says a channel.
func ChannelName(channel string) Text { return channelName(channel) }

var whyNames = map[string]Text{
	WhyNoAddress: {EN: "no address is kept", NB: "ingen adresse er ført"},
	WhyAddress:   {EN: "the address does not exist", NB: "adressen finnes ikke"},
	WhyRefused:   {EN: "refused by the receiver", NB: "avvist av mottakeren"},
	WhyTooLate:   {EN: "too late to be of use", NB: "for sent til å være til nytte"},
	WhyGaveUp:    {EN: "given up after several tries", NB: "oppgitt etter flere forsøk"},
	WhyNoAccount: {EN: "there is no account to sign in with", NB: "det finnes ingen konto å logge inn med"},
	WhyClosed:    {EN: "the account is closed", NB: "kontoen er stengt"},
}

// WhyName says why a notice failed; a provider's code is said as it is.
func WhyName(why string) Text {
	if t, ok := whyNames[why]; ok {
		return t
	}
	return Text{EN: why, NB: why}
}

func describeNotice(p Payload) (Text, bool) {
	switch d := p.(type) {
	case NoticeClaimed:
		return say("Notice is being sent by %s: %s", "Varsel sendes på %s: %s", channelName(d.Channel), NoticeName(d.Kind)), true
	case NoticeDeferred:
		return say("Notice could not be sent by %s now, and is tried again: %s (%s)", "Varsel kunne ikke sendes på %s nå, og forsøkes igjen: %s (%s)", channelName(d.Channel), NoticeName(d.Kind), d.Why), true
	case NoticeSent:
		return say("Notice sent by %s: %s", "Varsel sendt på %s: %s", channelName(d.Channel), NoticeName(d.Kind)), true
	case NoticeFailed:
		if d.Channel == "" {
			return say("Notice not sent: %s (%s)", "Varsel ikke sendt: %s (%s)", NoticeName(d.Kind), WhyName(d.Why)), true
		}
		return say("Notice could not be sent by %s: %s (%s)", "Varsel kunne ikke sendes på %s: %s (%s)", channelName(d.Channel), NoticeName(d.Kind), WhyName(d.Why)), true
	}
	return Text{}, false
}
