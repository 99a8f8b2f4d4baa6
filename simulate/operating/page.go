package operating

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"varde/chart"
	"varde/chart/numeral"
	"varde/protocol"
	"varde/simulate/trial"
)

// Document is a result as people read it: what was assumed, and for each curve its
// figures with the numbers beside them.
type Document struct {
	Title, Lead string
	Assumptions []string
	Sections    []Section
}

// Section is one curve, or the scenarios that are on none.
type Section struct {
	ID, Title string
	Text      []string
	Figures   []chart.Chart
	Tables    []chart.Table
}

// page makes a document.
type page struct {
	def  *protocol.Definition
	r    *Result
	lang string
}

// Page makes the document of a result in a language.
func Page(def *protocol.Definition, r *Result, lang string) Document {
	p := page{def, r, lang}
	doc := Document{Title: p.say("Operating characteristics", "Hvordan studien ville gått"), Assumptions: p.assumptions()}
	trials := 0
	for _, s := range r.Scenarios {
		trials += s.Trials
	}
	doc.Lead = fmt.Sprintf(p.say("%s %s, %s simulated trials in %d scenarios, seed %d. Every number has its Monte-Carlo error: how far it may be off because the trials are drawn by chance.",
		"%s %s, %s simulerte studier i %d scenarier, frø %d. Hvert tall har sin Monte Carlo-feil: hvor mye det kan være feil fordi studiene er trukket tilfeldig."), r.Protocol, r.Version, p.number(float64(trials), 0), len(r.Scenarios), r.Seed)
	var order []string
	by := map[string][]*ScenarioResult{}
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		if by[s.Curve] == nil {
			order = append(order, s.Curve)
		}
		by[s.Curve] = append(by[s.Curve], s)
	}
	for _, id := range order {
		doc.Sections = append(doc.Sections, p.section(id, by[id]))
	}
	return doc
}

func (p *page) say(en, nb string) string {
	if p.lang == "nb" {
		return nb
	}
	return en
}

func (p *page) number(v float64, decimals int) string { return numeral.Format(p.lang, v, decimals) }

func (p *page) section(id string, list []*ScenarioResult) Section {
	s := Section{ID: "curve-" + id, Title: p.title(id), Text: p.text(id)}
	if id == "" {
		s.ID = "scenarios"
	}
	axes := varying(list)
	if len(axes) > 0 && len(list) > 1 {
		x := axes[0]
		if i := slices.IndexFunc(axes, func(a string) bool { return a != "effect" }); i >= 0 {
			x = axes[i]
		}
		for n, ids := range shown(x, p.r.Active != "") {
			if f, ok := p.figure(fmt.Sprintf("%s-%d", s.ID, n), x, ids, axes, list); ok {
				s.Figures = append(s.Figures, f)
			}
		}
	}
	if len(list) == 1 {
		s.Tables = append(s.Tables, p.single(list[0]))
	} else {
		s.Tables = append(s.Tables, p.table(list))
	}
	return s
}

// varying answers the axes that are not the same in all scenarios.
func varying(list []*ScenarioResult) []string {
	var out []string
	for _, a := range trial.Axes {
		first, has := list[0].Setting[a.Name]
		for _, s := range list {
			if v, ok := s.Setting[a.Name]; ok != has || v != first {
				out = append(out, a.Name)
				break
			}
		}
	}
	return out
}

// shown says which measures a curve over an axis is drawn of, a figure for each group.
func shown(axis string, compared bool) [][]string {
	calendar := [][]string{{WaitHalf, WaitNinth}, {trial.Recruited, trial.LastVisit}}
	switch axis {
	case "pairs", "rooms", "sessionsPerWeek", "participantsAtOnce", "referrals", "sites", "screening":
		return calendar
	}
	if !compared {
		return calendar[1:]
	}
	switch axis {
	case "effect", "sd", "earlyStop":
		return [][]string{{Power}}
	case "n":
		return [][]string{{Power}, {trial.Recruited, trial.LastVisit}}
	}
	return [][]string{{Power}, {Bias}}
}

