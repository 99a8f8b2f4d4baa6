package builder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"varde/instrument"
	"varde/protocol"
)

// folder reads the protocol anew when it has changed, and remembers the last version
// that could be compiled, so that there is something to show while a line is half
// written.
type folder struct {
	fsys fs.FS
	lib  instrument.Library
	now  func() time.Time

	mu   sync.Mutex
	last reading
	good *protocol.Definition
}

// reading is the folder at one moment.
type reading struct {
	digest   string
	def      *protocol.Definition // nil when it was never without error
	old      bool                 // def is of before the errors
	findings []protocol.Finding   // errors, warnings, and what is to be confirmed
	files    []sourceFile
}

type sourceFile struct {
	name string
	text string
}

// limits of what is shown; the checker has its own.
const (
	mostFiles = 300
	mostBytes = 2 << 20
)

func (f *folder) read() reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	digest := f.digest()
	if digest == f.last.digest && digest != "" {
		return f.last
	}
	r := reading{digest: digest, files: f.sources()}
	def, findings := protocol.Load(f.fsys, f.lib)
	r.findings = findings
	if def != nil {
		f.good = def
		r.findings = append(r.findings, def.Unconfirmed()...)
	}
	r.def, r.old = f.good, def == nil
	f.last = r
	return r
}

// names are the files that make a protocol.
func (f *folder) names() []string {
	var out []string
	for _, pattern := range []string{"*.yaml", "*.yml", "forms/*.yaml", "forms/*.yml"} {
		found, err := fs.Glob(f.fsys, pattern)
		if err == nil {
			out = append(out, found...)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), mostFiles)]
}

// digest tells one state of the folder from another without reading it all.
func (f *folder) digest() string {
	h := sha256.New()
	for _, name := range f.names() {
		info, err := fs.Stat(f.fsys, name)
		if err != nil {
			continue // it went away between two looks: the next look tells
		}
		fmt.Fprintf(h, "%s\x00%d\x00%d\x00", name, info.Size(), info.ModTime().UnixNano())
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (f *folder) sources() []sourceFile {
	var out []sourceFile
	for _, name := range f.names() {
		info, err := fs.Stat(f.fsys, name)
		if err != nil || !info.Mode().IsRegular() || info.Size() > mostBytes {
			continue
		}
		text, err := fs.ReadFile(f.fsys, name)
		if err != nil {
			continue
		}
		out = append(out, sourceFile{name, strings.ToValidUTF8(string(text), "\uFFFD")})
	}
	// The files of the protocol first, then those of its forms.
	slices.SortStableFunc(out, func(a, b sourceFile) int { return strings.Count(a.name, "/") - strings.Count(b.name, "/") })
	return out
}

func (r *reading) file(name string) (sourceFile, bool) {
	i := slices.IndexFunc(r.files, func(f sourceFile) bool { return f.name == path.Clean(name) })
	if i < 0 {
		return sourceFile{}, false
	}
	return r.files[i], true
}

func (r *reading) firstFile() string {
	for _, f := range r.findings {
		if _, ok := r.file(f.File); ok && f.Severity != protocol.Confirm {
			return f.File
		}
	}
	if _, ok := r.file("protocol.yaml"); ok || len(r.files) == 0 {
		return "protocol.yaml"
	}
	return r.files[0].name
}

// counts of errors, warnings and values to confirm.
func (r *reading) counts() (errors, warnings, confirm int) {
	for _, f := range r.findings {
		switch f.Severity {
		case protocol.Error:
			errors++
		case protocol.Warning:
			warnings++
		default:
			confirm++
		}
	}
	return errors, warnings, confirm
}
