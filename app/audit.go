package app

import (
	"context"
	"time"

	"varde/access"
	"varde/study"
)

// AuditQuery filters what happened: of a study, or of the house's log when Study is
// "" (sign-ins, refusals, accounts). Empty fields do not filter.
type AuditQuery struct {
	Study       string
	Participant string
	Record      string // study.RecordRef
	Account     string // who did it
	Type        string // beginning of the type, such as "form."
	From, To    time.Time
	Seen        bool  // with looks as well
	Before      int64 // only events with a lower sequence number; 0 = from the newest
	Limit       int   // 0 = 200
}

// AuditLine is one thing that happened.
type AuditLine struct {
	Seq      int64             `json:"seq"`
	Recorded time.Time         `json:"recorded"`
	At       time.Time         `json:"at"`
	Stream   string            `json:"stream"`
	Type     string            `json:"type"`
	Account  string            `json:"account"`
	Name     string            `json:"name,omitempty"`
	Role     string            `json:"role,omitempty"`
	Reason   string            `json:"reason,omitempty"`
	Text     study.Text        `json:"text"`
	Event    *study.Event      `json:"-"` // of a study, redacted for the actor
	Facts    map[string]string `json:"facts,omitempty"`
}

// Audit answers lines, newest first, redacted and within the actor's scope, and the
// Before of the next page (0 = no more). A study's needs access.SeeAudit, with Seen
// access.SeeAccess; the house's log access.SeeAccess.
func (a *App) Audit(ctx context.Context, actor access.Actor, q AuditQuery) ([]AuditLine, int64, error) {
	return nil, 0, errNot
}