// figure draws measures over an axis, a line for each measure and each setting of the
// other axes that vary.
func (p *page) figure(id, x string, ids, axes []string, list []*ScenarioResult) (chart.Chart, bool) {
	axis, _ := trial.AxisOf(x)
	var series []chart.Series
	any := false
	for _, m := range ids {
		scale := 1.0
		if isShare(m) {
			scale = 100
		}
		for _, s := range list {
			v, has := s.Setting[x]
			if !has {
				continue
			}
			y, ok := s.Measure(m)
			if !ok {
				continue
			}
			name := p.line(m, ids, s, x, axes)
			i := slices.IndexFunc(series, func(q chart.Series) bool { return q.Name == name })
			if i < 0 {
				series = append(series, chart.Series{Name: name})
				i = len(series) - 1
			}
			half := 1.96 * y.Error * scale
			point := chart.At(v, y.Value*scale)
			if half > 0 {
				point = chart.Between(v, y.Value*scale, y.Value*scale-half, y.Value*scale+half)
			}
			series[i].Points = append(series[i].Points, point)
			any = true
		}
	}
	if !any {
		return nil, false
	}
	for i := range series {
		slices.SortStableFunc(series[i].Points, func(a, b chart.Point) int {
			switch {
			case a.X < b.X:
				return -1
			case a.X > b.X:
				return 1
			}
			return 0
		})
	}
	title := p.figureTitle(ids, axis)
	l := chart.Line{Frame: chart.Frame{ID: id, Title: title, Lang: p.lang,
		Desc: p.say("A line for each case; the bars are 95 % Monte-Carlo intervals.", "Én linje for hvert tilfelle; strekene er 95 % Monte Carlo-intervaller.")},
		X: chart.Axis{Label: axis.Text.In(p.lang), Decimals: decimalsOf(list, x)}, Y: chart.Axis{Label: p.unit(ids[0]), Zero: ids[0] != Bias, Decimals: 1}, Series: series}
	if isShare(ids[0]) {
		l.Y.Max = 100
	}
	if ids[0] == Power && len(list) > 0 && list[0].Level != nil {
		l.Limits = append(l.Limits, chart.Limit{At: 100 * *list[0].Level, Label: p.say("level of the test", "testens nivå")})
	}
	if ids[0] == Bias {
		l.Limits = append(l.Limits, chart.Limit{At: 0, Label: p.say("no bias", "ingen skjevhet")})
	}
	return l, true
}

// line names a line of a figure.
func (p *page) line(m string, ids []string, s *ScenarioResult, x string, axes []string) string {
	var parts []string
	if len(ids) > 1 {
		parts = append(parts, MeasureName(m, p.lang))
	}
	for _, a := range axes {
		if a == x {
			continue
		}
		parts = append(parts, p.settingText(a, s.Setting[a]))
	}
	if len(parts) == 0 {
		return MeasureName(m, p.lang)
	}
	return strings.Join(parts, ", ")
}

// settingText tells one setting in words.
func (p *page) settingText(axis string, v float64) string {
	if axis == "effect" {
		switch v {
		case 0:
			return p.say("no effect", "ingen effekt")
		case 1:
			return p.say("published effect", "publisert effekt")
		}
	}
	a, _ := trial.AxisOf(axis)
	return a.Text.In(p.lang) + ": " + p.plain(v)
}

// plain writes a setting as it was written.
func (p *page) plain(v float64) string {
	for d := range 6 {
		if scale := math.Pow10(d); math.Abs(v*scale-math.Round(v*scale)) < 1e-9 {
			return p.number(v, d)
		}
	}
	return p.number(v, 6)
}

func decimalsOf(list []*ScenarioResult, axis string) int {
	d := 0
	for _, s := range list {
		for d < 3 {
			scale := math.Pow10(d)
			if v := s.Setting[axis]; math.Abs(v*scale-math.Round(v*scale)) < 1e-9 {
				break
			}
			d++
		}
	}
	return d
}

func (p *page) figureTitle(ids []string, axis trial.Axis) string {
	what := map[string]string{Power: p.say("Significant trials", "Signifikante studier"), Bias: p.say("Bias of the estimate", "Skjevhet i estimatet"),
		WaitHalf: p.say("Waiting time", "Ventetid"), trial.Recruited: p.say("Duration", "Varighet")}[ids[0]]
	return what + p.say(" by: ", " etter: ") + axis.Text.In(p.lang)
}

func (p *page) unit(id string) string {
	switch {
	case isShare(id):
		return "%"
	case id == Bias:
		return p.say("points", "poeng")
	}
	return p.say("days", "dager")
}

