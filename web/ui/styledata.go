package ui

import (
	"strconv"
	"time"
)

// styleData fills the style page.
type styleData struct {
	Heading      Heading
	Steps        []Step
	Tabs         []Tab
	Buttons      []Button
	LinkButton   Link
	Dialog       Dialog
	Tags         []Tag
	Alerts       []Alert
	Stats        []Stat
	Since, Until time.Time
	Table        Table
	Pages        Pagination
	Errors       ErrorSummary
	Fields       []Field
	Save         Button
	Back         Link
	Facts        []KeyValue
	Timeline     []TimelineItem
	Empty        Empty
	Figures      []Figure
	Words        map[string]string
	Tokens       styleTokens
	People       stylePeople
	Guide        styleWords
	Icons        []string
	Large        []Button
	Code         map[string]string
}

func newStyleData(say pick, lang string, now time.Time) (styleData, error) {
	tokens, err := newStyleTokens(say)
	if err != nil {
		return styleData{}, err
	}
	fields := styleFields(say)
	return styleData{
		Tokens: tokens, People: newStylePeople(say, now), Guide: newStyleWords(say), Icons: iconNames(), Code: styleCode,
		Large: []Button{{Text: say("Measure now", "Mål nå"), Plain: true}, {Text: say("Call the physician", "Ring legen"), Plain: true, Variant: "secondary"}},
		Heading: Heading{
			Title: say("Design", "Utforming"), Lead: say("Everything that pages are built from, how to use it, and how we speak. All data here are made up.", "Alt sidene er bygget av, hvordan det brukes, og hvordan vi ordlegger oss. Alle data her er oppdiktet."),
			Tags:    []Tag{{say("In treatment", "I behandling"), Info}, {say("Visit due today", "Besøk i dag"), Warning}},
			Actions: []Link{{Text: say("A button of the page", "En knapp for siden"), Href: "#staff"}},
		},
		Steps: []Step{
			{say("Referral", "Henvisning"), "#staff", "done"}, {say("Consent", "Samtykke"), "#staff", "done"},
			{say("Screening", "Utredning"), "#staff", "current"}, {say("Treatment", "Behandling"), "", "todo"}, {say("Follow-up", "Oppfølging"), "", "todo"},
		},
		Tabs: []Tab{
			{Text: say("Overview", "Oversikt"), Href: "#staff", Current: true}, {Text: say("Forms", "Skjemaer"), Href: "#staff", Count: 2},
			{Text: say("Events", "Hendelser"), Href: "#staff"}, {Text: say("History", "Historikk"), Href: "#staff"},
		},
		Buttons: []Button{
			{Text: say("Save and continue", "Lagre og gå videre"), Plain: true},
			{Text: say("Save for later", "Lagre til senere"), Variant: "secondary", Plain: true},
			{Text: say("Cancel", "Avbryt"), Variant: "tertiary", Plain: true},
			{Text: say("Stop session", "Avslutt økten"), Danger: true, Plain: true, Confirm: "design-dialog"},
			{Text: say("Not now", "Ikke nå"), Plain: true, Disabled: true},
		},
		LinkButton: Link{Text: say("As a link", "Som lenke"), Href: "#staff", Variant: "secondary"},
		Dialog: Dialog{ID: "design-dialog", Title: say("Stop the session?", "Avslutte økten?"), Danger: true,
			Text: say("The team will be told, and the vitals plan ends. You can write why afterwards.", "Teamet får beskjed, og planen for målinger avsluttes. Du kan skrive hvorfor etterpå."),
			Yes:  say("Stop", "Avslutt"), No: say("Go on", "Fortsett")},
		Tags: []Tag{
			{say("Planned", "Planlagt"), Neutral}, {say("Under way", "Pågår"), Info}, {say("Done", "Fullført"), Success},
			{say("Window closes soon", "Vinduet lukkes snart"), Warning}, {say("Limit passed", "Grense passert"), Danger},
		},
		Alerts: []Alert{
			{Tone: Info, Title: say("The next visit is by phone", "Neste besøk er på telefon"), Text: say("Ring from a quiet room. The form opens when the visit starts.", "Ring fra et rolig rom. Skjemaet åpnes når besøket starter.")},
			{Tone: Warning, Text: say("Pulse is higher than usual. Measure again in five minutes.", "Pulsen er høyere enn vanlig. Mål på nytt om fem minutter.")},
			{Tone: Danger, Title: say("Blood pressure passed the limit", "Blodtrykket passerte grensen"), Text: say("Call the physician now. Someone must confirm within 5 minutes.", "Ring legen nå. Noen må bekrefte innen 5 minutter."), Links: []Link{{Text: say("Confirm that the physician was told", "Bekreft at legen er varslet"), Href: "#staff"}}},
		},
		Stats: []Stat{
			{Label: say("Blood pressure", "Blodtrykk"), Value: "128/82", Note: "mmHg"}, {Label: say("Pulse", "Puls"), Value: "74", Note: say("per minute", "per minutt")},
			{Label: say("Temperature", "Temperatur"), Value: say("36.9", "36,9"), Note: "°C"},
		},
		Since: now.Add(-94 * time.Minute), Until: now.Add(11 * time.Minute),
		Table:  styleTable(say, now),
		Pages:  Paginate(3, 12, func(p int) string { return "?page=" + strconv.Itoa(p) }),
		Errors: ErrorSummary{Errors: Faults(fields), Quiet: true}, Fields: fields,
		Save: Button{Text: say("Save", "Lagre")}, Back: Link{Text: say("Back", "Tilbake"), Href: "#staff", Variant: "tertiary"},
		Facts: []KeyValue{
			{say("Participant", "Deltaker"), Cell{Text: "V-014"}}, {say("Site", "Senter"), Cell{Text: "Østfold"}},
			{say("Consent", "Samtykke"), Cell{Date: now.AddDate(0, 0, -20), Sub: say("version 2", "versjon 2")}},
			{say("Next visit", "Neste besøk"), Cell{Time: now.Add(20 * time.Hour), Tags: []Tag{{say("Planned", "Planlagt"), Neutral}}}},
			{say("Allocation", "Fordeling"), Cell{}},
		},
		Timeline: []TimelineItem{
			{When: now.Add(-26 * time.Hour), Title: say("Visit held", "Besøk gjennomført"), Who: say("Therapist A", "Terapeut A"), Tone: Success},
			{When: now.Add(-3 * time.Hour), Title: say("Pulse over limit", "Puls over grensen"), Text: say("112 per minute, measured twice.", "112 per minutt, målt to ganger."), Who: say("Night attendant", "Nattevakt"), Tone: Warning, Href: "#staff"},
			{When: now.Add(-2 * time.Hour), Title: say("Confirmed by physician", "Bekreftet av lege"), Tone: Info},
		},
		Empty:   Empty{Title: say("No open questions", "Ingen åpne spørsmål"), Text: say("When the monitor asks about an entry, it shows here.", "Når monitor spør om en registrering, vises det her.")},
		Figures: styleFigures(say, lang, now),
		Words:   styleHeads(say),
	}, nil
}

