package protocol

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"varde/bilingual"
	"varde/instrument"
)

// One thing said in several places is said the same way.

// definitions compares the definition of an adverse event and of medicines over all
// the places that hold a part of it.
func (c *checker) definitions(r *reasoning) {
	c.seriousnessAgrees()
	c.severityComplete()
	c.eventsFrom()
	c.eventPeriods()
	c.solicited()
	c.clocksInOrder(r)
	c.interactionsAgree()
	c.notesAgree()
}

// seriousnessAgrees compares the criteria of seriousness with the options of the form.
func (c *checker) seriousnessAgrees() {
	f := c.lib[c.d.Safety.Form]
	if f == nil || len(c.d.Safety.Seriousness) == 0 {
		return
	}
	item, ok := f.Item("criteria")
	if !ok {
		return
	}
	c.sameCodes("safety.seriousness", "V162", f, item, c.d.Safety.Seriousness)
}

// severityComplete finds grades that the form asks for and that the protocol does not
// define. The other direction is checked with the references.
func (c *checker) severityComplete() {
	f := c.lib[c.d.Safety.Form]
	if f == nil {
		return
	}
	for _, x := range []struct {
		item string
		list []Reason
	}{{"severity", c.d.Safety.Severity}, {"relation", c.d.Safety.Relation}} {
		if item, ok := f.Item(x.item); ok && len(x.list) > 0 {
			c.sameCodes("safety."+x.item, "V162", f, item, x.list)
		}
	}
}

func (c *checker) sameCodes(path, code string, f *instrument.Compiled, item *instrument.Item, list []Reason) {
	var options, defined []string
	for _, o := range f.OptionsOf(item) {
		options = append(options, o.Value.Text())
	}
	for _, r := range list {
		defined = append(defined, r.ID)
	}
	for i, id := range defined {
		if !slices.Contains(options, id) {
			c.warn(fmt.Sprintf("%s[%d].id", path, i), code, fmt.Sprintf("%q is defined here, but %s.%s has no such answer", id, f.ID, item.ID), "Use the same codes: "+shortList(options))
		}
	}
	for _, id := range options {
		if !slices.Contains(defined, id) {
			c.warn(path, code, fmt.Sprintf("%s.%s has the answer %q, which is not defined here", f.ID, item.ID, id), "Define it, or take the option out of the form")
		}
	}
}

var (
	sinceConsent = regexp.MustCompile(`(?i)\b(after|since|from)\s+(the\s+)?(informed\s+)?consent`)
	sinceDose    = regexp.MustCompile(`(?i)\b(after|since|from)\s+(the\s+)?(start of|first)\s+(treatment|dos\w+|session|the first)`)
	lasting      = regexp.MustCompile(`(?i)\b(\d+|[a-z]+)[ -](hour|day|week|month|year)s?\b`)
)

// eventsFrom compares when adverse events begin to be recorded: in the definition, in
// the form, in the log.
func (c *checker) eventsFrom() {
	s := &c.d.Safety
	f := c.lib[s.Form]
	starts := func(t string) string {
		switch {
		case sinceConsent.MatchString(t):
			return "consent"
		case sinceDose.MatchString(t):
			return "treatment"
		}
		return ""
	}
	defined := starts(s.Definition.EN)
	if defined == "" || f == nil {
		return
	}
	if asked := starts(f.Instructions.EN); asked != "" && asked != defined {
		c.warn("safety.definition", "V161", fmt.Sprintf("adverse events count from %s by the definition, and from %s by the form %q", defined, asked, f.ID), "Let both say the same")
	}
	for i, l := range c.d.Logs {
		if l.Form == s.Form && defined == "consent" && l.From != Consented && l.From != Referred && l.From != Prescreened {
			c.warn(fmt.Sprintf("logs[%d].from", i), "V161", fmt.Sprintf("adverse events count from consent by the definition, but the log %q is kept from the milestone %q", l.Form, l.From), "Write from: consented")
		}
	}
}

// eventPeriods compares how long after treatment adverse events are recorded.
func (c *checker) eventPeriods() {
	s := &c.d.Safety
	f := c.lib[s.Form]
	defined := durationsAfter(s.Definition)
	if len(defined) == 0 {
		return
	}
	if f != nil {
		if asked := durationsAfter(f.Instructions); len(asked) > 0 && !slices.Equal(asked, defined) {
			c.warn("safety.definition", "V161", fmt.Sprintf("the definition records adverse events until %s after treatment, the form %q until %s", daysOf(defined), f.ID, daysOf(asked)), "Let both say the same")
		}
	}
	for i, x := range c.d.Consent.Documents {
		for j, sec := range x.Sections {
			if !x.Valid || !slices.Contains(sec.Covers, s.Form) {
				continue
			}
			if told := durationsAfter(sec.Long); len(told) > 0 && !slices.Equal(told, defined) {
				c.warn(fmt.Sprintf("consent.documents[%d].sections[%d].long", i, j), "V161", fmt.Sprintf("the consent tells of adverse events until %s after treatment, the definition says %s", daysOf(told), daysOf(defined)), "Let both say the same")
			}
		}
	}
}

