package protocol

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"varde/instrument"
	"varde/protocol/source"
)

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

func replaced(t testing.TB, s, old, new string) string {
	t.Helper()
	if !strings.Contains(s, old) {
		t.Fatalf("there is no %q", old)
	}
	return strings.Replace(s, old, new, 1)
}

func mustLoad(t testing.TB, files fstest.MapFS) *Definition {
	t.Helper()
	d, findings := Load(files, nil)
	if d == nil {
		t.Fatal(findings)
	}
	return d
}

// manyVisits makes schedule.yaml with many visits of one line each.
func manyVisits(n int, visit func(i int) string) *fstest.MapFile {
	var b strings.Builder
	b.WriteString("epochs:\n  - {id: e, title: {en: E, nb: E}}\nvisits:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {id: V%d, title: {en: V, nb: V}, epoch: e, kind: clinic, offset: 1d, before: 0d, after: 1d, by: [physician], minutes: 5, %s}\n", i, visit(i))
	}
	return text(b.String())
}

// TestTooMany: more than any protocol has is refused before time is spent on it; just
// under the bound, rings and chains as long as can be are gone through.
func TestTooMany(t *testing.T) {
	base := folder(t, exampleFolder)
	for _, x := range []struct {
		name string
		file *fstest.MapFile
		want string
	}{
		{"visits", manyVisits(10_000, func(int) string { return "anchor: referred" }), "V007"},
		{"a ring of needs", manyVisits(maxVisits, func(i int) string { return fmt.Sprintf("anchor: referred, needs: [V%d]", (i+1)%maxVisits) }), "V033"},
		{"a ring of anchors", manyVisits(maxVisits, func(i int) string { return fmt.Sprintf("anchor: V%d", (i+1)%maxVisits) }), "V030"},
		{"a chain that contradicts", manyVisits(maxVisits, func(i int) string {
			if i == 0 {
				return "anchor: referred"
			}
			if i == maxVisits-1 {
				return fmt.Sprintf("anchor: V0, needs: [V%d]", i-1)
			}
			return fmt.Sprintf("anchor: V%d, needs: [V%d]", i-1, i-1)
		}), "V100"},
		{"visits that need all", manyVisits(100, func(i int) string {
			var needs []string
			for j := range i {
				needs = append(needs, fmt.Sprintf("V%d", j))
			}
			return "anchor: referred, needs: [" + strings.Join(needs, ", ") + "]"
		}), "V0"},
		{"conditions", manyVisits(maxVisits, func(i int) string { return fmt.Sprintf(`anchor: referred, when: "person.doses >= %d"`, i) }), "V0"},
	} {
		files := maps.Clone(base)
		files["schedule.yaml"] = x.file
		d, findings := Load(files, nil)
		if d != nil || !slices.ContainsFunc(findings, func(f Finding) bool { return strings.HasPrefix(f.Code, x.want) }) {
			t.Errorf("%s: %d findings without %s, such as %v", x.name, len(findings), x.want, findings[:min(3, len(findings))])
		}
	}
}

func TestBombs(t *testing.T) {
	base := folder(t, exampleFolder)
	eligibility := string(base["eligibility.yaml"].Data)
	nested := strings.Repeat("(", 5_000) + "true" + strings.Repeat(")", 5_000)
	for name, expr := range map[string]string{
		"parentheses":   nested,
		"terms":         "check.age >= 18" + strings.Repeat(" && check.age >= 18", 20_000),
		"comprehension": "[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, a+b+c+d+e > 0)))))",
		"strings":       `"` + strings.Repeat("a", 100_000) + `" == "b"`,
	} {
		files := maps.Clone(base)
		files["eligibility.yaml"] = text(replaced(t, eligibility, `"check.age >= 18"`, "'"+expr+"'"))
		if d, findings := Load(files, nil); d != nil && name != "strings" {
			t.Errorf("%s: the expression was taken: %v", name, findings)
		}
	}
}

