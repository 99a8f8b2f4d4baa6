package diff

import (
	"fmt"
	"io"
)

var areaNames = map[string]Text{
	Identity: {EN: "Identity", NB: "Identitet"}, Allocation: {EN: "Arms and allocation", NB: "Armer og fordeling"}, Blinding: {EN: "Blinding and access", NB: "Blinding og tilgang"},
	Consent: {EN: "Consent", NB: "Samtykke"}, Eligibility: {EN: "Eligibility", NB: "Kvalifisering"}, Dosing: {EN: "Dosing session", NB: "Doseringsøkt"},
	Safety: {EN: "Safety", NB: "Sikkerhet"}, Visits: {EN: "Visits", NB: "Besøk"}, Forms: {EN: "Forms", NB: "Skjemaer"},
	Staffing: {EN: "Staffing", NB: "Bemanning"}, Analysis: {EN: "Analysis", NB: "Analyse"}, Simulation: {EN: "Simulation", NB: "Simulering"},
}

var marks = map[Weight]string{Error: "ERROR", Loud: "!", Change: "-", Note: "."}

// Text tells the report to people, in "en" or "nb".
func (r *Report) Text(w io.Writer, lang string) error {
	head := text("%s: from version %s to %s, %d changes", "%s: fra versjon %s til %s, %d endringer", r.Protocol, r.OldVersion, r.NewVersion, len(r.Items))
	if _, err := fmt.Fprintln(w, head.In(lang)); err != nil {
		return err
	}
	area := ""
	for _, x := range r.Items {
		if x.Area != area {
			area = x.Area
			if _, err := fmt.Fprintf(w, "\n%s\n", areaNames[area].In(lang)); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "  %-5s %s: %s\n", marks[x.Weight], x.Place, x.Text.In(lang)); err != nil {
			return err
		}
	}
	return nil
}
