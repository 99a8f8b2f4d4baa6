package ui

import (
	"math"
	"time"

	"varde/chart"
)

// styleFigures are made-up figures of every kind.
func styleFigures(say pick, lang string, now time.Time) []Figure {
	frame := func(id, en, nb, den, dnb string) chart.Frame {
		return chart.Frame{ID: "fig-" + id, Title: say(en, nb), Desc: say(den, dnb), Lang: lang}
	}
	a, b := say("Group A", "Gruppe A"), say("Group B", "Gruppe B")
	week := func(n int) float64 { return chart.Day(now.AddDate(0, 0, -7*(20-n))) }
	var seen, plan []chart.Point
	for i := 0; i <= 20; i++ {
		plan = append(plan, chart.At(week(i), float64(i)*3))
		if i <= 15 {
			seen = append(seen, chart.At(week(i), math.Floor(float64(i*i)*0.14+float64(i)*0.8)))
		}
	}
	var systolic, diastolic []chart.Point
	for i, v := range []float64{118, 121, 134, 149, 163, 158, 147, math.NaN(), 139, 131, 126, 122} {
		p := chart.At(float64(i*30-30), v)
		p.Breach = v > 160
		systolic = append(systolic, p)
		diastolic = append(diastolic, chart.At(float64(i*30-30), v*0.62))
	}
	visits := []chart.Tick{{At: 0, Label: say("Start", "Start")}, {At: 1, Label: say("Visit 1", "Besøk 1")}, {At: 2, Label: say("Visit 2", "Besøk 2")}, {At: 3, Label: say("Visit 3", "Besøk 3")}}
	return []Figure{
		{Source: say("Made-up data.", "Oppdiktede data."), Chart: chart.Line{
			Frame: frame("line", "Mean score by visit", "Gjennomsnittlig skår per besøk", "Points are means, bars are 95% confidence intervals.", "Punktene er gjennomsnitt, strekene er 95 % konfidensintervall."),
			X:     chart.Axis{Label: say("Visit", "Besøk"), Ticks: visits}, Y: chart.Axis{Label: say("Score", "Skår"), Decimals: 1},
			Series: []chart.Series{
				{Name: a, Points: []chart.Point{chart.Between(0, 43.8, 41.9, 45.7), chart.Between(1, 33.1, 30.4, 35.8), chart.Between(2, 25.2, 22.0, 28.4), chart.Between(3, 19.6, 16.1, 23.1)}},
				{Name: b, Points: []chart.Point{chart.Between(0, 44.2, 42.1, 46.3), chart.Between(1, 38.5, 35.7, 41.3), chart.Between(2, 33.6, 30.4, 36.8), chart.Between(3, 30.1, 26.4, 33.8)}},
			}}},
		{Chart: chart.Trend{
			Frame:       frame("trend", "Blood pressure through the day", "Blodtrykk gjennom dagen", "One value is over the limit; one was not measured.", "Én verdi er over grensen; én ble ikke målt."),
			X:           chart.Axis{Label: say("Hours since start", "Timer siden start")},
			Y:           chart.Axis{Label: "mmHg"},
			Series:      []chart.Series{{Name: say("Systolic", "Systolisk"), Points: systolic}, {Name: say("Diastolic", "Diastolisk"), Points: diastolic}},
			Limits:      []chart.Limit{{At: 160, Label: say("Limit 160", "Grense 160")}},
			Events:      []chart.Event{{At: 0, Label: say("Start", "Start")}, {At: 120, Label: say("Second part", "Andre del")}},
			BreachLabel: say("Over limit", "Over grensen")}},
		{Chart: chart.Bars{
			Frame: frame("bars", "Response and remission", "Respons og remisjon", "Share of people in per cent.", "Andel i prosent."), GroupLabel: say("Result", "Resultat"),
			Groups: []string{say("Response", "Respons"), say("No longer a diagnosis", "Ikke lenger diagnose"), say("Remission", "Remisjon")}, Y: chart.Axis{Label: say("Per cent", "Prosent"), Max: 100}, Values: true,
			Series: []chart.BarSeries{{Name: a, Values: []float64{86, 71, 46}}, {Name: b, Values: []float64{69, 48, 21}}}}},
		{Chart: chart.Cumulative{
			Frame: frame("cumulative", "People enrolled", "Inkluderte", "Steps show people, the dashed line the plan.", "Trinnene viser personer, den stiplede linjen planen."),
			X:     chart.Axis{Label: say("Date", "Dato"), Kind: chart.Dates}, Y: chart.Axis{Label: say("People", "Personer")},
			Series: []chart.Series{{Name: say("Enrolled", "Inkludert"), Points: seen}, {Name: say("Plan", "Plan"), Points: plan, Straight: true}}}},
		{Chart: chart.Forest{
			Frame:     frame("forest", "Difference between groups, by study", "Forskjell mellom gruppene, per studie", "Squares are studies, sized by weight; the diamond is all together.", "Firkantene er studier, størrelsen er vekten; ruten er alle samlet."),
			LabelHead: say("Study", "Studie"), EstimateHead: say("Difference (95% CI)", "Forskjell (95 % KI)"), WeightHead: say("Weight", "Vekt"),
			X: chart.Axis{Label: say("Standardised mean difference", "Standardisert gjennomsnittsforskjell")}, Below: say("Favours A", "Taler for A"), Above: say("Favours B", "Taler for B"),
			Rows: []chart.ForestRow{
				{Label: "Alfa 2019", Estimate: -1.12, Lo: -1.82, Hi: -0.42, Weight: 18},
				{Label: "Beta 2021", Estimate: -0.91, Lo: -1.35, Hi: -0.47, Weight: 44},
				{Label: "Gamma 2023", Estimate: -0.45, Lo: -0.93, Hi: 0.03, Weight: 38},
				{Label: say("All together", "Samlet"), Estimate: -0.77, Lo: -1.06, Hi: -0.48, Weight: math.NaN(), Pooled: true},
			}}},
		{Chart: chart.Flow{
			Frame: frame("flow", "Participant flow", "Deltakerflyt", "From first contact to the end of the study.", "Fra første kontakt til studiens slutt."), StageHead: say("Stage", "Trinn"), BoxHead: say("Numbers", "Antall"),
			Trunk: []chart.Stage{
				{Box: chart.Box{Title: say("Assessed for eligibility", "Vurdert for deltakelse"), Lines: []string{"n = 131"}}, Aside: &chart.Box{Title: say("Excluded", "Ekskludert"), Lines: []string{"n = 27", say("did not meet the criteria: 19", "oppfylte ikke kravene: 19"), say("declined: 8", "takket nei: 8")}}},
				{Box: chart.Box{Title: say("Randomised", "Randomisert"), Lines: []string{"n = 104"}}},
			},
			Branches: []chart.Branch{
				{Name: a, Boxes: []chart.Box{{Title: a, Lines: []string{"n = 53"}}, {Title: say("Left early", "Avsluttet tidlig"), Lines: []string{"n = 2"}}, {Title: say("Analysed", "Analysert"), Lines: []string{"n = 53"}}}},
				{Name: b, Boxes: []chart.Box{{Title: b, Lines: []string{"n = 51"}}, {Title: say("Left early", "Avsluttet tidlig"), Lines: []string{"n = 7", say("moved away: 2", "flyttet: 2")}}, {Title: say("Analysed", "Analysert"), Lines: []string{"n = 51"}}}},
			}}},
	}
}
