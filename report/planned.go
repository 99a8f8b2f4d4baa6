package report

import (
	"fmt"
	"slices"
	"strings"

	"varde/analysis"
	"varde/chart"
	"varde/chart/numeral"
)

// planned shows what the plan's models say, in the order in which the plan tests them,
// then what the answer hangs on.
func (b *builder) planned() {
	if len(b.r.Planned) == 0 {
		return
	}
	s := Section{ID: "plan", Title: b.say("The planned analysis", "Den planlagte analysen")}
	s.Tables = append(s.Tables, b.plannedTable())
	if t := b.orderTable(); len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	for i := range b.r.Planned {
		m := &b.r.Planned[i]
		if m.State == "run" && m.Main && !m.Shares && len(m.Means) > 0 {
			s.Tables = append(s.Tables, b.meansTable(m))
		}
	}
	b.add(s)
	b.sensitivity()
	b.subgroups()
}

// plannedTable is each model with its answer at the main visit.
func (b *builder) plannedTable() Table {
	t := Table{Caption: b.say("Models named in the plan", "Modeller i planen"),
		Heads: []string{b.say("Model", "Modell"), b.say("Question", "Spørsmål"), b.say("Answer at the main visit", "Svar ved hovedbesøket"), b.say("How", "Hvordan")}}
	for i := range b.r.Planned {
		m := &b.r.Planned[i]
		answer, how := Cell{}, Cell{Text: b.howText(m), Sub: strings.Join(m.Steps, " · ")}
		switch m.State {
		case "run":
			answer = b.answer(m)
		case "blinded":
			answer.Text = b.say("Not run before the study is unblinded", "Kjøres ikke før studien avblindes")
		case "failed":
			answer = Cell{Text: b.say("No answer", "Intet svar"), Sub: m.Reason}
		default:
			answer.Text = b.say("Not run: this version has no estimator of the method", "Ikke kjørt: denne versjonen har ingen estimator for metoden")
		}
		t.Rows = append(t.Rows, Row{Strong: m.Main, Cells: []Cell{{Text: m.Model, Sub: m.Method}, {Text: m.Text.In(b.lang), Sub: b.strategy(m.Strategy)}, answer, how}})
	}
	return t
}

func (b *builder) strategy(s string) string {
	switch s {
	case "treatment-policy":
		return b.say("treatment policy: every value counts", "behandlingspolitikk: alle verdier teller")
	case "hypothetical":
		return b.say("hypothetical: as if the events had not happened", "hypotetisk: som om hendelsene ikke hadde skjedd")
	}
	return s
}

// howText is the covariance, the degrees of freedom and how much went in.
func (b *builder) howText(m *analysis.PlannedResult) string {
	var parts []string
	if m.Covariance != "" {
		parts = append(parts, m.Covariance)
	}
	if m.Freedom != "" {
		parts = append(parts, m.Freedom)
	}
	if m.Subjects > 0 {
		parts = append(parts, fmt.Sprintf(b.say("%d people, %d values", "%d personer, %d verdier"), m.Subjects, m.Observations))
	}
	return strings.Join(parts, "; ")
}

// answer is the contrasts at the main visit.
func (b *builder) answer(m *analysis.PlannedResult) Cell {
	var lines, tests []string
	for i := range m.Contrasts {
		c := &m.Contrasts[i]
		if !c.Main && c.Test.SE > 0 {
			continue
		}
		line := b.estimateText(c.Estimate, 2).Text
		if m.Shares {
			line = b.percentPoints(c.Estimate).Text + b.say(" percentage points", " prosentpoeng")
		}
		lines = append(lines, b.versus(c)+": "+line)
		if x := b.testText(c); x != "" {
			tests = append(tests, x)
		}
	}
	return Cell{Text: strings.Join(lines, "; "), Sub: strings.Join(tests, "; ")}
}

func (b *builder) versus(c *analysis.ModelContrast) string {
	name := b.groupName(c.Arm)
	if c.Control != "" {
		name += b.say(" against ", " mot ") + b.groupName(c.Control)
	}
	return name
}

// testText is "z = −2.03, p = 0.042", or "t(89.3) = −3.91, p < 0.001; standardised −0.81".
func (b *builder) testText(c *analysis.ModelContrast) string {
	if c.Test.SE <= 0 {
		return ""
	}
	of := "z"
	if c.Estimate.Freedom > 0 {
		of = "t(" + b.number(c.Estimate.Freedom, 1) + ")"
	}
	t := fmt.Sprintf("%s = %s, %s", of, b.number(c.Test.Statistic, 2), b.pText(c.Test.P))
	if c.Standardised != nil {
		t += "; " + b.say("standardised ", "standardisert ") + b.number(*c.Standardised, 2)
	}
	return t
}

