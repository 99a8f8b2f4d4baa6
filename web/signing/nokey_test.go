package signing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"varde/web/webtest"
)

// Whoever has nothing to sign with is told what to do before they choose, and cannot
// sign; with a password they are no longer told.
func TestWhoHasNothingToSignWithIsToldWhatToDo(t *testing.T) {
	d := newDesk(t)
	path := base + "/p/" + d.id + "/sign/form/V0/phq9"
	actor := d.Actor("coordinator")
	c := d.As(t, d.handler, actor)
	a := c.Get(path)
	webtest.CheckHTML(t, "sign", a.Body)
	if a.Status != http.StatusOK || !strings.Contains(a.Text(), "First add a passkey to your account") || !strings.Contains(a.Body, `href="/account#passkeys"`) {
		t.Fatalf("before choosing: %d %s", a.Status, a.Text())
	}
	a = c.Get(path + "?" + url.Values{"meaning": {"authorship"}}.Encode())
	if a.Status != http.StatusConflict && a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `href="/account#passkeys"`) || strings.Contains(a.Body, `name="password"`) {
		t.Errorf("after choosing: %d %s", a.Status, a.Text())
	}
	s := d.signer(actor)
	if a := s.Get(path); a.Status != http.StatusOK || strings.Contains(a.Text(), "First add a passkey") {
		t.Errorf("with a password: %d %s", a.Status, a.Text())
	}
}
