package usdm

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"varde/protocol"
)

var iso = regexp.MustCompile(`^([+-]?)P(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,7})S)?)?$`)

// parsePeriod reads an ISO 8601 duration. Open says that it has years or months, whose
// length in days is not fixed: then it is for a person to decide.
func parsePeriod(s string) (d protocol.Duration, open bool, err error) {
	m := iso.FindStringSubmatch(s)
	if m == nil || s[len(s)-1] == 'P' || s[len(s)-1] == 'T' {
		return 0, false, fmt.Errorf("%q is not an ISO 8601 duration of whole numbers, such as P7D, P2W or PT4H", s)
	}
	if m[2] != "" || m[3] != "" {
		return 0, true, nil
	}
	for i, unit := range []protocol.Duration{7 * protocol.Day, protocol.Day, protocol.Duration(time.Hour), protocol.Duration(time.Minute), protocol.Duration(time.Second)} {
		if m[i+4] == "" {
			continue
		}
		n, _ := strconv.Atoi(m[i+4])
		if protocol.Duration(n) > longest/unit {
			return 0, false, fmt.Errorf("%q is longer than any study", s)
		}
		d += protocol.Duration(n) * unit
	}
	if d > longest {
		return 0, false, fmt.Errorf("%q is longer than any study", s)
	}
	if m[1] == "-" {
		d = -d
	}
	return d, false, nil
}

const longest = 200 * 365 * protocol.Day

// period writes a span without its sign as ISO 8601.
func period(d protocol.Duration) string {
	if d < 0 {
		d = -d
	}
	if d%(7*protocol.Day) == 0 && d > 0 {
		return fmt.Sprintf("P%dW", d/(7*protocol.Day))
	}
	days, rest := d.Days(), (d % protocol.Day).Std()
	if rest == 0 {
		return fmt.Sprintf("P%dD", days)
	}
	s := "P"
	if days > 0 {
		s += fmt.Sprintf("%dD", days)
	}
	s += "T"
	for _, u := range []struct {
		size   time.Duration
		letter string
	}{{time.Hour, "H"}, {time.Minute, "M"}, {time.Second, "S"}} {
		if n := rest / u.size; n > 0 {
			s += fmt.Sprintf("%d%s", n, u.letter)
			rest -= n * u.size
		}
	}
	return s
}
