package app

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// RatingRow is one assessment in a rater's queue. It tells neither which visit it is
// nor how far the participant has come.
type RatingRow struct {
	Participant string    `json:"participant"`
	Ref         string    `json:"ref"` // stands for the visit in addresses (VisitRef)
	Planned     time.Time `json:"planned,omitzero"`
	Done        bool      `json:"done,omitempty"`
	Owes        string    `json:"owes,omitempty"` // "forms", "statement", "hold"; "" when done
}

// viewRating holds a row for every assessment that a rater was drawn for; the row's
// group is the rater.
const viewRating = "rating"

// ratingRow is what the view keeps.
type ratingRow struct {
	Done        bool      `json:"done,omitempty"`
	Owes        string    `json:"owes,omitempty"`
	Participant string    `json:"participant"`
	Planned     time.Time `json:"planned,omitzero"`
	Rater       string    `json:"rater"`
	Visit       string    `json:"visit"`
}

// ratingsOf answers the assessments of a participant that somebody was drawn for, by visit.
func ratingsOf(def *protocol.Definition, s *study.State) []ratingRow {
	if s == nil || len(s.Ratings) == 0 {
		return nil
	}
	var out []ratingRow
	env := study.Env{Now: s.Recorded}
	for i := range def.Visits {
		v := def.Visits[i].ID
		x, ok := s.Ratings[v]
		if !ok || x.Rater == "" || i >= len(s.Visits) {
			continue
		}
		r := ratingRow{Participant: s.ID, Planned: s.Visits[i].Planned, Rater: x.Rater, Visit: v}
		for _, f := range study.VisitForms(def, s, env, i) {
			p, ok := study.PlaceOf(def, v, f.Use.Form)
			if ok && !f.Use.Optional && slices.Contains(p.Roles, "rater") && !f.State.Complete() {
				r.Owes = "forms"
			}
		}
		if r.Owes == "" && x.Stated.IsZero() {
			r.Owes = "statement"
		}
		if r.Owes == "" && s.Visits[i].Held.IsZero() && !s.Status().Gone() {
			r.Owes = "hold"
		}
		r.Done = r.Owes == ""
		if s.Visits[i].Missed != "" {
			r.Done, r.Owes = true, "" // nothing is expected any more
		}
		out = append(out, r)
	}
	return out
}

// ratingRows answers the rows that differ from those of the state before (nil: of none).
func ratingRows(def *protocol.Definition, before, s *study.State) ([]ledger.Row, error) {
	was, is := ratingsOf(def, before), ratingsOf(def, s)
	var rows []ledger.Row
	for _, r := range is {
		if slices.ContainsFunc(was, func(w ratingRow) bool {
			return w.Visit == r.Visit && w.Rater == r.Rater && w.Owes == r.Owes && w.Done == r.Done && w.Planned.Equal(r.Planned)
		}) {
			continue
		}
		doc, err := canonical(r)
		if err != nil {
			return nil, err
		}
		rows = append(rows, ledger.Row{View: viewRating, Key: s.ID + "/" + r.Visit, Site: s.Site, Parent: s.ID, Group: r.Rater, Due: r.Planned, Sort: s.ID + "/" + r.Visit, Doc: doc})
	}
	for _, w := range was {
		if !slices.ContainsFunc(is, func(r ratingRow) bool { return r.Visit == w.Visit }) {
			rows = append(rows, ledger.Row{View: viewRating, Key: s.ID + "/" + w.Visit, Delete: true})
		}
	}
	return rows, nil
}

