package study

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/protocol"
)

// The delegation log: who may work in the study, in which role, where and for how
// long, and who decided so. Staff of a site stand in the site's stream
// (StaffAssigned); everybody else here, in the study's, such as monitors, and raters
// who work for several sites.

// Delegate gives an account a role in the study.
type Delegate struct {
	At      time.Time
	Account string
	Name    string
	Role    string
	Sites   []string // nil = every site
	From    string   // first day, YYYY-MM-DD; "" = today
	Until   string   // last day, YYYY-MM-DD; "" = until ended
	// Credentials that the protocol asks of the role, with their last valid day; ""
	// = no end.
	Credentials map[string]string
}

// EndDelegation takes it back at once.
type EndDelegation struct {
	At      time.Time
	Account string
	Role    string
	Reason  string
}

// DelegationGiven is a line of the delegation log. Who delegated is the event's actor.
type DelegationGiven struct {
	Account     string            `json:"account"`
	Credentials map[string]string `json:"credentials,omitempty"`
	From        string            `json:"from"`
	Name        string            `json:"name"`
	Role        string            `json:"role"`
	Sites       []string          `json:"sites,omitempty"`
	Until       string            `json:"until,omitempty"`
}

// DelegationEnded ends one.
type DelegationEnded struct {
	Account string `json:"account"`
	Role    string `json:"role"`
}

func (Delegate) Stream() string         { return StudyStream }
func (EndDelegation) Stream() string    { return StudyStream }
func (c Delegate) When() time.Time      { return c.At }
func (c EndDelegation) When() time.Time { return c.At }

func (DelegationGiven) eventType() string { return "study.delegationGiven" }
func (DelegationEnded) eventType() string { return "study.delegationEnded" }

// Delegation is a line of the log as it stands.
type Delegation struct {
	DelegationGiven
	By    string // account
	At    time.Time
	Ended time.Time
	EndBy string
	Why   string
}

// covers says that the line holds on a day (YYYY-MM-DD, UTC).
func (x *Delegation) covers(day string) bool {
	return x.Ended.IsZero() && within(x.From, x.Until, day)
}

// at says that the line reaches a site.
func (x *Delegation) at(site string) bool { return x.Sites == nil || slices.Contains(x.Sites, site) }

// Covers says that the term holds on a day of the site, YYYY-MM-DD.
func (t Term) Covers(day string) bool { return within(t.From, t.Until, day) }

// within compares days as texts: YYYY-MM-DD sorts as it reads.
func within(from, until, day string) bool {
	return (from == "" || from <= day) && (until == "" || day <= until)
}

// Serves says that the member has the role, within its term, on a day of the site.
func (m StaffMember) Serves(role, day string) bool {
	return slices.Contains(m.Roles, role) && m.Terms[role].Covers(day)
}

// servesAny says that the member has any role within its term on the day.
func (m StaffMember) servesAny(day string) bool {
	return slices.ContainsFunc(m.Roles, func(r string) bool { return m.Terms[r].Covers(day) })
}

// GrantsOf answers what an account may be in the study on a day: from the
// delegation log and from the staff lists of the sites. Grants that have not begun,
// have run out or were ended are left out: a line of the study's log ends with its
// last day in UTC, one of a site with its last day there. Grant.Study is left for
// the caller to fill in, who knows the study's id: unfilled it would mean every study.
func GrantsOf(st *StudyState, sites []*SiteState, account string, now time.Time) []access.Grant {
	var out []access.Grant
	if st != nil {
		day := ""
		for i := range st.Delegations {
			x := &st.Delegations[i]
			if x.Account != account {
				continue
			}
			if day == "" {
				day = DayOf(now, time.UTC).String()
			}
			if x.covers(day) {
				out = append(out, access.Grant{Role: x.Role, Sites: x.Sites, From: x.From, Until: x.Until, By: x.By})
			}
		}
	}
	for _, s := range sites {
		m, ok := member(s, account)
		if !ok {
			continue
		}
		day := DayOf(now, s.Zone).String()
		for _, role := range m.Roles {
			if t := m.Terms[role]; t.Covers(day) {
				out = append(out, access.Grant{Role: role, Sites: []string{s.ID}, From: t.From, Until: t.Until, By: t.By})
			}
		}
	}
	return out
}

