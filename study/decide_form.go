package study

import (
	"fmt"
	"sort"
	"time"

	"varde/instrument"
)

// MaxItems bounds one save; no form has so many.
const MaxItems = 1000

func (d *decision) saveForm(c SaveForm) *Refusal {
	p, ok := PlaceOf(d.def, c.Visit, c.Form)
	if !ok {
		return missing("no-such-form", fmt.Sprintf("the protocol asks for no form %q at %q", c.Form, c.Visit),
			fmt.Sprintf("protokollen ber ikke om skjemaet %q ved %q", c.Form, c.Visit))
	}
	if r := d.by(p.Roles); r != nil {
		return r
	}
	if r := d.raterOnly(p.Visit); r != nil {
		return r
	}
	if r := d.formOpen(c, p); r != nil {
		return r
	}
	key, old, r := d.record(c, p)
	if r != nil {
		return r
	}
	if len(c.Items) > MaxItems {
		return invalid("items", "too-many-items", "too many items in one save", "for mange felter i én lagring")
	}
	if errs := p.Form.Validate(c.Items); len(errs) > 0 {
		return &Refusal{Kind: Invalid, Code: errs[0].Code, Field: "items." + errs[0].Item, Text: errs[0].Text}
	}
	added, changed, from := Values{}, Values{}, Values{}
	for id, v := range c.Items {
		var had instrument.Value
		if old != nil {
			had = old.Values[id]
		}
		if item, ok := p.Form.Item(id); ok && item.Identifying && v.Given() {
			return invalid("items."+id, "identifying", "this item identifies the person and is kept sealed; it came here in the clear",
				"dette feltet identifiserer personen og føres forseglet; det kom hit i klartekst")
		}
		switch {
		case had.Equal(v):
		case had.Kind() == instrument.None:
			added[id] = v
		default:
			changed[id], from[id] = v, had
		}
	}
	if len(changed) > 0 && c.Reason == "" {
		id := firstKey(changed)
		return invalid("reason", "reason-owed", fmt.Sprintf("%q was saved before with another answer: say why it changes", id),
			fmt.Sprintf("%q er lagret før med et annet svar: oppgi hvorfor det endres", id))
	}
	if r := d.medicineFault(c, old, added, changed); r != nil {
		return r
	}
	slot := c.Slot
	if p.Session && old == nil {
		if slot, r = d.slot(c, added); r != nil {
			return r
		}
	}
	if len(added) > 0 || old == nil {
		d.happen(FormSaved{Form: c.Form, Items: added, Repeat: key.Repeat, Slot: slot, Visit: c.Visit})
	}
	if len(changed) > 0 {
		d.reason = c.Reason
		d.happen(FormCorrected{Form: c.Form, From: from, Items: changed, Repeat: key.Repeat, Visit: c.Visit})
		d.reason = ""
	}
	if len(added)+len(changed) > 0 {
		d.doubts(key, p.Form, old, added, changed)
		d.alerts(key, p.Form)
		if p.Session && d.def.Dosing != nil && c.Form == d.def.Dosing.Vitals.Form {
			d.watch(key)
		}
	}
	return nil
}

// formOpen refuses entry before the form's time has come.
func (d *decision) formOpen(c SaveForm, p Place) *Refusal {
	if p.Visit == nil {
		for _, l := range d.def.Logs {
			if l.Form == c.Form && d.s.Reached[l.From].IsZero() {
				return refuse(Against, "log-not-open", say("%q is kept from %s on", "%q føres fra og med %s", l.Title, MilestoneName(l.From)))
			}
		}
		return nil
	}
	i := d.def.VisitIndex(p.Visit.ID)
	if !d.s.Visits[i].Held.IsZero() {
		return nil
	}
	return VisitFault(d.def, d.s, d.env, i)
}

// record finds which record is meant, and checks that the writer saw its latest version.
func (d *decision) record(c SaveForm, p Place) (FormKey, *FormState, *Refusal) {
	key := FormKey{c.Visit, c.Form, c.Repeat}
	if p.Repeats {
		if c.New {
			key.Repeat = d.s.Repeats[FormKey{Visit: c.Visit, Form: c.Form}] + 1
		} else if c.Repeat < 1 || d.s.Forms[key] == nil {
			return key, nil, missing("no-such-record", "there is no such record of this form; ask for a new one", "det finnes ingen slik føring av skjemaet; be om en ny")
		}
	} else if c.Repeat != 0 {
		return key, nil, missing("no-such-record", "this form does not repeat", "dette skjemaet gjentas ikke")
	}
	old := d.s.Forms[key]
	have := 0
	if old != nil {
		have = old.Version
	}
	if c.Version != have {
		return key, nil, refuse(Stale, "stale-version", say(
			"somebody else has saved this form since you opened it (version %d, you have %d): look at the present answers and save again",
			"noen andre har lagret skjemaet etter at du åpnet det (versjon %d, du har %d): se på gjeldende svar og lagre på nytt", have, c.Version))
	}
	return key, old, nil
}

