package session_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varde/study"
	"varde/web/session"
	"varde/web/session/trialtest"
)

// told is what a device hears about an entry.
type told struct {
	OK                bool
	Code, Field, Text string
}

func hear(t testing.TB, a trialtest.Answer) told {
	t.Helper()
	var k told
	if err := json.Unmarshal([]byte(a.Body), &k); err != nil || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		t.Fatalf("no answer for an outbox: %d %s", a.Status, a.Body)
	}
	return k
}

// Whatever happens on the way, what was entered stands in the record once, in order and
// with its time: an entry is sent until it is answered, so each is sent one or more
// times, the server may be started anew between, and an answer may be lost.
func TestEntriesArriveOnceAndInOrder(t *testing.T) {
	x := trial(t)
	toDose(t, x)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		before := len(x.State(trialtest.Person).Records("V5", "session_log"))
		entries := rapid.IntRange(1, 3).Draw(r, "entries")
		began := x.Now()
		x.Pass(time.Hour)
		var want []string
		for i := range entries {
			n++
			id, at, words := fmt.Sprint("entry-", n), began.Add(time.Duration(i)*time.Minute+123*time.Millisecond), fmt.Sprint("what ", n)
			for send := range rapid.IntRange(1, 2).Draw(r, "times sent") {
				if rapid.IntRange(0, 99).Draw(r, "restart") == 0 {
					x.Again(session.Module())
				}
				a := x.Outbox("tom", room+"/log", id, at, url.Values{"tap": {"observation"}, "i.text": {words}}, "")
				if k := hear(t, a); !k.OK || a.Status != http.StatusOK {
					r.Fatalf("sending %d of %s: %d %+v", send+1, id, a.Status, k)
				}
			}
			want = append(want, words+" "+at.Truncate(time.Second).Format(time.RFC3339))
		}
		var got []string
		for _, f := range x.State(trialtest.Person).Records("V5", "session_log")[before:] {
			got = append(got, f.Values["text"].Text()+" "+f.At().UTC().Truncate(time.Second).Format(time.RFC3339))
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			r.Fatalf("the record has %q, want %q", got, want)
		}
	})
}

func TestWhatAnOutboxIsTold(t *testing.T) {
	x := trial(t)
	toDose(t, x)
	dosed := session5(x).DoseAt
	x.Set(dosed.Add(2 * time.Hour))
	now := x.Now()
	for _, c := range []struct {
		name, who, below string
		form             url.Values
		mark             string
		status           int
		code             string
	}{
		{"nobody is signed in", "", "/log", url.Values{"tap": {"observation"}}, "", http.StatusUnauthorized, "signed-out"},
		{"somebody else is signed in", "tina", "/log", url.Values{"tap": {"observation"}}, "0123456789abcdef", http.StatusUnauthorized, "other-account"},
		{"somebody else, who may not", "rita", "/log", url.Values{"tap": {"observation"}}, "0123456789abcdef", http.StatusUnauthorized, "other-account"},
		{"the role may not", "cora", "/dose", url.Values{"amount": {"80"}}, "", http.StatusForbidden, ""},
		{"something is missing", "tom", "/log", url.Values{"tap": {"fluid"}}, "", unprocessable, "shown-again"},
		{"no such kind", "tom", "/log", url.Values{"tap": {"dance/wild"}}, "", http.StatusBadRequest, ""},
		{"nothing measured", "tom", "/vitals", url.Values{}, "", http.StatusBadRequest, "shown-again"},
		{"no number", "tom", "/vitals", vitals("high", "80", "70", "37"), "", http.StatusBadRequest, "bad-value"},
		{"no such breach", "tom", "/breach", url.Values{"rule": {"sbp-watch"}, "of": {now.Format(time.RFC3339)}, "action": {"rested"}}, "", http.StatusNotFound, "no-such-breach"},
		{"no time of a breach", "tom", "/breach", url.Values{"rule": {"sbp-watch"}, "of": {"noon"}}, "", http.StatusBadRequest, "bad-form"},
	} {
		a := x.Outbox(c.who, room+c.below, "c-"+c.name, now, c.form, c.mark)
		k := hear(t, a)
		if a.Status != c.status || k.OK || c.code != "" && k.Code != c.code || k.Text == "" {
			t.Errorf("%s: %d %+v", c.name, a.Status, k)
		}
	}
	if a := x.Outbox("tom", room+"/log", "ok", now, url.Values{"tap": {"fluid/150"}}, ""); a.Header.Get("Varde-Now") == "" || !hear(t, a).OK {
		t.Errorf("a good entry: %d %s, the time is %q", a.Status, a.Body, a.Header.Get("Varde-Now"))
	}
	log := x.State(trialtest.Person).Records("V5", "session_log")
	if len(log) != 1 || log[0].Values["amount"].Text() != "150" {
		t.Errorf("the log: %+v", log)
	}
}

