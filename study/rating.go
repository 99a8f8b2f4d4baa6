package study

import (
	"maps"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/protocol"
)

// Blinded rating: a rater is drawn at random for each assessment among those who
// have nothing to do with the participant's treatment, and states afterwards
// whether anything unblinding was said.

// DrawRater draws a rater for an assessment, or another when Reason says why the
// first cannot do it.
type DrawRater struct {
	On
	Visit  string
	Reason string
}

// StateBlindness is the rater's statement after the assessment.
type StateBlindness struct {
	On
	Visit string
	Blind bool   // nothing was said or seen that tells the arm or the visit
	What  string // otherwise: what
}

// RaterDrawn assigns an assessment.
type RaterDrawn struct {
	Among int    `json:"among"` // how many could have been drawn
	Rater string `json:"rater"`
	Visit string `json:"visit"`
}

// BlindnessStated is the rater's statement.
type BlindnessStated struct {
	Blind bool   `json:"blind"`
	Visit string `json:"visit"`
	What  string `json:"what,omitempty"`
}

func (RaterDrawn) eventType() string      { return "rating.drawn" }
func (BlindnessStated) eventType() string { return "rating.stated" }

// RatingState is one assessment by a rater.
type RatingState struct {
	Visit  string
	Rater  string // account; "" = none drawn
	Drawn  time.Time
	Stated time.Time
	Blind  bool
	What   string
}

// DeviationRaterUnblinded says that a rater stated to be blind no longer.
const DeviationRaterUnblinded = "rater-unblinded"

// Rated says that a rater is drawn for the visit: an assessment by raters, or a
// visit whose number is hidden from them, in a study that keeps anybody blind.
func Rated(def *protocol.Definition, v *protocol.Visit) bool {
	return len(def.Blinding) > 0 && (v.Kind == protocol.Rating || v.Hides) && contains(v.By, "rater")
}

func (d *decision) drawRater(c DrawRater) *Refusal {
	if r := d.capable(access.DrawRater); r != nil {
		return r
	}
	v, i, r := d.visit(c.Visit)
	switch {
	case r != nil:
		return r
	case !Rated(d.def, v):
		return notRated(v)
	case !d.s.Visits[i].Held.IsZero():
		return against("already-held", "the visit is already held", "besøket er allerede gjennomført")
	case !VisitExists(d.def, d.s, d.env, i):
		return refuse(Against, "visit-not-in-plan", say("%q is not in this participant's plan", "%q er ikke i denne deltakerens plan", v.Title))
	}
	earlier := d.s.Ratings[v.ID].Rater
	if earlier != "" && strings.TrimSpace(c.Reason) == "" {
		return invalid("reason", "reason-owed", "a rater is drawn already: say why another is needed", "en vurderer er allerede trukket: oppgi hvorfor en annen trengs")
	}
	d.reason = c.Reason
	out := d.draw(v, earlier)
	d.reason = ""
	if out == nil {
		return nil
	}
	if len(out) == 0 {
		return against("nobody-eligible", "no rater works at this site: delegate one", "ingen vurderer arbeider ved stedet: deleger en")
	}
	why := make([]any, len(out))
	for k, x := range out {
		why[k] = x.text()
	}
	t := say("no rater can be drawn: "+strings.Repeat("%s; ", len(out)-1)+"%s", "ingen vurderer kan trekkes: "+strings.Repeat("%s; ", len(out)-1)+"%s", why...)
	return refuse(Against, "nobody-eligible", t)
}

// draw draws a rater for a visit by lot, all with the same chance, those who have
// not rated this participant before going first. When nobody can be drawn it answers
// who was left out, not nil, and nothing has happened.
func (d *decision) draw(v *protocol.Visit, except string) []LeftOut {
	pool, out := RaterPool(d.def, d.s, d.env, d.at, except)
	if len(pool) == 0 {
		if out == nil {
			out = []LeftOut{}
		}
		return out
	}
	if fresh := slices.DeleteFunc(slices.Clone(pool), func(id string) bool { return d.s.rated(id, v.ID) }); len(fresh) > 0 {
		pool = fresh
	}
	d.happen(RaterDrawn{Among: len(pool), Rater: pool[d.env.Chance%uint64(len(pool))], Visit: v.ID})
	return nil
}

