package page

import (
	"encoding/base64"
	"net/http"
	"strings"

	"varde/web/ui"
)

const (
	tokenCookie = "varde-session"
	flashCookie = "varde-flash"
	maxFlash    = 600
)

// tokenName: on https the __Host- prefix makes the browser refuse the cookie from
// any other host or without Secure.
func (d *Desk) tokenName() string {
	if d.secure {
		return "__Host-" + tokenCookie
	}
	return tokenCookie
}

func (d *Desk) setToken(w http.ResponseWriter, token string, age int) {
	http.SetCookie(w, &http.Cookie{Name: d.tokenName(), Value: token, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: d.secure, SameSite: http.SameSiteLaxMode})
}

func (d *Desk) token(r *http.Request) string {
	if c, err := r.Cookie(d.tokenName()); err == nil && len(c.Value) <= 512 {
		return c.Value
	}
	return ""
}

// flash keeps a message for the next page. It must name nobody: it passes through
// the browser.
func (c *Context) flash(tone ui.Tone, text string) {
	if r := []rune(text); len(r) > maxFlash {
		text = string(r[:maxFlash])
	}
	http.SetCookie(c.W, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: 60, HttpOnly: true, Secure: c.desk.secure, SameSite: http.SameSiteLaxMode,
		Value: base64.RawURLEncoding.EncodeToString([]byte(string(tone) + "\n" + text))})
}

func (c *Context) takeFlash() []ui.Alert {
	k, err := c.R.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(c.W, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: c.desk.secure, SameSite: http.SameSiteLaxMode})
	b, err := base64.RawURLEncoding.DecodeString(k.Value)
	if err != nil {
		return nil
	}
	tone, text, ok := strings.Cut(string(b), "\n")
	if !ok || text == "" {
		return nil
	}
	return []ui.Alert{{Tone: ui.Tone(tone), Text: text, Live: true}}
}