func (b *builder) orderTable() Table {
	t := Table{Caption: b.say("The plan's testing order", "Planens testrekkefølge"),
		Heads: []string{b.say("Outcome", "Utfall"), "p", b.say("Decision", "Avgjørelse")},
		Note: b.say("One after the other, each at the full level, for as long as every one before was significant (fixed sequence).",
			"Etter tur, hver på fullt nivå, så lenge alle foran var signifikante (fast rekkefølge).")}
	for _, o := range b.r.Order {
		p, decision := numeral.Missing, b.say("no result", "intet resultat")
		if o.State != "no-result" {
			p = b.pText(o.P)
		}
		switch o.State {
		case "significant":
			decision = b.say("significant", "signifikant")
		case "not-significant":
			decision = b.say("not significant", "ikke signifikant")
		case "not-tested":
			decision = b.say("not tested: one before it was not significant", "ikke testet: en foran var ikke signifikant")
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: b.endpointName(o.Endpoint), Sub: o.Model}, {Text: p}, {Text: decision, Sub: b.say("level ", "nivå ") + b.number(o.Alpha, 3)}}})
	}
	return t
}

func (b *builder) endpointName(id string) string {
	for i := range b.r.Endpoints {
		if b.r.Endpoints[i].ID == id {
			return b.r.Endpoints[i].Text.In(b.lang)
		}
	}
	return id
}

