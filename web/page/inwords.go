package page

import (
	"strings"
	"time"

	"varde/instrument"
	"varde/study"
)

// Answer writes a saved answer for reading.
func Answer(c *Context, f *instrument.Compiled, item *instrument.Item, v instrument.Value) string {
	switch {
	case v.Kind() == instrument.None:
		return c.T("answer.open")
	case v.Kind() == instrument.Sealed:
		return c.T("answer.sealed")
	case v.Reason() == study.Hidden:
		return c.T("answer.blinded")
	case v.Reason() != "":
		return absentWord(c, v.Reason())
	}
	if b, ok := v.Bool(); ok {
		if b {
			return c.T("answer.yes")
		}
		return c.T("answer.no")
	}
	options := f.OptionsOf(item)
	label := func(code string) string {
		for _, o := range options {
			if o.Value.Text() == code {
				return c.Say(o.Text)
			}
		}
		return code
	}
	switch item.Type {
	case instrument.Choice:
		return label(v.Text())
	case instrument.MultiChoice:
		var out []string
		for _, code := range v.Codes() {
			out = append(out, label(code))
		}
		if len(out) == 0 {
			return c.T("answer.none")
		}
		return strings.Join(out, ", ")
	case instrument.Date:
		if t, err := time.Parse(time.DateOnly, v.Text()); err == nil {
			return Day(c, t)
		}
	case instrument.DateTime:
		if t, err := time.Parse(time.RFC3339, v.Text()); err == nil {
			return c.Voice().DateTime(t)
		}
	}
	text := v.Text()
	if v.Kind() == instrument.Number && c.Lang == "nb" {
		text = strings.Replace(text, ".", ",", 1)
	}
	if item.Unit != "" {
		text += " " + Unit(item.Unit, c.Lang)
	}
	return text
}

func absentWord(c *Context, reason string) string {
	for _, r := range instrument.AbsentReasons {
		if r == reason {
			return c.T("answer.absent." + r)
		}
	}
	return reason
}

// units in the words of a ward; the record keeps UCUM.
var units = map[string][2]string{
	"mm[Hg]": {"mmHg", "mmHg"}, "Cel": {"°C", "°C"}, "/min": {"per minute", "per minutt"}, "a": {"years", "år"},
	"mo": {"months", "måneder"}, "wk": {"weeks", "uker"}, "d": {"days", "dager"}, "h": {"hours", "timer"},
	"m[IU]/L": {"mIU/L", "mIE/L"}, "umol/L": {"µmol/L", "µmol/L"}, "mL/min/{1.73_m2}": {"mL/min/1.73 m²", "mL/min/1,73 m²"},
	"kg/m2": {"kg/m²", "kg/m²"}, "10*9/L": {"×10⁹/L", "×10⁹/L"},
}

// Unit says a UCUM unit as people say it in a language.
func Unit(ucum, lang string) string {
	if u, ok := units[ucum]; ok {
		if lang == "nb" {
			return u[1]
		}
		return u[0]
	}
	return ucum
}
