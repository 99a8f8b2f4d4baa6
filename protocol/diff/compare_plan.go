package diff

import (
	"fmt"
	"slices"
	"strings"

	"varde/instrument"
	"varde/protocol"
)

// window is a visit's place in time in words that both languages share.
func window(v *protocol.Visit) string {
	return fmt.Sprintf("%s + %s (%s … +%s)", v.Anchor, v.Offset, v.Before, v.After)
}

func (c *comparer) visits() {
	pairs(c.old.Epochs, c.new.Epochs, func(x *protocol.Epoch) string { return x.ID }, func(id string, a, b *protocol.Epoch) {
		at := "epochs." + id
		switch {
		case a == nil:
			c.add(Visits, "added", at, Change, text("a new stretch of the study: %s", "en ny del av studien: %s", b.Title), "", id)
		case b == nil:
			c.add(Visits, "removed", at, Change, text("a stretch of the study is taken out: %s", "en del av studien tas ut: %s", a.Title), id, "")
		default:
			c.value(Visits, at+".needs", Loud, text("%s comes after", "%s kommer etter", b.Title), a.Needs, b.Needs)
		}
	})
	pairs(c.old.Visits, c.new.Visits, func(x *protocol.Visit) string { return x.ID }, func(id string, a, b *protocol.Visit) {
		at := "visits." + id
		switch {
		case a == nil:
			c.add(Visits, "visit-added", at, Loud, text("a new visit: %s, %s", "et nytt besøk: %s, %s", b.Title, window(b)), "", window(b))
		case b == nil:
			c.add(Visits, "visit-removed", at, Loud, text("a visit is taken out: %s", "et besøk tas ut: %s", a.Title), window(a), "")
		default:
			c.visit(at, a, b)
		}
	})
	pairs(c.old.Logs, c.new.Logs, func(x *protocol.Log) string { return x.Form }, func(id string, a, b *protocol.Log) {
		at := "logs." + id
		switch {
		case a == nil:
			c.add(Visits, "added", at, Change, text("a new log: %s", "en ny logg: %s", b.Title), "", id)
		case b == nil:
			c.add(Visits, "removed", at, Loud, text("a log is taken out: %s", "en logg tas ut: %s", a.Title), id, "")
		default:
			c.value(Visits, at+".from", Change, text("%s is kept from", "%s føres fra", b.Title), string(a.From), string(b.From))
			c.value(Visits, at+".by", Change, text("%s is kept by", "%s føres av", b.Title), strings.Join(a.By, ", "), strings.Join(b.By, ", "))
		}
	})
	c.value(Visits, "withdrawal.followUp", Loud, text("visits after treatment is stopped", "besøk etter at behandlingen er avsluttet"), strings.Join(c.old.Withdrawal.FollowUp, ", "), strings.Join(c.new.Withdrawal.FollowUp, ", "))
	reasons := func(list []protocol.Reason) string {
		var out []string
		for _, r := range list {
			out = append(out, r.ID)
		}
		return strings.Join(out, ", ")
	}
	c.value(Visits, "withdrawal.reasons", Change, text("reasons for leaving", "årsaker til å slutte"), reasons(c.old.Withdrawal.Reasons), reasons(c.new.Withdrawal.Reasons))
}

