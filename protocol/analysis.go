package protocol

// Analysis is the plan, fixed before the data are seen.
type Analysis struct {
	Alpha       float64       `yaml:"alpha" json:"alpha"`
	Sided       int           `yaml:"sided" json:"sided"`
	SampleSize  int           `yaml:"sampleSize" json:"sampleSize"`
	Populations []Population  `yaml:"populations" json:"populations"`
	Endpoints   []Endpoint    `yaml:"endpoints" json:"endpoints"`
	Responders  []Responder   `yaml:"responders" json:"responders"`
	Estimands   []Estimand    `yaml:"estimands" json:"estimands"`
	Models      []Model       `yaml:"models" json:"models"`
	Order       []string      `yaml:"order" json:"order"` // endpoint ids in testing order
	Sensitivity []Sensitivity `yaml:"sensitivity" json:"sensitivity,omitempty"`
	Subgroups   []Subgroup    `yaml:"subgroups" json:"subgroups,omitempty"`
	Baseline    []BaselineRow `yaml:"baseline" json:"baseline"`
	Interim     []Interim     `yaml:"interim" json:"interim,omitempty"`
	Provenance  `yaml:",inline"`
}

// Population analysed, such as mITT.
type Population struct {
	ID         string `yaml:"id" json:"id"`
	Text       Text   `yaml:"text" json:"text"`
	Expr       string `yaml:"expr" json:"expr"` // CEL over facts and scores: in the population
	Provenance `yaml:",inline"`
}

// Endpoint is a score followed over visits.
type Endpoint struct {
	ID         string   `yaml:"id" json:"id"`
	Role       string   `yaml:"role" json:"role"` // "primary", "secondary", "exploratory", "safety"
	Text       Text     `yaml:"text" json:"text"`
	Score      string   `yaml:"score" json:"score"`           // "form.score" or "form.item"
	Baseline   string   `yaml:"baseline" json:"baseline"`     // visit
	Visits     []string `yaml:"visits" json:"visits"`         // post-baseline visits, in time order
	At         string   `yaml:"at" json:"at"`                 // the visit of the main comparison
	Weeks      []int    `yaml:"weeks" json:"weeks,omitempty"` // nominal weeks of Baseline and Visits
	Change     bool     `yaml:"change" json:"change"`         // analysed as change from baseline
	Provenance `yaml:",inline"`
}

// Responder is a yes/no outcome made from an endpoint. Variables: base, value,
// change (numbers), and the scores of the endpoint's form at that visit.
type Responder struct {
	ID         string `yaml:"id" json:"id"`
	Endpoint   string `yaml:"endpoint" json:"endpoint"`
	Text       Text   `yaml:"text" json:"text"`
	Expr       string `yaml:"expr" json:"expr"`
	Provenance `yaml:",inline"`
}

// Estimand (ICH E9(R1)).
type Estimand struct {
	ID         string         `yaml:"id" json:"id"`
	Text       Text           `yaml:"text" json:"text"`
	Endpoint   string         `yaml:"endpoint" json:"endpoint"`
	Population string         `yaml:"population" json:"population"`
	Strategy   string         `yaml:"strategy" json:"strategy"` // "treatment-policy" or "hypothetical"
	Events     []Intercurrent `yaml:"events" json:"events"`
	Summary    Text           `yaml:"summary" json:"summary"`
	Main       bool           `yaml:"main" json:"main,omitempty"`
	Provenance `yaml:",inline"`
}

// Intercurrent event (ICH E9(R1), section A.3.1) and how it is handled. Where From is
// empty the record itself tells of it; ID is then one of Intercurrents.
type Intercurrent struct {
	ID       string   `yaml:"id" json:"id"`
	Text     Text     `yaml:"text" json:"text"`
	Strategy string   `yaml:"strategy" json:"strategy"`
	From     []string `yaml:"from" json:"from,omitempty"` // "form.item": yes or no; the first yes is the event
}

// Intercurrents are the events that the record tells of by itself: treatment was
// stopped, a medicine was used that the physician excluded or that can never be
// combined, somebody withdrew or was lost.
var Intercurrents = []string{TreatmentStopped, ExcludedMedication, Lost}

// Ids of intercurrent events.
const (
	TreatmentStopped   = "treatment-stopped"
	ExcludedMedication = "excluded-medication"
	Lost               = "lost"
)

// Model that estimates an estimand.
type Model struct {
	ID         string   `yaml:"id" json:"id"`
	Estimand   string   `yaml:"estimand" json:"estimand"`
	Method     string   `yaml:"method" json:"method"`                   // "mmrm", "ancova", "difference", "mantel-haenszel"
	Fixed      []string `yaml:"fixed" json:"fixed,omitempty"`           // "arm", "visit", "arm*visit", "baseline", "site", ...
	Covariance []string `yaml:"covariance" json:"covariance,omitempty"` // fall-back chain
	Estimation string   `yaml:"estimation" json:"estimation,omitempty"` // "reml", "ml"
	Freedom    string   `yaml:"freedom" json:"freedom,omitempty"`       // "kenward-roger-linear", "satterthwaite", ...
	PoolSites  int      `yaml:"poolSites" json:"poolSites,omitempty"`   // sites with fewer participants are pooled
	Responder  string   `yaml:"responder" json:"responder,omitempty"`   // "mantel-haenszel": the yes/no outcome that is compared
	Missing    string   `yaml:"missing" json:"missing,omitempty"`       // "mantel-haenszel": who has no value is left out ("observed", the default), or counts as no ("non-response")
	Provenance `yaml:",inline"`
}

// Sensitivity analysis.
type Sensitivity struct {
	ID         string `yaml:"id" json:"id"`
	Text       Text   `yaml:"text" json:"text"`
	Method     string `yaml:"method" json:"method"` // "site-excluded", "by-guess", "tipping-point", "reference-based"
	Provenance `yaml:",inline"`
}

// Subgroup of participants by an expression's value at baseline.
type Subgroup struct {
	ID         string `yaml:"id" json:"id"`
	Text       Text   `yaml:"text" json:"text"`
	Expr       string `yaml:"expr" json:"expr"`
	Provenance `yaml:",inline"`
}

// BaselineRow is one line of the baseline table. Value is "form.item", "form.score" or "V3.form.score".
type BaselineRow struct {
	ID      string `yaml:"id" json:"id"`
	Text    Text   `yaml:"text" json:"text"`
	Value   string `yaml:"value" json:"value"`
	Summary string `yaml:"summary" json:"summary"`     // "mean" (SD) or "count" (%)
	Code    string `yaml:"code" json:"code,omitempty"` // count: the answer counted
}

// Interim look.
type Interim struct {
	ID         string  `yaml:"id" json:"id"`
	Fraction   float64 `yaml:"fraction" json:"fraction"`
	Alpha      float64 `yaml:"alpha" json:"alpha"`
	Text       Text    `yaml:"text" json:"text"`
	Provenance `yaml:",inline"`
}
