package analysis

import (
	"slices"
	"strings"
	"time"

	"varde/protocol"
)

// Intercurrent events (ICH E9(R1)) are read from the record. Where the strategy of one
// is hypothetical, what was measured from the event on is left out, and the model fills
// the gap under its assumption on missing values; where it is treatment policy, every
// value counts.

// IntercurrentCount says how many of an estimand's population had an event before the
// main visit, and how many values were left out because of it.
type IntercurrentCount struct {
	ID       string `json:"id"`
	Strategy string `json:"strategy"`
	N        []int  `json:"n"`       // people, by group
	LeftOut  []int  `json:"leftOut"` // values of the endpoint, by group
}

// occurred answers when an event began, zero when it did not. An item that says yes
// has no day of its own: the event is taken to have begun on the day before it was
// recorded, so that what was measured on the same day counts as after it.
func (x *person) occurred(e protocol.Intercurrent) time.Time {
	var first time.Time
	meet := func(t time.Time) {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	switch e.ID {
	case protocol.TreatmentStopped:
		meet(x.Stopped)
	case protocol.Lost:
		meet(x.Left)
	}
	for _, o := range x.Occurred {
		if o.ID == e.ID {
			meet(o.At)
		}
	}
	for i := range x.Records {
		rec := &x.Records[i]
		for _, ref := range e.From {
			form, item, _ := strings.Cut(ref, ".")
			if rec.Form != form {
				continue
			}
			if yes, ok := rec.value(item).Bool(); ok && yes {
				meet(rec.SavedAt.AddDate(0, 0, -1))
			}
		}
	}
	return first
}

// measuredAt answers when a visit's values were taken: when the visit was held, or else
// when the form was saved.
func (x *person) measuredAt(visit, form string) time.Time {
	if i := slices.IndexFunc(x.Visits, func(v Visit) bool { return v.ID == visit && !v.Held.IsZero() }); i >= 0 {
		return x.Visits[i].Held
	}
	if rec := x.at[[2]string{visit, form}]; rec != nil {
		return rec.SavedAt
	}
	return time.Time{}
}

// cutoff answers from when on values are left out, zero when all count.
func (x *person) cutoff(est protocol.Estimand) time.Time {
	var first time.Time
	for _, e := range est.Events {
		if e.Strategy != "hypothetical" {
			continue
		}
		if t := x.occurred(e); !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
