package report

import (
	"fmt"
	"testing"

	"varde/analysis"
	"varde/study"
)

// BenchmarkResult is the work from states to a result, without reading the
// ledger: 104 participants, as many as the trial the protocol is modelled on.
func BenchmarkResult(b *testing.B) {
	def, err := definition()
	if err != nil {
		b.Fatal(err)
	}
	var states []*study.State
	arms := map[string]string{}
	for i := range 104 {
		s := state(def, fmt.Sprintf("S01-%03d", i+1), 40, 30+i%7, 22+i%5, 10+i%25)
		states = append(states, s)
		arms[s.ID] = []string{"mdma", "placebo"}[i%2]
	}
	b.ReportAllocs()
	for b.Loop() {
		ds := analysis.Dataset{Arms: true}
		for _, s := range states {
			ds.Subjects = append(ds.Subjects, Subject(def, analysis.NeedsOf(def), s, arms[s.ID]))
		}
		analysis.Analyse(def, ds)
	}
}
