package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// FormStamp marks a form that strangers may send with the moment at which it was made,
// so that whoever sends thousands must at least open each. It names nobody.
func (a *App) FormStamp(form string) string {
	at := strconv.FormatInt(a.Now().Unix(), 36)
	return at + "." + a.stampOf(form, at)
}

// FormAge answers how long ago a stamp of this form was made; ok is false for one that
// was not made here.
func (a *App) FormAge(form, stamp string) (age time.Duration, ok bool) {
	at, mark, found := strings.Cut(stamp, ".")
	seconds, err := strconv.ParseInt(at, 36, 64)
	if !found || err != nil || !hmac.Equal([]byte(mark), []byte(a.stampOf(form, at))) {
		return 0, false
	}
	return a.Now().Sub(time.Unix(seconds, 0)), true
}

func (a *App) stampOf(form, at string) string {
	m := hmac.New(sha256.New, a.refKey)
	// No id of a study begins so, which references to visits are made of with this key.
	m.Write([]byte("\x00form\x00" + form + "\x00" + at))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:12])
}
