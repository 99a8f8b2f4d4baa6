package api

import (
	"encoding/json"
	"net/http"
	"time"

	"varde/app"
	"varde/ledger"
)

// AuditPage is a page of what happened.
type AuditPage struct {
	Events []AuditRecord `json:"events" doc:"newest first"`
	Next   int64         `json:"next,omitempty" doc:"send it as before for the next page; absent when there is no more"`
}

// AuditRecord is one thing that happened.
type AuditRecord struct {
	Seq         int64             `json:"seq" doc:"position in the log"`
	Stream      string            `json:"stream"`
	Type        string            `json:"type"`
	RecordedAt  time.Time         `json:"recordedAt"`
	EffectiveAt time.Time         `json:"effectiveAt" doc:"when it happened in the world"`
	Account     string            `json:"account"`
	Name        string            `json:"name,omitempty" doc:"printed name, when it is known"`
	Role        string            `json:"role,omitempty"`
	Reason      string            `json:"reason,omitempty"`
	Text        Text              `json:"text" doc:"the event in one sentence"`
	Facts       map[string]string `json:"facts,omitempty" doc:"of the house's log"`
	Data        json.RawMessage   `json:"data,omitempty" doc:"of a study: the event's content; values that the role may not see stand as absent: blinded"`
	Hash        *ledger.Hash      `json:"hash,omitempty" doc:"Merkle leaf hash; absent for a role that may not see the whole event"`
}

func auditRecord(l app.AuditLine) (AuditRecord, error) {
	out := AuditRecord{Seq: l.Seq, Stream: l.Stream, Type: l.Type, RecordedAt: l.Recorded, EffectiveAt: l.At, Account: l.Account, Name: l.Name, Role: l.Role,
		Reason: l.Reason, Text: l.Text, Facts: l.Facts}
	if l.Event == nil {
		return out, nil
	}
	data, err := json.Marshal(l.Event.Data)
	out.Data, out.Hash = data, receipt(*l.Event).Hash
	return out, err
}

// auditQuery reads what is asked for.
func (c *call) auditQuery() (app.AuditQuery, int, error) {
	q := app.AuditQuery{Study: c.study, Participant: c.query("participant"), Record: c.query("record"), Account: c.query("account"), Type: c.query("type")}
	var err error
	if q.From, err = c.moment("from"); err != nil {
		return q, 0, err
	}
	if q.To, err = c.moment("to"); err != nil {
		return q, 0, err
	}
	if q.Seen, err = c.flag("seen"); err != nil {
		return q, 0, err
	}
	before, err := c.whole("before", 0, 1, maxBefore)
	if err != nil {
		return q, 0, err
	}
	q.Before = int64(before)
	limit, err := c.whole("limit", 200, 1, maxTrail)
	return q, limit, err
}

// linesAtOnce is how many lines of an audit are in memory at a time.
const linesAtOnce = 1000

func searchAudit(c *call) error {
	q, limit, err := c.auditQuery()
	if err != nil {
		return err
	}
	stream := c.accepts(ndjson)
	page := AuditPage{Events: []AuditRecord{}}
	enc := json.NewEncoder(c.w)
	enc.SetEscapeHTML(false)
	begun := false
	for left := limit; left > 0; {
		q.Limit = min(left, linesAtOnce)
		lines, next, err := c.app.Audit(c.r.Context(), c.actor, q)
		if err == nil && stream && !begun {
			h := c.w.Header()
			h.Set("Content-Type", ndjson)
			h.Set("X-Content-Type-Options", "nosniff")
			c.w.WriteHeader(http.StatusOK)
			begun = true
		}
		for i := 0; err == nil && i < len(lines); i++ {
			var x AuditRecord
			if x, err = auditRecord(lines[i]); err != nil {
				break
			}
			if stream {
				err = enc.Encode(x)
			} else {
				page.Events = append(page.Events, x)
			}
		}
		if err != nil {
			if begun {
				// The answer has begun: cutting the connection is the way to say that it is not whole.
				c.api.log.Error("api: audit cut short", "route", c.r.Pattern, "error", err)
				panic(http.ErrAbortHandler)
			}
			return err
		}
		left -= len(lines)
		page.Next, q.Before = next, next
		if next == 0 {
			break
		}
	}
	if stream {
		return nil
	}
	return c.send(http.StatusOK, page)
}
