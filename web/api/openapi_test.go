package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"varde/web/api"
)

// contract is the document, ready to check answers against.
type contract struct {
	doc      map[string]any
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

var theContract = sync.OnceValues(func() (*contract, error) {
	spec, err := api.Spec()
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(spec))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("mem:///openapi.json", doc); err != nil {
		return nil, err
	}
	return &contract{doc: doc.(map[string]any), compiler: c, schemas: map[string]*jsonschema.Schema{}}, nil
})

func (c *contract) schema(pointer ...string) (*jsonschema.Schema, error) {
	var b strings.Builder
	for _, p := range pointer {
		b.WriteString("/" + url.PathEscape(strings.ReplaceAll(strings.ReplaceAll(p, "~", "~0"), "/", "~1")))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.schemas[b.String()]; s != nil {
		return s, nil
	}
	s, err := c.compiler.Compile("mem:///openapi.json#" + b.String())
	c.schemas[b.String()] = s
	return s, err
}

// checkAnswer holds every answer of every test against the document.
func checkAnswer(t *testing.T, r *http.Request, got reply) {
	t.Helper()
	c, err := theContract()
	if err != nil {
		t.Error(err)
		return
	}
	if got.status >= 500 {
		t.Errorf("%s %s: %d %s", r.Method, r.URL, got.status, got.body)
	}
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	if got.status >= 400 && kind != "application/problem+json" {
		t.Errorf("%s %s: a problem of type %q", r.Method, r.URL, kind)
	}
	var s *jsonschema.Schema
	if r.Pattern == "/" || r.Pattern == "" {
		s, err = c.schema("components", "schemas", "Problem")
	} else {
		_, path, _ := strings.Cut(r.Pattern, " ")
		place := []string{"paths", strings.ReplaceAll(path, "...}", "}"), strings.ToLower(r.Method), "responses", fmt.Sprint(got.status)}
		answer, ok := at(c.doc, place...)
		if !ok {
			t.Errorf("%s answers %d, which is not documented: %s", r.Pattern, got.status, got.body)
			return
		}
		if ref, ok := answer["$ref"].(string); ok {
			place = strings.Split(ref, "/")[1:]
		}
		s, err = c.schema(append(place, "content", kind, "schema")...)
	}
	if err != nil {
		t.Errorf("%s: %v", r.Pattern, err)
		return
	}
	for line := range bytes.Lines(got.body) {
		if kind != "application/x-ndjson" {
			line = got.body
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			t.Errorf("%s: %v in %s", r.Pattern, err, line)
			return
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s %d is not as documented: %v", r.Pattern, got.status, err)
		}
		if kind != "application/x-ndjson" {
			break
		}
	}
}

func at(v any, path ...string) (map[string]any, bool) {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		v = m[p]
	}
	m, ok := v.(map[string]any)
	return m, ok
}

var placeholder = regexp.MustCompile(`\{([a-z]+)(?:\.\.\.)?\}`)

func TestDocumentAndTableAgree(t *testing.T) {
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	if c.doc["openapi"] != "3.1.0" {
		t.Errorf("version %v", c.doc["openapi"])
	}
	seen := map[string]bool{}
	documented := 0
	for path, item := range c.doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			documented++
			o := op.(map[string]any)
			id, _ := o["operationId"].(string)
			if id == "" || seen[id] || o["summary"] == "" || o["description"] == "" {
				t.Errorf("%s %s: operationId %q is missing or taken, or nothing is said of it", method, path, id)
			}
			seen[id] = true
			var declared, used []string
			params, _ := o["parameters"].([]any)
			for _, p := range params {
				x := p.(map[string]any)
				if x["description"] == "" || x["schema"] == nil {
					t.Errorf("%s: parameter %v is not described", id, x["name"])
				}
				if x["in"] == "path" {
					declared = append(declared, x["name"].(string))
				}
			}
			for _, m := range placeholder.FindAllStringSubmatch(path, -1) {
				used = append(used, m[1])
			}
			if !slices.Equal(declared, used) {
				t.Errorf("%s: path parameters %v, declared %v", id, used, declared)
			}
		}
	}
	table := api.Table()
	for _, l := range table {
		path := api.Prefix + strings.ReplaceAll(l.Path, "...}", "}")
		op, ok := at(c.doc, "paths", path, strings.ToLower(l.Method))
		if !ok || op["operationId"] != l.ID {
			t.Errorf("%s %s is not documented", l.Method, l.Path)
		}
		if _, has := op["requestBody"]; has != l.Body {
			t.Errorf("%s: request body documented: %v", l.ID, has)
		}
	}
	if documented != len(table) {
		t.Errorf("%d operations documented, %d in the table", documented, len(table))
	}
	if x := api.RequiredUnknown(); len(x) > 0 {
		t.Errorf("required fields that no body has: %v", x)
	}
}

func TestServedDocumentIsTheTable(t *testing.T) {
	w := newWorld(t)
	spec, err := api.Spec()
	if err != nil {
		t.Fatal(err)
	}
	if got := w.ask("", "GET", "/api/v1/openapi.json", "").want(200).body; !bytes.Equal(got, spec) {
		t.Error("the served document is another one")
	}
}

