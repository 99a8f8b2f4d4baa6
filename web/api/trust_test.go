package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"varde/access"
	"varde/ledger"
	"varde/study"
	"varde/web/api/testbed"
)

// happen writes events into a participant's record, as a long life would have.
func (w *world) happen(id string, list ...study.Payload) {
	w.t.Helper()
	ctx := context.Background()
	stream := study.ParticipantStream(id)
	head, err := w.Store.Head(ctx, testbed.Study, stream)
	if err != nil {
		w.t.Fatal(err)
	}
	now := w.Clock.Now().UTC()
	b := ledger.Batch{Study: testbed.Study, Actor: "coord-1", Role: "coordinator", RecordedAt: now, Parts: []ledger.Part{{Stream: stream, Expected: head}}}
	for _, p := range list {
		n, err := study.Encode(study.Event{At: now, Data: p})
		if err != nil {
			w.t.Fatal(err)
		}
		b.Parts[0].Events = append(b.Parts[0].Events, n)
	}
	if _, err := w.Store.Append(ctx, b); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.App.Rebuild(ctx, testbed.Study); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) token(a access.Actor) string {
	w.t.Helper()
	token, err := w.Token(context.Background(), a)
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[a.ID] = token
	return a.ID
}

func TestDelegations(t *testing.T) {
	w := newWorld(t)
	post := func(who, name, body string) reply { return w.ask(who, "POST", "/commands/"+name, body) }
	post("admin-1", "delegate", `{"account":"mia","name":"Mia","role":"monitor","sites":["S01"],"until":"2027-01-01"}`).want(200)
	post("coord-1", "delegate", `{"account":"mia","name":"Mia","role":"monitor"}`).problem(403, "role-may-not", "")
	post("admin-1", "delegate", `{"account":"mia","name":"Mia","role":"emperor"}`).problem(400, "bad-role", "/role")
	site := w.token(access.Actor{ID: "phys-2", Name: "Pia", Role: "physician", Study: testbed.Study, Sites: []string{"S01"}})
	post(site, "delegate", `{"account":"tor","name":"Tor","role":"rater","sites":["S01","S02"]}`).problem(403, "beyond-your-sites", "/sites")
	post(site, "delegate", `{"account":"tor","name":"Tor","role":"rater"}`).problem(403, "beyond-your-sites", "/sites")
	post(site, "delegate", `{"account":"tor","name":"Tor","role":"rater","sites":["S01"]}`).want(200)
	type log struct {
		Delegations []struct {
			Account, Role, Site, By string
			Sites                   []string
			Holds                   bool
			Ended                   string
		}
	}
	find := func(who, account string) (n int, holds bool, by string) {
		for _, d := range read[log](w.ask(who, "GET", "/delegations", "").want(200)).Delegations {
			if d.Account == account {
				n, holds, by = n+1, d.Holds, d.By
			}
		}
		return n, holds, by
	}
	if n, holds, by := find("mon-1", "mia"); n != 1 || !holds || by != "admin-1" {
		t.Errorf("%d lines, holds %v, by %q", n, holds, by)
	}
	if n, _, _ := find("one-site", "phys-1"); n != 1 {
		t.Errorf("one site sees %d lines of the physician of both", n)
	}
	post("admin-1", "end-delegation", `{"account":"mia","role":"monitor","reason":"left"}`).want(200)
	if _, holds, _ := find("mon-1", "mia"); holds {
		t.Error("it holds after its end")
	}
	w.ask("rater-1", "GET", "/delegations", "").problem(403, "role-may-not", "")
	w.ask("stranger", "GET", "/delegations", "").problem(404, "no-such-study", "")
}

