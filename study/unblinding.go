package study

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"varde/access"
)

// Emergency unblinding: a physician asks with a reason, another person confirms,
// and only these two are then shown the arm, by app. The arm stands in no event.

// AskUnblinding asks to be shown a participant's arm. Alone is for an emergency in
// which nobody else can be reached: the arm is shown at once, and a deviation raised.
type AskUnblinding struct {
	On
	Reason string // why the treatment cannot go on without knowing
	Alone  string // why nobody could confirm; "" = a second person will
}

// ConfirmUnblinding is the second person's.
type ConfirmUnblinding struct {
	On
	ID string
}

// NoteUnblinding says that a notified role has read of it.
type NoteUnblinding struct {
	On
	ID string
}

// UnblindingAsked begins an emergency unblinding.
type UnblindingAsked struct {
	Alone  string `json:"alone,omitempty"`
	ID     string `json:"id"`
	Reason string `json:"reasonText"`
}

// UnblindingConfirmed lets the two see the arm.
type UnblindingConfirmed struct {
	ID string `json:"id"`
}

// UnblindingNoted says that the event's actor has taken note.
type UnblindingNoted struct {
	ID string `json:"id"`
}

func (UnblindingAsked) eventType() string     { return "unblinding.asked" }
func (UnblindingConfirmed) eventType() string { return "unblinding.confirmed" }
func (UnblindingNoted) eventType() string     { return "unblinding.noted" }

// Unblinding of one participant.
type Unblinding struct {
	UnblindingAsked
	By        string
	At        time.Time
	Confirmed time.Time
	Second    string
	Noted     map[string]time.Time // role -> when
}

// Open says that the arm may be shown to the one who asked and the one who confirmed.
func (u Unblinding) Open() bool { return !u.Confirmed.IsZero() || u.Alone != "" }

// Waiting says that a second person can still confirm.
func (u Unblinding) Waiting(now time.Time) bool { return !u.Open() && now.Sub(u.At) <= confirmWithin }

// opened answers when the arm could first be shown.
func (u Unblinding) opened() time.Time {
	if u.Alone != "" {
		return u.At
	}
	return u.Confirmed
}

// Codes of the deviations of an emergency unblinding.
const (
	DeviationUnblinding     = "emergency-unblinding"
	DeviationUnblindedByOne = "unblinded-by-one"
)

const (
	confirmWithin = 24 * time.Hour // a request that nobody confirmed by then is void
	noteWithin    = 24 * time.Hour
	leastReason   = 10 // characters of a reason: "emergency" alone says nothing
)

func tooShort(s string) bool { return utf8.RuneCountInString(strings.TrimSpace(s)) < leastReason }

func (d *decision) askUnblinding(c AskUnblinding) *Refusal {
	if r := d.capable(access.Unblind); r != nil {
		return r
	}
	switch {
	case d.def.Allocation == nil:
		return against("no-arms", "this protocol does not randomise: there is no arm to open", "denne protokollen randomiserer ikke: det finnes ingen arm å åpne")
	case d.s.Reached[Randomised].IsZero():
		return against("not-randomised", "the participant is not randomised: there is no arm to open", "deltakeren er ikke randomisert: det finnes ingen arm å åpne")
	case d.ratesThis():
		return ratersNever()
	case tooShort(c.Reason):
		return invalid("reason", "reason-owed", "say in a few words why treatment cannot go on without knowing the arm", "si med noen ord hvorfor behandlingen ikke kan fortsette uten å kjenne armen")
	case c.Alone != "" && tooShort(c.Alone):
		return invalid("alone", "reason-owed", "say in a few words why nobody else could be reached", "si med noen ord hvorfor ingen andre kunne nås")
	}
	for _, u := range d.s.Unblinded {
		if u.Waiting(d.env.Now) {
			return refuse(Against, "already-asked", say(
				"unblinding %s waits for a second person already: let them confirm it", "avblinding %s venter allerede på en annen person: la dem bekrefte den", u.ID))
		}
	}
	d.happen(UnblindingAsked{Alone: c.Alone, ID: fmt.Sprintf("U%d", len(d.s.Unblinded)+1), Reason: c.Reason})
	if c.Alone != "" {
		d.deviate(DeviationUnblinding, "", d.s.Unblinded[len(d.s.Unblinded)-1].ID)
		d.deviate(DeviationUnblindedByOne, "", d.s.Unblinded[len(d.s.Unblinded)-1].ID)
	}
	return nil
}

