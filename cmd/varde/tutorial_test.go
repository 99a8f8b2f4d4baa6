package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	tutorialBlock = regexp.MustCompile("(?ms)^```(console|diff)\n(.*?)^```$")
	shellWord     = regexp.MustCompile(`"[^"]*"|\S+`)
)

// TestTutorial does what docs/writing-a-protocol.md tells a new author to do, from a
// blank folder on, and compares what is printed with what the page says.
func TestTutorial(t *testing.T) {
	text, err := os.ReadFile("../../docs/writing-a-protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	commands, edits := 0, 0
	for _, m := range tutorialBlock.FindAllStringSubmatch(string(text), -1) {
		if m[1] == "diff" {
			edits++
			followEdit(t, dir, m[2])
			continue
		}
		commands++
		followCommand(t, dir, m[2])
	}
	if commands < 8 || edits < 5 {
		t.Errorf("%d commands and %d edits were found: is the pattern right?", commands, edits)
	}
}

// followEdit applies a block of lines to remove and to write; they stand in the file
// exactly once.
func followEdit(t *testing.T, dir, block string) {
	t.Helper()
	var file, from, to string
	for line := range strings.Lines(block) {
		switch {
		case strings.HasPrefix(line, "--- "):
			file = filepath.Join(dir, strings.TrimSpace(line[4:]))
		case strings.HasPrefix(line, "-"):
			from += line[1:]
		case strings.HasPrefix(line, "+"):
			to += line[1:]
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), from); from == "" || n != 1 {
		t.Fatalf("%s holds the lines to change %d times:\n%s", file, n, from)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// followCommand runs "$ varde ..." and compares its output and, after "? ", its status.
func followCommand(t *testing.T, dir, block string) {
	t.Helper()
	line, want, _ := strings.Cut(block, "\n")
	words := shellWord.FindAllString(strings.TrimPrefix(line, "$ "), -1)
	if len(words) < 2 || words[0] != "varde" {
		t.Fatalf("%q is no command of the program", line)
	}
	for i, w := range words {
		words[i] = strings.Trim(w, `"`)
	}
	status := 0
	if before, after, ok := strings.Cut(want, "? "); ok && !strings.Contains(after, "Fix") {
		n, err := strconv.Atoi(strings.TrimSpace(after))
		if err != nil {
			t.Fatal(err)
		}
		want, status = before, n
	}
	var out, complaints bytes.Buffer
	m := &Main{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaints, Clock: time.Now, Dir: dir}
	if got := m.Run(t.Context(), words[1:]); got != status {
		t.Fatalf("%s ended with status %d, want %d\n%s%s", line, got, status, out.String(), complaints.String())
	}
	// … alone on a line is any number of lines; within one it is the rest of it, or a part.
	pattern := regexp.QuoteMeta(strings.TrimRight(want, "\n"))
	pattern = regexp.MustCompile(`(?m)^…$`).ReplaceAllString(pattern, `(?s:.*)`)
	pattern = strings.ReplaceAll(pattern, "…", `[^\n]*`)
	if !regexp.MustCompile(`^` + pattern + `\n*$`).MatchString(out.String()) {
		t.Errorf("%s printed\n%s\nthe page says\n%s", line, out.String(), want)
	}
}
