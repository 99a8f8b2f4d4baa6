// Package evidence is what is published about MDMA-assisted therapy and other
// treatments of PTSD: trials, pooled effects, publications that were retracted, and
// decisions of authorities, each with its source and when it was looked up. It is data:
// a trial is added by adding a block to data/trials.yaml
// or data/exposure.yaml.
//
// Numbers stand as they were published. What this project computed from published
// numbers says so (Computed); Pool computes from the trials' own results.
//
// Treatments were compared with different things. Nothing here sets one above another,
// and a test looks for words that do.
package evidence

import (
	"cmp"
	"embed"
	"slices"
	"sync"

	"varde/bilingual"
	"varde/content"
)

//go:embed data/*.yaml
var data embed.FS

// Set is all evidence that was read. It never changes after loading.
type Set struct {
	Trials       []Trial
	Pooled       []Pooled
	Publications []Publication
	Decisions    []Decision
	Earlier      []Earlier
}

// Treatments are what trials are of.
var Treatments = map[string]bilingual.Text{
	MDMA:     {EN: "MDMA-assisted therapy", NB: "MDMA-assistert terapi"},
	Exposure: {EN: "Prolonged exposure", NB: "Forlenget eksponering"},
}

// The treatments that the table has.
const (
	MDMA     = "mdma"
	Exposure = "prolonged-exposure"
)

// Of are the trials of one treatment, in the order of the files.
func (s *Set) Of(treatment string) []Trial {
	var out []Trial
	for _, t := range s.Trials {
		if t.Treatment == treatment {
			out = append(out, t)
		}
	}
	return out
}

// Origin tells where a block was read, and how it is known: content.Verified or
// content.Computed.
type Origin struct {
	Source   string      `yaml:"source"`
	Link     string      `yaml:"link" json:",omitempty"`
	LookedUp content.Day `yaml:"lookedUp"`
	Status   string      `yaml:"status"`
}

// Computed says that the numbers were computed from published ones.
func (o Origin) Computed() bool { return o.Status == content.Computed }

// Comparators are what a treatment was compared with. Effects against different ones
// cannot be set beside each other as if they measured the same.
var Comparators = map[string]bilingual.Text{
	"same-placebo": {EN: "the same therapy with placebo", NB: "samme terapi med placebo"},
	"same-low":     {EN: "the same therapy with a low amount of MDMA", NB: "samme terapi med en liten mengde MDMA"},
	"same-mixed":   {EN: "the same therapy with placebo or a low amount of MDMA", NB: "samme terapi med placebo eller en liten mengde MDMA"},
	"waiting":      {EN: "a waiting list", NB: "venteliste"},
	"waiting-more": {EN: "mostly a waiting list, else usual treatment or little attention", NB: "for det meste venteliste, ellers vanlig behandling eller lite oppmerksomhet"},
	"usual":        {EN: "usual treatment or little attention", NB: "vanlig behandling eller lite oppmerksomhet"},
	"attention":    {EN: "little attention", NB: "lite oppmerksomhet"},
	"other":        {EN: "another control group", NB: "en annen kontrollgruppe"},
	"none":         {EN: "nothing: there was no control group", NB: "ingenting: det var ingen kontrollgruppe"},
}

// Trial is one study.
type Trial struct {
	ID           string         `yaml:"id"`
	Treatment    string         `yaml:"treatment"` // a key of Treatments
	Name         string         `yaml:"name"`
	Registration string         `yaml:"registration" json:",omitempty"`
	Countries    bilingual.Text `yaml:"countries" json:",omitzero"`
	Design       bilingual.Text `yaml:"design"`
	Randomised   int            `yaml:"randomised"` // people; 0 = nobody was, see Started
	Started      int            `yaml:"started"`    // people, where nobody was randomised
	Comparator   string         `yaml:"comparator"`
	Instrument   string         `yaml:"instrument"`
	Outcomes     []Outcome      `yaml:"outcomes"`
	// Results are the numbers that Pool computes from.
	Results []Figures `yaml:"results"`
	// Retracted is when the trial's own report was retracted; such a trial stays in the
	// table, marked, and counts in nothing. Zero = it stands.
	Retracted content.Day `yaml:"retracted"`
	// Effect is the standardised difference at the main moment, from zero; the sign is
	// such that more is better for the treatment. Nil where there is none.
	Effect     *Effect        `yaml:"effect"`
	RiskOfBias string         `yaml:"riskOfBias" json:",omitempty"` // "low", "some", "high"; "" = not rated
	BiasNote   bilingual.Text `yaml:"biasNote" json:",omitzero"`
	PriorUse   string         `yaml:"priorUse" json:",omitempty"` // per cent who had used MDMA before; "" = not given
	Origin     `yaml:",inline"`
}

