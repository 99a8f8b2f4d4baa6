package identity

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"varde/identity/authenticatortest"
	"varde/ledger"
)

func BenchmarkResume(b *testing.B) {
	h := open(b)
	_, opened := h.staff("kari")
	h.Resume(h.ctx, opened.Token)
	b.ReportAllocs()
	for b.Loop() {
		if _, there := h.Resume(h.ctx, opened.Token); !there {
			b.Fatal("not resumed")
		}
	}
}

func BenchmarkResumeParallel(b *testing.B) {
	h := open(b)
	_, opened := h.staff("kari")
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			h.Resume(h.ctx, opened.Token)
		}
	})
}

func BenchmarkAccount(b *testing.B) {
	h := open(b)
	h.staff("kari")
	for b.Loop() {
		must2(bool2(h.Account(h.ctx, "kari")))(b)
	}
}

func bool2(_ Account, there bool, err error) (bool, error) { return there, err }

func BenchmarkSignInPassword(b *testing.B) {
	h := open(b, func(c *Config) { c.Hash = DefaultHash })
	_, opened := h.staff("kari")
	code, _ := h.password(opened.Session)
	for b.Loop() {
		h.wait(30 * time.Second)
		must2(h.SignInPassword(h.ctx, "kari", goodPassword, code(), desk))(b)
	}
}

func BenchmarkFinishPasskey(b *testing.B) {
	h := open(b)
	key, _ := h.staff("kari")
	for b.Loop() {
		must2(h.signIn(key))(b)
	}
}

// A thousand participants sign in while somebody saves to the same ledger. Told: how
// long the thousand took, and the 95th percentile of a save with and without them.
func BenchmarkThousandSignInsWhileSaving(b *testing.B) {
	b.Run("at-once", func(b *testing.B) { signInsWhileSaving(b, 1000, 0) })
	b.Run("in-a-minute", func(b *testing.B) { signInsWhileSaving(b, 250, 60*time.Millisecond) }) // a quarter of it
}

func signInsWhileSaving(b *testing.B, people int, every time.Duration) {
	h := open(b, func(c *Config) { c.Hash = DefaultHash })
	_, opened := h.staff("kari")
	code, _ := h.password(opened.Session)
	keys := make([]*authenticatortest.Authenticator, people)
	for i := range keys {
		keys[i], _ = h.participant(fmt.Sprint("p", i))
	}
	version := int64(0)
	save := func() time.Duration {
		began := time.Now()
		_, err := h.store.Append(h.ctx, ledger.Batch{Study: "STUDY", Actor: "kari", RecordedAt: h.now(), Parts: []ledger.Part{{Stream: "s", Expected: version,
			Events: []ledger.New{{Type: "form.saved", Schema: 1, EffectiveAt: h.now(), Payload: json.RawMessage(`{"a":1}`)}}}}})
		ok(b, err)
		version++
		return time.Since(began)
	}
	p95 := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)*95/100].Microseconds()) / 1000
	}
	var alone []time.Duration
	for range 500 {
		alone = append(alone, save())
	}
	for b.Loop() {
		var wg sync.WaitGroup
		work := make(chan *authenticatortest.Authenticator)
		for range 16 {
			wg.Go(func() {
				for key := range work {
					if _, err := h.signIn(key); err != nil {
						b.Error(err)
					}
				}
			})
		}
		stop := make(chan struct{})
		var during []time.Duration
		var saving sync.WaitGroup
		saving.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					during = append(during, save())
				}
			}
		})
		saving.Go(func() { // and some of staff with passwords, hashing as fast as it goes
			for {
				select {
				case <-stop:
					return
				default:
					h.wait(30 * time.Second)
					if _, err := h.SignInPassword(h.ctx, "kari", goodPassword, code(), desk); err != nil {
						b.Error(err)
					}
					time.Sleep(every)
				}
			}
		})
		began := time.Now()
		for _, key := range keys {
			work <- key
			time.Sleep(every)
		}
		close(work)
		wg.Wait()
		b.ReportMetric(float64(people)/time.Since(began).Seconds()*60, "signins/min")
		close(stop)
		saving.Wait()
		b.ReportMetric(p95(alone), "alone-p95-ms")
		b.ReportMetric(p95(during), "during-p95-ms")
	}
}
