package report

import (
	"fmt"
	"strings"

	"varde/analysis"
)

func (b *builder) stats() {
	f := b.r.Flow
	add := func(label, value, note string) { b.page.Stats = append(b.page.Stats, Stat{label, value, note}) }
	add(b.say("Assessed", "Vurdert"), fmt.Sprint(f.Assessed), "")
	add(b.entered(), fmt.Sprint(f.Entered), "")
	e, v := mainVisit(b.r)
	if v == nil {
		return
	}
	label := e.Text.In(b.lang)
	for _, c := range v.Against {
		note := join(b.say("difference in mean change,", "forskjell i gjennomsnittlig endring,"), b.groupName(c.Arm), b.say("against", "mot"), b.groupName(c.Control)+";", b.publishedMean(c.Published, decimals))
		add(label, b.estimateText(c.Difference, decimals).Text, strings.TrimSuffix(note, ";"))
	}
	if len(v.Against) == 0 && len(v.Groups) == 1 && v.Groups[0].Change != nil {
		m := *v.Groups[0].Change
		add(label, b.estimateText(m.Estimate, decimals).Text, join(b.say("mean change;", "gjennomsnittlig endring;"), fmt.Sprintf("n = %d", m.N)))
	}
}

func (b *builder) entered() string {
	if b.r.Flow.Randomised {
		return b.say("Randomised", "Randomisert")
	}
	return b.say("Enrolled", "Inkludert")
}

// mainVisit finds the primary endpoint at the visit of its comparison.
func mainVisit(r analysis.Result) (*analysis.EndpointResult, *analysis.VisitResult) {
	for i := range r.Endpoints {
		if r.Endpoints[i].Role != "primary" {
			continue
		}
		for v := range r.Endpoints[i].Visits {
			if r.Endpoints[i].Visits[v].Main {
				return &r.Endpoints[i], &r.Endpoints[i].Visits[v]
			}
		}
	}
	return nil, nil
}

func (b *builder) baseline() {
	if len(b.r.Baseline) == 0 {
		return
	}
	heads := append([]string{b.say("Characteristic", "Kjennetegn")}, b.groupNames()...)
	if len(b.r.Groups) > 1 {
		heads = append(heads, b.say("Total", "Samlet"))
	}
	t := Table{Caption: b.say("Baseline, mean (SD) or number (%)", "Utgangspunkt, gjennomsnitt (SD) eller antall (%)"), Heads: heads,
		Note: b.say("Of all who entered. n counts those with a value; the rest is missing.", "Av alle som gikk inn. n teller dem med verdi; resten mangler.")}
	for _, row := range b.r.Baseline {
		cells := []Cell{{Text: row.Text.In(b.lang)}}
		for _, m := range row.Means {
			cells = append(cells, b.meanText(m, decimals))
		}
		for _, s := range row.Shares {
			cells = append(cells, b.shareText(s))
		}
		if row.Hidden {
			for range heads[1:] {
				cells = append(cells, Cell{Text: b.say("not shown", "vises ikke")})
			}
		}
		t.Rows = append(t.Rows, Row{Cells: cells})
	}
	b.add(Section{ID: "baseline", Title: b.say("Who took part", "Hvem som deltok"), Tables: []Table{t}})
}

func (b *builder) endpoints() {
	for i := range b.r.Endpoints {
		e := &b.r.Endpoints[i]
		s := Section{ID: "endpoint-" + e.ID, Title: b.role(e.Role) + ": " + e.Text.In(b.lang)}
		if e.Hidden {
			s.Text = []string{b.say("Not shown to your role before the study is unblinded.", "Vises ikke for din rolle før studien avblindes.")}
			b.add(s)
			continue
		}
		s.Text = []string{join(b.say("Population:", "Populasjon:"), b.population(e.Population)+".",
			b.say("Values as observed at each visit, described visit by visit: nothing is imputed or adjusted, and the planned model stands above. Intervals are 95% (Welch).",
				"Verdier slik de er observert ved hvert besøk, beskrevet besøk for besøk: ingenting er imputert eller justert, og den planlagte modellen står ovenfor. Intervallene er 95 % (Welch)."))}
		if (e.Role == "primary" || e.Role == "secondary") && observed(e) {
			s.Figures = append(s.Figures, b.endpointFigure(e))
		}
		s.Tables = append(s.Tables, b.endpointTable(e))
		if t := b.contrastTable(e); len(t.Rows) > 0 {
			s.Tables = append(s.Tables, t)
		}
		b.add(s)
	}
}

// observed says that there is at least one value to draw.
func observed(e *analysis.EndpointResult) bool {
	for _, v := range e.Visits {
		for _, g := range v.Groups {
			if g.Value.N > 0 {
				return true
			}
		}
	}
	return false
}

