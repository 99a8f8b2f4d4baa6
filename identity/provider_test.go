package identity

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"varde/identity/providertest"
)

// realProvider runs a whole OpenID provider. Its sign-in page lets test-user2 in with
// the password that the test gives.
func realProvider(t *testing.T) (issuer string) {
	t.Helper()
	providertest.Register(home + "/signin/hospital/return")
	return providertest.Start(t, func() string { return providertest.User })
}

// walk is a browser at the provider: it follows it until it is sent back to us.
func walk(t *testing.T, address string) url.Values {
	t.Helper()
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), home) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := client.Get(address)
	ok(t, err)
	defer res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), home+"/signin/hospital/return?") {
		t.Fatalf("the provider sent the browser to %q (%s)", res.Header.Get("Location"), res.Status)
	}
	return back.Query()
}

func hospital(issuer string) func(*Config) {
	return func(c *Config) {
		c.Providers = []Provider{{ID: "hospital", Name: "Hospital", Issuer: issuer, ClientID: "varde", ClientSecret: "s3cret", Scopes: []string{"profile", "openid"}}}
	}
}

func TestSingleSignOn(t *testing.T) {
	issuer := realProvider(t)
	h := open(t, hospital(issuer), func(c *Config) { c.Clock = time.Now })
	link := must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Kind: Staff}))(t)
	through := func(link string) (Opening, error) {
		address, secret, err := h.BeginProvider(h.ctx, "hospital", link, desk)
		ok(t, err)
		for _, want := range []string{"code_challenge_method=S256", "nonce=", "state=", "response_type=code", "scope=openid+profile"} {
			if !strings.Contains(address, want) {
				t.Errorf("the address %s lacks %s", address, want)
			}
		}
		back := walk(t, address)
		return h.FinishProvider(h.ctx, "hospital", secret, back.Get("state"), back.Get("code"), desk)
	}
	_, err := through("")
	refused(t, "a subject that is connected with nobody", err, ErrNotConnected)
	first := must2(through(link))(t)
	if first.Session.Account != "kari" || first.Session.Method != "oidc" {
		t.Errorf("opened %+v", first.Session)
	}
	second := must2(through(""))(t)
	if second.Session.Account != "kari" || second.Token == first.Token {
		t.Errorf("opened %+v", second.Session)
	}
	_, _, err = h.BeginProvider(h.ctx, "hospital", link, desk)
	refused(t, "the used link", err, ErrLink)
	for _, e := range h.events("") {
		if bytes.Contains(e.Payload, []byte(`"id2"`)) || bytes.Contains(e.Payload, []byte("s3cret")) {
			t.Errorf("%s tells the subject in clear", e.Type)
		}
	}
	a, _, _ := h.Account(h.ctx, "kari")
	if len(a.Subjects) != 1 || a.Subjects[0].Issuer != issuer {
		t.Errorf("subjects %+v", a.Subjects)
	}
	if p := h.Providers(); len(p) != 1 || p[0].ClientSecret != "" {
		t.Errorf("providers %+v", p)
	}

	// Another account cannot take the subject, until its owner is disabled.
	link = must2(h.Invite(h.ctx, admin, Invitation{ID: "ola", Kind: Staff}))(t)
	_, err = through(link)
	refused(t, "a subject that is somebody else's", err, ErrTaken)
	ok(t, h.Disable(h.ctx, admin, "kari", "left"))
	_, err = through("")
	refused(t, "a disabled account", err, ErrDisabled)
	if got := must2(through(link))(t); got.Session.Account != "ola" {
		t.Errorf("opened %+v", got.Session)
	}
	h.rebuilt()

	// Another browser, another state, another provider, the code twice.
	address, secret, err := h.BeginProvider(h.ctx, "hospital", "", desk)
	ok(t, err)
	back := walk(t, address)
	_, err = h.FinishProvider(h.ctx, "hospital", "another browser's", back.Get("state"), back.Get("code"), desk)
	refused(t, "another browser", err, ErrReturn)
	_, err = h.FinishProvider(h.ctx, "hospital", secret, "another state", back.Get("code"), desk)
	refused(t, "another state", err, ErrReturn)
	_, err = h.FinishProvider(h.ctx, "hospital", secret, back.Get("state"), back.Get("code"), desk)
	refused(t, "a ticket that was used up", err, ErrReturn)
	_, secret, err = h.BeginProvider(h.ctx, "hospital", "", desk)
	ok(t, err)
	next := h.tickets[forProvider]
	stolen, _ := next.Get(secret)
	_, err = h.FinishProvider(h.ctx, "hospital", secret, stolen.state, back.Get("code"), desk)
	refused(t, "a code of another sign-in (PKCE)", err, ErrDenied)
}

// forger is a provider that signs whatever the test wants.
type forger struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	nonce  string
	says   map[string]any // of itself
	claims func(map[string]any)
	sign   func(claims []byte) string
	down   bool
}

