package dryrun

import (
	"math/rand/v2"
	"time"

	"varde/protocol"
	"varde/study"
)

// Guide leads real participants on, from the state that their record tells, to see that
// there is a way to the end under a protocol. Nothing is recorded anywhere.
type Guide struct{ w *world }

// NewGuide makes a guide for a protocol.
func NewGuide(def *protocol.Definition) (*Guide, error) {
	w, err := newWorld(Config{Definition: def, Lives: 1, Cores: 1, Next: study.Next})
	if err != nil {
		return nil, err
	}
	return &Guide{w}, nil
}

// Stuck says why somebody does not reach the end.
type Stuck struct {
	Subject string // line of the protocol
	What    Text
}

// Forward does what the tasks say from a state on, with a full team of staff, until
// nothing more is expected; nil when the end is reached. With stop, treatment is stopped
// first and only follow-up goes on.
func (g *Guide) Forward(s *study.State, now time.Time, stop bool) *Stuck {
	site := *g.w.site
	site.ID, site.Zone = s.Site, s.Zone
	l := &life{w: g.w, s: s, study: g.w.study, site: &site, calendar: &study.Calendar{}, now: now, marks: newMarks(g.w.branches), rng: rand.New(rand.NewPCG(1, 1)), plain: true}
	l.last = &told{step: Step{Now: now, Actor: actorOf("system"), Command: study.PassTime{On: l.on()}}}
	how := byTasks
	if stop {
		how = byStop
	}
	l.end(how, false)
	if l.broken == nil || l.broken.Promise != "way-out" {
		return nil
	}
	return &Stuck{Subject: l.broken.Subject, What: l.broken.What}
}
