package locale

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func files(en, nb string) fstest.MapFS {
	return fstest.MapFS{"en.yaml": {Data: []byte(en)}, "nb.yaml": {Data: []byte(nb)}}
}

func TestOwnWordsAreComplete(t *testing.T) {
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Keys()) < 40 || !c.Has("ui.skip") || !c.Plural("ui.errors") || c.Plural("ui.skip") {
		t.Errorf("the catalogue holds %d keys", len(c.Keys()))
	}
	for _, lang := range Languages {
		if s, err := c.Count(lang, "ui.errors", 1); err != nil || !strings.HasPrefix(s, "1 ") {
			t.Errorf("%s: %q, %v", lang, s, err)
		}
	}
}

func TestAddRefusesFaultyFiles(t *testing.T) {
	cases := []struct{ name, en, nb, want string }{
		{"missing in nb", "a.b: \"x\"\na.c: \"y\"", "a.b: \"x\"", `nb.yaml: key "a.c" is missing`},
		{"missing in en", "a.b: \"x\"", "a.b: \"x\"\na.d: \"z\"", `en.yaml: key "a.d" is missing`},
		{"other arguments", "a.b: \"Hi {name}\"", "a.b: \"Hei {navn}\"", `takes {name} in en but {navn} in nb`},
		{"plural in one only", "a.b: {one: x, other: y}", "a.b: \"x\"", "plural in one language only"},
		{"half a plural", "a.b: {one: x}", "a.b: {one: x}", "exactly the forms one and other"},
		{"not a text", "a.b: 3", "a.b: 3", "want a text in quotes"},
		{"empty", "a.b: \"\"", "a.b: \"x\"", "is empty"},
		{"bad key", "A b: \"x\"", "A b: \"x\"", "use small letters"},
		{"defined twice", "ui.skip: \"x\"", "ui.skip: \"x\"", "already defined in web/ui/locale"},
		{"same key twice in a file", "a.b: \"x\"\na.b: \"y\"", "a.b: \"x\"", "already defined"},
	}
	for _, k := range cases {
		c, err := New()
		if err != nil {
			t.Fatal(err)
		}
		before := len(c.Keys())
		err = c.Add("page", files(k.en, k.nb))
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%s: got %v, want %q", k.name, err, k.want)
		}
		if len(c.Keys()) != before {
			t.Errorf("%s: a faulty file was added in part", k.name)
		}
	}
	c, _ := New()
	if err := c.Add("page", fstest.MapFS{"en.yaml": {Data: []byte("a.b: x")}}); err == nil {
		t.Error("a package without nb.yaml was accepted")
	}
}

func TestText(t *testing.T) {
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	err = c.Add("page", files("v.hi: \"Hi {name}, {what}\"\nv.days:\n  one: \"one day\"\n  other: \"{n} days\"", "v.hi: \"Hei {name}, {what}\"\nv.days:\n  one: \"én dag\"\n  other: \"{n} dager\""))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.Text("nb", "v.hi", "name", "{what}", "what", 3); err != nil || s != "Hei {what}, 3" {
		t.Errorf("got %q, %v: a value must not be filled again", s, err)
	}
	for n, want := range map[int]string{0: "0 dager", 1: "én dag", 2: "2 dager", -1: "én dag", 12000: "12\u202f000 dager"} {
		if s, err := c.Count("nb", "v.days", n); err != nil || s != want {
			t.Errorf("%d: got %q, %v", n, s, err)
		}
	}
	for _, args := range [][]any{{"name", "x"}, {"name", "x", "what"}, {"name", "x", "what", 1, "more", 2}, {1, "x", "what", 1}} {
		if s, err := c.Text("en", "v.hi", args...); err == nil {
			t.Errorf("%v gave %q, want an error", args, s)
		}
	}
	if _, err := c.Text("en", "no.such"); err == nil {
		t.Error("an unknown key was accepted")
	}
	if _, err := c.Text("en", "v.days"); err == nil {
		t.Error("a plural was given without its number")
	}
	if got := c.Must("en", "no.such"); got != "no.such" {
		t.Errorf("got %q", got)
	}
	if s, err := c.Text("xx", "ui.skip"); err != nil || s != "Skip to main content" {
		t.Errorf("an unknown language gave %q, %v", s, err)
	}
}

func TestMatch(t *testing.T) {
	cases := map[string]string{
		"": English, "nb-NO,nb;q=0.9,en;q=0.8": Norwegian, "en-GB,en;q=0.9,nb;q=0.8": English, "no": Norwegian, "nn": Norwegian,
		"sv-SE,sv": Norwegian, "fr,de;q=0.5": English, "garbage;;;": English, "*": English,
	}
	for header, want := range cases {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := Match("", r); got != want {
			t.Errorf("%q gave %s, want %s", header, got, want)
		}
		if got := Match("nb", r); got != Norwegian {
			t.Errorf("a wish for nb gave %s", got)
		}
	}
	if Match("klingon", nil) != English {
		t.Error("an unknown wish should fall back")
	}
}

func TestDates(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	at := time.Date(2026, 2, 3, 23, 30, 0, 0, time.UTC) // 4 February in Oslo
	en, nb := In("en", oslo), In("nb", oslo)
	for _, c := range [][2]string{
		{en.Date(at), "4 February 2026"}, {nb.Date(at), "4. februar 2026"}, {en.DateShort(at), "4 Feb 2026"}, {nb.DateShort(at), "4. feb. 2026"},
		{en.DateLong(at), "Wednesday 4 February 2026"}, {nb.DateLong(at), "onsdag 4. februar 2026"}, {nb.Time(at), "00:30"},
		{en.DateTime(at), "4 Feb 2026, 00:30"}, {nb.DateTime(at), "4. feb. 2026 kl. 00:30"}, {nb.Machine(at), "2026-02-04T00:30:00+01:00"},
		{nb.Date(time.Time{}), "–"}, {nb.Machine(time.Time{}), ""},
		{nb.Percent(0.711, 1), "71,1\u00a0%"}, {en.Percent(0.711, 0), "71%"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}

func TestDuration(t *testing.T) {
	en, nb := In("en", nil), In("nb", nil)
	for _, c := range [][2]string{
		{en.Duration(45 * time.Second), "45 s"}, {nb.Duration(65 * time.Minute), "1 t 5 min"}, {en.Duration(2 * time.Hour), "2 h"},
		{nb.Duration(76*time.Hour + 20*time.Minute), "3 døgn 4 t"}, {en.Duration(24 * time.Hour), "1 day"}, {en.Duration(-5 * time.Minute), "−5 min"},
		{en.Clock(95 * time.Minute), "1:35"}, {en.Clock(-5 * time.Minute), "−0:05"}, {en.Duration(0), "0 s"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
	_ = en.Duration(-1 << 63) // must not overflow into nonsense or panic
}

func TestParseTime(t *testing.T) {
	for in, want := range map[string][2]int{"14:05": {14, 5}, "14.05": {14, 5}, "1405": {14, 5}, "9:05": {9, 5}, "905": {9, 5}, " 00:00 ": {0, 0}, "23:59": {23, 59}} {
		if h, m, ok := ParseTime(in); !ok || h != want[0] || m != want[1] {
			t.Errorf("%q gave %d:%d %v", in, h, m, ok)
		}
	}
	for _, in := range []string{"", "24:00", "12:60", "2 pm", "14:5", "14", "12345", "::", "1:2:3", "-1:00", "a:bc"} {
		if h, m, ok := ParseTime(in); ok {
			t.Errorf("%q gave %d:%d, want a refusal", in, h, m)
		}
	}
}
