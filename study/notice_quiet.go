package study

import (
	"fmt"
	"time"
)

// Quiet hours: nobody is reached by a notice while they probably sleep. They are hours
// of the clock on the wall, so a night in which clocks change is as quiet as any other.

// Quiet hours where nobody wished for others.
const (
	HouseQuietFrom  = "21:00"
	HouseQuietUntil = "08:00"
)

// Quiet is a stretch of each day, in minutes since midnight: from From until just before
// Until, over midnight when From is the later one. Both the same is no quiet at all.
type Quiet struct{ From, Until int }

const dayMinutes = 24 * 60

// leastAwake is how long a day must stay open, in minutes: somebody who wants nothing at
// all switches the notices off instead, and is told so.
const leastAwake = 2 * 60

// QuietOf answers the quiet hours that wishes ask for, the house's where they are silent.
func QuietOf(w NoticesWished) (Quiet, *Refusal) {
	if w.QuietFrom == "" && w.QuietUntil == "" {
		w.QuietFrom, w.QuietUntil = HouseQuietFrom, HouseQuietUntil
	}
	from, ok := minuteOf(w.QuietFrom)
	if !ok {
		return Quiet{}, badClock("quietFrom")
	}
	until, ok := minuteOf(w.QuietUntil)
	if !ok {
		return Quiet{}, badClock("quietUntil")
	}
	q := Quiet{from, until}
	if length := (until - from + dayMinutes) % dayMinutes; length > dayMinutes-leastAwake {
		return Quiet{}, invalid("quietUntil", "always-quiet", "leave at least two hours a day in which a reminder may come, or switch reminders off",
			"la det være minst to timer i døgnet der en påminnelse kan komme, eller slå påminnelser av")
	}
	return q, nil
}

func badClock(field string) *Refusal {
	return invalid(field, "bad-clock", "write a time of day such as 21:00", "skriv et klokkeslett som 21:00")
}

func minuteOf(s string) (int, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

// Holds says that a moment is quiet in a zone.
func (q Quiet) Holds(t time.Time, zone *time.Location) bool {
	h, m, _ := t.In(zone).Clock()
	now := h*60 + m
	if q.From <= q.Until {
		return q.From <= now && now < q.Until
	}
	return now >= q.From || now < q.Until
}

// End answers the first moment at or after t that is not quiet.
func (q Quiet) End(t time.Time, zone *time.Location) time.Time {
	if !q.Holds(t, zone) {
		return t
	}
	t = t.Truncate(time.Minute)
	for q.Holds(t, zone) { // a minute at a time: the clock on the wall may jump
		t = t.Add(time.Minute)
	}
	return t
}

// Before answers a moment before the quiet stretch that t lies in: half an hour before
// it begins, for one last word in the evening. It is t itself when t is not quiet.
func (q Quiet) Before(t time.Time, zone *time.Location) time.Time {
	if !q.Holds(t, zone) {
		return t
	}
	t = t.Truncate(time.Minute)
	for q.Holds(t, zone) {
		t = t.Add(-time.Minute)
	}
	if early := t.Add(-29 * time.Minute); !q.Holds(early, zone) {
		return early
	}
	return t
}

func (q Quiet) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", q.From/60, q.From%60, q.Until/60, q.Until%60)
}
