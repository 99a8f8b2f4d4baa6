package expr

import (
	"fmt"
	"math"
	"regexp"
	"sort"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// Program is a compiled expression. It holds no state of an evaluation and is
// safe for concurrent use.
type Program struct {
	src  string
	want Type
	kind Type
	uses []string
	cel  cel.Program
}

func newProgram(e *Env, checked *cel.Ast, src string, want Type) (*Program, []Issue) {
	p := &Program{src: src, want: want, kind: kindOf(checked.OutputType())}
	seen := map[string]bool{}
	for _, r := range checked.NativeRep().ReferenceMap() {
		if _, ok := e.vars[r.Name]; ok && !seen[r.Name] {
			seen[r.Name] = true
			p.uses = append(p.uses, r.Name)
		}
	}
	sort.Strings(p.uses)
	prg, err := e.cel.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CustomDecoratorV2(guardDivision))
	if err != nil {
		return nil, one(err.Error(), "Simplify the expression")
	}
	p.cel = prg
	return p, nil
}

func kindOf(t *cel.Type) Type {
	for k, c := range celTypes {
		if k != Any && t.IsExactType(c) {
			return k
		}
	}
	return Any
}

// Source answers the text the program was compiled from.
func (p *Program) Source() string { return p.src }

// Uses lists the variables the expression refers to, sorted.
func (p *Program) Uses() []string { return p.uses }

// Type answers the type of the result as checked; Any when it is not one of ours.
func (p *Program) Type() Type { return p.kind }

// Eval answers the value of the expression: bool, int64, float64, string or
// []string. known is false when a value that decides it is not collected. The
// error is one of run time: a division by zero, a whole number out of range, a
// result that is not a finite number.
func (p *Program) Eval(v Vars) (value any, known bool, err error) {
	out, err := p.run(v)
	if err != nil || out == nil {
		return nil, false, err
	}
	switch out := out.(type) {
	case types.Bool:
		return bool(out), true, nil
	case types.Int:
		if p.want == Double {
			return float64(out), true, nil
		}
		return int64(out), true, nil
	case types.Uint:
		if p.want == Double {
			return float64(out), true, nil
		}
		if out > math.MaxInt64 {
			return nil, false, fmt.Errorf("%s: the result is too large", p.src)
		}
		return int64(out), true, nil
	case types.Double:
		x := float64(out)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, false, fmt.Errorf("%s: the result is not a finite number", p.src)
		}
		return x, true, nil
	case types.String:
		return string(out), true, nil
	case traits.Lister:
		return p.list(out)
	}
	return nil, false, fmt.Errorf("%s: the result is of a type that is not used here (%s)", p.src, out.Type().TypeName())
}

func (p *Program) list(l traits.Lister) (any, bool, error) {
	var out []string
	for it := l.Iterator(); it.HasNext() == types.True; {
		s, ok := it.Next().(types.String)
		if !ok {
			return nil, false, fmt.Errorf("%s: the result is a list of something other than texts", p.src)
		}
		out = append(out, string(s))
	}
	return out, true, nil
}

// Test answers a condition. Unknown means that a value that decides it is not
// collected; `false && unknown` is False and `true || unknown` is True.
func (p *Program) Test(v Vars) (Truth, error) {
	out, err := p.run(v)
	if err != nil || out == nil {
		return Unknown, err
	}
	switch out {
	case types.True:
		return True, nil
	case types.False:
		return False, nil
	}
	return Unknown, fmt.Errorf("%s: the result is not true or false", p.src)
}

// run evaluates; nil without error means unknown.
func (p *Program) run(v Vars) (ref.Val, error) {
	out, _, err := p.cel.Eval(&activation{v})
	if err != nil {
		return nil, fmt.Errorf("%s: %s", p.src, err.Error())
	}
	if types.IsUnknown(out) {
		return nil, nil
	}
	return out, nil
}

// activation hands a Vars to CEL.
type activation struct{ vars Vars }

// notCollected is what CEL gets for a value nobody has collected. CEL's unknowns
// pass through everything but a deciding && or ||.
var notCollected = types.NewUnknown(0, nil)

func (a *activation) ResolveName(name string) (any, bool) {
	v, ok := a.vars.Var(name)
	if !ok || v == nil {
		return notCollected, true
	}
	switch v := v.(type) {
	case bool:
		return types.Bool(v), true
	case int64:
		return types.Int(v), true
	case float64:
		return types.Double(v), true
	case string:
		return types.String(v), true
	}
	return v, true
}