// A measurement that was entered while nobody could be asked breaks its limit at its
// own time, and what was done about it at that time counts.
func TestBreachEnteredWithoutAServer(t *testing.T) {
	x := trial(t)
	toDose(t, x)
	at := session5(x).DoseAt.Add(30 * time.Minute)
	x.Set(at.Add(50 * time.Minute))
	set := vitals("172", "95", "104", "37.2")
	set.Set("slot", "m30")
	if a := x.Outbox("tom", room+"/vitals", "v1", at, set, ""); !hear(t, a).OK {
		t.Fatal(a.Body)
	}
	answer := url.Values{"rule": {"sbp-watch"}, "of": {at.Format(time.RFC3339Nano)}, "action": {"rested"}}
	for range 2 { // the answer to the first may have been lost
		if a := x.Outbox("tom", room+"/breach", "b1", at.Add(2*time.Minute), answer, ""); !hear(t, a).OK {
			t.Fatal(a.Body)
		}
	}
	var b *study.Breach
	for i := range session5(x).Breaches {
		if session5(x).Breaches[i].Rule == "sbp-watch" {
			b = &session5(x).Breaches[i]
		}
	}
	if b == nil || !b.At.Equal(at) || !b.Acknowledged.Equal(at.Add(2*time.Minute)) || b.Action != "rested" {
		t.Errorf("the breach: %+v", b)
	}
	// Another device answered the same line of the timetable: the measurement stays.
	other := vitals("140", "84", "90", "37.1")
	other.Set("slot", "m30")
	if a := x.Outbox("tina", room+"/vitals", "v2", at.Add(time.Minute), other, ""); !hear(t, a).OK {
		t.Fatal(a.Body)
	}
	if n := len(x.State(trialtest.Person).Records("V5", "vitals")); n != 3 {
		t.Errorf("%d sets of vital signs, want 3", n)
	}
}

// The room hears at once that something was written, and no more once its reader is
// signed out.
func TestRoomHearsWhatHappens(t *testing.T) {
	x := trial(t)
	toDose(t, x)
	server := httptest.NewServer(x.Handler)
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	lines := func(path string) (*bufio.Scanner, func()) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		r.AddCookie(&http.Cookie{Name: "varde-session", Value: x.Token("phil")})
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
			t.Fatalf("%s: %s %s", path, res.Status, res.Header.Get("Content-Type"))
		}
		return bufio.NewScanner(res.Body), func() { res.Body.Close() }
	}
	next := func(s *bufio.Scanner) bool {
		for s.Scan() {
			if s.Text() == "event: changed" {
				return true
			}
		}
		return false
	}
	inRoom, done := lines(room + "/live")
	defer done()
	inList, done2 := lines("/s/trial/sessions/live")
	defer done2()
	if !next(inRoom) || !next(inList) {
		t.Fatal("no first event")
	}
	for i := range 3 {
		if a := x.Outbox("tom", room+"/log", fmt.Sprint("live-", i), x.Now(), url.Values{"tap": {"observation"}}, ""); !hear(t, a).OK {
			t.Fatal(a.Body)
		}
		if !next(inRoom) || !next(inList) {
			t.Fatalf("entry %d is not heard", i)
		}
	}
	session, ok := x.App.SessionOf(ctx, x.Token("phil"))
	if !ok {
		t.Fatal("the reader has no session")
	}
	if err := x.App.Identity().End(ctx, session.Account, session.ID); err != nil {
		t.Fatal(err)
	}
	if a := x.Outbox("tom", room+"/log", "after", x.Now(), url.Values{"tap": {"observation"}}, ""); !hear(t, a).OK {
		t.Fatal(a.Body)
	}
	if next(inRoom) || next(inList) {
		t.Error("an event came to somebody who is signed out")
	}
}
