package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"varde/access"
	"varde/ledger"
	"varde/study"
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

// kept is the identity stream of a participant as it stands: fields sealed.
type kept struct {
	IdentityCard
	sealed map[IdentityField]string
}

func (a *App) keptOf(ctx context.Context, h *host, participant string) (kept, error) {
	k := kept{sealed: map[IdentityField]string{}}
	err := a.each(ctx, h.id, study.IdentityStream(participant), func(e study.Event) error {
		switch d := e.Data.(type) {
		case study.IdentityRecorded:
			k.Changed = e.Recorded
			for name, text := range d.Fields {
				if k.sealed[IdentityField(name)] = text; text == "" {
					delete(k.sealed, IdentityField(name))
				}
			}
		case study.IdentityErased:
			if k.Erased.IsZero() {
				k.Erased, k.Basis = e.Recorded, d.Basis
			}
		}
		return nil
	})
	for _, f := range IdentityFields {
		if k.sealed[f] != "" {
			k.Kept = append(k.Kept, f)
		}
	}
	return k, err
}

// identityOf lets an actor at a participant's identity, or refuses. It is the one
// place where access to identities is decided.
func (a *App) identityOf(ctx context.Context, actor access.Actor, studyID, participant string, c ...access.Capability) (*host, error) {
	h, _, err := a.about(ctx, actor, studyID, participant, string(c[0]), c...)
	return h, err
}

// IdentityOf answers which fields are kept. Needs access.SeeIdentity,
// access.KeepIdentity or access.EraseIdentity.
func (a *App) IdentityOf(ctx context.Context, actor access.Actor, studyID, participant string) (IdentityCard, error) {
	h, err := a.identityOf(ctx, actor, studyID, participant, access.SeeIdentity, access.KeepIdentity, access.EraseIdentity)
	if err != nil {
		return IdentityCard{}, err
	}
	k, err := a.keptOf(ctx, h, participant)
	return k.IdentityCard, err
}

// OpenIdentity answers fields in the clear, all that are kept when none is named.
// That it did stands in the record, durably, before the answer; purpose is what the
// participant will read. Needs access.SeeIdentity.
func (a *App) OpenIdentity(ctx context.Context, actor access.Actor, studyID, participant string, fields []IdentityField, purpose string) (map[IdentityField]string, error) {
	h, err := a.identityOf(ctx, actor, studyID, participant, access.SeeIdentity)
	if err != nil {
		return nil, err
	}
	if purpose, err = purposeOf(actor, purpose); err != nil {
		return nil, err
	}
	for _, f := range fields {
		if !slices.Contains(IdentityFields, f) {
			return nil, noSuchField()
		}
	}
	if a.vault == nil {
		return nil, noVault()
	}
	k, err := a.keptOf(ctx, h, participant)
	if err != nil {
		return nil, err
	}
	if !k.Erased.IsZero() {
		return nil, identityErased()
	}
	asked := slices.DeleteFunc(slices.Clone(k.Kept), func(f IdentityField) bool { return len(fields) > 0 && !slices.Contains(fields, f) })
	out := make(map[IdentityField]string, len(asked))
	if len(asked) == 0 {
		return out, nil
	}
	seen := study.IdentitySeen{Purpose: purpose}
	for _, f := range asked {
		seen.Fields = append(seen.Fields, string(f))
	}
	if err := a.noteIdentity(ctx, h, actor, participant, seen); err != nil {
		return nil, err
	}
	for _, f := range asked {
		if out[f], err = a.vault.Open(ctx, ownerOf(h.id, participant), string(f), k.sealed[f]); err != nil {
			return nil, ofVault(err)
		}
	}
	return out, nil
}

// KeepIdentity seals and keeps fields; "" removes one. Each is checked (dates, check
// digits of national numbers, addresses of mail); what stands there already writes
// nothing. Needs access.KeepIdentity.
func (a *App) KeepIdentity(ctx context.Context, actor access.Actor, studyID, participant string, fields map[IdentityField]string, clientID string) error {
	h, err := a.identityOf(ctx, actor, studyID, participant, access.KeepIdentity)
	if err != nil {
		return err
	}
	clean := make(map[IdentityField]string, len(fields))
	for _, f := range slices.Sorted(maps.Keys(fields)) {
		if clean[f], err = cleanField(f, fields[f], a.Now()); err != nil {
			return err
		}
	}
	if a.vault == nil {
		return noVault()
	}
	for try := 0; ; try++ {
		err := a.keepOnce(ctx, h, actor, participant, clean, clientID)
		var conflict *ledger.ConflictError
		if !errors.As(err, &conflict) || try == maxTries {
			return err
		}
	}
}

