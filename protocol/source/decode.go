package source

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"varde/bilingual"
	"varde/expr"
)

// Decode fills the struct that into points to from a mapping, strictly: unknown
// keys, wrong types, missing keys and missing translations are faults. What is
// sound is filled in even if there are faults.
//
// A key is required when its field is a text or a bilingual text whose json tag
// has neither omitempty nor omitzero.
func Decode(n *Node, into any) []Fault {
	if n == nil {
		return nil
	}
	d := decoder{}
	d.value(n, reflect.ValueOf(into).Elem(), nil)
	return d.faults
}

// Fields answers the keys of a struct's mapping, in order.
func Fields(t reflect.Type) []Field { return fieldsOf(t).list }

// Field is one key of a mapping.
type Field struct {
	Name     string
	Index    []int
	Type     reflect.Type
	Owner    reflect.Type // the struct that declares it
	GoName   string
	Required bool
}

type fieldSet struct {
	list   []Field
	byName map[string]int
	names  []string
}

var fieldCache sync.Map // reflect.Type -> *fieldSet

func fieldsOf(t reflect.Type) *fieldSet {
	if s, ok := fieldCache.Load(t); ok {
		return s.(*fieldSet)
	}
	s := &fieldSet{byName: map[string]int{}}
	s.add(t, nil)
	for i, f := range s.list {
		s.byName[f.Name] = i
		s.names = append(s.names, f.Name)
	}
	fieldCache.Store(t, s)
	return s
}

var textType = reflect.TypeFor[bilingual.Text]()

func (s *fieldSet) add(t reflect.Type, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		at := append(append([]int{}, index...), i)
		if strings.Contains(options, "inline") {
			s.add(f.Type, at)
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		js := f.Tag.Get("json")
		optional := strings.Contains(js, ",omitempty") || strings.Contains(js, ",omitzero") || optionalText[t.Name()+"."+f.Name]
		s.list = append(s.list, Field{
			Name: name, Index: at, Type: f.Type, Owner: t, GoName: f.Name,
			Required: !optional && (f.Type.Kind() == reflect.String || f.Type == textType),
		})
	}
}

// optionalText lists texts that may be left out although their tag does not say so.
var optionalText = map[string]bool{
	"Check.Why":             true, // a person's own go/no-go line may speak for itself
	"Licence.Holder":        true, // own wording has no other holder
	"Licence.Terms":         true,
	"Consent.Reconsent":     true,
	"Withdrawal.FollowUp":   true,
	"Checkpoint.Text":       true,
	"Instrument.Respondent": false,
	"Log.Title":             true, // the form's own title serves
	"Dosing.Solicited":      true, // not every study asks for a closed list
	"Dosing.Log":            true,
	"Intercurrent.Text":     true,
	"Estimand.Summary":      true, // worked out when the results are reported
	"Interaction.Mechanism": true,
}

// step is one step of a path, linked to the one before so that paths cost
// nothing until a fault is found.
type step struct {
	up    *step
	key   string
	index int
}

func (s *step) String() string {
	if s == nil {
		return ""
	}
	before := s.up.String()
	if s.key == "" {
		return before + "[" + strconv.Itoa(s.index) + "]"
	}
	if before == "" {
		return s.key
	}
	return before + "." + s.key
}

type decoder struct{ faults []Fault }

func (d *decoder) fault(n *Node, p *step, code, message, fix string) {
	d.at(n.Line, n.Column, p, code, message, fix)
}

func (d *decoder) at(line, column int, p *step, code, message, fix string) {
	d.faults = append(d.faults, Fault{Code: code, Line: line, Column: column, Path: p.String(), Message: message, Fix: fix})
}

func (d *decoder) value(n *Node, v reflect.Value, p *step) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem(), p)
		return
	}
	if n.Kind == Scalar && n.look() == null {
		d.fault(n, p, "V003", "there is no value", "Write one, or remove the key")
		return
	}
	switch u := v.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		d.unmarshal(n, u, p)
		return
	case interface{ UnmarshalYAML(func(any) error) error }:
		d.scalarValue(n, u, p)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(n, v, p)
	case reflect.Slice:
		d.list(n, v, p)
	case reflect.Map:
		d.table(n, v, p)
	case reflect.String:
		d.text(n, v, p)
	case reflect.Bool:
		d.boolean(n, v, p)
	case reflect.Int, reflect.Float64:
		d.number(n, v, p)
	default:
		d.fault(n, p, "V003", "this cannot be read here", "Remove it")
	}
}

