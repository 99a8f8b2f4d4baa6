package protocols

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"varde/instrument"
	"varde/instruments"
	"varde/protocol"
)

// Names lists the shipped protocols.
func Names() []string {
	entries, err := fs.ReadDir(FS, ".")
	if err != nil {
		return nil // the folders are compiled in
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out
}

// Library is the shipped instruments, compiled once.
var Library = sync.OnceValues(func() (instrument.Library, error) {
	lib, findings := protocol.LoadLibrary(instruments.FS)
	if protocol.HasErrors(findings) {
		return nil, fmt.Errorf("a shipped instrument is at fault: %s", findings[0])
	}
	return lib, nil
})

// Load compiles a shipped protocol.
func Load(id string) (*protocol.Definition, error) {
	dir, err := fs.Sub(FS, id)
	if err == nil {
		_, err = fs.Stat(dir, ".")
	}
	if err != nil {
		return nil, fmt.Errorf("there is no shipped protocol %q; there are %s", id, strings.Join(Names(), ", "))
	}
	lib, err := Library()
	if err != nil {
		return nil, err
	}
	def, findings := protocol.Load(dir, lib)
	if def == nil {
		return nil, fmt.Errorf("the shipped protocol %s is at fault: %s", id, findings[0])
	}
	return def, nil
}
