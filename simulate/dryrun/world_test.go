package dryrun

import (
	"math/rand/v2"
	"os"
	"testing"

	"varde/protocol"
	"varde/protocols"
	"varde/study"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

func exampleWorld(t testing.TB) *world {
	t.Helper()
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	def, findings := protocol.Load(os.DirFS("../../docs/example-protocol"), lib)
	if def == nil {
		t.Fatal(findings)
	}
	w, err := newWorld(Config{Definition: def, Seed: 1, Lives: 1, Next: study.Next, Cores: 1})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestRetoldIsTheSame: a life told anew from its steps comes to the same state.
func TestRetoldIsTheSame(t *testing.T) {
	w := exampleWorld(t)
	for seed := range uint64(30) {
		l := w.origin.fork(newRand(seed))
		for i := range 25 {
			hands[i%len(hands)].move(l)
		}
		if l.broken != nil {
			t.Fatalf("seed %d: %s: %s", seed, l.broken.Promise, l.broken.What.EN)
		}
		again := w.retold(l.story())
		if again.version() != l.version() || len(again.events()) != len(l.events()) {
			t.Errorf("seed %d: %d events told, %d retold", seed, len(l.events()), len(again.events()))
		}
		l.retells()
		if l.broken != nil {
			t.Errorf("seed %d: %s", seed, l.broken.What.EN)
		}
	}
}