// RolesOfPhysician are those that a physician may delegate, at sites of their own.
var RolesOfPhysician = []string{"coordinator", "therapist", "attendant", "rater", "adherence-rater"}

// mayDelegate refuses what the one who asks may not hand on: a role to themselves,
// or as a physician another role than those who work at a site.
func mayDelegate(env Env, account, role string) *Refusal {
	if account == env.Actor.ID {
		return refuse(Forbidden, "own-delegation", Text{
			EN: "nobody delegates a role to themselves: let another person do it",
			NB: "ingen delegerer en rolle til seg selv: la en annen gjøre det"})
	}
	return mayHandle(env, role)
}

// mayHandle is the part of mayDelegate that also holds for taking a role back.
func mayHandle(env Env, role string) *Refusal {
	if env.Actor.Role == "physician" && !slices.Contains(RolesOfPhysician, role) {
		return forbidden(
			fmt.Sprintf("a physician delegates %s; this role is given by the administrator", joinRoles(RolesOfPhysician, "en")),
			fmt.Sprintf("en lege delegerer %s; denne rollen gis av administratoren", joinRoles(RolesOfPhysician, "nb")))
	}
	return nil
}

func staffRole(role string) *Refusal {
	if !slices.Contains(protocol.Roles, role) || role == "system" || role == "participant" {
		return invalid("role", "bad-role", fmt.Sprintf("%q is not a staff role", role), fmt.Sprintf("%q er ikke en stabsrolle", role))
	}
	return nil
}

// termFault refuses days that are none, or that end before they begin.
func termFault(from, until string) *Refusal {
	for _, x := range []struct{ field, day string }{{"from", from}, {"until", until}} {
		if _, err := time.Parse(time.DateOnly, x.day); x.day != "" && err != nil {
			return invalid(x.field, "bad-date", "write the day as YYYY-MM-DD", "skriv dagen som ÅÅÅÅ-MM-DD")
		}
	}
	if from != "" && until != "" && until < from {
		return invalid("until", "ends-before-it-begins", "the last day is before the first", "siste dag er før første")
	}
	return nil
}

func delegate(def *protocol.Definition, o Overview, env Env, c Delegate) (Payload, *Refusal) {
	if r := staffRole(c.Role); r != nil {
		return nil, r
	}
	if !idForm.MatchString(c.Account) || c.Account == "system" {
		return nil, invalid("account", "bad-id", "an account's id is a letter followed by letters, digits and hyphens, 32 at most", "en kontos id er en bokstav fulgt av bokstaver, tall og bindestreker, høyst 32")
	}
	if r := mayDelegate(env, c.Account, c.Role); r != nil {
		return nil, r
	}
	if strings.TrimSpace(c.Name) == "" {
		return nil, invalid("name", "no-name", "give the person's name", "oppgi personens navn")
	}
	today := DayOf(env.Now, time.UTC).String()
	if c.From == "" {
		c.From = today
	}
	if r := termFault(c.From, c.Until); r != nil {
		return nil, r
	}
	if c.Until != "" && c.Until < today {
		return nil, invalid("until", "already-over", "the last day has passed already", "siste dag er allerede passert")
	}
	sites, r := delegatedSites(o, env, c.Sites)
	if r != nil {
		return nil, r
	}
	for i := range o.Study.Delegations {
		if x := &o.Study.Delegations[i]; x.Account == c.Account && x.Role == c.Role && running(x, today) && reaches(x, sites) {
			return nil, refuse(Against, "already-delegated", say(
				"%s is delegated as %s already, from %s: end that first if it is to change",
				"%s er allerede delegert som %s, fra %s: avslutt det først hvis det skal endres", x.Name, RoleName(c.Role), x.From))
		}
	}
	creds, r := credentialsOf(def, c.Credentials)
	if r != nil {
		return nil, r
	}
	if len(creds) == 0 {
		creds = nil // left out of the event
	}
	return DelegationGiven{Account: c.Account, Credentials: creds, From: c.From, Name: c.Name, Role: c.Role, Sites: sites, Until: c.Until}, nil
}

