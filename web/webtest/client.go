package webtest

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"varde/access"
	"varde/app"
)

// Client is somebody at a browser without a script.
type Client struct {
	t       testing.TB
	handler http.Handler
	Lang    string
	cookies map[string]string
}

// Answer is what the server said.
type Answer struct {
	Status int
	Body   string
	Header http.Header
}

// Visitor is a client that is not signed in.
func Visitor(t testing.TB, handler http.Handler) *Client {
	return &Client{t: t, handler: handler, Lang: "en", cookies: map[string]string{}}
}

// As is a client that is signed in.
func (w *World) As(t testing.TB, handler http.Handler, actor access.Actor) *Client {
	t.Helper()
	c := Visitor(t, handler)
	c.cookies["varde-session"] = Enter(t, w.App, Study, actor)
	// Somebody with several roles acts in the one that was asked for.
	c.cookies["varde-role"] = base64.RawURLEncoding.EncodeToString([]byte(url.Values{Study: {actor.Role}}.Encode()))
	return c
}

// Get opens a page.
func (c *Client) Get(path string) Answer {
	return c.send(httptest.NewRequest(http.MethodGet, path, nil))
}

// Post sends a form.
func (c *Client) Post(path string, form url.Values) Answer {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.send(r)
}

// Send sends any request, with the client's cookies and language.
func (c *Client) Send(r *http.Request) Answer { return c.send(r) }

func (c *Client) send(r *http.Request) Answer {
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	r.Header.Set("Accept-Language", c.Lang)
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, k := range w.Result().Cookies() {
		if k.MaxAge < 0 {
			delete(c.cookies, k.Name)
		} else {
			c.cookies[k.Name] = k.Value
		}
	}
	return Answer{Status: w.Code, Body: w.Body.String(), Header: w.Header()}
}

// Follow opens the page that a redirect leads to.
func (c *Client) Follow(a Answer) Answer {
	c.t.Helper()
	if a.Status != http.StatusSeeOther {
		c.t.Fatalf("status %d, want a redirect; the page says: %s", a.Status, a.Text())
	}
	to, _, _ := strings.Cut(a.Header.Get("Location"), "#")
	return c.Get(to)
}

var (
	anyTag = regexp.MustCompile(`(?s)<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// Text is the page without its tags.
func (a Answer) Text() string {
	_, body, found := strings.Cut(a.Body, "<main")
	if !found {
		body = a.Body
	}
	body, _, _ = strings.Cut(body, "</main>")
	return strings.TrimSpace(spaces.ReplaceAllString(anyTag.ReplaceAllString(body, " "), " "))
}

var (
	formTag  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	inputTag = regexp.MustCompile(`(?s)<input[^>]*>`)
	attr     = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
)

// Form answers what a browser would send of the form with that action, as the page
// has it: hidden fields, texts and what is ticked.
func (a Answer) Form(t testing.TB, action string) url.Values {
	t.Helper()
	for _, m := range formTag.FindAllStringSubmatch(a.Body, -1) {
		if unescape(m[1]) != action {
			continue
		}
		out := url.Values{}
		for _, tag := range inputTag.FindAllString(m[2], -1) {
			at := map[string]string{}
			for _, x := range attr.FindAllStringSubmatch(tag, -1) {
				at[x[1]] = unescape(x[2])
			}
			ticks := at["type"] == "radio" || at["type"] == "checkbox"
			if at["name"] == "" || ticks && !strings.Contains(tag, " checked") {
				continue
			}
			out.Add(at["name"], at["value"])
		}
		return out
	}
	t.Fatalf("the page has no form %s; it says: %s", action, a.Text())
	return nil
}

// Hidden answers the hidden field of that name, wherever it first stands.
func (a Answer) Hidden(name string) string {
	_, rest, _ := strings.Cut(a.Body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return unescape(value)
}

func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+").Replace(s)
}

// SetCookie puts a cookie into the browser, as somebody who has stolen or made one.
func (c *Client) SetCookie(name, value string) { c.cookies[name] = value }

// Cookie answers a cookie of the browser, "" when there is none.
func (c *Client) Cookie(name string) string { return c.cookies[name] }

// SignedIn is a client of any app's pages that is signed in.
func SignedIn(t testing.TB, handler http.Handler, a *app.App, studyID string, actor access.Actor) *Client {
	t.Helper()
	c := Visitor(t, handler)
	c.cookies["varde-session"] = Enter(t, a, studyID, actor)
	c.cookies["varde-role"] = base64.RawURLEncoding.EncodeToString([]byte(url.Values{studyID: {actor.Role}}.Encode()))
	return c
}