func (a *App) keepOnce(ctx context.Context, h *host, actor access.Actor, participant string, fields map[IdentityField]string, clientID string) error {
	stream := study.IdentityStream(participant)
	// The end is looked up before what stands there is read: whatever is written
	// between the two makes a conflict, and all is looked at anew.
	version, last, err := a.endOf(ctx, h.id, stream)
	if err != nil {
		return err
	}
	k, err := a.keptOf(ctx, h, participant)
	if err != nil {
		return err
	}
	if !k.Erased.IsZero() {
		return identityErased()
	}
	o := ownerOf(h.id, participant)
	open := func(f IdentityField) (string, error) {
		if k.sealed[f] == "" {
			return "", nil
		}
		return a.vault.Open(ctx, o, string(f), k.sealed[f])
	}
	if err := consistent(fields, open); err != nil {
		return ofVault(err)
	}
	sealed := map[string]string{}
	for f, value := range fields {
		switch old, err := open(f); {
		case err == nil && old == value:
		case value == "":
			sealed[string(f)] = ""
		default:
			text, err := a.vault.Seal(ctx, o, string(f), value)
			if err != nil {
				return ofVault(err)
			}
			sealed[string(f)] = text
		}
	}
	if len(sealed) == 0 {
		return nil
	}
	err = a.appendIdentity(ctx, h, actor, stream, version, last, study.IdentityRecorded{Fields: sealed}, clientID)
	var duplicate *ledger.DuplicateError
	if errors.As(err, &duplicate) {
		if e := duplicate.Events[0]; e.Actor == actor.ID && e.Stream == stream {
			return nil // it was kept the first time
		}
		return clientIDTaken()
	}
	if err != nil {
		return err
	}
	return a.reachedAnew(ctx, h, actor, participant, fields)
}

func clientIDTaken() *study.Refusal {
	return &study.Refusal{Kind: study.Invalid, Field: "clientId", Code: "client-id-taken", Text: study.Text{
		EN: "this client id was used by somebody else: make a new one", NB: "denne klient-ID-en er brukt av noen andre: lag en ny"}}
}

// EraseIdentity destroys the participant's key for good: what was kept of the identity,
// and every sealed answer of a form. basis is why, as it will stand in the record.
// Erasing again does nothing but finish what a failure left. Needs
// access.EraseIdentity.
func (a *App) EraseIdentity(ctx context.Context, actor access.Actor, studyID, participant, basis string) error {
	h, err := a.identityOf(ctx, actor, studyID, participant, access.EraseIdentity)
	if err != nil {
		return err
	}
	basis = strings.TrimSpace(basis)
	if basis == "" || badWords(basis, maxBasis) {
		return &study.Refusal{Kind: study.Invalid, Field: "basis", Code: "basis-owed", Text: study.Text{
			EN: "say why the identity is erased, in at most 500 characters", NB: "oppgi hvorfor identiteten slettes, med høyst 500 tegn"}}
	}
	if a.vault == nil {
		return noVault()
	}
	if err := a.vault.Erase(ctx, ownerOf(h.id, participant)); err != nil {
		return err
	}
	// What they wrote when they asked for help is theirs as well.
	if err := a.eraseReferralOf(ctx, h, actor, participant, basis); err != nil {
		return err
	}
	stream := study.IdentityStream(participant)
	for try := 0; ; try++ {
		version, last, err := a.endOf(ctx, h.id, stream)
		if err != nil {
			return err
		}
		k, err := a.keptOf(ctx, h, participant)
		if err != nil || !k.Erased.IsZero() {
			return err
		}
		err = a.appendIdentity(ctx, h, actor, stream, version, last, study.IdentityErased{Basis: basis}, "")
		var conflict *ledger.ConflictError
		if !errors.As(err, &conflict) || try == maxTries {
			return err
		}
	}
}

// noteIdentity appends to the participant's identity stream, durably.
func (a *App) noteIdentity(ctx context.Context, h *host, actor access.Actor, participant string, what study.Payload) error {
	stream := study.IdentityStream(participant)
	for try := 0; ; try++ {
		version, last, err := a.endOf(ctx, h.id, stream)
		if err != nil {
			return err
		}
		err = a.appendIdentity(ctx, h, actor, stream, version, last, what, "")
		var conflict *ledger.ConflictError
		if !errors.As(err, &conflict) || try == maxTries {
			return err
		}
	}
}

