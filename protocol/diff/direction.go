package diff

import (
	"slices"
	"strconv"
	"strings"

	"varde/expr"
	"varde/protocol"
)

// direction says whether a changed criterion lets in fewer people (stricter), more
// (looser) or others. Both forms are tried on every combination of values that their
// own numbers and words can tell apart; with too many combinations to try it is "other".
func (c *comparer) direction(a, b *protocol.Criterion) string {
	p, q := c.old.Program(a.Expr), c.new.Program(b.Expr)
	if p == nil || q == nil {
		return "other"
	}
	names := slices.Concat(p.Uses(), q.Uses())
	slices.Sort(names)
	names = slices.Compact(names)
	values := make([][]any, len(names))
	n := 1
	for i, name := range names {
		values[i] = c.candidates(name, a.Expr+" "+b.Expr)
		if n *= len(values[i]); n == 0 || n > mostCombinations {
			return "other"
		}
	}
	fewer, more := false, false
	vars := map[string]any{}
	for k := range n {
		for i, rest := 0, k; i < len(names); i++ {
			vars[names[i]] = values[i][rest%len(values[i])]
			rest /= len(values[i])
		}
		was, err1 := p.Test(fixed(vars))
		is, err2 := q.Test(fixed(vars))
		if err1 != nil || err2 != nil || was == expr.Unknown || is == expr.Unknown || was == is {
			continue
		}
		if in := is == expr.True; in == (b.Kind == "inclusion") {
			more = true
		} else {
			fewer = true
		}
	}
	switch {
	case fewer && more:
		return "other"
	case fewer:
		return "stricter"
	case more:
		return "looser"
	}
	return "same"
}

const mostCombinations = 50_000

type fixed map[string]any

func (f fixed) Var(name string) (any, bool) { v, ok := f[name]; return v, ok }

// candidates are values of a variable that the expressions can tell apart.
func (c *comparer) candidates(name, src string) []any {
	if t, fact := protocol.Facts[name]; fact {
		return ofType(t, src, nil)
	}
	parts := strings.Split(name, ".")
	if len(parts) < 2 {
		return nil
	}
	form, id := parts[len(parts)-2], parts[len(parts)-1]
	f, ok := c.new.Form(form)
	if !ok {
		if f, ok = c.old.Form(form); !ok {
			return nil
		}
	}
	t, ok := f.NativeType(id)
	if !ok {
		return nil
	}
	var codes []any
	if it, ok := f.Item(id); ok {
		for _, o := range f.OptionsOf(it) {
			if n := f.Native(id, o.Value); n != nil {
				codes = append(codes, n)
			}
		}
	}
	return ofType(t, src, codes)
}

func ofType(t expr.Type, src string, codes []any) []any {
	if len(codes) > 0 {
		return codes
	}
	switch t {
	case expr.Bool:
		return []any{true, false}
	case expr.Int, expr.Double:
		var out []any
		for _, x := range numbers(src) {
			for _, v := range []float64{x - 1, x - 0.05, x, x + 0.05, x + 1} {
				if t == expr.Double {
					out = append(out, v)
				} else if v == float64(int64(v)) {
					out = append(out, int64(v))
				}
			}
		}
		if len(out) == 0 {
			out = append(out, zero(t))
		}
		return out
	}
	return nil
}

func zero(t expr.Type) any {
	if t == expr.Int {
		return int64(0)
	}
	return 0.0
}

// numbers are those that stand in an expression by themselves.
func numbers(src string) []float64 {
	var out []float64
	for _, w := range strings.FieldsFunc(src, func(r rune) bool { return !strings.ContainsRune("0123456789.", r) && !letter(r) }) {
		if x, err := strconv.ParseFloat(w, 64); err == nil && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' }
