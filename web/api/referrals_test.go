package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"varde/export/fhir"
)

const serviceRequest = `{"resourceType":"ServiceRequest","status":"active","intent":"order","priority":"urgent",
 "contained":[{"resourceType":"Patient","id":"p","name":[{"text":"Kari Nordmann"}],"telecom":[{"system":"phone","value":"912 34 567"}],"birthDate":"1988-04-02"},
  {"resourceType":"Practitioner","id":"d","name":[{"text":"Dr. Lege"}],"telecom":[{"system":"phone","value":"77000000"}]}],
 "subject":{"reference":"#p"},"requester":{"reference":"#d"},"performer":[{"identifier":{"system":"urn:varde:site","value":"S01"}}],"reasonCode":[{"text":"PTSD"}]}`

// fhirAsk sends a request in FHIR.
func (w *world) fhirAsk(token, method, path, body, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost/api/v1/studies/trial"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", fhir.MediaType)
	if body != "" {
		r.Header.Set("Content-Type", fhir.MediaType+"; charset=utf-8")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	rec := httptest.NewRecorder()
	w.API.ServeHTTP(rec, r)
	return rec
}

func TestReferralsAsFHIR(t *testing.T) {
	w := newWorld(t)
	token := w.tokens["coord-1"]
	first := w.fhirAsk(token, "POST", "/referrals", serviceRequest, "k1")
	var sr fhir.ServiceRequest
	if err := json.Unmarshal(first.Body.Bytes(), &sr); err != nil || first.Code != 201 || sr.ResourceType != "ServiceRequest" || sr.Status != "active" || sr.Priority != "urgent" || len(sr.Identifier) != 1 || sr.Identifier[0].System != fhir.SystemReferral {
		t.Fatalf("%d %s %v", first.Code, first.Body, err)
	}
	id := sr.Identifier[0].Value
	if got := first.Header().Get("Location"); got != "/api/v1/studies/trial/referrals/"+id {
		t.Errorf("Location %q", got)
	}
	if again := w.fhirAsk(token, "POST", "/referrals", serviceRequest, "k1"); again.Code != 201 || again.Header().Get("Location") != first.Header().Get("Location") {
		t.Errorf("sent twice: %d %s", again.Code, again.Body)
	}
	one := w.fhirAsk(token, "GET", "/referrals/"+id, "", "")
	list := w.fhirAsk(token, "GET", "/referrals", "", "")
	var b fhir.Bundle
	if err := json.Unmarshal(list.Body.Bytes(), &b); err != nil || b.Type != "searchset" || b.Total == nil || *b.Total != 1 || len(b.Entry) != 1 {
		t.Errorf("%v %s", err, list.Body)
	}
	for _, got := range []*httptest.ResponseRecorder{first, one, list} {
		if kind := got.Header().Get("Content-Type"); kind != fhir.MediaType {
			t.Errorf("content type %q", kind)
		}
		for _, secret := range []string{"Kari", "912", "1988", "Lege", "PTSD\""} {
			if strings.Contains(got.Body.String(), secret) {
				t.Errorf("%s leaves without being opened: %s", secret, got.Body)
			}
		}
	}
	opened := w.ask("coord-1", "POST", "/referrals/"+id+"/open", `{"purpose":"ring them"}`)
	opened.want(200)
	if !strings.Contains(string(opened.body), "Kari Nordmann") || !strings.Contains(string(opened.body), "77000000") {
		t.Errorf("%s", opened.body)
	}
}