// meansTable is adjusted means and differences by visit.
func (b *builder) meansTable(m *analysis.PlannedResult) Table {
	t := Table{Caption: b.say("Adjusted means by visit, ", "Justerte gjennomsnitt per besøk, ") + m.Model, Heads: []string{b.say("Visit", "Besøk")},
		Note: b.say("Least-squares means at the mean of covariates, over the other factors as they were observed.", "Minste kvadraters gjennomsnitt ved gjennomsnittet av kovariatene, over de andre faktorene slik de ble observert.")}
	var visits []string
	for _, x := range m.Means {
		if !slices.Contains(visits, x.Visit) {
			visits = append(visits, x.Visit)
		}
	}
	t.Heads = append(t.Heads, b.groupNames()...)
	if len(b.r.Groups) > 1 {
		t.Heads = append(t.Heads, b.say("Difference", "Forskjell"))
	}
	for _, v := range visits {
		row := Row{Cells: []Cell{{Text: b.visitName(v)}}}
		for _, g := range b.r.Groups {
			cell := Cell{Text: numeral.Missing}
			for _, x := range m.Means {
				if x.Visit == v && x.Arm == g.ID {
					cell = Cell{Text: b.estimateText(x.Estimate, 2).Text, Sub: fmt.Sprintf("n = %d", x.N)}
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		if len(b.r.Groups) > 1 {
			var lines, tests []string
			for i := range m.Contrasts {
				if c := &m.Contrasts[i]; c.Visit == v {
					row.Strong = c.Main
					lines = append(lines, b.estimateText(c.Estimate, 2).Text)
					tests = append(tests, b.testText(c))
				}
			}
			row.Cells = append(row.Cells, Cell{Text: strings.Join(lines, "; "), Sub: strings.Join(tests, "; ")})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (b *builder) visitName(id string) string {
	for i := range b.r.Endpoints {
		for _, v := range b.r.Endpoints[i].Visits {
			if v.Visit == id {
				return b.visit(v.Title.In(b.lang), v.Visit, v.Week)
			}
		}
	}
	return id
}

// sensitivity shows each analysis of the plan that asks what the answer hangs on.
func (b *builder) sensitivity() {
	if len(b.r.Sensitivity) == 0 {
		return
	}
	s := Section{ID: "sensitivity", Title: b.say("What the answer hangs on", "Hva svaret henger på")}
	main := b.mainContrast()
	for i := range b.r.Sensitivity {
		x := &b.r.Sensitivity[i]
		if x.State != "run" {
			s.Text = append(s.Text, x.Text.In(b.lang)+": "+b.stateText(x.State, x.Reason))
			continue
		}
		if x.Method == "site-excluded" || x.Method == "by-guess" {
			s.Figures = append(s.Figures, Figure{Chart: b.forest("sensitivity-"+x.ID, x.Text.In(b.lang), main, []lines{{"", x.Lines}}), Source: b.figureSource()})
			continue
		}
		s.Tables = append(s.Tables, b.variants(x.Text.In(b.lang), x.Lines))
	}
	b.add(s)
}

func (b *builder) stateText(state, reason string) string {
	switch {
	case state == "blinded":
		return b.say("not run before the study is unblinded.", "kjøres ikke før studien avblindes.")
	case reason != "":
		return reason + "."
	}
	return b.say("not run: this version has no estimator of the method.", "ikke kjørt: denne versjonen har ingen estimator for metoden.")
}

func (b *builder) subgroups() {
	if len(b.r.Subgroups) == 0 {
		return
	}
	s := Section{ID: "subgroups", Title: b.say("Subgroups", "Undergrupper"), Text: []string{b.say(
		"The main model within each level. Subgroups are small, several are looked at, and none of these differences was tested by the plan: they raise questions and answer none.",
		"Hovedmodellen innen hvert nivå. Undergrupper er små, flere ses på, og ingen av disse forskjellene ble testet etter planen: de reiser spørsmål og besvarer ingen.")}}
	var groups []lines
	for i := range b.r.Subgroups {
		x := &b.r.Subgroups[i]
		title := x.Text.In(b.lang)
		if x.State != "run" {
			s.Text = append(s.Text, title+": "+b.stateText(x.State, x.Reason))
			continue
		}
		if x.Interaction != nil {
			title += " (" + b.say("interaction ", "samspill ") + b.pText(*x.Interaction) + ")"
		}
		groups = append(groups, lines{title, x.Levels})
	}
	if len(groups) > 0 {
		s.Figures = append(s.Figures, Figure{Chart: b.forest("subgroups", b.say("Difference at the main visit by subgroup", "Forskjell ved hovedbesøket per undergruppe"), b.mainContrast(), groups), Source: b.figureSource()})
	}
	b.add(s)
}

// mainContrast answers the primary estimand's contrast at the main visit, nil when
// there is none.
func (b *builder) mainContrast() *analysis.ModelContrast {
	for i := range b.r.Planned {
		m := &b.r.Planned[i]
		for j := range m.Contrasts {
			if m.State == "run" && m.Main && !m.Shares && m.Contrasts[j].Main && m.Contrasts[j].Control != "" {
				return &m.Contrasts[j]
			}
		}
	}
	return nil
}

// lines are the rows of a forest plot under one heading.
type lines struct {
	title string
	rows  []analysis.Variant
}

func (b *builder) forest(id, title string, main *analysis.ModelContrast, groups []lines) chart.Chart {
	f := chart.Forest{Frame: chart.Frame{ID: id, Lang: b.lang, Title: title,
		Desc: b.say("Difference at the main visit with its 95% confidence interval, one row each; in brackets how many values of each group.", "Forskjell ved hovedbesøket med 95 % konfidensintervall, én rad for hver; i parentes hvor mange verdier i hver gruppe.")},
		X:         chart.Axis{Label: b.say("Difference", "Forskjell"), Decimals: decimals},
		LabelHead: b.say("Group", "Gruppe"), EstimateHead: b.say("Difference (95% CI)", "Forskjell (95 % KI)")}
	add := func(label string, c *analysis.ModelContrast, pooled bool) {
		if c == nil || c.Estimate.Value == nil || c.Estimate.Lower == nil {
			return
		}
		f.Rows = append(f.Rows, chart.ForestRow{Label: label, Estimate: *c.Estimate.Value, Lo: *c.Estimate.Lower, Hi: *c.Estimate.Upper, Pooled: pooled})
	}
	for _, g := range groups {
		if g.title != "" {
			f.Rows = append(f.Rows, chart.ForestRow{Label: g.title, Heading: true})
		}
		for _, v := range g.rows {
			add(b.levelName(v)+b.counted(v.Contrast), v.Contrast, false)
		}
	}
	add(b.say("All", "Alle"), main, true)
	return f
}

// counted is how many values stand behind a row, arm and control.
func (b *builder) counted(c *analysis.ModelContrast) string {
	if c == nil || len(c.N) != 2 {
		return ""
	}
	return fmt.Sprintf(" (%d, %d)", c.N[0], c.N[1])
}

func (b *builder) levelName(v analysis.Variant) string {
	if t := v.Text.In(b.lang); t != "" {
		return t
	}
	return v.Level
}

func (b *builder) variants(caption string, rows []analysis.Variant) Table {
	t := Table{Caption: caption, Heads: []string{b.say("Group", "Gruppe"), "n", b.say("Difference at the main visit", "Forskjell ved hovedbesøket")}}
	for _, v := range rows {
		n, cell := "", Cell{Text: numeral.Missing, Sub: v.Why}
		if c := v.Contrast; c != nil {
			parts := make([]string, len(c.N))
			for i := range c.N {
				parts[i] = fmt.Sprint(c.N[i])
			}
			n, cell = strings.Join(parts, b.say(" against ", " mot ")), Cell{Text: b.estimateText(c.Estimate, 2).Text, Sub: b.testText(c)}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: b.levelName(v)}, {Text: n}, cell}})
	}
	return t
}
