package protocol_test

import (
	"os"
	"strings"
	"testing"

	"varde/instruments"
	"varde/protocol"
)

// valuesFolders are protocols without a fault of the kinds V130 to V169: what is said
// of one of them is a false alarm, or a fault to mend.
var valuesFolders = []string{"../protocols/mdma-ptsd-three-session", "../protocols/mdma-ptsd-two-session", "../protocols/mdma-ptsd-care", "../docs/example-protocol"}

func TestValuesOfShippedProtocols(t *testing.T) {
	lib, _ := protocol.LoadLibrary(instruments.FS)
	for _, dir := range valuesFolders {
		d, findings := protocol.Load(os.DirFS(dir), lib)
		if d == nil {
			t.Errorf("%s does not load", dir)
		}
		for _, f := range findings {
			if strings.HasPrefix(f.Code, "V13") || strings.HasPrefix(f.Code, "V14") || strings.HasPrefix(f.Code, "V15") || strings.HasPrefix(f.Code, "V16") || f.Severity == protocol.Error {
				t.Errorf("%s/%s", dir, f)
			}
		}
	}
}
