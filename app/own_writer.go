package app

import (
	"encoding/json"
	"io"
)

// partWriter writes one JSON object field by field, and its lists element by element.
// It keeps the first error and writes nothing after it.
type partWriter struct {
	w     io.Writer
	began bool
	first bool // in a list: nothing is written yet
	err   error
}

func (p *partWriter) text(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

func (p *partWriter) name(name string) {
	if p.began {
		p.text(",\n")
	} else {
		p.text("{\n")
	}
	p.began = true
	p.text(`"` + name + `": `)
}

func (p *partWriter) value(v any) {
	b, err := json.Marshal(v)
	if err != nil && p.err == nil {
		p.err = err
	}
	p.text(string(b))
}

func (p *partWriter) field(name string, v any) {
	p.name(name)
	p.value(v)
}

func (p *partWriter) open(name string) {
	p.name(name)
	p.text("[")
	p.first = true
}

func (p *partWriter) element(v any) {
	if !p.first {
		p.text(",")
	}
	p.first = false
	p.text("\n  ")
	p.value(v)
}

func (p *partWriter) shut() { p.text("]") }

func (p *partWriter) end() error {
	p.text("\n}\n")
	return p.err
}

func list[T any](p *partWriter, name string, all []T) {
	p.open(name)
	for _, v := range all {
		p.element(v)
	}
	p.shut()
}
