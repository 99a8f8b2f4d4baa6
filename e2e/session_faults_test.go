package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"varde/instrument"
	"varde/study"
	"varde/web/session/trialtest"
)

// fault is what goes wrong with one sending of an entry.
type fault int

const (
	none       fault = iota
	lostBefore       // the connection breaks before the server has the entry
	lostAfter        // the server has written it, its answer is lost
	busy             // a proxy answers 503
	broken           // the server answers 500 and has written nothing
	nonsense         // something between answers 200 with a page of its own
)

// faulty stands before the server and lets entries fail, by a fixed row of draws.
type faulty struct {
	next http.Handler
	mu   sync.Mutex
	draw *rand.Rand
	seen map[fault]int
	off  bool
}

func (f *faulty) now() fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := none
	if !f.off {
		x = fault(f.draw.IntN(6)) // one in six goes well
	}
	f.seen[x]++
	return x
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Varde-Outbox") == "" {
		f.next.ServeHTTP(w, r)
		return
	}
	switch f.now() {
	case lostBefore:
		panic(http.ErrAbortHandler)
	case lostAfter:
		f.next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case busy:
		http.Error(w, "busy", http.StatusServiceUnavailable)
	case broken:
		http.Error(w, "broken", http.StatusInternalServerError)
	case nonsense:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<p>Welcome to the guests' network</p>")
	default:
		f.next.ServeHTTP(w, r)
	}
}

// However the network and the server fail between device and record, each entry stands
// in the record exactly once, and in the order of entering.
func TestEntriesOverANetworkThatFails(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("row ", seed), func(t *testing.T) {
			w := newWard(t)
			w.dosed()
			w.Pass(time.Hour)
			f := &faulty{draw: rand.New(rand.NewPCG(seed, 7)), seen: map[fault]int{}}
			through := func() {
				w.stop()
				w.start()
				f.next = w.server.Handler
				w.server.Handler = f
			}
			through()
			b := w.tablet("tom", "nb")
			b.open(roomPath)
			b.until(`!!window.vardeOutbox`)
			const entries = 24
			b.forgive(func() {
				for i := range entries {
					b.eval(fmt.Sprintf(`(() => { document.querySelector('#log-form [name="i.text"]').value = "nr %d"; return "ok"; })()`, i))
					b.tap("observation")
					b.until(fmt.Sprintf(`vardeOutbox.state().entries.some((e) => e.fields.some(([, v]) => v === "nr %d")) || vardeOutbox.state().waiting === 0`, i))
					b.eval(`String(void vardeOutbox.retry())`)
					if i == entries/2 { // a power cut in the middle
						w.crash()
						w.Open()
						through()
					}
				}
				f.mu.Lock()
				f.off = true // in the end everything works
				f.mu.Unlock()
				for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
					if b.eval(`String(void vardeOutbox.retry() || vardeOutbox.state().waiting)`) == "0" {
						break
					}
				}
			})
			if left := b.outbox(); len(left) != 0 {
				t.Errorf("left on the device: %+v", left)
			}
			var got []string
			for _, r := range w.logged() {
				got = append(got, r.Values["text"].Text())
			}
			var want []string
			for i := range entries {
				want = append(want, fmt.Sprint("nr ", i))
			}
			if strings.Join(got, ", ") != strings.Join(want, ", ") {
				t.Errorf("the record has %q", got)
			}
			for _, x := range []fault{lostBefore, lostAfter, busy, broken, nonsense} {
				if f.seen[x] == 0 {
					t.Errorf("the row holds no fault %d: it proves less than it says", x)
				}
			}
		})
	}
}

