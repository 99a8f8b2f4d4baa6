package dryrun

// refusals are the codes with which the rules refuse commands on a participant, and
// values in forms. A test holds the list against the rules.
var refusals = []string{
	"action-owed", "alert-closed", "already-acknowledged", "already-asked", "already-confirmed", "already-consented",
	"already-decided", "already-discharged", "already-done", "already-dosed", "already-held", "already-noted", "already-open",
	"already-prescreened", "already-randomised", "already-referred", "already-signed", "already-started", "already-stated",
	"already-stopped", "amount-not-allowed", "answer-owed", "bad-channel", "bad-decision", "bad-destination", "bad-id",
	"bad-language", "bad-meaning", "bad-proof", "bad-record", "bad-statement", "bad-text", "bad-time", "before-check",
	"before-discharge", "before-dose", "before-needed", "before-referral", "before-start", "blind-and-what", "cannot-see",
	"check-old", "check-open", "conflict-of-interest", "consent-outdated", "criteria-open", "day-not-offered", "discharge-gate",
	"discharge-line", "earlier-gate", "has-left", "hold", "identifying", "in-the-future", "line-open", "log-not-open",
	"message-id-taken", "milestone-missing", "never-combined", "never-overridden", "no-allocation", "no-arms", "no-calendar",
	"no-consent", "no-go", "no-rater-drawn", "no-session", "no-such-alert", "no-such-breach", "no-such-check", "no-such-clock",
	"no-such-consent", "no-such-entry", "no-such-form", "no-such-gate", "no-such-item", "no-such-message", "no-such-query",
	"no-such-reason", "no-such-record", "no-such-room", "no-such-session", "no-such-site", "no-such-slot", "no-such-unblinding",
	"no-such-visit", "no-supplement", "no-time", "no-words", "nobody-eligible", "not-a-physician", "not-approved", "not-author",
	"not-checked", "not-complete", "not-confirmed", "not-countersigned", "not-discharged", "not-dosed", "not-enrolled",
	"not-of-session", "not-open", "not-prescreened", "not-randomised", "not-rated", "not-sealed", "not-staff", "not-started",
	"not-understood", "not-your-assessment", "number-taken", "other-record", "other-session", "other-signer", "outside-checkpoint",
	"override-twice", "own-half", "pair", "participant-gone", "physician-decides", "query-closed", "question-open", "rater-by-lot",
	"rater-stays-blind", "rater-unblinded", "reason-owed", "record-changed", "recruitment-closed", "reference-owed",
	"request-expired", "role-may-not", "role-not-covered", "second-person-owed", "session-ended", "session-open", "session-room",
	"signing-too-late", "slot-done", "solicited-open", "staff-cannot", "staff-twice", "stale-version", "statement-owed",
	"stratum-changed", "stratum-unknown", "study-locked", "taken", "text-owed", "time-passed", "too-long", "too-many-items", "too-soon",
	"treatment-stopped", "try-again", "two-persons", "visit-before", "visit-not-held", "visit-not-in-plan", "visit-open",
	"week-full", "what-owed", "withhold", "withhold-unknown", "wrong-kit",
}
