package routes

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	oneForm  = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	oneField = regexp.MustCompile(`(?s)<(?:input|select|textarea|button)\b([^>]*)>`)
	oneAttr  = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	oneQuery = regexp.MustCompile(`(?:href|action)="[^"?]*\?([^"#]*)`)
	choice   = regexp.MustCompile(`(?s)<option[^>]*value="([^"]+)"`)
)

// harvest opens every page as everybody and keeps the forms that stand there, and
// what fields and parameters are called.
func (f *fuzz) harvest() {
	mux := http.NewServeMux()
	for _, p := range f.policies {
		mux.Handle(p.String(), http.NotFoundHandler())
	}
	fields, said, queries := map[string]bool{}, map[string]bool{}, map[string]bool{"return": true, "limit": true, "offset": true, "at": true, "lang": true, "page": true}
	for i, v := range f.people {
		for _, p := range f.w.policies() {
			if p.method != http.MethodGet || p.api() || !p.open && v.cookie == "" {
				continue
			}
			body := f.open(p, v, f.values[i][0])
			if v.scope == "own" && (strings.HasSuffix(p.pattern, "/p/{id}") || strings.HasSuffix(p.pattern, "/session/{visit}")) {
				for _, values := range f.values[i][1:] {
					body += f.open(p, v, values)
				}
			}
			for _, m := range oneQuery.FindAllStringSubmatch(body, -1) {
				q, _ := url.ParseQuery(html.UnescapeString(m[1])) // a link that cannot be read is no name
				for name := range q {
					queries[name] = true
				}
			}
			for _, m := range oneForm.FindAllStringSubmatch(body, -1) {
				f.learn(mux, m[1], m[2], fields, said, queries)
			}
		}
	}
	for _, name := range f.described() {
		queries[name] = true
	}
	f.fields, f.said, f.queries = keys(fields), keys(said), keys(queries)
	if len(f.forms) < 30 || len(f.fields) < 80 {
		f.t.Fatalf("only %d forms with %d fields were found on the pages", len(f.forms), len(f.fields))
	}
}

func (f *fuzz) open(p policy, v visitor, values map[string]string) string {
	rec := httptest.NewRecorder()
	f.w.pages.ServeHTTP(rec, f.doc.fill(f.t, p.method, p.pattern, values).request(v))
	return rec.Body.String()
}

// read finds out from the program what fields the pages of each package read: not
// every form stands on a page today.
func (f *fuzz) read() {
	f.reads = map[string][]string{}
	files, err := filepath.Glob("../../web/*/*.go")
	if err != nil || len(files) == 0 {
		f.t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.t.Fatal(err)
		}
		of := filepath.Base(filepath.Dir(name))
		for _, m := range fieldRead.FindAllSubmatch(text, -1) {
			f.reads[of] = append(f.reads[of], string(m[1])+string(m[2]))
		}
	}
}

// readsOf are the fields that a route may read.
func (f *fuzz) readsOf(p policy) []string {
	for _, x := range [][2]string{{"/session/", "session"}, {"/sign/", "signing"}, {"/ratings/", "rater"}, {"/people", "admin"}, {"/s/", "clinic"}} {
		if strings.Contains(p.pattern, x[0]) && len(f.reads[x[1]]) > 0 {
			return f.reads[x[1]]
		}
	}
	return f.reads["account"]
}

var fieldRead = regexp.MustCompile(`\bc\.(?:Text|Int|Number|Moment)\("([a-z][a-zA-Z-]*)"|(?:form|Form)\.(?:Get|Has)\("([a-z][a-zA-Z-]*)"`)

// learn keeps one form.
func (f *fuzz) learn(mux *http.ServeMux, attrs, inner string, fields, said, queries map[string]bool) {
	at := attributes(attrs)
	values := url.Values{}
	for _, m := range oneField.FindAllStringSubmatch(inner, -1) {
		a := attributes(m[1])
		if a["name"] == "" || a["type"] == "radio" && values.Has(a["name"]) && !strings.Contains(m[1], " checked") {
			continue
		}
		if strings.Contains(a["value"], "vkept") || strings.Contains(a["value"], "01901234538") || strings.Contains(a["value"], "4700099111") || len(a["value"]) > 200 {
			a["value"] = "" // nobody is to know from us
		}
		values.Set(a["name"], a["value"])
		said[a["value"]] = true
	}
	for _, m := range choice.FindAllStringSubmatch(inner, -1) {
		said[html.UnescapeString(m[1])] = true
	}
	to := fields
	if !strings.EqualFold(at["method"], "post") {
		to = queries
	}
	for name := range values {
		to[name] = true
	}
	u, err := url.Parse(at["action"])
	if err != nil || !strings.EqualFold(at["method"], "post") {
		return
	}
	_, pattern := mux.Handler(&http.Request{Method: http.MethodPost, URL: &url.URL{Path: u.Path}, Host: "localhost"})
	if pattern != "" && len(f.forms[pattern]) < 40 {
		f.forms[pattern] = append(f.forms[pattern], values)
	}
}

func attributes(tag string) map[string]string {
	out := map[string]string{}
	for _, m := range oneAttr.FindAllStringSubmatch(tag, -1) {
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

func keys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// described are the parameters that the interface's own description names.
func (f *fuzz) described() []string {
	rec := httptest.NewRecorder()
	f.w.pages.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil))
	var doc struct {
		Paths map[string]map[string]struct{ Parameters []struct{ Name, In string } }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		f.t.Fatal(err)
	}
	var out []string
	for _, methods := range doc.Paths {
		for _, op := range methods {
			for _, p := range op.Parameters {
				if p.In == "query" {
					out = append(out, p.Name)
				}
			}
		}
	}
	return out
}
