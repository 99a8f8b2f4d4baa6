package ui

// styleWords is how pages speak.
type styleWords struct {
	Rules []styleRule
	Pairs []wordPair
}

type styleRule struct{ Name, Text string }

// wordPair is a wording to avoid and a better one, in both languages.
type wordPair struct{ Why, NotEN, EN, NotNB, NB string }

func newStyleWords(say pick) styleWords {
	return styleWords{
		Rules: []styleRule{
			{say("Plain", "Enkelt"), say("Short sentences, everyday words first. The field's own term comes after, once it is explained.", "Korte setninger og hverdagsord først. Fagordet kommer etterpå, når det er forklart.")},
			{say("Warm", "Varmt"), say("We speak to “you”, as somebody who sits beside. No cheering, no pity.", "Vi sier «du», som en som sitter ved siden av. Ingen heiarop, ingen medlidenhet.")},
			{say("No blame", "Uten skyld"), say("Nobody failed, forgot or refused. We say what is open, and what to do about it.", "Ingen har feilet, glemt eller nektet. Vi sier hva som står åpent, og hva man kan gjøre med det.")},
			{say("No surprise", "Ingen overraskelser"), say("Say what comes before it comes: what it is about, how long it takes, who sees it, and that one may stop.", "Si hva som kommer før det kommer: hva det handler om, hvor lang tid det tar, hvem som ser det, og at man kan stoppe.")},
			{say("A choice", "Et valg"), say("There is always a way back, a way to leave it for later, and a person to ring.", "Det finnes alltid en vei tilbake, en måte å vente på, og noen å ringe.")},
			{say("True", "Sant"), say("What is not known is said to be not known. No promise of a cure, no number without its source.", "Det vi ikke vet, sier vi at vi ikke vet. Ingen løfter om å bli frisk, ingen tall uten kilde.")},
			{say("Help comes first", "Hjelpen først"), say("When an answer points to danger, the numbers to ring stand above everything else.", "Når et svar tyder på fare, står telefonnumrene øverst.")},
		},
		Pairs: []wordPair{
			{say("No blame", "Uten skyld"), "You failed to answer 3 questions!", "Three questions are still open. You can leave them so.", "Du har ikke svart på 3 spørsmål!", "Tre spørsmål står åpne. Du kan la dem stå."},
			{say("Say how to mend it", "Si hvordan det rettes"), "Invalid value", "The date needs a day, such as 2 March 2026.", "Ugyldig verdi", "Datoen mangler en dag. Skriv for eksempel 2. mars 2026."},
			{say("A person, not a diagnosis", "Et menneske, ikke en diagnose"), "trauma victims, PTSD patients", "people who live with PTSD", "traumeofre, PTSD-pasienter", "de som lever med PTSD"},
			{say("Say what the button does", "Si hva knappen gjør"), "Submit", "Send to the team", "OK", "Send til teamet"},
			{say("Say what happens, both ways", "Si hva som skjer, begge veier"), "Are you sure?", "Leave the study? You can stay for the follow-up, or stop everything.", "Er du sikker?", "Vil du ut av studien? Du kan bli med på oppfølgingen, eller avslutte alt."},
			{say("Describe, do not judge", "Beskriv, ikke døm"), "The participant was non-compliant.", "Three of the planned calls did not take place.", "Deltakeren har dårlig etterlevelse.", "Tre av de planlagte samtalene ble ikke noe av."},
			{say("Calm, and help first", "Rolig, og hjelpen først"), "WARNING! Alarming score!", "Your answers tell us that things are hard now. You can talk to somebody at once: 116 123.", "ADVARSEL! Alarmerende skår!", "Svarene dine forteller at du har det vanskelig nå. Du kan snakke med noen med en gang: 116 123."},
			{say("Links say where they lead", "Lenker sier hvor de fører"), "Click here", "Read about the risks", "Klikk her", "Les om risikoen"},
			{say("Do not talk a feeling away", "Ikke snakk bort en følelse"), "Don't worry, this is normal.", "If something feels wrong, ring us. You do not need to know why.", "Slapp av, det er helt normalt.", "Ring oss hvis noe kjennes feil. Du trenger ikke å vite hvorfor."},
			{say("Nothing is lost, and say so", "Ingenting er tapt, og si det"), "Session expired", "We signed you out so that nobody else reads your pages. What you wrote is saved.", "Økten har utløpt", "Vi logget deg ut så ingen andre kan lese sidene dine. Det du skrev, er lagret."},
			{say("Nothing about the illness on a lock screen", "Ingenting om sykdommen på en låst skjerm"), "Your MDMA session is tomorrow", "Reminder: you have an appointment tomorrow at 9:00.", "MDMA-økten din er i morgen", "Påminnelse: Du har en avtale i morgen kl. 9.00."},
		},
	}
}
