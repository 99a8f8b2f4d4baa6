package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"varde/analysis"
	"varde/chart/numeral"
)

// Text writes a short summary for a terminal: flow, primary outcome with its
// difference, responders and adverse events, each beside the published value.
func Text(w io.Writer, lang string, r analysis.Result) error {
	var out bytes.Buffer
	t := &summaryText{words: words{lang}, r: r, tab: tabwriter.NewWriter(&out, 0, 4, 2, ' ', 0), out: &out}
	t.head()
	t.flow()
	t.primary()
	t.planned()
	t.responders()
	t.adverse()
	t.foot()
	_, err := w.Write(out.Bytes())
	return err
}

type summaryText struct {
	words
	r   analysis.Result
	tab *tabwriter.Writer
	out *bytes.Buffer
}

func (t *summaryText) line(cells ...string) {
	// A buffer never fails.
	_, _ = io.WriteString(t.tab, strings.TrimRight(strings.Join(cells, "\t"), "\t")+"\n")
}

func (t *summaryText) title(s string) {
	_ = t.tab.Flush()
	_, _ = fmt.Fprintf(t.out, "\n%s\n", s)
}

func (t *summaryText) n(v float64, decimals int) string { return numeral.Format(t.lang, v, decimals) }

func (t *summaryText) ci(e analysis.Estimate, scale float64, decimals int) string {
	if e.Value == nil {
		return t.why(string(e.Why))
	}
	s := t.n(scale**e.Value, decimals)
	if e.Lower != nil && e.Upper != nil {
		s += fmt.Sprintf(" (%s)", t.interval(scale**e.Lower, scale**e.Upper, decimals))
	}
	return s
}

func (t *summaryText) published(p *analysis.Published, scale float64, decimals int) string {
	if p == nil {
		return ""
	}
	s := t.say("published ", "publisert ") + t.n(scale*p.Value, decimals)
	if p.Lower != nil && p.Upper != nil {
		s += " (" + numeral.Range(t.lang, scale**p.Lower, scale**p.Upper, decimals) + ")"
	}
	return s + " [" + p.Status + "]"
}

func (t *summaryText) head() {
	if t.r.Simulated {
		_, _ = fmt.Fprintln(t.out, t.say("SIMULATED DATA: virtual participants. Agreement with published values judges the simulation, and is no evidence.",
			"SIMULERTE DATA: virtuelle deltakere. Samsvar med publiserte verdier bedømmer simuleringen, og er ikke evidens."))
	}
	if t.r.Dummy != 0 {
		_, _ = fmt.Fprintln(t.out, t.say("DUMMY ARMS: drawn by a seed, not those of the study. Every difference is chance.",
			"OPPDIKTEDE GRUPPER: trukket med et frø, ikke studiens. Hver forskjell er tilfeldig."))
	}
	if t.r.Pooling == analysis.Blinded {
		_, _ = fmt.Fprintln(t.out, t.say("BLINDED: all arms together.", "BLINDET: alle grupper samlet."))
	}
}

func (t *summaryText) flow() {
	f := t.r.Flow
	t.title(t.say("Participant flow", "Deltakerflyt"))
	t.line("  "+t.say("assessed", "vurdert"), fmt.Sprint(f.Assessed))
	t.line("  "+t.say("excluded", "ekskludert"), fmt.Sprint(f.Excluded))
	if f.Withdrew > 0 {
		t.line("  "+t.say("left before", "falt fra før"), fmt.Sprint(f.Withdrew))
	}
	if f.Pending > 0 {
		t.line("  "+t.say("being assessed", "vurderes"), fmt.Sprint(f.Pending))
	}
	entered := t.say("enrolled", "inkludert")
	if f.Randomised {
		entered = t.say("randomised", "randomisert")
	}
	t.line("  "+entered, fmt.Sprint(f.Entered))
	_ = t.tab.Flush()
	for i, g := range f.Groups {
		t.line("  "+t.r.Groups[i].Text.In(t.lang), fmt.Sprintf("n = %d", g.Allocated), t.say("dosed ", "dosert ")+fmt.Sprint(g.Received),
			t.say("stopped ", "stanset ")+fmt.Sprint(g.Stopped), t.say("withdrew ", "trakk seg ")+fmt.Sprint(g.Withdrew),
			t.say("lost ", "falt fra ")+fmt.Sprint(g.Lost), t.say("completed ", "fullført ")+fmt.Sprint(g.Completed))
	}
}

