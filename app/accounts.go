package app

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/identity"
	"varde/protocol"
	"varde/study"
)

// Identity is accounts and sessions, for signing in and for one's own keys. Nil when
// the app was made without.
func (a *App) Identity() *identity.Service { return a.people }

func noAccounts() error {
	return &study.Refusal{Kind: study.Against, Code: "no-accounts", Text: study.Text{
		EN: "this installation keeps no accounts", NB: "denne installasjonen har ingen kontoer"}}
}

// told makes a refusal of what identity says can be mended.
func told(err error) error {
	switch {
	case errors.Is(err, identity.ErrUnknown):
		return &study.Refusal{Kind: study.Missing, Code: "no-such-account", Text: study.Text{EN: "there is no such account", NB: "kontoen finnes ikke"}}
	case errors.Is(err, identity.ErrInvalid):
		text := strings.TrimPrefix(err.Error(), identity.ErrInvalid.Error()+": ")
		return &study.Refusal{Kind: study.Invalid, Code: "bad-account", Text: study.Text{EN: text, NB: "kontoen kan ikke være slik: " + text}}
	}
	return err
}

func by(actor access.Actor) identity.By { return identity.By{Account: actor.ID, Role: actor.Role} }

// accountsFor answers the accounts to an actor who may do one of these things to them.
func (a *App) accountsFor(actor access.Actor, any ...access.Capability) (*identity.Service, error) {
	if err := a.mayHouse(actor, any...); err != nil {
		return nil, err
	}
	if a.people == nil {
		return nil, noAccounts()
	}
	return a.people, nil
}

