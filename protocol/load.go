package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"varde/instrument"
	"varde/protocol/source"
)

// limits of a folder; a protocol is some hundred kilobytes.
const (
	maxFiles = 300
	maxTotal = 20 << 20
)

// sources is what was read: the files, and the merged tree of their top-level keys.
type sources struct {
	files map[string][]byte
	root  *source.Node
	file  map[string]string // top-level key -> file
	first string            // a file to name when nothing better is known
}

type parsedFile struct {
	name   string
	data   []byte
	root   *source.Node
	faults []source.Fault
}

// collect reads the *.yaml files of a folder, in the order of their names. A
// folder that is not there has none.
func collect(fsys fs.FS, dir string) ([]parsedFile, []Finding) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		if dir != "." {
			return nil, nil
		}
		return nil, []Finding{{Code: "V017", Severity: Error, File: dir, Line: 1, Column: 1, Message: "the folder cannot be read: " + err.Error(), Fix: "Name a folder with a protocol's *.yaml files"}}
	}
	var files []parsedFile
	var findings []Finding
	total := 0
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() || !isYAML(name) {
			continue
		}
		data, err := readLimited(fsys, name)
		total += len(data)
		switch {
		case err != nil:
			findings = append(findings, Finding{Code: "V017", Severity: Error, File: name, Line: 1, Column: 1, Message: "the file cannot be read: " + err.Error(), Fix: "Check its permissions"})
		case len(files) == maxFiles || total > maxTotal:
			return files, append(findings, Finding{Code: "V007", Severity: Error, File: name, Line: 1, Column: 1, Message: "the folder holds too many or too large files", Fix: fmt.Sprintf("At most %d files and %d MB are read", maxFiles, maxTotal>>20)})
		default:
			files = append(files, parsedFile{name: name, data: data})
		}
	}
	return files, findings
}

func isYAML(name string) bool {
	ext := path.Ext(name)
	return !strings.HasPrefix(path.Base(name), ".") && (ext == ".yaml" || ext == ".yml")
}

// parseAll parses the files side by side.
func parseAll(files []parsedFile) []Finding {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range files {
		g.Go(func() error {
			files[i].root, files[i].faults = source.Parse(files[i].data)
			return nil
		})
	}
	_ = g.Wait() // the tasks answer through files
	var findings []Finding
	for _, f := range files {
		for _, x := range f.faults {
			findings = append(findings, ofFault(f.name, x))
		}
	}
	return findings
}

// readLimited reads a regular file, and not more of it than is taken: opening a pipe
// could wait for ever, and a device has no end.
func readLimited(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is no regular file (%s)", info.Mode().Type())
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, source.MaxBytes+1))
}

func ofFault(file string, x source.Fault) Finding {
	f := Finding{Code: x.Code, Severity: Error, File: file, Line: x.Line, Column: x.Column, Path: x.Path, Message: x.Message, Fix: x.Fix}
	if x.Warning {
		f.Severity = Warning
	}
	return f
}

// LoadLibrary reads all instruments of a folder, one a *.yaml file. The library
// holds those without errors.
func LoadLibrary(fsys fs.FS) (instrument.Library, []Finding) {
	files, findings := collect(fsys, ".")
	lib, more := loadLibrary(files)
	findings = append(findings, more...)
	sortFindings(findings)
	return lib, findings
}

func loadLibrary(files []parsedFile) (instrument.Library, []Finding) {
	findings := parseAll(files)
	lib, more := compileInstruments(files)
	return lib, append(findings, more...)
}

