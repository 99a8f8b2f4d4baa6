package clinic

import (
	"slices"
	"strconv"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// taperView is a prescriber's plan on the participant's page. Template "taper".
type taperView struct {
	Title, Href string
	Tag         ui.Tag
	Steps       []ui.TimelineItem
	Facts       []ui.KeyValue
	Watch       string
	Verdict     *ui.Alert // against the dosing day that is planned
}

func tapersOf(c *page.Context, s *study.State) []taperView {
	f, ok := c.Def.Form(study.TaperLog)
	if !ok {
		return nil
	}
	today := study.DayOf(c.Now, c.Zone)
	var out []taperView
	for _, t := range study.Tapers(c.Def, s) {
		if t.Record.Values["medicine"].Reason() == study.Hidden {
			continue
		}
		v := taperView{Title: t.Medicine, Href: formPath(c, s.ID, "", study.TaperLog, strconv.Itoa(t.Record.Key.Repeat))}
		tones := map[string]ui.Tone{"planned": ui.Info, "done": ui.Success, "stopped": ui.Warning}
		if item, ok := f.Item("state"); ok {
			v.Tag = ui.Tag{Text: page.Answer(c, f, item, t.Record.Values["state"]), Tone: tones[t.State]}
		}
		v.steps(c, t, today)
		v.facts(c, f, t, today)
		if item, ok := f.Item("watch"); ok && t.Record.Values["watch"].Given() {
			v.Watch = page.Answer(c, f, item, t.Record.Values["watch"])
		}
		v.verdict(c, s, t)
		out = append(out, v)
	}
	return out
}

func (v *taperView) steps(c *page.Context, t study.Taper, today study.Day) {
	next, more := t.Next(today)
	for _, x := range t.Steps {
		item := ui.TimelineItem{Title: c.Voice().Number(x.Dose, decimals(x.Dose)) + " " + t.Unit, Text: c.T("clinic.taper.from", "day", dayText(c, x.On)), Tone: ui.Neutral}
		switch {
		case x.On <= today:
			item.Tone = ui.Success
		case more && x.On == next.On:
			item.Tone, item.Tags = ui.Info, []ui.Tag{{Text: c.T("clinic.taper.next"), Tone: ui.Info}}
		}
		v.Steps = append(v.Steps, item)
	}
	if t.LastDay != 0 {
		item := ui.TimelineItem{Title: c.T("clinic.taper.lastday"), Text: dayText(c, t.LastDay), Tone: ui.Neutral}
		if t.LastDay < today {
			item.Tone = ui.Success
		}
		v.Steps = append(v.Steps, item)
	}
}

// decimals are as many as an amount has, three at most.
func decimals(x float64) int {
	for n, p := 0, 1.0; n < 3; n, p = n+1, p*10 {
		if y := x * p; y == float64(int64(y)) {
			return n
		}
	}
	return 3
}

func (v *taperView) facts(c *page.Context, f *instrument.Compiled, t study.Taper, today study.Day) {
	add := func(key, text string) {
		v.Facts = append(v.Facts, ui.KeyValue{Key: c.T(key), Cell: ui.Cell{Text: text}})
	}
	if item, ok := f.Item("prescriber"); ok && t.Record.Values["prescriber"].Given() {
		add("clinic.taper.prescriber", page.Answer(c, f, item, t.Record.Values["prescriber"]))
	}
	add("clinic.taper.start", c.Voice().Number(t.Start, decimals(t.Start))+" "+t.Unit)
	if t.LastDay != 0 && t.LastDay < today {
		add("clinic.taper.since", c.TN("clinic.medicine.days", int(today-t.LastDay)))
	}
	switch {
	case t.Earliest != 0:
		add("clinic.medicine.earliest", c.T("clinic.taper.earliest", "day", dayText(c, t.Earliest), "days", c.TN("clinic.medicine.days", t.Washout.Days())))
	case !t.Recognise:
		add("clinic.medicine.earliest", c.T("clinic.medicine.unknown"))
	default:
		add("clinic.medicine.earliest", c.T("clinic.medicine.nowashout"))
	}
	if !t.RiskLast.IsZero() {
		add("clinic.taper.risk.last", c.Voice().DateShort(t.RiskLast))
	}
	if t.RiskDue != 0 {
		add("clinic.taper.risk.due", dayText(c, t.RiskDue))
	}
}

// verdict holds the end of the washout against the next dosing day.
func (v *taperView) verdict(c *page.Context, s *study.State, t study.Taper) {
	if t.Earliest == 0 || t.State == "stopped" {
		return
	}
	windows := study.Windows(c.Def, s)
	for i := range c.Def.Visits {
		st := s.Visits[i]
		if c.Def.Visits[i].Kind != protocol.Session || !st.Held.IsZero() || st.Missed != "" {
			continue
		}
		day, word := windows[i].Target, "clinic.taper.fits.target"
		if !st.Planned.IsZero() && !st.Off {
			day, word = study.DayOf(st.Planned, c.Zone), "clinic.taper.fits.planned"
		} else if !windows[i].Known {
			return
		}
		if day >= t.Earliest {
			v.Verdict = &ui.Alert{Tone: ui.Success, Text: c.T(word, "visit", visitTitle(c, c.Def.Visits[i].ID), "day", dayText(c, day))}
		} else {
			v.Verdict = &ui.Alert{Tone: ui.Danger, Text: c.T("clinic.taper.tooearly", "visit", visitTitle(c, c.Def.Visits[i].ID), "day", dayText(c, day), "earliest", dayText(c, t.Earliest))}
		}
		return
	}
}

// contactsOf are the contacts, newest first.
func contactsOf(c *page.Context, s *study.State) []ui.TimelineItem {
	f, ok := c.Def.Form(study.ContactLog)
	if !ok {
		return nil
	}
	say := func(r *study.FormState, id string) string {
		item, ok := f.Item(id)
		if !ok || !r.Values[id].Given() {
			return ""
		}
		return page.Answer(c, f, item, r.Values[id])
	}
	var out []ui.TimelineItem
	for _, r := range s.Records("", study.ContactLog) {
		if r.Values["way"].Reason() == study.Hidden {
			continue
		}
		x := ui.TimelineItem{When: r.At(), Title: say(r, "way") + ": " + say(r, "whom"), Text: say(r, "summary"), Who: nameOf(c, s, r.By), Tone: ui.Info,
			Href: formPath(c, s.ID, "", study.ContactLog, strconv.Itoa(r.Key.Repeat))}
		if about := say(r, "about"); about != "" {
			x.Title += " (" + about + ")"
		}
		if reached, _ := r.Values["reached"].Bool(); !reached {
			x.Tone, x.Tags = ui.Warning, append(x.Tags, ui.Tag{Text: c.T("clinic.contact.notreached"), Tone: ui.Warning})
		}
		if next := say(r, "next"); next != "" {
			x.Tags = append(x.Tags, ui.Tag{Text: c.T("clinic.contact.next", "time", next), Tone: ui.Info})
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b ui.TimelineItem) int { return b.When.Compare(a.When) })
	return out
}

// noteView is a therapist's note, with what the manual asks for and was done. Template
// "note".
type noteView struct {
	Title, Href, Who string
	Done, Left       []string
	Departures       string
	Summary, Next    string
}

func notesOf(c *page.Context, s *study.State) []noteView {
	f, ok := c.Def.Form(study.NoteLog)
	if !ok {
		return nil
	}
	records := slices.Clone(s.Records("", study.NoteLog))
	slices.SortStableFunc(records, func(a, b *study.FormState) int { return b.At().Compare(a.At()) })
	var out []noteView
	for _, r := range records {
		if r.Values["kind"].Reason() == study.Hidden {
			continue
		}
		kind, _ := f.Item("kind")
		v := noteView{Href: formPath(c, s.ID, "", study.NoteLog, strconv.Itoa(r.Key.Repeat)), Who: nameOf(c, s, r.By),
			Departures: r.Values["departures"].Text(), Summary: r.Values["summary"].Text(), Next: r.Values["next"].Text()}
		if kind != nil {
			v.Title = page.Answer(c, f, kind, r.Values["kind"]) + ", " + c.Voice().DateTime(r.At())
		}
		if minutes, ok := r.Values["minutes"].Float(); ok {
			v.Title += " · " + c.T("clinic.note.minutes", "minutes", int(minutes))
		}
		if item, ok := f.Item("done_" + r.Values["kind"].Text()); ok && r.Values[item.ID].Given() {
			done := r.Values[item.ID].Codes()
			for _, o := range f.OptionsOf(item) {
				switch code := o.Value.Text(); {
				case code == "none":
				case slices.Contains(done, code):
					v.Done = append(v.Done, c.Say(o.Text))
				default:
					v.Left = append(v.Left, c.Say(o.Text))
				}
			}
		}
		out = append(out, v)
	}
	return out
}
