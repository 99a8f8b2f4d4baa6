package clinic

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"varde/instrument"
	"varde/study"
	"varde/web/page"
)

// sealedItem is an answer of a form that identifies the person: it is kept sealed,
// apart from the record, and opened on the identity card.
type sealedItem struct {
	key  study.FormKey
	item *instrument.Item
	form *instrument.Compiled
}

// value stands for the item in the card's form.
func (x sealedItem) value() string {
	return "item:" + strings.Join([]string{x.key.Visit, x.key.Form, strconv.Itoa(x.key.Repeat), x.item.ID}, "/")
}

// title names the item, its form and its visit.
func (x sealedItem) title(c *page.Context) string {
	out := c.Say(x.item.Text) + " (" + formTitle(c, x.form)
	if x.key.Visit != "" {
		out += ", " + visitTitle(c, x.key.Visit)
	}
	if x.key.Repeat > 0 {
		out += ", " + strconv.Itoa(x.key.Repeat)
	}
	return out + ")"
}

// sealedItems are those of a record, in the order of visits, forms and items.
func sealedItems(c *page.Context, s *study.State) []sealedItem {
	var out []sealedItem
	for key, f := range s.Forms {
		form, ok := c.Def.Form(key.Form)
		if !ok {
			continue
		}
		for i := range form.Items {
			if f.Values[form.Items[i].ID].Kind() == instrument.Sealed {
				out = append(out, sealedItem{key, &form.Items[i], form})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b sealedItem) int {
		return cmp.Or(cmp.Compare(c.Def.VisitIndex(a.key.Visit), c.Def.VisitIndex(b.key.Visit)), strings.Compare(a.key.Form, b.key.Form), cmp.Compare(a.key.Repeat, b.key.Repeat))
	})
	return out
}
