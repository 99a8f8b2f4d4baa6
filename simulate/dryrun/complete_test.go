package dryrun

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// decided answers the types of command that a function of package study tells apart.
func decided(t *testing.T, file, function string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../../study", file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != function {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSwitchStmt); ok {
				for _, c := range s.Body.List {
					for _, x := range c.(*ast.CaseClause).List {
						if id, ok := x.(*ast.Ident); ok {
							out = append(out, id.Name)
						}
					}
				}
			}
			return true
		})
	}
	return out
}

// TestEveryCommand: every type of command that there is comes up in a dry run.
func TestEveryCommand(t *testing.T) {
	own := decided(t, "decide.go", "decide")
	around := decided(t, "decide_study.go", "decideStudy")
	if len(own) < 30 || len(around) < 8 {
		t.Fatalf("%d and %d types of command were read from package study: has it changed its form?", len(own), len(around))
	}
	for _, name := range append(append(own, around...), "OpenStudy") {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return k.name == name }) {
			t.Errorf("no virtual participant ever meets %s: add it to the kinds", name)
		}
	}
}

// TestKindsMakeWhatTheySay: each makes the type of command that it is named after.
func TestKindsMakeWhatTheySay(t *testing.T) {
	w := exampleWorld(t)
	l := w.origin.fork(newRand(1))
	l.referred()
	for _, k := range kinds {
		for range 50 {
			if got := nameOf(k.make(l)); got != k.name {
				t.Errorf("%s makes %s", k.name, got)
			}
		}
	}
}

var codeForms = []*regexp.Regexp{
	regexp.MustCompile(`(?:against|missing)\("([a-z0-9-]+)"`),
	regexp.MustCompile(`invalid\([^,()]*,\s*"([a-z0-9-]+)"`),
	regexp.MustCompile(`refuse\([A-Za-z]+,\s*"([a-z0-9-]+)"`),
}

// elsewhere are codes that no command on a participant is refused with: of the waiting
// list, of reminders, of the study's own commands, of what cannot happen here.
var elsewhere = []string{"always-quiet", "bad-clock", "bad-mood", "unknown-command", "study-not-open", "no-such-participant"}

// TestEveryRefusal: every code with which a command is refused is counted.
func TestEveryRefusal(t *testing.T) {
	files, err := filepath.Glob("../../study/*.go")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	n := 0
	for _, file := range files {
		base := filepath.Base(file)
		if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "referral") || slices.Contains([]string{"decide_study.go", "delegation.go", "signature_protocol.go"}, base) {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range codeForms {
			for _, m := range form.FindAllStringSubmatch(string(src), -1) {
				n++
				if !slices.Contains(refusals, m[1]) && !slices.Contains(elsewhere, m[1]) {
					t.Errorf("%s refuses with %q, which is not counted: add it to the refusals", base, m[1])
				}
			}
		}
	}
	if n < 150 {
		t.Fatalf("only %d codes were found: has package study changed its form?", n)
	}
	if !slices.IsSorted(refusals) {
		t.Error("the refusals are not in order")
	}
}
