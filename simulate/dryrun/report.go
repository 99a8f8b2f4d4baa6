package dryrun

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Report is what a dry run found.
type Report struct {
	Protocol string     `json:"protocol"`
	Version  string     `json:"version"`
	Digest   string     `json:"digest"`
	Seed     uint64     `json:"seed"`
	Lives    int        `json:"lives"`
	Commands int        `json:"commands"` // given, of which many are refused
	Promises []Promise  `json:"promises"`
	Found    []string   `json:"found"`  // broken promises, each with the line of the protocol that it concerns
	Broken   []Story    `json:"broken"` // those that are told as stories
	More     int        `json:"more"`   // broken promises beyond those that are told
	Coverage []Coverage `json:"coverage"`
	Never    []Branch   `json:"never"` // branches of the protocol to which nobody ever came

	w     *world
	count []int // lives that came to each branch
	first map[string]*life
	order []string
}

// Coverage counts the branches of one group.
type Coverage struct {
	Of      string `json:"of"`
	Reached int    `json:"reached"`
	All     int    `json:"all"`
	// Branches with the number of lives that came there.
	Branches []Reached `json:"branches"`
}

// Reached is one branch with the number of lives that came there.
type Reached struct {
	Key   string `json:"branch"`
	Lives int    `json:"lives"`
}

func newReport(w *world) *Report {
	return &Report{Protocol: w.def.ID, Version: w.def.Version, Digest: w.def.Digest, Seed: w.cfg.Seed, Lives: w.cfg.Lives, Promises: Promises,
		Found: []string{}, Broken: []Story{}, Never: []Branch{}, w: w, count: make([]int, len(w.branches.list)), first: map[string]*life{}}
}

// take counts a life, and answers whether it came to something new.
func (r *Report) take(f found) bool {
	fresh := false
	for _, i := range f.life.marks.hit {
		fresh = fresh || r.count[i] == 0
		r.count[i]++
	}
	r.Commands += f.steps
	if b := f.life.broken; b != nil {
		if old, known := r.first[b.key()]; !known {
			r.first[b.key()] = f.life
			r.order = append(r.order, b.key())
		} else if f.life.last != nil && (old.last == nil || f.life.last.n < old.last.n) {
			r.first[b.key()] = f.life // a shorter one to begin with
		}
	}
	return fresh
}

// Sound says that no promise was broken.
func (r *Report) Sound() bool { return len(r.Found) == 0 }

// Grave are the branches without which the protocol cannot be carried out as meant.
func (r *Report) Grave() []Branch {
	var out []Branch
	for _, b := range r.Never {
		if b.Grave {
			out = append(out, b)
		}
	}
	return out
}

// whole groups of the program, not of the protocol: that nobody comes there says
// nothing against a protocol.
func ofProgram(of string) bool { return of == "refusal" || of == "command" }

func (r *Report) finish() {
	groups := map[string]int{}
	for i, b := range r.w.branches.list {
		g, ok := groups[b.Of]
		if !ok {
			g = len(r.Coverage)
			groups[b.Of] = g
			r.Coverage = append(r.Coverage, Coverage{Of: b.Of})
		}
		c := &r.Coverage[g]
		c.All++
		c.Branches = append(c.Branches, Reached{b.Key, r.count[i]})
		if r.count[i] > 0 {
			c.Reached++
		} else if !ofProgram(b.Of) {
			r.Never = append(r.Never, b)
		}
	}
	r.order = order(r.order)
	r.Found = append(r.Found, r.order...)
	for i, key := range r.order {
		if i >= r.w.cfg.Stories {
			r.More++
			continue
		}
		r.Broken = append(r.Broken, r.w.storyOf(r.w.shrunk(r.first[key])))
	}
}

// order puts what harms a participant first, as Promises do.
func order(keys []string) []string {
	rank := func(key string) int {
		id, _, _ := strings.Cut(key, " ")
		return slices.IndexFunc(Promises, func(p Promise) bool { return p.ID == id })
	}
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return keys
}

// JSON writes the report.
func (r *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// Text tells the report to people, in "en" or "nb".
func (r *Report) Text(w io.Writer, lang string) error {
	p := &printer{w: w, lang: lang}
	p.say(text("%s %s: %d virtual participants, %d commands, seed %d", "%s %s: %d virtuelle deltakere, %d kommandoer, frø %d", r.Protocol, r.Version, r.Lives, r.Commands, r.Seed))
	if r.Sound() {
		p.say(text("None of %d promises was broken.", "Ingen av %d løfter ble brutt.", len(r.Promises)))
	}
	for _, s := range r.Broken {
		p.line("")
		s.text(p)
	}
	if r.More > 0 {
		p.say(text("%d more broken promises are not told.", "%d brutte løfter til er ikke fortalt.", r.More))
	}
	p.line("")
	p.say(text("Reached, by kind:", "Nådd, etter slag:"))
	for _, c := range r.Coverage {
		p.line(fmt.Sprintf("  %-12s %4d / %d", c.Of, c.Reached, c.All))
	}
	if len(r.Never) > 0 {
		p.line("")
		p.say(text("Never reached in %d lives:", "Aldri nådd i %d liv:", r.Lives))
	}
	for _, b := range r.Never {
		mark := " "
		if b.Grave {
			mark = "!"
		}
		p.line("  " + mark + " " + b.Key + ": " + b.Text.In(lang))
	}
	if len(r.Grave()) > 0 {
		p.say(text("Lines marked ! are ones that the protocol cannot do without.", "Linjer merket ! er slike protokollen ikke klarer seg uten."))
	}
	return p.err
}

type printer struct {
	w    io.Writer
	lang string
	err  error
}

func (p *printer) line(s string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, s)
	}
}

func (p *printer) say(t Text) { p.line(t.In(p.lang)) }
