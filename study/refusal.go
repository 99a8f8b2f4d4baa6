package study

import "fmt"

// RefusalKind says what kind of "no" it is, so that the edge can answer fittingly.
type RefusalKind uint8

const (
	Forbidden RefusalKind = iota + 1 // this role may not
	Invalid                          // the command is malformed; Field says where
	Missing                          // what the command speaks of does not exist
	Against                          // the protocol, or the order of things, forbids it now
	Stale                            // the writer saw an older version; the state has the present one
)

// Refusal is why a command is not carried out: a stable code, and a reason that a
// clinician understands, in both languages, with the way out where there is one.
type Refusal struct {
	Kind  RefusalKind
	Code  string
	Field string // such as "items.sbp"; "" = the whole command
	Text  Text
}

func (r *Refusal) Error() string {
	if r.Field != "" {
		return fmt.Sprintf("%s (%s): %s", r.Code, r.Field, r.Text.EN)
	}
	return r.Code + ": " + r.Text.EN
}

func against(code, en, nb string) *Refusal {
	return &Refusal{Kind: Against, Code: code, Text: Text{EN: en, NB: nb}}
}

func missing(code, en, nb string) *Refusal {
	return &Refusal{Kind: Missing, Code: code, Text: Text{EN: en, NB: nb}}
}

func invalid(field, code, en, nb string) *Refusal {
	return &Refusal{Kind: Invalid, Code: code, Field: field, Text: Text{EN: en, NB: nb}}
}

func forbidden(en, nb string) *Refusal {
	return &Refusal{Kind: Forbidden, Code: "role-may-not", Text: Text{EN: en, NB: nb}}
}

func refuse(kind RefusalKind, code string, t Text) *Refusal {
	return &Refusal{Kind: kind, Code: code, Text: t}
}
