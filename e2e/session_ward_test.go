package e2e

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"varde/web"
	"varde/web/session/trialtest"
)

const (
	sessionVisit = "V5"
	roomPath     = "/s/" + trialtest.Study + "/p/" + trialtest.Person + "/session/" + sessionVisit
)

// ward is a clinic on the day of a dosing session: a real server on a data folder that
// can be stopped as by a power cut, and started again on what was left.
type ward struct {
	*trialtest.Trial
	t      *testing.T
	base   string
	addr   string
	server *http.Server
}

func newWard(t *testing.T) *ward {
	t.Helper()
	chromium(t)
	w := &ward{Trial: trialtest.New(t), t: t}
	w.ToSession()
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// start serves the data folder at the same address as before.
func (w *ward) start() {
	w.t.Helper()
	at := w.addr
	if at == "" {
		at = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.addr, w.base = listener.Addr().String(), atName(listener)
	pages, err := web.New(web.Config{App: w.App, URL: w.base})
	if err != nil {
		w.t.Fatal(err)
	}
	w.server = pages.HTTP("")
	server := w.server
	go func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			w.t.Error(err)
		}
	}()
}

// stop cuts every connection in the middle of whatever it does.
func (w *ward) stop() {
	if w.server != nil {
		_ = w.server.Close()
		w.server = nil
	}
}

// crash takes server and data folder down; restart brings them back.
func (w *ward) crash() { w.stop(); w.Shut() }

func (w *ward) restart() {
	w.t.Helper()
	w.Open()
	w.start()
}

// tablet is a browser with somebody signed in.
func (w *ward) tablet(who, lang string) *browser {
	w.t.Helper()
	b := newBrowser(w.t, w.base)
	b.size(1024, 768)
	b.setCookie("varde-session", w.Token(who))
	b.setCookie("varde-lang", lang)
	b.clockOfItsOwn()
	return b
}

// clockOfItsOwn lets a test move the device's clock: by what stands in localStorage
// under "ahead", in milliseconds, which outlasts the page.
func (b *browser) clockOfItsOwn() {
	b.t.Helper()
	const script = `(() => { const real = Date.now.bind(Date); Date.now = () => { let ahead = 0; try { ahead = Number(localStorage.getItem("ahead")) || 0; } catch {} return real() + ahead; }; })()`
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		b.t.Fatal(err)
	}
}

// later moves the device's clock on.
func (b *browser) later(d time.Duration) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`(() => { localStorage.setItem("ahead", String((Number(localStorage.getItem("ahead")) || 0) + %d)); return "ok"; })()`, d.Milliseconds()))
}

// network takes the network from the browser, service worker included, or gives it back.
func (b *browser) network(on bool) {
	b.t.Helper()
	rules := network.EmulateNetworkConditionsByRuleParams{EmulateOfflineServiceWorker: new(!on), MatchedNetworkConditions: []*network.Conditions{}}
	if !on {
		rules.MatchedNetworkConditions = append(rules.MatchedNetworkConditions, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	}
	if _, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule, rules); err != nil {
		b.t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !on, DownloadThroughput: -1, UploadThroughput: -1}); err != nil {
		b.t.Fatal(err)
	}
}

// forgive drops complaints about requests that failed while do ran: that they fail is
// what the test is about.
func (b *browser) forgive(do func()) {
	b.t.Helper()
	do()
	b.complaints()
}

// shot writes what the browser shows into the folder that VARDE_PICTURES names.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("VARDE_PICTURES")
	if dir == "" {
		return
	}
	data, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// dosed brings the session to the hour of the dose.
func (w *ward) dosed() { w.t.Helper(); w.ToDose(trialtest.Person) }
