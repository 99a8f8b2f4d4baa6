package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"varde/access"
	"varde/web"
	"varde/web/page"
	"varde/web/webtest"
)

// A log is read by people who must not know who takes part.
func TestTheLogNamesNobody(t *testing.T) {
	w := webtest.New(t, false)
	var out bytes.Buffer
	s, err := web.New(web.Config{App: w.App, Log: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	id := w.Refer(t)
	c := w.As(t, s, w.Actor("coordinator"))
	c.Get(base + "/p/" + id)
	c.Get(base + "/p/S01-999")
	log := out.String()
	if !strings.Contains(log, `route="GET /s/{study}/p/{id}"`) || !strings.Contains(log, "status=404") {
		t.Errorf("the log lacks route or status: %s", log)
	}
	if strings.Contains(log, id) || strings.Contains(log, "S01") || strings.Contains(log, "coordinator") {
		t.Errorf("the log names somebody: %s", log)
	}
}

func TestAPanicIsAPageAndALineInTheLog(t *testing.T) {
	w := webtest.New(t, false)
	var out bytes.Buffer
	bad := page.Module{Name: "bad", Routes: []page.Route{
		{Pattern: "GET /s/{study}/bad", Need: access.SeeList, Handle: func(*page.Context) error { panic("S01-001 was here") }},
		{Pattern: "GET /s/{study}/worse", Need: access.SeeList, Handle: func(*page.Context) error { return fmt.Errorf("%d", []int{}[len(os.Args[:0])]) }},
	}}
	s, err := web.New(web.Config{App: w.App, Log: slog.New(slog.NewTextHandler(&out, nil)), Modules: []page.Module{bad}})
	if err != nil {
		t.Fatal(err)
	}
	c := w.As(t, s, w.Actor("coordinator"))
	for _, path := range []string{"/bad", "/worse"} {
		for _, lang := range []string{"en", "nb"} {
			c.Lang = lang
			a := c.Get(base + path)
			if a.Status != http.StatusInternalServerError || strings.Contains(a.Body, "S01-001") || strings.Contains(a.Body, "panic") {
				t.Errorf("%s: %d %s", path, a.Status, a.Text())
			}
			webtest.CheckHTML(t, path, a.Body)
		}
	}
	if log := out.String(); strings.Contains(log, "S01-001") || !strings.Contains(log, "index out of range") {
		t.Errorf("the log: %s", log)
	}
}
