package participant

import (
	"math"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/app"
	"varde/chart"
	"varde/instrument"
	"varde/web/page"
	"varde/web/ui"
)

type curvesView struct {
	Top    top
	Curves []curveView
	Hidden bool // there are ratings that are not shown
}

// curveView is one score of the reader's own answers over time.
type curveView struct {
	ID     string
	Title  string
	About  string
	Words  []string
	Figure *ui.Figure
}

// scored is one value of a score.
type scored struct {
	At    time.Time
	Value float64
	Visit string
}

// curves shows what the reader's own answers add up to, over time: in a picture and
// in words. It promises nothing, and calls no change good or bad but what the
// questionnaire itself means by higher and lower.
func curves(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	v := curvesView{Top: o.top(o.toMore()), Hidden: o.rated()}
	for _, form := range o.selfRated() {
		for _, s := range form.Scores {
			// The whole score alone: parts of it are for those who treat.
			if s.Better == "" || s.Method == instrument.Calc || s.ID != "total" {
				continue
			}
			points := o.scores(form.ID, s.ID)
			if len(points) == 0 {
				continue
			}
			v.Curves = append(v.Curves, o.curve(form, s, points))
		}
	}
	return o.render("curves", c.T("me.curves"), v)
}

// rated says that the protocol has ratings that the reader is kept from.
func (o *own) rated() bool {
	for i := range o.c.Def.Visits {
		for _, u := range o.c.Def.Visits[i].Forms {
			if f, ok := o.c.Def.Form(u.Form); ok && f.Respondent == instrument.ByRater {
				return !access.Sees(o.c.Def, o.c.Actor.Role, instrument.Rating)
			}
		}
	}
	return false
}

// selfRated are the questionnaires that the reader answers, in the protocol's order.
func (o *own) selfRated() []*instrument.Compiled {
	var out []*instrument.Compiled
	for i := range o.c.Def.Visits {
		for _, u := range o.c.Def.Visits[i].Forms {
			f, ok := o.c.Def.Form(u.Form)
			if ok && f.Respondent == instrument.ByParticipant && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// scores are the values of a score by time.
func (o *own) scores(form, score string) []scored {
	var out []scored
	for i := range o.c.Def.Visits {
		f := o.s.Form(o.c.Def.Visits[i].ID, form, 0)
		if f == nil {
			continue
		}
		if x, ok := f.Scores[score].Float(); ok {
			out = append(out, scored{f.At(), x, o.c.Say(o.c.Def.Visits[i].Title)})
		}
	}
	slices.SortStableFunc(out, func(a, b scored) int { return a.At.Compare(b.At) })
	return out
}

func (o *own) curve(form *instrument.Compiled, s instrument.Score, points []scored) curveView {
	c := o.c
	v := curveView{ID: "curve-" + form.ID, Title: c.Say(form.Title), About: c.T("me.curves.about." + s.Better)}
	if form.Short != "" {
		v.Title += " (" + form.Short + ")"
	}
	v.Words = append(v.Words, o.direction(s, points)...)
	if t := o.step(form.ID + "." + s.ID); t != "" && len(points) > 1 {
		v.Words = append(v.Words, t)
	}
	if len(points) < 2 {
		return v
	}
	line := chart.Line{Frame: chart.Frame{ID: v.ID, Title: c.T("me.curves.yours"), Desc: c.T("me.curves.desc"), Lang: c.Lang, Height: 240}, X: chart.Axis{Kind: chart.Dates, Label: c.T("me.curves.date")}, Y: chart.Axis{Label: c.T("me.curves.score"), Zero: true}}
	if s.Min != nil && s.Max != nil {
		line.Y.Min, line.Y.Max = *s.Min, *s.Max
	}
	series := chart.Series{Name: c.T("me.curves.yours")}
	for _, p := range points {
		series.Points = append(series.Points, chart.At(chart.Day(p.At.In(c.Zone)), p.Value))
	}
	line.Series = []chart.Series{series}
	v.Figure = &ui.Figure{Chart: line, Source: form.Source}
	return v
}

// direction says in words how the first and the last value differ.
func (o *own) direction(s instrument.Score, points []scored) []string {
	c, voice := o.c, o.c.Voice()
	first, last := points[0], points[len(points)-1]
	number := func(x float64) string {
		if x == math.Trunc(x) {
			return voice.Number(x, 0)
		}
		return voice.Number(x, 1)
	}
	if len(points) == 1 {
		return []string{c.T("me.curves.one", "value", number(first.Value), "date", voice.Date(first.At))}
	}
	args := []any{"first", number(first.Value), "last", number(last.Value), "from", voice.Date(first.At), "to", voice.Date(last.At), "by", number(math.Abs(last.Value - first.Value))}
	switch {
	case last.Value == first.Value:
		return []string{c.T("me.curves.same", "last", number(last.Value), "from", voice.Date(first.At), "to", voice.Date(last.At)), c.T("me.curves.same.note")}
	case (last.Value < first.Value) == (s.Better == "lower"):
		return []string{c.T("me.curves.easier", args...), c.T("me.curves.easier.note")}
	}
	return []string{c.T("me.curves.harder", args...), c.T("me.curves.harder.note")}
}

// step is what the study calls a change that means something, where its source is
// verified; a number that nobody has confirmed is not told to anybody.
func (o *own) step(score string) string {
	for _, r := range o.c.Def.Analysis.Responders {
		for _, e := range o.c.Def.Analysis.Endpoints {
			if r.Endpoint == e.ID && e.Score == score && r.Status == "V" && strings.TrimSpace(r.Source) != "" {
				return o.c.T("me.curves.step", "what", strings.TrimRight(o.c.Say(r.Text), "."))
			}
		}
	}
	return ""
}

// moods is the diary's own curve, nil when there is too little for one.
func (o *own) moods(lines []app.DiaryLine) *ui.Figure {
	c := o.c
	series := chart.Series{Name: c.T("me.diary.mood")}
	for _, l := range slices.Backward(lines) {
		if l.Mood != nil {
			series.Points = append(series.Points, chart.At(chart.Day(l.At.In(c.Zone)), float64(*l.Mood)))
		}
	}
	if len(series.Points) < 3 {
		return nil
	}
	slices.SortStableFunc(series.Points, func(a, b chart.Point) int { return int(a.X - b.X) })
	return &ui.Figure{Chart: chart.Line{Frame: chart.Frame{ID: "moods", Title: c.T("me.diary.moods"), Lang: c.Lang, Height: 200}, X: chart.Axis{Kind: chart.Dates, Label: c.T("me.curves.date")},
		Y: chart.Axis{Label: c.T("me.diary.mood"), Max: 10}, Series: []chart.Series{series}}}
}
