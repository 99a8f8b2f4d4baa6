package participant

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/study"
	"varde/web/page"
	"varde/web/ui/locale"
)

// answer saves one answer. It is the same for a form that was posted and for the
// device's outbox, which may send it hours later: the answer counts from when it was
// given, and lands on the record as it then stands.
func answer(c *page.Context) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	o, err := load(c)
	if err != nil {
		return err
	}
	at := c.Entered()
	if at.IsZero() {
		at = c.Now
	}
	a, err := o.ask(at)
	if err != nil {
		return err
	}
	i, known := a.index(c.Text("item"))
	if !known {
		return page.Bad("item", "this questionnaire has no such question", "dette skjemaet har ikke et slikt spørsmål")
	}
	if a.shut != nil {
		return a.shut
	}
	item := &a.form.Items[i]
	value, fault := a.read(item, form["value"], c.Text("absent"))
	if fault != nil {
		return a.show(item.ID, page.Sentence(c.Say(*fault)), form["value"])
	}
	before := a.alerted(a.record)
	r, err := a.save(item, value, at)
	if refused, ok := mendable(err); ok && (refused.Kind == study.Invalid || refused.Field == "reason") {
		return a.show(item.ID, page.Sentence(c.Say(refused.Text)), form["value"])
	}
	if err != nil {
		return err
	}
	a.record = r
	return c.Redirect(a.next(i, !before && a.alerted(r)))
}

// next is where an answer leads: help first when it means danger, then the next open
// question, and in the end the list of all answers.
func (a *asking) next(i int, danger bool) string {
	values := a.values()
	to := a.base + "?review=1"
	if a.c.Text("from") != "review" {
		for _, j := range a.open(values) {
			if j > i {
				to = a.at(a.form.Items[j].ID)
				break
			}
		}
	}
	if danger {
		if k := strings.IndexByte(to, '?'); k >= 0 && strings.HasPrefix(to[k:], "?i=") {
			return to + "&help=1"
		}
		return a.base + "?help=1"
	}
	return to
}

// read turns what was sent into a value of the item.
func (a *asking) read(item *instrument.Item, answers []string, absent string) (instrument.Value, *study.Text) {
	if absent != "" {
		if !slices.Contains(instrument.AbsentReasons, absent) {
			return instrument.Value{}, &study.Text{EN: "choose one of the reasons", NB: "velg en av grunnene"}
		}
		return instrument.AbsentValue(absent), nil
	}
	text := ""
	switch {
	case item.Type == instrument.MultiChoice:
		b, err := json.Marshal(append([]string{}, answers...))
		if err != nil {
			return instrument.Value{}, &study.Text{EN: "this cannot be read", NB: "dette kan ikke leses"}
		}
		text = string(b)
	case len(answers) > 0:
		text = strings.TrimSpace(answers[0])
	}
	if text == "" {
		if item.Required {
			return instrument.Value{}, &study.Text{EN: "answer first, or press the button for not answering", NB: "svar først, eller trykk på knappen for å la være å svare"}
		}
		return instrument.AbsentValue("refused"), nil
	}
	v, err := a.form.Parse(item.ID, forParse(item, text, a.c.Zone))
	if err != nil {
		if e, ok := err.(*instrument.ValueError); ok {
			return instrument.Value{}, &e.Text
		}
		return instrument.Value{}, &study.Text{EN: "this cannot be read", NB: "dette kan ikke leses"}
	}
	return v, nil
}

// forParse turns what browsers send into what an item reads.
func forParse(item *instrument.Item, text string, zone *time.Location) string {
	switch item.Type {
	case instrument.DateTime:
		for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
			if at, err := time.ParseInLocation(layout, text, zone); err == nil {
				return at.Format(time.RFC3339)
			}
		}
	case instrument.Time:
		if h, m, ok := locale.ParseTime(text); ok {
			return time.Date(0, 1, 1, h, m, 0, 0, time.UTC).Format("15:04")
		}
	}
	return text
}

// tries bounds how often an answer is saved anew because another one was quicker.
const tries = 4

// save keeps one answer on the record as it stands. An answer that is there already
// writes nothing.
func (a *asking) save(item *instrument.Item, v instrument.Value, at time.Time) (*study.FormState, error) {
	c := a.c
	for try := 0; ; try++ {
		had := a.values()[item.ID]
		if v.Equal(had) || had.Kind() == instrument.Sealed && !v.Given() {
			return a.record, nil
		}
		cmd := study.SaveForm{On: study.On{Participant: a.s.ID, At: c.Entered()}, Visit: a.visit, Form: a.form.ID, Items: study.Values{item.ID: v}}
		switch {
		case a.record != nil:
			cmd.Repeat, cmd.Version = a.record.Key.Repeat, a.record.Version
		case a.visit == "":
			cmd.New = true
		}
		if had.Kind() != instrument.None {
			if cmd.Reason = c.Text("reason"); cmd.Reason == "" && !a.settled() {
				cmd.Reason = c.T("me.q.reason.own")
			}
		}
		_, err := c.Do(cmd)
		r, refused := page.Refused(err)
		if refused && r.Kind == study.Stale && try < tries {
			if err := a.again(at); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := a.again(at); err != nil {
			return nil, err
		}
		return a.record, nil
	}
}

// again reads the record anew.
func (a *asking) again(at time.Time) error {
	o, err := load(a.c)
	if err != nil {
		return err
	}
	a.own = o
	if a.visit == "" {
		a.record = o.logRecord(a.form.ID, at)
	} else {
		a.record = o.s.Form(a.visit, a.form.ID, 0)
	}
	return nil
}
