package sms_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/messaging"
	"varde/messaging/sms"
)

var text = messaging.Text{ID: "8c5f2e", To: "+4700000001", Text: `Du har en avtale i morgen kl. 10.00. "Logg inn": {secret} \ æøå`}

// gateway is an HTTPS server that keeps what it is asked and answers a status.
func gateway(t *testing.T, status int, change func(*sms.Config)) (g *sms.Gateway, last func() (*http.Request, string)) {
	t.Helper()
	var asked *http.Request
	var body string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked, body = r, string(b)
		if status >= 300 && status < 400 {
			w.Header().Set("Location", "https://elsewhere.example.org/")
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c := sms.Config{URL: s.URL + "/messages", Sender: "Klinikken", Secret: "hunter2", Roots: roots, Timeout: 5 * time.Second,
		Headers: map[string]string{"Authorization": "Bearer {secret}", "X-Reference": "{id}"},
		JSON:    map[string]any{"to": []any{"{to}"}, "from": "{sender}", "message": map[string]any{"text": "{text}", "unicode": true, "parts": 2}}}
	if change != nil {
		change(&c)
	}
	g, err := sms.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g, func() (*http.Request, string) { return asked, body }
}

// TestJSONGateway: number and text stand in the body as they are, whatever is in them.
func TestJSONGateway(t *testing.T) {
	g, last := gateway(t, http.StatusAccepted, nil)
	if err := g.SendText(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	r, body := last()
	var got struct {
		To      []string
		From    string
		Message struct {
			Text    string
			Unicode bool
			Parts   int
		}
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if got.To[0] != text.To || got.From != "Klinikken" || got.Message.Text != text.Text || !got.Message.Unicode || got.Message.Parts != 2 {
		t.Errorf("%s", body)
	}
	if r.Header.Get("Authorization") != "Bearer hunter2" || r.Header.Get("X-Reference") != text.ID || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", r.Header)
	}
	if strings.Contains(body, "hunter2") || strings.Contains(r.URL.String(), "4700000001") {
		t.Errorf("a secret in the body, or a number in the address: %s %s", r.URL, body)
	}
}

func TestFormGateway(t *testing.T) {
	g, last := gateway(t, http.StatusOK, func(c *sms.Config) {
		c.JSON, c.Headers, c.User = nil, nil, "varde"
		c.Form = map[string]string{"dest": "{to}", "msg": "{text}", "src": "{sender}"}
	})
	if err := g.SendText(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	r, body := last()
	form, err := url.ParseQuery(body)
	if err != nil || form.Get("dest") != text.To || form.Get("msg") != text.Text || len(form) != 3 {
		t.Errorf("%s, %v", body, err)
	}
	if user, password, ok := r.BasicAuth(); !ok || user != "varde" || password != "hunter2" {
		t.Errorf("%s", user)
	}
}

func TestVerdicts(t *testing.T) {
	for status, want := range map[int]messaging.Fault{
		400: {Kind: messaging.Address, Code: "http-400"}, 422: {Kind: messaging.Address, Code: "http-422"},
		401: {Kind: messaging.House, Code: "http-401"}, 402: {Kind: messaging.House, Code: "http-402"}, 302: {Kind: messaging.House, Code: "http-302"},
		429: {Kind: messaging.Temporary, Code: "http-429"}, 500: {Kind: messaging.Temporary, Code: "http-500"}, 503: {Kind: messaging.Temporary, Code: "http-503"},
	} {
		g, _ := gateway(t, status, nil)
		if f := messaging.FaultOf(g.SendText(t.Context(), text)); f == nil || *f != want {
			t.Errorf("%d: %v", status, f)
		}
	}
	g, last := gateway(t, 200, func(c *sms.Config) { c.Success, c.Refusal = []int{202}, []int{200} })
	if f := messaging.FaultOf(g.SendText(t.Context(), text)); f == nil || f.Kind != messaging.Address {
		t.Errorf("a gateway that says 200 for no: %v", f)
	}
	for _, to := range []string{"", "90000000", "+0", "+47000000010000000", "+47 00 00 00 01", "+4700000001\r\nX: y"} {
		x := text
		x.To = to
		if f := messaging.FaultOf(g.SendText(t.Context(), x)); f == nil || f.Kind != messaging.Address {
			t.Errorf("%q: %v", to, f)
		}
	}
	if r, _ := last(); r == nil {
		t.Fatal("nobody was asked")
	}
}

func TestNobodyThere(t *testing.T) {
	g, _ := gateway(t, 200, func(c *sms.Config) { c.Roots = x509.NewCertPool() })
	if f := messaging.FaultOf(g.SendText(t.Context(), text)); *f != (messaging.Fault{Kind: messaging.House, Code: "tls"}) {
		t.Errorf("an unknown certificate: %+v", f)
	}
	g, _ = gateway(t, 200, func(c *sms.Config) { c.URL = "https://127.0.0.1:1/" })
	if f := messaging.FaultOf(g.SendText(t.Context(), text)); *f != (messaging.Fault{Kind: messaging.Temporary, Code: "connect"}) {
		t.Errorf("nobody listens: %+v", f)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	g, _ = gateway(t, 200, nil)
	if f := messaging.FaultOf(g.SendText(ctx, text)); f.Kind != messaging.Temporary {
		t.Errorf("stopped: %+v", f)
	}
	if f := messaging.FaultOf(errors.New("kari@example.org")); strings.Contains(f.Error(), "@") {
		t.Errorf("%v", f)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	good := sms.Config{URL: "https://gateway.example.org", Sender: "Klinikken", JSON: map[string]any{"to": "{to}", "text": "{text}"}}
	if _, err := sms.New(good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*sms.Config){
		"https://":         func(c *sms.Config) { c.URL = "" },
		"without https":    func(c *sms.Config) { c.URL = "http://gateway.example.org" },
		"end in logs":      func(c *sms.Config) { c.URL = "https://varde:hunter2@gateway.example.org" },
		"json or form":     func(c *sms.Config) { c.JSON = nil },
		"both given":       func(c *sms.Config) { c.Form = map[string]string{"a": "b"} },
		"sender":           func(c *sms.Config) { c.Sender = "Klinikken på hjørnet" },
		"POST or PUT":      func(c *sms.Config) { c.Method = "GET" },
		"{text} stands no": func(c *sms.Config) { c.JSON = map[string]any{"to": "{to}"} },
		"no placeholder":   func(c *sms.Config) { c.JSON = map[string]any{"to": "{to}", "text": "{text} {name}"} },
		"gives none":       func(c *sms.Config) { c.Headers = map[string]string{"Authorization": "{secret}"} },
		"cannot be sent":   func(c *sms.Config) { c.Headers = map[string]string{"X-To": "{to}"} },
		"cannot stand":     func(c *sms.Config) { c.JSON = map[string]any{"to": "{to}", "text": "{text}", "at": time.Now()} },
	} {
		c := good
		change(&c)
		if _, err := sms.New(c); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// FuzzText: whatever the text, the request is one JSON value with the text in it.
func FuzzText(f *testing.F) {
	for _, s := range []string{"a", `"`, "{to}", "\\u0000", "æ\n", "</script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g, last := gateway(t, http.StatusOK, nil)
		x := text
		x.Text = s
		if err := g.SendText(t.Context(), x); err != nil {
			var fault *messaging.Fault
			if !errors.As(err, &fault) || fault.Kind != messaging.Refused {
				t.Fatal(err)
			}
			return
		}
		_, body := last()
		var got struct{ Message struct{ Text string } }
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.Message.Text != strings.ToValidUTF8(s, "\ufffd") && got.Message.Text != s {
			t.Fatalf("%q came as %q (%v)", s, body, err)
		}
	})
}
