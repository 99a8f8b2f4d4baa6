package ui

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp"

	"varde/web/static"
	"varde/web/ui/secure"
)

// scriptPage uses every enhancement of the script.
const scriptPage = `{{define "main"}}
<form id="live" data-live="/check" data-guard method="post" action="/save">
<label for="a">A</label><input id="a" name="a" value="{{.Data.a}}">
{{if .Data.problem}}<p id="a-error">{{.Data.problem}}</p>{{end}}
{{if .Data.more}}<label for="b">B</label><input id="b" name="b">{{end}}
<label for="c">C</label><input id="c" name="c" value="{{.Data.c}}">
<button id="delete" name="do" value="delete" data-confirm="sure">Delete</button>
</form>
{{template "dialog" .Data.dialog}}
<div id="room" data-refresh="1" data-refresh-url="/room"><p id="count">{{.Data.count}}</p><input id="typed" aria-label="typed">{{template "stale"}}</div>
<span id="since" data-since="{{machine .Data.since}}">1:00</span> <span id="until" data-until="{{machine .Data.since}}">1:00</span>
{{template "field" .Data.slider}}
{{end}}`

type scriptSite struct {
	t      *testing.T
	page   *Renderer
	count  atomic.Int64
	broken atomic.Bool
	saved  atomic.Value
}

func (s *scriptSite) view(a, problem string, more bool) View {
	now := time.Now()
	return View{Lang: "en", Title: "x", Now: now, Data: map[string]any{
		"a": a, "c": "from the server", "problem": problem, "more": more, "count": s.count.Add(1), "since": now.Add(-65 * time.Minute),
		"dialog": Dialog{ID: "sure", Title: "Sure?", Yes: "Yes"},
		"slider": Field{Kind: SliderField, Name: "calm", Label: "Calm"},
	}}
}

func (s *scriptSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := s.view("", "", false)
	switch r.URL.Path {
	case "/check":
		a := r.FormValue("a")
		problem := ""
		if strings.Contains(a, "x") {
			problem = "no x please"
		}
		// The server's own idea of the value must not replace what is typed.
		v = s.view("OVERWRITTEN", problem, strings.Contains(a, "9"))
	case "/room":
		if s.broken.Load() {
			http.Error(w, "down", http.StatusInternalServerError)
			return
		}
	case "/save":
		s.saved.Store(r.FormValue("do"))
	}
	if err := s.page.Render(w, 200, "script", v); err != nil {
		s.t.Error(err)
	}
}

func TestScriptInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium on this machine")
	}
	c, files := ground(t)
	page, err := New(fstest.MapFS{"script.html": {Data: []byte(scriptPage)}}, c, files)
	if err != nil {
		t.Fatal(err)
	}
	site := &scriptSite{t: t, page: page}
	mux := http.NewServeMux()
	mux.Handle("/", site)
	mux.Handle(static.Prefix, files)
	style, err := StylePage(c, files, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/design", style)
	safe, err := secure.Protect(secure.Options{}, mux)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(safe)
	defer server.Close()

	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	// until waits for a condition in the page; the limit only ends a failure.
	until := func(condition string) {
		t.Helper()
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
			t.Fatalf("never true: %s (%v)", condition, err)
		}
	}
	value := func(expression string) string {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return got
	}
	problems := `window.problems = []; document.addEventListener("securitypolicyviolation", e => problems.push(e.violatedDirective + " " + e.blockedURI)); window.addEventListener("error", e => problems.push(e.message)); "ok"`

	do(chromedp.Navigate(server.URL + "/"))
	value(problems)

	// (a) live checks keep focus, caret and text.
	do(chromedp.Focus("#a"), chromedp.KeyEvent("12x9"))
	until(`!!document.getElementById("a-error") && !!document.getElementById("b")`)
	if got := value(`document.activeElement.id + " " + document.activeElement.value + " " + document.activeElement.selectionStart`); got != "a 12x9 4" {
		t.Errorf("after a live check: %s", got)
	}
	do(chromedp.Focus("#b"), chromedp.KeyEvent("mine"), chromedp.Focus("#a"), chromedp.KeyEvent("\b\b\b"))
	until(`document.getElementById("a").value !== "12x9" && !document.getElementById("a-error")`)
	if got := value(`document.getElementById("c").value`); got != "from the server" {
		t.Errorf("another field became %q", got)
	}

	// (b) clocks run from the server's time.
	until(`document.getElementById("since").textContent === "1:05" && document.getElementById("until").textContent === "+1:05" && document.getElementById("until").hasAttribute("data-overdue")`)

	// (c) a refreshed part keeps what is typed in it, and says when it is old.
	do(chromedp.Focus("#typed"), chromedp.KeyEvent("half a word"))
	before := value(`document.getElementById("count").textContent`)
	until(fmt.Sprintf(`document.getElementById("count").textContent !== %q`, before))
	if got := value(`document.activeElement.id + " " + document.activeElement.value`); got != "typed half a word" {
		t.Errorf("after a refresh: %s", got)
	}
	site.broken.Store(true)
	until(`getComputedStyle(document.querySelector("#room .v-stale")).display === "flex"`)
	site.broken.Store(false)
	until(`getComputedStyle(document.querySelector("#room .v-stale")).display === "none"`)

	// Sliders start empty and follow the box both ways.
	until(`document.querySelector("[data-slider] input[type=range]").classList.contains("is-unset")`)
	do(chromedp.Focus("#f-calm"), chromedp.KeyEvent("73"))
	until(`document.querySelector("[data-slider] input[type=range]").value === "73"`)

	// (e) leaving with changes is asked about.
	if got := value(`(() => { const e = new Event("beforeunload", { cancelable: true }); window.dispatchEvent(e); return String(e.defaultPrevented); })()`); got != "true" {
		t.Errorf("leaving with unsaved changes went unasked: %s", got)
	}

	// (d) a refusal keeps the form, agreement sends it.
	do(chromedp.Click("#delete"))
	until(`document.getElementById("sure").open && document.getAnimations().length === 0`)
	do(chromedp.Click(`#sure button[value="no"]`))
	until(`!document.getElementById("sure").open`)
	if site.saved.Load() != nil {
		t.Error("the form was sent although refused")
	}
	if got := value(`problems.join("; ")`); got != "" {
		t.Errorf("the browser complains: %s", got)
	}
	do(chromedp.Click("#delete"))
	until(`document.getElementById("sure").open && document.getAnimations().length === 0`)
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(`#sure button[value="yes"]`)); err != nil {
		t.Fatalf("agreeing sent nothing: %v", err)
	}
	if got := site.saved.Load(); got != "delete" {
		t.Errorf("sent %v, want the button's value", got)
	}

	// No page is wider than the smallest phone, nor a target lower than 44 px.
	do(chromedp.EmulateViewport(320, 800), chromedp.Navigate(server.URL+"/design"))
	until(`document.documentElement.classList.contains("v-scripted")`)
	if got := value(`String(document.documentElement.scrollWidth)`); got != "320" {
		t.Errorf("at 320 px the page is %s px wide: %s", got, value(`[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > 321).slice(0, 5).map(e => e.tagName + "." + e.className).join(", ")`))
	}
	if got := value(`[...document.querySelectorAll("button, .ds-button, .v-choice, .v-nav a, .v-tabs a, select, textarea, input.ds-input:not([type=radio]):not([type=checkbox])")].filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 44).map(e => e.tagName + "#" + e.id + " " + e.textContent.trim()).join(", ")`); got != "" {
		t.Errorf("too low to touch: %s", got)
	}
}
