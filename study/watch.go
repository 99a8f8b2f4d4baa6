package study

import (
	"fmt"
	"math"
	"slices"
	"time"

	"varde/protocol"
)

// slot finds which line of the session's timetable a new record answers: the one
// the writer named, or for vitals the line due nearest that is still open.
func (d *decision) slot(c SaveForm, items Values) (string, *Refusal) {
	x := d.s.Sessions[c.Visit]
	if x == nil {
		x = &SessionState{Visit: c.Visit}
	}
	at := takenAt(items, d.at)
	night := NightPlan(d.def, d.s, x)
	if isNightForm(d.def, c.Form) && c.Slot == "" {
		return nightSlot(night, at), nil
	}
	fromStart := map[string]bool{}
	for _, v := range d.def.Dosing.Vitals.Sets {
		fromStart[v.ID] = v.Anchor == protocol.AtStart
	}
	best, distance := "", time.Duration(-1)
	for _, l := range append(SessionPlan(d.def, d.s, x), night...) {
		if l.Form != c.Form {
			continue
		}
		if l.ID == c.Slot {
			if !l.Done.IsZero() {
				return "", refuse(Against, "slot-done", say("%q is already recorded: correct that record, or save without naming the line", "%q er allerede ført: rett den føringen, eller lagre uten å angi linjen", l.Title))
			}
			d.late(c.Visit, l, at)
			return l.ID, nil
		}
		if c.Slot != "" || !l.Done.IsZero() || l.Kind != PlanVitals {
			continue
		}
		if l.Due.IsZero() {
			if x.Started.IsZero() && best == "" && fromStart[l.ID] {
				best = l.ID // measured before the session starts
			}
			continue
		}
		if gap := at.Sub(l.Due).Abs(); gap <= l.Latest.Sub(l.Due)+time.Minute && (distance < 0 || gap < distance) {
			best, distance = l.ID, gap
		}
	}
	if c.Slot != "" {
		return "", missing("no-such-slot", fmt.Sprintf("the session has no line %q for this form", c.Slot), fmt.Sprintf("økten har ingen linje %q for dette skjemaet", c.Slot))
	}
	return best, nil
}

// late raises a deviation when a planned line was done after its tolerance.
func (d *decision) late(visit string, l PlanLine, at time.Time) {
	if l.Kind == PlanVitals && !l.Due.IsZero() && at.After(l.Latest.Add(time.Minute)) {
		d.deviate(DeviationVitalsLate, visit, fmt.Sprintf("%s: %d min late", l.ID, int(at.Sub(l.Latest).Minutes())))
	}
}

// watch holds a vitals record against the rules and raises a breach for each that
// it breaks, once per record and rule. Records that speak of a later moment are
// looked at again: one that was entered late may fill the time between them.
func (d *decision) watch(key FormKey) {
	x := d.s.Sessions[key.Visit]
	if x == nil || x.Started.IsZero() || !x.Ended.IsZero() {
		return
	}
	records := byTime(d.s.Records(key.Visit, key.Form))
	from := d.s.Forms[key].At()
	for _, f := range records {
		if f.At().Before(from) {
			continue
		}
		for i := range d.def.Dosing.Rules {
			r := &d.def.Dosing.Rules[i]
			value, ok := measured(r, f, records)
			if !ok || !past(r, value) || !dwelt(r, f, records) || standing(r, f, value, records, d.s.Sessions[key.Visit].Breaches) {
				continue
			}
			x = d.s.Sessions[key.Visit]
			known := false
			for _, b := range x.Breaches {
				known = known || b.Rule == r.ID && b.Repeat == f.Key.Repeat
			}
			if !known {
				d.happen(RuleBreached{ID: fmt.Sprintf("%s-B%d", key.Visit, len(x.Breaches)+1), Repeat: f.Key.Repeat, Rule: r.ID, Value: value, Visit: key.Visit})
			}
		}
	}
}

// byTime sorts records by the moment that they speak of.
func byTime(records []*FormState) []*FormState {
	slices.SortStableFunc(records, func(a, b *FormState) int {
		return a.At().Compare(b.At())
	})
	return records
}

// measured answers the rule's metric in a record: the value itself, or the change
// from the session's first. Records are in order of time.
func measured(r *protocol.Rule, f *FormState, records []*FormState) (float64, bool) {
	v, ok := f.Values[r.Metric].Float()
	if !ok || !r.FromBaseline {
		return v, ok
	}
	for _, first := range records {
		if base, ok := first.Values[r.Metric].Float(); ok {
			// Decimal answers subtract with a trace of binary noise, which must not decide.
			return math.Round((v-base)*1e6) / 1e6, first.Key != f.Key
		}
	}
	return 0, false
}

func past(r *protocol.Rule, v float64) bool {
	switch r.Compare {
	case ">":
		return v > r.Limit
	case ">=":
		return v >= r.Limit
	case "<":
		return v < r.Limit
	}
	return v <= r.Limit
}

// PastLimits answers which metrics of a vitals record are past some limit of the
// session's rules, whether or not somebody was called for it.
func PastLimits(def *protocol.Definition, s *State, f *FormState) map[string]bool {
	out := map[string]bool{}
	if def.Dosing == nil {
		return out
	}
	records := byTime(s.Records(f.Key.Visit, f.Key.Form))
	for i := range def.Dosing.Rules {
		r := &def.Dosing.Rules[i]
		if v, ok := measured(r, f, records); ok && past(r, v) {
			out[r.Metric] = true
		}
	}
	return out
}

// standing says that a breach of a rule still stands: the metric has been past the
// limit ever since, and it has not become worse. Who was told once is not told again
// every few minutes, so that the next call is heard; a limit that calls for transfer
// always calls.
func standing(r *protocol.Rule, f *FormState, value float64, records []*FormState, breaches []Breach) bool {
	if r.Severity == "transfer" {
		return false
	}
	at := f.At()
	for i := len(records) - 1; i >= 0; i-- {
		if records[i].Key == f.Key || records[i].At().After(at) {
			continue
		}
		v, ok := measured(r, records[i], records)
		switch {
		case !ok:
			continue
		case !past(r, v):
			return false
		}
		for _, b := range breaches {
			if b.Rule == r.ID && b.Repeat == records[i].Key.Repeat && !worse(r, value, b.Value) {
				return true
			}
		}
	}
	return false
}

// worse says that a value is further past the rule's limit than another.
func worse(r *protocol.Rule, v, than float64) bool {
	if r.Compare == ">" || r.Compare == ">=" {
		return v > than
	}
	return v < than
}

// dwelt says that the metric has been past the limit, without a measurement
// between that was not, for at least the rule's dwell time.
func dwelt(r *protocol.Rule, f *FormState, records []*FormState) bool {
	if r.Dwell <= 0 {
		return true
	}
	now := f.At()
	since := now
	for i := len(records) - 1; i >= 0; i-- {
		at := records[i].At()
		if at.After(now) {
			continue
		}
		v, ok := measured(r, records[i], records)
		if !ok {
			continue
		}
		if !past(r, v) {
			break
		}
		since = at
	}
	return now.Sub(since) >= r.Dwell.Std()
}
