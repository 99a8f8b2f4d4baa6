package intake

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"varde/app"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

type oneView struct {
	Heading ui.Heading
	Concern *ui.Alert
	Care    *form
	Facts   []ui.KeyValue
	Opened  []ui.KeyValue
	Purpose string
	Close   string
	Erased  *ui.Alert
	Open    *form
	Fresh   bool    // still to be assessed: what they wrote comes first
	First   []*form // what is to be done next
	Then    []*form // what else may be done, folded
	Moves   []ui.TimelineItem
	History []ui.TimelineItem
}

// shown is what a page of a referral shows besides the referral.
type shown struct {
	refused *study.Refusal
	opened  []ui.KeyValue
	purpose string
}

func showOne(c *page.Context) error { return renderOne(c, shown{}) }

func renderOne(c *page.Context, x shown) error {
	card, err := c.App.Referral(c.Ctx(), c.Actor, c.Study, c.Value("referral"))
	if err != nil {
		return err
	}
	sites, err := zoneOf(c)
	if err != nil {
		return err
	}
	for _, s := range sites {
		if s.ID == card.Site {
			c.Zone = s.Zone
		}
	}
	// Nothing of this page may be kept by the browser or by anything between.
	c.W.Header().Set("Cache-Control", "no-store, private, max-age=0")
	m := maker{c: c, card: &card, sites: sites, refused: x.refused, base: c.Path("referrals", card.ID)}
	v := oneView{Heading: ui.Heading{Title: c.T("intake.one", "id", card.ID), Lead: m.lead(), Tags: append([]ui.Tag{statusTag(c, card.Status)}, urgencyTags(c, card.Urgency)...)},
		Facts: m.facts(), Opened: x.opened, Purpose: x.purpose, Close: m.base, Fresh: card.Status == study.ReferralNew, Moves: m.moves(), History: m.history()}
	if s := card.State; !s.Concern.IsZero() {
		v.Concern = &ui.Alert{Tone: ui.Danger, Title: c.T("intake.concern", "id", card.ID), Text: c.T("intake.concern.text", "time", c.Voice().DateTime(s.Concern))}
		if c.Actor.Role == "physician" {
			v.Care = m.care()
		}
	}
	if !card.State.Erased.IsZero() {
		v.Erased = &ui.Alert{Tone: ui.Info, Title: c.T("intake.erased", "time", c.Voice().DateTime(card.State.Erased)), Text: c.T("intake.erased.text")}
	} else if len(x.opened) == 0 {
		v.Open = m.open()
	}
	v.First, v.Then = m.forms()
	p := page.Page{Title: card.ID, Crumbs: []ui.Crumb{{Text: c.T("intake.menu"), Href: c.Path("referrals")}, {Text: card.ID}}, Data: v}
	if x.refused != nil {
		p.Status = page.Status(x.refused)
		if !v.tells() {
			p.Notices = []ui.Alert{c.RefusalAlert(x.refused)} // what was sent cannot be sent any more
		}
	}
	return c.Render("one", p)
}

// tells says that one of the forms shows why it was refused.
func (v *oneView) tells() bool {
	for _, f := range append(append([]*form{v.Open, v.Care}, v.First...), v.Then...) {
		if f != nil && len(f.Errors.Errors) > 0 {
			return true
		}
	}
	return false
}

// maker makes the parts of a referral's page.
type maker struct {
	c       *page.Context
	card    *app.ReferralCard
	sites   []*study.SiteState
	refused *study.Refusal
	base    string
}

func (m *maker) lead() string {
	return m.c.T("intake.one.lead", "time", m.c.Voice().DateTime(m.card.Received), "channel", strings.ToLower(channelText(m.c, m.card.Channel)))
}