func compileInstruments(files []parsedFile) (instrument.Library, []Finding) {
	lib := instrument.Library{}
	compiled := make([]*instrument.Compiled, len(files))
	results := make([][]Finding, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range files {
		g.Go(func() error {
			compiled[i], results[i] = compileInstrument(files[i])
			return nil
		})
	}
	_ = g.Wait() // the tasks answer through compiled and results
	var findings []Finding
	for i, c := range compiled {
		findings = append(findings, results[i]...)
		if c == nil {
			continue
		}
		if other, taken := lib[c.ID]; taken {
			_, line, col := files[i].root.Locate("id")
			findings = append(findings, Finding{Code: "V010", Severity: Error, File: files[i].name, Line: line, Column: col, Path: "id",
				Message: fmt.Sprintf("the instrument id %q is taken by %s", c.ID, other.Origin.File), Fix: "Give every instrument its own id"})
			continue
		}
		lib[c.ID] = c
	}
	return lib, findings
}

func compileInstrument(f parsedFile) (*instrument.Compiled, []Finding) {
	if f.root == nil {
		return nil, nil
	}
	var in instrument.Instrument
	var findings []Finding
	for _, x := range source.Decode(f.root, &in) {
		findings = append(findings, ofFault(f.name, x))
	}
	c, issues := instrument.Compile(in)
	for _, i := range issues {
		findings = append(findings, ofIssue(f, i))
	}
	findings = append(findings, checkInstrument(f, &in)...)
	findings = dropRepeats(findings)
	if c == nil || HasErrors(findings) || slices.ContainsFunc(f.faults, func(x source.Fault) bool { return !x.Warning }) {
		return nil, findings
	}
	c.Origin = instrument.Origin{File: f.name, Text: f.data}
	return c, findings
}

func ofIssue(f parsedFile, i instrument.Issue) Finding {
	n, line, col := f.root.Locate(i.Path)
	if i.Line > 0 && n != nil {
		line, col = n.Within(i.Line, i.Column, f.data)
	}
	out := Finding{Code: i.Code, Severity: Error, File: f.name, Line: line, Column: col, Path: i.Path, Message: i.Message, Fix: i.Fix}
	if i.Warning {
		out.Severity = Warning
	}
	return out
}

// dropRepeats leaves out what only follows from another fault at the same path:
// a value that was not read is not also missing or malformed.
func dropRepeats(findings []Finding) []Finding {
	unread := map[string]bool{}
	for _, f := range findings {
		if f.Severity == Error && (f.Code == "V003" || f.Code == "V004" || f.Code == "V008" || f.Code == "V029" || f.Code == "V040") && f.Path != "" {
			unread[f.File+"\x00"+f.Path] = true
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(findings, func(f Finding) bool {
		at := f.File + "\x00" + f.Path
		switch f.Code {
		case "V004":
			// The decoder reports a missing key at its mapping, the checker at the key itself.
			place := fmt.Sprintf("%s\x00%d\x00%d\x00V004", f.File, f.Line, f.Column)
			if seen[place] && strings.HasSuffix(f.Path, "id") {
				return true
			}
			seen[place] = true
		case "V010", "V011", "V012", "V013", "V014", "V062", "V137":
			return unread[at]
		}
		return false
	})
}

// Load reads and checks the protocol in a folder. Its own instruments stand in
// forms/*.yaml and come before those of the library with the same id. The
// definition is nil when a finding is an error; findings are sorted by place.
func Load(fsys fs.FS, lib instrument.Library) (*Definition, []Finding) {
	files, findings := collect(fsys, ".")
	forms, more := collect(fsys, "forms")
	return load(files, forms, lib, slices.Concat(findings, more), true)
}

func load(files, forms []parsedFile, lib instrument.Library, findings []Finding, prove bool) (*Definition, []Finding) {
	findings = slices.Concat(findings, parseAll(files), parseAll(forms))
	own, more := compileInstruments(forms)
	findings = append(findings, more...)

	src := merge(files, &findings)
	for _, f := range forms {
		src.files[f.name] = f.data
	}
	if src.root == nil {
		if len(files) == 0 {
			findings = append(findings, Finding{Code: "V017", Severity: Error, File: ".", Line: 1, Column: 1, Message: "the folder holds no protocol", Fix: "A protocol is one or more *.yaml files; see docs/protocol-language.md"})
		}
		sortFindings(findings)
		return nil, findings
	}
	// When part of the folder could not be read, checking the rest would only
	// report what follows from that.
	unread := slices.ContainsFunc(findings, func(f Finding) bool {
		return f.Severity == Error && path.Dir(f.File) == "." && (f.Code == "V001" || f.Code == "V003" || f.Code == "V006" || f.Code == "V007" || f.Code == "V015" || f.Code == "V017")
	})
	var p Protocol
	misread := map[string]bool{}
	for _, x := range source.Decode(src.root, &p) {
		if !x.Warning {
			misread[topKey(x.Path)] = true
		}
		topLevel := !strings.ContainsAny(x.Path, ".[")
		unread = unread || topLevel && x.Code == "V002"
		if topLevel && x.Code == "V004" && unread {
			continue
		}
		findings = append(findings, ofFault(src.fileOf(x.Path), x))
	}
	if unread {
		sortFindings(findings)
		return nil, findings
	}
	all := maps.Clone(lib)
	if all == nil {
		all = instrument.Library{}
	}
	maps.Copy(all, own)
	d := newDefinition(p, src)
	c := &checker{d: d, lib: all, broken: brokenForms(forms, own), misread: misread}
	if c.run() && prove {
		c.prove()
	}
	findings = dropRepeats(append(findings, c.findings...))
	sortFindings(findings)
	if HasErrors(findings) {
		return nil, findings
	}
	d.Files = src.files
	for id, f := range d.Instruments {
		if _, isOwn := own[id]; isOwn {
			continue
		}
		d.Files["instruments/"+id+".yaml"] = instrumentText(f)
	}
	d.Digest = digest(d.Files)
	return d, findings
}

// brokenForms names own instruments that were found but have errors, so that
// their absence is not reported a second time.
func brokenForms(forms []parsedFile, own instrument.Library) map[string]bool {
	broken := map[string]bool{}
	for _, f := range forms {
		id := strings.TrimSuffix(path.Base(f.name), path.Ext(f.name))
		if n, _, ok := f.root.Get("id"); ok {
			id = n.Text
		}
		if _, ok := own[id]; !ok {
			broken[id] = true
		}
	}
	return broken
}

// instrumentText is the file an instrument came from; for one made by a program
// it is its JSON form, which is YAML as well.
func instrumentText(c *instrument.Compiled) []byte {
	if len(c.Origin.Text) > 0 {
		return c.Origin.Text
	}
	var tree any
	b, err := json.Marshal(c.Instrument)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		err = dec.Decode(&tree)
	}
	if err == nil {
		b, err = json.MarshalIndent(prune(tree), "", "  ")
	}
	if err != nil {
		return nil
	}
	return append(b, '\n')
}

// prune takes out empty texts and what is null: a file leaves them out.
func prune(x any) any {
	switch x := x.(type) {
	case map[string]any:
		for k, v := range x {
			if v == nil || v == "" {
				delete(x, k)
				continue
			}
			x[k] = prune(v)
		}
	case []any:
		for i := range x {
			x[i] = prune(x[i])
		}
	}
	return x
}

// merge puts the top-level keys of all files into one mapping.
func merge(files []parsedFile, findings *[]Finding) *sources {
	src := &sources{files: map[string][]byte{}, file: map[string]string{}}
	known := source.Fields(reflect.TypeFor[Protocol]())
	for _, f := range files {
		src.files[f.name] = f.data
		if src.first == "" {
			src.first = f.name
		}
		if f.root == nil {
			continue
		}
		if f.root.Kind != source.Map {
			*findings = append(*findings, Finding{Code: "V003", Severity: Error, File: f.name, Line: f.root.Line, Column: f.root.Column, Message: "the file is not a mapping of top-level keys", Fix: "Begin with a key, such as visits:"})
			continue
		}
		if src.root == nil {
			src.root = &source.Node{Kind: source.Map, Line: 1, Column: 1}
		}
		for i, k := range f.root.Keys {
			if other, twice := src.file[k.Name]; twice {
				_, was, _ := src.root.Get(k.Name)
				*findings = append(*findings, Finding{Code: "V015", Severity: Error, File: f.name, Line: k.Line, Column: k.Column, Path: k.Name,
					Message: fmt.Sprintf("the top-level key %q stands in %s:%d already", k.Name, other, was.Line), Fix: "Keep all of it in one file"})
				continue
			}
			src.file[k.Name] = f.name
			if k.Name == "id" && slices.ContainsFunc(known, func(x source.Field) bool { return x.Name == "id" }) {
				src.first = f.name
			}
			src.root.Keys = append(src.root.Keys, k)
			src.root.Values = append(src.root.Values, f.root.Values[i])
		}
	}
	return src
}

// topKey is the top-level key that a path begins with.
func topKey(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

func (s *sources) fileOf(path string) string {
	if f, ok := s.file[topKey(path)]; ok {
		return f
	}
	return s.first
}

// FromFiles makes a definition of the files that Definition.Files holds: the
// protocol's own files, forms/*.yaml, and the shipped instruments it uses under
// instruments/.
func FromFiles(files map[string][]byte) (*Definition, []Finding) { return fromFiles(files, true) }

// FromRecord makes a definition of the files that a study was opened with. They were
// proven then, and what a later version of the program proves beyond that must keep
// nobody from their record: what the protocol means is not asked again.
func FromRecord(files map[string][]byte) (*Definition, []Finding) { return fromFiles(files, false) }

func fromFiles(files map[string][]byte, prove bool) (*Definition, []Finding) {
	var own, forms, shipped []parsedFile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := parsedFile{name: name, data: files[name]}
		switch dir := path.Dir(name); {
		case !isYAML(name):
		case dir == ".":
			own = append(own, f)
		case dir == "forms":
			forms = append(forms, f)
		case dir == "instruments":
			shipped = append(shipped, f)
		}
	}
	lib, findings := loadLibrary(shipped)
	return load(own, forms, lib, findings, prove)
}
