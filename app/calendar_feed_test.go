package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/identity"
	"varde/protocol"
	"varde/study"
)

func (h *house) feed(token string) []FeedEntry {
	h.Helper()
	f, err := h.CalendarFeed(ctx, token, "192.0.2.0/24")
	if err != nil {
		h.Fatal(err)
	}
	return f.Entries
}

// TestCalendarFeed: an address shows what its account is booked for, within what the
// account may see now, and ends with the address, the delegation and the account.
func TestCalendarFeed(t *testing.T) {
	h := buildHouse(t)
	h.therapists("anna", "bo")
	id := h.refer(1, true)
	at := h.clock().Add(5 * 24 * time.Hour)
	plan := study.PlanVisit{On: on(id), Visit: "V1", Time: at, Room: "1", Staff: []string{"anna"}}
	h.must(as("coordinator"), plan)
	anna := access.Actor{ID: "anna", Name: "Anna"}
	h.session("anna")
	h.session("bo")
	if _, err := h.MakeCalendarLink(ctx, access.Actor{ID: "nobody"}, "en", false); code(err) != "no-such-account" {
		t.Errorf("somebody without an account: %v", err)
	}
	token, err := h.MakeCalendarLink(ctx, anna, "nb", false)
	if err != nil || len(token) < 40 {
		t.Fatalf("%q %v", token, err)
	}
	if l, err := h.CalendarLink(ctx, anna); err != nil || l.Made.IsZero() || l.Language != "nb" {
		t.Errorf("%+v %v", l, err)
	}
	got := h.feed(token)
	if len(got) != 1 || got[0].Participant != id || got[0].Room != "1" || !got[0].From.Equal(at) || got[0].Kind != protocol.Clinic && got[0].Kind != protocol.Remote ||
		!got[0].Title.Empty() || got[0].Sequence != 0 || strings.Contains(got[0].UID, "V1") || strings.Contains(got[0].UID, id) {
		t.Fatalf("%+v", got)
	}
	uid := got[0].UID

	// Moved: the same appointment, a higher number.
	plan.Time = at.Add(24 * time.Hour)
	h.must(as("coordinator"), plan)
	if got = h.feed(token); len(got) != 1 || got[0].UID != uid || got[0].Sequence != 2 || !got[0].From.Equal(plan.Time) || got[0].Off {
		t.Errorf("moved: %+v", got)
	}
	// Nothing of the others' feeds.
	bos, err := h.MakeCalendarLink(ctx, access.Actor{ID: "bo"}, "en", true)
	if err != nil || len(h.feed(bos)) != 0 {
		t.Errorf("%v %+v", err, h.feed(bos))
	}
	h.must(as("coordinator"), study.MissVisit{On: on(id), Visit: "V1", Reason: "ill"})
	if got = h.feed(token); len(got) != 1 || !got[0].Off || got[0].Sequence != 3 || got[0].UID != uid {
		t.Errorf("called off: %+v", got)
	}

	// A delegation that has ended shows nothing more.
	h.must(admin, study.RemoveStaff{Site: "S01", Person: "anna", Role: "therapist", Reason: "left"})
	if got = h.feed(token); len(got) != 0 {
		t.Errorf("after the delegation ended: %+v", got)
	}
	// A new address ends the old one; ending it ends it.
	again, err := h.MakeCalendarLink(ctx, anna, "en", true)
	if _, old := h.CalendarFeed(ctx, token, "n"); err != nil || code(old) != "no-such-calendar" {
		t.Errorf("the old address: %v %v", err, old)
	}
	if err := h.EndCalendarLink(ctx, anna); err != nil {
		t.Fatal(err)
	}
	if _, err := h.CalendarFeed(ctx, again, "n"); code(err) != "no-such-calendar" {
		t.Errorf("the ended address: %v", err)
	}
	// A disabled account's ends by itself.
	if err := h.people.Disable(ctx, identity.By{Account: "system", Role: "system"}, "bo", "left"); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	if _, err := h.CalendarFeed(ctx, bos, "n"); code(err) != "no-such-calendar" {
		t.Errorf("a disabled account's: %v", err)
	}
	// The secret stands nowhere.
	all, err := h.store.Settings(ctx, "")
	if err != nil || strings.Contains(fmt.Sprint(all), token) {
		t.Errorf("the address is kept: %v", err)
	}
}

// A rater's feed tells neither the visit nor what is done, and all assessments are of one
// length.
func TestRatersFeedTellsNoVisit(t *testing.T) {
	h := buildHouse(t)
	held := map[string]string{}
	for _, c := range h.def().Staffing.Credentials {
		held[c.ID] = ""
	}
	h.must(admin, study.AssignStaff{Site: "S01", Person: "rita", Name: "Rita", Role: "rater", Credentials: held})
	h.session("rita")
	id := h.refer(1, true)
	at := h.clock().Add(5 * 24 * time.Hour)
	var visits []string
	for i := range h.def().Visits {
		if v := &h.def().Visits[i]; study.Rated(h.def(), v) && v.When == "" && len(visits) < 2 {
			h.must(as("coordinator"), study.PlanVisit{On: on(id), Visit: v.ID, Time: at.Add(time.Duration(i) * time.Hour)})
			visits = append(visits, v.ID)
		}
	}
	token, err := h.MakeCalendarLink(ctx, access.Actor{ID: "rita"}, "en", true)
	if err != nil {
		t.Fatal(err)
	}
	got := h.feed(token)
	if len(got) != len(visits) || len(got) == 0 {
		t.Fatalf("%d of %d: %+v", len(got), len(visits), got)
	}
	for _, e := range got {
		if !e.Title.Empty() || e.Kind != protocol.Rating || e.Room != "" || e.Until.Sub(e.From) != got[0].Until.Sub(got[0].From) {
			t.Errorf("%+v", e)
		}
		for _, v := range visits {
			if strings.Contains(fmt.Sprintf("%+v", e), v) {
				t.Errorf("%s stands in %+v", v, e)
			}
		}
	}
}

func TestFeedsAreReadAtAPace(t *testing.T) {
	h := buildHouse(t)
	h.session("anna")
	token, err := h.MakeCalendarLink(ctx, access.Actor{ID: "anna"}, "en", false)
	if err != nil {
		t.Fatal(err)
	}
	for range feedsAnHour {
		h.feed(token)
	}
	if _, err := h.CalendarFeed(ctx, token, "n"); !errors.Is(err, ErrTooOften) {
		t.Errorf("%v", err)
	}
	h.pass(time.Hour)
	h.feed(token)
	for range strangersHour {
		if _, err := h.CalendarFeed(ctx, "vc_none", "n"); code(err) != "no-such-calendar" {
			t.Fatal(err)
		}
	}
	if _, err := h.CalendarFeed(ctx, "vc_none", "n"); !errors.Is(err, ErrTooOften) {
		t.Errorf("%v", err)
	}
}