var afterTreatment = regexp.MustCompile(`(?i)(\d+|[a-z]+)[ -](hour|day|week|month|year)s?\s+(after|from|following)\s+(the\s+)?(last|final|end)`)

// durationsAfter lists the days after the last dose that a text names.
func durationsAfter(t bilingual.Text) []float64 {
	var out []float64
	for _, m := range afterTreatment.FindAllStringSubmatch(t.EN, -1) {
		if d, ok := daysSaid(m[1], m[2]); ok && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	slices.Sort(out)
	return out
}

func daysSaid(number, unit string) (float64, bool) {
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		var ok bool
		if n, ok = numberWords[strings.ToLower(number)]; !ok {
			if !strings.EqualFold(number, "one") && !strings.EqualFold(number, "a") {
				return 0, false
			}
			n = 1
		}
	}
	switch strings.ToLower(unit) {
	case "hour":
		return n / 24, true
	case "week":
		return n * 7, true
	case "month":
		return n * 30.4, true
	case "year":
		return n * 365, true
	}
	return n, true
}

func daysOf(days []float64) string {
	var out []string
	for _, d := range days {
		out = append(out, strconv.FormatFloat(d, 'f', -1, 64)+" days")
	}
	return strings.Join(out, ", ")
}

// solicited makes sure that the closed list asks for what the definition calls an
// adverse event by name.
func (c *checker) solicited() {
	if c.d.Dosing == nil || c.d.Dosing.Solicited == "" {
		return
	}
	f := c.lib[c.d.Dosing.Solicited]
	if f == nil {
		return
	}
	var asked strings.Builder
	for _, i := range f.Items {
		asked.WriteString(strings.ToLower(i.ID + " " + i.Text.EN + " " + i.Help.EN + " "))
	}
	for _, must := range []struct{ what, pattern string }{
		{"euphoria", `euphor`},
		{"impaired judgement or abilities", `impair|judg|clumsy|coordination`},
	} {
		if !regexp.MustCompile(must.pattern).MatchString(asked.String()) {
			c.warn("dosing.solicited", "V163", fmt.Sprintf("the closed list %q does not ask for %s", f.ID, must.what), "Add an item: effects that are not asked for are not recorded, as regulators found in 2024")
		}
	}
}

// clocksInOrder finds a duty that follows from another, graver in its condition, and
// yet has more time.
func (c *checker) clocksInOrder(r *reasoning) {
	for i, a := range c.d.Safety.Clocks {
		x, ok := r.at(fmt.Sprintf("safety.clocks[%d].when", i))
		if !ok {
			continue
		}
		for j, b := range c.d.Safety.Clocks {
			y, ok := r.at(fmt.Sprintf("safety.clocks[%d].when", j))
			if !ok || i == j || a.To != b.To || a.Within <= b.Within || a.When == b.When {
				continue
			}
			if r.space().Implies(x.Condition, y.Condition) && !r.space().Implies(y.Condition, x.Condition) {
				c.warn(fmt.Sprintf("safety.clocks[%d].within", i), "V161", fmt.Sprintf("every event of %q is one of %q, which must be reported within %s: %s is too late", a.ID, b.ID, b.Within, a.Within), "The narrower duty has the shorter time")
			}
		}
	}
}

// interactionsAgree finds medicines in two rows that ask different things of them, and
// wash-outs that their own advice contradicts.
func (c *checker) interactionsAgree() {
	rows := map[string]int{}
	for i, x := range c.d.Interactions {
		at := fmt.Sprintf("interactions[%d]", i)
		for j, name := range x.Examples {
			k, twice := rows[name]
			if !twice {
				rows[name] = i
				continue
			}
			other := c.d.Interactions[k]
			if k != i && (other.Severity != x.Severity || other.Washout != x.Washout) {
				c.warn(fmt.Sprintf("%s.examples[%d]", at, j), "V161", fmt.Sprintf("%q stands in the row %q as well (%s, wash-out %s), and here as %s, wash-out %s", name, other.ID, other.Severity, other.Washout, x.Severity, x.Washout), "Keep the medicine in one row")
			}
		}
	}
}
