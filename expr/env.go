package expr

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/ext"
)

const (
	// MaxLength is the most characters an expression may have.
	MaxLength = 8000
	// maxCost bounds the work of one evaluation, in CEL's cost units (about one
	// elementary step each), as estimated before it ever runs.
	maxCost = 20_000
	// maxElements is the size assumed of a text or list that is only known at run time.
	maxElements = 64
)

// Env knows the variables that expressions may use. It is safe for concurrent use.
type Env struct {
	vars  map[string]Type
	names []string // sorted, for suggestions
	roots map[string]bool
	cel   *cel.Env
}

// Issue is one thing wrong with an expression. Line counts from 1 and Column
// (in characters) from 1, within the expression's own text.
type Issue struct {
	Line, Column int
	Message      string
	Hint         string // how to mend it; may be empty
	Name         string // the name that does not exist, when that is what is wrong
}

func (i Issue) String() string {
	s := fmt.Sprintf("%d:%d: %s", i.Line, i.Column, i.Message)
	if i.Hint != "" {
		s += ". " + i.Hint
	}
	return s
}

var celTypes = map[Type]*cel.Type{
	Any: cel.DynType, Bool: cel.BoolType, Int: cel.IntType, Double: cel.DoubleType,
	String: cel.StringType, Strings: cel.ListType(cel.StringType),
}

// String names the type as messages do.
func (t Type) String() string {
	return [...]string{"any", "boolean", "whole number", "decimal number", "text", "list of texts"}[min(int(t), 5)]
}

// base is the environment without variables. The standard library is declared
// once for the whole program: that is the slow part.
var base = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewCustomEnv(
		cel.StdLib(),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserExpressionSizeLimit(MaxLength),
		cel.ParserRecursionLimit(60),
		cel.ParserErrorRecoveryLimit(4),
		ext.Math(),
	)
})

// NewEnv declares the variables. A name may be dotted, such as "V3.caps5.total";
// each part is a letter or underscore followed by letters, digits and underscores
// and no reserved word.
func NewEnv(vars map[string]Type) (*Env, error) {
	root, err := base()
	if err != nil {
		return nil, fmt.Errorf("expression environment: %w", err)
	}
	e := &Env{vars: make(map[string]Type, len(vars)), names: make([]string, 0, len(vars)), roots: map[string]bool{}}
	for name, t := range vars {
		if why := NameFault(name); why != "" {
			return nil, fmt.Errorf("variable %q: %s", name, why)
		}
		e.vars[name] = t
		e.names = append(e.names, name)
		first, _, _ := strings.Cut(name, ".")
		e.roots[first] = true
	}
	sort.Strings(e.names)
	options := make([]cel.EnvOption, 0, len(vars))
	for _, name := range e.names {
		options = append(options, cel.Variable(name, celTypes[vars[name]]))
	}
	if e.cel, err = root.Extend(options...); err != nil {
		return nil, fmt.Errorf("expression environment: %w", err)
	}
	return e, nil
}

var reserved = map[string]bool{}

func init() {
	for _, w := range strings.Fields(`as break const continue else false for function if import in let loop
		package namespace null return true var void while
		bool bytes double dyn int list map null_type string type uint duration timestamp math`) {
		reserved[w] = true
	}
}

// NameFault says why a dotted name cannot be a variable, or answers "".
func NameFault(name string) string {
	for part := range strings.SplitSeq(name, ".") {
		if part == "" {
			return "a part of the name is empty"
		}
		for i := 0; i < len(part); i++ {
			c := part[i]
			if !(c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9') {
				return "use letters, digits and underscores, and begin with a letter"
			}
		}
		if reserved[part] {
			return fmt.Sprintf("%q is a reserved word of the expression language", part)
		}
	}
	return ""
}

// Type answers the type of a variable.
func (e *Env) Type(name string) (Type, bool) {
	t, ok := e.vars[name]
	return t, ok
}

// Compile parses and type-checks an expression whose result must be of type
// want. Double also takes an expression of whole numbers; Any takes all. The
// program is nil when there are issues.
func (e *Env) Compile(src string, want Type) (*Program, []Issue) {
	if strings.TrimSpace(src) == "" {
		return nil, one("the expression is empty", "Write a condition, such as pcl5.total >= 31")
	}
	if len(src) > MaxLength {
		return nil, one(fmt.Sprintf("the expression is longer than %d characters", MaxLength), "Split it into scores or several rules")
	}
	parsed, iss := e.cel.Parse(src)
	if iss.Err() != nil {
		return nil, issuesOf(iss, src)
	}
	if unknown := e.unknownNames(parsed.NativeRep()); len(unknown) > 0 {
		return nil, unknown
	}
	checked, iss := e.cel.Check(parsed)
	if iss.Err() != nil {
		return nil, issuesOf(iss, src)
	}
	if issue := resultFits(checked.OutputType(), want); issue != nil {
		return nil, []Issue{*issue}
	}
	estimate, err := e.cel.EstimateCost(checked, sizes{})
	if err != nil || estimate.Max > maxCost {
		return nil, one("the expression could take too long to evaluate", "Avoid loops within loops (exists, all, map, filter) and long lists")
	}
	return newProgram(e, checked, src, want)
}

// sizes bounds texts and lists that are only known at run time.
type sizes struct{}

func (sizes) EstimateSize(cost.AstNode) *cost.SizeEstimate {
	return &cost.SizeEstimate{Min: 0, Max: maxElements}
}

func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

func resultFits(got *cel.Type, want Type) *Issue {
	if want == Any || got.IsExactType(celTypes[want]) || got.IsExactType(cel.DynType) {
		return nil
	}
	if want == Double && (got.IsExactType(cel.IntType) || got.IsExactType(cel.UintType)) {
		return nil
	}
	hint := "Let it give " + article(want.String())
	switch {
	case want == Bool && (got.IsExactType(cel.IntType) || got.IsExactType(cel.DoubleType)):
		hint = "Compare it with a limit, such as ... >= 1"
	case want == Bool && got.IsExactType(cel.StringType):
		hint = `Compare it with a text, such as ... == "yes"`
	case want == Double && got.IsExactType(cel.BoolType):
		hint = "Write condition ? 1.0 : 0.0 for a number, or declare the type boolean"
	}
	return &Issue{Line: 1, Column: 1, Message: fmt.Sprintf("the expression gives %s where %s is needed", typeName(got.String()), article(want.String())), Hint: hint}
}

// one is a single issue with the expression as a whole.
func one(message, hint string) []Issue {
	return []Issue{{Line: 1, Column: 1, Message: message, Hint: hint}}
}

func article(s string) string {
	if strings.IndexByte("aeiou", s[0]) >= 0 {
		return "an " + s
	}
	return "a " + s
}

func typeName(celName string) string {
	switch celName {
	case "bool":
		return "a boolean"
	case "int", "uint":
		return "a whole number"
	case "double":
		return "a decimal number"
	case "string":
		return "a text"
	case "list(string)":
		return "a list of texts"
	}
	return "a " + celName
}

// unknownNames finds the variables that do not exist, with the closest ones that do.
func (e *Env) unknownNames(a *celast.AST) []Issue {
	w := walker{env: e, ast: a, bound: map[string]int{}}
	w.visit(a.Expr())
	return w.issues
}
