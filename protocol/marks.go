package protocol

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/protocol/source"
)

// mark is a place that states where a value comes from.
type mark struct {
	path string // "dosing.rules[2]"
	ref  string // "dosing.rules.sbp-high"
	what string // type of the thing, such as "Rule"
	of   reflect.Value
	*Provenance
}

var provenanceType = reflect.TypeFor[Provenance]()

// marksOf finds every provenance in a struct.
func marksOf(v any) []mark {
	var out []mark
	findMarks(reflect.ValueOf(v).Elem(), "", "", &out)
	return out
}

func findMarks(v reflect.Value, path, ref string, out *[]mark) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			findMarks(v.Elem(), path, ref, out)
		}
	case reflect.Slice:
		findListMarks(v, path, ref, out)
	case reflect.Struct:
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Type == provenanceType {
				*out = append(*out, mark{path, ref, t.Name(), v, v.Field(i).Addr().Interface().(*Provenance)})
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if name == "" || name == "-" || !mayHoldMarks(f.Type) {
				continue
			}
			findMarks(v.Field(i), join(path, name), join(ref, name), out)
		}
	}
}

func findListMarks(v reflect.Value, path, ref string, out *[]mark) {
	taken := map[string]int{}
	for i := range v.Len() {
		key := entryKey(v.Index(i), i)
		taken[key]++
		if n := taken[key]; n > 1 {
			key = fmt.Sprintf("%s.%d", key, n)
		}
		findMarks(v.Index(i), fmt.Sprintf("%s[%d]", path, i), join(ref, key), out)
	}
}

func mayHoldMarks(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "." + b
}

// entryKey names an entry of a list by what its author calls it.
func entryKey(v reflect.Value, i int) string {
	if v.Kind() == reflect.Struct {
		for _, names := range [][]string{{"ID"}, {"Role"}, {"Visit", "Step"}, {"Quantity", "Subject", "Arm", "Visit"}, {"Term"}, {"Score"}, {"Value"}, {"Item"}, {"Arm"}, {"Form"}} {
			var parts []string
			for _, n := range names {
				f := v.FieldByName(n)
				if !f.IsValid() || f.Kind() != reflect.String {
					parts = nil
					break
				}
				if f.String() != "" {
					parts = append(parts, strings.ReplaceAll(f.String(), " ", "-"))
				}
			}
			if len(parts) > 0 {
				return strings.Join(parts, "-")
			}
		}
	}
	return fmt.Sprint(i + 1)
}

// provenanceFaults checks one mark: what is recalled or was not found must be
// confirmed, and a mark must say what to confirm.
func provenanceFaults(m mark, add func(path, code, message, fix string)) {
	switch m.Status {
	case "", "V", "C", "own":
	case "R", "NF":
		if !m.Confirm {
			add(join(m.path, "status"), "V070", fmt.Sprintf("a value with status %s is not confirmed by anyone", m.Status), "Add confirm: true and a note of what is to be confirmed")
		}
	default:
		add(join(m.path, "status"), "V013", fmt.Sprintf("%q is no status", m.Status), "Write V (verified), C (computed), R (recalled), NF (not found) or own")
	}
	if m.Confirm && m.Source == "" && m.Note == "" {
		add(join(m.path, "confirm"), "V071", "the mark does not say what is to be confirmed, nor where the value comes from", "Add note: or source:")
	}
}

func (c *checker) marks() {
	for _, m := range marksOf(&c.d.Protocol) {
		provenanceFaults(m, c.add)
	}
}

// confirmations checks that every confirmation closes a mark.
func (c *checker) confirmations() {
	if len(c.d.Confirmed) == 0 {
		return
	}
	var open []string
	marks := map[string]mark{}
	for _, m := range c.d.allMarks() {
		if m.Confirm {
			open = append(open, m.ref)
			marks[m.ref] = m
		}
	}
	for i, x := range c.d.Confirmed {
		if m, ok := marks[x.Ref]; ok {
			c.confirmed(i, m)
		}
		at := fmt.Sprintf("confirmed[%d]", i)
		if x.Ref != "" && !slices.Contains(open, x.Ref) {
			n := len(c.findings)
			c.ref(at+".ref", "open mark", x.Ref, open)
			for j := n; j < len(c.findings); j++ {
				c.findings[j].Code, c.findings[j].Severity = "V072", Warning
			}
		}
		if t, err := time.Parse(time.DateOnly, x.On); x.On != "" && (err != nil || t.Year() < 2000) {
			c.add(at+".on", "V014", fmt.Sprintf("%q is no date", x.On), "Write year-month-day, such as 2026-05-17")
		}
	}
}

