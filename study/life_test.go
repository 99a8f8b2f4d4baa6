package study

import (
	"maps"
	"strings"
	"testing"
	"time"

	"varde/protocol"
)

func TestReferring(t *testing.T) {
	for _, x := range []struct {
		code   string
		change func(*Refer)
	}{
		{"bad-channel", func(c *Refer) { c.Channel = "letter" }},
		{"bad-language", func(c *Refer) { c.Language = "sv" }},
		{"number-taken", func(c *Refer) { c.Participant = "S01-002" }},
		{"number-taken", func(c *Refer) { c.Participant = "S02-001" }},
		{"in-the-future", func(c *Refer) { c.At = begin.Add(6 * time.Minute) }},
	} {
		w := tell(t, threeSession)
		c := w.referral()
		x.change(&c)
		w.id = c.Participant
		w.refused(x.code, "coordinator", c)
	}
	w := tell(t, threeSession).referred()
	if w.s.Status() != StatusReferred || w.site.Numbers != 1 {
		t.Errorf("after referral: %s, %d numbers", w.s.Status(), w.site.Numbers)
	}
	w.refused("already-referred", "coordinator", w.referral())

	w = tell(t, threeSession)
	w.overview(CloseRecruitment{})
	w.refused("recruitment-closed", "coordinator", w.referral())

	w = tell(t, threeSession)
	w.site = nil
	if r := w.try2("coordinator", w.referral()); r == nil || r.Code != "no-such-site" {
		t.Errorf("without a site: %v", r)
	}
}

// try2 tries where there is no site to take staff from.
func (w *story) try2(role string, cmd Command) *Refusal {
	_, _, err := Next(w.def, w.s, Env{Now: w.now, Actor: Actor{ID: role, Role: role}, Study: w.study, Site: w.site}, cmd)
	return refusalOf(w, err)
}

func TestTimes(t *testing.T) {
	w := tell(t, threeSession).referred().hours(48)
	early, late := w.on(), w.on()
	early.At, late.At = begin.Add(-time.Hour), w.now.Add(6*time.Minute)
	w.refused("before-referral", "coordinator", Prescreen{On: early, Passed: true})
	w.refused("in-the-future", "coordinator", Prescreen{On: late, Passed: true})
	ahead := w.on()
	ahead.At = w.now.Add(4 * time.Minute)
	w.do("coordinator", Prescreen{On: ahead, Passed: true})
	if got := w.s.Reached[Prescreened]; !got.Equal(w.now) {
		t.Errorf("a clock ahead: happened %s, recorded %s", got, w.now)
	}
	w.s = nil
	w.refused("no-such-participant", "coordinator", Prescreen{On: w.on(), Passed: true})
}

func TestTextsThatCannotBeKept(t *testing.T) {
	w := tell(t, threeSession).referred()
	for text, code := range map[string]string{"a\xff": "bad-text", "a\x00": "bad-text", "a\x7f": "bad-text", strings.Repeat("å", MaxText+1): "too-long"} {
		w.refused(code, "coordinator", Prescreen{On: w.on(), Reasons: []string{text}})
	}
	w.do("coordinator", Prescreen{On: w.on(), Reasons: []string{"line\nand \u2028 \ufffd æøå"}})
}

func TestPrescreening(t *testing.T) {
	w := tell(t, threeSession).referred()
	w.refused("reason-owed", "coordinator", Prescreen{On: w.on()})
	w.do("coordinator", Prescreen{On: w.on(), Reasons: []string{"heart disease"}})
	if w.s.Status() != StatusNotSuitable {
		t.Errorf("status %s", w.s.Status())
	}
	w.refused("participant-gone", "coordinator", Prescreen{On: w.on(), Passed: true})
	w = tell(t, threeSession).prescreened()
	w.refused("already-prescreened", "coordinator", Prescreen{On: w.on(), Passed: true})
}