// rated says that the person was drawn for an assessment at another visit.
func (s *State) rated(person, visit string) bool {
	for id, r := range s.Ratings {
		if id != visit && r.Rater == person {
			return true
		}
	}
	return false
}

func notRated(v *protocol.Visit) *Refusal {
	return refuse(Against, "not-rated", say("no rater is drawn for %q", "det trekkes ingen vurderer til %q", v.Title))
}

func (d *decision) stateBlindness(c StateBlindness) *Refusal {
	v, i, r := d.visit(c.Visit)
	if r != nil {
		return r
	}
	if !Rated(d.def, v) {
		return notRated(v)
	}
	if d.env.Actor.Role != "rater" {
		return d.by([]string{"rater"})
	}
	if r := d.ownAssessment(v); r != nil {
		return r
	}
	now := d.s.Ratings[v.ID]
	switch {
	case c.Blind && c.What != "":
		return invalid("what", "blind-and-what", "if something was said or seen, you are not blind: say so, or leave this empty", "hvis noe ble sagt eller sett, er du ikke blindet: si det, eller la dette stå tomt")
	case !c.Blind && strings.TrimSpace(c.What) == "":
		return invalid("what", "what-owed", "say what was said or seen", "si hva som ble sagt eller sett")
	case !now.Stated.IsZero() && (c.Blind || !now.Blind):
		return against("already-stated", "you have stated this already; only that you are blind no longer can be added", "du har allerede erklært dette; bare at du ikke lenger er blindet, kan legges til")
	}
	if d.s.Visits[i].Held.IsZero() && !d.s.Status().Gone() {
		if r := VisitFault(d.def, d.s, d.env, i); r != nil {
			return r
		}
	}
	d.happen(BlindnessStated{Blind: c.Blind, Visit: v.ID, What: c.What})
	if !c.Blind {
		d.deviate(DeviationRaterUnblinded, v.ID, "")
	}
	return nil
}

// ownAssessment refuses a rater to whom the assessment was not drawn, or who must
// not rate this participant although it was.
func (d *decision) ownAssessment(v *protocol.Visit) *Refusal {
	me := d.env.Actor.ID
	switch r := d.s.Ratings[v.ID]; {
	case r.Rater == "":
		return against("no-rater-drawn", "no rater is drawn for this assessment yet: ask the coordinator to plan it, which draws one", "ingen vurderer er trukket til denne vurderingen ennå: be koordinatoren avtale den, da trekkes det en")
	case r.Rater != me:
		return refuse(Forbidden, "not-your-assessment", Text{
			EN: "this assessment was drawn for another rater: if they cannot do it, the coordinator draws anew",
			NB: "denne vurderingen er trukket til en annen vurderer: kan ikke vedkommende, trekker koordinatoren på nytt"})
	}
	switch d.s.Barred[me] {
	case "", BarNotBlind: // what was stated stands with this assessment; another is not drawn
		return nil
	case BarUnblinded:
		return refuse(Forbidden, "rater-unblinded", Text{
			EN: "you were shown this participant's arm and cannot rate: ask the coordinator to draw another rater",
			NB: "du har fått se denne deltakerens arm og kan ikke vurdere: be koordinatoren trekke en annen"})
	}
	return refuse(Forbidden, "conflict-of-interest", Text{
		EN: "you take part in this participant's treatment and cannot rate: ask the coordinator to draw another rater",
		NB: "du deltar i behandlingen av denne deltakeren og kan ikke vurdere: be koordinatoren trekke en annen"})
}

