package diff

import (
	"strings"

	"varde/protocol"
)

func (c *comparer) dosing() {
	o, n := c.old.Dosing, c.new.Dosing
	switch {
	case o == nil && n == nil:
		return
	case o == nil:
		c.add(Dosing, "added", "dosing", Loud, text("dosing sessions come in", "doseringsøkter kommer inn"), "", "")
		return
	case n == nil:
		c.add(Dosing, "removed", "dosing", Loud, text("there are no dosing sessions any more", "det er ingen doseringsøkter lenger"), "", "")
		return
	}
	c.lines("dosing.checks", text("go/no-go line", "klar/ikke klar-linje"), o.Checks, n.Checks)
	c.lines("dosing.checkpoint.withhold", text("line that withholds the supplement", "linje som holder tilbake tillegget"), o.Checkpoint.Withhold, n.Checkpoint.Withhold)
	c.lines("dosing.discharge.checks", text("line of the gate home", "linje i porten hjem"), o.Discharge.Checks, n.Discharge.Checks)
	pairs(o.TwoPerson, n.TwoPerson, func(x *protocol.TwoPerson) string { return x.ID }, func(id string, a, b *protocol.TwoPerson) {
		at := "dosing.twoPerson." + id
		switch {
		case a == nil:
			c.add(Dosing, "added", at, Loud, text("two persons confirm: %s", "to personer bekrefter: %s", b.Text), "", id)
		case b == nil:
			c.add(Dosing, "removed", at, Loud, text("two persons confirm no longer: %s", "to personer bekrefter ikke lenger: %s", a.Text), id, "")
		}
	})
	pairs(o.Doses, n.Doses, func(x *protocol.DoseStep) string { return x.Visit + "." + x.Step }, func(id string, a, b *protocol.DoseStep) {
		at := "dosing.doses." + id
		switch {
		case a == nil:
			c.add(Dosing, "added", at, Loud, text("a new dose: %s, %v mg", "en ny dose: %s, %v mg", id, b.Amounts), "", show(b.Amounts))
		case b == nil:
			c.add(Dosing, "removed", at, Loud, text("a dose is taken out: %s, %v mg", "en dose tas ut: %s, %v mg", id, a.Amounts), show(a.Amounts), "")
		default:
			c.value(Dosing, at+".amounts", Loud, text("amounts of %s, mg", "mengder for %s, mg", id), a.Amounts, b.Amounts)
			c.value(Dosing, at+".halfOf", Loud, text("%s is half of the initial dose", "%s er halvparten av startdosen", id), a.HalfOf, b.HalfOf)
			c.value(Dosing, at+".earliest", Loud, text("earliest for %s", "tidligst for %s", id), a.Earliest, b.Earliest)
			c.value(Dosing, at+".latest", Loud, text("latest for %s", "senest for %s", id), a.Latest, b.Latest)
		}
	})
	c.timetable(o, n)
	c.rules(o, n)
	c.value(Dosing, "dosing.checkpoint.by", Change, text("the supplement is decided by", "tillegget avgjøres av"), strings.Join(o.Checkpoint.By, ", "), strings.Join(n.Checkpoint.By, ", "))
	c.value(Dosing, "dosing.solicited", Loud, text("list of effects asked about", "liste over effekter det spørres om"), o.Solicited, n.Solicited)
	c.value(Dosing, "dosing.log", Change, text("session log", "øktlogg"), o.Log, n.Log)
	c.value(Dosing, "dosing.discharge.earliest", Loud, text("least stay after the last dose", "minste opphold etter siste dose"), o.Discharge.Earliest, n.Discharge.Earliest)
	c.value(Dosing, "dosing.discharge.form", Loud, text("readiness is assessed with", "om deltakeren er klar, vurderes med"), o.Discharge.Form, n.Discharge.Form)
	c.value(Dosing, "dosing.discharge.adult", Loud, text("a named adult receives the participant", "en navngitt voksen tar imot deltakeren"), o.Discharge.Adult, n.Discharge.Adult)
	c.value(Dosing, "dosing.discharge.overnight", Loud, text("the night is spent at the site", "natten tilbringes på stedet"), o.Discharge.Overnight, n.Discharge.Overnight)
	c.value(Dosing, "dosing.overnight", Loud, text("the night", "natten"), night(o.Overnight), night(n.Overnight))
}

func night(n *protocol.Overnight) string {
	if n == nil {
		return ""
	}
	return n.From + "-" + n.Until + " every " + n.Every.String() + " +" + n.Tolerance.String() + " " + n.Form + " by " + strings.Join(n.By, ", ")
}

