package design

import (
	"math"
	"strconv"
	"strings"
)

// expression is arithmetic on columns: what stands within log() or I(), or a
// response such as log(y). name is how R would write it, which names the columns of
// the model.
type expression struct {
	op       string // "column", "number", "neg", an operator, or a function's name
	name     string // of a column
	value    float64
	operands []*expression
}

// functions are what may stand before brackets in a formula.
var functions = map[string]func(float64) float64{
	"log": math.Log, "log2": math.Log2, "log10": math.Log10, "log1p": math.Log1p,
	"exp": math.Exp, "sqrt": math.Sqrt, "abs": math.Abs,
	"I": func(x float64) float64 { return x },
}

const functionNames = "log, log2, log10, log1p, exp, sqrt, abs or I"

// evaluate computes the value for one row; what is not defined comes as NaN or Inf.
func (e *expression) evaluate(column func(name string) float64) float64 {
	switch e.op {
	case "column":
		return column(e.name)
	case "number":
		return e.value
	case "neg":
		return -e.operands[0].evaluate(column)
	}
	if f := functions[e.op]; f != nil {
		return f(e.operands[0].evaluate(column))
	}
	a, b := e.operands[0].evaluate(column), e.operands[1].evaluate(column)
	switch e.op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	}
	return math.Pow(a, b)
}

// columns are the names of the columns used, each once, in order.
func (e *expression) columns() []string {
	var out []string
	seen := map[string]bool{}
	var walk func(*expression)
	walk = func(e *expression) {
		if e.op == "column" && !seen[e.name] {
			seen[e.name] = true
			out = append(out, e.name)
		}
		for _, o := range e.operands {
			walk(o)
		}
	}
	walk(e)
	return out
}

// String writes the expression as R does.
func (e *expression) String() string {
	switch e.op {
	case "column":
		return e.name
	case "number":
		return strconv.FormatFloat(e.value, 'g', 15, 64)
	case "neg":
		return "-" + e.within(e.operands[0], 3)
	}
	if functions[e.op] != nil {
		return e.op + "(" + e.operands[0].String() + ")"
	}
	mark := " " + e.op + " "
	if e.op == "^" || e.op == "/" {
		mark = e.op
	}
	rank := ranks[e.op]
	left, right := rank, rank+1 // operations group to the left, but for powers
	if e.op == "^" {
		left, right = rank+1, rank
	}
	return e.within(e.operands[0], left) + mark + e.within(e.operands[1], right)
}

var ranks = map[string]int{"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "^": 4}

// within puts brackets around an operand that binds less than needed.
func (e *expression) within(o *expression, rank int) string {
	s := o.String()
	if r, ok := ranks[o.op]; ok && r < rank {
		return "(" + strings.TrimSpace(s) + ")"
	}
	return s
}
