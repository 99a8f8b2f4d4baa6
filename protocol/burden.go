package protocol

import (
	"slices"

	"varde/instrument"
)

// Burden is the time that the protocol asks of people, in minutes, as planned. Every
// participant's totals count the visits that all have; Optional those that only some
// have (optional ones, and ones under a condition).
//
// A form counts for whoever gives or takes the answers: a questionnaire for the
// participant alone, an interview or measurement for the participant and the one
// who does it, a staff form for staff alone. The planned length of a visit is taken
// to hold the participant's own questionnaires; diaries and other logs are given per
// entry, for nobody knows their number.
type Burden struct {
	Visits   []VisitBurden `json:"visits"`
	Epochs   []EpochBurden `json:"epochs"`
	Logs     []FormBurden  `json:"logs,omitempty"` // minutes of one entry
	Total    Minutes       `json:"total"`          // every participant
	Optional Minutes       `json:"optional"`       // some participants, in addition
}

// Minutes of the participant and of all staff together.
type Minutes struct {
	Participant    int `json:"participant"`    // in visits, planned
	Questionnaires int `json:"questionnaires"` // of these, filling in questionnaires alone
	Staff          int `json:"staff"`          // person-minutes in visits, planned
	Forms          int `json:"forms"`          // of these, filling in forms
}

func (m *Minutes) add(x Minutes) {
	m.Participant += x.Participant
	m.Questionnaires += x.Questionnaires
	m.Staff += x.Staff
	m.Forms += x.Forms
}

// VisitBurden is the time of one visit.
type VisitBurden struct {
	Visit    string       `json:"visit"`
	Epoch    string       `json:"epoch"`
	Optional bool         `json:"optional,omitempty"` // not in every participant's plan
	Planned  int          `json:"planned"`            // the visit's own minutes
	Together int          `json:"together"`           // required forms that take the participant's time
	Minutes  Minutes      `json:"minutes"`
	Forms    []FormBurden `json:"forms,omitempty"`
}

// EpochBurden sums the visits of an epoch.
type EpochBurden struct {
	Epoch    string  `json:"epoch"`
	Total    Minutes `json:"total"`
	Optional Minutes `json:"optional"`
}

// FormBurden is the time of one form.
type FormBurden struct {
	Form        string `json:"form"`
	By          string `json:"by"` // role that fills it in
	Minutes     int    `json:"minutes"`
	Participant bool   `json:"participant"` // takes the participant's time
	Staff       bool   `json:"staff"`       // takes the time of staff
	Optional    bool   `json:"optional,omitempty"`
}

// Burden reckons the minutes that the protocol asks for.
func (d *Definition) Burden() Burden {
	var b Burden
	epochs := map[string]*EpochBurden{}
	b.Epochs = make([]EpochBurden, len(d.Epochs))
	for i, e := range d.Epochs {
		b.Epochs[i].Epoch = e.ID
		epochs[e.ID] = &b.Epochs[i]
	}
	for i := range d.Protocol.Visits {
		v := d.visitBurden(&d.Protocol.Visits[i])
		b.Visits = append(b.Visits, v)
		total, of := &b.Total, func(e *EpochBurden) *Minutes { return &e.Total }
		if v.Optional {
			total, of = &b.Optional, func(e *EpochBurden) *Minutes { return &e.Optional }
		}
		total.add(v.Minutes)
		if e := epochs[v.Epoch]; e != nil {
			of(e).add(v.Minutes)
		}
	}
	for _, l := range d.Protocol.Logs {
		by := ""
		if len(l.By) > 0 {
			by = l.By[0]
		}
		if f, ok := d.formBurden(FormUse{Form: l.Form}, by); ok {
			b.Logs = append(b.Logs, f)
		}
	}
	return b
}

func (d *Definition) visitBurden(v *Visit) VisitBurden {
	out := VisitBurden{Visit: v.ID, Epoch: v.Epoch, Optional: v.Optional || v.When != "", Planned: v.Minutes}
	out.Minutes = Minutes{Participant: v.Minutes, Staff: v.Minutes * d.present(v)}
	by := ""
	if len(v.By) > 0 {
		by = v.By[0]
	}
	for _, u := range v.Forms {
		f, ok := d.formBurden(u, by)
		if !ok {
			continue
		}
		out.Forms = append(out.Forms, f)
		if f.Optional {
			continue
		}
		if f.Participant {
			out.Together += f.Minutes
		}
		if f.Participant && !f.Staff {
			out.Minutes.Questionnaires += f.Minutes
		}
		if f.Staff {
			out.Minutes.Forms += f.Minutes
		}
	}
	return out
}

// present answers how many of staff a visit takes: one of each role that holds it,
// and the whole pair where therapists treat. A phone call takes one.
func (d *Definition) present(v *Visit) int {
	if v.Kind == Phone {
		return min(1, len(v.By))
	}
	n := 0
	for _, role := range v.By {
		if role == "participant" {
			continue
		}
		n++
		if role == "therapist" && v.Treatment {
			n += max(d.Staffing.Pair.Size, 1) - 1
		}
	}
	return n
}

func (d *Definition) formBurden(u FormUse, by string) (FormBurden, bool) {
	f, ok := d.Instruments[u.Form]
	if !ok {
		return FormBurden{}, false
	}
	out := FormBurden{Form: u.Form, By: by, Minutes: f.Minutes, Optional: u.Optional || u.When != ""}
	if f.Respondent == instrument.ByParticipant {
		out.By = "participant"
	}
	if u.By != "" {
		out.By = u.By
	}
	out.Staff = out.By != "participant"
	out.Participant = !out.Staff || f.Respondent == instrument.ByParticipant ||
		slices.Contains([]instrument.Kind{instrument.Interview, instrument.Measurement}, f.Kind)
	return out, true
}
