package mmrm

import (
	"fmt"
	"math"
)

// gather sorts the rows by subject and visit, numbers the visits that occur and
// finds the patterns. Rows of one subject at one visit twice are an error.
func (f *Fit) gather() error {
	if err := f.sortRows(); err != nil {
		return err
	}
	if err := f.numberGroups(); err != nil {
		return err
	}
	f.findPatterns()
	return nil
}

// sortRows fills order (rows by subject, then by visit), start (of each subject
// that has rows) and code (the input's code of each such subject).
func (f *Fit) sortRows() error {
	in, n := f.in, f.n
	top := 0
	for _, s := range in.Subject {
		top = max(top, s)
	}
	count := f.ints.take(top + 2)
	for _, s := range in.Subject {
		count[s+1]++
	}
	f.subjects = 0
	for _, c := range count {
		f.subjects += min(c, 1)
	}
	f.start, f.code = f.ints.take(f.subjects+1), f.ints.take(f.subjects)
	i := 0
	for s := range top + 1 {
		if count[s+1] > 0 {
			f.start[i], f.code[i] = count[s], s
			i++
		}
		count[s+1] += count[s]
	}
	f.start[i] = n
	f.order = f.ints.take(n)
	for r, s := range in.Subject {
		f.order[count[s]] = r
		count[s]++
	}
	f.numberVisits()
	for i := range f.subjects {
		if err := f.sortSubject(i); err != nil {
			return err
		}
	}
	return nil
}

// numberVisits fills present (the codes of visits that occur, ascending) and
// place (of a code among them).
func (f *Fit) numberVisits() {
	f.present, f.place = f.present[:0], [MaxVisits]int{}
	if f.spatial {
		return
	}
	var seen uint64
	for _, v := range f.in.Visit {
		seen |= 1 << v
	}
	for v := range MaxVisits {
		if seen&(1<<v) != 0 {
			f.place[v] = len(f.present)
			f.present = append(f.present, v)
		}
	}
}

func (f *Fit) sortSubject(i int) error {
	rows := f.order[f.start[i]:f.start[i+1]]
	if len(rows) > MaxVisits {
		return fmt.Errorf("mmrm: %s has %d rows; at most %d of a subject can be fitted", f.in.subject(f.code[i]), len(rows), MaxVisits)
	}
	for k := 1; k < len(rows); k++ {
		for j := k; j > 0; j-- {
			c := f.compare(rows[j-1], rows[j])
			if c == 0 {
				return f.duplicate(i, rows[j-1], rows[j])
			}
			if c < 0 {
				break
			}
			rows[j-1], rows[j] = rows[j], rows[j-1]
		}
	}
	return nil
}

// compare orders two rows of a subject by visit, or by coordinates.
func (f *Fit) compare(r, s int) int {
	if !f.spatial {
		return f.in.Visit[r] - f.in.Visit[s]
	}
	k := f.coordinates
	for d := range k {
		a, b := f.in.Coordinates[r*k+d], f.in.Coordinates[s*k+d]
		if a < b {
			return -1
		}
		if a > b {
			return 1
		}
	}
	return 0
}

func (f *Fit) duplicate(i, r, s int) error {
	where := "one coordinate"
	if !f.spatial {
		where = f.in.visit(f.in.Visit[r])
	}
	return fmt.Errorf("mmrm: rows %d and %d are both of %s at %s; a subject has one row for each visit", min(r, s), max(r, s), f.in.subject(f.code[i]), where)
}

// numberGroups fills groupOf for each subject; groups without rows are skipped.
func (f *Fit) numberGroups() error {
	f.groupOf = f.ints.take(f.subjects)
	f.groupCode = f.groupCode[:0]
	if f.in.Group == nil {
		f.groups = 1
		return nil
	}
	top := 0
	for _, g := range f.in.Group {
		top = max(top, g)
	}
	number := f.ints.take(top + 1)
	for _, g := range f.in.Group {
		number[g] = 1
	}
	for g, seen := range number {
		if seen == 1 {
			number[g] = len(f.groupCode)
			f.groupCode = append(f.groupCode, g)
		}
	}
	f.groups = len(f.groupCode)
	for i := range f.subjects {
		rows := f.order[f.start[i]:f.start[i+1]]
		g := f.in.Group[rows[0]]
		for _, r := range rows {
			if f.in.Group[r] != g {
				return fmt.Errorf("mmrm: %s is in %s and in %s; the group must not change within a subject",
					f.in.subject(f.code[i]), f.in.group(g), f.in.group(f.in.Group[r]))
			}
		}
		f.groupOf[i] = number[g]
	}
	return nil
}

// findPatterns gathers the subjects of equal group and visits, in the order in
// which they first occur.
func (f *Fit) findPatterns() {
	f.heads = grow(f.heads, 1024)
	for i := range f.heads {
		f.heads[i] = -1
	}
	f.patterns = f.patterns[:0]
	of := f.ints.take(f.subjects)
	for i := range f.subjects {
		h := f.patternHash(i)
		slot := &f.heads[h%uint64(len(f.heads))]
		t := *slot
		for t >= 0 && !f.samePattern(f.patterns[t].first, i) {
			t = f.patterns[t].next
		}
		if t < 0 {
			t = len(f.patterns)
			f.patterns = append(f.patterns, pattern{group: f.groupOf[i], m: f.start[i+1] - f.start[i], first: i, next: *slot})
			*slot = t
		}
		of[i] = t
		f.patterns[t].k++
	}
	for t := range f.patterns {
		p := &f.patterns[t]
		p.members = f.ints.take(p.k)[:0]
		f.describe(p)
	}
	for i, t := range of {
		f.patterns[t].members = append(f.patterns[t].members, i)
	}
}

// describe fills the places in the covariance, or the distances.
func (f *Fit) describe(p *pattern) {
	rows := f.order[f.start[p.first]:][:p.m]
	if !f.spatial {
		p.visits = f.ints.take(p.m)
		for a, r := range rows {
			p.visits[a] = f.place[f.in.Visit[r]]
		}
		return
	}
	p.distance = f.floats.take(p.m * p.m)
	k := f.coordinates
	for a, r := range rows {
		for b, s := range rows[:a] {
			d := 0.0
			for c := range k {
				d = math.Hypot(d, f.in.Coordinates[r*k+c]-f.in.Coordinates[s*k+c])
			}
			p.distance[a*p.m+b], p.distance[b*p.m+a] = d, d
		}
	}
}

func (f *Fit) patternHash(i int) uint64 {
	h := uint64(f.groupOf[i]) + 0x9e3779b97f4a7c15
	for _, r := range f.order[f.start[i]:f.start[i+1]] {
		if !f.spatial {
			h = (h ^ uint64(f.in.Visit[r])) * 0xbf58476d1ce4e5b9
			h ^= h >> 27
			continue
		}
		for _, c := range f.in.Coordinates[r*f.coordinates:][:f.coordinates] {
			h = (h ^ math.Float64bits(c)) * 0xbf58476d1ce4e5b9
			h ^= h >> 27
		}
	}
	return h
}

func (f *Fit) samePattern(i, j int) bool {
	a, b := f.order[f.start[i]:f.start[i+1]], f.order[f.start[j]:f.start[j+1]]
	if len(a) != len(b) || f.groupOf[i] != f.groupOf[j] {
		return false
	}
	for k := range a {
		if f.compare(a[k], b[k]) != 0 {
			return false
		}
	}
	return true
}
