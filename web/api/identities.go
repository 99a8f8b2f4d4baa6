package api

import (
	"net/http"
	"time"

	"varde/app"
)

// IdentityCard says which identifying fields are kept; it opens none.
type IdentityCard struct {
	Kept    []app.IdentityField `json:"kept"`
	Changed time.Time           `json:"changedAt,omitzero"`
	Erased  time.Time           `json:"erasedAt,omitzero" doc:"from then on nobody can open it"`
	Basis   string              `json:"basis,omitempty" doc:"of the erasure"`
}

func readCard(c *call) error {
	card, err := c.app.IdentityOf(c.r.Context(), c.actor, c.study, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, IdentityCard{Kept: full(card.Kept), Changed: card.Changed, Erased: card.Erased, Basis: card.Basis})
}

// Keeping are identifying fields to seal.
type Keeping struct {
	Fields map[app.IdentityField]string `json:"fields,omitempty" doc:"name, birthDate, nationalNumber, address, phone, email, contacts, note; an empty text removes one"`
}

func keepIdentity(c *call) error {
	body, client, err := c.readWrite()
	if err != nil {
		return err
	}
	var in Keeping
	if err := decode(body, &in); err != nil {
		return err
	}
	if len(in.Fields) == 0 {
		return required("fields")
	}
	if err := c.app.KeepIdentity(c.r.Context(), c.actor, c.study, c.r.PathValue("id"), in.Fields, client); err != nil {
		return err
	}
	return readCard(c)
}

// IdentityRequest asks to open fields.
type IdentityRequest struct {
	Fields  []app.IdentityField `json:"fields,omitempty"`
	Purpose string              `json:"purpose,omitempty" doc:"what for; the participant reads it"`
}

// Opened are identifying fields in the clear.
type Opened struct {
	Fields map[app.IdentityField]string `json:"fields"`
}

func openIdentity(c *call) error {
	body, err := c.readBody()
	if err != nil {
		return err
	}
	var in IdentityRequest
	if err := decode(body, &in); err != nil {
		return err
	}
	switch {
	case len(in.Fields) == 0:
		return required("fields")
	case in.Purpose == "":
		return required("purpose")
	}
	fields, err := c.app.OpenIdentity(c.r.Context(), c.actor, c.study, c.r.PathValue("id"), in.Fields, in.Purpose)
	if err != nil {
		return err
	}
	if fields == nil {
		fields = map[app.IdentityField]string{}
	}
	return c.send(http.StatusOK, Opened{Fields: fields})
}

// Looks are who looked at a participant.
type Looks struct {
	Looks []Look `json:"looks" doc:"newest first"`
}

// Look is one look.
type Look struct {
	At      time.Time `json:"at"`
	Account string    `json:"account"`
	Name    string    `json:"name,omitempty"`
	Role    string    `json:"role"`
	What    string    `json:"what" doc:"identity, journey, trail, session/V5, form/V3/caps5, arm"`
	Fields  []string  `json:"fields,omitempty" doc:"of an identity"`
	Purpose string    `json:"purpose,omitempty"`
}

func listLooks(c *call) error {
	limit, err := c.whole("limit", 200, 1, maxPage)
	if err != nil {
		return err
	}
	list, err := c.app.Looks(c.r.Context(), c.actor, c.study, c.r.PathValue("id"), limit)
	if err != nil {
		return err
	}
	out := Looks{Looks: make([]Look, 0, len(list))}
	for _, l := range list {
		out.Looks = append(out.Looks, Look{At: l.At, Account: l.Account, Name: l.Name, Role: l.Role, What: l.What, Fields: l.Fields, Purpose: l.Purpose})
	}
	return c.send(http.StatusOK, out)
}
