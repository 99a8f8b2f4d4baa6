package api

import "reflect"

// Spec answers the document of the table.
func Spec() ([]byte, error) { return document(routes()) }

// Line is what tests may know of a route.
type Line struct {
	Method, Path, ID string
	Open             bool
	Body             bool
}

// Table lists the routes.
func Table() []Line {
	var out []Line
	for _, r := range routes() {
		out = append(out, Line{r.Method, r.Path, r.ID, r.Open, r.Body != nil})
	}
	return out
}

// CommandTypes lists the types of commands that have a route.
func CommandTypes() []string {
	var out []string
	for _, c := range commands {
		out = append(out, c.Type.Name())
	}
	return out
}

// RequiredUnknown lists required fields that the body of a route does not have.
func RequiredUnknown() []string {
	var out []string
	for _, r := range routes() {
		for _, name := range r.Required {
			if !bodyHas(r.Body, name) {
				out = append(out, r.ID+"."+name)
			}
		}
	}
	return out
}

func bodyHas(t reflect.Type, name string) bool {
	s := newSchemas()
	fields, _ := s.fields(t, nil)["properties"].(object)
	_, ok := fields[name]
	return ok
}
