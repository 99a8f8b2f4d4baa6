package trial

import (
	"math"

	"varde/stats/mmrm"
)

// Worker draws trials of one design, one after the other, in memory that is used again.
// It is for one goroutine.
type Worker struct {
	d *Design
	n int // randomised

	stream     [parts]stream
	coming     []stream // by site
	siteEffect []float64
	clinics    []clinic
	booked     []uint16
	free       []float64
	blockLeft  []int
	block      []uint8
	widest     int

	// By participant.
	site                               []uint16
	arm, guess, doses                  []uint8
	left                               []int8
	base, person                       []int32
	randomised, begun, waited, delay   []float64
	mainDay, lastDay, leftDay          []float64
	gap, mask                          []uint64
	keep                               []bool
	y, z, noise                        []float64 // participant x visit
	eventDay                           []float64 // event x participant
	e, sorted                          []float64
	referred, unsuitable, failed, late int
	moved, stoppedAt                   float64
	harmed, harmTerms                  []float64

	// The model.
	in                               mmrm.Input
	mixed                            mmrm.Fit
	contrast                         []float64
	byArm, bySite, byVisit           []int
	byLevel, levelColumn             [][]int
	armColumn, visitColumn           []int
	crossColumns, siteColumn         []int
	factorColumn, populationOf       []int
	crossColumn, mainColumn          int
	baselineColumn, analysed         int
	fits                             []Fitted
	look, mainAnalysed, at, lastWeek int

	// Out is what the last trial came to, by Metrics of the design; NaN where a metric
	// does not exist for it.
	Out []float64
	// Waits are the waiting times of the last trial's participants, in days.
	Waits []float64
}

// NewWorker makes the memory for trials of a design.
func NewWorker(d *Design) *Worker {
	n, k := d.N, d.outcome.visits
	w := &Worker{d: d, Out: make([]float64, len(d.Metrics))}
	for p := range w.stream {
		w.stream[p] = newStream()
	}
	places := 0
	for _, s := range d.sites {
		w.coming = append(w.coming, newStream())
		places += s.atOnce
	}
	w.siteEffect, w.clinics = make([]float64, len(d.sites)), make([]clinic, len(d.sites))
	w.booked, w.free = make([]uint16, len(d.sites)*horizonWeeks), make([]float64, places)
	for _, b := range d.blocks {
		w.widest = max(w.widest, b)
	}
	w.blockLeft = make([]int, d.strataCount())
	w.block = make([]uint8, len(w.blockLeft)*w.widest)
	w.people(n, k)
	w.modelSpace(n, k)
	return w
}

func (w *Worker) people(n, k int) {
	floats := func(m int) []float64 { return make([]float64, m) }
	w.site, w.arm, w.guess, w.doses, w.left = make([]uint16, n), make([]uint8, n), make([]uint8, n), make([]uint8, n), make([]int8, n)
	w.base, w.person = make([]int32, n), make([]int32, n)
	w.randomised, w.begun, w.waited, w.delay = floats(n), floats(n), floats(n), floats(n)
	w.mainDay, w.lastDay, w.leftDay, w.sorted = floats(n), floats(n), floats(n), floats(n)
	w.gap, w.mask, w.keep = make([]uint64, n), make([]uint64, n), make([]bool, n)
	w.y, w.z, w.noise, w.e = floats(n*k), floats(n*k), floats(n*k), floats(k)
	w.eventDay = floats(len(w.d.events) * n)
	w.harmed, w.harmTerms = floats(len(w.d.arms)), floats(len(w.d.arms))
}

