package study

import (
	"slices"
	"time"
)

// TaskMessage is a message of the participant that nobody has read.
const TaskMessage TaskKind = "message"

// talkWithin is how soon the conversation about a signed consent is held: whoever
// has signed waits to be heard.
const talkWithin = 3 * 24 * time.Hour

// answerers read and answer messages.
var answerers = []string{"therapist", "coordinator"}

// own adds the tasks that follow from what the participant did.
func (b *taskList) own() {
	b.wishes()
	b.unread()
	if !b.s.Status().Gone() {
		b.signed()
	}
}

// wishes to leave that were spoken during a session.
func (b *taskList) wishes() {
	if !b.s.Left.IsZero() {
		return
	}
	for _, a := range b.s.Alerts {
		if a.Alert == WishToLeave && a.Form == "" && a.Closed.IsZero() {
			b.add(Task{ID: "alert/" + a.ID, Kind: TaskAlert, Title: Text{
				EN: "Wants to leave the study, said during the session. Talk together, gently; then record what they want",
				NB: "Ønsker å trekke seg, sagt under økten. Snakk sammen i ro; før så det de ønsker"},
				Roles: []string{"therapist", "physician", "coordinator"}, Visit: a.Visit, Ref: a.ID, Due: a.At, Closes: a.At.Add(wishWithin)})
		}
	}
}

// unread messages of the participant are one task, due a working day after the first.
func (b *taskList) unread() {
	i := slices.IndexFunc(b.s.Messages, func(m Message) bool { return m.Own && m.Read.IsZero() })
	if i < 0 {
		return
	}
	m := b.s.Messages[i]
	b.add(Task{ID: "message", Kind: TaskMessage, Title: Text{EN: "Message from the participant: read and answer", NB: "Melding fra deltakeren: les og svar"},
		Roles: answerers, Ref: m.ID, Due: m.At, Closes: AnswerBy(m.At, b.s.Zone)})
}

// AnswerBy is when a message that was sent at a moment is answered at the latest: one
// working day later. Nobody is promised an answer on a Saturday, and whoever needs one
// at once is told to call. Public holidays are not known here.
func AnswerBy(sent time.Time, zone *time.Location) time.Time {
	free := func(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }
	t := sent.In(zone)
	for free(t) { // what is sent on a free day counts from the end of it
		y, m, d := t.Date()
		t = time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	}
	t = t.AddDate(0, 0, 1)
	for free(t) {
		t = t.AddDate(0, 0, 1)
	}
	return t.UTC()
}

// signed are the consents that the participant has signed and that wait for the
// conversation.
func (b *taskList) signed() {
	for i := range b.def.Consent.Documents {
		doc := &b.def.Consent.Documents[i]
		w, ok := b.s.Signed[doc.ID]
		if !ok || w.PVersion != doc.Version || !doc.Valid {
			continue
		}
		b.add(Task{ID: "confirm/" + doc.ID, Kind: TaskConsent, Title: say("Talk the consent through and confirm: %s", "Gå gjennom samtykket sammen og bekreft: %s", doc.Title),
			Roles: []string{"physician", "coordinator"}, Ref: doc.ID, Due: w.At, Closes: w.At.Add(talkWithin)})
	}
}

// awaitsTalk says that a required document was signed and only the conversation lacks:
// the task is then to confirm it, and not to ask for a signature.
func (b *taskList) awaitsTalk() bool {
	for i := range b.def.Consent.Documents {
		doc := &b.def.Consent.Documents[i]
		if w, ok := b.s.Signed[doc.ID]; ok && doc.Required && doc.Valid && w.PVersion == doc.Version {
			return true
		}
	}
	return false
}
