package evidence

import (
	"fmt"
	"regexp"
	"slices"

	"varde/bilingual"
	"varde/content"
)

var (
	idForm  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	dayForm = regexp.MustCompile(`^\d{4}(-\d\d(-\d\d)?)?$`)
)

// check looks at what every block has.
type check struct {
	*content.Sheet
	seen map[string]bool
}

func newCheck(s *content.Sheet) *check { return &check{s, map[string]bool{}} }

func (c *check) block(at, id string, o Origin, texts ...bilingual.Text) {
	c.Check(idForm.MatchString(id), at+".id", fmt.Sprintf("%q is no id", id), "Use small letters, digits and hyphens")
	c.Check(!c.seen[id], at+".id", fmt.Sprintf("the id %q stands twice", id), "Give it another id")
	c.seen[id] = true
	content.CheckStatus(c.Sheet, at+".status", o.Status)
	content.CheckLink(c.Sheet, at+".link", o.Link)
	c.Check(!o.LookedUp.IsZero(), at, "the block does not say when it was looked up", "Add lookedUp: 2026-11-23")
	for _, t := range texts {
		for _, s := range []string{t.EN, t.NB} {
			w := content.Forbidden(s)
			c.Check(w == "", at, fmt.Sprintf("%q: a public text never offers, prices, doses or advertises a medicine", w), "Say it without that")
		}
	}
}

func (c *check) comparator(at, id string) {
	_, ok := Comparators[id]
	c.Check(ok, at+".comparator", fmt.Sprintf("there is no comparator %q", id), "Use one that Comparators names: an effect means nothing without what it was compared with")
}

func (c *check) effect(at string, e *Effect) {
	c.Check(e == nil || e.Low <= e.G && e.G <= e.High, at+".effect", "the effect lies outside its interval", "Check g, low and high")
}

func readTrials(file func(string) []byte, s *Set) content.Faults {
	var faults content.Faults
	seen := map[string]bool{}
	for _, name := range []string{"trials.yaml", "exposure.yaml"} {
		var in struct {
			Trials []Trial `yaml:"trials"`
		}
		c := &check{content.ReadSheet(name, file(name), &in), seen}
		for i, t := range in.Trials {
			c.trial(fmt.Sprintf("trials[%d]", i), t)
		}
		s.Trials = append(s.Trials, in.Trials...)
		faults = append(faults, c.Faults...)
	}
	return faults
}

func (c *check) trial(at string, t Trial) {
	c.block(at, t.ID, t.Origin, t.Design, t.BiasNote)
	c.treatment(at, t.Treatment)
	c.comparator(at, t.Comparator)
	c.effect(at, t.Effect)
	c.Check((t.Randomised > 0) != (t.Started > 0), at, "the trial does not say how many took part", "Give randomised, or started where nobody was randomised")
	c.Check(slices.Contains([]string{"", "low", "some", "high"}, t.RiskOfBias), at+".riskOfBias", fmt.Sprintf("there is no risk of bias %q", t.RiskOfBias), "Use low, some or high, or leave it out")
	for j, o := range t.Outcomes {
		c.Check(o.Without != "" || t.Comparator == "none", fmt.Sprintf("%s.outcomes[%d]", at, j), "the outcome lacks the control group", "Add without: a number without its comparison misleads")
	}
	for j, f := range t.Results {
		c.figures(fmt.Sprintf("%s.results[%d]", at, j), f, t)
	}
}

func (c *check) treatment(at, id string) {
	_, ok := Treatments[id]
	c.Check(ok, at+".treatment", fmt.Sprintf("there is no treatment %q", id), "Use one that Treatments names")
}

func (c *check) figures(at string, f Figures, t Trial) {
	c.Check(slices.Contains([]string{"severity", "response", "remission", "good"}, f.Outcome), at+".outcome", fmt.Sprintf("there is no outcome %q", f.Outcome), "Use severity, response, remission or good")
	c.Check(f.Rating == "clinician" || f.Rating == "self", at+".rating", fmt.Sprintf("there is no rating %q", f.Rating), "Use clinician or self")
	c.Check(t.Comparator != "none", at, "a trial without a control group has no comparison", "Leave results out")
	c.Check(t.Randomised == 0 || f.N1+f.N2 <= t.Randomised, at, "more people are analysed than were randomised", "Check n1 and n2")
	if _, _, err := f.effect(); err != nil {
		c.Check(false, at, "no effect can be computed: "+err.Error(), "Check means, standard deviations or counts")
	}
}

func readEarlier(file func(string) []byte, s *Set) content.Faults {
	var in struct {
		Earlier []Earlier `yaml:"earlier"`
	}
	c := newCheck(content.ReadSheet("earlier.yaml", file("earlier.yaml"), &in))
	for i, e := range in.Earlier {
		at := fmt.Sprintf("earlier[%d]", i)
		c.block(at, e.ID, e.Origin, e.Measure)
		c.treatment(at, e.Treatment)
		c.Check(e.Studies > 0, at+".studies", "the number of studies is missing", "Add it")
	}
	s.Earlier = in.Earlier
	return c.Faults
}

func readPooled(file func(string) []byte, s *Set) content.Faults {
	var in struct {
		Pooled []Pooled `yaml:"pooled"`
	}
	c := newCheck(content.ReadSheet("pooled.yaml", file("pooled.yaml"), &in))
	for i, p := range in.Pooled {
		at := fmt.Sprintf("pooled[%d]", i)
		c.block(at, p.ID, p.Origin, p.Treatment, p.Note)
		c.comparator(at, p.Comparator)
		c.effect(at, &p.Effect)
		c.Check(p.Studies > 0, at+".studies", "the number of studies is missing", "Add it")
	}
	s.Pooled = in.Pooled
	return c.Faults
}

func readPublications(file func(string) []byte, s *Set) content.Faults {
	var in struct {
		Publications []Publication `yaml:"publications"`
	}
	c := newCheck(content.ReadSheet("publications.yaml", file("publications.yaml"), &in))
	for i, p := range in.Publications {
		at := fmt.Sprintf("publications[%d]", i)
		c.block(at, p.ID, p.Origin, p.About, p.Reason)
		c.Check(p.Retracted.IsZero() == p.Reason.Empty(), at, "a retraction has a day and a reason", "Give both retracted and reason, or neither")
	}
	s.Publications = in.Publications
	return c.Faults
}

func readDecisions(file func(string) []byte, s *Set) content.Faults {
	var in struct {
		Decisions []Decision `yaml:"decisions"`
	}
	c := newCheck(content.ReadSheet("decisions.yaml", file("decisions.yaml"), &in))
	for i, d := range in.Decisions {
		at := fmt.Sprintf("decisions[%d]", i)
		c.block(at, d.ID, d.Origin, d.Decision)
		c.Check(dayForm.MatchString(d.On), at+".on", fmt.Sprintf("%q is no day, month or year", d.On), `Write it in quotes as "2024", "2024-08" or "2024-08-09"`)
	}
	s.Decisions = in.Decisions
	return c.Faults
}
