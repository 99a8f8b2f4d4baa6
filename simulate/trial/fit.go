package trial

import (
	"math"

	"varde/stats/mmrm"
)

// Fitted is what a model says of the main contrast.
type Fitted struct {
	mmrm.Estimate
	Chain int  // which covariance of the plan's chain was fitted
	OK    bool // false: none could be
}

// fit runs a model on the participants for whom keep is true; nil keeps all.
func (w *Worker) fit(m *model, keep []bool) Fitted {
	w.rows(m, keep)
	none := Fitted{Estimate: mmrm.Estimate{Estimate: math.NaN(), SE: math.NaN(), DF: math.NaN(), P: math.NaN(), Lower: math.NaN(), Upper: math.NaN()}}
	if len(w.in.Y) == 0 || w.mainColumn < 0 {
		return none
	}
	l := w.contrast[:w.in.P]
	clear(l)
	l[w.mainColumn] = 1
	if w.crossColumn >= 0 {
		l[w.crossColumn] = 1
	}
	for c, o := range m.chain {
		if w.mixed.Refit(&w.in, o) != nil {
			continue
		}
		e, err := w.mixed.Contrast(l, m.how)
		if err != nil {
			return none // as the analysis has it: fitted, and without an answer
		}
		return Fitted{Estimate: e, Chain: c, OK: true}
	}
	return none
}

// rows writes the model's input: one row for each member of the population and each
// visit of the endpoint that was rated and is not left out by the estimand.
func (w *Worker) rows(m *model, keep []bool) {
	w.in.X, w.in.Y, w.in.Subject, w.in.Visit = w.in.X[:0], w.in.Y[:0], w.in.Subject[:0], w.in.Visit[:0]
	w.observe(m, keep)
	w.layout(m)
	p := w.in.P
	k := w.d.outcome.visits
	subject := 0
	for i := range w.n {
		mask := w.mask[i]
		if mask == 0 {
			continue
		}
		base := w.value(m, i, 0)
		arm := w.armColumn[w.arm[i]]
		for j, v := range m.visits {
			if mask&(1<<v) == 0 {
				continue
			}
			at := len(w.in.X)
			w.in.X = w.in.X[: at+p : cap(w.in.X)]
			row := w.in.X[at:]
			clear(row)
			row[0] = 1
			if arm >= 0 {
				row[arm] = 1
			}
			if c := w.visitColumn[j]; c >= 0 {
				row[c] = 1
				if arm >= 0 && m.cross {
					row[w.crossColumns[int(w.arm[i])*k+j]] = 1
				}
			}
			if w.baselineColumn >= 0 {
				row[w.baselineColumn] = base
			}
			if m.site {
				if c := w.siteColumn[w.site[i]]; c >= 0 {
					row[c] = 1
				}
			}
			w.factorRow(m, i, row)
			y := w.value(m, i, v)
			if m.endpoint.Change {
				y -= base
			}
			w.in.Y = append(w.in.Y, y)
			w.in.Subject, w.in.Visit = append(w.in.Subject, subject), append(w.in.Visit, j)
		}
		subject++
	}
}

func (w *Worker) factorRow(m *model, i int, row []float64) {
	for x, k := range m.factors {
		f := &w.d.people.factors[k]
		at := w.place(f, i)
		first := w.factorColumn[x]
		switch {
		case first < 0:
		case f.levels == nil:
			row[first] = f.number[at]
		default:
			if c := w.levelColumn[x][f.level[at]]; c >= 0 {
				row[c] = 1
			}
		}
	}
}

