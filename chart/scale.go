package chart

import (
	"math"
	"strconv"
	"strings"
	"time"

	"varde/chart/numeral"
)

// AxisKind says what the numbers on an axis mean.
type AxisKind int

const (
	// Linear numbers.
	Linear AxisKind = iota
	// Minutes are written as h:mm, with a minus sign before zero.
	Minutes
	// Dates are Unix seconds, written as day and month in UTC. Use Day to make
	// them.
	Dates
)

// Axis describes one axis. The zero value fits its range to the data.
type Axis struct {
	Label string
	// Min and Max widen the range; data outside it widens it further, since a
	// value is never clipped away. Equal values mean "from the data alone".
	Min, Max float64
	// Zero makes the range include zero.
	Zero bool
	// Ticks, when given, replace the computed ones.
	Ticks []Tick
	// Decimals in tables and value labels; 0 means 0 for whole data, else 1.
	Decimals int
	Kind     AxisKind
}

// ranged says that the axis has a range without any data.
func (a Axis) ranged() bool { return finite(a.Min) && finite(a.Max) && a.Min < a.Max }

// Tick is a labelled place on an axis.
type Tick struct {
	At    float64
	Label string
}

// Day gives the value of a calendar day on an axis of kind Dates.
func Day(t time.Time) float64 {
	y, m, d := t.Date()
	return float64(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix())
}

// span is the range of the finite values seen.
type span struct {
	lo, hi float64
	any    bool
}

func (s *span) add(values ...float64) {
	for _, v := range values {
		if !finite(v) {
			continue
		}
		if !s.any {
			s.lo, s.hi, s.any = v, v, true
			continue
		}
		s.lo, s.hi = math.Min(s.lo, v), math.Max(s.hi, v)
	}
}

// scale maps values to pixels.
type scale struct {
	lo, hi, from, to float64
}

func (s scale) at(v float64) float64 {
	if s.hi == s.lo {
		return (s.from + s.to) / 2
	}
	return s.from + (v-s.lo)/(s.hi-s.lo)*(s.to-s.from)
}

// widen applies the wishes of the axis to the range of the data.
func (a Axis) widen(s span) span {
	if finite(a.Min) && finite(a.Max) && a.Min < a.Max {
		s.add(a.Min, a.Max)
	}
	if a.Zero {
		s.add(0)
	}
	for _, t := range a.Ticks {
		s.add(t.At)
	}
	if s.any && s.lo == s.hi {
		pad := math.Max(math.Abs(s.lo)*0.1, 1)
		s.lo, s.hi = s.lo-pad, s.hi+pad
	}
	return s
}

// ticks gives round places in the range, about n of them, and the range
// widened to the outermost when outward is set.
func (a Axis) ticks(s span, n int, lang string, outward bool) ([]Tick, span) {
	if len(a.Ticks) > 0 {
		return a.Ticks, s
	}
	switch a.Kind {
	case Dates:
		return dateTicks(s, n, lang), s
	case Minutes:
		return minuteTicks(s, n), s
	}
	step := niceStep((s.hi - s.lo) / float64(max(n, 1)))
	first, last := math.Ceil(s.lo/step-1e-9), math.Floor(s.hi/step+1e-9)
	if outward {
		first, last = math.Floor(s.lo/step+1e-9), math.Ceil(s.hi/step-1e-9)
		s.lo, s.hi = math.Min(s.lo, first*step), math.Max(s.hi, last*step)
	}
	digits := decimalsOf(step)
	var out []Tick
	for k := first; k <= last && len(out) < 50; k++ {
		out = append(out, Tick{At: k * step, Label: numeral.Format(lang, k*step, digits)})
	}
	return out, s
}

func niceStep(raw float64) float64 {
	if !finite(raw) || raw <= 0 {
		return 1
	}
	base := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if raw <= m*base*1.0001 {
			return m * base
		}
	}
	return 10 * base
}

