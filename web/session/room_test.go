package session_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"varde/study"
	"varde/web/session"
	"varde/web/session/trialtest"
)

const room = "/s/trial/p/S01-001/session/V5"

func trial(t *testing.T) *trialtest.Trial {
	t.Helper()
	x := trialtest.New(t, session.Module())
	x.ToSession()
	return x
}

// fill opens the room and takes the form that posts to a place below it.
func fill(t *testing.T, x *trialtest.Trial, who, below string, set url.Values) url.Values {
	t.Helper()
	page := x.Get(who, "en", room)
	if page.Status != http.StatusOK {
		t.Fatalf("the room answers %d", page.Status)
	}
	form, ok := page.Form(room + below)
	if !ok {
		t.Fatalf("the room has no form for %s", below)
	}
	for name, values := range set {
		form[name] = values
	}
	return form
}

// send posts a form of the room and wants a status.
func send(t *testing.T, x *trialtest.Trial, who, below string, set url.Values, want int) trialtest.Answer {
	t.Helper()
	a := x.Post(who, room+below, fill(t, x, who, below, set))
	if a.Status != want {
		t.Fatalf("%s: status %d, want %d: %s", below, a.Status, want, messages(a.Body))
	}
	return a
}

// messages is what a page says in its alerts, for failures.
func messages(body string) string {
	var out []string
	for _, part := range strings.Split(body, `class="ds-alert"`)[1:] {
		out = append(out, strings.Join(strings.Fields(part[:min(len(part), 500)]), " "))
	}
	return strings.Join(out, " | ")
}

func yes(x *trialtest.Trial) url.Values {
	set := url.Values{"pair": {"tina", "tom"}, "act": {"save"}}
	for _, c := range x.Def.Dosing.Checks {
		if c.Expr == "" {
			set.Set("answer."+c.ID, "yes")
		}
	}
	return set
}

func vitals(sbp, dbp, hr, temp string) url.Values {
	return url.Values{"i.sbp": {sbp}, "i.dbp": {dbp}, "i.hr": {hr}, "i.temp": {temp}, "i.position": {"sitting"}, "i.device": {"BP-1"}}
}

const seeOther, unprocessable = http.StatusSeeOther, http.StatusUnprocessableEntity

// toDose goes through the gate by the forms of the room.
func toDose(t *testing.T, x *trialtest.Trial) {
	t.Helper()
	send(t, x, "tom", "/vitals", vitals("118", "76", "64", "36,7"), seeOther)
	x.Save("V5", "cssrs", "suicidality-before")
	send(t, x, "tom", "/check", yes(x), seeOther)
	half := url.Values{"check": {"identity", "kit", "lot", "amount"}, "kit": {x.State(trialtest.Person).Kit}}
	send(t, x, "tom", "/confirm", half, seeOther)
	send(t, x, "tina", "/confirm", half, seeOther)
	send(t, x, "tom", "/start", nil, seeOther)
	x.Pass(10 * time.Minute)
	send(t, x, "tom", "/dose", url.Values{"amount": {"80"}}, seeOther)
}

func session5(x *trialtest.Trial) *study.SessionState {
	return x.State(trialtest.Person).Sessions["V5"]
}

