package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/web/api/testbed"
)

// world is a study with a few participants and a token for each kind of person.
type world struct {
	*testbed.Bed
	t      *testing.T
	tokens map[string]string
}

var people = []access.Actor{
	testbed.Administrator, testbed.Coordinator,
	{ID: "phys-1", Name: "Per Physician", Role: "physician", Study: testbed.Study},
	{ID: "one-site", Name: "Only Site One", Role: "coordinator", Study: testbed.Study, Sites: []string{"S01"}},
	{ID: "rater-1", Name: "Rita Rater", Role: "rater", Study: testbed.Study},
	{ID: "mon-1", Name: "Mona Monitor", Role: "monitor", Study: testbed.Study},
	{ID: "stat-1", Name: "Stig Statistician", Role: "statistician", Study: testbed.Study},
	{ID: "pers-1", Name: "Participant", Role: "participant", Study: testbed.Study, Participant: "S01-001"},
	{ID: "stranger", Name: "Of another study", Role: "coordinator", Study: "other"},
	{ID: "pharm-1", Name: "Pia Pharmacist", Role: "pharmacist", Study: testbed.Study},
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := context.Background()
	bed, err := testbed.New(ctx, t.TempDir(), testbed.Options{Clock: testbed.NewClock(testbed.Begin)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bed.Close(); err != nil {
			t.Error(err)
		}
	})
	for site, n := range map[string]int{"S01": 3, "S02": 2} {
		if _, err := bed.Enrol(ctx, site, 1, n); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{Bed: bed, t: t, tokens: map[string]string{}}
	for _, a := range people {
		if w.tokens[a.ID], err = bed.Token(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// reply is an answer, read.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

const base = "/api/v1/studies/" + testbed.Study

// ask sends a request as a person ("" = without a token). Path is below the study
// unless it begins with /api.
func (w *world) ask(who, method, path, body string, headers ...string) reply {
	w.t.Helper()
	if !strings.HasPrefix(path, "/api") {
		path = base + path
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[who])
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.send(r)
}

func (w *world) send(r *http.Request) reply {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.API.ServeHTTP(rec, r)
	res := rec.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	out := reply{w.t, res.StatusCode, res.Header, body}
	checkAnswer(w.t, r, out)
	return out
}

func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

// problem checks a refusal's status, code and place.
func (r reply) problem(status int, code, place string) {
	r.t.Helper()
	r.want(status)
	p := read[struct{ Code, Field, Parameter, Detail, Title, Type string }](r)
	if p.Code != code || p.Field+p.Parameter != place {
		r.t.Errorf("code %q at %q, want %q at %q: %s", p.Code, p.Field+p.Parameter, code, place, r.body)
	}
	if p.Detail == "" || p.Title == "" || p.Type != "urn:varde:problem:"+code {
		r.t.Errorf("the problem says too little: %s", r.body)
	}
}

func read[T any](r reply) T {
	r.t.Helper()
	var v T
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.t.Fatalf("%v in %s", err, r.body)
	}
	return v
}

const pcl = "/participants/S01-001/forms/V0/pcl5"

// page is a whole PCL-5 with every answer n.
func page(version, n int, more string) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"version":%d,"items":{`, version)
	for i := 1; i <= 20; i++ {
		if i > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"pcl5_%02d":%d`, i, n)
	}
	b.WriteString("}" + more + "}")
	return b.String()
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		os.Exit(serveUntilKilled(dir))
	}
	os.Exit(m.Run())
}

func TestAuthentication(t *testing.T) {
	w := newWorld(t)
	r := w.ask("", "GET", "/participants", "")
	r.problem(401, "no-token", "Authorization")
	if got := r.header.Get("WWW-Authenticate"); got != `Bearer realm="varde"` {
		t.Errorf("WWW-Authenticate: %s", got)
	}
	for _, token := range []string{"x", "varde_" + strings.Repeat("a", 43), strings.Repeat("v", 300), "varde_\x00"} {
		r := w.ask("", "GET", "/participants", "", "Authorization", "Bearer "+token)
		r.problem(401, "bad-token", "Authorization")
	}
	w.ask("", "GET", "/participants", "", "Authorization", "Basic abc").problem(401, "no-token", "Authorization")
	w.ask("", "GET", "/api/v1/openapi.json", "").want(200)
	if got := read[struct{ Role string }](w.ask("mon-1", "GET", "/api/v1/me", "").want(200)).Role; got != "monitor" {
		t.Errorf("role %q", got)
	}
	if err := w.App.RevokeToken(context.Background(), "mon-1"); err != nil {
		t.Fatal(err)
	}
	w.ask("mon-1", "GET", "/api/v1/me", "").problem(401, "bad-token", "Authorization")
}

