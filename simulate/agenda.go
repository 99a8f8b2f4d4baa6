package simulate

import "time"

// entry is one thing that happens at a time.
type entry struct {
	at  time.Time
	seq uint64 // of two at one time, the first entered comes first
	do  func()
}

// agenda is a priority queue by time (a binary heap).
type agenda struct {
	heap []entry
	seq  uint64
}

func (a *agenda) before(i, j int) bool {
	if c := a.heap[i].at.Compare(a.heap[j].at); c != 0 {
		return c < 0
	}
	return a.heap[i].seq < a.heap[j].seq
}

func (a *agenda) add(at time.Time, do func()) {
	a.seq++
	a.heap = append(a.heap, entry{at, a.seq, do})
	for i := len(a.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.before(i, up) {
			break
		}
		a.heap[i], a.heap[up] = a.heap[up], a.heap[i]
		i = up
	}
}

// next takes the earliest entry; ok is false when there is none, or none until
// the limit (zero: no limit).
func (a *agenda) next(limit time.Time) (first entry, ok bool) {
	if len(a.heap) == 0 || !limit.IsZero() && a.heap[0].at.After(limit) {
		return entry{}, false
	}
	first = a.heap[0]
	last := len(a.heap) - 1
	a.heap[0] = a.heap[last]
	a.heap[last] = entry{}
	a.heap = a.heap[:last]
	for i := 0; ; {
		least := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < last && a.before(c, least) {
				least = c
			}
		}
		if least == i {
			return first, true
		}
		a.heap[i], a.heap[least] = a.heap[least], a.heap[i]
		i = least
	}
}
