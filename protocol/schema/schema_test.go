package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"varde/protocol"
)

const root = "../.."

func made(t *testing.T) map[string][]byte {
	t.Helper()
	docs, err := ReadDocs(filepath.Join(root, "protocol"), filepath.Join(root, "instrument"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Protocol(docs)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Instrument(docs)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"docs/schema/protocol.schema.json": p, "docs/schema/instrument.schema.json": i, "docs/checks.md": []byte(protocol.ChecksDocument())}
}

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	for name, want := range made(t) {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run go generate ./protocol/...", name)
		}
	}
}

func compile(t *testing.T, data []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, data []byte) any {
	t.Helper()
	j, err := yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestExampleProtocolFitsTheSchema(t *testing.T) {
	files := made(t)
	for pattern, schema := range map[string]string{
		"docs/example-protocol/*.yaml":       "docs/schema/protocol.schema.json",
		"docs/example-protocol/forms/*.yaml": "docs/schema/instrument.schema.json",
		"protocols/*/*.yaml":                 "docs/schema/protocol.schema.json",
		"instruments/*.yaml":                 "docs/schema/instrument.schema.json",
	} {
		s := compile(t, files[schema])
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(read(t, data)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestSchemaRefusesWhatTheCompilerRefuses(t *testing.T) {
	files := made(t)
	s := compile(t, files["docs/schema/protocol.schema.json"])
	for name, text := range map[string]string{
		"unknown key":         "visitz: []",
		"wrong type":          "visits: [{id: V1, minutes: an hour}]",
		"missing key":         "epochs: [{id: a}]",
		"missing translation": "title: {en: x}",
		"word":                "visits: [{id: V1, title: {en: a, nb: b}, epoch: e, kind: balloon, anchor: consented}]",
		"duration":            "reports: [{id: a, title: {en: a, nb: b}, every: 1 month, to: {en: a, nb: b}, owner: sponsor}]",
	} {
		if s.Validate(read(t, []byte(text))) == nil {
			t.Errorf("%s: %s fits the schema", name, text)
		}
	}
}

func TestSchemaExplainsFields(t *testing.T) {
	for _, want := range []string{`"description": "UCUM, such as \"mm[Hg]\", \"Cel\", \"/min\", \"mg\""`, `"multichoice"`, `"revealing"`} {
		if !strings.Contains(string(made(t)["docs/schema/instrument.schema.json"]), want) {
			t.Errorf("the instrument schema lacks %s", want)
		}
	}
}
