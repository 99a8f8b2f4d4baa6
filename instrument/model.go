// Package instrument is what is asked and how it is scored: questionnaires,
// interviews' score sheets, logs and measurements as data. An instrument is
// read from YAML, checked and compiled once, and never changed afterwards; a
// new wording or rule is a new version with another content hash.
package instrument

import "varde/bilingual"

// Instrument is one questionnaire, score sheet, log or measurement, as written in YAML.
type Instrument struct {
	ID           string         `yaml:"id" json:"id"`           // such as "pcl5"; [a-z][a-z0-9_]*
	Version      string         `yaml:"version" json:"version"` // such as "2013-08-14"
	Title        bilingual.Text `yaml:"title" json:"title"`
	Short        string         `yaml:"short" json:"short,omitempty"` // such as "PCL-5"
	Kind         Kind           `yaml:"kind" json:"kind"`
	Licence      Licence        `yaml:"licence" json:"licence"`
	Source       string         `yaml:"source" json:"source"` // citation of wording and scoring
	Recall       bilingual.Text `yaml:"recall" json:"recall,omitzero"`
	Respondent   Respondent     `yaml:"respondent" json:"respondent"`
	Minutes      int            `yaml:"minutes" json:"minutes"` // burden: minutes to complete, from 1
	Instructions bilingual.Text `yaml:"instructions" json:"instructions,omitzero"`
	Repeats      bool           `yaml:"repeats" json:"repeats,omitempty"` // a log: any number of records
	Items        []Item         `yaml:"items" json:"items"`
	Scores       []Score        `yaml:"scores" json:"scores,omitempty"`
	Cutoffs      []Cutoff       `yaml:"cutoffs" json:"cutoffs,omitempty"`
	Alerts       []Alert        `yaml:"alerts" json:"alerts,omitempty"`
}

// Kind of instrument.
type Kind string

const (
	Questionnaire Kind = "questionnaire"
	Interview     Kind = "interview" // score entry of a clinician's interview
	Measurement   Kind = "measurement"
	Log           Kind = "log"
	Form          Kind = "form"
)

// Respondent says whose answers these are.
type Respondent string

const (
	ByParticipant Respondent = "participant"
	ByClinician   Respondent = "clinician"
	ByRater       Respondent = "rater"
	ByStaff       Respondent = "staff"
)

// Licence tells what may ship.
type Licence struct {
	Class      Class  `yaml:"class" json:"class"`
	Holder     string `yaml:"holder" json:"holder"`
	Terms      string `yaml:"terms" json:"terms"`
	Provenance `yaml:",inline"`
}

// Class of licence (clinical instruments table): green ships items verbatim or
// in our own wording; amber ships scoring and empty slots, the site that holds
// permission loads the wording; red ships scoring hooks only.
type Class string

const (
	Green Class = "green"
	Amber Class = "amber"
	Red   Class = "red"
)

// Provenance tells where a value comes from and whether a site must still
// confirm it before a study may open in earnest. Confirm is true for every value
// that is recalled or was not found (marked R or NF in Status).
type Provenance struct {
	Source  string `yaml:"source" json:"source,omitempty"`
	Status  string `yaml:"status" json:"status,omitempty"` // V verified, C computed, R recalled, NF not found, own = our own choice or wording
	Confirm bool   `yaml:"confirm" json:"confirm,omitempty"`
	Note    string `yaml:"note" json:"note,omitempty"` // what exactly is to be confirmed
}

// ItemType is the type of an item's answer.
type ItemType string

const (
	Integer     ItemType = "integer"
	Decimal     ItemType = "decimal"
	TextItem    ItemType = "text"
	Choice      ItemType = "choice"      // one of Options
	MultiChoice ItemType = "multichoice" // any of Options
	Boolean     ItemType = "boolean"
	Date        ItemType = "date"     // YYYY-MM-DD
	DateTime    ItemType = "datetime" // RFC 3339
	Time        ItemType = "time"     // HH:MM
	Scale       ItemType = "scale"    // integer on a visual scale from Min to Max
)

