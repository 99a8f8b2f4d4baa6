package instrument

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func anyValue() *rapid.Generator[Value] {
	return rapid.OneOf(
		rapid.Just(Value{}),
		rapid.Map(rapid.Float64Range(1e-5, 1e12), NumberValue),
		rapid.Map(rapid.StringMatching(`-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,5})?`), func(s string) Value {
			v, err := ParseNumber(s)
			if err != nil {
				panic(err) // every such number can be kept exactly
			}
			return v
		}),
		rapid.Map(rapid.String(), StringValue),
		rapid.Map(rapid.Bool(), BoolValue),
		rapid.Map(rapid.SliceOf(rapid.String()), func(l []string) Value { return ListValue(l...) }),
		rapid.Map(rapid.SampledFrom(AbsentReasons), AbsentValue),
		rapid.Map(rapid.String(), SealedValue),
	)
}

func TestValuesReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue().Draw(t, "value")
		b, err := v.MarshalJSON()
		if err != nil || !json.Valid(b) {
			t.Fatalf("%s: %v", b, err)
		}
		var back Value
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if !back.Equal(v) || back.Kind() != v.Kind() || back.Text() != v.Text() && v.Kind() != List {
			t.Fatalf("%s is read as %q, was %q", b, back.Text(), v.Text())
		}
		again, _ := back.MarshalJSON()
		if string(again) != string(b) {
			t.Fatalf("%s is written again as %s", b, again)
		}
	})
}

func TestParse(t *testing.T) {
	c := form(t)
	for _, x := range []struct{ item, entered, want, code string }{
		{"q1", "3", "3", ""}, {"q1", " 3 ", "3", ""}, {"q1", "", "null", ""}, {"q1", "-2", "-2", ""}, {"q1", "\u22122", "-2", ""}, {"q1", "99", "99", ""},
		{"q1", "3.5", "", "not-whole"}, {"q1", "3,0", "3", ""}, {"q1", "three", "", "not-a-number"}, {"q1", "1e3", "", "not-a-number"}, {"q1", "0x1", "", "not-a-number"},
		{"q1", "1 000", "", "not-a-number"}, {"q1", "1.000,5", "", "not-a-number"}, {"q1", "012", "", "not-a-number"}, {"q1", "NaN", "", "not-a-number"},
		{"temp", "36,5", "36.5", ""}, {"temp", "36.50", "36.5", ""}, {"temp", "1234567890123.1234567", "", "too-many-digits"}, {"temp", "0.0000001", "", "too-many-digits"}, {"temp", "36,", "", "not-a-number"},
		{"yes", "ja", "true", ""}, {"yes", "No", "false", ""}, {"yes", "1", "", "not-yes-no"},
		{"how", "3", "3", ""}, {"how", "1", "", "not-a-choice"},
		{"any", "b,a", `["a","b"]`, ""}, {"any", `["no"]`, `["no"]`, ""}, {"any", "a,z", "", "not-a-choice"}, {"any", "[1", "", "not-a-choice"},
		{"day", "2026-02-28", `"2026-02-28"`, ""}, {"day", "2026-02-30", "", "not-a-date"}, {"day", "28.02.2026", "", "not-a-date"}, {"day", "0026-02-28", "", "not-a-date"},
		{"moment", "2026-05-17T09:30+02:00", `"2026-05-17T09:30:00+02:00"`, ""}, {"moment", "2026-05-17T09:30:15Z", `"2026-05-17T09:30:15Z"`, ""},
		{"moment", "2026-05-17T09:30", "", "not-a-datetime"}, {"moment", "0001-01-01T00:00:00Z", "", "not-a-datetime"},
		{"clock", "09:30", `"09:30"`, ""}, {"clock", "9:30", "", "not-a-time"}, {"clock", "24:00", "", "not-a-time"},
		{"note", "a\r\nb <c>", `"a\nb <c>"`, ""}, {"note", "a\x00b", "", "bad-text"}, {"note", "\xff", "", "bad-text"}, {"note", strings.Repeat("å", MaxText+1), "", "too-long"},
		{"other", "1", "", "unknown-item"}, {"other", "", "", "unknown-item"},
	} {
		v, err := c.Parse(x.item, x.entered)
		var fault *ValueError
		switch {
		case x.code != "":
			if !errors.As(err, &fault) || fault.Code != x.code || fault.Item != x.item || !fault.Text.Complete() {
				t.Errorf("%s %.30q: %v, want %s", x.item, x.entered, err, x.code)
			}
		case err != nil:
			t.Errorf("%s %q: %v", x.item, x.entered, err)
		default:
			if got, _ := v.MarshalJSON(); string(got) != x.want {
				t.Errorf("%s %q: %s, want %s", x.item, x.entered, got, x.want)
			}
			if faults := c.Validate(map[string]Value{x.item: v}); len(faults) > 0 {
				t.Errorf("%s %q is parsed but not valid: %v", x.item, x.entered, faults[0])
			}
		}
	}
}

