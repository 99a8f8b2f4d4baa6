package protocol

// Simulation is the model of virtual participants and sites, set to published
// numbers. Arms are arm ids; a study without arms uses the id "all".
type Simulation struct {
	Sites         []SimSite     `yaml:"sites" json:"sites"`
	Participants  int           `yaml:"participants" json:"participants"` // to be randomised (enrolled in an open study)
	Prescreen     SimRate       `yaml:"prescreen" json:"prescreen"`       // share that fails at pre-screening
	Screening     SimRate       `yaml:"screening" json:"screening"`       // share that fails at screening
	Baseline      []SimVariable `yaml:"baseline" json:"baseline"`         // characteristics of those enrolled
	Outcomes      []SimOutcome  `yaml:"outcomes" json:"outcomes"`
	Followers     []SimFollower `yaml:"followers" json:"followers,omitempty"` // scores that follow an outcome
	Dropout       []SimDropout  `yaml:"dropout" json:"dropout"`
	AdverseEvents []SimAdverse  `yaml:"adverseEvents" json:"adverseEvents"`
	Vitals        []SimVital    `yaml:"vitals" json:"vitals"`
	Guess         []SimGuess    `yaml:"guess" json:"guess,omitempty"`
	Supplement    SimRate       `yaml:"supplement" json:"supplement"` // share that takes the supplemental dose when offered
	Imperfection  Imperfection  `yaml:"imperfection" json:"imperfection"`
	Published     []Published   `yaml:"published" json:"published"`
	Trial         *SimTrial     `yaml:"trial" json:"trial,omitempty"` // what only whole trials (varde simulate) are drawn with
}

// SimTrial is what whole trials are drawn with besides the rest of the section. All of
// it may be left out: then nobody leaves because of a score, nobody's score follows
// what they believe, and nothing happens between the visits.
type SimTrial struct {
	Leaving    SimLeaving        `yaml:"leaving" json:"leaving,omitzero"`
	Expectancy []SimExpectancy   `yaml:"expectancy" json:"expectancy,omitempty"`
	Events     []SimIntercurrent `yaml:"events" json:"events,omitempty"`
}

// SimLeaving says how leaving depends on the score, in log odds for one standard
// deviation of a worse (higher) score than the arm's mean. Observed is on the last
// value that was rated (missing at random), Unobserved on the next one, which is not
// seen (informative).
type SimLeaving struct {
	Observed   float64 `yaml:"observed" json:"observed,omitempty"`
	Unobserved float64 `yaml:"unobserved" json:"unobserved,omitempty"`
	Provenance `yaml:",inline"`
}

// SimExpectancy is functional unblinding: how many points are added to the scores after
// the first session of a participant of the arm, by the arm that is guessed ("unknown"
// may be among them). Below 0 is better where a high score is ill.
type SimExpectancy struct {
	Arm        string             `yaml:"arm" json:"arm"`
	Shift      map[string]float64 `yaml:"shift" json:"shift"` // guessed arm -> points
	Provenance `yaml:",inline"`
}

// SimIntercurrent is an intercurrent event of the estimands. Rates are the shares by arm
// that have it before the main visit, at a time between the first session and that
// visit. Afterwards each value is still collected with the chance Retrieved, and is
// what it would have been ("unchanged") or that of the control arm ("control").
type SimIntercurrent struct {
	Event      string             `yaml:"event" json:"event"`
	Rates      map[string]float64 `yaml:"rates" json:"rates"`
	Retrieved  float64            `yaml:"retrieved" json:"retrieved"`
	After      string             `yaml:"after" json:"after"`
	Provenance `yaml:",inline"`
}

// SimSite is one virtual site.
type SimSite struct {
	ID        string  `yaml:"id" json:"id"`
	Name      string  `yaml:"name" json:"name"`
	Country   string  `yaml:"country" json:"country"`     // ISO 3166-1 alpha-2
	TimeZone  string  `yaml:"timeZone" json:"timeZone"`   // IANA name
	Referrals float64 `yaml:"referrals" json:"referrals"` // per week, Poisson

	Opens Duration `yaml:"opens" json:"opens,omitempty"` // days after the study's first; 0 = with it
	Pairs int      `yaml:"pairs" json:"pairs,omitempty"` // therapist pairs; 0 = staffing.capacity
	Rooms int      `yaml:"rooms" json:"rooms,omitempty"` // 0 = staffing.capacity
}

// SimRate is a share from 0 to 1.
type SimRate struct {
	Rate       float64 `yaml:"rate" json:"rate"`
	Provenance `yaml:",inline"`
}

// SimVariable is a characteristic. Normal with Mean and SD within Min and Max, or
// yes with Rate. By arm where the published arms differ.
type SimVariable struct {
	Value      string             `yaml:"value" json:"value"` // "form.item"
	Mean       float64            `yaml:"mean" json:"mean,omitempty"`
	SD         float64            `yaml:"sd" json:"sd,omitempty"`
	Min        float64            `yaml:"min" json:"min,omitempty"`
	Max        float64            `yaml:"max" json:"max,omitempty"`
	Decimals   int                `yaml:"decimals" json:"decimals,omitempty"`
	Rates      map[string]float64 `yaml:"rates" json:"rates,omitempty"` // code -> share
	Provenance `yaml:",inline"`
}