func (c *comparer) visit(at string, a, b *protocol.Visit) {
	if window(a) != window(b) {
		c.add(Visits, "window-moved", at, Loud, text("%s: the window is %s, was %s", "%s: vinduet er %s, var %s", b.Title, window(b), window(a)), window(a), window(b))
	}
	c.value(Visits, at+".kind", Loud, text("%s is held as", "%s holdes som", b.Title), string(a.Kind), string(b.Kind))
	c.value(Visits, at+".epoch", Change, text("%s belongs to", "%s hører til", b.Title), a.Epoch, b.Epoch)
	c.value(Visits, at+".needs", Loud, text("%s comes after", "%s kommer etter", b.Title), strings.Join(a.Needs, ", "), strings.Join(b.Needs, ", "))
	c.value(Visits, at+".when", Loud, text("%s is in the plan when", "%s er i planen når", b.Title), a.When, b.When)
	c.value(Visits, at+".by", Change, text("%s is held by", "%s holdes av", b.Title), strings.Join(a.By, ", "), strings.Join(b.By, ", "))
	c.value(Visits, at+".minutes", Note, text("minutes of %s", "minutter for %s", b.Title), a.Minutes, b.Minutes)
	c.value(Visits, at+".overnight", Loud, text("%s overnight", "%s med overnatting", b.Title), a.Overnight, b.Overnight)
	c.value(Visits, at+".recorded", Loud, text("%s is filmed", "%s filmes", b.Title), a.Recorded, b.Recorded)
	c.value(Visits, at+".hides", Loud, text("%s hides its number from the rater", "%s skjuler nummeret for vurdereren", b.Title), a.Hides, b.Hides)
	c.value(Visits, at+".optional", Change, text("%s is optional", "%s er valgfritt", b.Title), a.Optional, b.Optional)
	c.value(Visits, at+".treatment", Loud, text("%s is treatment", "%s er behandling", b.Title), a.Treatment, b.Treatment)
	c.wording(Visits, at+".title", a.Title, b.Title)
	pairs(a.Forms, b.Forms, func(u *protocol.FormUse) string { return u.Form }, func(id string, x, y *protocol.FormUse) {
		place := at + ".forms." + id
		switch {
		case x == nil:
			c.add(Visits, "form-asked", place, Change, text("%s asks for %s as well", "%s ber også om %s", b.Title, id), "", id)
		case y == nil:
			c.add(Visits, "form-not-asked", place, Loud, text("%s does not ask for %s any more", "%s ber ikke lenger om %s", b.Title, id), id, "")
		default:
			c.value(Visits, place+".optional", Change, text("%s at %s is optional", "%s ved %s er valgfritt", id, b.Title), x.Optional, y.Optional)
			c.value(Visits, place+".repeats", Change, text("%s at %s repeats", "%s ved %s gjentas", id, b.Title), x.Repeats, y.Repeats)
			c.value(Visits, place+".when", Change, text("%s at %s is asked when", "%s ved %s spørres når", id, b.Title), x.When, y.When)
			c.value(Visits, place+".by", Change, text("%s at %s is entered by", "%s ved %s føres av", id, b.Title), x.By, y.By)
		}
	})
}

func (c *comparer) forms() {
	ids := map[string]bool{}
	for id := range c.old.Instruments {
		ids[id] = true
	}
	for id := range c.new.Instruments {
		ids[id] = true
	}
	all := make([]string, 0, len(ids))
	for id := range ids {
		all = append(all, id)
	}
	slices.Sort(all)
	for _, id := range all {
		a, b := c.old.Instruments[id], c.new.Instruments[id]
		at := "forms." + id
		switch {
		case a == nil:
			c.add(Forms, "form-added", at, Change, text("a new form: %s", "et nytt skjema: %s", b.Title), "", b.Version)
		case b == nil:
			c.add(Forms, "form-removed", at, Loud, text("a form is taken out: %s", "et skjema tas ut: %s", a.Title), a.Version, "")
		case a.Hash != b.Hash:
			c.form(at, a, b)
		}
	}
}

