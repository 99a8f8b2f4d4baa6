// Package source reads one YAML file into a tree that remembers where everything
// stands, and decodes the tree strictly into Go values. It reads the part of YAML
// that a person can check by eye: mappings, lists, texts, numbers, true and
// false. Anchors, aliases, merge keys, tags and several documents in one file are
// refused, and so is what YAML reads differently from how it looks (012, 1_000, yes).
//
// Every fault is reported with its place; reading goes on after a fault, so that
// all are found at once. No input panics, and size and depth are bounded.
package source

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// MaxBytes is the size limit of one file.
	MaxBytes = 5 << 20
	// MaxDepth is how deep mappings and lists may be nested.
	MaxDepth = 32
	// The YAML library takes time with the square of these, so they are bounded
	// far above what any protocol has and far below what hurts.
	maxLines = 50_000
	maxBlank = 50    // empty lines in a row
	maxKeys  = 1_000 // keys of one mapping
	// maxColumn bounds how far to the right nested list entries may begin.
	maxColumn = 8 * MaxDepth
)

// Kind of a node.
type Kind uint8

const (
	Scalar Kind = iota
	Map
	Seq
)

// Style a scalar is written in.
type Style uint8

const (
	Plain Style = iota
	Quoted
	Block // | or >
)

// Node is a value in the file.
type Node struct {
	Kind         Kind
	Style        Style
	Text         string // scalar
	Line, Column int    // from 1
	Keys         []Key  // map
	Values       []*Node
}

// Key of a mapping.
type Key struct {
	Name         string
	Line, Column int
}

// Fault is one thing wrong in a file.
type Fault struct {
	Code         string
	Line, Column int
	Path         string // such as "visits[3].before"; may be empty
	Message, Fix string
	Warning      bool // doubtful, but read
}

// Parse reads a file. The tree is nil when nothing could be read.
func Parse(data []byte) (root *Node, faults []Fault) {
	defer func() {
		// The YAML library is not ours: whatever it stumbles over is a fault of the file.
		if r := recover(); r != nil {
			root, faults = nil, []Fault{{Code: "V001", Line: 1, Column: 1, Message: "the file cannot be read as YAML", Fix: "Simplify its layout"}}
		}
	}()
	if len(data) > MaxBytes {
		return nil, []Fault{{Code: "V007", Line: 1, Column: 1, Message: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), MaxBytes), Fix: "Split it into several files"}}
	}
	if f := badBytes(data); f != nil {
		return nil, []Fault{*f}
	}
	if f := tooLong(data); f != nil {
		return nil, []Fault{*f}
	}
	tokens := lexer.Tokenize(string(data))
	if faults := refused(tokens); len(faults) > 0 {
		return nil, faults
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, []Fault{syntaxFault(err)}
	}
	r := reader{}
	var body ast.Node
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if body != nil {
			r.fault("V001", d.Body.GetToken(), "the file holds more than one YAML document", "Remove the --- line or split the file")
			break
		}
		body = d.Body
	}
	if body == nil {
		return nil, append(r.faults, Fault{Code: "V001", Line: 1, Column: 1, Message: "the file is empty", Fix: "Delete it or write its content"})
	}
	root = r.node(body, 0)
	return root, r.faults
}

func badBytes(data []byte) *Fault {
	line, col := 1, 1
	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		switch {
		case c == utf8.RuneError && n == 1:
			return &Fault{Code: "V001", Line: line, Column: col, Message: "the file is not UTF-8 text", Fix: "Save it as UTF-8"}
		case c < ' ' && c != '\n' && c != '\t' && !(c == '\r' && i+1 < len(data) && data[i+1] == '\n') || c == 0x7f:
			return &Fault{Code: "V001", Line: line, Column: col, Message: fmt.Sprintf("there is a control character (U+%04X)", c), Fix: "Delete it"}
		}
		if c == '\n' {
			line, col = line+1, 0
		}
		i, col = i+n, col+1
	}
	return nil
}

func syntaxFault(err error) Fault {
	f := Fault{Code: "V001", Line: 1, Column: 1, Message: "the file cannot be read as YAML"}
	var e yaml.Error
	if errors.As(err, &e) {
		f.Message = e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			f.Line, f.Column = max(1, t.Position.Line), max(1, t.Position.Column)
		}
	}
	f.Fix = syntaxFix(f.Message)
	return f
}

func syntaxFix(message string) string {
	switch {
	case strings.Contains(message, "tab"):
		return "Indent with spaces, not tabs"
	case strings.Contains(message, "mapping value is not allowed"):
		return "Put a text that has a colon in it in quotes"
	case strings.Contains(message, "end character"):
		return "Close the quotes"
	case strings.Contains(message, "must be specified"):
		return "Close the bracket"
	}
	return "Check indentation, quotes and brackets near this place"
}

