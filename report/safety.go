package report

import (
	"fmt"

	"varde/analysis"
	"varde/chart/numeral"
)

func (b *builder) adverse() {
	a := b.r.Adverse
	s := Section{ID: "adverse", Title: b.say("Adverse events", "Uønskede hendelser")}
	if a.Hidden {
		s.Text = []string{b.say("Not shown to your role before the study is unblinded.", "Vises ikke for din rolle før studien avblindes.")}
		b.add(s)
		return
	}
	s.Text = []string{b.say(
		"Participants with at least one dose; events from the first dose on. The solicited list asks about every effect each time and finds more than the log alone, so its counts must not be compared with trials that waited for reports.",
		"Deltakere med minst én dose; hendelser fra første dose. Den faste listen spør om hver virkning hver gang og finner mer enn loggen alene, så tallene må ikke sammenlignes med studier som ventet på at noen meldte fra.")}
	for g, n := range a.N {
		s.Text = append(s.Text, fmt.Sprintf(b.say("%s: %d treated, %d with at least one solicited list.", "%s: %d behandlet, %d med minst én fast liste."), b.group(g), n, a.Asked[g]))
	}
	if a.Earlier > 0 {
		s.Text = append(s.Text, fmt.Sprintf(b.say("%d events began before the first dose and are not counted.", "%d hendelser begynte før første dose og er ikke talt med."), a.Earlier))
	}
	if len(a.Terms) > 0 {
		s.Figures = append(s.Figures, b.adverseFigure())
	}
	kindName := func(r analysis.AdverseRow) string { return adverseKinds[r.ID].In(b.lang) }
	termName := func(r analysis.AdverseRow) string { return r.Text.In(b.lang) }
	s.Tables = append(s.Tables,
		b.adverseTable(b.say("Participants with at least one event", "Deltakere med minst én hendelse"), a.Totals, kindName),
		b.adverseTable(b.say("By event", "Etter hendelse"), a.Terms, termName))
	b.add(s)
}

func (b *builder) adverseTable(caption string, rows []analysis.AdverseRow, name func(analysis.AdverseRow) string) Table {
	t := Table{Caption: caption, Heads: append([]string{b.say("Event", "Hendelse")}, b.groupNames()...)}
	if len(b.r.Groups) > 1 {
		t.Heads = append(t.Heads, b.say("Difference, percentage points (95% CI)", "Forskjell, prosentpoeng (95 % KI)"))
	}
	for _, r := range rows {
		cells := []Cell{{Text: name(r)}}
		for _, c := range r.Groups {
			cell := b.shareText(c.Share)
			counts := fmt.Sprintf(b.say("log %d, list %d, severe %d, serious %d", "logg %d, liste %d, kraftig %d, alvorlig %d"), c.Logged, c.Solicited, c.Severe, c.Serious)
			if cell.Sub != "" {
				counts += "; " + cell.Sub
			}
			cell.Sub = counts
			cells = append(cells, cell)
		}
		if len(r.Against) > 0 {
			cells = append(cells, b.percentPoints(r.Against[0].Difference))
		}
		t.Rows = append(t.Rows, Row{Cells: cells})
	}
	t.Note = b.say("Log and list count events and answers; severe and serious count participants.", "Logg og liste teller hendelser og svar; kraftig og alvorlig teller deltakere.")
	return t
}

func (b *builder) vitals() {
	if len(b.r.Vitals) == 0 {
		return
	}
	s := Section{ID: "vitals", Title: b.say("Vital signs in the sessions", "Vitale mål i øktene"), Text: []string{b.say(
		"All sessions with a dose together. Values are counted once for each session and half hour.",
		"Alle økter med dose samlet. Verdiene telles én gang for hver økt og halvtime.")}}
	extremes := Table{Caption: b.say("Highest value of each session after the dose: mean (SD), maximum", "Høyeste verdi i hver økt etter dosen: gjennomsnitt (SD), maksimum"),
		Heads: append([]string{b.say("Measurement", "Mål")}, b.groupNames()...)}
	outliers := Table{Caption: b.say("Sessions, and participants, with a value past a limit after the dose", "Økter, og deltakere, med en verdi over en grense etter dosen"),
		Heads: append([]string{b.say("Limit", "Grense")}, b.groupNames()...)}
	for i := range b.r.Vitals {
		v := &b.r.Vitals[i]
		if len(v.Times) > 0 {
			s.Figures = append(s.Figures, b.vitalFigure(v))
		}
		cells := []Cell{{Text: v.Text.In(b.lang), Sub: unit(v.Unit)}}
		for _, x := range v.Extremes {
			cells = append(cells, b.spreadText(x))
		}
		extremes.Rows = append(extremes.Rows, Row{Cells: cells})
		for _, o := range v.Outliers {
			cells := []Cell{{Text: fmt.Sprintf("%s %s %s", v.Text.In(b.lang), o.Compare, b.number(o.Limit, 0)), Sub: unit(v.Unit)}}
			for g := range o.Sessions {
				c := b.shareText(o.Sessions[g])
				people := fmt.Sprintf(b.say("participants %d/%d", "deltakere %d/%d"), o.Participants[g].Events, o.Participants[g].N)
				if c.Sub != "" {
					people += "; " + c.Sub
				}
				c.Sub = people
				cells = append(cells, c)
			}
			outliers.Rows = append(outliers.Rows, Row{Cells: cells})
		}
	}
	s.Tables = append(s.Tables, extremes, outliers)
	b.add(s)
}

func (b *builder) spreadText(x analysis.VitalSpread) Cell {
	if x.Mean == nil {
		return Cell{Text: numeral.Missing, Sub: b.why("no-data")}
	}
	t := b.number(*x.Mean, 1)
	if x.SD != nil {
		t += " (" + b.number(*x.SD, 1) + ")"
	}
	return Cell{Text: t + ", " + b.number(*x.Max, 1), Sub: fmt.Sprintf(b.say("%d sessions", "%d økter"), x.N)}
}
