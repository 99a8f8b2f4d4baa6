package study

import "varde/protocol"

// seenParts are what a look was at, where it was not one record.
var seenParts = map[string]Text{
	"journey": {EN: "the participant's page", NB: "deltakerens side"},
	"trail":   {EN: "the audit trail", NB: "revisjonssporet"},
	"export":  {EN: "an export", NB: "et uttrekk"},
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
