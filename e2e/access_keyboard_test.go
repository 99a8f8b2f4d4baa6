package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// tabStops lists, in the order of the page, what the Tab key must reach: of a group of
// round buttons the chosen one, or the first.
const tabStops = `(() => {
	const shown = (e) => e.getClientRects().length && e.checkVisibility({ visibilityProperty: true });
	const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter((e) => !e.disabled && !e.closest("fieldset:disabled") && e.tabIndex >= 0 && e.type !== "hidden" && shown(e));
	window.stops = all.filter((e) => {
		if (e.type !== "radio") return true;
		const group = all.filter((o) => o.type === "radio" && o.name === e.name && o.form === e.form);
		return e === (group.find((o) => o.checked) || group[0]);
	});
	return String(window.stops.length);
})()`

// stop is what has the focus.
type stop struct {
	At      int    `json:"at"` // place among the stops, -1 when it is none of them, -2 when nothing has the focus
	Name    string `json:"name"`
	Visible bool   `json:"visible"` // it shows that it has the focus
	Inside  bool   `json:"inside"`  // it is in the window, and nothing covers it
}

const atStop = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return JSON.stringify({ at: -2, name: "", visible: true, inside: true });
	const ringed = (x) => { const s = getComputedStyle(x); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2; };
	const box = e.closest(".v-choice, .v-answer") || e;
	const r = box.getBoundingClientRect();
	const x = Math.min(Math.max(r.left + r.width / 2, 1), innerWidth - 2), y = Math.min(Math.max(r.top + Math.min(r.height / 2, 30), 1), innerHeight - 2);
	const over = document.elementFromPoint(x, y);
	return JSON.stringify({
		at: window.stops.indexOf(e), name: e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + "." + e.className + " " + (e.textContent || e.name || "").trim().slice(0, 40),
		visible: ringed(e) || ringed(box), inside: r.bottom > 0 && r.top < innerHeight && (!over || box.contains(over) || over.contains(box) || !!over.closest("label")?.contains(e)),
	});
})()`

// tabThrough walks the whole page with the Tab key.
func (b *browser) tabThrough(what string) {
	b.t.Helper()
	b.eval(`(() => { document.activeElement?.blur(); scrollTo(0, 0); getSelection().removeAllRanges(); return "ok"; })()`)
	var count int
	if _, err := fmt.Sscan(b.eval(tabStops), &count); err != nil {
		b.t.Fatal(err)
	}
	last, reached := -1, map[int]bool{}
	for range 2*count + 20 {
		b.do(chromedp.KeyEvent("\t"))
		var s stop
		if err := json.Unmarshal([]byte(b.eval(atStop)), &s); err != nil {
			b.t.Fatal(err)
		}
		if s.At == -2 {
			break // out of the page again, and no trap
		}
		if s.At == last && last >= 0 {
			continue // a date has several places of its own
		}
		if reached[s.At] && s.At >= 0 {
			break // the browser begins anew
		}
		if !s.Visible {
			b.t.Errorf("%s: nobody sees that %s has the focus", what, s.Name)
		}
		if !s.Inside {
			b.t.Errorf("%s: %s has the focus and is out of sight", what, s.Name)
		}
		// A box that can be moved sideways is reached as well, without a tab stop of its own.
		if s.At < 0 {
			continue
		}
		if s.At < last {
			b.t.Errorf("%s: the focus jumps back to %s", what, s.Name)
		}
		last = s.At
		reached[s.At] = true
	}
	if len(reached) != count {
		b.t.Errorf("%s: Tab reaches %d of %d places: not %s", what, len(reached), count, b.unreached(reached))
	}
}

func (b *browser) unreached(reached map[int]bool) string {
	text, err := json.Marshal(reached)
	if err != nil {
		return err.Error()
	}
	return b.eval(`(() => { const reached = ` + string(text) + `; return window.stops.filter((e, i) => !reached[i]).slice(0, 5).map((e) => e.outerHTML.slice(0, 120)).join("; "); })()`)
}

// The keyboard alone suffices on the pages of the main flows.
func TestKeyboardAloneSuffices(t *testing.T) {
	chromium(t)
	s := newSite(t, 8)
	person, session := somebody(t, s)
	b := newBrowser(t, s.base)
	for _, p := range []string{"/", "/signin", "/design"} {
		b.open(p)
		b.tabThrough(p)
	}
	b.signIn(live, "coordinator")
	home := "/s/" + live
	for _, p := range []string{home + "/today", home + "/p/" + person, home + "/p/" + person + "/v/V1", home + "/p/" + person + "/f/V0/pcl5", session} {
		b.open(p)
		b.tabThrough(p)
	}

	// The first stop leads past the menu to the main part.
	b.open(home + "/today")
	b.do(chromedp.KeyEvent("\t"))
	if got := b.eval(`document.activeElement.className`); got != "v-skip" {
		t.Errorf("the first stop is %q", got)
	}
	b.do(chromedp.KeyEvent("\r"))
	if got := b.eval(`document.activeElement.id`); got != "main" {
		t.Errorf("skipping leads to %q", got)
	}

	// A menu opens by Enter, closes by Escape, and the focus is where it was.
	b.eval(`(() => { document.querySelector(".v-header__tools summary").focus(); return "ok"; })()`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.querySelector(".v-header__tools details").open`)
	b.accessible("an open menu")
	b.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\u001b"))
	b.until(`!document.querySelector(".v-header__tools details").open`)
	if got := b.eval(`document.activeElement.closest(".v-header__tools") ? document.activeElement.tagName : "lost"`); got != "SUMMARY" {
		t.Errorf("after the menu the focus is at %s", got)
	}

	// A dialog keeps the focus inside, and gives it back.
	b.open("/design")
	b.eval(`(() => { document.querySelector("[data-confirm]").focus(); return "ok"; })()`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.querySelector("dialog").open && document.getAnimations().length === 0`)
	b.accessible("an open dialog")
	for range 5 {
		b.do(chromedp.KeyEvent("\t"))
		if got := b.eval(`String(document.activeElement === document.body || !!document.activeElement.closest("dialog"))`); got != "true" {
			t.Error("the focus leaves the open dialog")
		}
	}
	b.do(chromedp.KeyEvent("\u001b"))
	b.until(`!document.querySelector("dialog").open`)
	if got := b.eval(`String(document.activeElement.hasAttribute("data-confirm"))`); got != "true" {
		t.Error("after the dialog the focus is lost")
	}
	if !strings.Contains(b.path(), "/design") {
		t.Error("Escape acted")
	}
}
