package app

import (
	"context"
	"time"

	"varde/access"
	"varde/study"
)

// ReferralIn is what somebody who asks for help, or who refers somebody, sends.
type ReferralIn struct {
	Channel  string // "self" or "professional"
	Format   string // "page" or "fhir"
	Language string // "en" or "nb"
	Site     string // wished for; "" = any
	Wait     bool   // agrees to stand on the waiting list
	Consent  bool   // agrees that this is kept and that they are contacted; owed

	Name, BirthDate, Phone, Email, Place string // of the person; Name and one of Phone and Email are owed
	Safe                                 string // how and when it is safe to make contact
	Message                              string // the person's, or the referrer's, own words
	Referrer, ReferrerRole, ReferrerAt   string // of a professional referral: who, what, how to reach them
	SelfCheck                            string // what the person chose to send of the self-check, as text; "" = nothing
	Original                             string // the document that it came as (FHIR JSON); "" = none
}

// ReferralReceipt is what whoever sent it is told.
type ReferralReceipt struct {
	Referral string // a reference that tells nothing
	Open     bool   // places are open: they will be contacted
	Wait     study.Wait
}

// SiteOpenings is what the public may know of a site's room for new people.
type SiteOpenings struct {
	Site, Name, Country string
	Open                bool // takes new people now
	Places              int  // free now; never told to the public
	Waiting             int  // people on its list
	Wait                study.Wait
}

// Openings is what the public may know of a study.
type Openings struct {
	Study, Title string
	Recruiting   bool // open, not closed, not locked
	Sites        []SiteOpenings
}

// Openings answers which studies take new people, and how long the wait is otherwise.
// Anybody may know it; it names nobody.
func (a *App) Openings(ctx context.Context) ([]Openings, error) { return nil, nil }

// ReceiveReferral keeps a referral: open to strangers. What it holds is sealed before it
// reaches the record. clientID makes it happen once.
func (a *App) ReceiveReferral(ctx context.Context, studyID string, in ReferralIn, clientID string) (ReferralReceipt, error) {
	return ReferralReceipt{}, noStudy(studyID)
}

// ReferralRow is one line of the list of referrals. It names nobody.
type ReferralRow struct {
	ID          string
	Status      study.ReferralStatus
	Channel     string
	Site        string
	Urgency     string
	Received    time.Time
	Place       int        // in the waiting list of its site, from 1; 0 = not on it
	Wait        study.Wait // for that place
	NextCheck   time.Time  // when to ask how they are; zero = not on the list
	Participant string     // after the place was given
}

// Referrals answers the referrals within the actor's sites, those that wait for triage
// first, then the waiting list in its order. Needs access.Triage.
func (a *App) Referrals(ctx context.Context, actor access.Actor, studyID string, all bool) ([]ReferralRow, error) {
	return nil, noStudy(studyID)
}
