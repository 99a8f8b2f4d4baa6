package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"varde/bilingual"
)

const contained = `{"resourceType":"ServiceRequest","language":"nb-NO","status":"active","intent":"order","priority":"urgent","unknown":{"a":1},
 "contained":[
  {"resourceType":"Patient","id":"p","name":[{"use":"old","family":"Før"},{"use":"official","family":"Nordmann","given":["Kari","Åse"]}],
   "telecom":[{"system":"phone","value":"22 00 00 00","use":"home"},{"system":"phone","value":"912 34 567","use":"mobile"},{"system":"email","value":"kari@example.org"}],
   "birthDate":"1988-04-02","address":[{"line":["Storgata 1"],"postalCode":"9008","city":"Tromsø"}]},
  {"resourceType":"Practitioner","id":"d","name":[{"text":"Dr. Ola Lege"}],"telecom":[{"system":"phone","value":"77 00 00 00"}]},
  {"resourceType":"Organization","id":"o","name":"Legekontoret"},
  {"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"#d"},"organization":{"reference":"#o"},"code":[{"coding":[{"display":"General practitioner"}]}]}],
 "subject":{"reference":"#p"},"requester":{"reference":"#r"},"performer":[{"identifier":{"system":"urn:varde:site","value":"S01"}}],
 "code":{"text":"PTSD"},"reasonCode":[{"text":"After an assault in 2019"}],"note":[{"text":"Has tried EMDR."}]}`

const bundled = `{"resourceType":"Bundle","type":"collection","entry":[
 {"fullUrl":"urn:uuid:1","resource":{"resourceType":"ServiceRequest","status":"active","intent":"plan","subject":{"reference":"urn:uuid:2"},"requester":{"reference":"https://ehr.example.org/fhir/Practitioner/77"}}},
 {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","name":[{"text":"Ola"}],"telecom":[{"system":"email","value":"ola@example.org"}],"birthDate":"1990","communication":[{"language":{"coding":[{"code":"en-GB"}]}}]}},
 {"fullUrl":"urn:uuid:3","resource":{"resourceType":"Practitioner","id":"77","name":[{"family":"Doe","given":["Jo"]}],"telecom":[{"system":"email","value":"jo@example.org"}]}}]}`

