package study

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"varde/protocol"
)

var idForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,31}$`)

// Overview is what commands on a study or site may know.
type Overview struct {
	Study      *StudyState
	Site       *SiteState
	Allocation *AllocationState
	Sites      []string // ids of the sites that are open, for delegations
}

// DecideStudy answers what happens when a command on the study, its allocation or
// a site is carried out. The definition is nil for OpenStudy only.
func DecideStudy(def *protocol.Definition, o Overview, env Env, cmd Command) ([]Event, error) {
	at := cmd.When()
	if at.IsZero() {
		at = env.Now
	}
	if at.After(env.Now.Add(5 * time.Minute)) {
		return nil, invalid("at", "in-the-future", "the time given is in the future", "tidspunktet ligger i fremtiden")
	}
	if r := unreadable(cmd); r != nil {
		return nil, r
	}
	p, r := decideStudy(def, o, env, cmd)
	if r != nil {
		return nil, r
	}
	if at.After(env.Now) {
		at = env.Now
	}
	e := Event{At: at.UTC().Truncate(time.Microsecond), Data: p}
	switch c := cmd.(type) {
	case EndDelegation:
		e.Reason = c.Reason
	case RemoveStaff:
		e.Reason = c.Reason
	}
	return []Event{e}, nil
}

func decideStudy(def *protocol.Definition, o Overview, env Env, cmd Command) (Payload, *Refusal) {
	opened := o.Study != nil && !o.Study.Opened.IsZero()
	if c, ok := cmd.(OpenStudy); ok {
		if opened {
			return nil, against("already-open", "the study is already open", "studien er allerede åpnet")
		}
		return openStudy(c)
	}
	if !opened {
		return nil, against("study-not-open", "the study is not open", "studien er ikke åpnet")
	}
	if _, unblind := cmd.(UnblindStudy); !unblind && !o.Study.Locked.IsZero() {
		return nil, against("study-locked", "the study is locked", "studien er låst")
	}
	switch c := cmd.(type) {
	case RecordApproval:
		return recordApproval(def, c)
	case SealAllocation:
		switch {
		case def.Allocation == nil:
			return nil, against("no-allocation", "this protocol does not randomise", "denne protokollen randomiserer ikke")
		case o.Allocation != nil && o.Allocation.Sealed != "":
			return nil, against("already-sealed", "the allocation list is already sealed", "fordelingslisten er allerede forseglet")
		case len(c.Commitment) != 64 || c.Sealed == "":
			return nil, invalid("commitment", "bad-commitment", "the commitment is a SHA-256 in hex", "forpliktelsen er en SHA-256 i hex")
		}
		return AllocationSealed{Commitment: c.Commitment, Sealed: c.Sealed}, nil
	case CloseRecruitment:
		if !o.Study.Closed.IsZero() {
			return nil, against("already-closed", "recruitment is already closed", "inkluderingen er allerede avsluttet")
		}
		return RecruitmentClosed{}, nil
	case LockStudy:
		return StudyLocked{}, nil
	case UnblindStudy:
		switch {
		case o.Study.Locked.IsZero():
			return nil, against("not-locked", "lock the study before the arms are opened", "lås studien før armene åpnes")
		case !o.Study.Unblinded.IsZero():
			return nil, against("already-unblinded", "the study is already unblinded", "studien er allerede avblindet")
		case c.Witness == "" || c.Witness == env.Actor.ID || c.Witness == env.Actor.Name:
			return nil, invalid("witness", "witness-owed", "a second person witnesses the unblinding", "en annen person bevitner avblindingen")
		}
		return StudyUnblinded{Witness: c.Witness}, nil
	case OpenSite:
		if r := protocolSigned(def, o.Study); r != nil {
			return nil, r
		}
		return openSite(o, c)
	case Sign:
		return signProtocol(def, o, env, c)
	case Delegate:
		return delegate(def, o, env, c)
	case EndDelegation:
		return endDelegation(o, env, c)
	case AssignStaff:
		return assignStaff(def, o, env, c)
	case RemoveStaff:
		if m, ok := member(o.Site, c.Person); !ok || !slices.Contains(m.Roles, c.Role) {
			return nil, missing("no-such-staff", "there is no such assignment", "tilordningen finnes ikke")
		}
		if r := mayHandle(env, c.Role); r != nil {
			return nil, r
		}
		return StaffRemoved{Person: c.Person, Role: c.Role}, nil
	}
	return nil, invalid("", "unknown-command", fmt.Sprintf("unknown command %T", cmd), fmt.Sprintf("ukjent kommando %T", cmd))
}

func openStudy(c OpenStudy) (Payload, *Refusal) {
	if c.Definition == nil {
		return nil, invalid("definition", "no-protocol", "a study needs a checked protocol", "en studie trenger en kontrollert protokoll")
	}
	switch c.Mode {
	case "practice":
	case "live":
		if open := c.Definition.Unconfirmed(); len(open) > 0 {
			return nil, refuse(Against, "unconfirmed", say(
				"%d values of the protocol are not confirmed by the site yet (first: %s): confirm them, or open in practice mode",
				"%d verdier i protokollen er ikke bekreftet av stedet ennå (første: %s): bekreft dem, eller åpne i øvingsmodus", len(open), open[0].Path))
		}
	default:
		return nil, invalid("mode", "bad-mode", "the mode is practice or live", "modus er practice eller live")
	}
	files := make(map[string]string, len(c.Definition.Files))
	for name, content := range c.Definition.Files {
		files[name] = string(content)
	}
	return StudyOpened{Mode: c.Mode, Protocol: c.Definition.ID, Digest: c.Definition.Digest, Files: files, PVersion: c.Definition.Version, Title: c.Title}, nil
}

func recordApproval(def *protocol.Definition, c RecordApproval) (Payload, *Refusal) {
	if !slices.ContainsFunc(def.Approvals, func(a protocol.Approval) bool { return a.ID == c.Approval }) {
		return nil, missing("no-such-approval", fmt.Sprintf("the protocol asks for no approval %q", c.Approval), fmt.Sprintf("protokollen krever ingen godkjenning %q", c.Approval))
	}
	for _, day := range []string{c.Given, c.Expires} {
		if _, err := time.Parse(time.DateOnly, day); err != nil && !(day == "" && day == c.Expires) {
			return nil, invalid("given", "bad-date", "write the date as YYYY-MM-DD", "skriv datoen som ÅÅÅÅ-MM-DD")
		}
	}
	if c.Reference == "" {
		return nil, invalid("reference", "reference-owed", "give the approval's reference", "oppgi godkjenningens referanse")
	}
	return ApprovalRecorded{Approval: c.Approval, Expires: c.Expires, Given: c.Given, Reference: c.Reference}, nil
}

func openSite(o Overview, c OpenSite) (Payload, *Refusal) {
	if o.Site != nil && !o.Site.Opened.IsZero() {
		return nil, against("already-open", "the site is already open", "stedet er allerede åpnet")
	}
	if !idForm.MatchString(c.Site) {
		return nil, invalid("site", "bad-id", "a site's id is a letter followed by letters, digits and hyphens, 32 at most", "et steds id er en bokstav fulgt av bokstaver, tall og bindestreker, høyst 32")
	}
	if c.Name == "" {
		return nil, invalid("name", "no-name", "give the site's name", "oppgi stedets navn")
	}
	if _, err := loadZone(c.TimeZone); err != nil || c.TimeZone == "" || c.TimeZone == "Local" {
		return nil, invalid("timeZone", "bad-zone", fmt.Sprintf("%q is not a time zone; write it as Europe/Oslo", c.TimeZone), fmt.Sprintf("%q er ikke en tidssone; skriv den som Europe/Oslo", c.TimeZone))
	}
	return SiteOpened{Country: c.Country, Name: c.Name, Pairs: c.Pairs, Rooms: c.Rooms, Site: c.Site, TimeZone: c.TimeZone}, nil
}

func assignStaff(def *protocol.Definition, o Overview, env Env, c AssignStaff) (Payload, *Refusal) {
	if o.Site == nil || o.Site.Opened.IsZero() {
		return nil, missing("no-such-site", "there is no such site", "stedet finnes ikke")
	}
	if !idForm.MatchString(c.Person) {
		return nil, invalid("person", "bad-id", "a person's id is a letter followed by letters, digits and hyphens, 32 at most", "en persons id er en bokstav fulgt av bokstaver, tall og bindestreker, høyst 32")
	}
	if r := staffRole(c.Role); r != nil {
		return nil, r
	}
	if r := mayDelegate(env, c.Person, c.Role); r != nil {
		return nil, r
	}
	if r := termFault(c.From, c.Until); r != nil {
		return nil, r
	}
	creds, r := credentialsOf(def, c.Credentials)
	if r != nil {
		return nil, r
	}
	return StaffAssigned{Credentials: creds, From: c.From, Name: c.Name, Person: c.Person, Related: c.Related, Role: c.Role, Until: c.Until}, nil
}