// observe marks each participant's visits that give a row, and counts them.
func (w *Worker) observe(m *model, keep []bool) {
	d := w.d
	clear(w.bySite)
	clear(w.byArm)
	clear(w.byVisit)
	for x := range m.factors {
		clear(w.byLevel[x])
	}
	w.analysed = 0
	for i := range w.n {
		w.mask[i] = 0
		if keep != nil && !keep[i] || !w.member(m, i) {
			continue
		}
		mask := w.seen(i) & w.before(m, i)
		// A row with a covariate that is not known is no row.
		known := true
		for _, k := range m.factors {
			f := &d.people.factors[k]
			at := w.place(f, i)
			known = known && (f.levels == nil && !math.IsNaN(f.number[at]) || f.levels != nil && f.level[at] >= 0)
		}
		// Sites are pooled by everybody who has a row, known or not.
		rows := uint64(0)
		for _, v := range m.visits {
			rows |= mask & (1 << v)
		}
		if rows == 0 {
			continue
		}
		w.bySite[w.site[i]]++
		if !known {
			continue
		}
		w.mask[i] = rows
		w.analysed++
		w.byArm[w.arm[i]]++
		for j, v := range m.visits {
			if rows&(1<<v) != 0 {
				w.byVisit[j]++
			}
		}
		for x, k := range m.factors {
			if f := &d.people.factors[k]; f.levels != nil {
				w.byLevel[x][f.level[w.place(f, i)]]++
			}
		}
	}
}

// seen answers the visits at which a participant was rated, as bits.
func (w *Worker) seen(i int) uint64 {
	return (1<<uint(w.left[i]) - 1) &^ w.gap[i]
}

// before answers the visits that an estimand's hypothetical strategies leave in.
func (w *Worker) before(m *model, i int) uint64 {
	d := w.d
	mask := ^uint64(0)
	for e := range d.events {
		if day := w.eventDay[e*w.n+i]; d.events[e].hypothetical(m.estimand) && !math.IsInf(day, 1) {
			for v, at := range d.calendar.rated {
				if at >= day {
					mask &^= 1 << v
				}
			}
		}
	}
	return mask
}

// layout gives every level that occurs its column. What has one value only is left out,
// as the analysis leaves it out.
func (w *Worker) layout(m *model) {
	d := w.d
	k := d.outcome.visits
	p := 1
	next := func(use bool) int {
		if !use {
			return -1
		}
		p++
		return p - 1
	}
	arms := 0
	for _, n := range w.byArm {
		if n > 0 {
			arms++
		}
	}
	for a := range d.arms {
		w.armColumn[a] = next(a != d.control && w.byArm[a] > 0 && w.byArm[d.control] > 0)
	}
	first := true
	for j := range m.visits {
		w.visitColumn[j] = -1
		if w.byVisit[j] > 0 {
			w.visitColumn[j] = next(!first && m.visit)
			first = false
		}
	}
	w.crossColumn, w.mainColumn = -1, w.armColumn[d.active]
	if w.byVisit[m.main] == 0 || arms < 2 {
		w.mainColumn = -1
	}
	if m.cross {
		for a := range d.arms {
			for j := range m.visits {
				c := next(w.armColumn[a] >= 0 && w.visitColumn[j] >= 0)
				w.crossColumns[a*k+j] = c
				if a == d.active && j == m.main {
					w.crossColumn = c
				}
			}
		}
	}
	w.baselineColumn = next(m.baseline)
	if m.site {
		p = w.siteLayout(m, p)
	}
	for x, f := range m.factors {
		p = w.factorLayout(x, f, p)
	}
	w.in.P = p
}

// siteLayout pools the sites with few participants; the first that occurs is the
// reference.
func (w *Worker) siteLayout(m *model, p int) int {
	pooled, levels := false, 0
	for s := range w.d.sites {
		w.siteColumn[s] = -1
		switch {
		case w.bySite[s] == 0:
		case w.bySite[s] < m.spec.PoolSites:
			pooled = true
		default:
			if levels > 0 {
				w.siteColumn[s] = p
				p++
			}
			levels++
		}
	}
	if pooled && levels > 0 {
		for s := range w.d.sites {
			if w.bySite[s] > 0 && w.bySite[s] < m.spec.PoolSites {
				w.siteColumn[s] = p
			}
		}
		p++
	}
	return p
}

func (w *Worker) factorLayout(x, k, p int) int {
	f := &w.d.people.factors[k]
	w.factorColumn[x] = -1
	if f.levels == nil {
		w.factorColumn[x] = p
		return p + 1
	}
	occurring := 0
	for l := range f.levels {
		w.levelColumn[x][l] = -1
		if w.byLevel[x][l] == 0 {
			continue
		}
		if occurring > 0 {
			w.levelColumn[x][l] = p
			p++
		}
		occurring++
	}
	if occurring > 1 {
		w.factorColumn[x] = 0
	}
	return p
}
