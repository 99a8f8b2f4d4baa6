package explain

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"varde/instrument"
	"varde/protocol"
)

const root = "../.."

func TestPagesAreUpToDate(t *testing.T) {
	pages, err := Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run go generate ./protocol/... (%v)", name, err)
		}
	}
	there, err := filepath.Glob(filepath.Join(root, "docs/checks/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if pages["docs/checks/"+filepath.Base(path)] == nil {
			t.Errorf("%s is the page of no code", path)
		}
	}
}

// withoutExample are codes that a few lines cannot show: sizes, a folder that is not
// there, a list that the example itself has, and a date.
var withoutExample = []string{"V007", "V017", "V073", "V122"}

// TestExamplesAreTrue: what a page calls wrong has the fault, and what it calls right
// does not.
func TestExamplesAreTrue(t *testing.T) {
	s, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	_, sound := protocol.Load(s.base, instrument.Library{})
	for _, c := range protocol.Codes {
		e, err := s.Example(c)
		if err != nil {
			t.Error(err)
			continue
		}
		if e == nil {
			if !strings.Contains(strings.Join(withoutExample, " "), c.Code) {
				t.Errorf("%s has no example", c.Code)
			}
			continue
		}
		if !strings.Contains(e.Message, "["+c.Code+"]") {
			t.Errorf("the example of %s says %s", c.Code, e.Message)
		}
		for _, f := range sound {
			if f.Code == c.Code {
				t.Errorf("the example protocol itself has %s: %s", c.Code, f)
			}
		}
	}
}

func TestDifferences(t *testing.T) {
	a, b := differences("1\n2\n3\n4\n5\n6\n7\nx\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")
	if a != "6\n7\nx\n9" || b != "6\n7\n8\n9" {
		t.Errorf("%q, %q", a, b)
	}
	if a, b := differences("same\n", "same\n"); a != "" || b != "" {
		t.Errorf("%q, %q", a, b)
	}
	if a, _ := differences("x\n2\n3\n4\n5\n6\n7\ny\n", "1\n2\n3\n4\n5\n6\n7\n8\n"); a != "x\n2\n3\n…\n6\n7\ny" {
		t.Errorf("%q", a)
	}
}
