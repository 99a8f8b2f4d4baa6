package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// unwritten is what must not stand in a text: numbers that are none, and values that
// nobody worded.
var unwritten = regexp.MustCompile(`\bNaN\b|\bInf\b|%!|map\[|0x[0-9a-f]{6}`)

// statsIn runs a command line on the example data and answers what it wrote.
func statsIn(t *testing.T, dir string, stdin []byte, args ...string) (int, string, string) {
	t.Helper()
	var out, complaints bytes.Buffer
	m := &Main{Stdin: bytes.NewReader(stdin), Stdout: &out, Stderr: &complaints, Clock: func() time.Time { return time.Unix(0, 0) }, Dir: dir}
	status := m.Run(t.Context(), append([]string{"stats"}, args...))
	return status, out.String(), complaints.String()
}

// words splits a command line as a shell would: spaces, and double quotes around an
// argument with spaces.
func words(line string) []string {
	var out []string
	var word strings.Builder
	quoted, there := false, false
	for _, r := range line {
		switch {
		case r == '"':
			quoted, there = !quoted, true
		case r == ' ' && !quoted:
			if there {
				out = append(out, word.String())
			}
			word.Reset()
			there = false
		default:
			word.WriteRune(r)
			there = true
		}
	}
	if there {
		out = append(out, word.String())
	}
	return out
}

// statsCommands are the commands with their help, by name.
func statsCommands(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	v := reflect.ValueOf(&statsCmd{}).Elem()
	for i := range v.NumField() {
		h, ok := v.Field(i).Addr().Interface().(interface{ Help() string })
		if !ok {
			t.Fatalf("%s has no examples", v.Type().Field(i).Name)
		}
		out[strings.ToLower(v.Type().Field(i).Name)] = h.Help()
	}
	return out
}

// Every example of the help runs, as text and as JSON, and says the same again.
func TestStatsExamplesRun(t *testing.T) {
	for name, help := range statsCommands(t) {
		t.Run(name, func(t *testing.T) {
			examples := 0
			for line := range strings.Lines(help) {
				rest, ok := strings.CutPrefix(strings.TrimSpace(line), "varde stats ")
				if !ok {
					continue
				}
				examples++
				runExample(t, name, rest)
			}
			if examples < 2 {
				t.Errorf("%d examples", examples)
			}
			status, out, _ := statsIn(t, "", nil, name, "--help")
			if status != 0 || !strings.Contains(out, "varde stats "+name) || !strings.Contains(out, "--json") && !strings.Contains(out, "<command>") {
				t.Errorf("status %d, help:\n%s", status, out)
			}
		})
	}
}

func runExample(t *testing.T, name, line string) {
	t.Helper()
	line, file, _ := strings.Cut(line, " < ")
	var stdin []byte
	if file != "" {
		var err error
		if stdin, err = os.ReadFile(filepath.Join("testdata", "stats", file)); err != nil {
			t.Fatal(err)
		}
	}
	args := words(line)
	if args[0] != name {
		t.Errorf("an example of %s runs %s", name, args[0])
	}
	for i, a := range args {
		if a == "--json" {
			args = append(args[:i:i], args[i+1:]...)
			break
		}
	}
	dir := filepath.Join("testdata", "stats")
	status, text, complaints := statsIn(t, dir, stdin, args...)
	if status != 0 || complaints != "" || len(text) < 100 {
		t.Errorf("%s\nstatus %d\n%s%s", line, status, text, complaints)
	}
	if bad := unwritten.FindString(text); bad != "" {
		t.Errorf("%s\nhas %q:\n%s", line, bad, text)
	}
	status, first, complaints := statsIn(t, dir, stdin, append(args, "--json")...)
	if status != 0 || complaints != "" {
		t.Fatalf("%s --json\nstatus %d\n%s", line, status, complaints)
	}
	var o any
	if err := json.Unmarshal([]byte(first), &o); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, first)
	}
	if _, again, _ := statsIn(t, dir, stdin, append(args, "--json")...); again != first {
		t.Errorf("%s: another answer the second time", line)
	}
	checkReasons(t, line, o)
}

// checkReasons wants a reason beside every null that stands for a number.
func checkReasons(t *testing.T, line string, o any) {
	t.Helper()
	switch v := o.(type) {
	case []any:
		for _, x := range v {
			checkReasons(t, line, x)
		}
	case map[string]any:
		reasons := 0
		for k := range v {
			if strings.HasSuffix(k, "_reason") {
				reasons++
			}
		}
		for k, x := range v {
			if x == nil && reasons == 0 {
				t.Errorf("%s: %s is null without a reason in %v", line, k, v)
			}
			checkReasons(t, line, x)
		}
	}
}

// Numbers that are not there are null with a reason; all others keep every bit.
func TestStatsJSONKeepsEveryDigit(t *testing.T) {
	r := &statsResult{title: "t"}
	for key, v := range map[string]float64{"third": 1.0 / 3, "tiny": 5e-324, "huge": math.MaxFloat64, "next": math.Nextafter(1, 2)} {
		r.set(key, key, v)
	}
	r.set("nan", "nan", math.NaN())
	r.set("up", "up", math.Inf(1))
	r.set("none", "none", undefined{"no events"})
	r.table("rows", "rows", []statsColumn{{"a", "a", asNumber}, {"b", "b", asNumber}}, [][]any{{1.5, math.Inf(-1)}, {nil, "x"}})
	var b bytes.Buffer
	if err := r.write(&b, true); err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(b.Bytes(), &o); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	for key, want := range map[string]any{
		"third": 1.0 / 3, "tiny": 5e-324, "huge": math.MaxFloat64, "next": math.Nextafter(1, 2),
		"nan": nil, "nan_reason": "not defined for these data", "up": nil, "up_reason": "infinite", "none": nil, "none_reason": "no events",
	} {
		if got, ok := o[key]; !ok || got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	row := o["rows"].([]any)[0].(map[string]any)
	if row["a"] != 1.5 || row["b"] != nil || row["b_reason"] != "minus infinite" {
		t.Errorf("%v", row)
	}
	b.Reset()
	if err := r.write(&b, false); err != nil || strings.Contains(b.String(), "NaN") || !strings.Contains(b.String(), "no events") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// A table of numbers is aligned to the right, at their decimals.
func TestStatsTextIsAligned(t *testing.T) {
	r := &statsResult{title: "A table"}
	r.set("n", "Rows", 12)
	r.set("share", "Share of all", 0.25)
	r.table("t", "Values", []statsColumn{{"name", "Name", asNumber}, {"x", "x", asNumber}, {"df", "df", asDegrees}, {"p", "p", asProbability}}, [][]any{
		{"first", 123.456789, 10.0, 0.04321}, {"second one", -1.5, 8.0, 1e-9}, {"third", math.NaN(), math.Inf(1), 1.0}, {"ø", undefined{"aliased"}, nil, nil},
	})
	r.note("one note", "one note")
	var b bytes.Buffer
	if err := r.write(&b, false); err != nil {
		t.Fatal(err)
	}
	want := `A table

Rows           12
Share of all   0.25

Values
  Name              x        df        p
  first       123.457        10   0.0432
  second one   -1.500         8  <0.0001
  third             -  infinite   1.0000
  ø                 -         -        -
  (ø, x: aliased)

Notes
- one note
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
