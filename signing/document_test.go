package signing

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"varde/ledger"
	"varde/study"
)

// TestDocumentedVerification runs the lines of docs/signatures.md, which need neither
// this package nor this program, on a good and on a spoilt archive.
func TestDocumentedVerification(t *testing.T) {
	text, err := os.ReadFile("../docs/signatures.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "```python\n")
	code, _, closed := strings.Cut(after, "```")
	if !ok || !closed {
		t.Fatal("docs/signatures.md shows no Python")
	}
	for _, tool := range []string{"python3", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	b := newBook(t)
	b.sign("form/V3/pcl5", b.save("V3", "answer\u2028 1"), study.ByPasskey, nil)
	b.sign("casebook", b.save("V4", "answer 1"), study.ByPasskey, nil)
	b.sign("casebook", b.events[2], study.ByPassword, nil)
	run := func() string {
		dir := t.TempDir()
		for name, content := range map[string]string{"verify.py": code, "study.archive": b.archive()} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("python3", "verify.py", "study.archive")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	out := run()
	if strings.Count(out, "good ") != 2 || strings.Contains(out, "BAD") || !strings.Contains(out, "Dina Å review form/V3/pcl5") {
		t.Errorf("a good archive:\n%s", out)
	}
	b.events[0].Payload = []byte(strings.Replace(string(b.events[0].Payload), "answer", "Answer", 1))
	if out := run(); !strings.HasPrefix(out, "BAD 1 ") || !strings.Contains(out, "good 3 ") {
		t.Errorf("an answer was changed after it was signed:\n%s", out)
	}
}

// archive is the book as an exported archive.
func (b *book) archive() string {
	b.Helper()
	events, err := b.reading()
	if err != nil {
		b.Fatal(err)
	}
	var w strings.Builder
	if err := ledger.WriteArchive(&w, ledger.ArchiveHeader{Study: b.study, Size: int64(len(b.events))}, nil, events); err != nil {
		b.Fatal(err)
	}
	return w.String()
}
