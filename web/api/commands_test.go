package api_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"varde/protocols"
	"varde/web/api/testbed"
)

func TestCommands(t *testing.T) {
	w := newWorld(t)
	do := func(who, name, body string) reply {
		t.Helper()
		return w.ask(who, "POST", "/commands/"+name, body)
	}
	type outcome struct {
		Participant, Status string
		Events              []struct{ Type, Hash string }
	}
	got := read[outcome](do("coord-1", "refer", `{"participant":"S01-004","channel":"self","language":"nb","site":"S01"}`).want(200))
	if got.Participant != "S01-004" || got.Status != "referred" || len(got.Events) != 2 || got.Events[0].Type != "person.referred" {
		t.Errorf("%+v", got)
	}
	if got := read[outcome](do("coord-1", "prescreen", `{"participant":"S01-004","passed":false,"reasons":["moves away"]}`).want(200)); got.Status != "not-suitable" {
		t.Errorf("%+v", got)
	}
	do("coord-1", "prescreen", `{"participant":"S01-001"}`).problem(400, "required", "/passed")
	do("coord-1", "prescreen", `{"passed":true}`).problem(400, "required", "/participant")
	do("coord-1", "prescreen", `{"participant":"","passed":true}`).problem(400, "required", "/participant")
	do("coord-1", "prescreen", `{"participant":"S01-001","passed":true,"at":"2026-03-01"}`).problem(400, "wrong-type", "/at")
	do("coord-1", "prescreen", `{"participant":"S01-001","passed":"yes"}`).problem(400, "wrong-type", "/passed")
	do("coord-1", "prescreen", `{"participant":"S01-001","passed":true,"why":"x"}`).problem(400, "unknown-field", "/why")
	do("coord-1", "prescreen", `{"participant":"S01-001","passed":true}`).problem(422, "already-prescreened", "")
	do("coord-1", "refer", `{"participant":"S01-009","channel":"self","language":"nb","site":"S01"}`).problem(409, "number-taken", "")
	do("coord-1", "refer", `{"participant":"S01-005","channel":"mail","language":"nb","site":"S01"}`).problem(400, "bad-channel", "/channel")
	do("one-site", "refer", `{"participant":"S02-003","channel":"self","language":"nb","site":"S02"}`).problem(404, "no-such-participant", "")
	do("rater-1", "refer", `{"participant":"S01-005","channel":"self","language":"nb","site":"S01"}`).problem(403, "role-may-not", "")
	do("coord-1", "give-consent", `{"participant":"S01-001","document":"main","version":"0","language":"nb"}`).problem(404, "no-such-consent", "")
	do("coord-1", "randomise", `{"participant":"S01-001"}`).problem(422, "not-enrolled", "")
	do("coord-1", "hold-visit", `{"participant":"S01-001","visit":"V77"}`).problem(404, "no-such-visit", "")
	do("coord-1", "hold-visit", `{"participant":"S01-001","visit":"V0"}`).want(200)
	do("coord-1", "lock-study", `{}`).problem(403, "role-may-not", "")
	do("coord-1", "nothing", `{}`).problem(404, "no-such-path", "")
	do("admin-1", "assign-staff", `{"site":"S01","person":"ther-1","name":"Tor","role":"therapist","credentials":{"nothing":"2027-01-01"}}`).problem(400, "no-such-credential", "/credentials/nothing")
	do("admin-1", "assign-staff", `{"site":"S01","person":"ther-1","name":"Tor","role":"therapist","credentials":{"licence":""}}`).want(200)
	do("admin-1", "seal-allocation", `{}`).problem(422, "already-sealed", "")
	do("admin-1", "close-recruitment", `{}`).want(200)
	do("coord-1", "refer", `{"participant":"S01-005","channel":"self","language":"nb","site":"S01"}`).problem(422, "recruitment-closed", "")
	do("admin-1", "unblind-study", `{"witness":"x"}`).problem(422, "not-locked", "")
	do("admin-1", "lock-study", `{}`).want(200)
	w.ask("coord-1", "PUT", pcl, page(0, 1, "")).problem(422, "study-locked", "")
}

// What tells the arm does not leave by any answer to a role that is blind to it.
func TestBlindedRolesGetNoAllocation(t *testing.T) {
	w := newWorld(t)
	for _, who := range []string{"coord-1", "phys-1", "mon-1"} {
		for _, path := range []string{"/audit/allocation", "/audit/participant/S01-001", "/audit/study%00", "/audit/"} {
			w.ask(who, "GET", path, "").want(404)
		}
	}
	w.ask("pharm-1", "GET", "/audit/S01-001", "").problem(403, "role-may-not", "")
}

func TestOpenStudy(t *testing.T) {
	w := newWorld(t)
	folder, err := fs.Sub(protocols.FS, testbed.Protocol)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	send := func(who, id string, files map[string]string) reply {
		t.Helper()
		body, err := json.Marshal(map[string]any{"mode": "practice", "title": "Second", "files": files})
		if err != nil {
			t.Fatal(err)
		}
		return w.ask(who, "POST", "/api/v1/studies/"+id+"/commands/open-study", string(body))
	}
	send("coord-1", "second", files).problem(404, "no-such-study", "")
	send("admin-1", "Second!", files).problem(400, "bad-id", "/study")
	send("admin-1", testbed.Study, files).problem(422, "already-open", "")
	broken := map[string]string{"protocol.yaml": "id: x\nnothing: 1\n"}
	r := send("admin-1", "second", broken)
	r.problem(422, "protocol-errors", "/files")
	if got := read[struct {
		Findings []struct{ File, Message string }
	}](r).Findings; len(got) == 0 || got[0].File != "protocol.yaml" {
		t.Errorf("%s", r.body)
	}
	send("admin-1", "second", files).want(200)
	if got := read[struct{ Protocol string }](w.ask("admin-1", "GET", "/api/v1/studies/second", "").want(200)).Protocol; got != testbed.Protocol {
		t.Errorf("protocol %s", got)
	}
	w.ask("admin-1", "POST", "/api/v1/studies/third/commands/open-study", `{"mode":"practice","title":"x"}`).problem(400, "required", "/files")
	w.ask("coord-1", "GET", "/api/v1/studies/second", "").problem(404, "no-such-study", "")
	if !strings.Contains(string(w.ask("admin-1", "GET", "/api/v1/studies", "").want(200).body), `"second"`) {
		t.Error("the new study is not listed")
	}
}