func (d *decoder) wrong(n *Node, p *step, want, fix string) {
	d.fault(n, p, "V003", fmt.Sprintf("%s is needed here, not %s", want, n.what()), fix)
}

func (d *decoder) mapping(n *Node, v reflect.Value, p *step) {
	fields := fieldsOf(v.Type())
	if n.Kind != Map {
		fix := "Write a mapping with the keys " + strings.Join(fields.names, ", ")
		if v.Type() == textType {
			fix = "Write both languages: {en: ..., nb: ...}"
		}
		d.wrong(n, p, "a mapping", fix)
		return
	}
	seen := make([]bool, len(fields.list))
	for i, k := range n.Keys {
		j, ok := fields.byName[k.Name]
		if !ok {
			fix := "Allowed keys: " + strings.Join(fields.names, ", ")
			if c := expr.Closest(k.Name, fields.names); c != "" {
				fix = fmt.Sprintf("Did you mean %q? Allowed keys: %s", c, strings.Join(fields.names, ", "))
			} else if strings.Contains(k.Name, " ") {
				fix = "A text with a comma in it, inside { }, stands in quotes"
			}
			d.at(k.Line, k.Column, &step{up: p, key: k.Name}, "V002", fmt.Sprintf("unknown key %q", k.Name), fix)
			continue
		}
		seen[j] = true
		d.value(n.Values[i], v.FieldByIndex(fields.list[j].Index), &step{up: p, key: k.Name})
	}
	if v.Type() == textType {
		d.translations(n, v, p)
		return
	}
	for j, f := range fields.list {
		if f.Required && !seen[j] {
			d.fault(n, p, "V004", fmt.Sprintf("the key %q is missing", f.Name), fmt.Sprintf("Add %s:", f.Name))
		}
	}
}

func (d *decoder) translations(n *Node, v reflect.Value, p *step) {
	t := v.Interface().(bilingual.Text)
	en, nb := strings.TrimSpace(t.EN) != "", strings.TrimSpace(t.NB) != ""
	switch {
	case !en && !nb:
		d.fault(n, p, "V040", "the text is missing in both languages", "Write en: and nb:")
	case !en:
		d.fault(n, p, "V040", "the English text is missing", "Add en: with the text in English")
	case !nb:
		d.fault(n, p, "V040", "the Norwegian text is missing", "Add nb: with the text in Norwegian")
	}
}

func (d *decoder) list(n *Node, v reflect.Value, p *step) {
	if n.Kind != Seq {
		d.wrong(n, p, "a list", "Write each entry on its own line after a dash, or in brackets: [a, b]")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Values), len(n.Values))
	for i, c := range n.Values {
		d.value(c, out.Index(i), &step{up: p, index: i})
	}
	v.Set(out)
}

func (d *decoder) table(n *Node, v reflect.Value, p *step) {
	if n.Kind != Map {
		d.wrong(n, p, "a mapping", "Write a name, a colon and its value on each line")
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.Keys))
	for i, k := range n.Keys {
		x := reflect.New(v.Type().Elem()).Elem()
		d.value(n.Values[i], x, &step{up: p, key: k.Name})
		out.SetMapIndex(reflect.ValueOf(k.Name), x)
	}
	v.Set(out)
}

func (d *decoder) text(n *Node, v reflect.Value, p *step) {
	if n.Kind != Scalar {
		d.wrong(n, p, "a text", "Write a text; put it in quotes when it begins with [ or {")
		return
	}
	switch n.look() {
	case text:
		if strings.TrimSpace(n.Text) == "" {
			if p != nil && (p.key == "en" || p.key == "nb") {
				return // a missing translation, reported as such
			}
			d.fault(n, p, "V004", "the text is empty", "Write it, or remove the key")
			return
		}
		v.SetString(n.Text)
	case yesNo:
		v.SetString(n.Text)
		d.yesNo(n, p)
	case oddNumber, notFinite:
		d.fault(n, p, "V008", fmt.Sprintf("%s without quotes is read as a number", n.Text), fmt.Sprintf("Write %q in quotes", n.Text))
	default:
		d.wrong(n, p, "a text", fmt.Sprintf("Put it in quotes: %q", n.Text))
	}
}

