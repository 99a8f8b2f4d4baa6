package ical

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("", 3600))

func sample() Calendar {
	return Calendar{Name: "Varde", Language: "nb", Events: []Event{
		{UID: "0a1b@varde", Summary: "S01-004 · Behandlingsdag, lang tittel med æøå, komma; semikolon \\ og\nlinjeskift, så linjen må brettes to ganger", Location: "Rom 1", From: noon, Until: noon.Add(8 * time.Hour), Sequence: 2, Modified: noon.Add(-time.Hour)},
		{UID: "0c2d@varde", Summary: "S01-005", From: noon.Add(48 * time.Hour), Until: noon.Add(49 * time.Hour), Cancelled: true, Sequence: 3, Modified: noon},
	}}
}

func text(t testing.TB, c Calendar) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// musts checks what RFC 5545 demands of every calendar.
func musts(t interface{ Errorf(string, ...any) }, s string) {
	if !strings.HasSuffix(s, "END:VCALENDAR\r\n") || strings.Contains(strings.ReplaceAll(s, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(s, "\r\n", ""), "\r") {
		t.Errorf("3.1: lines end with CRLF and nothing else")
	}
	for _, l := range strings.Split(s, "\r\n") {
		if len(l) > 75 {
			t.Errorf("3.1: a line of %d octets: %q", len(l), l)
		}
		if !utf8.ValidString(l) {
			t.Errorf("3.1: a character is cut: %q", l)
		}
	}
	flat := strings.ReplaceAll(s, "\r\n ", "")
	one := func(what, name string) {
		for _, l := range strings.Split(flat, "\r\n") {
			if k, _, _ := strings.Cut(l, ":"); k == name {
				return
			}
		}
		t.Errorf("%s: no %s", what, name)
	}
	one("3.7.3", "PRODID")
	one("3.7.4", "VERSION")
	for _, e := range strings.Split(flat, "BEGIN:VEVENT")[1:] {
		for _, must := range []string{`UID:\S+`, `DTSTAMP:\d{8}T\d{6}Z`, `DTSTART:\d{8}T\d{6}Z`, `DTEND:\d{8}T\d{6}Z`, `SEQUENCE:\d+`, `LAST-MODIFIED:\d{8}T\d{6}Z`, `STATUS:(CONFIRMED|CANCELLED)`} {
			if n := len(regexp.MustCompile(`(?m)^`+must+`\r?$`).FindAllString(e, -1)); n != 1 {
				t.Errorf("3.6.1: %s stands %d times in %q", must, n, e)
			}
		}
	}
}

func TestWrite(t *testing.T) {
	s := text(t, sample())
	musts(t, s)
	cal, err := ics.ParseCalendar(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	events := cal.Events()
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	for i, want := range sample().Events {
		got := events[i]
		from, err1 := got.GetStartAt()
		until, err2 := got.GetEndAt()
		if err1 != nil || err2 != nil || !from.Equal(want.From) || !until.Equal(want.Until) || got.Id() != want.UID {
			t.Errorf("%s: %v to %v (%v, %v)", got.Id(), from, until, err1, err2)
		}
		if p := got.GetProperty(ics.ComponentPropertySummary); p == nil || p.Value != want.Summary {
			t.Errorf("%s: summary %+v", got.Id(), p)
		}
		if p := got.GetProperty(ics.ComponentPropertySequence); p == nil || p.Value != fmt.Sprint(want.Sequence) {
			t.Errorf("%s: sequence %+v", got.Id(), p)
		}
		if p := got.GetProperty(ics.ComponentPropertyStatus); p == nil || (p.Value == "CANCELLED") != want.Cancelled {
			t.Errorf("%s: status %+v", got.Id(), p)
		}
	}
	if text(t, sample()) != s {
		t.Error("the same appointments give other bytes")
	}
	if empty := text(t, Calendar{Name: "Varde"}); !strings.Contains(empty, "BEGIN:VCALENDAR") {
		t.Error("an empty calendar is none")
	}
}

// Whatever a title holds, it can neither break a line nor begin a property.
func TestTitlesStayTitles(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		title := rapid.StringN(0, 120, 400).Draw(r, "title") + rapid.SampledFrom([]string{"", "\r\nATTENDEE:mailto:x@example.org", "\nEND:VEVENT", "æøå;,\\"}).Draw(r, "more")
		c := Calendar{Name: "Varde", Events: []Event{{UID: "1@varde", Summary: title, From: noon, Until: noon.Add(time.Hour), Modified: noon}}}
		var b bytes.Buffer
		if err := Write(&b, c); err != nil {
			r.Fatal(err)
		}
		s := b.String()
		for _, l := range strings.Split(strings.ReplaceAll(s, "\r\n ", ""), "\r\n") {
			if strings.HasPrefix(l, "ATTENDEE") {
				r.Fatalf("a title became a property: %q", s)
			}
		}
		if strings.Count(s, "\r\nEND:VEVENT\r\n") != 1 {
			r.Fatalf("%q", s)
		}
		musts(r, s)
	})
}
