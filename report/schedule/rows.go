package schedule

import (
	"cmp"
	"fmt"
	"slices"

	"varde/instrument"
	"varde/protocol"
)

// columns makes the headings.
func (b *builder) columns() {
	if z := b.days.zero; z != "" {
		v, _ := b.def.Visit(z)
		b.table.DayNote = b.note(fmt.Sprintf(b.w.say(
			"Days and weeks are nominal: every visit on its target, counted from %s (%s) as day 0. The window is counted around the target that follows from the days on which earlier visits were really held.",
			"Dager og uker er nominelle: hvert besøk på sin måldag, talt fra %s (%s) som dag 0. Vinduet regnes rundt måldagen som følger av dagene da tidligere besøk faktisk ble holdt."), v.ID, v.Title.In(b.w.lang)))
	}
	for _, v := range b.visits {
		c := Column{Visit: v.ID, Title: v.Title.In(b.w.lang), Kind: b.w.kind(v.Kind), Window: b.window(v), By: b.w.roles(v.By)}
		c.Day, c.Week = b.day(v)
		if v.When != "" {
			c.Notes = append(c.Notes, b.note(sentence(b.w.say("The visit is held only if ", "Besøket holdes bare hvis ")+b.condition(v.When, nil))))
		}
		if v.Optional {
			c.Notes = append(c.Notes, b.note(b.w.say("The visit is optional.", "Besøket er valgfritt.")))
		}
		if v.Treatment {
			c.Notes = append(c.Notes, b.note(b.w.say("Not held after treatment is stopped.", "Holdes ikke etter at behandlingen er avsluttet.")))
		}
		if v.Hides {
			c.Notes = append(c.Notes, b.note(b.w.say("The rater is not told which visit this is.", "Vurdereren får ikke vite hvilket besøk det er.")))
		}
		b.table.Columns = append(b.table.Columns, c)
	}
}

// firstNeeding answers the first column that waits for a milestone, -1 when none does.
func (b *builder) firstNeeding(m protocol.Milestone) int {
	return slices.IndexFunc(b.visits, func(v *protocol.Visit) bool {
		e, ok := b.def.Epoch(v.Epoch)
		return v.Anchor == string(m) || slices.Contains(v.Needs, string(m)) || ok && slices.Contains(e.Needs, m)
	})
}

// consent is what decides that somebody takes part.
func (b *builder) consent() {
	title := b.w.say("Consent, eligibility, allocation", "Samtykke, kvalifisering, tildeling")
	if i := b.firstNeeding(protocol.Consented); i >= 0 {
		for _, d := range b.def.Consent.Documents {
			if !d.Valid {
				continue
			}
			r := b.row("consent."+d.ID, b.w.say("Consent: ", "Samtykke: ")+d.Title.In(b.w.lang))
			r.Cells[i] = b.cell(Due, false)
			if !d.Required {
				r.Cells[i] = b.cell(Optional, false)
			}
			r.Cells[i].Notes = []string{b.note(b.w.say("Before anything else of this visit, and again when the text changes in a way that asks for it.", "Før alt annet ved dette besøket, og på nytt når teksten endres slik at det kreves."))}
			b.add("consent", title, r)
		}
	}
	for _, g := range b.def.Eligibility.Gates {
		r := b.row("gate."+g.ID, g.Title.In(b.w.lang))
		if i := b.column(g.At); i >= 0 {
			r.Cells[i] = b.cell(Due, false)
		}
		r.Notes = []string{b.note(fmt.Sprintf(b.w.say("Criteria: %d; decided by %s; gives: %s.", "Kriterier: %d; avgjøres av %s; gir: %s."), len(b.def.Criteria(g.ID)), b.w.roles(g.By), b.w.milestone(g.Gives)))}
		b.add("consent", title, r)
	}
	if i := b.firstNeeding(protocol.Randomised); i >= 0 && b.def.Allocation != nil {
		r := b.row("randomisation", b.w.say("Randomisation", "Randomisering"))
		r.Cells[i] = b.cell(Due, false)
		r.Cells[i].Notes = []string{b.note(b.w.say("After enrolment and before this visit is held.", "Etter inklusjon og før dette besøket holdes."))}
		b.add("consent", title, r)
	}
}

