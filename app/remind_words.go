package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"varde/messaging"
	"varde/study"
)

// What is written to somebody's phone may be read by whoever holds it, on a lock screen
// or over a shoulder. So it names no illness, no medicine, no study, no kind of clinic and
// no number; and it carries no link that lets anybody in, only the address of the sign-in
// page.

// wordsOf writes a notice in the participant's language. now decides whether an
// appointment is "today" or "tomorrow".
func wordsOf(n study.Notice, s *study.State, now time.Time, o *Outward) words {
	var t, subject study.Text
	switch n.Kind {
	case study.NoticeVisitSoon, study.NoticeSessionTomorrow:
		when := whenOf(n, s, now)
		subject = study.Text{EN: "Your appointment", NB: "Avtalen din"}
		t = study.Text{EN: "You have an appointment " + when.EN + ".", NB: "Du har en avtale " + when.NB + "."}
	case study.NoticeQuestionnaire:
		subject = study.Text{EN: "Something to fill in", NB: "Noe å fylle ut"}
		t = study.Text{EN: "There is something for you to fill in, when it suits you.", NB: "Det ligger noe til deg å fylle ut, når det passer deg."}
	case study.NoticeMessage:
		subject = study.Text{EN: "A message for you", NB: "En melding til deg"}
		t = study.Text{EN: "You have a new message.", NB: "Du har fått en ny melding."}
	case study.NoticeDayAfter:
		subject = study.Text{EN: "How are you today?", NB: "Hvordan har du det i dag?"}
		t = study.Text{EN: "How are you today? A few short questions wait for you.", NB: "Hvordan har du det i dag? Noen korte spørsmål venter på deg."}
	default:
		subject = study.Text{EN: "Something to read", NB: "Noe å lese"}
		t = study.Text{EN: "There is something for you to read and decide about. There is no hurry.", NB: "Det ligger noe til deg å lese og ta stilling til. Det haster ikke."}
	}
	more := study.Text{EN: "Sign in to read more: ", NB: "Logg inn for å lese mer: "}
	return worded(o, s.Language, o.URL+"/reminders", subject, t, more)
}

// worded puts a text together for both channels, with where to sign in and where such
// messages are ended ("" = they cannot be).
func worded(o *Outward, language, ends string, subject, t, more study.Text) words {
	in := func(x study.Text) string { return x.In(language) }
	signIn := o.URL + "/signin"
	lines := []string{in(study.Text{EN: "Hello,", NB: "Hei."}), "", in(t), in(more) + signIn, ""}
	if o.Name != "" {
		lines = append(lines, o.Name, "")
	}
	lines = append(lines, in(study.Text{EN: "Nobody reads answers to this message.", NB: "Ingen leser svar på denne meldingen."}))
	sms := in(t) + " " + in(study.Text{EN: "Sign in: ", NB: "Logg inn: "}) + signIn // short: one text message
	if ends != "" {
		lines = append(lines, in(study.Text{EN: "To end these messages, sign in at ", NB: "Vil du ikke ha slike meldinger, logg inn på "})+ends)
		sms += " " + in(study.Text{EN: "Stop: ", NB: "Stopp: "}) + ends
	}
	return words{Subject: in(subject), Lang: language, Ends: ends, Mail: strings.Join(lines, "\n") + "\n", SMS: sms}
}

// whenOf says when the appointment of a notice is, by the clock on the participant's wall.
func whenOf(n study.Notice, s *study.State, now time.Time) study.Text {
	at, err := study.AppointmentOf(n)
	if err != nil {
		return study.Text{EN: "soon", NB: "snart"}
	}
	at, now = at.In(s.Zone), now.In(s.Zone)
	clock := study.Text{EN: at.Format("15:04"), NB: at.Format("15.04")}
	switch study.DayOf(at, s.Zone) - study.DayOf(now, s.Zone) {
	case 0:
		return study.Text{EN: "today at " + clock.EN, NB: "i dag kl. " + clock.NB}
	case 1:
		return study.Text{EN: "tomorrow at " + clock.EN, NB: "i morgen kl. " + clock.NB}
	}
	days := []string{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"}
	months := []string{"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"}
	return study.Text{EN: at.Format("on Monday 2 January") + " at " + clock.EN,
		NB: days[at.Weekday()] + " " + at.Format("2.") + " " + months[at.Month()-1] + " kl. " + clock.NB}
}

// linkWords hand over a one-time link, which works for whoever has it: so it says how
// long, and names nobody.
func linkWords(o *Outward, language, link string, lasts time.Duration) words {
	in := func(x study.Text) string { return x.In(language) }
	span := study.Text{EN: fmt.Sprintf("%d minutes", int(lasts.Minutes())), NB: fmt.Sprintf("%d minutter", int(lasts.Minutes()))}
	if lasts >= 2*time.Hour {
		span = study.Text{EN: fmt.Sprintf("%d hours", int(lasts.Hours())), NB: fmt.Sprintf("%d timer", int(lasts.Hours()))}
	}
	text := study.Text{
		EN: "Here is your own link to sign in. It works once, within " + span.EN + ". Do not pass it on.",
		NB: "Her er din egen lenke for å logge inn. Den virker én gang, innen " + span.NB + ". Ikke gi den videre.",
	}
	lines := []string{in(study.Text{EN: "Hello,", NB: "Hei."}), "", in(text), "", link, ""}
	if o.Name != "" {
		lines = append(lines, o.Name, "")
	}
	lines = append(lines, in(study.Text{EN: "If you did not expect this, you can leave it. Nobody reads answers to this message.", NB: "Ventet du ikke dette, kan du la det ligge. Ingen leser svar på denne meldingen."}))
	return words{Subject: in(study.Text{EN: "Your link", NB: "Lenken din"}), Lang: language, Mail: strings.Join(lines, "\n") + "\n", SMS: in(text) + " " + link}
}

// testWords are a message that says that messages arrive.
func testWords(o *Outward, language string) words {
	in := func(x study.Text) string { return x.In(language) }
	text := in(study.Text{EN: "This is a test. If you read it, messages from here arrive.", NB: "Dette er en prøve. Leser du dette, kommer meldinger herfra fram."})
	lines := []string{text, ""}
	if o.Name != "" {
		lines = append(lines, o.Name)
	}
	return words{Subject: in(study.Text{EN: "A test", NB: "En prøve"}), Lang: language, Mail: strings.Join(lines, "\n") + "\n", SMS: text}
}

// Test sends a message that says that messages arrive. id names it to the receiver.
func (o *Outward) Test(ctx context.Context, channel, to, language, id string) error {
	switch w := testWords(o, language); {
	case !o.can(channel):
		return noChannel(channel)
	case channel == study.ByEmail:
		return o.Mail.SendMail(ctx, messaging.Mail{ID: id, To: to, Subject: w.Subject, Text: w.Mail, Language: language})
	default:
		return o.SMS.SendText(ctx, messaging.Text{ID: id, To: to, Text: w.SMS})
	}
}
