package instruments_test

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"varde/instrument"
	"varde/instruments"
	"varde/protocol"
)

// library is read once; compiled instruments never change.
var library = sync.OnceValues(func() (instrument.Library, []protocol.Finding) {
	return protocol.LoadLibrary(instruments.FS)
})

func shipped(t testing.TB) instrument.Library {
	t.Helper()
	lib, findings := library()
	for _, f := range findings {
		if f.Severity != "confirm" {
			t.Fatalf("the shipped instruments do not load: %s", f)
		}
	}
	return lib
}

func the(t testing.TB, id string) *instrument.Compiled {
	t.Helper()
	c, ok := shipped(t)[id]
	if !ok {
		t.Fatalf("no instrument %q is shipped", id)
	}
	return c
}

func TestEveryFileIsAnInstrumentOfItsName(t *testing.T) {
	files, err := fs.Glob(instruments.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f, ".yaml"))
	}
	ids := slices.Sorted(maps.Keys(shipped(t)))
	if slices.Sort(names); !slices.Equal(ids, names) {
		t.Errorf("ids %v\nfiles %v", ids, names)
	}
}

// answers is a form filled in by a test: whole numbers, decimals, yes and no,
// codes, and lists of codes.
type answers map[string]any

func (a answers) values() map[string]instrument.Value {
	out := make(map[string]instrument.Value, len(a))
	for id, x := range a {
		switch x := x.(type) {
		case int:
			out[id] = instrument.NumberValue(float64(x))
		case float64:
			out[id] = instrument.NumberValue(x)
		case bool:
			out[id] = instrument.BoolValue(x)
		case string:
			out[id] = instrument.StringValue(x)
		case []string:
			out[id] = instrument.ListValue(x...)
		case instrument.Value:
			out[id] = x
		default:
			panic("a test answered " + id + " with something that is no answer")
		}
	}
	return out
}

func (a answers) with(more answers) answers {
	out := maps.Clone(a)
	maps.Copy(out, more)
	return out
}

func (a answers) without(ids ...string) answers {
	out := maps.Clone(a)
	for _, id := range ids {
		delete(out, id)
	}
	return out
}

// row answers items of type choice or integer in the order of ids.
func row(ids []string, scores ...int) answers {
	if len(ids) != len(scores) {
		panic("as many answers as items are needed")
	}
	out := answers{}
	for i, id := range ids {
		out[id] = scores[i]
	}
	return out
}

// expectScores checks scores that must have a value (number or boolean), and,
// where the wanted value is nil, those that must have none.
func expectScores(t *testing.T, c *instrument.Compiled, a answers, want answers) {
	t.Helper()
	values := a.values()
	if errs := c.Validate(values); len(errs) > 0 {
		t.Fatalf("%s: the answers are malformed: %v", c.ID, errs[0])
	}
	got := c.Score(values)
	for id, w := range want {
		v, there := got[id]
		if w == nil {
			if there && v.Given() {
				t.Errorf("%s.%s = %s, want none", c.ID, id, v.Text())
			}
			continue
		}
		if expected := (answers{id: w}).values()[id]; !v.Equal(expected) {
			t.Errorf("%s.%s = %q, want %s", c.ID, id, v.Text(), expected.Text())
		}
	}
}

// raised lists the ids of the alerts that the answers raise.
func raised(c *instrument.Compiled, a answers) []string {
	values := a.values()
	out := []string{}
	for _, alert := range c.Alerting(values, c.Score(values)) {
		out = append(out, alert.ID)
	}
	slices.Sort(out)
	return out
}

// band answers the id of the cut-off band that a value of the score lies in, or "".
func band(t *testing.T, c *instrument.Compiled, score string, x float64) string {
	t.Helper()
	bands := c.Bands(map[string]instrument.Value{score: instrument.NumberValue(x)})
	switch len(bands) {
	case 0:
		return ""
	case 1:
		return bands[0].ID
	}
	t.Fatalf("%s.%s = %v lies in %d bands", c.ID, score, x, len(bands))
	return ""
}

func number(t testing.TB, scores map[string]instrument.Value, id string) float64 {
	t.Helper()
	x, ok := scores[id].Float()
	if !ok {
		t.Fatalf("score %s has no number", id)
	}
	return x
}

func yes(t testing.TB, scores map[string]instrument.Value, id string) bool {
	t.Helper()
	b, ok := scores[id].Bool()
	if !ok {
		t.Fatalf("score %s is neither yes nor no", id)
	}
	return b
}