func TestFaultsInFHIR(t *testing.T) {
	w := newWorld(t)
	token := w.tokens["coord-1"]
	for _, c := range []struct {
		token, method, path, body string
		status                    int
		code                      string
	}{
		{token, "POST", "/referrals", strings.Replace(serviceRequest, `"active"`, `"draft"`, 1), 422, "business-rule"},
		{token, "POST", "/referrals", `{`, 400, "structure"},
		{token, "POST", "/referrals", strings.Replace(serviceRequest, "S01", "S99", 1), 400, "invalid"},
		{token, "POST", "/referrals", strings.Replace(serviceRequest, "1988-04-02", "2988-04-02", 1), 400, "invalid"},
		{token, "POST", "/referrals", strings.Repeat(" ", 1<<20+1), 413, "too-long"},
		{token, "GET", "/referrals/R-NONE", "", 404, "not-found"},
		{"varde_x", "GET", "/referrals", "", 401, "login"},
		{w.tokens["mon-1"], "GET", "/referrals", "", 403, "forbidden"},
	} {
		got := w.fhirAsk(c.token, c.method, c.path, c.body, "")
		var o fhir.OperationOutcome
		if err := json.Unmarshal(got.Body.Bytes(), &o); err != nil || got.Code != c.status || o.ResourceType != "OperationOutcome" || len(o.Issue) != 1 || o.Issue[0].Code != c.code || o.Issue[0].Details.Text == "" {
			t.Errorf("%s %s: %d %s (%v), want %d %s", c.method, c.path, got.Code, got.Body, err, c.status, c.code)
		}
	}
}

func TestReferralsAsJSON(t *testing.T) {
	w := newWorld(t)
	person := func(name string) string {
		t.Helper()
		a := w.ask("coord-1", "POST", "/referrals", `{"channel":"self","consent":true,"wait":true,"site":"S01","name":"`+name+`","email":"a@example.org"}`)
		a.want(http.StatusCreated)
		var r struct {
			Referral string `json:"referral"`
			Open     bool   `json:"open"`
		}
		if err := json.Unmarshal(a.body, &r); err != nil || !r.Open {
			t.Fatalf("%v %s", err, a.body)
		}
		return "/referrals/" + r.Referral
	}
	a, b := person("Anne"), person("Bjørn")
	for _, path := range []string{a, b} {
		w.ask("coord-1", "POST", path+"/assess", `{"decision":"wait"}`).want(200)
	}
	w.ask("coord-1", "POST", b+"/invite", `{}`).want(422)
	w.ask("coord-1", "POST", b+"/move", `{"reason":"","ahead":"`+strings.TrimPrefix(a, "/referrals/")+`"}`).want(400)
	w.ask("phys-1", "POST", b+"/move", `{"reason":"safety","ahead":"`+strings.TrimPrefix(a, "/referrals/")+`"}`).want(200)
	w.ask("coord-1", "POST", a+"/check", `{"reached":true,"still":true,"concern":true,"note":"worse"}`).want(200)
	w.ask("coord-1", "POST", a+"/care", `{"action":"rang"}`).want(403)
	w.ask("phys-1", "POST", a+"/care", `{"action":"rang"}`).want(200)
	w.ask("coord-1", "POST", a+"/pass-on", `{"to":"DPS","consent":"spoken","form":"letter"}`).want(200)
	w.ask("coord-1", "POST", b+"/invite", `{}`).want(200)
	w.ask("coord-1", "POST", a+"/close", `{"reason":"treated-elsewhere"}`).want(200)
	all := w.ask("coord-1", "GET", "/referrals?all=true", "")
	all.want(200)
	var list struct {
		Referrals []struct {
			ID, Status, Participant string
			Moves                   []struct{ Reason string }
		}
	}
	if err := json.Unmarshal(all.body, &list); err != nil || len(list.Referrals) != 2 {
		t.Fatalf("%v %s", err, all.body)
	}
	for _, r := range list.Referrals {
		if "/referrals/"+r.ID == b && (r.Status != "invited" || !strings.HasPrefix(r.Participant, "S01-") || len(r.Moves) != 1 || r.Moves[0].Reason != "safety") {
			t.Errorf("%+v", r)
		}
	}
	c := w.ask("coord-1", "GET", "/capacity", "")
	c.want(200)
	if !strings.Contains(string(c.body), `"binds":"pairs"`) {
		t.Errorf("%s", c.body)
	}
}
