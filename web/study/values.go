package study

import (
	"maps"
	"slices"
	"strings"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
)

// itemName answers what an item of a form is called.
func itemName(c *page.Context, form, item string) string {
	if f, ok := c.Def.Form(form); ok {
		if it, ok := f.Item(item); ok {
			return c.Say(it.Text)
		}
	}
	return item
}

func formName(c *page.Context, form string) string {
	if f, ok := c.Def.Form(form); ok {
		return c.Say(f.Title)
	}
	return form
}

func visitName(c *page.Context, def *protocol.Definition, visit string) string {
	if visit == "" {
		return c.T("audit.log")
	}
	if v, ok := def.Visit(visit); ok {
		return visit + " " + c.Say(v.Title)
	}
	return visit
}

// valueText writes an answer for reading.
func valueText(c *page.Context, form, item string, v instrument.Value) string {
	switch {
	case v.Kind() == instrument.None:
		return "–"
	case v.Reason() == study.Hidden:
		return c.T("audit.hidden")
	case v.Reason() != "":
		return c.T("audit.absent", "reason", v.Reason())
	}
	if b, ok := v.Bool(); ok {
		if b {
			return c.T("audit.yes")
		}
		return c.T("audit.no")
	}
	f, ok := c.Def.Form(form)
	if !ok {
		return v.Text()
	}
	it, ok := f.Item(item)
	if !ok {
		return v.Text()
	}
	label := func(code string) string {
		for _, o := range f.OptionsOf(it) {
			if o.Value.Text() == code {
				return c.Say(o.Text)
			}
		}
		return code
	}
	switch it.Type {
	case instrument.Choice:
		return label(v.Text())
	case instrument.MultiChoice:
		var out []string
		for _, code := range v.Codes() {
			out = append(out, label(code))
		}
		return strings.Join(out, ", ")
	case instrument.DateTime:
		if t, err := time.Parse(time.RFC3339, v.Text()); err == nil {
			return c.Voice().DateTime(t)
		}
	}
	text := v.Text()
	if v.Kind() == instrument.Number {
		if c.Lang == "nb" {
			text = strings.Replace(text, ".", ",", 1)
		}
		if it.Unit != "" {
			text += " " + strings.NewReplacer("mm[Hg]", "mmHg", "Cel", "°C").Replace(it.Unit)
		}
	}
	return text
}

func sortedIDs(lib instrument.Library) []string { return slices.Sorted(maps.Keys(lib)) }
