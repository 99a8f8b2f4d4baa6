package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"

	"varde/access"
	"varde/identity"
	"varde/ledger"
	"varde/study"
)

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