// appendIdentity writes one event and answers when it is durable.
func (a *App) appendIdentity(ctx context.Context, h *host, actor access.Actor, stream string, version int64, last time.Time, what study.Payload, clientID string) error {
	now := a.Now()
	if last.After(now) {
		now = last // a machine's clock may be set back
	}
	e, err := study.Encode(study.Event{At: now, Data: what})
	if err != nil {
		return err
	}
	_, err = a.store.Append(ctx, ledger.Batch{Study: h.id, Actor: actor.ID, Role: actor.Role, ClientID: clientID, RecordedAt: now,
		Parts: []ledger.Part{{Stream: stream, Expected: version, Events: []ledger.New{e}}}})
	return unfit(err)
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

// defaultLooks is how many looks are answered when no limit is given.
const defaultLooks = 200

// Looks answers who looked at a participant, newest first: to the participant, and to
// access.SeeLooks.
func (a *App) Looks(ctx context.Context, actor access.Actor, studyID, participant string, limit int) ([]Look, error) {
	h, err := a.looksOf(ctx, actor, studyID, participant)
	if err != nil {
		return nil, err
	}
	var out []Look
	var order []int64
	for _, stream := range []string{study.IdentityStream(participant), study.SeenStream(participant)} {
		err := a.each(ctx, h.id, stream, func(e study.Event) error {
			l := Look{At: e.Recorded, Account: e.Actor, Role: e.Role}
			switch d := e.Data.(type) {
			case study.IdentitySeen:
				l.What, l.Fields, l.Purpose = "identity", d.Fields, d.Purpose
			case study.RecordSeen:
				l.What = d.Part
			case study.ArmSeen:
				l.What = "arm"
			default:
				return nil
			}
			out, order = append(out, l), append(order, e.Seq)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	sort.Sort(byNewest{out, order})
	if limit <= 0 {
		limit = defaultLooks
	}
	out = out[:min(limit, len(out))]
	names := a.printedNames(ctx, h)
	for i := range out {
		out[i].Name = names(out[i].Account)
	}
	return out, nil
}

// looksOf lets in the participant themselves, which within makes sure of, and those
// who see everybody's looks.
func (a *App) looksOf(ctx context.Context, actor access.Actor, studyID, participant string) (*host, error) {
	return a.identityOf(ctx, actor, studyID, participant, access.SeeLooks)
}

type byNewest struct {
	looks []Look
	order []int64
}

func (b byNewest) Len() int           { return len(b.looks) }
func (b byNewest) Less(i, j int) bool { return b.order[i] > b.order[j] }
func (b byNewest) Swap(i, j int) {
	b.looks[i], b.looks[j] = b.looks[j], b.looks[i]
	b.order[i], b.order[j] = b.order[j], b.order[i]
}

// printedNames answers the names of staff by account, from the delegation of a site
// or from their account; "" when unknown.
func (a *App) printedNames(ctx context.Context, h *host) func(account string) string {
	known := map[string]string{access.System.ID: access.System.Name}
	for _, s := range h.sortedSites() {
		for _, m := range s.Staff {
			known[m.Person] = m.Name
		}
	}
	for _, d := range h.studyState().Delegations {
		if known[d.Account] == "" {
			known[d.Account] = d.Name
		}
	}
	return func(account string) string {
		name, ok := known[account]
		if !ok && a.people != nil {
			if x, found, err := a.people.Account(ctx, account); err == nil && found {
				name = x.Name
			}
			known[account] = name
		}
		return name
	}
}

const (
	maxPurpose = 200
	maxBasis   = 500
)

// purposeOf answers why an identity is opened. Who opens their own owes no reason.
func purposeOf(actor access.Actor, purpose string) (string, error) {
	purpose = strings.TrimSpace(purpose)
	if actor.Role == "participant" && purpose == "" {
		return "own", nil
	}
	if purpose == "" || badWords(purpose, maxPurpose) {
		return "", &study.Refusal{Kind: study.Invalid, Field: "purpose", Code: "purpose-owed", Text: study.Text{
			EN: "say what it is opened for, in at most 200 characters; the participant can read it", NB: "oppgi hva den åpnes for, med høyst 200 tegn; deltakeren kan lese det"}}
	}
	return purpose, nil
}

// badWords says that a line is too long, unreadable, or holds a control character.
func badWords(text string, most int) bool {
	return !utf8.ValidString(text) || utf8.RuneCountInString(text) > most || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
