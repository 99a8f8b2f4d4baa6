package clinic

import (
	"strings"
	"time"

	"varde/instrument"
	"varde/web/page"
	"varde/web/ui"
)

// Names of the fields of a form page, by item.
const (
	answerField = "i." // the answer
	reasonField = "a." // why there is none
	baseField   = "b." // the answer as it stood when the page was made
	shownField  = "p." // marks a group of boxes as shown, as empty ones are not sent
)

// itemView is one item on the page.
type itemView struct {
	ID      string
	Key     string
	Section string // heading above it
	Field   ui.Field
	Reason  ui.Field
	Base    string // as saved: see baseField
	Group   bool
	// Present is the saved answer where somebody else has changed it meanwhile.
	Present string
	Changed bool
	// Sealed says that an answer is kept apart from the record, and Card leads to where
	// it is opened, for those who may.
	Sealed bool
	Card   string
	// Blinded items are in the record, but not for this reader's eyes.
	Blinded bool
	Queries []string
}

// fieldOf makes the field of an item with an answer as entered.
func fieldOf(c *page.Context, f *instrument.Compiled, item *instrument.Item, entered string) ui.Field {
	out := ui.Field{
		Name: answerField + item.ID, Label: c.Say(item.Text), Hint: c.Say(item.Help), Value: entered,
		Unit: page.Unit(item.Unit, c.Lang), Low: item.Min, High: item.Max, Decimals: item.Decimals,
		LowLabel: c.Say(item.Low), HighLabel: c.Say(item.High), Optional: !item.Required,
	}
	switch item.Type {
	case instrument.Integer, instrument.Decimal:
		out.Kind = ui.NumberField
	case instrument.Scale:
		out.Kind = ui.SliderField
	case instrument.Choice, instrument.MultiChoice:
		out.Kind = ui.RadioField
		longest := 0
		for _, o := range f.OptionsOf(item) {
			text := c.Say(o.Text)
			longest = max(longest, len([]rune(text)))
			out.Options = append(out.Options, ui.Option{Value: o.Value.Text(), Label: text})
		}
		out.Row = len(out.Options) <= 5 && longest <= 22
		switch {
		case item.Type == instrument.MultiChoice:
			out.Kind, out.Row = ui.CheckboxField, false
			out.Values, out.Value = codesOf(entered), ""
		case len(out.Options) > 12:
			out.Kind = ui.SelectField
		}
	case instrument.Boolean:
		out.Kind, out.Row = ui.RadioField, true
		out.Options = []ui.Option{{Value: "true", Label: c.T("answer.yes")}, {Value: "false", Label: c.T("answer.no")}}
	case instrument.Date:
		out.Kind = ui.DateField
	case instrument.DateTime:
		out.Kind = ui.DateTimeField
	case instrument.Time:
		out.Kind = ui.TimeField
	default:
		out.Kind = ui.TextField
		if item.Long {
			out.Kind = ui.LongTextField
		}
	}
	if out.Kind != ui.NumberField && out.Kind != ui.SliderField {
		out.Low, out.High, out.Unit = nil, nil, ""
	}
	return out
}

// reasonFieldOf asks why there is no answer.
func reasonFieldOf(c *page.Context, item *instrument.Item, chosen string) ui.Field {
	f := ui.Field{Kind: ui.SelectField, Name: reasonField + item.ID, Label: c.T("clinic.absent.label"), Value: chosen, Short: true}
	for _, r := range instrument.AbsentReasons {
		if r == "ongoing" && item.Type != instrument.Date && item.Type != instrument.DateTime {
			continue // only an end can be still to come
		}
		f.Options = append(f.Options, ui.Option{Value: r, Label: c.T("answer.absent." + r)})
	}
	return f
}

// shown writes a saved answer as its field would hold it.
func shown(item *instrument.Item, v instrument.Value, zone *time.Location, lang string) string {
	switch {
	case !v.Given():
		return ""
	case item.Type == instrument.DateTime:
		if t, err := time.Parse(time.RFC3339, v.Text()); err == nil {
			return t.In(zone).Format("2006-01-02T15:04")
		}
	case v.Kind() == instrument.Number && lang == "nb" && item.Type == instrument.Decimal:
		return strings.Replace(v.Text(), ".", ",", 1)
	}
	return v.Text()
}
