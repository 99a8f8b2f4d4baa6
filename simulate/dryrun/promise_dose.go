package dryrun

import (
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// Least numbers that hold whatever a protocol says.
const (
	leastTherapists = 2 // FDA briefing 2024: two providers throughout
	leastPersons    = 2
)

// dosed looks at a dose that was given, from the state before the command.
func (l *life) dosed(x Step, b *study.State, e study.Event, d study.DoseGiven) {
	session := b.Sessions[d.Visit]
	at := "visits." + d.Visit
	if session == nil || session.Started.IsZero() || !session.Discharged.IsZero() || !session.Ended.IsZero() {
		l.breaks("dose-go", x, nil, at, text("%g mg were given at %s outside a session that is under way", "%g mg ble gitt ved %s utenfor en økt som pågår", d.Amount, l.title(d.Visit)))
		return
	}
	if doc := l.unsigned(b); doc != "" {
		l.breaks("dose-consent", x, nil, "consent.documents."+doc, text("%g mg were given, and the consent %q is not valid", "%g mg ble gitt, og samtykket %q er ikke gyldig", d.Amount, doc))
	}
	l.entered(x, b, "dose-entry", d.Visit)
	l.goOfDay(x, session, e)
	if why := l.pairFault(session.Pair, session.Started); !why.Empty() {
		l.breaks("dose-pair", x, nil, "staffing.pair", text("a dose was given at %s, and %s", "en dose ble gitt ved %s, og %s", l.title(d.Visit), why))
	}
	l.confirmedByTwo(x, b, session, e)
	l.notPregnant(x, b, d.Visit, e)
	l.noMedicine(x, b, e)
	l.amount(x, session, d, e)
	l.over(x, b, "dose-after-end", d.Visit)
	for _, breach := range session.Breaches {
		if r := l.w.def.Rule(breach.Rule); r != nil && r.Severity != "watch" && breach.Acknowledged.IsZero() {
			l.breaks("dose-hold", x, nil, "dosing.rules."+breach.Rule, text("a dose was given while %q was passed and nobody had answered", "en dose ble gitt mens %q var passert og ingen hadde svart", r.Text))
		}
	}
}

func (l *life) title(visit string) Text {
	if v, ok := l.w.def.Visit(visit); ok {
		return v.Title
	}
	return Text{EN: visit, NB: visit}
}

// unsigned answers a required document without a valid signature, "" when there is none.
func (l *life) unsigned(s *study.State) string {
	for i := range l.w.def.Consent.Documents {
		doc := &l.w.def.Consent.Documents[i]
		if !doc.Required || !doc.Valid {
			continue
		}
		c, ok := s.Consents[doc.ID]
		if !ok || c.At.IsZero() || !c.Withdrawn.IsZero() || slices.Contains(doc.Supersedes, c.Version) {
			return doc.ID
		}
	}
	return ""
}

// entered says that every gate is passed, and that lot has decided where it decides.
func (l *life) entered(x Step, s *study.State, promise, visit string) {
	for _, g := range l.w.def.Eligibility.Gates {
		if d, ok := s.Gates[g.ID]; !ok || !d.Passed {
			l.breaks(promise, x, nil, "visits."+visit, text("%s, and %q was never passed", "%s, og %q ble aldri bestått", l.title(visit), g.Title))
			return
		}
	}
	if l.w.def.Allocation != nil && s.Kit == "" {
		l.breaks(promise, x, nil, "visits."+visit, text("%s, and the participant was never randomised", "%s, og deltakeren ble aldri randomisert", l.title(visit)))
	}
}

func (l *life) goOfDay(x Step, session *study.SessionState, e study.Event) {
	day := func(t time.Time) study.Day { return study.DayOf(t, l.zone()) }
	if !session.Go || session.CheckedAt.IsZero() || day(session.CheckedAt) != day(session.Started) {
		l.breaks("dose-go", x, nil, "dosing.checks", text("the go/no-go list of the day did not say go", "dagens klar/ikke klar-liste sa ikke klar"))
		return
	}
	if e.At.Before(session.Started) || session.Started.Before(session.CheckedAt) {
		l.breaks("dose-go", x, nil, "dosing.checks", text("the dose stands before the start, or the start before the list", "dosen står før starten, eller starten før listen"))
		return
	}
	for _, c := range l.w.def.Dosing.Checks {
		if session.Checks[c.ID] {
			continue
		}
		i := slices.IndexFunc(session.Overrides, func(o study.Override) bool { return o.Check == c.ID })
		if i < 0 || !c.Override {
			l.breaks("dose-go", x, nil, "dosing.checks."+c.ID, text("the line %q said no", "linjen %q sa nei", c.Text))
			return
		}
		o := session.Overrides[i]
		if !l.serves(o.Physician, "physician", session.CheckedAt) || o.Countersigned == o.Physician || o.Countersigned == "" || strings.TrimSpace(o.Reason) == "" {
			l.breaks("dose-go", x, nil, "dosing.checks."+c.ID, text("the line %q was overridden without a physician, a second person and a reason", "linjen %q ble overstyrt uten lege, en annen person og en begrunnelse", c.Text))
			return
		}
	}
}

// serves says that a person of the site has the role on a day.
func (l *life) serves(id, role string, at time.Time) bool {
	m, ok := l.site.Staff[id]
	if !ok || !slices.Contains(m.Roles, role) {
		return false
	}
	t := m.Terms[role]
	day := study.DayOf(at, l.site.Zone).String()
	return (t.From == "" || t.From <= day) && (t.Until == "" || t.Until >= day)
}

// pairFault says what is wrong with those who sit with the participant.
func (l *life) pairFault(pair []string, at time.Time) Text {
	rule := l.w.def.Staffing.Pair
	distinct := slices.Compact(slices.Sorted(slices.Values(pair)))
	if len(distinct) < max(leastTherapists, rule.Size) {
		return text("only %d therapist(s) sat with the participant", "bare %d terapeut(er) satt med deltakeren", len(distinct))
	}
	licensed, owed := 0, 0
	day := study.DayOf(at, l.site.Zone).String()
	for _, id := range distinct {
		if !l.serves(id, "therapist", at) {
			return text("%s was not a therapist of the site on that day", "%s var ikke terapeut ved stedet den dagen", l.name(id))
		}
		m := l.site.Staff[id]
		for _, c := range l.w.def.Staffing.Credentials {
			until, held := m.Credentials[c.ID]
			good := held && (until == "" || until >= day)
			if c.ID == "licence" {
				owed = max(owed, rule.Licensed)
				if good {
					licensed++
				}
				if rule.Licensed < rule.Size {
					continue // counted over the pair
				}
			}
			if slices.Contains(c.Roles, "therapist") && !good {
				return text("%s lacked the credential %q on that day", "%s manglet kompetansebeviset %q den dagen", l.name(id), c.Title)
			}
		}
		for _, other := range distinct {
			if other != id && rule.Unrelated && slices.Contains(m.Related, other) {
				return text("%s and %s are related", "%s og %s er i slekt", l.name(id), l.name(other))
			}
		}
	}
	if licensed < owed {
		return text("%d of them held a licence", "%d av dem hadde autorisasjon", licensed)
	}
	return Text{}
}

func (l *life) name(id string) string {
	if m, ok := l.site.Staff[id]; ok && m.Name != "" {
		return m.Name
	}
	return id
}

func (l *life) confirmedByTwo(x Step, b *study.State, session *study.SessionState, e study.Event) {
	if l.w.def.Allocation == nil && len(l.w.def.Dosing.TwoPerson) == 0 {
		return // nothing is packed for anybody in particular
	}
	done := map[string]bool{}
	for i, c := range session.Confirmed {
		who := slices.Compact(slices.Sorted(slices.Values(c.Persons)))
		if len(who) >= leastPersons && study.DayOf(session.ConfirmedAt[i], l.zone()) == study.DayOf(session.Started, l.zone()) && (l.w.def.Allocation == nil || c.Kit == b.Kit) {
			done[c.Check] = true
		}
	}
	if len(done) == 0 {
		l.breaks("dose-two-persons", x, nil, "dosing.twoPerson", text("nothing was confirmed by two persons before the dose", "ingenting ble bekreftet av to personer før dosen"))
	}
	for _, c := range l.w.def.Dosing.TwoPerson {
		if !done[c.ID] {
			l.breaks("dose-two-persons", x, nil, "dosing.twoPerson."+c.ID, text("%q was not confirmed by two persons", "%q ble ikke bekreftet av to personer", c.Text))
		}
	}
}

// pregnancyForm is the instrument of that name, with its items "applicable" and "result".
const pregnancyForm = "pregnancy"

func (l *life) notPregnant(x Step, b *study.State, visit string, e study.Event) {
	if _, uses := l.w.def.Form(pregnancyForm); !uses {
		return
	}
	var f *study.FormState
	for _, r := range b.Records(visit, pregnancyForm) {
		if f == nil || !r.SavedAt.Before(f.SavedAt) {
			f = r
		}
	}
	if f == nil {
		l.breaks("dose-pregnancy", x, nil, "visits."+visit, text("a dose was given at %s without a pregnancy test of the day", "en dose ble gitt ved %s uten graviditetstest samme dag", l.title(visit)))
		return
	}
	if possible, known := f.Values["applicable"].Bool(); known && !possible {
		return
	}
	if got := f.Values["result"].Text(); got != "negative" {
		if got == "" {
			got = "none"
		}
		l.breaks("dose-pregnancy", x, nil, "visits."+visit, text("a dose was given at %s; pregnancy is possible, and the day's test says: %s", "en dose ble gitt ved %s; graviditet er mulig, og dagens test sier: %s", l.title(visit), got))
	}
}

// noMedicine looks for a medicine of severity X that is taken, or was until too lately.
func (l *life) noMedicine(x Step, b *study.State, e study.Event) {
	log := l.w.def.Safety.Medication
	if log == "" {
		return
	}
	for _, f := range b.Records("", log) {
		for _, row := range l.w.def.MatchInteractions(f.Values["name"].Text(), f.Values["atc"].Text()) {
			if row.Severity != "X" {
				continue
			}
			if ongoing, known := f.Values["ongoing"].Bool(); (!known || !ongoing) && row.Washout > 0 {
				last := study.Day(0)
				for _, id := range []string{"last_intake", "stop"} {
					if t, err := time.Parse(time.DateOnly, f.Values[id].Text()); err == nil {
						last = max(last, study.DayOf(t, time.UTC))
					}
				}
				if last > 0 && study.DayOf(e.At, l.zone()) >= last+study.Day(row.Washout.Days()) {
					continue
				}
			}
			l.breaks("dose-medicine", x, nil, "interactions."+row.ID, text("a dose was given together with %s, which can never be combined", "en dose ble gitt sammen med %s, som aldri kan kombineres", f.Values["name"].Text()))
			return
		}
	}
}

func (l *life) amount(x Step, session *study.SessionState, d study.DoseGiven, e study.Event) {
	at := "dosing.doses"
	step := stepOf(l.w.def, d.Visit, d.Step)
	if step == nil || !slices.Contains(step.Amounts, d.Amount) {
		l.breaks("dose-amount", x, nil, at, text("%g mg is not in the table for the %s dose of %s", "%g mg står ikke i tabellen for %s-dosen ved %s", d.Amount, d.Step, l.title(d.Visit)))
		return
	}
	if d.Step == "initial" {
		if !session.DoseAt.IsZero() {
			l.breaks("dose-amount", x, nil, at, text("the initial dose of %s was given twice", "startdosen ved %s ble gitt to ganger", l.title(d.Visit)))
		}
		return
	}
	since := e.At.Sub(session.DoseAt)
	switch {
	case session.DoseAt.IsZero() || !session.SupplementAt.IsZero():
		l.breaks("dose-amount", x, nil, at, text("a supplemental dose without an initial one, or for the second time", "en tilleggsdose uten startdose, eller for andre gang"))
	case step.HalfOf && d.Amount*2 != session.Dose:
		l.breaks("dose-amount", x, nil, at, text("the supplement of %g mg is not half of %g mg", "tillegget på %g mg er ikke halvparten av %g mg", d.Amount, session.Dose))
	case since < step.Earliest.Std() || step.Latest > 0 && since > step.Latest.Std():
		l.breaks("dose-amount", x, nil, at, text("the supplement was given %s after the initial dose", "tillegget ble gitt %s etter startdosen", since))
	}
}

// over says that treatment goes on for nobody who stopped it or left.
func (l *life) over(x Step, s *study.State, promise, visit string) {
	if !s.Stopped.IsZero() || !s.Left.IsZero() || !s.Done.IsZero() {
		l.breaks(promise, x, nil, "visits."+visit, text("%s, although treatment was stopped or the participant had left", "%s, enda behandlingen var avsluttet eller deltakeren hadde sluttet", l.title(visit)))
	}
}

// began looks at a session that was started.
func (l *life) began(x Step, b *study.State, e study.Event, visit string) {
	i := l.w.def.VisitIndex(visit)
	l.over(x, b, "dose-after-end", visit)
	l.entered(x, b, "dose-entry", visit)
	if doc := l.unsigned(b); doc != "" {
		l.breaks("dose-consent", x, nil, "consent.documents."+doc, text("%s was started, and the consent %q is not valid", "%s ble startet, og samtykket %q er ikke gyldig", l.title(visit), doc))
	}
	for j := range i {
		v := &l.w.def.Visits[j]
		st := b.Visits[j]
		if v.Kind == protocol.Session && !v.Optional && st.Held.IsZero() && st.Missed == "" {
			l.breaks("dose-order", x, nil, "visits."+visit, text("%s was started while %s is neither held nor missed", "%s ble startet mens %s verken er gjennomført eller uteblitt", l.title(visit), v.Title))
			return
		}
	}
	if w := study.Windows(l.w.def, b)[i]; b.Doses > 0 && w.Known && study.DayOf(e.At, l.zone()) < w.Opens {
		l.breaks("dose-order", x, nil, "visits."+visit, text("%s was started on %s, before its window opens on %s, after an earlier dose", "%s ble startet %s, før vinduet åpner %s, etter en tidligere dose", l.title(visit), study.DayOf(e.At, l.zone()), w.Opens))
	}
}

// isRatingForm says that some answer or score of the form is a blinded rating.
func isRatingForm(c *instrument.Compiled) bool {
	for i := range c.Items {
		if c.Items[i].Blinding == instrument.Rating {
			return true
		}
	}
	for i := range c.Scores {
		if c.Scores[i].Blinding == instrument.Rating {
			return true
		}
	}
	return false
}