// lines compares a list of conditions.
func (c *comparer) lines(list string, what Text, old, next []protocol.Check) {
	pairs(old, next, func(x *protocol.Check) string { return x.ID }, func(id string, a, b *protocol.Check) {
		at := list + "." + id
		switch {
		case a == nil:
			c.add(Dosing, "added", at, Loud, text("a new %s: %s", "en ny %s: %s", what, b.Text), "", b.Expr)
		case b == nil:
			c.add(Dosing, "removed", at, Loud, text("a %s is taken out: %s", "en %s tas ut: %s", what, a.Text), a.Expr, "")
		default:
			c.value(Dosing, at+".expr", Loud, text("%s is decided by", "%s avgjøres av", b.Text), a.Expr, b.Expr)
			c.value(Dosing, at+".override", Loud, text("a physician may override: %s", "en lege kan overstyre: %s", b.Text), a.Override, b.Override)
			c.wording(Dosing, at+".text", a.Text, b.Text)
		}
	})
}

func (c *comparer) timetable(o, n *protocol.Dosing) {
	when := func(a protocol.SessionAnchor, off, tol protocol.Duration, by []string) string {
		return string(a) + " + " + off.String() + " ± " + tol.String() + " " + strings.Join(by, ", ")
	}
	c.value(Dosing, "dosing.vitals.form", Loud, text("vital signs are entered in", "vitale tegn føres i"), o.Vitals.Form, n.Vitals.Form)
	pairs(o.Vitals.Sets, n.Vitals.Sets, func(x *protocol.VitalsSet) string { return x.ID }, func(id string, a, b *protocol.VitalsSet) {
		at := "dosing.vitals.sets." + id
		switch {
		case a == nil:
			c.add(Dosing, "added", at, Loud, text("a new measurement: %s", "en ny måling: %s", b.Title), "", when(b.Anchor, b.Offset, b.Tolerance, b.By))
		case b == nil:
			c.add(Dosing, "removed", at, Loud, text("a measurement is taken out: %s", "en måling tas ut: %s", a.Title), when(a.Anchor, a.Offset, a.Tolerance, a.By), "")
		default:
			c.value(Dosing, at, Change, text("measurement %s", "måling %s", b.Title), when(a.Anchor, a.Offset, a.Tolerance, a.By), when(b.Anchor, b.Offset, b.Tolerance, b.By))
		}
	})
	pairs(o.Forms, n.Forms, func(x *protocol.SessionForm) string { return x.ID }, func(id string, a, b *protocol.SessionForm) {
		at := "dosing.forms." + id
		switch {
		case a == nil:
			c.add(Dosing, "added", at, Change, text("a new form in the session: %s", "et nytt skjema i økten: %s", b.Title), "", b.Form)
		case b == nil:
			c.add(Dosing, "removed", at, Change, text("a form in the session is taken out: %s", "et skjema i økten tas ut: %s", a.Title), a.Form, "")
		default:
			c.value(Dosing, at, Change, text("form %s", "skjema %s", b.Title), a.Form+" "+when(a.Anchor, a.Offset, a.Tolerance, a.By), b.Form+" "+when(b.Anchor, b.Offset, b.Tolerance, b.By))
		}
	})
}

func (c *comparer) rules(o, n *protocol.Dosing) {
	answer := func(r protocol.Respond) string { return strings.Join(r.Roles, ", ") + " " + r.Within.String() }
	pairs(o.Rules, n.Rules, func(x *protocol.Rule) string { return x.ID }, func(id string, a, b *protocol.Rule) {
		at := "dosing.rules." + id
		switch {
		case a == nil:
			c.add(Dosing, "added", at, Loud, text("a new limit: %s", "en ny grense: %s", b.Text), "", b.Metric+" "+b.Compare+" "+show(b.Limit))
		case b == nil:
			c.add(Dosing, "removed", at, Loud, text("a limit is taken out: %s", "en grense tas ut: %s", a.Text), a.Metric+" "+a.Compare+" "+show(a.Limit), "")
		default:
			c.value(Dosing, at+".limit", Loud, text("limit of %s", "grensen for %s", b.Text), a.Metric+" "+a.Compare+" "+show(a.Limit)+" "+a.Unit, b.Metric+" "+b.Compare+" "+show(b.Limit)+" "+b.Unit)
			c.value(Dosing, at+".fromBaseline", Loud, text("%s counts from the first value", "%s regnes fra første verdi", b.Text), a.FromBaseline, b.FromBaseline)
			c.value(Dosing, at+".dwell", Loud, text("%s must last", "%s må vare", b.Text), a.Dwell, b.Dwell)
			c.value(Dosing, at+".severity", Loud, text("severity of %s", "alvorlighet av %s", b.Text), a.Severity, b.Severity)
			c.value(Dosing, at+".acknowledge", Loud, text("%s is answered by", "%s besvares av", b.Text), answer(a.Acknowledge), answer(b.Acknowledge))
			c.value(Dosing, at+".escalate", Loud, text("%s then calls", "%s kaller så på", b.Text), answer(a.Escalate), answer(b.Escalate))
		}
	})
}

