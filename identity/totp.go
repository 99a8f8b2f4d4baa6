package identity

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// totpPeriod is how long a code lasts. With SHA-1 and six digits it is what every
// authenticator app knows (RFC 6238).
const totpPeriod = 30

var totpOptions = totp.ValidateOpts{Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// newTOTP makes a secret and its otpauth:// address.
func (s *Service) newTOTP(a *account) (secret, address string, err error) {
	b, err := s.bytes(20)
	if err != nil {
		return "", "", err
	}
	// A colon parts issuer and account in the address.
	key, err := totp.Generate(totp.GenerateOpts{Issuer: strings.ReplaceAll(s.cfg.Name, ":", " "), AccountName: a.ID,
		Period: totpPeriod, Secret: b, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", "", fmt.Errorf("identity: making a TOTP secret: %w", err)
	}
	return key.Secret(), key.URL(), nil
}

// totpStep answers which half minute a code belongs to: this one, or one to either
// side, for clocks that are a little off.
func totpStep(secret, code string, now time.Time) (int64, bool) {
	code = strings.ReplaceAll(code, " ", "")
	if len(code) != 6 || secret == "" {
		return 0, false
	}
	this := now.Unix() / totpPeriod
	found, step := 0, int64(0)
	for _, at := range []int64{this, this - 1, this + 1} {
		right, err := totp.GenerateCodeCustom(secret, time.Unix(at*totpPeriod, 0), totpOptions)
		if err == nil && subtle.ConstantTimeCompare([]byte(right), []byte(code)) == 1 && found == 0 {
			found, step = 1, at
		}
	}
	return step, found == 1
}
