package protocol

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestHere: what was collected at the visit at hand may be asked for where there is
// one, of forms that it collects, and nowhere else.
func TestHere(t *testing.T) {
	example := os.DirFS("../docs/example-protocol")
	for _, x := range []struct{ name, file, old, new, want string }{
		{"a session's own vital signs", "dosing.yaml", `"consent.current"`, `"consent.current && here.vitals.pulse < 120"`, ""},
		{"at the gate's visit", "eligibility.yaml", `"V1.mood.total >= 5"`, `"here.mood.total >= 5"`, ""},
		{"a form that the session does not collect", "dosing.yaml", `"consent.current"`, `"here.mood.total > 1"`, `V060`},
		{"where no visit is at hand", "protocol.yaml", `"V1.mood.total >= 10"`, `"here.mood.total >= 10"`, `no meaning`},
		{"an item that does not exist", "dosing.yaml", `"consent.current"`, `"here.vitals.puls < 120"`, `V020`},
		{"a visit of that name", "schedule.yaml", "  - id: C1\n", "  - id: here\n", `V010`},
	} {
		t.Run(x.name, func(t *testing.T) {
			files := fstest.MapFS{}
			err := fs.WalkDir(example, ".", func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				b, err := fs.ReadFile(example, path)
				if path == x.file {
					if !strings.Contains(string(b), x.old) {
						t.Fatalf("%s does not hold %s", path, x.old)
					}
					b = []byte(strings.Replace(string(b), x.old, x.new, 1))
				}
				files[path] = &fstest.MapFile{Data: b}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			def, findings := Load(files, nil)
			var errors []string
			for _, f := range findings {
				if f.Severity == Error {
					errors = append(errors, f.String())
				}
			}
			all := strings.Join(errors, "\n")
			if (x.want == "") != (def != nil) || !strings.Contains(all, x.want) {
				t.Errorf("expected %q, got %s", x.want, all)
			}
		})
	}
}
