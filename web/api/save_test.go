package api_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/web/api"
)

type saved struct {
	Version int
	Repeat  int
	Scores  map[string]any
	Missing []string
	Queries []struct{ ID, Item, Code string }
	Events  []struct {
		Seq  int64
		Type string
	}
}

func TestSaveAndRead(t *testing.T) {
	w := newWorld(t)
	r := w.ask("coord-1", "PUT", pcl, page(0, 3, "")).want(201)
	if got := read[saved](r); got.Version != 1 || got.Scores["total"] != 60.0 || len(got.Events) != 1 || len(got.Missing) != 0 {
		t.Errorf("%s", r.body)
	}
	if got := r.header.Get("Location"); got != base+pcl {
		t.Errorf("Location %s", got)
	}
	record := read[struct {
		Version int
		Items   map[string]int
		Scores  map[string]any
	}](w.ask("coord-1", "GET", pcl, "").want(200))
	if record.Version != 1 || record.Items["pcl5_07"] != 3 || record.Scores["total"] != 60.0 {
		t.Errorf("%+v", record)
	}
	if got := read[saved](w.ask("coord-1", "PUT", pcl, page(1, 3, "")).want(200)); len(got.Events) != 0 || got.Version != 1 {
		t.Errorf("saving the same answers wrote %+v", got)
	}
	w.ask("coord-1", "PUT", pcl, page(1, 2, "")).problem(400, "reason-owed", "/reason")
	if got := read[saved](w.ask("coord-1", "PUT", pcl, `{"version":1,"items":{"pcl5_01":null},"reason":"not asked"}`).want(200)); got.Version != 2 || strings.Join(got.Missing, "") != "pcl5_01" {
		t.Errorf("%+v", got)
	}
	records := read[struct{ Records []struct{ Form string } }](w.ask("coord-1", "GET", "/participants/S01-001/forms?visit=V0&form=pcl5", "").want(200)).Records
	if len(records) != 1 {
		t.Errorf("%+v", records)
	}
}

func TestRepeatingForm(t *testing.T) {
	w := newWorld(t)
	const log = "/participants/S01-001/forms/-/conmed"
	for i := 1; i <= 2; i++ {
		r := w.ask("coord-1", "POST", log, `{"items":{}}`).want(201)
		if got := read[saved](r); got.Repeat != i || got.Version != 1 || r.header.Get("Location") != fmt.Sprintf("%s%s/%d", base, log, i) {
			t.Errorf("%s", r.body)
		}
	}
	w.ask("coord-1", "GET", log+"/2", "").want(200)
	w.ask("coord-1", "GET", log, "").problem(404, "no-such-record", "")
	w.ask("coord-1", "PUT", log+"/9", `{"version":0,"items":{}}`).problem(404, "no-such-record", "")
	w.ask("coord-1", "POST", log, `{"version":3,"items":{}}`).problem(400, "not-for-new", "/version")
	w.ask("coord-1", "PUT", pcl+"/1", page(0, 1, "")).problem(404, "no-such-record", "")
	w.ask("coord-1", "PUT", log+"/2", `{"version":0,"items":{}}`).problem(409, "stale-version", "/version")
}

func TestStaleSaveTellsTheRecord(t *testing.T) {
	w := newWorld(t)
	w.ask("coord-1", "PUT", pcl, page(0, 3, "")).want(201)
	r := w.ask("phys-1", "PUT", pcl, page(0, 1, ""))
	r.problem(409, "stale-version", "/version")
	got := read[struct {
		Current *struct {
			Version int
			Items   map[string]int
		}
	}](r)
	if got.Current == nil || got.Current.Version != 1 || got.Current.Items["pcl5_01"] != 3 {
		t.Errorf("%s", r.body)
	}
}