type reader struct{ faults []Fault }

func (r *reader) fault(code string, t *token.Token, message, fix string) {
	f := Fault{Code: code, Line: 1, Column: 1, Message: message, Fix: fix}
	if t != nil && t.Position != nil {
		f.Line, f.Column = max(1, t.Position.Line), max(1, t.Position.Column)
	}
	r.faults = append(r.faults, f)
}

// node makes our node of the library's; an unreadable one becomes nil and a fault.
func (r *reader) node(n ast.Node, depth int) *Node {
	if n == nil {
		return nil
	}
	t := n.GetToken()
	if depth > MaxDepth {
		r.fault("V007", t, fmt.Sprintf("the file is nested more than %d deep", MaxDepth), "No part of the language is so deep: check the indentation")
		return nil
	}
	out := &Node{Line: 1, Column: 1}
	if t != nil && t.Position != nil {
		out.Line, out.Column = max(1, t.Position.Line), max(1, t.Position.Column)
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		r.mapping(out, n.Values, depth)
	case *ast.MappingValueNode:
		r.mapping(out, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		out.Kind = Seq
		for _, v := range n.Values {
			if c := r.node(v, depth+1); c != nil {
				out.Values = append(out.Values, c)
			}
		}
	case *ast.StringNode:
		out.Text = n.Value
		if n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType {
			out.Style = Quoted
		}
	case *ast.LiteralNode:
		out.Style = Block
		if n.Value != nil {
			out.Text = n.Value.Value
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.Text = t.Value
	case *ast.NullNode:
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		r.fault("V006", t, "anchors (&), aliases (*) and merge keys (<<) are not read", "Write the value out: what is signed must stand there")
		return nil
	case *ast.TagNode:
		r.fault("V006", t, "tags (!) are not read", "Remove the tag; put a text in quotes")
		return nil
	default:
		r.fault("V006", t, "this form of YAML is not read", "Use mappings, lists, texts, numbers, true and false")
		return nil
	}
	return out
}

func (r *reader) mapping(out *Node, values []*ast.MappingValueNode, depth int) {
	out.Kind = Map
	first := map[string]Key{}
	for i, v := range values {
		name, ok := "", false
		t := v.GetToken()
		if v.Key != nil {
			t = v.Key.GetToken()
			name, ok = keyName(v.Key)
		}
		if !ok {
			r.fault("V006", t, "this kind of key is not read", "Keys are plain words; aliases, merge keys (<<) and ? keys are not read")
			continue
		}
		key := Key{Name: name, Line: max(1, t.Position.Line), Column: max(1, t.Position.Column)}
		if i == 0 && out.Column != key.Column && !strings.HasPrefix(firstToken(values), "{") {
			out.Line, out.Column = key.Line, key.Column
		}
		if was, twice := first[name]; twice {
			r.fault("V005", t, fmt.Sprintf("the key %q is already there in line %d", name, was.Line), "Keep one of them")
			continue
		}
		first[name] = key
		value := r.node(v.Value, depth+1)
		if value == nil {
			continue
		}
		out.Keys = append(out.Keys, key)
		out.Values = append(out.Values, value)
	}
}

func firstToken(values []*ast.MappingValueNode) string {
	if p := values[0].Key.GetToken().Prev; p != nil {
		return p.Value
	}
	return ""
}

func keyName(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode, *ast.NullNode:
		return k.GetToken().Value, true
	}
	return "", false
}

// Get answers the value of a key.
func (n *Node) Get(name string) (*Node, Key, bool) {
	if n != nil && n.Kind == Map {
		for i, k := range n.Keys {
			if k.Name == name {
				return n.Values[i], k, true
			}
		}
	}
	return nil, Key{}, false
}

// Within answers the place of a character of a scalar's text, given by line and
// column within the text. In a folded or escaped text the place is that of the scalar.
func (n *Node) Within(line, column int, data []byte) (int, int) {
	switch {
	case line < 1 || n.Kind != Scalar:
	case n.Style == Block:
		lines := strings.Split(string(data), "\n")
		if at := n.Line + line - 1; at < len(lines) {
			s := lines[at]
			indent := len(s) - len(strings.TrimLeft(s, " "))
			return at + 1, indent + column
		}
	case line == 1 && n.Style == Quoted:
		return n.Line, n.Column + column
	case line == 1:
		return n.Line, n.Column + column - 1
	}
	return n.Line, n.Column
}
