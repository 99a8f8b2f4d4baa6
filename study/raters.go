package study

import (
	"maps"
	"slices"
	"time"

	"varde/protocol"
)

// Why a person is not drawn to rate a participant. The first five stand in
// State.Barred; the others depend on the day.
const (
	BarPair       = "pair"       // sat with the participant in a dosing session
	BarVisit      = "visit"      // held a treatment visit
	BarConsent    = "consent"    // obtained consent
	BarUnblinded  = "unblinded"  // was shown the arm
	BarNotBlind   = "not-blind"  // stated not to be blind any more
	BarRelated    = "related"    // is related to somebody who treats
	BarTerm       = "term"       // the delegation has not begun, or has run out
	BarCredential = "credential" // a credential that raters hold is missing or has run out
	BarEarlier    = "earlier"    // was drawn first, and cannot
)

var barNames = map[string]Text{
	BarPair: {EN: "sat with the participant in a session", NB: "satt med deltakeren i en økt"}, BarVisit: {EN: "held a treatment visit", NB: "gjennomførte et behandlingsbesøk"},
	BarConsent: {EN: "obtained consent", NB: "innhentet samtykke"}, BarUnblinded: {EN: "was shown the arm", NB: "har fått se armen"},
	BarNotBlind: {EN: "is not blind any more", NB: "er ikke lenger blindet"}, BarRelated: {EN: "is related to somebody who treats", NB: "er i slekt eller gift med noen som behandler"},
	BarTerm:       {EN: "the delegation has not begun or has run out", NB: "delegeringen har ikke begynt eller er utløpt"},
	BarCredential: {EN: "a credential is missing or has run out", NB: "et kompetansebevis mangler eller er utløpt"}, BarEarlier: {EN: "was drawn before", NB: "var trukket fra før"},
}

// LeftOut is a rater who could not be drawn, and the rule that says so.
type LeftOut struct {
	Person string
	Name   string
	Rule   string
}

func (x LeftOut) text() Text { return say("%s (%s)", "%s (%s)", x.Name, barNames[x.Rule]) }

// bar notes why a person must not rate the participant; the old map stays as it was.
// Having treated, or seen the arm, outweighs a statement of one's own.
func (s *State) bar(person, rule string) {
	if old := s.Barred[person]; person == "" || old != "" && (old != BarNotBlind || rule == BarNotBlind) {
		return
	}
	barred := maps.Clone(s.Barred)
	if barred == nil {
		barred = map[string]string{}
	}
	barred[person] = rule
	s.Barred = barred
}

// barHolders bars those who held a visit of the treatment.
func (s *State) barHolders(v *protocol.Visit, by []string, e Event) {
	if v.Kind == protocol.Rating || !v.Treatment && v.Kind != protocol.Session {
		return
	}
	rule := BarVisit
	if v.Kind == protocol.Session {
		rule = BarPair
	}
	for _, person := range by {
		s.bar(person, rule)
	}
	if e.Role != "system" {
		s.bar(e.Actor, BarVisit)
	}
}

// treats says that the rule is about taking part in the treatment.
func treats(rule string) bool { return rule == BarPair || rule == BarVisit || rule == BarConsent }

// RaterPool answers who may be drawn to rate the participant at a moment, and who is
// left out and why, both by id: the raters of the site and of the delegation log who
// have nothing to do with the treatment. A delegation that was ended is not mentioned.
// Credentials are those of the site's staff list and of the delegation together.
func RaterPool(def *protocol.Definition, s *State, env Env, at time.Time, except string) (pool []string, out []LeftOut) {
	const role = "rater"
	rule := map[string]string{} // of everybody who has the role
	names := map[string]string{}
	creds := map[string]map[string]string{} // from the delegation log
	if env.Study != nil {
		day := DayOf(at, time.UTC).String()
		for i := range env.Study.Delegations {
			x := &env.Study.Delegations[i]
			if x.Role != role || !x.Ended.IsZero() || !x.at(s.Site) {
				continue
			}
			if old, known := rule[x.Account]; !known || old == BarTerm {
				if rule[x.Account], names[x.Account] = BarTerm, x.Name; x.covers(day) {
					rule[x.Account], creds[x.Account] = "", x.Credentials
				}
			}
		}
	}
	if env.Site != nil {
		day := DayOf(at, env.Site.Zone).String()
		for id, m := range env.Site.Staff {
			if old, known := rule[id]; slices.Contains(m.Roles, role) && (!known || old == BarTerm) {
				if rule[id], names[id] = BarTerm, m.Name; m.Serves(role, day) {
					rule[id] = ""
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rule)) {
		why := rule[id]
		m, known := member(env.Site, id)
		if given := creds[id]; !known {
			m = StaffMember{Person: id, Name: names[id], Credentials: given}
		} else if len(given) > 0 {
			both := maps.Clone(given)
			maps.Copy(both, m.Credentials)
			m.Credentials = both
		}
		switch {
		case s.Barred[id] != "":
			why = s.Barred[id]
		case why != "":
		case s.relatedToTreating(env.Site, id, m):
			why = BarRelated
		case env.Site != nil && !CredentialFault(def, env.Site, m, role, at).Empty():
			why = BarCredential
		case id == except:
			why = BarEarlier
		}
		if why == "" {
			pool = append(pool, id)
		} else {
			out = append(out, LeftOut{Person: id, Name: names[id], Rule: why})
		}
	}
	return pool, out
}

func (s *State) relatedToTreating(site *SiteState, id string, m StaffMember) bool {
	for other, rule := range s.Barred {
		if o, _ := member(site, other); treats(rule) && (slices.Contains(m.Related, other) || slices.Contains(o.Related, id)) {
			return true
		}
	}
	return false
}

// RelatedPairs answers who in a pair are related to each other, as "anna and bo".
func RelatedPairs(site *SiteState, pair []string) []string {
	var out []string
	for i, id := range pair {
		m, _ := member(site, id)
		for _, other := range pair[:i] {
			if o, _ := member(site, other); slices.Contains(m.Related, other) || slices.Contains(o.Related, id) {
				out = append(out, other+" and "+id)
			}
		}
	}
	return out
}

// DeviationRelatedPair says that two who are related sat together, where the
// protocol allows it.
const DeviationRelatedPair = "related-pair"

// siteDay is the day of the command at the site.
func (d *decision) siteDay() string { return DayOf(d.at, d.env.Site.Zone).String() }

// flagRelated makes a related pair visible, once for each visit and pair.
func (d *decision) flagRelated(visit string, pair []string) {
	for _, both := range RelatedPairs(d.env.Site, pair) {
		if !slices.ContainsFunc(d.s.Deviations, func(x Deviation) bool {
			return x.Code == DeviationRelatedPair && x.Visit == visit && x.Detail == both
		}) {
			d.deviate(DeviationRelatedPair, visit, both)
		}
	}
}