func TestIdentities(t *testing.T) {
	w := newWorld(t)
	const card = "/participants/S01-001/identity"
	r := w.ask("coord-1", "PUT", card, `{"fields":{"name":"Ola Test","phone":"+4712345678"}}`, "Idempotency-Key", "k1").want(200)
	if strings.Contains(string(r.body), "Ola") || !strings.Contains(string(r.body), `"phone"`) {
		t.Errorf("%s", r.body)
	}
	w.ask("coord-1", "PUT", card, `{"fields":{"birthDate":"yesterday"}}`).want(400)
	w.ask("coord-1", "PUT", card, `{"fields":{}}`).problem(400, "required", "/fields")
	w.ask("coord-1", "POST", card+"/open", `{"fields":["name"]}`).problem(400, "required", "/purpose")
	got := read[struct{ Fields map[string]string }](w.ask("phys-1", "POST", card+"/open", `{"fields":["name"],"purpose":"telephone call"}`).want(200)).Fields
	if len(got) != 1 || got["name"] != "Ola Test" {
		t.Errorf("%v", got)
	}
	for who, code := range map[string]string{"mon-1": "role-may-not", "rater-1": "role-may-not", "stat-1": "role-may-not", "admin-1": "role-may-not"} {
		w.ask(who, "POST", card+"/open", `{"fields":["name"],"purpose":"curious"}`).problem(403, code, "")
		w.ask(who, "PUT", card, `{"fields":{"name":"X"}}`).problem(403, code, "")
		if who != "admin-1" { // who may erase an identity sees whether there is one
			w.ask(who, "GET", card, "").problem(403, code, "")
		}
	}
	w.ask("one-site", "GET", "/participants/S02-001/identity", "").problem(404, "no-such-participant", "")
	type looks struct {
		Looks []struct{ Account, Role, What, Purpose string }
	}
	own := w.token(access.Actor{ID: "p-1", Name: "S01-001", Role: "participant", Study: testbed.Study, Sites: []string{"S01"}, Participant: "S01-001"})
	for _, who := range []string{own, "admin-1"} {
		list := read[looks](w.ask(who, "GET", "/participants/S01-001/looks", "").want(200)).Looks
		if len(list) == 0 || list[0].Account != "phys-1" || list[0].What != "identity" || list[0].Purpose != "telephone call" {
			t.Errorf("%s reads %+v", who, list)
		}
	}
	w.ask(own, "GET", "/participants/S01-002/looks", "").problem(404, "no-such-participant", "")
	w.ask("coord-1", "GET", "/participants/S01-001/looks", "").problem(403, "role-may-not", "")
	for _, who := range []string{"admin-1", "mon-1"} {
		if r := w.ask(who, "GET", "/audit?participant=S01-001", ""); strings.Contains(string(r.body), "Ola") {
			t.Errorf("the audit of %s tells the name", who)
		}
	}
}

