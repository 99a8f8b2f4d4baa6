// Package ical writes appointments as an iCalendar (RFC 5545) that calendar programs
// subscribe to. Times are UTC. The same appointments give the same bytes: what changes is
// what happened, never the moment of asking.
package ical

import (
	"io"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// MediaType of what Write writes.
const MediaType = "text/calendar; charset=utf-8"

// Calendar is one feed.
type Calendar struct {
	Name     string // as programs show it
	Language string // "en" or "nb"
	Events   []Event
}

// Event is one appointment.
type Event struct {
	UID         string // stable over all changes
	Summary     string
	Description string // "" = none
	Location    string // "" = none
	From, Until time.Time
	Cancelled   bool
	Sequence    int       // grows with every change
	Modified    time.Time // of the last change; also its stamp, so that bytes stay the same
}

// refresh is how often programs are asked to look again.
const refresh = "PT1H"

// Write writes the calendar with CRLF and folded lines. The sort of product is named, no
// version: the bytes are compared by readers to see whether anything changed.
func Write(w io.Writer, c Calendar) error {
	cal := ics.NewCalendarFor("Varde")
	cal.SetProductId("-//Varde//Calendar//" + map[bool]string{true: "NB", false: "EN"}[c.Language == "nb"])
	cal.SetMethod(ics.MethodPublish)
	cal.SetCalscale("GREGORIAN")
	cal.SetXWRCalName(c.Name)
	cal.SetName(c.Name)
	cal.SetRefreshInterval(refresh, ics.WithValue("DURATION"))
	cal.SetXPublishedTTL(refresh)
	for _, e := range c.Events {
		x := cal.AddEvent(e.UID)
		stamp := e.Modified
		if stamp.IsZero() {
			stamp = e.From
		}
		x.SetDtStampTime(stamp)
		x.SetModifiedAt(stamp)
		x.SetStartAt(e.From)
		x.SetEndAt(e.Until)
		x.SetSummary(plain(e.Summary))
		x.SetSequence(e.Sequence)
		x.SetClass(ics.ClassificationPrivate)
		x.SetStatus(ics.ObjectStatusConfirmed)
		if e.Cancelled {
			x.SetStatus(ics.ObjectStatusCancelled)
		}
		if e.Description != "" {
			x.SetDescription(plain(e.Description))
		}
		if e.Location != "" {
			x.SetLocation(plain(e.Location))
		}
	}
	return cal.SerializeTo(w, ics.WithNewLine("\r\n"), ics.WithLineLength(75))
}

// plain answers a text without what RFC 5545 (3.3.11) lets no text hold: control
// characters besides the tab and the line break, which is written as \n.
func plain(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}