func TestWholeSessionByForms(t *testing.T) {
	x := trial(t)
	toDose(t, x)
	s := session5(x)
	if s == nil || s.Dose != 80 || len(s.Confirmed) != 4 {
		t.Fatalf("after the dose: %+v", s)
	}
	dosed := s.DoseAt

	// A limit is passed; it stands on the page until it is acknowledged.
	x.Pass(30 * time.Minute)
	a := send(t, x, "tom", "/vitals", vitals("172", "95", "104", "37.2"), seeOther)
	if !strings.HasSuffix(a.Location, "#breaches") {
		t.Errorf("after a breach the reader is led to %q", a.Location)
	}
	page := x.Get("tom", "en", room)
	if !page.Has("Systolic pressure over 160") || !page.Has("172 mmHg") {
		t.Error("the breach does not stand on the page")
	}
	breach := session5(x).Breaches[0].ID
	send(t, x, "tom", "/breach/"+breach, url.Values{"action": {""}}, http.StatusBadRequest)
	send(t, x, "tom", "/breach/"+breach, url.Values{"action": {"rested, measured again"}}, seeOther)
	if b := session5(x).Breaches[0]; b.Acknowledged.IsZero() || b.Action != "rested, measured again" {
		t.Errorf("acknowledged: %+v", b)
	}

	// The log, one press an entry; a drink needs its amount.
	send(t, x, "tom", "/log", url.Values{"i.kind": {"fluid"}}, unprocessable)
	send(t, x, "tom", "/log", url.Values{"i.kind": {"fluid"}, "i.amount": {"150"}}, seeOther)
	send(t, x, "tom", "/log", url.Values{"i.kind": {"touch-asked"}}, seeOther)
	if n := len(x.State(trialtest.Person).Records("V5", "session_log")); n != 2 {
		t.Errorf("%d log entries, want 2", n)
	}

	x.Set(dosed.Add(60 * time.Minute))
	send(t, x, "tom", "/vitals", vitals("140", "88", "90", "37,1"), seeOther)
	x.Save("V5", "effects", "effects-initial")

	// The supplemental dose: too early is refused, in time it is given.
	x.Set(dosed.Add(95 * time.Minute))
	send(t, x, "tom", "/vitals", vitals("138", "86", "88", "37,1"), seeOther)
	send(t, x, "tom", "/supplement", url.Values{"amount": {"40"}, "reason": {"adverse-event"}}, unprocessable)
	send(t, x, "tom", "/supplement", url.Values{"amount": {"60"}}, http.StatusBadRequest)
	send(t, x, "tom", "/supplement", url.Values{"amount": {"40"}}, seeOther)
	if s := session5(x); s.Supplement != 40 || s.Decision != "given" {
		t.Errorf("supplement: %+v", s)
	}

	// Home too early is refused; when everything is in order it is not.
	x.Set(dosed.Add(6 * time.Hour))
	confirmed := url.Values{"to": {"home"}, "adult": {"yes"}, "line.aftercare-told": {"yes"}}
	a = send(t, x, "tom", "/discharge", confirmed, unprocessable)
	if !a.Has("must pass after the last dose") {
		t.Error("the refusal does not say what remains")
	}
	for _, slot := range []string{"m120", "supplement", "h3", "h4", "h5", "h6", "h7"} {
		set := vitals("124", "80", "72", "36,8")
		set.Set("slot", slot)
		if !strings.Contains(x.Get("tom", "en", room).Body, `value="`+slot+`"`) {
			continue
		}
		send(t, x, "tom", "/vitals", set, seeOther)
	}
	x.Set(session5(x).SupplementAt.Add(8*time.Hour + 5*time.Minute))
	for _, slot := range []string{"h7", "end", "s8h"} {
		set := vitals("122", "78", "70", "36,7")
		set.Set("slot", slot)
		if strings.Contains(x.Get("tom", "en", room).Body, `value="`+slot+`"`) {
			send(t, x, "tom", "/vitals", set, seeOther)
		}
	}
	x.Save("V5", "readiness", "")
	x.Save("V5", "cssrs", "suicidality-after")
	noAdult := url.Values{"to": {"home"}, "adult": {"no"}, "line.aftercare-told": {"yes"}}
	send(t, x, "tom", "/discharge", noAdult, unprocessable)
	send(t, x, "tom", "/discharge", url.Values{"to": {"home"}, "adult": {"yes"}}, unprocessable)
	send(t, x, "tom", "/discharge", confirmed, seeOther)

	// The signature waits for the closed list of effects.
	send(t, x, "tom", "/end", nil, unprocessable)
	x.Save("V5", "solicited", "")
	send(t, x, "tom", "/end", nil, seeOther)
	page = x.Get("tom", "en", room)
	if !page.Has("The day in short") || !page.Has("rested, measured again") || !page.Has("Tom Therapist, Tina Therapist") && !page.Has("Tina Therapist, Tom Therapist") {
		t.Error("the summary of the signed session is not whole")
	}
	if session5(x).Ended.IsZero() {
		t.Error("the session is not ended")
	}
}

