package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"varde/ledger"
	"varde/vault"
)

var (
	// ErrUnknown says that there is no such account. Only who administers accounts
	// is told so.
	ErrUnknown = errors.New("identity: there is no such account")
	// ErrInvalid says that what was given cannot be; the text says what to give.
	ErrInvalid = errors.New("identity: not valid")
)

// HouseRoles are those that an account may hold in every study.
var HouseRoles = []string{"administrator", "auditor"}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// checkID says whether an id can name an account: short text that can be printed,
// written into a stream's name and typed at sign-in.
func checkID(id string) error {
	if id == "" || len(id) > 100 || !utf8.ValidString(id) || strings.TrimSpace(id) != id ||
		strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return invalid("an account's id is 1 to 100 bytes of printable text without spaces around it")
	}
	if id == "system" || id == console {
		return invalid("the id %q belongs to the program", id)
	}
	return nil
}

// Invitation of a new account, or of an old one that has lost its keys.
type Invitation struct {
	ID, Name, Email, Language string // Email is sealed
	Kind                      Kind
	Study, Participant        string
	Roles                     []string
}

func (in *Invitation) check() error {
	if err := checkID(in.ID); err != nil {
		return err
	}
	switch {
	case in.Kind != Staff && in.Kind != Participant:
		return invalid("an account is of the kind %q or %q", Staff, Participant)
	case in.Kind == Participant && (in.Study == "" || in.Participant == ""):
		return invalid("a participant's account needs the study and the number")
	case in.Kind == Participant && (in.Name != "" || len(in.Roles) > 0):
		return invalid("a participant's account holds neither name nor roles: the name stands in the vault")
	case in.Kind == Staff && (in.Study != "" || in.Participant != ""):
		return invalid("an account of staff belongs to no study: the delegation log says where its owner works")
	case len(in.Name) > 200 || len(in.Email) > 254 || len(in.Language) > 20 || len(in.Study) > 200 || len(in.Participant) > 200:
		return invalid("a name has at most 200 bytes, an address 254, a language 20")
	case !printable(in.Name) || !printable(in.Email) || !printable(in.Language):
		return invalid("name, address and language hold no control characters")
	case in.Email != "" && (!strings.Contains(in.Email, "@") || strings.ContainsAny(in.Email, " \t")):
		return invalid("the e-mail address has no @, or has a space in it")
	}
	for _, role := range in.Roles {
		if !slices.Contains(HouseRoles, role) {
			return invalid("the role %q is delegated in a study, not held in the whole house", role)
		}
	}
	return nil
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// Invite makes the account if there is none and answers a one-time link (URL). Of an
// account that exists, name, address and language are renewed where given; its roles
// and keys stay. An earlier link of the account ends.
func (s *Service) Invite(ctx context.Context, by By, in Invitation) (string, error) {
	if err := in.check(); err != nil {
		return "", err
	}
	email := ""
	if in.Email != "" {
		var err error
		if email, err = s.cfg.Vault.Seal(ctx, owner(in.ID), "email", in.Email); err != nil {
			return "", fmt.Errorf("identity: sealing the address of %s: %w", in.ID, err)
		}
	}
	handle, err := s.bytes(32)
	if err != nil {
		return "", err
	}
	secret, link, err := s.newLink("invitation", s.cfg.Limits.Link)
	if err != nil {
		return "", err
	}
	_, err = s.change(ctx, in.ID, by, func(a scene) (deed, error) {
		typ := accountInvited
		f := invited{Email: email, Kind: in.Kind, Language: in.Language, Name: in.Name, Study: in.Study, Participant: in.Participant}
		switch {
		case !a.exists():
			f.Handle, f.Roles = handle, slices.Sorted(slices.Values(in.Roles))
		case a.Kind != in.Kind || a.Study != in.Study || a.Participant != in.Participant:
			return deed{}, invalid("the account %s exists, and is somebody else's; choose another id", in.ID)
		case a.disabled():
			return deed{}, invalid("the account %s is disabled; enable it first", in.ID)
		default:
			typ, link.Purpose = accountRenewed, "renewal"
		}
		return deed{account: []fact{{typ: typ, payload: f}, {typ: linkMade, payload: link}}}, nil
	})
	return secret, err
}

// Disable ends an account's access and all its sessions at once; Enable gives it back.
// The last administrator who can sign in is not disabled (ErrInvalid), but by the
// console of the machine, which can make a new one.
func (s *Service) Disable(ctx context.Context, by By, account, reason string) error {
	s.admins.Lock()
	defer s.admins.Unlock()
	if err := s.notLast(ctx, by, account); err != nil {
		return err
	}
	return s.endSessions(ctx, account, by, ending{why: "disabled", which: func(sessionRow) bool { return true }, facts: func(a scene) ([]fact, error) {
		if !a.exists() {
			return nil, ErrUnknown
		}
		if a.disabled() {
			return nil, nil
		}
		return []fact{{typ: accountDisabled, payload: struct{}{}, reason: reason}}, nil
	}})
}

// Enable gives a disabled account its access back. Its keys are as they were.
func (s *Service) Enable(ctx context.Context, by By, account string) error {
	return s.plainChange(ctx, by, account, func(a scene) []fact {
		if !a.disabled() {
			return nil
		}
		return []fact{{typ: accountEnabled, payload: struct{}{}}}
	})
}

// GiveRole and TakeRole change what an account is in every study.
func (s *Service) GiveRole(ctx context.Context, by By, account, role string) error {
	if !slices.Contains(HouseRoles, role) {
		return invalid("the role %q is delegated in a study, not held in the whole house", role)
	}
	var wrong error
	err := s.plainChange(ctx, by, account, func(a scene) []fact {
		if a.Kind != Staff {
			wrong = invalid("a participant holds no role in the house")
			return nil
		}
		if slices.Contains(a.Roles, role) {
			return nil
		}
		return []fact{{typ: roleGiven, payload: roleChange{role}}}
	})
	return errors.Join(err, wrong)
}

// TakeRole ends what GiveRole gave. It is refused as Disable is.
func (s *Service) TakeRole(ctx context.Context, by By, account, role string) error {
	s.admins.Lock()
	defer s.admins.Unlock()
	if role == roleAdmin {
		if err := s.notLast(ctx, by, account); err != nil {
			return err
		}
	}
	return s.plainChange(ctx, by, account, func(a scene) []fact {
		if !slices.Contains(a.Roles, role) {
			return nil
		}
		return []fact{{typ: roleTaken, payload: roleChange{role}}}
	})
}

// notLast refuses to take the house's last administrator who can sign in: nobody could
// let anybody in any more.
func (s *Service) notLast(ctx context.Context, by By, account string) error {
	if by.Account == console {
		return nil
	}
	able, err := s.ableAdministrators(ctx)
	if err == nil && len(able) == 1 && able[0] == account {
		err = invalid("%s is the only administrator who can sign in: make another one first, who has signed in once", account)
	}
	return err
}

// ableAdministrators are the accounts that administer the house and can sign in.
func (s *Service) ableAdministrators(ctx context.Context) ([]string, error) {
	staff, err := s.store.Rows(ctx, ledger.Query{Study: Log, View: viewAccount, Groups: []string{string(Staff)}})
	if err != nil {
		return nil, fmt.Errorf("identity: listing the accounts: %w", err)
	}
	var out []string
	for _, row := range staff {
		// The row is as old as the log, and says all but whether the keys are sealed.
		var a account
		if err := json.Unmarshal(row.Doc, &a.Account); err != nil {
			return nil, fmt.Errorf("identity: the list's row of %s cannot be read; rebuild the views: %w", row.Key, err)
		}
		if slices.Contains(a.Roles, roleAdmin) && !a.disabled() && a.ways() {
			out = append(out, row.Key)
		}
	}
	return out, nil
}

func (s *Service) plainChange(ctx context.Context, by By, account string, facts func(scene) []fact) error {
	_, err := s.change(ctx, account, by, func(a scene) (deed, error) {
		if !a.exists() {
			return deed{}, ErrUnknown
		}
		return deed{account: facts(a)}, nil
	})
	return err
}

// Account answers one; ok is false when there is none. It costs no database when it
// was asked for within the last ten seconds.
func (s *Service) Account(ctx context.Context, id string) (Account, bool, error) {
	if checkID(id) != nil {
		return Account{}, false, nil
	}
	a, err := s.glance(ctx, id)
	if err != nil || !a.exists() {
		return Account{}, false, err
	}
	return a.public(), true, nil
}

// Accounts answers a page, by id, and how many there are in all. search is part of
// the id or the printed name, in either case.
func (s *Service) Accounts(ctx context.Context, search string, offset, limit int) ([]Account, int, error) {
	q := ledger.Query{Study: Log, View: viewAccount, Search: search, Offset: max(offset, 0), Limit: max(limit, 0)}
	if err := q.Validate(); err != nil {
		return nil, 0, nil // such text is in no name
	}
	n, err := s.store.Count(ctx, q)
	if err != nil {
		return nil, 0, fmt.Errorf("identity: counting the accounts: %w", err)
	}
	rows, err := s.store.Rows(ctx, q)
	if err != nil {
		return nil, 0, fmt.Errorf("identity: listing the accounts: %w", err)
	}
	out := make([]Account, len(rows))
	for i, row := range rows {
		if err := json.Unmarshal(row.Doc, &out[i]); err != nil {
			return nil, 0, fmt.Errorf("identity: the list's row of %s cannot be read; rebuild the views: %w", row.Key, err)
		}
	}
	return out, n, nil
}

// Email answers an account's address for sending it a message, "" when none is kept
// or its key was destroyed.
func (s *Service) Email(ctx context.Context, account string) (string, error) {
	a, err := s.glance(ctx, account)
	if err != nil || a.email == "" {
		return "", err
	}
	email, err := s.cfg.Vault.Open(ctx, owner(account), "email", a.email)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	}
	return email, err
}
