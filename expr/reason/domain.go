package reason

import (
	"cmp"
	"math"
	"slices"

	"varde/expr"
)

const (
	mostWhole = 400 // whole numbers that are tried one by one
	mostSet   = 10  // codes of a list that are tried in all subsets
)

// values answers values of the variable that stand for all it can have, given every
// comparison that is made with it. free says that it is used in other ways as well:
// then only values that are all stand for all.
func (v Variable) values(compared []Comparison, free bool) ([]any, bool) {
	candidates, whole := v.candidates(compared, free)
	if candidates == nil || free && !whole {
		return nil, false
	}
	if free {
		return candidates, true
	}
	// Values that no comparison can tell apart are tried once.
	seen := map[string]bool{}
	var out []any
	for _, x := range candidates {
		signature := make([]byte, len(compared))
		for i, k := range compared {
			answer, ok := k.Holds(x)
			if !ok {
				return nil, false
			}
			if answer {
				signature[i] = 1
			}
		}
		if !seen[string(signature)] {
			seen[string(signature)] = true
			out = append(out, x)
		}
	}
	return out, len(out) > 0
}

// candidates answers enough values; whole says that they are all there are.
func (v Variable) candidates(compared []Comparison, free bool) (values []any, whole bool) {
	switch v.Type {
	case expr.Bool:
		if len(v.Codes) > 0 {
			return v.Codes, true
		}
		return []any{true, false}, true
	case expr.Strings:
		return subsets(compared), false
	case expr.String:
		if len(v.Codes) > 0 {
			return v.Codes, true
		}
		return texts(compared), false
	case expr.Int:
		if len(v.Codes) > 0 {
			return v.Codes, true
		}
		if free {
			return v.everyWhole(), true
		}
		return v.numbers(compared), false
	case expr.Double:
		return v.numbers(compared), false
	}
	return nil, false
}

// everyWhole lists all whole numbers of a range, if there are few.
func (v Variable) everyWhole() []any {
	if v.Min == nil || v.Max == nil {
		return nil
	}
	lo, hi := v.ends()
	if hi-lo > mostWhole {
		return nil
	}
	var out []any
	for x := lo; x <= hi; x++ {
		out = append(out, int64(x))
	}
	return out
}

// ends answers the least and greatest value that is tried; infinite where unbounded.
func (v Variable) ends() (lo, hi float64) {
	lo, hi = math.Inf(-1), math.Inf(1)
	if v.Min != nil {
		lo = *v.Min
		if !v.Hard {
			lo = v.beyond(lo, -1)
		}
	}
	if v.Max != nil {
		hi = *v.Max
		if !v.Hard {
			hi = v.beyond(hi, 1)
		}
	}
	return lo, hi
}

func (v Variable) beyond(x, direction float64) float64 {
	if v.Type == expr.Int {
		if direction < 0 {
			return math.Ceil(x) - 1
		}
		return math.Floor(x) + 1
	}
	return math.Nextafter(x, math.Inf(int(direction)))
}

// numbers answers each constant within the range, a point between two neighbours, and
// the ends.
func (v Variable) numbers(compared []Comparison) []any {
	var cuts []float64
	for _, k := range compared {
		for _, x := range k.Constants {
			f, ok := Number(x)
			if !ok {
				return nil
			}
			cuts = append(cuts, f)
		}
	}
	slices.Sort(cuts)
	lo, hi := v.ends()
	points := []float64{}
	if len(cuts) > 0 {
		points = append(points, cuts[0]-1, cuts[len(cuts)-1]+1)
	}
	for _, end := range []float64{lo, hi} {
		if !math.IsInf(end, 0) {
			points = append(points, end)
		}
	}
	points = append(points, cuts...)
	if len(points) == 0 {
		points = append(points, 0)
	}
	slices.Sort(points)
	for i := len(points) - 1; i > 0; i-- {
		points = append(points, (points[i]+points[i-1])/2)
	}
	var out []any
	for _, x := range points {
		if v.Type == expr.Int {
			for _, w := range []float64{math.Floor(x), math.Ceil(x)} {
				if w >= lo && w <= hi && math.Abs(w) < 1<<53 {
					out = append(out, int64(w))
				}
			}
			continue
		}
		if x >= lo && x <= hi {
			out = append(out, x)
		}
	}
	return out
}

