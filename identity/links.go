package identity

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// console is who makes the first administrator: whoever may run programs on the
// machine.
const (
	console        = "console"
	bootstrapID    = "administrator"
	bootstrapTitle = "Administrator"
	roleAdmin      = "administrator"
)

// newLink makes a one-time link: its address, and what the log keeps of it. The
// secret stands behind "#", which browsers send to nobody: it is in no server's log
// and no Referer. The page reads it there and posts it.
func (s *Service) newLink(purpose string, lasts time.Duration) (string, linkFact, error) {
	secret, err := s.secret(32)
	if err != nil {
		return "", linkFact{}, err
	}
	return s.cfg.URL + "/link#" + secret, linkFact{Hash: digest(secret), Purpose: purpose, Until: s.now().Add(lasts)}, nil
}

// Bootstrap answers a one-time link for the first administrator, for the console of
// the machine. It is refused (ErrInvalid) once an administrator can sign in. The
// account is "administrator", as a new one or as it was.
func (s *Service) Bootstrap(ctx context.Context) (string, error) {
	able, err := s.ableAdministrators(ctx)
	if err != nil {
		return "", err
	}
	if len(able) > 0 {
		return "", invalid("an administrator can sign in already (%s): ask for an invitation there", able[0])
	}
	handle, err := s.bytes(32)
	if err != nil {
		return "", err
	}
	secret, link, err := s.newLink("bootstrap", s.cfg.Limits.Link)
	if err != nil {
		return "", err
	}
	_, err = s.change(ctx, bootstrapID, By{console, "system"}, func(a scene) (deed, error) {
		var facts []fact
		if !a.exists() {
			facts = append(facts, fact{typ: accountInvited, payload: invited{Handle: handle, Kind: Staff, Name: bootstrapTitle, Roles: []string{roleAdmin}}})
		} else {
			if a.disabled() {
				facts = append(facts, fact{typ: accountEnabled, payload: struct{}{}})
			}
			if !slices.Contains(a.Roles, roleAdmin) {
				facts = append(facts, fact{typ: roleGiven, payload: roleChange{roleAdmin}})
			}
		}
		return deed{account: append(facts, fact{typ: linkMade, payload: link})}, nil
	})
	return secret, err
}

// Link answers a one-time sign-in link for a participant's account. An earlier link
// of the account ends.
func (s *Service) Link(ctx context.Context, by By, account string) (string, error) {
	secret, link, err := s.newLink("sign-in", s.cfg.Limits.LinkOwn)
	if err != nil {
		return "", err
	}
	_, err = s.change(ctx, account, by, func(a scene) (deed, error) {
		switch {
		case !a.exists():
			return deed{}, ErrUnknown
		case a.Kind != Participant:
			return deed{}, invalid("staff are invited anew, they get no sign-in links")
		case a.disabled():
			return deed{}, invalid("the account %s is disabled; enable it first", account)
		}
		return deed{account: []fact{{typ: linkMade, payload: link}}}, nil
	})
	return secret, err
}

// linkHash answers the hash of a link that may be given as an address or as its
// secret alone; "" when it can be none.
func linkHash(link string) string {
	if len(link) > 1000 {
		return ""
	}
	link = strings.TrimSpace(link[strings.LastIndexByte(link, '#')+1:])
	if len(link) != 43 { // 32 bytes as base64url
		return ""
	}
	return digest(link)
}

// holderOf answers whose link it is. Only the account itself says whether the link
// is still open (scene.opens).
func (s *Service) holderOf(ctx context.Context, link string) (account, hash string, err error) {
	if hash = linkHash(link); hash == "" {
		return "", "", ErrLink
	}
	row, ok, err := s.row(ctx, viewLink, hash)
	if err != nil {
		return "", "", err
	}
	var h holder
	if !ok || json.Unmarshal(row.Doc, &h) != nil {
		return "", "", ErrLink
	}
	return h.Account, hash, nil
}

// opens says whether the link of this hash opens the account now.
func (a *account) opens(hash string, now time.Time) error {
	if a.disabled() || a.link.Hash == "" || a.link.Hash != hash || !now.Before(a.link.Until) {
		return ErrLink
	}
	return nil
}

// OpenLink is what an unused link is for, and until when it works.
type OpenLink struct {
	Account
	Until time.Time
}