func (b *builder) column(visit string) int {
	return slices.IndexFunc(b.visits, func(v *protocol.Visit) bool { return v.ID == visit })
}

func (b *builder) cell(k Kind, repeats bool) Cell {
	c := Cell{Kind: k, Repeats: repeats}
	switch k {
	case Due:
		c.Text = "X"
	case Conditional:
		c.Text = "X?"
	case Optional:
		c.Text = "(X)"
	case Continuous:
		c.Text = "→"
	}
	if repeats && k != Continuous {
		c.Text += "*"
	}
	return c
}

// formGroups in the order in which they stand.
var formGroups = []struct{ id, en, nb string }{
	{"self", "Questionnaires, by the participant", "Spørreskjemaer, av deltakeren"},
	{"rated", "Ratings, by the independent rater", "Vurderinger, av uavhengig vurderer"},
	{"interviews", "Interviews and clinical assessment", "Intervjuer og klinisk vurdering"},
	{"measurements", "Measurements and tests", "Målinger og prøver"},
	{"forms", "Forms and notes", "Skjemaer og notater"},
}

func groupOf(f *instrument.Compiled) int {
	switch {
	case f.Respondent == instrument.ByParticipant:
		return 0
	case f.Respondent == instrument.ByRater:
		return 1
	case f.Kind == instrument.Interview:
		return 2
	case f.Kind == instrument.Measurement:
		return 3
	}
	return 4
}

// forms are the instruments at visits, one a row, by who answers them.
func (b *builder) forms() {
	rows := map[string]*Row{}
	var order []*instrument.Compiled
	for i, v := range b.visits {
		for _, u := range v.Forms {
			f, ok := b.def.Form(u.Form)
			if !ok {
				continue
			}
			if rows[f.ID] == nil {
				r := b.row("form."+f.ID, formTitle(f, b.w.lang))
				rows[f.ID] = &r
				order = append(order, f)
			}
			rows[f.ID].Cells[i] = merge(rows[f.ID].Cells[i], b.use(v, u, f))
		}
	}
	slices.SortStableFunc(order, func(x, y *instrument.Compiled) int { return cmp.Compare(groupOf(x), groupOf(y)) })
	for _, f := range order {
		g := formGroups[groupOf(f)]
		r := rows[f.ID]
		r.Notes = []string{b.note(fmt.Sprintf(b.w.say("%d min.", "%d min."), f.Minutes))}
		b.add(g.id, b.w.say(g.en, g.nb), *r)
	}
}

func formTitle(f *instrument.Compiled, lang string) string {
	t := f.Title.In(lang)
	if f.Short != "" && f.Short != t {
		return t + " (" + f.Short + ")"
	}
	return t
}

// use is one form at one visit.
func (b *builder) use(v *protocol.Visit, u protocol.FormUse, f *instrument.Compiled) Cell {
	kind := Due
	switch {
	case u.Optional:
		kind = Optional
	case u.When != "":
		kind = Conditional
	}
	c := b.cell(kind, u.Repeats || f.Repeats)
	if u.When != "" {
		c.Notes = append(c.Notes, b.note(sentence(b.w.say("Only if ", "Bare hvis ")+b.condition(u.When, nil))))
	}
	if u.By != "" && u.By != "participant" && len(v.By) > 0 && u.By != v.By[0] {
		c.Notes = append(c.Notes, b.note(sentence(b.w.say("By the ", "Av ")+b.w.role(u.By))))
	}
	if c.Repeats {
		c.Notes = append(c.Notes, b.note(b.w.say("As many records as there is something to record.", "Så mange føringer som det er noe å føre.")))
	}
	return c
}

// merge joins two uses of one form at one visit: what is due stays due.
func merge(x, y Cell) Cell {
	if x.Kind == None {
		return y
	}
	if y.Kind == Due {
		x, y = y, x
	}
	for _, n := range y.Notes {
		if !slices.Contains(x.Notes, n) {
			x.Notes = append(x.Notes, n)
		}
	}
	return x
}
