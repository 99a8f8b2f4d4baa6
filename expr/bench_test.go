package expr

import "testing"

type mapVars map[string]any

func (m mapVars) Var(name string) (any, bool) { v, ok := m[name]; return v, ok }

func BenchmarkSimpleComparison(b *testing.B) {
	e, err := NewEnv(map[string]Type{"pcl5.total": Double})
	if err != nil {
		b.Fatal(err)
	}
	p, issues := e.Compile("pcl5.total >= 31", Bool)
	if issues != nil {
		b.Fatal(issues)
	}
	v := mapVars{"pcl5.total": 40.0}
	b.ReportAllocs()
	for b.Loop() {
		if got, _ := p.Test(v); got != True {
			b.Fatal(got)
		}
	}
}

func BenchmarkUnknownDecided(b *testing.B) {
	e, _ := NewEnv(map[string]Type{"a": Double, "b": Bool, "c": Int})
	p, issues := e.Compile("a / 2.0 >= 31.0 || b || c > 3", Bool)
	if issues != nil {
		b.Fatal(issues)
	}
	v := mapVars{"c": int64(4)}
	b.ReportAllocs()
	for b.Loop() {
		if got, _ := p.Test(v); got != True {
			b.Fatal(got)
		}
	}
}

func BenchmarkNewEnv5000(b *testing.B) {
	vars := map[string]Type{}
	for i := range 5000 {
		vars["V"+string(rune('A'+i%20))+".form"+string(rune('a'+i/20%26))+".item"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676%26))] = Double
	}
	b.Logf("%d", len(vars))
	for b.Loop() {
		e, err := NewEnv(vars)
		if err != nil {
			b.Fatal(err)
		}
		e.Compile("1 == 1", Bool)
	}
}

func BenchmarkCompile(b *testing.B) {
	e, _ := NewEnv(map[string]Type{"a.x": Double, "b.x": Bool, "c.x": Int})
	for b.Loop() {
		if _, issues := e.Compile("a.x / 2.0 >= 31.0 || b.x || c.x > 3", Bool); issues != nil {
			b.Fatal(issues)
		}
	}
}
