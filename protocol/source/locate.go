package source

import (
	"strconv"
	"strings"
)

// Locate answers the node at a path such as "visits[3].before", or the deepest
// node on the way to it that is there. The place is the key's for a value that is
// a mapping or list, and the value's own for a scalar.
func (n *Node) Locate(path string) (at *Node, line, column int) {
	at = n
	if n == nil {
		return nil, 1, 1
	}
	line, column = n.Line, n.Column
	for path != "" {
		var step string
		step, path = nextStep(path)
		next, l, c, ok := at.step(step)
		if !ok {
			return at, line, column
		}
		at, line, column = next, l, c
	}
	return at, line, column
}

func nextStep(path string) (step, rest string) {
	if path[0] == '[' {
		if end := strings.IndexByte(path, ']'); end > 0 {
			return path[:end+1], strings.TrimPrefix(path[end+1:], ".")
		}
		return path, ""
	}
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		return path, ""
	}
	return path[:end], strings.TrimPrefix(path[end:], ".")
}

func (n *Node) step(step string) (next *Node, line, column int, ok bool) {
	if index, isIndex := strings.CutPrefix(step, "["); isIndex {
		i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil || n.Kind != Seq || i < 0 || i >= len(n.Values) {
			return nil, 0, 0, false
		}
		next = n.Values[i]
		return next, next.Line, next.Column, true
	}
	next, key, ok := n.Get(step)
	if !ok {
		return nil, 0, 0, false
	}
	if next.Kind == Scalar && !(next.Text == "" && next.Style == Plain) {
		return next, next.Line, next.Column, true
	}
	return next, key.Line, key.Column, true
}