func (t *summaryText) primary() {
	e, v := mainVisit(t.r)
	if v == nil {
		return
	}
	title := e.Text.In(t.lang)
	if v.Week != nil {
		title += fmt.Sprintf(t.say(", change to week %d", ", endring til uke %d"), *v.Week)
	}
	t.title(title)
	for g, c := range v.Groups {
		m := c.Value
		if c.Change != nil {
			m = *c.Change
		}
		t.line("  "+t.r.Groups[g].Text.In(t.lang), t.ci(m.Estimate, 1, 1), fmt.Sprintf("n = %d/%d", m.N, c.N), t.published(m.Published, 1, 1))
	}
	for _, c := range v.Against {
		t.line("  "+t.say("difference", "forskjell"), t.ci(c.Difference, 1, 1), "g = "+t.ci(c.Effect, 1, 2), t.published(c.Published, 1, 1))
	}
}

// planned is the answer of each of the plan's models at its main visit.
func (t *summaryText) planned() {
	if t.r.Pooling == analysis.Blinded || len(t.r.Planned) == 0 {
		return
	}
	t.title(t.say("The planned analysis, at the main visit", "Den planlagte analysen, ved hovedbesøket"))
	for _, m := range t.r.Planned {
		if m.State != "run" {
			t.line("  "+m.Model, t.say("no answer", "intet svar"), m.Reason)
			continue
		}
		for _, c := range m.Contrasts {
			if !c.Main && c.Test.SE > 0 {
				continue
			}
			p := ""
			if c.Test.SE > 0 {
				p = t.pText(c.Test.P)
			}
			answer := t.ci(c.Estimate, 1, 2)
			if m.Shares {
				answer = t.ci(c.Estimate, 100, 1) + t.say(" percentage points", " prosentpoeng")
			}
			t.line("  "+m.Model, answer, p, strings.Join(withoutEmpty(m.Covariance, m.Freedom), ", "))
		}
	}
}

func withoutEmpty(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

func (t *summaryText) responders() {
	for _, d := range t.r.Responders {
		for _, v := range d.Visits {
			if !v.Main {
				continue
			}
			t.title(d.Text.In(t.lang))
			for g, s := range v.Groups {
				t.line("  "+t.r.Groups[g].Text.In(t.lang), fmt.Sprintf("%d/%d", s.Events, s.N), t.share(s), t.published(s.Published, 100, 1))
			}
			for _, c := range v.Against {
				t.line("  "+t.say("difference, points", "forskjell, poeng"), "", t.ci(c.Difference, 100, 1))
			}
		}
	}
}

func (t *summaryText) share(s analysis.Share) string {
	if s.Value == nil {
		return t.why(string(s.Why))
	}
	return t.percent(*s.Value)
}

// mostLines of single terms in the summary.
const mostLines = 6

func (t *summaryText) adverse() {
	a := t.r.Adverse
	if a.Hidden {
		return
	}
	t.title(t.say("Adverse events, participants with at least one", "Uønskede hendelser, deltakere med minst én"))
	row := func(name string, r analysis.AdverseRow) {
		cells := []string{"  " + name}
		for g, c := range r.Groups {
			s := fmt.Sprintf("%s %d/%d", t.r.Groups[g].ID, c.Events, c.N)
			if c.Value != nil {
				s += " (" + t.percent(*c.Value) + ")"
			}
			if p := t.published(c.Published, 100, 1); p != "" {
				s += ", " + p
			}
			cells = append(cells, s)
		}
		t.line(cells...)
	}
	for _, r := range a.Totals {
		if r.ID == "any" || r.ID == "severe" || r.ID == "serious" {
			row(adverseKinds[r.ID].In(t.lang), r)
		}
	}
	for i, r := range a.Terms {
		if i == mostLines {
			break
		}
		row(r.Text.In(t.lang), r)
	}
}

func (t *summaryText) foot() {
	c := t.r.Cut
	root := c.Root
	if len(root) > 16 {
		root = root[:16]
	}
	_ = t.tab.Flush()
	_, _ = fmt.Fprintf(t.out, "\n%s %s %s, %s %d, %s %s\n", t.say("Data cut:", "Datauttrekk:"), c.Protocol, c.Version,
		t.say("events", "hendelser"), c.Size, t.say("root", "rot"), root)
}
