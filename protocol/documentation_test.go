package protocol

import (
	"os"
	"strings"
	"testing"
)

func TestLanguageGuideIsComplete(t *testing.T) {
	data, err := os.ReadFile("../docs/protocol-language.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(data)
	for fact := range Facts {
		if !strings.Contains(guide, "`"+fact+"`") {
			t.Errorf("the guide does not explain %s", fact)
		}
	}
	for _, role := range Roles {
		if !strings.Contains(guide, role) {
			t.Errorf("the guide does not name the role %s", role)
		}
	}
	for _, m := range Milestones {
		if !strings.Contains(guide, string(m)) {
			t.Errorf("the guide does not name the milestone %s", m)
		}
	}
}

// TestGuideQuotesTheExample makes sure that what the guide shows stands in the
// example protocol, line for line.
func TestGuideQuotesTheExample(t *testing.T) {
	data, err := os.ReadFile("../docs/protocol-language.md")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for name, f := range folder(t, exampleFolder) {
		all.WriteString(name + "\n" + string(f.Data))
	}
	blocks := strings.Split(string(data), "```yaml\n")[1:]
	if len(blocks) < 3 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for _, b := range blocks {
		code, _, _ := strings.Cut(b, "```")
		if strings.HasPrefix(code, "confirmed:") {
			continue // what a site adds; the marks' test loads it
		}
		for line := range strings.Lines(code) {
			if !strings.Contains(all.String(), strings.TrimSpace(line)) {
				t.Errorf("the example has no line %q", strings.TrimSpace(line))
			}
		}
	}
}
