package trial

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"varde/bilingual"
)

// Setting is what a scenario sets, by axis. What it leaves out is as the protocol says.
type Setting map[string]float64

// Axis is one thing that scenarios may differ in.
type Axis struct {
	Name  string
	Text  bilingual.Text
	Low   float64 // both included
	High  float64
	Whole bool    // whole numbers only
	Usual float64 // the protocol's own, where that is the same for every protocol; else NaN
}

// Axes that a setting may have, in the order in which they are told.
var Axes = []Axis{
	{"effect", bilingual.Text{EN: "Effect, share of the published difference", NB: "Effekt, andel av den publiserte forskjellen"}, -2, 5, false, 1},
	{"n", bilingual.Text{EN: "Participants randomised", NB: "Randomiserte deltakere"}, 4, 100_000, true, math.NaN()},
	{"sd", bilingual.Text{EN: "SD after baseline, factor", NB: "SD etter utgangsmålingen, faktor"}, 0.05, 3, false, 1},
	{"correlation", bilingual.Text{EN: "Correlation between visits, factor", NB: "Korrelasjon mellom besøk, faktor"}, 0, 1.3, false, 1},
	{"siteSD", bilingual.Text{EN: "SD of the sites' own effect, points", NB: "SD for sentrenes egen effekt, poeng"}, 0, 50, false, math.NaN()},
	{"dropout", bilingual.Text{EN: "Dropout, factor on the published shares", NB: "Frafall, faktor på de publiserte andelene"}, 0, 20, false, 1},
	{"observed", bilingual.Text{EN: "Leaving by the last value seen, log odds for one SD", NB: "Frafall etter siste sette verdi, log odds per SD"}, -5, 5, false, 0},
	{"informative", bilingual.Text{EN: "Leaving by the next value, unseen, log odds for one SD", NB: "Frafall etter neste, usette verdi, log odds per SD"}, -5, 5, false, 0},
	{"expectancy", bilingual.Text{EN: "Expectancy, points by which a guess moves the score", NB: "Forventning, poeng som en gjetning flytter skåren"}, -80, 80, false, 0},
	{"right", bilingual.Text{EN: "Share that guesses its arm rightly", NB: "Andel som gjetter riktig gruppe"}, 0, 1, false, math.NaN()},
	{"stopping", bilingual.Text{EN: "Share that stops treatment before the main visit", NB: "Andel som stanser behandlingen før hovedbesøket"}, 0, 1, false, math.NaN()},
	{"retrieved", bilingual.Text{EN: "Share of values still collected after stopping", NB: "Andel verdier som fortsatt samles inn etter stans"}, 0, 1, false, math.NaN()},
	{"earlyStop", bilingual.Text{EN: "The trial ends at an interim look that is significant (1) or goes on (0)", NB: "Studien ender ved et mellomsyn som er signifikant (1) eller fortsetter (0)"}, 0, 1, true, 0},
	{"referrals", bilingual.Text{EN: "Referrals, factor", NB: "Henvisninger, faktor"}, 0.001, 1000, false, 1},
	{"sites", bilingual.Text{EN: "Sites", NB: "Sentre"}, 1, 1000, true, math.NaN()},
	{"screening", bilingual.Text{EN: "Share that fails screening", NB: "Andel som ikke består screening"}, 0, 0.999, false, math.NaN()},
	{"pairs", bilingual.Text{EN: "Therapist pairs at a site", NB: "Terapeutpar per senter"}, 1, 100, true, math.NaN()},
	{"rooms", bilingual.Text{EN: "Rooms at a site", NB: "Rom per senter"}, 1, 100, true, math.NaN()},
	{"sessionsPerWeek", bilingual.Text{EN: "Dosing sessions a week at a site", NB: "Doseringsøkter i uka per senter"}, 1, 200, true, math.NaN()},
	{"participantsAtOnce", bilingual.Text{EN: "Participants in treatment at once at a site", NB: "Deltakere i behandling samtidig per senter"}, 1, 1000, true, math.NaN()},
}

// AxisOf answers the axis of a name.
func AxisOf(name string) (Axis, bool) {
	i := slices.IndexFunc(Axes, func(a Axis) bool { return a.Name == name })
	if i < 0 {
		return Axis{}, false
	}
	return Axes[i], true
}

// Check says what is wrong with a value of an axis, in a sentence.
func (a Axis) Check(v float64) error {
	switch {
	case math.IsNaN(v) || v < a.Low || v > a.High:
		if v <= 0 && (a.Name == "pairs" || a.Name == "rooms" || a.Name == "sessionsPerWeek" || a.Name == "participantsAtOnce") {
			return fmt.Errorf("%s is %v: nobody would ever be treated; it lies from %v to %v", a.Name, v, a.Low, a.High)
		}
		return fmt.Errorf("%s is %v; it lies from %v to %v", a.Name, v, a.Low, a.High)
	case a.Whole && v != math.Trunc(v):
		return fmt.Errorf("%s is %v; it is a whole number", a.Name, v)
	}
	return nil
}

// get answers a setting, or what is usual.
func (s Setting) get(name string, usual float64) float64 {
	if v, ok := s[name]; ok {
		return v
	}
	return usual
}

// Names answers the axes that are set, in the order of Axes.
func (s Setting) Names() []string {
	var out []string
	for _, a := range Axes {
		if _, ok := s[a.Name]; ok {
			out = append(out, a.Name)
		}
	}
	return out
}

// With answers the setting with other values on top.
func (s Setting) With(more Setting) Setting {
	out := maps.Clone(s)
	if out == nil {
		out = Setting{}
	}
	maps.Copy(out, more)
	return out
}
