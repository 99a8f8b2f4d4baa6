package dryrun

import (
	"varde/study"
)

// Promise is something that must never happen to a participant, or must always be so,
// whatever the protocol says.
type Promise struct {
	ID   string `json:"id"`
	Text Text   `json:"text"`
}

// Promises are all that a dry run looks for. They are written without the code that
// decides (study.Decide) and mostly without the protocol's own conditions: a protocol
// that forgets one of them is found by the harm that follows.
var Promises = []Promise{
	{"dose-consent", Text{EN: "No dose without a valid consent to every required document", NB: "Ingen dose uten gyldig samtykke til hvert påkrevd dokument"}},
	{"dose-entry", Text{EN: "No dose before every eligibility decision is passed, and before randomisation where people are randomised", NB: "Ingen dose før hver kvalifiseringsavgjørelse er bestått, og før randomisering der det randomiseres"}},
	{"dose-go", Text{EN: "No dose without a go of the same day on every line, or an override that the line allows, by a physician and countersigned", NB: "Ingen dose uten klarsignal samme dag på hver linje, eller en overstyring som linjen tillater, av lege og kontrasignert"}},
	{"dose-pair", Text{EN: "No dose without two different therapists of the site who are delegated, hold their credentials on the day, and are not related where the protocol forbids it", NB: "Ingen dose uten to ulike terapeuter ved stedet som er delegert, har gyldige kompetansebevis den dagen, og ikke er i slekt der protokollen forbyr det"}},
	{"dose-two-persons", Text{EN: "No dose before two different persons have confirmed on the same day what is given to whom", NB: "Ingen dose før to ulike personer samme dag har bekreftet hva som gis til hvem"}},
	{"dose-pregnancy", Text{EN: "No dose while a pregnancy is possible and not tested negative on the day, where the protocol uses a pregnancy test", NB: "Ingen dose når graviditet er mulig og ikke testet negativt samme dag, der protokollen bruker graviditetstest"}},
	{"dose-medicine", Text{EN: "No dose together with a medicine that can never be combined, or before it is washed out", NB: "Ingen dose sammen med et legemiddel som aldri kan kombineres, eller før det er ute av kroppen"}},
	{"dose-amount", Text{EN: "No dose outside the protocol's table, none twice, no supplement outside its time", NB: "Ingen dose utenfor protokollens tabell, ingen to ganger, intet tillegg utenfor tiden"}},
	{"dose-order", Text{EN: "No dosing session before an earlier one is held or missed, and none before its window opens after an earlier dose", NB: "Ingen doseringsøkt før en tidligere er gjennomført eller uteblitt, og ingen før vinduet åpner etter en tidligere dose"}},
	{"dose-after-end", Text{EN: "No session is started and no dose given after treatment is stopped or the participant has left", NB: "Ingen økt startes og ingen dose gis etter at behandlingen er avsluttet eller deltakeren har sluttet"}},
	{"dose-hold", Text{EN: "No dose while a limit that forbids one is passed and unanswered", NB: "Ingen dose mens en grense som forbyr dose er passert og ubesvart"}},
	{"stay", Text{EN: "Nobody goes home before the least stay, the last planned measurement after the dose, and an answer to every passed limit; to no one but a named adult where the protocol asks for one", NB: "Ingen drar hjem før minste opphold, siste planlagte måling etter dosen og svar på hver passert grense; ikke til andre enn en navngitt voksen der protokollen krever det"}},
	{"rater-blind", Text{EN: "Nobody rates who treats, was shown the arm, or was not drawn", NB: "Ingen vurderer som behandler, har fått se armen, eller ikke er trukket"}},
	{"rating-by-rater", Text{EN: "In a blinded study a blinded rating is entered by a rater alone", NB: "I en blindet studie føres en blindet vurdering bare av en vurderer"}},
	{"form-writer", Text{EN: "A form is entered by those whom the protocol names", NB: "Et skjema føres av dem protokollen nevner"}},
	{"visit-order", Text{EN: "No visit is held before what it needs", NB: "Ingen besøk gjennomføres før det de trenger"}},
	{"escalated", Text{EN: "A passed limit that nobody answers in time calls the next", NB: "En passert grense som ingen svarer på i tide, kaller på den neste"}},
	{"alerted", Text{EN: "An answer that means danger calls a person", NB: "Et svar som betyr fare, kaller på en person"}},
	{"owner", Text{EN: "Every open task has an owner; every alert, passed limit, report and query a deadline too", NB: "Hver åpen oppgave har en eier; hvert varsel, hver passert grense, rapport og spørring også en frist"}},
	{"safety-recorded", Text{EN: "From consent on an adverse event can always be recorded", NB: "Fra samtykke av kan en uønsket hendelse alltid føres"}},
	{"may-leave", Text{EN: "A participant may leave at any time; during a session the wish is kept", NB: "En deltaker kan slutte når som helst; under en økt tas ønsket vare på"}},
	{"after-leaving", Text{EN: "After leaving, nothing new is done to the participant", NB: "Etter at deltakeren har sluttet, gjøres ikke noe nytt med vedkommende"}},
	{"time", Text{EN: "Nothing is recorded as of the future, or from before the referral", NB: "Ingenting føres som fremtidig, eller fra før henvisningen"}},
	{"record", Text{EN: "The events tell the same state again, and each is written in the one canonical way", NB: "Hendelsene forteller samme tilstand på nytt, og hver er skrevet på den ene kanoniske måten"}},
	{"way-out", Text{EN: "From every state those who do what the tasks say reach the end: completion, withdrawal, or follow-up after treatment is stopped", NB: "Fra enhver tilstand når de som gjør det oppgavene sier, til slutten: fullføring, uttreden, eller oppfølging etter at behandlingen er avsluttet"}},
	{"no-fault", Text{EN: "The program never fails", NB: "Programmet svikter aldri"}},
}

// PromiseOf answers the promise of an id.
func PromiseOf(id string) Promise {
	for _, p := range Promises {
		if p.ID == id {
			return p
		}
	}
	return Promise{ID: id}
}

// Broken is a promise that a life broke.
type Broken struct {
	Promise string
	Subject string // what of the protocol it concerns, such as "dosing.rules.sbp-hold"
	What    Text
	Step    Step           // that broke it
	Refused *study.Refusal // when a refusal broke it
	end     ending         // how the life was led to its end, when that broke it
}

// breaks notes the first broken promise of a life, and ends it.
func (l *life) breaks(promise string, x Step, r *study.Refusal, subject string, what Text) {
	if l.broken == nil {
		l.broken = &Broken{Promise: promise, Subject: subject, What: what, Step: x, Refused: r}
	}
}

// key groups what is the same fault: one story is enough for it.
func (b *Broken) key() string { return b.Promise + " " + b.Subject }
