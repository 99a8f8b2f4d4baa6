package protocol

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Severities of a finding.
const (
	Error   = "error"   // the protocol is not run
	Warning = "warning" // it is run, but look at this
	Confirm = "confirm" // a value that the approving site must confirm
)

// Finding is one thing that the compiler has to say, with its place.
type Finding struct {
	Code     string `json:"code"`     // stable, explained in docs/checks/
	Severity string `json:"severity"` // "error", "warning" or "confirm"
	File     string `json:"file"`
	Line     int    `json:"line"`   // from 1
	Column   int    `json:"column"` // from 1, in characters
	Path     string `json:"path,omitempty"`
	Message  string `json:"message"`
	Fix      string `json:"fix,omitempty"`

	// Related are other places that the finding rests on, such as each constraint of
	// a contradiction.
	Related []Place `json:"related,omitempty"`
}

// Place is a place in the protocol's files, and what it says there.
type Place struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1, in characters
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

// String is the place on one line: "file:line:column: message".
func (p Place) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// String is the finding on one line: "file:line:column: error[V012]: message. Fix: ...".
func (f Finding) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s[%s]: %s.", f.File, f.Line, f.Column, f.Severity, f.Code, strings.TrimSuffix(f.Message, "."))
	if f.Fix != "" {
		s += " Fix: " + strings.TrimSuffix(f.Fix, ".")
		if !strings.HasSuffix(s, "?") {
			s += "."
		}
	}
	return s
}

// HasErrors says whether a finding is an error.
func HasErrors(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

// WriteText prints findings, one a line, and what they come to.
func WriteText(w io.Writer, findings []Finding) error {
	var b strings.Builder
	count := map[string]int{}
	for _, f := range findings {
		count[f.Severity]++
		b.WriteString(f.String())
		b.WriteByte('\n')
		for _, p := range f.Related {
			b.WriteString("    " + p.String() + "\n")
		}
	}
	var parts []string
	for _, p := range []struct{ severity, one, more string }{
		{Error, "error", "errors"}, {Warning, "warning", "warnings"}, {Confirm, "value to confirm", "values to confirm"}} {
		switch n := count[p.severity]; {
		case n == 1:
			parts = append(parts, "1 "+p.one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, p.more))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no findings"}
	}
	b.WriteString(strings.Join(parts, ", "))
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON prints findings as a JSON array, one object a line.
func WriteJSON(w io.Writer, findings []Finding) error {
	var b strings.Builder
	b.WriteByte('[')
	for i, f := range findings {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		line, err := json.Marshal(f)
		if err != nil {
			return err
		}
		b.Write(line)
	}
	b.WriteString("\n]\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func sortFindings(f []Finding) {
	slices.SortStableFunc(f, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
}
