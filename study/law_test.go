package study

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varde/instrument"
	"varde/ledger"
	"varde/protocol"
)

var update = flag.Bool("update", false, "write the golden files anew")

// written makes events as a ledger gives them back.
func written(t testing.TB, events []Event) []Event {
	t.Helper()
	out := make([]Event, len(events))
	for i, e := range events {
		n, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		if !ledger.IsCanonical(n.Payload) {
			t.Fatalf("%s: the payload is not canonical: %s", e.Type(), n.Payload)
		}
		l := ledger.Event{Stream: e.Stream, Seq: e.Seq, Version: e.Version, RecordedAt: e.Recorded, EffectiveAt: n.EffectiveAt, Actor: e.Actor, Role: e.Role, Type: n.Type, Schema: n.Schema, Reason: n.Reason, Payload: n.Payload}
		if out[i], err = Decode(l); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// chance lives a random life: mostly what the plan asks for next, now and then
// anything at all.
func chance(r *rapid.T, w *story, steps int) {
	visits := make([]string, 0, len(w.def.Visits))
	for _, v := range w.def.Visits {
		visits = append(visits, v.ID)
	}
	roles := []string{"coordinator", "physician", "therapist", "attendant", "rater", "system"}
	pick := func(name string, list []string) string { return rapid.SampledFrom(list).Draw(r, name) }
	for range steps {
		w.after(time.Duration(rapid.SampledFrom([]int{1, 7, 20, 60, 480, 1500, 9000}).Draw(r, "minutes")) * time.Minute)
		visit := pick("visit", visits)
		if w.s != nil && rapid.IntRange(0, 3).Draw(r, "near") > 0 {
			if x := w.s.OpenSession(); x != nil {
				visit = x.Visit
			} else if i := slices.IndexFunc(w.s.Visits, func(v VisitState) bool { return v.Held.IsZero() && v.Missed == "" }); i >= 0 {
				visit = visits[i]
			}
		}
		v, _ := w.def.Visit(visit)
		on := w.on()
		on.At = rapid.SampledFrom([]time.Time{{}, {}, {}, w.now.Add(-30 * time.Minute), w.now.Add(3 * time.Minute)}).Draw(r, "at")
		var cmd Command
		w.chance = rapid.Uint64().Draw(r, "lot")
		switch rapid.IntRange(0, 27).Draw(r, "what") {
		case 0, 1, 2:
			for _, f := range v.Forms {
				changed := map[string]string{}
				if f.Form == "pregnancy" && rapid.Bool().Draw(r, "pregnant") {
					changed = map[string]string{"applicable": "yes", "result": "positive"}
				}
				w.try(w.writes(visit, f.Form), w.save(visit, f.Form, "", changed))
			}
			continue
		case 22:
			cmd = PlanVisit{On: on, Visit: visit, Time: w.now.Add(time.Hour)}
		case 23:
			w.try("coordinator", DrawRater{On: on, Visit: visit, Reason: pick("redraw", []string{"", "ill"})})
			continue
		case 24, 25:
			if Rated(w.def, v) {
				own := *w
				own.person = w.s.Ratings[visit].Rater
				own.try("rater", StateBlindness{On: on, Visit: visit, Blind: true})
				if rapid.IntRange(0, 3).Draw(r, "heard") == 0 {
					own.try("rater", StateBlindness{On: on, Visit: visit, What: "named the day"})
				}
				own.try("rater", HoldVisit{On: on, Visit: visit})
				w.s, w.events = own.s, own.events
			}
			continue
		case 26:
			w.try("physician", AskUnblinding{On: on, Reason: "seizure in the night", Alone: pick("alone", []string{"", "", "nobody answers the phone"})})
			fallthrough
		case 27:
			for _, u := range w.s.Unblinded {
				w.try(pick("second", []string{"sponsor", "pharmacist", "physician"}), ConfirmUnblinding{On: on, ID: u.ID})
				w.try(pick("told", []string{"sponsor", "monitor"}), NoteUnblinding{On: on, ID: u.ID})
			}
			continue
		case 3:
			cmd = HoldVisit{On: on, Visit: visit}
		case 4:
			cmd = MissVisit{On: on, Visit: visit, Reason: "ill"}
		case 5:
			cmd = DecideEligibility{On: on, Gate: rapid.SampledFrom(w.def.Eligibility.Gates).Draw(r, "gate").ID}
		case 6:
			cmd = Randomise{on}
		case 7, 8:
			if v.Kind != protocol.Session {
				continue
			}
			changed := map[string]string{}
			if rapid.IntRange(0, 3).Draw(r, "high") == 0 {
				changed["sbp"] = rapid.SampledFrom([]string{"138", "155", "172", "204"}).Draw(r, "sbp")
			}
			w.try("therapist", w.save(visit, w.def.Dosing.Vitals.Form, "", changed))
			w.try("therapist", w.save(visit, "cssrs", "", nil))
			continue
		case 9:
			c := w.checking(visit)
			c.Pair = rapid.SampledFrom([][]string{{"anna", "bo"}, {"anna", "bo"}, {"anna", "anna"}, {"anna", "dina"}, nil}).Draw(r, "pair")
			cmd = c
		case 10:
			byOwn := rapid.IntRange(0, 2).Draw(r, "own accounts") == 0
			for _, c := range w.def.Dosing.TwoPerson {
				if byOwn {
					one := ConfirmOne{On: on, Visit: visit, Check: c.ID, Kit: w.s.Kit}
					w.try("therapist", one)
					w.try("physician", one)
					continue
				}
				w.try("therapist", ConfirmTwo{On: on, Visit: visit, Check: c.ID, Kit: w.s.Kit, Persons: []string{"anna", "bo"}})
			}
			continue
		case 11:
			cmd = StartSession{On: on, Visit: visit}
		case 12:
			cmd = GiveDose{On: on, Visit: visit, Amount: 80}
		case 13:
			cmd = DecideSupplement{On: on, Visit: visit, Decision: pick("decision", []string{"given", "given", "withheld"}), Amount: 40, Reasons: []string{"r"}, Answers: lines(w.def.Dosing.Checkpoint.Withhold, false)}
		case 14:
			if x := w.s.Sessions[visit]; x != nil {
				for _, b := range x.Breaches {
					w.try("physician", Acknowledge{On: on, Visit: visit, Breach: b.ID, Action: "seen"})
				}
			}
			continue
		case 15:
			if v.Kind == protocol.Session {
				w.try("therapist", w.save(visit, "readiness", "", nil))
				w.try("therapist", w.save(visit, "solicited", "", nil))
			}
			cmd = Discharge{On: on, Visit: visit, Adult: rapid.Bool().Draw(r, "adult"), To: pick("to", []string{"home", "overnight", "hospital"}), Answers: lines(w.def.Dosing.Discharge.Checks, true)}
		case 16:
			cmd = EndSession{On: on, Visit: visit}
		case 17:
			cmd = PassTime{on}
		case 18:
			if rapid.IntRange(0, 9).Draw(r, "rarely") == 0 {
				cmd = WithdrawConsent{On: on, Document: "main", Reason: "own-wish", Note: "n"}
			}
		case 19:
			if rapid.IntRange(0, 9).Draw(r, "rarely") == 0 {
				cmd = StopTreatment{On: on, Reason: "own-wish"}
			}
		case 20:
			if rapid.IntRange(0, 9).Draw(r, "rarely") == 0 {
				cmd = Withdraw{On: on, Reason: "own-wish"}
			}
		default:
			w.try("physician", w.save("", "conmed", "", map[string]string{"name": pick("medicine", []string{"phenelzine", "paracetamol"}), "ongoing": "no", "stop": DayOf(w.now, w.s.Zone).String()}))
			continue
		}
		if cmd != nil {
			w.try(pick("role", append([]string{v.By[0], "physician", "physician"}, roles...)), cmd)
		}
	}
}

// safe walks through a life as it was recorded and finds what must never be.
func safe(t testing.TB, def *protocol.Definition, site *SiteState, events []Event) {
	t.Helper()
	b := NewBuilder(def)
	for _, e := range events {
		s := b.State()
		switch d := e.Data.(type) {
		case DoseGiven:
			x := s.Sessions[d.Visit]
			switch {
			case !s.ConsentCurrent(def):
				t.Fatalf("%s: a dose without consent", d.Visit)
			case x == nil || !x.Go || !x.Open() || !x.Discharged.IsZero():
				t.Fatalf("%s: a dose outside a session with go: %+v", d.Visit, x)
			case !PairFault(def, site, x.Pair, x.Started).Empty():
				t.Fatalf("%s: a dose without a pair: %v", d.Visit, x.Pair)
			case !s.Stopped.IsZero() || s.Status().Gone():
				t.Fatalf("%s: a dose after the end of treatment", d.Visit)
			case e.At.After(e.Recorded):
				t.Fatalf("%s: a dose from the future", d.Visit)
			}
		case SessionStarted:
			if clear, ok := s.newest(d.Visit, "pregnancy").score("clear"); !ok || !clear {
				t.Fatalf("%s: started without a clear pregnancy test of the day", d.Visit)
			}
			if s.OpenSession() != nil {
				t.Fatalf("%s: two open sessions", d.Visit)
			}
		case RaterDrawn:
			if s.Barred[d.Rater] != "" {
				t.Fatalf("%s: %s was drawn, who is barred: %s", d.Visit, d.Rater, s.Barred[d.Rater])
			}
		case FormSaved:
			if v, ok := def.Visit(d.Visit); ok && e.Role == "rater" && Rated(def, v) {
				if r := s.Ratings[d.Visit].Rater; r != e.Actor || s.Barred[r] == BarUnblinded || treats(s.Barred[r]) {
					t.Fatalf("%s: rated by %s, drawn was %s, barred %q", d.Visit, e.Actor, r, s.Barred[r])
				}
			}
		case UnblindingConfirmed:
			for _, u := range s.Unblinded {
				if u.ID == d.ID && (u.By == e.Actor || e.Actor == "gro" || e.Actor == "hans") {
					t.Fatalf("%s: asked by %s, confirmed by %s", d.ID, u.By, e.Actor)
				}
			}
		case VisitHeld:
			if v, _ := def.Visit(d.Visit); e.Role == "rater" && Rated(def, v) && s.Ratings[d.Visit].Stated.IsZero() {
				t.Fatalf("%s: closed without a statement", d.Visit)
			}
		case ParticipantDischarged:
			x := s.Sessions[d.Visit]
			if last := x.LastDoseAt(); d.To != "hospital" && !last.IsZero() && e.At.Sub(last) < def.Dosing.Discharge.Earliest.Std() {
				t.Fatalf("%s: discharged %s after %s", d.Visit, d.To, e.At.Sub(last))
			}
		}
		b.Add(e)
	}
}

func (f *FormState) score(id string) (bool, bool) {
	if f == nil {
		return false, false
	}
	return f.Scores[id].Bool()
}

// TestLaws: random lives, from the morning of a session and from the beginning.
func TestLaws(t *testing.T) {
	def := definition(t, threeSession)
	starts := []*story{ready(t), tell(t, threeSession).consented(), tell(t, threeSession).randomised().dosed("V5")}
	for _, w := range starts {
		w.raters("hans")
	}
	doses, seen := 0, map[string]bool{}
	rapid.Check(t, func(r *rapid.T) {
		w := *rapid.SampledFrom(starts).Draw(r, "start")
		w.events = slices.Clone(w.events)
		alloc := NewAllocationState()
		for _, x := range w.alloc.Slots {
			alloc.Apply(Event{Data: x})
		}
		w.alloc = alloc
		before := Replay(def, w.events)
		start := w.s
		chance(r, &w, 30)
		if !reflect.DeepEqual(start, before) {
			r.Fatal("a state was changed after it was made")
		}
		if got := Replay(def, w.events); !reflect.DeepEqual(got, w.s) {
			r.Fatalf("the events tell another state\n got %+v\nwant %+v", got, w.s)
		}
		back := written(t, w.events)
		if got := Replay(def, back); !reflect.DeepEqual(got, w.s) {
			r.Fatalf("the written events tell another state\n got %+v\nwant %+v", got, w.s)
		}
		var one *State
		for i, e := range back {
			if i == 0 {
				one = Evolve(def, newState(def), e)
				continue
			}
			was := copied(one)
			next := Evolve(def, one, e)
			if i%7 == 0 && !reflect.DeepEqual(was, one) {
				r.Fatalf("Evolve changed the state it was given (%s)", e.Type())
			}
			one = next
		}
		if !reflect.DeepEqual(one, w.s) {
			r.Fatal("step by step the events tell another state")
		}
		safe(t, def, w.site, w.events)
		doses += w.s.Doses
		for _, e := range w.events {
			seen[e.Type()] = true
		}
		Tasks(def, w.s)
	})
	if doses == 0 {
		t.Error("no random life took a dose: the laws were not put to the test")
	}
	for _, p := range []Payload{UnblindingAsked{}, UnblindingConfirmed{}, UnblindingNoted{}, RaterDrawn{}, BlindnessStated{}} {
		if !seen[p.eventType()] {
			t.Errorf("no random life has %s: the laws were not put to the test", p.eventType())
		}
	}
}

// samples is one event of every type, filled in.
func samples() []Payload {
	at := time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC)
	v := Values{"a": num(36.5), "b": instrument.StringValue("x <&> \u2028 å"), "c": instrument.BoolValue(true), "d": instrument.ListValue("p", "q"), "e": instrument.AbsentValue("refused"), "f": {}}
	return []Payload{
		StudyOpened{"practice", threeSession, "d1", map[string]string{"b.yaml": "b", "a.yaml": "a"}, "1.0.0", "Title"},
		ApprovalRecorded{"ethics", "2027-01-01", "2026-01-01", "R1"}, RecruitmentClosed{}, StudyLocked{}, StudyUnblinded{"Dina"},
		AllocationSealed{"c0ffee", "c2VhbA=="}, SlotTaken{3, "K1", "S01-001", "site=S01"},
		SiteOpened{"NO", "First", 2, 1, "S01", "Europe/Oslo"},
		StaffAssigned{Credentials: map[string]string{"gcp": "2030-01-01"}, Name: "Anna", Person: "anna", Related: []string{"bo"}, Role: "therapist"}, StaffRemoved{"anna", "therapist"}, NumberTaken{1, "S01-001"},
		PersonReferred{"self", "nb", "S01-001", "S01", "Europe/Oslo"}, PersonPrescreened{false, []string{"heart disease"}},
		ConsentGiven{map[string]string{"q": "a"}, "main", "nb", "dina", "1.0"}, ConsentWithdrawn{"main", "own-wish"},
		EligibilityDecided{[]string{"E1"}, "screening", false, map[string]bool{"E1": false, "I1": true}}, ParticipantRandomised{"K1", "site=S01"},
		VisitPlanned{"room-1", []string{"anna", "bo"}, at, "V1"}, VisitHeld{[]string{"anna"}, "V1"}, VisitMissed{"ill", "V1"}, DeviationRaised{DeviationOutOfWindow, "late", "D1", "V1"},
		FormSaved{"ae", v, 1, "m30", "V5"}, FormCorrected{"ae", Values{"a": num(1)}, Values{"a": num(2)}, 1, "V5"},
		QueryRaised{"asked", "ae", "Q1", "a", 1, "sure?", num(1), "V5"}, QueryClosed{"yes", "Q1"},
		AlertRaised{"suicidality", "ae", "A1", 1, "V5"}, AlertClosed{"talked", "A1"},
		SessionChecked{map[string]bool{"consent": true}, true, []Override{{"fasted", "anna", "dina", "weighed"}}, []string{"anna", "bo"}, "V5"},
		TwoPersonConfirmed{"kit", "K1", []string{"anna", "bo"}, "V5"}, OnePersonConfirmed{"kit", "K1", "anna", "V5"}, SessionStarted{[]string{"anna", "bo"}, "V5"},
		DoseGiven{80, "initial", "V5"}, SupplementDecided{Decision: "withheld", Reasons: []string{"high"}, Visit: "V5"}, RuleBreached{"V5-B1", 2, "temp-rise", 1.1, "V5"},
		BreachAcknowledged{"rest", "V5-B1", "V5"}, BreachEscalated{"V5-B1", "V5"}, ParticipantDischarged{Adult: true, To: "home", Visit: "V5"}, SessionEnded{"V5"},
		DutyDone{"serious", "R1", 1}, TreatmentStopped{"note", "own-wish"}, ParticipantWithdrawn{"note", "own-wish"}, ParticipantLost{3}, ParticipantCompleted{},
		DelegationGiven{"mona", map[string]string{"gcp": "2027-01-01"}, "2026-01-01", "Mona", "monitor", []string{"S01"}, "2026-12-31"}, DelegationEnded{"mona", "monitor"},
		UnblindingAsked{"nobody answers at night", "U1", "seizure, treatment depends on it"}, UnblindingConfirmed{"U1"}, UnblindingNoted{"U1"},
		RaterDrawn{2, "gro", "V3"}, BlindnessStated{false, "V3", "named the day"},
		IdentityRecorded{map[string]string{"name": "c2VhbGVk"}}, IdentitySeen{[]string{"name"}, "call"}, IdentityErased{"own wish"}, RecordSeen{"journey"}, ArmSeen{"U1"},
		RecordSigned{"d1", MeansReview, "Dina", Proof{"YXV0aA", "Y2xpZW50", "Y3JlZA", "passkey", "a2V5", "c2ln"}, "form/V3/caps5", `{"account":"dina"}`, 7},
		ConsentSigned{map[string]string{"q": "a"}, "main", "nb", "1.0"}, ConsentUnsigned{"main"}, DiaryWritten{"e1", "c2VhbGVk", false}, DiaryShared{"e1", true},
		MessageSent{"m1", true, "c2VhbGVk"}, MessagesRead{false, "m1"},
		ReferralReceived{"self", map[string]string{"name": "c2VhbGVk"}, "page", "nb", "R-2F7K9Q", "S01", "", true},
		ReferralAssessed{true, "wait", "note", []string{"full"}, "S01", "routine"}, ReferralMoved{"R-2F7K9R", "note", "worse"}, ReferralChecked{false, "note", true, true},
		ReferralInvited{"S01-001", "S01"}, ReferralPassedOn{"written", "letter", "DPS"}, ReferralClosed{"note", "own-wish"}, ReferralErased{"own wish"}, ReferralSeen{[]string{"name"}, "call"}, ReferralCared{"rang the person"},
		ConcernRaised{"C-2F7K9Q", "boundary", "c2VhbGVk", "S01", "c2VhbGVk"}, ConcernAnswered{true, false, "c2VhbGVk"},
		SlotBooked{at, "S01-001", "room-1", []string{"anna", "bo"}, at.Add(8 * time.Hour), "V5"}, SlotFreed{"S01-001", "V5"},
		NoticesWished{true, "21:00", "08:00", false}, NoticeClaimed{"email", "visit-soon", "V5", 1}, NoticeDeferred{"email", "visit-soon", "V5", 1, "smtp-451"}, NoticeSent{"email", "visit-soon", "V5"}, NoticeFailed{"sms", "visit-soon", "V5", "no-such-number"},
	}
}

// TestVectors pins the form in which every event is kept: what is written once
// must be readable for ever.
func TestVectors(t *testing.T) {
	list := samples()
	if len(list) != len(payloads) {
		t.Fatalf("%d samples of %d types of event", len(list), len(payloads))
	}
	var b strings.Builder
	for _, p := range list {
		e := Event{At: begin, Recorded: begin, Reason: "why", Data: p}
		n, err := Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", n.Type, n.Payload)
		if back := written(t, []Event{e})[0]; !reflect.DeepEqual(back.Data, p) {
			t.Errorf("%s: %+v comes back as %+v", n.Type, p, back.Data)
		}
	}
	path := filepath.Join("testdata", "events.txt")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the written form of events has changed:\n%s", b.String())
	}
	for _, l := range []ledger.Event{{Type: "person.cloned", Schema: 1}, {Type: "study.locked", Schema: 2}, {Type: "study.locked", Schema: 1, Payload: []byte("{")}} {
		if _, err := Decode(l); err == nil {
			t.Errorf("%+v was read", l)
		}
	}
}

