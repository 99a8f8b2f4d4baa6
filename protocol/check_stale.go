package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// digest names the value under a mark, without where it comes from: another source
// or note does not change what was confirmed.
func (m mark) digest() string {
	b, err := json.Marshal(m.of.Interface())
	var tree any
	if err == nil {
		err = json.Unmarshal(b, &tree)
	}
	if err == nil {
		b, err = json.Marshal(withoutProvenance(tree))
	}
	if err != nil {
		return "" // what was read from a file can be written
	}
	sum := sha256.Sum256(append([]byte(m.ref+"\x00"), b...))
	return hex.EncodeToString(sum[:8])
}

func withoutProvenance(x any) any {
	switch x := x.(type) {
	case map[string]any:
		for _, key := range []string{"source", "status", "confirm", "note"} {
			delete(x, key)
		}
		for k, v := range x {
			x[k] = withoutProvenance(v)
		}
	case []any:
		for i := range x {
			x[i] = withoutProvenance(x[i])
		}
	}
	return x
}

// confirmed compares a confirmation with the value as it stands now.
func (c *checker) confirmed(i int, m mark) {
	x, at := &c.d.Confirmed[i], fmt.Sprintf("confirmed[%d]", i)
	now := m.digest()
	var there []Place
	if !strings.HasPrefix(m.ref, "instruments.") {
		there = []Place{c.place(m.path, "the value as it stands now")}
	}
	switch x.Digest {
	case now:
	case "":
		c.tell(Warning, at, "V121", fmt.Sprintf("the confirmation of %s does not hold what was confirmed", x.Ref), fmt.Sprintf("If the value as it stands now was confirmed, add digest: %q", now), there)
	default:
		c.tell(Error, at+".digest", "V120", fmt.Sprintf("%s was changed after %s confirmed it on %s", x.Ref, x.By, x.On), fmt.Sprintf("Let the site confirm the new value, and write digest: %q with the new date", now), there)
	}
}

// Stale lists confirmations that are older than any approval of the protocol is good
// for, or dated after the day asked about. The day is the caller's: the protocol
// itself has no clock.
func (d *Definition) Stale(day time.Time) []Finding {
	good := Duration(0)
	for _, a := range d.Approvals {
		good = max(good, a.Expires)
	}
	today := day.Format(time.DateOnly)
	var out []Finding
	add := func(i int, message, fix string) {
		at := fmt.Sprintf("confirmed[%d].on", i)
		_, line, col := d.src.root.Locate(at)
		out = append(out, Finding{Code: "V122", Severity: Warning, File: d.src.fileOf(at), Line: line, Column: col, Path: at, Message: message, Fix: fix})
	}
	for i, x := range d.Confirmed {
		on, err := time.Parse(time.DateOnly, x.On)
		switch {
		case err != nil: // told when it was read
		case x.On > today:
			add(i, fmt.Sprintf("%s is said to be confirmed on %s, which is still to come", x.Ref, x.On), "Write the day on which it was confirmed")
		case good > 0 && on.Add(good.Std()).Format(time.DateOnly) < today:
			add(i, fmt.Sprintf("%s was confirmed on %s, longer ago than any approval is good for (%s)", x.Ref, x.On, good), "Have it confirmed again with the next approval")
		}
	}
	sortFindings(out)
	return out
}
