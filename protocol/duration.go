package protocol

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a span written with its units: "21d", "3w", "8h", "90m", "-3d",
// "1h30m". A month is not a unit: its length is not fixed.
type Duration time.Duration

const Day = Duration(24 * time.Hour)

// longest is more than any study lasts, and far from what overflows.
const longest = 200 * 365 * Day

var units = []struct {
	letter byte
	size   Duration
}{{'w', 7 * Day}, {'d', Day}, {'h', Duration(time.Hour)}, {'m', Duration(time.Minute)}, {'s', Duration(time.Second)}}

// ParseDuration reads the written form.
func ParseDuration(s string) (Duration, error) {
	bad := func() (Duration, error) {
		return 0, fmt.Errorf(`%q is not a duration: write a whole number and a unit (w, d, h, m or s), such as "21d", "8h" or "1h30m"`, s)
	}
	rest, negative := s, false
	if strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") {
		negative = rest[0] == '-'
		rest = rest[1:]
	}
	if rest == "0" {
		return 0, nil
	}
	if rest == "" {
		return bad()
	}
	var d Duration
	for rest != "" {
		i := 0
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i == 0 || i > 7 || i == len(rest) {
			return bad()
		}
		n, _ := strconv.Atoi(rest[:i])
		found := false
		for _, u := range units {
			if u.letter == rest[i] {
				if Duration(n) > longest/u.size { // before multiplying, which could overflow
					return bad()
				}
				d += Duration(n) * u.size
				found = true
			}
		}
		if !found || d > longest {
			return bad()
		}
		rest = rest[i+1:]
	}
	if negative {
		d = -d
	}
	return d, nil
}

// Std answers the span as a time.Duration.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Days answers whole days, rounded towards zero.
func (d Duration) Days() int { return int(d / Day) }

// String writes the span with the fewest units.
func (d Duration) String() string {
	if d == 0 {
		return "0"
	}
	var b strings.Builder
	if d < 0 {
		b.WriteByte('-')
		d = -d
	}
	for _, u := range units {
		if u.letter == 'w' {
			if d%u.size != 0 {
				continue
			}
		}
		if n := d / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%c", n, u.letter)
			d -= n * u.size
		}
	}
	return b.String()
}

func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *Duration) UnmarshalText(b []byte) error {
	x, err := ParseDuration(string(b))
	*d = x
	return err
}