func (m *maker) facts() []ui.KeyValue {
	c, s := m.c, m.card.State
	var out []ui.KeyValue
	add := func(key string, cell ui.Cell) {
		if !cell.Blank() {
			out = append(out, ui.KeyValue{Key: c.T(key), Cell: cell})
		}
	}
	site := c.T("intake.anysite")
	if s.Site != "" {
		site = siteName(m.sites, s.Site)
	}
	add("intake.site", ui.Cell{Text: site})
	add("intake.language", ui.Cell{Text: c.T("intake.language." + s.Language)})
	add("intake.agreed", ui.Cell{Text: c.T("intake.agreed." + strconv.FormatBool(s.Wait))})
	if m.card.Place > 0 {
		add("intake.place", ui.Cell{Text: strconv.Itoa(m.card.Place)})
		add("intake.since", ui.Cell{Text: c.Voice().Date(m.card.Listed)})
		add("intake.wait", ui.Cell{Text: waitText(c, m.card.Wait), Sub: page.Sentence(c.Say(m.card.Wait.Basis))})
		next := ui.Cell{Text: c.Voice().Date(m.card.NextCheck)}
		if m.card.Late(c.Now) {
			next.Tags = []ui.Tag{{Text: c.T("intake.late"), Tone: ui.Danger}}
		}
		add("intake.nextcheck", next)
	}
	if s.Decision != "" {
		sub := s.Note
		if s.Decision == "unsuitable" || s.Decision == "onwards" {
			sub = strings.TrimSpace(joined(c, decisionReasons(s.Decision), s.Reasons) + " " + s.Note)
		}
		add("intake.decision", ui.Cell{Text: c.T("intake.decision." + s.Decision), Sub: sub})
	}
	for _, p := range s.Passed {
		add("intake.passed", ui.Cell{Text: p.To, Sub: c.T("intake.passed.how", "time", c.Voice().DateTime(p.At), "consent", strings.ToLower(c.T("intake.consent."+p.Consent)), "form", c.T("intake.form."+p.Form))})
	}
	if s.Participant != "" {
		add("intake.participant", ui.Cell{Text: s.Participant, Href: c.Path("p", s.Participant)})
	}
	if s.EndReason != "" {
		add("intake.result", ui.Cell{Text: endText(c, s), Sub: s.EndNote})
	}
	return out
}

func decisionReasons(decision string) study.ReasonList {
	if decision == "onwards" {
		return study.OnwardReasons
	}
	return study.UnsuitableReasons
}

func (m *maker) moves() []ui.TimelineItem {
	var out []ui.TimelineItem
	for _, t := range m.card.Moves {
		where := m.c.T("intake.move.last")
		if t.Ahead != "" {
			where = m.c.T("intake.move.before", "id", t.Ahead)
		}
		text := page.Sentence(m.c.Say(study.MoveReasons.Name(t.Reason)))
		if t.Note != "" {
			text += " " + t.Note
		}
		out = append(out, ui.TimelineItem{When: t.At, Title: where, Text: text, Who: m.who(t.By), Tone: ui.Info})
	}
	return out
}

func (m *maker) who(account string) string {
	if account == app.Stranger.ID {
		return m.c.T("intake.stranger")
	}
	return cmp.Or(m.card.Names[account], account)
}

func (m *maker) history() []ui.TimelineItem {
	var out []ui.TimelineItem
	for _, e := range m.card.History {
		x := ui.TimelineItem{When: e.Recorded, Title: m.c.Say(study.Describe(m.c.Def, e)), Who: m.who(e.Actor), Tone: ui.Neutral}
		switch d := e.Data.(type) {
		case study.ReferralChecked:
			x.Text = d.Note
			if d.Concern {
				x.Tone = ui.Warning
			}
		case study.ReferralSeen:
			names := make([]string, len(d.Fields))
			for i, f := range d.Fields {
				names[i] = strings.ToLower(m.c.T("intake.field." + f))
			}
			x.Title, x.Text = m.c.T("intake.history.opened", "purpose", d.Purpose), page.Sentence(strings.Join(names, ", "))
		}
		out = append(out, x)
	}
	slices.Reverse(out)
	return out
}

// forms answers what is to be done next with a referral, and what else may be.
func (m *maker) forms() (first, then []*form) {
	s := m.card.State
	switch s.Status {
	case study.ReferralNew:
		return []*form{m.assess()}, []*form{m.passOn(), m.ending()}
	case study.ReferralWaiting:
		if m.card.Begun != "" || m.card.First {
			first = append(first, m.invite())
		}
		first = append(first, m.check())
		then = []*form{m.move(), m.assess(), m.passOn(), m.ending()}
		if m.card.Begun != "" {
			first, then = first[:1], nil // nothing else before this is finished
		}
		return first, then
	case study.ReferralOnwards, study.ReferralUnsuitable:
		return []*form{m.passOn()}, []*form{m.assess(), m.ending()}
	case study.ReferralEnded:
		return nil, []*form{m.passOn()}
	}
	return nil, nil
}

