package schedule

import (
	"fmt"
	"slices"
	"strings"

	"varde/chart/numeral"
	"varde/protocol"
)

// session is what is done on the day of a dosing session.
func (b *builder) session() {
	d := b.def.Dosing
	if d == nil {
		return
	}
	title := b.w.say("Dosing session", "Doseringsøkt")
	due := func(r Row, note string) {
		for i, v := range b.visits {
			if v.Kind == protocol.Session {
				r.Cells[i] = b.cell(Due, false)
			}
		}
		if note != "" {
			r.Notes = append(r.Notes, b.note(note))
		}
		b.add("session", title, r)
	}
	if n := len(d.Checks); n > 0 {
		due(b.row("session.checks", b.w.say("Go/no-go before the dose", "Klarering før dosen")), sentence(b.conditions(n)+b.w.say(", each answered before a dose is given", ", hvert besvart før dosen gis")))
	}
	if len(d.TwoPerson) > 0 {
		var what []string
		for _, x := range d.TwoPerson {
			what = append(what, x.Text.In(b.w.lang))
		}
		due(b.row("session.two-person", b.w.say("Confirmed by two persons", "Bekreftet av to personer")), sentence(strings.Join(what, "; ")))
	}
	b.doses(title)
	b.vitals(title, d)
	b.sessionForms(title, d)
	if d.Discharge.Form != "" || len(d.Discharge.Checks) > 0 {
		due(b.row("session.discharge", b.w.say("Discharge", "Utskriving")), fmt.Sprintf(b.w.say("Earliest %s after the last dose; %s.", "Tidligst %s etter siste dose; %s."), b.w.span(d.Discharge.Earliest, false), b.conditions(len(d.Discharge.Checks))))
	}
	b.nights(title, d)
}

func (b *builder) conditions(n int) string {
	if n == 1 {
		return b.w.say("1 condition", "1 vilkår")
	}
	return fmt.Sprintf(b.w.say("%d conditions", "%d vilkår"), n)
}

// doses given, one row a step.
func (b *builder) doses(title string) {
	for _, step := range []struct{ id, en, nb string }{{"initial", "Dose", "Dose"}, {"supplement", "Supplemental dose", "Tilleggsdose"}} {
		r := b.row("session.dose."+step.id, b.w.say(step.en, step.nb))
		for _, x := range b.def.Dosing.Doses {
			i := b.column(x.Visit)
			if x.Step != step.id || i < 0 {
				continue
			}
			kind := Due
			if x.Optional {
				kind = Optional
			}
			r.Cells[i] = b.cell(kind, false)
			r.Cells[i].Notes = []string{b.note(b.amounts(x))}
		}
		b.add("session", title, r)
	}
}

// amounts of a dose, as the approvals allow them.
func (b *builder) amounts(x protocol.DoseStep) string {
	var list []string
	for _, a := range x.Amounts {
		list = append(list, numeral.Short(b.w.lang, a, 3)+"\u00a0mg")
	}
	s := b.w.say("Allowed: ", "Tillatt: ") + b.w.list(list, b.w.say("or", "eller"))
	s += b.w.say(", of the product or its placebo as labelled", ", av produktet eller dets placebo slik det er merket")
	if x.HalfOf {
		s += b.w.say("; half of the initial dose given", "; halvparten av startdosen som ble gitt")
	}
	if x.Latest > 0 {
		s += fmt.Sprintf(b.w.say("; %s to %s after the initial dose", "; %s til %s etter startdosen"), b.w.span(x.Earliest, false), b.w.span(x.Latest, false))
	}
	return sentence(s)
}

func (b *builder) vitals(title string, d *protocol.Dosing) {
	if len(d.Vitals.Sets) == 0 {
		return
	}
	name := b.w.say("Vital signs", "Vitale mål")
	if f, ok := b.def.Form(d.Vitals.Form); ok {
		name = formTitle(f, b.w.lang)
	}
	var at []string
	for _, s := range d.Vitals.Sets {
		at = append(at, b.w.moment(s.Anchor, s.Offset))
	}
	n := b.note(sentence(fmt.Sprintf(b.w.say("%d times: %s", "%d ganger: %s"), len(at), strings.Join(at, "; "))))
	r := b.row("session.vitals", name)
	for i, v := range b.visits {
		if v.Kind == protocol.Session {
			r.Cells[i] = Cell{Kind: Count, Text: fmt.Sprintf("%d×", len(at)), Notes: []string{n}}
		}
	}
	b.add("session", title, r)
}

