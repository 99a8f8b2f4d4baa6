package study

import (
	"fmt"
	"slices"

	"varde/protocol"
)

// checkReason refuses a reason that the protocol does not list.
func (d *decision) checkReason(code string) *Refusal {
	if !slices.ContainsFunc(d.def.Withdrawal.Reasons, func(r protocol.Reason) bool { return r.ID == code }) {
		return invalid("reason", "no-such-reason", fmt.Sprintf("choose one of the protocol's reasons; %q is not one", code),
			fmt.Sprintf("velg en av protokollens årsaker; %q er ikke en av dem", code))
	}
	return nil
}

func (d *decision) notInSession() *Refusal {
	if x := d.s.OpenSession(); x != nil {
		return against("session-open", "a dosing session is under way: bring the participant safely through the discharge gate first",
			"en doseringsøkt pågår: før deltakeren trygt gjennom utskrivningsporten først")
	}
	return nil
}

func (d *decision) stopTreatment(c StopTreatment) *Refusal {
	if !d.s.Stopped.IsZero() {
		return against("already-stopped", "treatment is already stopped", "behandlingen er allerede avsluttet")
	}
	if d.s.Reached[Enrolled].IsZero() {
		return against("not-enrolled", "treatment has not begun: decide eligibility, or record a withdrawal", "behandlingen har ikke begynt: avgjør kvalifisering, eller før at deltakeren trekker seg")
	}
	reason, r := d.reasonOf(c.Reason)
	if r != nil {
		return r
	}
	d.happen(TreatmentStopped{Note: c.Note, Reason: reason})
	return nil
}

// withdraw is a person's right at any time. Only during a session must they first
// be brought safely out of it; their own wish is then kept until a person acts on it.
func (d *decision) withdraw(c Withdraw) *Refusal {
	if x := d.s.OpenSession(); x != nil && d.byParticipant() {
		return d.keepWish(x)
	}
	if r := d.notInSession(); r != nil {
		return r
	}
	reason, r := d.reasonOf(c.Reason)
	if r != nil {
		return r
	}
	d.happen(ParticipantWithdrawn{Note: c.Note, Reason: reason})
	return nil
}

func (d *decision) lose(c Lose) *Refusal {
	if r := d.notInSession(); r != nil {
		return r
	}
	if c.Attempts < 3 {
		return invalid("attempts", "try-again", "try at least three times before giving a participant up", "forsøk minst tre ganger før en deltaker regnes som mistet")
	}
	d.happen(ParticipantLost{Attempts: c.Attempts})
	return nil
}

func (d *decision) complete() *Refusal {
	if d.s.Reached[Enrolled].IsZero() {
		return against("not-enrolled", "the participant was never enrolled", "deltakeren ble aldri inkludert")
	}
	if r := d.notInSession(); r != nil {
		return r
	}
	for i := range d.def.Visits {
		v, st := &d.def.Visits[i], d.s.Visits[i]
		if v.Optional || !st.Held.IsZero() || st.Missed != "" || !VisitExists(d.def, d.s, d.env, i) {
			continue
		}
		return refuse(Against, "visit-open", say("%q is neither held nor recorded as missed", "%q er verken gjennomført eller ført som uteblitt", v.Title))
	}
	d.happen(ParticipantCompleted{})
	return nil
}

func (d *decision) doDuty(c DoDuty) *Refusal {
	for _, k := range d.def.Safety.Clocks {
		if k.ID != c.Clock {
			continue
		}
		if d.s.Form("", d.def.Safety.Form, c.Repeat) == nil {
			return missing("no-such-record", "there is no such adverse event", "uønsket hendelse finnes ikke")
		}
		if !d.s.Duties[dutyKey(c.Clock, c.Repeat)].IsZero() {
			return against("already-done", "this report is already made", "denne rapporten er allerede sendt")
		}
		if c.Reference == "" {
			return invalid("reference", "reference-owed", "give the report's reference or receipt", "oppgi rapportens referanse eller kvittering")
		}
		d.happen(DutyDone{Clock: c.Clock, Reference: c.Reference, Repeat: c.Repeat})
		return nil
	}
	return missing("no-such-clock", fmt.Sprintf("the protocol has no report %q", c.Clock), fmt.Sprintf("protokollen har ingen rapport %q", c.Clock))
}
