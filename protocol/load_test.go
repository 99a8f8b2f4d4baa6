package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"varde/expr"
	"varde/protocol/source"
)

func TestLimits(t *testing.T) {
	deep := "a: " + strings.Repeat("[", 100_000)
	for name, file := range map[string]string{
		"too large":       strings.Repeat("#", source.MaxBytes+1),
		"brackets":        deep,
		"list entries":    strings.Repeat("- ", 200_000),
		"nested mappings": strings.Repeat("{a: ", 50_000),
		"blank lines":     "a: |\n  " + strings.Repeat("\n", 100_000),
		"lines":           strings.Repeat("- a\n", 60_000),
		"keys":            "a:\n" + strings.Repeat("  b:\n", 20_000),
		"keys in braces":  "a: {" + strings.Repeat("b: c, ", 20_000),
		"bare in braces":  "a: {" + strings.Repeat("b, ", 20_000),
	} {
		d, findings := Load(fstest.MapFS{"p.yaml": &fstest.MapFile{Data: []byte(file)}}, nil)
		if d != nil || len(findings) == 0 || findings[0].Code != "V007" {
			t.Errorf("%s: %v", name, findings)
		}
	}
	d, findings := Load(fstest.MapFS{"p.yaml": &fstest.MapFile{Data: []byte(strings.Repeat("? ", 50_000))}}, nil)
	if d != nil || len(findings) == 0 || len(findings) > 20 || findings[0].Code != "V006" {
		t.Errorf("explicit keys: %d findings, the first %v", len(findings), findings[0])
	}
	many := fstest.MapFS{}
	for i := range maxFiles + 1 {
		many[fmt.Sprintf("f%04d.yaml", i)] = &fstest.MapFile{Data: []byte("a: 1\n")}
	}
	if _, findings := Load(many, nil); !HasErrors(findings) {
		t.Error("a folder with too many files was read")
	}
	for name, files := range map[string]fstest.MapFS{"empty folder": {}, "other files": {"readme.md": &fstest.MapFile{Data: []byte("x")}}} {
		if _, findings := Load(files, nil); len(findings) != 1 || findings[0].Code != "V017" {
			t.Errorf("%s: %v", name, findings)
		}
	}
	if _, findings := Load(os.DirFS("testdata/nowhere"), nil); len(findings) == 0 || findings[0].Code != "V017" {
		t.Errorf("no folder: %v", findings)
	}
}

func TestWriters(t *testing.T) {
	findings := []Finding{
		{Code: "V002", Severity: Error, File: "a.yaml", Line: 2, Column: 3, Path: "visits[0].x", Message: `unknown key "x"`, Fix: `Did you mean "y"?`},
		{Code: "V028", Severity: Warning, File: "a.yaml", Line: 4, Column: 1, Message: "a gap."},
	}
	var b bytes.Buffer
	if err := WriteText(&b, findings); err != nil {
		t.Fatal(err)
	}
	want := "a.yaml:2:3: error[V002]: unknown key \"x\". Fix: Did you mean \"y\"?\na.yaml:4:1: warning[V028]: a gap.\n1 error, 1 warning\n"
	if b.String() != want {
		t.Errorf("got:\n%swant:\n%s", b.String(), want)
	}
	b.Reset()
	if err := WriteJSON(&b, findings); err != nil {
		t.Fatal(err)
	}
	var back []Finding
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || len(back) != 2 || !reflect.DeepEqual(back, findings) {
		t.Errorf("%v: %s", err, b.String())
	}
	b.Reset()
	if err := WriteJSON(&b, nil); err != nil || json.Unmarshal(b.Bytes(), &back) != nil {
		t.Errorf("no findings are written as %q", b.String())
	}
}

// values answers every variable with the same thing.
type values map[string]any

func (v values) Var(name string) (any, bool) { x, ok := v[name]; return x, ok }

func TestDefinitionIsSafeForConcurrentUse(t *testing.T) {
	d := example(t)
	p := d.Program("V1.mood.total >= 5")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 200 {
				got, err := p.Test(values{"V1.mood.total": float64(n % 10)})
				if err != nil || (got == expr.True) != (n%10 >= 5) {
					t.Errorf("total %d: %v, %v", n%10, got, err)
				}
				if got, _ := p.Test(values{}); got != expr.Unknown {
					t.Errorf("nothing collected: %v", got)
				}
				d.Unconfirmed()
				if _, ok := d.Form("mood"); !ok {
					t.Error("no form")
				}
			}
			_ = i
		})
	}
	wg.Wait()
}

func FuzzLoad(f *testing.F) {
	for name, file := range folder(f, exampleFolder) {
		if !strings.Contains(name, "/") {
			f.Add(file.Data)
		}
	}
	for _, s := range []string{"", "a: &x [*x]", "? ? ?", "visits: [{id: 1, forms: [[]]}]", "visits:\n  - {id: V1, when: \"1 +\"}", "a: |\n  x\n b: >-\n", "\xff", "'", "{{{{", "- - - -",
		"simulation: {outcomes: [{visits: [a], correlation: [[]], arms: [{mean: [.nan]}]}]}", "arms: [{id: a}]\nallocation: {ratio: {a: -1}, blocks: [0]}"} {
		f.Add([]byte(s))
	}
	form, err := os.ReadFile(exampleFolder + "/forms/mood.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(form)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		for _, files := range []fstest.MapFS{
			{"p.yaml": &fstest.MapFile{Data: data}},
			{"p.yaml": &fstest.MapFile{Data: []byte("id: x\n")}, "forms/f.yaml": &fstest.MapFile{Data: data}},
		} {
			d, findings := Load(files, nil)
			if (d == nil) != HasErrors(findings) {
				t.Fatalf("definition %v, findings %v", d != nil, findings)
			}
			for _, x := range findings {
				if x.Line < 1 || x.Column < 1 || x.Message == "" {
					t.Fatalf("a finding without place or message: %+v", x)
				}
			}
		}
	})
}

func BenchmarkLoadExample(b *testing.B) {
	files := folder(b, exampleFolder)
	for b.Loop() {
		if d, findings := Load(files, nil); d == nil {
			b.Fatal(findings)
		}
	}
}

// BenchmarkLoadLargest loads the largest shipped protocol with the library read beforehand.
func BenchmarkLoadLargest(b *testing.B) {
	lib, _ := LoadLibrary(os.DirFS("../instruments"))
	files := folder(b, "../protocols/mdma-ptsd-three-session")
	size := 0
	for _, f := range files {
		size += len(f.Data)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		if d, findings := Load(files, lib); d == nil {
			b.Fatal(findings)
		}
	}
}

func BenchmarkLoadLibrary(b *testing.B) {
	for b.Loop() {
		if lib, findings := LoadLibrary(os.DirFS("../instruments")); len(lib) == 0 {
			b.Fatal(findings)
		}
	}
}
