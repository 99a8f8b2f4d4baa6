// Package schema makes the JSON Schemas (draft 2020-12) of protocol and
// instrument files from the Go types that read them, with the types' comments as
// descriptions, so that an editor completes and explains what the compiler takes.
package schema

//go:generate go run ./generate -root ../..

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"varde/bilingual"
	"varde/instrument"
	"varde/protocol"
	"varde/protocol/source"
)

const draft = "https://json-schema.org/draft/2020-12/schema"

// Protocol is the schema of a protocol file. Since the top-level keys may be
// spread over several files, it asks for none of them.
func Protocol(docs Docs) ([]byte, error) {
	return build(docs, reflect.TypeFor[protocol.Protocol](), "Varde protocol file", false)
}

// Instrument is the schema of an instrument file.
func Instrument(docs Docs) ([]byte, error) {
	return build(docs, reflect.TypeFor[instrument.Instrument](), "Varde instrument file", true)
}

type object = map[string]any

type builder struct {
	docs Docs
	defs object
}

func build(docs Docs, t reflect.Type, title string, required bool) ([]byte, error) {
	b := &builder{docs: docs, defs: object{}}
	root := b.structure(t, required)
	root["$schema"] = draft
	root["title"] = title
	root["$defs"] = b.defs
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", t, err)
	}
	return append(out, '\n'), nil
}

func (b *builder) structure(t reflect.Type, required bool) object {
	properties := object{}
	var needed []string
	for _, f := range source.Fields(t) {
		s := b.of(f.Type)
		if doc := b.docs.Field(f.Owner, f.GoName); doc != "" {
			if _, isRef := s["$ref"]; isRef || len(s) > 0 {
				s["description"] = doc
			}
		}
		properties[f.Name] = s
		if f.Required && required {
			needed = append(needed, f.Name)
		}
	}
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(needed) > 0 {
		s["required"] = needed
	}
	if doc := b.docs.Type(t); doc != "" {
		s["description"] = doc
	}
	return s
}

var (
	textType     = reflect.TypeFor[bilingual.Text]()
	durationType = reflect.TypeFor[protocol.Duration]()
	valueType    = reflect.TypeFor[instrument.Value]()
)

func (b *builder) of(t reflect.Type) object {
	switch t {
	case textType:
		b.defs["Text"] = object{
			"type": "object", "description": "One text in English and Norwegian.", "additionalProperties": false, "required": []string{"en", "nb"},
			"properties": object{"en": object{"type": "string", "minLength": 1}, "nb": object{"type": "string", "minLength": 1}},
		}
		return object{"$ref": "#/$defs/Text"}
	case durationType:
		b.defs["Duration"] = object{
			"description": `A span with its units (w, d, h, m, s), such as "21d" or "1h30m"; 0 for none.`,
			"anyOf":       []any{object{"type": "string", "pattern": `^[-+]?(0|([0-9]{1,7}[wdhms])+)$`}, object{"const": 0}},
		}
		return object{"$ref": "#/$defs/Duration"}
	case valueType:
		return object{"type": []string{"integer", "string"}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return b.of(t.Elem())
	case reflect.Struct:
		if _, ok := b.defs[t.Name()]; !ok {
			b.defs[t.Name()] = object{} // holds the place while the type is looked at
			b.defs[t.Name()] = b.structure(t, true)
		}
		return object{"$ref": "#/$defs/" + t.Name()}
	case reflect.Slice:
		return object{"type": "array", "items": b.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": b.of(t.Elem())}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	}
	s := object{"type": "string", "minLength": 1}
	if words := b.docs.Words(t); len(words) > 0 {
		s["enum"] = words
	}
	return s
}

// one makes a comment a single line.
func one(s string) string { return strings.Join(strings.Fields(s), " ") }
