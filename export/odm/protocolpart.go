package odm

import (
	"fmt"
	"slices"
	"strings"

	"varde/bilingual"
	"varde/protocol"
)

// protocol writes the element Protocol: what the study is, apart from its forms.
func (b *builder) protocol() {
	d := b.def
	p := &b.meta.Protocol
	p.Description = both(d.Summary)
	b.summary(p)
	for _, a := range d.Arms {
		p.Structure.Arms = append(p.Structure.Arms, named{oid("ARM", a.ID), a.ID, both(join(a.Title, a.Description))})
	}
	for i, e := range d.Epochs {
		p.Structure.Epochs = append(p.Structure.Epochs, epochOf{oid("EP", e.ID), e.ID, i + 1, both(e.Title)})
	}
	if v, ok := phases[d.Phase]; ok {
		p.Phase = &phase{v}
	} else if d.Kind != "trial" {
		p.Phase = &phase{"NOT APPLICABLE"}
	}
	p.Timings = b.timings()
	for _, a := range d.Arms {
		if p.Interventions == nil {
			p.Interventions = &interventions{}
		}
		p.Interventions.List = append(p.Interventions.List, intervention{oid("INT", a.ID), both(join(a.Title, a.Description))})
	}
	b.plan(p)
	b.criteria(p)
	contexts := map[string]bool{}
	for _, r := range d.Registry {
		context := r.Name + " (" + r.Role + ")"
		if r.Role == "own" {
			context = r.Name
		}
		// A context stands once; a further number of the same register is told apart.
		for n := 2; contexts[context]; n++ {
			context = fmt.Sprintf("%s (%s, %d)", r.Name, r.Role, n)
		}
		contexts[context] = true
		p.Aliases = append(p.Aliases, alias{context, r.ID})
	}
	p.Aliases = append(p.Aliases, alias{"Varde digest", d.Digest})
}

// join writes a title with what explains it.
func join(title, more bilingual.Text) bilingual.Text {
	one := func(a, b string) string {
		if a == "" || b == "" || a == b {
			return a + b
		}
		return strings.TrimSuffix(a, ".") + ". " + b
	}
	return bilingual.Text{EN: one(title.EN, more.EN), NB: one(title.NB, more.NB)}
}

var phases = map[string]string{
	"0": "PHASE 0 TRIAL", "1": "PHASE I TRIAL", "1/2": "PHASE I/II TRIAL", "2": "PHASE II TRIAL", "2a": "PHASE IIA TRIAL", "2b": "PHASE IIB TRIAL",
	"2/3": "PHASE II/III TRIAL", "3": "PHASE III TRIAL", "3a": "PHASE IIIA TRIAL", "3b": "PHASE IIIB TRIAL", "4": "PHASE IV TRIAL",
}

// summary are facts of the design that have no element of their own.
func (b *builder) summary(p *protocolPart) {
	d := b.def
	s := &summary{}
	add := func(id, term, value string) {
		if value == "" {
			return
		}
		x := parameter{OID: oid("TS", id), Term: term}
		x.Value.Value = value
		s.Parameters = append(s.Parameters, x)
	}
	add("KIND", "Kind of programme", d.Kind)
	add("SPONSOR", "Sponsor", d.Sponsor)
	if d.Analysis.SampleSize > 0 {
		add("SIZE", "Planned number of participants", fmt.Sprint(d.Analysis.SampleSize))
	}
	add("ARMS", "Number of arms", fmt.Sprint(len(d.Arms)))
	if a := d.Allocation; a != nil {
		var ratio, strata []string
		for _, arm := range d.Arms {
			ratio = append(ratio, fmt.Sprintf("%s %d", arm.ID, a.Ratio[arm.ID]))
		}
		for _, x := range a.Strata {
			strata = append(strata, x.Title.In("en"))
		}
		add("ALLOCATION", "Allocation", a.Method)
		add("RATIO", "Allocation ratio", strings.Join(ratio, " : "))
		add("STRATA", "Stratification factors", strings.Join(strata, "; "))
		// Block sizes are left out: who knows them can guess the next arm.
	}
	var blind []string
	for _, x := range d.Blinding {
		if slices.Contains(x.To, "arm") {
			blind = append(blind, x.Role)
		}
	}
	add("BLIND", "Blind to the arm", strings.Join(blind, ", "))
	if d.Analysis.Alpha > 0 {
		add("ALPHA", "Significance level", fmt.Sprintf("%v, %d-sided", d.Analysis.Alpha, d.Analysis.Sided))
	}
	if len(s.Parameters) > 0 {
		p.Summary = s
	}
}

