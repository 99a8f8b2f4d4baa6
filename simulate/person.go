package simulate

import (
	"errors"
	"fmt"
	"time"

	"varde/access"
	"varde/instrument"
	"varde/study"
)

// person is one virtual participant and what the site does with them.
type person struct {
	w     *world
	c     *clinic
	id    string
	rng   chance
	state *study.State
	fate  fate
	pair  [2]staffer

	// who the person is
	latent    [][]float64 // per outcome: correlated standard normal scores by visit
	courses   [][]float64 // per outcome: values by visit; only the baseline until there is an arm
	traits    map[string]string
	scores    map[string]float64
	weights   map[string][]float64
	threshold float64 // where the diagnosis is lost, in SDs
	months    float64 // duration of the symptoms
	trauma    int
	arm       string
	guess     map[string]string
	body      *body
	leaves    int // leaves the study before this visit of the first outcome; 0 = stays
	medicine  *medicine

	taken   map[string]int // tasks that somebody has taken on, and how often
	dosed   time.Time      // first dose
	pending int            // actions on the agenda
	promise bool           // counts among those who will be randomised
	entered bool           // counts among those who were
	gone    bool           // let go of
	final   bool           // the study has ended for the person
}

// admit refers a new person to the site.
func (c *clinic) admit() {
	w := c.w
	c.number++
	n := c.number
	p := &person{w: w, c: c, id: study.ParticipantNumber(c.spec.ID, n), rng: stream(w.cfg.Seed, "participant "+c.spec.ID, n),
		traits: map[string]string{}, scores: map[string]float64{}, weights: map[string][]float64{}, taken: map[string]int{}}
	p.pair = c.pairs[(n-1)%len(c.pairs)]
	p.fate = w.decideFate(p.rng)
	p.start()
	w.active[p.id] = p
	w.sum.Referred++
	if p.fate.unsuitable == nil && p.fate.failure == nil {
		p.promise = true
		w.promised++
	}
	language := "en"
	if c.spec.Country == "NO" {
		language = "nb"
	}
	channel := p.rng.weighted(map[string]float64{"self": .6, "professional": .35, "other": .05})
	if p.do("coordinator", study.Refer{On: study.On{Participant: p.id}, Channel: channel, Language: language, Site: c.spec.ID}) {
		p.look()
	}
}

// start draws who the person is.
func (p *person) start() {
	m := p.w.model
	p.threshold = p.rng.NormFloat64()
	p.months = float64(p.rng.between(8, 400))
	p.trauma = p.rng.IntN(4)
	for _, c := range m.courses {
		z := c.latent(p.rng)
		base := c.baseline.at(z[0])
		if p.fate.low == c.spec.Score {
			base = p.tooLow(c)
		}
		p.latent = append(p.latent, z)
		p.courses = append(p.courses, []float64{base})
	}
}

