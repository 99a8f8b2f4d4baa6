package ledger

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonicalJSON(t *testing.T) {
	for in, want := range map[string]string{
		` { "b" : 1 , "a" : [ true , null , false ] } `:  `{"a":[true,null,false],"b":1}`,
		`[1.0,100,1e2,-0,0.1e1,1E400000000000000000000]`: "",
		`[1.0,100,1e2,-0,0.1e1]`:                         `[1,100,100,0,1]`,
		`1e21`:                                           `1e+21`,
		`1e-7`:                                           `1e-7`,
		`0.0000010`:                                      `0.000001`,
		`0.0000001`:                                      `1e-7`,
		`123456789012345678`:                             "", // a float64 would change it
		`9007199254740993`:                               "",
		`9007199254740992`:                               `9007199254740992`,
		`0.30000000000000004`:                            `0.30000000000000004`,
		`0.3000000000000000400001`:                       "",
		`1e-400`:                                         "",
		`0e-99999999999999999999999`:                     `0`,
		`"\u00e5\u002f\u000a\ud83d\ude00\u0007"`:         "\"å/\\n😀\\u0007\"",
		`"\ud83d"`:                                       "",
		`"\ude00\ud83d"`:                                 "",
		`{"a":1,"\u0061":2}`:                             "",                               // one key twice
		`{"\ufb33":1,"\ud83d\ude00":2,"z":3}`:            "{\"z\":3,\"😀\":2,\"\ufb33\":1}", // UTF-16 order
		`{"a":1}{`:                                       "",
		`[1,]`:                                           "",
		`{"a"}`:                                          "",
		`01`:                                             "",
		`+1`:                                             "",
		`.5`:                                             "",
		`5.`:                                             "",
		`1e`:                                             "",
		`tru`:                                            "",
		"\"\xff\"":                                       "",
		"\"\n\"":                                         "",
		``:                                               "",
		`"`:                                              "",
		`"\x"`:                                           "",
		`"\u12"`:                                         "",
		strings.Repeat("[", 10_000):                      "",
	} {
		got, err := CanonicalJSON([]byte(in))
		if string(got) != want || (err != nil) != (want == "") {
			t.Errorf("%.60s: got %s, %v; want %s", in, got, err, want)
		}
		if IsCanonical([]byte(in)) != (in == want && want != "") {
			t.Errorf("%.60s: IsCanonical is wrong", in)
		}
		if want != "" && !IsCanonical([]byte(want)) {
			t.Errorf("%s is not found canonical", want)
		}
	}
}

func TestCanonicalOfValues(t *testing.T) {
	type form struct {
		Name  string         `json:"name"`
		Items map[string]any `json:"items"`
		Raw   json.RawMessage
	}
	got, err := Canonical(form{Name: "<Ås & \u2028>", Items: map[string]any{"b": 1.50, "a": nil}, Raw: json.RawMessage(`{ "z":1, "y":2 }`)})
	want := "{\"Raw\":{\"y\":2,\"z\":1},\"items\":{\"a\":null,\"b\":1.5},\"name\":\"<Ås & \u2028>\"}"
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	for _, bad := range []any{"\xff", map[string]any{"a\xff": 1}, math.NaN(), make(chan int), json.RawMessage("{"), json.RawMessage(nil)} {
		if got, err := Canonical(bad); err == nil {
			t.Errorf("%v gave %s", bad, got)
		}
	}
	if got, err := Canonical("\ufffd"); err != nil || string(got) != "\"\ufffd\"" {
		t.Errorf("a replacement character that is in the text itself is text: %s, %v", got, err)
	}
	raw := json.RawMessage(`{"a":1}`)
	if got, _ := Canonical(raw); &got[0] != &raw[0] {
		t.Error("canonical text is copied")
	}
}

func TestIsCanonicalDoesNotAllocate(t *testing.T) {
	text := []byte(`{"form":"pcl5","items":{"i01":3,"i02":null,"t":36.6},"note":"sov dårlig","visits":["v1","v2"]}`)
	if n := testing.AllocsPerRun(100, func() {
		if !IsCanonical(text) {
			t.Fatal("not canonical")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// jsonValue draws any JSON value.
func jsonValue(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.String().AsAny(),
		rapid.Float64().AsAny(), rapid.IntRange(-1<<53, 1<<53).AsAny(),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.SliceOfN(jsonValue(depth-1), 0, 4).AsAny(),
		rapid.MapOfN(rapid.String(), jsonValue(depth-1), 0, 4).AsAny())
}

func TestCanonicalKeepsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := jsonValue(3).Draw(t, "value")
		text, err := json.MarshalIndent(v, " ", "\t")
		if err != nil {
			t.Skip("not JSON")
		}
		canonical, err := CanonicalJSON(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !IsCanonical(canonical) {
			t.Fatalf("%s is not found canonical", canonical)
		}
		var before, after any
		if json.Unmarshal(text, &before) != nil || json.Unmarshal(canonical, &after) != nil || !reflect.DeepEqual(before, after) {
			t.Fatalf("%s became %s", text, canonical)
		}
	})
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,"x\u00e5"],"b":{"c":null}}`, `-0`, `1e-7`, `"\ud83d\ude00"`, `{"":{}}`, "[[[]]]", `{"\n":1,"a":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := CanonicalJSON(in)
		if err != nil {
			if IsCanonical(in) {
				t.Fatalf("%q is found canonical but can not be made so: %v", in, err)
			}
			return
		}
		if !json.Valid(in) || !json.Valid(out) {
			t.Fatalf("%q gave %q: one of them is not JSON", in, out)
		}
		if IsCanonical(in) != bytes.Equal(in, out) {
			t.Fatalf("%q gave %q: IsCanonical disagrees", in, out)
		}
		again, err := CanonicalJSON(out)
		if err != nil || !bytes.Equal(again, out) || !IsCanonical(out) {
			t.Fatalf("%q gave %q, then %q, %v", in, out, again, err)
		}
	})
}

func BenchmarkIsCanonical(b *testing.B) {
	text := []byte(`{"form":"pcl5","items":{"i01":3,"i02":2,"i03":4,"i04":1,"i05":0,"i06":36.6},"note":"sov dårlig i natt, drømte mye","visit":"baseline"}`)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		IsCanonical(text)
	}
}
