package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// How to use it, in any browser test of this package, on a page that is open:
//
//	b := newBrowser(t, s.base)
//	b.open("/s/live/today")
//	checkAxe(t, b.ctx, "today, as coordinator") // or: b.accessible("today, as coordinator")
//
// It looks at the page as it stands: the size, language, theme, open menus and dialogs
// are those that the test has set. It finds what axe-core finds (WCAG 2.2 A and AA and
// its good practices), a page that is cut off at 320 px, something that the security
// policy blocked, and a page without title, language or one first heading. Errors of
// the console fail the test by themselves: newBrowser listens to them.

//go:embed axe/axe.min.js
var axeSource string

// axeTags are the rules that a page must keep.
var axeTags = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"}

// violation is one rule that a page breaks.
type violation struct {
	ID      string `json:"id"`
	Impact  string `json:"impact"`
	Help    string `json:"help"`
	HelpURL string `json:"helpUrl"`
	Nodes   []struct {
		HTML    string            `json:"html"`
		Target  []json.RawMessage `json:"target"`
		Failure string            `json:"failureSummary"`
	} `json:"nodes"`
}

// String says what is wrong, where, and how to mend it.
func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s\n  %s", v.ID, v.Impact, v.Help, v.HelpURL)
	for i, n := range v.Nodes {
		if i == 5 {
			fmt.Fprintf(&b, "\n  and %d more", len(v.Nodes)-i)
			break
		}
		var at []string
		for _, t := range n.Target {
			at = append(at, string(t))
		}
		fmt.Fprintf(&b, "\n  at %s\n    %s\n    %s", strings.Join(at, " "), n.HTML, strings.ReplaceAll(n.Failure, "\n", "\n    "))
	}
	return b.String()
}

// pageFacts is what else must be right on a page.
type pageFacts struct {
	Title    string   `json:"title"`
	Lang     string   `json:"lang"`
	Headings int      `json:"headings"`
	Blocked  []string `json:"blocked"`
}

// axeRun runs the rules in the page. What still moves is brought to its end first: a
// colour half-way has no contrast that means anything.
const axeRun = `(async () => {
	for (const a of document.getAnimations()) { try { a.finish(); } catch {} }
	const found = await axe.run(document, { runOnly: %s, resultTypes: ["violations"], preload: false });
	return JSON.stringify(found.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help, helpUrl: v.helpUrl,
		nodes: v.nodes.map((n) => ({ html: n.html.slice(0, 400), target: n.target, failureSummary: n.failureSummary })) })));
})()`

// axeFacts waits for the reports of the security policy, which come a moment later.
const axeFacts = `(async () => {
	const blocked = await new Promise((done) => {
		const seen = [];
		const watch = new ReportingObserver((r) => { for (const x of r) seen.push(x.body.effectiveDirective + " blocked " + x.body.blockedURL); }, { types: ["csp-violation"], buffered: true });
		watch.observe();
		setTimeout(() => { for (const x of watch.takeRecords()) seen.push(x.body.effectiveDirective + " blocked " + x.body.blockedURL); watch.disconnect(); done(seen); }, 0);
	});
	return JSON.stringify({ title: document.title.trim(), lang: document.documentElement.lang,
		headings: document.querySelectorAll("h1").length, blocked });
})()`

// tooWide names what pushes a page sideways.
const tooWide = `(() => {
	const root = document.documentElement;
	if (root.scrollWidth <= root.clientWidth) return "";
	const scrolled = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(p).overflowX)) return true; return false; };
	const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !scrolled(e));
	return root.scrollWidth + " px wide: " + wide.slice(0, 5).map((e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + "." + String(e.className.baseVal ?? e.className).replaceAll(" ", ".")).join(", ");
})()`

var langOfPage = regexp.MustCompile(`^(en|nb)$`)

// checkAxe fails the test for everything that keeps somebody from using the page that
// ctx shows; what names the page in the failure.
func checkAxe(t *testing.T, ctx context.Context, what string) {
	t.Helper()
	for _, v := range axeViolations(t, ctx, what) {
		t.Errorf("%s: %s", what, v)
	}
	var facts pageFacts
	ask(t, ctx, what, axeFacts, &facts)
	if facts.Title == "" {
		t.Errorf("%s: the page has no title: set page.Page.Title", what)
	}
	if !langOfPage.MatchString(facts.Lang) {
		t.Errorf("%s: the page is in the language %q, want en or nb", what, facts.Lang)
	}
	if facts.Headings != 1 {
		t.Errorf("%s: %d headings of the first rank, want 1", what, facts.Headings)
	}
	for _, b := range facts.Blocked {
		t.Errorf("%s: the security policy: %s", what, b)
	}
	checkWidth(t, ctx, what, 320)
}

// accessible is checkAxe on the browser's page.
func (b *browser) accessible(what string) {
	b.t.Helper()
	checkAxe(b.t, b.ctx, what)
}

// axeViolations answers what axe-core finds. The source is put into the page by the
// developer tools, which the page's security policy neither sees nor has to allow.
func axeViolations(t *testing.T, ctx context.Context, what string) []violation {
	t.Helper()
	return runAxe(t, ctx, what, "tag", axeTags)
}

// axeRules answers what some rules alone find.
func axeRules(t *testing.T, ctx context.Context, what string, rules ...string) []violation {
	t.Helper()
	return runAxe(t, ctx, what, "rule", rules)
}

func runAxe(t *testing.T, ctx context.Context, what, kind string, values []string) []violation {
	t.Helper()
	if ready := evaluate[bool](t, ctx, what, `typeof axe === "object"`); !ready {
		evaluate[bool](t, ctx, what, axeSource+";true")
	}
	only, err := json.Marshal(map[string]any{"type": kind, "values": values})
	if err != nil {
		t.Fatal(err)
	}
	var found []violation
	ask(t, ctx, what, fmt.Sprintf(axeRun, only), &found)
	return found
}

// checkWidth looks at the page in a narrower window and puts it back. 320 px is also
// what a window of 1280 px becomes at 400 %, as WCAG 1.4.10 wants it.
func checkWidth(t *testing.T, ctx context.Context, what string, width int64) {
	t.Helper()
	var was struct{ W, H int64 }
	ask(t, ctx, what, `(async () => JSON.stringify({ W: innerWidth, H: innerHeight }))()`, &was)
	resize := func(w, h int64) {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(w, h)); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	resize(width, was.H)
	if wide := evaluate[string](t, ctx, what, tooWide); wide != "" {
		t.Errorf("%s: at %d px the page must be pushed sideways: %s", what, width, wide)
	}
	resize(was.W, was.H)
}

// ask evaluates a promise of JSON in the page.
func ask(t *testing.T, ctx context.Context, what, expression string, into any) {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%s: %v: %s", what, err, text)
	}
}

func evaluate[T any](t *testing.T, ctx context.Context, what, expression string) T {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return got
}