func (m *maker) make(f form) *form {
	f.Action = m.base + "/" + f.ID
	return ready(m.c, f, m.refused)
}

func (m *maker) open() *form {
	c := m.c
	which := ui.Field{Kind: ui.CheckboxField, Name: "field", Label: c.T("intake.open.which"), Required: true}
	for _, f := range app.ReferralFields {
		if slices.Contains(m.card.State.Fields, f) {
			which.Options = append(which.Options, ui.Option{Value: f, Label: c.T("intake.field." + f)})
		}
	}
	purpose := ui.Field{Kind: ui.SelectField, Name: "purpose", Label: c.T("intake.open.purpose"), Hint: c.T("intake.open.purpose.hint"), Required: true}
	for _, p := range purposes {
		purpose.Options = append(purpose.Options, ui.Option{Value: p, Label: c.T("intake.purpose." + p)})
	}
	more := ui.Field{Kind: ui.TextField, Name: "more", Label: c.T("intake.open.more"), Optional: true, MaxLength: mostWords, Autocomplete: "off"}
	return m.make(form{ID: "open", Title: c.T("intake.open"), Text: c.T("intake.open.text"), Fields: []ui.Field{which, purpose, more}, Button: c.T("intake.open.button"), Quiet: m.card.Status != study.ReferralNew})
}

func (m *maker) assess() *form {
	c, s := m.c, m.card.State
	decision := ui.Field{Kind: ui.RadioField, Name: "decision", Label: c.T("intake.assess.what"), Required: true}
	for _, d := range []string{"wait", "invite", "onwards", "unsuitable"} {
		decision.Options = append(decision.Options, ui.Option{Value: d, Label: c.T("intake.decision." + d), Hint: c.T("intake.decision." + d + ".hint")})
	}
	site := ui.Field{Kind: ui.SelectField, Name: "site", Label: c.T("intake.site"), Value: s.Site, Hint: c.T("intake.assess.site.hint")}
	for _, x := range m.sites {
		site.Options = append(site.Options, ui.Option{Value: x.ID, Label: x.Name})
	}
	if s.Site == "" && len(m.sites) == 1 {
		site.Value = m.sites[0].ID
	}
	urgency := ui.Field{Kind: ui.RadioField, Name: "urgency", Label: c.T("intake.urgency"), Row: true, Value: cmp.Or(s.Urgency, "routine"), Hint: c.T("intake.urgency.hint"),
		Options: []ui.Option{{Value: "routine", Label: c.T("intake.routine")}, {Value: "soon", Label: c.T("intake.soon")}}}
	fields := []ui.Field{decision, site, urgency}
	if !s.Wait {
		fields = append(fields, ui.Field{Kind: ui.ConfirmField, Name: "agreed", Label: c.T("intake.assess.agreed")})
	}
	fields = append(fields,
		ui.Field{Kind: ui.SelectField, Name: "onwards", Label: c.T("intake.assess.onwards"), Optional: true, Options: reasons(c, study.OnwardReasons)},
		ui.Field{Kind: ui.SelectField, Name: "unsuitable", Label: c.T("intake.assess.unsuitable"), Optional: true, Options: reasons(c, study.UnsuitableReasons)}, note(c, true))
	title := "intake.assess"
	if s.Status != study.ReferralNew {
		title = "intake.assess.again"
	}
	return m.make(form{ID: "assess", Title: c.T(title), Fields: fields, Button: c.T("intake.assess.button")})
}

func (m *maker) invite() *form {
	text := m.c.T("intake.invite.text")
	if m.card.Begun != "" {
		text = m.c.T("intake.invite.begun", "number", m.card.Begun)
	}
	return m.make(form{ID: "invite", Title: m.c.T("intake.invite"), Text: text, Button: m.c.T("intake.invite.button")})
}

