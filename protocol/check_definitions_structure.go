package protocol

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Numbers that people read about the study against the study: sessions, participants,
// weeks, follow-up, doses.

var (
	saysSessions = regexp.MustCompile(`(?i)\b(\d+|[a-z]+)\s+(?:(?:long|dosing|supervised|whole|treatment|medicine|drug|experimental|assisted)\s+)*sessions?\b`)
	saysDays     = regexp.MustCompile(`(?i)\b(one|\d+)\s+(?:supervised\s+)?dosing\s+days?\b`)
	saysPeople   = regexp.MustCompile(`(?i)(?:about|around|some|altogether|in all)\s+(a hundred|\d+)\s+(?:people|persons|participants|patients)|\b(\d+)\s+(?:people|persons|participants|patients)\s+(?:take|will take)\s+part`)
	saysAfter    = regexp.MustCompile(`(?i)\b(\d+|[a-z]+)\s+(week|month|year)s?\s+after\s+(baseline|the last dose|the last session)`)
)

func (c *checker) stated() {
	p := &c.d.Protocol
	c.sessionsSaid("title", p.Title.EN)
	c.sessionsSaid("summary", p.Summary.EN)
	c.weeksSaid("summary", p.Summary.EN)
	c.designSaid()
	for i, x := range p.Consent.Documents {
		for j, s := range x.Sections {
			if !x.Valid {
				continue
			}
			at := fmt.Sprintf("consent.documents[%d].sections[%d]", i, j)
			c.sessionsSaid(at+".short", s.Short.EN)
			c.sessionsSaid(at+".long", s.Long.EN)
			c.peopleSaid(at+".long", s.Long.EN)
			for _, layer := range []struct{ path, text string }{{at + ".short", s.Short.EN}, {at + ".long", s.Long.EN}} {
				c.contraceptionSaid(layer.path, layer.text)
				c.staySaid(layer.path, layer.text)
			}
		}
	}
	if s := p.Simulation; s != nil && p.Analysis.SampleSize > 0 && s.Participants > 0 {
		if a, b := float64(p.Analysis.SampleSize), float64(s.Participants); a > 1.25*b || b > 1.25*a {
			c.warn("analysis.sampleSize", "V160", fmt.Sprintf("the plan is for %d participants, the simulation for %d", p.Analysis.SampleSize, s.Participants), "Let both say the same, or simulate what is planned")
		}
	}
	c.dosesAgree()
	c.staffAgree()
}

var saysCompared = regexp.MustCompile(`(?i)\b(double-blind|double blind|randomi[sz]ed|placebo-controlled)\b`)

// designSaid finds a title or summary that promises a comparison where there is none.
func (c *checker) designSaid() {
	if len(c.d.Arms) > 1 {
		return
	}
	for _, x := range []struct{ path, text string }{{"title", c.d.Title.EN}, {"summary", c.d.Summary.EN}} {
		for _, at := range saysCompared.FindAllStringIndex(x.text, -1) {
			if before := strings.ToLower(x.text[max(0, at[0]-4):at[0]]); strings.HasSuffix(before, "not ") || strings.HasSuffix(before, "non-") {
				continue
			}
			c.warn(x.path, "V160", fmt.Sprintf("the text says %q, but there are not two arms to compare", x.text[at[0]:at[1]]), "Say what the study is: open, with one arm")
			break
		}
	}
}

// sessionsSaid compares a number of sessions in words with the dosing visits.
func (c *checker) sessionsSaid(path, text string) {
	n := c.sessions()
	if n == 0 {
		return
	}
	offered := 0
	for _, v := range c.d.Protocol.Visits {
		if v.Kind == Session && (v.Optional || v.When != "") {
			offered++
		}
	}
	for _, m := range saysSessions.FindAllStringSubmatch(text, -1) {
		if x, ok := wholeSaid(m[1]); ok && x > 1 && (x > n || x < n-offered) {
			c.warn(path, "V160", fmt.Sprintf("the text says %q, the schedule has %d dosing visits", m[0], n), "Let both say the same")
			return
		}
	}
	for _, m := range saysDays.FindAllStringSubmatch(text, -1) {
		if x, ok := wholeSaid(m[1]); ok && x != n {
			c.warn(path, "V160", fmt.Sprintf("the text says %q, the schedule has %d dosing visits", m[0], n), "Let both say the same")
			return
		}
	}
}

