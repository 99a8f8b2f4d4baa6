package dryrun

import (
	"errors"
	"math/rand/v2"
	"time"

	"varde/protocol"
	"varde/study"
)

// Step is one thing that somebody did.
type Step struct {
	Now     time.Time // when it was entered
	Actor   study.Actor
	Command study.Command
	Lot     uint64 // what was drawn by lot, if anything was

	// fresh: the writer saw the newest version of the form, whatever it is. A story
	// that is shortened keeps its meaning.
	fresh bool
}

// told is a step that was carried out, and what came of it. Lives that share a
// beginning share its steps.
type told struct {
	before *told
	n      int
	step   Step
	events []study.Event // of the participant's stream
	other  []study.Event // of the site's or the study's
}

// life is one virtual participant at a moment. Forking one costs nothing: states are
// never changed once they are made.
type life struct {
	w        *world
	s        *study.State
	study    *study.StudyState
	site     *study.SiteState
	calendar *study.Calendar
	now      time.Time
	last     *told
	rng      *rand.Rand
	marks    *marks
	broken   *Broken // the first promise that was broken
	plain    bool    // retelling: nothing is marked
	steps    int     // commands given, whether or not they were carried out
	skipped  map[string]bool
}

// fork answers a life that goes on from here by itself.
func (l *life) fork(rng *rand.Rand) *life {
	n := *l
	n.rng, n.marks, n.broken, n.steps, n.skipped = rng, newMarks(l.w.branches), nil, 0, nil
	return &n
}

func (l *life) on() study.On { return study.On{Participant: l.id()} }

// id is the virtual participant's number; in a record that is led on, the real one.
func (l *life) id() string {
	if l.s != nil && l.s.ID != "" {
		return l.s.ID
	}
	return participant
}

func (l *life) version() int64 {
	if l.s == nil {
		return 0
	}
	return l.s.Version
}

func (l *life) env(actor study.Actor, lot uint64) study.Env {
	return study.Env{Now: l.now, Actor: actor, Study: l.study, Site: l.site, Calendar: l.calendar, Chance: lot, StudyID: studyID}
}

// do carries out a command now, and answers why not.
func (l *life) do(actor study.Actor, cmd study.Command) *study.Refusal {
	return l.step(Step{Now: l.now, Actor: actor, Command: cmd, fresh: true})
}

// as is do by the first person of a role.
func (l *life) as(role string, cmd study.Command) *study.Refusal { return l.do(actorOf(role), cmd) }

// step carries out a step. The participant's life goes on when it is allowed; every
// promise is looked at either way.
func (l *life) step(x Step) *study.Refusal {
	if l.broken != nil {
		return nil
	}
	l.now = x.Now
	l.steps++
	if x.fresh {
		x.Command = l.newest(x.Command)
	}
	var r *study.Refusal
	if x.Command.Stream() == study.ParticipantStream(l.id()) {
		r = l.own(x)
	} else {
		r = l.around(x)
	}
	if !l.plain {
		l.marks.command(x.Command, r)
	}
	return r
}

// own carries out a command on the participant.
func (l *life) own(x Step) *study.Refusal {
	env := l.env(x.Actor, x.Lot)
	if _, ok := x.Command.(study.Randomise); ok && l.s != nil && l.w.def.Allocation != nil {
		if stratum, r := study.StratumOf(l.w.def, l.s, env); r == nil {
			if slot, err := l.w.slot(stratum); err == nil {
				env.Slot = &slot
			}
		}
	}
	before := l.s
	events, after, err := l.w.cfg.Next(l.w.def, l.s, env, x.Command)
	if err != nil {
		var r *study.Refusal
		if !errors.As(err, &r) {
			l.breaks("no-fault", x, nil, "", Text{EN: "the program failed: " + err.Error(), NB: "programmet sviktet: " + err.Error()})
			return nil
		}
		l.refusal(x, r)
		if !l.plain {
			l.marks.refused(l, x, r)
		}
		return r
	}
	t := &told{before: l.last, n: 1, step: x}
	if l.last != nil {
		t.n = l.last.n + 1
	}
	version := l.version()
	for _, e := range events {
		e.Recorded, e.Actor, e.Role = env.Now, env.Actor.ID, env.Actor.Role
		switch e.Data.(type) {
		case study.NumberTaken:
			l.site = study.EvolveSite(l.site, e)
			t.other = append(t.other, e)
			continue
		case study.SlotBooked, study.SlotFreed:
			e.Version = l.calendar.Version + 1
			l.calendar = study.EvolveCalendar(l.calendar, e)
			t.other = append(t.other, e)
			continue
		case study.SlotTaken:
			t.other = append(t.other, e)
			continue
		}
		version++
		e.Version, e.Stream = version, study.ParticipantStream(l.id())
		t.events = append(t.events, e)
	}
	l.last, l.s = t, after
	for i := range t.events {
		l.kept(x, before, t.events[i])
	}
	l.standing(x, before)
	if !l.plain {
		l.marks.happened(l, before, t.events)
	}
	return nil
}

