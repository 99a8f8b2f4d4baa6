package dryrun

import (
	"context"
	"math/rand/v2"
	"sync"

	"varde/protocol"
	"varde/study"
)

const (
	roundLives  = 400  // told between two looks at what is new
	mostMoments = 4000 // from which lives set out
	checkedEach = 40   // every so many lives the events are held against the state
	endedEach   = 6    // every so many lives is led to its end
)

// found is what one life brought home.
type found struct {
	life  *life
	steps int
}

// search tells lives in rounds. Within a round they do not know of each other, so the
// outcome does not depend on who is first.
func (w *world) search(ctx context.Context) (*Report, error) {
	r := newReport(w)
	moments := w.trunk(r)
	moments = append(moments, w.aimed(r, moments)...)
	for done := 0; done < w.cfg.Lives; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(roundLives, w.cfg.Lives-done)
		out := make([]found, n)
		var wg sync.WaitGroup
		for core := range w.cfg.Cores {
			wg.Go(func() {
				for i := core; i < n; i += w.cfg.Cores {
					out[i] = w.live(done+i, moments)
				}
			})
		}
		wg.Wait()
		for i := range out {
			if r.take(out[i]) && len(moments) < mostMoments && out[i].life.broken == nil && !out[i].life.gone() && out[i].life.study.Locked.IsZero() {
				moments = append(moments, out[i].life)
			}
		}
		done += n
		if w.cfg.Progress != nil {
			w.cfg.Progress(done, w.cfg.Lives)
		}
	}
	r.finish()
	return r, nil
}

// trunk tells a few whole lives by the book, and answers their moments.
func (w *world) trunk(r *Report) []*life {
	var moments []*life
	for k := range 3 {
		l := w.origin.fork(rand.New(rand.NewPCG(w.cfg.Seed, uint64(k)<<32)))
		moments = append(moments, l.fork(l.rng))
		l.referred()
		moments = append(moments, w.byTheBook(l, k)...)
		l.owned()
		l.retells()
		l.marks.plan(l)
		r.take(found{l, l.steps})
	}
	return moments
}

// byTheBook goes through the whole plan; what is left open differs by k: the supplement
// is declined, or given and optional visits are held, or treatment is stopped after the first session.
func (w *world) byTheBook(l *life, k int) []*life {
	var moments []*life
	note := func() { n := *l; moments = append(moments, &n) }
	tried := map[string]int64{}
	for range mostTurns {
		if l.broken != nil || l.gone() {
			break
		}
		if x := l.s.OpenSession(); x != nil {
			note()
		}
		if k == 2 && l.s.Doses == 1 && l.s.Stopped.IsZero() && l.s.OpenSession() == nil {
			l.as("physician", study.StopTreatment{On: l.on(), Reason: l.anyReason()})
			note()
		}
		if v, ok := l.sessionDue(k == 1); ok {
			note() // the morning of a session, before anything is measured
			l.sessionSlowly(v, k == 1, note)
			continue
		}
		if !l.nextTask(tried, true, k == 1) {
			l.wait(1)
		}
		note()
	}
	return moments
}

// sessionDue answers the session that is the first task.
func (l *life) sessionDue(optional bool) (string, bool) {
	for _, t := range l.tasks() {
		v, ok := l.w.def.Visit(t.Visit)
		if t.Kind == study.TaskVisit && ok && v.Optional && !optional {
			continue
		}
		if t.Kind != study.TaskVisit || !ok || v.Kind != protocol.Session {
			return "", false
		}
		l.until(dueOf(t))
		return v.ID, true
	}
	return "", false
}

// sessionSlowly holds a session and notes its moments.
func (l *life) sessionSlowly(id string, supplement bool, note func()) {
	v, _ := l.w.def.Visit(id)
	l.morning(id, thorough{forms: true})
	note()
	if r := l.begin(id); r != nil {
		l.missed(v)
		return
	}
	note()
	l.dose(id)
	note()
	x := l.s.Sessions[id]
	if step := stepOf(l.w.def, id, "supplement"); supplement && step != nil && x.Open() && !x.DoseAt.IsZero() {
		for l.broken == nil {
			next := l.s.Sessions[id]
			line := firstDue(study.SessionPlan(l.w.def, l.s, next))
			if line == nil || line.Due.After(x.DoseAt.Add(step.Earliest.Std())) || !l.due(id, next) {
				break
			}
			if l.s.Sessions[id].Decision != "" {
				break
			}
		}
		l.until(x.DoseAt.Add(step.Earliest.Std()))
		note()
		l.give(study.DecideSupplement{On: l.on(), Visit: id, Decision: "given", Amount: half(l.w.def, id, x.Dose), Answers: lines(l.w.def.Dosing.Checkpoint.Withhold, false)}, []string{"physician"})
		note()
	}
	l.finishSession(id)
}

func firstDue(plan []study.PlanLine) *study.PlanLine {
	best := -1
	for i, p := range plan {
		if p.Done.IsZero() && !p.Due.IsZero() && (best < 0 || p.Due.Before(plan[best].Due)) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return &plan[best]
}

func half(def *protocol.Definition, visit string, dose float64) float64 {
	step := stepOf(def, visit, "supplement")
	for _, a := range step.Amounts {
		if !step.HalfOf || a*2 == dose {
			return a
		}
	}
	return 0
}

// live tells one life: from a moment of an earlier one, moved by one kind of hand, now
// and then led to its end.
func (w *world) live(i int, moments []*life) found {
	rng := rand.New(rand.NewPCG(w.cfg.Seed^0x9e3779b97f4a7c15, uint64(i)))
	l := moments[rng.IntN(len(moments))].fork(rng)
	h := hands[i%len(hands)]
	for range 2 + rng.IntN(7) {
		if l.broken != nil {
			break
		}
		h.move(l)
	}
	if i%4 == 0 {
		l.owned()
		l.marks.plan(l)
	}
	if i%checkedEach == 0 {
		l.retells()
	}
	if i%endedEach == 0 {
		kept := l.marks
		l.end(endings[(i/endedEach)%len(endings)], false)
		l.marks = kept
	}
	return found{l, l.steps}
}
