package schedule

import (
	"strings"

	"varde/bilingual"
	"varde/chart/numeral"
	"varde/protocol"
	"varde/study"
)

// words speaks one language.
type words struct{ lang string }

func (w words) say(en, nb string) string { return bilingual.Text{EN: en, NB: nb}.In(w.lang) }

var milestones = map[protocol.Milestone]bilingual.Text{
	protocol.Referred:    {EN: "referral", NB: "henvisning"},
	protocol.Prescreened: {EN: "pre-screening", NB: "forhåndsvurdering"},
	protocol.Consented:   {EN: "consent", NB: "samtykke"},
	protocol.Eligible:    {EN: "found eligible", NB: "funnet kvalifisert"},
	protocol.Enrolled:    {EN: "enrolment", NB: "inklusjon"},
	protocol.Randomised:  {EN: "randomisation", NB: "randomisering"},
	protocol.Completed:   {EN: "completion", NB: "fullføring"},
}

func (w words) milestone(m protocol.Milestone) string {
	if t, ok := milestones[m]; ok {
		return t.In(w.lang)
	}
	return string(m)
}

var kinds = map[protocol.VisitKind]bilingual.Text{
	protocol.Clinic:  {EN: "Clinic", NB: "Oppmøte"},
	protocol.Remote:  {EN: "Video", NB: "Video"},
	protocol.Phone:   {EN: "Phone", NB: "Telefon"},
	protocol.Session: {EN: "Dosing session", NB: "Doseringsøkt"},
	protocol.Rating:  {EN: "Rating", NB: "Vurdering"},
}

func (w words) kind(k protocol.VisitKind) string {
	if t, ok := kinds[k]; ok {
		return t.In(w.lang)
	}
	return string(k)
}

var moments = map[protocol.SessionAnchor]bilingual.Text{
	protocol.AtStart:      {EN: "the start of the session", NB: "øktens start"},
	protocol.AtDose:       {EN: "the dose", NB: "dosen"},
	protocol.AtSupplement: {EN: "the supplemental dose", NB: "tilleggsdosen"},
	protocol.AtCheckpoint: {EN: "the decision on the supplemental dose", NB: "avgjørelsen om tilleggsdose"},
	protocol.AtEnd:        {EN: "the end of the planned observation", NB: "slutten av planlagt observasjon"},
}

// moment says when something is due in a session: "1 h after the dose".
func (w words) moment(a protocol.SessionAnchor, offset protocol.Duration) string {
	at := moments[a].In(w.lang)
	switch {
	case offset == 0:
		return w.say("at ", "ved ") + at
	case offset < 0:
		return w.span(-offset, false) + w.say(" before ", " før ") + at
	}
	return w.span(offset, false) + w.say(" after ", " etter ") + at
}

// span writes a duration with its units: "7 d", "1 h 30 min"; with a sign where asked.
func (w words) span(d protocol.Duration, sign bool) string {
	s := ""
	switch {
	case d < 0:
		s, d = "−", -d
	case sign && d > 0:
		s = "+"
	}
	if d == 0 {
		return "0"
	}
	var parts []string
	for _, u := range []struct {
		size   protocol.Duration
		en, nb string
	}{{protocol.Day, "d", "d"}, {protocol.Day / 24, "h", "t"}, {protocol.Day / 1440, "min", "min"}, {protocol.Day / 86400, "s", "s"}} {
		if n := d / u.size; n > 0 {
			parts = append(parts, numeral.Format(w.lang, float64(n), 0)+"\u00a0"+w.say(u.en, u.nb))
			d -= n * u.size
		}
	}
	return s + strings.Join(parts, "\u00a0")
}

func (w words) role(r string) string { return study.RoleName(r).In(w.lang) }

func (w words) roles(list []string) string {
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = w.role(r)
	}
	return w.list(names, w.say("and", "og"))
}

func (w words) list(names []string, last string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " " + last + " " + names[n-1]
	}
	return strings.Join(names, "")
}

// sentence begins with a capital and ends with a stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	r := []rune(s)
	r[0] = []rune(strings.ToUpper(string(r[0])))[0]
	s = string(r)
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") && !strings.HasSuffix(s, "!") {
		s += "."
	}
	return s
}
