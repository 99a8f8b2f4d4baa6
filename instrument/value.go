package instrument

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
)

// ValueKind is the kind of a Value.
type ValueKind uint8

const (
	None   ValueKind = iota // not answered
	Number                  // integer, decimal, scale or an integer-coded choice
	String                  // text, coded choice, date, date-time, time
	Bool                    // boolean
	List                    // multichoice
	Absent                  // answered with a reason why there is no value, such as "refused"
	Sealed                  // answered, and kept apart: only the vault can open it
)

// Value is one answer, kept exactly as it was given. A number is kept in its
// shortest decimal form: 36.50 and 36.5 are the same number, and one that cannot
// be kept exactly is refused, never rounded.
type Value struct {
	kind ValueKind
	num  float64
	str  string // String: the text; Number: its shortest decimal form; Absent: the reason; Sealed: what the vault made of it
	list []string
}

// NumberValue is a number in its shortest decimal form.
func NumberValue(x float64) Value {
	if x == 0 {
		x = 0 // without the sign of -0
	}
	return Value{kind: Number, num: x, str: strconv.FormatFloat(x, 'f', -1, 64)}
}

// ParseNumber reads a decimal number (JSON's grammar). A number beyond 15
// significant digits, or of a size that no measurement has, is refused.
func ParseNumber(s string) (Value, error) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || !json.Valid([]byte(s)) {
		return Value{}, fmt.Errorf("%q is not a number", s)
	}
	if abs := math.Abs(x); abs >= 1e15 || abs != 0 && abs < 1e-6 {
		return Value{}, fmt.Errorf("%q is beyond the numbers that can be kept: from 0.000001 to 999999999999999", s)
	}
	v := NumberValue(x)
	if v.str != s {
		entered, ok := new(big.Rat).SetString(s)
		kept, _ := new(big.Rat).SetString(v.str)
		if !ok || entered.Cmp(kept) != 0 {
			return Value{}, fmt.Errorf("%q has more digits than can be kept exactly: write at most 15", s)
		}
	}
	return v, nil
}

// StringValue is a text, date, time or coded choice.
func StringValue(s string) Value { return Value{kind: String, str: s} }

// BoolValue is yes or no.
func BoolValue(b bool) Value {
	v := Value{kind: Bool}
	if b {
		v.num = 1
	}
	return v
}

// ListValue is a set of chosen codes.
func ListValue(codes ...string) Value { return Value{kind: List, list: codes} }

// AbsentValue says why there is no value: "refused", "unknown", "not-done", "not-applicable".
func AbsentValue(reason string) Value { return Value{kind: Absent, str: reason} }

// SealedValue is an answer that identifies a person, as the vault sealed it. It is
// answered, but nothing can be reckoned with it.
func SealedValue(sealed string) Value { return Value{kind: Sealed, str: sealed} }

func (v Value) Kind() ValueKind { return v.kind }

// Given says that there is a value to reckon with.
func (v Value) Given() bool { return v.kind != None && v.kind != Absent && v.kind != Sealed }

// Seal answers what the vault made of a Sealed value, for the vault to open; "" for
// any other.
func (v Value) Seal() string {
	if v.kind == Sealed {
		return v.str
	}
	return ""
}

// Float answers the number; ok is false when it is not one.
func (v Value) Float() (x float64, ok bool) { return v.num, v.kind == Number }

// Bool answers yes or no; ok is false when it is neither.
func (v Value) Bool() (b, ok bool) { return v.num == 1, v.kind == Bool }

// Text answers the text, the number in its shortest form, or the reason of an absent
// value; nothing of a sealed one.
func (v Value) Text() string {
	switch v.kind {
	case Sealed:
		return ""
	case Bool:
		return strconv.FormatBool(v.num == 1)
	case List:
		b, _ := json.Marshal(v.list)
		return string(b)
	}
	return v.str
}

// Codes answers the chosen codes of a List.
func (v Value) Codes() []string { return v.list }

