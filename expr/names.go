package expr

import (
	"fmt"
	"sort"
	"strings"

	celast "cel.dev/cel-go/common/ast"
)

// walker goes through a parsed expression and reports names that do not exist.
// It looks at whole dotted chains, so that "caps5.totl" is named as written and
// not as an unknown "caps5".
type walker struct {
	env    *Env
	ast    *celast.AST
	bound  map[string]int // loop variables in scope
	issues []Issue
}

func (w *walker) visit(x celast.Expr) {
	switch x.Kind() {
	case celast.IdentKind, celast.SelectKind:
		name, at, ok := chain(x)
		if ok {
			w.name(name, at)
			return
		}
		w.visit(x.AsSelect().Operand())
	case celast.CallKind:
		c := x.AsCall()
		if c.IsMemberFunction() {
			// A qualified function such as math.least is no variable.
			if name, _, ok := chain(c.Target()); !ok || name != "math" {
				w.visit(c.Target())
			}
		}
		for _, a := range c.Args() {
			w.visit(a)
		}
	case celast.ListKind:
		for _, a := range x.AsList().Elements() {
			w.visit(a)
		}
	case celast.MapKind:
		for _, m := range x.AsMap().Entries() {
			w.visit(m.AsMapEntry().Key())
			w.visit(m.AsMapEntry().Value())
		}
	case celast.ComprehensionKind:
		c := x.AsComprehension()
		w.visit(c.IterRange())
		w.visit(c.AccuInit())
		w.scope(1, c.IterVar(), c.IterVar2(), c.AccuVar())
		w.visit(c.LoopCondition())
		w.visit(c.LoopStep())
		w.scope(-1, c.IterVar(), c.IterVar2())
		w.visit(c.Result())
		w.scope(-1, c.AccuVar())
	}
}

func (w *walker) scope(n int, names ...string) {
	for _, name := range names {
		w.bound[name] += n
	}
}

// chain answers the dotted name of an identifier with fields, and its first node.
func chain(x celast.Expr) (string, celast.Expr, bool) {
	var fields []string
	for x.Kind() == celast.SelectKind && !x.AsSelect().IsTestOnly() {
		fields = append(fields, x.AsSelect().FieldName())
		x = x.AsSelect().Operand()
	}
	if x.Kind() != celast.IdentKind {
		return "", nil, false
	}
	var b strings.Builder
	b.WriteString(x.AsIdent())
	for i := len(fields) - 1; i >= 0; i-- {
		b.WriteByte('.')
		b.WriteString(fields[i])
	}
	return b.String(), x, true
}

func (w *walker) name(name string, at celast.Expr) {
	first, _, _ := strings.Cut(name, ".")
	if w.bound[first] > 0 || reserved[first] {
		return
	}
	if _, ok := w.env.vars[name]; ok {
		return
	}
	loc := w.ast.SourceInfo().GetStartLocation(at.ID())
	issue := Issue{Line: loc.Line(), Column: loc.Column() + 1, Message: fmt.Sprintf("there is no value %q", name), Name: name}
	switch close := Closest(name, w.env.names); {
	case w.env.partOf(name):
		issue.Message = fmt.Sprintf("%q is not a value: it lacks its last part", name)
		issue.Hint = fmt.Sprintf("Write one of: %s", strings.Join(w.env.under(name, 5), ", "))
	case close != "":
		issue.Hint = fmt.Sprintf("Did you mean %q?", close)
	default:
		issue.Hint = "Name an item, score or fact that is there"
	}
	w.issues = append(w.issues, issue)
}

func (e *Env) partOf(name string) bool { return len(e.under(name, 1)) > 0 }

// under lists up to n names that begin with name and a dot.
func (e *Env) under(name string, n int) []string {
	prefix := name + "."
	var out []string
	for i := sort.SearchStrings(e.names, prefix); i < len(e.names) && len(out) < n; i++ {
		if !strings.HasPrefix(e.names[i], prefix) {
			break
		}
		out = append(out, e.names[i])
	}
	return out
}

// Closest answers the candidate that differs least from name, or "" when none is
// close enough to be a slip of the pen: a wrong guess about a role or a visit is worse
// than none. One digit for another is no slip, for ids are told apart by digits.
func Closest(name string, candidates []string) string {
	best, least := "", max(1, (len(name)+1)/3)+1
	if len(name) < 3 {
		least = 1 // as written but for the case
	}
	lower := strings.ToLower(name)
	for _, c := range candidates {
		if d := len(c) - len(name); d >= least || -d >= least {
			continue
		}
		if d := distance(lower, strings.ToLower(c), least); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is the number of insertions, deletions, substitutions and swaps of
// neighbours between a and b, or limit when it is at least that.
func distance(a, b string, limit int) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			step := 1
			switch {
			case a[i-1] == b[j-1]:
				step = 0
			case digit(a[i-1]) && digit(b[j-1]):
				step = 2
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+step)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, prev2[j-2]+1)
			}
			cur[j] = d
			least = min(least, d)
		}
		if least >= limit {
			return limit
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
