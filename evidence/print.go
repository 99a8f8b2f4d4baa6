package evidence

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"varde/bilingual"
	"varde/chart/numeral"
)

// Indirect is said wherever treatments stand under each other.
var Indirect = bilingual.Text{
	EN: "These numbers cannot be set against each other. Each treatment was compared with something else, and no study in the table compared the two: the numbers do not say which helps more.",
	NB: "Disse tallene kan ikke settes opp mot hverandre. Behandlingene er sammenlignet med ulike ting, og ingen studie i tabellen har sammenlignet de to: tallene sier ikke hva som hjelper mest.",
}

var printed = map[string]bilingual.Text{
	"trials":    {EN: "TRIALS", NB: "STUDIER"},
	"head":      {EN: "Trial\tTreatment\tPeople\tCompared with\tInstrument\tMDMA, mg in all\tRisk of bias\tRegistration\tStatus", NB: "Studie\tBehandling\tDeltakere\tSammenlignet med\tInstrument\tMDMA, mg i alt\tRisiko for skjevhet\tRegistrering\tStatus"},
	"pooled":    {EN: "POOLED, computed from the table", NB: "SAMLET, regnet ut fra tabellen"},
	"poolhead":  {EN: "What\tMeasure\tStudies\tEffect (95 %)\tPrediction (95 %)\ttau2 (95 %)\tI2 % (95 %)\tCompared with", NB: "Hva\tMål\tStudier\tVirkning (95 %)\tPrediksjon (95 %)\ttau2 (95 %)\tI2 % (95 %)\tSammenlignet med"},
	"ratio":     {EN: "risk ratio", NB: "relativ risiko"},
	"further":   {EN: "FURTHER LOOKS at MDMA-assisted therapy", NB: "VIDERE BLIKK på MDMA-assistert terapi"},
	"egger":     {EN: "Egger's test of small studies", NB: "Eggers test for små studier"},
	"nnt":       {EN: "Number needed to treat, if 20 % of the control group do well", NB: "Antall som må behandles, hvis det går bra med 20 % av kontrollgruppen"},
	"bayes":     {EN: "Bayesian median, mean ~ N(0, 1), tau ~ half-normal(0.5)", NB: "Bayesiansk median, gjennomsnitt ~ N(0, 1), tau ~ halvnormal(0,5)"},
	"all":       {EN: "All results of each trial, three-level, correlation 0.6", NB: "Alle resultater av hver studie, tre nivåer, korrelasjon 0,6"},
	"sessions":  {EN: "Change of the effect with each further session", NB: "Endring i virkningen for hver videre økt"},
	"earlier":   {EN: "WHAT WAS SAID EARLIER, beside today's", NB: "DET SOM BLE SAGT TIDLIGERE, ved siden av dagens"},
	"today":     {EN: "today", NB: "i dag"},
	"studies":   {EN: "studies", NB: "studier"},
	"retracted": {EN: "RETRACTED, counts in nothing", NB: "TRUKKET TILBAKE, teller ikke med"},
	"stands":    {EN: "stands", NB: "står"},
	"gone":      {EN: "retracted", NB: "trukket tilbake"},
	"unrated":   {EN: "not rated", NB: "ikke vurdert"},
	"low":       {EN: "low", NB: "lav"},
	"some":      {EN: "some concerns", NB: "noe usikker"},
	"high":      {EN: "high", NB: "høy"},
	"untold":    {EN: "comparator not told in the abstract", NB: "sammenligningen ikke oppgitt i sammendraget"},
	"sources":   {EN: "SOURCES", NB: "KILDER"},
}

// Text prints the table, the pooled numbers, what was said earlier and what is retracted.
func Text(w io.Writer, s *Set, lang string) error {
	p := printer{lang: lang}
	p.trials(s)
	if err := p.pooled(s); err != nil {
		return err
	}
	if err := p.further(s); err != nil {
		return err
	}
	if err := p.earlier(s); err != nil {
		return err
	}
	p.retracted(s)
	p.sources(s)
	_, err := io.WriteString(w, p.b.String())
	return err
}

type printer struct {
	b    strings.Builder
	lang string
}

func (p *printer) say(key string) string { return printed[key].In(p.lang) }

func (p *printer) number(x float64, decimals int) string {
	return numeral.Format(p.lang, x, decimals)
}

func (p *printer) interval(x, low, high float64, decimals int) string {
	return p.number(x, decimals) + " (" + numeral.Range(p.lang, low, high, decimals) + ")"
}

func (p *printer) title(key string) { fmt.Fprintf(&p.b, "%s\n", p.say(key)) }

func (p *printer) table(fill func(w io.Writer)) {
	w := tabwriter.NewWriter(&p.b, 0, 0, 2, ' ', 0)
	fill(w)
	w.Flush()
	p.b.WriteString("\n")
}

func (p *printer) trials(s *Set) {
	p.title("trials")
	p.table(func(w io.Writer) {
		fmt.Fprintln(w, p.say("head"))
		for _, t := range s.Trials {
			bias, status, registration := t.RiskOfBias, "stands", t.Registration
			if bias == "" {
				bias = "unrated"
			}
			if registration == "" {
				registration = numeral.Missing
			}
			if !t.Retracted.IsZero() {
				status = "gone"
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Name, Treatments[t.Treatment].In(p.lang), t.People(), Comparators[t.Comparator].In(p.lang), t.Instrument, t.amount(), p.say(bias), registration, p.say(status))
		}
	})
}

