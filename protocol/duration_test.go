package protocol

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDurations(t *testing.T) {
	for in, want := range map[string]string{"21d": "3w", "3w": "3w", "8h": "8h", "90m": "1h30m", "-3d": "-3d", "1h30m": "1h30m", "0": "0", "0d": "0", "+2d": "2d", "26h": "1d2h", "1d24h": "2d"} {
		d, err := ParseDuration(in)
		if err != nil || d.String() != want {
			t.Errorf("%q: %s, %v; want %s", in, d, err, want)
		}
	}
	for _, in := range []string{"", "-", "3", "d", "1.5d", "3 d", "1M", "1y", "99999999d", "9999999w", "--3d", "3d-", "1h 30m"} {
		if d, err := ParseDuration(in); err == nil {
			t.Errorf("%q was read as %s", in, d)
		}
	}
}

func TestDurationsReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		second := Day / 86400
		d := Duration(rapid.Int64Range(-int64(100*365*Day/second), int64(100*365*Day/second)).Draw(t, "seconds")) * second
		b, err := d.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Duration
		if err := back.UnmarshalText(b); err != nil || back != d {
			t.Fatalf("%d ns written as %s is read as %d (%v)", d, b, back, err)
		}
	})
}
