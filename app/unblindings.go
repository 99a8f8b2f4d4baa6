package app

import (
	"context"
	"encoding/json"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// UnblindingLine is an emergency unblinding as those may read it who ask, confirm or
// are told: they need not see the participant's record for it. The arm is in none.
type UnblindingLine struct {
	Participant string
	study.Unblinding
}

// Unblindings answers the emergency unblindings of a participant, or with participant
// "" those of the study that somebody has still to confirm or to take note of. Needs
// access.Unblind, access.ConfirmUnblind or access.NoteUnblind.
func (a *App) Unblindings(ctx context.Context, actor access.Actor, studyID, participant string) ([]UnblindingLine, error) {
	h, err := a.host(studyID)
	if err != nil {
		return nil, err
	}
	if err := a.may(h, actor, access.Unblind, access.ConfirmUnblind, access.NoteUnblind); err != nil {
		return nil, err
	}
	ids := []string{participant}
	if participant == "" {
		if ids, err = a.unblindingsOpen(ctx, actor, studyID); err != nil {
			return nil, err
		}
	} else if err := a.within(h, actor, participant, "Unblindings"); err != nil {
		return nil, err
	}
	var out []UnblindingLine
	for _, id := range ids {
		s, err := a.stateOf(ctx, h, id)
		if err != nil {
			return nil, err
		}
		for _, u := range s.Unblinded {
			out = append(out, UnblindingLine{id, u})
		}
	}
	return out, nil
}

// unblindingsOpen answers the participants with a task of this kind, in the order of
// the tasks, within the actor's sites.
func (a *App) unblindingsOpen(ctx context.Context, actor access.Actor, studyID string) ([]string, error) {
	const page = 1000
	seen := map[string]bool{}
	var out []string
	for offset := 0; ; offset += page {
		rows, err := a.store.Rows(ctx, ledger.Query{Study: studyID, View: viewTask, Sites: actor.Sites, ByDue: true, Offset: offset, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			var t TaskRow
			if err := json.Unmarshal(r.Doc, &t); err != nil {
				return nil, err
			}
			if (t.Task.Kind == study.TaskUnblinding || t.Task.Kind == study.TaskConfirmUnblinding) && !seen[r.Parent] {
				seen[r.Parent] = true
				out = append(out, r.Parent)
			}
		}
		if len(rows) < page {
			return out, nil
		}
	}
}
