package protocols_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing/fstest"

	"varde/instruments"
	"varde/protocols"
)

// A place is a block of a file: from the line that begins with the block's head
// to the next line that is indented no deeper.
type place struct{ file, block string }

// An edit changes one text in a block. It fails when the text is not there, so
// that a protocol that was changed never makes the test say less than it seems to.
type edit struct {
	place
	apply func(lines []string) ([]string, error) // the lines of the block
}

// set writes the value of a key that stands on one line.
func set(file, block, key, value string) edit {
	return edit{place{file, block}, func(lines []string) ([]string, error) {
		for i, l := range lines {
			if name := strings.TrimPrefix(strings.TrimSpace(l), "- "); strings.HasPrefix(name, key+":") {
				lines[i] = l[:strings.Index(l, key+":")] + key + ": " + value
				return lines, nil
			}
		}
		return nil, fmt.Errorf("it has no key %q", key)
	}}
}

// without removes a key that stands on one line.
func without(file, block, key string) edit {
	return edit{place{file, block}, func(lines []string) ([]string, error) {
		for i, l := range lines {
			if strings.HasPrefix(strings.TrimSpace(l), key+":") {
				return append(lines[:i:i], lines[i+1:]...), nil
			}
		}
		return nil, fmt.Errorf("it has no key %q", key)
	}}
}

// change replaces a text within the block, which must hold it exactly once.
func change(file, block, from, to string) edit {
	return edit{place{file, block}, func(lines []string) ([]string, error) {
		text := strings.Join(lines, "\n")
		if n := strings.Count(text, from); n != 1 {
			return nil, fmt.Errorf("it holds %q %d times, want once", from, n)
		}
		return strings.Split(strings.Replace(text, from, to, 1), "\n"), nil
	}}
}

// removed takes the whole block away.
func removed(file, block string) edit {
	return edit{place{file, block}, func([]string) ([]string, error) { return nil, nil }}
}

// after writes lines behind the block.
func after(file, block, text string) edit {
	return edit{place{file, block}, func(lines []string) ([]string, error) {
		return append(lines, strings.Split(strings.Trim(text, "\n"), "\n")...), nil
	}}
}

// ownForm puts a copy of a shipped instrument among the protocol's own forms,
// with one change; to edit it further, name forms/ID.yaml.
func ownForm(id, from, to string) edit {
	return edit{place{"forms/" + id + ".yaml", ""}, func([]string) ([]string, error) {
		text, err := fs.ReadFile(instruments.FS, id+".yaml")
		if err != nil {
			return nil, err
		}
		if n := strings.Count(string(text), from); n != 1 {
			return nil, fmt.Errorf("the instrument holds %q %d times, want once", from, n)
		}
		return strings.Split(strings.Replace(string(text), from, to, 1), "\n"), nil
	}}
}

// ownFormAll is ownForm with every occurrence of some texts replaced: from, to, from, to.
func ownFormAll(id string, pairs ...string) edit {
	return edit{place{"forms/" + id + ".yaml", ""}, func([]string) ([]string, error) {
		text, err := fs.ReadFile(instruments.FS, id+".yaml")
		if err != nil {
			return nil, err
		}
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(string(text), pairs[i]) {
				return nil, fmt.Errorf("the instrument does not hold %q", pairs[i])
			}
		}
		return strings.Split(strings.NewReplacer(pairs...).Replace(string(text)), "\n"), nil
	}}
}

// newFile adds a file.
func newFile(name, text string) edit {
	return edit{place{name, ""}, func([]string) ([]string, error) { return strings.Split(text, "\n"), nil }}
}

// span finds a block: its first line and the one after its last, from 0.
func span(lines []string, block string) (from, to int, err error) {
	if block == "" {
		return 0, len(lines), nil
	}
	heads := []string{block}
	if !strings.ContainsAny(block, ":{ ") {
		heads = []string{"- id: " + block + "\n", "- {id: " + block + ","}
	}
	if from, err = head(lines, heads); err != nil {
		return 0, 0, fmt.Errorf("the block %q: %w", block, err)
	}
	depth := indent(lines[from])
	for to = from + 1; to < len(lines); to++ {
		if l := strings.TrimSpace(lines[to]); l != "" && indent(lines[to]) <= depth {
			break
		}
	}
	return from, to, nil
}

// head finds the one line that begins with the first of the texts that any line
// begins with.
func head(lines, texts []string) (int, error) {
	for _, text := range texts {
		found := -1
		for i, l := range lines {
			switch {
			case !strings.HasPrefix(strings.TrimSpace(l)+"\n", text):
			case found >= 0:
				return 0, fmt.Errorf("lines %d and %d begin with it", found+1, i+1)
			default:
				found = i
			}
		}
		if found >= 0 {
			return found, nil
		}
	}
	return 0, fmt.Errorf("no line begins with it")
}

// indent is how deep a line stands; a tab, which YAML refuses, counts as eight.
func indent(l string) int {
	l = strings.ReplaceAll(l, "\t", "        ")
	return len(l) - len(strings.TrimLeft(l, " "))
}

// filesOf copies a shipped protocol into memory.
func filesOf(id string) (fstest.MapFS, error) {
	out := fstest.MapFS{}
	dir, err := fs.Sub(protocols.FS, id)
	if err != nil {
		return nil, err
	}
	return out, fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(dir, path)
		out[path] = &fstest.MapFile{Data: text}
		return err
	})
}

// make applies the edits of a mutation. lines says, by file, which lines were
// touched: the blocks of the edits and of the other places, as they stand afterwards.
func (m mutation) make() (folder fstest.MapFS, touched map[string][][2]int, err error) {
	if folder, err = filesOf(m.protocol); err != nil {
		return nil, nil, err
	}
	for _, e := range m.edits {
		if err := e.in(folder); err != nil {
			return nil, nil, fmt.Errorf("the edit of %s in %s: %w", e.block, e.file, err)
		}
	}
	touched = map[string][][2]int{}
	near := m.near
	for _, e := range m.edits {
		near = append(near, e.place)
	}
	for _, p := range near {
		file := folder[p.file]
		if file == nil {
			return nil, nil, fmt.Errorf("there is no file %s", p.file)
		}
		from, to, err := span(strings.Split(string(file.Data), "\n"), p.block)
		switch {
		case err == nil:
			touched[p.file] = append(touched[p.file], [2]int{from + 1, to})
		case !m.takesAway(p):
			return nil, nil, fmt.Errorf("%s: %w", p.file, err)
		}
	}
	return folder, touched, nil
}

func (m mutation) takesAway(p place) bool {
	for _, e := range m.edits {
		if e.place == p {
			lines, err := e.apply([]string{"x"})
			return err == nil && len(lines) == 0 || m.renames
		}
	}
	return false
}

func (e edit) in(folder fstest.MapFS) error {
	var lines []string
	if f := folder[e.file]; f != nil {
		lines = strings.Split(string(f.Data), "\n")
	}
	from, to, err := span(lines, e.block)
	if err != nil {
		return err
	}
	before := strings.Join(lines[from:to], "\n")
	block, err := e.apply(strings.Split(before, "\n"))
	if err != nil {
		return err
	}
	if strings.Join(block, "\n") == before {
		return fmt.Errorf("it changes nothing")
	}
	out := append(append(append([]string{}, lines[:from]...), block...), lines[to:]...)
	folder[e.file] = &fstest.MapFile{Data: []byte(strings.Join(out, "\n"))}
	return nil
}

// Findings tell lines of other places, which an edit above them moves.
var lineNumber = regexp.MustCompile(`line \d+|:\d+:\d+|:\d+`)