// tooLow draws a baseline that a criterion refuses: just past the limit.
func (p *person) tooLow(c *courseModel) float64 {
	allowed := p.w.model.allowed(c.spec.Score)
	var out []float64
	for _, x := range grid(c.spec.Min, c.spec.Max, c.decimals) {
		if !allowed(x) {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		return c.baseline.values[0]
	}
	n := len(out)
	return out[max(0, n-1-p.rng.IntN(min(n, 12)))]
}

// enter is what the model knows once the person has an arm: the course of the
// outcomes, what will hurt, and whether they stay.
func (p *person) enter() {
	if p.entered {
		return
	}
	p.entered = true
	w := p.w
	switch {
	case w.def.Allocation != nil:
		p.arm = w.pipe.Arm(p.id)
	case len(w.def.Arms) == 1:
		p.arm = w.def.Arms[0].ID
	default:
		p.arm = "all"
	}
	for i, c := range w.model.courses {
		p.courses[i] = c.course(p.latent[i], p.courses[i][0], p.arm, p.c.effect)
	}
	p.drawEvents()
	p.drawLeaving()
}

func (p *person) on() study.On { return study.On{Participant: p.id} }

// who answers the person of a role who does it.
func (p *person) who(role string) access.Actor {
	switch role {
	case "participant":
		return access.Actor{ID: p.id, Name: p.id, Role: role, Study: p.w.cfg.Study, Sites: []string{p.c.spec.ID}, Participant: p.id}
	case "system":
		return access.System
	case "therapist":
		return p.pair[p.rng.IntN(2)].actor
	}
	if list := p.c.staff[role]; len(list) > 0 {
		return list[p.rng.IntN(len(list))].actor
	}
	return p.c.staff["physician"][0].actor
}

// do carries out a command in a role. It is false when it was refused.
func (p *person) do(role string, cmd study.Command) bool {
	return p.try(role, cmd, "")
}

// try is do; a refusal with the code expected is part of the game.
func (p *person) try(role string, cmd study.Command, expected string) bool {
	w := p.w
	if w.err != nil {
		return false
	}
	actor := p.whoDoes(role, cmd)
	w.said(actor, cmd)
	s, err := w.pipe.Do(w.ctx, actor, cmd)
	var r *study.Refusal
	switch {
	case errors.As(err, &r) && r.Code == expected:
		w.sum.Refused[r.Code]++
		return false
	case errors.As(err, &r):
		w.sum.Unexpected[r.Code]++
		if len(w.sum.Faults) < 20 {
			w.sum.Faults = append(w.sum.Faults, fmt.Sprintf("%s %s %T as %s: %s", w.now.Format(time.DateTime), p.id, cmd, role, r))
		}
		return false
	case err != nil:
		w.err = fmt.Errorf("simulate: %s: %T: %w", p.id, cmd, err)
		return false
	}
	p.state = s
	w.sum.Last = w.now
	return true
}

// at puts something on the agenda that is done unless the person has left by then.
func (p *person) at(t time.Time, do func()) {
	p.always(t, func() {
		if !p.state.Status().Gone() {
			do()
		}
	})
}

// always puts something on the agenda that is done also after the person has left:
// safety, and the truth of the record.
func (p *person) always(t time.Time, do func()) {
	p.pending++
	p.w.waiting++
	if t.Before(p.w.now) {
		t = p.w.now
	}
	p.w.agenda.add(t, func() {
		p.pending--
		p.w.waiting--
		if p.w.err == nil {
			do()
			p.settle()
		}
	})
}

// settle keeps the counts, and lets go of a person with whom nothing more will happen.
func (p *person) settle() {
	if !p.state.Status().Gone() {
		return
	}
	if !p.final {
		p.final = true
		if p.promise {
			p.promise = false
			if !p.entered {
				p.w.promised-- // somebody else must come
			}
		}
		p.look() // what is left to do: queries, reports
	}
	if p.pending == 0 && !p.gone {
		p.gone = true
		p.w.leave(p)
		p.w.pipe.Forget(p.id)
	}
}

func (p *person) env() study.Env { return p.w.pipe.Env(access.System, p.c.spec.ID) }

// look goes through the tasks that follow from the record, and takes on those that
// nobody has taken yet.
func (p *person) look() {
	for _, t := range study.Tasks(p.w.def, p.state) {
		if p.taken[t.ID] != 0 {
			continue
		}
		p.take(t)
	}
}

func (p *person) take(t study.Task) {
	w, c := p.w, p.rng
	mark := func() { p.taken[t.ID]++ }
	switch t.Kind {
	case study.TaskPrescreen:
		if p.prescreenVisit() {
			return // talk first, decide afterwards
		}
		mark()
		p.at(w.now.Add(c.minutes(5, 60)), p.prescreen)
	case study.TaskConsent:
		mark()
		p.at(p.office(w.now.Add(c.days(2, 9))), func() { p.consent(0) })
	case study.TaskGate:
		mark()
		p.at(p.office(w.now.Add(c.days(.5, 2.5))), func() { p.decide(t.Ref, 0) })
	case study.TaskRandomise:
		mark()
		p.at(p.office(w.now.Add(c.minutes(20, 300))), p.randomise)
	case study.TaskVisit:
		if i := w.def.VisitIndex(t.Visit); p.state.Visits[i].Held.IsZero() {
			mark()
			win := study.Windows(w.def, p.state)[i]
			p.plan(i, win.Opens, win.Target, win.Closes)
		}
	case study.TaskForm:
		mark()
		p.at(p.office(w.now.Add(c.days(1, 6))), func() { p.completeForm(t) })
	case study.TaskQuery:
		mark()
		p.always(p.office(w.now.Add(c.days(1, 12))), func() { p.answerQuery(t.Ref) })
	case study.TaskAlert:
		mark()
		p.always(w.now.Add(c.minutes(10, 120)), func() { p.answerAlert(t.Ref) })
	case study.TaskReport:
		mark()
		within := t.Closes.Sub(w.now)
		p.always(w.now.Add(time.Duration(float64(within)*(.2+.6*c.Float64())).Truncate(time.Minute)), func() { p.report(t) })
	case study.TaskComplete:
		mark()
		p.at(p.office(w.now.Add(c.days(.5, 3))), func() { p.do("coordinator", study.Complete{On: p.on()}) })
	}
}

// prescreenVisit says that a conversation is still to be held before pre-screening
// is decided.
func (p *person) prescreenVisit() bool {
	for i := range p.w.def.Visits {
		if p.state.Visits[i].Held.IsZero() && !p.w.def.Visits[i].Optional && study.VisitFault(p.w.def, p.state, p.env(), i) == nil {
			return true
		}
	}
	return false
}

func (p *person) prescreen() {
	cmd := study.Prescreen{On: p.on(), Passed: p.fate.unsuitable == nil, Reasons: p.fate.unsuitable}
	if p.do("coordinator", cmd) {
		p.look()
	}
}

// consent signs every document. Some answer a question wrongly at first: they talk
// about it once more and sign after that.
func (p *person) consent(try int) {
	w := p.w
	for i := range w.def.Consent.Documents {
		d := &w.def.Consent.Documents[i]
		if !d.Valid || p.state.Consents[d.ID].Version == d.Version || !d.Required && !p.rng.yes(.8) {
			continue
		}
		answers := map[string]string{}
		wrong := -1
		if try == 0 && len(d.Questions) > 0 && p.rng.yes(.15) {
			wrong = p.rng.IntN(len(d.Questions))
		}
		for k, q := range d.Questions {
			for _, o := range q.Options {
				if o.Right == (k != wrong) {
					answers[q.ID] = o.ID
				}
			}
		}
		expected := ""
		if wrong >= 0 {
			expected = "not-understood"
		}
		cmd := study.GiveConsent{On: p.on(), Document: d.ID, Version: d.Version, Language: p.state.Language, Answers: answers}
		if !p.try("physician", cmd, expected) {
			if wrong >= 0 {
				p.at(w.now.Add(p.rng.minutes(10, 30)), func() { p.consent(try + 1) })
			}
			return
		}
	}
	w.sum.Screened++
	p.look()
}

// decide passes or fails a gate. Where only a medicine that is not washed out yet
// stands in the way, the physician waits for it.
func (p *person) decide(gate string, try int) {
	w := p.w
	wait := false
	for _, r := range study.Criteria(w.def, p.state, p.env(), gate) {
		if len(r.Needs) > 0 || r.Truth == 0 {
			wait = true
		}
	}
	if p.medicine != nil && !p.medicine.washed(w.now, p.c.zone) && w.def.Eligibility.Gates[0].ID != gate {
		wait = true
	}
	if wait && try < 12 {
		p.at(p.office(w.now.Add(p.rng.days(2, 4))), func() { p.decide(gate, try+1) })
		return
	}
	role := "physician"
	if g, ok := w.def.Gate(gate); ok && len(g.By) > 0 {
		role = g.By[0]
	}
	if !p.do(role, study.DecideEligibility{On: p.on(), Gate: gate}) {
		return
	}
	if p.state.Failure == nil && !p.state.Reached[study.Enrolled].IsZero() {
		w.sum.Enrolled++
		if !p.promise { // was thought to fail, and did not
			p.promise = true
			w.promised++
		}
		if w.def.Allocation == nil {
			p.enter()
		}
	} else if p.state.Failure == nil {
		p.taper()
	}
	p.look()
}

func (p *person) randomise() {
	if p.do("coordinator", study.Randomise{On: p.on()}) {
		p.w.sum.Randomised++
		p.enter()
		p.look()
	}
}

// given makes answers from pairs of id and value.
func given(pairs ...any) study.Values {
	v := study.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		id, _ := pairs[i].(string)
		switch x := pairs[i+1].(type) {
		case instrument.Value:
			v[id] = x
		case string:
			v[id] = instrument.StringValue(x)
		case bool:
			v[id] = instrument.BoolValue(x)
		case float64:
			v[id] = instrument.NumberValue(x)
		case []string:
			v[id] = instrument.ListValue(x...)
		}
	}
	return v
}