// texts answers each constant, the text right after it, and the first of all.
func texts(compared []Comparison) []any {
	out := []any{""}
	for _, k := range compared {
		for _, x := range k.Constants {
			s, ok := x.(string)
			if !ok {
				return nil
			}
			out = append(out, s, s+"\x00")
		}
	}
	return out
}

// subsets answers all sets of the codes that are looked for.
func subsets(compared []Comparison) []any {
	var codes []string
	for _, k := range compared {
		if k.Op != "has" {
			return nil
		}
		s, ok := k.Constants[0].(string)
		if !ok {
			return nil
		}
		if !slices.Contains(codes, s) {
			codes = append(codes, s)
		}
	}
	if len(codes) > mostSet {
		return nil
	}
	var out []any
	for mask := range 1 << len(codes) {
		set := []string{}
		for i, s := range codes {
			if mask&(1<<i) != 0 {
				set = append(set, s)
			}
		}
		out = append(out, set)
	}
	return out
}

// Number answers a constant as a number; ok is false for texts and truths.
func Number(x any) (float64, bool) {
	switch x := x.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

// Holds answers the comparison for one value; ok is false when the value is of a kind
// that cannot be compared so.
func (k Comparison) Holds(x any) (answer, ok bool) {
	switch k.Op {
	case "":
		b, isBool := x.(bool)
		return b, isBool
	case "in":
		for _, c := range k.Constants {
			order, ok := compare(x, c)
			if !ok {
				return false, false
			}
			if order == 0 {
				return true, true
			}
		}
		return false, true
	case "has":
		list, isList := x.([]string)
		code, isText := k.Constants[0].(string)
		return isText && slices.Contains(list, code), isList && isText
	}
	order, ok := compare(x, k.Constants[0])
	if !ok {
		return false, false
	}
	switch k.Op {
	case "==":
		return order == 0, true
	case "!=":
		return order != 0, true
	case "<":
		return order < 0, true
	case "<=":
		return order <= 0, true
	case ">":
		return order > 0, true
	case ">=":
		return order >= 0, true
	}
	return false, false
}

func compare(x, y any) (int, bool) {
	if a, ok := Number(x); ok {
		b, ok := Number(y)
		return cmp.Compare(a, b), ok
	}
	switch x := x.(type) {
	case string:
		y, ok := y.(string)
		return cmp.Compare(x, y), ok
	case bool:
		y, ok := y.(bool)
		if x == y {
			return 0, ok
		}
		if x {
			return 1, ok
		}
		return -1, ok
	}
	return 0, false
}

// Outcomes answers whether the comparison can hold, and whether it can fail, for the
// values that the variable can have. ok is false when that cannot be decided.
func (v Variable) Outcomes(k Comparison) (holds, fails, ok bool) {
	values, ok := v.values([]Comparison{k}, false)
	if !ok {
		return false, false, false
	}
	for _, x := range values {
		answer, _ := k.Holds(x)
		holds, fails = holds || answer, fails || !answer
	}
	return holds, fails, true
}

// OutcomesWhere is Outcomes for the values alone of which another comparison, of the same
// variable, answers so.
func (v Variable) OutcomesWhere(other Comparison, answer bool, k Comparison) (holds, fails, ok bool) {
	values, ok := v.values([]Comparison{other, k}, false)
	if !ok {
		return false, false, false
	}
	for _, x := range values {
		if got, _ := other.Holds(x); got != answer {
			continue
		}
		answer, _ := k.Holds(x)
		holds, fails = holds || answer, fails || !answer
	}
	return holds, fails, true
}
