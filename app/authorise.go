package app

import (
	"fmt"
	"regexp"

	"varde/access"
	"varde/instrument"
	"varde/study"
)

var studyName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// needs says which capability a command asks for.
func needs(cmd study.Command) access.Capability {
	switch cmd.(type) {
	case study.Refer, study.Prescreen:
		return access.Refer
	case study.GiveConsent, study.WithdrawConsent:
		return access.Consent
	case study.DecideEligibility:
		return access.Decide
	case study.Randomise:
		return access.Randomise
	case study.PlanVisit, study.HoldVisit, study.MissVisit:
		return access.Schedule
	case study.SaveForm:
		return access.Enter
	case study.RaiseQuery:
		return access.Query
	case study.CloseQuery, study.CloseAlert:
		return access.Answer
	case study.CheckSession, study.ConfirmTwo, study.StartSession, study.GiveDose, study.DecideSupplement, study.Discharge, study.EndSession:
		return access.RunSession
	case study.Acknowledge:
		return access.Acknowledge
	case study.RaiseDeviation, study.DoDuty:
		return access.Report
	case study.StopTreatment, study.Withdraw, study.Lose, study.Complete:
		return access.EndTaking
	case study.CloseRecruitment, study.LockStudy, study.UnblindStudy:
		return access.Lock
	case study.PassTime:
		return access.PassTime
	}
	return access.SetUp
}

func forbiddenTo(actor access.Actor, c access.Capability) *study.Refusal {
	return &study.Refusal{Kind: study.Forbidden, Code: "role-may-not", Text: study.Text{
		EN: fmt.Sprintf("your role (%s) may not %s", study.RoleName(actor.Role).EN, access.Names[c].EN),
		NB: fmt.Sprintf("rollen din (%s) kan ikke %s", study.RoleName(actor.Role).NB, access.Names[c].NB)}}
}

func noParticipant() *study.Refusal {
	return &study.Refusal{Kind: study.Missing, Code: "no-such-participant", Text: study.Text{
		EN: "there is no such participant", NB: "deltakeren finnes ikke"}}
}

// may refuses an actor who lacks the capability in the study.
func (a *App) may(h *host, actor access.Actor, c access.Capability) error {
	if !actor.InStudy(h.id) {
		return noStudy(h.id)
	}
	if !actor.Can(c) {
		return forbiddenTo(actor, c)
	}
	return nil
}

// authorise refuses a command that the actor may not give, or whose participant or
// site is out of the actor's scope. What is out of scope does not exist.
func (a *App) authorise(h *host, actor access.Actor, cmd study.Command) error {
	if err := a.may(h, actor, needs(cmd)); err != nil {
		return err
	}
	if id := participantOf(cmd); id != "" {
		if actor.Role == "participant" && actor.Participant != id {
			return noParticipant()
		}
		site := siteOfNumber(id)
		if c, ok := cmd.(study.Refer); ok {
			site = c.Site
		}
		if !actor.AtSite(site) {
			return noParticipant()
		}
	} else if site := siteOf(cmd); site != "" && !actor.AtSite(site) {
		return &study.Refusal{Kind: study.Missing, Code: "no-such-site", Text: study.Text{EN: "there is no such site", NB: "stedet finnes ikke"}}
	}
	return nil
}

// siteOfNumber reads the site from a participant's number, which begins with it.
func siteOfNumber(id string) string {
	for i := len(id) - 1; i > 0; i-- {
		if id[i] == '-' {
			return id[:i]
		}
	}
	return ""
}

func (a *App) sees(h *host, actor access.Actor) study.Sees {
	def := h.definition()
	unblinded := !h.studyState().Unblinded.IsZero()
	return func(c instrument.Blinding) bool {
		if unblinded && actor.Role != "rater" {
			return true
		}
		return access.Sees(def, actor.Role, c)
	}
}

// redact answers the state as the actor may see it.
func (a *App) redact(h *host, actor access.Actor, s *study.State) *study.State {
	if s == nil || actor.Role == "system" {
		return s
	}
	sees := a.sees(h, actor)
	if !actor.Can(access.SeeJourney) {
		def := h.definition()
		n := study.Only(def, s, actor.Role, sees)
		if access.HidesPrior(def, actor.Role) {
			n = study.WithoutPrior(def, s, n, actor.Role, actor.ID, study.DayOf(a.Now(), s.Zone))
		}
		return n
	}
	return study.Redact(h.definition(), s, sees)
}

// visible answers the events as the actor may see them. The hash of an event that
// hides something would let its values be guessed, and is left out.
func (a *App) visible(h *host, actor access.Actor, events []study.Event) []study.Event {
	if actor.Role == "system" {
		return events
	}
	sees := a.sees(h, actor)
	all := sees(instrument.Revealing) && sees(instrument.Rating) && sees(instrument.Unblinded)
	def := h.definition()
	prior := access.HidesPrior(def, actor.Role) && !actor.Can(access.SeeJourney)
	out := make([]study.Event, 0, len(events))
	for _, e := range events {
		if prior {
			// What stood there before may be another rater's, or an earlier visit's.
			if d, ok := e.Data.(study.FormCorrected); ok {
				e = study.HideFrom(e, d)
			}
		}
		if !all {
			var ok bool
			if e, ok = study.RedactEvent(def, e, sees); !ok {
				continue
			}
		}
		if study.Hides(e) {
			e.Hash = [32]byte{}
		}
		out = append(out, e)
	}
	return out
}
