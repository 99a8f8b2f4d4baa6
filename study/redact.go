package study

import (
	"time"

	"varde/instrument"
	"varde/protocol"
)

// Sees says whether someone may see values of a blinding class.
type Sees func(instrument.Blinding) bool

// Redact answers the state without the values that may not be seen. That a form
// is filled in still shows; what it says does not.
func Redact(def *protocol.Definition, s *State, sees Sees) *State {
	if seesAll(sees) {
		return s
	}
	n := *s
	n.Forms = make(map[FormKey]*FormState, len(s.Forms))
	n.Latest = make(map[string]*FormState, len(s.Latest))
	for k, f := range s.Forms {
		n.Forms[k] = redactForm(def, f, sees)
	}
	for id, f := range s.Latest {
		n.Latest[id] = n.Forms[f.Key]
	}
	n.Queries = append([]Query(nil), s.Queries...)
	for i := range n.Queries {
		n.Queries[i].Value = redactItem(def, n.Queries[i].Form, n.Queries[i].Item, n.Queries[i].Value, sees)
	}
	if !sees(instrument.Revealing) {
		n.Sessions = map[string]*SessionState{}
	}
	n.Signatures = redactSignatures(def, s.Signatures, sees)
	redactRatings(&n, sees)
	return &n
}

// Only answers the state reduced to the forms that a role may fill in, for a role
// that sees no journey. Of the assessments a person's own are left.
func Only(def *protocol.Definition, s *State, role, person string, sees Sees) *State {
	n := newState(def)
	n.ID, n.Site, n.Language, n.Zone, n.Version, n.Recorded = s.ID, s.Site, s.Language, s.Zone, s.Version, s.Recorded
	n.Reached, n.Visits = s.Reached, s.Visits
	if hidesVisits(def, role) {
		// Which visits were held, and which milestones are passed, tells how far the
		// participant has come.
		n.Reached, n.Visits = map[protocol.Milestone]time.Time{Referred: s.Reached[Referred]}, make([]VisitState, len(s.Visits))
		for i := range s.Visits {
			if contains(def.Visits[i].By, role) {
				n.Visits[i] = s.Visits[i]
			}
		}
	}
	for k, f := range s.Forms {
		if p, ok := PlaceOf(def, k.Visit, k.Form); ok && contains(p.Roles, role) {
			n.Forms[k] = redactForm(def, f, sees)
			n.Repeats[FormKey{Visit: k.Visit, Form: k.Form}] = s.Repeats[FormKey{Visit: k.Visit, Form: k.Form}]
		}
	}
	n.Ratings = ownRatings(s.Ratings, person)
	n.Signatures = onlySignatures(def, s, n, role)
	return n
}

// WithoutPrior answers the state without the values that were rated by somebody
// else, or at an earlier visit than the one at hand: a visit's own rater sees what
// they entered until a later visit of the role is held, begun, or in its window.
// The full state says which that is; today is the site's day.
func WithoutPrior(def *protocol.Definition, full, s *State, role, person string, today Day) *State {
	at := -1
	for i, w := range Windows(def, full) {
		v := &def.Visits[i]
		if contains(v.By, role) && (!full.Visits[i].Held.IsZero() || w.Firm && w.Opens <= today || begun(def, full, v, role)) {
			at = i
		}
	}
	n := *s
	n.Forms = make(map[FormKey]*FormState, len(s.Forms))
	for k, f := range s.Forms {
		if k.Visit != "" && (f.By != person || def.VisitIndex(k.Visit) != at) {
			hidden := *f
			hidden.Scores, hidden.Values = Values{}, make(Values, len(f.Values))
			for id, v := range f.Values {
				hidden.Values[id] = v
				if v.Kind() != instrument.None {
					hidden.Values[id] = instrument.AbsentValue(Hidden)
				}
			}
			f = &hidden
		}
		n.Forms[k] = f
	}
	n.Latest = map[string]*FormState{}
	n.Signatures = ownSignatures(full, s.Signatures, person)
	return &n
}

// begun says that something was saved at the visit in the role's forms.
func begun(def *protocol.Definition, s *State, v *protocol.Visit, role string) bool {
	for _, u := range v.Forms {
		if p, ok := PlaceOf(def, v.ID, u.Form); ok && contains(p.Roles, role) && len(s.Records(v.ID, u.Form)) > 0 {
			return true
		}
	}
	return false
}

func hidesVisits(def *protocol.Definition, role string) bool {
	if role == "rater" {
		return true
	}
	for _, row := range def.Blinding {
		if row.Role == role && contains(row.To, "visit-number") {
			return true
		}
	}
	return false
}

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

func seesAll(sees Sees) bool {
	return sees(instrument.Revealing) && sees(instrument.Treating) && sees(instrument.Rating) && sees(instrument.Unblinded)
}

