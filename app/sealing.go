package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"varde/access"
	"varde/instrument"
	"varde/study"
	"varde/vault"
)

// Answers that identify a person are sealed under the participant's own key before
// anything is decided: what study sees, what the ledger keeps and what every page,
// export and analysis gets is the sealed value.

func ownerOf(studyID, participant string) vault.Owner {
	return vault.Owner{Space: studyID, Person: participant}
}

// itemField is what a sealed answer is bound to.
func itemField(visit, form, item string) string { return "item:" + visit + "/" + form + "/" + item }

func noVault() *study.Refusal {
	return &study.Refusal{Kind: study.Against, Code: "no-vault", Text: study.Text{
		EN: "nothing that identifies a person can be kept here: the server runs without a master key",
		NB: "ingenting som identifiserer en person kan føres her: tjeneren kjører uten hovednøkkel"}}
}

func identityErased() *study.Refusal {
	return &study.Refusal{Kind: study.Against, Code: "identity-erased", Text: study.Text{
		EN: "this person's identity was erased for good: it cannot be read or recorded any more",
		NB: "denne personens identitet er slettet for godt: den kan verken leses eller føres lenger"}}
}

// ofVault makes a refusal of what a person is to be told; other faults stay faults.
// No value is in either.
func ofVault(err error) error {
	if errors.Is(err, vault.ErrErased) {
		return identityErased()
	}
	return err
}

// sealItems answers the command with its identifying answers sealed. The state is the
// one that the command is decided on.
//
//   - A value that comes sealed is refused: only this function may seal.
//   - An answer that says the same as the sealed one that stands is that one, so that
//     saving it again writes nothing.
//   - An empty answer leaves a sealed one as it is: a page never shows what stands
//     there, so an empty field says nothing. It is taken away by a reason why there
//     is none, such as "refused".
func (a *App) sealItems(ctx context.Context, h *host, s *study.State, cmd study.Command) (study.Command, error) {
	c, ok := cmd.(study.SaveForm)
	if !ok {
		return a.sealWords(ctx, h, s, cmd)
	}
	for id, v := range c.Items {
		if v.Kind() == instrument.Sealed {
			return nil, &study.Refusal{Kind: study.Invalid, Field: "items." + id, Code: "sealed", Text: study.Text{
				EN: "answers are sealed here, and cannot come sealed", NB: "svar forsegles her, og kan ikke komme forseglet"}}
		}
	}
	p, ok := study.PlaceOf(h.definition(), c.Visit, c.Form)
	if !ok || s == nil || !identifies(p.Form, c.Items) {
		return cmd, nil // nothing to seal; what else is wrong is said by study
	}
	if len(c.Items) > study.MaxItems || len(p.Form.Validate(c.Items)) > 0 {
		return cmd, nil // study says which answer is malformed
	}
	if a.vault == nil {
		return nil, noVault()
	}
	var had study.Values
	if f := s.Form(c.Visit, c.Form, c.Repeat); f != nil && !c.New {
		had = f.Values
	}
	items := make(study.Values, len(c.Items))
	for id, v := range c.Items {
		if item, ok := p.Form.Item(id); ok && item.Identifying {
			var err error
			if v, err = a.sealItem(ctx, h, s.ID, itemField(c.Visit, c.Form, id), had[id], v); err != nil {
				return nil, err
			}
		}
		items[id] = v
	}
	c.Items = items
	return c, nil
}

// identifies says that there is an identifying item among the answers.
func identifies(f *instrument.Compiled, items study.Values) bool {
	for id := range items {
		if item, ok := f.Item(id); ok && item.Identifying {
			return true
		}
	}
	return false
}

func (a *App) sealItem(ctx context.Context, h *host, participant, field string, had, v instrument.Value) (instrument.Value, error) {
	switch {
	case v.Kind() == instrument.None && had.Kind() == instrument.Sealed:
		return had, nil
	case !v.Given():
		return v, nil
	}
	o, text := ownerOf(h.id, participant), string(v.AppendJSON(nil))
	if had.Kind() == instrument.Sealed {
		// One that cannot be opened any more is no reason to refuse a new one.
		if old, err := a.vault.Open(ctx, o, field, had.Seal()); err == nil && old == text {
			return had, nil
		}
	}
	sealed, err := a.vault.Seal(ctx, o, field, text)
	if err != nil {
		return v, ofVault(err)
	}
	return instrument.SealedValue(sealed), nil
}

// OpenItem answers a sealed answer of a form in the clear. Needs access.SeeIdentity;
// that it was opened stands in the record, durably, before the answer. purpose is what
// the participant will read.
func (a *App) OpenItem(ctx context.Context, actor access.Actor, studyID, participant string, form study.FormKey, item, purpose string) (instrument.Value, error) {
	h, err := a.identityOf(ctx, actor, studyID, participant, access.SeeIdentity)
	if err != nil {
		return instrument.Value{}, err
	}
	if purpose, err = purposeOf(actor, purpose); err != nil {
		return instrument.Value{}, err
	}
	s, err := a.ofPerson(ctx, h, participant)
	if err != nil {
		return instrument.Value{}, err
	}
	// What is sealed is no less blinded for it.
	f := a.redact(h, actor, s).Form(form.Visit, form.Form, form.Repeat)
	if f == nil || f.Values[item].Kind() != instrument.Sealed {
		return instrument.Value{}, &study.Refusal{Kind: study.Missing, Code: "no-such-item", Text: study.Text{
			EN: "no sealed answer stands there", NB: "det står ikke noe forseglet svar der"}}
	}
	if a.vault == nil {
		return instrument.Value{}, noVault()
	}
	field := itemField(form.Visit, form.Form, item)
	told := field
	if form.Repeat > 0 {
		told = fmt.Sprintf("%s#%d", field, form.Repeat)
	}
	if err := a.noteIdentity(ctx, h, actor, participant, study.IdentitySeen{Fields: []string{told}, Purpose: purpose}); err != nil {
		return instrument.Value{}, err
	}
	text, err := a.vault.Open(ctx, ownerOf(h.id, participant), field, f.Values[item].Seal())
	if err != nil {
		return instrument.Value{}, ofVault(err)
	}
	var v instrument.Value
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return instrument.Value{}, fmt.Errorf("app: the sealed answer %s does not read back", field)
	}
	return v, nil
}

// ofPerson answers the participant's whole state.
func (a *App) ofPerson(ctx context.Context, h *host, id string) (*study.State, error) {
	e, err := a.person(ctx, h, id)
	if err != nil {
		return nil, err
	}
	defer e.mu.Unlock()
	if e.state == nil {
		return nil, noParticipant()
	}
	return e.state, nil
}