func (b *builder) role(role string) string {
	switch role {
	case "primary":
		return b.say("Main outcome", "Hovedutfall")
	case "secondary":
		return b.say("Secondary outcome", "Sekundært utfall")
	case "safety":
		return b.say("Safety outcome", "Sikkerhetsutfall")
	}
	return b.say("Exploratory outcome", "Utforskende utfall")
}

func (b *builder) endpointTable(e *analysis.EndpointResult) Table {
	t := Table{Caption: b.say("By visit and group: mean (SD)", "Per besøk og gruppe: gjennomsnitt (SD)"),
		Heads: []string{b.say("Visit, group", "Besøk, gruppe"), b.say("Value", "Verdi"), b.say("Change from baseline", "Endring fra utgangspunktet"), b.say("Missing", "Mangler")}}
	for _, v := range e.Visits {
		for g, c := range v.Groups {
			change := Cell{}
			if c.Change != nil {
				change = b.meanText(*c.Change, decimals)
			}
			if c.Effect.Value != nil {
				change.Sub = join(change.Sub, b.say("standardised", "standardisert"), b.estimateText(c.Effect, 2).Text)
			}
			t.Rows = append(t.Rows, Row{Strong: v.Main, Cells: []Cell{
				{Text: b.visit(v.Title.In(b.lang), v.Visit, v.Week), Sub: b.group(g)}, b.meanText(c.Value, decimals), change, b.missingText(c)}})
		}
	}
	return t
}

func (b *builder) missingText(c analysis.GroupVisit) Cell {
	m := c.Missing
	cell := Cell{Text: fmt.Sprintf("%d/%d", m.Total, c.N)}
	var why []string
	for _, x := range []struct {
		n  int
		en string
		nb string
	}{{m.Left, "left", "gått ut"}, {m.Missed, "visit missed", "besøk uteblitt"}, {m.Unrated, "held, no score", "holdt, uten skår"}, {m.Ahead, "not held yet", "ikke holdt ennå"}} {
		if x.n > 0 {
			why = append(why, fmt.Sprintf("%d %s", x.n, b.say(x.en, x.nb)))
		}
	}
	cell.Sub = strings.Join(why, ", ")
	return cell
}

func (b *builder) contrastTable(e *analysis.EndpointResult) Table {
	t := Table{Caption: b.say("Difference between groups, with 95% confidence interval", "Forskjell mellom gruppene, med 95 % konfidensintervall"),
		Heads: []string{b.say("Visit", "Besøk"), b.say("Difference of mean change", "Forskjell i gjennomsnittlig endring"), b.say("Standardised (Hedges g)", "Standardisert (Hedges g)")}}
	if !e.Change {
		t.Heads[1] = b.say("Difference of means", "Forskjell i gjennomsnitt")
	}
	for _, v := range e.Visits {
		for _, c := range v.Against {
			d := b.estimateText(c.Difference, decimals)
			d.Sub = join(d.Sub, b.publishedMean(c.Published, decimals))
			t.Rows = append(t.Rows, Row{Strong: v.Main, Cells: []Cell{
				{Text: b.visit(v.Title.In(b.lang), v.Visit, v.Week), Sub: b.groupName(c.Arm) + b.say(" against ", " mot ") + b.groupName(c.Control)}, d, b.estimateText(c.Effect, 2)}})
		}
	}
	return t
}

func (b *builder) responders() {
	if len(b.r.Responders) == 0 {
		return
	}
	s := Section{ID: "responders", Title: b.say("Response and remission", "Respons og remisjon"), Text: []string{b.say(
		"Of those whose answer is known at the visit: a missing value is counted neither as a yes nor as a no. Intervals are 95% (Wilson; differences after Newcombe).",
		"Av dem med kjent svar ved besøket: en manglende verdi telles verken som ja eller nei. Intervallene er 95 % (Wilson; forskjeller etter Newcombe).")}}
	if f, ok := b.responderFigure(); ok {
		s.Figures = append(s.Figures, f)
	}
	for _, d := range b.r.Responders {
		t := Table{Caption: d.Text.In(b.lang), Heads: append([]string{b.say("Visit", "Besøk")}, b.groupNames()...)}
		if len(b.r.Groups) > 1 {
			t.Heads = append(t.Heads, b.say("Difference, percentage points", "Forskjell, prosentpoeng"), b.say("Risk ratio", "Relativ risiko"))
		}
		for _, v := range d.Visits {
			cells := []Cell{{Text: b.visit(v.Title.In(b.lang), v.Visit, v.Week)}}
			for g, x := range v.Groups {
				c := b.shareText(x)
				if v.Undecided[g] > 0 {
					c.Sub = join(c.Sub, fmt.Sprintf(b.say("(%d not known)", "(%d ukjent)"), v.Undecided[g]))
				}
				cells = append(cells, c)
			}
			for i, c := range v.Against {
				if i == 0 { // further arms stand in the data file
					cells = append(cells, b.percentPoints(c.Difference), b.estimateText(c.Ratio, 2))
				}
			}
			t.Rows = append(t.Rows, Row{Strong: v.Main, Cells: cells})
		}
		s.Tables = append(s.Tables, t)
	}
	b.add(s)
}

