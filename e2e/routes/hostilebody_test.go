package routes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// secretFields are where people type what nobody may read again.
var secretFields = []string{"password", "code", "recovery", "link", "ticket", "answer", "token", "new", "repeat", "assertion"}

const beyond = 1<<20 + 4096 // bytes: more than any route of the interface reads

// body is what is sent: a sample that something was done to, or something else.
func (f *fuzz) body(p policy, s sample, values map[string]string, x *shot) (body []byte, kind string) {
	rng := f.rng
	if p.method == http.MethodGet && !one(rng, 20) {
		return nil, ""
	}
	if one(rng, 400) {
		x.big = true
		body = bytes.Repeat([]byte("zq7=zq7&"), beyond/8+1)
		if p.api() {
			body = append(append([]byte(`{"reason":"`), bytes.Repeat([]byte("zq7 "), beyond/4)...), `"}`...)
		}
		return body, s.kind
	}
	if p.api() {
		body = f.json(p, s, values)
	} else {
		body = []byte(f.form(p, values).Encode())
	}
	switch {
	case len(body) == 0:
	case one(rng, 25): // some bytes are others
		for range 1 + rng.IntN(4) {
			body[rng.IntN(len(body))] = byte(rng.IntN(256))
		}
	case one(rng, 40): // it ends too soon
		body = body[:rng.IntN(len(body))]
	case one(rng, 60):
		body = append(body, pick(rng, []string{"&", "&%", "%zz", "}", "{}", "\x00", "\xff\xfe", "&a=%ff", "&a=%00", "&;=;"})...)
	case one(rng, 150):
		body = []byte(pick(rng, []string{strings.Repeat(`{"a":`, 10_000), strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), "\ufeff{}", strings.Repeat("a=b&", 20_000), "a=" + strings.Repeat("zq7", 40_000), "null", `"zq7"`, "1e999", `{"a":1,"a":2}`,
			"--zq7\r\nContent-Disposition: form-data; name=\"reason\"\r\n\r\nzq7\r\n--zq7--\r\n"}))
	}
	return body, s.kind
}

// form is a form as a page had it, or as fields of all pages make one, with some
// fields bad, twice or left out.
func (f *fuzz) form(p policy, values map[string]string) url.Values {
	rng := f.rng
	out := url.Values{}
	if seen := f.forms[p.String()]; len(seen) > 0 && !one(rng, 10) {
		for name, v := range pick(rng, seen) {
			out[name] = slices.Clone(v)
		}
	} else {
		own := f.readsOf(p)
		for range rng.IntN(12) {
			out.Set(pick(rng, own), pick(rng, []string{"", f.anything()}))
		}
		out.Set(pick(rng, f.fields), f.anything())
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		v := out.Get(name)
		switch {
		case v == "" && !one(rng, 4): // fill in what somebody would have to
			out.Set(name, pick(rng, []string{"2026-03-02T12:00", "2026-03-01", "1", "2", "zq7 because", "yes", values["id"], pick(rng, f.said)}))
		case one(rng, 20):
			out.Set(name, f.anything())
		case one(rng, 40):
			out.Del(name)
		case one(rng, 40):
			out.Add(name, f.anything())
		}
		if slices.Contains(secretFields, name) && out.Has(name) && (v == "" || one(rng, 3)) {
			out.Set(name, secret)
		}
	}
	if strings.HasPrefix(p.pattern, "/signin") && one(rng, 2) {
		out.Set("account", pick(rng, []string{mistyped, "own-coordinator", "administrator", "far-rater", ""})) // people type passwords there
		out.Set("password", secret)
		out.Set("code", "123456")
		out.Set("recovery", secret)
	}
	if strings.HasPrefix(p.pattern, "/link") && one(rng, 2) {
		out.Set("link", pick(rng, []string{secret, "https://localhost/link#" + secret, strings.Repeat(secret, 50)}))
	}
	if one(rng, 200) {
		out.Set(pick(rng, f.fields), strings.Repeat("zq7 ", 30_000)) // longer than a field may be
	}
	if out.Has("client") {
		out.Set("client", fmt.Sprint("zq7-", rng.Uint64()))
	}
	return out
}

