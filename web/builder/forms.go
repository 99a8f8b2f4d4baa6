package builder

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"varde/instrument"
	"varde/web/page"
	"varde/web/ui"
)

type formsView struct {
	Groups []ui.Table
	None   *ui.Empty
}

// forms lists the protocol's forms, those that participants fill in first.
func (q *request) forms() error {
	def := q.reading.def
	if def == nil {
		return q.render("forms", http.StatusOK, q.t("builder.forms"), formsView{None: &ui.Empty{Title: q.t("builder.unread"), Text: q.t("builder.unread.text")}})
	}
	own, staff := q.formTable("builder.forms.participant"), q.formTable("builder.forms.staff")
	for _, id := range slices.Sorted(maps.Keys(def.Instruments)) {
		f := def.Instruments[id]
		t := &staff
		if f.Respondent == instrument.ByParticipant {
			t = &own
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: f.Title.In(q.lang), Href: "/forms/" + url.PathEscape(id)}, {Text: id},
			{Text: strings.Join(q.usedAt(id), ", ")}, {Text: strconv.Itoa(len(f.Items))}, {Text: strconv.Itoa(f.Minutes)}}})
	}
	return q.render("forms", http.StatusOK, q.t("builder.forms"), formsView{Groups: []ui.Table{own, staff}})
}

func (q *request) formTable(caption string) ui.Table {
	return ui.Table{Caption: q.t(caption), Columns: []ui.Column{{Head: q.t("builder.form")}, {Head: q.t("builder.id")}, {Head: q.t("builder.usedat")}, {Head: q.t("builder.items"), Num: true}, {Head: q.t("builder.minutes"), Num: true}}}
}

// usedAt names the visits, logs and sessions at which a form is filled in.
func (q *request) usedAt(form string) []string {
	def := q.reading.def
	var out []string
	for i := range def.Visits {
		for _, f := range def.Visits[i].Forms {
			if f.Form == form && !slices.Contains(out, def.Visits[i].ID) {
				out = append(out, def.Visits[i].ID)
			}
		}
	}
	for _, l := range def.Logs {
		if l.Form == form {
			out = append(out, q.t("builder.log"))
		}
	}
	if d := def.Dosing; d != nil {
		in := []string{d.Vitals.Form, d.Solicited, d.Log, d.Discharge.Form}
		for _, f := range d.Forms {
			in = append(in, f.Form)
		}
		if d.Overnight != nil {
			in = append(in, d.Overnight.Form)
		}
		if slices.Contains(in, form) {
			out = append(out, q.t("builder.insession"))
		}
	}
	return out
}

type formView struct {
	Heading ui.Heading
	Title   string
	Intro   []string
	Items   []itemView
	Scores  []string
}

// itemView is one question as it will be asked.
type itemView struct {
	Ask   *ui.Ask
	Field *ui.Field
	When  string // under which condition it is asked
	Notes []string
}

func (q *request) form() error {
	def := q.reading.def
	if def == nil {
		return errNotThere
	}
	f := def.Instruments[q.r.PathValue("form")]
	if f == nil {
		return errNotThere
	}
	title := f.Title.In(q.lang)
	v := formView{Title: title, Heading: ui.Heading{Title: title, Lead: strings.Join(q.usedAt(f.ID), ", ")}}
	if text := f.Instructions.In(q.lang); text != "" {
		v.Intro = strings.Split(text, "\n\n")
	}
	for i := range f.Items {
		v.Items = append(v.Items, q.item(f, &f.Items[i], i))
	}
	for i := range f.Scores {
		v.Scores = append(v.Scores, f.Scores[i].ID+": "+f.Scores[i].Title.In(q.lang))
	}
	return q.render("form", http.StatusOK, title, v)
}

// mostButtons is how many answers stand as buttons before they become a list.
const mostButtons = 12

func (q *request) item(f *instrument.Compiled, item *instrument.Item, n int) itemView {
	v := itemView{When: item.When}
	if item.Required {
		v.Notes = append(v.Notes, q.t("builder.required"))
	}
	if item.Blinding != "" {
		v.Notes = append(v.Notes, q.t("builder.blinding", "class", string(item.Blinding)))
	}
	key := "i" + strconv.Itoa(n)
	ask := &ui.Ask{Key: key, Name: key, Over: item.Section.In(q.lang), Question: item.Text.In(q.lang), Hint: item.Help.In(q.lang), Within: true}
	switch options := f.OptionsOf(item); {
	case item.Type == instrument.Boolean:
		ask.Answers = []ui.Answer{{Value: "true", Text: q.t("builder.yes")}, {Value: "false", Text: q.t("builder.no")}}
	case item.Type == instrument.Choice && len(options) <= mostButtons:
		for _, o := range options {
			ask.Answers = append(ask.Answers, ui.Answer{Value: o.Value.Text(), Text: o.Text.In(q.lang)})
		}
	default:
		v.Field = q.field(f, item, key)
		return v
	}
	v.Ask = ask
	return v
}

var fieldKinds = map[instrument.ItemType]ui.Kind{
	instrument.Integer: ui.NumberField, instrument.Decimal: ui.NumberField, instrument.Scale: ui.SliderField,
	instrument.Choice: ui.SelectField, instrument.MultiChoice: ui.CheckboxField,
	instrument.Date: ui.DateField, instrument.DateTime: ui.DateTimeField, instrument.Time: ui.TimeField,
}

func (q *request) field(f *instrument.Compiled, item *instrument.Item, key string) *ui.Field {
	out := &ui.Field{Kind: fieldKinds[item.Type], Name: key, ID: key, Label: item.Text.In(q.lang), Hint: item.Help.In(q.lang), Unit: page.Unit(item.Unit, q.lang),
		Low: item.Min, High: item.Max, Decimals: item.Decimals, LowLabel: item.Low.In(q.lang), HighLabel: item.High.In(q.lang), Disabled: true}
	if out.Kind == "" {
		out.Kind = ui.TextField
		if item.Long {
			out.Kind, out.Rows = ui.LongTextField, 4
		}
	}
	for _, o := range f.OptionsOf(item) {
		out.Options = append(out.Options, ui.Option{Value: o.Value.Text(), Label: o.Text.In(q.lang)})
	}
	return out
}