func TestConsenting(t *testing.T) {
	w := tell(t, threeSession).prescreened()
	doc := w.def.Consent.Documents[0]
	good := w.signing(doc)
	change := func(f func(*GiveConsent)) GiveConsent {
		c := good
		c.Answers = maps.Clone(good.Answers)
		f(&c)
		return c
	}
	q := doc.Questions[0]
	w.refused("no-such-consent", "physician", change(func(c *GiveConsent) { c.Version = "0.1" }))
	w.refused("bad-language", "physician", change(func(c *GiveConsent) { c.Language = "" }))
	w.refused("question-open", "physician", change(func(c *GiveConsent) { delete(c.Answers, q.ID) }))
	for _, o := range q.Options {
		if !o.Right {
			w.refused("not-understood", "physician", change(func(c *GiveConsent) { c.Answers[q.ID] = o.ID }))
		}
	}
	w.do("physician", change(func(c *GiveConsent) { c.Answers["unknown"] = "text" }))
	if given := w.events[len(w.events)-1].Data.(ConsentGiven); len(given.Answers) != len(doc.Questions) {
		t.Errorf("answers beyond the questions were kept: %v", given.Answers)
	}
	w.refused("already-consented", "physician", good)

	w = tell(t, threeSession).referred()
	w.refused("not-prescreened", "physician", good)
}

// amended answers the definition with a second version of the first consent.
func amended(def *protocol.Definition, supersedes bool) *protocol.Definition {
	n := *def
	docs := append([]protocol.ConsentDocument(nil), def.Consent.Documents...)
	next := docs[0]
	docs[0].Valid = false
	next.Version = "2.0"
	if supersedes {
		next.Supersedes = []string{docs[0].Version}
	}
	n.Consent.Documents = append(docs, next)
	return &n
}

func TestConsentAnew(t *testing.T) {
	w := tell(t, threeSession).consented()
	old := w.def.Consent.Documents[0]
	w.def = amended(w.def, false)
	if !w.s.ConsentCurrent(w.def) {
		t.Error("a new version that supersedes nothing outdates the old signature")
	}
	w.refused("consent-outdated", "physician", w.signing(old))
	w.def = amended(definition(t, threeSession), true)
	if w.s.ConsentCurrent(w.def) {
		t.Fatal("a superseded signature still holds")
	}
	w.refused("no-consent", "physician", HoldVisit{On: w.on(), Visit: "V0"})
	if got := Tasks(w.def, w.s)[0].Kind; got != TaskConsent {
		t.Errorf("first task %s", got)
	}
	w.do("physician", w.signing(w.def.Consent.Documents[len(w.def.Consent.Documents)-1]))
	w.hold("V0")
}

func TestTakingConsentBack(t *testing.T) {
	w := tell(t, threeSession).consented()
	main := w.def.Consent.Documents[0].ID
	w.refused("no-such-reason", "coordinator", WithdrawConsent{On: w.on(), Document: main, Reason: "because"})
	w.refused("no-consent", "coordinator", WithdrawConsent{On: w.on(), Document: "none", Reason: "own-wish"})
	w.do("coordinator", WithdrawConsent{On: w.on(), Document: main, Reason: "own-wish", Note: "said so on the phone"})
	if w.s.Status() != StatusWithdrawn || w.s.LeftReason != "own-wish" {
		t.Errorf("status %s, %s", w.s.Status(), w.s.LeftReason)
	}
	w.refused("participant-gone", "coordinator", w.signing(w.def.Consent.Documents[0]))
	w.replays()
}

func TestEligibility(t *testing.T) {
	at := func(form string, changed map[string]string) *story {
		w := tell(t, threeSession).consented().toWindow("V0").hold("V0").forms("V0", form)
		if changed != nil {
			w.fill("V0", form, changed)
		}
		return w
	}
	gate := func(w *story) DecideEligibility { return DecideEligibility{On: w.on(), Gate: "screening"} }

	w := tell(t, threeSession).consented()
	w.refused("no-such-gate", "physician", DecideEligibility{On: w.on(), Gate: "door"})
	w.refused("role-may-not", "coordinator", gate(w))
	w.refused("visit-not-held", "physician", gate(w))
	w.refused("earlier-gate", "physician", DecideEligibility{On: w.on(), Gate: "enrolment"})

	w = at("ecg", nil)
	if r := w.try("physician", gate(w)); r == nil || r.Code != "criteria-open" || !strings.Contains(r.Text.EN, "ecg.qtcb") || !strings.Contains(r.Text.NB, "ecg.qtcb") {
		t.Errorf("a value that is not collected: %v", r)
	}
	for _, x := range []struct {
		form, item, value, failed string
	}{
		{"demographics", "age", "18", ""},
		{"ecg", "qtcb", "450", ""},
		{"ecg", "qtcb", "451", "E10"},
		{"medical", "weight", "48", ""},
		{"medical", "weight", "47.9", "E18"},
		{"labs", "sodium", "135", ""},
		{"labs", "sodium", "134.9", "E16"},
		{"eligibility", "bipolar1", "yes", "E2"},
		{"eligibility", "fluent", "no", "I2"},
		{"drugscreen", "result", "positive", "E24"},
	} {
		t.Run(x.form+"."+x.item+"="+x.value, func(t *testing.T) {
			w := at(x.form, map[string]string{x.item: x.value})
			w.TB = t
			w.do("physician", gate(w))
			if x.failed == "" {
				if w.s.Status() != StatusEligible {
					t.Errorf("status %s, failed %v", w.s.Status(), w.s.Failure)
				}
				w.refused("already-decided", "physician", gate(w))
				return
			}
			if w.s.Status() != StatusScreenFailure || len(w.s.Failure.Failed) != 1 || w.s.Failure.Failed[0] != x.failed {
				t.Errorf("status %s, failed %+v, expected %s", w.s.Status(), w.s.Failure, x.failed)
			}
			if text := Describe(w.def, w.events[len(w.events)-1]); !strings.Contains(text.EN, x.failed) {
				t.Errorf("the record does not name the criterion: %s", text.EN)
			}
		})
	}
	// A criterion that fails decides, whatever is still missing.
	w = at("ecg", nil)
	f := w.s.Form("V0", "eligibility", 0)
	w.do("physician", SaveForm{On: w.on(), Visit: "V0", Form: "eligibility", Version: f.Version, Reason: "told later", Items: w.filled("eligibility", map[string]string{"bipolar1": "yes"})})
	w.do("physician", gate(w))
	if w.s.Status() != StatusScreenFailure {
		t.Errorf("status %s", w.s.Status())
	}
}

