package source

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// tooLong bounds lines before the file is split into tokens.
func tooLong(data []byte) *Fault {
	lines, blank := 0, 0
	for line := range bytes.Lines(data) {
		lines++
		if len(bytes.TrimSpace(line)) > 0 {
			blank = 0
		} else if blank++; blank > maxBlank {
			return &Fault{Code: "V007", Line: lines, Column: 1, Message: fmt.Sprintf("there are more than %d empty lines in a row", maxBlank), Fix: "Delete them"}
		}
		if lines > maxLines {
			return &Fault{Code: "V007", Line: lines, Column: 1, Message: fmt.Sprintf("the file has more than %d lines", maxLines), Fix: "Split it into several files"}
		}
	}
	return nil
}

// gate looks at the tokens before the parser recurses over them.
type gate struct {
	faults []Fault
	flow   []brace  // open { and [
	block  []column // open block mappings
}

type column struct{ at, keys int }

type brace struct {
	mapping bool
	keys    int
}

// refused finds what is not read at all, and what is nested or long beyond reason.
func refused(tokens token.Tokens) []Fault {
	g := gate{}
	for _, t := range tokens {
		if !g.look(t) {
			break
		}
	}
	return g.faults
}

func (g *gate) fault(code string, t *token.Token, message, fix string) {
	g.faults = append(g.faults, Fault{Code: code, Line: max(1, t.Position.Line), Column: max(1, t.Position.Column), Message: message, Fix: fix})
}

// look answers false when there is no use in looking further.
func (g *gate) look(t *token.Token) bool {
	deep := false
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		g.flow = append(g.flow, brace{mapping: t.Type == token.MappingStartType})
		deep = len(g.flow) > MaxDepth
	case token.SequenceEndType, token.MappingEndType:
		if len(g.flow) > 0 {
			g.flow = g.flow[:len(g.flow)-1]
		}
	case token.SequenceEntryType:
		deep = t.Position.Column > maxColumn
		g.closeBlocks(t.Position.Column)
	case token.CollectEntryType:
		if n := len(g.flow); n > 0 && g.flow[n-1].mapping {
			g.flow[n-1].keys++
			return g.fewKeys(t, g.flow[n-1].keys)
		}
	case token.MappingValueType:
		if len(g.flow) == 0 && !g.fewKeys(t, g.key(t)) {
			return false
		}
		deep = len(g.block) > MaxDepth
	case token.AnchorType, token.AliasType, token.MergeKeyType:
		g.fault("V006", t, "anchors (&), aliases (*) and merge keys (<<) are not read", "Write the value out: what is signed must stand there")
	case token.TagType:
		g.fault("V006", t, "tags (!) are not read", "Remove the tag; put a text in quotes")
	case token.MappingKeyType:
		g.fault("V006", t, "keys with a question mark are not read", "Write the key, a colon and the value; put a text that begins with ? in quotes")
	case token.DirectiveType:
		g.fault("V006", t, "directives (%) are not read", "Remove the line; put a text that begins with % in quotes")
	case token.InvalidType:
		message := t.Error
		if message == "" {
			message = "there is a character that YAML does not allow here"
		}
		g.fault("V001", t, message, syntaxFix(message))
		return false
	}
	if deep {
		g.fault("V007", t, fmt.Sprintf("the file is nested more than %d deep", MaxDepth), "No part of the language is so deep: check brackets and indentation")
		return false
	}
	return len(g.faults) < 20
}

func (g *gate) fewKeys(t *token.Token, n int) bool {
	if n > maxKeys {
		g.fault("V007", t, fmt.Sprintf("a mapping has more than %d keys", maxKeys), "No part of the language has so many: write a list")
	}
	return n <= maxKeys
}

// key counts a key of the block mapping that is open at its place.
func (g *gate) key(t *token.Token) int {
	at := t.Position.Column
	if t.Prev != nil && t.Prev.Position.Line == t.Position.Line {
		at = t.Prev.Position.Column
	}
	g.closeBlocks(at)
	if n := len(g.block); n == 0 || g.block[n-1].at < at {
		g.block = append(g.block, column{at: at})
	}
	top := &g.block[len(g.block)-1]
	top.keys++
	return top.keys
}

// closeBlocks closes the mappings that stand further to the right.
func (g *gate) closeBlocks(at int) {
	for len(g.block) > 0 && g.block[len(g.block)-1].at > at {
		g.block = g.block[:len(g.block)-1]
	}
}
