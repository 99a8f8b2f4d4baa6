package report

import (
	"fmt"

	"varde/analysis"
	"varde/chart"
)

// maxReasons in a box of the figure; the table beside it holds all.
const maxReasons = 6

func (b *builder) flow() {
	f := b.r.Flow
	n := func(x int) string { return fmt.Sprintf("n = %d", x) }
	excluded := chart.Box{Title: b.say("Excluded", "Ekskludert"), Lines: []string{n(f.Excluded)}}
	t := Table{Caption: b.say("Reasons for exclusion", "Grunner til eksklusjon"),
		Heads: []string{b.say("Where and why", "Hvor og hvorfor"), b.say("People", "Personer")},
		Note:  b.say("One person may have several reasons.", "Én person kan ha flere grunner.")}
	for _, e := range f.Exclusions {
		excluded.Lines = append(excluded.Lines, fmt.Sprintf("%s: %d", b.gate(e), e.N))
		t.Rows = append(t.Rows, Row{Strong: true, Cells: []Cell{{Text: b.gate(e)}, {Text: fmt.Sprint(e.N)}}})
		for _, r := range e.Reasons {
			name := r.Text.In(b.lang)
			if name != r.ID {
				name = r.ID + ": " + name
			}
			t.Rows = append(t.Rows, Row{Cells: []Cell{{Text: name}, {Text: fmt.Sprint(r.N)}}})
		}
	}
	if f.Withdrew > 0 {
		excluded.Lines = append(excluded.Lines, fmt.Sprintf("%s: %d", b.say("withdrew or lost before", "trakk seg eller falt fra før"), f.Withdrew))
	}
	if f.Pending > 0 {
		excluded.Lines = append(excluded.Lines, fmt.Sprintf("%s: %d", b.say("still being assessed", "vurderes fortsatt"), f.Pending))
	}
	if f.Withdrew+f.Pending > 0 {
		excluded.Title = b.say("Did not go on", "Gikk ikke videre")
	}
	fig := chart.Flow{
		Frame: chart.Frame{ID: "flow", Lang: b.lang, Title: b.say("Participant flow", "Deltakerflyt"),
			Desc: b.say("From first contact to analysis, as CONSORT 2025 asks for.", "Fra første kontakt til analyse, slik CONSORT 2025 ber om.")},
		StageHead: b.say("Stage", "Trinn"), BoxHead: b.say("Numbers", "Antall"),
		Trunk: []chart.Stage{
			{Box: chart.Box{Title: b.say("Assessed for eligibility", "Vurdert for deltakelse"), Lines: []string{n(f.Assessed), fmt.Sprintf("%s: %d", b.say("consented", "samtykket"), f.Consented)}}, Aside: &excluded},
			{Box: chart.Box{Title: b.entered(), Lines: []string{n(f.Entered)}}},
		},
	}
	for i, g := range f.Groups {
		fig.Branches = append(fig.Branches, chart.Branch{Name: b.group(i), Boxes: b.armBoxes(i, g)})
	}
	s := Section{ID: "flow", Title: b.say("Participant flow", "Deltakerflyt"), Figures: []Figure{{Chart: fig}}}
	if f.Unassigned > 0 {
		s.Text = append(s.Text, fmt.Sprintf(b.say("%d who entered have no known arm.", "%d som gikk inn, har ingen kjent gruppe."), f.Unassigned))
	}
	if len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	b.add(s)
}

// gate says where people were excluded; a gate is named after what passing it gives.
func (b *builder) gate(e analysis.Exclusion) string {
	if e.Gate == analysis.Prescreening {
		return e.Text.In(b.lang)
	}
	return b.say("Not passed: ", "Ikke passert: ") + e.Text.In(b.lang)
}

func (b *builder) armBoxes(i int, g analysis.FlowGroup) []chart.Box {
	line := func(en, nb string, n int) string { return fmt.Sprintf("%s: %d", b.say(en, nb), n) }
	allocated := chart.Box{Title: b.group(i), Lines: []string{fmt.Sprintf("n = %d", g.Allocated),
		line("received at least one dose", "fikk minst én dose", g.Received), line("received none", "fikk ingen", g.Allocated-g.Received)}}
	for n := 1; n < len(g.Sessions); n++ {
		allocated.Lines = append(allocated.Lines, fmt.Sprintf("%s %d: %d", b.say("dosing sessions", "doseringsøkter"), n, g.Sessions[n]))
	}
	follow := chart.Box{Title: b.say("Follow-up", "Oppfølging"), Lines: []string{line("stopped treatment", "stanset behandlingen", g.Stopped)}}
	follow.Lines = append(follow.Lines, b.reasons(g.StoppedBy)...)
	follow.Lines = append(follow.Lines, line("withdrew", "trakk seg", g.Withdrew))
	follow.Lines = append(follow.Lines, b.reasons(g.WithdrewBy)...)
	follow.Lines = append(follow.Lines, line("lost", "falt fra", g.Lost), line("completed", "fullførte", g.Completed))
	if g.Ongoing > 0 {
		follow.Lines = append(follow.Lines, line("still taking part", "deltar fortsatt", g.Ongoing))
	}
	analysed := chart.Box{Title: b.say("Analysed", "Analysert")}
	for _, a := range g.Analysed {
		analysed.Lines = append(analysed.Lines, fmt.Sprintf("%s: %d", b.population(a.Population), a.N))
	}
	if e, v := mainVisit(b.r); v != nil && i < len(v.Groups) {
		analysed.Lines = append(analysed.Lines, fmt.Sprintf(b.say("of them with %s at the main visit: %d", "av dem med %s ved hovedbesøket: %d"), e.Text.In(b.lang), v.Groups[i].Value.N))
	}
	return []chart.Box{allocated, follow, analysed}
}

func (b *builder) reasons(list []analysis.Reason) []string {
	var out []string
	for i, r := range list {
		if i == maxReasons {
			return append(out, "…")
		}
		out = append(out, fmt.Sprintf("– %s: %d", r.Text.In(b.lang), r.N))
	}
	return out
}