func TestGateSaysNoAndWhy(t *testing.T) {
	x := trial(t)
	page := x.Get("tom", "en", room)
	if !page.Has("Vital signs: Systolic blood pressure") || !page.Has("not known yet") {
		t.Error("the list does not say which values are missing")
	}
	// A line left open is told by its name, and what was ticked stays ticked.
	set := yes(x)
	set.Del("answer.fasted")
	a := send(t, x, "tom", "/check", set, http.StatusBadRequest)
	if !a.Has("Has fasted as agreed") || !a.Has("every line must be answered") && !a.Has("Every line must be answered") {
		t.Error("the open line is not named")
	}
	if form, _ := a.Form(room + "/check"); form.Get("answer.driver") != "yes" || len(form["pair"]) != 2 {
		t.Error("what was ticked is lost")
	}
	// Nothing is in order without the measurements: no-go is recorded, start refused.
	send(t, x, "tom", "/check", yes(x), seeOther)
	if s := session5(x); s == nil || s.Go {
		t.Fatalf("without vital signs: %+v", s)
	}
	if a := x.Post("tom", room+"/start", url.Values{}); a.Status != unprocessable {
		t.Errorf("start after no-go: %d", a.Status)
	}
	// A pair of one says why it cannot be.
	set = yes(x)
	set["pair"], set["act"] = []string{"tom"}, []string{"update"}
	if a := send(t, x, "tom", "/check", set, http.StatusOK); !a.Has("The pair must be 2 therapists") {
		t.Error("the page does not say what is wrong with the pair")
	}
}

func TestOverrideNeedsPhysicianReasonAndCountersign(t *testing.T) {
	x := trial(t)
	send(t, x, "tom", "/vitals", vitals("118", "76", "64", "36,7"), seeOther)
	x.Save("V5", "cssrs", "suicidality-before")
	set := yes(x)
	set.Set("answer.fasted", "no")
	set.Set("override.fasted.physician", "tom")
	set.Set("override.fasted.countersigned", "tina")
	set.Set("override.fasted.reason", "a biscuit four hours ago")
	x.Get("tom", "en", room)
	send(t, x, "tom", "/check", set, http.StatusBadRequest)
	set.Set("override.fasted.physician", "phil")
	send(t, x, "tom", "/check", set, seeOther)
	s := session5(x)
	if !s.Go || len(s.Overrides) != 1 || s.Overrides[0].Physician != "phil" {
		t.Errorf("after the override: %+v", s)
	}
}

func TestWrongKitStops(t *testing.T) {
	x := trial(t)
	send(t, x, "tom", "/vitals", vitals("118", "76", "64", "36,7"), seeOther)
	x.Save("V5", "cssrs", "suicidality-before")
	send(t, x, "tom", "/check", yes(x), seeOther)
	set := url.Values{"check": {"identity", "kit"}, "kit": {"K-000"}}
	a := send(t, x, "tom", "/confirm", set, http.StatusBadRequest)
	if !a.Has("is not this participant's") {
		t.Error("the page does not say that the kit is wrong")
	}
	set.Set("kit", x.State(trialtest.Person).Kit)
	send(t, x, "tom", "/confirm", set, seeOther)
	page := x.Get("tom", "en", room)
	if n := len(session5(x).Confirmed); n != 0 || page.Has("Start the session</button>") {
		t.Errorf("%d lines confirmed by one person", n)
	}
	// Naming the other person does not confirm for them.
	set.Set("person1", "tom")
	set.Set("person2", "tina")
	x.Post("tom", room+"/confirm", set)
	if n := len(session5(x).Confirmed); n != 0 {
		t.Errorf("%d lines confirmed in another's name", n)
	}
	if page := x.Get("tina", "en", room); !page.Has("Tom Therapist has confirmed. Look for yourself") {
		t.Error("the second person is not told who has confirmed, and to look")
	}
	send(t, x, "tina", "/confirm", url.Values{"check": {"identity", "kit"}, "kit": {x.State(trialtest.Person).Kit}}, seeOther)
	if got := session5(x).Confirmed; len(got) != 2 || len(got[0].Persons) != 2 || got[0].Persons[0] != "tom" || got[0].Persons[1] != "tina" {
		t.Errorf("after both: %+v", got)
	}
}

