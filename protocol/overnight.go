package protocol

import (
	"fmt"
	"slices"
	"time"
)

// Overnight is the night at the site after a session: how often the attendant looks to
// the participant, from when and until when. The first check is due at From, or when the
// participant is handed over if that is later; the others follow by Every. At Until the
// participant gets up and leaves.
type Overnight struct {
	Form       string   `yaml:"form" json:"form"`           // instrument id; one record a check
	From       string   `yaml:"from" json:"from"`           // time of day at the site, such as "22:00"
	Until      string   `yaml:"until" json:"until"`         // time of day at the site, the next morning
	Every      Duration `yaml:"every" json:"every"`         // between two checks
	Tolerance  Duration `yaml:"tolerance" json:"tolerance"` // how late a check may be
	By         []string `yaml:"by" json:"by"`               // roles
	Provenance `yaml:",inline"`
}

// TimeOfDay reads "22:30" as the time since midnight by the clock on the wall.
func TimeOfDay(s string) (time.Duration, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}

// mostChecks bounds a night: more than one check every ten minutes is a slip.
const mostChecks = 100

// overnight checks the plan of the night.
func (c *checker) overnight() {
	n := c.d.Dosing.Overnight
	if n == nil {
		return
	}
	const at = "dosing.overnight"
	if f, ok := c.form(at+".form", n.Form); ok && !f.Repeats {
		c.add(at+".form", "V064", fmt.Sprintf("the form %q does not repeat and cannot be filled in at every check", n.Form), "Set repeats: true in the form")
	}
	from, okFrom := c.timeOfDay(at+".from", n.From)
	until, okUntil := c.timeOfDay(at+".until", n.Until)
	c.positive(at+".every", n.Every, "the time between two checks")
	c.notNegative(at+".tolerance", n.Tolerance, "the tolerance")
	c.roles(at+".by", n.By, true)
	if okFrom && okUntil {
		night := until - from
		if night <= 0 {
			night += 24 * time.Hour
		}
		switch {
		case from == until:
			c.add(at+".until", "V025", "the night ends when it begins", "Write the time of the morning")
		case n.Every > 0 && night < n.Every.Std():
			c.add(at+".every", "V014", fmt.Sprintf("the night from %s to %s is shorter than the time between two checks, %s", n.From, n.Until, n.Every), "Write a shorter time")
		case n.Every > 0 && night/n.Every.Std() > mostChecks:
			c.add(at+".every", "V014", fmt.Sprintf("one check every %s would be more than %d in a night", n.Every, mostChecks), "Write a longer time")
		}
	}
	if n.Tolerance > n.Every && n.Every > 0 {
		c.add(at+".tolerance", "V014", fmt.Sprintf("a check may be %s late, longer than the time to the next", n.Tolerance), "Write a shorter time")
	}
	stays := c.d.Dosing.Discharge.Overnight || slices.ContainsFunc(c.d.Protocol.Visits, func(v Visit) bool { return v.Overnight && v.Kind == Session })
	if !stays {
		c.warn(at, "V036", "nobody stays overnight, so the night is never watched", "Write overnight: true in dosing.discharge or at the dosing visit, or remove dosing.overnight")
	}
}

func (c *checker) timeOfDay(at, s string) (time.Duration, bool) {
	t, ok := TimeOfDay(s)
	if !ok && s != "" {
		c.add(at, "V035", fmt.Sprintf("%q is no time of day", s), `Write "22:00"`)
	}
	return t, ok
}
