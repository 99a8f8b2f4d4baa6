package app

import (
	"context"
	"time"

	"varde/access"
)

// IdentityField is one kind of identifying value.
type IdentityField string

// What is kept of who a participant is.
const (
	FieldName     IdentityField = "name"
	FieldBirth    IdentityField = "birthDate"      // YYYY-MM-DD
	FieldNational IdentityField = "nationalNumber" // "NO 01010112345": country and number
	FieldAddress  IdentityField = "address"
	FieldPhone    IdentityField = "phone"
	FieldEmail    IdentityField = "email"
	FieldContacts IdentityField = "contacts" // next of kin, the adult who receives after a session
	FieldNote     IdentityField = "note"     // free text that may identify
)

// IdentityFields in order.
var IdentityFields = []IdentityField{FieldName, FieldBirth, FieldNational, FieldAddress, FieldPhone, FieldEmail, FieldContacts, FieldNote}

// IdentityCard says which fields are kept, without opening any.
type IdentityCard struct {
	Kept    []IdentityField
	Changed time.Time
	Erased  time.Time
	Basis   string // of the erasure
}

// IdentityOf answers which fields are kept. Needs access.SeeIdentity.
func (a *App) IdentityOf(ctx context.Context, actor access.Actor, studyID, participant string) (IdentityCard, error) {
	return IdentityCard{}, errNot
}

// OpenIdentity answers fields in the clear. That it did stands in the record, durably,
// before the answer; purpose is what the participant will read.
func (a *App) OpenIdentity(ctx context.Context, actor access.Actor, studyID, participant string, fields []IdentityField, purpose string) (map[IdentityField]string, error) {
	return nil, errNot
}

// KeepIdentity seals and keeps fields; "" removes one. Each is checked (dates, check
// digits of national numbers, addresses of mail). Needs access.KeepIdentity.
func (a *App) KeepIdentity(ctx context.Context, actor access.Actor, studyID, participant string, fields map[IdentityField]string, clientID string) error {
	return errNot
}

// EraseIdentity destroys the participant's key for good. Needs access.EraseIdentity.
func (a *App) EraseIdentity(ctx context.Context, actor access.Actor, studyID, participant, basis string) error {
	return errNot
}

// Look is one look at a participant's identity or record.
type Look struct {
	At      time.Time
	Account string
	Name    string // printed name, when known
	Role    string
	What    string   // "identity", "journey", "form/V3/caps5", "arm", ...
	Fields  []string // of an identity
	Purpose string
}

// Looks answers who looked at a participant, newest first: to the participant, and to
// access.SeeAccess.
func (a *App) Looks(ctx context.Context, actor access.Actor, studyID, participant string, limit int) ([]Look, error) {
	return nil, errNot
}
