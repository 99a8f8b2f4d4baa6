package protocol

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sort"
	"strings"
	"sync"

	"varde/expr"
	"varde/instrument"
)

// Definition is a protocol that was loaded and checked. It never changes and is
// safe for concurrent use; nothing that it hands out may be changed.
type Definition struct {
	Protocol
	Digest      string             // hex SHA-256 over the names and contents of Files
	Files       map[string][]byte  // everything it is made of: FromFiles makes the same definition of them
	Instruments instrument.Library // the instruments it uses

	src         *sources
	visits      map[string]int
	epochs      map[string]int
	arms        map[string]int
	gates       map[string]int
	criteria    map[string][]Criterion
	programs    map[string]*expr.Program
	clocks      map[string]*expr.Program
	responders  map[string]*expr.Program
	unconfirmed func() []Finding
}

// Visit answers the visit of that id.
func (d *Definition) Visit(id string) (*Visit, bool) {
	return lookup(d.Protocol.Visits, d.visits, id)
}

// VisitIndex answers the visit's place in Visits, or -1.
func (d *Definition) VisitIndex(id string) int {
	if i, ok := d.visits[id]; ok {
		return i
	}
	return -1
}

// Epoch answers the epoch of that id.
func (d *Definition) Epoch(id string) (*Epoch, bool) { return lookup(d.Epochs, d.epochs, id) }

// Arm answers the arm of that id.
func (d *Definition) Arm(id string) (*Arm, bool) { return lookup(d.Arms, d.arms, id) }

// Gate answers the eligibility gate of that id.
func (d *Definition) Gate(id string) (*Gate, bool) { return lookup(d.Eligibility.Gates, d.gates, id) }

// Criteria answers the criteria that are decided at a gate, in the order written.
func (d *Definition) Criteria(gate string) []Criterion { return d.criteria[gate] }

// Form answers an instrument that the protocol uses.
func (d *Definition) Form(id string) (*instrument.Compiled, bool) {
	c, ok := d.Instruments[id]
	return c, ok
}

// Program answers the compiled form of an expression that stands in the protocol
// (criteria, checks, conditions of visits and forms, strata, populations,
// subgroups, stopping rules); nil for any other text.
func (d *Definition) Program(src string) *expr.Program { return d.programs[src] }

// Rule answers a rule of the dosing session by its id, nil when there is none.
func (d *Definition) Rule(id string) *Rule {
	if d.Dosing == nil {
		return nil
	}
	for i := range d.Dosing.Rules {
		if d.Dosing.Rules[i].ID == id {
			return &d.Dosing.Rules[i]
		}
	}
	return nil
}

// ClockProgram answers the condition of a safety clock. Its variables are the
// bare items and scores of the adverse event form.
func (d *Definition) ClockProgram(id string) *expr.Program { return d.clocks[id] }

// ResponderProgram answers the condition of a responder definition. Its
// variables are base, value, change and the bare items and scores of the
// endpoint's form at the visit.
func (d *Definition) ResponderProgram(id string) *expr.Program { return d.responders[id] }

// MatchInteractions answers the rows of the medication table that a medicine
// falls under, by generic name (in any case, alone or as the first words before a
// strength or salt, such as "sertraline 50 mg") or by ATC code prefix; in the
// order of the table.
func (d *Definition) MatchInteractions(name, atc string) []Interaction {
	name = " " + strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !isNameRune(r) }), " ") + " "
	atc = strings.ToUpper(strings.TrimSpace(atc))
	var out []Interaction
	for _, x := range d.Interactions {
		byName := slices.ContainsFunc(x.Examples, func(e string) bool {
			e = strings.Join(strings.FieldsFunc(strings.ToLower(e), func(r rune) bool { return !isNameRune(r) }), " ")
			return e != "" && strings.Contains(name, " "+e+" ")
		})
		byCode := atc != "" && slices.ContainsFunc(x.ATC, func(p string) bool { return p != "" && strings.HasPrefix(atc, strings.ToUpper(p)) })
		if byName || byCode {
			out = append(out, x)
		}
	}
	return out
}

func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r > 127
}

// Unconfirmed lists every value that still has to be confirmed by the approving
// site: each Confirm mark of the protocol and of the instruments it uses that no
// entry of `confirmed` closes. Path is the mark's reference.
func (d *Definition) Unconfirmed() []Finding { return slices.Clone(d.unconfirmed()) }

func lookup[T any](list []T, index map[string]int, id string) (*T, bool) {
	i, ok := index[id]
	if !ok {
		return nil, false
	}
	return &list[i], true
}

func indexBy[T any](list []T, id func(*T) string) map[string]int {
	m := make(map[string]int, len(list))
	for i := range list {
		if _, taken := m[id(&list[i])]; !taken {
			m[id(&list[i])] = i
		}
	}
	return m
}

func newDefinition(p Protocol, src *sources) *Definition {
	d := &Definition{Protocol: p, src: src, Instruments: instrument.Library{}}
	d.visits = indexBy(p.Visits, func(v *Visit) string { return v.ID })
	d.epochs = indexBy(p.Epochs, func(e *Epoch) string { return e.ID })
	d.arms = indexBy(p.Arms, func(a *Arm) string { return a.ID })
	d.gates = indexBy(p.Eligibility.Gates, func(g *Gate) string { return g.ID })
	d.criteria = map[string][]Criterion{}
	for _, c := range p.Eligibility.Criteria {
		d.criteria[c.Gate] = append(d.criteria[c.Gate], c)
	}
	d.programs = map[string]*expr.Program{}
	d.clocks = map[string]*expr.Program{}
	d.responders = map[string]*expr.Program{}
	d.unconfirmed = sync.OnceValue(func() []Finding { return d.openMarks() })
	return d
}

// digest is the SHA-256 over every file's name and content, each preceded by its
// length, in the order of the names.
func digest(files map[string][]byte) string {
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	h := sha256.New()
	write := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	for _, n := range names {
		write([]byte(n))
		write(files[n])
	}
	return hex.EncodeToString(h.Sum(nil))
}
