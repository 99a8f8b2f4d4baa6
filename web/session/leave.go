package session

import (
	"net/http"
	"time"

	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// leaveView is the gate at the end: what remains before the participant may leave.
type leaveView struct {
	Open    bool // laid out in full
	OpensAt time.Time
	Early   bool
	Faults  []string
	Forms   []formLine
	Moment  momentView
	To      ui.Field
	Adult   ui.Field
	Asked   []ui.Field // lines that a person answers
}

// formLine is a form that has to be complete.
type formLine struct {
	Title string
	Tag   ui.Tag
	Href  string
}

// destinations in the words of study.Discharge.
var destinations = []string{"home", "overnight", "hospital"}

func (r *room) leave() *leaveView {
	c := r.c
	v := &leaveView{Open: r.phase == leaving || r.posted == "discharge", OpensAt: r.opensAt(), Moment: r.momentOf("discharge", c.T("room.leave.at"))}
	v.Early = !v.OpensAt.IsZero() && c.Now.Before(v.OpensAt)
	for _, t := range study.DischargeFaults(c.Def, r.s, r.env, r.visit.ID, true) {
		v.Faults = append(v.Faults, page.Sentence(c.Say(t)))
	}
	if !r.x.DoseAt.IsZero() && r.dosing.Solicited != "" {
		v.Forms = append(v.Forms, r.formLine(r.dosing.Solicited))
	}
	if r.dosing.Discharge.Form != "" {
		v.Forms = append(v.Forms, r.formLine(r.dosing.Discharge.Form))
	}
	v.To = ui.Field{Kind: ui.RadioField, Name: "to", Label: c.T("room.leave.to"), Value: r.typed("discharge", "to", ""), Row: true, Error: r.faults["to"]}
	for _, d := range destinations {
		v.To.Options = append(v.To.Options, ui.Option{Value: d, Label: c.T("room.to." + d)})
	}
	if r.dosing.Discharge.Adult {
		v.Adult = ui.Field{Kind: ui.RadioField, Name: "adult", Label: c.T("room.leave.adult"), Value: r.typed("discharge", "adult", ""), Row: true, Error: r.faults["adult"],
			Options: []ui.Option{{Value: "yes", Label: c.T("room.yes")}, {Value: "no", Label: c.T("room.no")}}}
	}
	for _, line := range r.dosing.Discharge.Checks {
		if line.Expr == "" {
			v.Asked = append(v.Asked, ui.Field{Kind: ui.ConfirmField, Name: "line." + line.ID, Label: c.Say(line.Text), Hint: c.Say(line.Why), Value: r.typed("discharge", "line."+line.ID, ""), Error: r.faults["line."+line.ID]})
		}
	}
	return v
}

func (r *room) formLine(id string) formLine {
	form, _ := r.c.Def.Form(id)
	place, _ := study.PlaceOf(r.c.Def, r.visit.ID, id)
	l := formLine{Title: id, Tag: ui.Tag{Text: r.c.T("room.form.empty"), Tone: ui.Warning}, Href: r.formPath(id, place.Repeats, "")}
	if form != nil {
		l.Title = r.c.Say(form.Title)
	}
	f := r.s.Last(r.visit.ID, id)
	switch {
	case f == nil:
	case f.Complete():
		l.Tag = ui.Tag{Text: r.c.T("room.form.done"), Tone: ui.Success}
	default:
		l.Tag.Text = r.c.TN("room.form.missing", len(f.Missing))
	}
	if f != nil && f.Key.Repeat == 0 {
		l.Href = r.formPath(id, false, "")
	}
	return l
}

func discharge(r *room) (*done, error) {
	if err := r.take("discharge"); err != nil {
		return nil, err
	}
	to := r.c.Text("to")
	if to == "" {
		return nil, page.Bad("to", "say where the participant goes", "si hvor deltakeren skal")
	}
	at, ask, err := r.moment(r.begun())
	if err != nil || ask != nil {
		return ask, err
	}
	answers := map[string]bool{}
	for _, line := range r.dosing.Discharge.Checks {
		if line.Expr != "" {
			continue
		}
		answers[line.ID] = r.c.Text("line."+line.ID) == "yes"
		if to != "hospital" { // nobody is kept from a hospital by a line
			if !answers[line.ID] {
				r.faults["line."+line.ID] = r.c.T("room.leave.line")
				return &done{again: true, status: http.StatusUnprocessableEntity, alert: ui.Alert{Tone: ui.Danger, Live: true, Title: r.c.T("page.refused"), Text: r.c.Say(line.Text) + ": " + r.c.T("room.leave.line")}}, nil
			}
		}
	}
	cmd := study.Discharge{On: study.On{Participant: r.s.ID, At: at}, Visit: r.visit.ID, Adult: r.c.Text("adult") == "yes", To: to, Answers: answers}
	if _, err := r.c.Do(cmd); err != nil {
		return nil, err
	}
	return did(r.c.T("room.leave.done"), "")
}

// endView is the signature.
type endView struct {
	Moment    momentView
	Solicited *formLine
	Missing   []string // what will stand as a deviation
	Ready     bool
}

func (r *room) end() *endView {
	v := &endView{Moment: r.momentOf("end", r.c.T("room.end.at")), Ready: true}
	if r.x.DoseAt.IsZero() {
		return v
	}
	if id := r.dosing.Solicited; id != "" {
		l := r.formLine(id)
		v.Solicited = &l
		v.Ready = r.s.Last(r.visit.ID, id).Complete()
	}
	for _, l := range study.SessionPlan(r.c.Def, r.s, r.x) {
		if l.Done.IsZero() && !l.Due.IsZero() {
			v.Missing = append(v.Missing, r.c.Say(l.Title))
		}
	}
	return v
}

func endSession(r *room) (*done, error) {
	if err := r.take("end"); err != nil {
		return nil, err
	}
	after := time.Time{}
	if r.x != nil {
		after = r.x.Discharged
	}
	at, ask, err := r.moment(after)
	if err != nil || ask != nil {
		return ask, err
	}
	if _, err := r.c.Do(study.EndSession{On: study.On{Participant: r.s.ID, At: at}, Visit: r.visit.ID}); err != nil {
		return nil, err
	}
	return did(r.c.T("room.end.done"), "")
}
