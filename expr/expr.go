// Package expr is the expression language of protocols and instruments: CEL,
// type-checked when it is loaded, with three-valued answers, so that a criterion
// over a value nobody has collected yet is unknown, and not false.
package expr

// Type of a variable or result.
type Type uint8

const (
	Any     Type = iota
	Bool         // bool
	Int          // int64
	Double       // float64
	String       // string
	Strings      // []string
)

// Truth is the answer of a condition.
type Truth int8

const (
	Unknown Truth = iota // a value it needs is not collected
	False
	True
)

// Vars gives the values of variables. A value that is not collected answers
// ok = false. Values are bool, int64, float64, string or []string.
type Vars interface {
	Var(name string) (value any, ok bool)
}
