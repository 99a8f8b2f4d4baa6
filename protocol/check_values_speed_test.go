package protocol_test

import (
	"os"
	"testing"

	"varde/instruments"
	"varde/protocol"
)

// BenchmarkCheckLargest is what `varde check` does with the largest shipped protocol,
// the library included.
func BenchmarkCheckLargest(b *testing.B) {
	for b.Loop() {
		lib, _ := protocol.LoadLibrary(instruments.FS)
		if d, findings := protocol.Load(os.DirFS(valuesFolders[0]), lib); d == nil {
			b.Fatal(findings)
		}
	}
}
