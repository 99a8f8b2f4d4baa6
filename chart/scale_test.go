package chart

import (
	"testing"
	"time"
)

func labels(ticks []Tick) string {
	out := ""
	for _, t := range ticks {
		out += t.Label + "|"
	}
	return out
}

func TestTicks(t *testing.T) {
	day := func(y int, m time.Month, d int) float64 { return Day(time.Date(y, m, d, 13, 0, 0, 0, time.UTC)) }
	cases := []struct {
		name string
		axis Axis
		span span
		n    int
		lang string
		want string
	}{
		{"round steps", Axis{}, span{0, 100, true}, 5, "en", "0|20|40|60|80|100|"},
		{"decimals in Norwegian", Axis{}, span{-0.5, 0.5, true}, 4, "nb", "−0,5|0,0|0,5|"},
		{"minutes", Axis{Kind: Minutes}, span{-30, 300, true}, 6, "en", "0:00|1:00|2:00|3:00|4:00|5:00|"},
		{"months, the year named once", Axis{Kind: Dates}, span{day(2025, 11, 20), day(2026, 3, 5), true}, 6, "nb", "des. 2025|jan. 2026|feb.|mars|"},
		{"days", Axis{Kind: Dates}, span{day(2026, 2, 3), day(2026, 2, 6), true}, 4, "en", "3 Feb|4 Feb|5 Feb|6 Feb|"},
	}
	for _, c := range cases {
		ticks, _ := c.axis.ticks(c.span, c.n, c.lang, false)
		if got := labels(ticks); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAxisNeverHidesData(t *testing.T) {
	s := Axis{Min: 0, Max: 10}.widen(span{-5, 25, true})
	if s.lo != -5 || s.hi != 25 {
		t.Errorf("range is %v to %v", s.lo, s.hi)
	}
	if s = (Axis{}).widen(span{7, 7, true}); s.lo >= 7 || s.hi <= 7 {
		t.Errorf("a single value needs room around it, got %v to %v", s.lo, s.hi)
	}
}

func TestDayKeepsTheCalendarDay(t *testing.T) {
	oslo := time.FixedZone("CEST", 2*3600)
	late := time.Date(2026, 7, 1, 0, 30, 0, 0, oslo)
	if got := (Axis{Kind: Dates}).value(Day(late), "en", 0); got != "2026-07-01" {
		t.Errorf("got %s", got)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width float64
	}{{"a few short words", 60}, {"Spesialisthelsetjenesten", 50}, {"", 10}, {"åæø", 1}} {
		for _, line := range wrap(c.text, c.width) {
			if textWidth(line) > c.width && len([]rune(line)) > 1 {
				t.Errorf("%q is wider than %v", line, c.width)
			}
		}
	}
	if got := shorten("abcdefghij", 40); textWidth(got) > 45 || got == "abcdefghij" {
		t.Errorf("shortened to %q", got)
	}
}
