package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testSigner is always the same key for a name.
func testSigner(t testing.TB, name string) *Signer {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	s, err := GenerateSigner(bytes.NewReader(seed[:]), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 123_456_789, time.UTC)

func TestCheckpointRoundTrip(t *testing.T) {
	signer := testSigner(t, "varde.test")
	for _, study := range []string{"S", "mdma ptsd/å+1", "a%b"} {
		c, err := signer.Checkpoint(study, 7, Hash{1}, noon)
		if err != nil {
			t.Fatal(err)
		}
		got, err := OpenCheckpoint(c.Note, testSigner(t, "another").VerifierKey(), signer.VerifierKey())
		if err != nil || got != c {
			t.Errorf("got %+v, %v; want %+v", got, err, c)
		}
		if got, err := ParseCheckpoint(c.Note); err != nil || got != c {
			t.Errorf("unsigned: got %+v, %v; want %+v", got, err, c)
		}
		if origin := strings.SplitN(c.Note, "\n", 2)[0]; strings.ContainsAny(origin, " +") {
			t.Errorf("origin %q", origin)
		}
		if !c.Time.Equal(noon.Truncate(time.Microsecond)) {
			t.Errorf("time %v", c.Time)
		}
	}
}

func TestEveryFlippedBitOfACheckpointIsFound(t *testing.T) {
	signer := testSigner(t, "varde.test")
	c, err := signer.Checkpoint("S", 7, Hash{1}, noon)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Note {
		for bit := range 8 {
			text := []byte(c.Note)
			text[i] ^= 1 << bit
			if got, err := OpenCheckpoint(string(text), signer.VerifierKey()); err == nil {
				t.Fatalf("bit %d of byte %d: opened %+v", bit, i, got)
			}
		}
	}
	if _, err := OpenCheckpoint(c.Note, testSigner(t, "another").VerifierKey()); err == nil {
		t.Error("opened with a key that did not sign")
	}
	if _, err := OpenCheckpoint(c.Note, "nonsense"); err == nil {
		t.Error("opened with nonsense for a key")
	}
}

func TestCheckpointRefuses(t *testing.T) {
	signer := testSigner(t, "varde.test")
	if _, err := signer.Checkpoint("", 1, Hash{}, noon); err == nil {
		t.Error("no study")
	}
	if _, err := signer.Checkpoint("S", -1, Hash{}, noon); err == nil {
		t.Error("negative size")
	}
	if _, err := signer.Checkpoint("S", 1, Hash{}, time.Time{}); err == nil {
		t.Error("no time")
	}
	for _, text := range []string{"", "\n\n", "a\n\n— x y\n", "varde.test/S\n1\nx\ntime y\n\n— varde.test x\n"} {
		if c, err := ParseCheckpoint(text); err == nil {
			t.Errorf("%q gave %+v", text, c)
		}
	}
}

func TestSignerFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "signing.key")
	first, err := LoadOrCreateSigner(path, "varde.test", bytes.NewReader(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := LoadOrCreateSigner(path, "other", nil)
	if err != nil || again.VerifierKey() != first.VerifierKey() {
		t.Errorf("loaded %v, %v", again, err)
	}
	if err := first.Save(path); err == nil {
		t.Error("a key file is overwritten")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, first); strings.Contains(text, "PRIVATE") || strings.Contains(text, first.Secret()) {
			t.Errorf("%s shows the private key", format)
		}
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSigner(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others can read: %v", err)
	}
	if _, err := ParseSigner("PRIVATE+KEY+x"); err == nil {
		t.Error("nonsense is a key")
	}
	if _, err := GenerateSigner(bytes.NewReader(nil), "x"); err == nil {
		t.Error("a key without randomness")
	}
	if _, err := GenerateSigner(bytes.NewReader(make([]byte, 64)), "bad name"); err == nil {
		t.Error("a name with a space")
	}
}
