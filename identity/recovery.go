package identity

import (
	"context"
	"encoding/base32"
	"strings"
)

const (
	recoveryCodes = 10
	recoveryBytes = 10 // 80 bits each: nothing to be guessed, so SHA-256 is enough
)

var recoveryText = base32.StdEncoding.WithPadding(base32.NoPadding)

// newCodes makes recovery codes as people write them down ("abcd-efgh-ijkl-mnop"),
// and what the log keeps of them.
func (s *Service) newCodes() ([]string, recoveryFact, error) {
	var codes []string
	var f recoveryFact
	for range recoveryCodes {
		b, err := s.bytes(recoveryBytes)
		if err != nil {
			return nil, recoveryFact{}, err
		}
		t := strings.ToLower(recoveryText.EncodeToString(b))
		codes = append(codes, t[:4]+"-"+t[4:8]+"-"+t[8:12]+"-"+t[12:])
		f.Hashes = append(f.Hashes, digest(t))
	}
	return codes, f, nil
}

// recoveryHash reads a code as people type it; "" when it can be none.
func recoveryHash(code string) string {
	if len(code) > 200 {
		return ""
	}
	t := strings.Map(func(r rune) rune {
		switch {
		case r == '0':
			return 'o'
		case r == '1':
			return 'l'
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z' || r >= '2' && r <= '7':
			return r
		}
		return -1
	}, code)
	if len(t) != 16 {
		return ""
	}
	return digest(t)
}

// SignInRecovery uses up a recovery code. The session may only set new keys.
func (s *Service) SignInRecovery(ctx context.Context, account, code string, from Source) (Opening, error) {
	refund, err := s.guard.source(s.now(), from)
	if err != nil {
		return Opening{}, s.failed("", "recovery", "wait", from, err)
	}
	account = strings.TrimSpace(account)
	a := blank(account)
	if checkID(account) == nil {
		if a, err = s.load(ctx, account); err != nil {
			return Opening{}, err
		}
	}
	hash := recoveryHash(code)
	if !a.exists() || hash == "" {
		return Opening{}, s.failedName(a, account, "recovery", "code", from, ErrDenied)
	}
	opened, err := s.open(ctx, account, "recovery", from, func(a scene, _ *opening) ([]fact, error) {
		for _, h := range a.recovery {
			if h == hash {
				return []fact{{typ: recoveryUsed, payload: recoveryRef{Hash: hash}}}, nil
			}
		}
		return nil, ErrDenied
	})
	if err != nil {
		return Opening{}, s.failedName(a, account, "recovery", "code", from, err)
	}
	refund()
	return opened, nil
}

// NewRecovery makes new recovery codes; old ones end.
func (s *Service) NewRecovery(ctx context.Context, in Session) ([]string, error) {
	if _, err := s.fresh(ctx, in); err != nil {
		return nil, err
	}
	codes, made, err := s.newCodes()
	if err != nil {
		return nil, err
	}
	_, err = s.change(ctx, in.Account, By{}, func(a scene) (deed, error) {
		if a.disabled() {
			return deed{}, ErrDenied
		}
		return deed{account: []fact{{typ: recoveryMade, payload: made}}}, nil
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
