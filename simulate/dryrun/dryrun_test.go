package dryrun_test

import (
	"bytes"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"

	"varde/protocol"
	"varde/protocols"
	"varde/simulate/dryrun"
)

const (
	threeSession = "mdma-ptsd-three-session"
	twoSession   = "mdma-ptsd-two-session"
	care         = "mdma-ptsd-care"
	example      = "example"
)

var definitions sync.Map

func definition(t testing.TB, name string) *protocol.Definition {
	t.Helper()
	if d, ok := definitions.Load(name); ok {
		return d.(*protocol.Definition)
	}
	def := load(t, folder(t, name))
	definitions.Store(name, def)
	return def
}

func folder(t testing.TB, name string) fs.FS {
	t.Helper()
	if name == example {
		return os.DirFS("../../docs/example-protocol")
	}
	fsys, err := fs.Sub(protocols.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func load(t testing.TB, fsys fs.FS) *protocol.Definition {
	t.Helper()
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	def, findings := protocol.Load(fsys, lib)
	if def == nil {
		t.Fatalf("the protocol does not load: %v", findings)
	}
	return def
}

func run(t testing.TB, c dryrun.Config) *dryrun.Report {
	t.Helper()
	r, err := dryrun.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func told(t testing.TB, r *dryrun.Report, lang string) string {
	t.Helper()
	var w bytes.Buffer
	if err := r.Text(&w, lang); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// TestShippedProtocols: no promise is broken in any protocol that is shipped.
func TestShippedProtocols(t *testing.T) {
	for _, name := range []string{threeSession, twoSession, care, example} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			r := run(t, dryrun.Config{Definition: definition(t, name), Seed: 1, Lives: 2000})
			t.Logf("%s: %d commands in %s", name, r.Commands, time.Since(begin))
			if !r.Sound() || len(r.Grave()) > 0 {
				t.Errorf("%s", told(t, r, "en"))
			}
		})
	}
}