// around carries out a command on the study or the site.
func (l *life) around(x Step) *study.Refusal {
	env := l.env(x.Actor, x.Lot)
	events, err := study.DecideStudy(l.w.def, study.Overview{Study: l.study, Site: l.site, Sites: []string{siteID}}, env, x.Command)
	if err != nil {
		var r *study.Refusal
		if !errors.As(err, &r) {
			l.breaks("no-fault", x, nil, "", Text{EN: "the program failed: " + err.Error(), NB: "programmet sviktet: " + err.Error()})
			return nil
		}
		return r
	}
	t := &told{before: l.last, n: 1, step: x}
	if l.last != nil {
		t.n = l.last.n + 1
	}
	for _, e := range events {
		e.Recorded, e.Actor, e.Role = env.Now, env.Actor.ID, env.Actor.Role
		switch x.Command.Stream() {
		case study.SiteStream(siteID):
			e.Version = l.site.Version + 1
			l.site = study.EvolveSite(l.site, e)
		case study.StudyStream:
			e.Version = l.study.Version + 1
			l.study = study.EvolveStudy(l.study, e)
		}
		t.other = append(t.other, e)
	}
	l.last = t
	return nil
}

// newest makes a save refer to the newest version of its record.
func (l *life) newest(cmd study.Command) study.Command {
	c, ok := cmd.(study.SaveForm)
	if !ok || l.s == nil {
		return cmd
	}
	c.Version = 0
	if f := l.s.Form(c.Visit, c.Form, c.Repeat); f != nil && !c.New {
		c.Version = f.Version
	}
	return c
}

// story answers the steps of the life, from referral on.
func (l *life) story() []Step {
	if l.last == nil {
		return nil
	}
	out := make([]Step, l.last.n)
	for t := l.last; t != nil; t = t.before {
		out[t.n-1] = t.step
	}
	return out
}

// events answers what was recorded of the participant.
func (l *life) events() []study.Event {
	var parts [][]study.Event
	n := 0
	for t := l.last; t != nil; t = t.before {
		parts = append(parts, t.events)
		n += len(t.events)
	}
	out := make([]study.Event, 0, n)
	for i := len(parts) - 1; i >= 0; i-- {
		out = append(out, parts[i]...)
	}
	return out
}

// retold tells steps anew. What is refused is left out, as it would be in a clinic.
func (w *world) retold(steps []Step) *life {
	l := w.origin.fork(rand.New(rand.NewPCG(1, 1)))
	l.plain = true
	for _, x := range steps {
		if l.broken != nil {
			break
		}
		l.step(x)
	}
	return l
}

// until lets time pass.
func (l *life) until(t time.Time) {
	if t.After(l.now) {
		l.now = t
	}
}

func (l *life) after(d time.Duration) { l.now = l.now.Add(d) }

func (l *life) gone() bool { return l.s != nil && l.s.Status().Gone() }

func sessionsOf(def *protocol.Definition) []string {
	var out []string
	for i := range def.Visits {
		if def.Visits[i].Kind == protocol.Session {
			out = append(out, def.Visits[i].ID)
		}
	}
	return out
}
