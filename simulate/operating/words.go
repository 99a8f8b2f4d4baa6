package operating

import (
	"strings"

	"varde/bilingual"
	"varde/simulate/trial"
)

// measureWords name the measures. Those of an arm or a model are named by their prefix.
var measureWords = map[string]bilingual.Text{
	Power:                 {EN: "Power: share of trials with a significant main test", NB: "Styrke: andel studier med signifikant hovedtest"},
	Favour:                {EN: "Significant in favour of the treatment", NB: "Signifikant i favør av behandlingen"},
	Bias:                  {EN: "Bias: mean estimate less the true difference", NB: "Skjevhet: gjennomsnittlig estimat minus sann forskjell"},
	trial.Value:           {EN: "Mean estimate", NB: "Gjennomsnittlig estimat"},
	Empirical:             {EN: "SD of the estimates", NB: "SD for estimatene"},
	ModelSE:               {EN: "Mean standard error by the model", NB: "Gjennomsnittlig standardfeil etter modellen"},
	RMSE:                  {EN: "Root mean square error", NB: "Rot av midlere kvadratfeil"},
	Coverage:              {EN: "Coverage: share of intervals that hold the true difference", NB: "Dekning: andel intervaller som inneholder sann forskjell"},
	trial.Width:           {EN: "Mean width of the interval", NB: "Gjennomsnittlig intervallbredde"},
	trial.Fallback:        {EN: "Fitted with a fall-back covariance", NB: "Tilpasset med reservekovarians"},
	trial.Failed:          {EN: "No covariance of the plan could be fitted", NB: "Ingen av planens kovarianser lot seg tilpasse"},
	trial.Analysed:        {EN: "Participants in the main model", NB: "Deltakere i hovedmodellen"},
	trial.Randomised:      {EN: "Participants randomised", NB: "Randomiserte deltakere"},
	trial.Unreached:       {EN: "Planned number never reached", NB: "Planlagt antall aldri nådd"},
	trial.Referred:        {EN: "People referred", NB: "Henviste personer"},
	trial.Unsuitable:      {EN: "Not suitable at pre-screening", NB: "Ikke egnet ved forhåndsscreening"},
	trial.ScreenFail:      {EN: "Failed screening", NB: "Besto ikke screening"},
	trial.Waiting:         {EN: "Mean wait from eligible to the first preparation, days", NB: "Gjennomsnittlig venting fra egnet til første forberedelse, dager"},
	trial.WaitLongest:     {EN: "Longest wait in a trial, days", NB: "Lengste venting i en studie, dager"},
	WaitHalf:              {EN: "Half wait at most, days", NB: "Halvparten venter høyst, dager"},
	WaitNinth:             {EN: "Nine of ten wait at most, days", NB: "Ni av ti venter høyst, dager"},
	trial.Recruited:       {EN: "Last one randomised, day", NB: "Siste randomiserte, dag"},
	trial.MainDone:        {EN: "Last main visit, day", NB: "Siste hovedbesøk, dag"},
	trial.LastVisit:       {EN: "Last visit of all, day", NB: "Aller siste besøk, dag"},
	trial.LateVisits:      {EN: "Main and last visits after their window", NB: "Hovedbesøk og siste besøk etter vinduet"},
	trial.MovedDoses:      {EN: "Dosing sessions moved out of their window for lack of room", NB: "Doseringsøkter flyttet ut av vinduet fordi det var fullt"},
	"commands":            {EN: "Commands carried out", NB: "Utførte kommandoer"},
	"deviations":          {EN: "Deviations", NB: "Avvik"},
	"unfinished":          {EN: "Participants unfinished at the end", NB: "Deltakere ikke ferdige ved slutten"},
	"unexpected-refusals": {EN: "Commands refused that the staff thought right", NB: "Avviste kommandoer som personalet trodde var riktige"},
}

var prefixWords = []struct {
	prefix string
	text   bilingual.Text
}{
	{"dropout.", bilingual.Text{EN: "Left before the last rating", NB: "Falt fra før siste vurdering"}},
	{"missing-main.", bilingual.Text{EN: "No rating at the main visit", NB: "Ingen vurdering ved hovedbesøket"}},
	{"event.", bilingual.Text{EN: "Had an intercurrent event", NB: "Hadde en interkurrent hendelse"}},
	{"right.", bilingual.Text{EN: "Guessed the arm rightly", NB: "Gjettet riktig gruppe"}},
	{"adverse.", bilingual.Text{EN: "Any adverse event", NB: "Minst én uønsket hendelse"}},
	{"adverse-terms.", bilingual.Text{EN: "Kinds of adverse event for each participant", NB: "Typer uønskede hendelser per deltaker"}},
	{"responders.", bilingual.Text{EN: "Responders", NB: "Respondere"}},
	{"stop.", bilingual.Text{EN: "Ended at the interim look", NB: "Endte ved mellomsynet"}},
	{"model.", bilingual.Text{EN: "Other model", NB: "Annen modell"}},
	{"order.", bilingual.Text{EN: "Significant in the testing order", NB: "Signifikant i testrekkefølgen"}},
}

// MeasureName names a measure in words.
func MeasureName(id, lang string) string {
	if t, ok := measureWords[id]; ok {
		return t.In(lang)
	}
	for _, p := range prefixWords {
		if rest, ok := strings.CutPrefix(id, p.prefix); ok {
			return p.text.In(lang) + " (" + strings.ReplaceAll(rest, ".", ", ") + ")"
		}
	}
	return id
}

// isShare says that a measure is a share from 0 to 1, to be written as per cent.
func isShare(id string) bool {
	switch id {
	case Power, Favour, Coverage, trial.Fallback, trial.Failed, trial.Unreached:
		return true
	}
	for _, p := range []string{"dropout.", "missing-main.", "event.", "right.", "adverse.", "responders.", "stop.", "order."} {
		if strings.HasPrefix(id, p) {
			return true
		}
	}
	return strings.HasPrefix(id, "model.") && strings.HasSuffix(id, ".reject")
}
