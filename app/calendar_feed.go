package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
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

// owner answers the account of an actor who is signed in.
func (a *App) owner(ctx context.Context, actor access.Actor, what string) (identity.Account, error) {
	var acct identity.Account
	ok := false
	if a.people != nil { // without accounts there is nobody's calendar
		var err error
		if acct, ok, err = a.people.Account(ctx, actor.ID); err != nil {
			return identity.Account{}, err
		}
	}
	if !ok || !acct.Disabled.IsZero() {
		return identity.Account{}, a.refuse(actor, "", what, &study.Refusal{Kind: study.Missing, Code: "no-such-account", Text: study.Text{
			EN: "there is no such account", NB: "kontoen finnes ikke"}})
	}
	return acct, nil
}

// CalendarLink answers whether the actor's account has a feed; a zero time of making says
// that it has none. The address itself is not kept.
func (a *App) CalendarLink(ctx context.Context, actor access.Actor) (FeedLink, error) {
	acct, err := a.owner(ctx, actor, "CalendarLink")
	if err != nil {
		return FeedLink{}, err
	}
	links, err := a.feedsOf(ctx, acct.ID)
	for _, l := range links {
		return l, err
	}
	return FeedLink{}, err
}

// MakeCalendarLink makes the account's feed and answers the secret of its address, which
// can be read this once. One that was there before ends.
func (a *App) MakeCalendarLink(ctx context.Context, actor access.Actor, language string, titles bool) (string, error) {
	acct, err := a.owner(ctx, actor, "MakeCalendarLink")
	if err != nil {
		return "", err
	}
	if language != "nb" {
		language = "en"
	}
	secret := make([]byte, 32)
	if _, err := io.ReadFull(a.rand, secret); err != nil {
		return "", err
	}
	token := feedPrefix + base64.RawURLEncoding.EncodeToString(secret)
	if err := a.endFeeds(ctx, acct.ID); err != nil {
		return "", err
	}
	doc, err := json.Marshal(FeedLink{Account: acct.ID, Language: language, Made: a.Now(), Titles: titles})
	if err != nil {
		return "", err
	}
	if err := a.houseEvent(ctx, "tokens/"+acct.ID, "calendar.made", map[string]any{"account": acct.ID, "titles": titles}); err != nil {
		return "", err
	}
	return token, a.store.SetSetting(ctx, feedSetting+digest(token), string(doc))
}

// EndCalendarLink ends the account's feed at once.
func (a *App) EndCalendarLink(ctx context.Context, actor access.Actor) error {
	acct, err := a.owner(ctx, actor, "EndCalendarLink")
	if err != nil {
		return err
	}
	return a.endFeeds(ctx, acct.ID)
}

// feedsOf answers the feeds of an account by the name of their setting.
func (a *App) feedsOf(ctx context.Context, account string) (map[string]FeedLink, error) {
	all, err := a.store.Settings(ctx, feedSetting)
	if err != nil {
		return nil, err
	}
	out := map[string]FeedLink{}
	for name, doc := range all {
		var l FeedLink
		if doc != "" && json.Unmarshal([]byte(doc), &l) == nil && l.Account == account {
			out[name] = l
		}
	}
	return out, nil
}

func (a *App) endFeeds(ctx context.Context, account string) error {
	links, err := a.feedsOf(ctx, account)
	if err != nil {
		return err
	}
	for name := range links {
		if err := a.store.SetSetting(ctx, name, ""); err != nil {
			return err
		}
		if err := a.houseEvent(ctx, "tokens/"+account, "calendar.ended", map[string]any{"account": account}); err != nil {
			return err
		}
	}
	return nil
}

// describeFeed tells an event about a feed; ok is false for any other.
func describeFeed(e ledger.Event) (text study.Text, facts map[string]string, ok bool) {
	var d struct{ Account string }
	if e.Type != "calendar.made" && e.Type != "calendar.ended" || json.Unmarshal(e.Payload, &d) != nil {
		return text, nil, false
	}
	facts = map[string]string{"account": d.Account}
	if e.Type == "calendar.ended" {
		return study.Text{EN: "Calendar address of " + d.Account + " ended", NB: "Kalenderadressen til " + d.Account + " avsluttet"}, facts, true
	}
	return study.Text{EN: "Calendar address made for " + d.Account, NB: "Kalenderadresse laget for " + d.Account}, facts, true
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