// People is how many took part.
func (t Trial) People() int { return max(t.Randomised, t.Started) }

// Outcome is one result, in both groups, as it was published.
type Outcome struct {
	Measure bilingual.Text `yaml:"measure"`
	With    string         `yaml:"with"`
	Without string         `yaml:"without" json:",omitempty"`
}

// Figures are one comparison of two groups as numbers: means or counts.
type Figures struct {
	Outcome    string `yaml:"outcome"`               // severity, response, remission; good = a good outcome told as counts only
	Main       bool   `yaml:"main"`                  // primary instrument and moment
	Arm        string `yaml:"arm" json:",omitempty"` // high, medium, or the group's own name
	Instrument string `yaml:"instrument"`
	Rating     string `yaml:"rating"` // clinician or self
	Time       string `yaml:"time"`
	// Sessions with a dose and milligrams in all, until then; 0 = does not apply.
	Sessions   int `yaml:"sessions" json:",omitempty"`
	Milligrams int `yaml:"milligrams" json:",omitempty"`

	N1      int     `yaml:"n1"`
	Mean1   float64 `yaml:"mean1" json:",omitempty"`
	SD1     float64 `yaml:"sd1" json:",omitempty"`
	Events1 int     `yaml:"events1" json:",omitempty"`
	N2      int     `yaml:"n2"`
	Mean2   float64 `yaml:"mean2" json:",omitempty"`
	SD2     float64 `yaml:"sd2" json:",omitempty"`
	Events2 int     `yaml:"events2" json:",omitempty"`
}

// Earlier is a number of an earlier comparison.
type Earlier struct {
	ID        string         `yaml:"id"`
	By        string         `yaml:"by"`
	Treatment string         `yaml:"treatment"`
	Measure   bilingual.Text `yaml:"measure"`
	Compared  bilingual.Text `yaml:"compared" json:",omitzero"` // empty = not told where we looked
	Studies   int            `yaml:"studies"`
	G         float64        `yaml:"g"` // intervals were not published where we looked
	Origin    `yaml:",inline"`
}

// Effect is a standardised mean difference (Hedges g) with its 95 % interval.
type Effect struct {
	G    float64 `yaml:"g"`
	Low  float64 `yaml:"low"`
	High float64 `yaml:"high"`
}

// Pooled is the effect of several studies together, as published.
type Pooled struct {
	ID         string         `yaml:"id"`
	Treatment  bilingual.Text `yaml:"treatment"`
	Comparator string         `yaml:"comparator"`
	Studies    int            `yaml:"studies"`
	People     int            `yaml:"people"` // 0 = not given
	Effect     Effect         `yaml:"effect"`
	I2         string         `yaml:"i2" json:",omitempty"`        // heterogeneity, per cent
	Certainty  string         `yaml:"certainty" json:",omitempty"` // GRADE: "low"…; "" = not rated
	Note       bilingual.Text `yaml:"note" json:",omitzero"`
	Origin     `yaml:",inline"`
}

// Publication is an article whose status a reader must know.
type Publication struct {
	ID        string         `yaml:"id"`
	Citation  string         `yaml:"citation"`
	About     bilingual.Text `yaml:"about"`
	Retracted content.Day    `yaml:"retracted"` // zero = it stands
	Reason    bilingual.Text `yaml:"reason" json:",omitzero"`
	Origin    `yaml:",inline"`
}

// Decision is what an authority decided.
type Decision struct {
	ID        string         `yaml:"id"`
	Authority string         `yaml:"authority"`
	Country   bilingual.Text `yaml:"country"`
	On        string         `yaml:"on"` // as exactly as is known: "2017", "2024-08", "2024-06-04"
	Decision  bilingual.Text `yaml:"decision"`
	Origin    `yaml:",inline"`
}

// Shipped answers the evidence that comes with the program.
func Shipped() (*Set, error) { return read() }

var read = sync.OnceValues(func() (*Set, error) {
	file := func(name string) []byte {
		b, err := data.ReadFile("data/" + name)
		if err != nil {
			return nil // an empty file is a fault of its own
		}
		return b
	}
	return Load(file)
})

// Load reads a set; file answers the content of trials.yaml, exposure.yaml,
// pooled.yaml, publications.yaml, decisions.yaml and earlier.yaml. The error is content.Faults.
func Load(file func(name string) []byte) (*Set, error) {
	var s Set
	var faults content.Faults
	for _, part := range []func(func(string) []byte, *Set) content.Faults{readTrials, readPooled, readPublications, readDecisions, readEarlier} {
		faults = append(faults, part(file, &s)...)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	slices.SortStableFunc(s.Decisions, func(a, b Decision) int { return cmp.Compare(a.On, b.On) })
	return &s, nil
}