// Item is one question or measurement.
type Item struct {
	ID          string         `yaml:"id" json:"id"` // unique in the instrument; [a-z][a-z0-9_]*
	Text        bilingual.Text `yaml:"text" json:"text"`
	Help        bilingual.Text `yaml:"help" json:"help,omitzero"`
	Section     bilingual.Text `yaml:"section" json:"section,omitzero"` // heading above this item
	Type        ItemType       `yaml:"type" json:"type"`
	Unit        string         `yaml:"unit" json:"unit,omitempty"` // UCUM, such as "mm[Hg]", "Cel", "/min", "mg"
	Min         *float64       `yaml:"min" json:"min,omitempty"`   // plausible range: outside, the value is kept and a query is raised
	Max         *float64       `yaml:"max" json:"max,omitempty"`
	Decimals    int            `yaml:"decimals" json:"decimals,omitempty"`
	Low         bilingual.Text `yaml:"low" json:"low,omitzero"` // words at the ends of a scale
	High        bilingual.Text `yaml:"high" json:"high,omitzero"`
	Options     []Option       `yaml:"options" json:"options,omitempty"`
	OptionsOf   string         `yaml:"optionsOf" json:"optionsOf,omitempty"` // id of an earlier item whose options are shared
	When        string         `yaml:"when" json:"when,omitempty"`           // CEL over this instrument's items: asked only if true
	Required    bool           `yaml:"required" json:"required,omitempty"`
	Identifying bool           `yaml:"identifying" json:"identifying,omitempty"`
	Blinding    Blinding       `yaml:"blinding" json:"blinding,omitempty"`
	Slot        bool           `yaml:"slot" json:"slot,omitempty"` // wording is not ours to ship: Text names the slot only
	Long        bool           `yaml:"long" json:"long,omitempty"` // text: several lines
	Provenance  `yaml:",inline"`
}

// Blinding class of a value: what it could give away to someone who must not know the arm.
type Blinding string

const (
	Open      Blinding = ""          // tells nothing of the arm
	Revealing Blinding = "revealing" // may hint at the arm (vitals, effects, guesses, adverse events): never shown to a rater
	Treating  Blinding = "treating"  // notes of those who treat: for them and the auditor alone
	Rating    Blinding = "rating"    // a blinded rating: not shown to the therapy pair, nor to the next rater
	Unblinded Blinding = "unblinded" // tells the arm: only for unblinded roles
)

// Option is one allowed answer.
type Option struct {
	Value Value          `yaml:"value" json:"value"` // integer or text; one kind per item
	Text  bilingual.Text `yaml:"text" json:"text"`
}

// Score is computed from the items. It is missing when too many items are.
type Score struct {
	ID         string         `yaml:"id" json:"id"`
	Title      bilingual.Text `yaml:"title" json:"title"`
	Method     Method         `yaml:"method" json:"method"`
	Items      []string       `yaml:"items" json:"items,omitempty"`     // ids, or ranges of the form "pcl5_01..pcl5_20" in item order
	AtLeast    *float64       `yaml:"atLeast" json:"atLeast,omitempty"` // count: items with a value of at least this
	Times      float64        `yaml:"times" json:"times,omitempty"`     // factor on the result, 0 = 1
	Missing    Missing        `yaml:"missing" json:"missing,omitzero"`
	Expr       string         `yaml:"expr" json:"expr,omitempty"` // CEL over items and earlier scores, for method expr
	Type       string         `yaml:"type" json:"type,omitempty"` // result of expr: "number" (default) or "boolean"
	Min        *float64       `yaml:"min" json:"min,omitempty"`
	Max        *float64       `yaml:"max" json:"max,omitempty"`
	Better     string         `yaml:"better" json:"better,omitempty"` // "lower" or "higher" is better
	Blinding   Blinding       `yaml:"blinding" json:"blinding,omitempty"`
	Provenance `yaml:",inline"`
}

// Method of scoring.
type Method string

const (
	Sum   Method = "sum"
	Mean  Method = "mean"
	Count Method = "count"
	Max   Method = "max"
	Min   Method = "min"
	Calc  Method = "expr"
)

// Missing says how many items may be missing. With Prorate the sum is scaled up
// by items/answered; without, allowed missing items count as not there.
type Missing struct {
	Allow   int  `yaml:"allow" json:"allow,omitempty"`
	Prorate bool `yaml:"prorate" json:"prorate,omitempty"`
}

// Cutoff names a band of a score: From <= score < Below, open where nil.
type Cutoff struct {
	ID         string         `yaml:"id" json:"id"`
	Score      string         `yaml:"score" json:"score"`
	From       *float64       `yaml:"from" json:"from,omitempty"`
	Below      *float64       `yaml:"below" json:"below,omitempty"`
	Text       bilingual.Text `yaml:"text" json:"text"`
	Provenance `yaml:",inline"`
}

// Alert makes a task for a person when an answer means danger.
type Alert struct {
	ID         string         `yaml:"id" json:"id"`
	When       string         `yaml:"when" json:"when"`     // CEL over items and scores of this instrument
	Text       bilingual.Text `yaml:"text" json:"text"`     // what to do
	Owner      string         `yaml:"owner" json:"owner"`   // role
	Within     string         `yaml:"within" json:"within"` // duration, such as "24h"
	Provenance `yaml:",inline"`
}