func TestIdempotencyKey(t *testing.T) {
	w := newWorld(t)
	body := page(0, 3, "")
	first := w.ask("coord-1", "PUT", pcl, body, "Idempotency-Key", "tablet-7/0001").want(201)
	again := w.ask("coord-1", "PUT", pcl, body, "Idempotency-Key", "tablet-7/0001").want(201)
	if string(first.body) != string(again.body) {
		t.Errorf("first  %s\nsecond %s", first.body, again.body)
	}
	// The same key with other answers must not be taken for the first.
	w.ask("coord-1", "PUT", pcl, page(0, 1, ""), "Idempotency-Key", "tablet-7/0001").problem(409, "stale-version", "/version")
	w.ask("phys-1", "PUT", pcl, body, "Idempotency-Key", "tablet-7/0001").problem(400, "client-id-taken", "Idempotency-Key")
	const log = "/participants/S01-001/forms/-/conmed"
	one := w.ask("coord-1", "POST", log, `{"items":{}}`, "Idempotency-Key", "k").want(201)
	two := w.ask("coord-1", "POST", log, `{"items":{}}`, "Idempotency-Key", "k").want(201)
	if string(one.body) != string(two.body) {
		t.Errorf("first  %s\nsecond %s", one.body, two.body)
	}
	if got := read[struct{ Records []struct{} }](w.ask("coord-1", "GET", "/participants/S01-001/forms?visit=-", "").want(200)).Records; len(got) != 1 {
		t.Errorf("%d records of one", len(got))
	}
	const refer = `{"participant":"S01-004","channel":"self","language":"nb","site":"S01"}`
	one = w.ask("coord-1", "POST", "/commands/refer", refer, "Idempotency-Key", "r").want(200)
	two = w.ask("coord-1", "POST", "/commands/refer", refer, "Idempotency-Key", "r").want(200)
	if string(one.body) != string(two.body) {
		t.Errorf("first  %s\nsecond %s", one.body, two.body)
	}
	for _, key := range []string{"two words", strings.Repeat("k", 129), "æ", "\x7f"} {
		w.ask("coord-1", "PUT", pcl, body, "Idempotency-Key", key).problem(400, "bad-parameter", "Idempotency-Key")
	}
}

// Many at once on one participant: one wins each version, nobody gets a fault, and
// what was acknowledged is there.
func TestManyOnOneParticipant(t *testing.T) {
	w := newWorld(t)
	const clients, each = 8, 12
	var wg sync.WaitGroup
	ok := make([]int, clients)
	for i := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range each {
				r := w.ask("coord-1", "POST", "/participants/S01-001/forms/-/conmed", `{"items":{}}`, "Idempotency-Key", fmt.Sprintf("c%d-%d", i, j))
				if r.status == 201 {
					ok[i]++
				} else {
					t.Errorf("client %d: %d %s", i, r.status, r.body)
				}
			}
		}()
	}
	wg.Wait()
	sum := 0
	for _, n := range ok {
		sum += n
	}
	if got := len(read[struct{ Records []struct{} }](w.ask("coord-1", "GET", "/participants/S01-001/forms?visit=-", "").want(200)).Records); got != sum {
		t.Errorf("%d records, %d acknowledged", got, sum)
	}
}

func TestOutOfRangeIsKeptAndAskedAbout(t *testing.T) {
	w := newWorld(t)
	const form = "/participants/S01-001/forms/V0/demographics"
	r := w.ask("coord-1", "PUT", form, `{"version":0,"items":{"age":131}}`).want(201)
	if got := read[saved](r); len(got.Queries) != 1 || got.Queries[0].Item != "age" || got.Queries[0].Code != "out-of-range" {
		t.Errorf("%s", r.body)
	}
	if got := read[struct{ Items map[string]float64 }](w.ask("coord-1", "GET", form, "").want(200)).Items["age"]; got != 131 {
		t.Errorf("kept as %v", got)
	}
	r = w.ask("coord-1", "PUT", form, `{"version":1,"items":{"age":31},"reason":"typed twice"}`).want(200)
	if got := read[saved](r); len(got.Queries) != 0 {
		t.Errorf("%s", r.body)
	}
}

