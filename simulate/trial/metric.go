package trial

import "math"

// Metric is one number of a trial. The mean over trials is what is reported; of a share
// of trials (Yes) it is a probability.
type Metric struct {
	ID  string
	Yes bool
}

// The metrics that every comparison has.
const (
	Reject   = "reject"        // the main test, or a look before it, was significant
	InFavour = "reject-favour" // and in favour of the arm that is compared
	Value    = "estimate"
	SE       = "se"
	Width    = "width"
	Covered  = "covered"
	Square   = "square" // squared distance of the estimate to the true difference
	Fallback = "fallback"
	Failed   = "failed"
	Analysed = "analysed"

	Randomised  = "randomised"
	Unreached   = "unreached" // the planned number was never reached
	Referred    = "referred"
	Unsuitable  = "unsuitable"
	ScreenFail  = "screen-failed"
	Waiting     = "waiting"
	WaitLongest = "waiting-longest"
	Recruited   = "recruited"
	MainDone    = "main-done"
	LastVisit   = "last-visit"
	LateVisits  = "late-visits"
	MovedDoses  = "moved-sessions"
)

// metric adds one to the design's list and answers its place.
func (d *Design) metric(id string, yes bool) { d.Metrics = append(d.Metrics, Metric{id, yes}) }

func (d *Design) makeMetrics() {
	d.Metrics = append(d.Metrics, []Metric{{Randomised, false}, {Unreached, true}, {Referred, false}, {Unsuitable, false}, {ScreenFail, false},
		{Waiting, false}, {WaitLongest, false}, {Recruited, false}, {MainDone, false}, {LastVisit, false}, {LateVisits, false}, {MovedDoses, false}}...)
	for _, a := range d.arms {
		d.metric("dropout."+a.ID, false)
		d.metric("missing-main."+a.ID, false)
		if len(d.events) > 0 {
			d.metric("event."+a.ID, false)
		}
		if len(d.guess.cdf) > 0 {
			d.metric("right."+a.ID, false)
		}
		if len(d.harms) > 0 {
			d.metric("adverse."+a.ID, false)
			d.metric("adverse-terms."+a.ID, false)
		}
		for _, r := range d.replies {
			d.metric("responders."+r.id+"."+a.ID, false)
		}
	}
	if len(d.models) == 0 {
		return
	}
	d.Metrics = append(d.Metrics, []Metric{{Reject, true}, {InFavour, true}, {Value, false}, {SE, false}, {Width, false}, {Covered, true}, {Square, false}, {Fallback, true}, {Failed, true}, {Analysed, false}}...)
	for _, l := range d.looks {
		d.metric("stop."+l.id, true)
	}
	for i := 1; i < len(d.models); i++ {
		id := d.models[i].spec.ID
		d.metric("model."+id+".estimate", false)
		d.metric("model."+id+".reject", true)
	}
	for _, e := range d.order() {
		d.metric("order."+e, true)
	}
}

// order answers the endpoints of the plan's testing order that are tested here: up to
// the first that is not.
func (d *Design) order() []string {
	var out []string
	for _, e := range d.def.Analysis.Order {
		if d.modelOf(e) < 0 {
			break
		}
		out = append(out, e)
	}
	return out
}

func (d *Design) modelOf(endpoint string) int {
	id := mainModel(d.def, endpoint)
	for i := range d.models {
		if d.models[i].spec.ID == id {
			return i
		}
	}
	return -1
}

// measure fills Out, in the order of makeMetrics.
func (w *Worker) measure() {
	d := w.d
	w.at = 0
	n := w.n
	size := n
	if w.look >= 0 {
		size = 0
		for i := range n {
			if w.randomised[i] <= w.stoppedAt {
				size++
			}
		}
	}
	w.put(float64(size))
	w.yes(n < d.N)
	w.put(float64(w.referred))
	w.put(float64(w.unsuitable))
	w.put(float64(w.failed))
	w.times(n, size)
	for a := range d.arms {
		w.arms(a)
	}
	if len(d.models) == 0 {
		return
	}
	w.results()
}

