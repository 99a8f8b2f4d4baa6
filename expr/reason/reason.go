// Package reason decides things about conditions before anybody has a value: can one
// ever be true, can two be true of the same person, does one follow from another.
//
// For every variable a few values are tried that stand for all it can have: the codes
// of a choice; yes and no; of a number each constant that it is compared with, a point
// between two of them, and one beyond each end. Values that no comparison can tell
// apart are tried once. The conditions are run on all combinations by the very
// programs that decide in a study, with three-valued answers. Where values cannot
// stand for all (arithmetic over decimal numbers, functions of texts) or there are too
// many combinations, the answer is Undecided and never a guess.
//
// The combinations may hold some that no person can have, since what items have to do
// with one another is known only as far as the space tells. So Impossible is a proof
// for every person; Possible is an example, which may be of nobody.
package reason

import "varde/expr"

// Variable is what is known of a value before anybody has one.
type Variable struct {
	Name string
	Type expr.Type
	// Min and Max bound a number. Unless Hard, a value just outside is tried as well:
	// a measurement outside of its plausible range is kept.
	Min, Max *float64
	Hard     bool
	// Codes are the only values of a choice (string or int64) or of a fact that is fixed
	// (bool), or what a list of texts is made of.
	Codes []any
	// Asked is the condition under which the value is collected at all; nil = always.
	Asked *Condition
}

// Space answers what is known of variables.
type Space struct {
	// Of answers what is known of a variable by its name; ok is false when nothing is.
	Of func(name string) (v Variable, ok bool)
	// Budget is how many combinations may still be tried in all questions together; it
	// goes down with each, and at nothing all further answers are Undecided. nil = any.
	Budget *int
}

// Verdict is the answer of a question to a space.
type Verdict uint8

const (
	Undecided  Verdict = iota // cannot be decided by trying values
	Impossible                // of no combination: a proof
	Possible                  // of at least one combination
)

// Demand is what a condition is asked to answer.
type Demand struct {
	Condition *Condition
	Truth     expr.Truth
	Not       bool // any answer but Truth
}

// Is demands one answer of a condition.
func Is(c *Condition, t expr.Truth) Demand { return Demand{Condition: c, Truth: t} }

// IsNot demands any other answer of a condition.
func IsNot(c *Condition, t expr.Truth) Demand { return Demand{Condition: c, Truth: t, Not: true} }

func (d Demand) met(v expr.Vars) bool {
	t, err := d.Condition.program.Test(renamed{v, d.Condition.as})
	if err != nil {
		t = expr.Unknown
	}
	return (t == d.Truth) != d.Not
}

// MostCombinations bounds the work of one question.
const MostCombinations = 4096

// Can answers whether some combination of values meets all the demands, and an example.
func (s Space) Can(demands ...Demand) (Verdict, map[string]any) {
	if s.Budget != nil && *s.Budget <= 0 {
		return Undecided, nil
	}
	p, ok := s.product(demands)
	if !ok {
		return Undecided, nil
	}
	cost := 0
	for _, d := range demands {
		cost += d.Condition.cost
	}
	for {
		if s.Budget != nil {
			if *s.Budget -= cost; *s.Budget < 0 {
				return Undecided, nil
			}
		}
		if p.meets(demands) {
			return Possible, p.example()
		}
		if !p.next() {
			return Impossible, nil
		}
	}
}

// Never says that the condition is proven to be true of nobody.
func (s Space) Never(c *Condition) bool { return s.impossible(Is(c, expr.True)) }

// Always says that the condition is proven to be true of everybody whose values are
// collected.
func (s Space) Always(c *Condition) bool { return s.impossible(IsNot(c, expr.True)) }

// Implies says that b is proven to be true of everybody of whom a is.
func (s Space) Implies(a, b *Condition) bool {
	return s.impossible(Is(a, expr.True), IsNot(b, expr.True))
}

// Contradict says that a and b are proven never to be true of the same person.
func (s Space) Contradict(a, b *Condition) bool {
	return s.impossible(Is(a, expr.True), Is(b, expr.True))
}

func (s Space) impossible(demands ...Demand) bool {
	v, _ := s.Can(demands...)
	return v == Impossible
}