// The limits that the device judges while it is alone are those of the server: for
// measurements drawn at random both raise the same breaches in the same order.
func TestTheDeviceJudgesLimitsAsTheServerDoes(t *testing.T) {
	w := newWard(t)
	w.dosed()
	b := w.tablet("tom", "en")
	b.open(roomPath)
	b.until(`!!window.vardeLimits && !!document.getElementById("room-device")`)
	// What the device knows at the beginning; from here on it is alone.
	b.eval(`(() => { const d = JSON.parse(document.getElementById("room-device").dataset.device); for (const r of d.readings) r.at = Date.parse(r.at); window.alone = d; return "ok"; })()`)
	draw := rand.New(rand.NewPCG(11, 3))
	type set struct {
		Key    string             `json:"key"`
		At     int64              `json:"at"`
		Values map[string]float64 `json:"values"`
	}
	var pending []set
	start := w.Now()
	for i := range 40 {
		w.Set(start.Add(time.Duration(i+1) * 7 * time.Minute))
		at := w.Now()
		if i > 3 && draw.IntN(4) == 0 { // remembered late: it lies between others
			at = at.Add(-time.Duration(draw.IntN(25)) * time.Minute)
		}
		values := map[string]float64{"sbp": float64(110 + draw.IntN(100)), "dbp": float64(70 + draw.IntN(45)), "hr": float64(60 + draw.IntN(70)), "temp": float64(365+draw.IntN(30)) / 10}
		if draw.IntN(5) == 0 {
			delete(values, "temp")
		}
		items := study.Values{"position": instrument.StringValue("sitting"), "device": instrument.StringValue("BP-1"), "taken_at": instrument.StringValue(at.Format(time.RFC3339))}
		for k, v := range values {
			items[k] = instrument.NumberValue(v)
		}
		w.Do("tom", study.SaveForm{On: study.On{Participant: trialtest.Person, At: at}, Visit: sessionVisit, Form: "vitals", New: true, Items: items})
		pending = append(pending, set{fmt.Sprint("p", i), at.UnixMilli(), values})
	}
	rows, err := json.Marshal(pending)
	if err != nil {
		t.Fatal(err)
	}
	got := b.eval(fmt.Sprintf(`vardeLimits.judge(alone.rules, alone.readings, alone.told, %s).map((b) => b.rule + " " + b.value).join("\n")`, rows))
	var want []string
	for _, x := range w.State(trialtest.Person).Sessions[sessionVisit].Breaches {
		want = append(want, fmt.Sprintf("%s %v", x.Rule, x.Value))
	}
	if len(want) < 20 {
		t.Fatalf("only %d breaches: the draws prove little", len(want))
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("the device judges\n%s\nthe server\n%s", got, strings.Join(want, "\n"))
	}
}

// Who signs out while something is on the device alone is told; the entries stay, no
// other account sends them, and they are sent when their writer is back. Kept pages go.
func TestSigningOutWithUnsentEntries(t *testing.T) {
	w := newWard(t)
	w.dosed()
	w.Pass(20 * time.Minute)
	b := w.tablet("tom", "en")
	b.open(roomPath)
	b.until(`document.documentElement.hasAttribute("data-keeping")`)
	b.until(`(async () => { const c = await caches.open("varde-pages-1"); return (await c.keys()).some((k) => k.url.endsWith("/session/V5")); })()`)
	b.forgive(func() {
		b.network(false)
		b.tap("observation")
		b.kept(1)
		b.press(`.v-header__tools details.v-menu > summary`)
		b.press(`form[action="/signout"] button`)
		b.until(`!!document.querySelector("dialog[open]")`)
		b.shot("signout-held")
		if !strings.Contains(b.eval(`document.querySelector("dialog[open]").innerText`), "they stay on this device") {
			t.Error("the dialog does not say what happens to the entries")
		}
		b.network(true)
	})
	b.drained(0)
	if n := len(w.logged()); n != 1 {
		t.Fatalf("%d entries", n)
	}

	// The same, and tina signs in on the tablet before tom's entry is sent.
	b.forgive(func() {
		b.network(false)
		b.open(roomPath)
		b.until(`!!window.vardeOutbox`)
		b.tap("note")
		b.kept(1)
		if _, err := chromedp.Call(b.ctx, network.ClearBrowserCookies, struct{}{}); err != nil {
			t.Log(err)
		}
		b.setCookie("varde-session", w.Token("tina"))
		b.setCookie("varde-lang", "en")
		b.network(true)
		b.until(`vardeOutbox.state().signedOut === "other-account"`)
	})
	if n := len(w.logged()); n != 1 {
		t.Fatalf("another account sent the entry: %d", n)
	}
	b.open(roomPath)
	b.until(`!!window.vardeOutbox && vardeOutbox.state().others === 1`)
	b.sees("belongs to somebody else")
	b.setCookie("varde-session", w.Token("tom"))
	b.open(roomPath)
	b.drained(0)
	log := w.logged()
	if len(log) != 2 {
		t.Fatalf("%d entries after their writer is back", len(log))
	}
	if log[1].By != "tom" {
		t.Errorf("the entry is %s's", log[1].By)
	}

	// Signed out, nothing that was kept of the pages can be opened.
	b.press(`.v-header__tools details.v-menu > summary`)
	b.click(`form[action="/signout"] button`)
	var pages []string
	ask(t, context.Context(b.ctx), "kept pages", `(async () => JSON.stringify((await caches.has("varde-pages-1")) ? (await (await caches.open("varde-pages-1")).keys()).map((k) => k.url) : []))()`, &pages)
	for _, p := range pages {
		if strings.Contains(p, "/session/") {
			t.Errorf("after signing out %s is kept", p)
		}
	}
	b.forgive(func() {
		b.network(false)
		b.open(roomPath)
		if strings.Contains(b.text(), trialtest.Person+" ") && strings.Contains(b.text(), "Record vital signs") {
			t.Error("the room can be read after signing out")
		}
		b.network(true)
	})
}
