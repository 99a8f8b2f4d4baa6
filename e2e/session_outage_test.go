package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"varde/study"
	"varde/web/session/trialtest"
)

// entryOf is one entry as the device's outbox holds it.
type entryOf struct {
	ID, Label, Action, State string
	At                       time.Time
	Fields                   [][2]string
	Refusal                  *struct{ Code, Text string }
}

func (e entryOf) field(name string) string {
	for _, f := range e.Fields {
		if f[0] == name {
			return f[1]
		}
	}
	return ""
}

// outbox reads what the device holds, from its disk.
func (b *browser) outbox() []entryOf {
	b.t.Helper()
	var out []entryOf
	ask(b.t, b.ctx, "the outbox", `vardeOutbox.entries().then((e) => JSON.stringify(e))`, &out)
	return out
}

// kept waits until the device holds so many entries that the server has not.
func (b *browser) kept(n int) {
	b.t.Helper()
	b.until(fmt.Sprintf(`!!window.vardeOutbox && vardeOutbox.state().ready && vardeOutbox.state().waiting + vardeOutbox.state().refused === %d`, n))
}

// drained waits until so many are left; the limit only ends a failure, and begins anew
// with every entry that arrives.
func (b *browser) drained(n int) {
	b.t.Helper()
	last := ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		left := b.eval(`String(window.vardeOutbox && vardeOutbox.state().ready ? vardeOutbox.state().waiting + vardeOutbox.state().refused : -1)`)
		if left == fmt.Sprint(n) {
			return
		}
		if left != last {
			last, end = left, time.Now().Add(30*time.Second)
		}
	}
	b.t.Fatalf("%s entries stay on the device:\n%s", last, b.excerpt())
}

// saved does what makes an entry, and waits until the server has it.
func (b *browser) saved(do func()) {
	b.t.Helper()
	before := b.eval(`vardeOutbox.state().lastSaved?.id || ""`)
	do()
	b.until(`!!vardeOutbox.state().lastSaved && vardeOutbox.state().lastSaved.id !== ` + quote(before) + ` && vardeOutbox.state().waiting === 0`)
}

// tap presses a button of the log.
func (b *browser) tap(value string) {
	b.t.Helper()
	if got := b.eval(fmt.Sprintf(`(() => { const t = document.querySelector('button[name="tap"][value=%s]'); if (!t) return "none"; t.click(); return "ok"; })()`, quote(value))); got != "ok" {
		b.t.Fatalf("there is no button %s:\n%s", value, b.excerpt())
	}
}

// measure enters a set of vital signs.
func (b *browser) measure(sbp, dbp, hr int, temp string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`(() => { const f = document.getElementById("vitals-form");
		for (const [k, v] of Object.entries({ sbp: "%d", dbp: "%d", hr: "%d", temp: "%s", device: "BP-1" })) { const e = f.elements["i." + k]; e.value = v; e.dispatchEvent(new Event("input", { bubbles: true })); }
		f.querySelector('input[name="i.position"][value="sitting"]').checked = true;
		f.querySelector(".v-big").click(); return "ok"; })()`, sbp, dbp, hr, temp))
}

// tab opens a tab of its own in the browser; kill ends it without a farewell. The
// browser's first tab stays, for with it the browser would go.
func (b *browser) tab(first context.Context, offline bool) (kill func()) {
	b.t.Helper()
	ctx, stop := chromedp.NewContext(first)
	b.t.Cleanup(stop)
	b.ctx = ctx
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		b.t.Fatal(err)
	}
	b.size(1024, 768)
	b.clockOfItsOwn()
	b.network(!offline)
	return func() { stop(); b.ctx = first }
}