func redactForm(def *protocol.Definition, f *FormState, sees Sees) *FormState {
	c, ok := def.Form(f.Key.Form)
	if !ok {
		return f
	}
	hidden := false
	for i := range c.Items {
		hidden = hidden || !sees(c.Items[i].Blinding)
	}
	for i := range c.Scores {
		hidden = hidden || !sees(c.Scores[i].Blinding)
	}
	if !hidden {
		return f
	}
	n := *f
	n.Values = redactValues(def, f.Key.Form, f.Values, sees)
	n.Scores = Values{}
	itemHidden := false
	for i := range c.Items {
		itemHidden = itemHidden || !sees(c.Items[i].Blinding)
	}
	for _, sc := range c.Scores {
		// A score without a class of its own is as hidden as the form's most hidden item.
		if v, ok := f.Scores[sc.ID]; ok && sees(sc.Blinding) && (sc.Blinding != instrument.Open || !itemHidden) {
			n.Scores[sc.ID] = v
		}
	}
	return &n
}

func redactValues(def *protocol.Definition, form string, values Values, sees Sees) Values {
	out := make(Values, len(values))
	for id, v := range values {
		out[id] = redactItem(def, form, id, v, sees)
	}
	return out
}

// redactItem puts an absent value in the place of one that may not be seen.
func redactItem(def *protocol.Definition, form, item string, v instrument.Value, sees Sees) instrument.Value {
	if c, ok := def.Form(form); ok {
		if it, ok := c.Item(item); ok && !sees(it.Blinding) && v.Kind() != instrument.None {
			return instrument.AbsentValue(Hidden)
		}
	}
	return v
}

// Hidden is the reason of a value that is not shown because of blinding.
const Hidden = "blinded"

// RedactEvent answers the event without the values that may not be seen; ok is
// false when the event itself may not be.
func RedactEvent(def *protocol.Definition, e Event, sees Sees) (Event, bool) {
	switch d := e.Data.(type) {
	case FormSaved:
		d.Items = redactValues(def, d.Form, d.Items, sees)
		e.Data = d
	case FormCorrected:
		d.Items, d.From = redactValues(def, d.Form, d.Items, sees), redactValues(def, d.Form, d.From, sees)
		e.Data = d
	case QueryRaised:
		d.Value = redactItem(def, d.Form, d.Item, d.Value, sees)
		e.Data = d
	case SessionChecked, OnePersonConfirmed, TwoPersonConfirmed, SessionStarted, DoseGiven, SupplementDecided, RuleBreached,
		BreachAcknowledged, BreachEscalated, ParticipantDischarged, SessionEnded, AlertRaised, AlertClosed:
		return e, sees(instrument.Revealing)
	case RecordSigned:
		signed, ok := redactSigned(def, d, sees)
		e.Data = signed
		return e, ok
	case AllocationSealed, SlotTaken:
		return e, sees(instrument.Unblinded)
	case RaterDrawn, UnblindingAsked, UnblindingConfirmed, UnblindingNoted, SlotBooked, SlotFreed:
		return e, sees(instrument.Revealing)
	case BlindnessStated:
		if d.What != "" && !sees(instrument.Revealing) {
			d.What = Hidden
		}
		e.Data = d
	case DeviationRaised:
		return e, sees(instrument.Revealing) || d.Code != DeviationUnblinding && d.Code != DeviationUnblindedByOne
	}
	return e, true
}

// redactRatings takes out who was unblinded or treats, and what raters heard, for
// those who must not learn what may tell the arm.
func redactRatings(n *State, sees Sees) {
	if sees(instrument.Revealing) {
		return
	}
	n.Unblinded, n.Barred = nil, nil
	ratings := n.Ratings
	n.Ratings = nil
	for id, r := range ratings {
		if r.What != "" {
			r.What = Hidden
		}
		if n.Ratings == nil {
			n.Ratings = make(map[string]RatingState, len(ratings))
		}
		n.Ratings[id] = r
	}
	kept := n.Deviations
	n.Deviations = nil
	for _, x := range kept {
		if x.Code != DeviationUnblinding && x.Code != DeviationUnblindedByOne {
			n.Deviations = append(n.Deviations, x)
		}
	}
}

// ownRatings answers the assessments drawn for a person; nil when there are none.
func ownRatings(all map[string]RatingState, person string) map[string]RatingState {
	var own map[string]RatingState
	for id, r := range all {
		if person != "" && r.Rater == person {
			if own == nil {
				own = map[string]RatingState{}
			}
			own[id] = r
		}
	}
	return own
}

// HideFrom answers a correction without what stood there before.
func HideFrom(e Event, d FormCorrected) Event {
	from := make(Values, len(d.From))
	for id := range d.From {
		from[id] = instrument.AbsentValue(Hidden)
	}
	d.From = from
	e.Data = d
	return e
}
