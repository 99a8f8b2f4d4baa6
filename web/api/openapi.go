package api

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"varde/access"
)

var wildcard = regexp.MustCompile(`\{([a-z]+)(\.\.\.)?\}`)

var pathDocs = map[string]string{
	"study":      "id of the study",
	"id":         "number of the participant, such as S01-007",
	"visit":      `id of the visit, or what stands for it to a role that must not know which it is; "-" for a log`,
	"form":       "id of the form",
	"repeat":     "which record of a form that repeats, from 1",
	"unblinding": "id of the unblinding",
	"referral":   "id of the referral, such as R-2F7K9Q",
	"stream":     `number of a participant, "study", or "site/" and the id of a site`,
}

// document writes the OpenAPI 3.1 document of the table.
func document(table []route) ([]byte, error) {
	s := newSchemas()
	paths := object{}
	for i := range table {
		r := &table[i]
		path := wildcard.ReplaceAllString(Prefix+r.Path, "{$1}")
		item, _ := paths[path].(object)
		if item == nil {
			item = object{}
			paths[path] = item
		}
		item[strings.ToLower(r.Method)] = operationOf(s, r)
	}
	problem := s.of(reflect.TypeFor[Problem]())
	if s.err != nil {
		return nil, s.err
	}
	responses := object{}
	for status, title := range titles {
		responses[problemName(status)] = problemResponse(title.EN, status, problem)
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{"title": "Varde", "version": "1", "license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
			"description": "The JSON interface of Varde. An answer of 2xx to a request that writes means that it is on disk. Send an Idempotency-Key with every request that writes, and send it again with the same body when the answer was lost: it happens once. What the token's role may not see does not leave the server."},
		"servers":  []any{object{"url": "/"}},
		"security": []any{object{"token": []string{}}},
		"tags": []any{object{"name": "trust", "description": "delegation, identities, unblinding, ratings, signatures, and who did and saw what"}, object{"name": "referrals", "description": "referrals, the waiting list and capacity; also as FHIR R4"}, object{"name": "service"}, object{"name": "studies"}, object{"name": "participants"},
			object{"name": "entry", "description": "filling in forms"}, object{"name": "audit"}, object{"name": "commands", "description": "everything else that happens, one operation each"}},
		"paths": paths,
		"components": object{"schemas": s.components, "responses": responses,
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}}},
	}
	return json.MarshalIndent(doc, "", " ")
}

func problemName(status int) string { return "Problem" + strconv.Itoa(status) }

func problemResponse(description string, status int, schema object) object {
	out := object{"description": description, "content": object{"application/problem+json": object{"schema": schema}}}
	if status == 401 {
		out["headers"] = object{"WWW-Authenticate": object{"schema": object{"type": "string"}}}
	}
	return out
}

func operationOf(s *schemas, r *route) object {
	op := object{"operationId": r.ID, "tags": []string{r.Group}, "summary": r.Summary, "description": whoMay(r)}
	if r.Open {
		op["security"] = []any{}
	}
	if params := parameters(r); len(params) > 0 {
		op["parameters"] = params
	}
	if r.Body != nil {
		name := strings.ToUpper(r.ID[:1]) + r.ID[1:] + "Request"
		s.components[name] = s.fields(r.Body, append([]string{}, r.Required...))
		bodies := object{"application/json": object{"schema": object{"$ref": "#/components/schemas/" + name}}}
		if r.FHIR {
			bodies[fhirJSON] = object{"schema": object{"type": "object"}}
		}
		op["requestBody"] = object{"required": true, "content": bodies}
	}
	content := object{"application/json": object{"schema": s.of(r.Answer)}}
	if r.Lines != nil {
		content[ndjson] = object{"schema": s.of(r.Lines)}
	}
	if r.FHIR {
		content[fhirJSON] = object{"schema": object{"type": "object"}}
	}
	responses := object{}
	for _, status := range r.successes() {
		x := object{"description": "done", "content": content}
		if status == 201 {
			x["headers"] = object{"Location": object{"description": "address of the record", "schema": object{"type": "string"}}}
		}
		responses[strconv.Itoa(status)] = x
	}
	for _, status := range r.problems() {
		responses[strconv.Itoa(status)] = object{"$ref": "#/components/responses/" + problemName(status)}
	}
	op["responses"] = responses
	return op
}

func (r *route) successes() []int {
	if len(r.Status) == 0 {
		return []int{200}
	}
	return r.Status
}

// problems answers the statuses of all problems that the route can have.
func (r *route) problems() []int {
	if r.Open {
		return []int{400, 500}
	}
	out := append([]int{400, 401, 500}, r.Problems...)
	if strings.Contains(r.Path, "{") {
		out = append(out, 404)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func whoMay(r *route) string {
	if r.Open {
		return "Without a token."
	}
	switch r.Needs {
	case access.SignedIn:
		return "For every token."
	case access.InStudy:
		return "For every role with a grant in the study."
	}
	var roles []string
	for role := range access.Table {
		if role != "system" && (access.Actor{Role: role}).Can(r.Needs) {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	text := "Needs the capability to " + access.NameOf(r.Needs).EN + " (" + strings.Join(roles, ", ") + ")"
	if r.Who != "" {
		text += "; " + r.Who
	}
	return text + "."
}

func parameters(r *route) []any {
	var out []any
	for _, m := range wildcard.FindAllStringSubmatch(r.Path, -1) {
		schema := object{"type": "string"}
		if m[1] == "repeat" {
			schema = object{"type": "integer", "minimum": 1}
		}
		out = append(out, object{"name": m[1], "in": "path", "required": true, "description": pathDocs[m[1]], "schema": schema})
	}
	for _, p := range r.Query {
		schema := object{"type": p.Type}
		if p.Format != "" {
			schema["format"] = p.Format
		}
		if len(p.Enum) > 0 {
			schema["enum"] = p.Enum
		}
		if p.Type == "integer" {
			schema["minimum"], schema["maximum"] = p.Min, p.Max
		}
		out = append(out, object{"name": p.Name, "in": "query", "description": p.Doc, "schema": schema})
	}
	if r.Keyed {
		out = append(out, object{"name": idempotencyHeader, "in": "header", "description": "chosen by the client, new for each thing to happen; sent again with the same body, it happens once",
			"schema": object{"type": "string", "maxLength": maxKey}})
	}
	return out
}