// TestDescribing: every event in one sentence, in both languages.
func TestDescribing(t *testing.T) {
	for _, name := range []string{threeSession, care, "example"} {
		def := definition(t, name)
		for _, p := range samples() {
			x := Describe(def, Event{At: begin, Data: p, Reason: "why"})
			for _, text := range []string{x.EN, x.NB} {
				if text == "" || strings.Contains(text, "%!") || strings.Contains(text, "  ") || text == p.eventType() || strings.HasSuffix(text, " ") {
					t.Errorf("%s: %q", p.eventType(), text)
				}
			}
		}
	}
}

func TestAllocation(t *testing.T) {
	def := definition(t, threeSession)
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(r, "seed")
		a, err := NewAllocator(def, seed)
		if err != nil {
			r.Fatal(err)
		}
		b, _ := NewAllocator(def, seed)
		swapped := a.Swapped()
		state, other, third := NewAllocationState(), NewAllocationState(), NewAllocationState()
		strata := []string{"site=S01", "site=S02", "site=S03"}
		arms := map[string][]string{}
		for i := range 60 {
			stratum := rapid.SampledFrom(strata).Draw(r, "stratum")
			id := fmt.Sprintf("P-%d", i)
			x := a.Next(state, stratum)
			take := func(s *AllocationState, x Slot) {
				s.Apply(Event{Data: SlotTaken{Index: x.Index, Kit: x.Kit, Participant: id, Stratum: stratum}})
			}
			if state.Kits[x.Kit] {
				r.Fatalf("kit %s twice", x.Kit)
			}
			if y := b.Next(other, stratum); y != x {
				r.Fatalf("the same seed gives %+v and %+v", x, y)
			} else {
				take(other, y)
			}
			if z := swapped.Next(third, stratum); z.Kit != x.Kit || z.Index != x.Index || z.arm == x.arm {
				r.Fatalf("swapped %+v of %+v", z, x)
			} else {
				take(third, z)
			}
			take(state, x)
			arms[stratum] = append(arms[stratum], x.arm)
			if got := a.ArmOf(state.Slots[id]); got != x.arm {
				r.Fatalf("the arm is %s and then %s", x.arm, got)
			}
		}
		for stratum, list := range arms {
			// In every prefix the arms differ by at most half of the largest block.
			d := 0
			for _, arm := range list {
				if arm == "mdma" {
					d++
				} else {
					d--
				}
				if d > 2 || d < -2 {
					r.Fatalf("%s out of balance: %v", stratum, list)
				}
			}
			// And the whole list falls into balanced blocks of two or four.
			for i := 0; i+4 <= len(list); {
				pair := list[i] != list[i+1]
				four := slices.Sorted(slices.Values(list[i : i+4]))
				switch {
				case four[1] == "mdma" && four[2] == "placebo":
					i += 4
				case pair:
					i += 2
				default:
					r.Fatalf("%s: no balanced block at %d: %v", stratum, i, list)
				}
			}
		}
	})
	if _, err := NewAllocator(def, make([]byte, 31)); err == nil {
		t.Error("a short seed was taken")
	}
	if _, err := NewAllocator(definition(t, care), make([]byte, 32)); err == nil {
		t.Error("care has an allocation")
	}
	// SHA-256 of 32 zero bytes, computed elsewhere.
	a, _ := NewAllocator(def, make([]byte, 32))
	if got := a.Commitment(); got != "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925" {
		t.Errorf("commitment %s", got)
	}
	// Kits tell nothing of the arm: their order is no guide to it.
	s, higher, n := NewAllocationState(), 0, 0
	last := map[string]Slot{}
	for i := range 2000 {
		x := a.Next(s, "site=S01")
		s.Apply(Event{Data: SlotTaken{Index: x.Index, Kit: x.Kit, Participant: fmt.Sprint(i), Stratum: x.Stratum}})
		if y, ok := last["mdma"]; ok && x.arm == "placebo" {
			n++
			if x.Kit > y.Kit {
				higher++
			}
		}
		last[x.arm] = x
	}
	if share := float64(higher) / float64(n); share < 0.45 || share > 0.55 {
		t.Errorf("kits of one arm are higher in %.0f %% of cases", 100*share)
	}
}
