package clinic

import (
	"slices"
	"strconv"
	"strings"

	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// medicineView is one medicine with what the protocol's table says of it and what the
// physician decided. Template "medicine".
type medicineView struct {
	Anchor, Title, Sub string
	Href               string
	Tag                ui.Tag
	Loud               string // what must not be overlooked
	Hits               []hitView
	Decision           string
	Decide             *ui.Link
}

// hitView is one row of the table that the medicine falls under.
type hitView struct {
	Class  string
	Tag    ui.Tag
	Facts  []ui.KeyValue
	Source string
	Status ui.Tag
}

var severityTones = map[string]ui.Tone{"X": ui.Danger, "H": ui.Danger, "M": ui.Warning, "L": ui.Info}

func medicinesOf(c *page.Context, s *study.State) []medicineView {
	var out []medicineView
	for _, m := range study.Medicines(c.Def, s, study.DayOf(c.Now, c.Zone)) {
		no := strconv.Itoa(m.Record.Key.Repeat)
		v := medicineView{Anchor: "medicine-" + no, Title: m.Name, Href: formPath(c, s.ID, "", c.Def.Safety.Medication, no)}
		if v.Title == "" {
			v.Title = c.T("clinic.records.number", "number", m.Record.Key.Repeat)
		}
		if m.Record.Values["name"].Reason() == study.Hidden {
			continue // not for this reader
		}
		v.Sub = medicineFacts(c, m)
		v.Tag = medicineTag(c, m)
		if m.Forbidden {
			v.Loud = c.T("clinic.medicine.forbidden")
		}
		for _, h := range m.Hits {
			v.Hits = append(v.Hits, hitOf(c, h))
		}
		v.decision(c, s, m)
		out = append(out, v)
	}
	return out
}

func medicineFacts(c *page.Context, m study.Medicine) string {
	var out []string
	for _, x := range []string{m.Dose, m.ATC} {
		if x != "" {
			out = append(out, x)
		}
	}
	switch {
	case m.Ongoing:
		out = append(out, c.T("clinic.medicine.ongoing"))
	case m.Last != 0:
		out = append(out, c.T("clinic.medicine.last", "day", dayText(c, m.Last)))
	}
	return strings.Join(out, " · ")
}

// medicineTag says where a medicine stands, by what is gravest.
func medicineTag(c *page.Context, m study.Medicine) ui.Tag {
	worst := m.Worst()
	switch {
	case !m.Known:
		return ui.Tag{Text: c.T("clinic.medicine.unknown"), Tone: ui.Warning}
	case len(m.Hits) == 0:
		return ui.Tag{Text: c.T("clinic.medicine.norow"), Tone: ui.Neutral}
	case worst == "":
		return ui.Tag{Text: c.T("clinic.medicine.washed"), Tone: ui.Success}
	case worst == "M" && m.Decision != "":
		return ui.Tag{Text: c.T("clinic.interaction.decided"), Tone: ui.Info}
	}
	return ui.Tag{Text: c.T("clinic.interaction." + worst), Tone: severityTones[worst]}
}

func hitOf(c *page.Context, h study.MedicationHit) hitView {
	x := h.Interaction
	v := hitView{Class: c.Say(x.Class), Tag: ui.Tag{Text: c.T("clinic.interaction." + x.Severity), Tone: severityTones[x.Severity]}, Source: x.Source}
	add := func(key, text string) {
		if text != "" {
			v.Facts = append(v.Facts, ui.KeyValue{Key: c.T(key), Cell: ui.Cell{Text: text}})
		}
	}
	add("clinic.medicine.mechanism", c.Say(x.Mechanism))
	if x.Washout > 0 {
		add("clinic.medicine.washout", c.TN("clinic.medicine.days", x.Washout.Days()))
	} else {
		add("clinic.medicine.washout", c.T("clinic.medicine.nowashout"))
	}
	switch {
	case h.Washed:
		add("clinic.medicine.earliest", c.T("clinic.interaction.washed", "day", dayText(c, h.Until)))
	case h.Until != 0:
		add("clinic.medicine.earliest", dayText(c, h.Until))
	case x.Washout > 0:
		add("clinic.medicine.earliest", c.T("clinic.medicine.earliest.unknown"))
	}
	add("clinic.medicine.advice", c.Say(x.Advice))
	if study.Verified(c.Def, x) {
		v.Status = ui.Tag{Text: c.T("clinic.medicine.verified"), Tone: ui.Info}
	} else {
		v.Status = ui.Tag{Text: c.T("clinic.medicine.unverified"), Tone: ui.Warning}
	}
	return v
}

func (v *medicineView) decision(c *page.Context, s *study.State, m study.Medicine) {
	f, ok := c.Def.Form(c.Def.Safety.Medication)
	if !ok {
		return
	}
	if m.Decision != "" {
		text := m.Decision
		if item, ok := f.Item("decision"); ok {
			text = page.Answer(c, f, item, m.Record.Values["decision"])
		}
		v.Decision = c.T("clinic.medicine.decided", "decision", text, "who", nameOf(c, s, m.By), "time", c.Voice().DateTime(m.At))
		if m.Reason != "" {
			v.Decision += " " + page.Sentence(m.Reason)
		}
		return
	}
	if len(m.Hits) > 0 {
		v.Decision = c.T("clinic.medicine.undecided")
	}
	if p, ok := study.PlaceOf(c.Def, "", c.Def.Safety.Medication); ok && c.Actor.Role == "physician" && slices.Contains(p.Roles, "physician") && m.Undecided {
		v.Decide = &ui.Link{Text: c.T("clinic.medicine.decide"), Href: v.Href, Variant: "secondary"}
	}
}

// nameOf is a member of the participant's site by name, anybody else by account.
func nameOf(c *page.Context, s *study.State, account string) string {
	env := c.App.Env(c.Ctx(), c.Actor, c.Study, s)
	if env.Site != nil {
		if m, ok := env.Site.Staff[account]; ok && m.Name != "" {
			return m.Name
		}
	}
	return account
}
