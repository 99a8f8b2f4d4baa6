package session

import (
	"slices"
	"strconv"
	"time"

	"varde/expr"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// doseView asks for a dose: one button an amount.
type doseView struct {
	Moment  momentView
	Amounts []ui.Button
	Error   string
}

func (r *room) amounts(list []float64) []ui.Button {
	var out []ui.Button
	for _, a := range list {
		out = append(out, ui.Button{Text: r.c.T("room.dose.mg", "amount", strconv.FormatFloat(a, 'f', -1, 64)), Name: "amount", Value: strconv.FormatFloat(a, 'f', -1, 64)})
	}
	return out
}

func (r *room) dose() *doseView {
	return &doseView{Moment: r.momentOf("dose", r.c.T("room.dose.at")), Amounts: r.amounts(study.InitialAmounts(r.c.Def, r.visit.ID)), Error: r.faults["amount"]}
}

func giveDose(r *room) (*done, error) {
	if err := r.take("dose"); err != nil {
		return nil, err
	}
	amount, ok, err := r.c.Number("amount")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, page.Bad("amount", "choose the amount", "velg mengden")
	}
	at, ask, err := r.moment(r.begun())
	if err != nil || ask != nil {
		return ask, err
	}
	if _, err := r.c.Do(study.GiveDose{On: study.On{Participant: r.s.ID, At: at}, Visit: r.visit.ID, Amount: amount}); err != nil {
		return nil, err
	}
	return did(r.c.T("room.dose.done"), "")
}

func (r *room) begun() time.Time {
	if r.x == nil {
		return time.Time{}
	}
	return r.x.Started
}

// checkpointView is the decision on the supplemental dose.
type checkpointView struct {
	Text          string
	Opens, Closes time.Time
	Tag           ui.Tag
	Until         time.Time
	Against       []string // what the record itself says against it
	Moment        momentView
	Amounts       []ui.Button
	Reasons       ui.Field
	Other         ui.Field
	May           bool
	InTime        bool
	Early         bool
	Decided       string
}

func (r *room) checkpoint() *checkpointView {
	step := r.step("supplement")
	if step == nil || r.x.DoseAt.IsZero() {
		return nil
	}
	c := r.c
	v := &checkpointView{Text: c.Say(r.dosing.Checkpoint.Text), Opens: r.x.DoseAt.Add(step.Earliest.Std()), Closes: r.x.DoseAt.Add(step.Latest.Std()),
		May: r.may && (len(r.dosing.Checkpoint.By) == 0 || slices.Contains(r.dosing.Checkpoint.By, c.Actor.Role))}
	if r.x.Decision != "" {
		v.Decided = c.T("room.supplement."+r.x.Decision) + " " + c.Voice().Time(r.x.DecidedAt)
		v.Tag = ui.Tag{Text: v.Decided, Tone: ui.Success}
		return v
	}
	switch {
	case c.Now.Before(v.Opens):
		v.Tag, v.Until, v.Early = ui.Tag{Text: c.T("room.supplement.early"), Tone: ui.Neutral}, v.Opens, r.posted != "supplement"
	case c.Now.After(v.Closes):
		v.Tag = ui.Tag{Text: c.T("room.supplement.over"), Tone: ui.Warning}
	default:
		v.Tag, v.Until, v.InTime = ui.Tag{Text: c.T("room.supplement.open"), Tone: ui.Info}, v.Closes, true
	}
	v.Moment = r.momentOf("supplement", c.T("room.supplement.at"))
	v.Amounts = r.amounts(study.SupplementAmounts(c.Def, r.x))
	v.Reasons = ui.Field{Kind: ui.CheckboxField, Name: "reason", Label: c.T("room.supplement.reasons"), Error: r.faults["reasons"]}
	for _, w := range study.WithholdReasons(c.Def, r.s, r.env, r.visit.ID) {
		if !w.ByPerson && w.Truth != expr.True {
			continue
		}
		o := ui.Option{Value: w.Check.ID, Label: c.Say(w.Check.Text), Hint: c.Say(w.Check.Why)}
		if !w.ByPerson {
			v.Against = append(v.Against, o.Label)
			v.Reasons.Values = append(v.Reasons.Values, o.Value)
		}
		v.Reasons.Options = append(v.Reasons.Options, o)
	}
	if r.posted == "supplement" {
		v.Reasons.Values = r.form["reason"]
	}
	v.Other = ui.Field{Kind: ui.TextField, Name: "other", ID: "supplement-other", Label: c.T("room.supplement.other"), Optional: true, Value: r.typed("supplement", "other", ""), MaxLength: 2000}
	return v
}

func decideSupplement(r *room) (*done, error) {
	if err := r.take("supplement"); err != nil {
		return nil, err
	}
	cmd := study.DecideSupplement{On: study.On{Participant: r.s.ID}, Visit: r.visit.ID, Decision: r.c.Text("decision")}
	amount, given, err := r.c.Number("amount")
	if err != nil {
		return nil, err
	}
	if given {
		cmd.Decision, cmd.Amount, cmd.Answers = "given", amount, map[string]bool{}
		for _, line := range r.dosing.Checkpoint.Withhold {
			if line.Expr == "" {
				cmd.Answers[line.ID] = slices.Contains(r.form["reason"], line.ID)
			}
		}
		if len(r.form["reason"]) > 0 {
			return nil, &study.Refusal{Kind: study.Against, Code: "reason-against", Field: "reasons", Text: study.Text{
				EN: "a reason to withhold is ticked: take the tick away if it does not hold, or withhold the dose",
				NB: "en grunn til å holde tilbake er krysset av: fjern krysset hvis den ikke gjelder, eller hold dosen tilbake"}}
		}
	} else {
		for _, id := range r.form["reason"] {
			if !slices.ContainsFunc(study.WithholdReasons(r.c.Def, r.s, r.env, r.visit.ID), func(w study.CheckResult) bool { return w.Check.ID == id }) {
				return nil, page.Bad("reasons", "there is no such reason", "grunnen finnes ikke")
			}
			cmd.Reasons = append(cmd.Reasons, id)
		}
		if other := r.c.Text("other"); other != "" {
			cmd.Reasons = append(cmd.Reasons, other)
		}
	}
	after := r.begun()
	if r.x != nil && !r.x.DoseAt.IsZero() {
		after = r.x.DoseAt
	}
	at, ask, err := r.moment(after)
	if err != nil || ask != nil {
		return ask, err
	}
	cmd.At = at
	if _, err := r.c.Do(cmd); err != nil {
		return nil, err
	}
	return did(r.c.T("room.supplement.saved"), "")
}
