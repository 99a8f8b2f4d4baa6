package public

import (
	"time"

	"varde/content"
	"varde/instrument"
	"varde/web/page"
	"varde/web/ui"
)

// question is one item as it is asked.
type question struct {
	Instrument string
	ID         string
	Section    string // above the question
	Recall     string // the time that it is about
	Field      ui.Field
	Number     int // within its instrument
	Of         int
}

// outcome is what is said of a band.
type outcome struct {
	ID, Title, Text string
	Next            []string
}

type warning struct{ ID, Text string }

type limit struct {
	Text, Source string
	LookedUp     time.Time
}

type checkView struct {
	Rules           string // JSON, for the script
	Question        string // of safety
	Yes, No, Help   string
	Intro           [2]string // of the two questionnaires
	Short           [2]string
	Questions       []question
	Bands           []outcome
	Dangers         []warning
	Limits          []limit
	Lines           []line
	HelpHref        string
	Referral, Paper string
	Max             [2]int
}

func (s *site) checkView(c *page.Context) checkView {
	check := s.content.SelfCheck
	v := checkView{Rules: s.check, Question: check.Safety.Question.In(c.Lang), Yes: check.Safety.Yes.In(c.Lang), No: check.Safety.No.In(c.Lang), Help: check.Safety.Help.In(c.Lang),
		HelpHref: content.Address(c.Lang, "help"), Referral: content.Address(c.Lang, "referral"), Paper: content.Address(c.Lang, "self-check") + "/paper"}
	for i, f := range []*instrument.Compiled{s.first, s.then} {
		v.Intro[i], v.Short[i] = f.Instructions.In(c.Lang), f.Short
		v.Questions = append(v.Questions, questionsOf(c, f)...)
		if x, ok := f.ScoreOf("total"); ok && x.Max != nil {
			v.Max[i] = int(*x.Max)
		}
	}
	for _, b := range check.Bands {
		o := outcome{ID: b.ID, Title: b.Title.In(c.Lang), Text: b.Text.In(c.Lang)}
		for _, n := range b.Next {
			o.Next = append(o.Next, n.In(c.Lang))
		}
		v.Bands = append(v.Bands, o)
	}
	for _, d := range check.Danger {
		v.Dangers = append(v.Dangers, warning{d.ID, d.Text.In(c.Lang)})
	}
	for _, k := range check.Cutoffs {
		v.Limits = append(v.Limits, limit{k.Text.In(c.Lang), k.Source, k.LookedUp.Time})
	}
	v.Lines = s.lines(c.Lang)
	return v
}

func questionsOf(c *page.Context, f *instrument.Compiled) []question {
	var out []question
	section := ""
	for i := range f.Items {
		it := &f.Items[i]
		if !it.Section.Empty() {
			section = it.Section.In(c.Lang)
		}
		field := ui.Field{Kind: ui.RadioField, Name: it.ID, Label: it.Text.In(c.Lang), Required: true}
		if it.Type == instrument.Boolean {
			field.Options = []ui.Option{{Value: "1", Label: c.T("public.yes")}, {Value: "0", Label: c.T("public.no")}}
		}
		for _, o := range f.OptionsOf(it) {
			field.Options = append(field.Options, ui.Option{Value: o.Value.Text(), Label: o.Text.In(c.Lang)})
		}
		out = append(out, question{Instrument: f.ID, ID: it.ID, Section: section, Recall: f.Recall.In(c.Lang), Field: field, Number: i + 1, Of: len(f.Items)})
	}
	return out
}

// selfCheck is not kept by caches: the page would come back with its answers on a shared
// device.
func (s *site) selfCheck(c *page.Context) error {
	return s.show(c, "self-check", "selfcheck", page.Page{Data: s.checkView(c)})
}
