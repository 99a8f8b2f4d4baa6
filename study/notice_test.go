package study

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// reached is a record of somebody who wishes to be reached, from a moment on.
func reached(at time.Time, w NoticesWished) *NoticeRecord {
	return NewNoticeRecord().With(Event{Recorded: at, Data: w})
}

func kinds(list []Notice) (out []string) {
	for _, n := range list {
		out = append(out, n.Kind+" "+n.Ref+" "+n.Due.In(oslo).Format("2 15:04"))
	}
	return out
}

var oslo = func() *time.Location {
	z, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		panic(err)
	}
	return z
}()

// TestNoticesOfASession: three days and one day before, and a check on each of the seven
// days after, as long as it is not filled in.
func TestNoticesOfASession(t *testing.T) {
	w := tell(t, threeSession).randomised()
	visit := w.firstSession()
	w.toWindow(visit)
	at := w.now.Add(6 * 24 * time.Hour).Truncate(24 * time.Hour).Add(8 * time.Hour)
	r := reached(w.now, NoticesWished{Email: true})
	s := copied(w.s)
	s.Visits[w.def.VisitIndex(visit)].Planned = at
	var got []string
	for _, n := range Notices(w.def, s, r, w.now) {
		if n.Kind == NoticeVisitSoon || n.Kind == NoticeSessionTomorrow {
			got = append(got, n.Kind+" "+at.Sub(n.Due).String())
		}
	}
	if !slices.Equal(got, []string{"visit-soon 72h0m0s", "session-tomorrow 24h0m0s"}) {
		t.Errorf("before: %v", got)
	}

	w.dosed(visit)
	dose := DayOf(w.s.Sessions[visit].DoseAt, oslo)
	var days []Day
	for _, n := range Notices(w.def, w.s, r, w.now) {
		if n.Kind == NoticeDayAfter {
			days = append(days, DayOf(n.Due, oslo)-dose)
		}
	}
	if !slices.Equal(days, []Day{1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("after: %v", days)
	}
}

// TestNoticesEnd: nothing for whoever left, finished, never said how, or cannot be reached.
func TestNoticesEnd(t *testing.T) {
	w := tell(t, threeSession).consented()
	s := copied(w.s)
	s.Visits[1].Planned = w.now.Add(40 * time.Hour)
	r := reached(w.now, NoticesWished{Email: true})
	if len(Notices(w.def, s, r, w.now)) == 0 {
		t.Fatal("nothing is planned at all")
	}
	for name, n := range map[string][]Notice{
		"withdrawn":   Notices(w.def, with(s, func(s *State) { s.Left = w.now }), r, w.now),
		"lost":        Notices(w.def, with(s, func(s *State) { s.Lost = true }), r, w.now),
		"completed":   Notices(w.def, with(s, func(s *State) { s.Done = w.now }), r, w.now),
		"never asked": Notices(w.def, s, NewNoticeRecord(), w.now),
		"off":         Notices(w.def, s, reached(w.now, NoticesWished{}), w.now),
		"unreachable": Notices(w.def, s, r.With(Event{Recorded: w.now, Data: NoticeFailed{ByEmail, "x", "y", WhyAddress}}), w.now),
		"nobody":      Notices(w.def, nil, r, w.now),
	} {
		if len(n) != 0 {
			t.Errorf("%s: %v", name, kinds(n))
		}
	}
}

func with(s *State, change func(*State)) *State {
	n := copied(s)
	change(n)
	return n
}

// TestNoticesOfMessages: one for what came within a day and is not read.
func TestNoticesOfMessages(t *testing.T) {
	w := tell(t, threeSession).consented()
	at := func(h int) time.Time {
		return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Add(time.Duration(h) * time.Hour)
	}
	r := reached(at(0), NoticesWished{Email: true})
	s := with(w.s, func(s *State) {
		s.Messages = []Message{{ID: "m0", At: at(0), Read: at(1)}, {ID: "m1", At: at(2)}, {ID: "m2", At: at(3)}, {ID: "m3", At: at(4), Own: true}, {ID: "m4", At: at(27)}}
	})
	var got []string
	for _, n := range Notices(w.def, s, r, at(5)) {
		if n.Kind == NoticeMessage {
			got = append(got, n.Ref)
		}
	}
	if !slices.Equal(got, []string{"m1", "m4"}) {
		t.Errorf("%v", got)
	}
}

func TestQuietHours(t *testing.T) {
	for _, x := range []struct {
		w    NoticesWished
		code string
	}{
		{NoticesWished{}, ""}, {NoticesWished{QuietFrom: "22:30", QuietUntil: "06:45"}, ""}, {NoticesWished{QuietFrom: "12:00", QuietUntil: "12:00"}, ""},
		{NoticesWished{QuietFrom: "21:00"}, "bad-clock"}, {NoticesWished{QuietFrom: "25:00", QuietUntil: "08:00"}, "bad-clock"}, {NoticesWished{QuietFrom: "9:00", QuietUntil: "08:00"}, "bad-clock"},
		{NoticesWished{QuietFrom: "08:00", QuietUntil: "06:30"}, "always-quiet"},
	} {
		_, r := QuietOf(x.w)
		if got := refusalCode(r); got != x.code {
			t.Errorf("%+v: %q", x.w, got)
		}
	}
	q := Quiet{21 * 60, 8 * 60}
	// The night in which the clock jumps from two to three, and the one in which it goes back.
	for _, day := range []time.Time{time.Date(2026, 3, 29, 1, 30, 0, 0, oslo), time.Date(2026, 10, 25, 1, 30, 0, 0, oslo)} {
		if end := q.End(day, oslo).In(oslo); end.Format("15:04") != "08:00" || end.Day() != day.Day() {
			t.Errorf("the end of %s is %s", day, end)
		}
		if before := q.Before(day, oslo).In(oslo); before.Format("15:04") != "20:30" || before.Day() != day.Day()-1 {
			t.Errorf("before %s is %s", day, before)
		}
	}
}

var rapidZones = []string{"Europe/Oslo", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC"}

// drawnQuiet is a wish for quiet hours that can be written.
func drawnQuiet(r *rapid.T) (NoticesWished, Quiet) {
	for {
		m := rapid.SliceOfN(rapid.IntRange(0, dayMinutes-1), 2, 2).Draw(r, "quiet")
		w := NoticesWished{QuietFrom: fmt.Sprintf("%02d:%02d", m[0]/60, m[0]%60), QuietUntil: fmt.Sprintf("%02d:%02d", m[1]/60, m[1]%60)}
		if q, fault := QuietOf(w); fault == nil {
			return w, q
		}
	}
}

// TestQuietHoursLaw: in every zone and night, what is moved is moved out of the quiet,
// forward by less than a day and an hour, and what is not quiet stays.
func TestQuietHoursLaw(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		zone, err := loadZone(rapid.SampledFrom(rapidZones).Draw(r, "zone"))
		if err != nil {
			r.Fatal(err)
		}
		_, q := drawnQuiet(r)
		at := time.Unix(rapid.Int64Range(1767225600, 1830297600).Draw(r, "at"), 0)
		end, before := q.End(at, zone), q.Before(at, zone)
		if q.Holds(end, zone) || q.Holds(before, zone) {
			r.Fatalf("%s of %s in %s: %s or %s is quiet", q, at.In(zone), zone, end.In(zone), before.In(zone))
		}
		if !q.Holds(at, zone) && (!end.Equal(at) || !before.Equal(at)) {
			r.Fatalf("%s was moved to %s and %s", at, end, before)
		}
		if d := end.Sub(at); d < -time.Minute || d > 25*time.Hour {
			r.Fatalf("moved by %s", d)
		}
	})
}

