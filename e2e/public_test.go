package e2e

import (
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"varde/app"
	"varde/content"
	"varde/web"
	"varde/web/webtest"
)

// front is a clinic as strangers meet it: served, with room for new people.
type front struct {
	*webtest.World
	base string
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{World: webtest.New(t, true)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.base = atName(listener)
	pages, err := web.New(web.Config{App: f.App, URL: f.base})
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: pages.HTTP("")}
	server.Start()
	t.Cleanup(server.Close)
	return f
}

// fill sends referrals until no site has room.
func (f *front) fill(t *testing.T) {
	t.Helper()
	for i := range 500 {
		if !f.open(t) {
			return
		}
		in := app.ReferralIn{Channel: "self", Format: "page", Language: "en", Consent: true, Wait: true, Name: fmt.Sprint("Somebody ", i), Phone: "+4791234567"}
		if _, err := f.App.ReceiveReferral(t.Context(), webtest.Study, in, fmt.Sprint("fill-", i)); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the clinic never fills")
}

func (f *front) open(t *testing.T) bool {
	t.Helper()
	all, err := f.App.Openings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		for _, s := range o.Sites {
			if s.Open {
				return true
			}
		}
	}
	return false
}

// referrals answers how many the clinic has.
func (f *front) referrals(t *testing.T) int {
	t.Helper()
	rows, err := f.App.Referrals(t.Context(), f.Actor("coordinator"), webtest.Study, true)
	if err != nil {
		t.Fatal(err)
	}
	return len(rows)
}

// wire remembers what leaves the browser: methods, addresses and bodies.
type wire struct {
	mu   sync.Mutex
	sent []string
}

func (b *browser) listen() *wire {
	b.t.Helper()
	w := &wire{}
	if err := chromedp.Listen(b.ctx, func(event any) {
		e, ok := event.(*network.EventRequestWillBeSent)
		if !ok {
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		body := ""
		for _, p := range e.Request.PostDataEntries {
			body += string(p.Bytes)
		}
		w.sent = append(w.sent, e.Request.Method+" "+e.Request.URL+" "+body)
	}); err != nil {
		b.t.Fatal(err)
	}
	return w
}

func (w *wire) since(n int) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.sent[n:]...)
}

// keepsNothing asks the browser what it has stored for the site.
func (b *browser) keepsNothing() {
	b.t.Helper()
	cookies, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	if len(cookies.Cookies) > 0 {
		b.t.Errorf("%s: a cookie was set: %+v", b.where(), cookies.Cookies[0])
	}
	if got := b.eval(`localStorage.length + " " + sessionStorage.length + " " + window.name.length + " " + JSON.stringify(history.state)`); got != "0 0 0 null" {
		b.t.Errorf("%s: something is stored: %s", b.where(), got)
	}
}

