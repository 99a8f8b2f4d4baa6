package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"varde/ledger"
	"varde/ledger/ledgertest"
)

func testSigner(t testing.TB) *ledger.Signer {
	t.Helper()
	seed := sha256.Sum256([]byte("test"))
	s, err := ledger.GenerateSigner(bytes.NewReader(seed[:]), "varde.test")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testOptions(t testing.TB) Options {
	return Options{Signer: testSigner(t), Now: func() time.Time { return ledgertest.Start.AddDate(0, 1, 0) }}
}

func openAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// raw opens the file as another program would.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestConformance(t *testing.T) {
	ledgertest.Run(t, func(t testing.TB) ledgertest.Opened {
		return ledgertest.Opened{Store: openAt(t, filepath.Join(t.TempDir(), "ledger.db")), VerifierKey: testSigner(t).VerifierKey()}
	})
}

// fill writes n batches of one event each to five streams.
func fill(t testing.TB, s *Store, from, n int) {
	t.Helper()
	var last ledger.Pending
	for i := from; i < from+n; i++ {
		b := ledgertest.Batch("S", "P-"+string(rune('a'+i%5)), int64(i/5), i)
		b.ClientID = "c" + b.RecordedAt.Format("150405")
		b.Parts[0].Events[0].Reason = "r"
		b.Rows = []ledger.Row{{View: "v", Key: b.ClientID, Doc: []byte(`1`)}}
		last = s.Submit(b)
	}
	if _, err := last.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestReopenGoesOn(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a b?c%20#.db") // a name that a URL would misread
	for round := range 4 {
		s, err := Open(ctx, path, testOptions(t))
		if err != nil {
			t.Fatal(err)
		}
		fill(t, s, round*200, 200)
		if _, err := s.Checkpoint(ctx, "S"); err != nil {
			t.Fatal(err)
		}
		report, err := s.Verify(ctx, "S")
		if err != nil || !report.OK() || report.Covered != int64(round+1)*200 {
			t.Fatalf("round %d: %s %v", round, report.String(), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// The tree is recovered across several tiles of two levels.
func TestTreeOfTwoLevelsIsRecovered(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s := openAt(t, path)
	const n = 256*257 + 10
	b := ledgertest.Batch("S", "P", 0, 0)
	event := b.Parts[0].Events[0]
	for done := 0; done < n; {
		size := min(n-done, 20_000)
		b.Parts[0].Expected = int64(done)
		b.Parts[0].Events = make([]ledger.New, size)
		for i := range b.Parts[0].Events {
			b.Parts[0].Events[i] = event
		}
		if _, err := s.Append(ctx, b); err != nil {
			t.Fatal(err)
		}
		done += size
	}
	before, err := s.Checkpoint(ctx, "S")
	if err != nil {
		t.Fatal(err)
	}
	other := openAt(t, path) // reads the tree from the file
	b.Parts[0].Expected, b.Parts[0].Events = n, []ledger.New{event}
	if _, err := other.Append(ctx, b); err != nil {
		t.Fatal(err)
	}
	after, err := other.Checkpoint(ctx, "S")
	if err != nil {
		t.Fatal(err)
	}
	proof, err := other.ProveConsistency(ctx, "S", before.Size, after.Size)
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.CheckConsistency(proof, after.Size, after.Root, before.Size, before.Root); err != nil {
		t.Error(err)
	}
	if report, err := other.Verify(ctx, "S"); err != nil || !report.OK() || report.Covered != n+1 {
		t.Errorf("%s %v", report.String(), err)
	}
}

// Two programs may have the file open: their caches follow each other.
func TestTwoStoresOnOneFile(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "ledger.db")
	stores := []*Store{openAt(t, path), openAt(t, path)}
	var wg sync.WaitGroup
	const n = 60
	for _, s := range stores {
		wg.Go(func() {
			for written := 0; written < n; {
				head, err := s.Head(ctx, "S", "P")
				if err != nil {
					t.Error(err)
					return
				}
				b := ledgertest.Batch("S", "P", head, 1)
				b.Rows = []ledger.Row{{View: "v", Key: "k", Doc: []byte(`1`), Sort: strings.Repeat("x", written%5)}}
				var conflict *ledger.ConflictError
				switch _, err := s.Append(ctx, b); {
				case err == nil:
					written++
				case !errors.As(err, &conflict):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	report, err := stores[0].Verify(ctx, "S")
	if err != nil || !report.OK() || report.Events != 2*n {
		t.Errorf("%s %v", report.String(), err)
	}
	if rows, err := stores[1].Rows(ctx, ledger.Query{Study: "S", View: "v"}); err != nil || len(rows) != 1 {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.db")
	if _, err := raw(t, foreign).Exec("CREATE TABLE t (x)"); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	openAt(t, newer)
	if _, err := raw(t, newer).Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		foreign: "another program", newer: "newer version", text: "not a database",
		filepath.Join(dir, "no", "folder.db"): "no such file", dir: "is a directory",
	} {
		s, err := Open(ctx, path, Options{})
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", filepath.Base(path), err, want)
		}
	}
}

func TestVersionCompare(t *testing.T) {
	for have, want := range map[string]bool{"3.51.3": true, "3.51.2": false, "3.54.1": true, "4.0": true, "3.51": false, "3.6.23": false, "": false, "x": false} {
		if atLeast(have, minimumVersion) != want {
			t.Errorf("%q", have)
		}
	}
}

func TestCheckpointNeedsAKey(t *testing.T) {
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fill(t, s, 0, 1)
	if _, err := s.Checkpoint(context.Background(), "S"); err == nil || !strings.Contains(err.Error(), "Signer") {
		t.Errorf("got %v", err)
	}
}

func TestArchiveOfStore(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	fill(t, s, 0, 300)
	if _, err := s.Checkpoint(ctx, "S"); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 300, 5)
	var out bytes.Buffer
	if err := s.WriteArchive(ctx, &out, "S"); err != nil {
		t.Fatal(err)
	}
	r, err := ledger.VerifyArchive(ctx, bytes.NewReader(out.Bytes()), testSigner(t).VerifierKey())
	if err != nil || !r.OK() || r.Events != 305 || r.Covered != 300 || r.Streams != 5 {
		t.Errorf("%s %v", r.String(), err)
	}
}

func TestCheckOfSoundFile(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	fill(t, s, 0, 300)
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// The log for people who look into the file.
func TestEventLogView(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	s := openAt(t, path)
	fill(t, s, 0, 7)
	var study, stream, at string
	var seq, version int
	err := raw(t, path).QueryRow("SELECT study, seq, stream, version, recorded_at FROM event_log WHERE seq = 6").Scan(&study, &seq, &stream, &version, &at)
	if err != nil || study != "S" || seq != 6 || stream != "P-b" || version != 2 || at != "2026-03-01T08:00:06Z" {
		t.Errorf("%s %d %s %d %s %v", study, seq, stream, version, at, err)
	}
}

// TestScrubBesideAReader: a reader of an old snapshot hinders the log from being
// emptied; when it is done, nothing of what a setting read is left in any file.
func TestScrubBesideAReader(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "l.db")
	s, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	secret := "a secret that must not stay"
	if err := s.SetSetting(ctx, "k", secret); err != nil {
		t.Fatal(err)
	}
	reader, err := s.readers.get()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.exec("BEGIN"); err != nil {
		t.Fatal(err)
	}
	if v, err := reader.first("SELECT value FROM setting WHERE name = 'k'"); err != nil || v[0] != secret {
		t.Fatalf("%v, %v", v, err)
	}
	if ok, err := s.SwapSetting(ctx, "k", secret, "gone"); !ok || err != nil {
		t.Fatalf("%v, %v", ok, err)
	}
	hurried, stop := context.WithTimeout(ctx, time.Millisecond)
	defer stop()
	if err := s.Scrub(hurried); err == nil {
		t.Error("the log was emptied beside a reader of it")
	}
	if _, err := reader.exec("COMMIT"); err != nil {
		t.Fatal(err)
	}
	s.readers.put(reader)
	if err := s.Scrub(ctx); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the secret still stands in %s", path+suffix)
		}
	}
	if v, err := s.Setting(ctx, "k"); v != "gone" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}
