package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"path"
	"strings"
)

// SARIF 2.1.0 (OASIS, 2020), as far as the compiler has something to say in it.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string    `json:"id"`
		Name    string    `json:"name"`
		Short   sarifText `json:"shortDescription"`
		Full    sarifText `json:"fullDescription"`
		Help    sarifText `json:"help"`
		HelpURI string    `json:"helpUri"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Related      []sarifLocation   `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		ID       int           `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}
)

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

var sarifLevels = map[string]string{Error: "error", Warning: "warning", Confirm: "note"}

// WriteSARIF prints findings as one SARIF 2.1.0 run, for tools of code review. Folder
// is where the protocol's files are, as those tools name it; version is the program's.
func WriteSARIF(w io.Writer, findings []Finding, folder, version string) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "varde check", Version: version, Rules: make([]sarifRule, len(Codes))}
	index := map[string]int{}
	for i, c := range Codes {
		index[c.Code] = i
		run.Tool.Driver.Rules[i] = sarifRule{ID: c.Code, Name: pascal(c.Title), Short: sarifText{c.Title}, Full: sarifText{c.Meaning}, Help: sarifText{c.Fix}, HelpURI: "docs/checks/" + c.Code + ".md"}
	}
	for _, f := range findings {
		text := strings.TrimSuffix(f.Message, ".") + "."
		if f.Fix != "" {
			text += " " + strings.TrimSuffix(f.Fix, ".") + "."
		}
		r := sarifResult{RuleID: f.Code, RuleIndex: index[f.Code], Level: sarifLevels[f.Severity], Message: sarifText{text},
			Locations: []sarifLocation{{Physical: sarifAt(folder, f.File, f.Line, f.Column)}}}
		for i, p := range f.Related {
			r.Related = append(r.Related, sarifLocation{ID: i + 1, Physical: sarifAt(folder, p.File, p.Line, p.Column), Message: &sarifText{p.Message}})
		}
		sum := sha256.Sum256([]byte(f.Code + "\x00" + f.File + "\x00" + f.Path + "\x00" + f.Message))
		r.Fingerprints = map[string]string{"vardeFinding/v1": hex.EncodeToString(sum[:16])} // the same when lines move
		run.Results = append(run.Results, r)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func sarifAt(folder, file string, line, column int) sarifPhysical {
	u := url.URL{Path: path.Join(folder, file)}
	if path.IsAbs(u.Path) {
		u.Scheme = "file"
	}
	return sarifPhysical{sarifArtifact{u.String()}, sarifRegion{max(line, 1), max(column, 1)}}
}

// pascal makes the readable identifier of a rule from its title.
func pascal(title string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(title, func(r rune) bool { return !isNameRune(r|0x20) || r == '-' }) {
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}
