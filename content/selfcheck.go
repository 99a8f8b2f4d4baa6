package content

import (
	"fmt"
	"slices"

	"varde/bilingual"
	"varde/instrument"
)

// SelfCheck is what the self-check asks before the questionnaires, and what it says of
// their results. The questions and their scoring are the instruments' own.
type SelfCheck struct {
	Safety SafetyQuestion `yaml:"safety"`
	First  string         `yaml:"first"` // instrument asked first
	Then   string         `yaml:"then"`  // asked when the first says so
	Go     Threshold      `yaml:"go"`    // score of the first from which the second follows
	// Danger leads to help before any result is shown.
	Danger []Danger `yaml:"danger"`
	Bands  []Band   `yaml:"bands"`
	// Cutoffs says what the limits are and where they were read.
	Cutoffs []Cutoff `yaml:"cutoffs"`
}

// SafetyQuestion is asked before anything else.
type SafetyQuestion struct {
	Question bilingual.Text `yaml:"question"`
	Yes      bilingual.Text `yaml:"yes"`
	No       bilingual.Text `yaml:"no"`
	Help     bilingual.Text `yaml:"help"` // what is said first to whoever answers yes
}

// Threshold is a score from which something follows.
type Threshold struct {
	Score string  `yaml:"score"`
	From  float64 `yaml:"from"`
}

// Danger is a pattern of answers that means danger: one item, or one score, from a value.
type Danger struct {
	ID         string         `yaml:"id"`
	Instrument string         `yaml:"instrument"`
	Item       string         `yaml:"item" json:",omitempty"`
	Score      string         `yaml:"score" json:",omitempty"`
	From       float64        `yaml:"from"`
	Text       bilingual.Text `yaml:"text"`
}

// Band is a range of a score, From <= score < Below, with what is said of it.
type Band struct {
	ID         string           `yaml:"id"`
	Instrument string           `yaml:"instrument"`
	Score      string           `yaml:"score"`
	From       float64          `yaml:"from"`
	Below      float64          `yaml:"below"`
	Title      bilingual.Text   `yaml:"title"`
	Text       bilingual.Text   `yaml:"text"`
	Next       []bilingual.Text `yaml:"next"`
}

// Cutoff is a limit in words, with its source.
type Cutoff struct {
	Text     bilingual.Text `yaml:"text"`
	Status   string         `yaml:"status"`
	Source   string         `yaml:"source"`
	LookedUp Day            `yaml:"lookedUp"`
}

func readSelfCheck(file string, data []byte) (SelfCheck, Faults) {
	var c SelfCheck
	sheet := ReadSheet(file, data, &c)
	for i, d := range c.Danger {
		at := fmt.Sprintf("danger[%d]", i)
		sheet.Check((d.Item == "") != (d.Score == ""), at, "a danger is told by one item or one score", "Give either item or score")
		sheet.Check(d.Instrument == c.First || d.Instrument == c.Then, at+".instrument", fmt.Sprintf("the self-check does not ask %q", d.Instrument), "Name the first or the second instrument")
	}
	sheet.Check(len(c.Danger) > 0, "danger", "no pattern of answers means danger", "Name at least one: whoever is in danger is led to help first")
	for i, b := range c.Bands {
		at := fmt.Sprintf("bands[%d]", i)
		sheet.Check(b.Instrument == c.First || b.Instrument == c.Then, at+".instrument", fmt.Sprintf("the self-check does not ask %q", b.Instrument), "Name the first or the second instrument")
		sheet.Check(b.From < b.Below, at, "the band holds no value", "Let from be less than below")
		sheet.Check(len(b.Next) > 0, at+".next", "nothing is said of what to do next", "Say what somebody in this band can do")
		for _, t := range append([]bilingual.Text{b.Text}, b.Next...) {
			sheet.Faults = append(sheet.Faults, wordsOf(sheet, at, t)...)
		}
	}
	for i, k := range c.Cutoffs {
		at := fmt.Sprintf("cutoffs[%d]", i)
		CheckStatus(sheet, at+".status", k.Status)
		sheet.Check(!k.LookedUp.IsZero(), at, "the limit does not say when it was looked up", "Add lookedUp: 2026-11-23")
	}
	return c, sheet.Faults
}

// Fit says what of the self-check does not fit the instruments: one that is not there, a
// question or score that it lacks, and scores for which no band, or several, speak.
func (c SelfCheck) Fit(lib instrument.Library) error {
	var faults Faults
	fault := func(message, fix string) {
		faults = append(faults, Fault{File: "selfcheck.yaml", Message: message, Fix: fix})
	}
	for _, id := range []string{c.First, c.Then} {
		if lib[id] == nil {
			fault(fmt.Sprintf("there is no instrument %q", id), "Name one that Varde ships")
		}
	}
	if len(faults) > 0 {
		return faults
	}
	for _, d := range c.Danger {
		_, item := lib[d.Instrument].Item(d.Item)
		_, score := lib[d.Instrument].ScoreOf(d.Score)
		if !item && !score {
			fault(fmt.Sprintf("danger %q: %s has no %s", d.ID, d.Instrument, d.Item+d.Score), "Name an item or a score of the instrument")
		}
	}
	if _, ok := lib[c.First].ScoreOf(c.Go.Score); !ok {
		fault(fmt.Sprintf("go: %s has no score %q", c.First, c.Go.Score), "Name a score of the first instrument")
	}
	c.covered(lib[c.First], 0, c.Go.From, fault)
	if s, ok := lib[c.Then].ScoreOf(c.bandScore(c.Then)); ok && s.Min != nil && s.Max != nil {
		c.covered(lib[c.Then], *s.Min, *s.Max+1, fault)
	} else {
		fault(fmt.Sprintf("bands: %s has no score with a least and a greatest value for them", c.Then), "Name such a score")
	}
	return faults.orNil()
}

func (c SelfCheck) bandScore(instrument string) string {
	for _, b := range c.Bands {
		if b.Instrument == instrument {
			return b.Score
		}
	}
	return ""
}

// covered asks that the bands of an instrument follow each other without a gap.
func (c SelfCheck) covered(f *instrument.Compiled, from, to float64, fault func(message, fix string)) {
	var bands []Band
	for _, b := range c.Bands {
		if b.Instrument == f.ID {
			bands = append(bands, b)
		}
	}
	slices.SortFunc(bands, func(a, b Band) int { return int(a.From - b.From) })
	at := from
	for _, b := range bands {
		if b.Score != bands[0].Score || b.From != at {
			fault(fmt.Sprintf("bands: %q of %s begins at %v, after %v", b.ID, f.ID, b.From, at), "Let every band begin where the one before ends, over the same score")
		}
		at = b.Below
	}
	if at < to {
		fault(fmt.Sprintf("bands: nothing is said of %s from %v to %v", f.ID, at, to), "Add a band")
	}
}
