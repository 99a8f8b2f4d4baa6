package usdm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a file. The published example has one megabyte, 21,000 values and 12 levels.
const (
	maxBytes = 32 << 20
	maxNodes = 1_000_000
	maxDepth = 64
)

type nodeKind uint8

const (
	isNull nodeKind = iota
	isText
	isNumber
	isBool
	isObject
	isList
)

// node is one value of the file. It knows where it stands, and whether the import has
// used it: what nobody used is told to the reader.
type node struct {
	parent   *node
	key      string // in an object
	index    int    // in a list
	kind     nodeKind
	text     string // of a text or number
	flag     bool
	children []*node
	used     bool
}

// pointer is the node's place as a JSON pointer (RFC 6901).
func (n *node) pointer() string {
	if n.parent == nil {
		return ""
	}
	part := n.key
	if n.parent.kind == isList {
		part = strconv.Itoa(n.index)
	}
	return n.parent.pointer() + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(part)
}

// child answers a member of an object, nil when it is absent or null.
func (n *node) child(key string) *node {
	if n == nil || n.kind != isObject {
		return nil
	}
	for _, c := range n.children {
		if c.key == key && c.kind != isNull {
			return c
		}
	}
	return nil
}

// reader builds the tree from tokens, without recursion in the decoder.
type reader struct {
	dec   *json.Decoder
	nodes int
	open  *node // the value being read, for what is said when the file ends too early
}

// parse reads one JSON value within the limits.
func parse(in io.Reader) (*node, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("the file is larger than %d MB: a study definition has about one", maxBytes>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("the file is empty")
	}
	if !utf8.Valid(data) {
		return nil, errors.New("the file is not UTF-8 text: JSON is always UTF-8")
	}
	r := &reader{dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	root, err := r.value(nil, "", 0, 1)
	if err != nil {
		return nil, r.explain(err)
	}
	if _, err := r.dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("something stands after the end of the JSON value, at byte %d", r.dec.InputOffset())
	}
	return root, nil
}

// explain says where reading stopped.
func (r *reader) explain(err error) error {
	var f *Fault
	if errors.As(err, &f) {
		return err
	}
	at := "/"
	if r.open != nil && r.open.parent != nil {
		at = r.open.pointer()
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &Fault{at, fmt.Sprintf("the file ends in the middle of this, at byte %d: is it complete?", r.dec.InputOffset())}
	}
	return &Fault{at, fmt.Sprintf("this is not JSON, near byte %d: %v", r.dec.InputOffset(), err)}
}

func (r *reader) value(parent *node, key string, index, depth int) (*node, error) {
	t, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &node{parent: parent, key: key, index: index}
	r.open = n
	if r.nodes++; r.nodes > maxNodes {
		return nil, &Fault{n.pointer(), fmt.Sprintf("the file holds more than %d values: a study definition has some ten thousand", maxNodes)}
	}
	switch t := t.(type) {
	case nil:
	case string:
		n.kind, n.text = isText, t
	case json.Number:
		n.kind, n.text = isNumber, t.String()
	case bool:
		n.kind, n.flag = isBool, t
	case json.Delim:
		if depth > maxDepth {
			return nil, &Fault{n.pointer()[:min(200, len(n.pointer()))], fmt.Sprintf("values are nested more than %d deep", maxDepth)}
		}
		if t == '{' {
			n.kind = isObject
			return n, r.members(n, depth)
		}
		n.kind = isList
		return n, r.elements(n, depth)
	}
	return n, nil
}

func (r *reader) members(n *node, depth int) error {
	seen := map[string]bool{}
	for r.dec.More() {
		t, err := r.dec.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		c, err := r.value(n, key, 0, depth+1)
		if err != nil {
			return err
		}
		if seen[key] {
			return &Fault{c.pointer(), "this stands twice in the same object"}
		}
		seen[key] = true
		n.children = append(n.children, c)
		r.open = n
	}
	_, err := r.dec.Token()
	return err
}

func (r *reader) elements(n *node, depth int) error {
	for r.dec.More() {
		c, err := r.value(n, "", len(n.children), depth+1)
		if err != nil {
			return err
		}
		n.children = append(n.children, c)
		r.open = n
	}
	_, err := r.dec.Token()
	return err
}