func styleTable(say pick, now time.Time) Table {
	row := func(id, place string, tag Tag, days int, score string) Row {
		return Row{Cells: []Cell{{Text: id, Href: "#staff"}, {Text: place}, {Tags: []Tag{tag}}, {Date: now.AddDate(0, 0, days)}, {Text: score}}}
	}
	return Table{
		Caption: say("Participants with something to do this week", "Deltakere med noe å gjøre denne uken"),
		Columns: []Column{{Head: say("Participant", "Deltaker"), Href: "#staff", Sort: "up"}, {Head: say("Site", "Senter")}, {Head: "Status"}, {Head: say("Next visit", "Neste besøk")}, {Head: say("Days left", "Dager igjen"), Num: true}},
		Rows: []Row{
			row("V-003", "Østfold", Tag{say("Under way", "Pågår"), Info}, 1, "4"),
			row("V-009", "Bergen", Tag{say("Window closes soon", "Vinduet lukkes snart"), Warning}, 2, "1"),
			row("V-014", "Tromsø", Tag{say("Done", "Fullført"), Success}, 6, ""),
		},
	}
}

func styleFields(say pick) []Field {
	low, high := 60.0, 100.0
	return []Field{
		{Kind: NumberField, Name: "pulse", Label: say("Pulse", "Puls"), Value: "112", Unit: say("per minute", "per minutt"), Low: &low, High: &high, Required: true,
			Warning: say("Higher than usual. Is it right?", "Høyere enn vanlig. Stemmer det?")},
		{Kind: RadioField, Name: "sleep", Label: say("How did you sleep?", "Hvordan har du sovet?"), Value: "2", Row: true, Help: &Help{Summary: say("Why we ask", "Hvorfor vi spør"), Paragraphs: []string{say("Sleep changes before other things do.", "Søvnen endrer seg før annet gjør det.")}},
			Options: []Option{{"0", say("Very badly", "Svært dårlig"), ""}, {"1", say("Badly", "Dårlig"), ""}, {"2", say("So-so", "Sånn passe"), ""}, {"3", say("Well", "Godt"), ""}, {"4", say("Very well", "Svært godt"), ""}}},
		{Kind: CheckboxField, Name: "support", Label: say("Who can you turn to?", "Hvem kan du støtte deg til?"), Hint: say("Tick all that fit.", "Kryss av for alle som passer."), Values: []string{"friend"},
			Options: []Option{{"family", say("Family", "Familie"), ""}, {"friend", say("A friend", "En venn"), ""}, {"other", say("Someone else", "Noen andre"), say("For example a colleague", "For eksempel en kollega")}}},
		{Kind: SelectField, Name: "place", Label: say("Place", "Sted"), Options: []Option{{"o", "Østfold", ""}, {"b", "Bergen", ""}}, Error: say("choose a place", "velg et sted")},
		{Kind: DateField, Name: "day", Label: say("Day", "Dag"), Value: "2026-02-31", Error: say("there is no such day", "dagen finnes ikke")},
		{Kind: TimeField, Name: "at", Label: say("Time", "Klokkeslett"), Value: "14:05", Optional: true},
		{Kind: SliderField, Name: "calm", Label: say("How calm do you feel?", "Hvor rolig føler du deg?"), LowLabel: say("Not at all", "Ikke i det hele tatt"), HighLabel: say("Completely", "Helt")},
		{Kind: LongTextField, Name: "words", Label: say("In your own words", "Med egne ord"), Optional: true, Rows: 3},
		{Kind: ConfirmField, Name: "read", Label: say("I have read this and had time to ask", "Jeg har lest dette og hatt tid til å spørre"), Required: true},
		{Kind: TextField, Name: "id", Label: say("Number", "Nummer"), Value: "V-014", ReadOnly: true},
	}
}
