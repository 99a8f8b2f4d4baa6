package clinic_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/instrument"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/study"
	"varde/web"
	"varde/web/webtest"
)

// sealing is the example protocol with an item that identifies, and a participant at
// the visit that asks for it.
func sealing(t *testing.T) (a *app.App, as func(id, role string) *webtest.Client, id string) {
	t.Helper()
	const example = "../../docs/example-protocol"
	files := map[string][]byte{}
	for _, pattern := range []string{"*.yaml", "forms/*.yaml"} {
		names, err := filepath.Glob(filepath.Join(example, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			rel, err := filepath.Rel(example, name)
			if err != nil {
				t.Fatal(err)
			}
			if files[filepath.ToSlash(rel)], err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	files["forms/check.yaml"] = append(files["forms/check.yaml"], "\n  - {id: contact, text: {en: Whom to call, nb: Hvem vi skal ringe}, type: text, required: true, identifying: true}\n"...)
	def, findings := protocol.FromFiles(files)
	if def == nil {
		t.Fatal(findings)
	}
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "varde.db"), sqlite.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	people, keys := webtest.People(t, store, clock)
	if a, err = app.New(ctx, app.Config{Store: store, Clock: clock, SealKey: bytes.Repeat([]byte{1}, 32), Vault: keys, Identity: people}); err != nil {
		t.Fatal(err)
	}
	do := func(cmd study.Command) {
		t.Helper()
		if _, err := a.Do(ctx, access.System, "small", cmd, ""); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	do(study.OpenStudy{Mode: "practice", Title: "Small", Definition: def})
	do(study.OpenSite{Site: "S01", Name: "Testby", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 1, Rooms: 1})
	id = study.ParticipantNumber("S01", 1)
	on := study.On{Participant: id}
	h, err := web.New(web.Config{App: a})
	if err != nil {
		t.Fatal(err)
	}
	actor := func(id, role string) access.Actor {
		x := access.Actor{ID: id, Name: "Test " + id, Role: role, Study: "small"}
		if role == "physician" || role == "coordinator" {
			x.Sites = []string{"S01"}
		}
		return x
	}
	as = func(id, role string) *webtest.Client { return webtest.SignedIn(t, h, a, "small", actor(id, role)) }
	as("phil", "physician")
	as("cora", "coordinator")
	for _, cmd := range []study.Command{study.Refer{On: on, Site: "S01", Channel: "self", Language: "nb"}, study.Prescreen{On: on, Passed: true}, study.GiveConsent{On: on, Document: "main", Version: "1", Language: "nb", Answers: map[string]string{"stop": "yes"}}, study.HoldVisit{On: on, Visit: "V1"},
		study.SaveForm{On: on, Visit: "V1", Form: "check", Items: study.Values{"contact": instrument.StringValue("Ola Oppdiktet")}}} {
		by := actor("phil", "physician")
		switch cmd.(type) {
		case study.Refer, study.Prescreen:
			by = actor("cora", "coordinator")
		}
		if _, err := a.Do(ctx, by, "small", cmd, ""); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	return a, as, id
}

// An answer that identifies the person is kept apart: the form says so and shows
// nothing of it, saving the form again keeps it, and it opens on the identity card,
// where that is recorded.
func TestSealedAnswerOpensOnTheIdentityCard(t *testing.T) {
	a, as, id := sealing(t)
	phil := as("phil", "physician")
	form, card := "/s/small/p/"+id+"/f/V1/check", "/s/small/p/"+id+"/identity"
	for lang, want := range map[string]string{"en": "kept apart because it identifies the person", "nb": "holdes atskilt fordi det identifiserer personen"} {
		phil.Lang = lang
		page := phil.Get(form)
		webtest.CheckHTML(t, "form "+lang, page.Body)
		if !strings.Contains(page.Text(), want) || !strings.Contains(page.Body, `href="`+card+`"`) || strings.Contains(page.Body, "Oppdiktet") {
			t.Errorf("%s: %s", lang, page.Text())
		}
	}
	phil.Lang = "en"
	saved := phil.Get(form).Form(t, form)
	saved.Set("i.age", "40")
	if p := phil.Post(form, saved); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	page := phil.Get(card)
	webtest.CheckHTML(t, "card", page.Body)
	const field = "item:V1/check/0/contact"
	if !strings.Contains(page.Body, `value="`+field+`"`) || !strings.Contains(page.Text(), "Whom to call") || strings.Contains(page.Body, "Oppdiktet") {
		t.Fatalf("%s", page.Text())
	}
	if p := phil.Post(card+"/open", url.Values{"field": {field}}); p.Status != http.StatusBadRequest || strings.Contains(p.Body, "Oppdiktet") {
		t.Errorf("opened for nothing: %d", p.Status)
	}
	if p := phil.Post(card+"/open", url.Values{"field": {"item:V1/check/0/age"}, "purpose": {"call"}}); p.Status != http.StatusBadRequest {
		t.Errorf("opened what is not sealed: %d", p.Status)
	}
	opened := phil.Post(card+"/open", url.Values{"field": {field}, "purpose": {"call"}})
	if opened.Status != http.StatusOK || !strings.Contains(opened.Text(), "Ola Oppdiktet") || !strings.Contains(opened.Header.Get("Cache-Control"), "no-store") {
		t.Fatalf("%d %s", opened.Status, opened.Text())
	}
	a.Settle()
	looks := as("arne", "auditor").Get("/s/small/p/" + id + "/looks")
	if !strings.Contains(looks.Text(), "Whom to call") || !strings.Contains(looks.Text(), "To call or write to the participant") || strings.Contains(looks.Body, "Oppdiktet") {
		t.Errorf("%s", looks.Text())
	}
}
