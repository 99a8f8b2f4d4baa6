package usdm

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Report tells what became of a study definition.
type Report struct {
	Study      string // its name
	ID         string // of the protocol made of it
	Version    string
	Counts     string // what the folder holds
	Carried    []string
	Objectives []string
	Amendments []string
	Decide     []Decision // what is left to decide
	Lost       []Lost     // what is not in the folder
}

// Decision is one thing that a person must decide.
type Decision struct {
	Place string // file and key
	Text  string
}

// Lost is something that was not carried over.
type Lost struct {
	What    string // class and attribute
	Count   int
	Pointer string // of the first
	Sample  string // of the first, shortened
}

// Text tells the report in lines.
func (r *Report) Text() string {
	return string(r.markdown())
}

// markdown is the report as IMPORT.md.
func (r *Report) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Imported: %s\n\n", line(r.Study))
	fmt.Fprintf(&b, "Protocol `%s`, version `%s`: %s.\n\n", r.ID, r.Version, r.Counts)
	b.WriteString("The folder is a skeleton. It does not pass `varde check` until everything below is decided; nothing was filled in by guessing.\n")
	section := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n## %s\n\n", title)
		for _, l := range lines {
			fmt.Fprintf(&b, "- %s\n", line(l))
		}
	}
	section("Noted", r.Carried)
	section("Objectives", r.Objectives)
	section("Amendments (the folder holds this version alone)", r.Amendments)
	var left []string
	for _, d := range r.Decide {
		left = append(left, d.Place+": "+d.Text)
	}
	section("Left to decide", left)
	section("Left to translate", []string{"Every text into Norwegian: `varde check` reports each as V040."})
	if len(r.Lost) > 0 {
		b.WriteString("\n## Not carried over\n\nEverything in the file that is not in the folder: what it is, how often, where it first stands.\n\n| what | times | first | begins |\n|---|---|---|---|\n")
		for _, l := range r.Lost {
			fmt.Fprintf(&b, "| %s | %d | `%s` | %s |\n", cell(l.What), l.Count, l.Pointer, cell(l.Sample))
		}
	}
	return b.Bytes()
}

func line(s string) string { return strings.Join(strings.Fields(s), " ") }

func cell(s string) string { return strings.ReplaceAll(line(s), "|", "\\|") }

// structural are members that hold the file together and say nothing of the study.
var structural = map[string]bool{"id": true, "instanceType": true}

// lost gathers everything below a node that nobody used, by class and attribute.
func lost(root *node) []Lost {
	found := map[string]*Lost{}
	var order []string
	add := func(what string, n *node) {
		l := found[what]
		if l == nil {
			l = &Lost{What: what, Pointer: n.pointer(), Sample: sample(n)}
			found[what] = l
			order = append(order, what)
		}
		l.Count++
	}
	var visit func(n *node)
	visit = func(n *node) {
		if n.used || empty(n) || structural[n.key] && n.parent.kind == isObject {
			return
		}
		switch {
		case n.kind == isObject && !touched(n):
			add(called(n), n)
		case n.kind == isObject || n.kind == isList:
			for _, c := range n.children {
				visit(c)
			}
		default:
			add(whose(n), n)
		}
	}
	for _, c := range root.children {
		visit(c)
	}
	slices.SortStableFunc(order, cmp.Compare[string])
	out := make([]Lost, 0, len(order))
	for _, what := range order {
		out = append(out, *found[what])
	}
	return out
}

// called names an object that was lost: by its class, and where the class says little
// (a code, a quantity) by what it is of.
func called(n *node) string {
	class := typeOf(n)
	switch class {
	case "Code", "AliasCode", "Quantity", "Range", "GeographicScope", "Duration", "TransitionRule", "ExtensionAttribute":
		return whose(n) + " (" + class + ")"
	}
	return class
}

// touched says whether anything below was used.
func touched(n *node) bool {
	return n.used || slices.ContainsFunc(n.children, touched)
}

// empty says whether a value holds nothing that could be lost.
func empty(n *node) bool {
	switch n.kind {
	case isNull:
		return true
	case isText:
		return strings.TrimSpace(n.text) == ""
	case isObject, isList:
		return !slices.ContainsFunc(n.children, func(c *node) bool { return !empty(c) })
	}
	return false
}

// whose is the class and attribute of a plain value.
func whose(n *node) string {
	key := n.key
	p := n.parent
	if p.kind == isList {
		key = p.key
		p = p.parent
	}
	if p == nil {
		return key
	}
	return typeOf(p) + "." + key
}

func sample(n *node) string {
	switch n.kind {
	case isText, isNumber:
		return shorten(n.text)
	case isBool:
		return fmt.Sprint(n.flag)
	}
	for _, key := range []string{"label", "name", "text", "decode"} {
		if c := n.child(key); c != nil && c.kind == isText && strings.TrimSpace(c.text) != "" {
			return shorten(c.text)
		}
	}
	return ""
}

func shorten(s string) string {
	s = line(plainText(s))
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + " …"
	}
	return s
}
