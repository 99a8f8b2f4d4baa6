package protocol

import "varde/expr"

// Roles are all the roles that a person or the program itself can act in.
var Roles = []string{
	"administrator", "sponsor", "coordinator", "physician", "therapist", "attendant", "rater",
	"adherence-rater", "pharmacist", "monitor", "data-manager", "statistician", "statistician-unblinded",
	"safety-board", "auditor", "participant", "system",
}

// Milestones in the order in which they are reached.
var Milestones = []Milestone{Referred, Prescreened, Consented, Eligible, Enrolled, Randomised, Completed}

// Here is the group of values collected at the visit that is being decided about:
// here.vitals.sbp in a dosing session's checks is the newest pressure of that
// session, and unknown, never that of an earlier day, until one is taken.
const Here = "here"

// Facts are the values that expressions may use besides collected items and
// scores. Those that begin with "session" are of the dosing session going on.
var Facts = map[string]expr.Type{
	"consent.given":                   expr.Bool,   // a required document was signed
	"consent.current":                 expr.Bool,   // every required document is signed in its valid version
	"person.enrolled":                 expr.Bool,   // the milestone is reached
	"person.randomised":               expr.Bool,   // the milestone is reached
	"person.doses":                    expr.Int,    // dosing sessions in which a dose was taken
	"session.minutes_since_dose":      expr.Double, // since the initial dose
	"session.minutes_since_last_dose": expr.Double, // since the initial or supplemental dose, whichever is later
	"session.supplement_given":        expr.Bool,
	"session.open_breaches":           expr.Int,
	"session.hold":                    expr.Bool, // an open breach of severity hold or transfer
	"session.vitals_complete":         expr.Bool, // every set due so far is taken
	"pair.valid":                      expr.Bool, // the assigned pair satisfies staffing.pair, with credentials that are good on the day
	"medication.contraindicated":      expr.Bool, // an X interaction that is not washed out
	"medication.high":                 expr.Bool, // an H interaction that is not washed out
	"medication.undecided":            expr.Bool, // an M interaction without a physician's decision
	"treatment.stopped":               expr.Bool,
	"event.serious_open":              expr.Bool, // a serious adverse event without an end date
}