// Every schema of the document is one, by the meta-schema of JSON Schema 2020-12,
// and every reference leads somewhere.
func TestSchemasAndReferences(t *testing.T) {
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var walk func(v any, path []string)
	walk = func(v any, path []string) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				n++
				if _, ok := at(c.doc, strings.Split(ref, "/")[1:]...); !ok {
					t.Errorf("%v: %s leads nowhere", path, ref)
				}
			}
			if last := len(path) - 1; last > 0 && path[last] == "schema" {
				if _, err := c.schema(path...); err != nil {
					t.Errorf("%v: %v", path, err)
				}
			}
			for k, x := range v {
				walk(x, append(path[:len(path):len(path)], k))
			}
		case []any:
			for i, x := range v {
				walk(x, append(path[:len(path):len(path)], fmt.Sprint(i)))
			}
		}
	}
	walk(c.doc, nil)
	components, _ := at(c.doc, "components", "schemas")
	for name := range components {
		if _, err := c.schema("components", "schemas", name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n < 100 {
		t.Errorf("only %d references were looked at", n)
	}
}

// Every command of study has a route, but those that are none of a client's:
// saving a form has routes of its own, and time passes by itself.
func TestEveryCommandHasARoute(t *testing.T) {
	packages, err := filepath.Glob("../../study/*.go")
	if err != nil {
		t.Fatal(err)
	}
	have := api.CommandTypes()
	n := 0
	for _, path := range packages {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range commandsIn(file) {
			n++
			if name != "SaveForm" && name != "PassTime" && name != "Sign" && !slices.Contains(have, name) {
				t.Errorf("%s has no route", name)
			}
		}
	}
	if n != len(have)+3 {
		t.Errorf("%d commands in study, %d with a route", n, len(have))
	}
}

// commandsIn answers the commands that a file declares: types with a time of their
// own (When), or that embed On.
func commandsIn(file *ast.File) []string {
	var out []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || d.Name.Name != "When" {
				continue
			}
			if x, ok := d.Recv.List[0].Type.(*ast.Ident); ok && x.Name != "On" {
				out = append(out, x.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				t, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				if x, ok := t.Type.(*ast.StructType); ok && slices.ContainsFunc(x.Fields.List, func(f *ast.Field) bool {
					e, ok := f.Type.(*ast.Ident)
					return ok && len(f.Names) == 0 && e.Name == "On"
				}) {
					out = append(out, t.Name.Name)
				}
			}
		}
	}
	return out
}

// Every route of the table refuses one who has no token, with the same words, and
// none fails on a path or body that makes no sense.
func TestEveryRouteAgainstStrangers(t *testing.T) {
	w := newWorld(t)
	fill := func(path, with string) string {
		return api.Prefix + strings.Replace(placeholder.ReplaceAllString(path, with), "/studies/"+with, "/studies/trial", 1)
	}
	bodies := []string{"", "{}", "[]", "null", "0", `"x"`, `{"participant":"S01-001"}`, `{"participant":7}`, `{"participant":""}`, `{"unknown":1}`, `{"participant":"S01-001","visit":"V5","time":"2026-03-02T08:00:00Z"}`, "\x00", "{\"items\":{\"\":1},\"version\":0}"}
	for _, l := range api.Table() {
		t.Run(l.ID, func(t *testing.T) {
			w := &world{w.Bed, t, w.tokens}
			if !l.Open {
				w.ask("", l.Method, fill(l.Path, "S01-001"), "").want(401)
			}
			for _, with := range []string{"S01-001", "-", "%2F", "..%2f..", "%FF", "V0", "1"} {
				for _, who := range []string{"coord-1", "rater-1", "stat-1", "stranger", "pers-1"} {
					for _, body := range bodies {
						if l.Body || body == "" {
							w.ask(who, l.Method, fill(l.Path, with), body)
						}
					}
				}
			}
		})
	}
}

func FuzzSave(f *testing.F) {
	for _, s := range []string{page(0, 1, ""), `{"version":0,"items":{"pcl5_01":{"absent":"refused"}},"at":"2026-03-02T08:00:00Z","slot":"x","reason":"y"}`, `{"version":-1,"items":{"pcl5_01":[]}}`} {
		f.Add([]byte(s), "pcl5", uint8(0))
		f.Add([]byte(s), "conmed", uint8(1))
	}
	f.Add([]byte(`{"participant":"S01-001","passed":true,"reasons":["a"]}`), "x", uint8(2))
	f.Add([]byte(`{"participant":"S01-001","answers":{"a":true},"overrides":[{"check":"x"}],"pair":["a","b"],"visit":"V5"}`), "x", uint8(3))
	shared := newFuzzWorld(f)
	f.Fuzz(func(t *testing.T, body []byte, form string, way uint8) {
		w := &world{shared.Bed, t, shared.tokens}
		path := "/participants/S01-001/forms/V0/" + url.PathEscape(form)
		method := "PUT"
		switch way % 4 {
		case 1:
			method, path = "POST", "/participants/S01-001/forms/-/"+url.PathEscape(form)
		case 2:
			method, path = "POST", "/commands/prescreen"
		case 3:
			method, path = "POST", "/commands/check-session"
		}
		r := w.ask("coord-1", method, path, string(body), "Content-Type", "application/json")
		if !json.Valid(r.body) {
			t.Errorf("the answer is not JSON: %s", r.body)
		}
	})
}
