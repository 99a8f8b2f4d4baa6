package ui

// styleHeads are the headings and the sentences of the page about design.
func styleHeads(say pick) map[string]string {
	return map[string]string{
		"Ground": say("Ground", "Grunnlag"), "Colours": say("Colours", "Farger"), "Colour": say("What for", "Til hva"), "Tokens": say("Tokens, front and ground", "Variabler, forgrunn og bakgrunn"), "Look": say("Look", "Utseende"), "Least": say("At least", "Minst"),
		"Light": say("Light", "Lys"), "Dark": say("Dark", "Mørk"), "Dim": say("Dimmed", "Dempet"),
		"ColoursText": say("Contrast to 1, counted from the sheet itself. Four displays: as the device, light, dark, and dimmed for a darkened room, where nothing is bright or blue. Colour never says something alone: there is a shape and a word beside it.",
			"Kontrast mot 1, regnet ut fra selve stilarket. Fire visninger: som enheten, lys, mørk og dempet for et mørklagt rom, der ingenting er lyst eller blått. Fargen sier aldri noe alene: det står alltid en form og et ord ved siden av."),
		"Type": say("Type", "Skrift"), "Space": say("Space", "Luft"), "Targets": say("Targets", "Trykkflater"), "Size": say("Size", "Størrelse"), "Name": say("Name", "Navn"), "Use": say("Use", "Bruk"), "Icons": say("Icons", "Ikoner"),
		"TypeText": say("The reader's own system font: nothing to fetch, and it is the one that they read best.", "Leserens egen systemskrift: ingenting å hente, og den de leser best."),
		"Words":    say("Words", "Ord"), "WordsText": say("Many who read here have been hurt, sleep badly, and read on a phone. So we write like this:", "Mange som leser her, har opplevd vonde ting, sover dårlig og leser på telefonen. Derfor skriver vi slik:"),
		"Not": say("Rather not", "Helst ikke"), "Better": say("Better", "Bedre"), "Why": say("Why", "Hvorfor"), "PairsEN": say("In English", "På engelsk"), "PairsNB": say("In Norwegian", "På norsk"),
		"Staff": say("All pages", "Alle sider"), "Actions": say("Buttons and status", "Knapper og status"), "Messages": say("Messages", "Meldinger"), "Numbers": say("Readings and clocks", "Målinger og klokker"),
		"Elapsed": say("Since the start", "Siden start"), "NextIn": say("Next measurement in", "Neste måling om"), "Table": say("Table", "Tabell"), "Way": say("A way, and tabs", "En vei, og faner"),
		"Form": say("Form", "Skjema"), "Facts": say("Facts", "Fakta"), "Timeline": say("What has happened", "Hva som har skjedd"), "Figures": say("Figures", "Figurer"), "Board": say("A day", "En dag"),
		"Participant": say("Participants' pages", "Deltakernes sider"), "ParticipantText": say("Made for a phone and a tired thumb: one thing at a time, big targets, and always the way back.", "Laget for en telefon og en trøtt tommel: én ting om gangen, store trykkflater, og alltid en vei tilbake."),
		"Ask": say("One question a screen", "Ett spørsmål per skjerm"), "Safe": say("Where an entry is", "Hvor en føring er"), "Places": say("Places at the foot of a phone", "Steder nederst på telefonen"), "Bar": say("The bar with what to do next", "Linjen med det neste"), "Later": say("Later", "Senere"), "Onward": say("Go on", "Gå videre"),
		"SafeText": say("Saved is on the server's disk. On this device: it is sent by itself. Not sent: it should have been, and could not. Refused: somebody must look.", "Lagret betyr på tjenerens disk. På denne enheten: sendes av seg selv. Ikke sendt: skulle vært sendt, men det gikk ikke. Ikke tatt imot: noen må se på den."),
		"Room":     say("Session room", "Behandlingsrom"), "RoomText": say("Read at arm's length in a dim room. The dimmed display, and targets of 56 to 68 px.", "Leses på en armlengdes avstand i et mørkt rom. Dempet visning, og trykkflater på 56 til 68 px."), "Keypad": say("Large keys", "Store taster"), "Large": say("Larger targets", "Større trykkflater"),
		"Public": say("Public pages", "Åpne sider"), "PublicText": say("Running text, numbers with their source, doors to more, and help that is always in reach.", "Løpende tekst, tall med kilde, dører til mer, og hjelp som alltid er innen rekkevidde."),
		"Prose": say("What is claimed has a note that leads to its source. A page that a clinic writes itself gets the same measure, the same air and the same headings.", "Det vi påstår, har en note som fører til kilden. En side som klinikken skriver selv, får samme bredde, samme luft og samme overskrifter."), "ProseHead": say("Running text", "Løpende tekst"), "Sources": say("Sources", "Kilder"),
		"Show": say("Show the code", "Vis koden"),
	}
}