// TestNoticesLaw: whatever is planned, sent, failed and when: nothing in quiet hours,
// nothing over, nothing twice, and no more than a day bears; and when the sender sends
// each when it is due, all of this holds for what is sent.
func TestNoticesLaw(t *testing.T) {
	base := tell(t, threeSession).randomised()
	def := base.def
	rapid.Check(t, func(r *rapid.T) {
		start := base.now
		s := copied(base.s)
		wishes, quiet := drawnQuiet(r)
		wishes.Email, wishes.SMS = true, rapid.Bool().Draw(r, "sms")
		for i := range s.Visits {
			if rapid.Bool().Draw(r, "planned") && s.Visits[i].Held.IsZero() {
				s.Visits[i].Planned = start.Add(time.Duration(rapid.IntRange(-50, 500).Draw(r, "in")) * time.Hour)
			}
		}
		for i := range rapid.IntRange(0, 12).Draw(r, "messages") {
			s.Messages = append(s.Messages, Message{ID: fmt.Sprint("m", i), At: start.Add(time.Duration(i*rapid.IntRange(1, 30).Draw(r, "apart")) * time.Hour)})
		}
		s.Sessions = map[string]*SessionState{base.firstSession(): {DoseAt: start.Add(-5 * time.Hour)}}
		left := start.Add(time.Duration(rapid.IntRange(100, 1000).Draw(r, "left")) * time.Hour)
		record := reached(start, wishes)
		day, seen := map[Day]int{}, map[string]bool{}
		for now := start; now.Before(start.Add(21 * 24 * time.Hour)); now = now.Add(time.Duration(rapid.SampledFrom([]int{7, 60, 300}).Draw(r, "step")) * time.Minute) {
			if s.Left.IsZero() && now.After(left) {
				s = with(s, func(s *State) { s.Left = now })
			}
			plan := Notices(def, s, record, now)
			for i, n := range plan {
				if n.Due.Before(now) || !n.Due.Before(n.Until) || quiet.Holds(n.Due, s.Zone) || i > 0 && n.Due.Before(plan[i-1].Due) {
					r.Fatalf("at %s: %+v in quiet %s", now, n, quiet)
				}
			}
			for _, n := range plan {
				if n.Due.After(now) {
					break
				}
				if !s.Left.IsZero() {
					r.Fatalf("%+v after leaving", n)
				}
				key := n.Kind + " " + n.Ref
				if seen[key] {
					r.Fatalf("%s twice", key)
				}
				e := Event{Recorded: now}
				switch rapid.SampledFrom([]string{"sent", "sent", "claimed", "deferred", "failed"}).Draw(r, "outcome") {
				case "sent":
					seen[key] = true
					if day[DayOf(now, s.Zone)]++; day[DayOf(now, s.Zone)] > MostNoticesADay {
						r.Fatalf("%d on the day of %s", day[DayOf(now, s.Zone)], now)
					}
					e.Data = NoticeSent{ByEmail, n.Kind, n.Ref}
				case "claimed":
					e.Data = NoticeClaimed{ByEmail, n.Kind, n.Ref, record.Try(n.Kind, n.Ref).Try + 1}
				case "deferred":
					e.Data = NoticeDeferred{ByEmail, n.Kind, n.Ref, record.Try(n.Kind, n.Ref).Try + 1, "smtp-451"}
				case "failed":
					seen[key] = true
					e.Data = NoticeFailed{ByEmail, n.Kind, n.Ref, WhyGaveUp}
				}
				record = record.With(e)
				break // the plan is another one now
			}
		}
	})
}

