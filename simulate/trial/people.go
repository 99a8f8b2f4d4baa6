package trial

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"varde/protocol"
	"varde/simulate"
)

// poolSize is how many virtual persons characteristics are drawn from. A power of two,
// and enough that the pool's own chance is far below that of a trial.
const poolSize = 1 << 12

// people is the characteristics that the plan's models and strata read.
type people struct{ factors []factor }

// factor is one of them, known for everybody in the pool, or for every value of the
// outcome at baseline.
type factor struct {
	ref        string
	ofBaseline bool
	levels     []string  // as texts; nil when it is a number
	level      []int16   // by person, or by value at baseline; -1 = not known
	number     []float64 // where it is a number; NaN = not known
}

// atBaseline knows the outcome's score and nothing else.
type atBaseline struct {
	score string
	value float64
}

func (v atBaseline) Var(name string) (any, bool) { return v.value, isOf(name, v.score) }

func isOf(name, score string) bool { return name == score || strings.HasSuffix(name, "."+score) }

func (d *Design) makePeople(*Source) error { return nil }

// add answers the place of a factor: an expression, or "form.item".
func (p *people) add(s *Source, d *Design, ref, src string) (int, error) {
	if i := slices.IndexFunc(p.factors, func(f factor) bool { return f.ref == ref }); i >= 0 {
		return i, nil
	}
	f := factor{ref: ref}
	var value func(simulate.Person, float64) (any, bool)
	if program := s.def.Program(src); program != nil {
		outcome, other := 0, 0
		for _, name := range program.Uses() {
			if isOf(name, d.outcome.spec.Score) {
				outcome++
			} else {
				other++
			}
		}
		if outcome > 0 && other > 0 {
			return 0, fmt.Errorf("%q reads the outcome and other values together, which the outcome speed does not draw: use --speed full", src)
		}
		f.ofBaseline = outcome > 0
		value = func(x simulate.Person, base float64) (any, bool) {
			if f.ofBaseline {
				v, known, err := program.Eval(atBaseline{d.outcome.spec.Score, base})
				return v, known && err == nil
			}
			v, known, err := program.Eval(&x)
			return v, known && err == nil
		}
	} else {
		value = func(x simulate.Person, _ float64) (any, bool) { return x.Var(src) }
	}
	return p.fill(s, d, f, value)
}

func (p *people) fill(s *Source, d *Design, f factor, value func(simulate.Person, float64) (any, bool)) (int, error) {
	texts, isText := []string{}, false
	put := func(v any, known bool) error {
		text, number := "", math.NaN()
		if known {
			switch x := v.(type) {
			case bool:
				text, isText = map[bool]string{true: "yes", false: "no"}[x], true
			case string:
				text, isText = x, true
			case int64:
				number, text = float64(x), strconv.FormatInt(x, 10)
			case float64:
				number, text = x, strconv.FormatFloat(x, 'g', -1, 64)
			default:
				return fmt.Errorf("%s has values of a kind that no model takes (%T)", f.ref, v)
			}
		}
		texts, f.number = append(texts, text), append(f.number, number)
		return nil
	}
	if f.ofBaseline {
		for _, y := range d.outcome.baseline.values {
			if err := put(value(simulate.Person{}, y)); err != nil {
				return 0, err
			}
		}
	} else {
		for i := range s.pool {
			if err := put(value(s.pool[i], 0)); err != nil {
				return 0, err
			}
		}
	}
	if isText {
		f.number = nil
		f.levels = slices.Compact(slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(texts), func(t string) bool { return t == "" }))))
		for _, t := range texts {
			f.level = append(f.level, int16(slices.Index(f.levels, t)))
		}
	} else if !slices.ContainsFunc(f.number, func(x float64) bool { return !math.IsNaN(x) }) {
		return 0, fmt.Errorf("%s is not known of any virtual person: give what it is made of in simulation.baseline", f.ref)
	}
	p.factors = append(p.factors, f)
	return len(p.factors) - 1, nil
}

// place answers where a participant's value stands in a factor.
func (w *Worker) place(f *factor, i int) int {
	if f.ofBaseline {
		return int(w.base[i])
	}
	return int(w.person[i])
}

// expressionOf answers the expression of a subgroup that a model names, or the name
// itself.
func expressionOf(def *protocol.Definition, ref string) string {
	for _, s := range def.Analysis.Subgroups {
		if s.ID == ref {
			return s.Expr
		}
	}
	return ref
}
