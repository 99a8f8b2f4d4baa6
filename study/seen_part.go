package study

import "varde/protocol"

// seenParts are what a look was at, where it was not one record.
var seenParts = map[string]Text{
	"journey": {EN: "the participant's page", NB: "deltakerens side"},
	"trail":   {EN: "the audit trail", NB: "revisjonssporet"},
	"export":  {EN: "an export", NB: "et uttrekk"},

	"diary":    {EN: "the diary entries that are shared", NB: "dagboknotatene som er delt"},
	"messages": {EN: "the messages", NB: "meldingene"},
}

// LookedAt says what a look was at, as it stands in the list of looks: "identity",
// "arm", or a part of the record.
func LookedAt(def *protocol.Definition, what string) Text {
	switch what {
	case "identity":
		return Text{EN: "who you are and how you are reached", NB: "hvem du er og hvordan du nås"}
	case "arm":
		return Text{EN: "which treatment you were given, in an emergency", NB: "hvilken behandling du fikk, i en nødssituasjon"}
	}
	return seenPart(def, what)
}

// seenPart says what a look was at.
func seenPart(def *protocol.Definition, part string) Text {
	if t, ok := seenParts[part]; ok {
		return t
	}
	if ref, err := ParseRecordRef(part); err == nil {
		return RecordTitle(def, ref, false)
	}
	return Text{EN: part, NB: part}
}