func TestLanguageOfProblems(t *testing.T) {
	w := newWorld(t)
	for lang, want := range map[string]string{"": "en", "nb": "nb", "no": "nb", "nn-NO,nb;q=0.9": "nb", "en-GB": "en", "de": "en", "de, nb;q=0.5": "nb", "\xff;;": "en"} {
		r := w.ask("coord-1", "GET", "/participants/S01-900", "", "Accept-Language", lang).want(404)
		p := read[struct {
			Detail string
			Text   struct{ EN, NB string }
		}](r)
		if got := r.header.Get("Content-Language"); got != want {
			t.Errorf("%q: language %s, want %s", lang, got, want)
		}
		if (want == "nb") != (p.Detail == p.Text.NB) || p.Text.EN == p.Text.NB {
			t.Errorf("%q: %+v", lang, p)
		}
	}
}

func TestUnknownPlaces(t *testing.T) {
	w := newWorld(t)
	for path, code := range map[string]string{
		"/api/v1/":                               "no-such-path",
		"/api/v1/nothing":                        "no-such-path",
		"/api/v1/studies/nowhere":                "no-such-study",
		"/api/v1/studies/nowhere/participants":   "no-such-study",
		"/participants/S01-900":                  "no-such-participant",
		"/participants/S99-001":                  "no-such-participant",
		"/participants/%00":                      "no-such-participant",
		"/participants/S01-900/forms":            "no-such-participant",
		"/participants/S01-001/forms/V0/nothing": "no-such-form",
		"/participants/S01-001/forms/V99/pcl5":   "no-such-form",
		"/participants/S01-001/forms/V0/pcl5":    "no-such-record",
		"/participants/S01-001/forms/-/ae/7":     "no-such-record",
		"/participants/S01-001/forms/-/ae/x":     "no-such-record",
		"/participants/S01-001/forms/-/ae/-1":    "no-such-record",
		"/participants/S01-900/forms/V0/pcl5":    "no-such-participant",
		"/forms/nothing":                         "no-such-form",
		"/audit/S01-900":                         "no-such-participant",
		"/audit/site/S99":                        "no-such-site",
		"/audit/allocation":                      "no-such-participant",
	} {
		t.Run(path, func(t *testing.T) { w.ask("coord-1", "GET", path, "").problem(404, code, "") })
	}
	w.ask("stranger", "GET", "/participants", "").problem(404, "no-such-study", "")
	w.ask("one-site", "GET", "/participants/S02-001", "").problem(404, "no-such-participant", "")
	w.ask("one-site", "GET", "/audit/S02-001", "").problem(404, "no-such-participant", "")
	w.ask("one-site", "PUT", "/participants/S02-001/forms/V0/pcl5", page(0, 1, "")).problem(404, "no-such-participant", "")
	w.ask("pers-1", "GET", "/participants/S01-002", "").problem(404, "no-such-participant", "")
	r := w.ask("coord-1", "DELETE", pcl, "")
	r.problem(405, "no-such-method", "")
	if got := r.header.Get("Allow"); got != "GET, POST, PUT" {
		t.Errorf("Allow: %s", got)
	}
}