func TestAuditSearch(t *testing.T) {
	w := newWorld(t)
	w.ask("coord-1", "PUT", pcl, page(0, 1, "")).want(201)
	type lines struct {
		Next   int64
		Events []struct {
			Seq           int64
			Type, Account string
			Data          json.RawMessage
		}
	}
	one := read[lines](w.ask("mon-1", "GET", "/audit?participant=S01-001&type=form.", "").want(200))
	if len(one.Events) != 1 || one.Events[0].Account != "coord-1" || len(one.Events[0].Data) == 0 || one.Next != 0 {
		t.Errorf("%+v", one)
	}
	n, before := 0, ""
	for {
		p := read[lines](w.ask("mon-1", "GET", "/audit?limit=7"+before, "").want(200))
		if n += len(p.Events); p.Next == 0 {
			break
		}
		before = fmt.Sprintf("&before=%d", p.Next)
	}
	all := w.ask("mon-1", "GET", "/audit?limit=100000", "", "Accept", "application/x-ndjson").want(200)
	if got := strings.Count(string(all.body), "\n"); got != n || n < 10 {
		t.Errorf("%d lines, by pages %d", got, n)
	}
	if r := w.ask("one-site", "GET", "/audit?limit=1000", "").want(200); strings.Contains(string(r.body), "S02-0") {
		t.Error("one site is told of another")
	}
	for query, place := range map[string]string{"limit=0": "limit", "before=0": "before", "from=x": "from", "seen=perhaps": "seen", "who=x": "who"} {
		w.ask("mon-1", "GET", "/audit?"+query, "").problem(400, "bad-parameter", place)
	}
	w.ask("mon-1", "GET", "/audit?seen=true", "").problem(403, "role-may-not", "")
	w.ask("mon-1", "GET", "/audit?record=nothing/x/y", "").problem(400, "bad-record", "/record")
	w.ask("admin-1", "GET", "/audit?seen=true", "").want(200)
	w.ask("rater-1", "GET", "/audit", "").problem(403, "role-may-not", "")
	w.ask("one-site", "GET", "/audit?participant=S02-001", "").problem(404, "no-such-participant", "")

	house := read[lines](w.ask("admin-1", "GET", "/api/v1/audit?type=token.", "").want(200))
	if len(house.Events) != len(people) {
		t.Errorf("%d tokens in the house's log, %d issued", len(house.Events), len(people))
	}
	w.ask("admin-1", "GET", "/api/v1/audit", "", "Accept", "application/x-ndjson").want(200)
	limited := w.token(access.Actor{ID: "adm-2", Name: "Of one study", Role: "administrator", Study: testbed.Study})
	for _, who := range []string{limited, "mon-1", "coord-1"} {
		w.ask(who, "GET", "/api/v1/audit", "").problem(403, "role-may-not", "")
	}
}

func TestUnblindingRoutes(t *testing.T) {
	w := newWorld(t)
	w.happen("S01-002", study.EligibilityDecided{Gate: "screening", Passed: true}, study.EligibilityDecided{Gate: "enrolment", Passed: true})
	w.ask("coord-1", "POST", "/commands/randomise", `{"participant":"S01-002"}`).want(200)
	post := func(who, name, body string) reply { return w.ask(who, "POST", "/commands/"+name, body) }
	const reveal = "/participants/S01-002/unblindings/U1/reveal"
	post("coord-1", "ask-unblinding", `{"participant":"S01-002","reason":"wants to know it"}`).problem(403, "role-may-not", "")
	post("phys-1", "ask-unblinding", `{"participant":"S01-002","reason":"unconscious, cause unknown"}`).want(200)
	w.ask("phys-1", "POST", reveal, `{}`).problem(422, "not-confirmed", "")
	post("phys-1", "confirm-unblinding", `{"participant":"S01-002","id":"U1"}`).want(403)
	second := w.token(access.Actor{ID: "spons-1", Name: "Siri Sponsor", Role: "sponsor", Study: testbed.Study})
	for _, path := range []string{"/unblindings", "/participants/S01-002/unblindings"} {
		if r := w.ask(second, "GET", path, "").want(200); !strings.Contains(string(r.body), `"participant":"S01-002","id":"U1"`) {
			t.Errorf("the one who is to confirm reads %s", r.body)
		}
	}
	w.ask("coord-1", "GET", "/unblindings", "").problem(403, "role-may-not", "")
	post(second, "confirm-unblinding", `{"participant":"S01-002","id":"U1"}`).want(200)
	arm := read[struct{ Arm string }](w.ask("phys-1", "POST", reveal, `{}`).want(200)).Arm
	if again := read[struct{ Arm string }](w.ask(second, "POST", reveal, `{}`).want(200)).Arm; arm == "" || again != arm {
		t.Errorf("%q and %q", arm, again)
	}
	for _, who := range []string{"coord-1", "mon-1", "rater-1", "stat-1", "admin-1"} {
		w.ask(who, "POST", reveal, `{}`).want(403)
	}
	other := w.token(access.Actor{ID: "phys-9", Name: "Pål", Role: "physician", Study: testbed.Study})
	w.ask(other, "POST", reveal, `{}`).problem(403, "not-yours", "")
	r := w.ask("coord-1", "GET", "/participants/S01-002/unblindings", "").want(200)
	if !strings.Contains(string(r.body), `"id":"U1"`) || strings.Contains(string(r.body), arm) {
		t.Errorf("%s", r.body)
	}
	w.ask("rater-1", "GET", "/participants/S01-002/unblindings", "").problem(403, "role-may-not", "")
	w.ask("mon-1", "GET", "/participants/S01-002/signatures", "").want(200)
	w.ask("mon-1", "GET", "/signatures", "").want(200)
	w.ask("stranger", "GET", "/signatures", "").problem(404, "no-such-study", "")
}

