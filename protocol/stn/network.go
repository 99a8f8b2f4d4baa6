// Package stn answers questions about simple temporal networks: moments that are
// kept apart by least and greatest distances. It says whether all distances can be
// kept together, which smallest set of them cannot, and how far apart two moments
// may come (Dechter, Meiri and Pearl, Temporal constraint networks, 1991).
//
// Moments are the numbers 0 to n-1, distances whole numbers of any one unit, and
// every constraint carries a tag of the caller's by which it is told.
package stn

import "math"

// Unbounded is the distance of two moments that nothing keeps together.
const Unbounded = math.MaxInt64

// longest bounds one distance, so that no sum over a network overflows.
const longest = 1 << 40

// edge says: to - from <= max.
type edge struct {
	from, to int
	max      int64
	tag      int
}

// Network is a set of constraints. Add them all before asking; it is not safe for
// concurrent use.
type Network struct {
	n         int
	edges     []edge
	out       [][]int // edges by their from; made when first asked
	potential []int64
	cycle     []int
	solved    bool
}

// New makes a network of n moments without constraints.
func New(n int) *Network { return &Network{n: n} }

// AtMost keeps b at most max after a: b - a <= max.
func (g *Network) AtMost(a, b int, max int64, tag int) {
	g.edges = append(g.edges, edge{a, b, clamp(max), tag})
	g.solved = false
}

// AtLeast keeps b at least min after a: b - a >= min.
func (g *Network) AtLeast(a, b int, min int64, tag int) {
	g.edges = append(g.edges, edge{b, a, clamp(-min), tag})
	g.solved = false
}

func clamp(d int64) int64 { return min(max(d, -longest), longest) }

// Contradiction answers the tags of constraints that cannot be kept together, in
// the order in which they stand around a ring of moments; nil when all constraints
// can be kept. The set is minimal: without any one of its constraints the others
// could be kept, because a ring of negative length that is cut anywhere is a chain.
func (g *Network) Contradiction() []int {
	g.solve()
	var tags []int
	for _, e := range g.cycle {
		tags = append(tags, g.edges[e].tag)
	}
	return tags
}

// Consistent says whether all constraints can be kept.
func (g *Network) Consistent() bool {
	g.solve()
	return g.cycle == nil
}

// solve finds a solution (the potentials) or a ring of negative length, by
// Bellman-Ford from a moment that lies before all others.
func (g *Network) solve() {
	if g.solved {
		return
	}
	g.solved, g.cycle = true, nil
	g.potential = make([]int64, g.n)
	g.out = make([][]int, g.n)
	for i, e := range g.edges {
		g.out[e.from] = append(g.out[e.from], i)
	}
	by := make([]int, g.n) // the edge that set a potential last
	for i := range by {
		by[i] = -1
	}
	last := -1
	for range g.n {
		last = g.relax(by)
		if last < 0 {
			return
		}
		// A ring among the edges that set potentials is negative; looking for one
		// after each pass ends long rings early.
		if ring := g.ring(by, last); ring != nil {
			g.cycle = ring
			return
		}
	}
}

// relax goes over all edges once and answers a moment that changed, or -1.
func (g *Network) relax(by []int) int {
	changed := -1
	for i, e := range g.edges {
		if d := g.potential[e.from] + e.max; d < g.potential[e.to] {
			g.potential[e.to], by[e.to], changed = d, i, e.to
		}
	}
	return changed
}

// ring follows the edges that set potentials back from a moment and answers the
// ring they run into, in the direction of the edges; nil when they end.
func (g *Network) ring(by []int, at int) []int {
	seen := make([]bool, g.n)
	for !seen[at] {
		seen[at] = true
		if by[at] < 0 {
			return nil
		}
		at = g.edges[by[at]].from
	}
	var back []int
	for v := at; ; {
		back = append(back, by[v])
		if v = g.edges[by[v]].from; v == at {
			break
		}
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back
}
