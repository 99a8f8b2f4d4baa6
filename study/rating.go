package study

import "time"

// Blinded rating: a rater is drawn at random for each assessment among those who
// have nothing to do with the participant's treatment, and states afterwards
// whether anything unblinding was said.

// DrawRater draws a rater for an assessment, or another when Reason says why the
// first cannot do it.
type DrawRater struct {
	On
	Visit  string
	Reason string
}

// StateBlindness is the rater's statement after the assessment.
type StateBlindness struct {
	On
	Visit string
	Blind bool   // nothing was said or seen that tells the arm or the visit
	What  string // otherwise: what
}

// RaterDrawn assigns an assessment.
type RaterDrawn struct {
	Among int    `json:"among"` // how many could have been drawn
	Rater string `json:"rater"`
	Visit string `json:"visit"`
}

// BlindnessStated is the rater's statement.
type BlindnessStated struct {
	Blind bool   `json:"blind"`
	Visit string `json:"visit"`
	What  string `json:"what,omitempty"`
}

func (RaterDrawn) eventType() string      { return "rating.drawn" }
func (BlindnessStated) eventType() string { return "rating.stated" }

// RatingState is one assessment by a rater.
type RatingState struct {
	Visit  string
	Rater  string // account; "" = none drawn
	Drawn  time.Time
	Stated time.Time
	Blind  bool
	What   string
}

func (d *decision) drawRater(c DrawRater) *Refusal {
	return against("not-built", "not built", "ikke bygget")
}

func (d *decision) stateBlindness(c StateBlindness) *Refusal {
	return against("not-built", "not built", "ikke bygget")
}
