package clinic

import (
	"varde/access"
	"varde/web/page"
)

// An address names its visit. To a rater who must not know which assessment this
// is, "V3" or "V19" in the address would tell. Those addresses hold a reference
// instead, in which no order shows: app makes it and reads it.

// hides says that the reader must not know which visit this is.
func hides(c *page.Context, visit string) bool {
	v, ok := c.Def.Visit(visit)
	return ok && v.Hides && access.HidesVisit(c.Def, c.Actor.Role)
}

// visitRef is what stands for the visit in this reader's addresses.
func visitRef(c *page.Context, id, visit string) string {
	if visit == "" {
		return "-"
	}
	return c.App.VisitRef(c.Actor, c.Study, id, visit)
}

// visitOf is the visit that the address means: "" for a log, and for what this
// reader's addresses cannot mean.
func visitOf(c *page.Context, id string) string {
	visit, ok := c.App.VisitOf(c.Actor, c.Study, id, c.Value("visit"))
	if !ok {
		return ""
	}
	return visit
}

func visitPath(c *page.Context, id, visit string) string {
	return c.Path("p", id, "v", visitRef(c, id, visit))
}
