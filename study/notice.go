package study

import "time"

// NoticeStream holds what was sent to a participant outside these pages, and how they
// want to be reached. What was written is never kept: only its kind.
func NoticeStream(participant string) string { return "notices/" + participant }

type (
	// NoticesWished is how the participant wants to be reached.
	NoticesWished struct {
		Email      bool   `json:"email"`
		QuietFrom  string `json:"quietFrom,omitempty"`  // "21:00", the participant's own time; "" = the house's
		QuietUntil string `json:"quietUntil,omitempty"` // "08:00"
		SMS        bool   `json:"sms"`
	}
	// NoticeSent says that a notice was handed over to a provider.
	NoticeSent struct {
		Channel string `json:"channel"` // "email", "sms"
		Kind    string `json:"kind"`
		Ref     string `json:"ref"` // what it is about, with Kind unique
	}
	// NoticeFailed says that it could not be, after the last try.
	NoticeFailed struct {
		Channel string `json:"channel"`
		Kind    string `json:"kind"`
		Ref     string `json:"ref"`
		Why     string `json:"why"` // a code, never an address
	}
)

func (NoticesWished) eventType() string { return "notices.wished" }
func (NoticeSent) eventType() string    { return "notice.sent" }
func (NoticeFailed) eventType() string  { return "notice.failed" }

// Notice is something that the participant should be told outside these pages.
type Notice struct {
	Kind  string    // "visit-soon", "questionnaire", "message", "session-tomorrow", "day-after", "consent"
	Ref   string    // with Kind unique for the participant
	Due   time.Time // not before
	Until time.Time // not after: a reminder of what is past says nothing
}
