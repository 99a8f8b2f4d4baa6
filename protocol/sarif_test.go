package protocol

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"testing"
)

// TestSARIF looks at what SARIF 2.1.0 asks of a log: version, tool, rules that the
// results point at, levels of its own, places from 1 on, and unique related ids.
func TestSARIF(t *testing.T) {
	files := folder(t, exampleFolder)
	for name, f := range folder(t, "testdata/errors/windows-contradict") {
		files[name] = f
	}
	_, findings := Load(files, nil)
	findings = append(findings, Finding{Code: "V073", Severity: Confirm, File: "a file.yaml", Line: 0, Message: "confirm x", Fix: "Do it."})
	var b bytes.Buffer
	if err := WriteSARIF(&b, findings, "study/one", "1.2"); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name, Version string
					Rules         []struct {
						ID, Name, HelpURI string
						ShortDescription  struct{ Text string }
					}
				}
			}
			Results []struct {
				RuleID           string
				RuleIndex        int
				Level            string
				Message          struct{ Text string }
				Locations        []place
				RelatedLocations []place
			}
		}
	}
	d := json.NewDecoder(&b)
	if err := d.Decode(&log); err != nil || d.More() {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || log.Schema == "" || len(log.Runs) != 1 {
		t.Fatalf("%s, %s, %d runs", log.Version, log.Schema, len(log.Runs))
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name == "" || run.Tool.Driver.Version != "1.2" || len(run.Tool.Driver.Rules) != len(Codes) || len(run.Results) != len(findings) {
		t.Errorf("%q, %d rules, %d results", run.Tool.Driver.Name, len(run.Tool.Driver.Rules), len(run.Results))
	}
	identifier := regexp.MustCompile(`^[A-Z][A-Za-z0-9]+$`)
	for _, r := range run.Tool.Driver.Rules {
		if !identifier.MatchString(r.Name) || r.HelpURI != "docs/checks/"+r.ID+".md" || r.ShortDescription.Text == "" {
			t.Errorf("rule %+v", r)
		}
		if _, err := os.Stat("../" + r.HelpURI); err != nil {
			t.Errorf("%s has no page", r.ID)
		}
	}
	related := 0
	for i, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Message.Text == "" || len(r.Locations) != 1 || !regexp.MustCompile(`^(error|warning|note)$`).MatchString(r.Level) {
			t.Errorf("result %+v", r)
		}
		ids := map[int]bool{}
		for _, p := range append(r.RelatedLocations, r.Locations...) {
			if p.PhysicalLocation.Region.StartLine < 1 || p.PhysicalLocation.Region.StartColumn < 1 || p.PhysicalLocation.ArtifactLocation.URI == "" || ids[p.ID] {
				t.Errorf("place %+v", p)
			}
			ids[p.ID] = true
		}
		if related += len(r.RelatedLocations); len(r.RelatedLocations) != len(findings[i].Related) {
			t.Errorf("%d related places of %d", len(r.RelatedLocations), len(findings[i].Related))
		}
	}
	if related != 3 {
		t.Errorf("the contradiction has %d places", related)
	}
	if uri := run.Results[len(run.Results)-1].Locations[0].PhysicalLocation.ArtifactLocation.URI; uri != "study/one/a%20file.yaml" {
		t.Errorf("the place is %q", uri)
	}
	b.Reset()
	if err := WriteSARIF(&b, nil, "/abs", ""); err != nil || !bytes.Contains(b.Bytes(), []byte(`"results": []`)) {
		t.Errorf("no findings: %v %s", err, b.Bytes())
	}
}

type place struct {
	ID               int
	PhysicalLocation struct {
		ArtifactLocation struct{ URI string }
		Region           struct{ StartLine, StartColumn int }
	}
}
