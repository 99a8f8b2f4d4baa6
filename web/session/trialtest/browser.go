package trialtest

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"time"

	"varde/web/page"
	"varde/web/webtest"
)

// Answer is what a page answered.
type Answer struct {
	Status   int
	Body     string
	Location string
	Header   http.Header
}

// Has says that the page shows the text.
func (a Answer) Has(text string) bool {
	return strings.Contains(html.UnescapeString(a.Body), text)
}

// Token answers the token of a session of a member of the staff or of a study-wide
// role; each has one.
func (t *Trial) Token(who string) string {
	t.tb.Helper()
	t.mu.Lock()
	token := t.tokens[who]
	t.mu.Unlock()
	if token != "" {
		return token
	}
	actor := Actor(who)
	if _, staff := Staff[who]; staff {
		actor.Sites = []string{Site}
	}
	token = webtest.Enter(t.tb, t.App, Study, actor)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tokens == nil {
		t.tokens = map[string]string{}
	}
	t.tokens[who] = token
	return token
}

// Get opens an address as somebody ("" = nobody), in a language.
func (t *Trial) Get(who, lang, path string) Answer {
	t.tb.Helper()
	return t.send(who, lang, http.MethodGet, path, nil)
}

// Post sends a form as a browser without a script does.
func (t *Trial) Post(who, path string, form url.Values) Answer {
	t.tb.Helper()
	return t.send(who, "en", http.MethodPost, path, form)
}

// Outbox posts an entry as a device's outbox does: with its id, its time and the mark
// of the account that made it ("" = of who posts).
func (t *Trial) Outbox(who, path, id string, entered time.Time, form url.Values, mark string) Answer {
	t.tb.Helper()
	body := url.Values{"client": {id}, "entered": {entered.UTC().Format(time.RFC3339Nano)}}
	for k, v := range form {
		body[k] = v
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Varde-Outbox", "1")
	r.Header.Set("Varde-Account", mark)
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "varde-session", Value: t.Token(who)})
	}
	w := httptest.NewRecorder()
	t.Handler.ServeHTTP(w, r)
	return Answer{Status: w.Code, Body: w.Body.String(), Header: w.Header()}
}

// Again opens the data folder once more, as a server that is started again does, with
// the pages of the modules.
func (t *Trial) Again(modules ...page.Module) {
	t.tb.Helper()
	t.Shut()
	t.Open()
	t.Handler = serve(t.tb, t.App, modules)
}

func (t *Trial) send(who, lang, method, path string, form url.Values) Answer {
	t.tb.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "varde-session", Value: t.Token(who)})
	}
	r.AddCookie(&http.Cookie{Name: "varde-lang", Value: lang})
	w := httptest.NewRecorder()
	t.Handler.ServeHTTP(w, r)
	return Answer{Status: w.Code, Body: w.Body.String(), Location: w.Header().Get("Location"), Header: w.Header()}
}

var (
	inline = regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>\s*[^<\s]|<style|\sstyle=|\son[a-z]+=|href="javascript:`)
	input  = regexp.MustCompile(`<input[^>]*>`)
	attr   = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
)

// Inline answers what of the page a strict content policy would block, "" if nothing.
func Inline(body string) string { return inline.FindString(body) }

// Form reads the hidden and prefilled fields of the form that posts to an address,
// as a browser would send them.
func (a Answer) Form(action string) (url.Values, bool) {
	i := strings.Index(a.Body, `action="`+html.EscapeString(action)+`"`)
	if i < 0 {
		return nil, false
	}
	body := a.Body[i:]
	if j := strings.Index(body, "</form>"); j >= 0 {
		body = body[:j]
	}
	out := url.Values{}
	for _, tag := range input.FindAllString(body, -1) {
		x := map[string]string{}
		for _, m := range attr.FindAllStringSubmatch(tag, -1) {
			x[m[1]] = html.UnescapeString(m[2])
		}
		if kind := x["type"]; x["name"] == "" || (kind == "radio" || kind == "checkbox") && !strings.Contains(tag, " checked") {
			continue
		}
		out.Add(x["name"], x["value"])
	}
	for _, m := range regexp.MustCompile(`(?s)<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>`).FindAllStringSubmatch(body, -1) {
		if s := regexp.MustCompile(`value="([^"]*)" selected`).FindStringSubmatch(m[2]); s != nil {
			out.Set(m[1], html.UnescapeString(s[1]))
		}
	}
	return out, true
}
