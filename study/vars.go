package study

import (
	"slices"
	"strings"
	"time"

	"varde/protocol"
)

// Vars gives a participant's collected values and facts to the protocol's
// expressions: "form.item", "visit.form.item" and the facts of protocol.Facts.
type Vars struct {
	def   *protocol.Definition
	s     *State
	env   Env
	visit string   // of the session that session.* facts speak of; "" = the open one
	here  string   // the visit that is being decided about; "" = none
	pair  []string // proposed pair, for pair.valid
}

// NewVars looks at the state as of env.Now. Visit names the visit that is being
// decided about: "here" is what was collected at it, and the session facts are of
// its dosing session. With "" nothing is here, and the session is the one under way.
func NewVars(def *protocol.Definition, s *State, env Env, visit string) Vars {
	return Vars{def: def, s: s, env: env, visit: visit, here: visit}
}

// Var implements expr.Vars.
func (v Vars) Var(name string) (any, bool) {
	first, rest, ok := strings.Cut(name, ".")
	if !ok {
		return nil, false
	}
	switch first {
	case "consent", "person", "session", "pair", "medication", "treatment", "event":
		return v.fact(first, rest)
	}
	if form, item, ok := strings.Cut(rest, "."); ok {
		if first == protocol.Here {
			first = v.here
		}
		if first == "" {
			return nil, false
		}
		return v.value(v.s.newest(first, form), form, item)
	}
	return v.value(v.s.Latest[first], first, rest)
}

func (v Vars) value(f *FormState, form, id string) (any, bool) {
	if f == nil {
		return nil, false
	}
	c, ok := v.def.Form(form)
	if !ok {
		return nil, false
	}
	x, ok := f.Scores[id]
	if !ok {
		x = f.Values[id]
	}
	if !x.Given() {
		return nil, false
	}
	n := c.Native(id, x)
	return n, n != nil
}

func (v Vars) fact(group, name string) (any, bool) {
	s := v.s
	switch group + "." + name {
	case "consent.given":
		return !s.Reached[Consented].IsZero(), true
	case "consent.current":
		return s.ConsentCurrent(v.def), true
	case "person.enrolled":
		return !s.Reached[Enrolled].IsZero(), true
	case "person.randomised":
		return !s.Reached[Randomised].IsZero(), true
	case "person.doses":
		return int64(s.Doses), true
	case "treatment.stopped":
		return !s.Stopped.IsZero(), true
	case "event.serious_open":
		return v.seriousOpen(), true
	case "pair.valid":
		return v.pairValid(), true
	case "medication.contraindicated":
		return v.medication("X"), true
	case "medication.high":
		return v.medication("H"), true
	case "medication.undecided":
		return v.medication("M"), true
	}
	if group == "session" {
		return v.session(name)
	}
	return nil, false
}

func (v Vars) session(name string) (any, bool) {
	x := v.s.OpenSession()
	if v.visit != "" {
		x = v.s.Sessions[v.visit]
	}
	if x == nil {
		return nil, false
	}
	minutes := func(since time.Time) (any, bool) {
		if since.IsZero() {
			return nil, false
		}
		return v.env.Now.Sub(since).Minutes(), true
	}
	switch name {
	case "minutes_since_dose":
		return minutes(x.DoseAt)
	case "minutes_since_last_dose":
		return minutes(x.LastDoseAt())
	case "supplement_given":
		return !x.SupplementAt.IsZero(), true
	case "open_breaches":
		n := int64(0)
		for _, b := range x.Breaches {
			if b.Acknowledged.IsZero() {
				n++
			}
		}
		return n, true
	case "hold":
		return holding(v.def, v.s, x), true
	case "vitals_complete":
		for _, t := range SessionPlan(v.def, v.s, x) {
			if t.Kind == PlanVitals && t.Done.IsZero() && !t.Due.IsZero() && t.Latest.Before(v.env.Now) {
				return false, true
			}
		}
		return true, true
	}
	return nil, false
}

// pairValid: as many therapists as the protocol asks for, all with unexpired
// credentials, enough of them licensed, and not related to each other when the
// protocol forbids it.
func (v Vars) pairValid() bool {
	pair := v.pair
	if pair == nil {
		if x := v.s.Sessions[v.visit]; x != nil {
			pair = x.Pair
		}
	}
	return PairFault(v.def, v.env.Site, pair, v.env.Now).Empty()
}

