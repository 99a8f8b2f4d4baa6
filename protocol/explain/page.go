// Package explain writes the page of every code that the compiler of protocols
// can tell: what it means, why it matters, and an example that was compiled.
package explain

import (
	"fmt"
	"strings"

	"varde/protocol"
)

// Pages makes docs/checks/*.md, by name from the root of the module, where the
// example protocol and the compiler's cases are read.
func Pages(root string) (map[string][]byte, error) {
	s, err := Read(root)
	if err != nil {
		return nil, err
	}
	pages := map[string][]byte{}
	for _, c := range protocol.Codes {
		e, err := s.Example(c)
		if err != nil {
			return nil, err
		}
		pages["docs/checks/"+c.Code+".md"] = []byte(Page(c, e))
	}
	return pages, nil
}

// Page is the page of one code. Without an example it says only the words.
func Page(c protocol.CodeText, e *Example) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n%s\n", c.Code, c.Title, c.Meaning)
	if c.Why != "" {
		fmt.Fprintf(&b, "\n**Why it matters.** %s\n", c.Why)
	}
	fmt.Fprintf(&b, "\n**What to do.** %s\n", c.Fix)
	if e != nil {
		where := "In the [example protocol](../example-protocol), this"
		if e.Message == "" {
			where = "This"
		}
		fmt.Fprintf(&b, "\n## Example\n\n%s is wrong:\n\n", where)
		passages(&b, e.Wrong)
		if e.Message != "" {
			fmt.Fprintf(&b, "`varde check` says:\n\n```text\n%s\n```\n", e.Message)
		}
		if len(e.Right) > 0 {
			b.WriteString("\nAnd this is right:\n\n")
			passages(&b, e.Right)
		} else if len(e.Wrong) > 0 {
			b.WriteString("\nIt is right without it.\n")
		}
	}
	b.WriteString("\n[All codes](../checks.md). Made from the compiler and its tests by `go generate ./protocol/...`.\n")
	return b.String()
}

func passages(b *strings.Builder, list []Passage) {
	if len(list) == 0 {
		b.WriteString("(an empty file)\n\n")
	}
	for _, p := range list {
		if p.File != "" {
			fmt.Fprintf(b, "`%s`\n\n", p.File)
		}
		fmt.Fprintf(b, "```yaml\n%s\n```\n\n", p.Text)
	}
}
