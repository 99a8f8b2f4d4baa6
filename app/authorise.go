package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"varde/access"
	"varde/identity"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

var studyName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// needs says which capability a command asks for. A command without a line here is
// refused to everybody, and a test finds it.
func needs(cmd study.Command) (access.Capability, bool) {
	switch cmd.(type) {
	case study.Refer, study.Prescreen:
		return access.Refer, true
	case study.GiveConsent:
		return access.Consent, true
	case study.WithdrawConsent:
		return access.ConsentOrOwn, true
	case study.SignConsent:
		return access.OwnConsent, true
	case study.WriteDiary, study.ShareDiary:
		return access.OwnWords, true
	case study.SendMessage, study.ReadMessages:
		return access.OwnOrMessage, true
	case study.DecideEligibility:
		return access.Decide, true
	case study.Randomise:
		return access.Randomise, true
	case study.PlanVisit, study.HoldVisit, study.MissVisit:
		return access.Schedule, true
	case study.SaveForm:
		return access.Enter, true
	case study.StateBlindness:
		return access.Rate, true
	case study.RaiseQuery:
		return access.Query, true
	case study.CloseQuery, study.CloseAlert:
		return access.Answer, true
	case study.CheckSession, study.ConfirmOne, study.ConfirmTwo, study.StartSession, study.GiveDose, study.DecideSupplement, study.Discharge, study.EndSession:
		return access.RunSession, true
	case study.Acknowledge:
		return access.Acknowledge, true
	case study.RaiseDeviation, study.DoDuty:
		return access.Report, true
	case study.StopTreatment, study.Withdraw:
		return access.LeaveOrOwn, true
	case study.Lose, study.Complete:
		return access.EndTaking, true
	case study.CloseRecruitment, study.LockStudy, study.UnblindStudy:
		return access.Lock, true
	case study.PassTime:
		return access.PassTime, true
	case study.OpenStudy, study.RecordApproval, study.SealAllocation, study.OpenSite:
		return access.SetUp, true
	case study.AssignStaff, study.RemoveStaff, study.Delegate, study.EndDelegation:
		return access.Delegate, true
	case study.Sign:
		return access.Sign, true
	case study.DrawRater:
		return access.DrawRater, true
	case study.AskUnblinding:
		return access.Unblind, true
	case study.ConfirmUnblinding:
		return access.ConfirmUnblind, true
	case study.NoteUnblinding:
		return access.NoteUnblind, true
	}
	return "", false
}

func forbiddenTo(actor access.Actor, c access.Capability) *study.Refusal {
	return &study.Refusal{Kind: study.Forbidden, Code: "role-may-not", Text: study.Text{
		EN: fmt.Sprintf("your role (%s) may not %s", study.RoleName(actor.Role).EN, access.NameOf(c).EN),
		NB: fmt.Sprintf("rollen din (%s) kan ikke %s", study.RoleName(actor.Role).NB, access.NameOf(c).NB)}}
}

func noParticipant() *study.Refusal {
	return &study.Refusal{Kind: study.Missing, Code: "no-such-participant", Text: study.Text{
		EN: "there is no such participant", NB: "deltakeren finnes ikke"}}
}

func noSite() *study.Refusal {
	return &study.Refusal{Kind: study.Missing, Code: "no-such-site", Text: study.Text{EN: "there is no such site", NB: "stedet finnes ikke"}}
}

// permits says that the actor's role has the capability here: by the table, and not
// taken away by the study's protocol.
func (h *host) permits(actor access.Actor, c access.Capability) bool {
	return access.Permits(h.definition(), actor, c)
}

// in refuses an actor without a role in the study. What is out of scope does not exist.
func (a *App) in(h *host, actor access.Actor, what string) error {
	if len(access.Table[actor.Role]) == 0 || !actor.InStudy(h.id) {
		return a.refuse(actor, h.id, what, noStudy(h.id))
	}
	return nil
}

