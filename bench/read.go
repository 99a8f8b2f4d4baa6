package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"varde/access"
	"varde/app"
	"varde/ledger/sqlite"
	"varde/simulate"
	"varde/study"
	"varde/web/api/testbed"
)

const people = 10_000

// participantList measures the list of a study with 10,000 participants.
func participantList(ctx context.Context, b *board, dir string) (err error) {
	bed, err := testbed.New(ctx, dir, testbed.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if e := bed.Close(); err == nil {
			err = e
		}
	}()
	began := time.Now()
	if _, err := bed.Enrol(ctx, "S01", 1, people); err != nil {
		return err
	}
	b.add("commands_pipelined", float64(people*4)/time.Since(began).Seconds(), "commands/s", "at least four commands a participant, durable")
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
		for _, q := range []struct{ name, query, note string }{
			{"participants_first_page_of_10000", "limit=100", "first 100 of 10,000 with the total; bar < 100"},
			{"participants_last_page_of_10000", "limit=100&offset=9900", "last 100"},
			{"participants_search_10000", "search=777&limit=100", "part of the number"},
			{"participants_1000_of_10000", "limit=1000", "the largest page"},
		} {
			ms, err := get(ctx, "http://"+address+"/api/v1/studies/"+testbed.Study+"/participants?"+q.query, token, 10)
			if err != nil {
				return err
			}
			b.add(q.name, ms, "ms", q.note)
		}
	}
	return nil
}

// get answers the median time of n requests in milliseconds.
func get(ctx context.Context, url, token string, n int) (float64, error) {
	var took []time.Duration
	for range n {
		began := time.Now()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return 0, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, res.Body)
		if e := res.Body.Close(); err == nil {
			err = e
		}
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", url, res.Status)
		}
		if err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return quantile(took, 0.5), nil
}

// rebuild measures making all views of a simulated study anew from its ledger.
func rebuild(ctx context.Context, b *board, dir string) (err error) {
	store, err := sqlite.Open(ctx, filepath.Join(dir, "varde.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if e := store.Close(); err == nil {
			err = e
		}
	}()
	start := time.Date(2024, 1, 8, 8, 0, 0, 0, time.UTC)
	a, err := app.New(ctx, app.Config{Store: store, Clock: func() time.Time { return start }, SealKey: make([]byte, 32)})
	if err != nil {
		return err
	}
	def, err := testbed.Load()
	if err != nil {
		return err
	}
	if _, err := a.Do(ctx, access.System, "demo", study.OpenStudy{Mode: "practice", Title: "Simulated", Definition: def}, ""); err != nil {
		return err
	}
	if _, err := simulate.Run(ctx, simulate.Config{App: a, Study: "demo", Seed: 1, Participants: 500, Start: start}); err != nil {
		return err
	}
	for range b.runs {
		r, err := a.Rebuild(ctx, "demo")
		if err != nil {
			return err
		}
		if !r.Same() {
			return fmt.Errorf("the views were not what the ledger says")
		}
		b.add("rebuild", float64(r.Events)/r.Took.Seconds(), "events/s", fmt.Sprintf("%d events of %d participants; bar >= 100000", r.Events, r.Participants))
	}
	return nil
}