func (c *comparer) safety() {
	o, n := &c.old.Safety, &c.new.Safety
	if o.Definition != n.Definition {
		c.add(Safety, "changed", "safety.definition", Loud, text("the definition of an adverse event changes: what was recorded before was judged by another", "definisjonen av uønsket hendelse endres: det som er ført før, ble vurdert etter en annen"), o.Definition.EN, n.Definition.EN)
	}
	c.value(Safety, "safety.form", Loud, text("adverse events are kept in", "uønskede hendelser føres i"), o.Form, n.Form)
	c.value(Safety, "safety.medication", Loud, text("medicines are kept in", "legemidler føres i"), o.Medication, n.Medication)
	pairs(o.Clocks, n.Clocks, func(x *protocol.SafetyClock) string { return x.ID }, func(id string, a, b *protocol.SafetyClock) {
		at := "safety.clocks." + id
		switch {
		case a == nil:
			c.add(Safety, "added", at, Loud, text("a new duty to report: %s", "en ny meldeplikt: %s", b.Text), "", b.Within.String())
		case b == nil:
			c.add(Safety, "removed", at, Loud, text("a duty to report is taken out: %s", "en meldeplikt tas ut: %s", a.Text), a.Within.String(), "")
		default:
			c.value(Safety, at+".when", Loud, text("%s starts when", "%s begynner når", b.Text), a.When, b.When)
			c.value(Safety, at+".within", Loud, text("%s is made within", "%s gjøres innen", b.Text), a.Within, b.Within)
			c.value(Safety, at+".owner", Loud, text("%s is made by", "%s gjøres av", b.Text), a.Owner, b.Owner)
		}
	})
	pairs(o.Stopping, n.Stopping, func(x *protocol.StoppingRule) string { return x.ID }, func(id string, a, b *protocol.StoppingRule) {
		at := "safety.stopping." + id
		switch {
		case a == nil:
			c.add(Safety, "added", at, Loud, text("a new stopping rule: %s", "en ny stoppregel: %s", b.Text), "", b.When)
		case b == nil:
			c.add(Safety, "removed", at, Loud, text("a stopping rule is taken out: %s", "en stoppregel tas ut: %s", a.Text), a.When, "")
		default:
			c.value(Safety, at+".when", Loud, text("%s holds when", "%s gjelder når", b.Text), a.When, b.When)
			c.value(Safety, at+".owner", Loud, text("%s is decided by", "%s avgjøres av", b.Text), a.Owner, b.Owner)
			c.value(Safety, at+".within", Loud, text("%s is decided within", "%s avgjøres innen", b.Text), a.Within, b.Within)
		}
	})
	pairs(c.old.Interactions, c.new.Interactions, func(x *protocol.Interaction) string { return x.ID }, func(id string, a, b *protocol.Interaction) {
		at := "interactions." + id
		switch {
		case a == nil:
			c.add(Safety, "added", at, Loud, text("a new row of medicines: %s (%s)", "en ny rad legemidler: %s (%s)", b.Class, b.Severity), "", b.Severity)
		case b == nil:
			c.add(Safety, "removed", at, Loud, text("a row of medicines is taken out: %s (%s)", "en rad legemidler tas ut: %s (%s)", a.Class, a.Severity), a.Severity, "")
		default:
			c.value(Safety, at+".severity", Loud, text("severity of %s", "alvorlighet av %s", b.Class), a.Severity, b.Severity)
			c.value(Safety, at+".washout", Loud, text("washout of %s", "utvaskingstid for %s", b.Class), a.Washout, b.Washout)
			c.value(Safety, at+".examples", Change, text("names under %s", "navn under %s", b.Class), strings.Join(append(a.Examples, a.ATC...), ", "), strings.Join(append(b.Examples, b.ATC...), ", "))
		}
	})
	c.wording(Safety, "safety.crisis", o.Crisis, n.Crisis)
}