func TestMalformedSaves(t *testing.T) {
	w := newWorld(t)
	for body, want := range map[string]string{
		``:                                     "not-json Content-Type",
		` `:                                    "no-body ",
		`{`:                                    "bad-json ",
		`[]`:                                   "wrong-type ",
		`nul`:                                  "bad-json ",
		`{"version":0,"items":{}} {}`:          "bad-json ",
		`{"version":0}`:                        "required /items",
		`{"items":{}}`:                         "required /version",
		`{"version":"1","items":{}}`:           "wrong-type /version",
		`{"version":1.5,"items":{}}`:           "wrong-type /version",
		`{"version":0,"items":[]}`:             "wrong-type /items",
		`{"version":0,"items":{},"more":1}`:    "unknown-field /more",
		`{"Version":0,"items":{}}`:             "unknown-field /Version",
		`{"version":0,"version":1,"items":{}}`: "given-twice /version",
		`{"version":0,"items":{},"at":"now"}`:  "wrong-type /at",
		`{"version":0,"items":{},"at":"2099-01-01T00:00:00Z"}`:     "in-the-future /at",
		`{"version":0,"items":{"pcl5_01":1,"pcl5_01":2}}`:          "given-twice /items/pcl5_01",
		`{"version":0,"items":{"pcl5_01":{"value":1}}}`:            "wrong-type /items/pcl5_01",
		`{"version":0,"items":{"pcl5_02":1,"pcl5_01":[1]}}`:        "wrong-type /items/pcl5_01",
		`{"version":0,"items":{"pcl5_01":12345678901234567890}}`:   "wrong-type /items/pcl5_01",
		`{"version":0,"items":{"pcl5_01":1e999}}`:                  "wrong-type /items/pcl5_01",
		`{"version":0,"items":{"pcl5_01":"2"}}`:                    "not-a-choice /items/pcl5_01",
		`{"version":0,"items":{"pcl5_01":7}}`:                      "not-a-choice /items/pcl5_01",
		`{"version":0,"items":{"pcl5_01":true}}`:                   "not-a-choice /items/pcl5_01",
		`{"version":0,"items":{"pcl5_01":{"absent":"forgotten"}}}`: "unknown-reason /items/pcl5_01",
		`{"version":0,"items":{"nothing":1}}`:                      "unknown-item /items/nothing",
		`{"version":0,"items":{"a/b~c":1}}`:                        "unknown-item /items/a~1b~0c",
		"{\"version\":0,\"items\":{\"pcl5_01\":\"\xff\"}}":         "bad-json /items/pcl5_01",
	} {
		t.Run(body, func(t *testing.T) {
			code, place, _ := strings.Cut(want, " ")
			status := 400
			if body == "" {
				status = 415
			}
			w.ask("coord-1", "PUT", pcl, body).problem(status, code, place)
		})
	}
	w.ask("coord-1", "GET", pcl, "").problem(404, "no-such-record", "") // nothing of it was kept
	w.ask("coord-1", "PUT", pcl, page(0, 1, ""), "Content-Type", "text/plain").problem(415, "not-json", "Content-Type")
	big := `{"version":0,"reason":"` + strings.Repeat("x", api.MaxBody) + `","items":{}}`
	w.ask("coord-1", "PUT", pcl, big).problem(413, "body-too-large", "")
	w.ask("rater-1", "PUT", pcl, page(0, 1, "")).problem(403, "role-may-not", "")
	w.ask("mon-1", "PUT", pcl, page(0, 1, "")).problem(403, "role-may-not", "")
	w.ask("coord-1", "PUT", "/participants/S01-001/forms/V8/pcl5", page(0, 1, "")).want(422)
	w.ask("pers-1", "PUT", pcl, page(0, 1, "")).want(201)
	w.ask("pers-1", "GET", pcl, "").want(200)
}

// A clock that was set back does not stop entry, and time does not run backwards in
// the record.
func TestClockSetBack(t *testing.T) {
	w := newWorld(t)
	w.ask("coord-1", "PUT", pcl, page(0, 3, "")).want(201)
	w.Clock.Move(-time.Minute)
	w.ask("coord-1", "PUT", pcl, page(1, 2, `,"reason":"read wrong"`)).want(200)
	w.ask("coord-1", "POST", "/commands/refer", `{"participant":"S01-004","channel":"self","language":"nb","site":"S01"}`).want(200)
	w.ask("admin-1", "POST", "/commands/close-recruitment", `{}`).want(200)
	events := read[struct {
		Events []struct{ RecordedAt time.Time }
	}](w.ask("coord-1", "GET", "/audit/S01-001", "").want(200)).Events
	for i := 1; i < len(events); i++ {
		if events[i].RecordedAt.Before(events[i-1].RecordedAt) {
			t.Errorf("event %d was recorded before the one before it", i)
		}
	}
}