// styleCode is how each component is written in a page.
var styleCode = map[string]string{
	"buttons": "{{template \"button\" .Data.Save}}   ui.Button{Text, Name, Value, Variant, Danger, Confirm}\n{{template \"link-button\" .Data.Back}}   ui.Link{Text, Href, Variant}\n{{template \"tag\" .}}   ui.Tag{Text, Tone}",
	"alert":   "{{template \"alert\" .}}   ui.Alert{Tone: ui.Warning, Title, Text, Links, Live}",
	"steps":   "{{template \"steps\" .Data.Steps}}   []ui.Step{{Text, Href, State: \"done\" | \"current\" | \"todo\" | \"problem\"}}\n{{template \"tabs\" .Data.Tabs}}   []ui.Tab{{Text, Href, Current, Count}}",
	"stats":   "{{template \"stats\" .}}   []ui.Stat{{Label, Value, Note, Href}}\n<span class=\"v-clock__time\" data-since=\"{{machine .At}}\" data-seconds>…</span>   counts by itself\n<strong data-until=\"{{machine .Due}}\">…</strong>   counts down, then says that it is late",
	"table":   "{{template \"table\" .Data.Table}}   ui.Table{Caption, Columns, Rows, Empty, Scroll}: cards on a phone\n{{template \"pagination\" .Data.Pages}}   ui.Paginate(page, pages, href)",
	"form":    "<form class=\"v-form\" method=\"post\" data-guard>{{template \"client-id\" .Client}}\n{{template \"error-summary\" .Errors}}{{range .Fields}}{{template \"field\" .}}{{end}}\n<div class=\"v-actions\">{{template \"button\" .Save}}</div></form>\nui.Field{Kind, Name, Label, Hint, Value, Unit, Low, High, Options, Error, Warning}",
	"board":   "{{template \"board\" .Data.Day}}   ui.Board{Caption, RowHead, From, To, Rows, Free}.Lay()",
	"ask":     "<form method=\"post\">{{template \"client-id\" .Client}}{{template \"ask\" .Data.Ask}}</form>\nui.Ask{Key, Progress, Over, Question, Hint, Name, Answers}: each answer is a button that sends it\nThe same look for links and boxes: <a class=\"v-answer\">, <label class=\"v-answer\"><input type=\"radio\">…</label>",
	"safe":    "{{template \"safe\" .}}   ui.Safe{State: ui.Saved | ui.OnDevice | ui.NotSent | ui.Refused, Text, Live}\n<p class=\"v-safe\" data-outbox-state role=\"status\"></p>   filled by outbox.js",
	"tabbar":  "{{template \"tabbar\" .Data.Places}}   []ui.Place{{Text, Href, Icon, Current, Count}}: five at most; fixed at the foot of a phone",
	"bar":     "<div class=\"v-bar\">{{template \"safe\" .}}{{template \"link-button\" .Back}}{{template \"button\" .Next}}</div>   stays at the foot of its part",
	"keypad":  "{{template \"field\" .Systolic}}{{template \"field\" .Diastolic}}\n{{template \"keypad\" .Keypad}}   ui.Keypad{Boxes: []string{\"f-sbp\", \"f-dbp\"}, Label, Decimal}\n<script src=\"{{static \"keypad.js\"}}\" defer></script>",
	"large":   "<div class=\"v-large\">…</div>   or page.Page{Room: true} for the whole page",
	"prose":   "<div class=\"v-prose\">…<sup class=\"v-note\"><a href=\"#source-1\">1</a></sup>…</div>\n{{template \"sources\" .}}   []ui.Source{{Text, Href, Checked}}\n{{template \"fact\" .}}   ui.Fact{Number, Text, Source}",
	"help":    "{{template \"helpline\" .}}   ui.Helpline{Title, Text, Numbers: []ui.Link{{Text, Href: \"tel:116123\"}}}\n{{template \"doors\" .}}   []ui.Door{{Text, Href, About}}",
	"figure":  "{{template \"figure\" .}}   ui.Figure{Chart: chart.Trend{…}, Source}: title, description and a table of the numbers come with it",
}
