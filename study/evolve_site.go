package study

import (
	"maps"
	"slices"
	"time"
)

// EvolveStudy answers the study's state after the event.
func EvolveStudy(s *StudyState, e Event) *StudyState {
	n := StudyState{}
	if s != nil {
		n = *s
	}
	n.Version, n.Recorded = e.Version, e.Recorded
	switch d := e.Data.(type) {
	case StudyOpened:
		n.Opened, n.Mode, n.Title, n.Digest, n.Tip = e.At, d.Mode, d.Title, d.Digest, e.Version
	case RecordSigned:
		n.addSignature(d, e)
	case ApprovalRecorded:
		n.Approvals = maps.Clone(n.Approvals)
		if n.Approvals == nil {
			n.Approvals = map[string]ApprovalRecorded{}
		}
		n.Approvals[d.Approval] = d
	case DelegationGiven, DelegationEnded:
		n.Delegations = delegated(n.Delegations, e)
	case RecruitmentClosed:
		n.Closed = e.At
	case StudyLocked:
		n.Locked = e.At
	case StudyUnblinded:
		n.Unblinded = e.At
	}
	return &n
}

// EvolveSite answers the site's state after the event.
func EvolveSite(s *SiteState, e Event) *SiteState {
	n := SiteState{Zone: time.UTC}
	if s != nil {
		n = *s
	}
	n.Version, n.Recorded = e.Version, e.Recorded
	switch d := e.Data.(type) {
	case SiteOpened:
		n.ID, n.Name, n.Country, n.Zone, n.Opened = d.Site, d.Name, d.Country, zone(d.TimeZone), e.At
		n.Pairs, n.Rooms = d.Pairs, d.Rooms
	case StaffAssigned:
		n.Staff = maps.Clone(n.Staff)
		if n.Staff == nil {
			n.Staff = map[string]StaffMember{}
		}
		m := n.Staff[d.Person]
		// A second role is often given without repeating what is known of the person.
		m.Person = d.Person
		if d.Name != "" {
			m.Name = d.Name
		}
		if len(d.Related) > 0 {
			m.Related = d.Related
		}
		m.Roles = append(slices.DeleteFunc(slices.Clone(m.Roles), func(r string) bool { return r == d.Role }), d.Role)
		slices.Sort(m.Roles)
		creds := maps.Clone(m.Credentials)
		if creds == nil {
			creds = map[string]string{}
		}
		maps.Copy(creds, d.Credentials)
		m.Credentials = creds
		m.Terms = maps.Clone(m.Terms)
		if m.Terms == nil {
			m.Terms = map[string]Term{}
		}
		m.Terms[d.Role] = Term{From: d.From, Until: d.Until, By: e.Actor, At: e.At}
		n.Staff[d.Person] = m
	case StaffRemoved:
		n.Staff = maps.Clone(n.Staff)
		m := n.Staff[d.Person]
		m.Roles = slices.DeleteFunc(slices.Clone(m.Roles), func(r string) bool { return r == d.Role })
		m.Terms = maps.Clone(m.Terms)
		delete(m.Terms, d.Role)
		if len(m.Roles) == 0 {
			delete(n.Staff, d.Person)
		} else {
			n.Staff[d.Person] = m
		}
	case NumberTaken:
		n.Numbers = max(n.Numbers, d.Number)
	}
	return &n
}

// NewAllocationState is the state before the list is sealed.
func NewAllocationState() *AllocationState {
	return &AllocationState{Taken: map[string]int{}, Slots: map[string]SlotTaken{}, Kits: map[string]bool{}}
}

// Apply takes an event into account, in place: the state grows with every
// participant and would be costly to copy. Its one owner guards it.
func (s *AllocationState) Apply(e Event) {
	s.Version, s.Recorded = e.Version, e.Recorded
	switch d := e.Data.(type) {
	case AllocationSealed:
		s.Commitment, s.Sealed = d.Commitment, d.Sealed
	case SlotTaken:
		s.Taken[d.Stratum] = max(s.Taken[d.Stratum], d.Index+1)
		s.Slots[d.Participant] = d
		s.Kits[d.Kit] = true
	}
}
