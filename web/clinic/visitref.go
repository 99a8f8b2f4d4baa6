package clinic

import (
	"crypto/sha256"
	"encoding/hex"

	"varde/access"
	"varde/web/page"
)

// An address names its visit. To a rater who must not know which assessment this
// is, "V3" or "V19" in the address would tell. Those addresses hold a reference
// made of participant and visit instead, in which no order shows.

// hides says that the reader must not know which visit this is.
func hides(c *page.Context, visit string) bool {
	v, ok := c.Def.Visit(visit)
	return ok && v.Hides && access.HidesVisit(c.Def, c.Actor.Role)
}

// visitRef is what stands for the visit in this reader's addresses.
func visitRef(c *page.Context, id, visit string) string {
	switch {
	case visit == "":
		return "-"
	case hides(c, visit):
		sum := sha256.Sum256([]byte("varde visit\x00" + c.Study + "\x00" + id + "\x00" + visit))
		return "a" + hex.EncodeToString(sum[:6])
	}
	return visit
}

// visitOf is the visit that the address means: "" for a log, and for what this
// reader's addresses cannot mean.
func visitOf(c *page.Context, id string) string {
	ref := c.Value("visit")
	if ref == "-" {
		return ""
	}
	for i := range c.Def.Visits {
		if v := c.Def.Visits[i].ID; visitRef(c, id, v) == ref {
			return v
		}
	}
	return ""
}

func visitPath(c *page.Context, id, visit string) string {
	return c.Path("p", id, "v", visitRef(c, id, visit))
}
