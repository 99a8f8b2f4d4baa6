package protocol

import (
	"fmt"
	"slices"
	"strings"
)

func (c *checker) consent() {
	docs := c.d.Consent.Documents
	seen := map[string]int{}
	valid := map[string]int{}
	for i, x := range docs {
		at := fmt.Sprintf("consent.documents[%d]", i)
		if x.ID != "" && !plainID.MatchString(x.ID) {
			c.add(at+".id", "V012", fmt.Sprintf("the id %q is not well formed", x.ID), "Use letters, digits and hyphens")
		}
		key := x.ID + "@" + x.Version
		if j, twice := seen[key]; twice {
			c.add(at+".version", "V010", fmt.Sprintf("version %q of %q is also documents[%d]", x.Version, x.ID, j), "A changed text is a new version")
		}
		seen[key] = i
		if x.Valid {
			if j, twice := valid[x.ID]; twice {
				c.add(at+".valid", "V066", fmt.Sprintf("two versions of %q may be signed: documents[%d] and documents[%d]", x.ID, j, i), "Only one version is valid at a time")
			}
			valid[x.ID] = i
		}
		if len(x.Sections) == 0 {
			c.add(at, "V004", "the document has no sections", "Add sections")
		}
		ids(c, at+".sections", x.Sections, plainID, func(s *ConsentSection) string { return s.ID })
		ids(c, at+".questions", x.Questions, plainID, func(q *ConsentQuestion) string { return q.ID })
		for j := range x.Questions {
			c.question(fmt.Sprintf("%s.questions[%d]", at, j), &x.Questions[j])
		}
	}
	if len(docs) > 0 && !slices.ContainsFunc(docs, func(x ConsentDocument) bool { return x.Required && x.Valid }) {
		c.add("consent.documents", "V066", "no document is both required and valid: nobody could consent", "Set required: true and valid: true on the main document")
	}
	for i, x := range docs {
		for j, old := range x.Supersedes {
			var versions []string
			for _, y := range docs {
				if y.ID == x.ID && y.Version != x.Version {
					versions = append(versions, y.Version)
				}
			}
			c.ref(fmt.Sprintf("consent.documents[%d].supersedes[%d]", i, j), "other version of "+x.ID, old, versions)
		}
	}
}

func (c *checker) question(at string, q *ConsentQuestion) {
	ids(c, at+".options", q.Options, plainID, func(o *ConsentOption) string { return o.ID })
	right := 0
	for _, o := range q.Options {
		if o.Right {
			right++
		}
	}
	if right == 0 || right == len(q.Options) {
		c.add(at, "V066", fmt.Sprintf("%d of %d answers are right, so the question checks nothing", right, len(q.Options)), "Mark at least one answer, and not all, right: true")
	}
}

// consentCovers warns of forms that the consent documents do not tell of.
func (c *checker) consentCovers() {
	covered := map[string]bool{}
	for i, x := range c.d.Consent.Documents {
		if !x.Valid {
			continue
		}
		for j, s := range x.Sections {
			for n, f := range s.Covers {
				covered[f] = true
				if _, known := c.lib[f]; known {
					if _, used := c.d.Instruments[f]; !used {
						c.warn(fmt.Sprintf("consent.documents[%d].sections[%d].covers[%d]", i, j, n), "V065", fmt.Sprintf("the section tells of the form %q, which is not used", f), "Remove it, or use the form")
					}
				}
			}
		}
	}
	if len(c.d.Consent.Documents) == 0 {
		return
	}
	var missing []string
	for _, id := range sortedKeys(c.collect.forms) {
		if !covered[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		c.warn("consent.documents", "V065", fmt.Sprintf("no section of a valid document tells of: %s", strings.Join(missing, ", ")), "Name the forms in the covers of the section that tells of them")
	}
}
