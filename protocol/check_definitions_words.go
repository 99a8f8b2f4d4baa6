package protocol

import (
	"fmt"
	"math"
	"regexp"
	"slices"
)

// Times, people and chances that texts name, against the plan beside them.

var (
	saysTherapists = regexp.MustCompile(`(?i)\b(two|three|four|\d)\s+(?:assigned\s+|trained\s+|of your\s+)*therapists\b`)
	saysEvenChance = regexp.MustCompile(`(?i)\bhalf of (?:the |all )?(?:participants|people|those)\b|\bsame chance\b|\bequal chance\b|\beven chance\b`)
	saysClockTime  = regexp.MustCompile(`(?i)\b(\d+|[a-z]+)\s+(minute|hour)s?\b`)
	saysCalendar   = regexp.MustCompile(`(?i)\b(\d+|[a-z]+)\s+(week|month|year)s?\b`)
)

func (c *checker) wordsAgree() {
	c.advices()
	c.titlesOfTimes()
	c.titlesOfVisits()
	for i, x := range c.d.Consent.Documents {
		for j, s := range x.Sections {
			if !x.Valid {
				continue
			}
			at := fmt.Sprintf("consent.documents[%d].sections[%d]", i, j)
			for _, layer := range []struct{ path, text string }{{at + ".short", s.Short.EN}, {at + ".long", s.Long.EN}} {
				c.chanceSaid(layer.path, layer.text)
				c.therapistsSaid(layer.path, layer.text)
			}
		}
	}
}

// advices compares the wash-out of a medicine with what the advice beside it says.
func (c *checker) advices() {
	for i, x := range c.d.Interactions {
		if x.Washout <= 0 {
			continue
		}
		days, told, agrees := float64(x.Washout)/float64(Day), []float64{}, false
		for _, m := range lasting.FindAllStringSubmatch(x.Advice.EN, -1) {
			if n, ok := daysSaid(m[1], m[2]); ok {
				told = append(told, n)
				agrees = agrees || math.Abs(n-days) <= 0.05*days
			}
		}
		if len(told) > 0 && !agrees {
			c.warn(fmt.Sprintf("interactions[%d].washout", i), "V161", fmt.Sprintf("the wash-out is %s, but the advice says %s", x.Washout, daysOf(told)), "Let both say the same")
		}
	}
}

// titlesOfTimes compares the times in the titles of what is due in a session with when
// it is due.
func (c *checker) titlesOfTimes() {
	d := c.d.Dosing
	if d == nil {
		return
	}
	check := func(path string, title Text, offset Duration) {
		m := saysClockTime.FindStringSubmatch(title.EN)
		if m == nil {
			return
		}
		n, ok := wholeSaid(m[1])
		minutes := float64(n)
		if m[2] == "hour" {
			minutes *= 60
		}
		if ok && !sameNumber(minutes, offset.Std().Minutes()) {
			c.warn(path, "V160", fmt.Sprintf("the title says %q, but it is due %s after its anchor", title.EN, offset), "Let both say the same")
		}
	}
	for i, s := range d.Vitals.Sets {
		check(fmt.Sprintf("dosing.vitals.sets[%d].offset", i), s.Title, s.Offset)
	}
	for i, f := range d.Forms {
		check(fmt.Sprintf("dosing.forms[%d].offset", i), f.Title, f.Offset)
	}
}

// titlesOfVisits compares the months in a visit's title with when it is due after the
// dosing visit that it is counted from.
func (c *checker) titlesOfVisits() {
	const near = 0.12 // months are told roughly
	for i, v := range c.d.Protocol.Visits {
		a, ok := c.d.Visit(v.Anchor)
		m := saysCalendar.FindStringSubmatch(v.Title.EN)
		if !ok || a.Kind != Session || m == nil {
			continue
		}
		told, ok := daysSaid(m[1], m[2])
		if due := float64(v.Offset) / float64(Day); ok && math.Abs(told-due) > near*told {
			c.warn(fmt.Sprintf("visits[%d].offset", i), "V160", fmt.Sprintf("the title says %q, but %s is due %v days after %s", v.Title.EN, v.ID, due, v.Anchor), "Let both say the same")
		}
	}
}

// chanceSaid finds a promise of even chances where the draw is uneven.
func (c *checker) chanceSaid(path, text string) {
	a := c.d.Allocation
	m := saysEvenChance.FindString(text)
	if a == nil || m == "" {
		return
	}
	var shares []int
	for _, arm := range sortedKeys(a.Ratio) {
		shares = append(shares, a.Ratio[arm])
	}
	if len(shares) > 0 && slices.Min(shares) != slices.Max(shares) {
		c.warn(path, "V160", fmt.Sprintf("the consent says %q, but the arms are drawn in the ratio %v", m, shares), "Tell the chances as they are")
	}
}

// therapistsSaid compares how many therapists people are told of with the pair.
func (c *checker) therapistsSaid(path, text string) {
	for _, m := range saysTherapists.FindAllStringSubmatch(text, -1) {
		if n, ok := wholeSaid(m[1]); ok && c.d.Staffing.Pair.Size > 0 && n > c.d.Staffing.Pair.Size {
			c.warn(path, "V160", fmt.Sprintf("the consent says %q, staffing.pair.size is %d", m[0], c.d.Staffing.Pair.Size), "Let both say the same")
			return
		}
	}
}
