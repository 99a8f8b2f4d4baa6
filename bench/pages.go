package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// The phone that pages are measured on: what Lighthouse calls slow 4G, and a
// processor four times slower than this one. Making the connection (two round trips
// more, 300 ms) is not emulated by the browser and not counted here; the figures of
// Lighthouse count it.
const (
	roundTrip  = 150.0                 // ms
	throughput = 1.6 * 1024 * 1024 / 8 // bytes a second
	slowdown   = 4
)

// pages measures what a first visit costs: bytes over the wire, time until something
// is to be seen, and how far things move while the page comes.
func pages(ctx context.Context, b *board, dir string) (err error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: pages are not measured: Chromium is missing")
		return nil
	}
	s, err := openPageSite(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	all, err := s.measuredPages(ctx)
	if err != nil {
		return err
	}
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU)...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	w := &wire{}
	if err := chromedp.Listen(ctx, w.hear); err != nil {
		return err
	}
	if err := emulatePhone(ctx); err != nil {
		return err
	}
	for _, m := range all {
		for range b.runs {
			v, err := visit(ctx, w, s.base, m)
			if err != nil {
				return fmt.Errorf("%s: %w", m.path, err)
			}
			name := m.group + " " + m.path
			b.add("page_bytes "+name, v.bytes/1000, "kB", "cold, without pictures; bar < 100")
			b.add("page_paint "+name, v.Paint/1000, "s", "first contentful paint, slow 4G phone; bar < 1")
			b.add("page_shift "+name, v.Shift, "", "cumulative layout shift; bar 0")
		}
	}
	return nil
}

func emulatePhone(ctx context.Context) error {
	_, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: slowdown})
	if err == nil {
		_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Latency: roundTrip, DownloadThroughput: throughput, UploadThroughput: throughput / 2}}})
	}
	if err == nil {
		err = chromedp.Do(ctx, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	}
	return err
}

// wire counts what comes over it.
type wire struct {
	mu     sync.Mutex
	bytes  float64
	images map[network.RequestID]bool
}

func (w *wire) hear(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeImage {
			w.images[e.RequestID] = true
		}
	case *network.EventLoadingFinished:
		if !w.images[e.RequestID] {
			w.bytes += e.EncodedDataLength
		}
	}
}

func (w *wire) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bytes, w.images = 0, map[network.RequestID]bool{}
}

type visited struct {
	Paint float64 `json:"paint"` // ms
	Shift float64 `json:"shift"`
	bytes float64
}

// seen waits until nothing has moved for half a second.
const seen = `(async () => {
	if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done));
	let shift = 0;
	new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) shift += e.value; }).observe({ type: "layout-shift", buffered: true });
	await new Promise((done) => setTimeout(done, 500));
	const paint = performance.getEntriesByName("first-contentful-paint")[0];
	return JSON.stringify({ paint: paint ? paint.startTime : 0, shift });
})()`

func visit(ctx context.Context, w *wire, base string, m measured) (visited, error) {
	var v visited
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		return v, err
	}
	if _, err := chromedp.Call(ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
		return v, err
	}
	if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		return v, err
	}
	if m.token != "" {
		if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: sessionCookie, Value: m.token, URL: base, HTTPOnly: new(true)}); err != nil {
			return v, err
		}
	}
	w.reset()
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate(base+m.path)); err != nil {
		return v, err
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](seen, chromedp.EvalAwaitPromise))
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, err
	}
	if v.Paint == 0 {
		return v, errors.New("nothing was painted")
	}
	w.mu.Lock()
	v.bytes = w.bytes
	w.mu.Unlock()
	return v, nil
}
