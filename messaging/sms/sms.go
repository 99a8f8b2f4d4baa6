// Package sms hands text messages to a gateway: an HTTPS address that takes a number and
// a text. Gateways differ in how they want it said, so the request is a template of the
// configuration, with {to}, {text}, {sender}, {id} and {secret} in it. Values are put
// into JSON strings and form fields as such: no text can change the request's shape.
package sms

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"varde/messaging"
)

// Config of a Gateway.
type Config struct {
	URL     string // https
	Method  string // "" = POST
	Headers map[string]string
	JSON    any               // body as JSON; strings in it may hold placeholders
	Form    map[string]string // body as a form
	Success []int             // answers that say it is taken; none = 200 to 299
	Refusal []int             // answers that say the number is none; none = 400, 404, 422
	Sender  string            // name or number that the phone shows
	User    string            // with Secret: basic authentication
	Secret  string
	Roots   *x509.CertPool // nil: those of the system
	Timeout time.Duration  // 0 = 15 s
}

const (
	defaultTimeout = 15 * time.Second
	mostAnswer     = 64 << 10
	mostText       = 1000 // characters; a gateway cuts or charges by 153
)

// number is E.164.
var number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

var known = []string{"{to}", "{text}", "{sender}", "{id}", "{secret}"}

// senderName is what GSM lets a phone show as a name, or a number.
var senderName = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9 ]{0,10}|\+?[0-9]{3,15})$`)

// Gateway is a messaging.Texter.
type Gateway struct {
	cfg  Config
	http *http.Client
}

// New checks the configuration; it does not connect.
func New(c Config) (*Gateway, error) {
	at, err := url.Parse(c.URL)
	switch {
	case err != nil || at.Host == "":
		return nil, errors.New("url: write the gateway's address, beginning with https://")
	case at.Scheme != "https":
		return nil, errors.New("url: without https anybody on the way can read numbers and texts")
	case at.User != nil:
		return nil, errors.New("url: a name and password in an address end in logs: use user and secret")
	case c.JSON == nil && len(c.Form) == 0:
		return nil, errors.New("json or form: say what the body holds")
	case c.JSON != nil && len(c.Form) > 0:
		return nil, errors.New("json and form are both given: keep one of them")
	case !senderName.MatchString(c.Sender):
		return nil, errors.New("sender: a name of at most 11 letters and digits without æ, ø and å, or a number")
	}
	if c.Method == "" {
		c.Method = http.MethodPost
	}
	if c.Method != http.MethodPost && c.Method != http.MethodPut {
		return nil, errors.New("method: POST or PUT")
	}
	if len(c.Refusal) == 0 {
		c.Refusal = []int{http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity}
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	body, err := c.body(func(s string) string { return s })
	if err != nil {
		return nil, err
	}
	plain := string(body)
	if len(c.Form) > 0 {
		if plain, err = url.QueryUnescape(plain); err != nil {
			return nil, errors.New("form: cannot be written as a form")
		}
	}
	for _, v := range c.Headers {
		plain += " " + v
	}
	for _, p := range placeholder.FindAllString(plain, -1) {
		if !slices.Contains(known, p) {
			return nil, fmt.Errorf("%s is no placeholder; those are %s", p, strings.Join(known, ", "))
		}
	}
	for _, must := range []string{"{to}", "{text}"} {
		if !strings.Contains(string(plain), must) {
			return nil, fmt.Errorf("%s stands nowhere in the body", must)
		}
	}
	if strings.Contains(plain, "{secret}") && c.Secret == "" {
		return nil, errors.New("{secret} is used, and secretEnv or secretFile gives none")
	}
	for name, v := range c.Headers {
		if !messaging.OneLine(name) || !messaging.OneLine(v) || strings.ContainsAny(name, " :") || strings.Contains(v, "{to}") || strings.Contains(v, "{text}") {
			return nil, fmt.Errorf("headers: %q cannot be sent as it is; number and text belong in the body", name)
		}
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12}, Proxy: http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: c.Timeout}).DialContext, TLSHandshakeTimeout: c.Timeout, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute, MaxIdleConns: 2,
	}
	return &Gateway{cfg: c, http: &http.Client{Transport: transport, Timeout: c.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a number must not follow a redirect to somewhere else
	}}}, nil
}

// SendText hands over one text message.
func (g *Gateway) SendText(ctx context.Context, t messaging.Text) error {
	switch {
	case !number.MatchString(t.To):
		return &messaging.Fault{Kind: messaging.Address, Code: "bad-address"}
	case t.Text == "" || len([]rune(t.Text)) > mostText || !messaging.OneLine(strings.ReplaceAll(t.Text, "\n", " ")):
		return &messaging.Fault{Kind: messaging.Refused, Code: "bad-text"}
	}
	fill := strings.NewReplacer("{to}", t.To, "{text}", t.Text, "{sender}", g.cfg.Sender, "{id}", t.ID, "{secret}", g.cfg.Secret).Replace
	body, err := g.cfg.body(fill)
	if err != nil {
		return &messaging.Fault{Kind: messaging.House, Code: "config"}
	}
	req, err := http.NewRequestWithContext(ctx, g.cfg.Method, g.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return &messaging.Fault{Kind: messaging.House, Code: "config"}
	}
	req.Header.Set("Content-Type", "application/json")
	if len(g.cfg.Form) > 0 {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, v := range g.cfg.Headers {
		req.Header.Set(name, fill(v))
	}
	if g.cfg.User != "" {
		req.SetBasicAuth(g.cfg.User, g.cfg.Secret)
	}
	answer, err := g.http.Do(req)
	if err != nil {
		return connectFault(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, mostAnswer)) // read, so that the connection is used again
	return g.verdict(answer.StatusCode)
}

// verdict tells what a status means.
func (g *Gateway) verdict(status int) error {
	code := fmt.Sprintf("http-%d", status)
	switch {
	case slices.Contains(g.cfg.Success, status), len(g.cfg.Success) == 0 && status >= 200 && status < 300:
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusPaymentRequired:
		return &messaging.Fault{Kind: messaging.House, Code: code}
	case slices.Contains(g.cfg.Refusal, status):
		return &messaging.Fault{Kind: messaging.Address, Code: code}
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		return &messaging.Fault{Kind: messaging.Temporary, Code: code}
	}
	return &messaging.Fault{Kind: messaging.House, Code: code} // a redirect, or an answer nobody foresaw
}

func connectFault(err error) *messaging.Fault {
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.As(err, &certificate):
		return &messaging.Fault{Kind: messaging.House, Code: "tls"}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &messaging.Fault{Kind: messaging.Temporary, Code: "timeout"}
	}
	return &messaging.Fault{Kind: messaging.Temporary, Code: "connect"}
}

// body writes the request's body with every string filled in.
func (c *Config) body(fill func(string) string) ([]byte, error) {
	if len(c.Form) > 0 {
		v := url.Values{}
		for name, text := range c.Form {
			v.Set(name, fill(text))
		}
		return []byte(v.Encode()), nil
	}
	filled, err := filledIn(c.JSON, fill)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(filled); err != nil {
		return nil, errors.New("json: cannot be written as JSON")
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// filledIn answers a JSON value with its strings filled in.
func filledIn(v any, fill func(string) string) (any, error) {
	switch v := v.(type) {
	case string:
		return fill(v), nil
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = filledIn(v[i], fill); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			var err error
			if out[k], err = filledIn(v[k], fill); err != nil {
				return nil, err
			}
		}
		return out, nil
	case nil, bool, int, int64, uint64, float64:
		return v, nil
	}
	return nil, fmt.Errorf("json: a %T cannot stand there; use texts, numbers, true and false, lists and maps", v)
}
