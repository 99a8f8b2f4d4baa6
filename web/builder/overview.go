package builder

import (
	"net/http"
	"strconv"
	"strings"

	"varde/protocol"
	"varde/report/timeline"
	"varde/study"
	"varde/web/ui"
)

type overviewView struct {
	Heading  ui.Heading
	Verdict  ui.Alert
	Stats    []ui.Stat
	Arms     []string
	Timeline []ui.Figure
	Burden   ui.Table
	None     *ui.Empty
}

func (q *request) overview() error {
	v := overviewView{Heading: ui.Heading{Title: q.cfg.Name, Lead: q.t("builder.lead")}, Verdict: q.verdict()}
	errors, warnings, confirm := q.reading.counts()
	v.Stats = []ui.Stat{
		{Label: q.t("builder.errors"), Value: strconv.Itoa(errors), Href: "/findings#error"},
		{Label: q.t("builder.warnings"), Value: strconv.Itoa(warnings), Href: "/findings#warning"},
		{Label: q.t("builder.confirm"), Value: strconv.Itoa(confirm), Href: "/findings#confirm"},
	}
	def := q.reading.def
	if def == nil {
		v.None = &ui.Empty{Title: q.t("builder.unread"), Text: q.t("builder.unread.text"), Action: &ui.Link{Text: q.t("builder.findings"), Href: "/findings"}}
		return q.render("overview", http.StatusOK, q.t("builder.overview"), v)
	}
	v.Heading.Title, v.Heading.Lead = def.Title.In(q.lang), def.Summary.In(q.lang)
	for _, a := range def.Arms {
		v.Arms = append(v.Arms, a.Title.In(q.lang))
	}
	v.Timeline = []ui.Figure{{Chart: timeline.Treated(def, q.lang)}, {Chart: timeline.All(def, q.lang)}}
	if len(def.Withdrawal.FollowUp) > 0 {
		v.Timeline = append(v.Timeline, ui.Figure{Chart: timeline.Stopped(def, q.lang)})
	}
	burden := def.Burden()
	v.Stats = append(v.Stats,
		ui.Stat{Label: q.t("builder.participant.time"), Value: q.hours(burden.Total.Participant), Note: q.t("builder.questionnaires.of", "time", q.hours(burden.Total.Questionnaires))},
		ui.Stat{Label: q.t("builder.staff.time"), Value: q.hours(burden.Total.Staff), Note: q.t("builder.each")})
	v.Burden = q.burden(def, burden)
	return q.render("overview", http.StatusOK, q.t("builder.overview"), v)
}

func (q *request) verdict() ui.Alert {
	errors, warnings, confirm := q.reading.counts()
	switch {
	case errors > 0:
		return ui.Alert{Tone: ui.Danger, Title: q.tn("builder.verdict.errors", errors), Text: q.t("builder.verdict.errors.text"), Links: []ui.Link{{Text: q.t("builder.findings"), Href: "/findings"}}}
	case warnings > 0:
		return ui.Alert{Tone: ui.Warning, Title: q.tn("builder.verdict.warnings", warnings), Text: q.t("builder.verdict.warnings.text"), Links: []ui.Link{{Text: q.t("builder.findings"), Href: "/findings"}}}
	}
	return ui.Alert{Tone: ui.Success, Title: q.t("builder.verdict.good"), Text: q.tn("builder.verdict.confirm", confirm)}
}

// hours writes minutes as hours and minutes.
func (q *request) hours(minutes int) string {
	switch h, m := minutes/60, minutes%60; {
	case h == 0:
		return strconv.Itoa(m) + " min"
	case m == 0:
		return strconv.Itoa(h) + " " + q.t("builder.h")
	default:
		return strconv.Itoa(h) + " " + q.t("builder.h") + " " + strconv.Itoa(m) + " min"
	}
}

// burden is the time that each visit asks for.
func (q *request) burden(def *protocol.Definition, burden protocol.Burden) ui.Table {
	t := ui.Table{Caption: q.t("builder.burden"), HideCaption: true, Columns: []ui.Column{
		{Head: q.t("builder.visit")}, {Head: q.t("builder.who")}, {Head: q.t("builder.planned"), Num: true},
		{Head: q.t("builder.questionnaires"), Num: true}, {Head: q.t("builder.allforms"), Num: true}}}
	for _, x := range burden.Visits {
		v, ok := def.Visit(x.Visit)
		if !ok {
			continue
		}
		name := ui.Cell{Text: v.ID, Sub: v.Title.In(q.lang)}
		if x.Optional {
			name.Tags = []ui.Tag{{Text: q.t("builder.notall"), Tone: ui.Neutral}}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{name, {Text: q.roles(v.By)},
			{Text: strconv.Itoa(x.Planned)}, {Text: strconv.Itoa(x.Minutes.Questionnaires)}, {Text: strconv.Itoa(x.Minutes.Forms)}}})
	}
	return t
}

func (q *request) roles(roles []string) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = study.RoleName(r).In(q.lang)
	}
	return strings.Join(out, ", ")
}