func (w *Worker) modelSpace(n, k int) {
	d := w.d
	columns := 0
	for i := range d.models {
		columns = max(columns, d.models[i].columns)
	}
	w.in = mmrm.Input{X: make([]float64, 0, n*k*columns), Y: make([]float64, 0, n*k), Subject: make([]int, 0, n*k), Visit: make([]int, 0, n*k)}
	w.contrast = make([]float64, columns)
	ints := func(m int) []int { return make([]int, m) }
	w.byArm, w.bySite, w.byVisit = ints(len(d.arms)), ints(len(d.sites)), ints(k)
	w.armColumn, w.visitColumn, w.crossColumns, w.siteColumn = ints(len(d.arms)), ints(k), ints(len(d.arms)*k), ints(len(d.sites))
	most := 0
	for i := range d.models {
		most = max(most, len(d.models[i].factors))
	}
	w.factorColumn = ints(most)
	levels := 0
	for _, f := range d.people.factors {
		levels = max(levels, len(f.levels))
	}
	for range most {
		w.byLevel, w.levelColumn = append(w.byLevel, ints(levels)), append(w.levelColumn, ints(levels))
	}
	for i := range d.models {
		at := -1
		for p, id := range d.members.ids {
			if id == d.models[i].estimand.Population {
				at = p
			}
		}
		w.populationOf = append(w.populationOf, at)
	}
	w.fits = make([]Fitted, len(d.models))
}

// Run draws trial i of a seed and analyses it. It is the same whatever was run before.
func (w *Worker) Run(seed uint64, i int) {
	w.draw(seed, i)
	w.analyse()
	w.measure()
}

// draw makes the trial's data.
func (w *Worker) draw(seed uint64, trial int) {
	d := w.d
	for p := range w.stream {
		w.stream[p].begin(seed, d.salt, part(p), trial)
	}
	for s := range w.coming {
		w.coming[s].begin(seed, mix(d.salt+uint64(s)+1), coming, trial)
	}
	w.referred, w.unsuitable, w.failed, w.late, w.moved, w.stoppedAt = 0, 0, 0, 0, 0, math.Inf(1)
	clear(w.harmed)
	clear(w.harmTerms)
	n := w.recruit()
	w.n = n
	clear(w.gap[:n])
	clear(w.guess[:n])
	w.drawScores(n)
	w.allocate(n)
	w.courses(n)
	w.drawEvents(n)
	w.drawGuesses(n)
	w.visits(n)
	w.drawMisses(n)
	w.drawLeaving(n)
	w.countDoses(n)
	w.drawHarms(n)
	if d.hasFollower() {
		rng := w.stream[following]
		for j := range n * d.outcome.visits {
			w.noise[j] = rng.NormFloat64()
		}
	}
	w.Waits = w.waited[:n]
}

func (d *Design) hasFollower() bool {
	for i := range d.models {
		if d.models[i].follower != nil {
			return true
		}
	}
	return false
}

// analyse runs the plan: the looks, then the models. Where a look stops the trial its
// answer is the trial's, and the others are not run.
func (w *Worker) analyse() {
	d := w.d
	w.look = -1
	for m := range w.fits {
		w.fits[m] = Fitted{Estimate: mmrm.Estimate{Estimate: math.NaN(), SE: math.NaN(), P: math.NaN(), Lower: math.NaN(), Upper: math.NaN()}}
	}
	if len(d.models) == 0 || w.n < 4 {
		return
	}
	look, f := w.interim()
	var keep []bool
	from := 0
	if w.look = look; look >= 0 {
		// What the board has then is what the other endpoints are analysed on.
		w.fits[0], w.mainAnalysed, keep, from = f, w.analysed, w.keep[:w.n], 1
	}
	for m := from; m < len(d.models); m++ {
		x := &d.models[m]
		if x.same >= 0 && !w.cut(x, &d.models[x.same]) {
			w.fits[m] = w.fits[x.same]
			continue
		}
		w.fits[m] = w.fit(x, keep)
		if m == 0 {
			w.mainAnalysed = w.analysed
		}
	}
}

// cut says that the strategies of two estimands leave out different values in this
// trial.
func (w *Worker) cut(a, b *model) bool {
	for i := range w.n {
		if w.before(a, i) != w.before(b, i) {
			return true
		}
	}
	return false
}