// Reason answers why the value is absent.
func (v Value) Reason() string {
	if v.kind == Absent {
		return v.str
	}
	return ""
}

// Equal says that both are the same answer.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.num != w.num || len(v.list) != len(w.list) {
		return false
	}
	for i := range v.list {
		if v.list[i] != w.list[i] {
			return false
		}
	}
	return v.kind == Number || v.str == w.str
}

// Native answers the value as CEL sees it: int64 for whole numbers when whole is
// true, float64, string, bool or []string; nil when there is no value.
func (v Value) Native(whole bool) any {
	switch v.kind {
	case Number:
		if whole && v.num == math.Trunc(v.num) {
			return int64(v.num)
		}
		return v.num
	case String:
		return v.str
	case Bool:
		return v.num == 1
	case List:
		return v.list
	}
	return nil
}

// MarshalJSON: null, 36.50, "text", true, ["a","b"], {"absent":"refused"},
// {"sealed":"..."}.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// AppendJSON appends the JSON form.
func (v Value) AppendJSON(b []byte) []byte {
	switch v.kind {
	case Number:
		return append(b, v.str...)
	case String:
		return appendString(b, v.str)
	case Bool:
		return strconv.AppendBool(b, v.num == 1)
	case List:
		b = append(b, '[')
		for i, s := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s)
		}
		return append(b, ']')
	case Absent:
		return append(appendString(append(b, `{"absent":`...), v.str), '}')
	case Sealed:
		return append(appendString(append(b, `{"sealed":`...), v.str), '}')
	}
	return append(b, "null"...)
}

func appendString(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f || c == '<' || c == '>' || c == '&' {
			q, err := marshalString(s)
			if err != nil {
				return append(b, `""`...)
			}
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func marshalString(s string) ([]byte, error) {
	var w bytes.Buffer
	e := json.NewEncoder(&w)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return bytes.TrimRight(w.Bytes(), "\n"), err
}

// UnmarshalJSON reads the forms that MarshalJSON writes.
func (v *Value) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return fmt.Errorf("empty value")
	}
	switch c := b[0]; {
	case c == 'n':
		*v = Value{}
		return nil
	case c == 't' || c == 'f':
		var x bool
		if err := json.Unmarshal(b, &x); err != nil {
			return err
		}
		*v = BoolValue(x)
		return nil
	case c == '"':
		if n := len(b); n >= 2 && b[n-1] == '"' && bytes.IndexByte(b[1:n-1], '\\') < 0 {
			*v = StringValue(string(b[1 : n-1]))
			return nil
		}
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*v = StringValue(s)
		return nil
	case c == '[':
		var l []string
		if err := json.Unmarshal(b, &l); err != nil {
			return err
		}
		*v = ListValue(l...)
		return nil
	case c == '{':
		var o struct {
			Absent *string `json:"absent"`
			Sealed *string `json:"sealed"`
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&o); err != nil || (o.Absent == nil) == (o.Sealed == nil) {
			return fmt.Errorf(`a value is null, a number, a text, true or false, a list of codes, or {"absent": "reason"}; not %s`, b)
		}
		if o.Sealed != nil {
			*v = SealedValue(*o.Sealed)
		} else {
			*v = AbsentValue(*o.Absent)
		}
		return nil
	}
	w, err := ParseNumber(string(b))
	*v = w
	return err
}

// UnmarshalYAML reads an option's value: a whole number, a text or a boolean.
func (v *Value) UnmarshalYAML(unmarshal func(any) error) error {
	var x any
	if err := unmarshal(&x); err != nil {
		return err
	}
	switch x := x.(type) {
	case uint64:
		*v = NumberValue(float64(x))
	case int64:
		*v = NumberValue(float64(x))
	case float64:
		*v = NumberValue(x)
	case string:
		*v = StringValue(x)
	case bool:
		*v = BoolValue(x)
	default:
		return fmt.Errorf("a value is a number, a text or a boolean, not %T", x)
	}
	return nil
}
