package identity

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol"

	"varde/identity/authenticatortest"
)

// Whatever is sent, it opens nothing and breaks nothing.
func FuzzAnswers(f *testing.F) {
	h := open(f, func(c *Config) { c.Limits.PerSource = 1 << 30 })
	key, opened := h.staff("kari")
	code, _ := h.password(opened.Session)
	o := must2(h.BeginPasskey(h.ctx, desk))(f)
	f.Add(string(must2(key.Assert(o.JSON))(f)), o.Ticket, opened.Token)
	add := must2(h.BeginPasskeyAdd(h.ctx, opened.Session))(f)
	f.Add(string(must2(authenticatortest.New(home).Register(add.JSON))(f)), add.Ticket, opened.Token+"x")
	f.Add(`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, "", "vs_")
	f.Add(code(), "kari", "#")
	other := must2(h.Invite(h.ctx, admin, Invitation{ID: "ola", Kind: Staff}))(f)
	f.Fuzz(func(t *testing.T, answer, ticket, token string) {
		if in, there := h.Resume(h.ctx, token); there && (token != opened.Token || in.Account != "kari") {
			t.Error("a forged token opens a session")
		}
		fresh := must2(h.BeginPasskey(h.ctx, desk))(t)
		link := must2(h.BeginLink(h.ctx, other, desk))(t)
		presence := must2(h.BeginPresence(h.ctx, opened.Session, nil))(t)
		adding := must2(h.BeginPasskeyAdd(h.ctx, opened.Session))(t)
		if _, err := h.FinishPasskey(h.ctx, fresh.Ticket, []byte(answer), desk); err == nil {
			t.Error("a forged answer signs in")
		}
		if _, err := h.FinishLink(h.ctx, other, link.Ticket, []byte(answer), ticket, desk); err == nil {
			t.Error("a forged answer registers")
		}
		if _, err := h.FinishPresence(h.ctx, opened.Session, presence.Ticket, []byte(answer)); err == nil {
			t.Error("a forged answer signs")
		}
		if err := h.FinishPasskeyAdd(h.ctx, opened.Session, adding.Ticket, []byte(answer), ticket); err == nil {
			t.Error("a forged answer is added")
		}
		if _, err := h.Peek(h.ctx, token, desk); err == nil && token != other {
			t.Error("a forged link opens")
		}
		if _, err := h.UseLink(h.ctx, answer, Source{Network: ticket, Device: token}); err == nil {
			t.Error("a forged link signs in")
		}
		if _, err := h.SignInPassword(h.ctx, ticket, answer, token, Source{Network: ticket}); err == nil {
			t.Error("a forged password signs in")
		}
		if _, err := h.SignInRecovery(h.ctx, ticket, answer, Source{Network: token}); err == nil {
			t.Error("a forged code signs in")
		}
		if VerifyAssertion(Assertion{Key: []byte(answer), Authenticator: []byte(answer), ClientData: []byte(answer), Signature: []byte(token)}, []byte(ticket), []string{home}, "varde.example.org") == nil {
			t.Error("a forged assertion verifies")
		}
		_, _, _ = h.Accounts(h.ctx, answer, 0, 1)
		h.Refused(Refusal{Account: ticket, Code: token, What: answer})
		h.wait(time.Microsecond)
	})
}

// Sound answers with something changed in them, again and again.
func TestMutatedAnswers(t *testing.T) {
	h := open(t, func(c *Config) { c.Limits.PerSource = 1 << 30 })
	key, opened := h.staff("kari")
	chance := rand.New(rand.NewPCG(1, 2))
	mutate := func(b []byte) []byte {
		b = bytes.Clone(b)
		for range 1 + chance.IntN(3) {
			at := chance.IntN(len(b))
			switch chance.IntN(4) {
			case 0:
				b[at] ^= byte(1 << chance.IntN(8))
			case 1:
				b = slices.Delete(b, at, min(at+1+chance.IntN(40), len(b)))
			case 2:
				b = slices.Insert(b, at, b[at:min(at+1+chance.IntN(40), len(b))]...)
			case 3:
				b[at] = byte(chance.IntN(256))
			}
			if len(b) == 0 {
				return []byte("{")
			}
		}
		return b
	}
	same := func(a, b []byte) bool { // what is signed, by which key
		x, errX := protocol.ParseCredentialRequestResponseBytes(a)
		y, errY := protocol.ParseCredentialRequestResponseBytes(b)
		return errX == nil && errY == nil && bytes.Equal(x.RawID, y.RawID) &&
			bytes.Equal(x.Raw.AssertionResponse.ClientDataJSON, y.Raw.AssertionResponse.ClientDataJSON) &&
			bytes.Equal(x.Raw.AssertionResponse.AuthenticatorData, y.Raw.AssertionResponse.AuthenticatorData) &&
			bytes.Equal(x.Raw.AssertionResponse.Signature, y.Raw.AssertionResponse.Signature)
	}
	for range 400 {
		o := must2(h.BeginPasskey(h.ctx, desk))(t)
		sound := must2(key.Assert(o.JSON))(t)
		answer := mutate(sound)
		if _, err := h.FinishPasskey(h.ctx, o.Ticket, answer, desk); err == nil && !same(sound, answer) {
			t.Errorf("a changed answer signs in: %s", answer)
		}
		o = must2(h.BeginPresence(h.ctx, opened.Session, nil))(t)
		sound = must2(key.Assert(o.JSON))(t)
		answer = mutate(sound)
		if a, err := h.FinishPresence(h.ctx, opened.Session, o.Ticket, answer); err == nil && !same(sound, answer) {
			t.Errorf("a changed answer signs: %s %v", answer, a)
		}
		o = must2(h.BeginPasskeyAdd(h.ctx, opened.Session))(t)
		answer = mutate(must2(authenticatortest.New(home).Register(o.JSON))(t))
		if err := h.FinishPasskeyAdd(h.ctx, opened.Session, o.Ticket, answer, "x"); err == nil {
			a, _, _ := h.Account(h.ctx, "kari")
			ok(t, h.RevokePasskey(h.ctx, opened.Session, a.Passkeys[len(a.Passkeys)-1].ID))
		}
	}
	h.rebuilt()
}
