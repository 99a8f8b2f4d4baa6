// Package webtest gives the tests of the pages a study to look at: a practice
// study of the shipped three-session protocol with one site and its staff, in a
// ledger of its own, with a clock that tests set.
package webtest

import (
	"bytes"
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/instrument"
	"varde/ledger/sqlite"
	"varde/protocol"
	"varde/protocols"
	"varde/study"
)

// Study is the id of the study in a World.
const Study = "practice"

// World is a study with people who work in it.
type World struct {
	App *app.App
	Def *protocol.Definition

	mu  sync.Mutex
	now time.Time
}

// load reads the protocol once.
var load = sync.OnceValues(func() (*protocol.Definition, error) { return protocols.Load("mdma-ptsd-three-session") })

// New opens a World at noon of 2 March 2026 in Oslo. Demo marks it as one. The app may be
// made otherwise than usual, such as with a letter box.
func New(t testing.TB, demo bool, otherwise ...func(*app.Config)) *World {
	t.Helper()
	def, err := load()
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Def: def, now: time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)}
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{Now: w.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	people, keys := People(t, store, w.Now)
	c := app.Config{Store: store, Clock: w.Now, SealKey: bytes.Repeat([]byte{7}, 32), Vault: keys, Identity: people}
	for _, change := range otherwise {
		change(&c)
	}
	w.App, err = app.New(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	w.Do(t, access.System, study.OpenStudy{Mode: "practice", Title: "Practice study", Definition: def})
	w.Do(t, access.System, study.OpenSite{Site: "S01", Name: "Testby", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 2, Rooms: 1})
	w.Do(t, access.System, study.OpenSite{Site: "S02", Name: "Annenby", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 2, Rooms: 1})
	creds := map[string]string{}
	for _, c := range def.Staffing.Credentials {
		creds[c.ID] = ""
	}
	for _, m := range []struct{ id, name, role string }{
		{"coordinator-1", "Kari", "coordinator"}, {"physician-1", "Per", "physician"}, {"therapist-1", "Ane", "therapist"}, {"therapist-2", "Bo", "therapist"},
		{"attendant-1", "Nils", "attendant"}, {"rater-1", "Rut", "rater"}, {"pharmacist-1", "Fia", "pharmacist"},
	} {
		w.Do(t, access.System, study.AssignStaff{Site: "S01", Person: m.id, Name: m.name, Role: m.role, Credentials: creds})
	}
	if err := w.App.SealAllocation(ctx, access.System, Study, bytes.Repeat([]byte{3}, 32)); err != nil {
		t.Fatal(err)
	}
	if demo {
		if err := w.App.SetDemo(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// Now is the world's clock.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Pass lets time pass.
func (w *World) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Actor is somebody of the staff of site S01, or one who works for the whole study.
func (w *World) Actor(role string) access.Actor {
	a := access.Actor{ID: role + "-1", Name: "Test " + role, Role: role, Study: Study}
	switch role {
	case "coordinator", "physician", "therapist", "attendant", "pharmacist":
		a.Sites = []string{"S01"}
	}
	return a
}

// Do carries out a command that must succeed.
func (w *World) Do(t testing.TB, actor access.Actor, cmd study.Command) app.Done {
	t.Helper()
	done, err := w.App.Do(context.Background(), actor, Study, cmd, "")
	if err != nil {
		t.Fatalf("%T: %v", cmd, err)
	}
	return done
}

// Refer begins a participant at site S01 and answers the number.
func (w *World) Refer(t testing.TB) string {
	t.Helper()
	sites, err := w.App.Sites(context.Background(), access.System, Study)
	if err != nil {
		t.Fatal(err)
	}
	id := study.ParticipantNumber("S01", sites[0].Numbers+1)
	w.Do(t, w.Actor("coordinator"), study.Refer{On: study.On{Participant: id}, Site: "S01", Channel: "self", Language: "nb"})
	return id
}

// Consent takes a participant through referral, pre-screening and consent.
func (w *World) Consent(t testing.TB) string {
	t.Helper()
	id := w.Refer(t)
	by := w.Actor("coordinator")
	w.Do(t, by, study.Prescreen{On: study.On{Participant: id}, Passed: true})
	for _, d := range w.Def.Consent.Documents {
		if !d.Valid || !d.Required {
			continue
		}
		answers := map[string]string{}
		for _, q := range d.Questions {
			for _, o := range q.Options {
				if o.Right {
					answers[q.ID] = o.ID
				}
			}
		}
		w.Do(t, by, study.GiveConsent{On: study.On{Participant: id}, Document: d.ID, Version: d.Version, Language: "nb", Answers: answers})
	}
	return id
}

// Number is a numeric answer.
func Number(x float64) instrument.Value { return instrument.NumberValue(x) }
