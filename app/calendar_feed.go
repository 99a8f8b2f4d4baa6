package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// A calendar feed is read by a program that cannot sign in, under an address that its
// owner keeps secret. Only the address's SHA-256 is kept. Each time it is read, what the
// account may see is asked anew, as the account: a feed ends with its account, and shows
// nothing of a study once the delegation there has ended.

const (
	feedPrefix  = "vc_"
	feedSetting = "calendar/"

	feedBack  = 30 // days that are shown
	feedAhead = 90

	feedsAnHour   = 60  // of one address
	strangersHour = 600 // of addresses that are none, from one network
)

// ErrTooOften says that a feed is read more often than any calendar does.
var ErrTooOften = errors.New("app: the calendar is read too often")

// FeedLink is what is kept of a feed's address.
type FeedLink struct {
	Account  string    `json:"account"`
	Language string    `json:"language"`
	Made     time.Time `json:"made"`
	Titles   bool      `json:"titles,omitempty"` // its owner wants the visits' names in it
}

// FeedEntry is one appointment of a feed. It names no person, no diagnosis and no
// medicine.
type FeedEntry struct {
	UID         string // stable, and tells nothing
	Participant string // number; "" in a participant's own feed
	Kind        protocol.VisitKind
	Title       study.Text // of the visit, where its owner wants it; empty otherwise
	Room        string
	From, Until time.Time
	Off         bool
	Sequence    int       // counts changes
	Changed     time.Time // the last one
}

// Feed is what an address answers with.
type Feed struct {
	Language string
	Own      bool // a participant's
	Entries  []FeedEntry
}

// CalendarFeed answers the appointments of the account whose address this is, from a
// month back to three months ahead. The network that asks is only counted. An address
// that is none, or whose account has ended, is a refusal that tells nothing else.
func (a *App) CalendarFeed(ctx context.Context, token, network string) (Feed, error) {
	none := &study.Refusal{Kind: study.Missing, Code: "no-such-calendar", Text: study.Text{EN: "there is no calendar here", NB: "det er ingen kalender her"}}
	doc := ""
	if strings.HasPrefix(token, feedPrefix) && len(token) < 100 {
		var err error
		if doc, err = a.store.Setting(ctx, feedSetting+digest(token)); err != nil {
			return Feed{}, err
		}
	}
	var link FeedLink
	if doc == "" || json.Unmarshal([]byte(doc), &link) != nil || a.people == nil {
		if !a.feeds.admits("network/"+network, a.Now(), strangersHour) {
			return Feed{}, ErrTooOften
		}
		return Feed{}, none
	}
	if !a.feeds.admits("feed/"+digest(token), a.Now(), feedsAnHour) {
		return Feed{}, ErrTooOften
	}
	acct, ok, err := a.people.Account(ctx, link.Account)
	if err != nil {
		return Feed{}, err
	}
	if !ok || !acct.Disabled.IsZero() {
		return Feed{}, none
	}
	f := Feed{Language: link.Language, Own: acct.Kind == identity.Participant}
	for _, h := range a.everyHost() {
		entries, err := a.feedIn(ctx, h, acct, link)
		if err != nil {
			return Feed{}, err
		}
		f.Entries = append(f.Entries, entries...)
	}
	slices.SortStableFunc(f.Entries, func(x, y FeedEntry) int {
		if c := x.From.Compare(y.From); c != 0 {
			return c
		}
		return strings.Compare(x.UID, y.UID)
	})
	return f, nil
}

