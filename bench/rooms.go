package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"varde/web"
	"varde/web/session/trialtest"
)

const (
	manyRooms = 200
	eachRoom  = 10 * time.Second // between two entries of one room; a busy session has less
	roomsFor  = 20 * time.Second
	taps      = 40 // entries measured in the browser
)

// rooms measures the session room: from the press to "safe on this device" in a real
// browser, from there to the second screen, and entries while 200 rooms are open, each
// with a screen that hears of them and asks for its parts anew.
func rooms(ctx context.Context, b *board, _ string) error {
	var failed error
	// The trial's study is made by the same helper as for tests; it wants a testing.TB.
	testing.Init()
	testing.Benchmark(func(t *testing.B) {
		if failed != nil || t.N > 1 {
			return
		}
		failed = measureRooms(ctx, b, t)
	})
	return failed
}

func measureRooms(ctx context.Context, b *board, t *testing.B) error {
	x := trialtest.New(t)
	people := x.ManyToSession(manyRooms)
	x.ToDose(people...)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return err
	}
	base := "http://localhost:" + port
	pages, err := web.New(web.Config{App: x.App, URL: base})
	if err != nil {
		return err
	}
	server := pages.HTTP("")
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	for range b.runs {
		if err := manyAtOnce(ctx, b, base, x.Token("tom"), people); err != nil {
			return err
		}
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return fmt.Errorf("the room's own measures need a browser: %w", err)
	}
	return inBrowser(ctx, b, chromium, base, x.Token("tom"), x.Token("phil"), roomOf(people[0]))
}

func roomOf(id string) string { return "/s/" + trialtest.Study + "/p/" + id + "/session/V5" }

// manyAtOnce opens all rooms and lets each make its entries.
func manyAtOnce(ctx context.Context, b *board, base, token string, people []string) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * len(people), DisableCompression: true}}
	ask := func(method, path string, form url.Values, header ...string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		r.AddCookie(&http.Cookie{Name: "varde-session", Value: token})
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return client.Do(r)
	}
	var watching, working sync.WaitGroup
	var mu sync.Mutex
	var entries, refreshed []time.Duration
	var faults []error
	note := func(list *[]time.Duration, d time.Duration, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil && ctx.Err() == nil {
			faults = append(faults, err)
			return
		}
		*list = append(*list, d)
	}
	timed := func(list *[]time.Duration, method, path string, form url.Values, header ...string) {
		began := time.Now()
		res, err := ask(method, path, form, header...)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if err == nil && res.StatusCode != http.StatusOK {
				err = errors.New(res.Status)
			}
		}
		note(list, time.Since(began), err)
	}
	hearing, deaf := context.WithCancel(ctx)
	defer deaf()
	ready := make(chan error, len(people))
	for _, id := range people {
		watching.Add(1)
		go func() {
			defer watching.Done()
			r, err := http.NewRequestWithContext(hearing, http.MethodGet, base+roomOf(id)+"/live", nil)
			if err != nil {
				ready <- err
				return
			}
			r.AddCookie(&http.Cookie{Name: "varde-session", Value: token})
			r.Header.Set("Accept", "text/event-stream")
			res, err := client.Do(r)
			ready <- err
			if err != nil {
				return
			}
			defer res.Body.Close()
			lines, first := bufio.NewScanner(res.Body), true
			for lines.Scan() {
				if lines.Text() != "event: changed" {
					continue
				}
				if !first {
					timed(&refreshed, http.MethodGet, roomOf(id)+"?part=parts", nil, "Varde-Fragment", "1")
				}
				first = false
			}
		}()
	}
	for range people {
		if err := <-ready; err != nil {
			return err
		}
	}
	began := time.Now()
	for i, id := range people {
		working.Add(1)
		go func() {
			defer working.Done()
			next := began.Add(eachRoom * time.Duration(i) / time.Duration(len(people)))
			for n := 0; next.Before(began.Add(roomsFor)); n++ {
				time.Sleep(time.Until(next))
				timed(&entries, http.MethodPost, roomOf(id)+"/log", url.Values{"tap": {"observation"}, "client": {fmt.Sprint(began.UnixNano(), " ", id, " ", n)}}, "Varde-Outbox", "1")
				next = next.Add(eachRoom)
			}
		}()
	}
	working.Wait()
	deaf()
	watching.Wait()
	if len(faults) > 0 {
		return faults[0]
	}
	slices.Sort(entries)
	slices.Sort(refreshed)
	rate := fmt.Sprintf("%d rooms open, each with an entry every %v, heard by a screen that renews its parts", len(people), eachRoom)
	b.add("rooms_200_entry_p50", quantile(entries, 0.50), "ms", rate)
	b.add("rooms_200_entry_p95", quantile(entries, 0.95), "ms", "bar < 150")
	b.add("rooms_200_parts_p95", quantile(refreshed, 0.95), "ms", "")
	return nil
}

