package scaffold_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"varde/protocol"
	"varde/protocols"
	"varde/protocols/scaffold"
)

func plans() []scaffold.Plan {
	var out []scaffold.Plan
	for n := 1; n <= scaffold.MaxSessions; n++ {
		for _, p := range []scaffold.Plan{{Arms: 1}, {Arms: 2}, {Care: true}} {
			p.ID, p.Sessions = fmt.Sprintf("new-%d-%d", n, p.Arms), n
			p.TitleEN, p.TitleNB = `A "new" study: with \ and more`, `En «ny» studie: med \ og mer`
			out = append(out, p)
		}
	}
	return out
}

func compiled(t *testing.T, p scaffold.Plan) (*protocol.Definition, []protocol.Finding) {
	t.Helper()
	files, err := p.Files()
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: text}
	}
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	return protocol.Load(folder, lib)
}

// Every choice that the command offers gives a protocol without fault.
func TestEveryScaffoldPasses(t *testing.T) {
	for _, p := range plans() {
		def, findings := compiled(t, p)
		for _, f := range findings {
			if f.Severity != protocol.Confirm {
				t.Errorf("%+v: %s", p, f)
			}
		}
		if def == nil {
			continue
		}
		if def.Title.EN != p.TitleEN || def.Title.NB != p.TitleNB || def.ID != p.ID {
			t.Errorf("%+v: it is called %+v, %s", p, def.Title, def.ID)
		}
		doses := 0
		for _, v := range def.Visits {
			if v.Kind == "dosing" {
				doses++
			}
		}
		if doses != p.Sessions || len(def.Arms) != p.Arms || (def.Kind == "care") != p.Care {
			t.Errorf("%+v: %d dosing visits, %d arms, kind %s", p, doses, len(def.Arms), def.Kind)
		}
		if open := len(def.Unconfirmed()); open < 50 {
			t.Errorf("%+v: only %d values are left to confirm", p, open)
		}
	}
}

// What a scaffold says of its own choices it marks, so that nothing slips through.
func TestOwnChoicesAreMarked(t *testing.T) {
	for _, p := range plans() {
		files, err := p.Files()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"protocol.yaml", "schedule.yaml", "analysis.yaml"} {
			text := string(files[name])
			own, marks := strings.Count(text, "status: own"), strings.Count(text, "confirm: true")
			if name == "protocol.yaml" {
				marks-- // its head speaks of the mark
			}
			if own == 0 || own != marks {
				t.Errorf("%+v: %s has %d own choices and %d marks", p, name, own, marks)
			}
			if strings.Contains(text, "{{") || strings.Contains(text, "<no value>") {
				t.Errorf("%+v: %s holds a rest of its template", p, name)
			}
		}
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	good := scaffold.Plan{ID: "good", TitleEN: "A", TitleNB: "B", Arms: 2, Sessions: 3}
	for name, spoil := range map[string]func(*scaffold.Plan){
		"no id":           func(p *scaffold.Plan) { p.ID = "" },
		"path as id":      func(p *scaffold.Plan) { p.ID = "../up" },
		"upper case":      func(p *scaffold.Plan) { p.ID = "Good" },
		"no title":        func(p *scaffold.Plan) { p.TitleEN = " " },
		"no norwegian":    func(p *scaffold.Plan) { p.TitleNB = "" },
		"line break":      func(p *scaffold.Plan) { p.TitleEN = "a\nkind: care" },
		"no UTF-8":        func(p *scaffold.Plan) { p.TitleEN = "a\xff" },
		"long title":      func(p *scaffold.Plan) { p.TitleNB = strings.Repeat("å", 301) },
		"no session":      func(p *scaffold.Plan) { p.Sessions = 0 },
		"many sessions":   func(p *scaffold.Plan) { p.Sessions = scaffold.MaxSessions + 1 },
		"three arms":      func(p *scaffold.Plan) { p.Arms = 3 },
		"no arm":          func(p *scaffold.Plan) { p.Arms = 0 },
		"arms in care":    func(p *scaffold.Plan) { p.Care = true },
		"negative number": func(p *scaffold.Plan) { p.Sessions = -1 },
	} {
		p := good
		spoil(&p)
		if files, err := p.Files(); err == nil || files != nil {
			t.Errorf("%s: %d files, error %v", name, len(files), err)
		}
		dir := filepath.Join(t.TempDir(), "new")
		if _, err := p.Write(dir); err == nil {
			t.Errorf("%s: a folder was written", name)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: the folder is there", name)
		}
	}
}

// Nothing is ever written over.
func TestFolderThatIsNotEmpty(t *testing.T) {
	dir := t.TempDir()
	p := scaffold.Plan{ID: "good", TitleEN: "A", TitleNB: "B", Arms: 2, Sessions: 3}
	mine := filepath.Join(dir, "protocol.yaml")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(dir); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("error %v", err)
	}
	if text, err := os.ReadFile(mine); err != nil || string(text) != "mine" {
		t.Errorf("the file that was there holds %q (%v)", text, err)
	}
	if err := os.Remove(mine); err != nil {
		t.Fatal(err)
	}
	names, err := p.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := p.Files()
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(files) {
		t.Errorf("%d files are written, %d are made", len(names), len(files))
	}
}