// value writes a measure with its Monte-Carlo error.
func (p *page) value(m Measure) string {
	if isShare(m.ID) {
		return fmt.Sprintf("%s\u00a0%% (%s)", p.number(100*m.Value, 1), p.number(100*m.Error, 1))
	}
	decimals := 2
	if math.Abs(m.Value) >= 100 {
		decimals = 1
	}
	if m.Error == 0 {
		return p.number(m.Value, decimals)
	}
	return fmt.Sprintf("%s (%s)", p.number(m.Value, decimals), p.number(m.Error, decimals+1))
}

// single is all measures of one scenario.
func (p *page) single(s *ScenarioResult) chart.Table {
	t := chart.Table{Caption: s.Name, Head: []string{p.say("Measure", "Mål"), p.say("Value (Monte-Carlo error)", "Verdi (Monte Carlo-feil)")}}
	t.Rows = append(t.Rows, []string{p.say("Trials", "Studier"), p.number(float64(s.Trials), 0)})
	if s.True != nil {
		t.Rows = append(t.Rows, []string{p.say("True difference, points", "Sann forskjell, poeng"), p.number(*s.True, 2)},
			[]string{p.say("Level of the last test, two-sided", "Siste tests nivå, tosidig"), p.number(*s.Level, 5)})
	}
	for _, m := range s.Measures {
		t.Rows = append(t.Rows, []string{MeasureName(m.ID, p.lang), p.value(m)})
	}
	return t
}

// table is the main measures of several scenarios, a column for each setting that varies.
// What is the same number in all of them is left out.
func (p *page) table(list []*ScenarioResult) chart.Table {
	ids := []string{Power, Bias, Coverage, trial.Width, RMSE, trial.Fallback, trial.Randomised, WaitHalf, WaitNinth, trial.LastVisit}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !tells(list, id) })
	t := chart.Table{Caption: p.say("Values, with the Monte-Carlo error in brackets", "Verdier, med Monte Carlo-feilen i parentes")}
	axes := varying(list)
	named := len(axes) == 0 || slices.ContainsFunc(list, func(s *ScenarioResult) bool { return s.Curve == "" })
	if named {
		t.Head = []string{p.say("Scenario", "Scenario")}
	} else {
		for _, a := range axes {
			axis, _ := trial.AxisOf(a)
			t.Head = append(t.Head, axis.Text.In(p.lang))
		}
	}
	t.Head = append(t.Head, p.say("Trials", "Studier"))
	for _, id := range ids {
		t.Head = append(t.Head, p.shortName(id))
	}
	for _, s := range list {
		var row []string
		if named {
			row = append(row, p.scenarioName(s))
		} else {
			for _, a := range axes {
				row = append(row, p.setting(s, a))
			}
		}
		row = append(row, p.number(float64(s.Trials), 0))
		for _, id := range ids {
			m, ok := s.Measure(id)
			if !ok {
				row = append(row, numeral.Missing)
				continue
			}
			row = append(row, p.value(m))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// tells says that a measure is there and is not one number, known for sure, in all
// scenarios.
func tells(list []*ScenarioResult, id string) bool {
	first, ok := list[0].Measure(id)
	return slices.ContainsFunc(list, func(s *ScenarioResult) bool {
		m, has := s.Measure(id)
		return has && (!ok || m.Error > 0 || m.Value != first.Value)
	})
}

// setting is the value of an axis, in words where 0 and 1 have some.
func (p *page) setting(s *ScenarioResult, axis string) string {
	v, ok := s.Setting[axis]
	switch {
	case !ok:
		return p.say("as in the protocol", "som i protokollen")
	case axis == "effect" && (v == 0 || v == 1):
		return p.plain(v) + " (" + p.settingText(axis, v) + ")"
	}
	return p.plain(v)
}

func (p *page) shortName(id string) string {
	name := MeasureName(id, p.lang)
	if i := strings.IndexByte(name, ':'); i > 0 {
		name = name[:i]
	}
	return name
}

// scenarioName tells what a scenario sets; a listed one has its own name.
func (p *page) scenarioName(s *ScenarioResult) string {
	if s.Curve == "" || len(s.Setting) == 0 {
		return s.Name
	}
	var parts []string
	for _, a := range s.Setting.Names() {
		parts = append(parts, p.settingText(a, s.Setting[a]))
	}
	return strings.Join(parts, ", ")
}
