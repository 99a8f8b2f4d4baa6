package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"varde/bilingual"
	"varde/vault"
)

const (
	shortest = 12  // characters
	longest  = 256 // characters

	wrongCodes = 5 // first codes tried before setting a password begins anew
)

// PasswordError says why a new password is refused. It wraps ErrInvalid.
type PasswordError struct {
	Code string // "too-short", "too-long", "is-name", "common", "not-text"
	Text bilingual.Text
}

func (e *PasswordError) Error() string { return "identity: the password is refused: " + e.Text.EN }
func (e *PasswordError) Unwrap() error { return ErrInvalid }

// normal is a password as it is hashed: the same whichever keyboard made its letters
// (NIST SP 800-63B, 3.1.1.2, asks for NFKC).
func normal(password string) string { return norm.NFKC.String(password) }

// checkPassword refuses what is guessed first. It asks for no capital letters and no
// signs: such rules make passwords worse (NIST SP 800-63B, 3.1.1.2).
func checkPassword(a *account, password string) error {
	refuse := func(code, en, nb string) error { return &PasswordError{code, bilingual.Text{EN: en, NB: nb}} }
	if !utf8.ValidString(password) {
		return refuse("not-text", "it is not text", "det er ikke tekst")
	}
	if len(password) > 4*longest {
		return refuse("too-long", "use at most 256 characters", "bruk høyst 256 tegn")
	}
	password = normal(password)
	switch n := utf8.RuneCountInString(password); {
	case n < shortest:
		return refuse("too-short", "use at least 12 characters; a few words in a row are easy to remember", "bruk minst 12 tegn; noen ord etter hverandre er lette å huske")
	case n > longest:
		return refuse("too-long", "use at most 256 characters", "bruk høyst 256 tegn")
	}
	for _, own := range []string{a.ID, a.Name} {
		if own != "" && (strings.EqualFold(password, own) || plain(password) != "" && plain(password) == plain(own)) {
			return refuse("is-name", "it is your name or id", "det er navnet eller ID-en din")
		}
	}
	if commonPassword(password) {
		return refuse("common", "it is among the passwords that are tried first", "det er blant passordene som prøves først")
	}
	return nil
}

// verified is what a right password was checked against.
type verified struct {
	password string // sealed, as it stood
	secret   string // TOTP secret
	weak     bool
}

// checkSecret compares a password. For whoever has none, or is not there, it does the
// same work and answers ErrDenied.
func (s *Service) checkSecret(ctx context.Context, a *account, password string) (verified, error) {
	v := verified{password: a.password}
	text := ""
	if a.exists() && !a.disabled() && a.HasPassword {
		var err error
		if text, err = s.cfg.Vault.Open(ctx, owner(a.ID), "password", a.password); err == nil {
			v.secret, err = s.cfg.Vault.Open(ctx, owner(a.ID), "totp", a.totp)
		}
		if errors.Is(err, vault.ErrErased) {
			text, err = "", nil
		}
		if err != nil {
			return v, fmt.Errorf("identity: opening the password's hash of %s: %w", a.ID, err)
		}
	}
	if len(password) > 4*longest || !utf8.ValidString(password) {
		password, text = "", "" // can be nobody's
	}
	ok, weak, err := s.hasher.matches(ctx, normal(password), text)
	if err != nil {
		return v, err
	}
	if !ok {
		return v, ErrDenied
	}
	v.weak = weak
	return v, nil
}

// usedStep answers the step of a TOTP code that is right and was not used before.
func (s *Service) usedStep(a scene, v verified, code string) (int64, error) {
	if a.password != v.password {
		return 0, ErrDenied // changed in this moment
	}
	row, ok, err := s.row(a.ctx, viewStep, a.ID)
	if err != nil {
		return 0, err
	}
	var last stepDoc
	if ok {
		if err := json.Unmarshal(row.Doc, &last); err != nil {
			return 0, fmt.Errorf("identity: the last code's row cannot be read; rebuild the views: %w", err)
		}
	}
	step, ok := totpStep(v.secret, code, s.now())
	if !ok || step <= last.Step {
		return 0, ErrDenied
	}
	return step, nil
}

// SignInPassword opens a session with account id, password and TOTP code, all three
// at once: which of them was wrong is not told. It takes the same time for an
// account that does not exist.
func (s *Service) SignInPassword(ctx context.Context, account, password, code string, from Source) (Opening, error) {
	refund, err := s.guard.source(s.now(), from)
	if err != nil {
		return Opening{}, s.failed("", "password", "wait", from, err)
	}
	account = strings.TrimSpace(account)
	var opened Opening
	err = s.tryPassword(ctx, account, password, from, "password", func(v verified) error {
		var err error
		opened, err = s.open(ctx, account, "password", from, func(a scene, o *opening) ([]fact, error) {
			var err error
			o.step, err = s.usedStep(a, v, code)
			return nil, err
		})
		return err
	})
	if err != nil {
		return Opening{}, err
	}
	refund()
	return opened, nil
}