func (d *decoder) yesNo(n *Node, p *step) {
	d.fault(n, p, "V009", fmt.Sprintf("%s without quotes is read as true or false by some programs; here it is the text", n.Text), fmt.Sprintf("Write %q in quotes", n.Text))
	d.faults[len(d.faults)-1].Warning = true
}

func (d *decoder) boolean(n *Node, v reflect.Value, p *step) {
	if n.Kind == Scalar && n.look() == boolean {
		v.SetBool(strings.EqualFold(n.Text, "true"))
		return
	}
	d.wrong(n, p, "true or false", "Write true or false")
}

func (d *decoder) number(n *Node, v reflect.Value, p *step) {
	if n.Kind != Scalar {
		d.wrong(n, p, "a number", "Write a number, such as 5")
		return
	}
	switch n.look() {
	case oddNumber:
		d.fault(n, p, "V008", fmt.Sprintf("the number %s can be read in two ways", n.Text), "Write it without leading zeros, plus signs, underscores or prefixes, such as 12 or 0.5")
		return
	case notFinite:
		d.fault(n, p, "V008", fmt.Sprintf("%s is not a number that can be reckoned with", n.Text), "Write a finite number, or remove the key")
		return
	case number:
	default:
		d.wrong(n, p, "a number", "Write a number without quotes, with a point for decimals")
		return
	}
	x, err := strconv.ParseFloat(n.Text, 64)
	if err != nil || math.IsInf(x, 0) {
		d.fault(n, p, "V008", fmt.Sprintf("the number %s is too large", n.Text), "Write a smaller number")
		return
	}
	if v.Kind() == reflect.Float64 {
		v.SetFloat(x)
		return
	}
	if x != math.Trunc(x) || math.Abs(x) > 1e9 {
		d.wrong(n, p, "a whole number", "Write a whole number, at most 1000000000")
		return
	}
	v.SetInt(int64(x))
}

func (d *decoder) unmarshal(n *Node, u encoding.TextUnmarshaler, p *step) {
	if n.Kind != Scalar {
		d.wrong(n, p, "a duration", `Write a duration with its unit, such as "21d"`)
		return
	}
	if err := u.UnmarshalText([]byte(n.Text)); err != nil {
		message, fix, ok := strings.Cut(err.Error(), ": ")
		if !ok {
			fix = "See docs/protocol-language.md"
		}
		d.fault(n, p, "V029", message, strings.ToUpper(fix[:1])+fix[1:])
	}
}

// scalarValue hands a scalar to a type that reads several kinds of them.
func (d *decoder) scalarValue(n *Node, u interface{ UnmarshalYAML(func(any) error) error }, p *step) {
	if n.Kind != Scalar {
		d.wrong(n, p, "a number or a text", "Write a single value")
		return
	}
	var x any
	switch n.look() {
	case number:
		f, err := strconv.ParseFloat(n.Text, 64)
		if err != nil {
			d.fault(n, p, "V008", fmt.Sprintf("the number %s is too large", n.Text), "Write a smaller number")
			return
		}
		x = f
	case boolean:
		x = strings.EqualFold(n.Text, "true")
	case yesNo:
		d.yesNo(n, p)
		x = n.Text
	case oddNumber, notFinite:
		d.fault(n, p, "V008", fmt.Sprintf("the number %s can be read in two ways", n.Text), "Write it without leading zeros, or a code in quotes")
		return
	default:
		x = n.Text
	}
	err := u.UnmarshalYAML(func(into any) error {
		if ptr, ok := into.(*any); ok {
			*ptr = x
			return nil
		}
		return fmt.Errorf("this cannot be read here")
	})
	if err != nil {
		d.fault(n, p, "V003", err.Error(), "Write a number or a text")
	}
}
