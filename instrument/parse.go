package instrument

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?$`)
	minutes = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d(Z|[+-]\d\d:\d\d)$`)
)

// Parse reads what a person entered into a field. "36,5" and "36.5" are the same
// number, kept with a point in its shortest form; yes and no may be written in either language; a
// multichoice is a JSON list or codes with commas between; a date-time has its
// time zone and gets seconds when it has none. Nothing entered is the empty
// Value. The error is a *ValueError. What Parse takes, Validate takes.
func (c *Compiled) Parse(item, entered string) (Value, error) {
	i, ok := c.items[item]
	if !ok {
		return Value{}, c.Validate(map[string]Value{item: {}})[0]
	}
	it := &c.Items[i]
	s := strings.TrimSpace(entered)
	if s == "" {
		return Value{}, nil
	}
	v, fault := c.parse(i, it, s)
	if fault == nil {
		fault = c.validate(i, v)
	}
	if fault != nil {
		return Value{}, fault
	}
	return v, nil
}

func (c *Compiled) parse(i int, it *Item, s string) (Value, *ValueError) {
	switch it.Type {
	case Integer, Scale, Decimal:
		return parseNumber(it.ID, s)
	case Boolean:
		switch strings.ToLower(s) {
		case "true", "yes", "ja":
			return BoolValue(true), nil
		case "false", "no", "nei":
			return BoolValue(false), nil
		}
		return Value{}, refuse(it.ID, "not-yes-no", "Answer yes or no.", "Svar ja eller nei.")
	case Choice:
		for _, o := range c.options[i] {
			if o.Value.Text() == s {
				return o.Value, nil
			}
		}
		return Value{}, notChoice(it.ID)
	case MultiChoice:
		return c.parseList(i, it.ID, s)
	case DateTime:
		if minutes.MatchString(s) {
			s = s[:16] + ":00" + s[16:]
		}
		if t, err := time.Parse(time.RFC3339, s); err != nil || t.IsZero() {
			return Value{}, badMoment(it, s)
		}
	case TextItem:
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	return StringValue(s), nil
}

func parseNumber(id, s string) (Value, *ValueError) {
	s = strings.Replace(s, "\u2212", "-", 1) // the typographic minus
	if !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	if !decimal.MatchString(s) {
		return Value{}, notNumber(id)
	}
	v, err := ParseNumber(s)
	if err != nil {
		return Value{}, refuse(id, "too-many-digits",
			"The number is too large, too small or has too many digits to be kept exactly: write at most 15 digits.",
			"Tallet er for stort, for lite eller har for mange siffer til å lagres nøyaktig: skriv høyst 15 siffer.")
	}
	return v, nil
}

// parseList keeps the codes in the order of the options, so that the same answer
// is always the same value.
func (c *Compiled) parseList(i int, id, s string) (Value, *ValueError) {
	var codes []string
	if strings.HasPrefix(s, "[") {
		if json.Unmarshal([]byte(s), &codes) != nil {
			return Value{}, notChoice(id)
		}
	} else {
		for code := range strings.SplitSeq(s, ",") {
			codes = append(codes, strings.TrimSpace(code))
		}
	}
	var ordered []string
	for _, o := range c.options[i] {
		if slices.Contains(codes, o.Value.Text()) {
			ordered = append(ordered, o.Value.Text())
		}
	}
	for _, code := range codes {
		if !slices.Contains(ordered, code) {
			return Value{}, notChoice(id)
		}
	}
	return ListValue(ordered...), nil
}