// An hour without network and without server, with the page loaded again and the tab
// killed meanwhile: every entry arrives once, in order, with its true time; what the
// server refuses is kept until somebody decides.
func TestAnHourWithoutNetworkAndServer(t *testing.T) {
	w := newWard(t)
	w.dosed()
	w.Pass(5 * time.Minute)
	b := w.tablet("tom", "en")
	first := b.ctx
	kill := b.tab(first, false)
	b.open(roomPath)
	b.until(`document.documentElement.hasAttribute("data-keeping")`)
	b.tap("observation")
	b.until(`!!vardeOutbox.state().lastSaved && vardeOutbox.state().waiting === 0`)
	if n := len(w.logged()); n != 1 {
		t.Fatalf("%d entries while everything works", n)
	}

	began := time.Now()
	b.forgive(func() {
		b.network(false)
		w.crash()
		n := 0
		enter := func(do func()) {
			t.Helper()
			b.later(time.Minute)
			do()
			n++
			b.kept(n)
		}
		taps := []string{"touch-asked", "touch-agreed", "fluid/150", "observation", "person-in", "touch-ended", "rescue-medicine", "person-out", "note", "touch-declined"}
		for minute := range 60 {
			switch {
			case minute == 33:
				enter(func() { b.measure(172, 96, 101, "37.4") }) // past a limit
				b.until(`!!document.querySelector("#device-breaches [data-alarm]")`)
				b.sees("Limit passed, seen on this device")
				b.sees("They see it when the connection is back: call them.")
				b.sees(", not yet on the server")
				b.sees("done, on this device")
				b.shot("outage-breach")
				enter(func() {
					b.eval(`(() => { const f = document.querySelector("#device-breaches form"); f.querySelector("textarea").value = "rested, the physician is called"; f.querySelector("button").click(); return "ok"; })()`)
				})
				b.sees("Acknowledged on this device")
			case minute%12 == 5:
				enter(func() { b.measure(130+minute/10, 82, 80, "37.0") })
			case minute == 43:
				enter(func() { b.tap("fluid") }) // without an amount: the server will not have it
			default:
				enter(func() { b.tap(taps[minute%len(taps)]) })
			}
			switch minute {
			case 19:
				b.open(roomPath)
				b.sees("shown from this device")
				b.kept(n)
				b.sees("safe on this device, but not yet on the server")
				b.until(`document.querySelectorAll(".vc-pending circle").length > 0`)
			case 44:
				kill()
				kill = b.tab(first, true)
				b.open(roomPath)
				b.kept(n)
			}
		}
	})
	b.shot("outage-after-an-hour")
	if words := b.eval(`(document.body.innerText.match(/room\.[a-z.]+/) || [""])[0]`); words != "" {
		t.Errorf("the page says %q", words)
	}
	entries := b.outbox()
	took := time.Since(began)
	if len(entries) != 61 {
		t.Fatalf("the device holds %d entries, want 61", len(entries))
	}
	for i, e := range entries[1:] {
		step := e.At.Sub(entries[0].At) - time.Duration(i+1)*time.Minute
		if step < -time.Second || step > took+time.Second {
			t.Errorf("entry %d lies %v beside its minute", i+1, step)
		}
	}

	w.Pass(70 * time.Minute)
	w.restart()
	b.forgive(func() {
		b.network(true)
		b.drained(1) // the one that is refused
	})
	b.until(`vardeOutbox.state().refused === 1`)
	b.sees("was not accepted")
	w.arrived(t, entries, 1)

	// The refused one is corrected, and keeps the time at which it was entered.
	b.until(`!!document.querySelector('[data-outbox-list] [data-state="refused"]')`)
	b.sees("Give this as well")
	b.shot("outage-refused")
	b.press(`[data-outbox-list] [data-state="refused"] .ds-button`)
	b.enter(`[data-outbox-list] form input`, "120")
	b.press(`[data-outbox-list] form .ds-button`)
	b.kept(0)
	b.sees("Everything is saved on the server")
	w.arrived(t, entries, 0)
	if x := w.State(trialtest.Person).Sessions[sessionVisit]; len(x.Breaches) == 0 || x.Breaches[0].Acknowledged.IsZero() || !strings.Contains(x.Breaches[0].Action, "the physician is called") {
		t.Errorf("the breach entered without a server: %+v", x.Breaches)
	}
	b.complaints()
}

func (w *ward) logged() []*study.FormState {
	return w.State(trialtest.Person).Records(sessionVisit, "session_log")
}

// arrived holds the record against what the device held: each once, in order, with the
// device's time.
func (w *ward) arrived(t *testing.T, entries []entryOf, missing int) {
	t.Helper()
	var taps, sets []entryOf
	for _, e := range entries {
		switch {
		case strings.HasSuffix(e.Action, "/log"):
			taps = append(taps, e)
		case strings.HasSuffix(e.Action, "/vitals"):
			sets = append(sets, e)
		}
	}
	have := w.logged()[1:] // the first came while everything worked
	if len(have) != len(taps)-missing {
		t.Fatalf("%d log entries arrived, want %d", len(have), len(taps)-missing)
	}
	left := slices.Clone(taps)
	for _, f := range have {
		kind := f.Values["kind"].Text()
		i := slices.IndexFunc(left, func(e entryOf) bool {
			what, _, _ := strings.Cut(e.field("tap"), "/")
			return what == kind && e.At.Sub(f.At()).Abs() < time.Second
		})
		if i < 0 {
			t.Errorf("%s at %v was never entered, or came twice", kind, f.At())
			continue
		}
		if i > missing && missing == 1 {
			t.Errorf("%s at %v came before what was entered earlier", kind, f.At())
		}
		left = slices.Delete(left, i, i+1)
	}
	measured := w.State(trialtest.Person).Records(sessionVisit, "vitals")[1:]
	if len(measured) != len(sets) {
		t.Fatalf("%d sets of vital signs arrived, want %d", len(measured), len(sets))
	}
	for i, f := range measured {
		if sets[i].At.Sub(f.At()).Abs() > time.Second || sets[i].field("i.sbp") != f.Values["sbp"].Text() {
			t.Errorf("set %d: %v with %s, entered %v with %s", i, f.At(), f.Values["sbp"].Text(), sets[i].At, sets[i].field("i.sbp"))
		}
	}
}