func TestReading(t *testing.T) {
	w := newWorld(t)
	list := read[struct {
		Total        int
		Participants []struct{ ID, Status string }
	}](w.ask("coord-1", "GET", "/participants?limit=2&offset=1", "").want(200))
	if list.Total != 5 || len(list.Participants) != 2 || list.Participants[0].ID != "S01-002" || list.Participants[0].Status != "screening" {
		t.Errorf("%+v", list)
	}
	for query, want := range map[string]int{"site=S02": 2, "status=screening": 5, "status=completed": 0, "search=02-0": 2, "site=S01&search=003": 1, "site=S77": 0} {
		if got := read[struct{ Total int }](w.ask("coord-1", "GET", "/participants?"+query, "").want(200)).Total; got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	if got := read[struct{ Total int }](w.ask("one-site", "GET", "/participants", "").want(200)).Total; got != 3 {
		t.Errorf("one site sees %d", got)
	}
	for query, place := range map[string]string{"limit=0": "limit", "limit=x": "limit", "limit=1001": "limit", "offset=-1": "offset", "status=gone": "status", "sort=id": "sort", "limit=1&limit=2": "limit"} {
		w.ask("coord-1", "GET", "/participants?"+query, "").problem(400, "bad-parameter", place)
	}
	w.ask("coord-1", "GET", "/participants/S01-001?at=yesterday", "").problem(400, "bad-parameter", "at")
	w.ask("coord-1", "GET", "/tasks?mine=maybe", "").problem(400, "bad-parameter", "mine")
	one := read[struct {
		Status string
		Visits []struct {
			ID     string
			Window *struct{ Opens, Closes string }
			Forms  []struct{ Form string }
		}
		Tasks []struct{ Kind string }
	}](w.ask("coord-1", "GET", "/participants/S01-001", "").want(200))
	if one.Status != "screening" || len(one.Visits) < 20 || len(one.Tasks) == 0 {
		t.Errorf("%+v", one)
	}
	if v := one.Visits[1]; v.ID != "V0" || v.Window == nil || len(v.Forms) != 12 {
		t.Errorf("%+v", v)
	}
	tasks := read[struct {
		Tasks []struct{ Participant string }
	}](w.ask("coord-1", "GET", "/tasks?participant=S02-001&mine=true&before=2030-01-01T00:00:00Z", "").want(200))
	if len(tasks.Tasks) == 0 || tasks.Tasks[0].Participant != "S02-001" {
		t.Errorf("%+v", tasks)
	}
	for _, path := range []string{"", "/protocol", "/forms", "/forms/pcl5", "/sites", "/progress", "/audit/study", "/audit/site/S01", "/api/v1/studies"} {
		w.ask("coord-1", "GET", path, "").want(200)
	}
	w.ask("rater-1", "GET", "/participants", "").want(200)
	w.ask("rater-1", "GET", "/audit/S01-001", "").problem(403, "role-may-not", "")
	w.ask("rater-1", "GET", "/participants/S01-001?at=2026-03-02T09:00:00Z", "").problem(403, "role-may-not", "")
	w.ask("stat-1", "GET", "/participants", "").problem(403, "role-may-not", "")
	w.ask("stat-1", "GET", "/tasks", "").problem(403, "role-may-not", "")
	w.ask("stat-1", "GET", "/participants/S01-001", "").problem(403, "role-may-not", "")
	w.ask("rater-1", "GET", "/progress", "").problem(403, "role-may-not", "")
}

func TestAuditTrailAndAsOf(t *testing.T) {
	w := newWorld(t)
	w.ask("coord-1", "PUT", pcl, page(0, 1, "")).want(201)
	before := w.Clock.Now().UTC().Format(time.RFC3339Nano)
	w.Clock.Move(time.Hour)
	w.ask("coord-1", "PUT", pcl, page(1, 2, `,"reason":"read wrong"`)).want(200)
	type trail struct {
		Events []struct {
			Type, Reason, Hash string
			Data               json.RawMessage
		}
	}
	all := read[trail](w.ask("mon-1", "GET", "/audit/S01-001", "").want(200)).Events
	last := all[len(all)-1]
	if all[0].Type != "person.referred" || last.Type != "form.corrected" || last.Reason != "read wrong" || !strings.Contains(string(last.Data), `"from":{"pcl5_01":1`) {
		t.Errorf("%+v", last)
	}
	for query, want := range map[string]int{"type=form.": 2, "type=form.&limit=1": 1, "type=form.&until=" + before: 1, "type=nothing": 0} {
		if got := len(read[trail](w.ask("mon-1", "GET", "/audit/S01-001?"+query, "").want(200)).Events); got != want {
			t.Errorf("%s: %d events, want %d", query, got, want)
		}
	}
	r := w.ask("mon-1", "GET", "/audit/S01-001", "", "Accept", "application/x-ndjson").want(200)
	if got := strings.Count(string(r.body), "\n"); got != len(all) || r.header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("%d lines of %d", got, len(all))
	}
	then := read[struct {
		Version int
		Items   map[string]int
	}](w.ask("coord-1", "GET", pcl+"?at="+before, "").want(200))
	if then.Version != 1 || then.Items["pcl5_20"] != 1 {
		t.Errorf("as of then: %+v", then)
	}
	if got := read[struct{ Records []struct{ Version int } }](w.ask("coord-1", "GET", "/participants/S01-001?at="+before, "").want(200)).Records; len(got) != 1 || got[0].Version != 1 {
		t.Errorf("as of then: %+v", got)
	}
	w.ask("coord-1", "GET", "/participants/S01-001?at=2020-01-01T00:00:00Z", "").problem(404, "no-such-participant", "")
}
