package source

import (
	"strings"
	"testing"
)

type thing struct {
	Name  string             `yaml:"name" json:"name"`
	Count int                `yaml:"count" json:"count"`
	Share float64            `yaml:"share" json:"share"`
	On    bool               `yaml:"on" json:"on,omitempty"`
	Parts []thing            `yaml:"parts" json:"parts,omitempty"`
	Rates map[string]float64 `yaml:"rates" json:"rates,omitempty"`
	Note  *string            `yaml:"note" json:"note,omitempty"`
}

func TestDecode(t *testing.T) {
	text := "name: a: b\n"
	if _, faults := Parse([]byte(text)); len(faults) != 1 || faults[0].Code != "V001" || faults[0].Line != 1 {
		t.Errorf("%q: %v", text, faults)
	}
	root, faults := Parse([]byte("name: 'it''s'\ncount: -3\nshare: 1.5e-3\non: true\nparts:\n  - name: |\n      x\n      y\n  - {name: \"z \\u00e5\"}\nrates: {a: 0.5, b: 1}\nnote: n\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var x thing
	if faults := Decode(root, &x); len(faults) > 0 {
		t.Fatal(faults)
	}
	if x.Name != "it's" || x.Count != -3 || x.Share != 0.0015 || !x.On || x.Parts[0].Name != "x\ny\n" || x.Parts[1].Name != "z å" || x.Rates["b"] != 1 || *x.Note != "n" {
		t.Errorf("%+v", x)
	}
}

func TestNumbersThatReadInTwoWays(t *testing.T) {
	for text, code := range map[string]string{
		"012": "V008", "0x1F": "V008", "0o17": "V008", "1_000": "V008", "+5": "V008", ".5": "V008", "5.": "V008", "-012": "V008", ".nan": "V008", ".inf": "V008", "-.INF": "V008",
		"1e999": "V008", "0b11": "V008", "five": "V003", "'5'": "V003", "~": "V003", "": "V003", "[5]": "V003", "true": "V003", "12:30": "V003", "5,5": "V003",
		"0": "", "-5": "", "5.25": "", "1e3": "", "0.5": "",
	} {
		root, _ := Parse([]byte("name: a\nshare: " + text + "\n"))
		var x thing
		faults := Decode(root, &x)
		switch {
		case code == "" && len(faults) > 0:
			t.Errorf("%q: %v", text, faults)
		case code != "" && (len(faults) != 1 || faults[0].Code != code || faults[0].Line != 2):
			t.Errorf("%q: %v, want %s", text, faults, code)
		}
	}
}

func TestAllFaultsAreFoundAtOnce(t *testing.T) {
	root, faults := Parse([]byte("nam: a\ncount: x\non: yes\nparts:\n  - {name: 5}\n  - name: a\n    count: 1.5\n    count: 2\n"))
	faults = append(faults, Decode(root, &thing{})...)
	var got []string
	for _, f := range faults {
		got = append(got, f.Code+" "+f.Path)
	}
	want := "V005 , V002 nam, V003 count, V003 on, V003 parts[0].name, V003 parts[1].count, V004 "
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("%s\nwant %s", s, want)
	}
}

func TestLocate(t *testing.T) {
	data := []byte("parts:\n  - name: \"a b\"\n    rates:\n      x: 1\n  - name: |\n      one\n        two\n")
	root, _ := Parse(data)
	for path, want := range map[string][2]int{"parts[0].name": {2, 11}, "parts[0].rates": {3, 5}, "parts[0].rates.x": {4, 10}, "parts[1]": {5, 5}, "parts[1].count": {5, 5}, "parts[7]": {1, 1}, "nothing": {1, 1}, "parts[x": {1, 1}, "": {1, 1}} {
		if _, line, col := root.Locate(path); [2]int{line, col} != want {
			t.Errorf("%s: %d:%d, want %v", path, line, col, want)
		}
	}
	quoted, _, _ := root.Locate("parts[0].name")
	if line, col := quoted.Within(1, 3, data); line != 2 || col != 14 {
		t.Errorf("in quotes: %d:%d", line, col)
	}
	block, _, _ := root.Locate("parts[1].name")
	if line, col := block.Within(2, 3, data); line != 7 || col != 11 {
		t.Errorf("in a block: %d:%d", line, col)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: 1", "- a\n- b", "a: |\n b", "{a: [1, 2]}", "a: &b *b", "? x", "%YAML 1.2\n---\na: b", "a: 'b", "\ufeffa: 1", "a:\n\t- b", "!!a b", "<<: {}", "a: >2-\n  b", "{a: }", "{, }", "[,]", "a: \"\\x\"", ": :", "- - - ?"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		root, faults := Parse(data)
		if root == nil && len(faults) == 0 {
			t.Fatal("nothing was read and nothing is wrong")
		}
		faults = append(faults, Decode(root, &thing{})...)
		for _, x := range faults {
			if x.Line < 1 || x.Column < 1 || x.Message == "" || x.Fix == "" {
				t.Fatalf("%+v", x)
			}
		}
		if root != nil {
			root.Locate("parts[0].name")
			root.Within(3, 7, data)
		}
	})
}
