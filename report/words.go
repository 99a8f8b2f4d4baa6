package report

import (
	"fmt"

	"varde/analysis"
	"varde/bilingual"
	"varde/chart/numeral"
)

// words speaks one language.
type words struct{ lang string }

func (w words) say(en, nb string) string { return bilingual.Text{EN: en, NB: nb}.In(w.lang) }

// percent writes a share, from 0 to 1.
func (w words) percent(share float64) string {
	return numeral.Format(w.lang, 100*share, 1) + w.say("%", "\u00a0%")
}

// pText is "p = 0.043", or "p < 0.001".
func (w words) pText(p float64) string {
	if p < 0.001 {
		return "p < " + numeral.Format(w.lang, 0.001, 3)
	}
	return "p = " + numeral.Format(w.lang, p, 3)
}

func (w words) interval(lo, hi float64, decimals int) string {
	return w.say("95% CI ", "95\u00a0% KI ") + numeral.Range(w.lang, lo, hi, decimals)
}

var whys = map[string]bilingual.Text{
	"no-data":       {EN: "no value", NB: "ingen verdi"},
	"one-value":     {EN: "one value only: no interval", NB: "bare én verdi: intet intervall"},
	"zero-variance": {EN: "no spread: no interval", NB: "ingen spredning: intet intervall"},
	"no-events":     {EN: "no events: not defined", NB: "ingen hendelser: ikke definert"},
	"not-finite":    {EN: "a value is not a number", NB: "en verdi er ikke et tall"},
	"bad-level":     {EN: "not computed", NB: "ikke regnet ut"},
	"bad-counts":    {EN: "the counts do not agree", NB: "antallene stemmer ikke"},
}

func (w words) why(code string) string {
	if t, ok := whys[code]; ok {
		return t.In(w.lang)
	}
	return code
}

var statuses = map[string]bilingual.Text{
	"V":   {EN: "verified", NB: "bekreftet"},
	"C":   {EN: "computed from verified numbers", NB: "regnet ut av bekreftede tall"},
	"R":   {EN: "recalled, not verified", NB: "fra hukommelsen, ikke bekreftet"},
	"NF":  {EN: "looked for and not found: assumed", NB: "lett etter, ikke funnet: antatt"},
	"own": {EN: "our own choice", NB: "vårt eget valg"},
}

// sourceText is a source with its mark in words.
func (w words) sourceText(p analysis.Provenance) string {
	s := p.Source
	if s == "" {
		s = w.say("no source given", "ingen kilde oppgitt")
	}
	if t, ok := statuses[p.Status]; ok {
		s += fmt.Sprintf(" — %s [%s]", t.In(w.lang), p.Status)
	}
	if p.Confirm {
		s += w.say("; to be confirmed", "; må bekreftes")
	}
	return s
}

func (w words) noteText(n analysis.Note) string {
	switch n.Code {
	case "without-arm":
		return fmt.Sprintf(w.say("%d who entered have no known arm and stand in no column: the numbers by arm are not complete.",
			"%d som gikk inn, har ingen kjent gruppe og står ikke i noen kolonne: tallene per gruppe er ikke fullstendige."), n.N)
	case "no-control-arm":
		return fmt.Sprintf(w.say("The protocol names no control arm; %s is used as the reference.",
			"Protokollen navngir ingen kontrollgruppe; %s brukes som referanse."), n.Ref)
	case "hidden-values":
		return w.say("Some values may not be seen in your role before the study is unblinded. What rests on them is left out here; it is not missing.",
			"Noen verdier kan ikke ses i din rolle før studien avblindes. Det som bygger på dem er utelatt her; det mangler ikke.")
	}
	return n.Code
}

var adverseKinds = map[string]bilingual.Text{
	"any":         {EN: "Any event", NB: "Minst én hendelse"},
	"related":     {EN: "Possibly, probably or definitely related", NB: "Mulig, sannsynlig eller sikker sammenheng"},
	"severe":      {EN: "Severe", NB: "Kraftig"},
	"serious":     {EN: "Serious", NB: "Alvorlig etter kriteriene"},
	"solicited":   {EN: "Asked about (solicited list)", NB: "Spurt om (fast liste)"},
	"unsolicited": {EN: "Recorded in the log", NB: "Ført i loggen"},
}

var guessers = map[string]bilingual.Text{
	"participant": {EN: "Participants", NB: "Deltakere"},
	"therapist":   {EN: "Therapists", NB: "Terapeuter"},
	"rater":       {EN: "Raters", NB: "Vurderere"},
}