var levels = map[string]string{"primary": "Primary", "secondary": "Secondary", "exploratory": "Exploratory"}

// plan writes endpoints, the population of the main estimand, and estimands.
func (b *builder) plan(p *protocolPart) {
	a := b.def.Analysis
	roles := map[string]string{}
	for _, x := range a.Endpoints {
		if p.EndPoints == nil {
			p.EndPoints = &endPoints{}
		}
		roles[x.ID] = levels[x.Role]
		p.EndPoints.List = append(p.EndPoints.List, endPoint{
			OID: oid("ENDPT", x.ID), Name: x.ID, Type: "Simple", Level: levels[x.Role], Description: both(x.Text),
			Formal: []expression{{"Varde endpoint", fmt.Sprintf("%s; baseline %s; visits %s; compared at %s; change from baseline %s", x.Score, x.Baseline, strings.Join(x.Visits, " "), x.At, yesNo(x.Change))}},
		})
	}
	population := ""
	for _, x := range a.Estimands {
		if x.Main {
			population = x.Population
		}
	}
	for _, x := range a.Populations {
		if x.ID == population {
			p.Population = &named{oid("POP", x.ID), x.ID, both(x.Text)}
		}
	}
	for _, x := range a.Estimands {
		if p.Estimands == nil {
			p.Estimands = &estimands{}
		}
		e := estimand{OID: oid("EST", x.ID), Name: x.ID, Level: roles[x.Endpoint], Description: both(x.Text)}
		if p.Population != nil && x.Population == population {
			e.Population = &popRef{p.Population.OID}
		}
		if _, ok := roles[x.Endpoint]; ok {
			e.EndPoint = &endPointRef{oid("ENDPT", x.Endpoint)}
		}
		for _, i := range x.Events {
			e.Events = append(e.Events, described{both(bilingual.Text{EN: withStrategy(i.Text.EN, i.Strategy), NB: withStrategy(i.Text.NB, i.Strategy)})})
		}
		if t := both(x.Summary); t != nil {
			e.Measure = &described{t}
		}
		p.Estimands.List = append(p.Estimands.List, e)
	}
}

func withStrategy(text, strategy string) string {
	if text == "" || strategy == "" {
		return text
	}
	return text + " (" + strategy + ")"
}

func (b *builder) criteria(p *protocolPart) {
	for _, c := range b.def.Eligibility.Criteria {
		if p.Criteria == nil {
			p.Criteria = &criteria{}
		}
		list := &p.Criteria.Inclusion
		if c.Kind == "exclusion" {
			list = &p.Criteria.Exclusion
		}
		if *list == nil {
			*list = &criterionList{}
		}
		(*list).List = append((*list).List, criterion{oid("CRIT", c.ID), c.ID, b.condition("CRIT."+c.ID, c.Expr, false, nil, b.uses(c.Expr)), both(c.Text)})
	}
}

// timings are the windows of the visits. A milestone that a window counts from is a
// study event without forms.
func (b *builder) timings() *timings {
	t := &timings{timing{OID: "TIMING", Name: "Visits and their windows"}}
	for _, v := range b.def.Visits {
		t.Timing.Relative = append(t.Timing.Relative, relative{
			OID: oid("TIM", v.ID), Name: v.ID + " after " + v.Anchor, Predecessor: b.eventOID(v.Anchor), Successor: oid("SE", v.ID), Type: "StartToStart",
			Target: period(v.Offset), Pre: period(-v.Before), Post: period(v.After),
			Description: both(bilingual.Text{
				EN: fmt.Sprintf("%s is due %s after %s, and may be held from %s to %s around that day.", v.ID, v.Offset, v.Anchor, v.Before, v.After),
				NB: fmt.Sprintf("%s skal holdes %s etter %s, og kan holdes fra %s til %s rundt den dagen.", v.ID, v.Offset, v.Anchor, v.Before, v.After),
			}),
		})
		if v.Minutes > 0 {
			t.Timing.Duration = append(t.Timing.Duration, lasting{oid("DUR", v.ID), "Planned length of " + v.ID, oid("SE", v.ID), period(protocol.Duration(v.Minutes) * protocol.Day / 1440)})
		}
	}
	if len(t.Timing.Relative) == 0 {
		return nil
	}
	return t
}

// eventOID answers the study event of a visit or milestone.
func (b *builder) eventOID(anchor string) string {
	if _, ok := b.def.Visit(anchor); ok {
		return oid("SE", anchor)
	}
	return oid("SE", "MILESTONE", anchor)
}
