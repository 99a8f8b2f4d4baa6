package study

import (
	"time"

	"varde/access"
)

// The delegation log: who may work in the study, in which role, where and for how
// long, and who decided so. Staff of a site who need credentials stand in the
// site's stream (StaffAssigned); everybody else here, in the study's.

// Delegate gives an account a role in the study.
type Delegate struct {
	At      time.Time
	Account string
	Name    string
	Role    string
	Sites   []string // nil = every site
	From    string   // first day, YYYY-MM-DD; "" = today
	Until   string   // last day, YYYY-MM-DD; "" = until ended
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
	Account string   `json:"account"`
	From    string   `json:"from"`
	Name    string   `json:"name"`
	Role    string   `json:"role"`
	Sites   []string `json:"sites,omitempty"`
	Until   string   `json:"until,omitempty"`
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

// GrantsOf answers what an account may be in the study on a day: from the
// delegation log and from the staff lists of the sites. Grants that have not begun,
// have run out or were ended are left out.
func GrantsOf(st *StudyState, sites []*SiteState, account string, now time.Time) []access.Grant {
	return nil
}
