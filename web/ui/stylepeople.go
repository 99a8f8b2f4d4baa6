package ui

import "time"

// stylePeople are the components of the participant's pages, the session room and the
// public pages.
type stylePeople struct {
	Ask    Ask
	Safe   []Safe
	Places []Place
	Keypad Keypad
	Keys   []Field
	Board  BoardLaid
	Facts  []Fact
	Source []Source
	Help   Helpline
	Doors  []Door
}

func newStylePeople(say pick, now time.Time) stylePeople {
	return stylePeople{
		Ask: Ask{
			Key: "design-ask", Progress: Progress{Done: 3, Of: 8, Text: say("Question 3 of 8", "Spørsmål 3 av 8")},
			Over:     say("The last seven days", "De siste sju dagene"),
			Question: say("How easy was it to fall asleep?", "Hvor lett var det å sovne?"),
			Hint:     say("There is no wrong answer. It takes about two minutes in all.", "Ingen svar er feil. Det tar omtrent to minutter i alt."),
			Name:     "asleep", Within: true,
			Answers: []Answer{
				{Value: "0", Text: say("Hard every night", "Vanskelig hver natt")}, {Value: "1", Text: say("Hard on most nights", "Vanskelig de fleste nettene")},
				{Value: "2", Text: say("Hard on some nights", "Vanskelig noen netter"), Chosen: true}, {Value: "3", Text: say("Easy", "Lett"), Hint: say("as on an ordinary night", "som en vanlig natt")},
			},
		},
		Safe: []Safe{
			{State: Saved, Text: say("Saved at 14:05", "Lagret kl. 14:05")}, {State: OnDevice},
			{State: NotSent, Text: say("Not sent yet: 2 entries", "Ikke sendt ennå: 2 føringer")}, {State: Refused},
		},
		Places: []Place{
			{Text: say("Today", "I dag"), Href: "#participant", Icon: "home", Current: true}, {Text: say("Answers", "Svar"), Href: "#participant", Icon: "list", Count: 2},
			{Text: say("Diary", "Dagbok"), Href: "#participant", Icon: "book"}, {Text: say("Messages", "Meldinger"), Href: "#participant", Icon: "message", Count: 1}, {Text: say("About me", "Om meg"), Href: "#participant", Icon: "person"},
		},
		Keypad: Keypad{Boxes: []string{"f-sbp", "f-dbp"}, Label: say("Number keys", "Talltaster"), Decimal: true},
		Keys: []Field{
			{Kind: NumberField, Name: "sbp", Label: say("Systolic", "Systolisk"), Unit: "mmHg"}, {Kind: NumberField, Name: "dbp", Label: say("Diastolic", "Diastolisk"), Unit: "mmHg"},
		},
		Board: styleBoard(say, now).Lay(),
		Facts: []Fact{{Number: say("6 of 100", "6 av 100"), Text: say("people in an invented town", "innbyggere i en oppdiktet by"), Source: say("Made up for this page.", "Oppdiktet for denne siden.")}},
		Source: []Source{
			{Text: say("A made-up register, 2025", "Et oppdiktet register, 2025"), Href: "#public", Checked: now.AddDate(0, -2, 0)},
			{Text: say("A made-up book, page 12", "En oppdiktet bok, side 12")},
		},
		Help: Helpline{Title: say("If it is hard right now", "Hvis det er vanskelig akkurat nå"), Text: say("You can ring day and night, and need not say who you are.", "Du kan ringe døgnet rundt, og trenger ikke å si hvem du er."),
			Numbers: []Link{{Text: say("113, in danger", "113, ved fare"), Href: "tel:113"}, {Text: say("116 123, to talk", "116 123, for å snakke"), Href: "tel:116123"}}},
		Doors: []Door{
			{Text: say("How it is done", "Slik foregår det"), Href: "#public", About: say("Step by step, from the first call.", "Steg for steg, fra første samtale.")},
			{Text: say("What can go wrong", "Hva som kan gå galt"), Href: "#public", About: say("Risks and how they are met.", "Risiko, og hvordan den møtes.")},
		},
	}
}

func styleBoard(say pick, now time.Time) Board {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	at := func(h, m int) time.Time { return day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute) }
	return Board{
		Caption: say("An ordinary day", "En vanlig dag"), RowHead: say("Room", "Rom"), From: at(8, 0), To: at(18, 0), Free: say("Free all day", "Ledig hele dagen"),
		Rows: []BoardRow{
			{Name: say("Room 1", "Rom 1"), Sub: say("Session room", "Behandlingsrom"), Items: []Booking{{From: at(8, 30), To: at(17, 0), Title: "V-014", Text: say("Session, pair A", "Behandlingsdag, par A"), Href: "#staff", Tone: Info}}},
			{Name: say("Room 2", "Rom 2"), Items: []Booking{
				{From: at(9, 0), To: at(10, 30), Title: "V-003", Text: say("Preparation", "Forberedelse"), Tone: Success}, {From: at(10, 0), To: at(11, 30), Title: "V-009", Text: say("Same room, same time", "Samme rom, samme tid"), Tone: Danger},
				{From: at(13, 0), To: at(14, 30), Title: "V-021", Text: say("Integration", "Integrasjon")},
			}},
			{Name: say("Room 3", "Rom 3")},
		},
	}
}
