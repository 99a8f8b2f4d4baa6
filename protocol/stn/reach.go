package stn

import "container/heap"

// Reach is how late every moment can come after one of them, in a network whose
// constraints can all be kept.
type Reach struct {
	g    *Network
	from int
	dist []int64
	by   []int // the last edge of the tightest chain
}

// From answers how late the moments can come after a. Ask only a consistent
// network: of another the answer means nothing.
func (g *Network) From(a int) *Reach {
	g.solve()
	r := &Reach{g: g, from: a, dist: make([]int64, g.n), by: make([]int, g.n)}
	for i := range r.dist {
		r.dist[i], r.by[i] = Unbounded, -1
	}
	if g.cycle != nil {
		return r
	}
	// The potentials of a solution make every edge non-negative (Johnson, 1977), so
	// that Dijkstra's algorithm may be used.
	r.dist[a] = 0
	q := queue{{a, 0}}
	for len(q) > 0 {
		v := heap.Pop(&q).(entry)
		if v.dist > r.dist[v.at] {
			continue
		}
		for _, i := range g.out[v.at] {
			e := g.edges[i]
			if d := v.dist + e.max + g.potential[e.from] - g.potential[e.to]; d < r.dist[e.to] {
				r.dist[e.to], r.by[e.to] = d, i
				heap.Push(&q, entry{e.to, d})
			}
		}
	}
	for b := range r.dist {
		if r.dist[b] != Unbounded {
			r.dist[b] += g.potential[b] - g.potential[a]
		}
	}
	return r
}

// Latest answers the greatest distance from the moment to b; Unbounded when
// nothing limits it. It is negative when b always comes before.
func (r *Reach) Latest(b int) int64 { return r.dist[b] }

// Chain answers the tags of the constraints that limit the distance to b, in the
// order from the moment to b; none when nothing does.
func (r *Reach) Chain(b int) []int {
	var tags []int
	for b != r.from && r.by[b] >= 0 {
		e := r.g.edges[r.by[b]]
		tags = append(tags, e.tag)
		b = e.from
	}
	for i, j := 0, len(tags)-1; i < j; i, j = i+1, j-1 {
		tags[i], tags[j] = tags[j], tags[i]
	}
	return tags
}

type entry struct {
	at   int
	dist int64
}

type queue []entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].dist < q[j].dist }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(entry)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
