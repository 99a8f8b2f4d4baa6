package study

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"varde/protocol"
)

// A medicine is written down as people write: in capitals, with a strength, in Norwegian
// spelling ("sertralin", "fluoksetin"), with an accent. The table is in English. Both are
// brought to one spelling before they are compared, and what still is not recognised is
// said to be so: a person looks it up.

// sounds are spellings of the same sound in the names of substances, in the order in
// which they are replaced.
var sounds = strings.NewReplacer("ph", "f", "th", "t", "ch", "k", "ck", "k", "cz", "s", "ce", "se", "ci", "si", "cy", "si", "c", "k", "x", "ks", "qu", "k", "q", "k",
	"æ", "e", "ae", "e", "oe", "e", "ø", "e", "ö", "e", "ä", "e", "å", "a", "y", "i", "z", "s", "w", "v", "j", "i", "-", "")

// spelling answers a word in the spelling in which words are compared.
func spelling(word string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(sounds.Replace(strings.ToLower(norm.NFC.String(word)))) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	var out []rune
	for _, r := range b.String() {
		if n := len(out); n == 0 || out[n-1] != r || unicode.IsDigit(r) {
			out = append(out, r)
		}
	}
	for len(out) > 4 && (out[len(out)-1] == 'e' || out[len(out)-1] == 'h') {
		out = out[:len(out)-1] // sertraline, sertralin
	}
	return string(out)
}

// spelled answers the words of a name, each in the spelling for comparing, between blanks.
func spelled(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && r != '-'
	})
	out := words[:0]
	for _, w := range words {
		if s := spelling(w); s != "" {
			out = append(out, s)
		}
	}
	return " " + strings.Join(out, " ") + " "
}

// table is the medication table of a definition in the spelling for comparing, with what
// was asked of it lately: the same medicines are held against it at every step.
type table struct {
	examples [][]string // by row

	mu   sync.Mutex
	kept map[asked][]protocol.Interaction
}

type asked struct{ name, atc string }

// keptMatches bounds what a table remembers.
const keptMatches = 4096

var tables sync.Map // *protocol.Definition -> *table; a definition never changes

func tableOf(def *protocol.Definition) *table {
	if t, ok := tables.Load(def); ok {
		return t.(*table)
	}
	t := &table{examples: make([][]string, len(def.Interactions)), kept: map[asked][]protocol.Interaction{}}
	for i, x := range def.Interactions {
		for _, e := range x.Examples {
			if s := spelled(e); strings.TrimSpace(s) != "" {
				t.examples[i] = append(t.examples[i], s)
			}
		}
	}
	kept, _ := tables.LoadOrStore(def, t)
	return kept.(*table)
}

// MatchMedicine answers the rows of the protocol's medication table that a medicine falls
// under, by name in whatever spelling or by ATC code, in the order of the table. What it
// answers must not be changed.
func MatchMedicine(def *protocol.Definition, name, atc string) []protocol.Interaction {
	t, q := tableOf(def), asked{name, atc}
	t.mu.Lock()
	out, known := t.kept[q]
	t.mu.Unlock()
	if known {
		return out
	}
	out = t.match(def, q)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.kept) >= keptMatches {
		clear(t.kept)
	}
	t.kept[q] = out
	return out
}

func (t *table) match(def *protocol.Definition, q asked) []protocol.Interaction {
	exact := def.MatchInteractions(q.name, q.atc)
	words := spelled(q.name)
	var out []protocol.Interaction
	for i, x := range def.Interactions {
		if slices.ContainsFunc(exact, func(e protocol.Interaction) bool { return e.ID == x.ID }) ||
			slices.ContainsFunc(t.examples[i], func(e string) bool { return strings.Contains(words, e) }) {
			out = append(out, x)
		}
	}
	return out
}

// atcForm is a whole ATC code: it names one substance.
var atcForm = regexp.MustCompile(`^[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}$`)

// WholeATC says that the text is a whole ATC code.
func WholeATC(s string) bool { return atcForm.MatchString(strings.ToUpper(strings.TrimSpace(s))) }
