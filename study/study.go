// Package study is the life of a study as pure functions: what may happen
// (Decide), what has happened (Evolve), and what is to be done (Tasks, windows,
// status). It has no clock, no database and no randomness of its own: time, the
// acting person and the allocation come in as arguments. So a virtual participant
// and a real one run the very same code, and any record can be replayed as of any
// moment.
//
// Nothing about a given trial is written here. Visits, windows, limits, forms and
// roles come from the protocol.Definition.
//
//	events, err := study.Decide(def, state, env, command)   // refuse, or say what happens
//	state = study.Evolve(def, state, event)                 // take it into account
//
// A state is never changed once it is made: Evolve answers a new one.
package study

import (
	"varde/bilingual"
	"varde/protocol"
)

// Text in English and Norwegian.
type Text = bilingual.Text

// say fills both languages of a format with the same arguments.
func say(en, nb string, args ...any) Text { return bilingual.Format(en, nb, args...) }

// Milestones that a participant can reach, in the order of a life.
const (
	Referred    = protocol.Referred
	Prescreened = protocol.Prescreened
	Consented   = protocol.Consented
	Eligible    = protocol.Eligible
	Enrolled    = protocol.Enrolled
	Randomised  = protocol.Randomised
	Completed   = protocol.Completed
)

// Stream names of a study's ledger.
const (
	StudyStream      = "study"
	AllocationStream = "allocation" // which slot of the list each participant took; read only by unblinded roles
)

// ParticipantStream names a participant's stream.
func ParticipantStream(id string) string { return "participant/" + id }

// SiteStream names a site's stream.
func SiteStream(id string) string { return "site/" + id }
