package reason

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"varde/expr"
)

var (
	three, nine = 3.0, 9.0
	variables   = map[string]Variable{
		"n":    {Name: "n", Type: expr.Int, Min: &three, Max: &nine},
		"m":    {Name: "m", Type: expr.Int},
		"x":    {Name: "x", Type: expr.Double, Min: &three, Max: &nine},
		"y":    {Name: "y", Type: expr.Double, Min: &three, Hard: true},
		"p":    {Name: "p", Type: expr.Bool},
		"q":    {Name: "q", Type: expr.Bool},
		"sex":  {Name: "sex", Type: expr.String, Codes: []any{"male", "female"}},
		"dose": {Name: "dose", Type: expr.Int, Codes: []any{int64(0), int64(1), int64(2)}},
		"day":  {Name: "day", Type: expr.String},
		"set":  {Name: "set", Type: expr.Strings},
	}
)

func environment(t testing.TB) *expr.Env {
	t.Helper()
	types := map[string]expr.Type{}
	for name, v := range variables {
		types[name] = v.Type
	}
	e, err := expr.NewEnv(types)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func space(more ...Variable) Space {
	return Space{Of: func(name string) (Variable, bool) {
		for _, v := range more {
			if v.Name == name {
				return v, true
			}
		}
		v, ok := variables[name]
		return v, ok
	}}
}

func condition(t testing.TB, src string) *Condition {
	t.Helper()
	p, issues := environment(t).Compile(src, expr.Bool)
	if len(issues) > 0 {
		t.Fatalf("%s: %v", src, issues)
	}
	c, err := New(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOneCondition(t *testing.T) {
	for src, want := range map[string]string{
		"n >= 3":                           "may be either", // a value just outside of the range is kept
		"n >= 2":                           "always",
		"n > 10":                           "never",
		"n >= 10":                          "may be either",
		"x <= 2.9":                         "never",
		"x < 3.0":                          "may be either",
		"y >= 3.0":                         "always", // a hard bound
		"m > 5 && m < 6":                   "never",
		"m > 5 && m < 7":                   "may be either",
		"x > 5.0 && x < 6.0":               "may be either",
		"p || !p":                          "always",
		"p == false && p":                  "never",
		`sex == "male" || sex == "female"`: "always",
		`sex == "other"`:                   "never",
		`sex in ["male", "female"]`:        "always",
		"dose < 3":                         "always",
		"dose >= 2 && dose < 2":            "never",
		`"a" in set && !("a" in set)`:      "never",
		`"a" in set && !("b" in set)`:      "may be either",
		`day < "2026-01-01" && day > "2027-01-01"`: "never",
		`day > "2026-01-01" && day < "2026-01-02"`: "may be either",
		"n * 2 > 20":          "never", // few whole numbers: all are tried
		"n + dose > 12":       "never",
		"x * 2.0 > 100.0":     "not decided", // arithmetic over decimal numbers
		"m / 2 > 1":           "not decided",
		`day.startsWith("2")`: "not decided",
		"n > 5 ? p : !p":      "may be either",
		"(n > 5) == (n > 5)":  "always",
	} {
		c, s := condition(t, src), space()
		got := "may be either"
		if v, _ := s.Can(Is(c, expr.True)); v == Undecided {
			got = "not decided"
		}
		if s.Never(c) {
			got = "never"
		}
		if s.Always(c) {
			got = "always"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}

func TestTwoConditions(t *testing.T) {
	s := space()
	for _, x := range []struct {
		a, b                string
		implies, contradict bool
	}{
		{"n >= 5", "n >= 4", true, false},
		{"n >= 4", "n >= 5", false, false},
		{"x >= 5.0", "x < 5.0", false, true},
		{"p && q", "p", true, false},
		{"p", "!p || q", false, false},
		{"p && q", "!p", false, true},
		{`sex == "male"`, `sex != "female"`, true, false},
		{"n > 5", "m > 5", false, false},
	} {
		a, b := condition(t, x.a), condition(t, x.b)
		if got := s.Implies(a, b); got != x.implies {
			t.Errorf("%s implies %s: %v", x.a, x.b, got)
		}
		if got := s.Contradict(a, b); got != x.contradict {
			t.Errorf("%s contradicts %s: %v", x.a, x.b, got)
		}
	}
}

// TestAsked: a value that is only asked of some is not there for others.
func TestAsked(t *testing.T) {
	asked := condition(t, `sex == "female"`)
	s := space(Variable{Name: "p", Type: expr.Bool, Asked: asked})
	if !s.Never(condition(t, `sex == "male" && p`)) {
		t.Error("asked of women alone, and yet true of a man")
	}
	if s.Never(condition(t, `p`)) || s.Always(condition(t, "p || !p")) {
		t.Error("what is not asked is unknown")
	}
	ring := space(Variable{Name: "p", Type: expr.Bool, Asked: condition(t, "q")}, Variable{Name: "q", Type: expr.Bool, Asked: condition(t, "p")})
	if !ring.Never(condition(t, "p")) {
		t.Error("a ring of conditions collects nothing")
	}
}

func TestNamesThatMeanTheSame(t *testing.T) {
	p, issues := environment(t).Compile("n > 5 && m <= 5", expr.Bool)
	if issues != nil {
		t.Fatal(issues)
	}
	c, err := New(p, func(string) string { return "n" })
	if err != nil {
		t.Fatal(err)
	}
	if !space().Never(c) || !slices.Equal(c.Names(), []string{"n"}) {
		t.Error("one value under two names")
	}
}

func TestTooMany(t *testing.T) {
	if v, _ := space().Can(Is(condition(t, "n + dose + (p ? 1 : 0) + (q ? 1 : 0) > 100"), expr.True)); v != Impossible {
		t.Error("132 combinations", v)
	}
	wide := 390.0
	s := space(Variable{Name: "n", Type: expr.Int, Min: &three, Max: &wide}, Variable{Name: "m", Type: expr.Int, Min: &three, Max: &wide})
	if v, _ := s.Can(Is(condition(t, "n + m > 10000"), expr.True)); v != Undecided {
		t.Error("more than are tried must stay undecided:", v)
	}
}

func TestBudget(t *testing.T) {
	c, left := condition(t, "n > 4 && m > 4 && x > 100.0"), 10
	s := space()
	s.Budget = &left
	if !s.Never(c) || left >= 10 || left < 0 {
		t.Error("decided within the budget:", left)
	}
	if s.Never(c); s.Never(c) {
		t.Error("decided beyond the budget")
	}
}

func TestMeetings(t *testing.T) {
	c := condition(t, "n > m && x - y > 2.0 && n >= 4")
	if fmt.Sprint(c.Meetings) != "[{n m > 1 1} {x y - 1 10}]" || len(c.Comparisons) != 1 || c.Comparisons[0].Column != 25 {
		t.Errorf("%v %v", c.Meetings, c.Comparisons)
	}
}

// TestAgainstBruteForce draws conditions and compares each verdict with all values of
// a grid that is denser than the constants.
func TestAgainstBruteForce(t *testing.T) {
	env := environment(t)
	atoms := rapid.Custom(func(t *rapid.T) string {
		op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "op")
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return fmt.Sprintf("n %s %d", op, rapid.IntRange(0, 12).Draw(t, "constant"))
		case 1:
			return fmt.Sprintf("x %s %.1f", op, float64(rapid.IntRange(4, 20).Draw(t, "constant"))/2)
		case 2:
			return rapid.SampledFrom([]string{"p", "q", "!p", "p == q", "p != false"}).Draw(t, "boolean")
		case 3:
			return fmt.Sprintf("sex %s %q", rapid.SampledFrom([]string{"==", "!="}).Draw(t, "equal"), rapid.SampledFrom([]string{"male", "female", "other"}).Draw(t, "code"))
		case 4:
			return fmt.Sprintf("n + dose %s %d", op, rapid.IntRange(0, 14).Draw(t, "constant"))
		}
		return fmt.Sprintf("dose %s %d", op, rapid.IntRange(-1, 3).Draw(t, "constant"))
	})
	draw := func(t *rapid.T) *Condition {
		src := atoms.Draw(t, "first")
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			src = fmt.Sprintf("(%s) %s %s", src, rapid.SampledFrom([]string{"&&", "||"}).Draw(t, "join"), atoms.Draw(t, "atom"))
			if rapid.Bool().Draw(t, "not") {
				src = "!(" + src + ")"
			}
		}
		p, issues := env.Compile(src, expr.Bool)
		if issues != nil {
			t.Fatal(src, issues)
		}
		c, err := New(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	grid := everything()
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t), draw(t)
		for _, demands := range [][]Demand{{Is(a, expr.True)}, {IsNot(a, expr.True)}, {Is(a, expr.True), IsNot(b, expr.True)}, {Is(a, expr.True), Is(b, expr.True)}} {
			want := Impossible
			names := append(slices.Clone(a.Names()), b.Names()...)
			grid(names, func(v expr.Vars) bool {
				for _, d := range demands {
					if !d.met(v) {
						return false
					}
				}
				want = Possible
				return true
			})
			got, example := space().Can(demands...)
			if got != want {
				t.Fatalf("%s with %s: %v, want %v (%v)", a.Source(), b.Source(), got, want, example)
			}
		}
	})
}

type values map[string]any

func (v values) Var(name string) (any, bool) { x, ok := v[name]; return x, ok }

// everything goes through all values of the grid of the variables named.
func everything() func(names []string, each func(expr.Vars) bool) {
	of := map[string][]any{"p": {true, false}, "q": {true, false}, "sex": {"male", "female"}, "dose": {int64(0), int64(1), int64(2)}}
	for i := 2; i <= 10; i++ {
		of["n"] = append(of["n"], int64(i))
	}
	lo, hi := variables["x"].ends()
	of["x"] = append(of["x"], lo, hi)
	for i := 12; i <= 36; i++ {
		of["x"] = append(of["x"], float64(i)/4)
	}
	return func(names []string, each func(expr.Vars) bool) {
		slices.Sort(names)
		names = slices.Compact(names)
		v := values{}
		var walk func(i int) bool
		walk = func(i int) bool {
			if i == len(names) {
				return each(v)
			}
			for _, x := range of[names[i]] {
				v[names[i]] = x
				if walk(i + 1) {
					return true
				}
			}
			return false
		}
		walk(0)
	}
}

func TestOutcomes(t *testing.T) {
	for src, want := range map[string]string{"n > 10": "false true", "n < 11": "true false", "n > 5": "true true"} {
		c := condition(t, src)
		holds, fails, ok := variables["n"].Outcomes(c.Comparisons[0])
		if got := fmt.Sprint(holds, fails); !ok || got != want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
	if _, err := New(mustProgram(t, strings.Repeat("!", 10)+"p"), nil); err != nil {
		t.Error(err)
	}
}

func mustProgram(t *testing.T, src string) *expr.Program {
	t.Helper()
	p, issues := environment(t).Compile(src, expr.Bool)
	if issues != nil {
		t.Fatal(issues)
	}
	return p
}

func BenchmarkContradict(b *testing.B) {
	c := condition(b, `(n >= 4 || x >= 5.0) && (m >= 4 || y >= 5.0) && (p || q) && sex == "male"`)
	d := condition(b, "n < 4 && m < 4 && x < 4.0 && !p")
	for b.Loop() {
		space().Contradict(c, d)
	}
}

func BenchmarkNew(b *testing.B) {
	p, issues := environment(b).Compile(`(n >= 4 || x >= 5.0) && (m >= 4 || y >= 5.0) && (p || q) && sex == "male"`, expr.Bool)
	if issues != nil {
		b.Fatal(issues)
	}
	for b.Loop() {
		if _, err := New(p, nil); err != nil {
			b.Fatal(err)
		}
	}
}