func (c *comparer) form(at string, a, b *instrument.Compiled) {
	c.value(Forms, at+".version", Note, text("version of %s", "versjon av %s", b.Title), a.Version, b.Version)
	c.value(Forms, at+".respondent", Change, text("%s is answered by", "%s besvares av", b.Title), string(a.Respondent), string(b.Respondent))
	c.value(Forms, at+".repeats", Loud, text("%s repeats", "%s gjentas", b.Title), a.Repeats, b.Repeats)
	pairs(a.Items, b.Items, func(x *instrument.Item) string { return x.ID }, func(id string, x, y *instrument.Item) {
		place := at + "." + id
		switch {
		case x == nil:
			w := Change
			if y.Required {
				w = Loud
			}
			c.add(Forms, "item-added", place, w, text("%s asks: %s%s", "%s spør: %s%s", b.Title, y.Text, required(y)), "", string(y.Type))
		case y == nil:
			c.add(Forms, "item-removed", place, Loud, text("%s does not ask any more: %s", "%s spør ikke lenger: %s", b.Title, x.Text), string(x.Type), "")
		default:
			c.item(place, a, b, x, y)
		}
	})
	pairs(a.Scores, b.Scores, func(x *instrument.Score) string { return x.ID }, func(id string, x, y *instrument.Score) {
		place := at + "." + id
		switch {
		case x == nil:
			c.add(Forms, "score-added", place, Change, text("a new score: %s", "en ny skår: %s", y.Title), "", scoring(y))
		case y == nil:
			c.add(Forms, "score-removed", place, Loud, text("a score is taken out: %s", "en skår tas ut: %s", x.Title), scoring(x), "")
		case scoring(x) != scoring(y):
			c.add(Forms, "scoring-changed", place, Loud, text("%s is reckoned in another way: scores of what is recorded are recomputed", "%s regnes på en annen måte: skårer av det som er ført, regnes på nytt", y.Title), scoring(x), scoring(y))
		}
	})
	pairs(a.Alerts, b.Alerts, func(x *instrument.Alert) string { return x.ID }, func(id string, x, y *instrument.Alert) {
		place := at + ".alerts." + id
		switch {
		case x == nil:
			c.add(Forms, "added", place, Loud, text("a new alert: %s", "et nytt varsel: %s", y.Text), "", y.When)
		case y == nil:
			c.add(Forms, "removed", place, Loud, text("an alert is taken out: %s", "et varsel tas ut: %s", x.Text), x.When, "")
		default:
			c.value(Forms, place, Loud, text("alert %s", "varsel %s", id), x.When+" → "+x.Owner+" "+x.Within, y.When+" → "+y.Owner+" "+y.Within)
		}
	})
	if cutoffs(a) != cutoffs(b) {
		c.add(Forms, "changed", at+".cutoffs", Change, text("the bands of %s change", "båndene i %s endres", b.Title), cutoffs(a), cutoffs(b))
	}
}

func required(it *instrument.Item) Text {
	if it.Required {
		return Text{EN: " (required)", NB: " (påkrevd)"}
	}
	return Text{}
}

func cutoffs(c *instrument.Compiled) string {
	var out []string
	for _, x := range c.Cutoffs {
		out = append(out, x.Score+"."+x.ID+" "+show(x.From)+"-"+show(x.Below))
	}
	return strings.Join(out, ", ")
}

func scoring(s *instrument.Score) string {
	return fmt.Sprintf("%s %v at least %s times %g missing %+v %s %s min %s max %s", s.Method, s.Items, show(s.AtLeast), s.Times, s.Missing, s.Expr, s.Type, show(s.Min), show(s.Max))
}

func (c *comparer) item(at string, a, b *instrument.Compiled, x, y *instrument.Item) {
	c.value(Forms, at+".type", Loud, text("%s is of the type", "%s er av typen", y.Text), string(x.Type), string(y.Type))
	c.value(Forms, at+".unit", Loud, text("%s is in", "%s er i", y.Text), x.Unit, y.Unit)
	if rangeOf(x) != rangeOf(y) {
		c.add(Forms, "range-changed", at, Change, text("plausible range of %s: %s, was %s", "sannsynlig område for %s: %s, var %s", y.Text, rangeOf(y), rangeOf(x)), rangeOf(x), rangeOf(y))
	}
	if p, q := codes(a, x), codes(b, y); p != q {
		c.add(Forms, "options-changed", at, Loud, text("the answers to choose of %s: %s, were %s", "svarene å velge for %s: %s, var %s", y.Text, orNone(q), orNone(p)), p, q)
	}
	c.value(Forms, at+".required", Change, text("%s is required", "%s er påkrevd", y.Text), x.Required, y.Required)
	c.value(Forms, at+".when", Change, text("%s is asked when", "%s spørres når", y.Text), x.When, y.When)
	c.value(Forms, at+".identifying", Loud, text("%s identifies the person", "%s identifiserer personen", y.Text), x.Identifying, y.Identifying)
	if x.Blinding != y.Blinding {
		c.add(Blinding, "class-changed", at, Loud, text("who may see %s changes: %s, was %s", "hvem som kan se %s, endres: %s, var %s", y.Text, orNone(string(y.Blinding)), orNone(string(x.Blinding))), string(x.Blinding), string(y.Blinding))
	}
	c.wording(Forms, at+".text", x.Text, y.Text)
}

func rangeOf(it *instrument.Item) string {
	if it.Min == nil && it.Max == nil {
		return ""
	}
	return show(it.Min) + "–" + show(it.Max)
}

func codes(c *instrument.Compiled, it *instrument.Item) string {
	var out []string
	for _, o := range c.OptionsOf(it) {
		out = append(out, o.Value.Text())
	}
	return strings.Join(out, ", ")
}
