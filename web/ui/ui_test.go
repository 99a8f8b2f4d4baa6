package ui

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"varde/web/static"
	"varde/web/ui/locale"
)

func ground(t testing.TB) (*locale.Catalog, *static.Set) {
	t.Helper()
	c, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	s, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

func renderer(t testing.TB, pages map[string]string) (*Renderer, error) {
	t.Helper()
	c, s := ground(t)
	fsys := fstest.MapFS{}
	for name, body := range pages {
		fsys[name] = &fstest.MapFile{Data: []byte(body)}
	}
	return New(fsys, c, s)
}

func TestNewFindsFaultsBeforeAReaderDoes(t *testing.T) {
	cases := map[string]struct{ body, want string }{
		"unknown message":     {`{{define "main"}}{{t "no.such"}}{{end}}`, `no message "no.such"`},
		"unknown in a branch": {`{{define "main"}}{{if .Data}}{{else}}<p title="{{t "no.such" "a" 1}}">{{end}}{{end}}`, `no message "no.such"`},
		"plural without n":    {`{{define "main"}}{{t "ui.errors"}}{{end}}`, "use tn for plurals"},
		"unknown component":   {`{{define "main"}}{{template "carousel" .}}{{end}}`, "carousel"},
		"no main":             {`<p>hello</p>`, `defines no "main"`},
		"does not parse":      {`{{define "main"}}{{if}}{{end}}`, "missing value"},
		"cannot be escaped":   {`{{define "main"}}<a href="{{if .Data}}"{{end}}>x</a>{{end}}`, "p.html"},
	}
	for name, c := range cases {
		_, err := renderer(t, map[string]string{"p.html": c.body})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestRender(t *testing.T) {
	for _, bad := range []string{"tel:1);alert(1)", "TEL:javascript", "javascript:1", "sms:"} {
		if _, ok := href(bad).(string); !ok {
			t.Errorf("%q passed as a phone number", bad)
		}
	}
	r, err := renderer(t, map[string]string{
		"_part.html":    `{{define "part"}}<b id="part">{{.}}</b>{{end}}`,
		"deep/one.html": `{{define "main"}}<h1>{{.Data.name}}</h1>{{template "part" .Data.name}}<a href="{{.Data.link}}">x</a>{{datetime .Data.at}} {{number .Data.x 1}}{{end}}{{define "bit"}}<i>{{lang}}</i>{{end}}`,
		"two.html":      `{{define "main"}}<p>{{.Data.Nothing.Here}}</p>{{end}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	data := map[string]any{"name": `<script>alert("x")</script>`, "link": "javascript:alert(1)", "at": at, "x": -1234.5}
	w := httptest.NewRecorder()
	if err := r.Render(w, 404, "deep/one", View{Lang: "nb", Theme: "dim", Zone: time.FixedZone("CEST", 7200), Title: "Æ & <b>", Data: data}); err != nil {
		t.Fatal(err)
	}
	body := w.Body.String()
	for _, need := range []string{`<html lang="nb" data-color-scheme="dim">`, "<title>Æ &amp; &lt;b&gt; – Varde</title>", "1. juli 2026 kl. 14:00", "−1234,5", "&lt;script&gt;", `value="en" lang="en">English`, "Hopp til hovedinnhold"} {
		if !strings.Contains(body, need) {
			t.Errorf("the page lacks %s", need)
		}
	}
	for _, bad := range []string{`<script>alert`, `href="javascript:`} {
		if strings.Contains(body, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if w.Code != 404 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	w = httptest.NewRecorder()
	if err := r.Fragment(w, 200, "deep/one", "bit", View{Lang: "en"}); err != nil || w.Body.String() != "<i>en</i>" {
		t.Errorf("got %q, %v", w.Body.String(), err)
	}
}

type nothing struct{}

func TestAnErrorSendsNoHalfPage(t *testing.T) {
	r, err := renderer(t, map[string]string{"two.html": `{{define "main"}}<p>secret start</p>{{.Data.Missing}}{{end}}`})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := r.Render(w, 200, "two", View{Lang: "en", Data: nothing{}}); err == nil {
		t.Fatal("want an error")
	}
	if w.Body.Len() != 0 || len(w.Header()) != 0 {
		t.Errorf("something was sent: %q %v", w.Body.String(), w.Header())
	}
	if err := r.Render(w, 200, "no-such", View{}); err == nil || r.Has("no-such") || !r.Has("two") {
		t.Error("an unknown page was accepted")
	}
	r.Fault(w, 500, View{Lang: "nb", Data: "private"}, "id-77")
	if w.Code != 500 || !strings.Contains(w.Body.String(), "id-77") || !strings.Contains(w.Body.String(), "Noe gikk galt") || strings.Contains(w.Body.String(), "private") {
		t.Errorf("the fault page is %d %s", w.Code, w.Body.String())
	}
}

type words map[string]string

func (w words) In(lang string) string { return w[lang] }

type pointerWords struct{ en string }

func (p *pointerWords) In(string) string { return p.en }

func TestText(t *testing.T) {
	var none *pointerWords
	for want, in := range map[string]any{"hei": words{"nb": "hei"}, "plain": "plain"} {
		if got, err := text("nb", in); err != nil || got != want {
			t.Errorf("got %q, %v", got, err)
		}
	}
	for _, in := range []any{nil, none} {
		if got, err := text("nb", in); err != nil || got != "" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if _, err := text("nb", 3); err == nil {
		t.Error("a number is no text")
	}
}

// The style page holds every component, so what it keeps every page can keep.
func TestStylePageInEveryDisplay(t *testing.T) {
	c, s := ground(t)
	now := func() time.Time { return time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC) }
	h, err := StylePage(c, s, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range locale.Languages {
		for _, theme := range Themes {
			r := httptest.NewRequest("GET", "/design", nil)
			r.AddCookie(&http.Cookie{Name: langCookie, Value: lang})
			r.AddCookie(&http.Cookie{Name: themeCookie, Value: theme})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			body := w.Body.String()
			if w.Code != 200 || !strings.Contains(body, `lang="`+lang+`" data-color-scheme="`+theme+`"`) || !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
				t.Fatalf("%s %s: status %d", lang, theme, w.Code)
			}
			inspect(t, body)
		}
	}
}

var (
	idOf     = regexp.MustCompile(`\sid="([^"]*)"`)
	refOf    = regexp.MustCompile(`\s(?:for|aria-describedby|aria-labelledby|data-confirm|form)="([^"]*)"`)
	linkTo   = regexp.MustCompile(`href="#([^"]+)"`)
	controls = regexp.MustCompile(`<(?:input|select|textarea)\b[^>]*>`)
	labels   = regexp.MustCompile(`\sfor="([^"]*)"`)
)

func inspect(t *testing.T, body string) {
	t.Helper()
	ids := map[string]bool{}
	for _, m := range idOf.FindAllStringSubmatch(body, -1) {
		if ids[m[1]] {
			t.Errorf("id %q is used twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range append(refOf.FindAllStringSubmatch(body, -1), linkTo.FindAllStringSubmatch(body, -1)...) {
		for _, id := range strings.Fields(m[1]) {
			if !ids[id] {
				t.Errorf("%s leads nowhere", strings.TrimSpace(m[0]))
			}
		}
	}
	for _, bad := range []string{` style="`, "<style", "<script>", "javascript:", "ZgotmplZ", "%!", "&lt;nil&gt;", "<no value>"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if m := regexp.MustCompile(`\son[a-z]+="`).FindString(body); m != "" {
		t.Errorf("the page holds an inline handler %q", m)
	}
	labelled := map[string]bool{}
	for _, m := range labels.FindAllStringSubmatch(body, -1) {
		labelled[m[1]] = true
	}
	for _, c := range controls.FindAllString(body, -1) {
		id := idOf.FindStringSubmatch(c)
		wrapped := strings.Contains(c, `type="radio"`) || strings.Contains(c, `type="checkbox"`)
		if strings.Contains(c, `type="hidden"`) || strings.Contains(c, "aria-label=") || wrapped {
			continue
		}
		if id == nil || !labelled[id[1]] {
			t.Errorf("no label for %s", c)
		}
	}
}

func TestFieldKeepsWhatWasEntered(t *testing.T) {
	r, err := renderer(t, map[string]string{"f.html": `{{define "main"}}{{template "field" .Data}}{{end}}`})
	if err != nil {
		t.Fatal(err)
	}
	low := 60.0
	cases := []struct {
		name string
		f    Field
		want []string
		not  []string
	}{
		{"a number that is none", Field{Kind: NumberField, Name: "x", Label: "L", Value: `12"<b>`, Low: &low}, []string{`value="12&#34;&lt;b&gt;"`, `type="text" inputmode="numeric"`, "Ventet: 60 eller mer"}, []string{"<b>"}},
		{"an unset slider", Field{Kind: SliderField, Name: "x", Label: "L"}, []string{`id="f-x" value=""`, `min="0" max="100"`}, nil},
		{"an error", Field{Kind: TextField, Name: "a b", Label: "L", Error: "nei", Required: true}, []string{`id="f-a-b"`, `aria-invalid="true"`, `aria-required="true"`, `aria-describedby="f-a-b-error"`}, nil},
		{"ticked boxes", Field{Kind: CheckboxField, Name: "x", Values: []string{"1"}, Options: []Option{{Value: "1"}, {Value: "2"}}}, []string{`value="1" checked`}, []string{`value="2" checked`}},
		{"read only", Field{Kind: RadioField, Name: "x", Value: "2", ReadOnly: true, Options: []Option{{Value: "1", Label: "Nei"}, {Value: "2", Label: "Ja"}}}, []string{"v-readonly", "Ja"}, []string{"<input type=\"radio\"", "Nei"}},
		{"time of day without AM and PM", Field{Kind: TimeField, Name: "x", Value: "14:05"}, []string{`type="text"`}, []string{`type="time"`}},
	}
	for _, c := range cases {
		w := httptest.NewRecorder()
		if err := r.Render(w, 200, "f", View{Lang: "nb", Data: c.f}); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, need := range c.want {
			if !strings.Contains(w.Body.String(), need) {
				t.Errorf("%s: lacks %s", c.name, need)
			}
		}
		main := w.Body.String()[strings.Index(w.Body.String(), "<main"):]
		for _, bad := range c.not {
			if strings.Contains(main, bad) {
				t.Errorf("%s: holds %s", c.name, bad)
			}
		}
	}
}

func TestPaginate(t *testing.T) {
	show := func(p Pagination) string {
		out := p.Previous + "<"
		for _, l := range p.Links {
			switch {
			case l.Gap:
				out += "…"
			case l.Current:
				out += "[" + l.Href + "]"
			default:
				out += l.Href
			}
		}
		return out + ">" + p.Next
	}
	href := func(n int) string { return string(rune('a' + n - 1)) }
	for _, c := range []struct {
		page, pages int
		want        string
	}{{1, 1, "<>"}, {0, 0, "<>"}, {1, 3, "<[a]b…c>b"}, {3, 9, "b<a" + "b[c]d…i>d"}, {9, 9, "h<a…h[i]>"}, {99, 2, "a<a[b]>"}} {
		got := show(Paginate(c.page, c.pages, href))
		if c.page == 1 && c.pages == 3 {
			c.want = "<[a]bc>b"
		}
		if got != c.want {
			t.Errorf("page %d of %d: %s, want %s", c.page, c.pages, got, c.want)
		}
	}
}

func TestPreferences(t *testing.T) {
	h := Preferences(true)
	post := func(v url.Values) *http.Response {
		r := httptest.NewRequest("POST", PreferencesPath, strings.NewReader(v.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	got := post(url.Values{"lang": {"nb"}, "theme": {"dim"}, "return": {"/p/1?x=2"}})
	if got.StatusCode != 303 || got.Header.Get("Location") != "/p/1?x=2" || len(got.Cookies()) != 2 {
		t.Fatalf("got %d %v", got.StatusCode, got.Header)
	}
	next := httptest.NewRequest("GET", "/", nil)
	for _, c := range got.Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %v", c)
		}
		next.AddCookie(c)
	}
	if lang, theme := Wishes(next); lang != "nb" || theme != "dim" {
		t.Errorf("got %s, %s", lang, theme)
	}
	for _, away := range []string{"https://evil.test", "//evil.test", `/\evil.test`, "", "javascript:x", "/a\r\nb"} {
		if got := post(url.Values{"return": {away}}); got.Header.Get("Location") != "/" {
			t.Errorf("%q leads to %s", away, got.Header.Get("Location"))
		}
	}
	if got := post(url.Values{"lang": {"xx"}, "theme": {"pink"}}); len(got.Cookies()) != 0 {
		t.Errorf("a wish for nonsense was kept: %v", got.Cookies())
	}
	bad := httptest.NewRequest("GET", "/", nil)
	bad.Header.Set("Cookie", themeCookie+"=<script>; "+langCookie+"=xx")
	if lang, theme := Wishes(bad); lang != "en" || theme != "auto" {
		t.Errorf("got %s, %s", lang, theme)
	}
}

func TestFaultsAreJoined(t *testing.T) {
	_, err := renderer(t, map[string]string{"a.html": `{{define "main"}}{{t "no.a"}}{{end}}`, "b.html": `{{define "main"}}{{t "no.b"}}{{end}}`})
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) || !strings.Contains(err.Error(), "no.a") || !strings.Contains(err.Error(), "no.b") {
		t.Errorf("want both faults at once, got %v", err)
	}
}

func BenchmarkRenderStylePage(b *testing.B) {
	c, s := ground(b)
	h, err := StylePage(c, s, func() time.Time { return time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC) })
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/design", nil)
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
