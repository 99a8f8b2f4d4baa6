package protocol

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"varde/instrument"
)

// edit is a change of the example protocol.
type edit struct{ file, old, new string }

func edited(t *testing.T, base fstest.MapFS, edits []edit) fstest.MapFS {
	t.Helper()
	files := maps.Clone(base)
	for _, e := range edits {
		text := string(files[e.file].Data)
		if strings.Count(text, e.old) == 0 {
			t.Fatalf("%s has no %q", e.file, e.old)
		}
		files[e.file] = &fstest.MapFile{Data: []byte(strings.Replace(text, e.old, e.new, 1))}
	}
	return files
}

func criterion(kind, en, nb, expr string) edit {
	return edit{"eligibility.yaml", "    - id: E2\n", fmt.Sprintf("    - id: X1\n      kind: %s\n      gate: screening\n      text: {en: %q, nb: %q}\n      expr: '%s'\n    - id: E2\n", kind, en, nb, expr)}
}

// TestValuesThatAreRight: near what is reported, and right.
func TestValuesThatAreRight(t *testing.T) {
	base := folder(t, exampleFolder)
	for name, edits := range map[string][]edit{
		"the limit is the end of the range":       {criterion("exclusion", "99 years or older", "99 år eller eldre", "check.age >= 99")},
		"a band of ages":                          {criterion("exclusion", "Over 75 years", "Over 75 år", "check.age > 75")},
		"a number with a name beside it":          {criterion("exclusion", "Over 75 by the MOOD-4 and ICD-10", "Over 75 etter MOOD-4 og ICD-10", "check.age > 75")},
		"words for numbers":                       {criterion("exclusion", "Twelve or more on the scale", "Tolv eller mer på skalaen", "V1.mood.total >= 12")},
		"a decimal comma":                         {criterion("exclusion", "Mood over 10.5", "Stemningsleie over 10,5", "V1.mood.total > 10.5")},
		"over turned into not at most":            {criterion("exclusion", "Over 75 years", "Over 75 år", "!(check.age <= 75)")},
		"a fall as a negative change":             {{"analysis.yaml", `Half as much or less, nb: Halvparten eller mindre}, expr: "base > 0.0 && value / base <= 0.5"`, `A drop of at least 4 points, nb: Minst 4 poengs nedgang}, expr: "change <= -4.0"`}},
		"a population by result, to be confirmed": {{"analysis.yaml", `expr: "person.doses >= 1"}`, `expr: "person.doses >= 1 && V3.mood.total >= 0", status: own, confirm: true, note: Confirm that those without a rating are left out.}`}},
		"an optional form of no endpoint":         {{"schedule.yaml", "      - {form: check}\n", "      - {form: check}\n      - {form: vitals, optional: true}\n"}},
		"a kit prefix that is no arm":             {{"protocol.yaml", "  blocks: [2, 4]\n", "  blocks: [2, 4]\n  kits: K\n"}, {"consent.yaml", "covers: [check,", "covers: [kit, check,"}},
		"told of recording and the night":         {{"schedule.yaml", "    treatment: true\n", "    treatment: true\n    recorded: true\n    overnight: true\n"}, {"consent.yaml", "covers: [check,", "covers: [recording, check,"}, {"consent.yaml", "One day with a capsule and two talks.", "One day and night with a capsule and two talks."}},
		"the right number of sessions":            {{"protocol.yaml", "with one supervised dosing day, to show", "with one dosing session, to show"}},
		"an interim look that leaves enough":      {{"analysis.yaml", "  subgroups:\n", "  interim:\n    - {id: half, fraction: 0.5, alpha: 0.003, text: {en: Half, nb: Halvveis}}\n  subgroups:\n"}},
		"a date that is one":                      {{"forms/check.yaml", "  - {id: heart, ", "  - {id: seen, text: {en: Date, nb: Dato}, type: date, required: true}\n  - {id: heart, "}, criterion("exclusion", "Seen lately", "Sett nylig", `check.seen > "2026-05-17"`)},
	} {
		_, findings := Load(edited(t, base, edits), instrument.Library{})
		for _, f := range findings {
			if f.Severity == Error || slices.ContainsFunc(valueCodes, func(c CodeText) bool { return c.Code == f.Code }) {
				t.Errorf("%s: %s", name, f)
			}
		}
	}
}

// TestCodesOfValuesAreExplained: every code tells what it is, and what it would do.
func TestCodesOfValuesAreExplained(t *testing.T) {
	for _, c := range valueCodes {
		if c.Title == "" || c.Meaning == "" || c.Fix == "" || c.Why == "" {
			t.Errorf("%s (%s) is not explained", c.Code, c.Title)
		}
		if c.Code < "V130" || c.Code > "V169" {
			t.Errorf("%s is not of values", c.Code)
		}
	}
}

func TestNumbersInTexts(t *testing.T) {
	for text, want := range map[string]string{
		"at least 140 or at least 90 mmHg": "140 90",
		"PTSD by DSM-5 and ICH E6":         "",
		"over 37.8 or 37,9 degrees":        "37.8 37.9",
		"three to five, V5 and C1_2":       "3 5",
		"from 18-99 years":                 "18 99",
		"CAPS-5 of 28":                     "28",
		"24h":                              "24",
	} {
		var got []string
		for _, n := range numbersIn(text, "en") {
			got = append(got, fmt.Sprint(n.value))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
}

func TestWordsAndSigns(t *testing.T) {
	for text, want := range map[string]string{
		"at least 18 years":            ">=",
		"over 450 ms":                  ">",
		"under 48 kg":                  "<",
		"18 years or older":            ">=",
		"not over 37 degrees":          "<=",
		"more than about 10 points":    ">",
		"within 48 hours":              "",
		"At most 3":                    "<=",
		"a drop of at least 10 points": ">=",
	} {
		n := numbersIn(text, "en")[0]
		if got, _ := saidSign(text, n); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestManyCriteria: what is compared with one another is bounded, whatever is written.
func TestManyCriteria(t *testing.T) {
	base := folder(t, exampleFolder)
	var many strings.Builder
	for i := range 900 {
		fmt.Fprintf(&many, "    - {id: X%d, kind: exclusion, gate: screening, text: {en: Older, nb: Eldre}, expr: 'check.age > %d && [1,2,3,4,5,6,7,8,9].exists(x, x > 3)'}\n", i, i%40+50)
	}
	files := edited(t, base, []edit{{"eligibility.yaml", "    - id: E2\n", many.String() + "    - id: E2\n"}})
	_, findings := Load(files, instrument.Library{})
	if len(findings) == 0 || HasErrors(findings) {
		t.Error(len(findings), "findings, first", findings[0])
	}
	again, more := Load(files, instrument.Library{})
	if again == nil || !slices.EqualFunc(findings, more, func(a, b Finding) bool { return a.String() == b.String() }) {
		t.Error("the second reading says something else")
	}
}

func BenchmarkValues(b *testing.B) {
	files := folder(b, exampleFolder)
	for b.Loop() {
		if d, findings := Load(files, instrument.Library{}); d == nil {
			b.Fatal(findings)
		}
	}
}
