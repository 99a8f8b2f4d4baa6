package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"varde/web/api/testbed"
)

const (
	clients   = 64
	pagesEach = 60  // by each of the 64 clients in a run
	pagesOne  = 400 // by the single client in a run
)

// saves measures how many pages of 20 answers a second are saved through the HTTP
// interface, durable and with their audit trail, by clients on the same machine.
// Every page is the first of its participant. As when somebody has opened the form
// before saving it, the participant is in the server's memory; the lines that end in
// _cold are of participants who are not, and are read from the ledger first.
func saves(ctx context.Context, b *board, dir string) (err error) {
	bed, err := testbed.New(ctx, dir, testbed.Options{CacheSize: 2 * clients * pagesEach})
	if err != nil {
		return err
	}
	defer func() {
		if e := bed.Close(); err == nil {
			err = e
		}
	}()
	ids, err := bed.Enrol(ctx, "S01", 1, b.runs*(2*clients*pagesEach+pagesOne))
	if err != nil {
		return err
	}
	token, err := bed.Token(ctx, testbed.Coordinator)
	if err != nil {
		return err
	}
	address, stop, err := listen(bed)
	if err != nil {
		return err
	}
	defer stop()
	for range b.runs {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		before, err := fsyncs(dir)
		if err != nil {
			return err
		}
		cold, tookCold, err := load(ctx, address, token, ids[:clients*pagesEach], clients)
		if err != nil {
			return err
		}
		ids = ids[clients*pagesEach:]
		if err := remember(ctx, bed, ids[:clients*pagesEach+pagesOne]); err != nil {
			return err
		}
		used := cpuTime()
		many, took, err := load(ctx, address, token, ids[:clients*pagesEach], clients)
		if err != nil {
			return err
		}
		used = cpuTime() - used
		ids = ids[clients*pagesEach:]
		one, _, err := load(ctx, address, token, ids[:pagesOne], 1)
		if err != nil {
			return err
		}
		ids = ids[pagesOne:]
		after, err := fsyncs(dir)
		if err != nil {
			return err
		}
		disk := (before + after) / 2
		rate := float64(len(many)) / took.Seconds()
		b.add("save_pages_64_clients", rate, "pages/s", "20 answers a page, HTTP, durable, with audit; bar >= 2000")
		b.add("save_pages_64_clients_p50", quantile(many, 0.50), "ms", "")
		b.add("save_pages_64_clients_p95", quantile(many, 0.95), "ms", "bar < 60")
		b.add("save_pages_64_clients_p99", quantile(many, 0.99), "ms", "")
		b.add("save_page_cpu", used.Seconds()*1000/float64(len(many)), "ms", "processor time of client and server a page, 64 clients; two free cores can save 2000 / this a second")
		b.add("save_page_1_client_p50", quantile(one, 0.50), "ms", "bar < 2")
		b.add("save_page_1_client_p95", quantile(one, 0.95), "ms", "")
		b.add("save_pages_64_clients_cold", float64(len(cold))/tookCold.Seconds(), "pages/s", "")
		b.add("save_pages_64_clients_cold_p95", quantile(cold, 0.95), "ms", "")
		b.add("disk_fsyncs", disk, "1/s", "4 KiB append and fsync, before and after each run")
		b.add("save_pages_per_fsync", rate/disk, "ratio", "pages saved in the time of one fsync of the disk, 64 clients")
	}
	return nil
}

// remember reads participants, as opening their forms does.
func remember(ctx context.Context, bed *testbed.Bed, ids []string) error {
	for _, id := range ids {
		if _, err := bed.App.Participant(ctx, testbed.Coordinator, testbed.Study, id); err != nil {
			return err
		}
	}
	return nil
}

// listen serves the interface on a free port.
func listen(bed *testbed.Bed) (address string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: bed.API, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(l) }() // ends with Close
	return l.Addr().String(), func() { _ = server.Close() }, nil
}

// load saves one page for each participant and answers how long each took, sorted.
func load(ctx context.Context, address, token string, ids []string, clients int) ([]time.Duration, time.Duration, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	each := len(ids) / clients
	took := make([]time.Duration, len(ids))
	errs := make([]error, clients)
	var wg sync.WaitGroup
	began := time.Now()
	for c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := c * each; i < (c+1)*each; i++ {
				start := time.Now()
				if errs[c] = save(ctx, client, address, token, ids[i], i); errs[c] != nil {
					return
				}
				took[i] = time.Since(start)
			}
		}()
	}
	wg.Wait()
	total := time.Since(began)
	for _, err := range errs {
		if err != nil {
			return nil, 0, err
		}
	}
	slices.Sort(took)
	return took, total, nil
}

func save(ctx context.Context, client *http.Client, address, token, id string, n int) error {
	url := "http://" + address + "/api/v1/studies/" + testbed.Study + "/participants/" + id + "/forms/V0/pcl5"
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(page(n)))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "bench-"+id)
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(res.Body)
	if e := res.Body.Close(); err == nil {
		err = e
	}
	if err == nil && res.StatusCode != http.StatusCreated {
		err = fmt.Errorf("save: %d %s", res.StatusCode, body)
	}
	return err
}

// page is 20 answers.
func page(n int) []byte {
	b := []byte(`{"version":0,"items":{`)
	for i := 1; i <= 20; i++ {
		if i > 1 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `"pcl5_%02d":%d`, i, (n*7+i*3)%5)
	}
	return append(b, "}}"...)
}

// cpuTime answers the processor time that this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fsyncs answers how often a second the disk makes 4 KiB durable.
func fsyncs(dir string) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 4096)
	began := time.Now()
	n := 0
	for ; time.Since(began) < 400*time.Millisecond; n++ {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