func newForger(t *testing.T) *forger {
	t.Helper()
	f := &forger{key: must2(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t), says: map[string]any{}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if f.down {
			http.Error(w, "{}", http.StatusServiceUnavailable)
			return
		}
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			doc := map[string]any{"issuer": f.URL, "authorization_endpoint": f.URL + "/auth", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
				"id_token_signing_alg_values_supported": []string{"none", "HS256", "ES256"}}
			for k, v := range f.says {
				doc[k] = v
			}
			json.NewEncoder(w).Encode(doc)
		case "/keys":
			json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &f.key.PublicKey, KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
		case "/token":
			now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Unix()
			claims := map[string]any{"iss": f.URL, "aud": "varde", "sub": "kari", "nonce": f.nonce, "iat": now, "exp": now + 300}
			if f.claims != nil {
				f.claims(claims)
			}
			text, _ := json.Marshal(claims)
			sign := f.sign
			if sign == nil {
				sign = func(c []byte) string { return signed(t, jose.ES256, f.key, c) }
			}
			json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": sign(text)})
		}
	}))
	t.Cleanup(f.Close)
	return f
}

func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, claims []byte) string {
	signer := must2(jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "1")))(t)
	jws := must2(signer.Sign(claims))(t)
	return must2(jws.CompactSerialize())(t)
}

func TestForgedTokensOfAProvider(t *testing.T) {
	f := newForger(t)
	h := open(t, hospital(f.URL))
	try := func(link string) (Opening, error) {
		address, secret, err := h.BeginProvider(h.ctx, "hospital", link, desk)
		ok(t, err)
		q := must2(url.Parse(address))(t).Query()
		f.nonce = q.Get("nonce")
		return h.FinishProvider(h.ctx, "hospital", secret, q.Get("state"), "code", desk)
	}
	must2(try(must2(h.Invite(h.ctx, admin, Invitation{ID: "kari", Kind: Staff}))(t)))(t)
	must2(try(""))(t)
	stranger := must2(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	set := func(name string, value any) func() {
		return func() { f.claims = func(c map[string]any) { c[name] = value } }
	}
	moment := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Unix()
	for name, forge := range map[string]func(){
		"another audience":        set("aud", "another"),
		"two audiences, no party": set("aud", []string{"varde", "another"}),
		"another party":           set("azp", "another"),
		"another nonce":           set("nonce", "another"),
		"no nonce":                set("nonce", ""),
		"another issuer":          set("iss", "https://accounts.example.com"),
		"expired":                 set("exp", moment-1),
		"from the future":         set("iat", moment+3600),
		"not valid yet":           set("nbf", moment+3600),
		"nobody":                  set("sub", ""),
		"somebody else":           set("sub", "ola"),
		"another access token":    set("at_hash", "AAAA"),
		"another's key":           func() { f.sign = func(c []byte) string { return signed(t, jose.ES256, stranger, c) } },
		"the client's secret": func() {
			f.sign = func(c []byte) string { return signed(t, jose.HS256, []byte(strings.Repeat("s3cret", 8)), c) }
		},
		"no signature": func() {
			f.sign = func(c []byte) string {
				return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(c) + "."
			}
		},
		"no token": func() { f.sign = func([]byte) string { return "" } },
		"rubbish":  func() { f.sign = func([]byte) string { return "a.b.c" } },
	} {
		f.claims, f.sign = nil, nil
		forge()
		_, err := try("")
		refused(t, name, err, ErrDenied)
	}
	f.claims, f.sign = nil, nil
	must2(try(""))(t)
	if n := h.count("sessions/kari", sessionOpened); n != 3 {
		t.Errorf("%d sessions were opened", n)
	}
}

func TestProviderThatCannotBeUsed(t *testing.T) {
	f := newForger(t)
	f.down = true
	h := open(t, hospital(f.URL)) // starts all the same
	_, _, err := h.BeginProvider(h.ctx, "hospital", "", desk)
	refused(t, "a provider that does not answer", err, ErrProvider)
	f.down = false
	_, _, err = h.BeginProvider(h.ctx, "hospital", "", desk)
	refused(t, "a provider that did not answer just now", err, ErrProvider)
	h.wait(providerRest)
	f.says = map[string]any{"id_token_signing_alg_values_supported": []string{"HS256", "none"}}
	_, _, err = h.BeginProvider(h.ctx, "hospital", "", desk)
	refused(t, "a provider that signs with shared secrets only", err, ErrProvider)
	f.says = map[string]any{"issuer": "https://another.example"}
	_, _, err = h.BeginProvider(h.ctx, "hospital", "", desk)
	refused(t, "a provider that says it is another", err, ErrProvider)
	f.says = nil
	h.wait(providerRest)
	address, secret, err := h.BeginProvider(h.ctx, "hospital", "", desk)
	ok(t, err)
	f.down = true
	_, err = h.FinishProvider(h.ctx, "hospital", secret, must2(url.Parse(address))(t).Query().Get("state"), "code", desk)
	refused(t, "a provider that went away", err, ErrProvider)
	for name, p := range map[string]Provider{
		"no id":     {Issuer: "https://a", ClientID: "x"},
		"a path":    {ID: "../x", Issuer: "https://a", ClientID: "x"},
		"no client": {ID: "a", Issuer: "https://a"},
		"no https":  {ID: "a", Issuer: "http://a.example", ClientID: "x"},
	} {
		cfg := h.cfg
		cfg.Providers = []Provider{p}
		if _, err := New(h.ctx, cfg); err == nil || errors.Is(err, ErrProvider) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
