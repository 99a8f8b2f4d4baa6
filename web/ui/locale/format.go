package locale

import (
	"fmt"
	"strings"
	"time"

	"varde/chart/numeral"
)

var months = map[string][12]string{
	English:   {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	Norwegian: {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"},
}

var monthsShort = map[string][12]string{
	English:   {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	Norwegian: {"jan.", "feb.", "mars", "april", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des."},
}

var weekdays = map[string][7]string{
	English:   {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	Norwegian: {"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
}

// point is the full stop after the day in Norwegian dates.
func (v Voice) point() string {
	if v.Lang == Norwegian {
		return "."
	}
	return ""
}

// Date writes a day in full: "3 February 2026", "3. februar 2026". A zero time
// gives the mark for a missing value.
func (v Voice) Date(t time.Time) string {
	if t.IsZero() {
		return numeral.Missing
	}
	t = t.In(v.Zone)
	return fmt.Sprintf("%d%s %s %d", t.Day(), v.point(), months[v.Lang][t.Month()-1], t.Year())
}

// DateShort writes "3 Feb 2026", "3. feb. 2026".
func (v Voice) DateShort(t time.Time) string {
	if t.IsZero() {
		return numeral.Missing
	}
	t = t.In(v.Zone)
	return fmt.Sprintf("%d%s %s %d", t.Day(), v.point(), monthsShort[v.Lang][t.Month()-1], t.Year())
}

// DateLong writes the day of the week before the date.
func (v Voice) DateLong(t time.Time) string {
	if t.IsZero() {
		return numeral.Missing
	}
	sep := " "
	return weekdays[v.Lang][t.In(v.Zone).Weekday()] + sep + v.Date(t)
}

// Time writes "14:05".
func (v Voice) Time(t time.Time) string {
	if t.IsZero() {
		return numeral.Missing
	}
	return t.In(v.Zone).Format("15:04")
}

// DateTime writes "3 Feb 2026, 14:05" and "3. feb. 2026 kl. 14:05".
func (v Voice) DateTime(t time.Time) string {
	if t.IsZero() {
		return numeral.Missing
	}
	if v.Lang == Norwegian {
		return v.DateShort(t) + " kl. " + v.Time(t)
	}
	return v.DateShort(t) + ", " + v.Time(t)
}

// Stamped writes a moment to the second with its zone, as a signature needs it:
// "3 Feb 2026, 14:05:09 (UTC+01:00)".
func (v Voice) Stamped(t time.Time) string {
	if t.IsZero() {
		return numeral.Missing
	}
	sep := ", "
	if v.Lang == Norwegian {
		sep = " kl. "
	}
	return v.DateShort(t) + sep + t.In(v.Zone).Format("15:04:05 (UTC-07:00)")
}

// Machine writes a time for attributes that scripts read.
func (v Voice) Machine(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.Zone).Format(time.RFC3339)
}

// Number writes a number with the given digits after the decimal mark.
func (v Voice) Number(x float64, decimals int) string { return numeral.Format(v.Lang, x, decimals) }

// Percent writes a share between 0 and 1.
func (v Voice) Percent(share float64, decimals int) string {
	s := numeral.Format(v.Lang, share*100, decimals)
	if s == numeral.Missing {
		return s
	}
	if v.Lang == Norwegian {
		return s + "\u00a0%"
	}
	return s + "%"
}

// Duration writes a span in the two largest units that count: "1 h 5 min",
// "3 days 4 h", "3 døgn 4 t", "45 s".
func (v Voice) Duration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign = numeral.Minus
		if d == -1<<63 {
			d++
		}
		d = -d
	}
	hour := "h"
	if v.Lang == Norwegian {
		hour = "t"
	}
	if d < time.Minute {
		return fmt.Sprintf("%s%d s", sign, int(d/time.Second))
	}
	minutes := int64(d / time.Minute)
	days, hours, minutes := minutes/1440, minutes/60%24, minutes%60
	var parts []string
	if days > 0 {
		parts = append(parts, v.days(days))
	}
	if hours > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", hours, hour))
	}
	if minutes > 0 && days == 0 {
		parts = append(parts, fmt.Sprintf("%d min", minutes))
	}
	return sign + strings.Join(parts, " ")
}

func (v Voice) days(n int64) string {
	if v.Lang == Norwegian {
		return fmt.Sprintf("%d døgn", n)
	}
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// Clock writes elapsed time as h:mm, like the running clocks of the script.
func (v Voice) Clock(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign = numeral.Minus
		d = max(d, -1<<62)
		d = -d
	}
	m := int64(d / time.Minute)
	return fmt.Sprintf("%s%d:%02d", sign, m/60, m%60)
}

// ParseTime reads a time of day as people type it: "14:05", "14.05", "1405",
// "9:05". It reports false for anything else, so that the caller can keep the
// text as entered.
func ParseTime(s string) (hour, minute int, ok bool) {
	s = strings.TrimSpace(s)
	h, m, found := strings.Cut(strings.Replace(s, ".", ":", 1), ":")
	if !found {
		if len(s) != 3 && len(s) != 4 {
			return 0, 0, false
		}
		h, m = s[:len(s)-2], s[len(s)-2:]
	}
	if len(h) < 1 || len(h) > 2 || len(m) != 2 || strings.Trim(h+m, "0123456789") != "" {
		return 0, 0, false
	}
	for _, r := range h {
		hour = hour*10 + int(r-'0')
	}
	for _, r := range m {
		minute = minute*10 + int(r-'0')
	}
	if hour > 23 || minute > 59 {
		return 0, 0, false
	}
	return hour, minute, true
}
