package usdm

import (
	"bytes"
	"encoding/json"
	"strings"

	"varde/bilingual"
)

// pairs is a mapping in the order in which it is written.
type pairs []pair

type pair struct {
	key   string
	value any // string, plain, []string, pairs or []pairs
}

// plain is a value that stands without quotes: a number, true or false.
type plain string

// put adds a key unless its value is empty: what is not known is left out, so that the
// checker asks for it.
func (p *pairs) put(key string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case plain:
		if v == "" {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	case pairs:
		if len(v) == 0 {
			return
		}
	case []pairs:
		if len(v) == 0 {
			return
		}
	}
	*p = append(*p, pair{key, value})
}

// words is a text in the languages that it is known in. A language that is missing is
// left out: the checker reports it as V040.
func words(t bilingual.Text) pairs {
	var p pairs
	p.put("en", t.EN)
	p.put("nb", t.NB)
	return p
}

// write prints a mapping as YAML in block style; every text stands in quotes, so that
// nothing in it can be taken for syntax.
func write(b *bytes.Buffer, p pairs, indent int, first bool) {
	for i, x := range p {
		if i > 0 || !first {
			b.WriteString(strings.Repeat(" ", indent))
		}
		b.WriteString(x.key + ":")
		switch v := x.value.(type) {
		case string:
			b.WriteString(" " + quote(v) + "\n")
		case plain:
			b.WriteString(" " + string(v) + "\n")
		case []string:
			quoted := make([]string, len(v))
			for j, s := range v {
				quoted[j] = quote(s)
			}
			b.WriteString(" [" + strings.Join(quoted, ", ") + "]\n")
		case pairs:
			b.WriteString("\n")
			write(b, v, indent+2, false)
		case []pairs:
			b.WriteString("\n")
			for _, item := range v {
				b.WriteString(strings.Repeat(" ", indent+2) + "- ")
				write(b, item, indent+4, true)
			}
		}
	}
}

// quote writes a text in double quotes. A JSON string is a YAML one, but for characters
// that YAML wants escaped.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(strings.ToValidUTF8(s, "\ufffd")) // a text can always be written
	return strings.NewReplacer("\u007f", `\x7f`, "\u0085", `\x85`, "\ufeff", `\ufeff`, "\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(strings.TrimSuffix(b.String(), "\n"))
}

func file(comment string, p pairs) []byte {
	var b bytes.Buffer
	b.WriteString(comment)
	write(&b, p, 0, true)
	return b.Bytes()
}