// TestARaterReadsNoVisits: by no route, path or task does a rater learn which
// assessment it is.
func TestARaterReadsNoVisits(t *testing.T) {
	w := newWorld(t)
	def, err := testbed.Load()
	if err != nil {
		t.Fatal(err)
	}
	var visit, form string
	var hidden []string
	for i := range def.Visits {
		if v := &def.Visits[i]; v.Hides {
			hidden = append(hidden, v.ID)
			if visit == "" {
				visit, form = v.ID, v.Forms[0].Form
			}
		}
	}
	const id = "S01-003"
	w.happen(id, study.EligibilityDecided{Gate: "screening", Passed: true}, study.EligibilityDecided{Gate: "enrolment", Passed: true},
		study.RaterDrawn{Among: 1, Rater: "rater-1", Visit: visit})
	w.ask("coord-1", "POST", "/commands/plan-visit", fmt.Sprintf(`{"participant":%q,"visit":%q,"time":"2026-03-02T12:00:00Z"}`, id, visit)).want(200)
	queue := read[struct {
		Ratings []struct{ Participant, Ref, Owes string }
	}](w.ask("rater-1", "GET", "/ratings", "").want(200)).Ratings
	if len(queue) != 1 || queue[0].Participant != id || queue[0].Ref == visit || queue[0].Owes != "forms" {
		t.Fatalf("%+v", queue)
	}
	w.ask("mon-1", "GET", "/ratings", "").problem(403, "role-may-not", "")
	ref := queue[0].Ref
	w.ask("rater-1", "GET", "/participants/"+id+"/forms/"+visit+"/"+form, "").problem(404, "no-such-form", "")
	w.ask("coord-1", "GET", "/participants/"+id+"/forms/"+ref+"/"+form, "").problem(404, "no-such-form", "")
	w.ask("rater-1", "POST", "/commands/state-blindness", fmt.Sprintf(`{"participant":%q,"visit":%q,"blind":true}`, id, visit)).problem(404, "no-such-visit", "")
	for _, path := range []string{"/participants", "/participants/" + id, "/participants/" + id + "/forms", "/participants/" + id + "/forms?visit=" + ref, "/tasks", "/ratings",
		"/participants/" + id + "/forms/" + ref + "/" + form} {
		r := w.ask("rater-1", "GET", path, "")
		w.leaksNo(path, string(r.body), hidden)
	}
	r := w.ask("rater-1", "POST", "/commands/state-blindness", fmt.Sprintf(`{"participant":%q,"visit":%q,"blind":true}`, id, ref))
	w.leaksNo("state-blindness", string(r.body), hidden)
	r = w.ask("rater-1", "PUT", "/participants/"+id+"/forms/"+ref+"/"+form, `{"version":0,"items":{}}`)
	w.leaksNo("save", string(r.body)+r.header.Get("Location"), hidden)
}

func (w *world) leaksNo(what, text string, visits []string) {
	w.t.Helper()
	for _, v := range visits {
		if strings.Contains(text, `"`+v+`"`) || strings.Contains(text, "/"+v) {
			w.t.Errorf("%s tells %s: %.600s", what, v, text)
		}
	}
}