// amount is what the main groups had in all until the main moment, as the data set has it.
func (t Trial) amount() string {
	var out []string
	for _, f := range t.Results {
		if f.Main && f.Outcome == "severity" && f.Milligrams > 0 {
			out = append(out, fmt.Sprint(f.Milligrams))
		}
	}
	if len(out) == 0 {
		return numeral.Missing
	}
	return strings.Join(out, ", ")
}

func (p *printer) pooled(s *Set) error {
	all, err := s.PoolAll()
	if err != nil {
		return err
	}
	p.title("pooled")
	p.table(func(w io.Writer) {
		fmt.Fprintln(w, p.say("poolhead"))
		for _, x := range all {
			c, what, prediction := x.Fit.Pooled(), "Hedges g", numeral.Missing
			if x.Ratio() {
				what = p.say("ratio")
			}
			if !math.IsNaN(x.Prediction.Low) {
				prediction = numeral.Range(p.lang, x.Back(x.Prediction.Low), x.Back(x.Prediction.High), 2)
			}
			h := x.Heterogeneity
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", x.Name.In(p.lang), what, x.Studies(), p.interval(x.Back(c.Estimate), x.Back(c.Low), x.Back(c.High), 4),
				prediction, p.interval(x.Fit.Tau2, h.Tau2.Low, h.Tau2.High, 3), p.interval(x.I2.Value, x.I2.Low, x.I2.High, 1), p.compared(x))
		}
	})
	fmt.Fprintf(&p.b, "%s\n\n", Indirect.In(p.lang))
	return nil
}

// or says that a comparator was not told, where it was not.
func (p *printer) or(compared string) string {
	if compared == "" {
		return p.say("untold")
	}
	return compared
}

// compared are the comparators of the rows, each once.
func (p *printer) compared(x Pooling) string {
	var out []string
	seen := map[string]bool{}
	for _, r := range x.Rows {
		if c := r.Trial.Comparator; !seen[c] {
			seen[c] = true
			out = append(out, Comparators[c].In(p.lang))
		}
	}
	return strings.Join(out, "; ")
}

func (p *printer) further(s *Set) error {
	d, err := s.LookDeeper()
	if err != nil {
		return err
	}
	p.title("further")
	line := func(key, value string) { fmt.Fprintf(&p.b, "%s: %s\n", p.say(key), value) }
	e := d.Egger.Slope
	line("egger", p.interval(e.Estimate, e.Low, e.High, 3)+", p = "+p.number(e.P, 3))
	line("nnt", p.number(d.NumberNeeded, 2))
	line("bayes", p.interval(d.Bayes.Mean.Value, d.Bayes.Mean.Low, d.Bayes.Mean.High, 3))
	a := d.AllResults.Pooled()
	line("all", p.interval(a.Estimate, a.Low, a.High, 4))
	b := d.BySessions.Coefficients[1]
	line("sessions", p.interval(b.Estimate, b.Low, b.High, 4))
	p.b.WriteString("\n")
	return nil
}

func (p *printer) earlier(s *Set) error {
	p.title("earlier")
	for _, e := range s.Earlier {
		fmt.Fprintf(&p.b, "%s: %s, %s, %d %s: g %s; %s\n", e.By, Treatments[e.Treatment].In(p.lang), e.Measure.In(p.lang), e.Studies, p.say("studies"), p.number(e.G, 2), p.or(e.Compared.In(p.lang)))
	}
	for _, id := range []string{MDMA, Exposure} {
		x, err := s.Today(id)
		if err != nil {
			return err
		}
		c := x.Fit.Pooled()
		fmt.Fprintf(&p.b, "%s: %s, %d %s: g %s; %s\n", p.say("today"), x.Name.In(p.lang), x.Studies(), p.say("studies"), p.interval(c.Estimate, c.Low, c.High, 2), p.compared(x))
	}
	fmt.Fprintf(&p.b, "%s\n\n", Indirect.In(p.lang))
	return nil
}

func (p *printer) retracted(s *Set) {
	p.title("retracted")
	for _, x := range s.Publications {
		if !x.Retracted.IsZero() {
			fmt.Fprintf(&p.b, "%s  %s\n  %s\n", x.Retracted.Format("2006-01-02"), x.Citation, x.Reason.In(p.lang))
		}
	}
	for _, t := range s.Trials {
		if !t.Retracted.IsZero() {
			fmt.Fprintf(&p.b, "%s  %s\n", t.Retracted.Format("2006-01-02"), t.Name)
		}
	}
	p.b.WriteString("\n")
}

func (p *printer) sources(s *Set) {
	p.title("sources")
	seen := map[string]bool{}
	for _, t := range s.Trials {
		if !seen[t.Source] {
			seen[t.Source] = true
			fmt.Fprintf(&p.b, "%s (%s)\n", t.Source, t.LookedUp.Format("2006-01-02"))
		}
	}
}
