package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"

	"varde/study"
)

// commit is set by the build (-ldflags "-X main.commit=..."); without it the
// version control information in the binary is used.
var commit string

func version() string {
	v, c, dirty := "0.1.0", commit, ""
	if info, ok := debug.ReadBuildInfo(); ok && c == "" {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				c = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = " with uncommitted changes"
			}
		}
	}
	if c == "" {
		c = "unknown: build with make, or with -buildvcs=true in a git checkout"
	}
	return fmt.Sprintf("varde %s (commit %s%s)", v, c, dirty)
}

// say words an error for the person at the terminal: a refusal's reason, not its type.
func say(err error) string {
	var r *study.Refusal
	if errors.As(err, &r) {
		return r.Text.EN
	}
	return err.Error()
}

// path answers a path given by the user, relative to where they are.
func (m *Main) path(p string) string {
	if p == "" || m.Dir == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(m.Dir, p)
}