// sessionForms are due at moments of the session, one row a form.
func (b *builder) sessionForms(title string, d *protocol.Dosing) {
	var order []string
	at := map[string][]string{}
	for _, f := range d.Forms {
		if !slices.Contains(order, f.Form) {
			order = append(order, f.Form)
		}
		at[f.Form] = append(at[f.Form], fmt.Sprintf("%s (%s)", b.w.moment(f.Anchor, f.Offset), b.w.roles(f.By)))
	}
	for _, id := range order {
		f, ok := b.def.Form(id)
		if !ok {
			continue
		}
		r := b.row("session.form."+id, formTitle(f, b.w.lang))
		n := b.note(sentence(strings.Join(at[id], "; ")))
		for i, v := range b.visits {
			if v.Kind != protocol.Session {
				continue
			}
			r.Cells[i] = b.cell(Due, false)
			if len(at[id]) > 1 {
				r.Cells[i] = Cell{Kind: Count, Text: fmt.Sprintf("%d×", len(at[id]))}
			}
			r.Cells[i].Notes = []string{n}
		}
		b.add("session", title, r)
	}
}

// nights at the site, and recordings.
func (b *builder) nights(title string, d *protocol.Dosing) {
	r := b.row("session.overnight", b.w.say("Night at the site", "Natt på stedet"))
	for i, v := range b.visits {
		if v.Overnight {
			r.Cells[i] = b.cell(Due, false)
		}
	}
	if n := d.Overnight; n != nil {
		r.Notes = []string{b.note(fmt.Sprintf(b.w.say("Looked to every %s from %s to %s by the %s.", "Tilsyn hver %s fra %s til %s av %s."), b.w.span(n.Every, false), n.From, n.Until, b.w.roles(n.By)))}
	}
	b.add("session", title, r)
}

// safety is what is kept all through, and what is recorded.
func (b *builder) safety() {
	title := b.w.say("Safety, all through", "Sikkerhet, hele veien")
	for _, l := range b.def.Logs {
		r := b.row("log."+l.Form, l.Title.In(b.w.lang))
		from := b.firstNeeding(l.From)
		if from < 0 {
			from = 0
		}
		for i := from; i < len(r.Cells); i++ {
			r.Cells[i] = b.cell(Continuous, true)
		}
		r.Notes = []string{b.note(fmt.Sprintf(b.w.say("From %s on, at visits and between them; by %s.", "Fra %s og utover, ved besøk og mellom dem; av %s."), b.w.milestone(l.From), b.w.roles(l.By)))}
		b.add("safety", title, r)
	}
	r := b.row("recording", b.w.say("Sound or video recording", "Lyd- eller bildeopptak"))
	for i, v := range b.visits {
		if v.Recorded {
			r.Cells[i] = b.cell(Due, false)
		}
	}
	b.add("safety", title, r)
}

// minutes is the burden, as the definition reckons it: what each visit is planned to
// last, how much of it the participant spends on questionnaires, and the time of staff.
func (b *builder) minutes() {
	title := b.w.say("Burden, minutes", "Belastning, minutter")
	x := b.def.Burden()
	b.table.Burden = Burden{All: x.Total, Some: x.Optional}
	for _, r := range []struct {
		id, title string
		of        func(protocol.Minutes) int
	}{
		{"minutes.visit", b.w.say("Participant, the visit as planned", "Deltaker, besøket som planlagt"), func(m protocol.Minutes) int { return m.Participant }},
		{"minutes.questionnaires", b.w.say("Participant, of this questionnaires", "Deltaker, av dette spørreskjemaer"), func(m protocol.Minutes) int { return m.Questionnaires }},
		{"minutes.staff", b.w.say("Staff, all who take part", "Ansatte, alle som deltar"), func(m protocol.Minutes) int { return m.Staff }},
	} {
		row := b.row(r.id, r.title)
		for _, v := range x.Visits {
			if n := r.of(v.Minutes); n > 0 {
				row.Cells[b.column(v.Visit)] = Cell{Kind: Count, Text: fmt.Sprint(n)}
			}
		}
		row.Notes = []string{b.note(fmt.Sprintf(b.w.say("In all %s at visits that everybody has, and %s at those that are optional or conditional.", "Til sammen %s ved besøk som alle har, og %s ved dem som er valgfrie eller betingede."),
			b.hours(r.of(x.Total)), b.hours(r.of(x.Optional))))}
		b.add("burden", title, row)
	}
}

func (b *builder) hours(minutes int) string {
	if minutes < 60 {
		return fmt.Sprintf("%d\u00a0min", minutes)
	}
	s := fmt.Sprintf("%s\u00a0%s", numeral.Format(b.w.lang, float64(minutes/60), 0), b.w.say("h", "t"))
	if minutes%60 != 0 {
		s += fmt.Sprintf("\u00a0%d\u00a0min", minutes%60)
	}
	return s
}
