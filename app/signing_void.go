package app

import (
	"context"
	"strings"

	"varde/access"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// maxNamed bounds how many answers a change is told by; the others are counted.
const maxNamed = 4

// voided says of each void signature of a stream what was changed, from the ledger.
// It names answers and never values: what they were and became is for the record and
// its history, where blinding is applied.
func (a *App) voided(ctx context.Context, h *host, actor access.Actor, participant string, list []study.Signature) (map[signedKey]study.Text, error) {
	var open []study.Signature
	for _, x := range list {
		if !x.Holds() {
			open = append(open, x)
		}
	}
	out := map[signedKey]study.Text{}
	if len(open) == 0 {
		return out, nil
	}
	stream := study.Sign{On: study.On{Participant: participant}}.Stream()
	err := a.each(ctx, h.id, stream, func(e study.Event) error {
		for _, x := range open {
			if _, known := out[keyOf(x)]; known || !e.Recorded.Equal(x.Void) || e.Actor != x.VoidBy {
				continue
			}
			if ref, err := study.ParseRecordRef(x.Record); err != nil || !ref.TouchedBy(e.Data) {
				continue
			}
			if shown := a.visible(h, actor, []study.Event{e}); len(shown) > 0 {
				out[keyOf(x)] = h.changeOf(actor, shown[0])
			}
		}
		return nil
	})
	return out, err
}

// changeOf tells a change to somebody who may see the event. Whoever must not know
// which visit it is, or how far somebody has come, is told of answers alone.
func (h *host) changeOf(actor access.Actor, e study.Event) study.Text {
	def := h.definition()
	masked := access.HidesVisit(def, actor.Role) || !h.permits(actor, access.SeeJourney)
	var t study.Text
	switch d := e.Data.(type) {
	case study.FormCorrected:
		t = answersNamed(def, d.Form, d.Items, study.Text{EN: "corrected: ", NB: "rettet: "})
	case study.FormSaved:
		t = answersNamed(def, d.Form, d.Items, study.Text{EN: "entered: ", NB: "ført: "})
	default:
		if masked {
			return study.Text{}
		}
		return study.Describe(def, e)
	}
	if e.Reason != "" && !masked {
		t.EN, t.NB = t.EN+". Reason: "+e.Reason, t.NB+". Årsak: "+e.Reason
	}
	return t
}

// answersNamed names the answers of a change in the order of the form.
func answersNamed(def *protocol.Definition, form string, items study.Values, intro study.Text) study.Text {
	f, ok := def.Form(form)
	if !ok {
		return study.Text{}
	}
	var en, nb []string
	more := 0
	for i := range f.Items {
		item := &f.Items[i]
		v, changed := items[item.ID]
		switch {
		case !changed || v.Reason() == study.Hidden:
		case len(en) == maxNamed:
			more++
		default:
			en, nb = append(en, quoted(item, "en")), append(nb, quoted(item, "nb"))
		}
	}
	if len(en) == 0 {
		return study.Text{}
	}
	t := study.Text{EN: intro.EN + strings.Join(en, ", "), NB: intro.NB + strings.Join(nb, ", ")}
	if more > 0 {
		t.EN, t.NB = t.EN+" and others", t.NB+" med flere"
	}
	return t
}

// quoted is an item's own words, cut where they are long.
func quoted(item *instrument.Item, lang string) string {
	const longest = 60
	text := []rune(strings.TrimRight(item.Text.In(lang), " .:?"))
	if len(text) > longest {
		text = append(text[:longest-1], '…')
	}
	if lang == "nb" {
		return "«" + string(text) + "»"
	}
	return "“" + string(text) + "”"
}
