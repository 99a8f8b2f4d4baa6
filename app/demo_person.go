package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"varde/access"
	"varde/identity"
	"varde/protocol"
	"varde/study"
)

// One invented participant of a demonstration can be tried as well: somebody in the
// middle of their course, with a few words written and something asked of them.

func demoPersonSetting(studyID string) string { return "demo-participant/" + studyID }

// FurnishDemo chooses the participant of a study of a demonstration whose pages can be
// tried, and writes a few words as them. Done again it writes nothing. It is no part of
// what a seed gives: what is sealed is never the same twice.
func (a *App) FurnishDemo(ctx context.Context, studyID string) error {
	h, err := a.host(studyID)
	if err != nil {
		return err
	}
	if !a.Demo(ctx) || !h.studyState().Locked.IsZero() {
		return nil
	}
	id, err := a.store.Setting(ctx, demoPersonSetting(studyID))
	if err != nil || id != "" {
		return err
	}
	s, err := a.demoPerson(ctx, h)
	if err != nil || s == nil {
		return err
	}
	for _, step := range a.demoCourse(ctx, h, s) {
		if _, err := a.Do(ctx, step.actor, studyID, step.cmd, step.client); err != nil {
			return fmt.Errorf("app: study %s: %w", studyID, err)
		}
	}
	return a.store.SetSetting(ctx, demoPersonSetting(studyID), s.ID)
}

// demoPerson is who of the first site has come through a session and goes on, those
// first whom a questionnaire waits for; nil when there is nobody.
func (a *App) demoPerson(ctx context.Context, h *host) (*study.State, error) {
	sites := h.sortedSites()
	if len(sites) == 0 {
		return nil, nil
	}
	ids, err := a.participants(ctx, h)
	if err != nil {
		return nil, err
	}
	var best *study.State
	most := 0
	for _, id := range ids {
		if siteOfNumber(id) != sites[0].ID {
			continue
		}
		s, err := a.current(ctx, h, id)
		if err != nil {
			return nil, err
		}
		if s == nil || s.Status().Gone() || !s.Stopped.IsZero() || s.Doses == 0 || s.OpenSession() != nil {
			continue
		}
		rank := 1
		if asksParticipant(h.definition(), s) {
			rank = 2
		}
		if rank > most {
			best, most = s, rank
		}
	}
	return best, nil
}

func asksParticipant(def *protocol.Definition, s *study.State) bool {
	return slices.ContainsFunc(study.Tasks(def, s), func(t study.Task) bool { return t.Kind == study.TaskForm && slices.Contains(t.Roles, "participant") })
}

type demoStep struct {
	actor  access.Actor
	cmd    study.Command
	client string
}

// demoCourse is what was written lately, and a visit that asks something when nothing
// is asked yet.
func (a *App) demoCourse(ctx context.Context, h *host, s *study.State) []demoStep {
	me := a.demoParticipant(h, s.ID)
	now := a.Now()
	ago := func(days, hours int) study.On {
		at := now.Add(-time.Duration(days*24+hours) * time.Hour)
		if at.Before(s.Reached[study.Referred]) {
			at = now
		}
		return study.On{Participant: s.ID, At: at}
	}
	var out []demoStep
	add := func(actor access.Actor, cmd study.Command) {
		out = append(out, demoStep{actor, cmd, fmt.Sprintf("demo-words-%d", len(out)+1)})
	}
	say := func(en, nb string) string {
		if s.Language == "nb" {
			return nb
		}
		return en
	}
	if a.vault != nil {
		four, seven := 4, 7
		add(me, study.WriteDiary{On: ago(6, 3), Entry: "demo-1", Mood: &four, Text: say("A heavy day. Many memories, but I could stay with them.", "En tung dag. Mange minner, men jeg klarte å være i dem.")})
		add(me, study.WriteDiary{On: ago(3, 2), Entry: "demo-2", Mood: &seven, Shared: true, Text: say("Walked along the river for an hour. Slept through the night for the first time in weeks.", "Gikk langs elven i en time. Sov hele natten for første gang på flere uker.")})
		add(me, study.SendMessage{On: ago(2, 5), ID: "demo-1", Text: say("May I bring my own blanket next time?", "Kan jeg ta med mitt eget pledd neste gang?")})
		for _, actor := range a.DemoActors(ctx, h.id) {
			if actor.Role == "therapist" {
				add(actor, study.SendMessage{On: ago(1, 6), ID: "demo-2", Text: say("Of course you may. Bring whatever makes you feel safe.", "Selvsagt. Ta med det som gjør at du kjenner deg trygg.")})
			}
		}
		add(me, study.SendMessage{On: ago(0, 2), ID: "demo-3", Text: say("Thank you. I slept badly last night. Is that common now?", "Takk. Jeg sov dårlig i natt. Er det vanlig nå?")})
	}
	if !asksParticipant(h.definition(), s) {
		if step, ok := a.demoVisit(ctx, h, s); ok {
			out = append(out, step)
		}
	}
	return out
}

// demoVisit holds a visit whose time has come and that asks the participant something.
func (a *App) demoVisit(ctx context.Context, h *host, s *study.State) (demoStep, bool) {
	def := h.definition()
	for _, t := range study.Tasks(def, s) {
		v, ok := def.Visit(t.Visit)
		if !ok || t.Kind != study.TaskVisit || v.Kind == protocol.Session || v.Kind == protocol.Rating || t.Opens.After(a.Now()) {
			continue
		}
		asks := slices.ContainsFunc(v.Forms, func(u protocol.FormUse) bool {
			p, ok := study.PlaceOf(def, v.ID, u.Form)
			return ok && slices.Contains(p.Roles, "participant")
		})
		for _, actor := range a.DemoActors(ctx, h.id) {
			if asks && slices.Contains(v.By, actor.Role) && h.permits(actor, access.Schedule) {
				return demoStep{actor, study.HoldVisit{On: study.On{Participant: s.ID}, Visit: v.ID, By: []string{actor.ID}}, ""}, true
			}
		}
	}
	return demoStep{}, false
}

// demoParticipant is the actor that a participant's account is.
func (a *App) demoParticipant(h *host, id string) access.Actor {
	g := access.Grant{Role: "participant", Study: h.id, Sites: []string{siteOfNumber(id)}, Participant: id}
	return access.Actor{ID: participantAccount(h.id, id), Name: id, Role: g.Role, Study: g.Study, Sites: g.Sites, Participant: id, Grants: []access.Grant{g}}
}

// demoPersonOf is the participant who can be tried, if one was chosen.
func (a *App) demoPersonOf(ctx context.Context, h *host) (access.Actor, bool) {
	id, err := a.store.Setting(ctx, demoPersonSetting(h.id))
	if err != nil || id == "" {
		return access.Actor{}, false
	}
	return a.demoParticipant(h, id), true
}

// signInDemoPerson opens a session for the participant's own account, which is made
// when there is none.
func (a *App) signInDemoPerson(ctx context.Context, h *host, x access.Actor, from identity.Source) (identity.Opening, error) {
	if _, ok, err := a.people.Account(ctx, x.ID); err != nil {
		return identity.Opening{}, err
	} else if !ok {
		s, err := a.stateOf(ctx, h, x.Participant)
		if err != nil {
			return identity.Opening{}, err
		}
		in := identity.Invitation{ID: x.ID, Kind: identity.Participant, Study: h.id, Participant: s.ID, Language: s.Language}
		if _, err := a.people.Invite(ctx, by(access.System), in); err != nil {
			return identity.Opening{}, told(err)
		}
	}
	return a.people.SignInDemo(ctx, x.ID, x.Name, from)
}
