package simulate_test

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"varde/simulate"
)

// BenchmarkRun carries a whole study through, with the ledger on disk.
// VARDE_PARTICIPANTS sets the size.
func BenchmarkRun(b *testing.B) {
	n := 104
	if s := os.Getenv("VARDE_PARTICIPANTS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	events := int64(0)
	for b.Loop() {
		sum, _, _ := run(b, "mdma-ptsd-three-session", func(c *simulate.Config) { c.Participants = n })
		if len(sum.Unexpected) > 0 || sum.Unfinished > 0 {
			b.Errorf("%d unfinished, refused: %v", sum.Unfinished, sum.Faults)
		}
		events += sum.Events
		out, _ := json.Marshal(sum)
		b.Logf("%s", out)
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "participants/s")
}
