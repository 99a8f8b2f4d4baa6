package routes

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// schema is as much of JSON Schema as the interface's document uses.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Format     string             `json:"format"`
	Enum       []any              `json:"enum"`
	Required   []string           `json:"required"`
	Properties map[string]*schema `json:"properties"`
}

// document is the interface's own description.
type document struct {
	Paths map[string]map[string]struct {
		RequestBody struct {
			Content map[string]struct {
				Schema *schema `json:"schema"`
			} `json:"content"`
		} `json:"requestBody"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

func (w *world) document(t testing.TB) *document {
	t.Helper()
	rec := httptest.NewRecorder()
	w.pages.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil))
	d := &document{}
	if err := json.Unmarshal(rec.Body.Bytes(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

// body makes a request's body from its schema: every required field, filled in from
// values by its name.
func (d *document) body(method, pattern string, values map[string]string) string {
	path := strings.TrimPrefix(strings.ReplaceAll(pattern, "...", ""), "/api/v1")
	for p, methods := range d.Paths {
		if p != path && p != "/api/v1"+path {
			continue
		}
		if s := methods[strings.ToLower(method)].RequestBody.Content["application/json"].Schema; s != nil {
			out, _ := json.Marshal(d.value("", s, values))
			return string(out)
		}
	}
	return "{}"
}

func (d *document) value(name string, s *schema, values map[string]string) any {
	if s == nil {
		return map[string]any{}
	}
	if s.Ref != "" {
		return d.value(name, d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]], values)
	}
	kind, _ := s.Type.(string)
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Format == "date-time":
		return "2026-03-01T10:00:00Z"
	}
	switch kind {
	case "object":
		out := map[string]any{}
		for _, field := range s.Required {
			out[field] = d.value(field, s.Properties[field], values)
		}
		return out
	case "array":
		if name == "fields" {
			return []any{"name"}
		}
		return []any{}
	case "boolean":
		return true
	case "integer", "number":
		return 1
	}
	switch name {
	case "participant":
		return values["id"]
	case "site":
		return values["home"]
	case "language":
		return "en"
	case "given":
		return "2026-01-01"
	}
	if v, ok := values[name]; ok {
		return v
	}
	return "something to say"
}
