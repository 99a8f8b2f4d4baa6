package api

import (
	"reflect"
	"slices"
	"strings"

	"varde/access"
	"varde/app"
	"varde/study"
)

// To a role that must not know which assessment it is, a visit's id is a reference,
// in every path, body and answer. What stands for what is app's to say.

// shown is what stands for a visit in this answer.
func (c *call) shown(participant, visit string) string {
	return c.app.VisitRef(c.actor, c.study, participant, visit)
}

// visitIn reads a visit of a path, query or body: "-" and "" are logs.
func (c *call) visitIn(participant, ref string) (string, error) {
	visit, ok := c.app.VisitOf(c.actor, c.study, participant, ref)
	if !ok {
		return "", notFound("no-such-visit", "the protocol has no such visit", "protokollen har ikke et slikt besøk")
	}
	return visit, nil
}

// hidesVisits says that the reader must not know which visits are which.
func (c *call) hidesVisits() bool { return c.def != nil && access.HidesVisit(c.def, c.actor.Role) }

// maskTask answers a task as the reader may see it: its id names its visit.
func (c *call) maskTask(participant string, t study.Task) study.Task {
	ref := c.shown(participant, t.Visit)
	if ref == t.Visit {
		return t
	}
	parts := strings.Split(t.ID, "/")
	for i := range parts {
		if parts[i] == t.Visit {
			parts[i] = ref
		}
	}
	t.ID, t.Visit = strings.Join(parts, "/"), ref
	if t.Kind == study.TaskVisit {
		t.Title = assessment
	}
	return t
}

var assessment = Text{EN: "Assessment", NB: "Vurdering"}

func (c *call) maskTasks(rows []app.TaskRow) []app.TaskRow {
	if !c.hidesVisits() {
		return rows
	}
	out := slices.Clone(rows)
	for i := range out {
		out[i].Task = c.maskTask(out[i].Participant, out[i].Task)
	}
	return out
}

// unmask puts the visit that a reference means into a command's Visit. What means
// none is left as it is, and refused by what looks for it.
func (c *call) unmask(cmd study.Command) (study.Command, error) {
	v := reflect.ValueOf(cmd)
	visit, on := v.FieldByName("Visit"), v.FieldByName("Participant")
	if !c.hidesVisits() || !visit.IsValid() || visit.Kind() != reflect.String || !on.IsValid() || visit.String() == "" {
		return cmd, nil
	}
	meant, err := c.visitIn(on.String(), visit.String())
	if err != nil {
		return nil, err
	}
	n := reflect.New(v.Type()).Elem()
	n.Set(v)
	n.FieldByName("Visit").SetString(meant)
	out, _ := n.Interface().(study.Command)
	return out, nil
}