// ProvePassword is presence by password and code.
func (s *Service) ProvePassword(ctx context.Context, in Session, password, code string, from Source) error {
	r, err := s.current(ctx, in)
	if err != nil {
		return err
	}
	return s.tryPassword(ctx, r.Account, password, from, "presence", func(v verified) error {
		return s.present(ctx, in, "password", func(a scene, p *presenceFact) error {
			var err error
			p.Step, err = s.usedStep(a, v, code)
			return err
		})
	})
}

// tryPassword checks a password and does then what it is for. Failures make the
// account's password wait.
func (s *Service) tryPassword(ctx context.Context, id, password string, from Source, method string, then func(verified) error) error {
	a := blank(id)
	if checkID(id) == nil {
		var err error
		if a, err = s.load(ctx, id); err != nil {
			return err
		}
	}
	name := id
	if !a.exists() {
		name = s.guard.blur(id)
	}
	done, err := s.guard.attempt(s.now(), a.exists(), name)
	if err != nil {
		return s.failedName(a, id, method, "wait", from, err)
	}
	how := unfinished
	defer func() { done(how) }()
	v, err := s.checkSecret(ctx, a, password)
	if err == nil {
		err = then(v)
	}
	switch {
	case err == nil:
		how = succeeded
	case isRefusal(err):
		how = wrong
		return s.failedName(a, id, method, "secret", from, ErrDenied)
	default:
		return err
	}
	if v.weak {
		s.stir(ctx, id, v, password)
	}
	return nil
}

// stir hashes a password anew at today's cost. When it cannot, the next sign-in will.
func (s *Service) stir(ctx context.Context, id string, v verified, password string) {
	text, err := s.hasher.make(ctx, normal(password))
	if err == nil {
		text, err = s.cfg.Vault.Seal(ctx, owner(id), "password", text)
	}
	if err == nil {
		_, err = s.change(ctx, id, By{}, func(a scene) (deed, error) {
			if a.password != v.password {
				return deed{}, nil
			}
			return deed{account: []fact{{typ: passwordStirred, payload: passwordFact{Password: text}}}}, nil
		})
	}
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "a password was not hashed anew", "error", err)
	}
}

// BeginPassword takes a new password (refused when short or among the commonest) and
// answers the TOTP secret as otpauth:// URL; FinishPassword wants a first code, and
// answers recovery codes. Nothing is kept before that.
func (s *Service) BeginPassword(ctx context.Context, in Session, password string) (otpauth, ticketKey string, err error) {
	r, err := s.fresh(ctx, in)
	if err != nil {
		return "", "", err
	}
	a, err := s.load(ctx, r.Account)
	if err != nil {
		return "", "", err
	}
	if err := checkPassword(a, password); err != nil {
		return "", "", err
	}
	text, err := s.hasher.make(ctx, normal(password))
	if err != nil {
		return "", "", err
	}
	secret, address, err := s.newTOTP(a)
	if err != nil {
		return "", "", err
	}
	key, err := s.give(ticket{purpose: forPassword, account: a.ID, session: r.hash, password: text, totp: secret})
	return address, key, err
}

// FinishPassword keeps the password and its second factor, makes new recovery codes,
// and ends the account's other sessions. A wrong code ends the ticket: begin again.
func (s *Service) FinishPassword(ctx context.Context, in Session, ticket, code string) ([]string, error) {
	t, err := s.ownTicket(ctx, in, ticket, forPassword)
	if err != nil {
		return nil, err
	}
	step, ok := totpStep(t.totp, code, s.now())
	if !ok {
		// People mistype, and the app already holds the secret: some more tries are
		// theirs. Nothing is guessed here that its owner does not see on the page.
		if t.wrong++; t.wrong < wrongCodes {
			s.tickets[forPassword].Add(ticket, t)
		}
		return nil, ErrDenied
	}
	f := passwordFact{Step: step}
	if f.Password, err = s.cfg.Vault.Seal(ctx, owner(t.account), "password", t.password); err == nil {
		f.TOTP, err = s.cfg.Vault.Seal(ctx, owner(t.account), "totp", t.totp)
	}
	if err != nil {
		return nil, fmt.Errorf("identity: sealing the password's hash: %w", err)
	}
	codes, made, err := s.newCodes()
	if err != nil {
		return nil, err
	}
	err = s.endSessions(ctx, t.account, By{}, ending{why: "password-set",
		which: func(r sessionRow) bool { return r.hash != t.session },
		facts: func(a scene) ([]fact, error) {
			if a.disabled() {
				return nil, ErrDenied
			}
			return []fact{{typ: passwordSet, payload: f}, {typ: recoveryMade, payload: made}}, nil
		}})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
