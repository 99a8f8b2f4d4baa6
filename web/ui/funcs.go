package ui

import (
	"fmt"
	"html/template"
	"math"
	"reflect"
	"regexp"
	"time"

	"varde/chart"
	"varde/web/static"
	"varde/web/ui/locale"
)

// Bilingual is a text that exists in several languages, as protocols have.
type Bilingual interface{ In(lang string) string }

// funcs are the functions that templates may call, in one language and zone:
//
//	t KEY [NAME VALUE]...       a message
//	tn KEY N [NAME VALUE]...    a message in the plural form for N
//	text V                      a Bilingual, or a plain string
//	date dateshort datelong time datetime stamped machine   a time.Time
//	number V DECIMALS, percent SHARE DECIMALS
//	duration clock              a time.Duration
//	static NAME                 the address of a static file
//	href ADDRESS                an address that may also be a phone number (tel:, sms:)
//	icon NAME, chart C, charttable C, charttitle C, chartdesc C
//	qr TEXT LABEL               a QR code as a picture
//	dict NAME VALUE..., list V..., lang, add A B
func funcs(c *locale.Catalog, s *static.Set, v locale.Voice) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, args ...any) (string, error) { return c.Text(v.Lang, key, args...) },
		"tn": func(key string, n int, args ...any) (string, error) {
			return c.Count(v.Lang, key, n, args...)
		},
		"text":       func(x any) (string, error) { return text(v.Lang, x) },
		"date":       v.Date,
		"dateshort":  v.DateShort,
		"datelong":   v.DateLong,
		"time":       v.Time,
		"datetime":   v.DateTime,
		"machine":    v.Machine,
		"stamped":    v.Stamped,
		"number":     func(x any, decimals int) (string, error) { return number(v, x, decimals) },
		"percent":    v.Percent,
		"duration":   v.Duration,
		"clock":      v.Clock,
		"static":     s.URL,
		"href":       href,
		"icon":       icon,
		"chart":      drawChart,
		"charttable": chartTable,
		"charttitle": chart.Title,
		"qr":         QR,
		"chartdesc":  chart.Desc,
		"dict":       dict,
		"list":       func(items ...any) []any { return items },
		"lang":       func() string { return v.Lang },
		"otherlang": func() string {
			if v.Lang == locale.Norwegian {
				return locale.English
			}
			return locale.Norwegian
		},
		"add":   func(a, b int) int { return a + b },
		"tone":  func(t Tone) string { return string(t.known()) },
		"since": func(from, to time.Time) time.Duration { return to.Sub(from) },
	}
}

// phone is an address that dials or writes to a number.
var phone = regexp.MustCompile(`^(tel|sms):\+?[0-9]{2,15}$`)

// href lets phone numbers through, which html/template refuses by itself.
// Everything else is left to its own check.
func href(address string) any {
	if phone.MatchString(address) {
		return template.URL(address)
	}
	return address
}

func text(lang string, x any) (string, error) {
	switch v := x.(type) {
	case nil:
		return "", nil
	case Bilingual:
		// A nil pointer would panic in its method.
		if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
			return "", nil
		}
		return v.In(lang), nil
	case string:
		return v, nil
	}
	return "", fmt.Errorf("web/ui: text: want a string or a type with In(lang string) string, not %T", x)
}

func number(v locale.Voice, x any, decimals int) (string, error) {
	r := reflect.ValueOf(x)
	if r.Kind() == reflect.Pointer {
		if r.IsNil() {
			return v.Number(math.NaN(), 0), nil
		}
		r = r.Elem()
	}
	switch {
	case r.CanInt():
		return v.Number(float64(r.Int()), decimals), nil
	case r.CanUint():
		return v.Number(float64(r.Uint()), decimals), nil
	case r.CanFloat():
		return v.Number(r.Float(), decimals), nil
	}
	return "", fmt.Errorf("web/ui: number: want a number, not %T", x)
}

// drawChart trusts the chart package, which escapes all text it is given.
func drawChart(c chart.Chart) (template.HTML, error) {
	if c == nil {
		return "", fmt.Errorf("web/ui: chart: there is none")
	}
	return template.HTML(chart.Inline(c)), nil
}

func chartTable(c chart.Chart) (template.HTML, error) {
	if c == nil {
		return "", fmt.Errorf("web/ui: charttable: there is no chart")
	}
	return template.HTML(c.Table().HTML()), nil
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("web/ui: dict: names and values come in pairs")
	}
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("web/ui: dict: name %v is not a string", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}
