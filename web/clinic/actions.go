package clinic

import (
	"strconv"
	"strings"

	"varde/access"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
)

func seesJourney(c *page.Context) bool { return c.Can(access.SeeJourney) }

// The functions below read one form each and answer the command that it asks for,
// with the message to show when it was carried out.

func prescreen(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	if err != nil {
		return nil, "", err
	}
	switch c.Text("result") {
	case "yes":
		if err := holdFirst(c, s, o); err != nil {
			return nil, "", err
		}
		return study.Prescreen{On: o, Passed: true}, c.T("clinic.prescreen.done"), nil
	case "no":
		reasons := lines(c.Text("reasons"))
		if len(reasons) > 20 {
			return nil, "", page.Bad("reasons", "at most 20 reasons", "høyst 20 grunner")
		}
		if len(reasons) == 0 {
			return nil, "", page.Bad("reasons", "say why the study does not suit the person", "oppgi hvorfor studien ikke passer for personen")
		}
		if err := holdFirst(c, s, o); err != nil {
			return nil, "", err
		}
		return study.Prescreen{On: o, Reasons: reasons}, c.T("clinic.prescreen.failed"), nil
	}
	return nil, "", page.Bad("result", "choose whether the person can go on", "velg om personen kan gå videre")
}

// holdFirst records the first conversation as held, where the protocol has a visit
// for it: telling its result says that it took place.
func holdFirst(c *page.Context, s *study.State, o study.On) error {
	for i := range c.Def.Visits {
		v := &c.Def.Visits[i]
		if v.Anchor != string(study.Referred) || v.Kind != protocol.Phone || !s.Visits[i].Held.IsZero() || s.Visits[i].Missed != "" || s.Prescreen != nil {
			continue
		}
		_, err := c.DoAlso("held", study.HoldVisit{On: o, Visit: v.ID, By: []string{c.Actor.ID}})
		if r, ok := page.Refused(err); err != nil && (!ok || r.Kind == study.Invalid) {
			return err
		}
	}
	return nil
}

func consent(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	if err != nil {
		return nil, "", err
	}
	form, err := c.Form()
	if err != nil {
		return nil, "", err
	}
	if c.Text("signed") != "yes" {
		return nil, "", page.Bad("signed", "the participant must have signed", "deltakeren må ha signert")
	}
	cmd := study.GiveConsent{On: o, Document: c.Value("document"), Version: c.Text("version"), Language: c.Text("language"), Answers: map[string]string{}}
	for name := range form {
		if q, ok := strings.CutPrefix(name, "q."); ok && len(cmd.Answers) < 100 {
			cmd.Answers[q] = form.Get(name)
		}
	}
	if w, ok := s.Signed[cmd.Document]; ok && w.PVersion == cmd.Version {
		// The participant has answered; study takes their answers and language.
		cmd.Answers, cmd.Language = nil, ""
		return cmd, c.T("clinic.consent.talk.done"), nil
	}
	// The use case knows the questions; what is not one of them must not get into the record.
	for _, d := range c.Def.Consent.Documents {
		if d.ID != cmd.Document || d.Version != cmd.Version {
			continue
		}
		known := map[string]string{}
		for _, q := range d.Questions {
			if a := cmd.Answers[q.ID]; a != "" {
				known[q.ID] = a
			} else {
				return nil, "", page.Bad("answers."+q.ID, "this question is not answered", "dette spørsmålet er ikke besvart")
			}
		}
		cmd.Answers = known
	}
	return cmd, c.T("clinic.consent.done"), nil
}

func withdrawConsent(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	if err == nil {
		err = isSure(c)
	}
	return study.WithdrawConsent{On: o, Document: c.Value("document"), Reason: c.Text("reason"), Note: c.Text("note")}, c.T("clinic.saved"), err
}

func gate(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	if err == nil {
		err = isSure(c)
	}
	return study.DecideEligibility{On: o, Gate: c.Value("gate")}, c.T("clinic.gate.done"), err
}

func randomise(c *page.Context, s *study.State) (study.Command, string, error) {
	err := isSure(c)
	return study.Randomise{On: study.On{Participant: s.ID}}, c.T("clinic.randomise.done"), err
}

func planVisit(c *page.Context, s *study.State) (study.Command, string, error) {
	t, err := c.Moment("time")
	cmd := study.PlanVisit{On: study.On{Participant: s.ID}, Visit: visitOf(c, s.ID), Time: t}
	if i := c.Def.VisitIndex(cmd.Visit); i >= 0 && s.Visits[i].Booked() {
		cmd.Room, cmd.Staff = s.Visits[i].Room, s.Visits[i].Staff // only the time is changed here
	}
	return cmd, c.T("clinic.visit.planned.done"), err
}

func holdVisit(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	return study.HoldVisit{On: o, Visit: visitOf(c, s.ID), By: []string{c.Actor.ID}}, c.T("clinic.visit.held.done"), err
}

func missVisit(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	return study.MissVisit{On: o, Visit: visitOf(c, s.ID), Reason: c.Text("reason")}, c.T("clinic.visit.missed.done"), err
}

func raiseQuery(c *page.Context, s *study.State) (study.Command, string, error) {
	n, err := c.Int("repeat")
	visit := c.Text("visit")
	return study.RaiseQuery{On: study.On{Participant: s.ID}, Visit: visit, Form: c.Text("form"), Item: c.Text("item"), Repeat: n, Text: c.Text("text")},
		c.T("clinic.query.raised"), err
}

func closeQuery(c *page.Context, s *study.State) (study.Command, string, error) {
	return study.CloseQuery{On: study.On{Participant: s.ID}, ID: c.Value("ref"), Answer: c.Text("answer")}, c.T("clinic.query.closed"), nil
}

func closeAlert(c *page.Context, s *study.State) (study.Command, string, error) {
	return study.CloseAlert{On: study.On{Participant: s.ID}, ID: c.Value("ref"), Action: c.Text("action")}, c.T("clinic.alert.closed"), nil
}

func raiseDeviation(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	return study.RaiseDeviation{On: o, Visit: c.Text("visit"), Text: c.Text("text")}, c.T("clinic.saved"), err
}

func doDuty(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	if err != nil {
		return nil, "", err
	}
	n, bad := strconv.Atoi(c.Value("repeat"))
	if bad != nil || n < 0 {
		return nil, "", page.NotFound("there is no such report", "det finnes ingen slik rapport")
	}
	return study.DoDuty{On: o, Clock: c.Value("ref"), Repeat: n, Reference: c.Text("reference")}, c.T("clinic.report.done"), nil
}

func stopTreatment(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	if err == nil {
		err = isSure(c)
	}
	return study.StopTreatment{On: o, Reason: c.Text("reason"), Note: c.Text("note")}, c.T("clinic.saved"), err
}

func withdraw(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	if err == nil {
		err = isSure(c)
	}
	return study.Withdraw{On: o, Reason: c.Text("reason"), Note: c.Text("note")}, c.T("clinic.saved"), err
}

func lose(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	if err != nil {
		return nil, "", err
	}
	n, err := c.Int("attempts")
	if err == nil {
		err = isSure(c)
	}
	return study.Lose{On: o, Attempts: n}, c.T("clinic.saved"), err
}

func complete(c *page.Context, s *study.State) (study.Command, string, error) {
	o, err := on(c, s)
	if err == nil {
		err = isSure(c)
	}
	return study.Complete{On: o}, c.T("clinic.saved"), err
}
