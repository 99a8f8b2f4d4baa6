package simulate

import (
	"varde/access"
	"varde/app"
	"varde/study"
)

// Lots answers what is drawn by lot in a run with the seed. It depends on the
// participant, the visit and the time alone, so a transcript done again elsewhere
// with the same seed draws the same raters.
func Lots(seed uint64) app.Lots {
	return func(cmd study.Command) uint64 {
		switch c := cmd.(type) {
		case study.PlanVisit:
			draw := stream(seed, "rater "+c.Participant+" "+c.Visit, 0)
			return draw.Uint64()
		case study.DrawRater:
			draw := stream(seed, "rater "+c.Participant+" "+c.Visit+" again "+c.Reason, 0)
			return draw.Uint64()
		}
		return 0
	}
}

// whoDoes answers who carries out a command in a role: at an assessment the rater
// drawn for it, else anybody who has the role.
func (p *person) whoDoes(role string, cmd study.Command) access.Actor {
	if role == "rater" && p.state != nil {
		visit := ""
		switch c := cmd.(type) {
		case study.SaveForm:
			visit = c.Visit
		case study.HoldVisit:
			visit = c.Visit
		case study.MissVisit:
			visit = c.Visit
		case study.StateBlindness:
			visit = c.Visit
		}
		if drawn := p.state.Ratings[visit].Rater; drawn != "" {
			for _, s := range p.c.staff[role] {
				if s.actor.ID == drawn {
					return s.actor
				}
			}
		}
	}
	return p.who(role)
}

// rate goes through an assessment: the rater fills in its forms, states whether
// anything unblinding was said, and closes it.
func (p *person) rate(i int) {
	v := &p.w.def.Visits[i]
	p.forms(i, map[string]bool{}, func() {
		if !p.do("rater", study.StateBlindness{On: p.on(), Visit: v.ID, Blind: true}) || p.state.Status().Gone() || !p.open(i) {
			return
		}
		if p.do("rater", study.HoldVisit{On: p.on(), Visit: v.ID, By: []string{p.state.Ratings[v.ID].Rater}}) {
			p.medicines(v)
			p.visited(i)
		}
	})
}