// Ratings answers the assessments drawn for the actor, by appointment, done ones last.
func (a *App) Ratings(ctx context.Context, actor access.Actor, studyID string) ([]RatingRow, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.Rate); err != nil {
		return nil, err
	}
	rows, err := a.store.Rows(ctx, ledger.Query{Study: studyID, View: viewRating, Sites: actor.Sites, Groups: []string{actor.ID}, ByDue: true})
	if err != nil {
		return nil, err
	}
	out := make([]RatingRow, 0, len(rows))
	for _, row := range rows {
		var r ratingRow
		if err := json.Unmarshal(row.Doc, &r); err != nil {
			return nil, err
		}
		out = append(out, RatingRow{Participant: r.Participant, Ref: a.VisitRef(actor, studyID, r.Participant, r.Visit), Planned: r.Planned, Done: r.Done, Owes: r.Owes})
	}
	slices.SortStableFunc(out, func(x, y RatingRow) int {
		rank := func(done bool) int {
			if done {
				return 1
			}
			return 0
		}
		// Of equal appointments the reference decides, in which no order shows.
		return cmp.Or(cmp.Compare(rank(x.Done), rank(y.Done)), nullsLast(x.Planned, y.Planned), cmp.Compare(x.Participant, y.Participant), cmp.Compare(x.Ref, y.Ref))
	})
	return out, nil
}

func nullsLast(x, y time.Time) int {
	switch {
	case x.IsZero() && y.IsZero():
		return 0
	case x.IsZero():
		return 1
	case y.IsZero():
		return -1
	}
	return x.Compare(y)
}

// VisitRef is what stands for a visit in the actor's addresses and answers: the
// visit's id, or for a role that must not know which visit it is, a keyed reference
// in which no order shows.
func (a *App) VisitRef(actor access.Actor, studyID, participant, visit string) string {
	h, err := a.host(studyID)
	if err != nil || !h.masks(actor, visit) {
		return visit
	}
	return a.refOf(h, participant, visit)
}

// masks says that the actor must not know that an assessment is of this visit.
func (h *host) masks(actor access.Actor, visit string) bool {
	def := h.definition()
	v, ok := def.Visit(visit)
	return ok && v.Hides && access.HidesVisit(def, actor.Role)
}

func (a *App) refOf(h *host, participant, visit string) string {
	m := hmac.New(sha256.New, a.refKey)
	for _, part := range []string{h.id, participant, visit} {
		m.Write([]byte(part))
		m.Write([]byte{0})
	}
	var sum [sha256.Size]byte
	return "a" + hex.EncodeToString(m.Sum(sum[:0])[:8])
}

// refKeyOf derives the key of references from the seal key (RFC 5869).
func refKeyOf(seal []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, seal, nil, "varde visit reference", 32)
}

// VisitOf is the visit that a reference means; ok is false for one that means none
// to this actor. "-" and "" are logs.
func (a *App) VisitOf(actor access.Actor, studyID, participant, ref string) (visit string, ok bool) {
	if ref == "" || ref == "-" {
		return "", true
	}
	h, err := a.host(studyID)
	if err != nil {
		return "", false
	}
	def := h.definition()
	for i := range def.Visits {
		v := &def.Visits[i]
		want := v.ID
		if h.masks(actor, v.ID) {
			want = a.refOf(h, participant, v.ID)
		}
		if hmac.Equal([]byte(want), []byte(ref)) {
			return v.ID, true
		}
	}
	return "", false
}

// maskVisit puts references in the place of visits that the actor must not know. The
// hash of what was masked would let them be guessed, and is left out.
func (a *App) maskVisit(h *host, actor access.Actor, e study.Event) study.Event {
	v := reflect.ValueOf(e.Data)
	if v.Kind() != reflect.Struct {
		return e
	}
	f := v.FieldByName("Visit")
	if !f.IsValid() || f.Kind() != reflect.String || !h.masks(actor, f.String()) {
		return e
	}
	n := reflect.New(v.Type()).Elem()
	n.Set(v)
	n.FieldByName("Visit").SetString(a.refOf(h, participantIn(e.Stream), f.String()))
	e.Data, _ = n.Interface().(study.Payload)
	e.Hash = ledger.Hash{}
	return e
}

// ownRatings leaves the assessments that were drawn for the actor.
func ownRatings(all map[string]study.RatingState, actor access.Actor) map[string]study.RatingState {
	var own map[string]study.RatingState
	for visit, r := range all {
		if r.Rater == actor.ID {
			if own == nil {
				own = map[string]study.RatingState{}
			}
			own[visit] = r
		}
	}
	return own
}
