package usdm_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"varde/export/usdm"
	"varde/protocol"
)

// reference answers a file of the reference material, or skips.
func reference(t *testing.T, name string) []byte {
	t.Helper()
	root := os.Getenv("VARDE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	b, err := os.ReadFile(filepath.Join(root, "conformance", "usdm", name))
	if err != nil {
		t.Skipf("the USDM reference is not here (set VARDE_REFERENCE): %v", err)
	}
	return b
}

// schema is the published one of a whole file.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(reference(t, "USDM_API.json")))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("usdm.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("usdm.json#/components/schemas/Wrapper-Output")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, b []byte) error {
	t.Helper()
	x, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(x)
}

func TestWrittenIsValid(t *testing.T) {
	s := schema(t)
	if err := validate(t, s, reference(t, "CDISC_Pilot_Study.json")); err != nil {
		t.Fatalf("the published example is not valid: the schema is not read as it is meant: %v", err)
	}
	for _, def := range definitions(t) {
		text := written(t, def)
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", def.ID, err)
		}
		bad := bytes.Replace(text, []byte(`"mainTimeline": true`), []byte(`"mainTimeline": "yes"`), 1)
		if validate(t, s, bad) == nil {
			t.Errorf("%s: a file with a fault is called valid", def.ID)
		}
	}
}

// Codes of the controlled terminology are used only as the published example has them.
func TestNoCodeIsInvented(t *testing.T) {
	known := map[string]map[string]bool{}
	codes(t, reference(t, "CDISC_Pilot_Study.json"), func(system, version, code, decode string) {
		if system == "http://www.cdisc.org" {
			if known[code] == nil {
				known[code] = map[string]bool{}
			}
			known[code][version+decode] = true
		}
	})
	used := 0
	for _, def := range definitions(t) {
		codes(t, written(t, def), func(system, version, code, decode string) {
			switch system {
			case "Varde":
			case "http://www.cdisc.org":
				used++
				if !known[code][version+decode] {
					t.Errorf("%s: %s %q (%s) is not in the published example", def.ID, code, decode, version)
				}
			default:
				t.Errorf("%s: the code system %q", def.ID, system)
			}
		})
	}
	if used < 100 {
		t.Errorf("only %d codes", used)
	}
}

func codes(t *testing.T, b []byte, each func(system, version, code, decode string)) {
	t.Helper()
	var x any
	if err := json.Unmarshal(b, &x); err != nil {
		t.Fatal(err)
	}
	text := func(m map[string]any, key string) string { s, _ := m[key].(string); return s }
	var visit func(any)
	visit = func(x any) {
		switch x := x.(type) {
		case map[string]any:
			if x["instanceType"] == "Code" {
				each(text(x, "codeSystem"), text(x, "codeSystemVersion"), text(x, "code"), text(x, "decode"))
			}
			for _, v := range x {
				visit(v)
			}
		case []any:
			for _, v := range x {
				visit(v)
			}
		}
	}
	visit(x)
}

// The published study becomes a folder with its visits, arms and criteria.
func TestPublishedStudy(t *testing.T) {
	s := imported(t, string(reference(t, "CDISC_Pilot_Study.json")))
	var p protocol.Protocol
	for _, name := range []string{"protocol.yaml", "schedule.yaml", "eligibility.yaml", "analysis.yaml"} {
		if err := yaml.Unmarshal(s.Files[name], &p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if p.ID != "h2q-mc-lzzt" || p.Version != "2" || p.Phase != "2" || p.Sponsor != "Eli Lilly" || len(p.Registry) != 1 || p.Registry[0].ID != "NCT12345678" {
		t.Errorf("the identity is %s %s, phase %s, %s, %v", p.ID, p.Version, p.Phase, p.Sponsor, p.Registry)
	}
	if !strings.HasPrefix(p.Title.EN, "Safety and Efficacy of the Xanomeline") || p.Title.NB != "" {
		t.Errorf("the title is %v", p.Title)
	}
	if len(p.Arms) != 3 || len(p.Epochs) != 5 || len(p.Visits) != 16 || len(p.Eligibility.Criteria) != 31 || len(p.Analysis.Endpoints) != 11 || p.Analysis.SampleSize != 300 {
		t.Errorf("%d arms, %d epochs, %d visits, %d criteria, %d endpoints, %d participants", len(p.Arms), len(p.Epochs), len(p.Visits), len(p.Eligibility.Criteria), len(p.Analysis.Endpoints), p.Analysis.SampleSize)
	}
	visit := map[string]protocol.Visit{}
	for _, v := range p.Visits {
		visit[v.ID] = v
	}
	for id, want := range map[string]string{"E1": "E3 -2w 0 0", "E2": "E3 -2d -4h 0", "E3": " 0 0 0", "E4": "E3 2w -3d 3d", "WK12": "E3 12w -4d 4d", "WK12N": "WK12 2w 0 0", "E13": "E3 26w -3d 3d"} {
		v := visit[id]
		if got := strings.Join([]string{v.Anchor, v.Offset.String(), v.Before.String(), v.After.String()}, " "); got != want {
			t.Errorf("%s is due %q, want %q", id, got, want)
		}
	}
	if v := visit["E1"]; !v.Confirm || !strings.Contains(v.Note, "no window") || len(v.Forms) != 23 || v.Kind != protocol.Clinic {
		t.Errorf("E1 is %+v", v)
	}
	if v := visit["WK8"]; v.Kind != "" {
		t.Errorf("WK8 can be held in two ways, and %q was chosen", v.Kind)
	}
	if got := p.Eligibility.Criteria[0]; got.Text.EN != "Males and postmenopausal females at least 50 years of age." || got.Expr != "" || got.Kind != "inclusion" {
		t.Errorf("the first criterion is %+v", got)
	}
	if len(s.Report.Amendments) != 1 || len(s.Report.Objectives) != 6 {
		t.Errorf("%d amendments and %d objectives are told", len(s.Report.Amendments), len(s.Report.Objectives))
	}
	told := string(s.Files["IMPORT.md"])
	for _, want := range []string{"| NarrativeContentItem | 85 |", "| TransitionRule", "Double Blind Study", "| Condition | 2 |", "| StudyIntervention | 1 |"} {
		if !strings.Contains(told, want) && !strings.Contains(told, strings.TrimPrefix(want, "| ")) {
			t.Errorf("the report does not tell of %s", want)
		}
	}
	if _, err := usdm.Read(bytes.NewReader(reference(t, "USDM_API.json"))); err == nil || !strings.Contains(err.Error(), "usdmVersion") {
		t.Errorf("the schema itself is taken for a study: %v", err)
	}
}
