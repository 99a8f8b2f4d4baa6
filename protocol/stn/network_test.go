package stn_test

import (
	"testing"

	"pgregory.net/rapid"

	"varde/protocol/stn"
)

type constraint struct {
	a, b  int
	least bool
	days  int64
}

func draw(t *rapid.T) (int, []constraint) {
	n := rapid.IntRange(1, 6).Draw(t, "moments")
	k := rapid.IntRange(0, 12).Draw(t, "constraints")
	var out []constraint
	for range k {
		out = append(out, constraint{
			rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "b"),
			rapid.Bool().Draw(t, "least"), rapid.Int64Range(-20, 20).Draw(t, "days"),
		})
	}
	return n, out
}

func network(n int, list []constraint, without int) *stn.Network {
	g := stn.New(n)
	for i, c := range list {
		switch {
		case i == without:
		case c.least:
			g.AtLeast(c.a, c.b, c.days, i)
		default:
			g.AtMost(c.a, c.b, c.days, i)
		}
	}
	return g
}

const far = int64(1) << 50

// closure is the minimal network by Floyd and Warshall: slow, short, and made
// otherwise than what it checks.
func closure(n int, list []constraint) (dist [][]int64, consistent bool) {
	dist = make([][]int64, n)
	for i := range dist {
		dist[i] = make([]int64, n)
		for j := range dist[i] {
			if i != j {
				dist[i][j] = far
			}
		}
	}
	for _, c := range list {
		a, b, d := c.a, c.b, c.days
		if c.least {
			a, b, d = c.b, c.a, -c.days
		}
		dist[a][b] = min(dist[a][b], d)
	}
	for k := range n {
		for i := range n {
			for j := range n {
				if dist[i][k] != far && dist[k][j] != far {
					dist[i][j] = min(dist[i][j], dist[i][k]+dist[k][j])
				}
			}
		}
	}
	for i := range n {
		if dist[i][i] < 0 {
			return dist, false
		}
	}
	return dist, true
}

func TestAgreesWithTheClosure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, list := draw(t)
		g := network(n, list, -1)
		dist, want := closure(n, list)
		if g.Consistent() != want {
			t.Fatalf("consistent %v, the closure says %v", g.Consistent(), want)
		}
		if !want {
			return
		}
		for a := range n {
			r := g.From(a)
			for b := range n {
				w := dist[a][b]
				if w == far {
					w = stn.Unbounded
				}
				if r.Latest(b) != w {
					t.Fatalf("latest %d after %d is %d, the closure says %d", b, a, r.Latest(b), w)
				}
			}
		}
	})
}

// TestChainExplains: the constraints named limit the distance to just that, alone.
func TestChainExplains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, list := draw(t)
		g := network(n, list, -1)
		if !g.Consistent() {
			return
		}
		a, b := rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, n-1).Draw(t, "to")
		r := g.From(a)
		var named []constraint
		for _, tag := range r.Chain(b) {
			named = append(named, list[tag])
		}
		if r.Latest(b) == stn.Unbounded || a == b {
			if len(named) > 0 {
				t.Fatalf("a chain without a limit: %v", named)
			}
			return
		}
		if dist, _ := closure(n, named); dist[a][b] != r.Latest(b) {
			t.Fatalf("%v give %d, not %d", named, dist[a][b], r.Latest(b))
		}
	})
}

// TestContradictionIsMinimal: the set named is contradictory, and without any one
// of its members it is not.
func TestContradictionIsMinimal(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		n, list := draw(t)
		tags := network(n, list, -1).Contradiction()
		if tags == nil {
			return
		}
		found++
		var set []constraint
		for _, tag := range tags {
			set = append(set, list[tag])
		}
		if network(n, set, -1).Consistent() {
			t.Fatalf("%v can all be kept", set)
		}
		for i := range set {
			if !network(n, set, i).Consistent() {
				t.Fatalf("%v is contradictory without its member %d", set, i)
			}
		}
	})
	if found == 0 {
		t.Error("no contradictory network was drawn")
	}
}

func TestWords(t *testing.T) {
	g := stn.New(3) // session, integration, rating
	g.AtLeast(0, 1, 20, 1)
	g.AtMost(0, 1, 40, 2)
	g.AtMost(0, 2, 35, 3)
	g.AtLeast(1, 2, 0, 4)
	if !g.Consistent() || g.From(0).Latest(1) != 35 {
		t.Errorf("the integration is as late as %d", g.From(0).Latest(1))
	}
	g.AtLeast(0, 1, 36, 5)
	if got := g.Contradiction(); len(got) != 3 {
		t.Errorf("contradictory: %v", got)
	}
}

// A thousand moments, in a chain and in a ring, are answered for.
func TestLarge(t *testing.T) {
	const n = 1000
	g := stn.New(n)
	for i := n - 1; i > 0; i-- { // against the order in which the edges are read
		g.AtLeast(i-1, i, 1, i)
		g.AtMost(i-1, i, 2, n+i)
	}
	if !g.Consistent() || g.From(0).Latest(n-1) != 2*(n-1) || g.From(n-1).Latest(0) != -(n-1) {
		t.Fatal("the chain is wrong")
	}
	g.AtMost(0, n-1, n-2, 0)
	if got := g.Contradiction(); len(got) != n {
		t.Errorf("the ring has %d constraints", len(got))
	}
}

func BenchmarkThousand(b *testing.B) {
	for b.Loop() {
		g := stn.New(1000)
		for i := 999; i > 0; i-- {
			g.AtLeast(i-1, i, 1, i)
			g.AtMost(i-1, i, 2, i)
		}
		g.From(0)
	}
}