// doubts raises a query for every doubtful answer among those just saved, and
// closes what a correction has settled.
//
// An answer is asked about when it was saved now, or when another answer has made
// it doubtful; not again because something else was saved after a person closed
// the query.
func (d *decision) doubts(key FormKey, form *instrument.Compiled, old *FormState, added, changed Values) {
	now := map[string]instrument.Doubt{}
	for _, x := range form.Doubts(d.s.Forms[key].Values) {
		now[x.Item+"/"+x.Code] = x
	}
	before := map[string]bool{}
	if old != nil {
		for _, x := range form.Doubts(old.Values) {
			before[x.Item+"/"+x.Code] = true
		}
	}
	touched := func(item string) bool {
		_, a := added[item]
		_, c := changed[item]
		return a || c
	}
	open := map[string]bool{}
	for _, q := range d.s.Queries {
		if !q.Closed.IsZero() || q.Form != key.Form || q.Visit != key.Visit || q.Repeat != key.Repeat || q.Code == QueryByPerson {
			continue
		}
		if _, still := now[q.Item+"/"+q.Code]; !still || touched(q.Item) {
			d.happen(QueryClosed{Answer: "corrected", ID: q.ID})
		} else {
			open[q.Item+"/"+q.Code] = true
		}
	}
	codes := make([]string, 0, len(now))
	for k, x := range now {
		if !open[k] && (touched(x.Item) || !before[k]) {
			codes = append(codes, k)
		}
	}
	sort.Strings(codes)
	for _, k := range codes {
		x := now[k]
		d.happen(QueryRaised{Code: x.Code, Form: key.Form, ID: fmt.Sprintf("Q%d", len(d.s.Queries)+1), Item: x.Item,
			Repeat: key.Repeat, Value: d.s.Forms[key].Values[x.Item], Visit: key.Visit})
	}
}

// QueryByPerson is the code of a query that a person raised.
const QueryByPerson = "asked"

func (d *decision) alerts(key FormKey, form *instrument.Compiled) {
	f := d.s.Forms[key]
	for _, a := range form.Alerting(f.Values, f.Scores) {
		known := false
		for _, x := range d.s.Alerts {
			if x.Alert == a.ID && x.Form == key.Form && x.Visit == key.Visit && x.Repeat == key.Repeat {
				known = true
			}
		}
		if !known {
			d.happen(AlertRaised{Alert: a.ID, Form: key.Form, ID: fmt.Sprintf("A%d", len(d.s.Alerts)+1), Repeat: key.Repeat, Visit: key.Visit})
		}
	}
}

func (d *decision) raiseQuery(c RaiseQuery) *Refusal {
	f := d.s.Form(c.Visit, c.Form, c.Repeat)
	if f == nil {
		return missing("no-such-record", "there is no such record", "det finnes ingen slik føring")
	}
	form, _ := d.def.Form(c.Form)
	if _, ok := form.Item(c.Item); !ok {
		return missing("no-such-item", fmt.Sprintf("the form has no item %q", c.Item), fmt.Sprintf("skjemaet har ikke feltet %q", c.Item))
	}
	if c.Text == "" {
		return invalid("text", "text-owed", "say what is to be clarified", "skriv hva som skal avklares")
	}
	d.happen(QueryRaised{Code: QueryByPerson, Form: c.Form, ID: fmt.Sprintf("Q%d", len(d.s.Queries)+1), Item: c.Item,
		Repeat: c.Repeat, Text: c.Text, Value: f.Values[c.Item], Visit: c.Visit})
	return nil
}

func (d *decision) closeQuery(c CloseQuery) *Refusal {
	for _, q := range d.s.Queries {
		if q.ID == c.ID {
			if !q.Closed.IsZero() {
				return against("query-closed", "the query is already closed", "spørsmålet er allerede lukket")
			}
			if c.Answer == "" {
				return invalid("answer", "answer-owed", "say how it was clarified", "skriv hvordan det ble avklart")
			}
			d.happen(QueryClosed{Answer: c.Answer, ID: c.ID})
			return nil
		}
	}
	return missing("no-such-query", "there is no such query", "spørsmålet finnes ikke")
}

func (d *decision) closeAlert(c CloseAlert) *Refusal {
	for _, a := range d.s.Alerts {
		if a.ID != c.ID {
			continue
		}
		if !a.Closed.IsZero() {
			return against("alert-closed", "this is already followed up", "dette er allerede fulgt opp")
		}
		if c.Action == "" {
			return invalid("action", "action-owed", "say what was done", "skriv hva som ble gjort")
		}
		d.happen(AlertClosed{Action: c.Action, ID: c.ID})
		return nil
	}
	return missing("no-such-alert", "there is no such alert", "varselet finnes ikke")
}

func firstKey(m Values) string {
	first := ""
	for k := range m {
		if first == "" || k < first {
			first = k
		}
	}
	return first
}

// takenAt answers the moment a record speaks of: its item taken_at or at, else
// when it was saved.
func takenAt(items Values, saved time.Time) time.Time {
	for _, id := range MomentItems {
		if v := items[id]; v.Kind() == instrument.String {
			if t, err := time.Parse(time.RFC3339, v.Text()); err == nil {
				return t
			}
		}
	}
	return saved
}
