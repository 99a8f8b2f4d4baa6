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

// TestGuideConfirmsTheExample: the confirmation that the guide shows closes its mark,
// with the digest of the value as it stands.
func TestGuideConfirmsTheExample(t *testing.T) {
	data, err := os.ReadFile("../docs/protocol-language.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "```yaml\nconfirmed:")
	if !ok {
		t.Fatal("the guide shows no confirmation")
	}
	block, _, _ := strings.Cut(rest, "```")
	files := folder(t, exampleFolder)
	files["confirmed.yaml"] = text("confirmed:" + block)
	d, findings := Load(files, nil)
	for _, f := range findings {
		t.Error(f)
	}
	if d == nil || len(d.Unconfirmed()) >= len(example(t).Unconfirmed()) {
		t.Error("the confirmation closes nothing")
	}
}
