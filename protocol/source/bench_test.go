package source

import (
	"strings"
	"testing"
)

// BenchmarkParseLarge parses a well-formed file of about a megabyte.
func BenchmarkParseLarge(b *testing.B) {
	data := []byte("parts:\n" + strings.Repeat("  - name: \"a text of some length, as they are\"\n    count: 5\n    rates: {a: 0.5, b: 0.25}\n", 11_000))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		root, faults := Parse(data)
		var x thing
		if faults = append(faults, Decode(root, &x)...); len(x.Parts) != 11_000 {
			b.Fatal(faults[0])
		}
	}
}