func (a *activation) Parent() interpreter.Activation { return nil }

// guardDivision makes a division of decimal numbers by zero an error, as it is
// for whole numbers. CEL answers an infinity there, which every comparison would
// take for a real number.
func guardDivision(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	if c, ok := i.(interpreter.InterpretableCall); ok && c.Function() == operators.Divide && len(c.Args()) == 2 {
		return division{c, c.Args()[1]}, nil
	}
	return i, nil
}

type division struct {
	interpreter.InterpretableCall
	divisor interpreter.InterpretableV2
}

func (d division) Exec(f *interpreter.ExecutionFrame) ref.Val {
	if x, ok := d.divisor.Exec(f).(types.Double); ok && x == 0 {
		return types.NewErr("division by zero")
	}
	return d.InterpretableCall.Exec(f)
}

var (
	overload   = regexp.MustCompile(`found no matching overload for '([^']+)' applied to '\(([^)]*)\)'`)
	undeclared = regexp.MustCompile(`undeclared reference to '([^']+)'`)
	operator   = regexp.MustCompile(`^_?([^_a-z]+)_$`)
	functions  = []string{"size", "contains", "startsWith", "endsWith", "matches", "int", "double", "string", "exists", "all", "filter", "map",
		"exists_one", "has", "math.greatest", "math.least", "math.abs", "math.round", "math.floor", "math.ceil"}
)

// issuesOf words CEL's messages for the authors of protocols.
func issuesOf(iss *cel.Issues, src string) []Issue {
	var out []Issue
	for _, e := range iss.Errors() {
		i := Issue{Line: max(1, e.Location.Line()), Column: max(1, e.Location.Column()+1), Message: e.Message}
		if m := overload.FindStringSubmatch(e.Message); m != nil {
			i.Message, i.Hint = overloadMessage(m[1], strings.Split(m[2], ", "))
		} else if m := undeclared.FindStringSubmatch(e.Message); m != nil {
			i.Message = fmt.Sprintf("there is no function %q", m[1])
			if c := Closest(m[1], functions); c != "" {
				i.Hint = fmt.Sprintf("Did you mean %q?", c)
			}
		} else if rest, ok := strings.CutPrefix(e.Message, "Syntax error: "); ok {
			i.Message = "not a valid expression: " + strings.TrimSpace(rest)
			i.Hint = syntaxHint(src)
		}
		if strings.Contains(e.Message, "recursion limit") {
			i.Message, i.Hint = "not a valid expression: it is nested too deep", "Remove brackets, or split it into scores"
		}
		if i.Hint == "" {
			i.Hint = "See the expression section of docs/protocol-language.md"
		}
		out = append(out, i)
		if len(out) == 3 {
			break
		}
	}
	return out
}

func syntaxHint(src string) string {
	padded := " " + src + " "
	switch {
	case strings.Contains(padded, " and ") || strings.Contains(padded, " AND "):
		return "Write && for and"
	case strings.Contains(padded, " or ") || strings.Contains(padded, " OR "):
		return "Write || for or"
	case strings.Contains(padded, " not "):
		return "Write ! for not"
	case strings.Contains(padded, " = "):
		return "Write == to compare"
	}
	return "See the expression section of docs/protocol-language.md"
}

func overloadMessage(function string, args []string) (message, hint string) {
	name := function
	if m := operator.FindStringSubmatch(function); m != nil {
		name = m[1]
	} else if function == "@in" {
		name = "in"
	}
	for i, a := range args {
		args[i] = typeName(a)
	}
	message = fmt.Sprintf("%s does not work on %s", name, strings.Join(args, " and "))
	hint = "Use values that it works on"
	if len(args) == 2 && args[0] != args[1] {
		numbers := strings.Contains(args[0], "number") && strings.Contains(args[1], "number")
		switch {
		case numbers:
			hint = "Write the whole number as a decimal one, such as 2.0, or convert it with double(...)"
		case strings.Contains(args[0], "boolean") || strings.Contains(args[1], "boolean"):
			hint = "A boolean is used by itself: write x or !x"
		case strings.Contains(args[0], "text") || strings.Contains(args[1], "text"):
			hint = "Texts and codes are written in quotes, numbers without"
		}
	}
	return message, hint
}
