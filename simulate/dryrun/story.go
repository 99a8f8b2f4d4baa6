package dryrun

import (
	"fmt"
	"strings"
	"time"

	"varde/study"
)

// Story is a broken promise, told as the shortest life that breaks it.
type Story struct {
	Promise Promise `json:"promise"`
	Subject string  `json:"concerns,omitempty"` // the line of the protocol, such as "dosing.rules.sbp-hold"
	What    Text    `json:"what"`
	Days    []Day   `json:"days"`
	Steps   int     `json:"steps"`
}

// Day of a story, counted from the referral.
type Day struct {
	Number int    `json:"day"` // from 1
	Date   string `json:"date"`
	Lines  []Line `json:"lines"`
}

// Line is what somebody did.
type Line struct {
	Time string `json:"time"` // at the site
	Who  Text   `json:"who"`
	Text Text   `json:"text"`
}

// storyOf tells a life that broke a promise.
func (w *world) storyOf(l *life) Story {
	b := l.broken
	s := Story{Promise: PromiseOf(b.Promise), Subject: b.Subject, What: b.What}
	var chain []*told
	for t := l.last; t != nil; t = t.before {
		chain = append(chain, t)
	}
	first := time.Time{}
	add := func(x Step, lines ...Text) {
		zone := l.zone()
		if first.IsZero() {
			first = x.Now
		}
		n := int(study.DayOf(x.Now, zone)-study.DayOf(first, zone)) + 1
		if len(s.Days) == 0 || s.Days[len(s.Days)-1].Number != n {
			s.Days = append(s.Days, Day{Number: n, Date: x.Now.In(zone).Format(time.DateOnly)})
		}
		d := &s.Days[len(s.Days)-1]
		for _, t := range lines {
			d.Lines = append(d.Lines, Line{Time: x.Now.In(zone).Format("15:04"), Who: w.who(x.Actor), Text: t})
		}
	}
	for i := len(chain) - 1; i >= 0; i-- {
		t := chain[i]
		s.Steps++
		var lines []Text
		for _, e := range append(t.events[:len(t.events):len(t.events)], t.other...) {
			switch e.Data.(type) {
			case study.NumberTaken, study.SlotTaken, study.SlotBooked, study.SlotFreed:
				continue
			}
			lines = append(lines, w.tells(l, t.step, e))
		}
		if len(lines) > 0 {
			add(t.step, lines...)
		}
	}
	if b.Refused != nil {
		add(b.Step, text("tries: %s; is refused: %s", "prøver: %s; blir avvist: %s", nameOf(b.Step.Command), b.Refused.Text))
	}
	return s
}

func (w *world) who(a study.Actor) Text {
	role := study.RoleName(a.Role)
	if a.Role == "therapist" || a.Role == "physician" || a.Role == "rater" {
		if n := a.ID[strings.LastIndexByte(a.ID, '-')+1:]; len(n) == 1 {
			return Text{EN: role.EN + " " + n, NB: role.NB + " " + n}
		}
	}
	return role
}

// tells is an event in words, with the answers that are out of the ordinary, and the
// time it was said to have happened when that is another.
func (w *world) tells(l *life, x Step, e study.Event) Text {
	t := study.Describe(w.def, e)
	if d, ok := e.Data.(study.FormSaved); ok {
		if odd := w.odd(d); odd.EN != "" {
			t = text("%s (%s)", "%s (%s)", t, odd)
		}
	}
	if gap := x.Now.Sub(e.At); gap > time.Minute {
		t = text("%s, said to have happened %s", "%s, oppgitt å ha skjedd %s", t, e.At.In(l.zone()).Format("2006-01-02 15:04"))
	}
	return t
}

// odd names the answers that a person whom nothing keeps away would not give.
func (w *world) odd(d study.FormSaved) Text {
	c, ok := w.def.Form(d.Form)
	if !ok {
		return Text{}
	}
	var en, nb []string
	well := w.well.forms[d.Form]
	for _, id := range sortedKeys(d.Items) {
		v := d.Items[id]
		item, known := c.Item(id)
		if usual, said := well[id]; !known || said && (v.Equal(usual) || item.Type == "date" || item.Type == "text") || item.Type == "datetime" {
			continue
		}
		en = append(en, fmt.Sprintf("%s: %s", item.Text.EN, shown(v.Text(), "yes", "no")))
		nb = append(nb, fmt.Sprintf("%s: %s", item.Text.NB, shown(v.Text(), "ja", "nei")))
		if len(en) == 4 {
			break
		}
	}
	return Text{EN: strings.Join(en, "; "), NB: strings.Join(nb, "; ")}
}

func shown(v, yes, no string) string {
	switch v {
	case "true":
		return yes
	case "false":
		return no
	}
	return v
}

// text prints a story, day by day.
func (s Story) text(p *printer) {
	p.say(text("BROKEN: %s", "BRUTT: %s", s.Promise.Text))
	p.say(text("  What went wrong: %s", "  Hva som gikk galt: %s", s.What))
	if s.Subject != "" {
		p.say(text("  Look at: %s", "  Se på: %s", s.Subject))
	}
	for _, d := range s.Days {
		p.say(text("  Day %d (%s)", "  Dag %d (%s)", d.Number, d.Date))
		for _, x := range d.Lines {
			p.line("    " + x.Time + "  " + x.Who.In(p.lang) + ": " + x.Text.In(p.lang))
		}
	}
}