func (c *checker) sessions() int {
	n := 0
	for _, v := range c.d.Protocol.Visits {
		if v.Kind == Session {
			n++
		}
	}
	return n
}

func wholeSaid(s string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, true
	}
	if strings.EqualFold(s, "one") {
		return 1, true
	}
	x, ok := numberWords[strings.ToLower(s)]
	return int(x), ok
}

// weeksSaid compares the week of the main outcome and the length of follow-up.
func (c *checker) weeksSaid(path, text string) {
	a := &c.d.Analysis
	for _, m := range saysAfter.FindAllStringSubmatch(text, -1) {
		days, ok := daysSaid(m[1], m[2])
		if !ok {
			continue
		}
		if m[3] != "baseline" {
			if last, stands := c.lastAfterSession(), c.standsAfterSession(days); last > 0 && !stands {
				c.warn(path, "V160", fmt.Sprintf("the text says %q, but no visit is due then: the last one is %v days after the last dosing visit", m[0], last), "Let both say the same")
			}
			continue
		}
		i := slices.IndexFunc(a.Endpoints, func(e Endpoint) bool { return e.Role == "primary" && len(e.Weeks) == len(e.Visits)+1 })
		if i < 0 {
			continue
		}
		if j := slices.Index(a.Endpoints[i].Visits, a.Endpoints[i].At); j >= 0 && float64(7*a.Endpoints[i].Weeks[j+1]) != days && m[2] == "week" {
			c.warn(path, "V160", fmt.Sprintf("the text says %q, the plan of %q says week %d", m[0], a.Endpoints[i].ID, a.Endpoints[i].Weeks[j+1]), "Let both say the same")
		}
	}
}

// lastAfterSession answers the planned days from the last dosing visit to the last
// visit that is counted from it; 0 when none is.
func (c *checker) lastAfterSession() float64 {
	most := 0.0
	for _, d := range c.daysAfterSession() {
		most = max(most, d)
	}
	return most
}

// standsAfterSession says that a visit is due about so many days after the last
// dosing visit.
func (c *checker) standsAfterSession(days float64) bool {
	return slices.ContainsFunc(c.daysAfterSession(), func(d float64) bool { return math.Abs(d-days) <= 0.1*days })
}

// daysAfterSession lists the planned days from the last dosing visit to the visits that
// are counted from it.
func (c *checker) daysAfterSession() []float64 {
	last := ""
	var out []float64
	for _, v := range c.d.Protocol.Visits {
		if v.Kind == Session {
			last = v.ID
		}
	}
	from := map[string]float64{last: 0}
	for _, v := range c.d.Protocol.Visits {
		if d, ok := from[v.Anchor]; ok && v.ID != last {
			from[v.ID] = d + float64(v.Offset)/float64(Day)
			out = append(out, from[v.ID])
		}
	}
	return out
}

func (c *checker) peopleSaid(path, text string) {
	n := c.d.Analysis.SampleSize
	for _, m := range saysPeople.FindAllStringSubmatch(text, -1) {
		word := m[1] + m[2]
		x, ok := wholeSaid(word)
		if word == "a hundred" {
			x, ok = 100, true
		}
		if ok && n > 0 && (float64(x) > 1.25*float64(n) || float64(n) > 1.25*float64(x)) {
			c.warn(path, "V160", fmt.Sprintf("the consent says %q, the plan is for %d", m[0], n), "Let both say the same")
		}
	}
}

var contraception = regexp.MustCompile(`(?is)contracepti[^.]*?(\d+|[a-z]+)\s+(day|week|month)s?\s+after`)