func TestValidateRefusesWhatIsMalformed(t *testing.T) {
	c := form(t)
	for name, x := range map[string]struct {
		item string
		v    Value
		code string
	}{
		"unknown item":      {"zz", NumberValue(1), "unknown-item"},
		"text for number":   {"q1", StringValue("1"), "not-a-number"},
		"fraction":          {"q1", NumberValue(1.5), "not-whole"},
		"unknown option":    {"how", NumberValue(9), "not-a-choice"},
		"code of text kind": {"how", StringValue("3"), "not-a-choice"},
		"choice for many":   {"any", StringValue("a"), "not-a-choice"},
		"twice":             {"any", ListValue("a", "a"), "not-a-choice"},
		"number for bool":   {"yes", NumberValue(1), "not-yes-no"},
		"number for text":   {"note", NumberValue(1), "wrong-kind"},
		"number for date":   {"day", NumberValue(1), "wrong-kind"},
		"reason":            {"q1", AbsentValue("felt like it"), "unknown-reason"},
	} {
		faults := c.Validate(map[string]Value{x.item: x.v, "q2": NumberValue(1)})
		if len(faults) != 1 || faults[0].Code != x.code || !faults[0].Text.Complete() {
			t.Errorf("%s: %v, want %s", name, faults, x.code)
		}
	}
	if faults := c.Validate(map[string]Value{"q1": {}, "q2": AbsentValue("refused"), "q3": NumberValue(77)}); len(faults) > 0 {
		t.Errorf("nothing, a reason and an implausible value are well formed: %v", faults)
	}
}

func TestDoubts(t *testing.T) {
	c := form(t)
	temp, _ := ParseNumber("43.25")
	got := c.Doubts(map[string]Value{"q1": NumberValue(5), "q2": NumberValue(4), "temp": temp})
	var codes []string
	for _, d := range got {
		codes = append(codes, d.Item+" "+d.Code)
		if !d.Text.Complete() {
			t.Errorf("%v has no text", d)
		}
	}
	if s := strings.Join(codes, ", "); s != "q1 out-of-range, temp out-of-range, temp too-precise" {
		t.Errorf("doubts %s", s)
	}
	if !strings.Contains(got[1].Text.NB, "43,25 Cel") || !strings.Contains(got[1].Text.EN, "43.25 Cel") {
		t.Errorf("%+v", got[1].Text)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1", "36,5", "ja", "[\"a\"]", "2026-01-01", "2026-05-17T09:30Z", "\xff", ",,"} {
		f.Add(s)
	}
	c := form(f)
	f.Fuzz(func(t *testing.T, s string) {
		for i := range c.Items {
			id := c.Items[i].ID
			v, err := c.Parse(id, s)
			if err != nil {
				continue
			}
			if faults := c.Validate(map[string]Value{id: v}); len(faults) > 0 {
				t.Fatalf("%s %q is parsed but not valid: %v", id, s, faults[0])
			}
			b, _ := v.MarshalJSON()
			var back Value
			if err := back.UnmarshalJSON(b); err != nil || !back.Equal(v) {
				t.Fatalf("%s %q: %s, %v", id, s, b, err)
			}
		}
	})
}