func (m *maker) check() *form {
	c := m.c
	return m.make(form{ID: "check", Title: c.T("intake.check"), Text: c.T("intake.check.text"), Button: c.T("intake.check.button"), Fields: []ui.Field{
		{Kind: ui.RadioField, Name: "outcome", Label: c.T("intake.check.outcome"), Required: true, Options: []ui.Option{
			{Value: "well", Label: c.T("intake.check.well")}, {Value: "concern", Label: c.T("intake.check.concern"), Hint: c.T("intake.check.concern.hint")},
			{Value: "no", Label: c.T("intake.check.no"), Hint: c.T("intake.check.no.hint")}, {Value: "missed", Label: c.T("intake.check.missed"), Hint: c.T("intake.check.missed.hint")}}},
		note(c, true)}})
}

func (m *maker) care() *form {
	c := m.c
	return m.make(form{ID: "care", Title: c.T("intake.care"), Button: c.T("intake.care.button"), Fields: []ui.Field{
		{Kind: ui.LongTextField, Name: "action", Rows: 3, Label: c.T("intake.care.what"), Hint: c.T("intake.note.hint"), Required: true, MaxLength: 500}}})
}

func (m *maker) move() *form {
	c := m.c
	where := ui.Field{Kind: ui.SelectField, Name: "ahead", Label: c.T("intake.move.where"), Required: true}
	for i, id := range m.card.Order {
		if id != m.card.ID {
			where.Options = append(where.Options, ui.Option{Value: id, Label: c.T("intake.move.option", "place", strconv.Itoa(i+1), "id", id)})
		}
	}
	where.Options = append(where.Options, ui.Option{Value: "end", Label: c.T("intake.move.last")})
	return m.make(form{ID: "move", Title: c.T("intake.move"), Text: c.T("intake.move.text"), Button: c.T("intake.move.button"), Quiet: true, Fields: []ui.Field{where,
		{Kind: ui.SelectField, Name: "reason", Label: c.T("intake.reason"), Required: true, Options: reasons(c, study.MoveReasons)}, note(c, true)}})
}

func (m *maker) ending() *form {
	c := m.c
	return m.make(form{ID: "close", Title: c.T("intake.close"), Text: c.T("intake.close.text"), Button: c.T("intake.close.button"), Quiet: true, Danger: true, Fields: []ui.Field{
		{Kind: ui.SelectField, Name: "reason", Label: c.T("intake.reason"), Required: true, Options: reasons(c, study.CloseReasons)}, note(c, true)}})
}

func (m *maker) passOn() *form {
	if !m.card.State.Erased.IsZero() {
		return nil
	}
	c := m.c
	lang := ui.Field{Kind: ui.RadioField, Name: "language", Label: c.T("intake.onwards.language"), Row: true, Value: m.card.State.Language, Options: []ui.Option{{Value: "nb", Label: c.T("intake.language.nb")}, {Value: "en", Label: c.T("intake.language.en")}}}
	return m.make(form{ID: "onwards", Title: c.T("intake.onwards"), Text: c.T("intake.onwards.text"), Button: c.T("intake.onwards.button"), Quiet: m.card.Status == study.ReferralNew || m.card.Status == study.ReferralWaiting, Fields: []ui.Field{
		{Kind: ui.LongTextField, Name: "to", Rows: 3, Label: c.T("intake.onwards.to"), Hint: c.T("intake.onwards.to.hint"), Required: true, MaxLength: 500},
		{Kind: ui.RadioField, Name: "consent", Label: c.T("intake.onwards.consent"), Hint: c.T("intake.onwards.consent.hint"), Required: true, Options: []ui.Option{{Value: "written", Label: c.T("intake.consent.written")}, {Value: "spoken", Label: c.T("intake.consent.spoken")}}},
		{Kind: ui.SelectField, Name: "why", Label: c.T("intake.onwards.why"), Required: true, Options: reasons(c, study.OnwardReasons)},
		{Kind: ui.LongTextField, Name: "know", Rows: 4, Label: c.T("intake.onwards.know"), Hint: c.T("intake.onwards.know.hint"), Optional: true, MaxLength: 2000},
		{Kind: ui.TextField, Name: "reply", Label: c.T("intake.onwards.reply"), Hint: c.T("intake.onwards.reply.hint"), Required: true, MaxLength: 200},
		{Kind: ui.RadioField, Name: "form", Label: c.T("intake.onwards.form"), Row: true, Required: true, Value: "letter", Options: []ui.Option{{Value: "letter", Label: c.T("intake.form.letter")}, {Value: "fhir", Label: c.T("intake.form.fhir")}}},
		lang}})
}