func TestTimeOfRecordIsTheTrueTime(t *testing.T) {
	x := trial(t)
	toDose(t, x)
	x.Pass(30 * time.Minute)
	form := fill(t, x, "tom", "/vitals", vitals("130", "84", "80", "37"))
	// The page lay open for twenty minutes: its suggestion is asked about once.
	x.Pass(20 * time.Minute)
	a := x.Post("tom", room+"/vitals", form)
	if a.Status != unprocessable || !a.Has("Look at the time once more") {
		t.Fatalf("an old suggestion is taken: %d", a.Status)
	}
	again, ok := a.Form(room + "/vitals")
	if !ok || again.Get("i.sbp") != "130" {
		t.Fatal("what was typed is lost")
	}
	again.Set("i.position", "sitting")
	if a := x.Post("tom", room+"/vitals", again); a.Status != seeOther {
		t.Fatalf("confirmed time: %d: %s", a.Status, messages(a.Body))
	}
	records := x.State(trialtest.Person).Records("V5", "vitals")
	taken, err := time.Parse(time.RFC3339, records[len(records)-1].Values["taken_at"].Text())
	if err != nil || x.Now().Sub(taken).Round(time.Minute) != 20*time.Minute {
		t.Errorf("taken at %v, now %v", taken, x.Now())
	}
}

func TestSentTwiceIsWrittenOnce(t *testing.T) {
	x := trial(t)
	toDose(t, x)
	x.Pass(time.Minute)
	form := fill(t, x, "tom", "/log", url.Values{"i.kind": {"observation"}, "i.text": {"calm"}})
	for range 2 {
		if a := x.Post("tom", room+"/log", form); a.Status != seeOther {
			t.Fatalf("status %d", a.Status)
		}
	}
	if n := len(x.State(trialtest.Person).Records("V5", "session_log")); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}