func (d *decision) confirmUnblinding(c ConfirmUnblinding) *Refusal {
	if r := d.capable(access.ConfirmUnblind); r != nil {
		return r
	}
	u, r := d.unblinding(c.ID)
	switch {
	case r != nil:
		return r
	case u.Open():
		return against("already-open", "this unblinding needs no confirmation any more", "denne avblindingen trenger ingen bekreftelse lenger")
	case u.By == d.env.Actor.ID:
		return refuse(Forbidden, "second-person-owed", Text{
			EN: "another person than the one who asked confirms", NB: "en annen enn den som ba om det, bekrefter"})
	case d.ratesThis():
		return ratersNever()
	case !u.Waiting(d.env.Now):
		return against("request-expired", "nobody confirmed within 24 hours: ask again if it is still needed", "ingen bekreftet innen 24 timer: be på nytt hvis det fortsatt trengs")
	}
	d.happen(UnblindingConfirmed{ID: c.ID})
	d.deviate(DeviationUnblinding, "", c.ID)
	return nil
}

func (d *decision) noteUnblinding(c NoteUnblinding) *Refusal {
	if r := d.capable(access.NoteUnblind); r != nil {
		return r
	}
	u, r := d.unblinding(c.ID)
	switch {
	case r != nil:
		return r
	case !u.Open():
		return against("not-open", "this unblinding has not taken place", "denne avblindingen har ikke funnet sted")
	case !u.Noted[d.env.Actor.Role].IsZero():
		return against("already-noted", "your role has taken note of this already", "rollen din har allerede tatt dette til etterretning")
	}
	d.happen(UnblindingNoted{ID: c.ID})
	return nil
}

func (d *decision) unblinding(id string) (Unblinding, *Refusal) {
	if i := slices.IndexFunc(d.s.Unblinded, func(u Unblinding) bool { return u.ID == id }); i >= 0 {
		return d.s.Unblinded[i], nil
	}
	return Unblinding{}, missing("no-such-unblinding", "there is no such unblinding", "avblindingen finnes ikke")
}

// capable refuses a role that the table, as narrowed by the protocol, does not give
// the capability: with the arm at stake the rule stands here as well as in app.
func (d *decision) capable(c access.Capability) *Refusal {
	roles := access.RolesWith(d.def, c)
	if len(roles) == 0 {
		return forbidden("the protocol leaves this to nobody", "protokollen overlater dette til ingen")
	}
	return d.by(roles)
}

// ratesThis says that the actor rates the participant, in whatever role they act now.
func (d *decision) ratesThis() bool {
	if r := d.env.Actor.Role; r == "rater" || r == "adherence-rater" {
		return true
	}
	for _, r := range d.s.Ratings {
		if r.Rater == d.env.Actor.ID {
			return true
		}
	}
	return false
}

func ratersNever() *Refusal {
	return refuse(Forbidden, "rater-stays-blind", Text{
		EN: "a rater of this participant is never shown the arm", NB: "en vurderer av denne deltakeren får aldri se armen"})
}

// applyUnblinding takes an event into account; the old list stays as it was.
func (s *State) applyUnblinding(e Event) {
	on := func(id string, change func(*Unblinding)) {
		s.Unblinded = slices.Clone(s.Unblinded)
		for i := range s.Unblinded {
			if s.Unblinded[i].ID == id {
				change(&s.Unblinded[i])
			}
		}
	}
	switch d := e.Data.(type) {
	case UnblindingAsked:
		u := Unblinding{UnblindingAsked: d, By: e.Actor, At: e.At}
		s.Unblinded = append(slices.Clone(s.Unblinded), u)
		if u.Open() {
			s.bar(e.Actor, BarUnblinded)
		}
	case UnblindingConfirmed:
		on(d.ID, func(u *Unblinding) {
			u.Confirmed, u.Second = e.At, e.Actor
			s.bar(u.By, BarUnblinded)
			s.bar(u.Second, BarUnblinded)
		})
	case UnblindingNoted:
		on(d.ID, func(u *Unblinding) {
			noted := maps.Clone(u.Noted)
			if noted == nil {
				noted = map[string]time.Time{}
			}
			noted[e.Role] = e.At
			u.Noted = noted
		})
	}
}

// unblindings asks a second person to confirm, and every role that is to be told to
// take note.
func (b *taskList) unblindings() {
	for i, u := range b.s.Unblinded {
		if !u.Open() {
			if i == len(b.s.Unblinded)-1 && u.Waiting(b.s.Recorded) {
				b.add(Task{ID: "confirm-unblinding/" + u.ID, Kind: TaskConfirmUnblinding, Roles: access.RolesWith(b.def, access.ConfirmUnblind), Ref: u.ID,
					Title: Text{EN: "Emergency unblinding: confirm", NB: "Nødavblinding: bekreft"}, Due: u.At, Closes: u.At.Add(confirmWithin)})
			}
			continue
		}
		for _, role := range access.RolesWith(b.def, access.NoteUnblind) {
			if u.Noted[role].IsZero() {
				b.add(Task{ID: "unblinding/" + u.ID + "/" + role, Kind: TaskUnblinding, Roles: []string{role}, Ref: u.ID,
					Title: Text{EN: "Emergency unblinding: take note", NB: "Nødavblinding: ta til etterretning"}, Due: u.opened(), Closes: u.opened().Add(noteWithin)})
			}
		}
	}
}
