package protocol

import (
	"fmt"
	"slices"
	"strings"
)

// CodeText explains a code of a finding. The page of a code shows the case of
// testdata/errors that has it; Wrong and Right are shown where there is none.
type CodeText struct {
	Code    string
	Title   string
	Meaning string
	Fix     string
	Why     string // what it would do to people or to the study
	Wrong   string // has the fault
	Right   string // has it not
}

// Codes lists every code that a finding can have. A code is never given another
// meaning and never used again when its check is gone.
var Codes = slices.Concat(writtenCodes, timeCodes, valueCodes)

// ChecksDocument is docs/checks.md: the table of codes.
func ChecksDocument() string {
	var b strings.Builder
	b.WriteString("# What the protocol compiler checks\n\n")
	b.WriteString("`varde check` prints each finding as `file:line:column: severity[code]: message. Fix: ...`.\n")
	b.WriteString("An error stops the protocol from being used; a warning does not; `confirm` lists a value that the approving site has to confirm.\n")
	b.WriteString("`--json` and `--sarif` print them for programs. Each code has a page with an example. Codes are stable. This page is made from `protocol/codes.go` by `go generate ./protocol/...`.\n\n")
	b.WriteString("| code | title | meaning | fix |\n|---|---|---|---|\n")
	for _, c := range Codes {
		fmt.Fprintf(&b, "| [%s](checks/%s.md) | %s | %s | %s |\n", c.Code, c.Code, c.Title, c.Meaning, c.Fix)
	}
	return b.String()
}