func decimalsOf(step float64) int {
	d := int(math.Ceil(-math.Log10(step) - 1e-9))
	return min(max(d, 0), 6)
}

func minuteTicks(s span, n int) []Tick {
	steps := []float64{1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440}
	step := steps[len(steps)-1]
	for _, v := range steps {
		if (s.hi-s.lo)/v <= float64(n) {
			step = v
			break
		}
	}
	if (s.hi-s.lo)/step > 50 {
		step = niceStep((s.hi - s.lo) / float64(max(n, 1)))
	}
	var out []Tick
	for k := math.Ceil(s.lo / step); k*step <= s.hi && len(out) < 50; k++ {
		out = append(out, Tick{At: k * step, Label: clock(k * step)})
	}
	return out
}

// clock writes minutes as h:mm.
func clock(minutes float64) string {
	if !finite(minutes) || math.Abs(minutes) > 1e9 {
		return numeral.Missing
	}
	m := int(math.Round(minutes))
	sign := ""
	if m < 0 {
		sign, m = numeral.Minus, -m
	}
	rest := strconv.Itoa(m % 60)
	return sign + strconv.Itoa(m/60) + ":" + strings.Repeat("0", 2-len(rest)) + rest
}

var monthNames = map[bool][12]string{
	false: {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	true:  {"jan.", "feb.", "mars", "april", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des."},
}

func dateTicks(s span, n int, lang string) []Tick {
	names := monthNames[numeral.Comma(lang)]
	const day = 86400
	days := (s.hi - s.lo) / day
	// The zero time and dates beyond four digits are no study's dates; they
	// only come from damaged data, and must not cost a long loop.
	if math.Abs(s.lo) > 2e11 || math.Abs(s.hi) > 2e11 {
		return nil
	}
	var out []Tick
	if days < 45 {
		step := math.Max(1, math.Ceil(days/float64(max(n, 1))))
		for v := math.Ceil(s.lo/day) * day; v <= s.hi && len(out) < 50; v += step * day {
			t := time.Unix(int64(v), 0).UTC()
			label := strconv.Itoa(t.Day()) + " " + names[t.Month()-1]
			if numeral.Comma(lang) {
				label = strconv.Itoa(t.Day()) + ". " + names[t.Month()-1]
			}
			out = append(out, Tick{At: v, Label: label})
		}
		return out
	}
	step := 1
	for _, v := range []int{1, 2, 3, 6, 12, 24, 60, 120, 600, 1200} {
		step = v
		if days/30.4/float64(v) <= float64(n) {
			break
		}
	}
	t := time.Unix(int64(s.lo), 0).UTC()
	t = time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	for float64(t.Unix()) <= s.hi && len(out) < 50 {
		if float64(t.Unix()) >= s.lo {
			label := names[t.Month()-1]
			if t.Month() == 1 || len(out) == 0 {
				label += " " + strconv.Itoa(t.Year())
			}
			out = append(out, Tick{At: float64(t.Unix()), Label: label})
		}
		t = t.AddDate(0, step, 0)
	}
	return out
}

// value writes an axis value in full, for tables.
func (a Axis) value(v float64, lang string, decimals int) string {
	for _, t := range a.Ticks {
		if t.At == v && t.Label != "" {
			return t.Label
		}
	}
	switch a.Kind {
	case Minutes:
		return clock(v)
	case Dates:
		if !finite(v) || math.Abs(v) > 2e11 {
			return numeral.Missing
		}
		t := time.Unix(int64(v), 0).UTC()
		if numeral.Comma(lang) {
			return t.Format("02.01.2006")
		}
		return t.Format("2006-01-02")
	}
	return numeral.Format(lang, v, decimals)
}

// decimals picks the digits for values when the axis does not say.
func (a Axis) decimals(values ...float64) int {
	if a.Decimals > 0 {
		return min(a.Decimals, 9)
	}
	for _, v := range values {
		if finite(v) && v != math.Trunc(v) {
			return 1
		}
	}
	return 0
}
