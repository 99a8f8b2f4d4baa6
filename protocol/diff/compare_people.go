package diff

import (
	"slices"
	"strings"

	"varde/protocol"
)

func (c *comparer) consent() {
	id := func(d *protocol.ConsentDocument) string { return d.ID + " " + d.Version }
	pairs(c.old.Consent.Documents, c.new.Consent.Documents, id, func(k string, a, b *protocol.ConsentDocument) {
		at := "consent.documents." + strings.ReplaceAll(k, " ", "@")
		switch {
		case a == nil:
			c.newDocument(at, b)
		case b == nil:
			c.add(Consent, "removed", at, Error, text("the version %s of %s is taken out of the protocol: keep it listed with valid: false, or what people signed cannot be shown any more", "versjon %s av %s er tatt ut av protokollen: la den stå med valid: false, ellers kan det folk har signert ikke vises lenger", a.Version, a.Title), a.Version, "")
		default:
			c.value(Consent, at+".required", Loud, text("%s must be signed", "%s må signeres", b.Title), a.Required, b.Required)
			c.value(Consent, at+".valid", Loud, text("%s %s may be signed", "%s %s kan signeres", b.Title, b.Version), a.Valid, b.Valid)
			c.value(Consent, at+".supersedes", Loud, text("%s %s must be signed anew by those who signed", "%s %s må signeres på nytt av dem som signerte", b.Title, b.Version), strings.Join(a.Supersedes, ", "), strings.Join(b.Supersedes, ", "))
			if what := c.contentOf(a, b); len(what) > 0 {
				c.add(Consent, "signed-text-changed", at, Error, text("the text of version %s changes (%s), and people may have signed it: write a new version instead", "teksten i versjon %s endres (%s), og noen kan ha signert den: skriv en ny versjon i stedet", b.Version, strings.Join(what, ", ")), "", "")
			}
		}
	})
}

// newDocument tells a new version against the one before it.
func (c *comparer) newDocument(at string, b *protocol.ConsentDocument) {
	var before *protocol.ConsentDocument
	for i := range c.old.Consent.Documents {
		if d := &c.old.Consent.Documents[i]; d.ID == b.ID {
			before = d
		}
	}
	if before == nil {
		c.add(Consent, "added", at, Loud, text("a new document: %s %s", "et nytt dokument: %s %s", b.Title, b.Version), "", b.Version)
		return
	}
	changed := strings.Join(c.contentOf(before, b), ", ")
	if len(b.Supersedes) > 0 {
		c.add(Consent, "re-consent", at, Loud, text("%s %s replaces %s, and whoever signed that must consent anew; what changes: %s", "%s %s erstatter %s, og alle som signerte den må samtykke på nytt; det som endres: %s", b.Title, b.Version, strings.Join(b.Supersedes, ", "), orNone(changed)), before.Version, b.Version)
		return
	}
	c.add(Consent, "new-version", at, Change, text("%s has a new version %s for those who sign from now on; what changes: %s", "%s har en ny versjon %s for dem som signerer fra nå av; det som endres: %s", b.Title, b.Version, orNone(changed)), before.Version, b.Version)
}

// contentOf names the sections and questions that differ.
func (c *comparer) contentOf(a, b *protocol.ConsentDocument) []string {
	var out []string
	pairs(a.Sections, b.Sections, func(s *protocol.ConsentSection) string { return s.ID }, func(id string, x, y *protocol.ConsentSection) {
		switch {
		case x == nil:
			out = append(out, "+"+id)
		case y == nil:
			out = append(out, "-"+id)
		case x.Title != y.Title || x.Short != y.Short || x.Long != y.Long || !slices.Equal(x.Covers, y.Covers):
			out = append(out, id)
		}
	})
	pairs(a.Questions, b.Questions, func(q *protocol.ConsentQuestion) string { return q.ID }, func(id string, x, y *protocol.ConsentQuestion) {
		if x == nil || y == nil || x.Text != y.Text || !slices.Equal(x.Options, y.Options) {
			out = append(out, "?"+id)
		}
	})
	return out
}

func (c *comparer) eligibility() {
	o, n := c.old.Eligibility, c.new.Eligibility
	pairs(o.Gates, n.Gates, func(g *protocol.Gate) string { return g.ID }, func(id string, a, b *protocol.Gate) {
		at := "eligibility.gates." + id
		switch {
		case a == nil:
			c.add(Eligibility, "added", at, Loud, text("a new decision: %s", "en ny avgjørelse: %s", b.Title), "", id)
		case b == nil:
			c.add(Eligibility, "removed", at, Loud, text("a decision is taken out: %s", "en avgjørelse tas ut: %s", a.Title), id, "")
		default:
			c.value(Eligibility, at+".at", Loud, text("%s is decided at", "%s avgjøres ved", b.Title), a.At, b.At)
			c.value(Eligibility, at+".gives", Loud, text("%s gives", "%s gir", b.Title), string(a.Gives), string(b.Gives))
			c.value(Eligibility, at+".by", Change, text("%s is decided by", "%s avgjøres av", b.Title), strings.Join(a.By, ", "), strings.Join(b.By, ", "))
		}
	})
	pairs(o.Criteria, n.Criteria, func(x *protocol.Criterion) string { return x.ID }, func(id string, a, b *protocol.Criterion) {
		at := "eligibility.criteria." + id
		switch {
		case a == nil:
			c.add(Eligibility, "stricter", at, Loud, text("a new criterion %s (%s): %s", "et nytt kriterium %s (%s): %s", id, b.Kind, b.Text), "", b.Expr)
		case b == nil:
			c.add(Eligibility, "looser", at, Loud, text("the criterion %s is taken out: %s", "kriteriet %s tas ut: %s", id, a.Text), a.Expr, "")
		default:
			c.value(Eligibility, at+".kind", Loud, text("%s is of the kind", "%s er av typen", id), a.Kind, b.Kind)
			c.value(Eligibility, at+".gate", Loud, text("%s is decided at", "%s avgjøres ved", id), a.Gate, b.Gate)
			if a.Expr != b.Expr {
				way := c.direction(a, b)
				c.add(Eligibility, way, at, Loud, text("%s becomes %s: %s", "%s blir %s: %s", id, Text{EN: way, NB: wayNB[way]}, b.Text), a.Expr, b.Expr)
			} else {
				c.wording(Eligibility, at+".text", a.Text, b.Text)
			}
		}
	})
}

var wayNB = map[string]string{"stricter": "strengere", "looser": "mildere", "other": "annerledes", "same": "det samme, skrevet annerledes"}
