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
	for b.Loop() {
		sum, _, _ := run(b, "mdma-ptsd-three-session", func(c *simulate.Config) { c.Participants = n })
		if len(sum.Unexpected) > 0 || sum.Unfinished > 0 {
			b.Errorf("%d unfinished, refused: %v", sum.Unfinished, sum.Faults)
		}
		b.ReportMetric(float64(sum.Events)/b.Elapsed().Seconds()*float64(b.N), "events/s")
		out, _ := json.Marshal(sum)
		b.Logf("%s", out)
	}
}