// checkInstrument checks what the instrument package cannot: roles, durations
// and provenance, which are words of protocols.
func checkInstrument(f parsedFile, in *instrument.Instrument) []Finding {
	var out []Finding
	add := func(path, code, message, fix string) {
		_, line, col := f.root.Locate(path)
		out = append(out, Finding{Code: code, Severity: Error, File: f.name, Line: line, Column: col, Path: path, Message: message, Fix: fix})
	}
	for i, a := range in.Alerts {
		at := fmt.Sprintf("alerts[%d]", i)
		if a.Owner != "" && !slices.Contains(Roles, a.Owner) {
			add(at+".owner", "V063", fmt.Sprintf("there is no role %q", a.Owner), "Roles: "+strings.Join(Roles, ", "))
		}
		if a.Within == "" {
			continue
		}
		if d, err := ParseDuration(a.Within); err != nil {
			message, fix, _ := strings.Cut(err.Error(), ": ")
			add(at+".within", "V029", message, fix)
		} else if d <= 0 {
			add(at+".within", "V014", "the time to act must be longer than nothing", `Write a duration, such as "24h"`)
		}
	}
	for _, m := range marksOf(in) {
		provenanceFaults(m, add)
	}
	return out
}

// allMarks lists the marks of the protocol and of the instruments it uses.
func (d *Definition) allMarks() []mark {
	out := marksOf(&d.Protocol)
	for _, id := range sortedKeys(d.Instruments) {
		for _, m := range marksOf(&d.Instruments[id].Instrument) {
			m.ref = strings.TrimSuffix("instruments."+id+"."+m.ref, ".")
			out = append(out, m)
		}
	}
	return out
}

// openMarks makes a finding of every mark that no confirmation closes.
func (d *Definition) openMarks() []Finding {
	closed := map[string]bool{}
	for _, x := range d.Confirmed {
		closed[x.Ref] = true
	}
	trees := map[string]*source.Node{}
	var out []Finding
	for _, m := range d.allMarks() {
		if !m.Confirm || closed[m.ref] {
			continue
		}
		file, root := d.src.fileOf(m.path), d.src.root
		if rest, isForm := strings.CutPrefix(m.ref, "instruments."); isForm {
			id, _, _ := strings.Cut(rest, ".")
			file, root = d.formFile(id, trees)
		}
		_, line, col := root.Locate(m.path)
		out = append(out, Finding{Code: "V073", Severity: Confirm, File: file, Line: line, Column: col, Path: m.ref, Message: confirmMessage(m), Fix: fmt.Sprintf("When the site has confirmed it, add to confirmed: {ref: %q, by: ..., on: ..., digest: %q}", m.ref, m.digest())})
	}
	sortFindings(out)
	return out
}

func confirmMessage(m mark) string {
	var b strings.Builder
	fmt.Fprintf(&b, "confirm %s", m.ref)
	if m.Note != "" {
		fmt.Fprintf(&b, ": %s", m.Note)
	}
	var parts []string
	if m.Source != "" {
		parts = append(parts, "source: "+m.Source)
	}
	switch m.Status {
	case "R":
		parts = append(parts, "recalled, not verified")
	case "NF":
		parts = append(parts, "not found in any source")
	}
	if len(parts) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(parts, "; "))
	}
	return b.String()
}

// formFile answers the file of an instrument and its tree, parsed once.
func (d *Definition) formFile(id string, trees map[string]*source.Node) (string, *source.Node) {
	file := "instruments/" + id + ".yaml"
	if f := d.Instruments[id]; strings.HasPrefix(f.Origin.File, "forms/") {
		file = f.Origin.File
	}
	if trees[file] == nil {
		if root, _ := source.Parse(d.Files[file]); root != nil {
			trees[file] = root
		} else {
			trees[file] = &source.Node{Kind: source.Map, Line: 1, Column: 1}
		}
	}
	return file, trees[file]
}
