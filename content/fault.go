package content

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"varde/protocol/source"
)

// Fault is one thing wrong in a file, with its place and how to mend it.
type Fault struct {
	File         string
	Line, Column int // from 1; 0 = the file as a whole
	Message, Fix string
}

// String is the fault on one line: "file:line:column: message. Fix: ...".
func (f Fault) String() string {
	at := f.File
	if f.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", f.File, f.Line, max(f.Column, 1))
	}
	s := at + ": " + strings.TrimSuffix(f.Message, ".") + "."
	if f.Fix != "" {
		s += " Fix: " + strings.TrimSuffix(f.Fix, ".") + "."
	}
	return s
}

// Faults are all that is wrong with a folder, in the order of files and lines.
type Faults []Fault

// Error lists them, one a line.
func (f Faults) Error() string {
	var lines []string
	for _, x := range f {
		lines = append(lines, x.String())
	}
	return strings.Join(lines, "\n")
}

// orNil is nil when there are none, so that no empty list passes for an error.
func (f Faults) orNil() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return f
}

// Sheet is one YAML file that was read strictly, with what is wrong in it.
type Sheet struct {
	File   string
	Faults Faults
	root   *source.Node
}

// ReadSheet reads a YAML file into a struct: unknown keys, wrong types, missing texts
// and missing languages are faults, as are those that Check adds.
func ReadSheet(file string, data []byte, into any) *Sheet {
	s := &Sheet{File: file}
	root, faults := source.Parse(data)
	s.root = root
	if len(faults) == 0 {
		faults = source.Decode(root, into)
	}
	for _, f := range faults {
		s.Faults = append(s.Faults, Fault{File: file, Line: f.Line, Column: f.Column, Message: f.Message, Fix: f.Fix})
	}
	return s
}

// Check adds a fault at a path such as "facts[3].status", unless ok.
func (s *Sheet) Check(ok bool, path, message, fix string) {
	if ok {
		return
	}
	f := Fault{File: s.File, Message: message, Fix: fix}
	if s.root != nil {
		_, f.Line, f.Column = s.root.Locate(path)
	}
	s.Faults = append(s.Faults, f)
}

// Day is a calendar day, written 2026-11-23.
type Day struct{ time.Time }

// UnmarshalText reads it.
func (d *Day) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return fmt.Errorf("%q is not a day: write it as 2026-11-23", b)
	}
	d.Time = t
	return nil
}