// SimOutcome is a longitudinal score: multivariate normal by arm, with one
// correlation matrix, cut to [Min, Max].
type SimOutcome struct {
	Score       string      `yaml:"score" json:"score"`   // "caps5.total"
	Visits      []string    `yaml:"visits" json:"visits"` // the first is baseline
	Min         float64     `yaml:"min" json:"min"`
	Max         float64     `yaml:"max" json:"max"`
	Arms        []SimArm    `yaml:"arms" json:"arms"`
	Correlation [][]float64 `yaml:"correlation" json:"correlation"` // visits x visits
	SiteSD      float64     `yaml:"siteSD" json:"siteSD,omitempty"` // SD of the sites' own effect on change
	Provenance  `yaml:",inline"`
}

// SimArm gives means and SDs by visit in one arm.
type SimArm struct {
	Arm  string    `yaml:"arm" json:"arm"`
	Mean []float64 `yaml:"mean" json:"mean"`
	SD   []float64 `yaml:"sd" json:"sd"`
}

// SimFollower is a score that follows an outcome: Intercept + Slope*outcome + noise.
type SimFollower struct {
	Score      string  `yaml:"score" json:"score"`
	Follows    string  `yaml:"follows" json:"follows"`
	Intercept  float64 `yaml:"intercept" json:"intercept"`
	Slope      float64 `yaml:"slope" json:"slope"`
	SD         float64 `yaml:"sd" json:"sd"`
	Min        float64 `yaml:"min" json:"min"`
	Max        float64 `yaml:"max" json:"max"`
	Provenance `yaml:",inline"`
}

// SimDropout gives, by arm, the share that leaves before each post-baseline visit of the first outcome.
type SimDropout struct {
	Arm        string    `yaml:"arm" json:"arm"`
	Before     []float64 `yaml:"before" json:"before"`
	Provenance `yaml:",inline"`
}

// SimAdverse is an adverse event by arm: share of participants who have it at least once.
type SimAdverse struct {
	Term       string             `yaml:"term" json:"term"`               // as recorded
	Item       string             `yaml:"item" json:"item,omitempty"`     // item of the solicited list it answers, if any
	Rates      map[string]float64 `yaml:"rates" json:"rates"`             // arm -> share
	Severe     float64            `yaml:"severe" json:"severe,omitempty"` // share of them that is severe
	Serious    float64            `yaml:"serious" json:"serious,omitempty"`
	When       string             `yaml:"when" json:"when"` // "session", "week-after" or "any"
	Provenance `yaml:",inline"`
}

// SimVital is a vital sign through a session: a normal baseline, then a rise that
// peaks Peak after the dose and falls with HalfLife.
type SimVital struct {
	Item       string             `yaml:"item" json:"item"` // item of the vitals form
	Mean       float64            `yaml:"mean" json:"mean"`
	SD         float64            `yaml:"sd" json:"sd"`
	Rise       map[string]float64 `yaml:"rise" json:"rise"` // arm -> mean rise at peak
	RiseSD     float64            `yaml:"riseSD" json:"riseSD"`
	Peak       Duration           `yaml:"peak" json:"peak"`
	HalfLife   Duration           `yaml:"halfLife" json:"halfLife"`
	Noise      float64            `yaml:"noise" json:"noise"` // SD of one measurement
	Decimals   int                `yaml:"decimals" json:"decimals,omitempty"`
	Provenance `yaml:",inline"`
}

// SimGuess gives the shares of guesses in one arm, by guessed arm id or "unknown".
type SimGuess struct {
	Arm        string             `yaml:"arm" json:"arm"`
	Rates      map[string]float64 `yaml:"rates" json:"rates"`
	Provenance `yaml:",inline"`
}

// Imperfection makes the virtual clinic as imperfect as a real one.
type Imperfection struct {
	LateVisit   float64 `yaml:"lateVisit" json:"lateVisit"`     // share of visits out of window
	MissedVisit float64 `yaml:"missedVisit" json:"missedVisit"` // share of visits missed (never a dosing session or the primary endpoint)
	MissingItem float64 `yaml:"missingItem" json:"missingItem"` // share of items left out
	Correction  float64 `yaml:"correction" json:"correction"`   // share of forms corrected later
	OutOfRange  float64 `yaml:"outOfRange" json:"outOfRange"`   // share of measurements entered outside the plausible range
	LateVitals  float64 `yaml:"lateVitals" json:"lateVitals"`   // share of vitals sets taken late
}

// Published is a number from the literature that a simulated result is shown beside.
type Published struct {
	Quantity   string  `yaml:"quantity" json:"quantity"` // "mean", "change", "difference", "response", "remission", "loss-of-diagnosis", "adverse-event", "baseline", "vital"
	Subject    string  `yaml:"subject" json:"subject"`   // endpoint id, adverse event term, baseline row id
	Arm        string  `yaml:"arm" json:"arm,omitempty"`
	Visit      string  `yaml:"visit" json:"visit,omitempty"`
	Value      float64 `yaml:"value" json:"value"`
	SD         float64 `yaml:"sd" json:"sd,omitempty"`
	Lower      float64 `yaml:"lower" json:"lower,omitempty"`
	Upper      float64 `yaml:"upper" json:"upper,omitempty"`
	N          int     `yaml:"n" json:"n,omitempty"`
	Events     int     `yaml:"events" json:"events,omitempty"`
	Provenance `yaml:",inline"`
}