func (b *builder) guesses() {
	if len(b.r.Guesses) == 0 {
		return
	}
	s := Section{ID: "guesses", Title: b.say("Guesses of the group", "Gjetninger om gruppe"), Text: []string{b.say(
		"The last guess of each. Where most guess right, they were in effect not blinded, and hopes and disappointment may have moved the ratings.",
		"Den siste gjetningen for hver. Når de fleste gjetter rett, var de i praksis ikke blindet, og håp og skuffelse kan ha påvirket vurderingene.")}}
	for _, g := range b.r.Guesses {
		t := Table{Caption: guessers[g.Who].In(b.lang), Heads: append([]string{b.say("Guess", "Gjetning")}, b.groupNames()...)}
		for _, a := range g.Answers {
			cells := []Cell{{Text: a.Text.In(b.lang)}}
			for _, x := range a.Groups {
				cells = append(cells, b.shareText(x))
			}
			t.Rows = append(t.Rows, Row{Cells: cells})
		}
		missing := []Cell{{Text: b.say("No guess recorded", "Ingen gjetning ført")}}
		for _, n := range g.Missing {
			missing = append(missing, Cell{Text: fmt.Sprint(n)})
		}
		t.Rows = append(t.Rows, Row{Cells: missing})
		if len(g.Bang) > 0 {
			bang := []Cell{{Text: b.say("Bang's index", "Bangs indeks"), Sub: b.say("0 as by chance, 1 all right, −1 all wrong", "0 som ved tilfeldighet, 1 alle rett, −1 alle feil")}}
			for _, x := range g.Bang {
				bang = append(bang, b.estimateText(x, 2))
			}
			t.Rows = append(t.Rows, Row{Cells: bang})
		}
		if g.James != nil && g.James.Value != nil {
			t.Note = b.say("James's index of the study: ", "James' indeks for studien: ") + b.estimateText(*g.James, 2).Text + b.say(". 0.5 is as by chance, 0 everybody right, 1 nobody claims to know.", ". 0,5 er som ved tilfeldighet, 0 alle rett, 1 ingen mener å vite.")
		}
		s.Tables = append(s.Tables, t)
	}
	b.add(s)
}

func (b *builder) completeness() {
	c := b.r.Completeness
	t := Table{Caption: b.say("Of all who entered", "Av alle som gikk inn"), Heads: []string{b.say("What", "Hva"), b.say("Number", "Antall")}}
	add := func(en, nb, value string) {
		t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: b.say(en, nb)}, {Text: value}}})
	}
	add("Participants", "Deltakere", fmt.Sprint(c.Participants))
	add("Visits held", "Besøk holdt", fmt.Sprint(c.VisitsHeld))
	add("Visits missed", "Besøk uteblitt", fmt.Sprint(c.VisitsMissed))
	add("Visits out of window or missed", "Besøk utenfor vindu eller uteblitt", fmt.Sprint(c.VisitsOut))
	add("Required forms complete, of visits held", "Påkrevde skjemaer komplette, av besøk holdt", fmt.Sprintf("%d/%d", c.FormsDone, c.FormsDue))
	add("Required items missing", "Påkrevde svar som mangler", fmt.Sprint(c.MissingItems))
	add("Open queries", "Åpne spørsmål", fmt.Sprint(c.Queries))
	add("Deviations from the protocol", "Avvik fra protokollen", fmt.Sprint(c.Deviations))
	s := Section{ID: "completeness", Title: b.say("Completeness of the data", "Hvor fullstendige dataene er"), Tables: []Table{t}}
	if len(c.Primary) > 0 {
		p := Table{Caption: b.say("Main outcome there, of all who entered", "Hovedutfallet foreligger, av alle som gikk inn"), Heads: append([]string{b.say("Visit", "Besøk")}, b.groupNames()...)}
		for _, v := range c.Primary {
			cells := []Cell{{Text: v.Visit}}
			for g := range v.Of {
				cells = append(cells, Cell{Text: fmt.Sprintf("%d/%d", v.Observed[g], v.Of[g])})
			}
			p.Rows = append(p.Rows, Row{Cells: cells})
		}
		s.Tables = append(s.Tables, p)
	}
	b.add(s)
}