// json is a body by the interface's own description, with some values of another type.
func (f *fuzz) json(p policy, s sample, values map[string]string) []byte {
	rng := f.rng
	text := s.body
	if full := f.doc.full(f, p.method, p.pattern, values); full != nil && !one(rng, 4) {
		text = string(full)
	}
	var tree any
	if json.Unmarshal([]byte(text), &tree) != nil || one(rng, 6) {
		return []byte(text)
	}
	for range rng.IntN(3) {
		tree = f.bend(tree, 0)
	}
	out, err := json.Marshal(tree)
	if err != nil {
		return []byte(text)
	}
	return out
}

// bend puts another value in one place.
func (f *fuzz) bend(v any, depth int) any {
	rng := f.rng
	if m, ok := v.(map[string]any); ok && len(m) > 0 && !one(rng, 10) {
		name := pick(rng, slices.Sorted(maps.Keys(m)))
		switch {
		case one(rng, 12):
			delete(m, name)
		case one(rng, 12):
			m[pick(rng, f.fields)] = f.anything()
		default:
			m[name] = f.bend(m[name], depth+1)
		}
		return m
	}
	if l, ok := v.([]any); ok && len(l) > 0 && !one(rng, 5) {
		i := rng.IntN(len(l))
		l[i] = f.bend(l[i], depth+1)
		return l
	}
	switch rng.IntN(9) {
	case 0:
		return nil
	case 1:
		return rng.IntN(2) == 0
	case 2:
		return json.Number(pick(rng, []string{"0", "-1", "1e308", "-1e-308", "9223372036854775808", "1e400", "0.1", "123456789012345678901234567890"}))
	case 3:
		return []any{v, v}
	case 4:
		return map[string]any{"zq7": v}
	case 5:
		return []any{}
	case 6:
		return map[string]any{}
	}
	return f.anything()
}

// full is a body with all that its schema may hold, each optional field by chance.
func (d *document) full(f *fuzz, method, pattern string, values map[string]string) []byte {
	path := strings.ReplaceAll(pattern, "...", "")
	for p, methods := range d.Paths {
		if p != path && p != strings.TrimPrefix(path, "/api/v1") {
			continue
		}
		if s := methods[strings.ToLower(method)].RequestBody.Content["application/json"].Schema; s != nil {
			out, err := json.Marshal(d.drawn(f, "", s, values, 0))
			if err != nil {
				return nil
			}
			return out
		}
	}
	return nil
}

func (d *document) drawn(f *fuzz, name string, s *schema, values map[string]string, depth int) any {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	if s == nil || depth > 6 {
		return nil
	}
	if name == "items" {
		return f.items(values)
	}
	if kind, _ := s.Type.(string); kind == "object" && len(s.Properties) > 0 {
		out := map[string]any{}
		for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
			if slices.Contains(s.Required, field) || one(f.rng, 2) {
				out[field] = d.drawn(f, field, s.Properties[field], values, depth+1)
			}
		}
		return out
	}
	if len(s.Enum) > 0 {
		return pick(f.rng, s.Enum)
	}
	if slices.Contains(secretFields, name) {
		return secret
	}
	return d.value(name, s, values)
}

// items are answers to a form's questions, good and bad.
func (f *fuzz) items(values map[string]string) map[string]any {
	out := map[string]any{}
	def, ok := f.w.app.Definition(trial)
	if !ok {
		return out
	}
	form, ok := def.Form(values["form"])
	if !ok {
		return out
	}
	for i := range form.Items {
		switch f.rng.IntN(6) {
		case 0, 1, 2:
			out[form.Items[i].ID] = f.rng.IntN(5)
		case 3:
			out[form.Items[i].ID] = f.anything()
		}
	}
	return out
}
