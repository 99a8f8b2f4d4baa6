package study

import (
	"maps"
	"slices"
	"time"
)

// Channels by which somebody can be reached.
const (
	ByEmail = "email"
	BySMS   = "sms"
)

// NoticeChannels are all of them, in order.
var NoticeChannels = []string{ByEmail, BySMS}

// StaffNoticeStream holds what was sent to somebody of the staff about this study.
func StaffNoticeStream(account string) string { return "staff-notices/" + account }

// NoticeClaimed says that a sender is about to hand a notice to a provider. It is
// written before, so that of two senders one sends; and it is not the last word: a
// claim without an outcome after ClaimLasts is taken over by whoever comes next, since
// a message that arrives twice is better than one that nobody knows was lost.
type NoticeClaimed struct {
	Channel string `json:"channel"`
	Kind    string `json:"kind"`
	Ref     string `json:"ref"`
	Try     int    `json:"try"` // from 1
}

// NoticeDeferred says that the provider could not take it now.
type NoticeDeferred struct {
	Channel string `json:"channel"`
	Kind    string `json:"kind"`
	Ref     string `json:"ref"`
	Try     int    `json:"try"`
	Why     string `json:"why"` // a code, never an address
}

func (NoticeClaimed) eventType() string  { return "notice.claimed" }
func (NoticeDeferred) eventType() string { return "notice.deferred" }

// Why a notice failed for good.
const (
	WhyNoAddress = "no-address" // none is kept
	WhyAddress   = "bad-address"
	WhyRefused   = "refused" // the provider will never take it
	WhyTooLate   = "too-late"
	WhyGaveUp    = "gave-up" // after MostTries
	WhyNoAccount = "no-account"
	WhyClosed    = "account-closed"
)

// reachesNobody says that nothing else will reach the person this way either, until
// somebody corrects how they are reached.
func reachesNobody(why string) bool {
	return why == WhyNoAddress || why == WhyAddress || why == WhyRefused
}

// ClaimLasts is how long a claim without an outcome keeps others from sending: longer
// than any provider is waited for.
const ClaimLasts = 10 * time.Minute

// MostTries of one notice. With the waits between them they last two and a half days.
const MostTries = 9

// wait answers how long after the n-th failed try the next one comes.
func wait(try int) time.Duration {
	waits := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 8 * time.Hour, 24 * time.Hour}
	return waits[min(max(try, 1), len(waits))-1]
}

// noticeKey names a notice.
type noticeKey struct{ kind, ref string }

// SentNotice is one that a provider took.
type SentNotice struct {
	Channel, Kind, Ref string
	At                 time.Time
}

// NoticeTry is one that is under way: claimed, or waiting for the next try.
type NoticeTry struct {
	Channel string
	Try     int
	Next    time.Time // not before
	Why     string    // of the last failure; "" = claimed, and no outcome known
}

// Unreachable says that somebody cannot be reached by a channel.
type Unreachable struct {
	At  time.Time
	Why string
}

// NoticeRecord is what a stream of notices tells. Like a State it is never changed once
// made: With answers another.
type NoticeRecord struct {
	Recorded    time.Time
	Wishes      NoticesWished
	Wished      time.Time // zero = nobody was asked, so nothing is sent
	Sent        []SentNotice
	Unreachable map[string]Unreachable // by channel

	under map[noticeKey]NoticeTry
	ended map[noticeKey]bool // sent, or failed for good
	lost  map[noticeKey]bool // could not be sent by one channel
}

// NewNoticeRecord is that of somebody of whom nothing is written.
func NewNoticeRecord() *NoticeRecord {
	return &NoticeRecord{Unreachable: map[string]Unreachable{}, under: map[noticeKey]NoticeTry{}, ended: map[noticeKey]bool{}, lost: map[noticeKey]bool{}}
}

// With answers the record after an event.
func (r *NoticeRecord) With(e Event) *NoticeRecord {
	n := &NoticeRecord{Recorded: e.Recorded, Wishes: r.Wishes, Wished: r.Wished, Sent: slices.Clip(r.Sent),
		Unreachable: maps.Clone(r.Unreachable), under: maps.Clone(r.under), ended: maps.Clone(r.ended), lost: maps.Clone(r.lost)}
	switch d := e.Data.(type) {
	case NoticesWished:
		n.Wishes, n.Wished = d, e.Recorded
		clear(n.Unreachable) // whoever says it anew has looked at it
	case NoticeClaimed:
		n.under[noticeKey{d.Kind, d.Ref}] = NoticeTry{Channel: d.Channel, Try: d.Try, Next: e.Recorded.Add(ClaimLasts)}
	case NoticeDeferred:
		n.under[noticeKey{d.Kind, d.Ref}] = NoticeTry{Channel: d.Channel, Try: d.Try, Next: e.Recorded.Add(wait(d.Try)), Why: d.Why}
	case NoticeSent:
		key := noticeKey{d.Kind, d.Ref}
		delete(n.under, key)
		delete(n.Unreachable, d.Channel)
		n.ended[key] = true
		n.Sent = append(n.Sent, SentNotice{Channel: d.Channel, Kind: d.Kind, Ref: d.Ref, At: e.Recorded})
	case NoticeFailed:
		key := noticeKey{d.Kind, d.Ref}
		delete(n.under, key)
		if reachesNobody(d.Why) {
			n.Unreachable[d.Channel] = Unreachable{At: e.Recorded, Why: d.Why} // it may go another way
			n.lost[key] = true
		} else {
			n.ended[key] = true
		}
	}
	return n
}

// Try answers how far a notice is under way; Try is 0 when it is not.
func (r *NoticeRecord) Try(kind, ref string) NoticeTry { return r.under[noticeKey{kind, ref}] }

// Ended says that a notice was sent, or failed for good.
func (r *NoticeRecord) Ended(kind, ref string) bool { return r.ended[noticeKey{kind, ref}] }

// Lost says that a notice did not reach by some channel.
func (r *NoticeRecord) Lost(kind, ref string) bool { return r.lost[noticeKey{kind, ref}] }

// Waiting answers the notices whose last try failed and that are tried again, by when.
func (r *NoticeRecord) Waiting() []NoticeTry {
	var out []NoticeTry
	for _, t := range r.under {
		if t.Why != "" {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b NoticeTry) int { return a.Next.Compare(b.Next) })
	return out
}

// Channel answers by which channel a notice of this kind goes: of those that are wished
// for and reach, and that the house has (can; nil = all), a text message for what has an
// hour, mail for the rest. "" = by none.
func (r *NoticeRecord) Channel(kind string, can func(channel string) bool) string {
	order := []string{ByEmail, BySMS}
	if kind == NoticeVisitSoon || kind == NoticeSessionTomorrow {
		order = []string{BySMS, ByEmail}
	}
	for _, c := range order {
		wished := c == ByEmail && r.Wishes.Email || c == BySMS && r.Wishes.SMS
		if _, broken := r.Unreachable[c]; wished && !broken && !r.Wished.IsZero() && (can == nil || can(c)) {
			return c
		}
	}
	return ""
}