// contraceptionSaid compares how long contraception is asked for: in the criteria and
// in the consent.
func (c *checker) contraceptionSaid(path, text string) {
	m := contraception.FindStringSubmatch(text)
	if m == nil {
		return
	}
	told, ok := daysSaid(m[1], m[2])
	if !ok {
		return
	}
	for _, x := range c.d.Eligibility.Criteria {
		if k := contraception.FindStringSubmatch(x.Text.EN); k != nil {
			if asked, ok := daysSaid(k[1], k[2]); ok && asked != told {
				c.warn(path, "V161", fmt.Sprintf("the consent asks for contraception until %v days after, the criterion %s until %v", told, x.ID, asked), "Let both say the same")
			}
		}
	}
}

var saysStay = regexp.MustCompile(`(?is)\b(?:leave|stay|remain)\b[^.]*?\bat least\s+(\d+|[a-z]+)\s+hours?\b`)

// staySaid compares the least stay after a dose that people are told of with the gate.
func (c *checker) staySaid(path, text string) {
	d := c.d.Dosing
	if d == nil || d.Discharge.Earliest == 0 {
		return
	}
	for _, m := range saysStay.FindAllStringSubmatch(text, -1) {
		if n, ok := wholeSaid(m[1]); ok && !sameNumber(float64(n), d.Discharge.Earliest.Std().Hours()) {
			c.warn(path, "V160", fmt.Sprintf("the consent tells of a stay of at least %d hours, dosing.discharge.earliest is %s", n, d.Discharge.Earliest), "Let both say the same")
		}
	}
}

// dosesAgree looks at amounts against one another.
func (c *checker) dosesAgree() {
	d := c.d.Dosing
	if d == nil {
		return
	}
	initial := map[string][]float64{}
	least := math.Inf(1)
	for _, x := range d.Doses {
		if x.Step == "initial" {
			initial[x.Visit] = x.Amounts
			for _, a := range x.Amounts {
				least = min(least, a)
			}
		}
	}
	for i, x := range d.Doses {
		if v, ok := c.d.Visit(x.Visit); ok && x.Step == "supplement" && v.Minutes > 0 && x.Latest.Std().Minutes() > float64(v.Minutes) {
			c.warn(fmt.Sprintf("dosing.doses[%d].latest", i), "V160", fmt.Sprintf("the supplemental dose may be given until %s after the initial one, but %s is planned for %d minutes", x.Latest, x.Visit, v.Minutes), "Check the unit of latest")
		}
		for j, a := range x.Amounts {
			at := fmt.Sprintf("dosing.doses[%d].amounts[%d]", i, j)
			halves := slices.ContainsFunc(initial[x.Visit], func(b float64) bool { return sameNumber(a, b/2) })
			switch {
			case x.Step == "initial" && a > 4*least:
				c.warn(at, "V160", fmt.Sprintf("%v mg is more than four times the least initial dose (%v mg)", a, least), "Check the digits")
			case x.Step == "supplement" && x.HalfOf && !halves:
				c.warn(at, "V160", fmt.Sprintf("the supplemental dose is half of the initial one, but %v mg is half of none of those at %s", a, x.Visit), "Write half of each initial amount")
			case x.Step == "supplement" && len(initial[x.Visit]) > 0 && a > slices.Max(initial[x.Visit]):
				c.warn(at, "V160", fmt.Sprintf("the supplemental dose of %v mg is larger than any initial dose at %s", a, x.Visit), "Check the digits")
			}
		}
	}
}

// staffAgree looks at what staffing cannot do of what the sessions ask.
func (c *checker) staffAgree() {
	d, s := c.d.Dosing, &c.d.Staffing
	if d == nil || c.sessions() == 0 {
		return
	}
	if len(d.TwoPerson) > 0 && s.Pair.Size == 1 {
		c.warn("staffing.pair.size", "V160", fmt.Sprintf("%s is confirmed by two persons, but a pair is of one", d.TwoPerson[0].ID), "Write size: 2")
	}
	for _, x := range []struct {
		key string
		n   int
	}{{"pairs", s.Capacity.Pairs}, {"rooms", s.Capacity.Rooms}, {"sessionsPerWeek", s.Capacity.SessionsPerWeek}, {"participantsAtOnce", s.Capacity.ParticipantsAtOnce}} {
		if x.n == 0 {
			c.warn("staffing.capacity."+x.key, "V160", fmt.Sprintf("%s is 0, so no session can ever be planned", x.key), "Write what a site has")
		}
	}
}