func TestRead(t *testing.T) {
	got, err := Read([]byte(contained))
	want := Referral{Name: "Kari Åse Nordmann", BirthDate: "1988-04-02", Phone: "912 34 567", Email: "kari@example.org", Place: "Storgata 1, 9008 Tromsø",
		Message: "PTSD\nAfter an assault in 2019\nHas tried EMDR.", Referrer: "Dr. Ola Lege", ReferrerRole: "General practitioner, Legekontoret", ReferrerAt: "77 00 00 00", Site: "S01", Urgency: "soon", Language: "nb"}
	if err != nil || got != want {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
	got, err = Read([]byte(bundled))
	want = Referral{Name: "Ola", Email: "ola@example.org", Message: "birthDate: 1990", Referrer: "Jo Doe", ReferrerAt: "jo@example.org", Language: "en"}
	if err != nil || got != want {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
}

// Each change of a good document is refused, with the kind and the place of the fault.
func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ from, to, code, at string }{
		{`"status":"active"`, `"status":"revoked"`, "business-rule", "ServiceRequest.status"},
		{`"status":"active",`, ``, "required", "ServiceRequest.status"},
		{`"intent":"order"`, `"intent":"option"`, "business-rule", "ServiceRequest.intent"},
		{`"intent":"order",`, ``, "required", "ServiceRequest.intent"},
		{`"priority":"urgent"`, `"priority":"now"`, "value", "ServiceRequest.priority"},
		{`"unknown":{"a":1}`, `"doNotPerform":true`, "business-rule", "ServiceRequest.doNotPerform"},
		{`"unknown":{"a":1}`, `"implicitRules":"http://x"`, "not-supported", "ServiceRequest.implicitRules"},
		{`"unknown":{"a":1}`, `"modifierExtension":[{"url":"x"}]`, "extension", "ServiceRequest.modifierExtension"},
		{`"birthDate":"1988-04-02"`, `"modifierExtension":[{"url":"x"}]`, "extension", "ServiceRequest.contained[0].modifierExtension"},
		{`"birthDate":"1988-04-02"`, `"birthDate":1988`, "structure", "ServiceRequest.contained[0].birthDate"},
		{`"status":"active"`, `"status":"active","status":"active"`, "structure", "status"},
		{`"subject":{"reference":"#p"}`, `"subject":{"reference":"#x"}`, "not-found", "ServiceRequest.subject"},
		{`"subject":{"reference":"#p"}`, `"subject":{"reference":"#d"}`, "value", "ServiceRequest.subject"},
		{`"subject":{"reference":"#p"},`, ``, "required", "ServiceRequest.subject"},
		{`"requester":{"reference":"#r"},`, ``, "required", "ServiceRequest.requester"},
		{`"requester":{"reference":"#r"}`, `"requester":{"display":"Dr. X"}`, "required", "ServiceRequest.requester"},
		{`"requester":{"reference":"#r"}`, `"requester":{"reference":"#p"}`, "value", "ServiceRequest.requester"},
		{`{"use":"old","family":"Før"},{"use":"official","family":"Nordmann","given":["Kari","Åse"]}`, `{"use":"old","family":"Før"}`, "required", "ServiceRequest.contained[0].name"},
		{`"resourceType":"ServiceRequest"`, `"resourceType":"Patient"`, "not-supported", ""},
		{`"resourceType":"ServiceRequest",`, ``, "structure", ""},
		{`{"resourceType":"ServiceRequest"`, `{{`, "structure", ""},
	} {
		doc := strings.Replace(contained, c.from, c.to, 1)
		if doc == contained {
			t.Fatalf("%s is not there", c.from)
		}
		_, err := Read([]byte(doc))
		var f *Fault
		if !errors.As(err, &f) || f.Code != c.code || f.Expression != c.at || f.Text.EN == "" || f.Text.NB == "" {
			t.Errorf("%s -> %s: %v, want %s at %q", c.from, c.to, err, c.code, c.at)
		}
	}
	for _, c := range []struct{ from, to, code string }{
		{`"type":"collection"`, `"type":"searchset"`, "business-rule"},
		{`"resourceType":"Practitioner"`, `"resourceType":"ServiceRequest"`, "business-rule"},
		{`"resourceType":"ServiceRequest"`, `"resourceType":"Task"`, "required"},
	} {
		var f *Fault
		if _, err := Read([]byte(strings.Replace(bundled, c.from, c.to, 1))); !errors.As(err, &f) || f.Code != c.code {
			t.Errorf("%s -> %s: %v", c.from, c.to, err)
		}
	}
	if _, err := Read(nil); err == nil {
		t.Error("nothing is a referral")
	}
	// A role that refers to itself ends.
	if _, err := Read([]byte(strings.Replace(contained, `"practitioner":{"reference":"#d"}`, `"practitioner":{"reference":"#r"}`, 1))); err == nil {
		t.Error("a role that is its own practitioner says how to reach nobody")
	}
}

// A fault never tells a value of the document: it is logged and sent.
func TestFaultsTellNoValue(t *testing.T) {
	for i := range contained {
		for _, doc := range []string{contained[:i], contained[:i] + contained[i+1:]} {
			_, err := Read([]byte(doc))
			if err == nil {
				continue
			}
			for _, secret := range []string{"Nordmann", "912 34", "kari@", "1988", "Storgata", "assault"} {
				if strings.Contains(err.Error(), secret) {
					t.Fatalf("%v tells %q", err, secret)
				}
			}
		}
	}
}

var onwards = Onwards{ID: "R-2F7K9Q", Language: "nb", At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Site: "S01", SiteName: "Klinikken", Reply: "post@example.org", To: "DPS Nord",
	Name: "Kari Åse Nordmann", BirthDate: "1988-04-02", Phone: "+4791234567", Email: "kari@example.org", Place: "Tromsø",
	Consent: bilingual.Text{EN: "The person agreed to this in writing.", NB: "Personen har samtykket skriftlig."}, Reason: bilingual.Text{EN: "no place", NB: "ingen plass"}, Note: "Ring etter 17.", Urgency: "soon"}