// publicPicture takes pictures of the page, of a phone and of a desk, where VARDE_PICTURES says.
func (b *browser) publicPicture(name string) {
	b.t.Helper()
	if os.Getenv("VARDE_PICTURES") == "" {
		return
	}
	for tag, width := range map[string]int64{"phone": 390, "desk": 1280} {
		b.size(width, 844)
		data, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(os.Getenv("VARDE_PICTURES"), name+"-"+tag+".png"), data, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	b.size(1280, 900)
}

// Every public page, on a phone and a desk, in both languages: nothing that axe-core
// finds, nothing stored, light enough for a slow network.
func TestPublicPagesAreOpenToEverybody(t *testing.T) {
	chromium(t)
	f := newFront(t)
	b := newBrowser(t, f.base)
	for _, lang := range content.Languages {
		paths := []string{"/self-check/paper", "/referral/professional"}
		for _, id := range content.PageIDs {
			paths = append(paths, strings.TrimPrefix(content.Address(lang, id), "/"+lang))
		}
		for _, path := range paths {
			b.size(390, 844)
			b.open("/" + lang + path)
			b.looksRight(lang)
			b.size(1280, 900)
			b.accessible("/" + lang + path)
			b.keepsNothing()
			if bytes := b.eval(`String(performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation")).reduce((n, e) => n + e.encodedBodySize, 0))`); len(bytes) > 5 && bytes > "100000" || len(bytes) > 6 {
				t.Errorf("/%s%s is %s bytes", lang, path, bytes)
			}
			b.publicPicture(lang + strings.ReplaceAll(path, "/", "-"))
		}
	}
}

// speech is what a stranger reads and writes in a language.
type speech struct {
	lang, danger, high, full, sent string
}

var speeches = []speech{
	{"en", "Before the result", "PTSD is likely enough to be looked into", "no room for new people", "We have received it"},
	{"nb", "Før resultatet", "PTSD er sannsynlig nok til å bli utredet", "ikke plass til nye", "Vi har fått det"},
}

// A stranger comes to the front page, takes the self-check, is led to help first, sees
// the result, and asks for contact: once with room, once without. Nothing of the
// answers is sent or stored before they press send.
func TestAStrangerFromTheFrontPageToAReferral(t *testing.T) {
	chromium(t)
	for _, say := range speeches {
		for _, full := range []bool{false, true} {
			t.Run(fmt.Sprint(say.lang, " full ", full), func(t *testing.T) {
				f := newFront(t)
				if full {
					f.fill(t)
				}
				before := f.referrals(t)
				b := newBrowser(t, f.base)
				b.size(390, 844)
				wire := b.listen()
				b.open("/" + say.lang + "/")
				b.click(`.p-hero a[href="/` + say.lang + `/self-check"]`)
				b.until(`!document.querySelector("[data-selfcheck]").hidden`)
				start := len(wire.since(0))
				b.safety(t, say, full)
				b.answerAll(t, "pcptsd5", "1")
				b.press(`[data-step="intro-1"] [data-do="begin"]`)
				b.answerAll(t, "pcl5", "3")
				// Item 16 was answered high: help comes before the result.
				b.until(`!document.querySelector('[data-step="warning"]').hidden && document.querySelector('[data-step="result"]').hidden`)
				b.sees(say.danger)
				b.sees("113")
				b.publicPicture("check-warning-" + say.lang)
				b.accessible("the warning, " + say.lang)
				b.press(`[data-step="warning"] [data-do="result"]`)
				b.sees(say.high)
				b.sees("60")
				b.publicPicture("check-result-" + say.lang)
				b.accessible("the result, " + say.lang)
				b.keepsNothing()
				if sent := wire.since(start); len(sent) > 0 {
					t.Errorf("the self-check sends: %v", sent)
				}

				b.press(`[data-step="result"] [data-do="contact"]`)
				b.until(`!!document.querySelector("#referral textarea[name=selfCheck]")`)
				for _, x := range wire.since(start) {
					if !strings.HasPrefix(x, "GET "+f.base+"/"+say.lang+"/referral ") && !strings.HasPrefix(x, "GET "+f.base+"/static/") {
						t.Errorf("something else than the empty form was asked for: %s", x)
					}
				}
				if got := b.eval(`document.querySelector("#referral textarea[name=selfCheck]").value`); !strings.Contains(got, "PCL-5: 60") {
					t.Errorf("the summary is %q", got)
				}
				if door := b.eval(`document.querySelector("[data-door]").dataset.door`); (door == "full") != full {
					t.Errorf("the door is %q", door)
				}
				if full {
					b.sees(say.full)
				}
				b.publicPicture(fmt.Sprintf("referral-%s-%v", say.lang, full))
				b.accessible("the referral, " + say.lang)
				if f.referrals(t) != before {
					t.Error("a referral was sent by itself")
				}
				f.Pass(time.Minute) // the clinic's clock: nobody writes it in no time

				// Without what is owed: every field is named, nothing is lost.
				b.enter(`#referral textarea[name="message"]`, "I cannot sleep")
				b.allow(422, func() { b.click(`#referral .v-actions button`) })
				for _, field := range []string{"name", "phone", "consent"} {
					if !b.has(`#errors a[href="#f-` + field + `"]`) {
						t.Errorf("%s is not named", field)
					}
				}
				b.accessible("the referral with faults, " + say.lang)
				f.Pass(time.Minute)
				b.enter(`#referral input[name="name"]`, "Kari Nordmann")
				b.enter(`#referral input[name="phone"]`, "91234567")
				b.press(`#referral input[name="wait"]`)
				b.press(`#referral input[name="consent"]`)
				b.click(`#referral .v-actions button`)
				b.sees(say.sent)
				if ref := b.eval(`document.querySelector(".p-reference").textContent`); !strings.HasPrefix(ref, "R-") {
					t.Errorf("the reference is %q", ref)
				}
				b.publicPicture(fmt.Sprintf("sent-%s-%v", say.lang, full))
				b.accessible("the receipt, " + say.lang)
				b.keepsNothing()
				if got := f.referrals(t); got != before+1 {
					t.Errorf("%d referrals were kept, want 1", got-before)
				}
			})
		}
	}
}

// safety answers the first question: once no, once yes and then that one is safe.
func (b *browser) safety(t *testing.T, say speech, yes bool) {
	t.Helper()
	if yes {
		b.press(`[data-step="safety"] [data-do="danger"]`)
		b.sees("116 123")
		b.accessible("help first, " + say.lang)
		b.press(`[data-step="danger"] [data-do="safe"]`)
	} else {
		b.publicPicture("check-safety-" + say.lang)
		b.accessible("the safety question, " + say.lang)
		b.press(`[data-step="safety"] [data-do="safe"]`)
	}
	b.press(`[data-step="intro-0"] [data-do="begin"]`)
}

// answerAll gives every question of a questionnaire the same answer, one a screen.
func (b *browser) answerAll(t *testing.T, instrument, value string) {
	t.Helper()
	for n := 0; ; n++ {
		on := b.eval(`(() => { const s = document.querySelector('[data-step="question"]:not([hidden])'); return s && s.dataset.instrument === ` + quote(instrument) + ` ? s.dataset.item : ""; })()`)
		if on == "" {
			if n == 0 {
				t.Fatalf("%s asks nothing:\n%s", instrument, b.excerpt())
			}
			return
		}
		if n == 0 {
			// Not answered: it says so, and stays.
			b.press(`[data-do="next"]`)
			if !b.has(`[data-item="` + on + `"] [data-owed]:not([hidden])`) {
				t.Errorf("%s can be passed over", on)
			}
			b.publicPicture("check-question-" + instrument)
			b.accessible("a question of " + instrument)
		}
		if n == 2 {
			// Back, and forth again: the answer is still there.
			b.press(`[data-do="back"]`)
			b.press(`[data-do="next"]`)
		}
		b.press(`[data-item="` + on + `"] input[value="` + value + `"]`)
		b.press(`[data-do="next"]`)
		if n > 40 {
			t.Fatal("the questions never end")
		}
	}
}

// Without JavaScript the page says so, and help, paper and referral are there.
func TestTheSelfCheckWithoutJavaScript(t *testing.T) {
	chromium(t)
	f := newFront(t)
	b := newBrowser(t, f.base)
	b.script(false)
	for lang, says := range map[string]string{"en": "The self-check needs JavaScript", "nb": "Egensjekken trenger JavaScript"} {
		b.open("/" + lang + "/self-check")
		b.sees(says)
		for _, to := range []string{"/help", "/referral", "/self-check/paper"} {
			if !b.has(`main .v-nojs a[href="/` + lang + to + `"]`) {
				t.Errorf("%s is not offered", to)
			}
		}
		b.click(`main .v-nojs a[href="/` + lang + `/self-check/paper"]`)
		if got := b.eval(`String(document.querySelectorAll(".p-box").length)`); got != "112" {
			t.Errorf("%s boxes on paper, want 6 × 2 + 20 × 5", got)
		}
	}
}
