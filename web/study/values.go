package study

import (
	"maps"
	"slices"

	"varde/instrument"
	"varde/protocol"
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
	if f, ok := c.Def.Form(form); ok {
		if it, ok := f.Item(item); ok {
			return page.Answer(c, f, it, v)
		}
	}
	return v.Text()
}

func sortedIDs(lib instrument.Library) []string { return slices.Sorted(maps.Keys(lib)) }