// PairFault says what is wrong with a proposed pair, empty when nothing is.
func PairFault(def *protocol.Definition, site *SiteState, pair []string, now time.Time) Text {
	rule := def.Staffing.Pair
	if len(pair) != rule.Size {
		return say("the pair must be %d therapists, not %d", "paret må være %d terapeuter, ikke %d", rule.Size, len(pair))
	}
	licensed := 0
	for i, id := range pair {
		if slices.Contains(pair[:i], id) {
			return say("%s stands twice in the pair", "%s står to ganger i paret", id)
		}
		m, ok := member(site, id)
		if !ok || !slices.Contains(m.Roles, "therapist") {
			return say("%s is not a therapist at this site", "%s er ikke terapeut ved dette stedet", id)
		}
		if !m.Serves("therapist", DayOf(now, site.Zone).String()) {
			return say("%s is not delegated as therapist on this day: the term has not begun or has run out", "%s er ikke delegert som terapeut denne dagen: perioden har ikke begynt eller er utløpt", m.Name)
		}
		if t := CredentialFault(def, site, m, "therapist", now); !t.Empty() {
			return t
		}
		if holds(m, "licence", DayOf(now, site.Zone).String()) {
			licensed++
		}
		for _, other := range pair[:i] {
			if o, _ := member(site, other); rule.Unrelated && (slices.Contains(m.Related, other) || slices.Contains(o.Related, id)) {
				return say("%s and %s are related and may not be a pair", "%s og %s er i slekt eller gift og kan ikke være par", m.Name, o.Name)
			}
		}
	}
	if licensed < rule.Licensed {
		return say("%d of the pair must hold a licence, %d does", "%d av paret må ha autorisasjon, %d har det", rule.Licensed, licensed)
	}
	return Text{}
}

// CredentialFault says which credential the role asks for that the member lacks or that has run out.
func CredentialFault(def *protocol.Definition, site *SiteState, m StaffMember, role string, now time.Time) Text {
	day := DayOf(now, site.Zone).String()
	for _, c := range def.Staffing.Credentials {
		if CountedOverPair(def, c.ID, role) {
			continue
		}
		if slices.Contains(c.Roles, role) && !holds(m, c.ID, day) {
			return say("%s lacks the credential %q, or it has run out", "%s mangler kompetansebeviset %q, eller det er utløpt", m.Name, c.Title)
		}
	}
	return Text{}
}

// CountedOverPair says that the role need not hold the credential each: of a pair of
// therapists, so many must hold the licence as the protocol says.
func CountedOverPair(def *protocol.Definition, credential, role string) bool {
	return credential == "licence" && role == "therapist" && def.Staffing.Pair.Licensed < def.Staffing.Pair.Size
}

func member(site *SiteState, id string) (StaffMember, bool) {
	if site == nil {
		return StaffMember{}, false
	}
	m, ok := site.Staff[id]
	return m, ok
}

func holds(m StaffMember, credential, day string) bool {
	until, ok := m.Credentials[credential]
	return ok && (until == "" || until >= day)
}

func (v Vars) seriousOpen() bool {
	for _, f := range v.s.Records("", v.def.Safety.Form) {
		if b, ok := f.Values["serious"].Bool(); ok && b && !f.Values["end"].Given() {
			return true
		}
	}
	return false
}

// MedicationHit is one record of the medication log that meets a row of the interaction table.
type MedicationHit struct {
	Record      *FormState
	Name        string
	Interaction protocol.Interaction
	Until       Day  // first day on which it is washed out; 0 when it is still taken or unknown
	Washed      bool // washed out on the day asked about
	Decided     bool // the physician has decided
}

// MedicationHits answers the interactions of everything in the medication log, on a day.
func MedicationHits(def *protocol.Definition, s *State, on Day) []MedicationHit {
	var out []MedicationHit
	if def.Safety.Medication == "" {
		return nil
	}
	for _, f := range s.Records("", def.Safety.Medication) {
		name := f.Values["name"].Text()
		for _, row := range MatchMedicine(def, name, f.Values["atc"].Text()) {
			h := MedicationHit{Record: f, Name: name, Interaction: row}
			ongoing, _ := f.Values["ongoing"].Bool()
			// No washout in the table means that no time is enough by itself.
			if last, ok := lastIntake(f); ok && !ongoing && row.Washout > 0 {
				h.Until = last + Day(row.Washout.Days())
				h.Washed = on >= h.Until
			}
			d := f.Values["decision"]
			h.Decided = d.Given() && d.Text() != "none"
			out = append(out, h)
		}
	}
	return out
}

// lastIntake answers the later of the last intake and the end of the prescription.
func lastIntake(f *FormState) (last Day, ok bool) {
	for _, id := range []string{"last_intake", "stop"} {
		if t, err := time.Parse(time.DateOnly, f.Values[id].Text()); err == nil {
			if day := DayOf(t, time.UTC); !ok || day > last {
				last, ok = day, true
			}
		}
	}
	return last, ok
}

func (v Vars) medication(severity string) bool {
	for _, h := range MedicationHits(v.def, v.s, DayOf(v.env.Now, v.s.Zone)) {
		if h.Interaction.Severity != severity || h.Washed {
			continue
		}
		if severity != "M" || !h.Decided {
			return true
		}
	}
	return false
}