func (w *Worker) put(x float64) {
	w.Out[w.at] = x
	w.at++
}

func (w *Worker) yes(b bool) {
	if b {
		w.put(1)
	} else {
		w.put(0)
	}
}

func (w *Worker) times(n, size int) {
	sum, longest, recruited, main, last := 0.0, 0.0, 0.0, 0.0, 0.0
	for i := range n {
		sum += w.waited[i]
		longest = max(longest, w.waited[i])
		if i < size {
			recruited = max(recruited, w.randomised[i])
			end := w.lastDay[i]
			if w.left[i] < int8(w.d.outcome.visits) {
				end = w.begun[i] + w.leftDay[i] + w.delay[i]
			} else {
				main = max(main, w.mainDay[i])
			}
			last = max(last, end)
		}
	}
	if n == 0 {
		for range 7 {
			w.put(math.NaN())
		}
		return
	}
	for _, x := range [...]float64{sum / float64(n), longest, recruited, main, last, float64(w.late), w.moved} {
		w.put(x)
	}
}

func (w *Worker) arms(a int) {
	d := w.d
	k := d.outcome.visits
	main := d.calendar.main
	count, left, missing, happened, right := 0.0, 0.0, 0.0, 0.0, 0.0
	for i := range w.n {
		if int(w.arm[i]) != a {
			continue
		}
		count++
		if w.left[i] < int8(k) {
			left++
		}
		if w.seen(i)&(1<<main) == 0 {
			missing++
		}
		if int(w.guess[i]) == a {
			right++
		}
		for e := range d.events {
			if !math.IsInf(w.eventDay[e*w.n+i], 1) {
				happened++
				break
			}
		}
	}
	w.put(left / count)
	w.put(missing / count)
	if len(d.events) > 0 {
		w.put(happened / count)
	}
	if len(d.guess.cdf) > 0 {
		w.put(right / count)
	}
	if len(d.harms) > 0 {
		w.put(w.harmed[a] / count)
		w.put(w.harmTerms[a] / count)
	}
	for r := range d.replies {
		yes, known := 0.0, 0.0
		for i := range w.n {
			if int(w.arm[i]) == a && w.seen(i)&(1<<main) != 0 {
				known++
				if d.replies[r].of(w.y[i*k], w.y[i*k+main]) {
					yes++
				}
			}
		}
		w.put(yes / known)
	}
}

func (w *Worker) results() {
	d := w.d
	f := w.fits[0]
	stopped := w.look >= 0
	reject := stopped || f.OK && f.P <= d.Level
	w.yes(reject)
	w.yes(reject && d.Favours(f.Estimate.Estimate))
	for _, x := range [...]float64{f.Estimate.Estimate, f.SE, f.Upper - f.Lower} {
		w.put(x)
	}
	if f.OK {
		w.yes(f.Lower <= d.True && d.True <= f.Upper)
		w.put((f.Estimate.Estimate - d.True) * (f.Estimate.Estimate - d.True))
	} else {
		w.put(math.NaN())
		w.put(math.NaN())
	}
	w.yes(f.OK && f.Chain > 0)
	w.yes(!f.OK)
	w.put(float64(w.mainAnalysed))
	for l := range d.looks {
		w.yes(w.look == l)
	}
	for i := 1; i < len(d.models); i++ {
		x := w.fits[i]
		w.put(x.Estimate.Estimate)
		if x.OK {
			w.yes(x.P <= d.alpha)
		} else {
			w.put(math.NaN())
		}
	}
	w.ordered(reject)
}

// ordered goes through the testing order: each endpoint at the whole level for as long
// as every one before it was significant.
func (w *Worker) ordered(reject bool) {
	d := w.d
	open := true
	for _, e := range d.def.Analysis.Order {
		i := d.modelOf(e)
		if i < 0 {
			return
		}
		x := w.fits[i]
		ok := x.OK && x.P <= d.alpha
		if i == 0 {
			ok = reject
		}
		open = open && ok
		w.yes(open)
	}
}