// TestCAPSLimit: 28 is in, 27 is out.
func TestCAPSLimit(t *testing.T) {
	for total, status := range map[int]Status{27: StatusScreenFailure, 28: StatusEnrolled} {
		w := tell(t, threeSession).consented().goOn("V3").toWindow("V3").hold("V3").forms("V3", "caps5")
		items := maps.Clone(well["caps5"])
		for _, id := range []string{"d3", "d4", "d5", "d6", "e3", "e4"} {
			items[id] = "0" // 40 - 12
		}
		if total == 27 {
			items["d7"] = "1"
		}
		w.fill("V3", "caps5", items)
		if got, _ := w.s.Form("V3", "caps5", 0).Scores["total"].Float(); int(got) != total {
			t.Fatalf("total %v", got)
		}
		w.toWindow("V4").hold("V4").forms("V4").do("physician", DecideEligibility{On: w.on(), Gate: "enrolment"})
		if w.s.Status() != status {
			t.Errorf("CAPS-5 %d: %s (%+v)", total, w.s.Status(), w.s.Failure)
		}
		if total == 27 && w.s.Failure.Failed[0] != "I13" {
			t.Errorf("failed %v", w.s.Failure.Failed)
		}
	}
}

func TestRandomising(t *testing.T) {
	w := tell(t, threeSession).consented()
	w.refused("not-enrolled", "coordinator", Randomise{w.on()})
	w = tell(t, threeSession).randomised()
	if w.s.Kit == "" || w.s.Stratum != "site=S01" || w.alloc.Slots[w.id].Kit != w.s.Kit {
		t.Errorf("kit %q, stratum %q, %+v", w.s.Kit, w.s.Stratum, w.alloc.Slots)
	}
	w.refused("already-randomised", "coordinator", Randomise{w.on()})
	for _, e := range w.events {
		if p, ok := e.Data.(ParticipantRandomised); ok && (strings.Contains(p.Kit, "mdma") || strings.Contains(p.Kit, "placebo")) {
			t.Error("the kit's number tells the arm")
		}
	}

	w = tell(t, threeSession).consented().goOn("V4").toWindow("V4").hold("V4").forms("V4").do("physician", DecideEligibility{On: w.on(), Gate: "enrolment"})
	env := w.env("coordinator")
	for _, x := range []struct {
		code string
		slot *Slot
	}{{"not-sealed", nil}, {"stratum-changed", &Slot{Stratum: "site=S02", Kit: "K1"}}} {
		env.Slot = x.slot
		_, _, err := Next(w.def, w.s, env, Randomise{w.on()})
		if r := refusalOf(t, err); r == nil || r.Code != x.code {
			t.Errorf("%v, expected %s", r, x.code)
		}
	}
	w.do("physician", StopTreatment{On: w.on(), Reason: "own-wish"})
	w.refused("treatment-stopped", "coordinator", Randomise{w.on()})
	w = tell(t, care).consented()
	w.refused("no-allocation", "coordinator", Randomise{w.on()})
}
