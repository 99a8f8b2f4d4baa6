// Package migrate carries a running study's record over to an amended protocol, on a
// copy in memory: every participant's events are replayed under the old version and the
// new one, the states compared, and everybody who is still in the study is led on to
// the end under the new. Nothing is written to the record.
//
//	records, err := migrate.Read(ctx, store, "ptsd-oslo")
//	report, err := migrate.Run(ctx, migrate.Config{Old: records.Definition, New: next, Records: records, Now: now})
package migrate

import (
	"cmp"
	"context"
	"slices"
	"time"

	"varde/bilingual"
	"varde/protocol"
	"varde/protocol/diff"
	"varde/simulate/dryrun"
	"varde/study"
)

// Text in English and Norwegian.
type Text = bilingual.Text

// text fills both languages of a format with the same arguments.
func text(en, nb string, args ...any) Text { return bilingual.Format(en, nb, args...) }

// Config of a migration that is tried out.
type Config struct {
	Old, New *protocol.Definition
	Records  []Record
	Now      time.Time // the day on which the amendment would take effect
}

// Record is what the ledger holds of one participant, in order.
type Record struct {
	Participant string
	Events      []study.Event
}

// Effect is what the amendment does to one participant.
type Effect struct {
	Code        string      `json:"code"`
	Participant string      `json:"participant"`
	Status      string      `json:"status"` // where the participant is
	Place       string      `json:"place"`  // in the protocol
	Breaks      bool        `json:"breaks"` // not safe to approve while this is so
	Weight      diff.Weight `json:"weight"` // how it is told
	Text        Text        `json:"text"`
}

// Summary counts one kind of effect.
type Summary struct {
	Code         string   `json:"code"`
	Title        Text     `json:"title"`
	Breaks       bool     `json:"breaks"`
	Effects      int      `json:"effects"`
	Participants []string `json:"participants"`
}

// Report of a migration.
type Report struct {
	Change       *diff.Report `json:"change"`
	Participants int          `json:"participants"` // records that were carried over
	Going        int          `json:"going"`        // of them still in the study
	Safe         bool         `json:"safe"`         // nothing breaks, for anybody
	Summary      []Summary    `json:"summary"`
	Effects      []Effect     `json:"effects"`
}

// Run carries every record over and answers what happens to whom.
func Run(ctx context.Context, c Config) (*Report, error) {
	change := diff.Compare(c.Old, c.New)
	r := &Report{Change: change, Participants: len(c.Records), Summary: []Summary{}, Effects: []Effect{}}
	ahead, err := dryrun.NewGuide(c.New)
	if err != nil {
		return nil, err
	}
	behind, err := dryrun.NewGuide(c.Old)
	if err != nil {
		return nil, err
	}
	for _, rec := range c.Records {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(rec.Events) == 0 {
			continue
		}
		m := &move{old: c.Old, new: c.New, now: c.Now, behind: behind, ahead: ahead, was: study.Replay(c.Old, rec.Events), is: study.Replay(c.New, rec.Events)}
		m.compare()
		if !m.was.Status().Gone() {
			r.Going++
		}
		r.Effects = append(r.Effects, m.effects...)
	}
	r.sum()
	return r, nil
}

// sum counts the effects by kind, those that break first.
func (r *Report) sum() {
	r.Safe = !r.Change.HasErrors()
	at := map[string]int{}
	for _, e := range r.Effects {
		i, ok := at[e.Code]
		if !ok {
			i = len(r.Summary)
			at[e.Code] = i
			r.Summary = append(r.Summary, Summary{Code: e.Code, Title: titles[e.Code]})
		}
		s := &r.Summary[i]
		s.Effects++
		s.Breaks = s.Breaks || e.Breaks
		if !slices.Contains(s.Participants, e.Participant) {
			s.Participants = append(s.Participants, e.Participant)
		}
		r.Safe = r.Safe && !e.Breaks
	}
	slices.SortStableFunc(r.Summary, func(a, b Summary) int {
		if a.Breaks != b.Breaks {
			if a.Breaks {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Code, b.Code)
	})
}

// Codes of effects.
const (
	OwesConsent    = "owes-consent"
	ValueLost      = "value-lost"
	ValueMisfit    = "value-misfit"
	AnswerOwed     = "answer-owed"
	ScoreChanged   = "score-changed"
	VisitLost      = "visit-lost"
	WindowMoved    = "window-moved"
	Overdue        = "overdue"
	OutOfWindow    = "appointment-out-of-window"
	StatusChanged  = "status-changed"
	MilestoneLost  = "milestone-lost"
	NotEligible    = "not-eligible-any-more"
	NotDecidable   = "criterion-not-collected"
	InSession      = "session-under-way"
	DoseOutside    = "dose-outside-table"
	TasksChanged   = "tasks-changed"
	Stranded       = "stranded"
	AlertUnowned   = "alert-without-owner"
	ReportsChanged = "reports-changed"
)

var titles = map[string]Text{
	OwesConsent:    {EN: "owes a consent to the new version", NB: "skylder samtykke til den nye versjonen"},
	ValueLost:      {EN: "answers that the new version has no place for", NB: "svar den nye versjonen ikke har plass til"},
	ValueMisfit:    {EN: "answers that do not fit the new items", NB: "svar som ikke passer de nye feltene"},
	AnswerOwed:     {EN: "answers that are required from now on", NB: "svar som kreves fra nå av"},
	ScoreChanged:   {EN: "scores that come out differently", NB: "skårer som blir annerledes"},
	VisitLost:      {EN: "visits that took place and have no meaning any more", NB: "besøk som har funnet sted og ikke lenger har mening"},
	WindowMoved:    {EN: "visits ahead whose window moves", NB: "kommende besøk hvis vindu flyttes"},
	Overdue:        {EN: "visits that become overdue at once", NB: "besøk som straks blir forsinket"},
	OutOfWindow:    {EN: "appointments that fall out of the window", NB: "avtaler som havner utenfor vinduet"},
	StatusChanged:  {EN: "a status that changes", NB: "status som endres"},
	MilestoneLost:  {EN: "a milestone that is reached no longer", NB: "en milepæl som ikke lenger er nådd"},
	NotEligible:    {EN: "enrolled, and not eligible under the new criteria (nothing is undone)", NB: "inkludert, og ikke kvalifisert etter de nye kriteriene (ingenting gjøres om)"},
	NotDecidable:   {EN: "enrolled, and a new criterion was never asked about", NB: "inkludert, og et nytt kriterium ble aldri spurt om"},
	InSession:      {EN: "in a dosing session right now", NB: "i en doseringsøkt akkurat nå"},
	DoseOutside:    {EN: "took a dose that the new table does not have", NB: "har fått en dose den nye tabellen ikke har"},
	TasksChanged:   {EN: "tasks that come or go", NB: "oppgaver som kommer eller går"},
	Stranded:       {EN: "no way to the end under the new version", NB: "ingen vei til slutten under den nye versjonen"},
	AlertUnowned:   {EN: "an open alert that nobody owns any more", NB: "et åpent varsel som ingen lenger eier"},
	ReportsChanged: {EN: "safety reports owed that come or go", NB: "skyldige sikkerhetsrapporter som kommer eller går"},
}
