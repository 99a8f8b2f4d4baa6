package reason

import (
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"

	"varde/expr"
)

// Condition is a compiled condition with what its text compares.
type Condition struct {
	Comparisons []Comparison
	Meetings    []Meeting
	Divisions   []Division

	program *expr.Program
	as      map[string]string // name in the text -> name in the space
	names   []string          // in the space, each once
	free    map[string]bool   // names used in another way than in a Comparison
	cost    int               // of one evaluation, 1 for a short condition
}

// Comparison is one variable against constants, such as sbp >= 140 or x in ["a", "b"].
// A boolean that stands by itself is no comparison with a constant: Op is "".
type Comparison struct {
	Name         string // in the space
	Op           string // "==", "!=", "<", "<=", ">", ">=", "in", "has" (constant in list), "" (itself)
	Constants    []any  // int64, float64, string, bool
	Negated      bool   // stands under an odd number of negations
	Line, Column int    // in the condition's text, from 1
}

// Meeting is two variables of which one is compared with, added to or subtracted from
// the other.
type Meeting struct {
	Left, Right  string
	Op           string
	Line, Column int
}

// grammar reads what package expr has compiled.
var grammar = sync.OnceValues(func() (*parser.Parser, error) {
	return parser.NewParser(parser.Macros(parser.AllMacros...), parser.MaxRecursionDepth(100), parser.EnablePrattParser(true))
})

// Division is one variable divided by a whole constant: when the variable is a whole
// number as well, the result is cut off.
type Division struct {
	Name         string
	By           int64
	Line, Column int
}

// New reads a program's text. as gives the name of a variable in the space, for
// names that mean the same value; nil leaves all as they are.
func New(p *expr.Program, as func(string) string) (*Condition, error) {
	read, err := grammar()
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", p.Source(), err)
	}
	tree, issues := read.Parse(common.NewTextSource(p.Source()))
	if len(issues.GetErrors()) > 0 {
		return nil, fmt.Errorf("reading %q: %s", p.Source(), issues.ToDisplayString())
	}
	c := &Condition{program: p, as: map[string]string{}, free: map[string]bool{}, cost: 1 + len(p.Source())/100}
	seen := map[string]bool{}
	for _, name := range p.Uses() {
		to := name
		if as != nil {
			to = as(name)
		}
		c.as[name] = to
		if !seen[to] {
			seen[to] = true
			c.names = append(c.names, to)
		}
	}
	r := reader{c: c, tree: tree}
	r.logic(tree.Expr())
	return c, nil
}

// Source answers the condition's text.
func (c *Condition) Source() string { return c.program.Source() }

// Names lists what the condition rests on, by its names in the space.
func (c *Condition) Names() []string { return c.names }

// loopCost is what a loop over a list counts as, in short conditions.
const loopCost = 50

type reader struct {
	c       *Condition
	tree    *ast.AST
	negated bool
}

func (r *reader) place(x ast.Expr) (line, column int) {
	loc := r.tree.SourceInfo().GetStartLocation(x.ID())
	return loc.Line(), loc.Column() + 1
}

// logic reads what is a truth itself: and, or, not, choice, comparisons, booleans.
func (r *reader) logic(x ast.Expr) {
	if name, ok := r.variable(x); ok {
		line, col := r.place(x)
		r.c.Comparisons = append(r.c.Comparisons, Comparison{Name: name, Negated: r.negated, Line: line, Column: col})
		return
	}
	if x.Kind() != ast.CallKind {
		r.used(x)
		return
	}
	call := x.AsCall()
	switch call.FunctionName() {
	case operators.LogicalNot:
		r.negated = !r.negated
		r.logic(call.Args()[0])
		r.negated = !r.negated
	case operators.LogicalAnd, operators.LogicalOr:
		for _, a := range call.Args() {
			r.logic(a)
		}
	case operators.Conditional:
		for _, a := range call.Args() {
			r.logic(a)
		}
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		r.comparison(x, call)
	case operators.In:
		r.membership(x, call)
	default:
		r.used(x)
	}
}

var signs = map[string]string{operators.Equals: "==", operators.NotEquals: "!=", operators.Less: "<", operators.LessEquals: "<=",
	operators.Greater: ">", operators.GreaterEquals: ">=", operators.Add: "+", operators.Subtract: "-"}

