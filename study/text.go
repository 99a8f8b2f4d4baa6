package study

import (
	"fmt"
	"reflect"
	"time"
	"unicode/utf8"
)

// MaxText is the most characters of one text in a command, as of one answer in a form.
const MaxText = 20_000

var (
	valuesType = reflect.TypeOf(Values(nil))
	timeType   = reflect.TypeOf(time.Time{})
)

// unreadable refuses a command whose texts could not be kept as they are: not
// UTF-8, with control characters, or beyond all bounds. Answers of forms are left
// to their instrument.
func unreadable(cmd Command) *Refusal { return badText("", reflect.ValueOf(cmd)) }

func badText(field string, v reflect.Value) *Refusal {
	switch v.Kind() {
	case reflect.String:
		return badString(field, v.String())
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k != reflect.String && k != reflect.Struct {
			return nil
		}
		for i := range v.Len() {
			if r := badText(field, v.Index(i)); r != nil {
				return r
			}
		}
	case reflect.Map:
		if v.Type() == valuesType {
			return nil
		}
		for it := v.MapRange(); it.Next(); {
			if r := badText(field, it.Key()); r != nil {
				return r
			}
			if r := badText(field, it.Value()); r != nil {
				return r
			}
		}
	case reflect.Struct:
		if v.Type() == timeType {
			return nil
		}
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if r := badText(string(name[0]|0x20)+name[1:], v.Field(i)); r != nil {
				return r
			}
		}
	}
	return nil
}

func badString(field, s string) *Refusal {
	if len(s) > MaxText && utf8.RuneCountInString(s) > MaxText {
		return invalid(field, "too-long", fmt.Sprintf("the text is longer than %d characters", MaxText), fmt.Sprintf("teksten er lengre enn %d tegn", MaxText))
	}
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\n' && c != '\r' && c != '\t' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return nil
	}
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return invalid(field, "bad-text", "the text holds characters that cannot be kept", "teksten inneholder tegn som ikke kan lagres")
		}
	}
	return nil
}