// raterOnly applies ownAssessment to what a rater does at an assessment.
func (d *decision) raterOnly(v *protocol.Visit) *Refusal {
	if v == nil || d.env.Actor.Role != "rater" || !Rated(d.def, v) {
		return nil
	}
	return d.ownAssessment(v)
}

// statementOwed refuses to close an assessment before its rater has said whether
// anything unblinding was said.
func (d *decision) statementOwed(v *protocol.Visit) *Refusal {
	if d.env.Actor.Role != "rater" || !Rated(d.def, v) || !d.s.Ratings[v.ID].Stated.IsZero() {
		return nil
	}
	return against("statement-owed", "state first whether anything was said or seen that tells the arm or the visit", "erklær først om noe ble sagt eller sett som røper arm eller besøk")
}

// applyRating takes an event into account; the old map stays as it was.
func (s *State) applyRating(e Event) {
	ratings := maps.Clone(s.Ratings)
	if ratings == nil {
		ratings = map[string]RatingState{}
	}
	s.Ratings = ratings
	switch d := e.Data.(type) {
	case RaterDrawn:
		ratings[d.Visit] = RatingState{Visit: d.Visit, Rater: d.Rater, Drawn: e.At}
	case BlindnessStated:
		r := ratings[d.Visit]
		r.Visit, r.Stated, r.Blind, r.What = d.Visit, e.At, d.Blind, d.What
		ratings[d.Visit] = r
		if !d.Blind {
			s.bar(e.Actor, BarNotBlind)
		}
	}
}

// ratings asks for a rater where none can do an assessment that is planned, and the
// rater for the statement once they have begun.
func (b *taskList) ratings() {
	for i := range b.def.Visits {
		v, st := &b.def.Visits[i], b.s.Visits[i]
		if !Rated(b.def, v) || st.Missed != "" {
			continue
		}
		r := b.s.Ratings[v.ID]
		if r.Rater != "" && r.Stated.IsZero() && (!st.Held.IsZero() || begun(b.def, b.s, v, "rater")) {
			due := st.Planned
			if due.IsZero() {
				due = r.Drawn
			}
			b.add(Task{ID: "state-blindness/" + v.ID, Kind: TaskStateBlindness, Title: Text{EN: "State whether you are still blind", NB: "Erklær om du fortsatt er blindet"},
				Roles: []string{"rater"}, Person: r.Rater, Visit: v.ID, Due: due, Closes: due.Add(formWithin)})
		}
		if !st.Held.IsZero() || st.Planned.IsZero() || b.s.Status().Gone() || !VisitExists(b.def, b.s, b.env, i) {
			continue
		}
		t := Task{ID: "draw-rater/" + v.ID, Kind: TaskDrawRater, Roles: []string{"coordinator"}, Visit: v.ID, Due: st.Planned, Closes: st.Planned}
		switch {
		case r.Rater == "":
			t.Title = say("%s: no rater could be drawn", "%s: ingen vurderer kunne trekkes", v.Title)
		case b.s.Barred[r.Rater] == BarNotBlind:
			t.Title = say("%s: the rater is blind no longer; draw another, or let the assessment stand", "%s: vurdereren er ikke lenger blindet; trekk en annen, eller la vurderingen stå", v.Title)
		case b.s.Barred[r.Rater] != "":
			t.Title = say("%s: the rater drawn cannot do it; draw another", "%s: vurdereren som er trukket, kan ikke gjøre den; trekk en annen", v.Title)
		default:
			continue
		}
		b.add(t)
	}
}

// assign gives a task of an assessment to the rater drawn for it; to the coordinator,
// who plans it and thereby draws one, while there is none.
func (b *taskList) assign(t Task, v *protocol.Visit) Task {
	if !Rated(b.def, v) || !contains(t.Roles, "rater") {
		return t
	}
	if t.Person = b.s.Ratings[v.ID].Rater; t.Person == "" {
		t.Roles = []string{"coordinator"}
	}
	return t
}
