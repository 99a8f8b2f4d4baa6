package study

import (
	"fmt"
	"slices"
	"time"

	"varde/protocol"
)

// OwnWish is the protocol's reason code for "because they wish so". A participant
// owes no reason: where the protocol lists this one, it stands for none.
const OwnWish = "own-wish"

// WishToLeave is the alert of a participant who wants to leave while a dosing session
// is under way.
const WishToLeave = "wish-to-leave"

// wishWithin is how soon the pair talks with somebody who wants to leave: within the
// session itself or right after it.
const wishWithin = 4 * time.Hour

func (d *decision) byParticipant() bool { return d.env.Actor.Role == "participant" }

func (d *decision) signConsent(c SignConsent) *Refusal {
	if d.s.Reached[Prescreened].IsZero() {
		return against("not-prescreened", "the first conversation comes before this: the team will talk with you, and then you can sign",
			"den første samtalen kommer først: teamet snakker med deg, og så kan du signere")
	}
	if w, ok := d.s.Signed[c.Document]; ok && w.PVersion == c.Version {
		return nil // signed, and waits for the conversation
	}
	answers, r := d.understood(c.Document, c.Version, c.Language, c.Answers)
	if r != nil {
		if why, ok := whyOf(d.def, c, r.Field); ok {
			r.Text = why // the document's own words; what the staff is told does not fit here
		}
		return r
	}
	d.happen(ConsentSigned{Answers: answers, Document: c.Document, Language: c.Language, PVersion: c.Version})
	return nil
}

// whyOf is the document's own explanation of a wrong answer.
func whyOf(def *protocol.Definition, c SignConsent, field string) (Text, bool) {
	for _, doc := range def.Consent.Documents {
		for _, q := range doc.Questions {
			if doc.ID != c.Document || doc.Version != c.Version || "answers."+q.ID != field {
				continue
			}
			for _, o := range q.Options {
				if o.ID == c.Answers[q.ID] {
					return say("%s %s", "%s %s", q.Text, o.Why), true
				}
			}
		}
	}
	return Text{}, false
}

// unsign takes back a signature that waits for the conversation.
func (d *decision) unsign(document string) bool {
	if _, ok := d.s.Signed[document]; !ok {
		return false
	}
	d.happen(ConsentUnsigned{Document: document})
	return true
}

// takesBack says that a participant takes back a consent of their own: they may at any
// time, also when nothing more is expected of them.
func (d *decision) takesBack(cmd Command) bool {
	_, ok := cmd.(WithdrawConsent)
	return ok && d.byParticipant()
}

// reasonOf answers the reason to record. A person on the staff chooses one of the
// protocol's; a participant owes none, and is never refused for it.
func (d *decision) reasonOf(code string) (string, *Refusal) {
	if !d.byParticipant() {
		return code, d.checkReason(code)
	}
	for _, want := range []string{code, OwnWish} {
		if slices.ContainsFunc(d.def.Withdrawal.Reasons, func(r protocol.Reason) bool { return r.ID == want }) {
			return want, nil
		}
	}
	return "", nil
}

// keepWish records that the participant wants to leave during a session. Nobody is let
// go in the middle of one; the pair is called, and the wish stands until somebody has
// acted on it.
func (d *decision) keepWish(x *SessionState) *Refusal {
	if d.s.LeavingWaits() {
		return nil
	}
	d.happen(AlertRaised{Alert: WishToLeave, ID: fmt.Sprintf("A%d", len(d.s.Alerts)+1), Visit: x.Visit})
	return nil
}

// LeavingWaits says that the participant asked to leave during a session, and nobody
// has acted on it yet.
func (s *State) LeavingWaits() bool {
	return s.Left.IsZero() && slices.ContainsFunc(s.Alerts, func(a AlertState) bool {
		return a.Alert == WishToLeave && a.Form == "" && a.Closed.IsZero()
	})
}

func noSuchEntry() *Refusal {
	return missing("no-such-entry", "there is no such diary entry", "dagboknotatet finnes ikke")
}

func badDevice(field string) *Refusal {
	return invalid(field, "bad-id", "the name of what is written is 1 to 64 letters, digits and hyphens: load the page again",
		"navnet på det som skrives er 1 til 64 bokstaver, tall og bindestreker: last siden på nytt")
}

// madeByDevice says that an id looks like one that a device made.
func madeByDevice(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, r := range id {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

func (d *decision) writeDiary(c WriteDiary) *Refusal {
	switch {
	case !madeByDevice(c.Entry):
		return badDevice("entry")
	case c.Text == "":
		return noWords()
	case c.Mood != nil:
		return invalid("mood", "not-sealed", "the mood is sealed with the text", "humøret forsegles sammen med teksten")
	case !d.s.Left.IsZero() && !d.s.Lost:
		return against("has-left", "you have left, so nothing new is kept of you. What you wrote stands until you ask for it to be erased",
			"du har trukket deg, så vi tar ikke vare på noe nytt om deg. Det du har skrevet, står til du ber om at det slettes")
	}
	if e := d.s.entry(c.Entry); e != nil && e.Sealed == c.Text {
		if e.Shared != c.Shared {
			d.happen(DiaryShared{Entry: c.Entry, Shared: c.Shared})
		}
		return nil
	}
	d.happen(DiaryWritten{Entry: c.Entry, Sealed: c.Text, Shared: c.Shared})
	return nil
}

func (d *decision) shareDiary(c ShareDiary) *Refusal {
	e := d.s.entry(c.Entry)
	if e == nil {
		return noSuchEntry()
	}
	if e.Shared != c.Shared {
		d.happen(DiaryShared{Entry: c.Entry, Shared: c.Shared})
	}
	return nil
}

func (d *decision) sendMessage(c SendMessage) *Refusal {
	if !madeByDevice(c.ID) {
		return badDevice("id")
	}
	if c.Text == "" {
		return noWords()
	}
	for _, m := range d.s.Messages {
		if m.ID != c.ID {
			continue
		}
		if m.By != d.env.Actor.ID {
			return against("message-id-taken", "this message could not be sent: write it once more", "meldingen kunne ikke sendes: skriv den en gang til")
		}
		return nil // sent already
	}
	d.happen(MessageSent{ID: c.ID, Own: d.byParticipant(), Sealed: c.Text})
	return nil
}

func (d *decision) readMessages(c ReadMessages) *Refusal {
	i := slices.IndexFunc(d.s.Messages, func(m Message) bool { return m.ID == c.Until })
	if i < 0 {
		return missing("no-such-message", "there is no such message", "meldingen finnes ikke")
	}
	for _, m := range d.s.Messages[:i+1] {
		if m.Own != d.byParticipant() && m.Read.IsZero() {
			d.happen(MessagesRead{Own: d.byParticipant(), Until: c.Until})
			return nil
		}
	}
	return nil
}
