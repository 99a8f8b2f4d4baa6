package app

import (
	"slices"
	"time"

	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// Views. A row is a function of one participant's state alone, so that writing it
// with each command and rebuilding it from the ledger give the same bytes.
const (
	viewParticipant = "participant"
	viewTask        = "task"
)

// ParticipantRow is one line of the list of participants. It carries nothing that
// depends on the arm.
type ParticipantRow struct {
	Adverse      int                  `json:"adverse,omitempty"`
	Closes       time.Time            `json:"closes,omitzero"` // earliest deadline of a task
	Deviations   int                  `json:"deviations,omitempty"`
	Doses        int                  `json:"doses,omitempty"`
	Failed       []string             `json:"failed,omitempty"` // criteria, after a screen failure
	FailedAt     string               `json:"failedAt,omitempty"`
	FormsDone    int                  `json:"formsDone,omitempty"`
	FormsDue     int                  `json:"formsDue,omitempty"`
	ID           string               `json:"id"`
	Kit          string               `json:"kit,omitempty"`
	Last         time.Time            `json:"last"`
	LeftReason   string               `json:"leftReason,omitempty"`
	MissingItems int                  `json:"missingItems,omitempty"`
	NextTask     study.Task           `json:"nextTask,omitzero"`
	Queries      int                  `json:"queries,omitempty"`
	Reached      map[string]time.Time `json:"reached,omitempty"` // milestones
	Serious      int                  `json:"serious,omitempty"`
	Site         string               `json:"site"`
	Status       study.Status         `json:"status"`
	StopReason   string               `json:"stopReason,omitempty"`
	Tasks        int                  `json:"tasks,omitempty"`
	VisitsHeld   int                  `json:"visitsHeld,omitempty"`
	VisitsOut    int                  `json:"visitsOut,omitempty"` // held out of window, or missed
}

// TaskRow is a task with whose it is.
type TaskRow struct {
	Participant string     `json:"participant"`
	Site        string     `json:"site"`
	Task        study.Task `json:"task"`
}

func participantRow(def *protocol.Definition, s *study.State, tasks []study.Task) ParticipantRow {
	r := ParticipantRow{
		ID: s.ID, Site: s.Site, Status: s.Status(), Kit: s.Kit, Doses: s.Doses, Last: s.Recorded,
		Queries: s.OpenQueries(), Deviations: len(s.Deviations), Tasks: len(tasks),
		StopReason: s.StopReason, LeftReason: s.LeftReason, Reached: make(map[string]time.Time, len(s.Reached)),
	}
	for m, t := range s.Reached {
		r.Reached[string(m)] = t
	}
	if s.Failure != nil {
		r.FailedAt, r.Failed = s.Failure.Gate, s.Failure.Failed
	}
	if s.Prescreen != nil && !s.Prescreen.Passed {
		r.FailedAt, r.Failed = "prescreen", s.Prescreen.Reasons
	}
	if len(tasks) > 0 {
		r.NextTask = tasks[0]
	}
	for _, t := range tasks {
		if !t.Closes.IsZero() && (r.Closes.IsZero() || t.Closes.Before(r.Closes)) {
			r.Closes = t.Closes
		}
	}
	for _, d := range s.Deviations {
		if d.Code == study.DeviationOutOfWindow || d.Code == study.DeviationVisitMissed {
			r.VisitsOut++
		}
	}
	env := study.Env{Now: s.Recorded}
	for i := range s.Visits {
		if s.Visits[i].Held.IsZero() {
			continue
		}
		r.VisitsHeld++
		for _, f := range study.VisitForms(def, s, env, i) {
			if f.Use.Optional {
				continue
			}
			r.FormsDue++
			if f.State.Complete() {
				r.FormsDone++
			}
		}
	}
	for key, f := range s.Forms {
		r.MissingItems += len(f.Missing)
		if key.Form == def.Safety.Form {
			r.Adverse++
			if serious, ok := f.Values["serious"].Bool(); ok && serious {
				r.Serious++
			}
		}
	}
	return r
}

// rowsFor answers the rows to write after a change of the state was (nil: there was
// none): the participant's, and those tasks and assessments that are new, changed or
// gone.
func rowsFor(def *protocol.Definition, was, s *study.State, tasks, before []study.Task) ([]ledger.Row, error) {
	doc, err := canonical(participantRow(def, s, tasks))
	if err != nil {
		return nil, err
	}
	r := ledger.Row{View: viewParticipant, Key: s.ID, Site: s.Site, Group: string(s.Status()), Sort: s.ID, Doc: doc}
	for _, t := range tasks {
		if !t.Closes.IsZero() && (r.Due.IsZero() || t.Closes.Before(r.Due)) {
			r.Due = t.Closes
		}
	}
	rows := []ledger.Row{r}
	for _, t := range tasks {
		if i := slices.IndexFunc(before, func(b study.Task) bool { return b.ID == t.ID }); i >= 0 && sameTask(before[i], t) {
			continue
		}
		row, err := taskRow(s, t)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	for _, b := range before {
		if !slices.ContainsFunc(tasks, func(t study.Task) bool { return b.ID == t.ID }) {
			rows = append(rows, ledger.Row{View: viewTask, Key: s.ID + "/" + b.ID, Delete: true})
		}
	}
	ratings, err := ratingRows(def, was, s)
	if err != nil {
		return nil, err
	}
	place, err := placeRows(def, was, s)
	if err != nil {
		return nil, err
	}
	appointments, err := appointmentRows(def, was, s)
	if err != nil {
		return nil, err
	}
	return append(append(append(rows, ratings...), place...), appointments...), nil
}

func taskRow(s *study.State, t study.Task) (ledger.Row, error) {
	doc, err := canonical(TaskRow{Participant: s.ID, Site: s.Site, Task: t})
	if err != nil {
		return ledger.Row{}, err
	}
	due := t.Due
	if due.IsZero() {
		due = t.Closes
	}
	return ledger.Row{View: viewTask, Key: s.ID + "/" + t.ID, Site: s.Site, Parent: s.ID, Group: string(t.Kind), Due: due, Sort: s.ID + "/" + t.ID, Doc: doc}, nil
}

func sameTask(a, b study.Task) bool {
	return a.Kind == b.Kind && a.Title == b.Title && slices.Equal(a.Roles, b.Roles) && a.Visit == b.Visit && a.Form == b.Form &&
		a.Repeat == b.Repeat && a.Ref == b.Ref && a.Opens.Equal(b.Opens) && a.Due.Equal(b.Due) && a.Closes.Equal(b.Closes)
}
