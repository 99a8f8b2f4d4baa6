package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is one Chromium with one page. Whatever the page complains about fails
// the test: a console error, an exception, a blocked or failed request, a request
// to another machine.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu       sync.Mutex
	allowed  map[int]bool // statuses that are meant
	problems []string
	requests int
}

// chromium answers the browser's path, or skips the test; where CI is set, a
// missing browser is a failure.
func chromium(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a browser")
	}
	path, err := exec.LookPath("chromium")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("Chromium is missing: install the package chromium")
	}
	t.Skip("no Chromium on this machine")
	return ""
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	return newBrowserFor(t, base, 5*time.Minute)
}

// newBrowserFor is newBrowser with a limit of its own, which only ends a failure.
func newBrowserFor(t *testing.T, base string, limit time.Duration) *browser {
	t.Helper()
	path := chromium(t)
	ctx, stop := context.WithTimeout(t.Context(), limit)
	t.Cleanup(stop)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-GB"),
		chromedp.Flag("accept-lang", "en-GB,en"))
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &browser{t: t, ctx: ctx, base: base, allowed: map[int]bool{}}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.size(1280, 900)
	b.watchIsAwake()
	t.Cleanup(func() {
		for _, p := range b.complaints() {
			t.Errorf("the browser complains: %s", p)
		}
	})
	return b
}

// hear collects what must not happen. It runs in the browser's reading loop.
func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "assert" {
			text, _ := json.Marshal(e.Args)
			b.problems = append(b.problems, "console: "+string(text))
		}
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, fmt.Sprintf("exception: %+v", e.ExceptionDetails))
	case *log.EventEntryAdded:
		for status := range b.allowed {
			if strings.Contains(e.Entry.Text, fmt.Sprintf("status of %d", status)) {
				return
			}
		}
		if e.Entry.Level == "error" {
			b.problems = append(b.problems, fmt.Sprintf("log (%s): %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		b.requests++
		if u := e.Request.URL; !strings.HasPrefix(u, b.base+"/") && strings.Contains(u, "://") {
			b.problems = append(b.problems, "a request left for "+u)
		}
	case *network.EventResponseReceived:
		if s := int(e.Response.Status); s >= 400 && !b.allowed[s] {
			b.problems = append(b.problems, fmt.Sprintf("status %d: %s", s, e.Response.URL))
		}
	case *network.EventLoadingFailed:
		// A live check that is overtaken by the next page is cancelled, and meant to be.
		if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" {
			b.problems = append(b.problems, "request failed: "+e.ErrorText)
		}
	}
}

func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.problems
	b.problems = nil
	return out
}

// watchIsAwake makes sure that problems would be noticed: a watchman who hears
// nothing would let every test pass.
func (b *browser) watchIsAwake() {
	b.t.Helper()
	b.allow(404, func() { b.open("/no-such-page") })
	b.eval(`console.error("canary"); const s = document.createElement("script"); s.textContent = "window.inline = 1"; document.body.append(s); "ok"`)
	b.until(`true`)
	heard := strings.Join(b.complaints(), "\n")
	if !strings.Contains(heard, "canary") || !strings.Contains(heard, "Content Security Policy") {
		b.t.Fatalf("the browser's complaints are not heard: %q", heard)
	}
	if b.eval(`String(window.inline)`) != "undefined" {
		b.t.Fatal("an inline script ran")
	}
	b.open("/no-such-page-either")
	if heard := strings.Join(b.complaints(), "\n"); !strings.Contains(heard, "status 404") {
		b.t.Fatalf("a failed page is not heard: %q", heard)
	}
}

// allow lets a status happen while do runs.
func (b *browser) allow(status int, do func()) {
	b.t.Helper()
	b.mu.Lock()
	b.allowed[status] = true
	b.mu.Unlock()
	do()
	b.until(`document.readyState === "complete"`)
	b.mu.Lock()
	delete(b.allowed, status)
	b.mu.Unlock()
}

// script turns JavaScript of the pages on or off; the test itself may still ask them.
func (b *browser) script(on bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) size(width, height int64) { b.do(chromedp.EmulateViewport(width, height)) }

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%v\non %s:\n%s", err, b.where(), b.excerpt())
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// click presses what goes to another page, and waits for it.
func (b *browser) click(selector string) {
	b.t.Helper()
	if !b.has(selector) {
		b.t.Fatalf("there is no %s on %s:\n%s", selector, b.where(), b.excerpt())
	}
	for try := 0; ; try++ {
		waiting, stop := context.WithTimeout(b.ctx, 30*time.Second)
		_, err := chromedp.RunResponse(waiting, chromedp.Click(selector))
		stop()
		if err == nil {
			return
		}
		// A live check may put a new button in the old one's place just then, and a
		// dialog that still opens may move it away from under the pointer.
		replaced := strings.Contains(err.Error(), "Could not find node")
		missed := errors.Is(err, context.DeadlineExceeded) && b.ctx.Err() == nil && try < 2 && b.has(selector)
		if !replaced && !missed || try == 5 {
			b.t.Fatalf("%s led nowhere: %v\non %s:\n%s", selector, err, b.where(), b.excerpt())
		}
	}
}

// press presses what stays on the page.
func (b *browser) press(selector string) {
	b.t.Helper()
	if !b.has(selector) {
		b.t.Fatalf("there is no %s on %s:\n%s", selector, b.where(), b.excerpt())
	}
	b.do(chromedp.Click(selector))
}

func (b *browser) eval(expression string) string {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

func (b *browser) has(selector string) bool {
	b.t.Helper()
	return b.eval(`String(!!document.querySelector(`+quote(selector)+`))`) == "true"
}

// until waits for a condition; the limit only ends a failure.
func (b *browser) until(condition string) {
	b.t.Helper()
	for try := 0; ; try++ {
		_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(20*time.Second)))
		if err == nil {
			return
		}
		// A page that leads on by itself may be left just when it is asked.
		if left := strings.Contains(err.Error(), "context"); left && b.ctx.Err() == nil && try < 10 {
			continue
		}
		b.t.Fatalf("never true: %s (%v)\non %s:\n%s", condition, err, b.where(), b.excerpt())
	}
}

// text is what a reader sees in the page's main part, in one line.
func (b *browser) text() string {
	b.t.Helper()
	return strings.Join(strings.Fields(b.eval(`(document.querySelector("main") || document.body).innerText`)), " ")
}

// whole is the page's whole source.
func (b *browser) whole() string {
	b.t.Helper()
	return b.eval(`document.documentElement.outerHTML`)
}

func (b *browser) sees(text string) {
	b.t.Helper()
	if !strings.Contains(b.text(), text) {
		b.t.Errorf("%s does not show %q:\n%s", b.where(), text, b.excerpt())
	}
}

// path is the address of the page, without the server.
func (b *browser) path() string {
	b.t.Helper()
	u, err := url.Parse(b.eval(`location.href`))
	if err != nil {
		b.t.Fatal(err)
	}
	return u.RequestURI()
}

func (b *browser) where() string {
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		return "an unknown page"
	}
	return at
}

func (b *browser) excerpt() string {
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	if r := []rune(text); len(r) > 2500 {
		text = string(r[:2500]) + " …"
	}
	return text
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(text)
}

// setCookie puts a cookie of this site into the browser, as the server would.
func (b *browser) setCookie(name, value string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.base, HTTPOnly: new(true)}); err != nil {
		b.t.Fatal(err)
	}
}