// feedIn answers what an account has in one study, in each of its roles there, each
// appointment once.
func (a *App) feedIn(ctx context.Context, h *host, acct identity.Account, link FeedLink) ([]FeedEntry, error) {
	var out []FeedEntry
	all := a.grantsOf(acct)
	roles := rolesIn(access.Actor{Grants: all}, h.id)
	from := study.DayOf(a.Now(), time.UTC) - feedBack
	for _, role := range roles {
		actor := actingAs(access.Actor{ID: acct.ID, Name: acct.Name}, all, h.id, role)
		switch {
		case role == "participant" && h.permits(actor, access.SeeOwn):
			list, err := a.appointments(ctx, h, nil, actor.Participant, from, feedBack+feedAhead)
			if err != nil {
				return nil, err
			}
			for _, x := range list {
				e := a.feedEntry(h, acct.ID, x, FeedLink{})
				e.Participant, e.Kind, e.Room = "", "", ""
				out = append(out, e)
			}
		case h.permits(actor, access.SeeJourney):
			list, err := a.appointments(ctx, h, actor.Sites, "", from, feedBack+feedAhead)
			if err != nil {
				return nil, err
			}
			for _, x := range list {
				if slices.Contains(x.Staff, acct.ID) {
					out = append(out, a.feedEntry(h, acct.ID, x, link))
				}
			}
		case h.permits(actor, access.Rate):
			list, err := a.ratingFeed(ctx, h, actor)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
	}
	slices.SortStableFunc(out, func(x, y FeedEntry) int { return strings.Compare(x.UID, y.UID) })
	return slices.CompactFunc(out, func(x, y FeedEntry) bool { return x.UID == y.UID }), nil
}

// ratingFeed answers a rater's assessments that are still to be made, all of the same
// length and without the visit: what was done is left out, for numbers and days side by
// side would tell which assessment of a person the next one is.
func (a *App) ratingFeed(ctx context.Context, h *host, actor access.Actor) ([]FeedEntry, error) {
	rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewRating, Sites: actor.Sites, Groups: []string{actor.ID}, ByDue: true})
	if err != nil {
		return nil, err
	}
	var out []FeedEntry
	for _, row := range rows {
		var r ratingRow
		if err := json.Unmarshal(row.Doc, &r); err != nil {
			return nil, err
		}
		if r.Done || r.Planned.IsZero() {
			continue
		}
		x := Appointment{Participant: r.Participant, Visit: r.Visit}
		booked, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewAppointment, Key: r.Participant + "/" + r.Visit})
		if err != nil {
			return nil, err
		}
		for _, b := range booked {
			if err := json.Unmarshal(b.Doc, &x); err != nil {
				return nil, err
			}
		}
		e := a.feedEntry(h, actor.ID, x, FeedLink{})
		e.From, e.Until, e.Kind, e.Room = r.Planned, r.Planned.Add(ratingLength(h.definition())), protocol.Rating, ""
		out = append(out, e)
	}
	return out, nil
}

// ratingLength is the longest of all assessments: one length for all tells none.
func ratingLength(def *protocol.Definition) time.Duration {
	var d time.Duration
	for i := range def.Visits {
		if v := &def.Visits[i]; study.Rated(def, v) {
			d = max(d, study.VisitLength(v))
		}
	}
	return d
}

func (a *App) feedEntry(h *host, account string, x Appointment, link FeedLink) FeedEntry {
	e := FeedEntry{UID: a.feedUID(h.id, account, x.Participant, x.Visit), Participant: x.Participant, Room: x.Room, From: x.Time, Until: x.Until, Off: x.Off, Changed: x.Changed}
	// Each time it is made counts two, being called off one more.
	if e.Sequence = 2 * max(x.Plans-1, 0); x.Off {
		e.Sequence++
	}
	if v, ok := h.definition().Visit(x.Visit); ok {
		if e.Kind = v.Kind; link.Titles {
			e.Title = v.Title
		}
	}
	return e
}

func (a *App) feedUID(parts ...string) string {
	m := hmac.New(sha256.New, a.refKey)
	m.Write([]byte("calendar"))
	for _, p := range parts {
		m.Write([]byte{0})
		m.Write([]byte(p))
	}
	return hex.EncodeToString(m.Sum(nil)[:16])
}
