package source

import (
	"regexp"
	"strings"
)

// What a plain scalar looks like.
type look uint8

const (
	text look = iota
	number
	boolean
	null
	oddNumber // YAML reads a number, but not the one a person reads
	yesNo     // a word that other readers of YAML take for true or false
	notFinite
)

var (
	plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	yamlNumber  = regexp.MustCompile(`^[-+]?(0[xXoObB][0-9a-fA-F_]+|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?)$`)
	infinite    = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

func (n *Node) look() look {
	if n.Style != Plain {
		return text
	}
	switch n.Text {
	case "", "~", "null", "Null", "NULL":
		return null
	case "true", "false", "True", "False", "TRUE", "FALSE":
		return boolean
	}
	c := n.Text[0]
	if c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		switch {
		case plainNumber.MatchString(n.Text):
			return number
		case infinite.MatchString(n.Text):
			return notFinite
		case yamlNumber.MatchString(n.Text):
			return oddNumber
		}
	}
	switch strings.ToLower(n.Text) {
	case "yes", "no", "on", "off":
		return yesNo
	}
	return text
}

func (n *Node) what() string {
	switch n.Kind {
	case Map:
		return "a mapping"
	case Seq:
		return "a list"
	}
	switch n.look() {
	case number, oddNumber:
		return "the number " + n.Text
	case boolean:
		return n.Text
	case null:
		return "nothing"
	case notFinite:
		return n.Text
	}
	return "the text " + quote(n.Text)
}

func quote(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return `"` + strings.ReplaceAll(s, "\n", " ") + `"`
}