var turned = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (r *reader) comparison(x ast.Expr, call ast.CallExpr) {
	left, right := call.Args()[0], call.Args()[1]
	op := signs[call.FunctionName()]
	name, isName := r.variable(left)
	constant, isConstant := literal(right)
	if !isName || !isConstant {
		if n, ok := r.variable(right); ok {
			if k, ok := literal(left); ok {
				name, constant, isName, isConstant, op = n, k, true, true, turned[op]
			}
		}
	}
	if isName && isConstant {
		line, col := r.place(left)
		r.c.Comparisons = append(r.c.Comparisons, Comparison{Name: name, Op: op, Constants: []any{constant}, Negated: r.negated, Line: line, Column: col})
		return
	}
	r.used(x)
}

func (r *reader) membership(x ast.Expr, call ast.CallExpr) {
	left, right := call.Args()[0], call.Args()[1]
	line, col := r.place(left)
	if name, ok := r.variable(left); ok && right.Kind() == ast.ListKind {
		var constants []any
		for _, e := range right.AsList().Elements() {
			k, ok := literal(e)
			if !ok {
				r.used(x)
				return
			}
			constants = append(constants, k)
		}
		r.c.Comparisons = append(r.c.Comparisons, Comparison{Name: name, Op: "in", Constants: constants, Negated: r.negated, Line: line, Column: col})
		return
	}
	if name, ok := r.variable(right); ok {
		if k, ok := literal(left); ok {
			r.c.Comparisons = append(r.c.Comparisons, Comparison{Name: name, Op: "has", Constants: []any{k}, Negated: r.negated, Line: line, Column: col})
			return
		}
	}
	r.used(x)
}

// used notes every variable below as used in a way that no few values stand for, and
// where two of them meet.
func (r *reader) used(x ast.Expr) {
	if name, ok := r.variable(x); ok {
		r.c.free[name] = true
		return
	}
	switch x.Kind() {
	case ast.SelectKind:
		r.used(x.AsSelect().Operand())
	case ast.CallKind:
		call := x.AsCall()
		r.meeting(x, call)
		if call.IsMemberFunction() {
			r.used(call.Target())
		}
		for _, a := range call.Args() {
			r.used(a)
		}
	case ast.ListKind:
		for _, a := range x.AsList().Elements() {
			r.used(a)
		}
	case ast.MapKind:
		for _, e := range x.AsMap().Entries() {
			r.used(e.AsMapEntry().Key())
			r.used(e.AsMapEntry().Value())
		}
	case ast.ComprehensionKind:
		r.c.cost += loopCost
		l := x.AsComprehension()
		for _, part := range []ast.Expr{l.IterRange(), l.AccuInit(), l.LoopCondition(), l.LoopStep(), l.Result()} {
			r.used(part)
		}
	}
}

func (r *reader) meeting(x ast.Expr, call ast.CallExpr) {
	op := signs[call.FunctionName()]
	if call.FunctionName() == operators.Divide && len(call.Args()) == 2 {
		name, isName := r.variable(call.Args()[0])
		by, _ := literal(call.Args()[1])
		if whole, isWhole := by.(int64); isName && isWhole {
			line, col := r.place(call.Args()[0])
			r.c.Divisions = append(r.c.Divisions, Division{Name: name, By: whole, Line: line, Column: col})
		}
	}
	if op == "" || len(call.Args()) != 2 {
		return
	}
	left, okLeft := r.variable(call.Args()[0])
	right, okRight := r.variable(call.Args()[1])
	if okLeft && okRight {
		line, col := r.place(call.Args()[0])
		r.c.Meetings = append(r.c.Meetings, Meeting{Left: left, Right: right, Op: op, Line: line, Column: col})
	}
}

// variable answers the name in the space of an identifier with its fields.
func (r *reader) variable(x ast.Expr) (string, bool) {
	var fields []string
	for x.Kind() == ast.SelectKind && !x.AsSelect().IsTestOnly() {
		fields = append(fields, x.AsSelect().FieldName())
		x = x.AsSelect().Operand()
	}
	if x.Kind() != ast.IdentKind {
		return "", false
	}
	name := x.AsIdent()
	for i := len(fields) - 1; i >= 0; i-- {
		name += "." + fields[i]
	}
	to, ok := r.c.as[strings.TrimPrefix(name, ".")]
	return to, ok
}

func literal(x ast.Expr) (any, bool) {
	if x.Kind() == ast.CallKind && x.AsCall().FunctionName() == operators.Negate && len(x.AsCall().Args()) == 1 {
		switch k, _ := literal(x.AsCall().Args()[0]); k := k.(type) {
		case int64:
			return -k, true
		case float64:
			return -k, true
		}
		return nil, false
	}
	if x.Kind() != ast.LiteralKind {
		return nil, false
	}
	switch k := x.AsLiteral().(type) {
	case types.Int:
		return int64(k), true
	case types.Double:
		return float64(k), true
	case types.String:
		return string(k), true
	case types.Bool:
		return bool(k), true
	}
	return nil, false
}