// onDevice presses a button of the log and waits until the device has the entry.
const onDevice = `(async (n) => {
	const taps = [...document.querySelectorAll('button[name="tap"]')].filter((t) => !["fluid"].includes(t.value));
	const tap = taps[n % taps.length];
	const began = performance.now(), at = Date.now();
	const kept = new Promise((yes) => document.addEventListener("varde:kept", () => yes(performance.now() - began), { once: true }));
	tap.click();
	return JSON.stringify({ safe: await kept, at });
})`

// secondScreen answers when the list of entries has changed next.
const secondScreen = `new Promise((yes) => {
	const seen = () => document.querySelector("#room-entries").innerText;
	const was = seen();
	const look = () => { if (seen() !== was) { document.removeEventListener("varde:swapped", look); yes(String(Date.now())); } };
	document.addEventListener("varde:swapped", look);
})`

func inBrowser(ctx context.Context, b *board, chromium, base, pair, physician, room string) error {
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	defer stop()
	first, stopFirst, err := screen(ctx, chromium, base, pair, room)
	if err != nil {
		return err
	}
	defer stopFirst()
	second, stopSecond, err := screen(ctx, chromium, base, physician, room)
	if err != nil {
		return err
	}
	defer stopSecond()
	var safe, seen []time.Duration
	for n := range taps {
		heard := make(chan error, 1)
		var at time.Time
		go func() {
			text, err := chromedp.Run(second, chromedp.Evaluate[string](secondScreen, chromedp.EvalAwaitPromise))
			var ms int64
			if err == nil {
				_, err = fmt.Sscan(text, &ms)
			}
			at = time.UnixMilli(ms)
			heard <- err
		}()
		time.Sleep(150 * time.Millisecond) // the second screen looks before the first writes
		text, err := chromedp.Run(first, chromedp.Evaluate[string](fmt.Sprintf("%s(%d)", onDevice, n), chromedp.EvalAwaitPromise))
		if err != nil {
			return err
		}
		var ms float64
		var pressed int64
		if _, err := fmt.Sscanf(text, `{"safe":%f,"at":%d}`, &ms, &pressed); err != nil {
			return err
		}
		if err := <-heard; err != nil {
			return err
		}
		safe = append(safe, time.Duration(ms*float64(time.Millisecond)))
		seen = append(seen, at.Sub(time.UnixMilli(pressed)))
	}
	slices.Sort(safe)
	slices.Sort(seen)
	b.add("room_safe_on_device_p50", quantile(safe, 0.50), "ms", "from the press, IndexedDB with strict durability; bar < 50")
	b.add("room_safe_on_device_p95", quantile(safe, 0.95), "ms", "")
	b.add("room_second_screen_p50", quantile(seen, 0.50), "ms", "from the press to the other screen's picture, loopback; bar < 500")
	b.add("room_second_screen_p95", quantile(seen, 0.95), "ms", "")
	return nil
}

// screen is a browser of its own with somebody's room open.
func screen(ctx context.Context, chromium, base, token, room string) (context.Context, func(), error) {
	ctx, stopAll := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU)...)
	ctx, stop := chromedp.NewContext(ctx)
	end := func() { stop(); stopAll() }
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "varde-session", Value: token, URL: base}); err != nil {
		return nil, end, err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(base+room)); err != nil {
		return nil, end, err
	}
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](`!!window.vardeOutbox && vardeOutbox.state().ready && !!document.querySelector("#room-entries")`))
	return ctx, end, err
}
