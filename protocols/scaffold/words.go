package scaffold

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/template"
)

// words is what the templates speak of.
type words struct {
	Plan
	Person        string // participant or patient
	Second        string // who is told with the physician when nobody answers an alarm
	Arm           string // the only arm of the simulation where there are not two
	SampleSize    int
	Score         string // the main outcome
	OutcomeVisits []string
	OutcomeArms   []course
	Correlation   [][]string
}

// course is the simulated course of an arm.
type course struct {
	ID                string
	Mean, SD, Dropout []string
}

// Randomised says whether there is more than one arm.
func (p Plan) Randomised() bool { return !p.Care && p.Arms == 2 }

func newWords(p Plan) words {
	w := words{Plan: p, Person: "participant", Second: "sponsor", Arm: "mdma", SampleSize: 20, Score: "caps5.total"}
	if p.Randomised() {
		w.SampleSize = 100
	}
	if p.Care {
		w.Person, w.Second, w.Arm, w.Score = "patient", "coordinator", "all", "pcl5.total"
	}
	w.OutcomeVisits = p.outcomeVisits()
	n := len(w.OutcomeVisits)
	if p.Care {
		w.OutcomeArms = []course{newCourse("all", 52, 30, n)}
	} else {
		w.OutcomeArms = []course{newCourse("mdma", 39.4, 15.7, n)}
	}
	if p.Randomised() {
		w.OutcomeArms = append(w.OutcomeArms, newCourse("placebo", 38.7, 23.9, n))
	}
	// Equal correlation of all visits: possible whatever their number.
	for i := range n {
		row := make([]string, n)
		for j := range row {
			row[j] = "0.5"
		}
		row[i] = "1"
		w.Correlation = append(w.Correlation, row)
	}
	return w
}

func (p Plan) outcomeVisits() []string {
	if !p.Care {
		return append([]string{"BASE"}, ratings(p.Sessions)...)
	}
	out := []string{"ENROL"}
	for k := 1; k <= p.Sessions; k++ {
		out = append(out, fmt.Sprintf("I%d_3", k))
	}
	return append(out, "F1", "F3", "F6", "F12")
}

// newCourse falls evenly from the first mean to the last over n visits, while the
// spread widens; about one in ten leaves on the way.
func newCourse(id string, first, last float64, n int) course {
	c := course{ID: id}
	for i := range n {
		part := float64(i) / float64(n-1)
		c.Mean = append(c.Mean, decimal(first+(last-first)*part))
		c.SD = append(c.SD, decimal(6.6+(12.5-6.6)*part))
		if i > 0 {
			c.Dropout = append(c.Dropout, strconv.FormatFloat(0.1/float64(n-1), 'f', 3, 64))
		}
	}
	return c
}

func decimal(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', 1, 64) }

// ratings are the blinded ratings after baseline: one between sessions, and the main one.
func ratings(sessions int) []string {
	var out []string
	for k := 1; k < sessions; k++ {
		out = append(out, fmt.Sprintf("R%d", k))
	}
	return append(out, "RATING")
}

// The week of the main rating: the first session a week after baseline, sessions four
// weeks apart, and nine weeks after the last.
func lastWeek(sessions int) int { return 1 + 4*(sessions-1) + 9 }

// monthDays is the day of a follow-up in months.
func monthDays(months int) int { return map[int]int{1: 30, 3: 91, 6: 182, 12: 365}[months] }

// careWeek is the week, from the confirmed start, of a follow-up some months after the
// last session: the first session is four days after the start.
func careWeek(sessions, months int) int {
	return int(math.Round(float64(4+28*(sessions-1)+monthDays(months)) / 7))
}

var numbers = map[string][]string{
	"en": {"", "one", "two", "three", "four", "five", "six"},
	"nb": {"", "én", "to", "tre", "fire", "fem", "seks"},
}

// counted is a number of things in words: the singular for one.
func counted(language string, n int, one, more string) string {
	if n == 1 {
		return numbers[language][n] + " " + one
	}
	return numbers[language][n] + " " + more
}

func sessions(language string, n int) string {
	if language == "nb" {
		return counted("nb", n, "doseringsøkt", "doseringsøkter")
	}
	return counted("en", n, "dosing session", "dosing sessions")
}

func long(language string, n int) string {
	if language == "nb" {
		return counted("nb", n, "lang økt", "lange økter")
	}
	return counted("en", n, "long session", "long sessions")
}

func functions() template.FuncMap {
	visit := -1
	return template.FuncMap{
		"add": func(a, b int) int { return a + b },
		"sub": func(a, b int) int { return a - b },
		"mul": func(a, b int) int { return a * b },
		"seq": func(n int) []int {
			out := make([]int, n)
			for i := range out {
				out[i] = i + 1
			}
			return out
		},
		"list":     func(x ...any) []any { return x },
		"join":     func(x []string) string { return strings.Join(x, ", ") },
		"next":     func() int { visit++; return visit },
		"quote":    quote,
		"ratings":  func(n int) string { return strings.Join(ratings(n), ", ") },
		"lastWeek": lastWeek, "monthDays": monthDays, "careWeek": careWeek,
		"sessions": sessions, "long": long,
	}
}

// quote writes a text between double quotes, as YAML reads it.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
