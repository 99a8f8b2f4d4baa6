package study

import (
	"strings"
	"time"

	"varde/protocol"
)

// A concern is what a participant tells somebody outside the site: about a boundary
// that was crossed, or care that was not safe. Nobody at the site sees it, nor that
// there is one: it stands in a stream of its own, under a reference that is not the
// participant's number.

// ConcernStream holds one concern.
func ConcernStream(id string) string { return "concern/" + id }

// ConcernNoticeStream holds the mails that told an account of concerns.
func ConcernNoticeStream(account string) string { return "concern-notice/" + account }

// AboutConcerns says that a stream tells of concerns, so that only those may know of it
// who hear them.
func AboutConcerns(stream string) bool {
	return strings.HasPrefix(stream, ConcernStream("")) || strings.HasPrefix(stream, ConcernNoticeStream(""))
}

// Payloads of a concern.
type (
	// ConcernRaised begins it. Sealed is under a key of the concern's own.
	ConcernRaised struct {
		Concern string `json:"concern"`
		Kind    string `json:"kind"` // "boundary", "safety", "conduct", "other"
		Sealed  string `json:"sealed"`
		Site    string `json:"site"`
		Who     string `json:"who,omitempty"` // sealed: who raised it; "" = without a name
	}
	// ConcernAnswered is what the listener wrote back, or what was done.
	ConcernAnswered struct {
		Closed bool   `json:"closed"`
		Own    bool   `json:"own"` // a further word of whoever raised it
		Sealed string `json:"sealed"`
	}
)

func (ConcernRaised) eventType() string   { return "concern.raised" }
func (ConcernAnswered) eventType() string { return "concern.answered" }

// ConcernKinds in the order in which they are asked.
var ConcernKinds = []string{"boundary", "safety", "conduct", "other"}

// ConcernWithin is how soon somebody outside the site answers a concern.
const ConcernWithin = 24 * time.Hour

// RuleOfConcern answers the protocol's rule that a concern of a kind sets in motion:
// the stopping rule of the whole study with the kind's own name, such as "boundary".
func RuleOfConcern(def *protocol.Definition, kind string) (protocol.StoppingRule, bool) {
	for _, r := range def.Safety.Stopping {
		if r.ID == kind && r.Level == "study" {
			return r, true
		}
	}
	return protocol.StoppingRule{}, false
}
