package protocol

import (
	"fmt"
	"path"
	"reflect"
	"strings"
	"unicode"

	"varde/instrument"
	"varde/protocol/source"
)

// copiedWords is how many words a text has at least before being the same in both
// languages is taken for a copy that nobody translated: shorter ones are often names,
// units or the same word.
const copiedWords = 4

// copied finds texts that are the same in English and Norwegian. That every text has
// both languages is checked where the files are read (V040).
func (c *checker) copied() {
	textsOf(reflect.ValueOf(&c.d.Protocol).Elem(), "", func(at string, t Text) {
		if isCopy(t) {
			c.warn(at+".nb", "V117", fmt.Sprintf("the text is the same in both languages: %q", shortened(t.EN)), "Translate it; if it is a name or quotation, nothing is to be done")
		}
	})
	for _, id := range sortedKeys(c.lib) {
		if f := c.lib[id]; path.Dir(f.Origin.File) == "forms" {
			c.copiedIn(f)
		}
	}
}

func (c *checker) copiedIn(f *instrument.Compiled) {
	var root *source.Node
	textsOf(reflect.ValueOf(&f.Instrument).Elem(), "", func(at string, t Text) {
		if !isCopy(t) {
			return
		}
		if root == nil {
			root, _ = source.Parse(f.Origin.Text)
		}
		_, line, col := root.Locate(at + ".nb")
		c.findings = append(c.findings, Finding{Code: "V117", Severity: Warning, File: f.Origin.File, Line: line, Column: col, Path: at + ".nb",
			Message: fmt.Sprintf("the text is the same in both languages: %q", shortened(t.EN)), Fix: "Translate it; if it is a name or quotation, nothing is to be done"})
	})
}

func isCopy(t Text) bool {
	if t.EN == "" || t.EN != t.NB {
		return false
	}
	words := 0
	for i, w := range strings.Fields(t.EN) {
		// Words of a sentence are in small letters, but for the first; names, codes and numbers are not.
		letters := strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
		if len(letters) > 1 && (i == 0 || strings.ToLower(letters) == letters) && strings.IndexFunc(letters, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' }) < 0 {
			words++
		}
	}
	return words >= copiedWords
}

func shortened(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

var textType = reflect.TypeFor[Text]()

// textsOf visits every bilingual text of a value with its path.
func textsOf(v reflect.Value, at string, visit func(string, Text)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			textsOf(v.Elem(), at, visit)
		}
	case reflect.Slice:
		if !mayHoldMarks(v.Type()) {
			return
		}
		for i := range v.Len() {
			textsOf(v.Index(i), fmt.Sprintf("%s[%d]", at, i), visit)
		}
	case reflect.Struct:
		if v.Type() == textType {
			visit(at, v.Interface().(Text))
			return
		}
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if !f.IsExported() || name == "-" || f.Type == provenanceType {
				continue
			}
			textsOf(v.Field(i), join(at, name), visit)
		}
	}
}
