package content

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxFile bounds one file, in bytes.
const maxFile = 512 << 10

// sheetFiles are the files besides the pages.
var sheetFiles = []string{"clinic.yaml", "crisis.yaml", "facts.yaml", "options.yaml", "selfcheck.yaml"}

// Load reads the shipped content, with the files of a clinic's own folder in the place
// of those of the same name; nil = as shipped. The error is Faults, which name every
// file and line at fault, or says that the folder cannot be read.
func Load(own fs.FS) (*Site, error) {
	files, err := readFiles(shippedFS())
	if err != nil {
		return nil, err
	}
	var faults Faults
	if own != nil {
		theirs, err := readFiles(own)
		if err != nil {
			return nil, err
		}
		for name, data := range theirs {
			if files[name] == nil {
				faults = append(faults, Fault{File: name, Message: "this file is not known", Fix: "Replace one of: " + strings.Join(fileNames(), ", ")})
			}
			files[name] = data
		}
	}
	s := &Site{pages: map[string]*Page{}}
	facts, names, more := readFacts("facts.yaml", files["facts.yaml"])
	s.Facts, faults = facts, append(faults, more...)
	s.Options, more = readBoard("options.yaml", files["options.yaml"])
	faults = append(faults, more...)
	s.Crisis, more = readCrisis("crisis.yaml", files["crisis.yaml"])
	faults = append(faults, more...)
	s.Clinic, more = readClinic("clinic.yaml", files["clinic.yaml"])
	faults = append(faults, more...)
	s.SelfCheck, more = readSelfCheck("selfcheck.yaml", files["selfcheck.yaml"])
	faults = append(faults, more...)
	r := newReader(facts, names)
	for _, id := range PageIDs {
		for _, lang := range Languages {
			name := "pages/" + id + "." + lang + ".md"
			if files[name] == nil {
				faults = append(faults, Fault{File: name, Message: "the page is missing", Fix: "Write it: every page is there in both languages"})
				continue
			}
			p, more := r.page(name, id, lang, files[name])
			s.pages[id+"."+lang], faults = p, append(faults, more...)
		}
	}
	if err := faults.orNil(); err != nil {
		return nil, err
	}
	return s, nil
}

// fileNames are all files that content is made of.
func fileNames() []string {
	out := slices.Clone(sheetFiles)
	for _, id := range PageIDs {
		for _, lang := range Languages {
			out = append(out, "pages/"+id+"."+lang+".md")
		}
	}
	return out
}

// readFiles reads a folder. Files whose names begin with a dot, as editors leave them,
// are passed over.
func readFiles(fsys fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(path.Base(name), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		f, err := fsys.Open(name)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		if len(data) > maxFile {
			return Faults{{File: name, Message: fmt.Sprintf("the file has more than %d bytes", maxFile), Fix: "Shorten it"}}
		}
		if data == nil {
			data = []byte{}
		}
		files[name] = data
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the content cannot be read: %w", err)
	}
	return files, nil
}
