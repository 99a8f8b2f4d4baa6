package api

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"varde/study"
)

// schemas makes JSON Schemas of Go types as encoding/json writes them. Types with a
// name become components that others refer to.
type schemas struct {
	components map[string]any
	names      map[reflect.Type]string
	err        error
}

func newSchemas() *schemas {
	return &schemas{components: map[string]any{}, names: map[reflect.Type]string{}}
}

type object = map[string]any

var (
	timeType    = reflect.TypeFor[time.Time]()
	rawType     = reflect.TypeFor[json.RawMessage]()
	statusType  = reflect.TypeFor[study.Status]()
	marshalText = reflect.TypeFor[encoding.TextMarshaler]()
	marshalJSON = reflect.TypeFor[json.Marshaler]()
)

// of answers the schema of a type.
func (s *schemas) of(t reflect.Type) object {
	switch {
	case t == timeType:
		return object{"type": "string", "format": "date-time"}
	case t == rawType:
		return object{"type": "object"}
	case t == valueType:
		return s.component("Value", t, valueSchema)
	case t == statusType:
		return s.component("Status", t, func() object {
			return object{"type": "string", "enum": append(statuses(), ""), "description": "empty when the role may not see it"}
		})
	case t.Kind() == reflect.Pointer:
		return s.of(t.Elem())
	case t.Implements(marshalText):
		return object{"type": "string"}
	case t.Implements(marshalJSON):
		s.err = fmt.Errorf("%w: %s writes itself", errNoType, t)
		return object{}
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint64, reflect.Uint8:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Interface:
		return object{}
	case reflect.Struct:
		if t.Name() == "" {
			return s.fields(t, nil)
		}
		return s.component(t.Name(), t, func() object { return s.fields(t, nil) })
	}
	s.err = fmt.Errorf("%w: %s", errNoType, t)
	return object{}
}

// component answers a reference to a named schema, and makes it the first time.
func (s *schemas) component(name string, t reflect.Type, build func() object) object {
	known, ok := s.names[t]
	if !ok {
		known = name
		if _, taken := s.components[known]; taken {
			// The same name in two packages: the package tells them apart.
			pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
			known = strings.ToUpper(pkg[:1]) + pkg[1:] + name
		}
		s.names[t] = known
		s.components[known] = object{} // a type may refer to itself
		s.components[known] = build()
	}
	return object{"$ref": "#/components/schemas/" + known}
}

// fields makes an object's schema. Required are the fields that are always written,
// or those named when the schema is of a request.
func (s *schemas) fields(t reflect.Type, wanted []string) object {
	properties := object{}
	required := []string{}
	s.add(t, properties, &required)
	if wanted != nil {
		required = wanted
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		slices.Sort(required)
		out["required"] = required
	}
	return out
}

func (s *schemas) add(t reflect.Type, properties object, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
			continue
		case f.Anonymous && name == "":
			s.add(f.Type, properties, required)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		x := s.of(f.Type)
		if k := f.Type.Kind(); !optional && (k == reflect.Slice || k == reflect.Map || k == reflect.Pointer) && f.Type != rawType && !ownType(t) {
			// encoding/json writes null for none.
			x = object{"anyOf": []any{x, object{"type": "null"}}}
		}
		if doc := f.Tag.Get("doc"); doc != "" {
			x["description"] = doc
		}
		if format := f.Tag.Get("format"); format != "" {
			x["format"] = format
		}
		properties[name] = x
		if !optional {
			*required = append(*required, name)
		}
	}
}

// ownType says that the type is of this package, whose handlers never leave a list
// or map at nil.
func ownType(t reflect.Type) bool { return t.PkgPath() == reflect.TypeFor[Problem]().PkgPath() }

func valueSchema() object {
	return object{"description": "an answer exactly as it was given; numbers of at most 15 significant digits",
		"anyOf": []any{
			object{"type": "null", "description": "not answered"},
			object{"type": "number"}, object{"type": "string"}, object{"type": "boolean"},
			object{"type": "array", "items": object{"type": "string"}, "description": "chosen codes"},
			object{"type": "object", "properties": object{"absent": object{"type": "string"}}, "required": []string{"absent"}, "additionalProperties": false,
				"description": "why there is no value: refused, unknown, not-done, not-applicable; blinded when the role may not see it"},
			object{"type": "object", "properties": object{"sealed": object{"type": "string"}}, "required": []string{"sealed"}, "additionalProperties": false,
				"description": "read only: an answer that identifies the person, sealed; it is sent in the clear, and a sealed one is refused"},
		}}
}
