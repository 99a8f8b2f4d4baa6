package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"

	"varde/instrument"
	"varde/protocol"
)

// Example shows a code: what is wrong in a folder, what the compiler says, and the
// same without the fault.
type Example struct {
	Wrong, Right []Passage
	Message      string // as `varde check` prints it
	Files        fstest.MapFS
}

// Passage is a part of a file.
type Passage struct{ File, Text string }

// Source is where examples are made from: the example protocol, and the cases that
// the compiler's own tests lay over it.
type Source struct {
	base  fstest.MapFS
	cases []errorCase
}

type errorCase struct {
	name  string
	codes map[string]int
	files fstest.MapFS
}

// Read reads the example protocol and the cases from the root of the module.
func Read(root string) (*Source, error) {
	base, err := readFolder(filepath.Join(root, "docs/example-protocol"))
	if err != nil {
		return nil, err
	}
	s := &Source{base: base}
	dir := filepath.Join(root, "protocol/testdata/errors")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the cases: %w", err)
	}
	for _, e := range entries {
		want, err := os.ReadFile(filepath.Join(dir, e.Name(), "want.txt"))
		if err != nil {
			return nil, fmt.Errorf("read the case %s: %w", e.Name(), err)
		}
		files, err := readFolder(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		c := errorCase{name: e.Name(), codes: map[string]int{}, files: files}
		for line := range strings.Lines(string(want)) {
			if _, rest, ok := strings.Cut(line, "["); ok {
				code, _, _ := strings.Cut(rest, "]")
				c.codes[code]++
			}
		}
		s.cases = append(s.cases, c)
	}
	return s, nil
}

func readFolder(dir string) (fstest.MapFS, error) {
	out := fstest.MapFS{}
	for _, pattern := range []string{"*.yaml", "forms/*.yaml"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", dir, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", dir, err)
			}
			rel, err := filepath.Rel(dir, name)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", dir, err)
			}
			out[filepath.ToSlash(rel)] = &fstest.MapFile{Data: data}
		}
	}
	return out, nil
}

// Example answers an example of a code: the case that shows it with the fewest other
// findings, else the one that the code brings with it; nil when there is neither.
// Message is empty when an example was not compiled.
func (s *Source) Example(c protocol.CodeText) (*Example, error) {
	var best *errorCase
	for i := range s.cases {
		x := &s.cases[i]
		if x.codes[c.Code] > 0 && (best == nil || x.others(c.Code) < best.others(c.Code)) {
			best = x
		}
	}
	switch {
	case best != nil:
		e := s.overlay(best.files)
		return e, e.tell(c.Code)
	case c.Wrong != "" && c.Right != "":
		return s.written(c)
	}
	return nil, nil
}

func (c *errorCase) others(code string) int {
	n := 0
	for other, k := range c.codes {
		n += k
		if other == code {
			n-- // more than one of its own is no harm, but one alone is clearer
		}
	}
	return n
}

// written is an example that the code brings with it. Where Right stands word for word
// in one file of the example protocol, Wrong in its place is compiled.
func (s *Source) written(c protocol.CodeText) (*Example, error) {
	for name, f := range s.base {
		if text := string(f.Data); strings.Count(text, c.Right) == 1 {
			e := s.overlay(fstest.MapFS{name: &fstest.MapFile{Data: []byte(strings.Replace(text, c.Right, c.Wrong, 1))}})
			return e, e.tell(c.Code)
		}
	}
	return &Example{Wrong: []Passage{{Text: c.Wrong}}, Right: []Passage{{Text: c.Right}}}, nil
}

func (s *Source) overlay(files fstest.MapFS) *Example {
	e := &Example{Files: fstest.MapFS{}}
	for name, f := range s.base {
		e.Files[name] = f
	}
	var names []string
	for name, f := range files {
		e.Files[name] = f
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		was := ""
		if f := s.base[name]; f != nil {
			was = string(f.Data)
		}
		wrong, right := differences(string(files[name].Data), was)
		if wrong != "" && strings.TrimSpace(string(files[name].Data)) != "" {
			e.Wrong = append(e.Wrong, Passage{name, wrong})
		}
		if right != "" && was != "" {
			e.Right = append(e.Right, Passage{name, right})
		}
	}
	return e
}

// tell compiles the example and keeps what the compiler says under a code.
func (e *Example) tell(code string) error {
	_, findings := protocol.Load(e.Files, instrument.Library{})
	for _, f := range findings {
		if f.Code == code {
			e.Message = f.String()
			for _, p := range f.Related {
				e.Message += "\n    " + p.String()
			}
			return nil
		}
	}
	return fmt.Errorf("the example of %s does not show it", code)
}