// TestOddFiles: what is no regular file is told, not opened.
func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	for name, f := range folder(t, exampleFolder) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if d, findings := Load(os.DirFS(dir), nil); d == nil {
		t.Fatal(findings)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600); err != nil {
		t.Skip("no pipes here: ", err)
	}
	for link, to := range map[string]string{"loop.yaml": "loop.yaml", "zero.yaml": "/dev/zero", "folder.yaml": "forms", "gone.yaml": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	d, findings := Load(os.DirFS(dir), nil)
	var told []string
	for _, f := range findings {
		if f.Code == "V017" {
			told = append(told, f.File)
		}
	}
	if want := []string{"folder.yaml", "gone.yaml", "loop.yaml", "pipe.yaml", "zero.yaml"}; d != nil || !slices.Equal(told, want) {
		t.Errorf("told of %v", told)
	}
}

var index = regexp.MustCompile(`\[\d+\]`)

// TestEveryTextNeedsBothLanguages takes the Norwegian of one text of each kind away,
// all at once, and looks whether each is told.
func TestEveryTextNeedsBothLanguages(t *testing.T) {
	lib, _ := LoadLibrary(os.DirFS("../instruments"))
	const dir = "../protocols/mdma-ptsd-three-session"
	d, findings := Load(os.DirFS(dir), lib)
	if d == nil {
		t.Fatal(findings)
	}
	files := folder(t, dir)
	kinds, cut := map[string]string{}, map[string][]*source.Node{}
	textsOf(reflect.ValueOf(&d.Protocol).Elem(), "", func(at string, x Text) {
		kind := index.ReplaceAllString(at, "[]")
		n, _, _ := d.src.root.Locate(at + ".nb")
		if _, done := kinds[kind]; done || x.Empty() || n == nil || n.Kind != source.Scalar || n.Text != x.NB || n.Style == source.Block || strings.Contains(n.Text, "\n") {
			return
		}
		kinds[kind] = at
		file := d.src.fileOf(at)
		cut[file] = append(cut[file], n)
	})
	if len(kinds) < 40 {
		t.Fatalf("only %d kinds of text", len(kinds))
	}
	for file, nodes := range cut {
		slices.SortFunc(nodes, func(a, b *source.Node) int { return (b.Line-a.Line)*10_000 + b.Column - a.Column })
		lines := strings.Split(string(files[file].Data), "\n")
		for _, n := range nodes {
			line := []rune(lines[n.Line-1])
			length := len([]rune(n.Text))
			if n.Style == source.Quoted {
				length = len([]rune(string(line[n.Column-1:]))) - len([]rune(strings.SplitN(string(line[n.Column:]), string(line[n.Column-1]), 2)[1])) - 0
			}
			lines[n.Line-1] = string(line[:n.Column-1]) + `""` + string(line[min(len(line), n.Column-1+length):])
		}
		files[file] = text(strings.Join(lines, "\n"))
	}
	_, findings = Load(files, lib)
	told := map[string]bool{}
	for _, f := range findings {
		if f.Code == "V040" {
			told[strings.TrimSuffix(f.Path, ".nb")] = true
		}
	}
	for kind, at := range kinds {
		if !told[at] {
			t.Errorf("%s (%s) without Norwegian is not told", kind, at)
		}
	}
}

// FuzzFileOfAFolder: no file among sound ones makes the compiler panic or answer without a place.
func FuzzFileOfAFolder(f *testing.F) {
	base := folder(f, exampleFolder)
	for _, name := range slices.Sorted(maps.Keys(base)) {
		f.Add(name, base[name].Data)
	}
	cases, err := filepath.Glob("testdata/errors/w*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range cases {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Base(path), data)
	}
	f.Add("schedule.yaml", []byte("visits: [{id: A, anchor: B, needs: [A]}, {id: B, anchor: A}]\nepochs: 3\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if _, known := base[name]; !known {
			name = "more.yaml"
		}
		files := maps.Clone(base)
		files[name] = &fstest.MapFile{Data: data}
		d, findings := Load(files, instrument.Library{})
		if (d == nil) != HasErrors(findings) {
			t.Fatalf("definition %v, errors %v", d != nil, HasErrors(findings))
		}
		for _, x := range findings {
			if x.Line < 1 || x.Column < 1 || x.File == "" || x.Message == "" || x.Code == "" {
				t.Fatalf("%+v", x)
			}
		}
		if d != nil {
			d.Burden()
			d.Unconfirmed()
		}
	})
}
