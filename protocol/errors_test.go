package protocol

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"varde/instrument"
)

var update = flag.Bool("update", false, "write the golden files anew")

const exampleFolder = "../docs/example-protocol"

// folder reads a folder's YAML files.
func folder(t testing.TB, dir string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, pattern := range []string{"*.yaml", "forms/*.yaml"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(dir, name)
			out[filepath.ToSlash(rel)] = &fstest.MapFile{Data: data}
		}
	}
	return out
}

// TestCompileErrors loads the example protocol with the files of each case put
// over it, and compares everything the compiler says.
func TestCompileErrors(t *testing.T) {
	base := folder(t, exampleFolder)
	cases, err := os.ReadDir("testdata/errors")
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 40 {
		t.Errorf("only %d cases", len(cases))
	}
	seen := map[string]bool{}
	for _, c := range cases {
		t.Run(c.Name(), func(t *testing.T) {
			dir := filepath.Join("testdata/errors", c.Name())
			files := maps.Clone(base)
			maps.Copy(files, folder(t, dir))
			d, findings := Load(files, instrument.Library{})
			var b strings.Builder
			for _, f := range findings {
				b.WriteString(f.String() + "\n")
				seen[f.Code] = true
				if f.File == "" || f.Line < 1 || f.Column < 1 || f.Fix == "" || f.Message == "" {
					t.Errorf("a finding without place, message or fix: %+v", f)
				}
			}
			if (d == nil) != HasErrors(findings) {
				t.Errorf("definition %v with findings:\n%s", d != nil, b.String())
			}
			golden(t, filepath.Join(dir, "want.txt"), b.String())
		})
	}
	for _, c := range Codes {
		if !seen[c.Code] && c.Code != "V073" && c.Code != "V007" && c.Code != "V017" && c.Code != "V122" {
			t.Errorf("no case shows %s (%s)", c.Code, c.Title)
		}
	}
	known := map[string]bool{}
	for _, c := range Codes {
		if known[c.Code] {
			t.Errorf("%s is in the table twice", c.Code)
		}
		known[c.Code] = true
	}
	for _, code := range slices.Sorted(maps.Keys(seen)) {
		if !known[code] {
			t.Errorf("%s is not in the table of codes", code)
		}
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	if got == "" {
		t.Errorf("%s: the case finds nothing", path)
	}
}
