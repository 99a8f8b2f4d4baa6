package operating_test

import (
	"context"
	"math"
	"testing"

	"varde/protocols"
	"varde/simulate/operating"
)

// What is shipped is what the program computes: the first trials come out the same.
func TestShippedIsReproduced(t *testing.T) {
	for _, id := range protocols.Names() {
		s := source(t, id)
		stored, err := operating.PrefixOfShipped(s.Definition())
		if err != nil {
			t.Error(err)
			continue
		}
		plan := operating.PrefixOf(operating.Usual(s.Definition(), operating.ShippedSeed, operating.ShippedTrials))
		now, err := operating.Run(context.Background(), s, plan, operating.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(now.Scenarios) != len(stored.Scenarios) {
			t.Fatalf("%s: %d scenarios, %d are shipped", id, len(now.Scenarios), len(stored.Scenarios))
		}
		for i, x := range now.Scenarios {
			for k, m := range x.Measures {
				// Processors that fuse multiplication and addition differ in the last digits.
				if was := stored.Scenarios[i].Measures[k]; m.ID != was.ID || math.Abs(m.Value-was.Value) > 1e-6*max(1, math.Abs(was.Value)) {
					t.Errorf("%s, %s: %v is computed, %v is shipped: run go generate ./simulate/operating", id, x.Name, m, was)
				}
			}
		}
		if r, ok := operating.Known(s.Definition()); !ok || r.Scenarios[0].Trials != operating.ShippedTrials {
			t.Errorf("%s: its shipped result is not found", id)
		}
	}
}
