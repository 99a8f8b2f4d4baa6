package protocol

import (
	"fmt"
	"math"
	"strings"
)

// What a site is asked to confirm is the value that stands there: a note that tells
// another number than the value was left behind when the value was changed.

func (c *checker) notesAgree() {
	for i, x := range c.d.Interactions {
		c.noteOfDuration(fmt.Sprintf("interactions[%d].washout", i), "the wash-out", x.Washout, x.Provenance)
	}
	for i, x := range c.d.Safety.Clocks {
		c.noteOfDuration(fmt.Sprintf("safety.clocks[%d].within", i), "the time to report", x.Within, x.Provenance)
	}
	for i, x := range c.d.Staffing.Credentials {
		c.noteOfDuration(fmt.Sprintf("staffing.credentials[%d].expires", i), "the term", x.Expires, x.Provenance)
	}
	for i, x := range c.d.Protocol.Approvals {
		c.noteOfDuration(fmt.Sprintf("approvals[%d].expires", i), "the term", x.Expires, x.Provenance)
	}
	d := c.d.Dosing
	if d == nil {
		return
	}
	for i, r := range d.Rules {
		numbers := numbersIn(r.Note, "en")
		if len(numbers) > 0 && strings.HasPrefix(r.Note, "Confirm ") && !hasNumber(numbers, math.Abs(r.Limit)) && numbers[0].digits {
			c.warn(fmt.Sprintf("dosing.rules[%d].note", i), "V161", fmt.Sprintf("the site is asked to confirm %s, but the limit is %v", listNumbers(numbers), r.Limit), "Bring note and limit together")
		}
	}
}

// noteOfDuration compares the durations that a note asks to confirm with the value.
func (c *checker) noteOfDuration(path, what string, value Duration, p Provenance) {
	if value == 0 || p.Note == "" {
		return
	}
	days := float64(value) / float64(Day)
	said, found := []float64{}, false
	for _, m := range lasting.FindAllStringSubmatch(p.Note, -1) {
		n, ok := daysSaid(m[1], m[2])
		if !ok {
			continue
		}
		said = append(said, n)
		found = found || math.Abs(n-days) <= 0.02*days
	}
	if len(said) > 0 && !found {
		c.warn(path, "V161", fmt.Sprintf("%s is %s, but the note speaks of %s", what, value, daysOf(said)), "Bring note and value together")
	}
}
