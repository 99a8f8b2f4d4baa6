package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestArchiveRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 20} {
		l := newLog(t, n)
		text := l.archive(t)
		r, err := VerifyArchive(context.Background(), bytes.NewReader(text), l.signer.VerifierKey())
		if err != nil || !r.OK() || r.Events != int64(n) || r.Checkpoints != n/8 || r.Keys != "given" {
			t.Errorf("%d events: %+v, %v", n, r, err)
		}
		if r, err = VerifyArchive(context.Background(), bytes.NewReader(text)); err != nil || !r.OK() || r.Keys != "archive" {
			t.Errorf("%d events with the archive's keys: %+v, %v", n, r, err)
		}
		a, err := ReadArchive(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		for e, err := range a.Events() {
			if err != nil || fmt.Sprint(e) != fmt.Sprint(l.events[i]) {
				t.Fatalf("event %d: got %+v, %v; want %+v", i, e, err, l.events[i])
			}
			i++
		}
	}
}

// The format is pinned: who reads archives without this package relies on it.
func TestArchiveFormat(t *testing.T) {
	l := newLog(t, 8)
	lines := strings.Split(string(l.archive(t)), "\n")
	if want := `{"checkpoints":1,"format":"varde-ledger-archive","keys":["` + l.signer.VerifierKey() + `"],"size":8,"study":"S","version":1}`; lines[0] != want {
		t.Errorf("header\n got %s\nwant %s", lines[0], want)
	}
	if !strings.HasPrefix(lines[1], `{"checkpoint":"varde.test/S\n8\n`) || len(lines) != 11 || lines[10] != "" {
		t.Errorf("%d lines, checkpoint %s", len(lines), lines[1])
	}
	record, hash, _ := strings.Cut(strings.TrimPrefix(lines[2], `{"event":`), `,"hash":`)
	if want := fmt.Sprintf(`"%s"}`, Hash(sha256.Sum256([]byte("\x00"+record)))); hash != want {
		t.Errorf("hash %s, want %s", hash, want)
	}
}

func TestAFlippedBitOfAnArchiveIsFound(t *testing.T) {
	l := newLog(t, 9)
	sound := l.archive(t)
	headers := bytes.Count(sound[:bytes.Index(sound, []byte(`{"event"`))], []byte("\n"))
	for i := range sound {
		// One bit of each byte in turn, and the one that changes the case of a letter.
		for _, bit := range []int{i % 8, 5} {
			text := bytes.Clone(sound)
			text[i] ^= 1 << bit
			r, err := VerifyArchive(context.Background(), bytes.NewReader(text), l.signer.VerifierKey())
			if err == nil && r.OK() {
				t.Fatalf("bit %d of byte %d is not found: %q", bit, i, text[max(0, i-20):min(len(text), i+20)])
			}
			line := bytes.Count(sound[:i], []byte("\n"))
			if want := int64(line - headers); err == nil && want >= 0 && sound[i] != '\n' && r.First().Seq != want && r.First().Kind != FaultSeq {
				t.Fatalf("bit %d of byte %d: event %d is named, not %d: %s", bit, i, r.First().Seq, want, r.String())
			}
		}
	}
}

func TestArchiveCutShortOrExtended(t *testing.T) {
	l := newLog(t, 9)
	sound := l.archive(t)
	for cut := range len(sound) {
		r, err := VerifyArchive(context.Background(), bytes.NewReader(sound[:cut]), l.signer.VerifierKey())
		if err == nil && r.OK() {
			t.Fatalf("cut at byte %d is not found", cut)
		}
	}
	r, err := VerifyArchive(context.Background(), strings.NewReader(string(sound)+"\n"), l.signer.VerifierKey())
	if err != nil || r.OK() {
		t.Errorf("more text is not found: %+v, %v", r, err)
	}
}

func TestArchiveRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":       "",
		"no JSON":     "hello\n",
		"format":      `{"checkpoints":0,"format":"other","keys":[],"size":0,"study":"S","version":1}` + "\n",
		"version":     `{"checkpoints":0,"format":"varde-ledger-archive","keys":[],"size":0,"study":"S","version":2}` + "\n",
		"study":       `{"checkpoints":0,"format":"varde-ledger-archive","keys":[],"size":0,"study":"","version":1}` + "\n",
		"size":        `{"checkpoints":0,"format":"varde-ledger-archive","keys":[],"size":-1,"study":"S","version":1}` + "\n",
		"field":       `{"checkpoints":0,"format":"varde-ledger-archive","keys":[],"more":1,"size":0,"study":"S","version":1}` + "\n",
		"checkpoint":  `{"checkpoints":1,"format":"varde-ledger-archive","keys":[],"size":0,"study":"S","version":1}` + "\n{}\n",
		"checkpoints": `{"checkpoints":99999999,"format":"varde-ledger-archive","keys":[],"size":0,"study":"S","version":1}` + "\n",
	} {
		if a, err := ReadArchive(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "archive line") {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteArchiveRefuses(t *testing.T) {
	l := newLog(t, 3)
	for _, size := range []int64{2, 4} {
		if err := WriteArchive(&bytes.Buffer{}, ArchiveHeader{Study: "S", Size: size}, nil, seqOf(l.events)); err == nil {
			t.Errorf("%d events are written as %d", len(l.events), size)
		}
	}
	if err := WriteArchive(failingWriter{}, ArchiveHeader{Study: "S", Size: 3}, nil, seqOf(l.events)); err == nil {
		t.Error("a full disk is no error")
	}
}

func FuzzArchive(f *testing.F) {
	l := newLog(f, 9)
	f.Add(l.archive(f))
	f.Add(newLog(f, 0).archive(f))
	f.Add([]byte(`{"checkpoints":0,"format":"varde-ledger-archive","keys":[],"size":3,"study":"S","version":1}` + "\n{}\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := VerifyArchive(context.Background(), bytes.NewReader(text), l.signer.VerifierKey())
		if err != nil || !r.OK() {
			return
		}
		// What is found sound must be what an archive of its content would be.
		a, err := ReadArchive(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var events []Event
		for e, err := range a.Events() {
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
		var again bytes.Buffer
		if err := WriteArchive(&again, a.Header, a.Checkpoints, seqOf(events)); err != nil || !bytes.Equal(again.Bytes(), text) {
			t.Fatalf("%q is found sound, but would be written %q, %v", text, again.Bytes(), err)
		}
	})
}
