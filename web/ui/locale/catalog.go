package locale

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"varde/chart/numeral"
)

//go:embed en.yaml nb.yaml
var own embed.FS

// Catalog is a set of messages in every language. It is filled at start and
// only read afterwards; reading is safe from any number of goroutines.
type Catalog struct {
	words map[string]map[string]message
	// source tells where a key was defined, for errors.
	source map[string]string
}

// message is one text; plural messages have both forms.
type message struct {
	one, other string
	plural     bool
}

var argument = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_]*)\}`)

var keyForm = regexp.MustCompile(`^[a-z0-9]+([._-][A-Za-z0-9]+)*$`)

// New gives a catalogue with the words of the components.
func New() (*Catalog, error) {
	c := &Catalog{words: map[string]map[string]message{}, source: map[string]string{}}
	for _, lang := range Languages {
		c.words[lang] = map[string]message{}
	}
	if err := c.Add("web/ui/locale", own); err != nil {
		return nil, err
	}
	return c, nil
}

// Add merges the files en.yaml and nb.yaml at the root of fsys. The name is
// used in errors. All faults are reported at once, and nothing is added when
// there is one.
func (c *Catalog) Add(name string, fsys fs.FS) error {
	read := map[string]map[string]message{}
	var faults []error
	for _, lang := range Languages {
		file := lang + ".yaml"
		b, err := fs.ReadFile(fsys, file)
		if err != nil {
			return fmt.Errorf("%s: %w: every language needs its file", name, err)
		}
		words, err := parse(b)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s/%s: %w", name, file, err))
		}
		read[lang] = words
	}
	if len(faults) == 0 {
		faults = compare(name, read)
		for _, key := range slices.Sorted(maps.Keys(read[English])) {
			if at, ok := c.source[key]; ok {
				faults = append(faults, fmt.Errorf("%s: key %q is already defined in %s: choose another", name, key, at))
			}
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	for lang, words := range read {
		maps.Copy(c.words[lang], words)
	}
	for key := range read[English] {
		c.source[key] = name
	}
	return nil
}

func parse(b []byte) (map[string]message, error) {
	var raw map[string]any
	if err := yaml.Unmarshal(b, &raw); err != nil {
		return nil, err
	}
	out := map[string]message{}
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		if !keyForm.MatchString(key) {
			faults = append(faults, fmt.Errorf("key %q: use small letters and digits joined by dots", key))
			continue
		}
		switch v := raw[key].(type) {
		case string:
			out[key] = message{other: v}
		case map[string]any:
			one, okOne := v["one"].(string)
			other, okOther := v["other"].(string)
			if !okOne || !okOther || len(v) != 2 {
				faults = append(faults, fmt.Errorf("key %q: a plural has exactly the forms one and other", key))
				continue
			}
			out[key] = message{one: one, other: other, plural: true}
		default:
			faults = append(faults, fmt.Errorf("key %q: want a text in quotes, or the forms one and other", key))
		}
		if m := out[key]; strings.TrimSpace(m.other) == "" || m.plural && strings.TrimSpace(m.one) == "" {
			faults = append(faults, fmt.Errorf("key %q is empty", key))
		}
	}
	return out, errors.Join(faults...)
}

// compare finds keys that lack a language or whose languages disagree.
func compare(name string, read map[string]map[string]message) []error {
	var faults []error
	first := read[Languages[0]]
	for _, lang := range Languages[1:] {
		for _, key := range slices.Sorted(maps.Keys(first)) {
			m, ok := read[lang][key]
			switch {
			case !ok:
				faults = append(faults, fmt.Errorf("%s/%s.yaml: key %q is missing", name, lang, key))
			case m.plural != first[key].plural:
				faults = append(faults, fmt.Errorf("%s: key %q is plural in one language only", name, key))
			case !slices.Equal(m.arguments(), first[key].arguments()):
				faults = append(faults, fmt.Errorf("%s: key %q takes {%s} in %s but {%s} in %s", name, key,
					strings.Join(first[key].arguments(), "}, {"), Languages[0], strings.Join(m.arguments(), "}, {"), lang))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(read[lang])) {
			if _, ok := first[key]; !ok {
				faults = append(faults, fmt.Errorf("%s/%s.yaml: key %q is missing", name, Languages[0], key))
			}
		}
	}
	return faults
}

// arguments lists the names in the message. The form `one` may leave out {n},
// as in "one day".
func (m message) arguments() []string {
	set := map[string]bool{}
	for _, text := range []string{m.one, m.other} {
		for _, found := range argument.FindAllStringSubmatch(text, -1) {
			set[found[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// Keys lists every key, sorted.
func (c *Catalog) Keys() []string { return slices.Sorted(maps.Keys(c.source)) }

// Has tells whether the key exists.
func (c *Catalog) Has(key string) bool { _, ok := c.source[key]; return ok }

// Plural tells whether the key exists and has plural forms.
func (c *Catalog) Plural(key string) bool { return c.words[English][key].plural }

// Text gives the message of a key with its arguments as name, value pairs.
// Values are written with fmt.Sprint. An unknown key, a missing or a surplus
// argument is an error.
func (c *Catalog) Text(lang, key string, args ...any) (string, error) {
	m, ok := c.message(lang, key)
	if !ok {
		return "", fmt.Errorf("web/ui/locale: no message %q: add it to en.yaml and nb.yaml", key)
	}
	if m.plural {
		return "", fmt.Errorf("web/ui/locale: message %q is a plural: give its number with tn or Count", key)
	}
	return fill(key, m.other, m.arguments(), args)
}

// Count gives the plural form of a key for n; {n} is filled with n.
func (c *Catalog) Count(lang, key string, n int, args ...any) (string, error) {
	m, ok := c.message(lang, key)
	if !ok {
		return "", fmt.Errorf("web/ui/locale: no message %q: add it to en.yaml and nb.yaml", key)
	}
	if !m.plural {
		return "", fmt.Errorf("web/ui/locale: message %q has no plural forms: give it one and other", key)
	}
	text := m.other
	// English and Norwegian agree: one is for 1 and −1 only, zero is plural.
	if n == 1 || n == -1 {
		text = m.one
	}
	return fill(key, text, m.arguments(), append([]any{"n", numeral.Format(lang, float64(n), 0)}, args...))
}

// Must is Text for callers that cannot return an error; a fault gives the key
// itself, which reads as a mistake but breaks nothing.
func (c *Catalog) Must(lang, key string, args ...any) string {
	s, err := c.Text(lang, key, args...)
	if err != nil {
		return key
	}
	return s
}

func (c *Catalog) message(lang, key string) (message, bool) {
	if !Supported(lang) {
		lang = English
	}
	m, ok := c.words[lang][key]
	return m, ok
}

func fill(key, text string, names []string, args []any) (string, error) {
	if len(args)%2 != 0 {
		return "", fmt.Errorf("web/ui/locale: message %q: arguments come as name and value", key)
	}
	values := map[string]string{}
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			return "", fmt.Errorf("web/ui/locale: message %q: argument name %v is not a text", key, args[i])
		}
		if !slices.Contains(names, name) && name != "n" {
			return "", fmt.Errorf("web/ui/locale: message %q takes no argument {%s}", key, name)
		}
		values[name] = fmt.Sprint(args[i+1])
	}
	for _, name := range names {
		if _, ok := values[name]; !ok {
			return "", fmt.Errorf("web/ui/locale: message %q lacks its argument {%s}", key, name)
		}
	}
	// One pass: braces inside a value are never filled again.
	return argument.ReplaceAllStringFunc(text, func(m string) string { return values[m[1:len(m)-1]] }), nil
}
