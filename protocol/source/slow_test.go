package source

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSlow(t *testing.T) {
	n := 400_000
	for _, unit := range []string{"a: 1\n", "- a\n", "[", "a,", "\"", "'a' ", "#\n", "a: |\n  x\n", "? a\n", "&a ", "*a ", "!a ", "- ", ": ", "a b ", "{a: b}, ", "\n", " ", "a:\n", "- - a\n", "\\", "|\n", ">\n ", "%a\n", "---\n", "...\n", "a\n", "a: b\n  c\n", "@", "`", "\r", "\r\n", "  x\n", " x: |\n  a\n", "a: b, ", "{a: ", "- a: b\n", "- \n", "  - a\n", "a: \n - b\n", "x \n", "  x\n\n", "é", "''", "\\n"} {
		for _, pre := range []string{"", "[", "{", "a: \"", "a: '", "a: |\n  ", "a: ", "a: [", "- ", "a: |\n", "a: >\n", "- |\n", "- a\n  "} {
			s := pre + strings.Repeat(unit, n/len(unit))
			t0 := time.Now()
			Parse([]byte(s))
			if d := time.Since(t0); d > 1500*time.Millisecond {
				fmt.Printf("%q + %q: %v\n", pre, unit, d)
			}
		}
	}
}