// may refuses an actor who has none of the capabilities in the study.
func (a *App) may(h *host, actor access.Actor, any ...access.Capability) error {
	if err := a.in(h, actor, string(any[0])); err != nil {
		return err
	}
	for _, c := range any {
		if h.permits(actor, c) {
			return nil
		}
	}
	return a.refuse(actor, h.id, string(any[0]), forbiddenTo(actor, any[0]))
}

// mayHouse refuses an actor who has none of the capabilities in the whole house: a
// grant that is limited to a study does not reach accounts.
func (a *App) mayHouse(actor access.Actor, any ...access.Capability) error {
	for _, c := range any {
		if actor.Study == "" && actor.Sites == nil && actor.Can(c) {
			return nil
		}
	}
	return a.refuse(actor, "", string(any[0]), forbiddenTo(actor, any[0]))
}

// Admits refuses an actor who may not come to a route at all: by what the route
// needs, by the study, or by the participant it is about ("" = none). Pages and API
// ask it before they read what was sent; the use cases ask again, for what is done.
func (a *App) Admits(actor access.Actor, studyID, participant string, need access.Capability) error {
	if studyID == "" {
		if need == access.SignedIn {
			return nil
		}
		return a.mayHouse(actor, need)
	}
	h, err := a.host(studyID)
	if err != nil {
		return err
	}
	if err := a.may(h, actor, need); err != nil || participant == "" {
		return err
	}
	return a.within(h, actor, participant, string(need))
}

// within refuses a participant who is out of the actor's scope.
func (a *App) within(h *host, actor access.Actor, participant, what string) error {
	if !actor.AtSite(siteOfNumber(participant)) || actor.Role == "participant" && actor.Participant != participant {
		return a.refuse(actor, h.id, what, noParticipant())
	}
	return nil
}

// about answers the study and the whole state of a participant to an actor who has one
// of the capabilities and the participant in scope.
func (a *App) about(ctx context.Context, actor access.Actor, studyID, participant, what string, any ...access.Capability) (*host, *study.State, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, nil, err
	}
	if err := a.may(h, actor, any...); err != nil {
		return nil, nil, err
	}
	if err := a.within(h, actor, participant, what); err != nil {
		return nil, nil, err
	}
	s, err := a.stateOf(ctx, h, participant)
	return h, s, err
}

// stateOf answers the whole state of a participant, or that there is none.
func (a *App) stateOf(ctx context.Context, h *host, participant string) (*study.State, error) {
	e, err := a.person(ctx, h, participant)
	if err != nil {
		return nil, err
	}
	defer e.mu.Unlock()
	if e.state == nil {
		return nil, noParticipant()
	}
	return e.state, nil
}

// authorise refuses a command that the actor may not give, or whose participant or
// site is out of the actor's scope.
func (a *App) authorise(h *host, actor access.Actor, cmd study.Command) error {
	c, known := needs(cmd)
	if !known {
		return a.refuse(actor, h.id, nameOf(cmd), &study.Refusal{Kind: study.Forbidden, Code: "unknown-command", Text: study.Text{
			EN: "nobody may give this command", NB: "ingen kan gi denne kommandoen"}})
	}
	if err := a.may(h, actor, c); err != nil {
		return err
	}
	if id := participantOf(cmd); id != "" {
		if c, ok := cmd.(study.Refer); ok && !actor.AtSite(c.Site) {
			return a.refuse(actor, h.id, nameOf(cmd), noParticipant())
		}
		return a.within(h, actor, id, nameOf(cmd))
	}
	if site := siteOf(cmd); site != "" && !actor.AtSite(site) {
		return a.refuse(actor, h.id, nameOf(cmd), noSite())
	}
	switch c := cmd.(type) {
	case study.Delegate:
		return a.delegable(h, actor, cmd, c.Sites)
	case study.EndDelegation:
		for _, d := range h.studyState().Delegations {
			if d.Account == c.Account && d.Role == c.Role && d.Ended.IsZero() {
				return a.delegable(h, actor, cmd, d.Sites)
			}
		}
	}
	return nil
}