// credentialsOf checks credentials against those that the protocol knows.
func credentialsOf(def *protocol.Definition, given map[string]string) (map[string]string, *Refusal) {
	out := make(map[string]string, len(given))
	for id, until := range given {
		if !slices.ContainsFunc(def.Staffing.Credentials, func(x protocol.Credential) bool { return x.ID == id }) {
			return nil, invalid("credentials."+id, "no-such-credential", fmt.Sprintf("the protocol knows no credential %q", id), fmt.Sprintf("protokollen kjenner ikke kompetansebeviset %q", id))
		}
		if _, err := time.Parse(time.DateOnly, until); until != "" && err != nil {
			return nil, invalid("credentials."+id, "bad-date", "write the last valid day as YYYY-MM-DD", "skriv siste gyldige dag som ÅÅÅÅ-MM-DD")
		}
		out[id] = until
	}
	return out, nil
}

// delegatedSites answers the sites in order, each once; nil for every site.
func delegatedSites(o Overview, env Env, asked []string) ([]string, *Refusal) {
	if len(asked) == 0 {
		if asked != nil || env.Actor.Role == "physician" {
			return nil, invalid("sites", "sites-owed", "name the sites that the role is for", "oppgi stedene rollen gjelder for")
		}
		return nil, nil
	}
	sites := slices.Clone(asked)
	slices.Sort(sites)
	sites = slices.Compact(sites)
	for _, s := range sites {
		if !slices.Contains(o.Sites, s) {
			return nil, invalid("sites", "no-such-site", fmt.Sprintf("there is no site %q", s), fmt.Sprintf("stedet %q finnes ikke", s))
		}
	}
	return sites, nil
}

// running says that the line has not ended; it may still be to begin.
func running(x *Delegation, today string) bool {
	return x.Ended.IsZero() && (x.Until == "" || x.Until >= today)
}

// reaches says that the line covers all of the sites, nil being every one.
func reaches(x *Delegation, sites []string) bool {
	if x.Sites == nil {
		return true
	}
	return sites != nil && !slices.ContainsFunc(sites, func(s string) bool { return !slices.Contains(x.Sites, s) })
}

func endDelegation(o Overview, env Env, c EndDelegation) (Payload, *Refusal) {
	today := DayOf(env.Now, time.UTC).String()
	if !slices.ContainsFunc(o.Study.Delegations, func(x Delegation) bool {
		return x.Account == c.Account && x.Role == c.Role && running(&x, today)
	}) {
		return nil, missing("no-such-delegation", "there is no such delegation that is still running", "det finnes ingen slik delegering som fortsatt løper")
	}
	if r := mayHandle(env, c.Role); r != nil {
		return nil, r
	}
	if strings.TrimSpace(c.Reason) == "" {
		return nil, invalid("reason", "reason-owed", "say why the delegation ends", "oppgi hvorfor delegeringen avsluttes")
	}
	return DelegationEnded{Account: c.Account, Role: c.Role}, nil
}

// delegated takes an event of the log into account; the old list stays as it was.
func delegated(log []Delegation, e Event) []Delegation {
	log = slices.Clone(log)
	switch d := e.Data.(type) {
	case DelegationGiven:
		return append(log, Delegation{DelegationGiven: d, By: e.Actor, At: e.At})
	case DelegationEnded:
		today := DayOf(e.At, time.UTC).String()
		for i := range log {
			if x := &log[i]; x.Account == d.Account && x.Role == d.Role && running(x, today) {
				x.Ended, x.EndBy, x.Why = e.At, e.Actor, e.Reason
			}
		}
	}
	return log
}