// What is written onwards can be read by whoever reads as we do.
func TestOnwardsReadsBack(t *testing.T) {
	b, err := onwards.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(doc)
	if err != nil || got.Name != onwards.Name || got.Phone != onwards.Phone || got.Urgency != "soon" || got.Referrer != "Klinikken" || got.ReferrerAt != onwards.Reply || got.BirthDate != onwards.BirthDate || got.Place != "Tromsø" {
		t.Errorf("%v %+v", err, got)
	}
	for _, want := range []string{"skriftlig", "Ring etter 17."} {
		if !strings.Contains(got.Message, want) {
			t.Errorf("%q is lost", want)
		}
	}
	again, err := onwards.Bundle()
	if twice, _ := json.Marshal(again); err != nil || !bytes.Equal(doc, twice) {
		t.Error("the same referral is written in two ways")
	}
}

var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	folder := os.Getenv("VARDE_REFERENCE")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "reference")
	}
	text, err := os.ReadFile(filepath.Join(folder, "conformance", "fhir", "fhir-r4.schema.json"))
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	onlyR4(doc)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("fhir.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("fhir.json")
})

// onlyR4 leaves out what the file holds besides R4: types of a server's own that it
// lists among the resources, and two names that it does not define.
func onlyR4(doc any) {
	root, _ := doc.(map[string]any)
	all, _ := root["definitions"].(map[string]any)
	all["integer64"], all["Resource"] = map[string]any{"type": "integer"}, map[string]any{"type": "object"}
	r4 := func(list any) []any {
		var out []any
		refs, _ := list.([]any)
		for _, x := range refs {
			ref, _ := x.(map[string]any)
			name, _ := ref["$ref"].(string)
			def, _ := all[strings.TrimPrefix(name, "#/definitions/")].(map[string]any)
			properties, _ := def["properties"].(map[string]any)
			if kind, _ := properties["resourceType"].(map[string]any); kind["const"] != nil {
				out = append(out, x)
			}
		}
		return out
	}
	root["oneOf"] = r4(root["oneOf"])
	if list, ok := all["ResourceList"].(map[string]any); ok {
		list["oneOf"] = r4(list["oneOf"])
	}
}

func conforms(t *testing.T, what string, v any) {
	t.Helper()
	s, err := schema()
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the R4 JSON schema is not here: set VARDE_REFERENCE")
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%s: %v\n%s", what, err, text)
	}
}

func TestWrittenResourcesConformToR4(t *testing.T) {
	k := Known{ID: "R-2F7K9Q", Status: Active, Language: "nb", Site: "S01", SiteName: "Klinikken", Received: onwards.At}
	conforms(t, "request", Request(k))
	conforms(t, "request without a site", Request(Known{ID: "R-2F7K9Q", Status: Revoked, Language: "en", Urgency: "soon"}))
	for _, list := range [][]Known{nil, {k, k}} {
		b, err := Found("https://example.org/api/v1/studies/demo/referrals", list)
		if err != nil {
			t.Fatal(err)
		}
		conforms(t, "found", b)
	}
	for _, o := range []Onwards{onwards, {ID: "R-2F7K9Q", Language: "en", At: onwards.At, Site: "S01", SiteName: "Clinic", To: "Centre", Name: "X", Email: "x@example.org"}} {
		b, err := o.Bundle()
		if err != nil {
			t.Fatal(err)
		}
		conforms(t, "onwards", b)
		for _, e := range b.Entry {
			conforms(t, "entry", e.Resource)
		}
	}
	conforms(t, "outcome", Outcome("required", "nb", bilingual.Text{EN: "x", NB: "y"}, "ServiceRequest.subject"))
	conforms(t, "outcome of the whole", Outcome("structure", "en", bilingual.Text{EN: "x", NB: "y"}, ""))
	// The test can fail: what is no resource does not conform.
	s, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	if s.Validate(map[string]any{"resourceType": "ServiceRequest", "status": 7}) == nil {
		t.Error("the schema lets everything pass")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(contained))
	f.Add([]byte(bundled))
	f.Add([]byte(`{"resourceType":"Bundle","type":"message","entry":[null,{"resource":null}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := Read(doc)
		var fault *Fault
		switch {
		case err == nil:
			if strings.TrimSpace(r.Name) == "" || r.Phone == "" && r.Email == "" || r.Referrer == "" || r.ReferrerAt == "" {
				t.Errorf("a referral that nobody could answer was read: %+v", r)
			}
		case !errors.As(err, &fault) || fault.Code == "" || fault.Text.EN == "" || fault.Text.NB == "":
			t.Errorf("a fault without a reason: %v", err)
		}
	})
}
