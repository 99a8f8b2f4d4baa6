package operating

import (
	"fmt"

	"varde/bilingual"
	"varde/protocol"
	"varde/simulate/trial"
)

// curveWords are the headings and explanations of the curves that the pages show.
var curveWords = map[string]struct {
	title bilingual.Text
	text  bilingual.Text
}{
	"effect": {bilingual.Text{EN: "Power over the effect", NB: "Styrke etter effekten"},
		bilingual.Text{EN: "How often the main test is significant when the treatment does nothing (0), what was published (1), or something else. At 0 it is the type I error, and should be the level of the test.",
			NB: "Hvor ofte hovedtesten er signifikant når behandlingen ikke virker (0), virker som publisert (1), eller noe annet. Ved 0 er det type I-feilen, og skal være testens nivå."}},
	"n": {bilingual.Text{EN: "Power over the number of participants", NB: "Styrke etter antall deltakere"},
		bilingual.Text{EN: "What more or fewer participants would do to the power and to the duration, with the published effect.",
			NB: "Hva flere eller færre deltakere ville gjort med styrken og varigheten, med den publiserte effekten."}},
	"expectancy": {bilingual.Text{EN: "Functional unblinding", NB: "Funksjonell avblinding"},
		bilingual.Text{EN: "Most participants guess their arm. Here a belief moves the score: whoever believes to have had the treatment gets better by so many points, whoever believes to have had the control gets worse by as many. With no effect every significant trial is wrong: the test sees what people believe. Nothing in the analysis takes this away.",
			NB: "De fleste gjetter gruppen sin. Her flytter troen skåren: den som tror seg behandlet, blir så mange poeng bedre, og den som tror seg i kontrollgruppen, blir like mange poeng verre. Uten effekt er hver signifikante studie feil: testen ser det folk tror. Ingenting i analysen fjerner dette."}},
	"dropout": {bilingual.Text{EN: "Dropout", NB: "Frafall"},
		bilingual.Text{EN: "More people leave than was published. Who leaves does not depend on how they would have been rated next, so the model can still be right; the interval grows.",
			NB: "Flere faller fra enn publisert. Hvem som faller fra, avhenger ikke av hva neste vurdering ville vist, så modellen kan fortsatt ha rett; intervallet vokser."}},
	"informative": {bilingual.Text{EN: "Informative dropout", NB: "Informativt frafall"},
		bilingual.Text{EN: "Who leaves depends on the next rating, which is then never made. No analysis can see that, and the estimate goes wrong.",
			NB: "Hvem som faller fra, avhenger av neste vurdering, som da aldri blir gjort. Ingen analyse kan se det, og estimatet blir galt."}},
	"pairs": {bilingual.Text{EN: "Waiting and duration by the number of pairs", NB: "Venting og varighet etter antall par"},
		bilingual.Text{EN: "How long people wait at a site from being found eligible until preparation begins, and when the last participant has the last visit.",
			NB: "Hvor lenge folk venter på et senter fra de er funnet egnet til forberedelsen begynner, og når siste deltaker har siste besøk."}},
}

func (p *page) title(id string) string {
	if w, ok := curveWords[id]; ok {
		return w.title.In(p.lang)
	}
	if id == "" {
		return p.say("Scenarios", "Scenarier")
	}
	return id
}

func (p *page) text(id string) []string {
	if w, ok := curveWords[id]; ok {
		return []string{w.text.In(p.lang)}
	}
	return nil
}

