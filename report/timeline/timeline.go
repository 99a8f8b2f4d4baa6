// Package timeline draws a protocol over time: every visit with the days on which it
// may be held, counted as the schedule of activities counts them, with every visit on
// its target. Treated shows whoever goes on with treatment up to the main outcome, All
// the whole of it, Stopped those who stopped treatment and are still asked to come.
package timeline

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"varde/bilingual"
	"varde/chart"
	"varde/protocol"
	"varde/report/schedule"
)

// The kinds of visits, in the order of their shapes.
var kinds = []protocol.VisitKind{protocol.Session, protocol.Rating, protocol.Clinic, protocol.Phone, protocol.Remote}

// Treated is the timeline of everybody who goes on with treatment, in language "en" or
// "nb", up to the main outcome; the long follow-up after it would leave no room for the
// days that matter most. Visits that not everybody has are dashed.
func Treated(def *protocol.Definition, lang string) chart.Timeline {
	say := sayer(lang)
	days := daysOf(def, lang)
	end := mainVisit(def)
	until, ok := days.day[end]
	return draw(def, lang, days, chart.Frame{
		ID: "timeline", Lang: lang,
		Title: say("Visits up to the main outcome", "Besøk frem til hovedutfallet"),
		Desc: say("Each bar runs from the first to the last day on which the visit may be held when all before it are on their targets; the mark is the target. Dashed: not everybody has it.",
			"Hver stolpe går fra første til siste dag besøket kan holdes når alle før det er på målet; merket er målet. Stiplet: ikke alle har det."),
	}, func(v *protocol.Visit) bool {
		day, known := days.day[v.ID]
		return !ok || !known || day <= until
	})
}

// All is the timeline with the follow-up after the main outcome.
func All(def *protocol.Definition, lang string) chart.Timeline {
	say := sayer(lang)
	return draw(def, lang, daysOf(def, lang), chart.Frame{
		ID: "timeline-all", Lang: lang, Title: say("All visits", "Alle besøk"),
		Desc: say("The same, with the follow-up after the main outcome.", "Det samme, med oppfølgingen etter hovedutfallet."),
	}, func(*protocol.Visit) bool { return true })
}

// mainVisit is the visit of the main comparison, "" when none is named.
func mainVisit(def *protocol.Definition) string {
	for _, e := range def.Analysis.Endpoints {
		if e.Role == "primary" {
			return e.At
		}
	}
	return ""
}

// Stopped is the timeline of those who stopped treatment and may still be followed up.
func Stopped(def *protocol.Definition, lang string) chart.Timeline {
	say := sayer(lang)
	return draw(def, lang, daysOf(def, lang), chart.Frame{
		ID: "timeline-stopped", Lang: lang,
		Title: say("Visits that remain when treatment is stopped", "Besøk som gjenstår når behandlingen stanses"),
		Desc:  say("Counted as if every session before had been held.", "Regnet som om alle økter før var holdt."),
	}, func(v *protocol.Visit) bool { return slices.Contains(def.Withdrawal.FollowUp, v.ID) })
}

func sayer(lang string) func(en, nb string) string {
	return func(en, nb string) string { return bilingual.Text{EN: en, NB: nb}.In(lang) }
}

// calendar holds the nominal days of the visits that hang together with day zero, and in
// words when the others are.
type calendar struct {
	day   map[string]float64
	words map[string]string
}

func daysOf(def *protocol.Definition, lang string) calendar {
	c := calendar{map[string]float64{}, map[string]string{}}
	for _, x := range schedule.Of(def, lang).Columns {
		if n, err := strconv.Atoi(strings.Replace(x.Day, "−", "-", 1)); err == nil {
			c.day[x.Visit] = float64(n)
		} else {
			c.words[x.Visit] = x.Day
		}
	}
	return c
}

func draw(def *protocol.Definition, lang string, days calendar, f chart.Frame, shown func(*protocol.Visit) bool) chart.Timeline {
	say := sayer(lang)
	t := chart.Timeline{Frame: f, X: chart.Axis{Label: zero(def, days, lang)},
		Heads: [5]string{say("Visit", "Besøk"), say("First day", "Første dag"), say("Target", "Mål"), say("Last day", "Siste dag"), say("Note", "Merknad")}}
	used := map[protocol.VisitKind]bool{}
	for _, e := range def.Epochs {
		g := chart.TimelineGroup{Name: e.Title.In(lang)}
		for i := range def.Visits {
			if v := &def.Visits[i]; v.Epoch == e.ID && shown(v) {
				g.Rows = append(g.Rows, row(v, days, lang))
				used[v.Kind] = true
			}
		}
		slices.SortStableFunc(g.Rows, func(a, b chart.TimelineRow) int { return byDay(a.At, b.At) })
		t.Groups = append(t.Groups, g)
	}
	for i, k := range kinds {
		if used[k] {
			for len(t.Kinds) < i {
				t.Kinds = append(t.Kinds, kindName(kinds[len(t.Kinds)], lang))
			}
			t.Kinds = append(t.Kinds, kindName(k, lang))
		}
	}
	return t
}

// byDay puts visits that hang on no day last.
func byDay(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b), a == b:
		return 0
	case math.IsNaN(a), a > b:
		return 1
	}
	return -1
}

func row(v *protocol.Visit, days calendar, lang string) chart.TimelineRow {
	say := sayer(lang)
	r := chart.TimelineRow{Name: v.ID + " " + v.Title.In(lang), Kind: max(slices.Index(kinds, v.Kind), 0), Dashed: v.Optional || v.When != ""}
	r.From, r.At, r.To, r.Instead = math.NaN(), math.NaN(), math.NaN(), days.words[v.ID]
	if day, ok := days.day[v.ID]; ok {
		r.At, r.From, r.To = day, day+float64(v.Before.Days()), day+float64(v.After.Days())
	}
	var notes []string
	if v.Optional {
		notes = append(notes, say("optional", "valgfritt"))
	}
	if v.When != "" {
		notes = append(notes, say("when ", "når ")+v.When)
	}
	if v.Treatment {
		notes = append(notes, say("not after treatment is stopped", "ikke etter at behandlingen er stanset"))
	}
	r.Note = strings.Join(notes, "; ")
	return r
}

// zero names what the days are counted from.
func zero(def *protocol.Definition, days calendar, lang string) string {
	say := sayer(lang)
	for i := range def.Visits {
		v := &def.Visits[i]
		if day, ok := days.day[v.ID]; ok && day == 0 {
			return fmt.Sprintf(say("Days from %s", "Dager fra %s"), v.ID+" "+v.Title.In(lang))
		}
	}
	return say("Days", "Dager")
}

func kindName(k protocol.VisitKind, lang string) string {
	say := sayer(lang)
	switch k {
	case protocol.Session:
		return say("Dosing session", "Doseringsøkt")
	case protocol.Rating:
		return say("Rating", "Vurdering")
	case protocol.Phone:
		return say("Telephone", "Telefon")
	case protocol.Remote:
		return say("Remote", "Fjernmøte")
	}
	return say("At the site", "På senteret")
}