func TestWhoMayEnterAndWhatIsMalformed(t *testing.T) {
	x := trial(t)
	for _, c := range []struct {
		who, path string
		want      int
	}{
		{"", room, seeOther}, {"rita", room, http.StatusForbidden}, {"statistician", room, http.StatusForbidden}, {"monitor", room, http.StatusOK},
		{"nora", room, http.StatusOK}, {"tom", "/s/trial/p/S01-001/session/V4", http.StatusNotFound}, {"tom", "/s/trial/p/S01-001/session/V99", http.StatusNotFound},
		{"tom", "/s/trial/p/S01-999/session/V5", http.StatusNotFound}, {"tom", "/s/other/p/S01-001/session/V5", http.StatusNotFound},
		{"tom", "/s/trial/sessions", http.StatusOK}, {"rita", "/s/trial/sessions", http.StatusForbidden},
	} {
		if a := x.Get(c.who, "en", c.path); a.Status != c.want {
			t.Errorf("%q %s: %d, want %d", c.who, c.path, a.Status, c.want)
		}
	}
	toDose(t, x)
	for _, c := range []struct {
		who, below string
		form       url.Values
		want       int
	}{
		{"monitor", "/vitals", vitals("120", "80", "70", "37"), http.StatusForbidden},
		{"cora", "/dose", url.Values{"amount": {"80"}}, http.StatusForbidden},
		{"tom", "/vitals", vitals("high", "80", "70", "37"), http.StatusBadRequest},
		{"tom", "/vitals", url.Values{"i.nothing": {"1"}}, http.StatusBadRequest},
		{"tom", "/vitals", url.Values{}, http.StatusBadRequest},
		{"tom", "/vitals", url.Values{"i.sbp": {"120"}, "at": {"noon"}}, http.StatusBadRequest},
		{"tom", "/vitals", url.Values{"i.sbp": {"120"}, "at": {"2027-01-01T00:00"}}, http.StatusBadRequest},
		{"tom", "/vitals", url.Values{"i.sbp": {"120"}, "slot": {"never"}}, http.StatusNotFound},
		{"tom", "/dose", url.Values{}, http.StatusBadRequest},
		{"tom", "/dose", url.Values{"amount": {"much"}}, http.StatusBadRequest},
		{"tom", "/dose", url.Values{"amount": {"80"}}, unprocessable},
		{"tom", "/breach/none", url.Values{"action": {"x"}}, http.StatusNotFound},
		{"tom", "/log", url.Values{"i.kind": {"dance"}}, http.StatusBadRequest},
		{"tom", "/supplement", url.Values{"decision": {"maybe"}, "other": {"x"}}, http.StatusBadRequest},
		{"tom", "/supplement", url.Values{"decision": {"withheld"}}, http.StatusBadRequest},
		{"tom", "/supplement", url.Values{"decision": {"withheld"}, "reason": {"nothing"}}, http.StatusBadRequest},
		{"tom", "/discharge", url.Values{}, http.StatusBadRequest},
		{"tom", "/discharge", url.Values{"to": {"moon"}, "line.aftercare-told": {"yes"}}, http.StatusBadRequest},
		{"tom", "/end", url.Values{}, unprocessable},
	} {
		if a := x.Post(c.who, room+c.below, c.form); a.Status != c.want {
			t.Errorf("%s %s %v: %d, want %d: %s", c.who, c.below, c.form, a.Status, c.want, messages(a.Body))
		}
	}
	if n := len(x.State(trialtest.Person).Records("V5", "vitals")); n != 1 {
		t.Errorf("%d sets of vital signs, want the one before the dose", n)
	}
}

func TestRoomInBothLanguagesAtEveryPhase(t *testing.T) {
	x := trial(t)
	look := func(phase string) {
		t.Helper()
		for _, lang := range []string{"en", "nb"} {
			for _, path := range []string{room, "/s/trial/sessions"} {
				a := x.Get("tom", lang, path)
				if a.Status != http.StatusOK {
					t.Errorf("%s %s %s: %d", phase, lang, path, a.Status)
				}
				if s := trialtest.Inline(a.Body); s != "" {
					t.Errorf("%s %s: %q would be blocked", phase, lang, s)
				}
				if strings.Contains(a.Body, ">room.") || strings.Contains(a.Body, "ZgotmplZ") {
					t.Errorf("%s %s: a message has no words", phase, lang)
				}
				if path == room && !strings.Contains(a.Body, `data-color-scheme="dim"`) {
					t.Errorf("%s: the room is not dim", phase)
				}
			}
		}
	}
	look("gate")
	toDose(t, x)
	look("after the dose")
	x.Pass(time.Hour)
	send(t, x, "tom", "/vitals", vitals("172", "95", "104", "37.2"), seeOther)
	look("a limit is passed")
	x.Pass(7 * time.Hour)
	look("leaving")
	send(t, x, "tom", "/discharge", url.Values{"to": {"hospital"}}, seeOther)
	look("signing")
	x.Save("V5", "solicited", "")
	send(t, x, "tom", "/end", nil, seeOther)
	look("ended")
}