// assumptions says in plain words what the numbers rest on.
func (p *page) assumptions() []string {
	sim := p.def.Simulation
	if sim == nil {
		return nil
	}
	out := []string{}
	add := func(en, nb string, args ...any) { out = append(out, fmt.Sprintf(p.say(en, nb), args...)) }
	if p.r.Active != "" {
		add("The scores at baseline, the mean changes and the standard deviations are the published ones that stand in the protocol's simulation section, with their sources. An effect of 1 is the published difference between the arms; an effect of 0 gives every arm the control's mean change and leaves the rest.",
			"Skårene ved utgangsmålingen, gjennomsnittlig endring og standardavvik er de publiserte som står i protokollens simuleringsdel, med kilder. Effekt 1 er den publiserte forskjellen mellom gruppene; effekt 0 gir alle gruppene kontrollgruppens endring og lar resten være.")
		add("Each trial is analysed by the model %s as the plan says, with its fall-backs, and tested at the level that interim looks leave. A look ends a trial only in a scenario that says so.",
			"Hver studie analyseres med modellen %s slik planen sier, med reservene dens, og testes på det nivået som mellomsyn lar være igjen. Et mellomsyn avslutter studien bare i et scenario som sier det.", p.r.Model)
	} else {
		add("The protocol compares no arms, so there is no power: what is shown is recruitment, waiting and duration.",
			"Protokollen sammenligner ingen grupper, så det finnes ingen styrke: det som vises, er rekruttering, venting og varighet.")
	}
	c := p.def.Staffing.Capacity
	add("People are referred at random, %d sites compete for the same %d places. %s of those referred fail pre-screening, %s of the others fail screening.",
		"Folk henvises tilfeldig, og %d sentre konkurrerer om de samme %d plassene. %s av de henviste består ikke forhåndsscreeningen, og %s av de andre består ikke screeningen.",
		len(sim.Sites), sim.Participants, p.percent(sim.Prescreen.Rate), p.percent(sim.Screening.Rate))
	add("A site has %d pairs, %d rooms, %d dosing sessions a week and %d participants in treatment at once. A place is held until the planned end of treatment, also by somebody who leaves early. With more or fewer pairs, sessions and places go with them.",
		"Et senter har %d par, %d rom, %d doseringsøkter i uka og %d deltakere i behandling samtidig. En plass holdes til behandlingens planlagte slutt, også av den som faller fra. Med flere eller færre par følger økter og plasser med.", c.Pairs, c.Rooms, c.SessionsPerWeek, c.ParticipantsAtOnce)
	if p.r.Common {
		add("The scenarios share their random numbers: two of them differ by what they set and not by chance, so that differences are more precise than the errors of each suggest.",
			"Scenariene deler tilfeldige tall: to av dem skiller seg ved det de setter og ikke ved tilfeldigheter, så forskjeller er mer presise enn feilen til hver av dem tyder på.")
	}
	add("Simulated, from assumptions that nobody has proven. It says what would happen if they were true, not what will.",
		"Simulert, fra antakelser som ingen har bevist. Det sier hva som ville skje om de var sanne, ikke hva som vil skje.")
	return out
}

func (p *page) percent(share float64) string { return p.number(100*share, 0) + " %" }

// Usual is the plan of the pages: the curves that a trialist asks for first.
func Usual(def *protocol.Definition, seed uint64, trials int) Plan {
	p := Plan{Title: "usual", Seed: seed, Trials: trials}
	cross := func(id string, base trial.Setting, axes map[string][]float64) {
		p.add(&reader{}, "", id, id+": ", base, axes)
	}
	n := 104.0
	if def.Simulation != nil && def.Simulation.Participants > 0 {
		n = float64(def.Simulation.Participants)
	}
	if len(def.Arms) > 1 {
		cross("effect", nil, map[string][]float64{"effect": {0, 0.25, 0.5, 0.75, 1, 1.25}})
		part := func(share float64) float64 { return max(4, float64(2*int(share*n/2+0.5))) }
		cross("n", nil, map[string][]float64{"n": {part(0.5), part(0.75), n, part(1.25), part(1.5)}})
		if len(def.Simulation.Guess) > 0 {
			cross("expectancy", nil, map[string][]float64{"effect": {0, 1}, "expectancy": {0, 2, 4, 6, 8}})
		}
		if len(def.Simulation.Dropout) > 0 {
			cross("dropout", nil, map[string][]float64{"effect": {0, 1}, "dropout": {0, 1, 2, 3}})
			cross("informative", nil, map[string][]float64{"effect": {0, 1}, "informative": {0, 0.5, 1, 2}})
		}
	}
	cross("pairs", nil, map[string][]float64{"pairs": {1, 2, 3, 4, 6}})
	return p
}
