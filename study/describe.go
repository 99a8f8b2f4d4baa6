package study

import (
	"fmt"
	"strings"

	"varde/protocol"
)

// QueryText says what a query asks.
func QueryText(def *protocol.Definition, q Query) Text {
	item := Text{EN: q.Item, NB: q.Item}
	if c, ok := def.Form(q.Form); ok {
		if it, ok := c.Item(q.Item); ok {
			item = it.Text
		}
	}
	switch q.Code {
	case QueryByPerson:
		return say("%s: "+escape(q.Text), "%s: "+escape(q.Text), item)
	case "out-of-range":
		return say("%s: %s is outside the plausible range. Is it right?", "%s: %s er utenfor det sannsynlige. Stemmer det?", item, q.Value.Text())
	case "too-precise":
		return say("%s: %s has more decimals than expected. Is it right?", "%s: %s har flere desimaler enn ventet. Stemmer det?", item, q.Value.Text())
	case "not-asked":
		return say("%s: answered although the form does not ask it here", "%s: besvart selv om skjemaet ikke spør om det her", item)
	case "future-date":
		return say("%s: %s lies in the future", "%s: %s ligger i fremtiden", item, q.Value.Text())
	}
	return say("%s: please check %s (%s)", "%s: kontroller %s (%s)", item, q.Value.Text(), q.Code)
}