// TestUnreachable: a task for whom notices do not reach, which goes when it is mended.
func TestUnreachable(t *testing.T) {
	w := tell(t, threeSession).consented()
	r := reached(w.now, NoticesWished{Email: true, SMS: true})
	fail := func(channel, why string) *NoticeRecord {
		return r.With(Event{Recorded: w.now, Data: NoticeFailed{channel, NoticeMessage, "m1", why}})
	}
	for _, why := range []string{WhyAddress, WhyNoAddress, WhyRefused} {
		x := fail(ByEmail, why)
		tasks := ReachTasks(w.s, x)
		if len(tasks) != 1 || tasks[0].Ref != ByEmail || tasks[0].Title.NB == "" || !tasks[0].Closes.After(w.now) || x.Ended(NoticeMessage, "m1") {
			t.Errorf("%s: %+v", why, tasks)
		}
		if x.Channel(NoticeMessage, nil) != BySMS {
			t.Errorf("%s: not the other way", why)
		}
		for name, e := range map[string]Payload{"wished anew": x.Wishes, "sent": NoticeSent{ByEmail, NoticeMessage, "m2"}, "not wished": NoticesWished{SMS: true}} {
			if left := ReachTasks(w.s, x.With(Event{Recorded: w.now, Data: e})); len(left) != 0 {
				t.Errorf("%s, %s: %+v", why, name, left)
			}
		}
		if left := ReachTasks(with(w.s, func(s *State) { s.Left = w.now }), x); len(left) != 0 {
			t.Errorf("%s, gone: %+v", why, left)
		}
	}
	for _, why := range []string{WhyTooLate, WhyGaveUp, WhyClosed, WhyNoAccount} {
		if x := fail(ByEmail, why); len(ReachTasks(w.s, x)) != 0 || !x.Ended(NoticeMessage, "m1") {
			t.Errorf("%s makes a task, or does not end", why)
		}
	}
}

// TestConsentIsAskedTwiceAtMost: and never of somebody who took it back.
func TestConsentIsAskedTwiceAtMost(t *testing.T) {
	w := tell(t, threeSession).prescreened()
	r := reached(w.now, NoticesWished{Email: true})
	asked := func(s *State) (n int) {
		for _, x := range Notices(w.def, s, r, w.now) {
			if x.Kind == NoticeConsent {
				n++
			}
		}
		return n
	}
	if n := asked(w.s); n != 2 {
		t.Errorf("planned %d times", n)
	}
	doc := w.def.Consent.Documents[0]
	if n := asked(with(w.s, func(s *State) {
		s.Consents = map[string]ConsentState{}
		for _, d := range w.def.Consent.Documents {
			s.Consents[d.ID] = ConsentState{Document: d.ID, Version: d.Version, Withdrawn: w.now}
		}
	})); n != 0 {
		t.Error("asked of somebody who took it back")
	}
	if n := asked(with(w.s, func(s *State) {
		s.Signed = map[string]ConsentSignature{}
		for _, d := range w.def.Consent.Documents {
			s.Signed[d.ID] = ConsentSignature{ConsentSigned: ConsentSigned{Document: d.ID, PVersion: d.Version}}
		}
	})); n != 0 {
		t.Errorf("asked of somebody who signed %s", doc.ID)
	}
}

func refusalCode(r *Refusal) string {
	if r == nil {
		return ""
	}
	return r.Code
}