// accountForm is what a person's id looks like, in a staff list as in an account.
var accountForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,31}$`)

// Invite makes an account and answers its one-time link. Needs access.Accounts; for a
// participant's account access.KeepIdentity at the participant's site.
func (a *App) Invite(ctx context.Context, actor access.Actor, in identity.Invitation) (string, error) {
	if in.Kind == identity.Participant {
		return a.ParticipantLink(ctx, actor, in.Study, in.Participant)
	}
	people, err := a.accountsFor(actor, access.Accounts)
	if err != nil {
		return "", err
	}
	low := strings.ToLower(in.ID)
	if !accountForm.MatchString(in.ID) || low == access.System.ID || strings.HasPrefix(low, "p-") || strings.HasPrefix(low, "demo-") {
		return "", &study.Refusal{Kind: study.Invalid, Field: "id", Code: "bad-id", Text: study.Text{
			EN: "an account's id is a letter followed by letters, digits and hyphens, 32 at most; it does not begin with p- or demo-",
			NB: "en kontos id er en bokstav fulgt av bokstaver, tall og bindestreker, høyst 32; den begynner ikke med p- eller demo-"}}
	}
	if strings.TrimSpace(in.Name) == "" {
		return "", &study.Refusal{Kind: study.Invalid, Field: "name", Code: "no-name", Text: study.Text{
			EN: "give the name as it is printed beside a signature", NB: "oppgi navnet slik det skrives ved en signatur"}}
	}
	for _, role := range in.Roles {
		if err := houseRole(role); err != nil {
			return "", err
		}
	}
	if in.ID == actor.ID && len(in.Roles) > 0 {
		return "", a.refuse(actor, "", "Invite", notOwn())
	}
	in.Kind, in.Study, in.Participant = identity.Staff, "", ""
	link, err := people.Invite(ctx, by(actor), in)
	return link, told(err)
}

func houseRole(role string) error {
	if role != "administrator" && role != "auditor" {
		return &study.Refusal{Kind: study.Invalid, Field: "role", Code: "bad-role", Text: study.Text{
			EN: "in the whole house one can be administrator or auditor; other roles are delegated in a study",
			NB: "i hele huset kan man være administrator eller revisor; andre roller delegeres i en studie"}}
	}
	return nil
}

func notOwn() *study.Refusal {
	return &study.Refusal{Kind: study.Forbidden, Code: "own-account", Text: study.Text{
		EN: "nobody changes what they may do themselves: ask another administrator", NB: "ingen endrer hva de selv kan gjøre: be en annen administrator"}}
}

// participantAccount is the id of a participant's account.
func participantAccount(studyID, participant string) string {
	return "p-" + studyID + "-" + strings.ToLower(participant)
}

// ParticipantLink answers a one-time sign-in link for a participant, and makes the
// account when there is none.
func (a *App) ParticipantLink(ctx context.Context, actor access.Actor, studyID, participant string) (string, error) {
	h, s, err := a.about(ctx, actor, studyID, participant, "ParticipantLink", access.KeepIdentity)
	if err != nil {
		return "", err
	}
	if a.people == nil {
		return "", noAccounts()
	}
	id := participantAccount(h.id, s.ID)
	acct, ok, err := a.people.Account(ctx, id)
	if err != nil {
		return "", err
	}
	if !ok {
		// The account is made with an invitation; the link that signs in is a shorter-lived one.
		if _, err := a.people.Invite(ctx, by(actor), identity.Invitation{ID: id, Kind: identity.Participant, Study: h.id, Participant: s.ID, Language: s.Language}); err != nil {
			return "", told(err)
		}
	} else if acct.Kind != identity.Participant || acct.Study != h.id || acct.Participant != s.ID {
		return "", &study.Refusal{Kind: study.Against, Code: "account-taken", Text: study.Text{
			EN: "the participant's account id is taken by somebody else: tell the administrator", NB: "deltakerens konto-id er tatt av noen andre: si fra til administratoren"}}
	}
	link, err := a.people.Link(ctx, by(actor), id)
	return link, told(err)
}

// Accounts answers a page of the accounts and how many there are. Needs access.Accounts
// or access.SeeAccess.
func (a *App) Accounts(ctx context.Context, actor access.Actor, search string, offset, limit int) ([]identity.Account, int, error) {
	people, err := a.accountsFor(actor, access.Accounts, access.SeeAccess)
	if err != nil {
		return nil, 0, err
	}
	return people.Accounts(ctx, search, offset, limit)
}

// DisableAccount ends access at once. Needs access.Accounts; nobody ends their own.
func (a *App) DisableAccount(ctx context.Context, actor access.Actor, account, reason string) error {
	people, err := a.accountOf(ctx, actor, account, "DisableAccount")
	if err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return &study.Refusal{Kind: study.Invalid, Field: "reason", Code: "reason-owed", Text: study.Text{
			EN: "say why the account is closed", NB: "si hvorfor kontoen stenges"}}
	}
	return told(people.Disable(ctx, by(actor), account, reason))
}

// EnableAccount gives access back. Needs access.Accounts.
func (a *App) EnableAccount(ctx context.Context, actor access.Actor, account string) error {
	people, err := a.accountOf(ctx, actor, account, "EnableAccount")
	if err != nil {
		return err
	}
	return told(people.Enable(ctx, by(actor), account))
}

// accountOf answers the accounts to an administrator who changes another's.
func (a *App) accountOf(ctx context.Context, actor access.Actor, account, what string) (*identity.Service, error) {
	people, err := a.accountsFor(actor, access.Accounts)
	if err != nil {
		return nil, err
	}
	if account == actor.ID {
		return nil, a.refuse(actor, "", what, notOwn())
	}
	if _, ok, err := people.Account(ctx, account); err != nil || !ok {
		if err == nil {
			err = &study.Refusal{Kind: study.Missing, Code: "no-such-account", Text: study.Text{EN: "there is no such account", NB: "kontoen finnes ikke"}}
		}
		return nil, err
	}
	return people, nil
}

// GiveRole makes an account administrator or auditor of the whole house. Needs
// access.Accounts; nobody changes their own.
func (a *App) GiveRole(ctx context.Context, actor access.Actor, account, role string) error {
	people, err := a.accountOf(ctx, actor, account, "GiveRole")
	if err != nil {
		return err
	}
	if err := houseRole(role); err != nil {
		return err
	}
	acct, _, err := people.Account(ctx, account)
	if err != nil {
		return err
	}
	if acct.Kind == identity.Participant {
		return &study.Refusal{Kind: study.Against, Code: "participants-account", Text: study.Text{
			EN: "a participant's account has no other role", NB: "en deltakers konto har ingen annen rolle"}}
	}
	return told(people.GiveRole(ctx, by(actor), account, role))
}

// TakeRole ends it.
func (a *App) TakeRole(ctx context.Context, actor access.Actor, account, role string) error {
	people, err := a.accountOf(ctx, actor, account, "TakeRole")
	if err != nil {
		return err
	}
	if err := houseRole(role); err != nil {
		return err
	}
	return told(people.TakeRole(ctx, by(actor), account, role))
}

// DelegationLine is a line of the delegation log: of the study, or of a site's staff.
type DelegationLine struct {
	study.Delegation
	Site        string            // of staff; "" = study-wide line
	Credentials map[string]string // of staff: credential -> last valid day
	Fault       study.Text        // what is wrong today: a credential that ran out; empty when nothing
	Note        study.Text        // what is no fault but good to know: a licence that the other of a pair must hold
	Holds       bool              // valid today
}

// Delegations answers the delegation log within the actor's scope: the study's lines
// in their order, then the staff of each site by person. Needs access.SeeAudit or
// access.Delegate.
func (a *App) Delegations(_ context.Context, actor access.Actor, studyID string) ([]DelegationLine, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.SeeAudit, access.Delegate); err != nil {
		return nil, err
	}
	now := a.Now()
	var out []DelegationLine
	for _, d := range h.studyState().Delegations {
		if len(d.Sites) > 0 && !slices.ContainsFunc(d.Sites, actor.AtSite) {
			continue
		}
		l := DelegationLine{Delegation: d, Credentials: maps.Clone(d.Credentials)}
		l.Fault, l.Note = lapsed(h.definition(), study.StaffMember{Credentials: d.Credentials}, d.Role, now.Format(time.DateOnly))
		l.Holds = d.Ended.IsZero() && slices.ContainsFunc(h.grantsOf(d.Account, now), func(g access.Grant) bool { return g.Role == d.Role })
		out = append(out, l)
	}
	for _, s := range h.sortedSites() {
		if !actor.AtSite(s.ID) {
			continue
		}
		today := now.In(s.Zone).Format("2006-01-02")
		for _, id := range slices.Sorted(maps.Keys(s.Staff)) {
			m := s.Staff[id]
			for _, role := range m.Roles {
				term := m.Terms[role]
				l := DelegationLine{Site: s.ID, Credentials: maps.Clone(m.Credentials), Delegation: study.Delegation{By: term.By, At: term.At,
					DelegationGiven: study.DelegationGiven{Account: m.Person, From: term.From, Name: m.Name, Role: role, Sites: []string{s.ID}, Until: term.Until}}}
				l.Fault, l.Note = lapsed(h.definition(), m, role, today)
				l.Holds = slices.ContainsFunc(h.grantsOf(id, now), func(g access.Grant) bool { return g.Role == role && slices.Contains(g.Sites, s.ID) })
				out = append(out, l)
			}
		}
	}
	return out, nil
}

// lapsed says which credentials of a role are not given or have run out, "" when none.
// One that only somebody of a pair must hold is no fault of this one: it is noted.
func lapsed(def *protocol.Definition, m study.StaffMember, role, today string) (fault, note study.Text) {
	var en, nb []string
	for _, c := range def.Staffing.Credentials {
		if !slices.Contains(c.Roles, role) {
			continue
		}
		last, given := m.Credentials[c.ID]
		switch {
		case given && (last == "" || last >= today):
		case study.CountedOverPair(def, c.ID, role):
			note = study.Text{EN: "works only beside a therapist who holds: " + c.Title.EN, NB: "arbeider bare sammen med en terapeut som har: " + c.Title.NB}
		case !given:
			en, nb = append(en, c.Title.EN+" is missing"), append(nb, c.Title.NB+" mangler")
		default:
			en, nb = append(en, c.Title.EN+" ran out on "+last), append(nb, c.Title.NB+" utløp "+last)
		}
	}
	return study.Text{EN: strings.Join(en, "; "), NB: strings.Join(nb, "; ")}, note
}

// nameOfAccount answers the printed name of whoever did something: of an account, or
// of somebody in the study's lists; "" when it is not known.
func (a *App) nameOfAccount(ctx context.Context, h *host, id string) string {
	if id == access.System.ID {
		return access.System.Name
	}
	if a.people != nil {
		if acct, ok, err := a.people.Account(ctx, id); err == nil && ok {
			return cmp.Or(acct.Name, acct.Participant)
		}
	}
	if h == nil {
		return ""
	}
	for _, s := range h.sortedSites() {
		if m, ok := s.Staff[id]; ok && m.Name != "" {
			return m.Name
		}
	}
	for _, d := range h.studyState().Delegations {
		if d.Account == id {
			return d.Name
		}
	}
	return ""
}