func escape(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// DeviationText says what departed from the protocol.
func DeviationText(def *protocol.Definition, d DeviationRaised) Text {
	title := Text{EN: d.Visit, NB: d.Visit}
	if v, ok := def.Visit(d.Visit); ok {
		title = v.Title
	}
	switch d.Code {
	case DeviationOutOfWindow:
		return say("%s: out of its window (%s)", "%s: utenfor vinduet (%s)", title, d.Detail)
	case DeviationWindowPassed:
		return say("%s: not held, and its window has passed (%s)", "%s: ikke gjennomført, og vinduet er passert (%s)", title, d.Detail)
	case DeviationVisitMissed:
		return say("%s: missed (%s)", "%s: uteblitt (%s)", title, d.Detail)
	case DeviationVitalsLate:
		return say("%s: vital signs taken late (%s)", "%s: vitale tegn målt for sent (%s)", title, d.Detail)
	case DeviationVitalsMissing:
		return say("%s: vital signs not taken (%s)", "%s: vitale tegn ikke målt (%s)", title, d.Detail)
	case DeviationFormMissing:
		return say("%s: form not filled in (%s)", "%s: skjema ikke utfylt (%s)", title, d.Detail)
	case DeviationEscalated:
		return say("%s: a passed limit was not acknowledged in time (%s)", "%s: en passert grense ble ikke kvittert i tide (%s)", title, d.Detail)
	case DeviationOverride:
		return say("%s: go/no-go line overridden (%s)", "%s: klar/ikke klar-linje overstyrt (%s)", title, d.Detail)
	case DeviationRelatedPair:
		return say("%s: two who are related sat as a pair (%s)", "%s: to som er i slekt eller gift, satt som par (%s)", title, d.Detail)
	case DeviationUnblinding:
		return say("Emergency unblinding (%s)", "Nødavblinding (%s)", d.Detail)
	case DeviationUnblindedByOne:
		return say("Emergency unblinding without a second person (%s)", "Nødavblinding uten en annen person (%s)", d.Detail)
	case DeviationRaterUnblinded:
		return say("%s: the rater stated not to be blind any more", "%s: vurdereren erklærte ikke lenger å være blindet", title)
	}
	if d.Visit == "" {
		return Text{EN: d.Detail, NB: d.Detail}
	}
	return say("%s: %s", "%s: %s", title, d.Detail)
}

// Describe tells an event in one sentence. It never tells more than the event.
func Describe(def *protocol.Definition, e Event) Text {
	visit := func(id string) Text {
		if v, ok := def.Visit(id); ok {
			return v.Title
		}
		return Text{EN: id, NB: id}
	}
	form := func(id string) Text {
		if c, ok := def.Form(id); ok {
			return c.Title
		}
		return Text{EN: id, NB: id}
	}
	at := func(v string) Text {
		if v == "" {
			return Text{EN: "log", NB: "logg"}
		}
		return visit(v)
	}
	switch d := e.Data.(type) {
	case StudyOpened:
		return say("Study opened under protocol %s %s (%s)", "Studien åpnet under protokoll %s %s (%s)", d.Protocol, d.PVersion, d.Mode)
	case ApprovalRecorded:
		return say("Approval recorded: %s, %s", "Godkjenning ført: %s, %s", d.Approval, d.Reference)
	case RecruitmentClosed:
		return say("Recruitment closed", "Inkludering avsluttet")
	case StudyLocked:
		return say("Study locked", "Studien låst")
	case StudyUnblinded:
		return say("Study unblinded, witnessed by %s", "Studien avblindet, bevitnet av %s", d.Witness)
	case AllocationSealed:
		return say("Allocation list sealed", "Fordelingsliste forseglet")
	case SlotTaken:
		return say("Allocation slot taken by %s", "Plass i fordelingslisten tatt av %s", d.Participant)
	case SiteOpened:
		return say("Site %s opened: %s", "Sted %s åpnet: %s", d.Site, d.Name)
	case StaffAssigned:
		return say("%s assigned as %s", "%s tilordnet som %s", d.Name, RoleName(d.Role))
	case StaffRemoved:
		return say("%s no longer %s", "%s ikke lenger %s", d.Person, RoleName(d.Role))
	case NumberTaken:
		return say("Participant number %s given", "Deltakernummer %s gitt", d.Participant)
	case PersonReferred:
		return say("Referred (%s)", "Henvist (%s)", d.Channel)
	case PersonPrescreened:
		if d.Passed {
			return say("Pre-screening passed", "Forhåndsvurdering bestått")
		}
		return say("Pre-screening: not suitable (%s)", "Forhåndsvurdering: ikke aktuell (%s)", strings.Join(d.Reasons, "; "))
	case ConsentGiven:
		return say("Consent given: %s, version %s", "Samtykke gitt: %s, versjon %s", d.Document, d.PVersion)
	case ConsentWithdrawn:
		return say("Consent withdrawn: %s (%s)", "Samtykke trukket: %s (%s)", d.Document, d.Reason)
	case EligibilityDecided:
		g, _ := def.Gate(d.Gate)
		title := Text{EN: d.Gate, NB: d.Gate}
		if g != nil {
			title = g.Title
		}
		if d.Passed {
			return say("%s: passed", "%s: bestått", title)
		}
		return say("%s: not met: %s", "%s: ikke oppfylt: %s", title, strings.Join(d.Failed, ", "))
	case ParticipantRandomised:
		return say("Randomised, kit %s", "Randomisert, pakning %s", d.Kit)
	case VisitPlanned:
		return say("%s planned for %s", "%s avtalt til %s", visit(d.Visit), d.Time.Format("2006-01-02 15:04 MST"))
	case VisitHeld:
		return say("%s held", "%s gjennomført", visit(d.Visit))
	case VisitMissed:
		return say("%s missed (%s)", "%s uteblitt (%s)", visit(d.Visit), d.Reason)
	case DeviationRaised:
		t := DeviationText(def, d)
		return say("Deviation: %s", "Avvik: %s", t)
	case FormSaved:
		return say("%s saved (%s): %s", "%s lagret (%s): %s", form(d.Form), at(d.Visit), count(len(d.Items)))
	case FormCorrected:
		return say("%s corrected (%s): %s. Reason: %s", "%s rettet (%s): %s. Årsak: %s", form(d.Form), at(d.Visit), count(len(d.Items)), e.Reason)
	case QueryRaised:
		return say("Query %s on %s: %s", "Spørsmål %s til %s: %s", d.ID, form(d.Form), QueryText(def, Query{QueryRaised: d}))
	case QueryClosed:
		return say("Query %s closed: %s", "Spørsmål %s lukket: %s", d.ID, d.Answer)
	case AlertRaised:
		t := Text{EN: d.Alert, NB: d.Alert}
		if a, ok := alertOf(def, d); ok {
			t = a.Text
		}
		return say("Alert %s: %s", "Varsel %s: %s", d.ID, t)
	case AlertClosed:
		return say("Alert %s followed up: %s", "Varsel %s fulgt opp: %s", d.ID, d.Action)
	case SessionChecked:
		if d.Go {
			return say("%s: go/no-go answered: go", "%s: klar/ikke klar besvart: klar", visit(d.Visit))
		}
		return say("%s: go/no-go answered: no-go", "%s: klar/ikke klar besvart: ikke klar", visit(d.Visit))
	case OnePersonConfirmed:
		return say("%s: %s confirmed by one person, the second is awaited", "%s: %s bekreftet av én person, den andre gjenstår", visit(d.Visit), d.Check)
	case TwoPersonConfirmed:
		return say("%s: %s confirmed by two persons", "%s: %s bekreftet av to personer", visit(d.Visit), d.Check)
	case SessionStarted:
		return say("%s: session started", "%s: økten startet", visit(d.Visit))
	case DoseGiven:
		step := Text{EN: "Initial dose", NB: "Startdose"}
		if d.Step != "initial" {
			step = Text{EN: "Supplemental dose", NB: "Tilleggsdose"}
		}
		return say("%s taken: %g mg as labelled", "%s tatt: %g mg som merket", step, d.Amount)
	case SupplementDecided:
		words := map[string]Text{"given": {EN: "to be given", NB: "gis"}, "withheld": {EN: "withheld", NB: "holdes tilbake"}, "declined": {EN: "declined", NB: "takkes nei til"}}
		if len(d.Reasons) == 0 {
			return say("Supplemental dose %s", "Tilleggsdose %s", words[d.Decision])
		}
		return say("Supplemental dose %s: %s", "Tilleggsdose %s: %s", words[d.Decision], strings.Join(d.Reasons, "; "))
	case RuleBreached:
		t := Text{EN: d.Rule, NB: d.Rule}
		if def.Dosing != nil {
			if r := def.Rule(d.Rule); r != nil {
				t = r.Text
			}
		}
		return say("Limit passed: %s (%g)", "Grense passert: %s (%g)", t, d.Value)
	case BreachAcknowledged:
		return say("Limit %s acknowledged: %s", "Grense %s kvittert: %s", d.ID, d.Action)
	case BreachEscalated:
		return say("Limit %s: nobody acknowledged in time; escalated", "Grense %s: ingen kvitterte i tide; varslet videre", d.ID)
	case ParticipantDischarged:
		to := map[string]Text{"home": {EN: "home", NB: "hjem"}, "overnight": {EN: "to the night at the site", NB: "til natten ved stedet"}, "hospital": {EN: "to hospital", NB: "til sykehus"}}
		return say("Discharged %s", "Utskrevet %s", to[d.To])
	case SessionEnded:
		return say("%s: session ended and signed", "%s: økten avsluttet og signert", visit(d.Visit))
	case DutyDone:
		return say("Report %s made: %s", "Rapport %s sendt: %s", d.Clock, d.Reference)
	case TreatmentStopped:
		return say("Treatment stopped (%s); follow-up goes on", "Behandling avsluttet (%s); oppfølgingen fortsetter", reasonText(def, d.Reason))
	case ParticipantWithdrawn:
		return say("Withdrawn from the study (%s)", "Trukket fra studien (%s)", reasonText(def, d.Reason))
	case ParticipantLost:
		return say("Lost to follow-up after %d attempts", "Mistet av syne etter %d forsøk", d.Attempts)
	case ParticipantCompleted:
		return say("Completed the study", "Fullførte studien")
	case RecordSigned:
		title := Text{EN: d.Record, NB: d.Record}
		if ref, err := ParseRecordRef(d.Record); err == nil {
			title = RecordTitle(def, ref, false)
		}
		return say("%s signed by %s: %s", "%s signert av %s: %s", title, d.Name, MeaningName(d.Meaning))
	}
	if t, ok := describePeople(def, e); ok {
		return t
	}
	if t, ok := describeAround(def, e, visit); ok {
		return t
	}
	return Text{EN: e.Type(), NB: e.Type()}
}

func reasonText(def *protocol.Definition, id string) Text {
	for _, r := range def.Withdrawal.Reasons {
		if r.ID == id {
			return r.Text
		}
	}
	return Text{EN: id, NB: id}
}

func count(n int) Text {
	if n == 1 {
		return Text{EN: "1 answer", NB: "1 svar"}
	}
	return Text{EN: fmt.Sprintf("%d answers", n), NB: fmt.Sprintf("%d svar", n)}
}