// Peek tells what an unused link is for, without using it.
func (s *Service) Peek(ctx context.Context, link string, from Source) (OpenLink, error) {
	if err := s.mayBegin("link", from); err != nil {
		return OpenLink{}, err
	}
	a, _, err := s.peek(ctx, link)
	if err != nil {
		return OpenLink{}, s.failed(accountID(a), "link", "link", from, err)
	}
	return OpenLink{a.public(), a.link.Until}, nil
}

// mayBegin takes one of the beginnings that a network has a minute.
func (s *Service) mayBegin(method string, from Source) error {
	if err := s.guard.begin(s.now(), from); err != nil {
		return s.failed("", method, "wait", from, err)
	}
	return nil
}

func accountID(a *account) string {
	if a == nil {
		return ""
	}
	return a.ID
}

func (s *Service) peek(ctx context.Context, link string) (*account, string, error) {
	id, hash, err := s.holderOf(ctx, link)
	if err != nil {
		return nil, "", err
	}
	a, err := s.load(ctx, id)
	if err != nil {
		return nil, "", err
	}
	return a, hash, a.opens(hash, s.now())
}

// BeginLink answers options for registering a passkey on the strength of a link;
// FinishLink uses the link up, registers the passkey and opens a session.
func (s *Service) BeginLink(ctx context.Context, link string, from Source) (Options, error) {
	if err := s.mayBegin("link", from); err != nil {
		return Options{}, err
	}
	a, hash, err := s.peek(ctx, link)
	if err != nil {
		return Options{}, s.failed(accountID(a), "link", "link", from, err)
	}
	return s.beginRegistration(a, ticket{purpose: forLink, account: a.ID, link: hash})
}

// FinishLink registers the passkey and opens a session. Staff without recovery codes
// get them in the answer.
func (s *Service) FinishLink(ctx context.Context, link, ticket string, answer []byte, name string, from Source) (Opening, error) {
	refund, err := s.guard.source(s.now(), from)
	if err != nil {
		return Opening{}, err
	}
	id, hash, err := s.holderOf(ctx, link)
	if err != nil {
		return Opening{}, s.failed(id, "link", "link", from, err)
	}
	t, err := s.tickets.take(ticket, forLink, s.now())
	if err != nil || t.account != id || t.link != hash {
		return Opening{}, s.failed(id, "link", "ticket", from, ErrDenied)
	}
	var codes []string
	opened, err := s.open(ctx, id, "link", from, func(a scene, o *opening) ([]fact, error) {
		if err := a.opens(hash, s.now()); err != nil {
			return nil, err
		}
		key, err := s.registered(a, t, answer, name)
		if err != nil {
			return nil, err
		}
		o.method, o.credential, o.counter = "passkey", key.Credential, key.Counter
		facts := []fact{{typ: linkUsed, payload: linkFact{Hash: hash}}, {typ: passkeyAdded, payload: key}}
		if codes = nil; a.Kind == Staff && a.RecoveryLeft == 0 {
			var made recoveryFact
			if codes, made, err = s.newCodes(); err != nil {
				return nil, err
			}
			facts = append(facts, fact{typ: recoveryMade, payload: made})
		}
		return facts, nil
	})
	if err != nil {
		return Opening{}, s.failed(id, "link", "passkey", from, err)
	}
	refund()
	opened.Recovery = codes
	return opened, nil
}

// UseLink opens a session for an account that has a link and no passkey yet. For a
// participant it is a session as any other. For staff, whose browser may know no
// passkeys, it may only set keys ([Session.OnlyKeys]) and ends after half an hour.
func (s *Service) UseLink(ctx context.Context, link string, from Source) (Opening, error) {
	refund, err := s.guard.source(s.now(), from)
	if err != nil {
		return Opening{}, err
	}
	id, hash, err := s.holderOf(ctx, link)
	if err != nil {
		return Opening{}, s.failed(id, "link", "link", from, err)
	}
	opened, err := s.open(ctx, id, "link", from, func(a scene, o *opening) ([]fact, error) {
		if err := a.opens(hash, s.now()); err != nil {
			return nil, err
		}
		if a.usable() > 0 {
			return nil, ErrDenied
		}
		o.method = "link"
		return []fact{{typ: linkUsed, payload: linkFact{Hash: hash}}}, nil
	})
	if err != nil {
		return Opening{}, s.failed(id, "link", "link", from, err)
	}
	refund()
	return opened, nil
}

func isRefusal(err error) bool {
	return errors.Is(err, ErrDenied) || errors.Is(err, ErrLink) || errors.Is(err, ErrInvalid)
}