// delegable refuses a delegation that reaches further than the one who delegates.
func (a *App) delegable(h *host, actor access.Actor, cmd study.Command, sites []string) error {
	if actor.Sites == nil {
		return nil
	}
	out := len(sites) == 0 // every site
	for _, s := range sites {
		out = out || !actor.AtSite(s)
	}
	if out {
		return a.refuse(actor, h.id, nameOf(cmd), &study.Refusal{Kind: study.Forbidden, Field: "sites", Code: "beyond-your-sites", Text: study.Text{
			EN: "you can delegate at your own sites only: name them", NB: "du kan bare delegere ved dine egne steder: oppgi dem"}})
	}
	return nil
}

// refuse answers err, and has it recorded that the actor was refused. Every refusal
// for want of a grant, a capability or scope passes through here. What was asked for
// is named by its kind, never by a value.
func (a *App) refuse(actor access.Actor, studyID, what string, err error) error {
	var r *study.Refusal
	if a.people == nil || !errors.As(err, &r) || r == nil {
		return err
	}
	a.people.Refused(identity.Refusal{Account: actor.ID, Role: actor.Role, Study: studyID, Code: r.Code, What: what})
	return err
}

// refused is refuse for an error that may be of any kind: of those that a decision
// answers, only what the role may not is recorded.
func (a *App) refused(actor access.Actor, studyID, what string, err error) error {
	var r *study.Refusal
	if errors.As(err, &r) && r != nil && r.Kind == study.Forbidden {
		return a.refuse(actor, studyID, what, err)
	}
	return err
}

// nameOf is the kind of a command, such as "SaveForm".
func nameOf(cmd study.Command) string { return reflect.TypeOf(cmd).Name() }

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
	return seesIn(h.definition(), h.studyState(), actor)
}

// seesIn answers what an actor sees of a study in a state.
func seesIn(def *protocol.Definition, st *study.StudyState, actor access.Actor) study.Sees {
	unblinded := !st.Unblinded.IsZero()
	return func(c instrument.Blinding) bool {
		if unblinded && actor.Role != "rater" && c != instrument.Treating {
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
	if actor.Role == "participant" {
		n := study.OwnView(h.definition(), s, sees)
		if access.HidesPrior(h.definition(), actor.Role) {
			n = study.WithoutPrior(h.definition(), s, n, actor.Role, actor.ID, study.DayOf(a.Now(), s.Zone))
		}
		return n
	}
	if !h.permits(actor, access.SeeJourney) {
		def := h.definition()
		n := study.Only(def, s, actor.Role, actor.ID, sees)
		n.Ratings = ownRatings(n.Ratings, actor)
		if access.HidesPrior(def, actor.Role) {
			n = study.WithoutPrior(def, s, n, actor.Role, actor.ID, study.DayOf(a.Now(), s.Zone))
		}
		return n
	}
	return study.RedactWords(study.Redact(h.definition(), s, sees), a.wordsOf(h, actor))
}

// visible answers the events as the actor may see them. The hash of an event that
// hides something would let its values be guessed, and is left out.
func (a *App) visible(h *host, actor access.Actor, events []study.Event) []study.Event {
	if actor.Role == "system" {
		return events
	}
	sees := a.sees(h, actor)
	all := sees(instrument.Revealing) && sees(instrument.Treating) && sees(instrument.Rating) && sees(instrument.Unblinded)
	def := h.definition()
	prior := access.HidesPrior(def, actor.Role) && !h.permits(actor, access.SeeJourney)
	masks := access.HidesVisit(def, actor.Role)
	// A hash stands for every event of its stream before it: whoever is kept from one
	// of them could try a guess at it against any later hash.
	guards := prior || !all && study.HidesAny(def, sees)
	out := make([]study.Event, 0, len(events))
	for _, e := range events {
		if study.PrivateWords(e) && !a.toldOfWords(h, actor) {
			continue // later hashes may stand: nobody guesses a seal
		}
		e = study.RedactWordsEvent(e)
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
		if guards && strings.HasPrefix(e.Stream, study.ParticipantStream("")) {
			e.Hash = [32]byte{}
		}
		if masks {
			e = a.maskVisit(h, actor, e)
		}
		out = append(out, e)
	}
	return out
}
