package expr

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func environment(t testing.TB) *Env {
	t.Helper()
	e, err := NewEnv(map[string]Type{
		"p": Bool, "q": Bool, "n": Int, "m": Int, "x": Double, "y": Double, "s": String, "l": Strings,
		"caps5.total": Double, "V3.caps5.total": Double, "V3.caps5.dx": Bool, "session.hold": Bool,
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func compiled(t testing.TB, src string, want Type) *Program {
	t.Helper()
	p, issues := environment(t).Compile(src, want)
	if len(issues) > 0 {
		t.Fatalf("%s: %v", src, issues)
	}
	return p
}

// TestThreeValuedLogic is Kleene's table: an unknown does not decide.
func TestThreeValuedLogic(t *testing.T) {
	and := map[[2]Truth]Truth{
		{True, True}: True, {True, False}: False, {False, True}: False, {False, False}: False,
		{True, Unknown}: Unknown, {Unknown, True}: Unknown, {False, Unknown}: False, {Unknown, False}: False, {Unknown, Unknown}: Unknown,
	}
	or := map[[2]Truth]Truth{
		{True, True}: True, {True, False}: True, {False, True}: True, {False, False}: False,
		{True, Unknown}: True, {Unknown, True}: True, {False, Unknown}: Unknown, {Unknown, False}: Unknown, {Unknown, Unknown}: Unknown,
	}
	set := func(v mapVars, name string, is Truth) {
		if is != Unknown {
			v[name] = is == True
		}
	}
	for _, op := range []struct {
		src   string
		table map[[2]Truth]Truth
	}{{"p && q", and}, {"p || q", or}} {
		program := compiled(t, op.src, Bool)
		for in, want := range op.table {
			v := mapVars{}
			set(v, "p", in[0])
			set(v, "q", in[1])
			if got, err := program.Test(v); got != want || err != nil {
				t.Errorf("%s with %v: %v, %v; want %v", op.src, in, got, err, want)
			}
		}
	}
	not := compiled(t, "!p", Bool)
	for in, want := range map[Truth]Truth{True: False, False: True, Unknown: Unknown} {
		v := mapVars{}
		set(v, "p", in)
		if got, _ := not.Test(v); got != want {
			t.Errorf("!%v: %v, want %v", in, got, want)
		}
	}
	deciding := map[string]Truth{
		"x > 1.0":                      Unknown, // a comparison with nothing
		"p ? true : true":              Unknown, // what it hangs on is not known
		"n in [1, 2]":                  Unknown,
		"'a' in l":                     Unknown,
		"s.contains('a')":              Unknown,
		"x / y > 1.0 || q":             True,
		"x > 1.0 && !q":                False,
		"session.hold || !q || p || q": True,
	}
	for src, want := range deciding {
		if got, err := compiled(t, src, Bool).Test(mapVars{"q": true}); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", src, got, err, want)
		}
	}
}

func TestEval(t *testing.T) {
	v := mapVars{"p": true, "n": int64(7), "m": int64(2), "x": 2.5, "y": 0.5, "s": "mild", "l": []string{"a", "b"}, "caps5.total": 40.0, "V3.caps5.total": 20.0}
	for _, c := range []struct {
		src  string
		want Type
		out  any
	}{
		{"n + m", Int, int64(9)},
		{"n + m", Double, 9.0},
		{"n / m", Int, int64(3)},
		{"x / y", Double, 5.0},
		{"x > 2", Bool, true},
		{"n >= 6.5", Bool, true},
		{"V3.caps5.total - caps5.total", Double, -20.0},
		{"(caps5.total - V3.caps5.total) / caps5.total >= 0.5", Bool, true},
		{"s == 'mild' ? 1 : 2", Int, int64(1)},
		{"s", String, "mild"},
		{"l", Strings, []string{"a", "b"}},
		{"'b' in l && size(l) == 2", Bool, true},
		{"['a', 'c'].exists(k, k in l)", Bool, true},
		{"['a', 'c'].all(k, k in l)", Bool, false},
		{"math.greatest(n, m)", Any, int64(7)},
		{"p", Any, true},
	} {
		got, known, err := compiled(t, c.src, c.want).Eval(v)
		if err != nil || !known || !reflect.DeepEqual(got, c.out) {
			t.Errorf("%s: %#v, %v, %v; want %#v", c.src, got, known, err, c.out)
		}
	}
	if _, known, err := compiled(t, "x + y", Double).Eval(mapVars{"x": 1.0}); known || err != nil {
		t.Errorf("a value is missing: known %v, %v", known, err)
	}
}

func TestRunTimeErrors(t *testing.T) {
	v := mapVars{"n": int64(1), "m": int64(0), "x": 1.0, "y": 0.0, "p": true}
	for _, src := range []string{"n / m", "n % m", "x / y", "(x - 1.0) / y", "9223372036854775807 + n", "int(s)"} {
		_, known, err := compiled(t, src, Any).Eval(mapVars{"n": v["n"], "m": v["m"], "x": v["x"], "y": v["y"], "s": "z"})
		if err == nil || known {
			t.Errorf("%s gave no error", src)
		}
	}
	for _, src := range []string{"x / y > 1.0", "n / m == 1"} {
		if got, err := compiled(t, src, Bool).Test(v); err == nil || got != Unknown {
			t.Errorf("%s: %v, %v", src, got, err)
		}
	}
	if got, err := compiled(t, "p || x / y > 1.0", Bool).Test(v); got != True || err != nil {
		t.Errorf("an error that does not decide: %v, %v", got, err)
	}
}

func TestUses(t *testing.T) {
	p := compiled(t, "V3.caps5.total <= 11.0 && !V3.caps5.dx || ['a'].exists(k, k in l) && caps5.total > 1", Bool)
	if got := strings.Join(p.Uses(), " "); got != "V3.caps5.dx V3.caps5.total caps5.total l" {
		t.Errorf("uses %s", got)
	}
	if !strings.HasPrefix(p.Source(), "V3.caps5") || p.Type() != Bool {
		t.Errorf("source %q, type %v", p.Source(), p.Type())
	}
}

func TestIssues(t *testing.T) {
	e := environment(t)
	for src, want := range map[string]string{
		"":                                  "1:1: the expression is empty",
		"caps5.totl > 1":                    `1:1: there is no value "caps5.totl". Did you mean "caps5.total"?`,
		"p &&\n caps5.totl > 1":             `2:2: there is no value "caps5.totl"`,
		"V3.caps5 > 1":                      `"V3.caps5" is not a value: it lacks its last part. Write one of: V3.caps5.dx, V3.caps5.total`,
		"n":                                 "the expression gives a whole number where a boolean is needed",
		"x / 2 > 1":                         "/ does not work on a decimal number and a whole number. Write the whole number as a decimal one",
		"s > 1":                             "does not work on a text and a whole number",
		"p == 1":                            "A boolean is used by itself",
		"p and q":                           "Write && for and",
		"n = 1":                             "Write == to compare",
		"sizee(s) > 1":                      `there is no function "sizee". Did you mean "size"?`,
		"p || " + strings.Repeat("(", 99):   "not a valid expression",
		strings.Repeat("p || ", 3000) + "p": "longer than",
		"l.exists(a, l.exists(b, l.exists(c, l.exists(d, a + b + c + d == s))))": "could take too long",
	} {
		p, issues := e.Compile(src, Bool)
		if p != nil || len(issues) == 0 || !strings.Contains(issues[0].String(), want) {
			t.Errorf("%.40s: %v\nwant %s", src, issues, want)
		}
		for _, i := range issues {
			if i.Line < 1 || i.Column < 1 {
				t.Errorf("%.40s: no place: %+v", src, i)
			}
		}
	}
	for _, name := range []string{"a b", "in", "x.in", "1a", "", "a..b", "é"} {
		if _, err := NewEnv(map[string]Type{name: Bool}); err == nil {
			t.Errorf("%q was taken as a name", name)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	e := environment(t)
	p := compiled(t, "x > 1.0 && p || n > 3", Bool)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 300 {
				v := mapVars{"n": int64(i)}
				if i%2 == 0 {
					v["x"], v["p"] = 0.0, true
				}
				want := Unknown
				if i > 3 {
					want = True
				} else if i%2 == 0 {
					want = False
				}
				if got, err := p.Test(v); got != want || err != nil {
					t.Errorf("%d: %v, %v; want %v", i, got, err, want)
				}
				if i%50 == 0 {
					if _, issues := e.Compile(fmt.Sprintf("n > %d", i), Bool); issues != nil {
						t.Error(issues)
					}
				}
			}
		})
	}
	wg.Wait()
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"p && q", "x / 2.0 > y", "l.exists(a, a == s)", "V3.caps5.total", "((((", "'", "p ? 1 : ", "has(p.q)", "[1,2].map(a, a)", "{'a': 1}.a", "b\"\\xff\"", "1u + 2u", "dyn(p)"} {
		f.Add(s)
	}
	e := environment(f)
	v := mapVars{"p": true, "n": int64(1), "x": 0.0, "s": "a", "l": []string{"a"}}
	f.Fuzz(func(t *testing.T, src string) {
		p, issues := e.Compile(src, Any)
		if (p == nil) != (len(issues) > 0) {
			t.Fatalf("program %v, issues %v", p != nil, issues)
		}
		if p != nil {
			if x, known, err := p.Eval(v); err != nil && known || known && x == nil && p.Type() != Strings {
				t.Fatalf("%v, %v, %v", x, known, err)
			}
		}
	})
}

func TestClosest(t *testing.T) {
	roles := []string{"physician", "monitor", "therapist", "rater", "coordinator"}
	visits := []string{"V0", "V10", "P2", "C1_1", "Baseline"}
	for _, c := range []struct {
		name  string
		among []string
		want  string
	}{
		{"physican", roles, "physician"}, {"Therapist", roles, "therapist"}, {"ratre", roles, "rater"},
		{"doctor", roles, ""}, // not the monitor
		{"v0", visits, "V0"}, {"V9", visits, ""}, {"F24", visits, ""}, {"C1_2", visits, ""}, {"baselin", visits, "Baseline"},
		{"S", []string{"X", "H", "M", "L"}, ""}, {"", roles, ""},
	} {
		if got := Closest(c.name, c.among); got != c.want {
			t.Errorf("%q: %q, want %q", c.name, got, c.want)
		}
	}
}
