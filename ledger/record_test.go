package ledger

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// vectors pin the record encoding: a change here would break every log ever
// written. Hashes were computed apart from this package, with another SHA-256
// over a zero byte and the record's text.
var vectors = []struct {
	event  Event
	record string
	hash   string // hex
}{
	{
		Event{
			Seq: 0, Study: "S", Stream: "P-001", Version: 1,
			RecordedAt:  time.Date(2026, 3, 1, 9, 30, 0, 0, time.FixedZone("CET", 3600)),
			EffectiveAt: time.Date(2026, 3, 1, 8, 15, 30, 250_000_000, time.UTC),
			Actor:       "u1", Role: "therapist", Type: "form.saved", Schema: 1,
			Payload: json.RawMessage(`{"a":1}`),
		},
		`{"actor":"u1","effectiveAt":"2026-03-01T08:15:30.25Z","payload":{"a":1},"prev":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","recordedAt":"2026-03-01T08:30:00Z","role":"therapist","schema":1,"seq":0,"stream":"P-001","study":"S","type":"form.saved","version":1}`,
		"3d0eb6dc541d2a36f2d70ffeea5f5eb758a904845693e1a245db342e9878f14f",
	},
	{
		Event{
			Seq: 41, Study: "mdma-ptsd", Stream: "participant/7", Version: 12,
			RecordedAt:  time.Date(2026, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
			EffectiveAt: time.Date(1999, 1, 2, 3, 4, 5, 6000, time.UTC),
			Actor:       "Åse \"Q\" <x>", Role: "", ClientID: "c-1", Type: "form.corrected", Schema: 3,
			Reason:  "line one\nline two\t\\ \x01",
			Payload: json.RawMessage(`[]`), Prev: Hash{0: 1, 31: 255},
		},
		`{"actor":"Åse \"Q\" <x>","clientId":"c-1","effectiveAt":"1999-01-02T03:04:05.000006Z","payload":[],"prev":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8=","reason":"line one\nline two\t\\ \u0001","recordedAt":"2026-12-31T23:59:59.999999Z","role":"","schema":3,"seq":41,"stream":"participant/7","study":"mdma-ptsd","type":"form.corrected","version":12}`,
		"73737c23c16320c7edd9328c0f02ae40fae66277d7f503a7434e53d38712684b",
	},
}

func TestRecordVectors(t *testing.T) {
	for _, v := range vectors {
		got := v.event.Record()
		if string(got) != v.record {
			t.Errorf("record\n got %s\nwant %s", got, v.record)
		}
		if !IsCanonical(got) {
			t.Errorf("%s is not canonical JSON", got)
		}
		if h := v.event.LeafHash(); h.Hex() != v.hash {
			t.Errorf("hash of event %d: got %s, want %s", v.event.Seq, h.Hex(), v.hash)
		}
	}
}

// anyEvent draws an event as a store could have written it.
func anyEvent(t *rapid.T) Event {
	text := func(name string) string { return rapid.String().Draw(t, name) }
	at := func(name string) time.Time {
		return time.UnixMicro(rapid.Int64Range(-60_000_000_000_000_000, 250_000_000_000_000_000).Draw(t, name)).UTC()
	}
	payload, err := Canonical(jsonValue(2).Draw(t, "payload"))
	if err != nil {
		t.Skip("not JSON")
	}
	e := Event{
		Seq: rapid.Int64Range(0, 1<<40).Draw(t, "seq"), Study: text("study"), Stream: text("stream"),
		Version: rapid.Int64Range(1, 1<<40).Draw(t, "version"), RecordedAt: at("recorded"), EffectiveAt: at("effective"),
		Actor: text("actor"), Role: text("role"), ClientID: text("client"), Type: text("type"),
		Schema: rapid.IntRange(1, 100).Draw(t, "schema"), Reason: text("reason"), Payload: payload,
		Prev: Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "prev")),
	}
	e.Hash = e.LeafHash()
	return e
}

func TestRecordIsCanonicalAndComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		record := e.Record()
		if !IsCanonical(record) {
			t.Fatalf("%s is not canonical", record)
		}
		// The JSON names of Event are the record's names, and nothing is missing.
		var fields map[string]json.RawMessage
		text, err := json.Marshal(e)
		if err != nil || json.Unmarshal(text, &fields) != nil {
			t.Fatal(err)
		}
		delete(fields, "hash")
		want, err := Canonical(fields)
		if err != nil || !bytes.Equal(want, record) {
			t.Fatalf("record\n got %s\nwant %s (%v)", record, want, err)
		}
		if tlog.RecordHash(record) != tlog.Hash(e.LeafHash()) {
			t.Fatal("the hash is not the RFC 6962 leaf hash")
		}
		line := appendEventLine(nil, &e)
		back, err := parseEventLine(line[:len(line)-1])
		if err != nil || !bytes.Equal(back.Record(), record) || back.Hash != e.Hash {
			t.Fatalf("%s came back as %s: %v", line, back.Record(), err)
		}
	})
}

func TestHashText(t *testing.T) {
	h := Hash{1, 2, 3, 31: 0xfe}
	for _, text := range []string{h.String(), h.Hex()} {
		if got, err := ParseHash(text); err != nil || got != h {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "x", h.String()[1:], h.Hex() + "0", "=" + h.String()[1:], "g" + h.Hex()[1:], h.String()[:42] + "5="} {
		if got, err := ParseHash(bad); err == nil {
			t.Errorf("%q gave %v", bad, got)
		}
	}
	text, err := json.Marshal(map[string]Hash{"h": h})
	var back map[string]Hash
	if err != nil || json.Unmarshal(text, &back) != nil || back["h"] != h {
		t.Errorf("%s, %v", text, err)
	}
	if h.IsZero() || !(Hash{}).IsZero() {
		t.Error("IsZero is wrong")
	}
}

func BenchmarkRecord(b *testing.B) {
	e := vectors[1].event
	e.Payload = json.RawMessage(`{"form":"pcl5","items":{"i01":3,"i02":2,"i03":4,"i04":1,"i05":0,"i06":36.6},"visit":"baseline"}`)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		_, buf = e.leafHash(buf)
	}
}
